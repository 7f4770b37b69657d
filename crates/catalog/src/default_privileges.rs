//! `ALTER DEFAULT PRIVILEGES`.

use crate::*;
use serde::{Deserialize, Serialize};

/// What objects that a role makes later will be granted (`pg_default_acl`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultPrivileges {
    /// `FOR ROLE`: who makes the objects.
    pub role: Name,
    /// `IN SCHEMA`; `None` is everywhere.
    pub schema: Option<Name>,
    /// The kind of object.
    pub objects: DefaultPrivilegesOn,
    /// Everything that is granted, sorted: with a schema what is added to the defaults that hold everywhere, else the whole, the built-in defaults
    /// included (`SetDefaultACL` in `aclchk.c`).
    pub privileges: Vec<Privilege>,
}

/// The kinds of object that default privileges are for (`defaclobjtype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultPrivilegesOn {
    /// `TABLES`, views and the like too.
    Tables,
    /// `SEQUENCES`.
    Sequences,
    /// `FUNCTIONS`, procedures too.
    Functions,
    /// `TYPES`, domains too.
    Types,
    /// `SCHEMAS`.
    Schemas,
    /// `LARGE OBJECTS` (18 and later).
    LargeObjects,
}

impl DefaultPrivilegesOn {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            DefaultPrivilegesOn::Tables => "TABLES",
            DefaultPrivilegesOn::Sequences => "SEQUENCES",
            DefaultPrivilegesOn::Functions => "FUNCTIONS",
            DefaultPrivilegesOn::Types => "TYPES",
            DefaultPrivilegesOn::Schemas => "SCHEMAS",
            DefaultPrivilegesOn::LargeObjects => "LARGE OBJECTS",
        }
    }
}

impl SchemaObject for DefaultPrivileges {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::DefaultPrivileges,
            address: Address::DefaultPrivileges {
                role: self.role.clone(),
                schema: self.schema.clone(),
                objects: self.objects,
            },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        self.schema.as_ref().map(|schema| ObjectKey::global(ObjectKind::Schema, schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let DefaultPrivileges { role: _, schema: _, objects: _, privileges } = self;
        vec![Attribute::new("privileges", privileges_value(privileges))]
    }
}
