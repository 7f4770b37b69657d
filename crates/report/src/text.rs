//! Findings for a person at a terminal or reading a log.

use crate::counts::{Counts, counted, not_compared, thousands};
use crate::describe::describe;
use crate::effect::{describes_itself, effect};
use crate::excerpt::{Excerpt, excerpt};
use crate::layout::layout;
use crate::look::{BOLD, CYAN, GREEN, Look, RED, YELLOW};
use crate::safe::{brief, safe};
use crate::{Place, Report, Sources, text_diff, wording};
use annotate_snippets::{AnnotationKind, Element, Group, Level as Shown, Origin, Renderer, Snippet};
use std::collections::{BTreeMap, HashMap};
use trueup_catalog::{ObjectKey, ObjectKind, Span};
use trueup_diff::{Change, Code, Disposition, Drift, Level, Outcome, Side, Undecided, What};
use trueup_repair::Left;

/// The longest value that a line shows.
const LONGEST_VALUE: usize = 200;
/// The most notes of one code that are listed one by one.
const MOST_NOTES: usize = 10;

/// The whole text of `check`: findings, then the closing lines.
pub fn check_text(report: &Report<'_>, look: Look) -> String {
    let mut out = String::new();
    let comparison = report.comparison;
    for undecided in comparison.undecided.iter().filter(|u| u.level != Level::Note) {
        push_block(&mut out, &undecided_block(report, undecided, look));
    }
    let left: HashMap<usize, &Left> = report.plan.left.iter().map(|left| (left.drift, left)).collect();
    for level in [Level::Error, Level::Warning] {
        for (index, drift) in comparison.drift.iter().enumerate().filter(|(_, d)| d.level == level) {
            push_block(&mut out, &drift_block(report, drift, left.get(&index).copied(), look));
        }
    }
    for (code, notes) in notes_by_code(report) {
        push_block(&mut out, &notes_block(code, &notes, look));
    }
    out += &closing(report, look);
    out
}

/// The next command, for stderr. `command` is how this run said where the two sides are, to be
/// repeated: `--desired schema/ --live …`.
pub fn check_hint(report: &Report<'_>, command: &str) -> Option<String> {
    let counts = Counts::of(report);
    // The finding that is listed first.
    let first = report
        .comparison
        .drift
        .iter()
        .filter(|d| d.level != Level::Note)
        .min_by_key(|d| d.level)
        .map(|d| d.code);
    match (report.comparison.outcome(), first) {
        (Outcome::Drift, Some(code)) if counts.repairable > 0 => Some(format!(
            "`trueup repair {command} -o repair.sql` writes the SQL, `trueup explain {code}` the reason"
        )),
        (Outcome::Drift, Some(code)) if counts.consent > 0 => Some(format!(
            "`trueup repair {command} --allow SELECTOR -o repair.sql` writes the SQL, `trueup explain {code}` tells the reason"
        )),
        (Outcome::Drift, Some(code)) => {
            Some(format!("`trueup explain {code}` tells what it means and the way out"))
        }
        (Outcome::Undecided, _) => {
            let code = report
                .comparison
                .undecided
                .iter()
                .filter(|u| u.level != Level::Note)
                .map(|u| u.code)
                .min()?;
            Some(format!("`trueup explain {code}` tells what it means and the way out"))
        }
        (Outcome::InSync | Outcome::Drift, _) => None,
    }
}

/// Something that went wrong before there was anything to compare, in the look of a finding.
pub fn problem_text(code: Option<Code>, message: &str, way_out: Option<&str>, look: Look) -> String {
    let head = match code {
        Some(code) => format!("error[{code}]"),
        None => "error".to_owned(),
    };
    let mut out = format!(
        "{}{}\n",
        look.paint(RED.bold(), head),
        look.paint(BOLD, format_args!(": {}", safe(message)))
    );
    if let Some(way_out) = way_out.filter(|text| !text.is_empty()) {
        out += &format!("   = {} {}\n", look.paint(BOLD, "way out:"), safe(way_out));
    }
    out
}

fn push_block(out: &mut String, block: &str) {
    out.push_str(block.trim_end());
    out.push_str("\n\n");
}

