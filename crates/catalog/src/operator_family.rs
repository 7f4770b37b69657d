//! `CREATE OPERATOR FAMILY`, with the operators and functions of its classes.

use crate::*;
use serde::{Deserialize, Serialize};

/// An operator family (`pg_opfamily`).
///
/// All operators and functions are kept here, also those that a `CREATE OPERATOR CLASS` brought: an index looks them up by family
/// and types, and whether one depends on its class or is "loose" differs between versions and access methods (`amadjustmembers`, 14
/// and later) without meaning anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFamily {
    /// Its name.
    pub name: QualifiedName,
    /// The access method that it is for.
    pub method: Name,
    /// Its operators, sorted.
    pub operators: Vec<FamilyOperator>,
    /// Its support functions, sorted.
    pub functions: Vec<FamilyFunction>,
}

/// `OPERATOR strategy operator (left, right)` (`pg_amop`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FamilyOperator {
    /// The type of the left side.
    pub left: DataType,
    /// The type of the right side.
    pub right: DataType,
    /// The strategy number.
    pub strategy: i16,
    /// The operator.
    pub operator: QualifiedName,
    /// `FOR ORDER BY family`: the B-tree family that orders its result; `None` is `FOR SEARCH`.
    pub order_by: Option<QualifiedName>,
}

/// `FUNCTION number (left, right) function (arguments)` (`pg_amproc`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FamilyFunction {
    /// The left type that it is for.
    pub left: DataType,
    /// The right type that it is for.
    pub right: DataType,
    /// The support number.
    pub number: i16,
    /// The function.
    pub function: RoutineName,
}

impl SchemaObject for OperatorFamily {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::OperatorFamily,
            address: Address::OfMethod { name: self.name.clone(), method: self.method.clone() },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let OperatorFamily { name: _, method: _, operators, functions } = self;
        let operators = operators
            .iter()
            .map(|FamilyOperator { left, right, strategy, operator, order_by }| {
                Value::Record(vec![
                    ("operator", Value::Integer(i64::from(*strategy))),
                    ("on", Value::Qualified(operator)),
                    ("left", Value::Type(left)),
                    ("right", Value::Type(right)),
                    ("order_by", Value::maybe(order_by.as_ref(), Value::Qualified)),
                ])
            })
            .collect();
        let functions = functions
            .iter()
            .map(|FamilyFunction { left, right, number, function }| {
                Value::Record(vec![
                    ("function", Value::Integer(i64::from(*number))),
                    ("on", Value::Text(function.to_string().into())),
                    ("left", Value::Type(left)),
                    ("right", Value::Type(right)),
                ])
            })
            .collect();
        vec![
            Attribute::new("operators", Value::Set(operators)),
            Attribute::new("functions", Value::Set(functions)),
        ]
    }
}
