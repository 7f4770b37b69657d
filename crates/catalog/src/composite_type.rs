//! `CREATE TYPE … AS (…)`.

use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A free-standing composite type (`pg_class` with `relkind = 'c'`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeType {
    /// Its name.
    pub name: QualifiedName,
    /// Its attributes in order.
    pub attributes: Vec<CompositeAttribute>,
    /// Comments on attributes.
    #[serde(default)]
    pub attribute_comments: BTreeMap<Name, String>,
}

/// One attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeAttribute {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
    /// Its collation, where that is not the default of its type.
    pub collation: Option<QualifiedName>,
}

impl SchemaObject for CompositeType {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::CompositeType, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let CompositeType { name: _, attributes, attribute_comments } = self;
        let list = attributes
            .iter()
            .map(|CompositeAttribute { name, data_type, collation }| {
                Value::Record(vec![
                    ("name", Value::Name(name)),
                    ("data_type", Value::Type(data_type)),
                    ("collation", Value::maybe(collation.as_ref(), Value::Qualified)),
                ])
            })
            .collect();
        vec![
            Attribute::new("attributes", Value::List(list)),
            Attribute::cosmetic("attribute_comments", comments_value(attribute_comments)),
        ]
    }
}

/// Comments on the parts of an object that are no objects of their own.
pub(crate) fn comments_value(comments: &BTreeMap<Name, String>) -> Value<'_> {
    Value::List(
        comments
            .iter()
            .map(|(name, comment)| {
                Value::Record(vec![("name", Value::Name(name)), ("comment", Value::word(comment))])
            })
            .collect(),
    )
}
