//! The repair as a file of plain SQL: what a careful colleague would hand over.
//!
//! Every statement stands by itself, in a transaction of its own: locks are held for one statement
//! only, `CREATE INDEX CONCURRENTLY` and `VALIDATE` may not share a transaction with what came
//! before them, and a run that was broken off is finished by running the file again.

use crate::counts::counted;
use crate::fingerprint::{Fingerprints, body, relied};
use crate::safe::{brief, safe};
use crate::{Place, Report, utc, wording};
use trueup_diff::{Code, Disposition, Level};
use trueup_repair::{Left, Probe, Relied, Step};

/// How long a line of a comment may get.
const WIDTH: usize = 100;

/// The first line, by which a file is known again.
pub(crate) const TITLE: &str =
    "-- Repair of schema drift: only adds. It drops, renames, retypes and rewrites nothing.";

/// The whole file.
pub fn repair_file(report: &Report<'_>) -> String {
    let relied = relied(report);
    let below = below(report, &relied);
    let mut out = header(report, &Fingerprints::with(report, &relied), &body(below.trim_start_matches('\n')));
    out += &below;
    out
}

/// What stands below the head.
fn below(report: &Report<'_>, relied: &Relied) -> String {
    let mut out = String::new();
    if !report.plan.steps.is_empty() {
        out +=
            "\n-- Locks are not waited for longer than this, so that nobody queues up behind them. When a\n";
        out +=
            "-- statement is cancelled because of it, run the file again: what is done already is skipped.\n";
        out += &report.plan.preamble();
        out.push('\n');
        // Session settings that change what the text below means.
        out += "SET standard_conforming_strings = on;\n";
        out += &stop(report, relied);
    }
    let total = report.plan.steps.len();
    for (at, step) in report.plan.steps.iter().enumerate() {
        out += &step_text(report, step, at + 1, total);
    }
    if total > 0 {
        out += "\nRESET default_transaction_read_only;\nRESET lock_timeout;\nRESET statement_timeout;\nRESET search_path;\nRESET standard_conforming_strings;\n";
    }
    out += &left_text(report, true);
    out
}

/// The statements that stop the file where it was planned for another schema, or the role lacks a right.
fn stop(report: &Report<'_>, relied: &Relied) -> String {
    let database = report.live_place.server.as_ref().map(|server| server.database.as_str());
    let question = report.plan.rights_question();
    let Some(stop) = trueup_repair::stop(relied, &question, database) else { return String::new() };
    let mut out = String::from("\n");
    line(
        &mut out,
        "Stops here, with nothing changed, unless what follows still fits. Until that has been looked at, the session can",
    );
    line(&mut out, "only read, so that nothing runs even where the client goes on after an error.");
    if relied.count() > 0 {
        let facts = counted(relied.count(), "fact");
        line(
            &mut out,
            &format!(
                "What it relies on is listed as it was planned for, {facts}; what it adds itself is no part of that."
            ),
        );
    }
    if !question.is_empty() {
        line(&mut out, "Whoever runs it needs some rights, which are looked at too.");
    }
    if let Some(rights) = &report.plan.rights {
        let lacking: std::collections::BTreeSet<usize> = rights.lacking.iter().map(|l| l.step).collect();
        if !lacking.is_empty() {
            let role = trueup_catalog::Name::new(rights.role.as_str());
            let steps = counted(lacking.len(), "step");
            line(
                &mut out,
                &format!("Role {role}, for whom it was planned, lacks rights for {steps}: see H108 below."),
            );
        }
    }
    out += &stop;
    out.push('\n');
    out
}

