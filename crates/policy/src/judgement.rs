//! What the policy says of each finding: the contract between the gate and the renderers.

use crate::Date;
use serde::Serialize;
use trueup_diff::{Code, Level, Outcome};

/// What the policy says of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What is said of each finding of `Comparison::drift`, in its order.
    pub drift: Vec<Standing>,
    /// What is said of each entry of `Comparison::undecided`, in its order.
    pub undecided: Vec<Standing>,
    /// What is to be said of the policy itself (an exception that expired, one that matches nothing, an old snapshot), and of the histories
    /// of migration tools.
    pub remarks: Vec<Remark>,
    /// Drift that the baseline knows and that is gone: the baseline can shrink by it.
    pub repaired: Vec<Known>,
    /// Drift that the base has and the changed schema does not: this change repairs it. Empty without a base.
    pub closed: Vec<Known>,
    /// The baseline, where one was read: its name as the user gave it.
    pub baseline: Option<String>,
    /// The revision that the desired schema is held against, where one was given: `origin/main`.
    pub base: Option<String>,
    /// How old the snapshot is that stands for the database, in words, where one does: `3 days`.
    pub age: Option<String>,
    /// The same in seconds, for programs.
    pub age_seconds: Option<u64>,
}

/// What the policy says of one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The level that the policy gives it. `Level::Error` and `Level::Warning` fail the gate where `verdict` is [`Verdict::Fails`].
    pub level: Level,
    /// Whether it fails the gate, and if not, why.
    pub verdict: Verdict,
    /// Whether this change brought it; `None` without a base.
    pub since: Option<Since>,
    /// The same in each run for the same finding, on whatever server and line: 32 hexadecimal digits.
    pub fingerprint: String,
}

/// Whether a finding fails the gate, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Fails,
    /// Its level is a note.
    Note,
    /// Its level is `off`: it is counted, not listed.
    Off,
    /// An `[[ignore]]` entry takes it out.
    Ignored {
        /// Why, as the entry says.
        reason: String,
        /// When the entry ends, if ever.
        expires: Option<Date>,
        /// The line of the entry in the configuration.
        line: u32,
    },
    /// The baseline knows it.
    Baseline,
    /// It is of the sort that `fail-on` leaves out: drift that was there, or that the change brings and repair closes.
    Allowed,
}

/// Whether a change brought a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// This change brings it: the base does not have it.
    Introduced,
    /// The base has it as well.
    WasThere,
}

/// Something about the policy itself, or about the history of a migration tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `G…`, or `M…` of a history.
    pub code: Code,
    /// Its level.
    pub level: Level,
    /// What is wrong, without a full stop.
    pub text: String,
    /// The way out.
    pub way_out: String,
    /// The file and line that it is about.
    pub place: Option<(String, u32)>,
}

/// A drift that is known and not found any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its code.
    pub code: Code,
    /// The kind and the object in words: `index public.users_email_key`.
    pub object: String,
    /// What it was: `index public.users_email_key is missing`.
    pub title: String,
}

impl Remark {
    /// Whether it says that something can't be judged: an old snapshot, a history that can't be read.
    pub fn is_undecided(&self) -> bool {
        matches!(self.code, Code::G103 | Code::M115)
    }

    /// Whether it is about the history of a migration tool.
    pub fn is_history(&self) -> bool {
        self.code.number().starts_with('M')
    }
}

impl Standing {
    /// Whether it makes the gate red.
    pub fn fails(&self) -> bool {
        self.verdict == Verdict::Fails
    }

    /// Whether reports list it; else it is only counted.
    pub fn is_listed(&self) -> bool {
        match self.verdict {
            Verdict::Fails | Verdict::Note | Verdict::Allowed => true,
            Verdict::Off | Verdict::Ignored { .. } | Verdict::Baseline => false,
        }
    }
}

impl Judgement {
    /// The outcome by the rules of [`trueup_diff::Comparison::outcome`], where only what fails counts. A remark of level error
    /// that says that the database can't be judged (an old snapshot, a history that can't be read) makes it undecided.
    pub fn outcome(&self, comparison: &trueup_diff::Comparison) -> Outcome {
        let undecided =
            || comparison.undecided.iter().zip(&self.undecided).filter(|(_, standing)| standing.fails());
        let failing = || self.remarks.iter().filter(|remark| remark.level != Level::Note);
        let stale = failing().any(Remark::is_undecided);
        let remarks = failing().any(|remark| !remark.is_undecided());
        if stale || undecided().any(|(finding, _)| finding.is_unread()) {
            Outcome::Undecided
        } else if remarks || self.drift.iter().any(Standing::fails) {
            Outcome::Drift
        } else if undecided().next().is_some() {
            Outcome::Undecided
        } else {
            Outcome::InSync
        }
    }
}
