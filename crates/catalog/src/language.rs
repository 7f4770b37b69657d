//! `CREATE LANGUAGE`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A procedural language (`pg_language`) that no extension brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// Its name.
    pub name: Name,
    /// `TRUSTED`.
    pub trusted: bool,
    /// `HANDLER`.
    pub handler: Option<QualifiedName>,
    /// `INLINE`.
    pub inline: Option<QualifiedName>,
    /// `VALIDATOR`.
    pub validator: Option<QualifiedName>,
}

impl SchemaObject for Language {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Language, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Language { name: _, trusted, handler, inline, validator } = self;
        let function = |name| Value::maybe(name, Value::Qualified);
        vec![
            Attribute::new("trusted", Value::Flag(*trusted)),
            Attribute::new("handler", function(handler.as_ref())),
            Attribute::new("inline", function(inline.as_ref())),
            Attribute::new("validator", function(validator.as_ref())),
        ]
    }
}
