//! `CREATE DOMAIN` and its constraints.

use crate::*;
use serde::{Deserialize, Serialize};

/// A domain (`pg_type` with `typtype = 'd'`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// The type it is over.
    pub base: DataType,
    /// Its collation, where that is not the default of the base type.
    pub collation: Option<QualifiedName>,
    /// Its default.
    pub default: Option<Expr>,
    /// Whether NULL is refused.
    pub not_null: bool,
}

/// A check constraint of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainConstraint {
    /// The domain.
    pub domain: QualifiedName,
    /// Its name.
    pub name: Name,
    /// The condition on `VALUE`.
    pub check: Expr,
    /// The domain's base type, which `VALUE` has.
    pub base: DataType,
    /// False while `NOT VALID`.
    pub validated: bool,
}

impl SchemaObject for Domain {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Domain, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Domain { name: _, base, collation, default, not_null } = self;
        vec![
            Attribute::new("data_type", Value::Type(base)),
            Attribute::new("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
            Attribute::new(
                "default",
                Value::maybe(default.as_ref(), |e| Value::Expr(e, ExprContext::value_of(base))),
            ),
            Attribute::new("not_null", Value::Flag(*not_null)),
        ]
    }
}

impl SchemaObject for DomainConstraint {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::DomainConstraint, self.domain.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Domain, self.domain.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let DomainConstraint { domain: _, name: _, check, base, validated } = self;
        let context = ExprContext { scope: ExprScope::Value(base), expected: None };
        vec![
            Attribute::new("check", Value::Expr(check, context)),
            Attribute::new("validated", Value::Flag(*validated)),
        ]
    }
}
