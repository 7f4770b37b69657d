//! Security labels: they go to the objects that the other queries found.

use super::names::{decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{Entry, ObjectKind, SchemaObject};

row! {
    SecurityLabelRow { kind: Option<&'a str>, object: Option<&'a str>, provider: &'a str, label: &'a str }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    let rows = decode::<SecurityLabelRow<'_>>(answer)?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut by_name: FxHashMap<String, Vec<&mut Entry>> = FxHashMap::default();
    for entry in &mut out.entries {
        by_name.entry(plain(&entry.object.key().to_string())).or_default().push(entry);
    }
    let mut lost = Vec::new();
    for row in rows {
        let (kind, object) = (row.kind.unwrap_or_default(), row.object.unwrap_or_default());
        let entries = by_name.get_mut(&plain(object)).into_iter().flatten();
        let mut found = entries.filter(|entry| is_kind(kind, entry.object.kind()));
        match found.next() {
            Some(entry) => {
                entry.security_labels.insert(row.provider.to_owned(), row.label.to_owned());
            }
            // A column of a view, or what belongs to an extension.
            None => lost.push(unmodeled("security label", &object, format!("it is on a {kind}"))),
        }
    }
    out.gaps.append(&mut lost);
    Ok(())
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
