//! `CREATE FOREIGN DATA WRAPPER`, `SERVER` and `USER MAPPING`. A foreign table is a [`Table`] with [`Table::foreign`].

use crate::*;
use serde::{Deserialize, Serialize};

/// A foreign-data wrapper (`pg_foreign_data_wrapper`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignDataWrapper {
    /// Its name.
    pub name: Name,
    /// `HANDLER`.
    pub handler: Option<QualifiedName>,
    /// `VALIDATOR`.
    pub validator: Option<QualifiedName>,
    /// `OPTIONS`.
    pub options: Options,
}

/// A foreign server (`pg_foreign_server`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its name.
    pub name: Name,
    /// `TYPE`.
    pub server_type: Option<String>,
    /// `VERSION`.
    pub version: Option<String>,
    /// `FOREIGN DATA WRAPPER`.
    pub wrapper: Name,
    /// `OPTIONS`.
    pub options: Options,
}

/// A user mapping (`pg_user_mapping`). Its options hold passwords: they are never read, kept or compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMapping {
    /// The role; `None` is `PUBLIC`.
    pub user: Option<Name>,
    /// The server.
    pub server: Name,
}

/// Where the rows of a foreign table are (`pg_foreign_table`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignTable {
    /// `SERVER`.
    pub server: Name,
    /// `OPTIONS`.
    pub options: Options,
}

impl SchemaObject for ForeignDataWrapper {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::ForeignDataWrapper, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let ForeignDataWrapper { name: _, handler, validator, options } = self;
        vec![
            Attribute::new("handler", Value::maybe(handler.as_ref(), Value::Qualified)),
            Attribute::new("validator", Value::maybe(validator.as_ref(), Value::Qualified)),
            Attribute::new("options", Value::Options(options)),
        ]
    }
}

impl SchemaObject for Server {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Server, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Server { name: _, server_type, version, wrapper, options } = self;
        vec![
            Attribute::new("type", Value::maybe(server_type.as_deref(), Value::word)),
            Attribute::new("version", Value::maybe(version.as_deref(), Value::word)),
            Attribute::new("foreign_data_wrapper", Value::Name(wrapper)),
            Attribute::new("options", Value::Options(options)),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        vec![ObjectKey::global(ObjectKind::ForeignDataWrapper, self.wrapper.clone())]
    }
}

impl SchemaObject for UserMapping {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::UserMapping,
            address: Address::UserMapping { user: self.user.clone(), server: self.server.clone() },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Server, self.server.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let UserMapping { user: _, server: _ } = self;
        Vec::new()
    }
}
