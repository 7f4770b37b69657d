//! SQL files to a catalog.
//!
//! Owns: finding and reading the files, the grammar of DDL statements, and the interpreter that
//! applies them one by one to a catalog as PostgreSQL would.
//!
//! Never: connects to a database, or decides whether two expressions mean the same.
//!
//! `grammar/<kind>.rs` reads the text of a statement into a small struct, `apply/<kind>.rs` applies it to the [`Catalog`] through the
//! interpreter's store; `dispatch.rs` says which statement goes where.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod apply;
mod diagnostic;
mod dispatch;
mod grammar;
mod interpreter;
mod names;
mod source;
mod store;

pub use diagnostic::Diagnostic;
pub use source::{SourceError, read};

use std::sync::Arc;
use trueup_catalog::{Ambient, Catalog};

/// One file of SQL.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As the user named it, or `-` for standard input.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

/// What the statements are read for.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The version that they would run on, as `server_version_num`: `150018`.
    pub server_version: u32,
    /// Definitions that are there besides what the statements make: extensions' types, functions.
    pub ambient: Option<&'a Ambient>,
}

/// What reading the files gave.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The catalog; every problem is also a gap of it.
    pub catalog: Catalog,
    /// What was wrong, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads files in their order into one catalog. Never fails: what can't be understood becomes a
/// diagnostic and a gap, and the rest is still read.
pub fn parse(files: &[SourceFile], options: &Options<'_>) -> Parsed {
    let mut interpreter = interpreter::Interpreter::new(options);
    for file in files {
        interpreter.file(file);
    }
    let names: Vec<&str> = files.iter().map(|f| f.name.as_ref()).collect();
    interpreter.finish(names.join(", "))
}
