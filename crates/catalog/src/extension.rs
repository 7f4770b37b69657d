//! `CREATE EXTENSION`.

use crate::{Attribute, Name, ObjectKey, ObjectKind, SchemaObject, Value};
use serde::{Deserialize, Serialize};

/// An installed extension (`pg_extension`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: Name,
    /// The schema of its objects. In desired SQL `None` when the statement does not say: then
    /// PostgreSQL uses the control file's, else the current schema.
    pub schema: Option<Name>,
    /// The version. In desired SQL `None` when the statement does not say: any will do.
    pub version: Option<String>,
    /// What its members are beside what a fresh installation of the same version has: `function public.f(integer) is
    /// changed`, `… is added`, `… is gone`. `None` where nobody compared them; SQL files change none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altered: Option<Vec<String>>,
}

/// The members of one extension: what each is called, by kind, with a digest of its definition.
pub type Members = std::collections::BTreeMap<String, String>;

impl Extension {
    /// What `here` has beside what a fresh installation `made`.
    pub fn alterations(here: &Members, made: &Members) -> Vec<String> {
        let gone = made.keys().filter(|name| !here.contains_key(*name)).map(|name| format!("{name} is gone"));
        let other = here.iter().filter_map(|(name, digest)| match made.get(name) {
            Some(original) if original == digest => None,
            Some(_) => Some(format!("{name} is changed")),
            None => Some(format!("{name} is added")),
        });
        let mut all: Vec<String> = gone.chain(other).collect();
        all.sort_unstable();
        all
    }
}

impl SchemaObject for Extension {
    fn key(&self) -> ObjectKey {
        ObjectKey::global(ObjectKind::Extension, self.name.clone())
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Extension { name: _, schema, version, altered } = self;
        vec![
            Attribute::new("schema", Value::maybe(schema.as_ref(), Value::Name)),
            Attribute::new("version", Value::maybe(version.as_deref(), Value::word)),
            Attribute::new(
                "members",
                Value::maybe(altered.as_ref(), |list| {
                    Value::Set(list.iter().map(|text| Value::word(text)).collect())
                }),
            ),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        self.schema.iter().map(|s| ObjectKey::global(ObjectKind::Schema, s.clone())).collect()
    }
}
