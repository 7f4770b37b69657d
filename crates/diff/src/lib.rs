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
mod parts;
mod privileges;
mod renamed;
mod scope;
mod select;
mod settled;
mod value;
mod versions;

pub use code::*;
pub use compare::{compare, compare_with};
pub use disposition::widens;
pub use drift::*;
pub use privileges::*;
pub use scope::HISTORY_TABLES;
pub use select::{Selection, Selector, UnknownKind, glob, kind_of, kind_word};
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
    /// Which objects are compared, of those in scope.
    pub selection: Selection,
    /// What was renamed, by the user's word: the desired object is the live one under a new name.
    pub renames: Vec<Rename>,
}

/// An object that the code calls otherwise than live does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// Its kind.
    pub kind: trueup_catalog::ObjectKind,
    /// What live calls it, as a key shows it: `public.users.mail`.
    pub from: String,
    /// What the desired schema calls it.
    pub to: String,
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
