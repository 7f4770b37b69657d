//! `CREATE TRANSFORM`.

use crate::*;
use serde::{Deserialize, Serialize};

/// How a language sees values of a type (`pg_transform`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transform {
    /// The type.
    pub data_type: DataType,
    /// The language.
    pub language: Name,
    /// `FROM SQL WITH FUNCTION`.
    pub from_sql: Option<RoutineName>,
    /// `TO SQL WITH FUNCTION`.
    pub to_sql: Option<RoutineName>,
}

impl SchemaObject for Transform {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::Transform,
            address: Address::Transform {
                data_type: self.data_type.clone(),
                language: self.language.clone(),
            },
        }
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Transform { data_type: _, language: _, from_sql, to_sql } = self;
        let function =
            |f: Option<&RoutineName>| f.map_or(Value::Absent, |f| Value::Text(f.to_string().into()));
        vec![
            Attribute::new("from_sql", function(from_sql.as_ref())),
            Attribute::new("to_sql", function(to_sql.as_ref())),
        ]
    }
}
