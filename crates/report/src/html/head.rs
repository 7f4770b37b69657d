//! The head of the page: the verdict, where both sides came from, the counts, and what was not compared.

use super::finding::Finding;
use super::words::Text;
use crate::closing::{closing, elapsed};
use crate::counts::{counted, thousands};
use crate::{Look, Place, Report, utc};
use trueup_diff::{Level, Outcome};
use trueup_policy::Known;

/// The head.
pub(super) struct Head {
    /// For a class: `in-sync`, `drift`, `undecided`.
    pub outcome: &'static str,
    pub verdict: &'static str,
    /// The verdict in a sentence.
    pub summary: Text,
    /// Where from and when: names and texts.
    pub facts: Vec<(&'static str, Text)>,
    pub tiles: Vec<Tile>,
    /// Not compared, out of scope, set aside, not stated: names and texts.
    pub rest: Vec<(Text, Text)>,
    /// What the policy says besides the findings: a heading, and what it lists.
    pub known: Vec<(String, Vec<(&'static str, Text)>)>,
}

/// A count.
pub(super) struct Tile {
    pub class: &'static str,
    pub number: String,
    pub noun: String,
}

/// The head for a report; the counts are of the findings that are listed.
pub(super) fn head(report: &Report<'_>, findings: &[Finding]) -> Head {
    let outcome =
        report.gate.map_or_else(|| report.comparison.outcome(), |gate| gate.outcome(report.comparison));
    let (class, verdict) = match (outcome, report.gate.is_some()) {
        (Outcome::InSync, false) => ("in-sync", "In sync"),
        (Outcome::Drift, false) => ("drift", "Drift"),
        (Outcome::Undecided, false) => ("undecided", "Undecided"),
        (Outcome::InSync, true) => ("in-sync", "Gate: green"),
        (Outcome::Drift, true) => ("drift", "Gate: red"),
        (Outcome::Undecided, true) => ("undecided", "Gate: undecided"),
    };
    // The words of the closing lines: the verdict last, and before it what does not count.
    let closing = closing(report, Look::default());
    let mut lines: Vec<&str> = closing.lines().collect();
    let verdict_line = lines.pop().unwrap_or_default();
    let summary = verdict_line.split_once(": ").map_or(verdict_line, |(_, text)| text);
    let named = lines.into_iter().filter_map(|line| line.split_once(": "));
    Head {
        outcome: class,
        verdict,
        summary: Text::new(
            &report.gate.map_or_else(|| summary.to_owned(), |_| crate::tally::verdict(report).rest),
        ),
        facts: facts(report),
        tiles: tiles(findings),
        rest: named.map(|(name, text)| (Text::new(name), Text::new(text))).collect(),
        known: known(report),
    }
}

fn facts(report: &Report<'_>) -> Vec<(&'static str, Text)> {
    let mut facts = vec![("Live", place(report.live_place)), ("Desired", place(report.desired_place))];
    if let Some(gate) = report.gate {
        let named =
            [("Compared with", &gate.base), ("Baseline", &gate.baseline), ("Snapshot's age", &gate.age)];
        facts.extend(named.into_iter().filter_map(|(name, text)| Some((name, Text::new(text.as_deref()?)))));
    }
    facts.push((
        "Made",
        Text::new(&format!(
            "{} by trueup {}, in {}",
            utc(report.made),
            report.version,
            elapsed(report.elapsed)
        )),
    ));
    facts
}

fn place(place: &Place) -> Text {
    Text::new(&match &place.server {
        Some(server) => format!(
            "{} at {}:{} as {}, PostgreSQL {}",
            server.database,
            server.host,
            server.port,
            server.user,
            server.short_version()
        ),
        None => place.name.clone(),
    })
}

/// The counts; none where nothing is listed, which the verdict says already.
fn tiles(findings: &[Finding]) -> Vec<Tile> {
    if !findings.iter().any(|finding| finding.listed) {
        return Vec::new();
    }
    let count = |of: &dyn Fn(&Finding) -> bool| findings.iter().filter(|f| f.listed && of(f)).count();
    let drift = |level: Level| count(&|f| f.level == level && f.what != "undecided");
    let tile = |class, n: usize, one: &str, many: &str| Tile {
        class,
        number: thousands(n),
        noun: if n == 1 { one.to_owned() } else { many.to_owned() },
    };
    let closes = count(&|f| matches!(f.disposition, "safe" | "data"));
    vec![
        tile("error", drift(Level::Error), "error", "errors"),
        tile("warning", drift(Level::Warning), "warning", "warnings"),
        tile("note", drift(Level::Note), "note", "notes"),
        tile("undecided", count(&|f| f.what == "undecided"), "undecided", "undecided"),
        tile("safe", closes, "can be repaired now", "can be repaired now"),
        tile("consent", count(&|f| f.disposition == "consent"), "needs consent", "need consent"),
        tile("manual", count(&|f| f.disposition == "manual"), "is manual", "are manual"),
    ]
}

fn known(report: &Report<'_>) -> Vec<(String, Vec<(&'static str, Text)>)> {
    let Some(gate) = report.gate else { return Vec::new() };
    let list = |heading: &str, known: &[Known]| {
        let list: Vec<_> = known.iter().map(|k| (k.code.number(), Text::new(&k.title))).collect();
        (!list.is_empty()).then(|| (format!("{heading}: {}", counted(list.len(), "finding")), list))
    };
    [
        list("Repaired since the baseline was written", &gate.repaired),
        list("Repaired by this change", &gate.closed),
    ]
    .into_iter()
    .flatten()
    .collect()
}
