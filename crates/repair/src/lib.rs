//! Drift to safe, additive, idempotent SQL.
//!
//! Owns: which step closes which drift, their order, guards, and the DDL text.
//!
//! Never: reads a schema, connects, drops, renames, retypes or rewrites.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

use trueup_catalog::{Catalog, ObjectKey};
use trueup_diff::{Code, Comparison, Disposition};

/// What the steps are made for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Drift that needs consent and has it: selectors as `trigger`, `trigger:public.orders.audit`.
    pub allow: Vec<String>,
}

/// The steps that close the drift, in order, and what is left.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Statements in order.
    pub steps: Vec<Step>,
    /// What adding can't close, or what lacks consent.
    pub left: Vec<Left>,
}

/// One statement of a repair (with its guard).
#[derive(Clone, Debug)]
pub struct Step {
    /// The SQL, guarded, with its closing semicolon.
    pub sql: String,
    /// One line for people: `index public.users_email_key UNIQUE (lower(email))`.
    pub title: String,
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
    /// SQL that a person could review and run, if any; always written commented out.
    pub suggestion: Option<String>,
}

/// Makes the plan that closes what adding can close.
pub fn plan(desired: &Catalog, live: &Catalog, comparison: &Comparison, options: &Options) -> Plan {
    let _ = (desired, live, comparison, options);
    Plan::default()
}
