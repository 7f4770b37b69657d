//! The stable machine contract: `docs/check.schema.json` describes it, and a test holds the two
//! together. A field is never taken away or given another meaning within one format version.

use crate::counts::{Counts, not_compared};
use crate::json_gate::{JsonGate, gate};
use crate::{Migrations, Place, Report, wording};
use serde::Serialize;
use trueup_catalog::{Address, ObjectKey, Size, Span};
use trueup_diff::{Change, Code, Disposition, Drift, Level, Outcome, Side, Undecided, What};
use trueup_repair::rights::{Right, Rights};
use trueup_repair::{
    Answer, Blocks, Held, Lock, Phase, Plan, Probe, Relied, Statement, Step, Unit, Work, catalog_digest,
};

/// Version of the contract.
pub const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: Outcome,
    summary: Summary,
    drift: Vec<JsonDrift<'a>>,
    undecided: Vec<JsonUndecided<'a>>,
    not_compared: Vec<NotCompared<'a>>,
    set_aside: Vec<JsonSetAside>,
    out_of_scope: Vec<OutOfScope>,
    excluded: usize,
    desired: JsonPlace<'a>,
    live: JsonPlace<'a>,
    target: Option<Target<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    migrations: Option<&'a Migrations>,
    fingerprints: JsonFingerprints,
    elapsed_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<Repair<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<JsonGate<'a>>,
}

#[derive(Serialize)]
struct Summary {
    desired_objects: usize,
    live_objects: usize,
    matching: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    undecided: usize,
    repairable: usize,
    consent: usize,
    manual: usize,
}

#[derive(Serialize)]
struct JsonDrift<'a> {
    code: Code,
    slug: &'static str,
    level: Level,
    kind: &'static str,
    object: String,
    schema: Option<&'a str>,
    relation: Option<&'a str>,
    name: &'a str,
    arguments: Option<Vec<String>>,
    what: What,
    message: String,
    attribute: Option<&'a str>,
    desired: Option<&'a str>,
    live: Option<&'a str>,
    changes: &'a [Change],
    disposition: Disposition,
    reason: &'a str,
    confirmed: bool,
    source: Option<Source<'a>>,
    children: Vec<Child>,
    steps: Vec<JsonStep<'a>>,
}

#[derive(Serialize)]
struct Child {
    kind: &'static str,
    object: String,
}

#[derive(Serialize)]
struct Source<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    title: &'a str,
    phase: Phase,
    sql: String,
    statements: &'a [Statement],
    lock: String,
    locks: Vec<JsonLock>,
    work: Work,
    rewrites: bool,
    search_path: Vec<&'a str>,
    transactional: bool,
    lock_timeout_ms: Option<u64>,
    statement_timeout_ms: Option<u64>,
    size: Option<Size>,
    may_fail_on_data: bool,
    hazards: Vec<JsonHazard<'a>>,
    probe: Option<JsonProbe<'a>>,
}

#[derive(Serialize)]
struct JsonLock {
    kind: &'static str,
    object: String,
    mode: &'static str,
    held: Held,
    blocks: Blocks,
}

#[derive(Serialize)]
struct JsonHazard<'a> {
    code: Code,
    slug: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonProbe<'a> {
    about: &'a str,
    unit: Unit,
    query: &'a str,
    search_path: Option<Vec<&'a str>>,
    result: Option<&'a Answer>,
}

#[derive(Serialize)]
struct JsonUndecided<'a> {
    code: Code,
    slug: &'static str,
    level: Level,
    kind: Option<&'static str>,
    object: Option<String>,
    what: &'a str,
    reason: &'a str,
    side: Option<Side>,
    attribute: Option<&'a str>,
    desired: Option<&'a str>,
    live: Option<&'a str>,
    sqlstate: Option<&'a str>,
    help: Option<&'a str>,
    source: Option<Source<'a>>,
}

#[derive(Serialize)]
struct NotCompared<'a> {
    what: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct JsonSetAside {
    kind: &'static str,
    object: String,
    tool: &'static str,
}

