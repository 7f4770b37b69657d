//! A preflight for programs: `docs/preflight.schema.json` describes it, and a test holds the two together. A field is never taken away
//! or given another meaning within one format version.

use crate::json::{FORMAT_VERSION, check_value};
use crate::preflight::{PreflightReport, code, held, level, outlook_word, refusal, stops, word};
use serde::Serialize;
use trueup_preflight::{Change, Effect, Statement, StepOutcome, Verdict};
use trueup_repair::Probe;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: &'static str,
    live: &'a str,
    summary: Summary,
    statements: Vec<JsonStatement<'a>>,
    confirmed: Option<JsonConfirmed<'a>>,
    after: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Summary {
    statements: usize,
    succeed: usize,
    may_fail: usize,
    skip: usize,
    fail: usize,
    destroy: usize,
    unknown: usize,
    block: usize,
}

#[derive(Serialize)]
struct JsonStatement<'a> {
    verdict: &'static str,
    code: Option<&'static str>,
    level: Option<&'static str>,
    statement: &'a str,
    sql: &'a str,
    source: Place<'a>,
    in_transaction_block: bool,
    error: Option<Refusal<'a>>,
    notice: Option<&'a str>,
    reason: Option<&'a str>,
    changes: Vec<JsonChange>,
    effects: Vec<JsonEffect<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Refusal<'a> {
    sqlstate: &'a str,
    message: &'a str,
    way_out: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonChange {
    what: &'static str,
    kind: &'static str,
    object: String,
}

#[derive(Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
enum JsonEffect<'a> {
    Destroys {
        what: &'a str,
        table: Option<String>,
        rows: Option<u64>,
        bytes: Option<u64>,
    },
    Rewrites {
        table: String,
        reason: &'a str,
        rows: Option<u64>,
        bytes: Option<u64>,
    },
    Locks {
        mode: &'static str,
        kind: &'static str,
        relation: String,
        held: &'static str,
        stops: &'static str,
        rows: Option<u64>,
        bytes: Option<u64>,
    },
    Needs {
        demand: &'a str,
        probe: Option<&'a Probe>,
        answer: Option<&'a trueup_repair::Answer>,
    },
}

#[derive(Serialize)]
struct JsonConfirmed<'a> {
    alike: usize,
    differing: Vec<Said<'a>>,
    not_comparable: Vec<Said<'a>>,
    unmade: &'a [String],
}

#[derive(Serialize)]
struct Said<'a> {
    statement: usize,
    message: &'a str,
}

/// The document of `preflight`, pretty-printed, with a line end.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn preflight_json(report: &PreflightReport<'_>) -> serde_json::Result<String> {
    let forecast = report.forecast;
    let said = |list: &'_ [(usize, String)]| -> Vec<(usize, String)> { list.to_vec() };
    let (differing, not_comparable) = report
        .confirmed
        .map(|confirmed| (said(&confirmed.differing), said(&confirmed.not_comparable)))
        .unwrap_or_default();
    let document = Document {
        format_version: FORMAT_VERSION,
        trueup_version: report.version,
        outcome: outlook_word(forecast.outlook()),
        live: &report.live_place.name,
        summary: Summary {
            statements: forecast.statements.len(),
            succeed: forecast.count(Verdict::Succeeds),
            may_fail: forecast.count(Verdict::MayFail),
            skip: forecast.count(Verdict::Skips),
            fail: forecast.count(Verdict::Fails),
            destroy: forecast.count(Verdict::Destroys),
            unknown: forecast.count(Verdict::Unknown),
            block: forecast.statements.iter().filter(|s| s.blocks()).count(),
        },
        statements: forecast.statements.iter().map(statement).collect(),
        confirmed: report.confirmed.map(|confirmed| JsonConfirmed {
            alike: confirmed.alike,
            differing: differing.iter().map(as_said).collect(),
            not_comparable: not_comparable.iter().map(as_said).collect(),
            unmade: &confirmed.unmade,
        }),
        after: report.after.map(check_value).transpose()?,
    };
    crate::json_text::pretty(&document)
}

fn as_said((at, message): &(usize, String)) -> Said<'_> {
    Said { statement: *at, message }
}

fn statement(statement: &Statement) -> JsonStatement<'_> {
    let span = statement.span();
    let (notice, reason, changes) = match &statement.step.outcome {
        StepOutcome::Skipped(notice) => (Some(notice.as_str()), None, &[][..]),
        StepOutcome::CantTell { why, .. } => (None, Some(why.as_str()), &[][..]),
        StepOutcome::Applied(changes) => (None, None, changes.as_slice()),
        StepOutcome::Refused(_) => (None, None, &[][..]),
    };
    let code = code(statement);
    JsonStatement {
        verdict: word(statement.verdict()),
        code: code.map(|code| code.number()),
        level: code.map(|code| level(code).word()),
        statement: &statement.step.words,
        sql: &statement.step.text,
        source: Place { file: &span.file, line: span.line, column: span.column },
        in_transaction_block: statement.step.in_block,
        error: refusal(statement).map(|(sqlstate, message, way_out)| Refusal { sqlstate, message, way_out }),
        notice,
        reason,
        changes: changes.iter().map(change).collect(),
        effects: statement.effects.iter().map(effect).collect(),
    }
}

fn change(change: &Change) -> JsonChange {
    let what = match (&change.before, &change.after) {
        (None, _) => "made",
        (Some(_), Some(_)) => "changed",
        (Some(_), None) => "removed",
    };
    JsonChange { what, kind: change.key.kind.word(), object: change.key.to_string() }
}

fn effect(effect: &Effect) -> JsonEffect<'_> {
    let rows = |size: Option<trueup_catalog::Size>| size.and_then(|s| s.rows);
    let bytes = |size: Option<trueup_catalog::Size>| size.map(|s| s.bytes);
    match effect {
        Effect::Destroys(destroyed) => JsonEffect::Destroys {
            what: &destroyed.what,
            table: destroyed.table.as_ref().map(ToString::to_string),
            rows: rows(destroyed.size),
            bytes: bytes(destroyed.size),
        },
        Effect::Rewrites { table, why, size } => JsonEffect::Rewrites {
            table: table.to_string(),
            reason: why,
            rows: rows(*size),
            bytes: bytes(*size),
        },
        Effect::Blocks(blocking) => JsonEffect::Locks {
            mode: blocking.lock.mode.sql(),
            kind: blocking.lock.kind.word(),
            relation: blocking.lock.on.to_string(),
            held: held(blocking.lock.held),
            stops: stops(blocking.lock.mode.blocks()),
            rows: rows(blocking.size),
            bytes: bytes(blocking.size),
        },
        Effect::MayFail(unsure) => JsonEffect::Needs {
            demand: &unsure.demand,
            probe: unsure.probe.as_ref(),
            answer: unsure.probe.as_ref().and_then(|probe| probe.answer.as_ref()),
        },
    }
}
