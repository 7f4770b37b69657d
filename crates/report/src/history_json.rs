//! The histories of migration tools, for programs: `docs/history.schema.json` describes it, and a test holds the two together. A field is
//! never taken away or given another meaning within one format version.

use crate::json::{FORMAT_VERSION, check_value};
use crate::{Place, Report};
use serde::Serialize;
use std::collections::BTreeMap;
use trueup_history::{Fault, History, Migration, Outcome, TableName};

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: Outcome,
    folder: &'a str,
    target: Option<Target<'a>>,
    histories: Vec<JsonHistory<'a>>,
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
struct JsonHistory<'a> {
    tool: Option<&'a str>,
    folder: &'a str,
    table: Option<&'a TableName>,
    summary: BTreeMap<&'a str, usize>,
    migrations: &'a [Migration],
    faults: Vec<JsonFault<'a>>,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct JsonFault<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    object: Option<&'a str>,
    title: &'a str,
    reasons: &'a [String],
    file: Option<&'a str>,
    line: Option<u32>,
    ways_out: &'a [String],
}

/// The document of `history`, pretty-printed, with a line end.
///
/// # Errors
/// When a value can't be written as JSON, which no value of a history can cause.
pub fn history_json(
    histories: &[History],
    folder: &str,
    live: &Place,
    version: &str,
) -> serde_json::Result<String> {
    crate::json_text::pretty(&document(histories, folder, live, version))
}

/// The document of `check`, with that of `history` in it as `history`.
///
/// # Errors
/// As for [`history_json`].
pub fn check_history_json(
    report: &Report<'_>,
    histories: &[History],
    folder: &str,
) -> serde_json::Result<String> {
    let mut check = check_value(report)?;
    if let Some(fields) = check.as_object_mut() {
        let history = document(histories, folder, report.live_place, report.version);
        fields.insert("history".to_owned(), serde_json::to_value(history)?);
    }
    crate::json_text::pretty(&check)
}

fn document<'a>(
    histories: &'a [History],
    folder: &'a str,
    live: &'a Place,
    version: &'a str,
) -> Document<'a> {
    Document {
        format_version: FORMAT_VERSION,
        trueup_version: version,
        outcome: Outcome::of(histories),
        folder,
        target: live.server.as_ref().map(|server| Target {
            host: &server.host,
            port: server.port,
            database: &server.database,
            user: &server.user,
            server_version: &server.version,
        }),
        histories: histories.iter().map(history).collect(),
    }
}

fn history(history: &History) -> JsonHistory<'_> {
    let mut summary = BTreeMap::new();
    for state in trueup_history::State::ALL {
        let count = history.migrations.iter().filter(|migration| migration.state == *state).count();
        summary.insert(state.slug(), count);
    }
    JsonHistory {
        tool: history.tool.map(trueup_history::Tool::name),
        folder: &history.folder,
        table: history.table.as_ref(),
        summary,
        migrations: &history.migrations,
        faults: history.faults.iter().map(fault).collect(),
        remarks: &history.remarks,
    }
}

fn fault(fault: &Fault) -> JsonFault<'_> {
    JsonFault {
        code: fault.code.number(),
        name: fault.code.slug(),
        level: fault.level.word(),
        object: fault.object.as_deref(),
        title: &fault.title,
        reasons: &fault.reasons,
        file: fault.place.as_ref().map(|place| place.file.as_str()),
        line: fault.place.as_ref().and_then(|place| place.line),
        ways_out: &fault.ways_out,
    }
}
