//! What a policy leaves out or is told besides findings, a line each: ignored, in the baseline, switched off, repaired, closed by this
//! change, the age of the snapshot.

use crate::Report;
use crate::counts::{counted, thousands};
use crate::listed::{About, Listed};
use crate::tally::Tally;
use std::collections::BTreeMap;
use trueup_policy::{Known, Since, Verdict};

/// How many things a line names.
const NAMED: usize = 6;

/// One line.
#[derive(Debug)]
pub(crate) struct Aside {
    /// What it begins with: `Ignored`.
    pub label: &'static str,
    /// Words of ours: `2 findings`.
    pub text: String,
    /// What stands between the two.
    pub between: &'static str,
    /// What is named after it, in words that may come from anywhere.
    pub names: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Aside {
    fn new(label: &'static str, text: String, between: &'static str, mut names: Vec<String>) -> Self {
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        Aside { label, text, between, names, more }
    }
}

/// The lines; none where there is no policy.
pub(crate) fn asides(report: &Report<'_>) -> Vec<Aside> {
    let Some(gate) = report.gate else { return Vec::new() };
    let tally = Tally::of(report);
    let every = report.every();
    let mut out = Vec::new();
    if tally.ignored > 0 {
        out.push(Aside::new("Ignored", counted(tally.ignored, "finding"), ": ", by_reason(&every)));
    }
    if tally.baseline > 0 {
        let name = gate.baseline.iter().cloned().collect();
        out.push(Aside::new("In the baseline", counted(tally.baseline, "finding"), " of ", name));
    }
    if tally.off > 0 {
        out.push(Aside::new("Switched off", counted(tally.off, "finding"), "", Vec::new()));
    }
    if !gate.repaired.is_empty() {
        let text = format!("{} of the baseline found no more", counted(gate.repaired.len(), "entry"));
        out.push(Aside::new("Repaired", text, ": ", titles(&gate.repaired)));
    }
    if let Some(base) = &gate.base {
        let since = |since: Since| {
            let of = |listed: &&Listed<'_>| {
                !matches!(listed.about, About::Remark(_))
                    && listed.standing.is_some_and(|standing| standing.since == Some(since))
            };
            every.iter().filter(of).count()
        };
        let text = format!(
            "brings {}, {} there before",
            counted(since(Since::Introduced), "finding"),
            match since(Since::WasThere) {
                1 => "1 was".to_owned(),
                several => format!("{} were", thousands(several)),
            }
        );
        out.push(Aside::new("This change", text, ", held against ", vec![base.clone()]));
        if !gate.closed.is_empty() {
            let text = counted(gate.closed.len(), "finding");
            out.push(Aside::new("This change closes", text, ": ", titles(&gate.closed)));
        }
    }
    if let Some(age) = &gate.age {
        out.push(Aside::new("Snapshot", String::new(), "", vec![format!("{age} old")]));
    }
    out
}

/// The exceptions with how many findings each takes out, in the order of their lines.
fn by_reason(every: &[Listed<'_>]) -> Vec<String> {
    let mut entries: BTreeMap<(u32, &str), (usize, Option<trueup_policy::Date>)> = BTreeMap::new();
    for listed in every {
        let Some(Verdict::Ignored { reason, expires, line }) = listed.standing.map(|s| &s.verdict) else {
            continue;
        };
        entries.entry((*line, reason.as_str())).or_insert((0, *expires)).0 += 1;
    }
    entries
        .into_iter()
        .map(|((_, reason), (count, expires))| {
            let until = expires.map(|day| format!(", until {day}")).unwrap_or_default();
            format!("{reason} ({}{until})", thousands(count))
        })
        .collect()
}

fn titles(known: &[Known]) -> Vec<String> {
    known.iter().map(|known| format!("{} {}", known.code, known.title)).collect()
}
