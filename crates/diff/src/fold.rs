//! Folds what follows from another finding into it: a missing table's columns, a partition's
//! share of its parent's column, index or constraint.

use crate::{Code, Drift, What};
use rustc_hash::FxHashMap;
use trueup_catalog::{Catalog, Name, Object, ObjectKey, ObjectKind, QualifiedName};

/// Moves every finding that follows from another one into that one's `children`.
pub(crate) fn fold(drift: Vec<Drift>, desired: &Catalog, live: &Catalog) -> Vec<Drift> {
    let by_key: FxHashMap<(&ObjectKey, What), Vec<usize>> =
        drift.iter().enumerate().fold(FxHashMap::default(), |mut map, (i, d)| {
            map.entry((&d.key, d.what)).or_default().push(i);
            map
        });
    let mut owner: Vec<Option<usize>> = vec![None; drift.len()];
    for (i, finding) in drift.iter().enumerate() {
        let catalog = match finding.what {
            What::Missing | What::Changed => desired,
            What::Unexpected => live,
        };
        let alike = leaders(catalog, &finding.key, finding.what).into_iter().find_map(|leader| {
            let same = |j: &&usize| {
                **j != i
                    && drift.get(**j).is_some_and(|d| finding.what != What::Changed || d.code == finding.code)
            };
            by_key.get(&(&leader, finding.what)).and_then(|list| list.iter().find(same).copied())
        });
        let slot = alike.or_else(|| {
            let table = handed_down(catalog, finding)?;
            let list = by_key.get(&(&table, What::Changed))?;
            list.iter().find(|j| drift.get(**j).is_some_and(|d| d.code == Code::D234)).copied()
        });
        if let Some(place) = owner.get_mut(i) {
            *place = slot;
        }
    }
    // A chain of leaders (a partition of a partition) ends at the one that has no leader; the
    // graph has no cycle, since a leader is nearer to the root of the inheritance or ownership.
    let root = |mut i: usize| {
        let mut steps = 0;
        while let Some(Some(next)) = owner.get(i) {
            i = *next;
            steps += 1;
            if steps > owner.len() {
                break;
            }
        }
        i
    };
    let mut children: FxHashMap<usize, Vec<ObjectKey>> = FxHashMap::default();
    for (i, finding) in drift.iter().enumerate() {
        if owner.get(i).is_some_and(Option::is_some) {
            children.entry(root(i)).or_default().push(finding.key.clone());
        }
    }
    drift
        .into_iter()
        .enumerate()
        .filter(|(i, _)| owner.get(*i).is_some_and(Option::is_none))
        .map(|(i, mut finding)| {
            if let Some(mut list) = children.remove(&i) {
                list.sort();
                list.dedup();
                finding.children.append(&mut list);
            }
            finding
        })
        .collect()
}

