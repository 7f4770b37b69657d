//! Tables, partitioned or not, without their columns and constraints.

use super::index::Indexes;
use super::names::{Names, Relation, class, decode, options, unmodeled};
use super::partition;
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{ForeignTable, Gap, Name, PartitionOf, Persistence, ReplicaIdentity, Table};

row! {
    InheritanceRow { child: u32, parent: u32 }
}

/// Parents by child: of tables and of attached indexes, in order.
pub(super) type Parents = FxHashMap<u32, Vec<u32>>;

pub(super) fn parents(answer: &Answer) -> Result<Parents, Shape> {
    let mut parents = Parents::default();
    for row in decode::<InheritanceRow>(answer)? {
        parents.entry(row.child).or_default().push(row.parent);
    }
    Ok(parents)
}

pub(super) fn read(
    partition_keys: &Answer,
    names: &Names<'_>,
    parents: &Parents,
    indexes: &Indexes<'_>,
    mut foreign: FxHashMap<u32, ForeignTable>,
    out: &mut Output,
) -> Result<(), Shape> {
    let mut keys = partition::keys(partition_keys, names, &mut out.gaps)?;
    for (oid, relation) in &names.relations {
        if !relation.own || !matches!(relation.row.kind.0, 'r' | 'p' | 'f') {
            continue;
        }
        let Some(persistence) = persistence(relation, &mut out.gaps) else { continue };
        let row = &relation.row;
        let mut table = Table::new(relation.name.clone());
        table.persistence = persistence;
        table.partition_key = keys.remove(oid);
        table.foreign = foreign.remove(oid);
        let mut named = parents
            .get(oid)
            .into_iter()
            .flatten()
            .filter_map(|parent| names.relations.get(parent).map(|parent| parent.name.clone()));
        match row.partition_bound {
            Some(text) => match (named.next(), partition::bound(text)) {
                (Some(parent), Some(bound)) => table.partition_of = Some(PartitionOf { parent, bound }),
                _ => out.gaps.push(unmodeled(
                    "partition bound",
                    &relation.name,
                    format!("not understood: {text}"),
                )),
            },
            None => table.inherits = named.collect(),
        }
        table.of_type = (row.of_type != 0).then(|| names.plain_type(row.of_type).qualified_name()).flatten();
        table.access_method = row.access_method.filter(|method| *method != "heap").map(Name::new);
        table.tablespace = row.tablespace.map(Name::new);
        table.options = options(row.options.as_deref(), "");
        table.options.extend(options(row.toast_options.as_deref(), "toast."));
        table.row_security = row.row_security;
        table.force_row_security = row.force_row_security;
        table.replica_identity = match row.replica_identity.0 {
            'd' => ReplicaIdentity::Default,
            // A foreign table is never replicated, and has none (`heap_create` in heap.c).
            'n' if row.kind.0 == 'f' => ReplicaIdentity::Default,
            'f' => ReplicaIdentity::Full,
            'n' => ReplicaIdentity::Nothing,
            // The index may have been dropped since: then it is as if nothing were sent, and the default is closest.
            'i' => indexes.replica_identity(*oid).map_or(ReplicaIdentity::Nothing, ReplicaIdentity::Index),
            other => {
                out.gaps.push(unmodeled("replica identity", &relation.name, format!("unknown kind {other}")));
                ReplicaIdentity::Default
            }
        };
        table.clustered_on = indexes.clustered(*oid);
        let privileges = names.relation_privileges(*oid, relation, &mut out.gaps);
        out.add(table, names.comment(class::RELATION, *oid, 0), names.role(row.owner), privileges);
    }
    Ok(())
}

/// How long a relation's data lives; `None` (and a gap) for a letter that only a newer server has.
pub(super) fn persistence(relation: &Relation<'_>, gaps: &mut Vec<Gap>) -> Option<Persistence> {
    match relation.row.persistence.0 {
        'p' => Some(Persistence::Permanent),
        'u' => Some(Persistence::Unlogged),
        't' => Some(Persistence::Temporary),
        other => {
            gaps.push(unmodeled("relation", &relation.name, format!("unknown persistence {other}")));
            None
        }
    }
}
