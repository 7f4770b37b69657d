//! Compares two catalogs and names every drift.
//!
//! Owns: the comparison, which knows no kinds; folding of children into their parent's finding;
//! codes, levels and dispositions; the scope.
//!
//! Never: reads SQL or a database, writes SQL, prints.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod classify;
mod code;
mod compare;
mod disposition;
mod drift;
mod fold;
mod renamed;
mod scope;
mod settled;
mod value;

pub use code::*;
pub use compare::{compare, compare_with};
pub use disposition::widens;
pub use drift::*;
pub use settled::{Answer, Answers, Question, printed_alike, rules_alike};

/// What is compared and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether live schemas that the desired schema never speaks of are in scope too.
    pub all_schemas: bool,
}
