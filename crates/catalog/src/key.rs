//! The identity of an object: its kind and its address.

use crate::{DataType, Name, ObjectKind, QualifiedName};
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
            Address::Routine { name, .. } => Some(&name.schema),
        }
    }

    /// The relation or domain that the object belongs to.
    pub fn relation(&self) -> Option<&QualifiedName> {
        match &self.address {
            Address::OnRelation { relation, .. } => Some(relation),
            Address::Global(_) | Address::InSchema(_) | Address::Routine { .. } => None,
        }
    }

    /// Its own name.
    pub fn name(&self) -> &Name {
        match &self.address {
            Address::Global(name) | Address::OnRelation { name, .. } => name,
            Address::InSchema(name) | Address::Routine { name, .. } => &name.name,
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
        }
    }
}