fn header(report: &Report<'_>, fingerprints: &Fingerprints, file: &str) -> String {
    let plan = report.plan;
    let mut out = format!("{TITLE}\n");
    line(&mut out, "");
    line(&mut out, &format!("desired  {}", place(report.desired_place)));
    line(&mut out, &format!("live     {}", place(report.live_place)));
    line(&mut out, &format!("made     {} by trueup {}", utc(report.made), report.version));
    if !fingerprints.options.is_empty() {
        line(&mut out, &format!("options  {}", fingerprints.options));
    }
    line(&mut out, &format!("schemas  desired {}, live {}", fingerprints.desired, fingerprints.live));
    line(&mut out, &format!("digests  plan {}, file {file}", fingerprints.plan));
    let closed = closed(report);
    line(
        &mut out,
        &format!(
            "closes   {} of {} with {}{}",
            closed,
            counted(report.comparison.drift.len(), "finding"),
            counted(plan.steps.len(), "step"),
            match plan.left.len() {
                0 => String::new(),
                1 => "; 1 is left for people, at the end".to_owned(),
                n => format!("; {n} are left for people, at the end"),
            }
        ),
    );
    let undecided = report.comparison.undecided.iter().filter(|u| u.level != Level::Note).count();
    if undecided > 0 {
        line(
            &mut out,
            &format!(
                "careful  {} could not be compared; `trueup check` lists them",
                counted(undecided, "part")
            ),
        );
    }
    if !plan.steps.is_empty() {
        line(&mut out, "");
        line(
            &mut out,
            "Run it with  psql -X -v ON_ERROR_STOP=1 -f FILE  and not in one transaction (no -1): each",
        );
        line(
            &mut out,
            "statement is a transaction of its own. Running it again changes nothing. A file that was kept:",
        );
        line(
            &mut out,
            "trueup repair --check FILE  with the same --desired and --live says whether it is stale.",
        );
    }
    out
}

/// How many findings the steps close for good: those with a step that are not left as well.
pub(crate) fn closed(report: &Report<'_>) -> usize {
    let mut closed: Vec<bool> = vec![false; report.comparison.drift.len()];
    for index in report.plan.steps.iter().flat_map(|step| &step.closes) {
        if let Some(flag) = closed.get_mut(*index) {
            *flag = true;
        }
    }
    for left in &report.plan.left {
        if let Some(flag) = closed.get_mut(left.drift) {
            *flag = false;
        }
    }
    closed.into_iter().filter(|flag| *flag).count()
}

fn place(place: &Place) -> String {
    match &place.server {
        Some(s) => format!(
            "{} at {}:{} as {} (PostgreSQL {})",
            s.database,
            s.host,
            s.port,
            s.user,
            s.short_version()
        ),
        None => place.name.clone(),
    }
}

fn step_text(report: &Report<'_>, step: &Step, number: usize, total: usize) -> String {
    let mut out = String::from("\n");
    step_head(report, step, number, total, &mut out);
    probed(step.probe.as_ref(), &mut out);
    // A concurrent build gets no lock timeout: it waits for old transactions while holding no lock
    // that stops anybody; cancelled in that wait it would leave an invalid index behind (manual,
    // CREATE INDEX, "Building Indexes Concurrently").
    out += &report.plan.script(step);
    out.push('\n');
    out
}

/// What is to know of a step, as comments.
fn step_head(report: &Report<'_>, step: &Step, number: usize, total: usize, out: &mut String) {
    line(out, &format!("{number}/{total}  {}", step.title));
    for drift in step.closes.iter().filter_map(|index| report.drift(*index)) {
        line(out, &format!("     {} {}: {}", drift.code, drift.code.slug(), wording::title(drift)));
        if step.closes.len() > 4 {
            line(out, &format!("     and {} more findings", step.closes.len() - 1));
            break;
        }
    }
    line(out, &format!("     lock: {}", step.lock_words()));
    if let Some(size) = step.size {
        line(out, &format!("     size: {}", crate::counts::size(size)));
    }
    if !step.transactional {
        line(out, "     outside any transaction block");
    }
    for hazard in step.hazards.iter().filter(|h| in_file(h.code)) {
        line(out, &format!("     {}: {}", hazard.code, hazard.text));
    }
    for note in &step.notes {
        line(out, &format!("     {note}"));
    }
}

/// What a migration file says beside its statements. It is kept with the project: it says nothing of rows, nor where live is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationNotes {
    /// For its head.
    pub head: Vec<String>,
    /// For each step.
    pub steps: Vec<Vec<String>>,
    /// What is left for people.
    pub left: Vec<String>,
}

/// The notes for a migration file of a project's tool.
pub fn migration_notes(report: &Report<'_>) -> MigrationNotes {
    let total = report.plan.steps.len();
    let steps = report.plan.steps.iter().enumerate().map(|(at, step)| {
        let mut out = String::new();
        step_head(report, step, at + 1, total, &mut out);
        uncommented(&out)
    });
    MigrationNotes {
        head: vec![
            format!("Repair of schema drift, written by trueup {}: only adds. It drops, renames, retypes and", report.version),
            "rewrites nothing. Each statement looks at the catalog first: what is there already is left as it is.".to_owned(),
        ],
        steps: steps.collect(),
        left: uncommented(left_text(report, false).trim_start()),
    }
}

