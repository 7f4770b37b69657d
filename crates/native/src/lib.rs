//! A repair as a migration of the project's own tool.
//!
//! Owns: where each tool's next migration goes and what it is called, what it follows, how it stands outside of a transaction, and how a
//! tool is told that what is there is applied. One module a tool, behind one small trait.
//!
//! Never: decides what a repair may do, connects, runs a tool, writes a file. What it gives are paths and texts; of what exists it
//! rewrites only what a tool itself keeps as a list of its migrations.
//!
//! - `work.rs` turns a plan into batches: what may share a transaction, what must stand alone, what a tool can't run at all.
//! - `given.rs` is what a tool's module gets to see, `writer.rs` the trait; `version.rs` and `name.rs` make versions and names.
//! - `text.rs` and `literal.rs` write SQL into files of SQL and of other languages; `rows.rs` writes history tables.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod baseline;
mod given;
mod graph;
mod javascript;
mod literal;
mod name;
mod rows;
mod text;
mod tools;
mod version;
mod work;
mod write;
mod writer;

pub use baseline::{Baseline, Upto, baseline};
pub use given::{File, Given, How, Refusal};
pub use work::{LeftOut, Transactions};
pub use write::{Written, described, transactions, write};
pub use writer::Described;

/// The time for versions.
pub fn time(now: std::time::SystemTime) -> jiff::Timestamp {
    jiff::Timestamp::try_from(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// What a migration may be called, of what somebody wishes: small letters, digits and `_`.
pub fn plain_name(wished: &str) -> Option<String> {
    name::slug(wished)
}
