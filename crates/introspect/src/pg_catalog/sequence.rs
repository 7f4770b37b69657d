//! Sequences, and which of them stand behind identity columns.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::table::persistence;
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{Name, Privilege, QualifiedName, Sequence, SequenceOptions};

row! {
    SequenceRow {
        relation: u32, data_type: u32, start: i64, increment: i64, min: i64, max: i64, cache: i64, cycle: bool,
        ownership: Option<Letter>, owner_relation: Option<u32>, owner_column: Option<i32>,
    }
}

/// The inner sequence of an identity column.
pub(super) struct IdentitySequence {
    pub name: QualifiedName,
    pub options: SequenceOptions,
    pub privileges: Option<Vec<Privilege>>,
}

/// The inner sequences of identity columns, by table and column number.
pub(super) type IdentitySequences = FxHashMap<(u32, i16), IdentitySequence>;

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<IdentitySequences, Shape> {
    let mut identities = IdentitySequences::default();
    for row in decode::<SequenceRow>(answer)? {
        let Some(relation) = names.relations.get(&row.relation) else { continue };
        let options = SequenceOptions {
            data_type: names.plain_type(row.data_type),
            start: row.start,
            increment: row.increment,
            min: row.min,
            max: row.max,
            cache: row.cache,
            cycle: row.cycle,
        };
        let owner = match (row.owner_relation, row.owner_column.and_then(|number| i16::try_from(number).ok()))
        {
            (Some(owner), Some(number)) => Some((owner, number)),
            _ => None,
        };
        if let (Some(Letter('i')), Some(owner)) = (row.ownership, owner) {
            let name = &relation.name;
            if relation.own && names.comment(class::RELATION, row.relation, 0).is_some() {
                out.gaps.push(unmodeled("comment", name, "it is on the sequence of an identity column"));
            }
            let privileges = privileges(relation.row.acl.as_deref(), name, &mut out.gaps).map(|list| {
                list.into_iter().map(|p| p.owned_by(names.role(relation.row.owner).as_ref())).collect()
            });
            identities.insert(owner, IdentitySequence { name: name.clone(), options, privileges });
            continue;
        }
        if !relation.own {
            continue;
        }
        let owned_by = owner.and_then(|(table, number)| {
            let column = Name::new(names.column(table, number)?.name);
            Some((names.relations.get(&table)?.name.clone(), column))
        });
        let name = relation.name.clone();
        let Some(persistence) = persistence(relation, &mut out.gaps) else { continue };
        let privileges = privileges(relation.row.acl.as_deref(), &name, &mut out.gaps);
        let comment = names.comment(class::RELATION, row.relation, 0);
        out.add(
            Sequence { name, persistence, options, owned_by },
            comment,
            names.role(relation.row.owner),
            privileges,
        );
    }
    Ok(identities)
}
