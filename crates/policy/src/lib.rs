//! What a project makes of its drift.
//!
//! Owns: the configuration file and its schema, levels, exceptions, the baseline, and what they say of each finding.
//!
//! Never: reads a file, an environment or a database; compares; prints.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod judgement;

/// A day without a time, as in `2027-01-31`.
pub use jiff::civil::Date;
pub use judgement::*;
