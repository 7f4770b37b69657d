//! What can stop a run, in words for people: what is wrong, where, and the way out.

use trueup_diff::Code;
use trueup_report::{Look, problem_text};

/// Why a run could not be done. It never holds a password or a connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The code that `trueup explain` knows.
    pub code: Code,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out.
    pub way_out: Option<String>,
}

impl Problem {
    /// Arguments, environment or a file can't be used (X104).
    pub fn configuration(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Problem { code: Code::X104, message: message.into(), way_out: Some(way_out.into()) }
    }

    /// In the look of a finding.
    pub fn text(&self, look: Look) -> String {
        problem_text(Some(self.code), &self.message, self.way_out.as_deref(), look)
    }
}

impl From<trueup_introspect::Error> for Problem {
    fn from(error: trueup_introspect::Error) -> Self {
        Problem {
            code: error.code().parse().unwrap_or(Code::X101),
            message: error.to_string(),
            way_out: Some(error.way_out().to_owned()),
        }
    }
}

impl From<trueup_parser::SourceError> for Problem {
    fn from(error: trueup_parser::SourceError) -> Self {
        Problem {
            code: Code::X104,
            message: format!("{}: {}", error.file, error.message),
            way_out: error.help,
        }
    }
}
