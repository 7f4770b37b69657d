//! What a project makes of its drift.
//!
//! Owns: the configuration file and its schema, levels, exceptions, the baseline, and what they say of each finding.
//!
//! Never: reads a file, an environment or a database; compares; prints.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

/// Today, in UTC.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// When a snapshot was made, as it says itself: `2026-11-28 13:05:50 UTC`.
pub fn time_of(text: &str) -> Option<std::time::SystemTime> {
    let time = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S UTC", text).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().into())
}

mod baseline;
pub mod config;
mod identity;
mod judge;
mod judgement;
mod read;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, BaselineError};
/// A day without a time, as in `2027-01-31`.
pub use jiff::civil::Date;
pub use judge::{Circumstances, Snapshot, judge};
pub use judgement::*;
pub use read::{Exception, Mistake, Policy, Project, age, read};
