//! The report as one HTML file: findings as plain HTML, a map of the tables drawn by a script, nothing from the network.
//!
//! Owns: what the page says in which order, its look and its behaviour, the layout of the map.
//!
//! Never: trusts a text. Names, SQL and messages pass through `Text`, which makes control characters visible, and through the template,
//! which escapes them; data for the script is JSON without `<`. The policy in the page's head lets nothing be loaded, and no script or style
//! run but the page's own, by their digests.

mod diff;
mod finding;
mod glossary;
mod group;
mod head;
mod map;
mod page;
mod sides;
mod step;
mod words;

use crate::Report;
use trueup_diff::Code;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum HtmlError {
    /// The template could not be filled.
    #[error("the page could not be written: {0}")]
    Template(#[from] askama::Error),
    /// The data of the map could not be written.
    #[error("the data of the map could not be written: {0}")]
    Data(#[from] serde_json::Error),
}

/// The whole page.
///
/// # Errors
/// When the template can't be filled, or a value can't be written as JSON, which no value of the report can cause.
pub fn html(report: &Report<'_>) -> Result<String, HtmlError> {
    page::page(report)
}

/// The page of a run that could not be done. Each problem is its code, its message and the way out.
///
/// # Errors
/// As for [`html`].
pub fn html_error(problems: &[(Code, &str, Option<&str>)], version: &str) -> Result<String, HtmlError> {
    page::error_page(problems, version)
}
