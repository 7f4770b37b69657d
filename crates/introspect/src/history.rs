//! The tables in which migration tools keep their history, with their rows.
//!
//! Owns: the read-only transaction of these questions. Never writes, and knows nothing of what a row means: which names and columns to look
//! for is told to it.

use crate::Error;
use crate::connect::{Connected, describe};
use crate::session::{ReadOptions, milliseconds};
use futures_util::future::{join, join_all, join3};
use std::collections::BTreeMap;
use std::time::Instant;
use tokio_postgres::error::SqlState;

/// A table to look for: all that is said of it must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Columns that it has.
    pub has: Vec<String>,
    /// Every column that it may have; empty where it may have any.
    pub most: Vec<String>,
}

/// What a database has of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryFound {
    /// The tables.
    pub tables: Vec<HistoryTable>,
    /// How many other tables there are, by schema, without those of extensions and of the system.
    pub others: BTreeMap<String, u64>,
    /// The schemas in which names without one are looked up, in order.
    pub search_path: Vec<String>,
}

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Its rows; or why there are none.
    pub rows: HistoryRows,
}

/// What was read of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryRows {
    /// Each row as the text of a JSON object.
    Read(Vec<String>),
    /// The role may not read it, or its schema; or row security hides rows of it.
    Refused,
    /// It has more rows than are read.
    TooMany,
}

/// A history has a row a migration; a table with more is none.
const MOST_ROWS: usize = 50_000;
/// So many tables are read. A schema for each of many tenants has one each.
const MOST_TABLES: usize = 200;

/// Asks: two round trips in one read-only snapshot.
///
/// # Errors
/// X101 when the connection breaks or a timeout strikes, X103 when an answer has another shape than expected.
pub async fn read_history(
    connected: &Connected,
    options: &ReadOptions,
    questions: &[HistoryQuestion],
) -> Result<HistoryFound, Error> {
    let client = &connected.client;
    let begun = Instant::now();
    let transaction = if connected.version >= 17_00_00 { "; SET LOCAL transaction_timeout = 0" } else { "" };
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL timezone = 'UTC'; \
         SET LOCAL standard_conforming_strings = on; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; \
         SET LOCAL jit = off{transaction}",
        options.statement_timeout.as_millis().max(1),
        options.lock_timeout.as_millis().max(1)
    );
    let failed = |error: tokio_postgres::Error| explain(connected, options, &error);
    let find = find_sql(questions);
    // The path is asked before it is emptied, so that no name below means anything but the system's.
    let path = "SELECT s.name::pg_catalog.text FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS s (name, at) \
                ORDER BY s.at";
    let (begun_transaction, asked) = join(client.batch_execute(&begin), async {
        join3(
            client.query_typed(path, &[]),
            client.batch_execute("SET LOCAL search_path = ''"),
            client.query_typed(&find, &[]),
        )
        .await
    })
    .await;
    let answer = async {
        begun_transaction.map_err(failed)?;
        let (path, emptied, rows) = asked;
        let mut found = HistoryFound::default();
        for row in path.map_err(failed)? {
            found.search_path.push(row.try_get(0).map_err(failed)?);
        }
        emptied.map_err(failed)?;
        let mut readable = Vec::new();
        for row in rows.map_err(failed)? {
            let (schema, name): (String, Option<String>) =
                (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
            match name {
                None => {
                    let count: i64 = row.try_get(4).map_err(failed)?;
                    found.others.insert(schema, u64::try_from(count).unwrap_or_default());
                }
                Some(name) => {
                    readable.push(row.try_get::<_, bool>(3).map_err(failed)?);
                    let columns = row.try_get(2).map_err(failed)?;
                    found.tables.push(HistoryTable { schema, name, columns, rows: HistoryRows::Refused });
                }
            }
        }
        let queries: Vec<Option<String>> = found
            .tables
            .iter()
            .zip(&readable)
            .map(|(table, readable)| readable.then(|| rows_sql(table)))
            .collect();
        let answers = join_all(queries.iter().map(|query| async move {
            match query {
                Some(query) => Some(client.query_typed(query, &[]).await),
                None => None,
            }
        }))
        .await;
        for (table, answer) in found.tables.iter_mut().zip(answers) {
            let Some(rows) = answer else { continue };
            let rows = rows.map_err(failed)?;
            table.rows = if rows.len() > MOST_ROWS {
                HistoryRows::TooMany
            } else {
                HistoryRows::Read(
                    rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(failed)?,
                )
            };
        }
        Ok(found)
    }
    .await;
    // Nothing was written, and what failed is told by its own error.
    if let Err(error) = client.batch_execute("ROLLBACK").await {
        tracing::debug!(%error, "rollback");
    }
    tracing::debug!(ms = %milliseconds(begun.elapsed()), "read the histories of migration tools");
    answer
}

