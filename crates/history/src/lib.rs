//! Migration tools: their files and their tables, and what state each migration is in.
//!
//! Owns: where each tool keeps its files and its history, how it matches the two, and what is wrong between them, with the way out as
//! commands of that tool. One module a tool, behind one small trait.
//!
//! Never: connects, runs a tool, or knows what a statement of DDL does. Whether the schema is what an applied migration made is not
//! its question: `check` compares schemas.
//!
//! - `model.rs` is what comes out: histories, migrations with their states, faults.
//! - `tool.rs` is the closed list of tools; `reader.rs` the trait behind which each stands.
//! - `database.rs` is what a database has of history tables, as rows; `wanted.rs` what to look for there.
//! - `choose.rs` tells from files and tables which tool it is, and `linear.rs` and `graph.rs` hold what tools share.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod choose;
mod database;
mod digest;
mod graph;
mod javascript;
mod linear;
mod model;
mod python;
mod reader;
mod settings;
mod text;
mod tool;
mod tools;
mod wanted;

pub use choose::{Histories, NotRead, Wish, read};
pub use database::{Database, Row, Rows, Table};
pub use model::{Fault, History, Migration, Outcome, Place, State, TableName};
pub use tool::{Tool, UnknownTool};
pub use wanted::{Wanted, wanted};

/// The checksums that tools keep of their files, for whoever writes a row or a file that a tool will look at.
pub mod checksum {
    pub use crate::digest::{Atlas, flyway, refinery, sha256, sha384};
}
