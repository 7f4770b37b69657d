//! Constraints of a table, other than NOT NULL, which is part of its column.

use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A constraint of a table (`pg_constraint`). The index behind a primary key, unique or exclusion
/// constraint is part of it and no object of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// The table.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// What it demands.
    pub body: ConstraintBody,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// False while `NOT VALID`: rows that are already there were not checked.
    pub validated: bool,
    /// False for `NOT ENFORCED` (18 and later).
    pub enforced: bool,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// Whether it is there only because a parent table has it: inherited, or the child of a
    /// partitioned table's constraint (`NOT conislocal` or `conparentid <> 0`).
    pub inherited: bool,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ConstraintBody {
    /// `PRIMARY KEY`.
    PrimaryKey(KeyConstraint),
    /// `UNIQUE`.
    Unique(KeyConstraint),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `CHECK`.
    Check {
        /// The condition over the table's columns.
        expr: Expr,
    },
    /// `EXCLUDE`.
    Exclusion(Exclusion),
}

/// A primary key or unique constraint and its index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyConstraint {
    /// Key columns in order.
    pub columns: Vec<Name>,
    /// `INCLUDE`.
    pub include: Vec<Name>,
    /// `NULLS NOT DISTINCT` (15 and later).
    pub nulls_not_distinct: bool,
    /// The last column is `WITHOUT OVERLAPS` (18 and later).
    pub without_overlaps: bool,
    /// `WITH (…)` of the index.
    pub options: Options,
    /// Tablespace of the index.
    pub tablespace: Option<Name>,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The columns here.
    pub columns: Vec<Name>,
    /// The last column is a `PERIOD` (18 and later).
    pub period: bool,
    /// The table referred to.
    pub references: QualifiedName,
    /// The columns there, resolved to the primary key's when the statement names none.
    pub referenced_columns: Vec<Name>,
    /// `MATCH`.
    pub match_type: MatchType,
    /// `ON UPDATE`.
    pub on_update: ForeignKeyAction,
    /// `ON DELETE`.
    pub on_delete: ForeignKeyAction,
    /// `ON DELETE SET NULL|DEFAULT (columns)` (15 and later); empty means all.
    pub on_delete_columns: Vec<Name>,
}

/// `MATCH` of a foreign key (`confmatchtype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchType {
    /// `SIMPLE`, the default.
    Simple,
    /// `FULL`.
    Full,
    /// `PARTIAL`, which PostgreSQL does not implement.
    Partial,
}

impl MatchType {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            MatchType::Simple => "SIMPLE",
            MatchType::Full => "FULL",
            MatchType::Partial => "PARTIAL",
        }
    }
}

/// What happens to the referring rows (`confupdtype`, `confdeltype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignKeyAction {
    /// Nothing; an error at the end of the statement or transaction.
    NoAction,
    /// An error at once.
    Restrict,
    /// The same to the referring rows.
    Cascade,
    /// The columns become NULL.
    SetNull,
    /// The columns get their defaults.
    SetDefault,
}

impl ForeignKeyAction {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            ForeignKeyAction::NoAction => "NO ACTION",
            ForeignKeyAction::Restrict => "RESTRICT",
            ForeignKeyAction::Cascade => "CASCADE",
            ForeignKeyAction::SetNull => "SET NULL",
            ForeignKeyAction::SetDefault => "SET DEFAULT",
        }
    }
}

/// `EXCLUDE USING method (element WITH operator, …)` and its index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Access method.
    pub method: Name,
    /// Elements with their operators.
    pub elements: Vec<ExclusionElement>,
    /// `INCLUDE`.
    pub include: Vec<Name>,
    /// `WHERE (…)`.
    pub predicate: Option<Expr>,
    /// `WITH (…)` of the index.
    pub options: Options,
    /// Tablespace of the index.
    pub tablespace: Option<Name>,
    /// Statistics targets of the index's expressions, by the number of its column.
    #[serde(
        default,
        deserialize_with = "crate::index::by_number",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub statistics: BTreeMap<u16, i32>,
}

/// One element of an exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusionElement {
    /// As in an index.
    pub element: IndexElement,
    /// The operator; its schema is `pg_catalog` for the built-in ones.
    pub operator: QualifiedName,
}

