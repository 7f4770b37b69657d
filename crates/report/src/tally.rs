//! What the findings come to: counts by what the policy says, the outcome, and the verdict in one line.
//!
//! Every format says it in these words; none counts for itself.

use crate::Report;
use crate::closing::place_words;
use crate::counts::{counted, thousands};
use crate::listed::{About, Listed};
use trueup_diff::{Code, Level, Outcome};
use trueup_policy::Verdict;

impl Report<'_> {
    /// What the exit code tells: the policy's outcome where there is one, else the comparison's.
    pub fn outcome(&self) -> Outcome {
        match self.gate {
            Some(gate) => gate.outcome(self.comparison),
            None => self.comparison.outcome(),
        }
    }
}

/// Findings by what becomes of them. Remarks on the policy are counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Drift that fails at level error.
    pub errors: usize,
    /// Drift that fails at level warning.
    pub warnings: usize,
    /// What could not be told and fails.
    pub undecided: usize,
    /// Findings whose level is a note.
    pub notes: usize,
    /// Findings of the sort that the policy lets pass.
    pub allowed: usize,
    /// Findings that an exception takes out.
    pub ignored: usize,
    /// Findings that the baseline knows.
    pub baseline: usize,
    /// Findings whose level is `off`.
    pub off: usize,
    /// Remarks that fail, on the policy and on histories.
    pub remarks: usize,
    /// Those of them that are on the history of a migration tool.
    pub history: usize,
    /// Every finding, whatever becomes of it, without remarks.
    pub all: usize,
}

impl Tally {
    pub(crate) fn of(report: &Report<'_>) -> Self {
        let mut tally = Tally::default();
        for listed in report.every() {
            tally.add(&listed);
        }
        tally
    }

    fn add(&mut self, listed: &Listed<'_>) {
        if let About::Remark(remark) = listed.about {
            self.remarks += usize::from(listed.fails());
            self.history += usize::from(listed.fails() && remark.is_history());
            return;
        }
        self.all += 1;
        let fails = || match listed.level {
            Level::Note => Verdict::Note,
            Level::Error | Level::Warning => Verdict::Fails,
        };
        match listed.standing.map_or_else(fails, |standing| standing.verdict.clone()) {
            Verdict::Fails => match (listed.about, listed.level) {
                (About::Undecided(_) | About::Remark(_), _) => self.undecided += 1,
                (About::Drift(..), Level::Warning) => self.warnings += 1,
                (About::Drift(..), Level::Error | Level::Note) => self.errors += 1,
            },
            Verdict::Note => self.notes += 1,
            Verdict::Off => self.off += 1,
            Verdict::Ignored { .. } => self.ignored += 1,
            Verdict::Baseline => self.baseline += 1,
            Verdict::Allowed => self.allowed += 1,
        }
    }

    /// How many findings fail.
    pub(crate) fn failing(&self) -> usize {
        self.errors + self.warnings + self.undecided
    }

    /// `1 error, 1 warning, 1 undecided`: what fails, by level.
    pub(crate) fn failing_words(&self) -> String {
        let mut parts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| counted(count, noun))
            .collect();
        if self.undecided > 0 {
            parts.push(format!("{} undecided", thousands(self.undecided)));
        }
        parts.join(", ")
    }

    /// `1 note, 2 allowed, 3 ignored`: what does not fail; empty where there is nothing.
    pub(crate) fn passing_words(&self) -> String {
        let mut parts = Vec::new();
        if self.notes > 0 {
            parts.push(counted(self.notes, "note"));
        }
        for (count, word) in [
            (self.allowed, "allowed"),
            (self.ignored, "ignored"),
            (self.baseline, "in the baseline"),
            (self.off, "switched off"),
        ] {
            if count > 0 {
                parts.push(format!("{} {word}", thousands(count)));
            }
        }
        parts.join(", ")
    }
}

/// The verdict: its head, and what follows after a comma.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// `Gate: red`.
    pub head: &'static str,
    /// `2 of 9 findings fail (1 error, 1 warning)`.
    pub rest: String,
}

