//! Text that may come from anywhere, and the words that the page's attributes use.

use crate::safe::{safe, safe_lines};
use std::fmt;
use trueup_diff::What;
use trueup_policy::{Standing, Verdict};

/// Text in which control characters are visible. The template escapes it besides: a field of the page is either this, a number, or a word
/// of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(String);

impl Text {
    /// On one line.
    pub fn new(text: &str) -> Self {
        Text(safe(text).into_owned())
    }

    /// Over several lines.
    pub fn lines(text: &str) -> Self {
        Text(safe_lines(text).into_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Text {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        out.write_str(&self.0)?;
        Ok(())
    }
}

/// On which side, as a word for a class.
pub(super) fn what(what: What) -> &'static str {
    match what {
        What::Missing => "missing",
        What::Unexpected => "unexpected",
        What::Changed => "changed",
    }
}

/// What the policy says, as a word for a class and for people.
pub(super) fn verdict(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Fails => ("fails", "fails"),
        Verdict::Note => ("note", "note"),
        Verdict::Off => ("off", "switched off"),
        Verdict::Ignored { .. } => ("ignored", "ignored"),
        Verdict::Baseline => ("baseline", "in the baseline"),
        Verdict::Allowed => ("allowed", "does not fail"),
    }
}

/// Why an exception takes it out.
pub(super) fn ignored(standing: Option<&Standing>) -> Option<String> {
    match &standing?.verdict {
        Verdict::Ignored { reason, expires, line } => {
            let until = expires.map(|day| format!(", until {day}")).unwrap_or_default();
            Some(format!("{reason} (line {line} of the configuration{until})"))
        }
        Verdict::Fails | Verdict::Note | Verdict::Off | Verdict::Baseline | Verdict::Allowed => None,
    }
}