/// Lines of comments without what makes them such.
fn uncommented(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.strip_prefix("-- ").or(line.strip_prefix("--")).unwrap_or(line).to_owned())
        .collect()
}

/// What the rows said, and the query that lists all that stand in the way.
fn probed(probe: Option<&Probe>, out: &mut String) {
    if let Some(said) = crate::probe::with_keys(probe) {
        line(out, &format!("     rows: {said}"));
    }
    if let Some(query) = crate::probe::query(probe) {
        commented(out, &format!("{query};"));
    }
}

/// Hazards that the lines about locks and transactions don't tell already.
fn in_file(code: Code) -> bool {
    !matches!(code, Code::H103 | Code::H105 | Code::H109 | Code::H110)
}

fn left_text(report: &Report<'_>, rows: bool) -> String {
    let groups = [
        (
            Disposition::Consent,
            "Needs consent: it only adds, but changes what clients may do or see. `trueup repair --allow SELECTOR` takes it in.",
        ),
        (Disposition::Data, "Depends on rows."),
        (Disposition::Safe, "Could not be planned."),
        (
            Disposition::Manual,
            "Left for people: adding can't close it. The SQL is a starting point to review, not to run as it is.",
        ),
    ];
    let mut out = String::new();
    for (disposition, heading) in groups {
        let left: Vec<&Left> = report.plan.left.iter().filter(|l| l.disposition == disposition).collect();
        if left.is_empty() {
            continue;
        }
        out.push('\n');
        line(&mut out, &"-".repeat(WIDTH - 3));
        line(&mut out, heading);
        for left in left {
            left_one(report, left, rows, &mut out);
        }
    }
    out
}

fn left_one(report: &Report<'_>, left: &Left, rows: bool, out: &mut String) {
    line(out, "");
    let Some(drift) = report.drift(left.drift) else { return };
    line(out, &format!("{} {}: {}", left.code, left.code.slug(), wording::title(drift)));
    for change in drift.changes.iter().filter(|c| !c.text) {
        let value = |v: &Option<String>| v.as_deref().map_or_else(|| "none".to_owned(), |v| brief(v, 80));
        line(
            out,
            &format!(
                "     {}: {} desired, {} live",
                wording::attribute(&change.attribute),
                value(&change.desired),
                value(&change.live)
            ),
        );
    }
    line(out, &format!("     {}: {}", left.disposition.word(), left.reason));
    if left.disposition == Disposition::Manual && left.consent.is_some() {
        line(
            out,
            &format!(
                "     if it is new: --allow {}",
                crate::finding::selector(left.consent.as_deref(), &drift.key)
            ),
        );
    }
    if left.disposition == Disposition::Consent {
        line(out, &format!("     --allow {}", crate::finding::selector(left.consent.as_deref(), &drift.key)));
    }
    if rows {
        probed(left.probe.as_ref(), out);
    }
    if let Some(suggestion) = &left.suggestion {
        commented(out, suggestion);
    }
}

/// One line of comment. Whatever the text holds, the comment ends where the line does.
fn line(out: &mut String, text: &str) {
    out.push_str("--");
    if !text.is_empty() {
        out.push(' ');
        out.push_str(&safe(text));
    }
    out.push('\n');
}

/// SQL commented out line by line. PostgreSQL ends a comment at a carriage return as well as at a
/// line feed (`scan.l`, "non_newline").
fn commented(out: &mut String, sql: &str) {
    for text in sql.trim_end().split(['\n', '\r']) {
        out.push_str("--     ");
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_comment() {
        let mut out = String::new();
        line(&mut out, "a\nDROP TABLE t;\r*/ \u{2028}x");
        commented(&mut out, "ALTER TABLE \"a\rDROP TABLE t; --\" DROP COLUMN b;\nSELECT 1;\r\n");
        assert!(out.split(['\n', '\r']).all(|l| l.is_empty() || l.starts_with("--")), "{out}");
        assert_eq!(out.lines().next(), Some("-- a\\nDROP TABLE t;\\r*/ \\u{2028}x"));
    }
}
