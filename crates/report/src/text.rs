//! Findings for a person at a terminal or reading a log.

use crate::Report;
use crate::closing::closing;
use crate::counts::Counts;
use crate::finding::{drift_block, notes_block, notes_by_code, remark_block, undecided_block};
use crate::listed::About;
use crate::look::{BOLD, CYAN, Look, RED};
use crate::migrations;
use crate::safe::safe;
use trueup_diff::{Code, Level, Outcome};
use trueup_repair::Step;

/// The whole text of `check`, or of `gate` where the report has a policy's judgement: findings, then the closing lines.
pub fn check_text(report: &Report<'_>, look: Look) -> String {
    let mut out = String::new();
    let listed = report.listed();
    for found in &listed {
        if let About::Undecided(undecided) = found.about {
            push_block(&mut out, &undecided_block(report, found, undecided, look));
        }
    }
    let mut steps: Vec<Vec<&Step>> = report.comparison.drift.iter().map(|_| Vec::new()).collect();
    for step in &report.plan.steps {
        for index in &step.closes {
            if let Some(list) = steps.get_mut(*index) {
                list.push(step);
            }
        }
    }
    for level in [Level::Error, Level::Warning] {
        for found in listed.iter().filter(|found| found.level == level) {
            if let About::Drift(index, drift) = found.about {
                let steps = steps.get(index).map_or(&[][..], Vec::as_slice);
                push_block(&mut out, &drift_block(report, found, drift, steps, look));
            }
        }
    }
    for (code, notes) in notes_by_code(&listed) {
        push_block(&mut out, &notes_block(code, &notes, look));
    }
    for found in &listed {
        if let About::Remark(remark) = found.about {
            push_block(&mut out, &remark_block(remark, look));
        }
    }
    if let Some(migrations) = report.migrations {
        out += &migrations::lines(migrations, look);
    }
    out += &closing(report, look);
    out
}

/// The next command, for stderr. `command` is how this run said where the two sides are, to be
/// repeated: `--desired schema/ --live …`.
pub fn check_hint(report: &Report<'_>, command: &str) -> Option<String> {
    let counts = Counts::of(report);
    let listed = report.severest();
    // The finding that is listed first.
    let first = listed
        .iter()
        .find(|found| found.fails() && matches!(found.about, About::Drift(..)))
        .map(|found| found.code);
    match (report.outcome(), first) {
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
            // What could not be told, or a remark that nothing can be.
            let code = listed
                .iter()
                .filter(|found| found.fails() && !matches!(found.about, About::Drift(..)))
                .map(|found| found.code)
                .min_by_key(|code| (!matches!(code, Code::G103 | Code::M115), *code))?;
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

/// A hint for standard error.
pub fn hint_text(hint: &str, look: Look) -> String {
    format!("{} {}\n", look.paint(CYAN.bold(), "hint:"), safe(hint))
}
