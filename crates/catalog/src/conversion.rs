//! `CREATE CONVERSION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A conversion between encodings (`pg_conversion`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Its name.
    pub name: QualifiedName,
    /// The encoding that it reads, as `pg_encoding_to_char` prints it.
    pub from: String,
    /// The encoding that it writes.
    pub to: String,
    /// The function that does it.
    pub function: QualifiedName,
    /// `DEFAULT`.
    pub is_default: bool,
}

impl SchemaObject for Conversion {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Conversion, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Conversion { name: _, from, to, function, is_default } = self;
        vec![
            Attribute::new("from", Value::word(from)),
            Attribute::new("to", Value::word(to)),
            Attribute::new("function", Value::Qualified(function)),
            Attribute::new("default", Value::Flag(*is_default)),
        ]
    }
}