impl Sentence {
    /// `Gate: red, 2 of 9 findings fail (1 error, 1 warning)`.
    pub(crate) fn line(&self) -> String {
        format!("{}, {}", self.head, self.rest)
    }
}

/// The verdict on a report. Its text is harmless on one line.
pub(crate) fn verdict(report: &Report<'_>) -> Sentence {
    let tally = Tally::of(report);
    let outcome = report.outcome();
    let head = match (report.gate.is_some(), outcome) {
        (true, Outcome::InSync) => "Gate: green",
        (true, Outcome::Drift) => "Gate: red",
        (true, Outcome::Undecided) => "Gate: undecided",
        (false, Outcome::InSync) => "Check: in sync",
        (false, Outcome::Drift) => "Check: drift",
        (false, Outcome::Undecided) => "Check: undecided",
    };
    let all = counted(tally.all, "finding");
    let rest = match outcome {
        Outcome::InSync if tally.all == 0 => {
            let matching = report.comparison.summary.matching;
            let verb = if matching == 1 { "matches" } else { "match" };
            format!("{} {verb} {}", counted(matching, "object"), place_words(report.live_place))
        }
        Outcome::InSync if tally.all == 1 => "the one finding does not fail".to_owned(),
        Outcome::InSync => format!("none of {all} fails"),
        Outcome::Drift => fails(&tally, &all),
        Outcome::Undecided => undecided(report, &tally, &all),
    };
    let passing = tally.passing_words();
    let rest = if passing.is_empty() { rest } else { format!("{rest}; {passing}") };
    Sentence { head, rest }
}

fn fails(tally: &Tally, all: &str) -> String {
    let remark = |count: usize, about: &str| match count {
        0 => None,
        1 => Some(format!("1 remark on {about} fails")),
        several => Some(format!("{} on {about} fail", counted(several, "remark"))),
    };
    let remarks = [
        remark(tally.remarks - tally.history, "the policy"),
        remark(tally.history, "the history of migrations"),
    ];
    let remarks = remarks.into_iter().flatten().collect::<Vec<_>>().join(", and ");
    match (tally.failing(), remarks.is_empty()) {
        (0, _) => remarks,
        (_, true) => failing(tally, all),
        (_, false) => format!("{}, and {remarks}", failing(tally, all)),
    }
}

fn failing(tally: &Tally, all: &str) -> String {
    let count = tally.failing();
    let words = tally.failing_words();
    match (count, tally.all) {
        (1, 1) => format!("{all} fails ({words})"),
        (1, _) => format!("1 of {all} fails ({words})"),
        (_, _) => format!("{} of {all} fail ({words})", thousands(count)),
    }
}

fn undecided(report: &Report<'_>, tally: &Tally, all: &str) -> String {
    let stale = report.gate.is_some_and(|gate| {
        gate.remarks.iter().any(|remark| remark.code == Code::G103 && remark.level != Level::Note)
    });
    if stale {
        return format!("the snapshot is too old to tell; {}", fails_or_none(tally, all));
    }
    let unread = report.gate.is_some_and(|gate| {
        gate.remarks.iter().any(|remark| remark.code == Code::M115 && remark.level != Level::Note)
    });
    if unread {
        return format!("a history of migrations can't be read; {}", fails_or_none(tally, all));
    }
    let Tally { undecided, errors, warnings, .. } = *tally;
    let found = Tally { errors, warnings, ..Tally::default() }.failing_words();
    let found = if found.is_empty() { found } else { format!(", and drift of {found}") };
    match tally.all {
        1 => format!("{all} can't be told{found}"),
        _ => format!("{} of {all} can't be told{found}", thousands(undecided)),
    }
}

fn fails_or_none(tally: &Tally, all: &str) -> String {
    match (tally.failing(), tally.all) {
        (0, 0) => "nothing else is wrong with what it says".to_owned(),
        (0, _) => format!("of {all} none fails"),
        (_, _) => failing(tally, all),
    }
}
