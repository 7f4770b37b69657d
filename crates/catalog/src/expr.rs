//! Expressions and queries: their text and what their names are resolved against.
//!
//! The model keeps text, not trees: `trueup-settle` turns both sides into one canonical form
//! when they are compared, with the whole catalog at hand.

use crate::{DataType, Name, QualifiedName};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The schemas in which unqualified names are looked up, in order. `pg_catalog` is searched
/// first when it is not listed (manual, 5.10.3 "The Schema Search Path").
pub type SearchPath = Arc<[Name]>;

/// An expression, as written or as the server prints it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expr {
    /// The SQL text, without surrounding white space.
    pub sql: Arc<str>,
    /// What unqualified names mean. Empty for text that a server printed with an empty path.
    pub search_path: SearchPath,
}

impl Expr {
    /// An expression of which every name outside `pg_catalog` is qualified.
    pub fn qualified(sql: impl Into<Arc<str>>) -> Self {
        Expr { sql: sql.into(), search_path: Arc::from([]) }
    }
}

/// A `SELECT`, `VALUES` or similar, without a closing semicolon.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    /// The SQL text.
    pub sql: Arc<str>,
    /// What unqualified names mean. Empty for text that a server printed with an empty path.
    pub search_path: SearchPath,
}

/// What an expression may refer to, and the type it is coerced to. Borrowed from the object that
/// holds the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprContext<'a> {
    /// What column references mean.
    pub scope: ExprScope<'a>,
    /// The type to which the result is coerced by assignment; `None` where it keeps its own.
    pub expected: Option<&'a DataType>,
}

/// What names in an expression stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExprScope<'a> {
    /// No columns: a column's or an argument's default, a partition bound.
    Nothing,
    /// The columns of one relation, bare or qualified with its name.
    Relation(&'a QualifiedName),
    /// `OLD` and `NEW` rows of one relation: a trigger's or rule's condition.
    OldNew(&'a QualifiedName),
    /// `VALUE` of this type: a domain's check.
    Value(&'a DataType),
    /// No columns; the value of one column of a partitioned table's key, which gives its type.
    PartitionBound {
        /// The partitioned table.
        parent: &'a QualifiedName,
        /// The column of the key, from 0.
        position: usize,
    },
    /// No columns; the value of one column of a view, which gives its type.
    ViewColumn {
        /// The view.
        view: &'a QualifiedName,
        /// Its column.
        column: &'a Name,
    },
}

impl<'a> ExprContext<'a> {
    /// Over the columns of `relation`; the result keeps its type.
    pub fn relation(relation: &'a QualifiedName) -> Self {
        ExprContext { scope: ExprScope::Relation(relation), expected: None }
    }

    /// No columns, coerced to `expected`.
    pub fn value_of(expected: &'a DataType) -> Self {
        ExprContext { scope: ExprScope::Nothing, expected: Some(expected) }
    }

    /// The same with a result type.
    pub fn expecting(self, expected: &'a DataType) -> Self {
        ExprContext { expected: Some(expected), ..self }
    }
}
