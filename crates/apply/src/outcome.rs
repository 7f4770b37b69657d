//! What became of each step.

use crate::failure::Cause;
use crate::leftover::InvalidIndex;
use crate::task::Task;
use std::time::Duration;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ran; or its guards found that it had been done.
    Done,
    /// It failed, and nothing of it stays but what an unfinished concurrent build leaves.
    Failed(Cause),
    /// A step that must have run before did not: its place.
    Skipped(usize),
    /// It was running when the run was stopped, and was cancelled.
    Cancelled,
    /// The run was stopped before.
    NotReached,
}

/// A step and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// The step.
    pub task: Task,
    /// What became of it.
    pub fate: Fate,
    /// How often it was tried.
    pub attempts: u32,
    /// How long it took, rests included.
    pub elapsed: Duration,
}

/// How the run came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every step had its turn.
    Through,
    /// Somebody stopped it.
    Interrupted,
    /// The connection was lost for good; what was running may or may not have been done.
    Lost(String),
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Every step, in order.
    pub steps: Vec<StepOutcome>,
    /// How it ended.
    pub ended: Ended,
    /// Indexes that are invalid now and were not before.
    pub invalid: Vec<InvalidIndex>,
    /// How long all of it took.
    pub elapsed: Duration,
}

impl Outcome {
    /// Whether every step is done.
    pub fn all_done(&self) -> bool {
        self.ended == Ended::Through && self.count(|fate| *fate == Fate::Done) == self.steps.len()
    }

    /// How many steps have such a fate.
    pub fn count(&self, wanted: impl Fn(&Fate) -> bool) -> usize {
        self.steps.iter().filter(|step| wanted(&step.fate)).count()
    }
}
