//! `CREATE EVENT TRIGGER`.

use crate::*;
use serde::{Deserialize, Serialize};

/// An event trigger (`pg_event_trigger`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    /// Its name.
    pub name: Name,
    /// `ON`: `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`, `login` (17 and later).
    pub event: String,
    /// `WHEN TAG IN (…)`: command tags in upper case, sorted; empty means any.
    pub tags: Vec<String>,
    /// The function.
    pub function: QualifiedName,
    /// In which sessions it fires.
    pub enabled: TriggerEnabled,
}

impl SchemaObject for EventTrigger {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::EventTrigger, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let EventTrigger { name: _, event, tags, function, enabled } = self;
        vec![
            Attribute::new("event", Value::word(event)),
            Attribute::new("tags", Value::Labels(tags)),
            Attribute::new("function", Value::Qualified(function)),
            Attribute::new("enabled", Value::word(enabled.sql())),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        vec![ObjectKey {
            kind: ObjectKind::Function,
            address: Address::Routine { name: self.function.clone(), arguments: Vec::new() },
        }]
    }
}
