//! A preflight for a person at a terminal.

use crate::counts::{counted, size as size_words};
use crate::finding::statement_block;
use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::preflight::{PreflightReport, code, level, refusal};
use crate::safe::{brief, safe};
use crate::wording;
use trueup_diff::{Code, Level, Outcome};
use trueup_preflight::{Effect, Outlook, Statement, StepOutcome, Verdict};
use trueup_repair::{Blocks, Held};

/// How many statements with nothing to say are listed unless all are wanted.
const FEW: usize = 5;

/// The whole text: each statement that there is something to say of, then the closing lines. `all` lists the others as well.
pub fn preflight_text(report: &PreflightReport<'_>, all: bool, look: Look) -> String {
    let mut out = String::new();
    let mut plain = 0;
    let mut in_list = false;
    for (at, statement) in report.forecast.statements.iter().enumerate() {
        match code(statement) {
            Some(code) if all || code != Code::P106 => {
                if std::mem::take(&mut in_list) {
                    out.push('\n');
                }
                out += finding(report, at, statement, code, all, look).trim_end();
                out += "\n\n";
            }
            Some(_) | None => {
                plain += 1;
                if all || plain <= FEW {
                    out += &line(statement, look);
                    in_list = true;
                    if all {
                        out += &locks(statement, look);
                    }
                }
            }
        }
    }
    if !all && plain > FEW {
        let more = format!("  … {} more (--all lists them)\n", counted(plain - FEW, "statement"));
        out += &look.paint(DIM, more);
    }
    out += &confirmed(report, look);
    out += &after(report, look);
    out += &closing(report, look);
    out
}

/// The next command, for standard error.
pub fn preflight_hint(report: &PreflightReport<'_>) -> Option<String> {
    let guardable = report.forecast.statements.iter().any(|statement| {
        refusal(statement).is_some_and(|(state, _, _)| {
            matches!(state, "42P07" | "42701" | "42710" | "42P06" | "42704" | "42P01")
        })
    });
    match report.forecast.outlook() {
        Outlook::Bad if guardable => Some(
            "`--write-guarded FILE` writes the migration with guards where what is there is what it would make".to_owned(),
        ),
        Outlook::Bad => Some("`trueup explain CODE` tells what a finding means and the way out".to_owned()),
        Outlook::Unknown if report.confirmed.is_none() => {
            Some("`--confirm` runs the migration in a throw-away copy of the live schema".to_owned())
        }
        Outlook::Unknown | Outlook::Good => None,
    }
}

