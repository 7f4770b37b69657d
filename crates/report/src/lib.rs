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
mod closing;
mod codes;
mod counts;
mod describe;
mod effect;
mod excerpt;
mod finding;
mod fingerprint;
mod html;
mod json;
mod layout;
mod listed;
mod look;
mod probe;
mod repair_file;
mod repair_text;
mod report;
mod safe;
mod text;
mod text_diff;
mod timestamp;
mod wording;

pub use apply_json::apply_json;
pub use apply_text::{apply_text, tasks_text};
pub use codes::{code_list, code_page, index_page, similar_codes};
pub use fingerprint::{Fingerprints, Kept, NoRepair};
pub use html::{HtmlError, html, html_error};
pub use json::{FORMAT_VERSION, check_json, error_json, repair_json};
pub use look::Look;
pub use repair_file::repair_file;
pub use repair_text::{repair_hint, repair_text};
pub use report::{Advice, Place, Report, Server, Sources};
pub use safe::safe;
pub use text::{check_hint, check_text, hint_text, problem_text};
pub use timestamp::utc;