#[derive(Serialize)]
struct OutOfScope {
    schema: String,
    objects: usize,
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    name: &'a str,
    source: trueup_catalog::Source,
    server_version_num: Option<u32>,
}

#[derive(Serialize)]
struct Target<'a> {
    host: &'a str,
    port: u16,
    database: &'a str,
    user: &'a str,
    server_version: &'a str,
}

#[derive(Serialize)]
struct JsonFingerprints {
    desired: String,
    live: String,
}

#[derive(Serialize)]
struct JsonRelied {
    fingerprint: String,
    facts: usize,
    settings: String,
    query: String,
    tells_done: bool,
}

#[derive(Serialize)]
struct Repair<'a> {
    complete: bool,
    relies_on: JsonRelied,
    rights: Option<JsonRights<'a>>,
    steps: Vec<PlannedStep<'a>>,
    left: Vec<JsonLeft<'a>>,
}

#[derive(Serialize)]
struct PlannedStep<'a> {
    kind: &'static str,
    object: String,
    closes: &'a [usize],
    after: &'a [usize],
    rights: &'a [Right],
    #[serde(flatten)]
    step: JsonStep<'a>,
}

#[derive(Serialize)]
struct JsonRights<'a> {
    role: &'a str,
    superuser: bool,
    managed: &'a [String],
    lacking: Vec<JsonLacking<'a>>,
}

#[derive(Serialize)]
struct JsonLacking<'a> {
    step: usize,
    right: &'a Right,
    owner: Option<&'a str>,
    certain: bool,
    message: String,
    way_out: String,
}

#[derive(Serialize)]
struct JsonLeft<'a> {
    drift: usize,
    code: Code,
    disposition: Disposition,
    reason: &'a str,
    consent: Option<&'a str>,
    suggestion: Option<&'a str>,
    probe: Option<JsonProbe<'a>>,
}

/// The document of `check`, pretty-printed, with a line end.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn check_json(report: &Report<'_>) -> serde_json::Result<String> {
    write(report, None)
}

/// The document of `repair`: that of `check` with the steps in their order and what is left.
///
/// # Errors
/// As for [`check_json`].
pub fn repair_json(report: &Report<'_>) -> serde_json::Result<String> {
    let steps = report.plan.steps.iter().map(|s| PlannedStep {
        kind: s.key.kind.word(),
        object: s.key.to_string(),
        closes: &s.closes,
        after: &s.after,
        rights: &s.rights,
        step: step(report.plan, s),
    });
    let left = report.plan.left.iter().map(|left| JsonLeft {
        drift: left.drift,
        code: left.code,
        disposition: left.disposition,
        reason: &left.reason,
        consent: left.consent.as_deref(),
        suggestion: left.suggestion.as_deref(),
        probe: left.probe.as_ref().map(probe),
    });
    let fails = |step: &Step| step.probe.as_ref().is_some_and(Probe::found);
    let complete = report.plan.left.is_empty() && !report.plan.steps.iter().any(fails);
    let relied = crate::fingerprint::relied(report);
    let relies_on = JsonRelied {
        fingerprint: relied.fingerprint(),
        facts: relied.count(),
        settings: Relied::settings(),
        query: relied.query(),
        tells_done: relied.tells_done(),
    };
    let rights = report.plan.rights.as_ref().map(rights);
    write(report, Some(Repair { complete, relies_on, rights, steps: steps.collect(), left: left.collect() }))
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: &'static str,
    errors: Vec<JsonError<'a>>,
}

#[derive(Serialize)]
struct JsonError<'a> {
    code: Code,
    slug: &'static str,
    message: &'a str,
    way_out: Option<&'a str>,
}

