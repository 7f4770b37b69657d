//! The summary of a repair for a terminal.

use crate::counts::{counted, size as size_words, thousands};
use crate::finding::selector;
use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::repair_file::closed;
use crate::safe::{brief, safe};
use crate::{Report, wording};
use trueup_diff::{Code, Disposition, Level};
use trueup_repair::{Probe, Step};

/// What the steps do, what is left, and the closing line. `written_to` is the file, or `None`
/// when the SQL went to standard output.
pub fn repair_text(report: &Report<'_>, written_to: Option<&str>, look: Look) -> String {
    let mut out = String::new();
    let plan = report.plan;
    // Statements that close their finding only together stand together.
    let together = |at: usize, other: Option<&Step>| {
        plan.steps.get(at).zip(other).is_some_and(|(a, b)| !a.closes.is_empty() && a.closes == b.closes)
    };
    for (at, step) in plan.steps.iter().enumerate() {
        let title = brief(&step.title, 160);
        out += &if at > 0 && together(at, plan.steps.get(at - 1)) {
            format!("    then {title}\n")
        } else {
            format!("  {} {}\n", look.paint(GREEN.bold(), "+"), look.paint(BOLD, title))
        };
        let mut notes = Vec::new();
        notes.push(safe(&step.lock_words()).into_owned());
        if let Some(size) = step.size {
            notes.push(size_words(size));
        }
        match crate::probe::clause(step.probe.as_ref()) {
            Some(said) if step.probe.as_ref().is_some_and(Probe::found) => {
                notes.push(look.paint(RED.bold(), format!("it would fail: {said}")));
            }
            Some(said) => notes.push(said),
            None if step.may_fail_on_data => notes.push("fails if rows stand in the way".to_owned()),
            None => {}
        }
        if let Some(hazard) = step.hazards.iter().find(|hazard| hazard.code == Code::H108) {
            notes.push(look.paint(RED.bold(), safe(&hazard.text)));
        }
        let mut codes: Vec<&str> =
            step.closes.iter().filter_map(|index| report.drift(*index)).map(|d| d.code.number()).collect();
        codes.sort_unstable();
        codes.dedup();
        if !codes.is_empty() && !together(at, plan.steps.get(at + 1)) {
            notes.push(format!("closes {}", codes.join(", ")));
        }
        out += &format!("      {}\n", look.paint(DIM, notes.join("; ")));
        out += &keys(step.probe.as_ref(), look);
    }
    for left in &plan.left {
        let Some(drift) = report.drift(left.drift) else { continue };
        if drift.level == Level::Note && left.disposition == Disposition::Manual {
            // Notes don't count; the file lists them.
            continue;
        }
        let title = safe(&wording::title(drift)).into_owned();
        let reason = safe(&left.reason);
        out += &match left.disposition {
            Disposition::Consent => format!(
                "  {} {title}\n      needs consent: {reason} (--allow {})\n",
                look.paint(YELLOW.bold(), "?"),
                safe(&selector(left.consent.as_deref(), &drift.key))
            ),
            Disposition::Manual => {
                let new = left.consent.as_deref();
                let new =
                    new.map(|_| format!(" (if it is new: --allow {})", safe(&selector(new, &drift.key))));
                let new = new.unwrap_or_default();
                format!("  {} {title}\n      manual: {reason}{new}\n", look.paint(RED.bold(), "x"))
            }
            Disposition::Safe | Disposition::Data => {
                format!("  {} {title}\n      left: {reason}\n", look.paint(RED.bold(), "x"))
            }
        };
        out += &keys(left.probe.as_ref(), look);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out += &closing(report, written_to, look);
    out
}

/// The rows that stand in the way of one step or finding: the first few keys, and how to list them all.
fn keys(probe: Option<&Probe>, look: Look) -> String {
    let Some(query) = crate::probe::query(probe) else { return String::new() };
    let said = crate::probe::with_keys(probe).unwrap_or_default();
    format!("      {said}\n      {}\n", look.paint(DIM, format!("all of them: {}", safe(query))))
}

fn closing(report: &Report<'_>, written_to: Option<&str>, look: Look) -> String {
    let plan = report.plan;
    let undecided = report.comparison.undecided.iter().filter(|u| u.level != Level::Note).count();
    let mut parts = vec![match plan.steps.len() {
        0 => "nothing to add".to_owned(),
        n => format!(
            "{}, each a transaction of its own, {} {} of {}",
            counted(n, "step"),
            if n == 1 { "closes" } else { "close" },
            thousands(closed(report)),
            counted(report.comparison.drift.len(), "finding")
        ),
    }];
    let count = |wanted: Disposition| plan.left.iter().filter(|left| left.disposition == wanted).count();
    let (consent, manual) = (count(Disposition::Consent), count(Disposition::Manual));
    let others = plan.left.len() - consent - manual;
    let mut left = Vec::new();
    if consent > 0 {
        left.push(format!("{} {} consent", thousands(consent), if consent == 1 { "needs" } else { "need" }));
    }
    if manual > 0 {
        left.push(format!("{} {} manual", thousands(manual), if manual == 1 { "is" } else { "are" }));
    }
    if others > 0 {
        left.push(format!("{} {} left", thousands(others), if others == 1 { "is" } else { "are" }));
    }
    if undecided > 0 {
        left.push(format!("{} could not be compared", counted(undecided, "part")));
    }
    if !left.is_empty() {
        parts.push(left.join(", "));
    }
    let failing = plan.steps.iter().filter(|step| step.probe.as_ref().is_some_and(Probe::found)).count();
    if failing > 0 {
        parts.push(format!("{} would fail on rows that are there", counted(failing, "step")));
    }
    let refused = plan.rights.as_ref().map_or(0, |rights| {
        rights.certain().map(|lacking| lacking.step).collect::<std::collections::BTreeSet<_>>().len()
    });
    if let (true, Some(rights)) = (refused > 0, &plan.rights) {
        let role = trueup_catalog::Name::new(rights.role.as_str());
        parts.push(format!("role {} lacks rights for {}", safe(&role.to_string()), counted(refused, "step")));
    }
    let word = if plan.left.is_empty() && undecided == 0 && failing == 0 && refused == 0 {
        look.paint(GREEN.bold(), "Repair:")
    } else {
        look.paint(YELLOW.bold(), "Repair:")
    };
    let written = written_to.map(|path| format!(". Written to {}", safe(path))).unwrap_or_default();
    format!("{word} {}{written}\n", parts.join("; "))
}

/// The next command, for stderr.
pub fn repair_hint(report: &Report<'_>, written_to: Option<&str>) -> Option<String> {
    let path = written_to?;
    (!report.plan.steps.is_empty()).then(|| {
        format!("read it, then `psql -X -v ON_ERROR_STOP=1 -f {path}`; `trueup check` again afterwards")
    })
}
