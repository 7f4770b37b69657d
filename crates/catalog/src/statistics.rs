//! `CREATE STATISTICS`.

use crate::*;
use serde::{Deserialize, Serialize};

/// Extended statistics (`pg_statistic_ext`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Its name.
    pub name: QualifiedName,
    /// The table or materialized view.
    pub table: QualifiedName,
    /// `(ndistinct, dependencies, mcv)`: sorted, the defaults filled in; empty for statistics on one expression alone.
    pub kinds: Vec<StatisticsKind>,
    /// Its columns; their order means nothing (`stxkeys` is sorted).
    pub columns: Vec<Name>,
    /// Its expressions in order (14 and later).
    pub expressions: Vec<Expr>,
    /// `SET STATISTICS`, where that was set.
    pub target: Option<i32>,
}

/// What extended statistics gather (`stxkind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatisticsKind {
    /// `ndistinct`.
    Ndistinct,
    /// `dependencies`.
    Dependencies,
    /// `mcv`.
    Mcv,
}

impl StatisticsKind {
    /// In SQL's word.
    pub fn word(self) -> &'static str {
        match self {
            StatisticsKind::Ndistinct => "ndistinct",
            StatisticsKind::Dependencies => "dependencies",
            StatisticsKind::Mcv => "mcv",
        }
    }
}

impl SchemaObject for Statistics {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Statistics, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Statistics { name: _, table, kinds, columns, expressions, target } = self;
        vec![
            Attribute::new("table", Value::Qualified(table)),
            Attribute::new("kinds", Value::Set(kinds.iter().map(|k| Value::word(k.word())).collect())),
            Attribute::new("columns", Value::Set(columns.iter().map(Value::Name).collect())),
            Attribute::new(
                "expressions",
                Value::List(
                    expressions.iter().map(|e| Value::Expr(e, ExprContext::relation(table))).collect(),
                ),
            ),
            Attribute::cosmetic("target", Value::maybe(target.as_ref(), |t| Value::Integer(i64::from(*t)))),
        ]
    }
}
