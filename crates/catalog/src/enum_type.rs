//! `CREATE TYPE … AS ENUM`.

use crate::{Attribute, ObjectKey, ObjectKind, QualifiedName, SchemaObject, Value};
use serde::{Deserialize, Serialize};

/// An enum type (`pg_enum`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: QualifiedName,
    /// Its labels in sort order.
    pub labels: Vec<String>,
}

impl SchemaObject for EnumType {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::EnumType, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let EnumType { name: _, labels } = self;
        vec![Attribute::new("labels", Value::Labels(labels))]
    }
}
