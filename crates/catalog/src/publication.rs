//! `CREATE PUBLICATION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A publication (`pg_publication`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its name.
    pub name: Name,
    /// `FOR ALL TABLES`.
    pub all_tables: bool,
    /// `FOR TABLE`.
    pub tables: Vec<PublishedTable>,
    /// `FOR TABLES IN SCHEMA` (15 and later).
    pub schemas: Vec<Name>,
    /// `publish`: `insert`, `update`, `delete`, `truncate`, the default (all) filled in, in this order.
    pub publish: Vec<String>,
    /// `publish_via_partition_root`.
    pub via_partition_root: bool,
    /// `publish_generated_columns` (18 and later): `stored`; `None` is `none`.
    pub generated_columns: Option<String>,
}

/// One table of a publication (`pg_publication_rel`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// The table.
    pub table: QualifiedName,
    /// The columns in the table's order (15 and later); `None` is all of them.
    pub columns: Option<Vec<Name>>,
    /// `WHERE` (15 and later).
    pub filter: Option<Expr>,
}

impl SchemaObject for Publication {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Publication, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Publication {
            name: _,
            all_tables,
            tables,
            schemas,
            publish,
            via_partition_root,
            generated_columns,
        } = self;
        let tables = tables
            .iter()
            .map(|PublishedTable { table, columns, filter }| {
                Value::Record(vec![
                    ("on", Value::Qualified(table)),
                    ("columns", Value::maybe(columns.as_deref(), Value::Names)),
                    (
                        "where",
                        Value::maybe(filter.as_ref(), |e| Value::Expr(e, ExprContext::relation(table))),
                    ),
                ])
            })
            .collect();
        vec![
            Attribute::new("all_tables", Value::Flag(*all_tables)),
            Attribute::new("tables", Value::Set(tables)),
            Attribute::new("schemas", Value::Set(schemas.iter().map(Value::Name).collect())),
            Attribute::new("publish", Value::Labels(publish)),
            Attribute::new("publish_via_partition_root", Value::Flag(*via_partition_root)),
            Attribute::new(
                "publish_generated_columns",
                Value::maybe(generated_columns.as_deref(), Value::word),
            ),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        let table = |t: &PublishedTable| ObjectKey::in_schema(ObjectKind::Table, t.table.clone());
        self.tables
            .iter()
            .map(table)
            .chain(self.schemas.iter().map(|s| ObjectKey::global(ObjectKind::Schema, s.clone())))
            .collect()
    }
}
