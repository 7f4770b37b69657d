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
mod extension;
mod fold;
mod privileges;
mod renamed;
mod scope;
mod settled;
mod value;
mod versions;

pub use code::*;
pub use compare::{compare, compare_with};
pub use disposition::widens;
pub use drift::*;
pub use privileges::*;
pub use settled::{Answer, Answers, Question, printed_alike, rules_alike};

/// What is compared and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether live schemas that the desired schema never speaks of are in scope too.
    pub all_schemas: bool,
    /// Which privileges, default privileges and security labels are compared.
    pub privileges: Policy,
    /// Which owners are compared: under [`Policy::Strict`] as under [`Policy::Stated`], since an owner that nothing states can't differ.
    pub owners: Policy,
}

/// What is compared of what silence may or may not be a wish about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Where the desired schema states it.
    #[default]
    Stated,
    /// Everywhere: what is not stated is wished as PostgreSQL has it by default.
    Strict,
    /// Nowhere.
    Off,
}
