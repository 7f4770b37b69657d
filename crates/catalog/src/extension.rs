//! `CREATE EXTENSION`.

use crate::{Attribute, Name, ObjectKey, ObjectKind, SchemaObject, Value};
use serde::{Deserialize, Serialize};

/// An installed extension (`pg_extension`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: Name,
    /// The schema of its objects. In desired SQL `None` when the statement does not say: then
    /// PostgreSQL uses the control file's, else the current schema.
    pub schema: Option<Name>,
    /// The version. In desired SQL `None` when the statement does not say: any will do.
    pub version: Option<String>,
}

impl SchemaObject for Extension {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Extension, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Extension { name: _, schema, version } = self;
        vec![
            Attribute::new("schema", Value::maybe(schema.as_ref(), Value::Name)),
            Attribute::new("version", Value::maybe(version.as_deref(), Value::word)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        self.schema.iter().map(|s| ObjectKey::global(ObjectKind::Schema, s.clone())).collect()
    }
}
