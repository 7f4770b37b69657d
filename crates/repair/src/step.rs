//! What a plan is made of: steps, and what is left for people.

use serde::Serialize;
use trueup_catalog::{ObjectKey, SearchPath};
use trueup_diff::{Code, Disposition};

/// What the steps are made for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Drift that needs consent and has it: selectors as `trigger`, `trigger:public.orders.audit`,
    /// `widen:column:public.users.*`, `*`. See [`crate::Consent`].
    pub allow: Vec<String>,
}

/// The steps that close the drift, in order, and what is left.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Steps in the order in which they must run.
    pub steps: Vec<Step>,
    /// What adding can't close, or what lacks consent.
    pub left: Vec<Left>,
    /// The search path that most steps' expressions are written for; the file sets it once
    /// ([`Plan::preamble`]).
    pub search_path: SearchPath,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { steps: Vec::new(), left: Vec::new(), search_path: SearchPath::from([]) }
    }
}

/// One change of a repair: the statements that make it, with their guard. A transactional step is
/// one transaction.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it runs.
    pub phase: Phase,
    /// The SQL, guarded; each ends in a semicolon and is sent by itself.
    pub statements: Vec<String>,
    /// One line for people: `index public.users_email_key UNIQUE (lower(email))`.
    pub title: String,
    /// Comment lines for people: what to know before running it, the definition that it replaces.
    pub notes: Vec<String>,
    /// Indices into `Comparison::drift` of what it closes (or helps to close).
    pub closes: Vec<usize>,
    /// The object that it makes or changes.
    pub key: ObjectKey,
    /// The strongest lock and how long it is held, in words: `ACCESS EXCLUSIVE on public.users, for a moment`.
    pub lock: String,
    /// Whether it may run inside a transaction block.
    pub transactional: bool,
    /// Whether the rows may make it fail.
    pub may_fail_on_data: bool,
    /// The search path that its text is written for, where that is not the plan's.
    pub search_path: Option<SearchPath>,
}

impl Step {
    /// Its statements as one text, without the transaction around them: see
    /// [`Plan::script`] for what a file needs.
    pub fn sql(&self) -> String {
        self.statements.join("\n")
    }
}

/// The parts of a repair, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Schemas, extensions, types, enum values.
    Prepare,
    /// Sequences, tables, columns.
    Create,
    /// Indexes.
    Build,
    /// Constraints, `NOT VALID` on tables that have rows.
    Constrain,
    /// Validation, each in a transaction of its own.
    Validate,
    /// Functions, views, triggers, policies.
    Behave,
    /// Comments.
    Describe,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: &'static [Phase] = &[
        Phase::Prepare,
        Phase::Create,
        Phase::Build,
        Phase::Constrain,
        Phase::Validate,
        Phase::Behave,
        Phase::Describe,
    ];

    /// As a heading says it.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Prepare => "prepare",
            Phase::Create => "create",
            Phase::Build => "build",
            Phase::Constrain => "constrain",
            Phase::Validate => "validate",
            Phase::Behave => "behave",
            Phase::Describe => "describe",
        }
    }
}

/// A drift that the plan does not close.
#[derive(Clone, Debug)]
pub struct Left {
    /// Index into `Comparison::drift`.
    pub drift: usize,
    /// Its code.
    pub code: Code,
    /// Why: `Consent` or `Manual`.
    pub disposition: Disposition,
    /// The reason as a clause.
    pub reason: String,
    /// What allows it, when it lacks only consent: `trigger:public.orders.audit`.
    pub consent: Option<String>,
    /// SQL that a person could review and run, if any; always written commented out.
    pub suggestion: Option<String>,
}