impl Constraint {
    /// The kind of constraint in SQL's words: `FOREIGN KEY`.
    pub fn type_sql(&self) -> &'static str {
        match &self.body {
            ConstraintBody::PrimaryKey(_) => "PRIMARY KEY",
            ConstraintBody::Unique(_) => "UNIQUE",
            ConstraintBody::ForeignKey(_) => "FOREIGN KEY",
            ConstraintBody::Check { .. } => "CHECK",
            ConstraintBody::Exclusion(_) => "EXCLUDE",
        }
    }

    /// Whether an index stands behind it, which takes a name in the schema.
    pub fn has_index(&self) -> bool {
        match &self.body {
            ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => true,
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => false,
        }
    }
}

impl SchemaObject for Constraint {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Constraint, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Constraint {
            table,
            name: _,
            body,
            deferrable,
            initially_deferred,
            validated,
            enforced,
            no_inherit,
            inherited: _,
        } = self;
        let mut list = vec![Attribute::new("type", Value::word(self.type_sql()))];
        match body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                let KeyConstraint {
                    columns,
                    include,
                    nulls_not_distinct,
                    without_overlaps,
                    options,
                    tablespace,
                } = key;
                list.push(Attribute::new("columns", Value::Names(columns)));
                list.push(Attribute::new("include", Value::Names(include)));
                list.push(Attribute::new("nulls_not_distinct", Value::Flag(*nulls_not_distinct)));
                list.push(Attribute::new("without_overlaps", Value::Flag(*without_overlaps)));
                list.push(Attribute::cosmetic("options", Value::Options(options)));
                list.push(Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)));
            }
            ConstraintBody::ForeignKey(key) => {
                let ForeignKey {
                    columns,
                    period,
                    references,
                    referenced_columns,
                    match_type,
                    on_update,
                    on_delete,
                    on_delete_columns,
                } = key;
                list.push(Attribute::new("columns", Value::Names(columns)));
                list.push(Attribute::new("period", Value::Flag(*period)));
                list.push(Attribute::new("references", Value::Qualified(references)));
                list.push(Attribute::new("referenced_columns", Value::Names(referenced_columns)));
                list.push(Attribute::new("match", Value::word(match_type.sql())));
                list.push(Attribute::new("on_update", Value::word(on_update.sql())));
                list.push(Attribute::new("on_delete", Value::word(on_delete.sql())));
                list.push(Attribute::new("on_delete_columns", Value::Names(on_delete_columns)));
            }
            ConstraintBody::Check { expr } => {
                list.push(Attribute::new("check", Value::Expr(expr, ExprContext::relation(table))));
            }
            ConstraintBody::Exclusion(exclusion) => {
                let Exclusion { method, elements, include, predicate, options, tablespace, statistics } =
                    exclusion;
                let elements = elements
                    .iter()
                    .map(|ExclusionElement { element, operator }| {
                        let mut record = element.record(table);
                        record.push(("operator", Value::Qualified(operator)));
                        Value::Record(record)
                    })
                    .collect();
                list.push(Attribute::new("method", Value::Name(method)));
                list.push(Attribute::new("elements", Value::List(elements)));
                list.push(Attribute::new("include", Value::Names(include)));
                list.push(Attribute::new(
                    "predicate",
                    Value::maybe(predicate.as_ref(), |e| Value::Expr(e, ExprContext::relation(table))),
                ));
                list.push(Attribute::cosmetic("options", Value::Options(options)));
                list.push(Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)));
                list.push(Attribute::cosmetic("statistics", crate::index::statistics_value(statistics)));
            }
        }
        list.push(Attribute::new("deferrable", Value::Flag(*deferrable)));
        list.push(Attribute::new("initially_deferred", Value::Flag(*initially_deferred)));
        list.push(Attribute::new("no_inherit", Value::Flag(*no_inherit)));
        list.push(Attribute::new("enforced", Value::Flag(*enforced)));
        list.push(Attribute::new("validated", Value::Flag(*validated)));
        list
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        match &self.body {
            ConstraintBody::ForeignKey(key) => {
                vec![ObjectKey::in_schema(ObjectKind::Table, key.references.clone())]
            }
            ConstraintBody::PrimaryKey(_)
            | ConstraintBody::Unique(_)
            | ConstraintBody::Check { .. }
            | ConstraintBody::Exclusion(_) => Vec::new(),
        }
    }
}