/// The objects in whose finding this one would fold, nearest first.
fn leaders(catalog: &Catalog, key: &ObjectKey, what: What) -> Vec<ObjectKey> {
    let Some(entry) = catalog.get(key) else { return Vec::new() };
    let mut leaders = Vec::new();
    if what != What::Changed {
        if let Some(relation) = key.relation() {
            for kind in
                [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView, ObjectKind::Domain]
            {
                leaders.push(ObjectKey::in_schema(kind, relation.clone()));
            }
        }
        if let Object::Statistics(statistics) = &entry.object {
            for kind in [ObjectKind::Table, ObjectKind::MaterializedView] {
                leaders.push(ObjectKey::in_schema(kind, statistics.table.clone()));
            }
        }
        leaders.extend(goes_with(&entry.object));
        if let Object::UserMapping(mapping) = &entry.object {
            leaders.push(ObjectKey::global(ObjectKind::Server, mapping.server.clone()));
        }
        if let Object::OperatorClass(class) = &entry.object {
            leaders.extend(trueup_catalog::SchemaObject::depends_on(class));
        }
        if let Object::Sequence(sequence) = &entry.object
            && let Some((table, column)) = &sequence.owned_by
        {
            leaders.push(ObjectKey::in_schema(ObjectKind::Table, table.clone()));
            leaders.push(ObjectKey::on_relation(ObjectKind::Column, table.clone(), column.clone()));
        }
    }
    match &entry.object {
        Object::Column(column) if column.inherited => {
            leaders.extend(on_parents(catalog, &column.table, ObjectKind::Column, &column.name));
        }
        Object::Constraint(constraint) if constraint.inherited => {
            leaders.extend(constraint_parents(catalog, constraint));
        }
        Object::Trigger(trigger) if trigger.inherited => {
            leaders.extend(on_parents(catalog, &trigger.table, ObjectKind::Trigger, &trigger.name));
        }
        Object::Index(index) => {
            if let Some(parent) = &index.attached_to {
                leaders.extend(
                    parents(catalog, &index.table)
                        .map(|table| ObjectKey::on_relation(ObjectKind::Index, table, parent.name.clone())),
                );
            }
        }
        Object::Schema(_)
        | Object::Extension(_)
        | Object::EnumType(_)
        | Object::Domain(_)
        | Object::DomainConstraint(_)
        | Object::CompositeType(_)
        | Object::RangeType(_)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Column(_)
        | Object::Constraint(_)
        | Object::View(_)
        | Object::MaterializedView(_)
        | Object::Function(_)
        | Object::Procedure(_)
        | Object::BaseType(_)
        | Object::Collation(_)
        | Object::Conversion(_)
        | Object::Language(_)
        | Object::AccessMethod(_)
        | Object::Aggregate(_)
        | Object::Operator(_)
        | Object::OperatorFamily(_)
        | Object::OperatorClass(_)
        | Object::Cast(_)
        | Object::Transform(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::UserMapping(_)
        | Object::Statistics(_)
        | Object::Trigger(_)
        | Object::EventTrigger(_)
        | Object::Rule(_)
        | Object::Policy(_)
        | Object::Publication(_)
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_) => {}
    }
    leaders
}

/// The table whose parents decide about a finding: ATTACH PARTITION gives a partition its share of the parent's indexes, keys and
/// triggers, and DETACH PARTITION takes the triggers away and sets indexes and keys free (`DetachPartitionFinalize` in
/// src/backend/commands/tablecmds.c). A NOT NULL has its parent's name from 18 on, and keeps it when it is set free.
fn handed_down(catalog: &Catalog, finding: &Drift) -> Option<ObjectKey> {
    let entry = catalog.get(&finding.key)?;
    let only = |attribute: &str| {
        finding.what == What::Changed && finding.changes.iter().all(|change| change.attribute == attribute)
    };
    let (inherited, table) = if let Some(index) = trueup_catalog::Index::of(&entry.object) {
        let follows = finding.what != What::Changed && index.attached_to.is_some();
        (follows || only("attached_to"), &index.table)
    } else if let Some(column) = trueup_catalog::Column::of(&entry.object) {
        (only("not_null_name"), &column.table)
    } else if let Some(constraint) = trueup_catalog::Constraint::of(&entry.object) {
        (finding.what != What::Changed && constraint.inherited, &constraint.table)
    } else if let Some(trigger) = trueup_catalog::Trigger::of(&entry.object) {
        (finding.what != What::Changed && trigger.inherited, &trigger.table)
    } else {
        return None;
    };
    inherited.then(|| ObjectKey::in_schema(ObjectKind::Table, table.clone()))
}

