//! Renders what was found: one file per output format, over one shared [`Report`].
//!
//! Owns: the words, layout and colours of every output, the JSON contract, and the look of the
//! repair file.
//!
//! Never: knows arguments, environment variables or terminals; reads a file or a database; decides
//! what is drift or what a repair may do.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod apply_json;
mod apply_text;
mod aside;
mod closing;
mod codes;
mod concise;
mod counts;
mod describe;
mod effect;
mod excerpt;
mod failure;
mod finding;
mod fingerprint;
mod format;
mod github;
mod gitlab;
mod history_json;
mod history_text;
mod html;
mod json;
mod json_gate;
mod json_text;
mod junit;
mod layout;
mod line;
mod listed;
mod look;
mod mark;
mod markdown;
mod native_json;
mod paths;
mod preflight;
mod preflight_json;
mod preflight_text;
mod probe;
mod prometheus;
mod repair_file;
mod repair_text;
mod report;
mod safe;
mod sarif;
mod sarif_shape;
mod tally;
mod text;
mod text_diff;
mod timestamp;
mod webhook;
mod wording;

pub use apply_json::apply_json;
pub use apply_text::{apply_text, tasks_text};
pub use codes::{code_list, code_page, index_page, similar_codes};
pub use concise::{concise, concise_error};
pub use failure::Failure;
pub use fingerprint::{Fingerprints, Kept, NoRepair};
pub use format::{Format, NotRendered, Rendering, UnknownFormat};
pub use github::{github, github_error};
pub use gitlab::{gitlab, gitlab_error};
pub use history_json::{check_history_json, history_json};
pub use history_text::{Listing, history_faults_text, history_text};
pub use html::{HtmlError, html, html_error};
pub use json::{FORMAT_VERSION, check_json, error_json, repair_json};
pub use junit::{junit, junit_error};
pub use look::Look;
pub use markdown::{comment_marker, github_summary, github_summary_error, markdown, markdown_error};
pub use native_json::native_json;
pub use preflight::{Confirmed, PreflightReport};
pub use preflight_json::preflight_json;
pub use preflight_text::{preflight_hint, preflight_text};
pub use prometheus::{prometheus, prometheus_error};
pub use repair_file::{MigrationNotes, migration_notes, repair_file};
pub use repair_text::{repair_hint, repair_text};
pub use report::{Advice, Place, Report, Server, Sources};
pub use safe::safe;
pub use sarif::{Suppressed, sarif, sarif_error};
pub use text::{check_hint, check_text, hint_text, problem_text};
pub use timestamp::utc;
pub use webhook::{webhook, webhook_error};
