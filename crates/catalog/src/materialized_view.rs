//! `CREATE MATERIALIZED VIEW`.

use crate::composite_type::comments_value;
use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A materialized view. Its indexes are objects of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterializedView {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns, as for a view.
    pub columns: Vec<ViewColumn>,
    /// Its query.
    pub query: Query,
    /// `WITH (…)`.
    pub options: Options,
    /// `USING`, where that is not `heap`.
    pub access_method: Option<Name>,
    /// Tablespace, where that is not the database's.
    pub tablespace: Option<Name>,
    /// Whether it holds data. Not compared: refreshing is no change of schema.
    pub populated: bool,
    /// `CLUSTER ON`: the index by which CLUSTER orders the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clustered_on: Option<Name>,
    /// What ALTER MATERIALIZED VIEW … ALTER COLUMN set of columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub column_settings: BTreeMap<Name, ColumnSettings>,
    /// Comments on columns.
    #[serde(default)]
    pub column_comments: BTreeMap<Name, String>,
}

/// What a column of a materialized view may have besides its type, as a table's column has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSettings {
    /// `SET STORAGE`, where that is not the default of its type.
    pub storage: Option<Storage>,
    /// `SET COMPRESSION` (14 and later).
    pub compression: Option<Name>,
    /// `SET (…)`.
    pub options: Options,
    /// `SET STATISTICS`.
    pub statistics: Option<i32>,
}

impl ColumnSettings {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == ColumnSettings::default()
    }
}

fn settings_value(settings: &BTreeMap<Name, ColumnSettings>) -> Value<'_> {
    Value::List(
        settings
            .iter()
            .map(|(column, ColumnSettings { storage, compression, options, statistics })| {
                let options = options.iter().map(|(name, value)| {
                    Value::Record(vec![("name", Value::word(name)), ("value", Value::word(value))])
                });
                Value::Record(vec![
                    ("column", Value::Name(column)),
                    ("storage", Value::maybe(*storage, |s| Value::word(s.word()))),
                    ("compression", Value::maybe(compression.as_ref(), Value::Name)),
                    ("options", Value::List(options.collect())),
                    ("statistics", Value::maybe(*statistics, |n| Value::Integer(i64::from(n)))),
                ])
            })
            .collect(),
    )
}

impl SchemaObject for MaterializedView {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::MaterializedView, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let MaterializedView {
            name: _,
            columns,
            query,
            options,
            access_method,
            tablespace,
            populated: _,
            clustered_on,
            column_settings,
            column_comments,
        } = self;
        vec![
            Attribute::new("query", Value::Query(query, columns)),
            Attribute::cosmetic("access_method", Value::maybe(access_method.as_ref(), Value::Name)),
            Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)),
            Attribute::cosmetic("options", Value::Options(options)),
            Attribute::cosmetic("clustered_on", Value::maybe(clustered_on.as_ref(), Value::Name)),
            Attribute::cosmetic("column_settings", settings_value(column_settings)),
            Attribute::cosmetic("column_comments", comments_value(column_comments)),
        ]
    }
}
