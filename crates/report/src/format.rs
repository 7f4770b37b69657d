//! The formats by their names: one place that the command line asks.

use crate::{Failure, Look, Report, Suppressed};

/// A format of a check or a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// One finding a line.
    Concise,
    /// The machine contract, `docs/check.schema.json`.
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// The summary of a step of GitHub Actions.
    GithubSummary,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// GitLab's code quality report.
    Gitlab,
    /// A comment on a pull request or merge request.
    Markdown,
    /// A page that loads nothing, for a browser.
    Html,
    /// Metrics for a textfile collector.
    Prometheus,
    /// What is posted to a webhook.
    Webhook,
}

/// What a rendering needs besides the report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rendering {
    /// Colours and width of text.
    pub look: Look,
    /// Whether SARIF lists what is taken out.
    pub suppressed: Suppressed,
}

/// Why something could not be rendered. No value of a report causes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRendered(String);

impl std::fmt::Display for NotRendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the report can't be written in this format: {}", self.0)
    }
}

impl std::error::Error for NotRendered {}

impl From<serde_json::Error> for NotRendered {
    fn from(error: serde_json::Error) -> Self {
        NotRendered(error.to_string())
    }
}

impl From<crate::HtmlError> for NotRendered {
    fn from(error: crate::HtmlError) -> Self {
        NotRendered(error.to_string())
    }
}

impl From<std::io::Error> for NotRendered {
    fn from(error: std::io::Error) -> Self {
        NotRendered(error.to_string())
    }
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Format] = &[
        Format::Text,
        Format::Concise,
        Format::Json,
        Format::Github,
        Format::GithubSummary,
        Format::Sarif,
        Format::Junit,
        Format::Gitlab,
        Format::Markdown,
        Format::Html,
        Format::Prometheus,
        Format::Webhook,
    ];

    /// As the command line names it.
    pub fn word(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Github => "github",
            Format::GithubSummary => "github-summary",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Gitlab => "gitlab",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Prometheus => "prometheus",
            Format::Webhook => "webhook",
        }
    }

    /// A report in this format.
    ///
    /// # Errors
    /// When it can't be written, which no value of a report can cause.
    pub fn render(self, report: &Report<'_>, rendering: &Rendering) -> Result<String, NotRendered> {
        Ok(match self {
            Format::Text => crate::check_text(report, rendering.look),
            Format::Concise => crate::concise(report),
            Format::Json => crate::check_json(report)?,
            Format::Github => crate::github(report),
            Format::GithubSummary => crate::github_summary(report),
            Format::Sarif => crate::sarif(report, rendering.suppressed)?,
            Format::Junit => crate::junit(report)?,
            Format::Gitlab => crate::gitlab(report)?,
            Format::Markdown => crate::markdown(report),
            Format::Html => crate::html(report)?,
            Format::Prometheus => crate::prometheus(report),
            Format::Webhook => crate::webhook(report)?,
        })
    }

    /// A run that could not be done, in this format.
    ///
    /// # Errors
    /// As for [`Format::render`].
    pub fn render_error(self, failure: &Failure<'_>, rendering: &Rendering) -> Result<String, NotRendered> {
        Ok(match self {
            Format::Text => failure
                .problems
                .iter()
                .map(|(code, message, way_out)| {
                    crate::problem_text(Some(*code), message, *way_out, rendering.look)
                })
                .collect(),
            Format::Concise => crate::concise_error(failure),
            Format::Json => crate::error_json(failure.problems, failure.version)?,
            Format::Github => crate::github_error(failure),
            Format::GithubSummary => crate::github_summary_error(failure),
            Format::Sarif => crate::sarif_error(failure)?,
            Format::Junit => crate::junit_error(failure)?,
            Format::Gitlab => crate::gitlab_error(failure)?,
            Format::Markdown => crate::markdown_error(failure),
            Format::Html => crate::html_error(failure.problems, failure.version)?,
            Format::Prometheus => crate::prometheus_error(failure),
            Format::Webhook => crate::webhook_error(failure)?,
        })
    }
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl std::fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
        write!(f, "expected one of {}", words.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Format::ALL.iter().copied().find(|format| format.word() == text).ok_or(UnknownFormat)
    }
}
