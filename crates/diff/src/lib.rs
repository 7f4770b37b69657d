//! Compares two catalogs and names every drift.
//!
//! Owns: the comparison, which knows no kinds; folding of children into their parent's finding;
//! codes, levels and dispositions; the scope.
//!
//! Never: reads SQL or a database, writes SQL, prints.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod code;
mod drift;

pub use code::*;
pub use drift::*;

use trueup_catalog::Catalog;
use trueup_settle::Settler;

/// What is compared and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether live schemas that the desired schema never speaks of are in scope too.
    pub all_schemas: bool,
}

/// Compares the desired with the live catalog; `settler` must be made from the same two.
pub fn compare(desired: &Catalog, live: &Catalog, settler: &Settler<'_>, options: &Options) -> Comparison {
    let _ = (desired, live, settler, options);
    Comparison::default()
}
