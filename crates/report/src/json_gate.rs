//! What a policy says, as a part of the document of a check: `gate` in `docs/check.schema.json`.

use crate::Report;
use crate::tally::{Tally, verdict};
use serde::Serialize;
use trueup_diff::{Code, Level, Outcome};
use trueup_policy::{Judgement, Known, Remark, Since, Standing, Verdict};

#[derive(Serialize)]
pub(crate) struct JsonGate<'a> {
    outcome: Outcome,
    verdict: String,
    counts: Counts,
    drift: Vec<JsonStanding<'a>>,
    undecided: Vec<JsonStanding<'a>>,
    remarks: Vec<JsonRemark<'a>>,
    repaired: Vec<JsonKnown<'a>>,
    closed: Vec<JsonKnown<'a>>,
    baseline: Option<&'a str>,
    base: Option<&'a str>,
    age: Option<&'a str>,
    age_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    undecided: usize,
    remarks: usize,
    notes: usize,
    allowed: usize,
    ignored: usize,
    baseline: usize,
    off: usize,
}

#[derive(Serialize)]
struct JsonStanding<'a> {
    level: Level,
    verdict: &'static str,
    since: Option<Since>,
    ignore: Option<JsonIgnore<'a>>,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct JsonIgnore<'a> {
    reason: &'a str,
    expires: Option<String>,
    line: u32,
}

#[derive(Serialize)]
struct JsonRemark<'a> {
    code: Code,
    slug: &'static str,
    level: Level,
    message: &'a str,
    way_out: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct JsonKnown<'a> {
    code: Code,
    slug: &'static str,
    object: &'a str,
    message: &'a str,
}

pub(crate) fn gate<'a>(report: &Report<'_>, gate: &'a Judgement) -> JsonGate<'a> {
    let tally = Tally::of(report);
    JsonGate {
        outcome: report.outcome(),
        verdict: verdict(report).line(),
        counts: Counts {
            errors: tally.errors,
            warnings: tally.warnings,
            undecided: tally.undecided,
            remarks: tally.remarks,
            notes: tally.notes,
            allowed: tally.allowed,
            ignored: tally.ignored,
            baseline: tally.baseline,
            off: tally.off,
        },
        drift: gate.drift.iter().map(standing).collect(),
        undecided: gate.undecided.iter().map(standing).collect(),
        remarks: gate.remarks.iter().map(remark).collect(),
        repaired: gate.repaired.iter().map(known).collect(),
        closed: gate.closed.iter().map(known).collect(),
        baseline: gate.baseline.as_deref(),
        base: gate.base.as_deref(),
        age: gate.age.as_deref(),
        age_seconds: gate.age_seconds,
    }
}

fn standing(standing: &Standing) -> JsonStanding<'_> {
    let (verdict, ignore) = match &standing.verdict {
        Verdict::Fails => ("fails", None),
        Verdict::Note => ("note", None),
        Verdict::Off => ("off", None),
        Verdict::Ignored { reason, expires, line } => {
            let expires = expires.map(|day| day.to_string());
            ("ignored", Some(JsonIgnore { reason, expires, line: *line }))
        }
        Verdict::Baseline => ("baseline", None),
        Verdict::Allowed => ("allowed", None),
    };
    JsonStanding {
        level: standing.level,
        verdict,
        since: standing.since,
        ignore,
        fingerprint: &standing.fingerprint,
    }
}

fn remark(remark: &Remark) -> JsonRemark<'_> {
    let place = remark.place.as_ref();
    JsonRemark {
        code: remark.code,
        slug: remark.code.slug(),
        level: remark.level,
        message: &remark.text,
        way_out: &remark.way_out,
        file: place.map(|(file, _)| file.as_str()),
        line: place.map(|(_, line)| *line),
    }
}

fn known(known: &Known) -> JsonKnown<'_> {
    JsonKnown { code: known.code, slug: known.code.slug(), object: &known.object, message: &known.title }
}