fn renderer(look: Look) -> Renderer {
    let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(look.width)
}

fn shown(level: Level) -> Shown<'static> {
    match level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        Level::Note => Shown::NOTE,
    }
}

/// The `= name: text` lines of a finding.
struct Facts {
    lines: Vec<(&'static str, String)>,
}

impl Facts {
    fn new() -> Self {
        Facts { lines: Vec::new() }
    }

    /// A fact on one line; `text` may come from anywhere.
    fn add(&mut self, name: &'static str, text: &str) {
        self.lines.push((name, brief(text, LONGEST_VALUE)));
    }

    /// Lines that are safe already.
    fn add_block(&mut self, name: &'static str, lines: &[String]) {
        self.lines.push((name, lines.join("\n")));
    }
}

fn block(
    level: Level,
    code: Code,
    title: &str,
    span: Option<&Span>,
    label: &'static str,
    sources: &Sources,
    facts: &Facts,
    look: Look,
) -> String {
    let title = safe(title);
    let found = span.and_then(|span| excerpt(sources, span));
    let mut group = Group::with_title(shown(level).primary_title(title.as_ref()).id(code.number()));
    let path;
    if let Some(span) = span {
        path = safe(&span.file);
        group = group.element(place(span, &path, found.as_ref(), label));
    }
    for (name, text) in &facts.lines {
        group = group.element(Element::from(Shown::NOTE.with_name(*name).message(text.as_str())));
    }
    renderer(look).render(&[group])
}

fn place<'a>(span: &'a Span, path: &'a str, found: Option<&Excerpt<'a>>, label: &'static str) -> Element<'a> {
    match found {
        Some(found) => {
            let mut annotation = AnnotationKind::Primary.span(found.meant.clone());
            if !label.is_empty() {
                annotation = annotation.label(label);
            }
            Snippet::source(found.line)
                .line_start(found.number)
                .path(path)
                .fold(false)
                .annotation(annotation)
                .into()
        }
        None => Origin::path(path).line(span.line as usize).char_column(span.column as usize).into(),
    }
}

fn drift_block(report: &Report<'_>, drift: &Drift, left: Option<&Left>, look: Look) -> String {
    let mut facts = Facts::new();
    let source = drift.span.as_ref().and_then(|span| excerpt(report.sources, span)).map(|e| e.line);
    match drift.what {
        What::Missing => {
            if source.is_none()
                && let Some(text) = definition(report.desired, &drift.key)
            {
                facts.add("desired", &text);
            }
        }
        What::Unexpected => {
            if let Some(text) = definition(report.live, &drift.key) {
                facts.add("live", &text);
            }
        }
        What::Changed => changes(&mut facts, drift.code, &drift.changes, source, look),
    }
    if !drift.children.is_empty() {
        facts.add("with it", &children(&drift.children));
    }
    if let Some(effect) = effect(report, drift) {
        facts.add("effect", &effect);
    }
    if !drift.confirmed {
        facts.add("note", "found by rules and not confirmed by a server (U104)");
    }
    facts.add("repair", &repair_line(left, drift));
    block(
        drift.level,
        drift.code,
        &wording::title(drift),
        drift.span.as_ref(),
        wording::caret(drift.what),
        report.sources,
        &facts,
        look,
    )
}

fn definition(catalog: &trueup_catalog::Catalog, key: &ObjectKey) -> Option<String> {
    if describes_itself(key.kind) {
        return None;
    }
    describe(&catalog.get(key)?.object)
}

fn changes(facts: &mut Facts, code: Code, list: &[Change], source: Option<&str>, look: Look) {
    for change in list {
        if change.text
            && let (Some(desired), Some(live)) = (&change.desired, &change.live)
        {
            let lines = if change.attribute == "query" {
                text_diff::unified(&layout(live), &layout(desired), look)
            } else {
                text_diff::unified(live, desired, look)
            };
            facts.add_block("differs", &lines);
            continue;
        }
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let (desired, live) = (shown(&change.desired), shown(&change.live));
        let flag = matches!(change.desired.as_deref(), Some("yes" | "no"))
            && matches!(change.live.as_deref(), Some("yes" | "no"));
        let name = wording::attribute(&change.attribute);
        match (list.len(), wording::title_says(code, &change.attribute)) {
            (1, true) if flag => {}
            (1, says) if !flag => {
                let prefix = if says { String::new() } else { format!("{name} ") };
                // The source line shows the desired value already.
                let evident =
                    change.desired.as_deref().is_some_and(|d| source.is_some_and(|line| line.contains(d)));
                if !evident {
                    facts.add("desired", &format!("{prefix}{desired}"));
                }
                facts.add("live", &format!("{prefix}{live}"));
            }
            _ => facts.add("differs", &format!("{name}: {desired} desired, {live} live")),
        }
    }
}

/// `5 columns, 1 constraint, 2 indexes`.
fn children(keys: &[ObjectKey]) -> String {
    let mut by_kind: BTreeMap<ObjectKind, usize> = BTreeMap::new();
    for key in keys {
        *by_kind.entry(key.kind).or_default() += 1;
    }
    let parts: Vec<String> = by_kind.into_iter().map(|(kind, n)| counted(n, wording::kind(kind))).collect();
    parts.join(", ")
}

fn repair_line(left: Option<&Left>, drift: &Drift) -> String {
    let word = drift.disposition.word();
    let reason = if drift.reason.is_empty() { String::new() } else { format!(", {}", drift.reason) };
    match drift.disposition {
        Disposition::Safe | Disposition::Data => {
            match left {
                // The planner met something that comparing could not know of.
                Some(left) => format!("{}, {}", left.disposition.word(), left.reason),
                None => format!("{word}{reason}"),
            }
        }
        Disposition::Consent => {
            let consent = left.and_then(|left| left.consent.as_deref());
            format!("{word}{reason} (trueup repair --allow {})", selector(consent, &drift.key))
        }
        Disposition::Manual => format!("{word}{reason}"),
    }
}

/// How the user names on the command line what may be done: the consent that the plan asks for, as
/// `widen:column:public.users.email`, else the object; quoted for a shell where it must be.
pub(crate) fn selector(consent: Option<&str>, key: &ObjectKey) -> String {
    let text = consent.map_or_else(|| format!("{}:{key}", key.kind.word().replace(' ', "-")), str::to_owned);
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-'));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn undecided_block(report: &Report<'_>, undecided: &Undecided, look: Look) -> String {
    let mut facts = Facts::new();
    let advice = report.advice(undecided.code, undecided.span.as_ref());
    let title = match undecided.code {
        Code::U103 => format!("{} can't be told equal or different", undecided.what),
        _ if undecided.reason.is_empty() => {
            format!("{}: {}", undecided.what, undecided.code.title().to_lowercase())
        }
        // The reason speaks of the statement by itself.
        _ if undecided.what.is_empty() || undecided.what.ends_with("statement") => undecided.reason.clone(),
        _ => format!("{}: {}", undecided.what, undecided.reason),
    };
    if undecided.code == Code::U103 {
        facts.add("why", &undecided.reason);
    }
    if let Some(change) = &undecided.change {
        let source = undecided.span.as_ref().and_then(|span| excerpt(report.sources, span)).map(|e| e.line);
        changes(&mut facts, undecided.code, std::slice::from_ref(change), source, look);
    }
    if let Some(sqlstate) = advice.and_then(|a| a.sqlstate.as_deref()) {
        facts.add("PostgreSQL", &format!("SQLSTATE {sqlstate}"));
    }
    if undecided.span.is_some() && undecided.side == Some(Side::Live) {
        facts.add("side", "live");
    }
    match advice.and_then(|a| a.help.as_deref()) {
        Some(help) => facts.add("way out", help),
        None if undecided.code == Code::U102 => {
            facts.add(
                "way out",
                "run with a role that may see it, as a member of pg_read_all_data or the owner",
            );
        }
        None => {}
    }
    block(undecided.level, undecided.code, &title, undecided.span.as_ref(), "", report.sources, &facts, look)
}

fn notes_by_code<'a>(report: &Report<'a>) -> BTreeMap<Code, Vec<&'a Drift>> {
    let mut by_code: BTreeMap<Code, Vec<&Drift>> = BTreeMap::new();
    for drift in report.comparison.drift.iter().filter(|d| d.level == Level::Note) {
        by_code.entry(drift.code).or_default().push(drift);
    }
    by_code
}