fn finding(
    report: &PreflightReport<'_>,
    at: usize,
    statement: &Statement,
    code: Code,
    all: bool,
    look: Look,
) -> String {
    let words = if statement.step.words.is_empty() { "the statement" } else { statement.step.words.as_str() };
    let title = match code {
        Code::P101 => format!("{words} will fail"),
        Code::P102 => format!("{words} destroys data"),
        Code::P103 => format!("{words} writes a table anew"),
        Code::P104 => format!("{words} blocks a table"),
        Code::P105 => format!("{words} fails if rows stand in the way"),
        Code::P106 => format!("{words} finds nothing to do"),
        _ => format!("what {words} would do can't be told"),
    };
    let mut known: Vec<(&'static str, String)> = Vec::new();
    match &statement.step.outcome {
        StepOutcome::Refused(refused) => {
            known.push(("PostgreSQL", format!("{} {}", refused.sqlstate, refused.message)));
            if let Some(help) = &refused.help {
                known.push(("way out", help.clone()));
            }
        }
        StepOutcome::Skipped(notice) => known.push(("PostgreSQL", format!("notice: {notice}"))),
        StepOutcome::CantTell { why, .. } => known.push(("reason", why.clone())),
        StepOutcome::Applied(_) => {}
    }
    for effect in &statement.effects {
        if let Some(fact) = fact(effect, all) {
            known.push(fact);
        }
    }
    if let Some(said) = said_in_the_copy(report, at) {
        known.push(("copy", said));
    }
    statement_block((level(code), code, &title), statement.span(), &known, report.sources, look)
}

fn fact(effect: &Effect, all: bool) -> Option<(&'static str, String)> {
    let sized = |size: Option<trueup_catalog::Size>| {
        size.map(|s| format!(" ({})", size_words(s))).unwrap_or_default()
    };
    match effect {
        Effect::Destroys(destroyed) => {
            Some(("destroys", format!("{}{}", destroyed.what, sized(destroyed.size))))
        }
        Effect::Rewrites { table, why, size } => {
            Some(("rewrites", format!("{table}{}: {why}", sized(*size))))
        }
        Effect::Blocks(blocking) => {
            let lock = &blocking.lock;
            if lock.held == Held::Moment && !all {
                return None;
            }
            let time = match lock.held {
                Held::Moment => "for a moment",
                Held::Scan => "while it is scanned",
                Held::Build => "while an index is built",
            };
            let stopped = match lock.mode.blocks() {
                Blocks::Nobody => ": reads and writes go on".to_owned(),
                Blocks::Writers | Blocks::Everybody => {
                    format!(
                        ": {} wait",
                        match lock.mode.blocks() {
                            Blocks::Writers => "writers",
                            Blocks::Everybody | Blocks::Nobody => "readers and writers",
                        }
                    )
                }
            };
            Some((
                "locks",
                format!("{} on {}{} {time}{stopped}", lock.mode.sql(), lock.on, sized(blocking.size)),
            ))
        }
        Effect::MayFail(unsure) => {
            let asked = crate::probe::clause(unsure.probe.as_ref());
            let asked = asked.map(|said| format!("; {said}")).unwrap_or_default();
            Some(("needs", format!("{}{asked}", unsure.demand)))
        }
    }
}

fn said_in_the_copy(report: &PreflightReport<'_>, at: usize) -> Option<String> {
    let confirmed = report.confirmed?;
    confirmed
        .differing
        .iter()
        .chain(&confirmed.not_comparable)
        .find(|(place, _)| *place == at)
        .map(|(_, said)| said.clone())
}

/// A statement with nothing to say.
fn line(statement: &Statement, look: Look) -> String {
    let span = &statement.step.span;
    let text: String = statement.step.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mark = match statement.verdict() {
        Verdict::Skips => look.paint(DIM, "-"),
        Verdict::Succeeds | Verdict::MayFail | Verdict::Destroys | Verdict::Unknown | Verdict::Fails => {
            look.paint(GREEN.bold(), "+")
        }
    };
    let place = format!("{}:{}", safe(&span.file), span.line);
    format!("  {mark} {}  {}\n", brief(&text, 90), look.paint(DIM, place))
}

fn locks(statement: &Statement, look: Look) -> String {
    let words: Vec<String> = statement
        .effects
        .iter()
        .filter_map(|effect| fact(effect, true))
        .map(|(name, text)| format!("{name} {text}"))
        .collect();
    if words.is_empty() {
        return String::new();
    }
    format!("      {}\n", look.paint(DIM, brief(&words.join("; "), 200)))
}

fn confirmed(report: &PreflightReport<'_>, look: Look) -> String {
    let Some(confirmed) = report.confirmed else { return String::new() };
    let mut out = String::new();
    for (at, said) in &confirmed.differing {
        let Some(statement) = report.forecast.statements.get(*at) else { continue };
        let span = &statement.step.span;
        let place = format!("{}:{}:{}", safe(&span.file), span.line, span.column);
        out += &format!("  {} {place}: in the copy it {}\n", look.paint(RED.bold(), "!"), safe(said));
    }
    out += &format!(
        "In a copy of the live schema {} of {} went as foretold",
        confirmed.alike,
        counted(report.forecast.statements.len(), "statement")
    );
    if !confirmed.not_comparable.is_empty() {
        out += &format!("; of {} the copy says nothing", confirmed.not_comparable.len());
    }
    if !confirmed.unmade.is_empty() {
        let some: Vec<String> = confirmed.unmade.iter().take(3).map(|name| safe(name).into_owned()).collect();
        out += &format!("; it lacks {} ({})", counted(confirmed.unmade.len(), "object"), some.join(", "));
    }
    out.push('\n');
    out
}

fn after(report: &PreflightReport<'_>, look: Look) -> String {
    let Some(after) = report.after else { return String::new() };
    let mut out = String::new();
    let listed: Vec<_> = after.comparison.drift.iter().filter(|drift| drift.level != Level::Note).collect();
    match after.outcome() {
        Outcome::InSync => {
            out += &format!(
                "{} the live schema will match the desired one\n",
                look.paint(GREEN.bold(), "After it")
            );
        }
        Outcome::Drift => {
            out += &format!(
                "{} {} of drift will be left:\n",
                look.paint(YELLOW.bold(), "After it"),
                counted(listed.len(), "finding")
            );
            for drift in listed.iter().take(10) {
                out += &format!("  {} {}\n", look.paint(BOLD, drift.code), safe(&wording::title(drift)));
            }
            if listed.len() > 10 {
                out += &look.paint(DIM, format!("  … {} more\n", listed.len() - 10));
            }
        }
        Outcome::Undecided => {
            out += &format!(
                "{} it can't be told whether the live schema will match the desired one: {} undecided\n",
                look.paint(YELLOW.bold(), "After it"),
                after.comparison.undecided.iter().filter(|u| u.level != Level::Note).count()
            );
        }
    }
    out
}

fn closing(report: &PreflightReport<'_>, look: Look) -> String {
    let forecast = report.forecast;
    let number = |verdict| forecast.count(verdict);
    let total = forecast.statements.len();
    let succeed = number(Verdict::Succeeds) + number(Verdict::MayFail);
    let mut parts = vec![format!("{succeed} will succeed")];
    let mut add = |count: usize, words: &str| {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    };
    add(number(Verdict::MayFail), "of them if the rows allow it");
    add(number(Verdict::Skips), "will skip");
    add(number(Verdict::Fails), "will fail");
    add(number(Verdict::Destroys), "will destroy data");
    add(number(Verdict::Unknown), "can't be told");
    add(forecast.statements.iter().filter(|s| s.blocks()).count(), "will block a table");
    let (style, head) = match forecast.outlook() {
        Outlook::Good => (GREEN.bold(), "Ready"),
        Outlook::Bad => (RED.bold(), "Not ready"),
        Outlook::Unknown => (YELLOW.bold(), "Undecided"),
    };
    let place = if report.live_place.name.is_empty() { "live" } else { report.live_place.name.as_str() };
    format!(
        "{}: {} on {}; {}\n",
        look.paint(style, head),
        counted(total, "statement"),
        safe(place),
        parts.join(", ")
    )
}
