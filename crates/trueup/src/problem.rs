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

/// What the system says, without its numbers: `No such file or directory`.
pub fn plain(message: &str) -> String {
    let mut parts = message.split(" (os error ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += part.split_once(')').map_or("", |(_, after)| after);
    }
    out
}

impl From<trueup_introspect::Error> for Problem {
    fn from(error: trueup_introspect::Error) -> Self {
        Problem {
            code: error.code().parse().unwrap_or(Code::X101),
            message: plain(&error.to_string()),
            way_out: Some(error.way_out().to_owned()),
        }
    }
}

impl From<trueup_parser::SourceError> for Problem {
    fn from(error: trueup_parser::SourceError) -> Self {
        Problem {
            code: Code::X104,
            message: plain(&format!("{}: {}", error.file, error.message)),
            way_out: error.help,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_error_is_left_out() {
        assert_eq!(plain("a.sql: No such file (os error 2)"), "a.sql: No such file");
        assert_eq!(plain("refused (os error 111); b: gone (os error 2)!"), "refused; b: gone!");
        assert_eq!(plain("plain"), "plain");
    }
}