fn notes_block(code: Code, notes: &[&Drift], look: Look) -> String {
    let title = match (code, notes.len()) {
        (_, 1) => notes.first().map(|d| wording::title(d)).unwrap_or_default(),
        (Code::D281, n) => format!("{} differ", counted(n, "comment")),
        (Code::D282, n) => {
            format!("options of {} differ, without changing the meaning", counted(n, "object"))
        }
        (Code::D102, n) => format!(
            "{} unexpected, without changing the meaning",
            if n == 1 { "1 object is".to_owned() } else { format!("{} objects are", thousands(n)) }
        ),
        (code, n) => format!("{}: {}", counted(n, "finding"), code.title().to_lowercase()),
    };
    let mut out = format!(
        "{}{}\n",
        look.paint(GREEN.bold(), format_args!("note[{code}]")),
        look.paint(BOLD, format_args!(": {}", safe(&title)))
    );
    for drift in notes.iter().take(MOST_NOTES) {
        let object =
            if notes.len() == 1 { String::new() } else { format!("{} {}: ", drift.key.kind, drift.key) };
        let detail: Vec<String> = drift
            .changes
            .iter()
            .map(|c| {
                let quote = if code == Code::D281 { "'" } else { "" };
                let value = |v: &Option<String>| {
                    v.as_deref()
                        .map_or_else(|| "none".to_owned(), |v| format!("{quote}{}{quote}", brief(v, 60)))
                };
                let name = if code == Code::D281 {
                    String::new()
                } else {
                    format!("{} ", wording::attribute(&c.attribute))
                };
                format!("{name}{} desired, {} live", value(&c.desired), value(&c.live))
            })
            .collect();
        let text = format!("{}{}", safe(&object), detail.join("; "));
        if !text.is_empty() {
            out += &format!("   = {text}\n");
        }
    }
    if notes.len() > MOST_NOTES {
        out += &format!("   = and {} more (--format json lists them)\n", thousands(notes.len() - MOST_NOTES));
    }
    out
}

