//! `CREATE OPERATOR CLASS`.

use crate::*;
use serde::{Deserialize, Serialize};

/// An operator class (`pg_opclass`). Its operators and functions are its family's: see [`OperatorFamily`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorClassObject {
    /// Its name.
    pub name: QualifiedName,
    /// The access method that it is for.
    pub method: Name,
    /// `DEFAULT`.
    pub is_default: bool,
    /// `FOR TYPE`.
    pub data_type: DataType,
    /// `FAMILY`; a family of the class's own name is made when the statement names none.
    pub family: QualifiedName,
    /// `STORAGE`, where that is not the type itself.
    pub storage: Option<DataType>,
}

impl SchemaObject for OperatorClassObject {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::OperatorClass,
            address: Address::OfMethod { name: self.name.clone(), method: self.method.clone() },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let OperatorClassObject { name: _, method: _, is_default, data_type, family, storage } = self;
        vec![
            Attribute::new("default", Value::Flag(*is_default)),
            Attribute::new("data_type", Value::Type(data_type)),
            Attribute::new("family", Value::Qualified(family)),
            Attribute::new("storage", Value::maybe(storage.as_ref(), Value::Type)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        vec![ObjectKey {
            kind: ObjectKind::OperatorFamily,
            address: Address::OfMethod { name: self.family.clone(), method: self.method.clone() },
        }]
    }
}
