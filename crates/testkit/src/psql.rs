//! Runs a file of SQL. testkit's own runner does what `psql -X -v ON_ERROR_STOP=1 -f` does for the files that people
//! and `pg_dump` write, on every machine alike; [`psql_program`] is the real one where it is installed, and a test
//! holds the two against each other.

use crate::script::{Item, split};
use crate::{Error, Result};
use bytes::Bytes;
use futures_util::SinkExt;
use std::path::PathBuf;
use tokio_postgres::Client;

/// A statement that failed.
#[derive(Debug)]
pub struct Failure {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its text.
    pub sql: String,
    /// What PostgreSQL said.
    pub error: Error,
}

/// Runs `script`, stopping at the first error.
///
/// # Errors
/// The first statement's that fails, with its line, or a backslash command that isn't known.
pub async fn run_script(client: &Client, script: &str) -> Result<()> {
    let mut first = None;
    run_script_with(client, script, |failure| {
        first = Some(failure);
        false
    })
    .await;
    match first {
        None => Ok(()),
        Some(failure) => {
            let start: String = failure.sql.chars().take(120).collect();
            Err(Error::message(format!("line {}: {}: {start}", failure.line, failure.error)))
        }
    }
}

/// Runs `script`, asking `go_on` after each error whether to continue with the next statement.
pub async fn run_script_with(client: &Client, script: &str, mut go_on: impl FnMut(Failure) -> bool) {
    for item in split(script) {
        let (sql, line, result) = match item {
            Item::Statement { sql, line } => {
                let result = client.batch_execute(sql).await;
                (sql, line, result.map_err(|error| Error::postgres("PostgreSQL", error)))
            }
            Item::Copy { sql, line, data } => (sql, line, copy(client, sql, data).await),
            Item::Backslash { text, line } => (text, line, backslash(text)),
        };
        if let Err(error) = result
            && !go_on(Failure { line, sql: sql.to_owned(), error })
        {
            return;
        }
    }
}

async fn copy(client: &Client, sql: &str, data: &str) -> Result<()> {
    let explain = |error| Error::postgres("COPY", error);
    let sink = client.copy_in::<_, Bytes>(sql).await.map_err(explain)?;
    let mut sink = std::pin::pin!(sink);
    sink.send(Bytes::copy_from_slice(data.as_bytes())).await.map_err(explain)?;
    sink.finish().await.map_err(explain)?;
    Ok(())
}

/// Backslash lines that change nothing in the database are passed over; others would change what the rest of the
/// file means, so they are errors.
fn backslash(text: &str) -> Result<()> {
    let word = text.split_whitespace().next().unwrap_or_default();
    match word {
        // `\restrict` and `\unrestrict` stand in dumps since 2025; the rest is about psql's own output.
        "\\restrict" | "\\unrestrict" | "\\echo" | "\\qecho" | "\\warn" | "\\timing" | "\\pset" | "\\set"
        | "\\unset" | "\\encoding" | "\\x" | "\\t" | "\\a" | "\\l" | "\\z" => Ok(()),
        // `\dt` and its kin only show.
        _ if word.starts_with("\\d") => Ok(()),
        _ => Err(Error::message(format!("psql's `{word}` is not supported here"))),
    }
}

/// The `psql` of this machine, if it has one.
#[must_use]
pub fn psql_program() -> Option<PathBuf> {
    crate::program::on_path("psql")
}
