//! `CREATE TYPE … AS RANGE`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A range type (`pg_range`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeType {
    /// Its name.
    pub name: QualifiedName,
    /// The type of its bounds.
    pub subtype: DataType,
    /// The B-tree operator class that orders the bounds, where that is not the type's default.
    pub operator_class: Option<QualifiedName>,
    /// The collation, where that is not the subtype's default.
    pub collation: Option<QualifiedName>,
    /// The canonicalising function.
    pub canonical: Option<QualifiedName>,
    /// The difference function.
    pub subtype_diff: Option<QualifiedName>,
    /// The multirange type's name (14 and later; `None` before, or while it has its automatic name).
    pub multirange: Option<QualifiedName>,
}

impl SchemaObject for RangeType {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::RangeType, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let RangeType { name: _, subtype, operator_class, collation, canonical, subtype_diff, multirange } =
            self;
        vec![
            Attribute::new("subtype", Value::Type(subtype)),
            Attribute::new("operator_class", Value::maybe(operator_class.as_ref(), Value::Qualified)),
            Attribute::new("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
            Attribute::new("canonical", Value::maybe(canonical.as_ref(), Value::Qualified)),
            Attribute::new("subtype_diff", Value::maybe(subtype_diff.as_ref(), Value::Qualified)),
            Attribute::new("multirange", Value::maybe(multirange.as_ref(), Value::Qualified)),
        ]
    }
}
