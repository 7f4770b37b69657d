//! `CREATE SCHEMA`.

use crate::{Attribute, Name, ObjectKey, ObjectKind, SchemaObject};
use serde::{Deserialize, Serialize};

/// A schema (`pg_namespace`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Its name.
    pub name: Name,
}

impl SchemaObject for Schema {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Schema, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Schema { name: _ } = self;
        Vec::new()
    }
}
