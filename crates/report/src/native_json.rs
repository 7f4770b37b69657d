//! A repair as migration files, for programs: `docs/native.md` describes it.

use crate::json::FORMAT_VERSION;
use crate::{Report, wording};
use serde::Serialize;
use trueup_native::{How, Written};

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    trueup_version: &'a str,
    tool: &'a str,
    folder: &'a str,
    written: bool,
    files: Vec<JsonFile<'a>>,
    left_out: Vec<JsonLeftOut<'a>>,
    left: Vec<JsonLeft<'a>>,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    /// Whether it is new; else it is the tool's own list with the new ones in it.
    new: bool,
    contents: &'a str,
}

#[derive(Serialize)]
struct JsonLeftOut<'a> {
    step: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct JsonLeft<'a> {
    code: &'a str,
    title: String,
    disposition: &'a str,
    reason: &'a str,
}

/// The document, pretty-printed, with a line end. `written` says whether the files were written or only shown.
///
/// # Errors
/// When a value can't be written as JSON, which none of these can cause.
pub fn native_json(
    report: &Report<'_>,
    tool: &str,
    folder: &str,
    done: &Written,
    written: bool,
) -> serde_json::Result<String> {
    let files = done.files.iter().map(|file| JsonFile {
        path: &file.path,
        new: match file.how {
            How::New => true,
            How::List => false,
        },
        contents: &file.text,
    });
    let left_out = done.left_out.iter().filter_map(|left| {
        Some(JsonLeftOut { step: &report.plan.steps.get(left.step)?.title, reason: left.why })
    });
    let left = report.plan.left.iter().filter_map(|left| {
        Some(JsonLeft {
            code: left.code.number(),
            title: wording::title(report.drift(left.drift)?),
            disposition: left.disposition.word(),
            reason: &left.reason,
        })
    });
    crate::json_text::pretty(&Document {
        format_version: FORMAT_VERSION,
        trueup_version: report.version,
        tool,
        folder,
        written,
        files: files.collect(),
        left_out: left_out.collect(),
        left: left.collect(),
    })
}