/// What takes an index, a constraint or extended statistics with it when it is dropped: the columns that they are built on
/// (manual, "ALTER TABLE": "Indexes and table constraints involving the column will be automatically dropped as well"), and
/// for a foreign key the table that it refers to, which goes only with `CASCADE`.
fn goes_with(object: &Object) -> Vec<ObjectKey> {
    use trueup_catalog::ConstraintBody as B;
    let (table, columns, others) = if let Some(index) = trueup_catalog::Index::of(object) {
        let mut columns = built_on(&index.elements, index.predicate.as_ref());
        columns.extend(index.include.iter().cloned());
        (&index.table, columns, Vec::new())
    } else if let Some(constraint) = trueup_catalog::Constraint::of(object) {
        let (columns, others) = match &constraint.body {
            B::PrimaryKey(key) | B::Unique(key) => {
                (key.columns.iter().chain(&key.include).cloned().collect(), Vec::new())
            }
            B::ForeignKey(key) => {
                let referenced = ObjectKey::in_schema(ObjectKind::Table, key.references.clone());
                (key.columns.clone(), vec![referenced])
            }
            B::Check { expr } => (trueup_settle::names_used(expr), Vec::new()),
            B::Exclusion(exclusion) => {
                let elements = exclusion.elements.iter().map(|e| &e.element);
                let mut columns = built_on(elements, exclusion.predicate.as_ref());
                columns.extend(exclusion.include.iter().cloned());
                (columns, Vec::new())
            }
        };
        (&constraint.table, columns, others)
    } else if let Some(statistics) = trueup_catalog::Statistics::of(object) {
        let expressions = statistics.expressions.iter().flat_map(trueup_settle::names_used);
        (&statistics.table, statistics.columns.iter().cloned().chain(expressions).collect(), Vec::new())
    } else {
        return Vec::new();
    };
    let column = |name: Name| ObjectKey::on_relation(ObjectKind::Column, table.clone(), name);
    columns.into_iter().map(column).chain(others).collect()
}

/// The columns that elements and a predicate are built on.
fn built_on<'a>(
    elements: impl IntoIterator<Item = &'a trueup_catalog::IndexElement>,
    predicate: Option<&trueup_catalog::Expr>,
) -> Vec<Name> {
    use trueup_catalog::IndexTarget as T;
    let mut names: Vec<Name> = elements
        .into_iter()
        .flat_map(|element| match &element.target {
            T::Column(name) => vec![name.clone()],
            T::Expr(expr) => trueup_settle::names_used(expr),
        })
        .collect();
    names.extend(predicate.into_iter().flat_map(trueup_settle::names_used));
    names
}

fn parents(catalog: &Catalog, table: &QualifiedName) -> impl Iterator<Item = QualifiedName> {
    let table = catalog.table(table);
    let of = table.and_then(|t| t.partition_of.as_ref()).map(|of| of.parent.clone());
    let inherits = table.map(|t| t.inherits.clone()).unwrap_or_default();
    of.into_iter().chain(inherits)
}

fn on_parents(catalog: &Catalog, table: &QualifiedName, kind: ObjectKind, name: &Name) -> Vec<ObjectKey> {
    parents(catalog, table).map(|parent| ObjectKey::on_relation(kind, parent, name.clone())).collect()
}

/// A parent's constraint with the same body. Checks keep their name in the children; keys and
/// foreign keys get one of their own.
fn constraint_parents(catalog: &Catalog, constraint: &trueup_catalog::Constraint) -> Vec<ObjectKey> {
    parents(catalog, &constraint.table)
        .flat_map(|parent| {
            catalog
                .on_relation(ObjectKind::Constraint, &parent)
                .filter(|(_, entry)| {
                    trueup_catalog::Constraint::of(&entry.object).is_some_and(|c| {
                        c.type_sql() == constraint.type_sql()
                            && (c.name == constraint.name || key_columns(c) == key_columns(constraint))
                    })
                })
                .map(|(key, _)| key.clone())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn key_columns(constraint: &trueup_catalog::Constraint) -> Option<&[Name]> {
    use trueup_catalog::ConstraintBody as B;
    match &constraint.body {
        B::PrimaryKey(key) | B::Unique(key) => Some(&key.columns),
        B::ForeignKey(key) => Some(&key.columns),
        B::Check { .. } | B::Exclusion(_) => None,
    }
}
