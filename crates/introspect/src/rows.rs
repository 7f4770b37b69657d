//! Questions to the rows of a database: how many a query finds, and the first few; which rows of a list it lacks.
//!
//! Owns: the read-only transaction of each question, and its limits. Never writes, never stops at a question that can't be answered, and
//! knows nothing of what the questions are for.

use crate::connect::{Connected, describe};
use std::time::{Duration, Instant};
use tokio_postgres::error::SqlState;

/// A question: two queries on the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsQuestion {
    /// What stands behind `SET search_path =`.
    pub search_path: String,
    /// Gives one number.
    pub count: String,
    /// Gives rows of one text; asked only where the number is not zero.
    pub sample: String,
}

/// How long questions may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowsLimits {
    /// The longest that one query may run.
    pub each: Duration,
    /// The longest wait for a lock: a table that someone alters can't be read.
    pub lock: Duration,
    /// The longest for all questions together.
    pub total: Duration,
}

/// How many rows, and the first few; or why that could not be told.
pub type RowsAnswer = Result<(u64, Vec<String>), String>;

/// Asks one after the other, each in a transaction of its own, so that none holds back VACUUM or an `ALTER TABLE` for longer than it takes.
/// The answers come in the order of the questions.
///
/// Row security is off: a role that may not see all rows gets an error in place of a number that is too low (manual, `row_security`).
pub async fn ask_rows(
    connected: &Connected,
    questions: &[RowsQuestion],
    limits: &RowsLimits,
) -> Vec<RowsAnswer> {
    let begun = Instant::now();
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let left = limits.total.saturating_sub(begun.elapsed());
        // PostgreSQL takes zero for no limit at all.
        if left < Duration::from_millis(1) {
            answers.push(Err("the time for all probes is up".to_owned()));
            continue;
        }
        let limit = limits.each.min(left);
        let asked = Instant::now();
        let answer = ask(connected, question, limit, limits.lock)
            .await
            .map_err(|error| why(&error, limit, limits.lock));
        // Ends a transaction that failed; where the connection is gone the next question says so.
        if let Err(error) = connected.client.batch_execute("ROLLBACK").await {
            tracing::debug!(%error, "rollback");
        }
        tracing::debug!(ms = %crate::session::milliseconds(asked.elapsed()), answered = answer.is_ok(), "asked the rows");
        answers.push(answer);
    }
    answers
}

/// A question about rows of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuestion {
    /// What stands behind `SET search_path =`.
    pub search_path: String,
    /// Gives rows of a number (`int8`), a `bool` and a `text`.
    pub query: String,
}

/// The rows that a [`ListQuestion`] gives, or why it could not be asked.
pub type ListAnswer = Result<Vec<(i64, bool, Option<String>)>, String>;

/// Asks one after the other, as [`ask_rows`] does.
pub async fn ask_lists(
    connected: &Connected,
    questions: &[ListQuestion],
    limits: &RowsLimits,
) -> Vec<ListAnswer> {
    let begun = Instant::now();
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let left = limits.total.saturating_sub(begun.elapsed());
        if left < Duration::from_millis(1) {
            answers.push(Err("the time for all questions about rows is up".to_owned()));
            continue;
        }
        let limit = limits.each.min(left);
        let answer = ask_list(connected, question, limit, limits.lock)
            .await
            .map_err(|error| why(&error, limit, limits.lock));
        if let Err(error) = connected.client.batch_execute("ROLLBACK").await {
            tracing::debug!(%error, "rollback");
        }
        answers.push(answer);
    }
    answers
}

async fn ask_list(
    connected: &Connected,
    question: &ListQuestion,
    limit: Duration,
    lock: Duration,
) -> Result<Vec<(i64, bool, Option<String>)>, tokio_postgres::Error> {
    begin(connected, &question.search_path, limit, lock).await?;
    let rows = connected.client.query_typed(&question.query, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
}

async fn begin(
    connected: &Connected,
    search_path: &str,
    limit: Duration,
    lock: Duration,
) -> Result<(), tokio_postgres::Error> {
    let transaction = if connected.version >= 17_00_00 { "; SET LOCAL transaction_timeout = 0" } else { "" };
    connected
        .client
        .batch_execute(&format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; SET LOCAL row_security = off; \
             SET LOCAL standard_conforming_strings = on; SET LOCAL search_path = {search_path}{transaction}",
            limit.as_millis().max(1),
            lock.as_millis().max(1),
        ))
        .await
}

async fn ask(
    connected: &Connected,
    question: &RowsQuestion,
    limit: Duration,
    lock: Duration,
) -> Result<(u64, Vec<String>), tokio_postgres::Error> {
    let client = &connected.client;
    begin(connected, &question.search_path, limit, lock).await?;
    let rows = client.query_typed(&question.count, &[]).await?;
    let count: i64 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    let count = u64::try_from(count).unwrap_or(0);
    if count == 0 {
        return Ok((0, Vec::new()));
    }
    let rows = client.query_typed(&question.sample, &[]).await?;
    Ok((count, rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?))
}

fn why(error: &tokio_postgres::Error, limit: Duration, lock: Duration) -> String {
    match error.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            format!("it took longer than {} s", limit.as_secs_f64())
        }
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            format!("another session held a lock for longer than {} s", lock.as_secs_f64())
        }
        _ => describe(error),
    }
}
