//! `CREATE ACCESS METHOD`.

use crate::*;
use serde::{Deserialize, Serialize};

/// An access method (`pg_am`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethod {
    /// Its name.
    pub name: Name,
    /// `TYPE TABLE`, else `TYPE INDEX`.
    pub for_tables: bool,
    /// `HANDLER`.
    pub handler: QualifiedName,
}

impl SchemaObject for AccessMethod {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::AccessMethod, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let AccessMethod { name: _, for_tables, handler } = self;
        vec![
            Attribute::new("type", Value::word(if *for_tables { "table" } else { "index" })),
            Attribute::new("handler", Value::Qualified(handler)),
        ]
    }
}
