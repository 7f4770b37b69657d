//! `CREATE INDEX`.

use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An index (`pg_index`) that is not the one behind a constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The table or materialized view. The index lives in its schema.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// Access method: `btree`.
    pub method: Name,
    /// `UNIQUE`.
    pub unique: bool,
    /// Key columns and expressions in order.
    pub elements: Vec<IndexElement>,
    /// `INCLUDE`.
    pub include: Vec<Name>,
    /// `NULLS NOT DISTINCT` (15 and later).
    pub nulls_not_distinct: bool,
    /// `WHERE`.
    pub predicate: Option<Expr>,
    /// `WITH (…)`.
    pub options: Options,
    /// Tablespace, where that is not the database's.
    pub tablespace: Option<Name>,
    /// The partitioned index that it is attached to.
    pub attached_to: Option<QualifiedName>,
    /// `ALTER COLUMN n SET STATISTICS`, by the number of the column: only expressions can have one.
    #[serde(default, deserialize_with = "by_number", skip_serializing_if = "BTreeMap::is_empty")]
    pub statistics: BTreeMap<u16, i32>,
    /// Whether queries may use it (`indisvalid`). False after a concurrent build that failed; on
    /// a partitioned table also while a partition lacks its part.
    pub valid: bool,
}

/// One key column or expression of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexElement {
    /// The column or expression.
    pub target: IndexTarget,
    /// The collation, where that is not the column's or expression's own.
    pub collation: Option<QualifiedName>,
    /// The operator class, where that is not the default of the type, or has parameters.
    pub operator_class: Option<OperatorClass>,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST`, which is the default for `DESC`.
    pub nulls_first: bool,
}

/// A column or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexTarget {
    /// A column.
    Column(Name),
    /// An expression over the table's columns.
    Expr(Expr),
}

impl IndexTarget {
    pub(crate) fn value<'a>(&'a self, table: &'a QualifiedName) -> Value<'a> {
        match self {
            IndexTarget::Column(name) => Value::Name(name),
            IndexTarget::Expr(expr) => Value::Expr(expr, ExprContext::relation(table)),
        }
    }
}

/// An operator class and its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorClass {
    /// Its name. Always there when parameters are, which can't be written without it.
    pub name: Option<QualifiedName>,
    /// `opclass (name = value)`.
    pub options: Options,
}

impl IndexElement {
    /// A column in the default order.
    pub fn column(name: Name) -> Self {
        IndexElement {
            target: IndexTarget::Column(name),
            collation: None,
            operator_class: None,
            descending: false,
            nulls_first: false,
        }
    }

    pub(crate) fn record<'a>(&'a self, table: &'a QualifiedName) -> Vec<(&'static str, Value<'a>)> {
        let IndexElement { target, collation, operator_class, descending, nulls_first } = self;
        vec![
            ("on", target.value(table)),
            ("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
            (
                "operator_class",
                Value::maybe(operator_class.as_ref().and_then(|c| c.name.as_ref()), Value::Qualified),
            ),
            ("operator_class_options", Value::maybe(operator_class.as_ref(), |c| Value::Options(&c.options))),
            ("descending", Value::Flag(*descending)),
            ("nulls_first", Value::Flag(*nulls_first)),
        ]
    }
}

/// A map by number. JSON's keys are strings, and serde's buffer for tagged enums does not turn them back into numbers.
pub(crate) fn by_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u16, i32>, D::Error> {
    let texts = BTreeMap::<String, i32>::deserialize(deserializer)?;
    texts
        .into_iter()
        .map(|(key, value)| Ok((key.parse().map_err(serde::de::Error::custom)?, value)))
        .collect()
}

/// Statistics targets by the number of the index's column.
pub(crate) fn statistics_value(statistics: &BTreeMap<u16, i32>) -> Value<'_> {
    Value::List(
        statistics
            .iter()
            .map(|(column, target)| {
                Value::Record(vec![
                    ("column", Value::Integer(i64::from(*column))),
                    ("target", Value::Integer(i64::from(*target))),
                ])
            })
            .collect(),
    )
}

impl SchemaObject for Index {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Index, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Index {
            table,
            name: _,
            method,
            unique,
            elements,
            include,
            nulls_not_distinct,
            predicate,
            options,
            tablespace,
            attached_to,
            statistics,
            valid,
        } = self;
        vec![
            Attribute::new("method", Value::Name(method)),
            Attribute::new("unique", Value::Flag(*unique)),
            Attribute::new(
                "elements",
                Value::List(elements.iter().map(|e| Value::Record(e.record(table))).collect()),
            ),
            Attribute::new("include", Value::Names(include)),
            Attribute::new("nulls_not_distinct", Value::Flag(*nulls_not_distinct)),
            Attribute::new(
                "predicate",
                Value::maybe(predicate.as_ref(), |e| Value::Expr(e, ExprContext::relation(table))),
            ),
            Attribute::cosmetic("options", Value::Options(options)),
            Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)),
            Attribute::new("attached_to", Value::maybe(attached_to.as_ref(), Value::Qualified)),
            Attribute::cosmetic("statistics", statistics_value(statistics)),
            Attribute::new("valid", Value::Flag(*valid)),
        ]
    }
}
