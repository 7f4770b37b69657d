//! Decides whether two expressions, types or queries mean the same to PostgreSQL.
//!
//! Owns: PostgreSQL's own catalogs as a built-in snapshot, the resolution of names, functions,
//! operators and implicit casts (manual, chapter 10), and the one canonical form to which both
//! sides are brought. Stored text is never compared with text: it differs between versions and is
//! no fixpoint.
//!
//! Never: says what a difference means for a schema, touches files or a network.
//!
//! The way of an expression: `snapshot` and `overlay` make a [`World`]; `analyze` turns syntax
//! into the tree of `canon`, asking `function`, `operator`, `coerce` and `constant`; `compare`
//! compares; `settler` remembers.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod analyze;
mod body;
mod candidate;
mod canon;
mod coerce;
mod collation;
mod compare;
mod constant;
mod function;
mod mentions;
mod objects;
mod operator;
mod output;
mod overlay;
mod polymorphic;
mod query;
mod reading;
mod scope;
mod settler;
mod snapshot;
mod types;
mod world;

pub use mentions::names_used;
pub use output::OutputColumn;
pub use reading::{Reading, Refusal};
pub use settler::{Settler, Verdict};
pub use world::World;

/// Runs a step of a recursion over a tree, on more stack where little is left. How deep trees get
/// is bounded by `trueup_syntax::MAX_DEPTH`.
fn deep<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, step)
}
