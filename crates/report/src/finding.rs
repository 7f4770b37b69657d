//! One finding as a block of text: its title, the source line with a caret, and what is known of it.

use crate::counts::{counted, thousands};
use crate::describe::describe;
use crate::effect::{describes_itself, effect};
use crate::excerpt::{Excerpt, excerpt};
use crate::layout::layout;
use crate::listed::{About, Listed};
use crate::look::{BOLD, GREEN, Look};
use crate::safe::{brief, safe};
use crate::{Report, Sources, text_diff, wording};
use annotate_snippets::{AnnotationKind, Element, Group, Level as Shown, Origin, Renderer, Snippet};
use std::collections::BTreeMap;
use trueup_catalog::{ObjectKey, ObjectKind, Span};
use trueup_diff::{Change, Code, Disposition, Drift, Level, Side, Undecided, What};
use trueup_policy::Remark;
use trueup_repair::{Answer, Left, Step, Work};

/// The longest value that a line shows.
const LONGEST_VALUE: usize = 200;
/// The most notes of one code that are listed one by one.
const MOST_NOTES: usize = 10;

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

/// The head of a finding.
struct Head<'a> {
    level: Level,
    code: Code,
    title: &'a str,
    span: Option<&'a Span>,
    /// What is drawn under the caret.
    label: &'static str,
}

