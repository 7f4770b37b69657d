//! What a run did, for programs: `docs/apply.schema.json` describes it, and a test holds the two together. A field is never taken
//! away or given another meaning within one format version.

use crate::Report;
use crate::json::{FORMAT_VERSION, check_value};
use serde::Serialize;
use trueup_apply::{Cause, Ended, Fate, InvalidIndex, Outcome, StepOutcome};
use trueup_repair::Phase;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: &'static str,
    message: Option<&'a str>,
    summary: Summary,
    steps: Vec<JsonStep<'a>>,
    invalid_indexes: &'a [InvalidIndex],
    elapsed_ms: u64,
    check: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Summary {
    steps: usize,
    done: usize,
    failed: usize,
    skipped: usize,
    cancelled: usize,
    not_begun: usize,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    phase: Phase,
    title: &'a str,
    kind: &'a str,
    object: &'a str,
    result: &'static str,
    attempts: u32,
    elapsed_ms: u64,
    needs: Option<usize>,
    error: Option<&'a Cause>,
}

/// The document of `apply`, pretty-printed, with a line end. `after` is the check that followed, where there was one.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn apply_json(
    outcome: &Outcome,
    after: Option<&Report<'_>>,
    version: &str,
) -> serde_json::Result<String> {
    let count = |wanted: fn(&Fate) -> bool| outcome.count(wanted);
    let document = Document {
        format_version: FORMAT_VERSION,
        trueup_version: version,
        outcome: match &outcome.ended {
            Ended::Through if outcome.all_done() => "done",
            Ended::Through => "left",
            Ended::Interrupted => "interrupted",
            Ended::Lost(_) => "lost",
        },
        message: match &outcome.ended {
            Ended::Lost(message) => Some(message),
            Ended::Through | Ended::Interrupted => None,
        },
        summary: Summary {
            steps: outcome.steps.len(),
            done: count(|fate| matches!(fate, Fate::Done)),
            failed: count(|fate| matches!(fate, Fate::Failed(_))),
            skipped: count(|fate| matches!(fate, Fate::Skipped(_))),
            cancelled: count(|fate| matches!(fate, Fate::Cancelled)),
            not_begun: count(|fate| matches!(fate, Fate::NotReached)),
        },
        steps: outcome.steps.iter().map(step).collect(),
        invalid_indexes: &outcome.invalid,
        elapsed_ms: milliseconds(outcome.elapsed),
        check: after.map(check_value).transpose()?,
    };
    crate::json_text::pretty(&document)
}

fn step(step: &StepOutcome) -> JsonStep<'_> {
    let (result, needs, error) = match &step.fate {
        Fate::Done => ("done", None, None),
        Fate::Failed(cause) => ("failed", None, Some(cause)),
        Fate::Skipped(place) => ("skipped", Some(*place), None),
        Fate::Cancelled => ("cancelled", None, None),
        Fate::NotReached => ("not_begun", None, None),
    };
    JsonStep {
        phase: step.task.phase,
        title: &step.task.title,
        kind: &step.task.kind,
        object: &step.task.object,
        result,
        attempts: step.attempts,
        elapsed_ms: milliseconds(step.elapsed),
        needs,
        error,
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
