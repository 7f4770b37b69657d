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

mod altered;
mod apply;
mod diagnostic;
mod dispatch;
mod expression;
mod grammar;
mod interpreter;
mod lookup;
mod names;
mod outside;
mod psql;
mod refusal;
mod renaming;
mod server_words;
mod source;
mod step;
mod store;
mod strict;

pub use altered::{AlterAction, Altered};
pub use diagnostic::Diagnostic;
pub use outside::Asked;
pub use source::{SourceError, read};
pub use step::{
    AfterFailure, Around, Change, Foretold, Refused, Step, StepOutcome, foretell, foretell_around,
};

use std::sync::Arc;
use trueup_catalog::{Ambient, Catalog, StatedRows};

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
    /// What was asked of ambient definitions that were not given.
    pub asked: Asked,
}

/// Reads files in their order into one catalog. Never fails: what can't be understood becomes a
/// diagnostic and a gap, and the rest is still read.
pub fn parse(files: &[SourceFile], options: &Options<'_>) -> Parsed {
    let mut interpreter = interpreter::Interpreter::new(options);
    interpreter.psql = psql::Psql::new(files, options.server_version);
    for file in files {
        interpreter.file(file);
    }
    let names: Vec<&str> = files.iter().map(|f| f.name.as_ref()).collect();
    interpreter.finish(names.join(", "))
}

/// What the files say of rows: the same statements are applied, so that names mean what they mean there.
pub fn stated_rows(files: &[SourceFile], options: &Options<'_>) -> (Parsed, StatedRows) {
    let mut interpreter = interpreter::Interpreter::new(options);
    interpreter.store.stated = Some(StatedRows::default());
    interpreter.psql = psql::Psql::new(files, options.server_version);
    for file in files {
        interpreter.file(file);
    }
    let stated = interpreter.store.stated.take().unwrap_or_default();
    let names: Vec<&str> = files.iter().map(|f| f.name.as_ref()).collect();
    (interpreter.finish(names.join(", ")), stated)
}

#[cfg(test)]
mod testing {
    //! Helpers for the unit tests of every kind.

    use super::*;

    /// Applies `sql` on PostgreSQL `major`.
    pub(crate) fn read_on(major: u32, sql: &str) -> Parsed {
        let file = SourceFile { name: Arc::from("t.sql"), text: Arc::from(sql) };
        parse(&[file], &Options { server_version: major * 10_000, ambient: None })
    }

    /// Applies `sql` on PostgreSQL 15; nothing may be wrong with it.
    pub(crate) fn read(sql: &str) -> Catalog {
        let parsed = read_on(15, sql);
        assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
        parsed.catalog
    }

    /// The SQLSTATEs that `sql` is refused with on PostgreSQL 15.
    #[allow(dead_code)]
    pub(crate) fn states(sql: &str) -> Vec<&'static str> {
        read_on(15, sql).diagnostics.iter().filter_map(|d| d.sqlstate).collect()
    }

    #[test]
    fn what_is_not_understood_is_said_and_the_rest_is_read() {
        let parsed = read_on(15, "FROB x;\n-- trueup: ignore S101\nFROB y;\n  CREATE TABL t (a int);");
        let found: Vec<_> = parsed.diagnostics.iter().map(|d| (d.code, d.span.line, d.span.column)).collect();
        assert_eq!(found, [("S101", 1, 1), ("S102", 4, 3)]);
        assert_eq!(parsed.catalog.gaps.len(), 3);
        assert!(read("INSERT INTO t VALUES (1); COPY t FROM stdin;\n1\n\\.\nVALUES (1)").is_empty());
    }
}
