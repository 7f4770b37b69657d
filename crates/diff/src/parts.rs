//! Finds the partitions' parts of partitioned indexes that PostgreSQL named, and that bear other names on the two sides.
//!
//! Owns: which two parts are one. PostgreSQL names a part after the partition and the columns, with a number where that name is taken
//! (`ChooseIndexName` in `indexcmds.c`), so that the names tell the order in which indexes of one table were made, and nothing else.
//! What makes a part is its partition and the index that it is attached to. A part that someone named is looked for by its name.

use crate::value;
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Entry, Index, Name, Object, ObjectKey, ObjectKind, QualifiedName, SchemaObject,
};
use trueup_settle::{Settler, Verdict};

/// Parts that are the same but for their names: those of either side.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    pub desired: FxHashSet<&'a ObjectKey>,
    pub live: FxHashSet<&'a ObjectKey>,
}

impl<'a> Parts<'a> {
    pub fn of(desired: &'a Catalog, live: &'a Catalog, settler: &Settler<'_>) -> Self {
        let mut parts = Parts::default();
        let mut there: FxHashMap<(&QualifiedName, &Name), (&ObjectKey, &Entry)> = FxHashMap::default();
        for (key, entry) in live.of_kind(ObjectKind::Index) {
            if let Object::Index(Index { table, attached_to: Some(whole), .. }) = &entry.object {
                there.insert((table, &whole.name), (key, entry));
            }
        }
        if there.is_empty() {
            return parts;
        }
        let names: FxHashMap<&ObjectKey, QualifiedName> = there
            .iter()
            .map(|((table, _), (key, _))| {
                (*key, QualifiedName { schema: table.schema.clone(), name: key.name().clone() })
            })
            .collect();
        // Of a partition that is partitioned itself, the part has parts in turn: found once it is known what it is called in live.
        let mut called: FxHashMap<QualifiedName, &QualifiedName> = FxHashMap::default();
        loop {
            let known = parts.desired.len();
            for (key, entry) in desired.of_kind(ObjectKind::Index) {
                let Object::Index(Index { table, name, attached_to: Some(whole), .. }) = &entry.object else {
                    continue;
                };
                if parts.desired.contains(key) {
                    continue;
                }
                let in_live = called.get(whole).map_or(&whole.name, |live| &live.name);
                let Some((other, found)) = there.get(&(table, in_live)) else { continue };
                if key != *other
                    && !parts.live.contains(other)
                    && is_named_by_server(desired, table, whole, entry)
                    && alike(entry, found, called.get(whole).copied(), settler)
                {
                    parts.desired.insert(key);
                    parts.live.insert(other);
                    if let Some(live) = names.get(other) {
                        called
                            .insert(QualifiedName { schema: table.schema.clone(), name: name.clone() }, live);
                    }
                }
            }
            if parts.desired.len() == known {
                break;
            }
        }
        parts
    }
}

/// Whether no statement of its own made it: it stands where the index does that it is a part of. A server does not tell.
fn is_named_by_server(desired: &Catalog, table: &QualifiedName, whole: &QualifiedName, part: &Entry) -> bool {
    let parent = desired.table(table).and_then(|table| table.partition_of.as_ref());
    let whole = parent.and_then(|of| {
        desired.get(&ObjectKey::on_relation(ObjectKind::Index, of.parent.clone(), whole.name.clone()))
    });
    whole.is_some_and(|whole| whole.span == part.span)
}

/// Whether they differ in nothing that either side tells. `whole`: what live calls the index that it is a part of, where that is another
/// name.
fn alike(desired: &Entry, live: &Entry, whole: Option<&QualifiedName>, settler: &Settler<'_>) -> bool {
    let mut wanted = desired.object.clone();
    if let (Object::Index(index), Some(whole)) = (&mut wanted, whole) {
        index.attached_to = Some(whole.clone());
    }
    let (d, l) = (wanted.attributes(), live.object.attributes());
    desired.comment == live.comment
        && d.len() == l.len()
        && d.iter()
            .zip(&l)
            .all(|(d, l)| d.name == l.name && value::compare(&d.value, &l.value, settler) == Verdict::Same)
}
