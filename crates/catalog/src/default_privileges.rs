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
    /// Everything that is granted, sorted, the role's own by the word of an owner: with a schema what is added to the defaults that hold everywhere, else the whole, the built-in defaults
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
    /// Which default privileges hold for a new object of this kind (`get_user_default_acl` in `aclchk.c`). Other kinds have none.
    pub fn of(kind: ObjectKind) -> Option<Self> {
        Some(match kind {
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView => {
                DefaultPrivilegesOn::Tables
            }
            // A column's privileges are those of its identity's sequence.
            ObjectKind::Sequence | ObjectKind::Column => DefaultPrivilegesOn::Sequences,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => {
                DefaultPrivilegesOn::Functions
            }
            ObjectKind::EnumType
            | ObjectKind::Domain
            | ObjectKind::CompositeType
            | ObjectKind::RangeType
            | ObjectKind::BaseType => DefaultPrivilegesOn::Types,
            ObjectKind::Schema => DefaultPrivilegesOn::Schemas,
            ObjectKind::Extension
            | ObjectKind::DomainConstraint
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::Language
            | ObjectKind::AccessMethod
            | ObjectKind::Constraint
            | ObjectKind::Index
            | ObjectKind::Operator
            | ObjectKind::OperatorFamily
            | ObjectKind::OperatorClass
            | ObjectKind::Cast
            | ObjectKind::Transform
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Server
            | ObjectKind::UserMapping
            | ObjectKind::Statistics
            | ObjectKind::Trigger
            | ObjectKind::EventTrigger
            | ObjectKind::Rule
            | ObjectKind::Policy
            | ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::DefaultPrivileges => return None,
        })
    }

    /// What `ALL` means for them.
    pub fn privileges(self, major: u32) -> &'static [&'static str] {
        match self {
            DefaultPrivilegesOn::Tables => ObjectKind::Table.privileges(major),
            DefaultPrivilegesOn::Sequences => ObjectKind::Sequence.privileges(major),
            DefaultPrivilegesOn::Functions => ObjectKind::Function.privileges(major),
            DefaultPrivilegesOn::Types => ObjectKind::Domain.privileges(major),
            DefaultPrivilegesOn::Schemas => ObjectKind::Schema.privileges(major),
            DefaultPrivilegesOn::LargeObjects => &["SELECT", "UPDATE"],
        }
    }

    /// What holds for a new object without any ALTER DEFAULT PRIVILEGES, sorted.
    pub fn builtin(self, major: u32) -> Vec<Privilege> {
        let all = self.privileges(major);
        let open = matches!(self, DefaultPrivilegesOn::Functions | DefaultPrivilegesOn::Types);
        let mut list: Vec<Privilege> = all.iter().map(|word| Privilege::new(Grantee::Owner, *word)).collect();
        if open {
            list.extend(all.iter().map(|word| Privilege::new(Grantee::Public, *word)));
        }
        list.sort();
        list
    }

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
