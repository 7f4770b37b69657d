//! Finds what the other queries read by the name that `pg_identify_object` gives it.

use rustc_hash::FxHashMap;
use trueup_catalog::{Entry, ObjectKind, SchemaObject};

/// The entries by their names.
pub(super) struct ByIdentity<'e>(FxHashMap<String, Vec<&'e mut Entry>>);

impl<'e> ByIdentity<'e> {
    pub(super) fn new(entries: &'e mut [Entry]) -> Self {
        let mut by_name: FxHashMap<String, Vec<&mut Entry>> = FxHashMap::default();
        for entry in entries {
            by_name.entry(plain(&entry.object.key().to_string())).or_default().push(entry);
        }
        Self(by_name)
    }

    /// The entry of this kind, in PostgreSQL's word, and name.
    pub(super) fn find(&mut self, kind: &str, object: &str) -> Option<&mut Entry> {
        let entries = self.0.get_mut(&plain(object))?;
        entries.iter_mut().find(|entry| is_kind(kind, entry.object.kind())).map(|entry| &mut **entry)
    }
}

/// An identity without what `pg_identify_object` and we write differently: the schema of PostgreSQL's own types, and spaces between arguments.
fn plain(identity: &str) -> String {
    identity.replace("pg_catalog.", "").replace(", ", ",")
}

/// Whether an object of this kind is what `pg_identify_object` calls `word` (`getObjectTypeDescription` in `objectaddress.c`).
fn is_kind(word: &str, kind: ObjectKind) -> bool {
    match word {
        "table" | "foreign table" => kind == ObjectKind::Table,
        "table column" | "foreign table column" => kind == ObjectKind::Column,
        "type" => matches!(
            kind,
            ObjectKind::EnumType
                | ObjectKind::Domain
                | ObjectKind::CompositeType
                | ObjectKind::RangeType
                | ObjectKind::BaseType
        ),
        word => word == kind.word(),
    }
}
