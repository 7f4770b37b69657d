//! What a migration would do to a live catalog, statement by statement.
//!
//! Owns: what each statement would do: succeed, fail with which SQLSTATE, pass over, destroy, rewrite, block, or fail on rows; and the
//! guarded version of an additive migration.
//! Never: connects, writes files, decides about drift.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod altered;
mod column;
mod domain;
mod effect;
mod effects;
mod forecast;
mod guarded;
mod relation;
mod rows;

pub use effect::{Blocking, Destroyed, Effect, Unsure};
pub use forecast::{Forecast, Outlook, Statement, Verdict, forecast, forecast_around};
pub use guarded::{Guarded, guarded};
pub use trueup_parser::{
    AfterFailure, Around, Change, Foretold, Refused, Step, StepOutcome, foretell, foretell_around,
};