/// Rows of (schema, table, columns, whether it may be read, NULL) for each table, and (schema, NULL, NULL, NULL, number) for the others.
fn find_sql(questions: &[HistoryQuestion]) -> String {
    let list =
        |columns: &[String]| columns.iter().map(|column| literal(column)).collect::<Vec<_>>().join(", ");
    let one = |question: &HistoryQuestion| {
        let mut all = Vec::new();
        all.extend(question.schema.as_deref().map(|schema| format!("t.schema = {}", literal(schema))));
        all.extend(question.name.as_deref().map(|name| format!("t.name = {}", literal(name))));
        if !question.has.is_empty() {
            all.push(format!("t.columns @> ARRAY[{}]::pg_catalog.text[]", list(&question.has)));
        }
        if !question.most.is_empty() {
            all.push(format!("t.columns <@ ARRAY[{}]::pg_catalog.text[]", list(&question.most)));
        }
        // A question that says nothing finds nothing.
        if all.is_empty() { "false".to_owned() } else { format!("({})", all.join(" AND ")) }
    };
    let fits: Vec<String> = questions.iter().map(one).collect();
    let fits = if fits.is_empty() { "false".to_owned() } else { fits.join(" OR ") };
    format!(
        "WITH t AS (\
           SELECT c.oid, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, \
             pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) AS columns, \
             pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
               AND NOT pg_catalog.row_security_active(c.oid) AS readable \
           FROM pg_catalog.pg_class c \
           JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
           JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped \
           WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
             AND n.nspname::pg_catalog.text !~ '^pg_(toast|temp_)' AND NOT c.relispartition \
             AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
               AND d.objid = c.oid AND d.deptype = 'e') \
           GROUP BY c.oid, n.oid, n.nspname, c.relname), \
         f AS (SELECT t.oid, t.schema, t.name, t.columns, t.readable FROM t WHERE {fits} ORDER BY t.schema, t.name LIMIT {MOST_TABLES}) \
         SELECT f.schema, f.name, f.columns, f.readable, NULL::pg_catalog.int8 FROM f \
         UNION ALL SELECT t.schema, NULL, NULL, NULL, pg_catalog.count(*) FROM t WHERE t.oid NOT IN (SELECT f.oid FROM f) GROUP BY t.schema \
         ORDER BY 1, 2"
    )
}

fn rows_sql(table: &HistoryTable) -> String {
    format!(
        "SELECT pg_catalog.to_jsonb(h)::pg_catalog.text FROM {}.{} AS h LIMIT {}",
        identifier(&table.schema),
        identifier(&table.name),
        MOST_ROWS + 1
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn explain(connected: &Connected, options: &ReadOptions, error: &tokio_postgres::Error) -> Error {
    let (target, what) = (connected.target.to_string(), "history".to_owned());
    match error.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            Error::Locked { target, what, waited: options.lock_timeout }
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            Error::Slow { target, what, waited: options.statement_timeout }
        }
        Some(_) | None => Error::Query { target, what, message: describe(error) },
    }
}
