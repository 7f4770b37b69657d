//! What a migration would do to a live catalog, statement by statement.
//!
//! Owns: what each statement would do: succeed, fail with which SQLSTATE, pass over, destroy, rewrite, block, or fail on rows.
//! Never: connects, writes files, decides about drift.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub use trueup_parser::{AfterFailure, Change, Foretold, Refused, Step, StepOutcome, foretell};
