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
    /// Comments on columns.
    #[serde(default)]
    pub column_comments: BTreeMap<Name, String>,
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
            column_comments,
        } = self;
        vec![
            Attribute::new("query", Value::Query(query, columns)),
            Attribute::cosmetic("access_method", Value::maybe(access_method.as_ref(), Value::Name)),
            Attribute::cosmetic("tablespace", Value::maybe(tablespace.as_ref(), Value::Name)),
            Attribute::cosmetic("options", Value::Options(options)),
            Attribute::cosmetic("column_comments", comments_value(column_comments)),
        ]
    }
}