/// The last lines: what was not compared, what is out of scope, and the counts.
fn closing(report: &Report<'_>, look: Look) -> String {
    let mut out = String::new();
    let comparison = report.comparison;
    let summary = comparison.summary;
    let counts = Counts::of(report);
    let not_compared = not_compared_words(report);
    if !not_compared.is_empty() {
        out += &format!("Not compared: {} (trueup explain U101)\n", not_compared.join(", "));
    }
    if !comparison.set_aside.is_empty() {
        let list: Vec<String> = comparison
            .set_aside
            .iter()
            .map(|aside| format!("{} ({})", safe(&aside.key.to_string()), safe(aside.tool)))
            .collect();
        out += &format!("Set aside: migration history in {}\n", list.join(", "));
    }
    if !comparison.out_of_scope.is_empty() {
        let list: Vec<String> = comparison
            .out_of_scope
            .iter()
            .map(|(schema, n)| format!("{} ({})", safe(&schema.to_string()), counted(*n, "object")))
            .collect();
        let (more, list) = if list.len() > 8 { (list.len() - 8, &list[..8]) } else { (0, &list[..]) };
        let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
        out += &format!(
            "Out of scope: {} {}{more}; the desired schema never speaks of {} (--all-schemas)\n",
            if comparison.out_of_scope.len() == 1 { "schema" } else { "schemas" },
            list.join(", "),
            if comparison.out_of_scope.len() == 1 { "it" } else { "them" },
        );
    }
    let notes = if counts.notes > 0 { format!(", {}", counted(counts.notes, "note")) } else { String::new() };
    match comparison.outcome() {
        Outcome::InSync => {
            out += &format!(
                "{} {} {} {} ({}){}\n",
                look.paint(GREEN.bold(), "In sync:"),
                counted(summary.matching, "object"),
                if summary.matching == 1 { "matches" } else { "match" },
                place_words(report.live_place),
                where_from(report),
                notes.replacen(',', ";", 1),
            );
        }
        Outcome::Drift => {
            let mut findings = Vec::new();
            if counts.errors > 0 {
                findings.push(look.paint(RED, counted(counts.errors, "error")));
            }
            if counts.warnings > 0 {
                findings.push(look.paint(YELLOW, counted(counts.warnings, "warning")));
            }
            if counts.notes > 0 {
                findings.push(counted(counts.notes, "note"));
            }
            if counts.undecided > 0 {
                findings.push(look.paint(RED, format_args!("{} undecided", thousands(counts.undecided))));
            }
            let mut ways = Vec::new();
            if counts.repairable > 0 {
                ways.push(format!("{} can be repaired now", thousands(counts.repairable)));
            }
            if counts.consent > 0 {
                ways.push(format!(
                    "{} {} consent",
                    thousands(counts.consent),
                    if counts.consent == 1 { "needs" } else { "need" }
                ));
            }
            if counts.manual > 0 {
                ways.push(format!(
                    "{} {} manual",
                    thousands(counts.manual),
                    if counts.manual == 1 { "is" } else { "are" }
                ));
            }
            out += &format!(
                "{} {}; {} of {} desired {}; {}\n",
                look.paint(RED.bold(), "Drift:"),
                findings.join(", "),
                thousands(summary.matching),
                thousands(summary.desired_objects),
                if summary.desired_objects == 1 { "object matches" } else { "objects match" },
                ways.join(", "),
            );
        }
        Outcome::Undecided => {
            // What was found beside statements that were not read may be their doing.
            let found: Vec<String> = [(counts.errors, "error"), (counts.warnings, "warning")]
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, noun)| counted(count, noun))
                .collect();
            let found =
                if found.is_empty() { String::new() } else { format!(", and drift of {}", found.join(", ")) };
            out += &format!(
                "{} {}{found}{notes}; {} of {} {}, but \"in sync\" can't be said\n",
                look.paint(YELLOW.bold(), "Undecided:"),
                undecided_words(report, counts.undecided),
                thousands(summary.matching),
                thousands(summary.desired_objects),
                if summary.desired_objects == 1 { "object matches" } else { "objects match" },
            );
        }
    }
    out
}

