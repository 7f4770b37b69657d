//! What a plan is made of: steps, and what is left for people.

use crate::hazard::Hazard;
use crate::lock::{self, Blocks, Lock};
use crate::probe::Probe;
use crate::rights::{Right, Rights};
use crate::statement::Statement;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use trueup_catalog::{ObjectKey, SearchPath, Size};
use trueup_diff::{Code, Disposition};

/// What the steps are made for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Drift that needs consent and has it: selectors as `trigger`, `trigger:public.orders.audit`,
    /// `widen:column:public.users.*`, `*`. See [`crate::Consent`]. What looks renamed has to be named: `new:column:public.users.email`.
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
    /// Who would run it and what that role lacks, once a server was asked: see [`Plan::rights_question`].
    pub rights: Option<Rights>,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { steps: Vec::new(), left: Vec::new(), search_path: SearchPath::from([]), rights: None }
    }
}

/// What a step does besides changing the catalogs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Nothing: it takes milliseconds whatever the size.
    Catalog,
    /// Reads the rows of a table once.
    Scan,
    /// Builds an index.
    Build,
    /// Runs a query and stores what it gives.
    Query,
}

/// How long the statements of a step wait and run at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// `lock_timeout`: `None` never gives up, where waiting makes nobody wait.
    pub lock: Option<Duration>,
    /// `statement_timeout`: `None` for what takes as long as there are rows.
    pub statement: Option<Duration>,
}

/// One change of a repair: the statements that make it, with their guard. A transactional step is
/// one transaction. No step rewrites a table.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it runs.
    pub phase: Phase,
    /// What it runs, in order.
    pub statements: Vec<Statement>,
    /// One line for people: `index public.users_email_key UNIQUE (lower(email))`.
    pub title: String,
    /// Comment lines for people: what to know before running it, the definition that it replaces.
    pub notes: Vec<String>,
    /// Indices into `Comparison::drift` of what it closes (or helps to close).
    pub closes: Vec<usize>,
    /// The steps that must have run before, by their places in the plan: where one of them failed, this one can't succeed.
    pub after: Vec<usize>,
    /// The object that it makes or changes.
    pub key: ObjectKey,
    /// What it locks that others use, one entry a thing, strongest first. Readers' own `ACCESS SHARE` is not listed.
    pub locks: Vec<Lock>,
    /// What it does besides changing the catalogs.
    pub work: Work,
    /// Rows and bytes of the tables that it locks, from the statistics, where live told them.
    pub size: Option<Size>,
    /// Whether it may run inside a transaction block.
    pub transactional: bool,
    /// Whether the rows may make it fail.
    pub may_fail_on_data: bool,
    /// What to know before it runs.
    pub hazards: Vec<Hazard>,
    /// Asks the rows whether it would succeed.
    pub probe: Option<Probe>,
    /// What the role that runs it must be or have.
    pub rights: Vec<Right>,
    /// The search path that its text is written for, where that is not the plan's.
    pub search_path: Option<SearchPath>,
}

impl Step {
    /// Its statements as one text, without the transaction around them: see
    /// [`Plan::script`] for what a file needs.
    pub fn sql(&self) -> String {
        self.statements.iter().map(Statement::text).collect::<Vec<_>>().join("\n")
    }

    /// The locks in words: `ACCESS EXCLUSIVE on public.users, for a moment`.
    pub fn lock_words(&self) -> String {
        lock::in_words(&self.locks)
    }

    /// Whether some lock of it makes readers or writers wait, also while it is waited for.
    pub fn blocks(&self) -> bool {
        self.locks.iter().any(|lock| lock.mode.blocks() != Blocks::Nobody)
    }

    /// How long it waits and runs at most. Waiting longer than `deadlock_timeout` (1 s) makes autovacuum give way. What stops neither
    /// readers nor writers never gives up: nobody queues up behind it, and a concurrent build would leave an invalid index behind.
    pub fn timeouts(&self) -> Timeouts {
        let statement = match self.work {
            Work::Catalog => Some(STATEMENT_TIMEOUT),
            Work::Scan | Work::Build | Work::Query => None,
        };
        Timeouts {
            lock: self.blocks().then_some(LOCK_TIMEOUT),
            statement: statement.filter(|_| self.transactional),
        }
    }
}

/// How long a statement waits for a lock before it gives up, so that what queues behind it does
/// not wait long either.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a statement may run that only changes the catalogs.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a statement is tried that can't have its lock in time.
pub const ATTEMPTS: u32 = 10;

/// The parts of a repair, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// What allows it, when it lacks only consent, `trigger:public.orders.audit`, or somebody's word that it is new though it looks
    /// renamed, `new:column:public.users.email`.
    pub consent: Option<String>,
    /// SQL that a person could review and run, if any; always written commented out.
    pub suggestion: Option<String>,
    /// Asks the rows what stands in the way, where that is for data to say.
    pub probe: Option<Probe>,
}
