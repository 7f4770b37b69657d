//! What a database has of history tables.
//!
//! Owns: the rows as they came, and reading values out of them. It never asks the database: `introspect` does.

use crate::TableName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The history tables of a database, and what else tells whether it is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Every table that a tool may keep its history in.
    pub tables: Vec<Table>,
    /// How many tables there are besides, by schema, without those of extensions.
    pub others: BTreeMap<String, u64>,
    /// The schemas in which names without one are looked up, in order.
    pub search_path: Vec<String>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Rows,
}

/// A row: values by column.
pub type Row = serde_json::Map<String, Value>;

/// What was read of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// All of it.
    Read(Vec<Row>),
    /// The role may not read it.
    Refused,
    /// It has more rows than are read.
    TooMany,
}

impl Table {
    /// Its whole name.
    pub fn full_name(&self) -> TableName {
        TableName { schema: self.schema.clone(), name: self.name.clone() }
    }

    /// Its rows, where they were read.
    pub(crate) fn rows(&self) -> &[Row] {
        match &self.rows {
            Rows::Read(rows) => rows,
            Rows::Refused | Rows::TooMany => &[],
        }
    }

    /// Whether it has all of these columns.
    pub(crate) fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|wanted| self.columns.iter().any(|column| column == wanted))
    }
}

/// A value as text: a number in its digits, `None` for NULL.
pub(crate) fn text(row: &Row, column: &str) -> Option<String> {
    match row.get(column)? {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
    }
}

/// A whole number, written as one or as text.
pub(crate) fn number(row: &Row, column: &str) -> Option<i64> {
    text(row, column)?.trim().parse().ok()
}

/// A truth value; tools that know no such type use 0 and 1.
pub(crate) fn truth(row: &Row, column: &str) -> Option<bool> {
    match text(row, column)?.as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// Whether there is a value that is not NULL.
pub(crate) fn is_set(row: &Row, column: &str) -> bool {
    row.get(column).is_some_and(|value| !value.is_null())
}
