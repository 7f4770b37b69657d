//! The last lines of a check: what was not compared, what is out of scope, and the counts.

use crate::aside::{Aside, asides};
use crate::counts::{Counts, counted, not_compared, thousands};
use crate::look::{GREEN, Look, RED, YELLOW};
use crate::safe::{brief, safe};
use crate::tally::verdict;
use crate::{Place, Report};
use std::collections::BTreeMap;
use trueup_diff::{Code, Level, Outcome};

/// How many things that were not compared are named one by one.
const MOST_NAMES: usize = 6;
/// The longest name or reason that a line shows.
const LONGEST_NAME: usize = 120;

/// The last lines: what was not compared, what is out of scope, and the counts.
pub(crate) fn closing(report: &Report<'_>, look: Look) -> String {
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
    if comparison.excluded > 0 {
        out += &format!(
            "Excluded: {} by the configuration (trueup config)\n",
            counted(comparison.excluded, "object")
        );
    }
    let stated = comparison.not_stated;
    let not_stated: Vec<String> = [
        (stated.privileges, "privileges of", "object"),
        (stated.default_privileges, "", "default privilege"),
        (stated.security_labels, "", "security label"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, of, noun)| format!("{of} {}", counted(count, noun)).trim().to_owned())
    .collect();
    if !not_stated.is_empty() {
        out += &format!(
            "Not stated: {}; the desired schema says nothing of them (--privileges strict)\n",
            not_stated.join(", ")
        );
    }
    if report.gate.is_some() {
        out += &of_policy(report, look);
        return out;
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

/// What the policy leaves out and says besides, then its verdict.
fn of_policy(report: &Report<'_>, look: Look) -> String {
    let mut out = String::new();
    for Aside { label, text, between, names, more } in asides(report) {
        let names: Vec<String> = names.iter().map(|name| brief(name, LONGEST_NAME)).collect();
        let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
        let between = if names.is_empty() { "" } else { between };
        out += &format!("{label}: {text}{between}{}{more}\n", names.join(", "));
    }
    let sentence = verdict(report);
    let style = match report.outcome() {
        Outcome::InSync => GREEN,
        Outcome::Drift => RED,
        Outcome::Undecided => YELLOW,
    };
    out += &format!("{}, {}\n", look.paint(style.bold(), sentence.head), sentence.rest);
    out
}

/// What was not compared: by name while that is short, else counted by sort: `12 aggregates`.
fn not_compared_words(report: &Report<'_>) -> Vec<String> {
    let by_name = not_compared(report);
    if by_name.len() <= MOST_NAMES {
        let word = |(what, n): (&str, usize)| {
            if n == 1 { safe(what).into_owned() } else { format!("{} × {}", thousands(n), safe(what)) }
        };
        return by_name.into_iter().map(word).collect();
    }
    let mut by_sort: BTreeMap<&str, usize> = BTreeMap::new();
    for undecided in report.by_design() {
        *by_sort.entry(undecided.sort.as_str()).or_default() += 1;
    }
    by_sort.into_iter().map(|(sort, n)| counted(n, &safe(sort))).collect()
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
pub(crate) fn place_words(place: &Place) -> String {
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
