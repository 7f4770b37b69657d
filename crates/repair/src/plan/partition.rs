//! What is made on a partitioned table that is there, one partition at a time, so that no
//! statement holds a lock for longer than a moment.

use super::Context;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::ddl::{constraint as constraint_ddl, index as index_ddl, table as table_ddl};
use crate::guard;
use crate::lock::{Held, Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::shape;
use crate::statement::{Asked, Refusal, Statement};
use crate::step::Phase;
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, Index, IndexTarget, Name, ObjectKey, ObjectKind, QualifiedName,
    SchemaObject, Table,
};

/// For people: how the table would be attached.
pub(super) fn suggestion(table: &Table) -> Vec<Sql> {
    table_ddl::attach(table).into_iter().collect()
}

/// An index of a partitioned table: the parent's alone, which is invalid at first, then each
/// partition's concurrently, then attached; the last one makes the parent's valid.
pub(super) fn index(context: &Context<'_>, key: &ObjectKey, index: &Index) -> Vec<Draft> {
    let mut drafts = Vec::new();
    index_level(context, key, index, &mut drafts);
    drafts
}

fn index_level(context: &Context<'_>, root: &ObjectKey, index: &Index, drafts: &mut Vec<Draft>) {
    let build = index_ddl::Build { concurrently: false, if_not_exists: true, only: true };
    let name = QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
    push(
        drafts,
        Draft::new(Phase::Build, &index.key(), format!("index {} on {} alone", index.key(), index.table))
            .shaped(&guard::no_relation(&name), &index_ddl::create(index, build), &shape::index(index))
            .locks(Lock::table(&index.table, LockMode::Share, Held::Moment))
            .on(&index.table)
            // Attaching a partition would make it a part of this one, named by PostgreSQL's rule.
            .needs(Symbol::Attached(index.table.clone())),
    );
    let own = QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
    for partition in context.live_partitions(&index.table) {
        let part = part(context, index, &own, &partition.name);
        if !index.valid && !context.desired.contains(&part.key()) {
            // It is wanted for some partitions only, and not for this one.
            continue;
        }
        if context.is_partitioned(&partition.name) {
            index_level(context, root, &part, drafts);
        } else {
            for draft in super::index::concurrently(context, &part) {
                push(drafts, draft);
            }
        }
        let attach = attach(root, &part, &own);
        let unique = Symbol::Unique(index.table.clone());
        push(drafts, if index.unique { attach.provides(unique) } else { attach });
    }
}

fn push(drafts: &mut Vec<Draft>, draft: Draft) {
    drafts.push(if drafts.is_empty() { draft } else { draft.then() });
}

/// A partition's share of its parent's index: as the desired schema names it, else by
/// PostgreSQL's own rule.
fn part(context: &Context<'_>, index: &Index, parent: &QualifiedName, partition: &QualifiedName) -> Index {
    for catalog in [context.desired, context.live] {
        let found = catalog
            .on_relation(ObjectKind::Index, partition)
            .filter_map(|(_, entry)| Index::of(&entry.object))
            .find(|i| i.attached_to.as_ref() == Some(parent));
        // Its name may be that of another index in live, where it was made in another order.
        let free = |found: &&Index| {
            context
                .taken(&name_of(found))
                .is_none_or(|taken| *taken == found.key() && is_part(context, found, parent))
        };
        if let Some(found) = found.filter(free) {
            return found.clone();
        }
    }
    let columns = columns(index);
    // Other indexes of the same columns that the plan makes for the partition as well.
    let before = context
        .desired
        .on_relation(ObjectKind::Index, &index.table)
        .filter(|(key, _)| context.is_missing(key))
        .filter_map(|(_, entry)| Index::of(&entry.object))
        .filter(|other| other.name < index.name && self::columns(other) == columns);
    let name = context.unused(partition, Some(&columns), "idx", before.count());
    Index { table: partition.clone(), name, attached_to: Some(parent.clone()), ..index.clone() }
}

fn name_of(index: &Index) -> QualifiedName {
    QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() }
}

