//! Finds constraints and indexes that are there under another name.
//!
//! Adding the missing one would build the same thing twice; renaming is for people (D103).

use crate::{Change, Code, Disposition, Drift, Rename, What, value};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{Catalog, Index, ObjectKey, ObjectKind, QualifiedName, SchemaObject, Weight};
use trueup_settle::{Settler, Verdict};

/// What the user says was renamed: a missing object with the unexpected one that it was.
fn declared_twins(drift: &[Drift], declared: &[Rename]) -> FxHashMap<usize, usize> {
    let find = |rename: &Rename, what: What, name: &str| {
        drift.iter().position(|d| d.what == what && d.key.kind == rename.kind && d.key.to_string() == name)
    };
    declared
        .iter()
        .filter_map(|rename| {
            Some((find(rename, What::Missing, &rename.to)?, find(rename, What::Unexpected, &rename.from)?))
        })
        .collect()
}

/// Joins each missing constraint or index with an unexpected one on the same table that has the
/// same definition, and what the user says was renamed.
pub(crate) fn join(
    drift: Vec<Drift>,
    desired: &Catalog,
    live: &Catalog,
    settler: &Settler<'_>,
    declared: &[Rename],
) -> Vec<Drift> {
    let mut twin = declared_twins(&drift, declared);
    let mut spare: FxHashMap<(ObjectKind, QualifiedName), Vec<usize>> = FxHashMap::default();
    for (i, finding) in drift.iter().enumerate() {
        if finding.what == What::Unexpected
            && !twin.values().any(|taken| *taken == i)
            && let Some(group) = group(&finding.key)
        {
            spare.entry(group).or_default().push(i);
        }
    }
    for (i, finding) in drift.iter().enumerate() {
        if finding.what != What::Missing || twin.contains_key(&i) {
            continue;
        }
        let Some(candidates) = group(&finding.key).and_then(|g| spare.get_mut(&g)) else { continue };
        let alike = candidates.iter().position(|j| {
            drift
                .get(*j)
                .is_some_and(|other| same_definition(desired, &finding.key, live, &other.key, settler))
        });
        if let Some(at) = alike {
            twin.insert(i, candidates.swap_remove(at));
        }
    }
    let taken: Vec<usize> = twin.values().copied().collect();
    let keys: Vec<ObjectKey> = drift.iter().map(|d| d.key.clone()).collect();
    let mut parts = parts_of_renamed(&drift, &twin, desired, live);
    let follows: FxHashSet<ObjectKey> = parts.values().flatten().cloned().collect();
    drift
        .into_iter()
        .enumerate()
        .filter(|(i, _)| !taken.contains(i))
        .filter_map(|(i, mut finding)| {
            if finding.what == What::Changed && follows.contains(&finding.key) {
                finding.changes.retain(|change| change.attribute != ATTACHED_TO);
                return (!finding.changes.is_empty()).then_some(finding);
            }
            let Some(other) = twin.get(&i).and_then(|j| keys.get(*j)) else { return Some(finding) };
            finding.children.extend(parts.remove(&i).into_iter().flatten());
            Some(renamed(finding, other))
        })
        .collect()
}

const ATTACHED_TO: &str = "attached_to";

/// Parts of partitioned indexes that are attached to the index which is renamed, on either side: nothing else of theirs differs by it.
fn parts_of_renamed(
    drift: &[Drift],
    twin: &FxHashMap<usize, usize>,
    desired: &Catalog,
    live: &Catalog,
) -> FxHashMap<usize, Vec<ObjectKey>> {
    let name = |i: usize| {
        let key = drift.get(i).map(|d| &d.key).filter(|key| key.kind == ObjectKind::Index)?;
        Some(QualifiedName { schema: key.relation()?.schema.clone(), name: key.name().clone() })
    };
    // By the desired name: the finding, and live's name.
    let mut twins: FxHashMap<QualifiedName, (usize, QualifiedName)> = twin
        .iter()
        .filter_map(|(missing, unexpected)| Some((name(*missing)?, (*missing, name(*unexpected)?))))
        .collect();
    let mut parts: FxHashMap<usize, Vec<ObjectKey>> = FxHashMap::default();
    if twins.is_empty() {
        return parts;
    }
    // A part of the one is the other's on the same table, and may have parts itself.
    let (wanted, there) = (parts_by_whole(desired), parts_by_whole(live));
    let mut next: Vec<QualifiedName> = twins.keys().cloned().collect();
    while let Some(whole) = next.pop() {
        let Some((missing, other)) = twins.get(&whole).cloned() else { continue };
        for part in wanted.get(&whole).into_iter().flatten() {
            let same = there.get(&other).into_iter().flatten().find(|l| l.table == part.table);
            if let Some(same) = same
                && twins.insert(name_of(part), (missing, name_of(same))).is_none()
            {
                next.push(name_of(part));
            }
        }
    }
    for finding in drift {
        if finding.what != What::Changed || !finding.changes.iter().any(|c| c.attribute == ATTACHED_TO) {
            continue;
        }
        let whole = |catalog: &Catalog| Index::of(&catalog.get(&finding.key)?.object)?.attached_to.clone();
        if let (Some(d), Some(l)) = (whole(desired), whole(live))
            && let Some((missing, other)) = twins.get(&d)
            && *other == l
        {
            parts.entry(*missing).or_default().push(finding.key.clone());
        }
    }
    parts
}

fn parts_by_whole(catalog: &Catalog) -> FxHashMap<&QualifiedName, Vec<&Index>> {
    let mut parts: FxHashMap<&QualifiedName, Vec<&Index>> = FxHashMap::default();
    for index in catalog.of_kind(ObjectKind::Index).filter_map(|(_, entry)| Index::of(&entry.object)) {
        if let Some(whole) = &index.attached_to {
            parts.entry(whole).or_default().push(index);
        }
    }
    parts
}

fn name_of(index: &Index) -> QualifiedName {
    QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() }
}

fn group(key: &ObjectKey) -> Option<(ObjectKind, QualifiedName)> {
    match key.kind {
        ObjectKind::Constraint | ObjectKind::Index | ObjectKind::DomainConstraint => {
            key.relation().map(|relation| (key.kind, relation.clone()))
        }
        ObjectKind::Schema
        | ObjectKind::Extension
        | ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::Column
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges
        | ObjectKind::Trigger
        | ObjectKind::Policy => None,
    }
}

fn same_definition(
    desired: &Catalog,
    desired_key: &ObjectKey,
    live: &Catalog,
    live_key: &ObjectKey,
    settler: &Settler<'_>,
) -> bool {
    let (Some(d), Some(l)) = (desired.get(desired_key), live.get(live_key)) else { return false };
    let (d, l) = (d.object.attributes(), l.object.attributes());
    d.len() == l.len()
        && d.iter().zip(&l).all(|(d, l)| {
            d.name == l.name
                && (d.weight == Weight::Cosmetic
                    || value::compare(&d.value, &l.value, settler) == Verdict::Same)
        })
}

fn renamed(finding: Drift, live_key: &ObjectKey) -> Drift {
    Drift {
        code: Code::D103,
        level: Code::D103.default_level(),
        what: What::Changed,
        changes: vec![Change {
            attribute: "name".to_owned(),
            desired: Some(finding.key.name().to_string()),
            live: Some(live_key.name().to_string()),
            weight: Weight::Cosmetic,
            text: false,
        }],
        disposition: Disposition::Manual,
        reason: "it is there under another name; renaming is no addition".to_owned(),
        ..finding
    }
}
