//! A column of a table.

use crate::*;
use serde::{Deserialize, Serialize};

/// A column (`pg_attribute`) of a table. Columns of views and composite types are parts of those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The table.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// Its place among the table's columns, ascending; gaps mean nothing. Not compared: adding a
    /// column can only put it at the end.
    pub position: u32,
    /// Its type.
    pub data_type: DataType,
    /// Its collation, where that is not the default of its type.
    pub collation: Option<QualifiedName>,
    /// Its `NOT NULL` constraint.
    pub not_null: Option<NotNull>,
    /// Its default; never `NULL` without a cast, which leaves nothing behind.
    pub default: Option<Expr>,
    /// `GENERATED … AS IDENTITY`.
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (…)`.
    pub generated: Option<Generated>,
    /// `STORAGE`, where that is not the default of its type.
    pub storage: Option<Storage>,
    /// `COMPRESSION`, where that was set (14 and later).
    pub compression: Option<Name>,
    /// `ALTER COLUMN … SET (…)`: `n_distinct` and the like.
    pub options: Options,
    /// `OPTIONS (…)` of a foreign table's column.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub foreign_options: Options,
    /// `SET STATISTICS`, where that was set.
    pub statistics: Option<i32>,
    /// Whether a parent table gave it, and the table's own statement did not (`NOT attislocal`).
    pub inherited: bool,
}

impl Column {
    /// A nullable column with nothing special about it.
    pub fn new(table: QualifiedName, name: Name, position: u32, data_type: DataType) -> Self {
        Column {
            table,
            name,
            position,
            data_type,
            collation: None,
            not_null: None,
            default: None,
            identity: None,
            generated: None,
            storage: None,
            compression: None,
            options: Options::new(),
            foreign_options: Options::new(),
            statistics: None,
            inherited: false,
        }
    }
}

/// `NOT NULL`. A constraint with a name of its own from PostgreSQL 18 on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotNull {
    /// The constraint's name where a statement gave one that is not the automatic one.
    pub name: Option<Name>,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// `NOT VALID` (18 and later): rows that are already there were not checked.
    pub not_valid: bool,
}

/// `GENERATED ALWAYS|BY DEFAULT AS IDENTITY (…)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `ALWAYS`, else `BY DEFAULT`.
    pub always: bool,
    /// The inner sequence's name.
    pub sequence: QualifiedName,
    /// The inner sequence's options.
    pub options: SequenceOptions,
}

/// `GENERATED ALWAYS AS (expression)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// Over the table's other columns.
    pub expr: Expr,
    /// `STORED`, else `VIRTUAL` (18 and later).
    pub stored: bool,
}

/// How a column's large values are stored (`attstorage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// In line, uncompressed.
    Plain,
    /// Out of line, uncompressed.
    External,
    /// Compressed, out of line as a last resort.
    Main,
    /// Compressed and out of line.
    Extended,
}

impl Storage {
    /// In SQL's word, lower case.
    pub fn word(self) -> &'static str {
        match self {
            Storage::Plain => "plain",
            Storage::External => "external",
            Storage::Main => "main",
            Storage::Extended => "extended",
        }
    }
}

impl SchemaObject for Column {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Column, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Column {
            table,
            name: _,
            position: _,
            data_type,
            collation,
            not_null,
            default,
            identity,
            generated,
            storage,
            compression,
            options,
            foreign_options,
            statistics,
            inherited: _,
        } = self;
        let not_null_part = |part: fn(&NotNull) -> bool| Value::Flag(not_null.as_ref().is_some_and(part));
        let mut list = vec![
            Attribute::new("data_type", Value::Type(data_type)),
            Attribute::new("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
            Attribute::new("not_null", Value::Flag(not_null.is_some())),
            Attribute::new("not_null_no_inherit", not_null_part(|n| n.no_inherit)),
            Attribute::new("not_null_not_valid", not_null_part(|n| n.not_valid)),
            Attribute::cosmetic(
                "not_null_name",
                Value::maybe(not_null.as_ref().and_then(|n| n.name.as_ref()), Value::Name),
            ),
            Attribute::new(
                "default",
                Value::maybe(default.as_ref(), |e| Value::Expr(e, ExprContext::value_of(data_type))),
            ),
        ];
        list.push(Attribute::new(
            "identity",
            Value::maybe(identity.as_ref(), |i| Value::word(if i.always { "always" } else { "by default" })),
        ));
        list.push(Attribute::new(
            "identity_options",
            Value::maybe(identity.as_ref(), |i| Value::Record(i.options.attributes())),
        ));
        list.push(Attribute::cosmetic(
            "identity_sequence",
            Value::maybe(identity.as_ref(), |i| Value::Qualified(&i.sequence)),
        ));
        list.push(Attribute::new(
            "generated",
            Value::maybe(generated.as_ref(), |g| Value::word(if g.stored { "stored" } else { "virtual" })),
        ));
        list.push(Attribute::new(
            "generated_expression",
            Value::maybe(generated.as_ref(), |g| {
                Value::Expr(&g.expr, ExprContext::relation(table).expecting(data_type))
            }),
        ));
        list.push(Attribute::cosmetic("storage", Value::maybe(*storage, |s| Value::word(s.word()))));
        list.push(Attribute::cosmetic("compression", Value::maybe(compression.as_ref(), Value::Name)));
        list.push(Attribute::new("foreign_options", Value::Options(foreign_options)));
        list.push(Attribute::cosmetic("options", Value::Options(options)));
        list.push(Attribute::cosmetic(
            "statistics",
            Value::maybe(*statistics, |n| Value::Integer(i64::from(n))),
        ));
        list
    }
}