/// Whether live's index of that name is a part of the parent's, or could become one.
fn is_part(context: &Context<'_>, index: &Index, parent: &QualifiedName) -> bool {
    let there = context.live.get(&index.key()).and_then(|entry| Index::of(&entry.object));
    there.is_some_and(|there| {
        there.attached_to.as_ref().is_none_or(|whole| whole == parent) && !context.is_reshaped(&index.key())
    })
}

/// Live's part of a parent's index on one of its partitions, whatever its name.
pub(super) fn part_of<'a>(
    context: &Context<'a>,
    parent: &QualifiedName,
    partition: &QualifiedName,
) -> Option<&'a Index> {
    context
        .live
        .on_relation(ObjectKind::Index, partition)
        .filter_map(|(_, entry)| Index::of(&entry.object))
        .find(|index| index.attached_to.as_ref() == Some(parent))
}

/// What an automatic name says of an index's columns.
pub(super) fn columns(index: &Index) -> Name {
    let words: Vec<&str> = index
        .elements
        .iter()
        .map(|e| match &e.target {
            IndexTarget::Column(name) => name.as_str(),
            IndexTarget::Expr(_) => "expr",
        })
        .collect();
    Name::new(words.join("_"))
}

/// Attaches a partition's index, if it is whole: PostgreSQL would attach an invalid one in silence.
pub(super) fn attach(key: &ObjectKey, part: &Index, parent: &QualifiedName) -> Draft {
    let (schema, name) = (&part.table.schema, &part.name);
    let part_name = QualifiedName { schema: schema.clone(), name: name.clone() };
    let refusal = Refusal {
        asked: Asked::Before,
        condition: guard::index_invalid(schema, name),
        message: format!("index {schema}.{name} is invalid: its build failed"),
        code: "55000".to_owned(),
        hint: format!("DROP INDEX CONCURRENTLY {schema}.{name}; then run this repair again"),
        reads_rows: false,
    };
    let mut draft = Draft::new(Phase::Build, key, format!("index {schema}.{name} as part of {parent}"))
        .locks(Lock::other(Locked::Index, &part_name, LockMode::AccessExclusive))
        .locks(Lock::other(Locked::Index, parent, LockMode::ShareUpdateExclusive))
        .on(&part.table)
        .plain(
            Statement::new(index_ddl::attach(parent, schema, name).text)
                .when(guard::not_attached(schema, name))
                .refuse(refusal),
        );
    draft.step.key = part.key();
    draft
}

/// A primary key or unique constraint of a partitioned table: the parent's alone, each
/// partition's from an index that was built concurrently, then attached.
pub(super) fn key_constraint(context: &Context<'_>, constraint: &Constraint) -> Option<Vec<Draft>> {
    let mut drafts = Vec::new();
    key_level(context, constraint, &mut drafts)?;
    Some(drafts)
}

fn key_level(context: &Context<'_>, constraint: &Constraint, drafts: &mut Vec<Draft>) -> Option<()> {
    let (ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key)) = &constraint.body else {
        return None;
    };
    let table = &constraint.table;
    let mut only = Sql::new(format!("ALTER TABLE ONLY {table} ADD "));
    constraint_ddl::define(&mut only, constraint);
    push(
        drafts,
        Draft::new(
            Phase::Constrain,
            &constraint.key(),
            format!("constraint {} on {table} alone", constraint.name),
        )
        .shaped(&guard::no_constraint(table, &constraint.name), &only, &shape::constraint(constraint))
        .locks(Lock::table(table, LockMode::AccessExclusive, Held::Moment))
        .on(table)
        .not_null(table, &key.columns)
        .provides(Symbol::Unique(table.clone())),
    );
    let own = QualifiedName { schema: table.schema.clone(), name: constraint.name.clone() };
    for partition in context.live_partitions(table) {
        let part = key_part(context, constraint, &key.columns, &partition.name);
        if context.is_partitioned(&partition.name) {
            key_level(context, &part, drafts)?;
        } else {
            for draft in super::constraint::from_index(context, &part)? {
                push(drafts, draft);
            }
        }
        push(drafts, attach_key(&part, table, &own));
    }
    // A partition that the plan makes brings its own, and is attached to the table before the key is there to adopt that.
    for partition in context.new_parts(table) {
        if let Some(part) = key_part_of(context.desired, constraint, &key.columns, partition) {
            push(drafts, attach_key(part, table, &own).needs(Symbol::Attached(table.clone())));
        }
    }
    Some(())
}

