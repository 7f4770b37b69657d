//! Indexes: those of their own, and those behind constraints, which constraints take from here.

use super::names::{Names, class, decode, options, unmodeled};
use super::table::Parents;
use super::text::{after_word, bracketed, split_list};
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use trueup_catalog::{Expr, Index, IndexElement, IndexTarget, Name, OperatorClass, Options, QualifiedName};

row! {
    IndexRow {
        oid: u32, relation: u32, name: &'a str, method: &'a str, unique: bool, keys: i16, columns: Vec<i16>,
        operator_classes: Vec<u32>, collations: Vec<u32>, flags: Vec<i16>, nulls_not_distinct: bool, valid: bool,
        replica_identity: bool, clustered: bool, options: Option<Vec<&'a str>>, tablespace: Option<&'a str>,
        predicate: Option<&'a str>, expressions: Option<&'a str>, definition: Option<&'a str>,
    }
}

/// `indoption` bits (`INDOPTION_DESC`, `INDOPTION_NULLS_FIRST` in `pg_index.h`).
const DESCENDING: i16 = 1;
const NULLS_FIRST: i16 = 2;

/// All indexes by OID.
pub(super) struct Indexes<'a> {
    rows: FxHashMap<u32, IndexRow<'a>>,
    attached: FxHashMap<u32, QualifiedName>,
    replica_identities: FxHashMap<u32, Name>,
    clustered: FxHashMap<u32, Name>,
}

impl<'a> Indexes<'a> {
    pub fn new(answer: &'a Answer, names: &Names<'_>, parents: &Parents) -> Result<Self, Shape> {
        let rows: FxHashMap<u32, IndexRow<'a>> =
            decode(answer)?.into_iter().map(|row: IndexRow<'a>| (row.oid, row)).collect();
        let qualified = |row: &IndexRow<'_>| {
            let relation = names.relations.get(&row.relation)?;
            Some(QualifiedName { schema: relation.name.schema.clone(), name: Name::new(row.name) })
        };
        let mut attached = FxHashMap::default();
        let mut replica_identities = FxHashMap::default();
        let mut clustered = FxHashMap::default();
        for row in rows.values() {
            let parent =
                parents.get(&row.oid).and_then(|list| list.first()).and_then(|parent| rows.get(parent));
            if let Some(parent) = parent.and_then(qualified) {
                attached.insert(row.oid, parent);
            }
            if row.replica_identity {
                replica_identities.insert(row.relation, Name::new(row.name));
            }
            if row.clustered {
                clustered.insert(row.relation, Name::new(row.name));
            }
        }
        Ok(Indexes { rows, attached, replica_identities, clustered })
    }

    pub fn get(&self, oid: u32) -> Option<&IndexRow<'a>> {
        self.rows.get(&oid)
    }

    /// The index that is a table's replica identity.
    pub fn replica_identity(&self, relation: u32) -> Option<Name> {
        self.replica_identities.get(&relation).cloned()
    }

    /// The index that a table or materialized view is clustered on.
    pub fn clustered(&self, relation: u32) -> Option<Name> {
        self.clustered.get(&relation).cloned()
    }
}

/// Adds the indexes that no constraint stands on.
pub(super) fn read(indexes: Indexes<'_>, behind: &FxHashSet<u32>, names: &Names<'_>, out: &mut Output) {
    for row in indexes.rows.values() {
        let Some(relation) = names.own_relation(row.relation) else { continue };
        let comment = names.comment(class::RELATION, row.oid, 0);
        if behind.contains(&row.oid) {
            if comment.is_some() {
                out.gaps.push(unmodeled(
                    "comment",
                    &Name::new(row.name),
                    "it is on the index of a constraint",
                ));
            }
            continue;
        }
        if names.is_part_left_out(class::RELATION, row.oid) {
            continue;
        }
        let index = Index {
            table: relation.name.clone(),
            name: Name::new(row.name),
            method: Name::new(row.method),
            unique: row.unique,
            elements: row.elements(names),
            include: row.include(names),
            nulls_not_distinct: row.nulls_not_distinct,
            predicate: row.predicate.map(Expr::qualified),
            options: row.options(),
            tablespace: row.tablespace.map(Name::new),
            attached_to: indexes.attached.get(&row.oid).cloned(),
            statistics: row.statistics(names),
            valid: row.valid,
        };
        out.add(index, comment, None, None);
    }
}

impl IndexRow<'_> {
    pub fn options(&self) -> Options {
        options(self.options.as_deref(), "")
    }

    /// The statistics targets of its columns, by their numbers.
    pub fn statistics(&self, names: &Names<'_>) -> BTreeMap<u16, i32> {
        names
            .columns(self.oid)
            .iter()
            .filter_map(|column| Some((u16::try_from(column.number).ok()?, column.statistics?)))
            .collect()
    }

    /// The columns of INCLUDE.
    pub fn include(&self, names: &Names<'_>) -> Vec<Name> {
        names.column_names(self.relation, self.columns.get(self.key_count()..).unwrap_or(&[]))
    }

    fn key_count(&self) -> usize {
        usize::try_from(self.keys).unwrap_or(0)
    }

    /// The key columns and expressions.
    pub fn elements(&self, names: &Names<'_>) -> Vec<IndexElement> {
        let mut expressions = split_list(self.expressions.unwrap_or("")).into_iter();
        let printed = self.definition.map(printed_elements);
        self.columns
            .iter()
            .take(self.key_count())
            .enumerate()
            .filter_map(|(at, number)| {
                let own = self.collations.get(at).copied().unwrap_or(0);
                let class = self.operator_classes.get(at).copied().unwrap_or(0);
                let flags = self.flags.get(at).copied().unwrap_or(0);
                let (target, data_type, collation) = match names.column(self.relation, *number) {
                    Some(column) => (
                        IndexTarget::Column(Name::new(column.name)),
                        column.data_type,
                        names.collation_unless(own, column.collation),
                    ),
                    None => {
                        let expression = expressions.next()?;
                        let shown = printed.as_ref().and_then(|list| list.get(at));
                        let collated =
                            shown.is_some_and(|element| after_word(element, " COLLATE ").is_some());
                        let collation = collated.then(|| names.collation_unless(own, 0)).flatten();
                        (IndexTarget::Expr(Expr::qualified(expression)), 0, collation)
                    }
                };
                let number = i16::try_from(at + 1).unwrap_or(i16::MAX);
                let parameters = names
                    .column(self.oid, number)
                    .map(|column| options(column.options.as_deref(), ""))
                    .unwrap_or_default();
                let name = if parameters.is_empty() {
                    names.own_operator_class(class, data_type)
                } else {
                    names.operator_class(class)
                };
                let operator_class = (name.is_some() || !parameters.is_empty())
                    .then_some(OperatorClass { name, options: parameters });
                Some(IndexElement {
                    target,
                    collation,
                    operator_class,
                    descending: flags & DESCENDING != 0,
                    nulls_first: flags & NULLS_FIRST != 0,
                })
            })
            .collect()
    }
}

/// The key elements as `pg_get_indexdef` prints them.
fn printed_elements(definition: &str) -> Vec<&str> {
    after_word(definition, " USING ")
        .and_then(bracketed)
        .map(|(inside, _)| split_list(inside))
        .unwrap_or_default()
}
