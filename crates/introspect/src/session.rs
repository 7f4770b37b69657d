//! One read-only transaction in which every catalog query runs, all of them sent at once.
//!
//! Owns the transaction, its settings and timeouts, and the trace of each query. The round trips are always the same: one
//! for everything. Never runs anything that writes.

use crate::Error;
use crate::connect::{Connected, describe};
use futures_util::future::{join, join_all};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, Type};

/// How long reading may take, and wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// The longest that one catalog query may run (`statement_timeout`).
    pub statement_timeout: Duration,
    /// The longest wait for a lock that another session holds (`lock_timeout`): PostgreSQL opens a table to print its
    /// expressions, and waits while someone alters it.
    pub lock_timeout: Duration,
    /// How often the whole read is tried again when a lock was not given in time.
    pub lock_retries: u32,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            statement_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(2),
            lock_retries: 2,
        }
    }
}

/// A query by name; the name is its file's, and what traces and errors call it.
pub(crate) struct CatalogQuery {
    pub what: &'static str,
    pub sql: String,
}

/// All rows of one query.
pub(crate) struct Answer {
    pub what: &'static str,
    pub rows: Vec<Row>,
}

/// One query, and why it failed.
struct Failed {
    what: &'static str,
    error: tokio_postgres::Error,
}

/// The settings that change how PostgreSQL prints names, literals and times, pinned; and no lasting effect, since all of
/// them end with the transaction. JIT costs more than catalog queries take.
fn opening(options: &ReadOptions, version: u32) -> String {
    let mut sql = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
         SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = 0; \
         SET LOCAL search_path = ''; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres'; \
         SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on; \
         SET LOCAL bytea_output = 'hex'; SET LOCAL quote_all_identifiers = off; SET LOCAL jit = off",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
    );
    if version >= 17_00_00 {
        sql.push_str("; SET LOCAL transaction_timeout = 0");
    }
    sql
}

/// Runs the queries in one snapshot. The answers come in the order of the queries.
pub(crate) async fn read(
    connected: &Connected,
    options: &ReadOptions,
    queries: &[CatalogQuery],
) -> Result<Vec<Answer>, Error> {
    let mut tries = 0;
    loop {
        match read_once(connected, options, queries).await {
            Ok(answers) => return Ok(answers),
            Err(failed) => {
                // Ends the failed transaction; the connection may be gone, and the first error is what counts.
                if let Err(error) = connected.client.batch_execute("ROLLBACK").await {
                    tracing::debug!(%error, "rollback");
                }
                let locked = failed.error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
                if !locked || tries >= options.lock_retries {
                    return Err(explain(connected, options, failed));
                }
                tries += 1;
                tracing::debug!(what = failed.what, tries, "waited for a lock in vain: trying again");
                tokio::time::sleep(Duration::from_millis(200) * tries).await;
            }
        }
    }
}

async fn read_once(
    connected: &Connected,
    options: &ReadOptions,
    queries: &[CatalogQuery],
) -> Result<Vec<Answer>, Failed> {
    let client = &connected.client;
    let start = Instant::now();
    // The server answers in order, so the time between two answers is the later one's.
    let before = Stopwatch { start, last: AtomicU64::new(0) };
    let begin = async {
        let opened = client.batch_execute(&opening(options, connected.version)).await;
        before.lap();
        opened.map_err(|error| Failed { what: "transaction", error })
    };
    let reads = join_all(queries.iter().map(|query| {
        let before = &before;
        async move {
            let result = client.query_typed(&query.sql, &[]).await;
            let took = before.lap();
            match result {
                Ok(rows) => {
                    tracing::debug!(
                        query = query.what,
                        rows = rows.len(),
                        ms = %milliseconds(took),
                        "read"
                    );
                    tracing::trace!(query = query.what, sql = %query.sql);
                    Ok(Answer { what: query.what, rows })
                }
                Err(error) => Err(Failed { what: query.what, error }),
            }
        }
    }));
    let end =
        async { client.batch_execute("COMMIT").await.map_err(|error| Failed { what: "transaction", error }) };
    let (begun, (answers, ended)) = join(begin, join(reads, end)).await;
    begun?;
    // The first error is the cause; those after it say only that the transaction is aborted.
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    ended?;
    tracing::debug!(
        queries = queries.len(),
        rows = answers.iter().map(|answer| answer.rows.len()).sum::<usize>(),
        ms = %milliseconds(start.elapsed()),
        "read the catalogs"
    );
    Ok(answers)
}

fn explain(connected: &Connected, options: &ReadOptions, failed: Failed) -> Error {
    let target = connected.target.to_string();
    let what = failed.what.to_owned();
    let message = describe(&failed.error);
    match failed.error.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Error::Locked {
            target,
            what,
            waited: options.lock_timeout,
        },
        Some(code) if *code == SqlState::QUERY_CANCELED => Error::Slow {
            target,
            what,
            waited: options.statement_timeout,
        },
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => Error::Permission {
            target,
            what: format!("reading {what}"),
            message,
            way_out: "the system catalogs are readable by everyone unless someone revoked that: grant it back, or use \
                      `--source information-schema`"
                .to_owned(),
        },
        _ => Error::Query { target, what, message },
    }
}

/// The time between one answer and the next, in a future that may move between threads.
struct Stopwatch {
    start: Instant,
    /// Microseconds since the start.
    last: AtomicU64,
}

impl Stopwatch {
    fn lap(&self) -> Duration {
        let now = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(now.saturating_sub(self.last.swap(now, Ordering::Relaxed)))
    }
}

/// A time as traces show it.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

impl Answer {
    /// The place of a column by its name.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let Some(row) = self.rows.first() else {
            return Ok(0);
        };
        row.columns()
            .iter()
            .position(|column| column.name() == name)
            .ok_or_else(|| format!("there is no column {name}"))
    }
}

/// A row of an answer as a struct, decoded by the names of its columns.
pub(crate) trait Decode<'a>: Sized {
    /// Every row.
    fn decode(answer: &'a Answer) -> Result<Vec<Self>, String>;
}

/// One value, or which column did not fit.
pub(crate) fn value<'a, T: FromSql<'a>>(row: &'a Row, column: usize, name: &str) -> Result<T, String> {
    row.try_get(column).map_err(|error| format!("column {name}: {error}"))
}

/// Declares a struct whose fields are the columns of a query, and decodes it.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident { $($field:ident : $type:ty),* $(,)? }) => {
        $(#[$meta])*
        pub(super) struct $name<'a> {
            $(pub(super) $field: $type,)*
            #[allow(dead_code)]
            marker: std::marker::PhantomData<&'a ()>,
        }

        impl<'a> $crate::session::Decode<'a> for $name<'a> {
            fn decode(answer: &'a $crate::session::Answer) -> Result<Vec<Self>, String> {
                $(let $field = answer.column(stringify!($field))?;)*
                answer
                    .rows
                    .iter()
                    .map(|row| Ok($name {
                        $($field: $crate::session::value(row, $field, stringify!($field))?,)*
                        marker: std::marker::PhantomData,
                    }))
                    .collect()
            }
        }
    };
}
pub(crate) use row;

/// A value of PostgreSQL's `"char"`; the empty one is a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter(pub char);

impl<'a> FromSql<'a> for Letter {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        raw.first().map(|byte| Letter(char::from(*byte))).ok_or_else(|| "an empty value".into())
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::CHAR
    }
}