/// Attaches a partition's key. The whole is valid, and can be referred to, once the last part is attached.
fn attach_key(part: &Constraint, whole: &QualifiedName, own: &QualifiedName) -> Draft {
    let index = Index {
        table: part.table.clone(),
        name: part.name.clone(),
        method: Name::new("btree"),
        unique: true,
        elements: Vec::new(),
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        options: Default::default(),
        tablespace: None,
        attached_to: Some(own.clone()),
        statistics: Default::default(),
        valid: true,
    };
    let mut attach = attach(&part.key(), &index, own);
    attach.step.phase = Phase::Constrain;
    attach.step.key = part.key();
    attach.provides(Symbol::Unique(whole.clone()))
}

/// A partition's share of its parent's key in a catalog.
fn key_part_of<'a>(
    catalog: &'a Catalog,
    constraint: &Constraint,
    columns: &[Name],
    partition: &QualifiedName,
) -> Option<&'a Constraint> {
    let alike = |other: &&Constraint| {
        other.inherited
            && match (&other.body, &constraint.body) {
                (ConstraintBody::PrimaryKey(_), ConstraintBody::PrimaryKey(_)) => true,
                (ConstraintBody::Unique(a), ConstraintBody::Unique(_)) => a.columns == columns,
                _ => false,
            }
    };
    catalog
        .on_relation(ObjectKind::Constraint, partition)
        .filter_map(|(_, entry)| Constraint::of(&entry.object))
        .find(alike)
}

fn key_part(
    context: &Context<'_>,
    constraint: &Constraint,
    columns: &[Name],
    partition: &QualifiedName,
) -> Constraint {
    for catalog in [context.desired, context.live] {
        if let Some(found) = key_part_of(catalog, constraint, columns, partition) {
            return found.clone();
        }
    }
    let joined = Name::new(columns.iter().map(Name::as_str).collect::<Vec<_>>().join("_"));
    let name = match &constraint.body {
        ConstraintBody::PrimaryKey(_) => context.unused(partition, None, "pkey", 0),
        ConstraintBody::Unique(_)
        | ConstraintBody::ForeignKey(_)
        | ConstraintBody::Check { .. }
        | ConstraintBody::Exclusion(_) => context.unused(partition, Some(&joined), "key", 0),
    };
    Constraint { table: partition.clone(), name, inherited: true, ..constraint.clone() }
}

/// A foreign key of a partitioned table before 18, which refuses `NOT VALID` there: each leaf's
/// first, validated, and then the parent's, which takes those over without a scan.
pub(super) fn foreign_key(context: &Context<'_>, key: &ObjectKey, constraint: &Constraint) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut leaves = Vec::new();
    collect_leaves(context, &constraint.table, &mut leaves);
    for leaf in leaves {
        let part = Constraint { table: leaf.clone(), ..constraint.clone() };
        for draft in super::constraint::not_valid_then_validate(context, key, &part) {
            push(&mut drafts, draft);
        }
    }
    // Taking a partition's key over drops that key's triggers on the table referred to.
    let adopts = !drafts.is_empty();
    let mut add = super::constraint::add_draft(Phase::Validate, key, constraint, true);
    if let (true, ConstraintBody::ForeignKey(foreign)) = (adopts, &constraint.body) {
        let on = &foreign.references;
        add = add.locks(Lock::table(on, LockMode::AccessExclusive, Held::Moment));
    }
    push(&mut drafts, add);
    drafts
}

fn collect_leaves(context: &Context<'_>, table: &QualifiedName, leaves: &mut Vec<QualifiedName>) {
    for partition in context.live_partitions(table) {
        if context.is_partitioned(&partition.name) {
            collect_leaves(context, &partition.name, leaves);
        } else {
            leaves.push(partition.name.clone());
        }
    }
}
