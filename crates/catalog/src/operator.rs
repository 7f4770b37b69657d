//! `CREATE OPERATOR`.

use crate::*;
use serde::{Deserialize, Serialize};

/// An operator (`pg_operator`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// Its schema and symbol.
    pub name: QualifiedName,
    /// `LEFTARG`; `None` for a prefix operator.
    pub left: Option<DataType>,
    /// `RIGHTARG`; `None` for a postfix operator (13 only).
    pub right: Option<DataType>,
    /// `FUNCTION`; `None` for a shell operator, which another one's `COMMUTATOR` or `NEGATOR` made.
    pub function: Option<QualifiedName>,
    /// `COMMUTATOR`.
    pub commutator: Option<QualifiedName>,
    /// `NEGATOR`.
    pub negator: Option<QualifiedName>,
    /// `RESTRICT`.
    pub restrict: Option<QualifiedName>,
    /// `JOIN`.
    pub join: Option<QualifiedName>,
    /// `HASHES`.
    pub hashes: bool,
    /// `MERGES`.
    pub merges: bool,
    /// The result type, which follows from the function; `None` where that is not known.
    pub result: Option<DataType>,
}

impl SchemaObject for Operator {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::Operator,
            address: Address::Operator {
                name: self.name.clone(),
                left: self.left.clone(),
                right: self.right.clone(),
            },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Operator {
            name: _,
            left: _,
            right: _,
            function,
            commutator,
            negator,
            restrict,
            join,
            hashes,
            merges,
            result: _,
        } = self;
        let name = |name| Value::maybe(name, Value::Qualified);
        vec![
            Attribute::new("function", name(function.as_ref())),
            Attribute::new("commutator", name(commutator.as_ref())),
            Attribute::new("negator", name(negator.as_ref())),
            Attribute::new("restrict", name(restrict.as_ref())),
            Attribute::new("join", name(join.as_ref())),
            Attribute::new("hashes", Value::Flag(*hashes)),
            Attribute::new("merges", Value::Flag(*merges)),
        ]
    }
}
