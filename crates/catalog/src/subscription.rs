//! `CREATE SUBSCRIPTION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A subscription of this database (`pg_subscription`). Its connection string holds a password: it is never read, kept or compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub name: Name,
    /// `PUBLICATION`: sorted.
    pub publications: Vec<Name>,
    /// Whether it is enabled.
    pub enabled: bool,
    /// `slot_name`; `None` is `NONE`.
    pub slot_name: Option<String>,
    /// The other parameters where they are not the version's defaults: `binary`, `streaming`, `synchronous_commit`, `two_phase`,
    /// `disable_on_error`, `password_required`, `run_as_owner`, `origin`, `failover`.
    pub options: Options,
}

impl Subscription {
    /// What a parameter is where nothing says it (`parse_subscription_options` in `subscriptioncmds.c`). Before 16 the owner applied
    /// changes, as `pg_dump` writes for such servers (`getSubscriptions` in `pg_dump.c`). `None` for other words.
    pub fn usual(parameter: &str, major: u32) -> Option<&'static str> {
        Some(match parameter {
            "streaming" if major >= 18 => "parallel",
            "streaming" | "synchronous_commit" => "off",
            "origin" => "any",
            "password_required" => "true",
            "run_as_owner" if major < 16 => "true",
            "binary" | "two_phase" | "disable_on_error" | "run_as_owner" | "failover" => "false",
            _ => return None,
        })
    }
}

impl SchemaObject for Subscription {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Subscription, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Subscription { name: _, publications, enabled, slot_name, options } = self;
        vec![
            Attribute::new("publications", Value::Names(publications)),
            Attribute::new("enabled", Value::Flag(*enabled)),
            Attribute::new("slot_name", Value::maybe(slot_name.as_deref(), Value::word)),
            Attribute::new("options", Value::Options(options)),
        ]
    }
}