fn block(head: &Head<'_>, facts: &Facts, sources: &Sources, look: Look) -> String {
    let Head { level, code, title, span, label } = *head;
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

/// A finding of drift. `steps` are those that close it.
pub(crate) fn drift_block(
    report: &Report<'_>,
    listed: &Listed<'_>,
    drift: &Drift,
    steps: &[&Step],
    look: Look,
) -> String {
    let left = listed.left;
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
    if let Some(note) = unconfirmed(drift) {
        facts.add("note", &note);
    }
    if !listed.remark().is_empty() {
        facts.add("note", listed.remark());
    }
    let repair = repair_line(left, drift);
    facts.add("repair", &format!("{repair}{}", rows(left, steps)));
    let title = wording::title(drift);
    let head = Head {
        level: listed.level,
        code: drift.code,
        title: &title,
        span: drift.span.as_ref(),
        label: wording::caret(drift.what),
    };
    block(&head, &facts, report.sources, look)
}

/// That no server confirmed it, and why, where none did.
pub(crate) fn unconfirmed(drift: &Drift) -> Option<String> {
    if drift.confirmed {
        return None;
    }
    let why = drift.unconfirmed.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    Some(format!("found by rules and not confirmed by a server (U104){why}"))
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
pub(crate) fn children(keys: &[ObjectKey]) -> String {
    let mut by_kind: BTreeMap<ObjectKind, usize> = BTreeMap::new();
    for key in keys {
        *by_kind.entry(key.kind).or_default() += 1;
    }
    let parts: Vec<String> = by_kind.into_iter().map(|(kind, n)| counted(n, wording::kind(kind))).collect();
    parts.join(", ")
}

/// What repair can do about it: `manual, adding can't close it`.
pub(crate) fn repair_line(left: Option<&Left>, drift: &Drift) -> String {
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
        Disposition::Manual => match left.and_then(|left| left.consent.as_deref()) {
            Some(new) => format!(
                "{word}{reason} (if it is new: trueup repair --allow {})",
                selector(Some(new), &drift.key)
            ),
            None => format!("{word}{reason}"),
        },
    }
}

/// How many rows are read for it, and what they say where they were asked.
pub(crate) fn rows(left: Option<&Left>, steps: &[&Step]) -> String {
    let reads = |step: &&&Step| matches!(step.work, Work::Scan | Work::Build);
    let size = steps.iter().filter(reads).filter_map(|step| step.size).max_by_key(|size| size.bytes);
    let probes = steps.iter().filter_map(|step| step.probe.as_ref());
    let mut probes: Vec<_> = probes.chain(left.and_then(|left| left.probe.as_ref())).collect();
    // What was found speaks, then what could not be asked.
    probes.sort_by_key(|probe| match &probe.answer {
        Some(answer) if answer.in_the_way() => 0,
        Some(Answer::NotAsked { .. }) => 1,
        Some(Answer::Rows { .. }) => 2,
        None => 3,
    });
    let said = crate::probe::with_keys(probes.first().copied());
    let size = size.map(|size| format!(", {}", crate::counts::size(size))).unwrap_or_default();
    format!("{size}{}", said.map(|said| format!("; {said}")).unwrap_or_default())
}

/// How the user names on the command line what may be done: the consent that the plan asks for, as
/// `widen:column:public.users.email`, else the object; quoted for a shell where it must be.
pub(crate) fn selector(consent: Option<&str>, key: &ObjectKey) -> String {
    let text = consent.map_or_else(|| format!("{}:{key}", key.kind.word().replace(' ', "-")), str::to_owned);
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-'));
    if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Something that could not be compared.
pub(crate) fn undecided_block(
    report: &Report<'_>,
    listed: &Listed<'_>,
    undecided: &Undecided,
    look: Look,
) -> String {
    let mut facts = Facts::new();
    let advice = report.advice(undecided.code, undecided.span.as_ref());
    let title = wording::undecided_title(undecided);
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
    if let Some(way_out) = way_out(report, undecided) {
        facts.add("way out", way_out);
    }
    if !listed.remark().is_empty() {
        facts.add("note", listed.remark());
    }
    let head = Head {
        level: listed.level,
        code: undecided.code,
        title: &title,
        span: undecided.span.as_ref(),
        label: "",
    };
    block(&head, &facts, report.sources, look)
}

/// A statement of a migration, with what is known of it.
pub(crate) fn statement_block(
    (level, code, title): (Level, Code, &str),
    span: &Span,
    known: &[(&'static str, String)],
    sources: &Sources,
    look: Look,
) -> String {
    let mut facts = Facts::new();
    for (name, text) in known {
        facts.add(name, text);
    }
    block(&Head { level, code, title, span: Some(span), label: "" }, &facts, sources, look)
}

/// What is to be said of the policy itself, with its place in the configuration.
pub(crate) fn remark_block(remark: &Remark, look: Look) -> String {
    let title = safe(&remark.text);
    let path;
    let mut group =
        Group::with_title(shown(remark.level).primary_title(title.as_ref()).id(remark.code.number()));
    if let Some((file, line)) = &remark.place {
        path = safe(file);
        group = group.element(Origin::path(path.as_ref()).line(*line as usize));
    }
    let way_out = brief(&remark.way_out, LONGEST_VALUE);
    if !way_out.is_empty() {
        group = group.element(Element::from(Shown::NOTE.with_name("way out").message(way_out.as_str())));
    }
    renderer(look).render(&[group])
}

/// What can be done about something that could not be compared.
pub(crate) fn way_out<'a>(report: &Report<'a>, undecided: &Undecided) -> Option<&'a str> {
    let advice = report.advice(undecided.code, undecided.span.as_ref());
    advice.and_then(|advice| advice.help.as_deref()).or_else(|| {
        (undecided.code == Code::U102)
            .then_some("run with a role that may see it, as a member of pg_read_all_data or the owner")
    })
}

/// The notes, grouped.
pub(crate) fn notes_by_code<'a>(listed: &[Listed<'a>]) -> BTreeMap<Code, Vec<Listed<'a>>> {
    let mut by_code: BTreeMap<Code, Vec<Listed<'_>>> = BTreeMap::new();
    for found in listed.iter().filter(|found| found.level == Level::Note) {
        if let About::Drift(..) = found.about {
            by_code.entry(found.code).or_default().push(*found);
        }
    }
    by_code
}

/// The notes of one code in one block.
pub(crate) fn notes_block(code: Code, notes: &[Listed<'_>], look: Look) -> String {
    let title = match (code, notes.len()) {
        (_, 1) => notes.first().map(Listed::title).unwrap_or_default(),
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
    for found in notes.iter().take(MOST_NOTES) {
        let About::Drift(_, drift) = found.about else { continue };
        let object =
            if notes.len() == 1 { String::new() } else { format!("{} {}", drift.key.kind, drift.key) };
        let mut detail: Vec<String> = drift
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
        if !found.remark().is_empty() {
            detail.push(found.remark().to_owned());
        }
        let between = if object.is_empty() || detail.is_empty() { "" } else { ": " };
        let text = format!("{}{between}{}", safe(&object), detail.join("; "));
        if !text.is_empty() {
            out += &format!("   = {text}\n");
        }
    }
    if notes.len() > MOST_NOTES {
        out += &format!("   = and {} more (--format json lists them)\n", thousands(notes.len() - MOST_NOTES));
    }
    out
}
