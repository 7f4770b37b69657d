//! The baseline: drift that is known, so that only new drift fails.
//!
//! A file for a repository: one entry a finding, in a fixed order, with nothing that changes from run to run.

use crate::identity::{Identity, of_drift, of_undecided};
use crate::{Judgement, Known, Standing, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use trueup_diff::{Code, Comparison, What};

/// Version of the file's shape.
const FORMAT_VERSION: u32 = 1;

/// Drift that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    trueup_baseline: u32,
    findings: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    object: String,
    title: String,
    fingerprint: String,
    state: String,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON of this shape.
    #[error("it is no baseline: {0}")]
    Shape(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is a baseline of version {0}, and this program reads version {FORMAT_VERSION}")]
    Version(u32),
}

impl Baseline {
    /// Reads a file that [`Baseline::text`] wrote.
    ///
    /// # Errors
    /// It is none, or of another version.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            trueup_baseline: u32,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.trueup_baseline != FORMAT_VERSION {
            return Err(BaselineError::Version(head.trueup_baseline));
        }
        Ok(serde_json::from_str(text)?)
    }

    /// All that would fail without a baseline. What exceptions take out, and notes, stay out of it.
    pub fn of(comparison: &Comparison, judgement: &Judgement) -> Self {
        let known = |standing: &Standing| match standing.verdict {
            Verdict::Fails | Verdict::Baseline | Verdict::Allowed => true,
            Verdict::Note | Verdict::Off | Verdict::Ignored { .. } => false,
        };
        let drift = comparison.drift.iter().zip(&judgement.drift).zip(of_drift(comparison));
        let drift = drift.filter(|((_, standing), _)| known(standing)).map(|((drift, _), identity)| {
            let object = format!("{} {}", drift.key.kind, drift.key);
            let what = match drift.what {
                What::Missing => "is missing",
                What::Unexpected => "is unexpected",
                What::Changed => "differs",
            };
            entry(drift.code, format!("{object} {what}"), object, identity)
        });
        let undecided = comparison.undecided.iter().zip(&judgement.undecided).zip(of_undecided(comparison));
        let undecided =
            undecided.filter(|((_, standing), _)| known(standing)).map(|((undecided, _), identity)| {
                entry(
                    undecided.code,
                    format!("{}: {}", undecided.what, undecided.reason),
                    undecided.what.clone(),
                    identity,
                )
            });
        let mut findings: Vec<Entry> = drift.chain(undecided).collect();
        findings.sort();
        Baseline { trueup_baseline: FORMAT_VERSION, findings }
    }

    /// The text of the file, with a line end.
    ///
    /// # Errors
    /// None that plain text can cause.
    pub fn text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// How many findings it knows.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The states that it knows.
    pub(crate) fn states(&self) -> BTreeSet<&str> {
        self.findings.iter().map(|entry| entry.state.as_str()).collect()
    }

    /// What it knows and a run does not find any more, whatever its state.
    pub(crate) fn gone(&self, found: &BTreeSet<&str>) -> Vec<Known> {
        let gone = self.findings.iter().filter(|entry| !found.contains(entry.fingerprint.as_str()));
        gone.filter_map(|entry| {
            Some(Known {
                code: entry.code.parse().ok()?,
                object: entry.object.clone(),
                title: entry.title.clone(),
            })
        })
        .collect()
    }
}

fn entry(code: Code, title: String, object: String, identity: Identity) -> Entry {
    Entry {
        code: code.number().to_owned(),
        object,
        title,
        fingerprint: identity.fingerprint,
        state: identity.state,
    }
}