/// `2 security labels, 1 aggregate`. Things are named one by one while they are few.
fn not_compared_words(report: &Report<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = 0;
    for (what, n) in not_compared(report) {
        if words.len() >= 8 {
            rest += n;
        } else if n == 1 {
            words.push(safe(what).into_owned());
        } else {
            words.push(format!("{} × {}", thousands(n), safe(what)));
        }
    }
    if rest > 0 {
        words.push(format!("{} more", thousands(rest)));
    }
    words
}

fn undecided_words(report: &Report<'_>, total: usize) -> String {
    let statements = report
        .comparison
        .undecided
        .iter()
        .filter(|u| {
            u.level != Level::Note
                && matches!(u.code, Code::S101 | Code::S102 | Code::S103 | Code::S104 | Code::S105)
        })
        .count();
    match (statements, total - statements) {
        (statements, 0) => counted(statements, "statement"),
        (0, others) => counted(others, "part"),
        (statements, others) => {
            format!("{} and {}", counted(statements, "statement"), counted(others, "part"))
        }
    }
}

/// `shop at db.internal`, or the name of the file.
fn place_words(place: &Place) -> String {
    match &place.server {
        Some(server) => format!("{} at {}", safe(&server.database), safe(&server.host)),
        None => safe(&place.name).into_owned(),
    }
}

/// `PostgreSQL 15.18, 41 ms`.
fn where_from(report: &Report<'_>) -> String {
    let time = elapsed(report.elapsed);
    match &report.live_place.server {
        Some(server) => format!("PostgreSQL {}, {time}", safe(server.short_version())),
        None => time,
    }
}

pub(crate) fn elapsed(time: std::time::Duration) -> String {
    let ms = time.as_millis();
    if ms < 10_000 { format!("{ms} ms") } else { format!("{:.1} s", time.as_secs_f64()) }
}

/// A hint for standard error.
pub fn hint_text(hint: &str, look: Look) -> String {
    format!("{} {}\n", look.paint(CYAN.bold(), "hint:"), safe(hint))
}
