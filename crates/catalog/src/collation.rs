//! `CREATE COLLATION`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A collation (`pg_collation`). Its version is a matter of the machine that it was made on and is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collation {
    /// Its name.
    pub name: QualifiedName,
    /// `PROVIDER`.
    pub provider: CollationProvider,
    /// `DETERMINISTIC`.
    pub deterministic: bool,
    /// `LC_COLLATE` (libc).
    pub lc_collate: Option<String>,
    /// `LC_CTYPE` (libc).
    pub lc_ctype: Option<String>,
    /// `LOCALE` (icu, builtin), as the server keeps it: from 16 on a language tag.
    pub locale: Option<String>,
    /// `RULES` (icu, 16 and later).
    pub rules: Option<String>,
}

/// Which library collates (`collprovider`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollationProvider {
    /// The C library.
    Libc,
    /// ICU.
    Icu,
    /// PostgreSQL's own (17 and later).
    Builtin,
}

impl CollationProvider {
    /// In SQL's word.
    pub fn word(self) -> &'static str {
        match self {
            CollationProvider::Libc => "libc",
            CollationProvider::Icu => "icu",
            CollationProvider::Builtin => "builtin",
        }
    }
}

impl SchemaObject for Collation {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Collation, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Collation { name: _, provider, deterministic, lc_collate, lc_ctype, locale, rules } = self;
        let text = |text: Option<_>| Value::maybe(text, Value::word);
        vec![
            Attribute::new("provider", Value::word(provider.word())),
            Attribute::new("deterministic", Value::Flag(*deterministic)),
            Attribute::new("lc_collate", text(lc_collate.as_deref())),
            Attribute::new("lc_ctype", text(lc_ctype.as_deref())),
            Attribute::new("locale", text(locale.as_deref())),
            Attribute::new("rules", text(rules.as_deref())),
        ]
    }
}