/// The document of a run that could not be done: its `outcome` is `error`. Each problem is its
/// code, its message and the way out.
///
/// # Errors
/// As for [`check_json`].
pub fn error_json(problems: &[(Code, &str, Option<&str>)], version: &str) -> serde_json::Result<String> {
    let errors = problems
        .iter()
        .map(|(code, message, way_out)| JsonError {
            code: *code,
            slug: code.slug(),
            message,
            way_out: *way_out,
        })
        .collect();
    let document =
        ErrorDocument { format_version: FORMAT_VERSION, trueup_version: version, outcome: "error", errors };
    crate::json_text::pretty(&document)
}

/// The document of `check` as a part of another.
pub(crate) fn check_value(report: &Report<'_>) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(document(report, None))
}

fn write(report: &Report<'_>, repair: Option<Repair<'_>>) -> serde_json::Result<String> {
    crate::json_text::pretty(&document(report, repair))
}

fn document<'a>(report: &Report<'a>, repair: Option<Repair<'a>>) -> Document<'a> {
    let comparison = report.comparison;
    let counts = Counts::of(report);
    // Steps by the drift that they close, in one pass.
    let mut steps: Vec<Vec<JsonStep<'_>>> = comparison.drift.iter().map(|_| Vec::new()).collect();
    for planned in &report.plan.steps {
        for index in &planned.closes {
            if let Some(list) = steps.get_mut(*index) {
                list.push(step(report.plan, planned));
            }
        }
    }
    Document {
        format_version: FORMAT_VERSION,
        trueup_version: report.version,
        outcome: report.outcome(),
        summary: Summary {
            desired_objects: comparison.summary.desired_objects,
            live_objects: comparison.summary.live_objects,
            matching: comparison.summary.matching,
            errors: counts.errors,
            warnings: counts.warnings,
            notes: counts.notes,
            undecided: counts.undecided,
            repairable: counts.repairable,
            consent: counts.consent,
            manual: counts.manual,
        },
        drift: comparison.drift.iter().zip(steps).map(|(d, steps)| drift(d, steps)).collect(),
        undecided: comparison.undecided.iter().map(|u| undecided(report, u)).collect(),
        not_compared: not_compared(report)
            .into_iter()
            .map(|(what, count)| NotCompared { what, count })
            .collect(),
        set_aside: comparison
            .set_aside
            .iter()
            .map(|aside| JsonSetAside {
                kind: aside.key.kind.word(),
                object: aside.key.to_string(),
                tool: aside.tool,
            })
            .collect(),
        excluded: comparison.excluded,
        out_of_scope: comparison
            .out_of_scope
            .iter()
            .map(|(schema, objects)| OutOfScope { schema: schema.as_str().to_owned(), objects: *objects })
            .collect(),
        desired: place(report.desired_place, report.desired),
        live: place(report.live_place, report.live),
        target: report.live_place.server.as_ref().map(|server| Target {
            host: &server.host,
            port: server.port,
            database: &server.database,
            user: &server.user,
            server_version: &server.version,
        }),
        migrations: report.migrations,
        fingerprints: JsonFingerprints {
            desired: catalog_digest(report.desired),
            live: catalog_digest(report.live),
        },
        elapsed_ms: u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        repair,
        gate: report.gate.map(|judgement| gate(report, judgement)),
    }
}

fn place<'a>(place: &'a Place, catalog: &trueup_catalog::Catalog) -> JsonPlace<'a> {
    JsonPlace {
        name: &place.name,
        source: catalog.origin.source,
        server_version_num: catalog.origin.server_version,
    }
}

fn step<'a>(plan: &'a Plan, step: &'a Step) -> JsonStep<'a> {
    let timeouts = step.timeouts();
    JsonStep {
        title: &step.title,
        phase: step.phase,
        sql: plan.script(step),
        statements: &step.statements,
        lock: step.lock_words(),
        locks: step.locks.iter().map(lock).collect(),
        work: step.work,
        // No step of a repair ever does.
        rewrites: false,
        search_path: step
            .search_path
            .as_ref()
            .unwrap_or(&plan.search_path)
            .iter()
            .map(|schema| schema.as_str())
            .collect(),
        transactional: step.transactional,
        lock_timeout_ms: timeouts.lock.map(milliseconds),
        statement_timeout_ms: timeouts.statement.map(milliseconds),
        size: step.size,
        may_fail_on_data: step.may_fail_on_data,
        hazards: step
            .hazards
            .iter()
            .map(|h| JsonHazard { code: h.code, slug: h.code.slug(), text: &h.text })
            .collect(),
        probe: step.probe.as_ref().map(probe),
    }
}

