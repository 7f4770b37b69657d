//! The identity of an object: its kind and its address.

use crate::{DataType, DefaultPrivilegesOn, Name, ObjectKind, QualifiedName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The identity that joins comparison, policy, reports and plans.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The kind.
    pub kind: ObjectKind,
    /// Where it is.
    pub address: Address,
}

/// Where an object is, by the rules of PostgreSQL's name spaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// Unique in the database: schema, extension.
    Global(Name),
    /// Unique in its schema: table, view, sequence, type.
    InSchema(QualifiedName),
    /// Named on a relation or domain: column, constraint, trigger, policy; and indexes, which
    /// live in the schema of their relation.
    OnRelation {
        /// The relation or domain.
        relation: QualifiedName,
        /// The name on it.
        name: Name,
    },
    /// A function or procedure with the types of its input arguments, without modifiers.
    Routine {
        /// Schema and name.
        name: QualifiedName,
        /// The types of its `IN`, `INOUT` and `VARIADIC` arguments (`pg_proc.proargtypes`).
        arguments: Vec<DataType>,
    },
    /// An operator with the types of its sides.
    Operator {
        /// Schema and symbol.
        name: QualifiedName,
        /// The left side; `None` for a prefix operator.
        left: Option<DataType>,
        /// The right side; `None` for a postfix operator (13 only).
        right: Option<DataType>,
    },
    /// Unique in its schema for one access method: operator class, operator family.
    OfMethod {
        /// Schema and name.
        name: QualifiedName,
        /// The access method.
        method: Name,
    },
    /// A cast.
    Cast {
        /// From.
        source: DataType,
        /// To.
        target: DataType,
    },
    /// A transform.
    Transform {
        /// The type.
        data_type: DataType,
        /// The language.
        language: Name,
    },
    /// A user mapping.
    UserMapping {
        /// The role; `None` is `PUBLIC`.
        user: Option<Name>,
        /// The server.
        server: Name,
    },
    /// Default privileges.
    DefaultPrivileges {
        /// Whose objects.
        role: Name,
        /// In which schema; `None` is everywhere.
        schema: Option<Name>,
        /// Which kind of object.
        objects: DefaultPrivilegesOn,
    },
}

impl ObjectKey {
    /// The key of an object that is unique in the database.
    pub fn global(kind: ObjectKind, name: Name) -> Self {
        ObjectKey { kind, address: Address::Global(name) }
    }

    /// The key of an object that is unique in its schema.
    pub fn in_schema(kind: ObjectKind, name: QualifiedName) -> Self {
        ObjectKey { kind, address: Address::InSchema(name) }
    }

    /// The key of an object that belongs to a relation or domain.
    pub fn on_relation(kind: ObjectKind, relation: QualifiedName, name: Name) -> Self {
        ObjectKey { kind, address: Address::OnRelation { relation, name } }
    }

    /// The schema that the object is in, or is.
    pub fn schema(&self) -> Option<&Name> {
        match &self.address {
            Address::Global(name) => (self.kind == ObjectKind::Schema).then_some(name),
            Address::InSchema(name) => Some(&name.schema),
            Address::OnRelation { relation, .. } => Some(&relation.schema),
            Address::Routine { name, .. }
            | Address::Operator { name, .. }
            | Address::OfMethod { name, .. } => Some(&name.schema),
            Address::DefaultPrivileges { schema, .. } => schema.as_ref(),
            Address::Cast { .. } | Address::Transform { .. } | Address::UserMapping { .. } => None,
        }
    }

    /// The relation or domain that the object belongs to.
    pub fn relation(&self) -> Option<&QualifiedName> {
        match &self.address {
            Address::OnRelation { relation, .. } => Some(relation),
            Address::Global(_)
            | Address::InSchema(_)
            | Address::Routine { .. }
            | Address::Operator { .. }
            | Address::OfMethod { .. }
            | Address::Cast { .. }
            | Address::Transform { .. }
            | Address::UserMapping { .. }
            | Address::DefaultPrivileges { .. } => None,
        }
    }

    /// Its own name; for what has none, the name of what it is for: a cast's target, a transform's language, a user mapping's server,
    /// the role of default privileges.
    pub fn name(&self) -> &Name {
        match &self.address {
            Address::Global(name) | Address::OnRelation { name, .. } => name,
            Address::InSchema(name)
            | Address::Routine { name, .. }
            | Address::Operator { name, .. }
            | Address::OfMethod { name, .. } => &name.name,
            Address::Cast { target, .. } => &target.name,
            Address::Transform { language, .. } => language,
            Address::UserMapping { server, .. } => server,
            Address::DefaultPrivileges { role, .. } => role,
        }
    }
}

/// The address as SQL would write it: `public.users.email`, `public.f(integer, text)`. An index
/// is written with its schema alone, since it needs no table to be named.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Global(name) => write!(f, "{name}"),
            Address::InSchema(name) => write!(f, "{name}"),
            Address::OnRelation { relation, name } if self.kind == ObjectKind::Index => {
                write!(f, "{}.{name}", relation.schema)
            }
            Address::OnRelation { relation, name } => write!(f, "{relation}.{name}"),
            Address::Routine { name, arguments } => {
                write!(f, "{name}(")?;
                for (i, argument) in arguments.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{argument}")?;
                }
                f.write_str(")")
            }
            Address::Operator { name, left, right } => {
                let side =
                    |side: &Option<DataType>| side.as_ref().map_or("NONE".to_owned(), ToString::to_string);
                // An operator's symbol is never quoted.
                write!(f, "{}.{} ({}, {})", name.schema, name.name.as_str(), side(left), side(right))
            }
            Address::OfMethod { name, method } => write!(f, "{name} USING {method}"),
            Address::Cast { source, target } => write!(f, "({source} AS {target})"),
            Address::Transform { data_type, language } => write!(f, "FOR {data_type} LANGUAGE {language}"),
            Address::UserMapping { user, server } => match user {
                Some(user) => write!(f, "FOR {user} SERVER {server}"),
                None => write!(f, "FOR PUBLIC SERVER {server}"),
            },
            Address::DefaultPrivileges { role, schema, objects } => {
                write!(f, "FOR ROLE {role}")?;
                if let Some(schema) = schema {
                    write!(f, " IN SCHEMA {schema}")?;
                }
                write!(f, " ON {}", objects.sql())
            }
        }
    }
}