fn rights(rights: &Rights) -> JsonRights<'_> {
    let lacking = rights.lacking.iter().map(|lacking| JsonLacking {
        step: lacking.step,
        right: &lacking.right,
        owner: lacking.owner.as_deref(),
        certain: lacking.certain,
        message: lacking.message(),
        way_out: lacking.way_out(&rights.role),
    });
    JsonRights {
        role: &rights.role,
        superuser: rights.superuser,
        managed: &rights.managed,
        lacking: lacking.collect(),
    }
}

fn lock(lock: &Lock) -> JsonLock {
    JsonLock {
        kind: lock.kind.word(),
        object: lock.on.to_string(),
        mode: lock.mode.sql(),
        held: lock.held,
        blocks: lock.mode.blocks(),
    }
}

fn probe(probe: &Probe) -> JsonProbe<'_> {
    JsonProbe {
        about: &probe.about,
        unit: probe.unit,
        query: &probe.query,
        search_path: probe.search_path.as_ref().map(|path| path.iter().map(|s| s.as_str()).collect()),
        result: probe.answer.as_ref(),
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn source(span: Option<&Span>) -> Option<Source<'_>> {
    span.map(|span| Source { file: &span.file, line: span.line, column: span.column })
}

fn arguments(key: &ObjectKey) -> Option<Vec<String>> {
    match &key.address {
        Address::Routine { arguments, .. } => Some(arguments.iter().map(ToString::to_string).collect()),
        Address::Global(_)
        | Address::InSchema(_)
        | Address::OnRelation { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}

fn drift<'a>(drift: &'a Drift, steps: Vec<JsonStep<'a>>) -> JsonDrift<'a> {
    let first = drift.changes.first();
    JsonDrift {
        code: drift.code,
        slug: drift.code.slug(),
        level: drift.level,
        kind: drift.key.kind.word(),
        object: drift.key.to_string(),
        schema: drift.key.schema().map(|name| name.as_str()),
        relation: drift.key.relation().map(|relation| relation.name.as_str()),
        name: drift.key.name().as_str(),
        arguments: arguments(&drift.key),
        what: drift.what,
        message: wording::title(drift),
        attribute: first.map(|c| c.attribute.as_str()),
        desired: first.and_then(|c| c.desired.as_deref()),
        live: first.and_then(|c| c.live.as_deref()),
        changes: &drift.changes,
        disposition: drift.disposition,
        reason: &drift.reason,
        confirmed: drift.confirmed,
        source: source(drift.span.as_ref()),
        children: drift
            .children
            .iter()
            .map(|key| Child { kind: key.kind.word(), object: key.to_string() })
            .collect(),
        steps,
    }
}

fn undecided<'a>(report: &Report<'a>, undecided: &'a Undecided) -> JsonUndecided<'a> {
    let advice = report.advice(undecided.code, undecided.span.as_ref());
    let change = undecided.change.as_ref();
    JsonUndecided {
        code: undecided.code,
        slug: undecided.code.slug(),
        level: undecided.level,
        kind: undecided.key.as_ref().map(|key| key.kind.word()),
        object: undecided.key.as_ref().map(ToString::to_string),
        what: &undecided.what,
        reason: &undecided.reason,
        side: undecided.side,
        attribute: change.map(|c| c.attribute.as_str()),
        desired: change.and_then(|c| c.desired.as_deref()),
        live: change.and_then(|c| c.live.as_deref()),
        sqlstate: advice.and_then(|a| a.sqlstate.as_deref()),
        help: advice.and_then(|a| a.help.as_deref()),
        source: source(undecided.span.as_ref()),
    }
}
