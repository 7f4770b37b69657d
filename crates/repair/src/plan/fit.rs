//! A new partition must fit the table that it becomes a part of as that is in live, which need not be as it is wanted: it has
//! each of that table's columns with their types and NOT NULL, no others, and each of its checks (manual, ALTER TABLE, "ATTACH
//! PARTITION"; `MergeAttributesIntoExisting` and `MergeConstraintsIntoExisting` in `tablecmds.c`).
//!
//! Owns: what a partition's columns and checks are instead of those that are wanted.

use super::{Context, column};
use std::borrow::Cow;
use trueup_catalog::{
    Column, Constraint, ConstraintBody, Name, ObjectKey, ObjectKind, QualifiedName, SchemaObject, Table,
};
use trueup_diff::{Disposition, widens};

/// The nearest table above a new partition that live has.
fn above<'a>(context: &Context<'a>, table: &Table) -> Option<&'a QualifiedName> {
    let mut parent = &table.partition_of.as_ref()?.parent;
    loop {
        if let Some(there) = context.live.table(parent) {
            return Some(&there.name);
        }
        parent = &context.desired.table(parent)?.partition_of.as_ref()?.parent;
    }
}

/// Whether a column that the table above lacks is left for people.
fn is_left(context: &Context<'_>, above: &QualifiedName, name: &Name) -> bool {
    context.live.column(above, name).is_none()
        && context.desired.column(above, name).is_none_or(|wanted| {
            let judged = column::missing(context, &wanted.key(), wanted);
            judged.disposition == Disposition::Manual && judged.drafts.is_empty()
        })
}

/// The columns of a table that is made: of a partition those that fit.
pub(super) fn columns<'a>(context: &Context<'a>, table: &Table) -> Vec<Cow<'a, Column>> {
    let wanted = context.desired.columns(&table.name);
    let Some(above) = above(context, table) else { return wanted.into_iter().map(Cow::Borrowed).collect() };
    let extra = context
        .live
        .columns(above)
        .into_iter()
        .filter(|column| context.desired.column(&table.name, &column.name).is_none());
    wanted
        .into_iter()
        .filter(|column| !is_left(context, above, &column.name))
        .map(|column| match context.live.column(above, &column.name) {
            Some(there) => fitted(column, there),
            None => Cow::Borrowed(column),
        })
        // They are the partition's own now: what is set on them is set there.
        .chain(extra.map(|column| Cow::Owned(Column { table: table.name.clone(), ..column.clone() })))
        .collect()
}

fn fitted<'a>(wanted: &'a Column, there: &Column) -> Cow<'a, Column> {
    let same_type = wanted.data_type == there.data_type && wanted.collation == there.collation;
    let same = same_type && wanted.generated == there.generated;
    if same && (wanted.not_null.is_some() || there.not_null.is_none()) {
        return Cow::Borrowed(wanted);
    }
    let mut column = wanted.clone();
    if column.not_null.is_none() {
        column.not_null.clone_from(&there.not_null);
    }
    if !same {
        column.data_type.clone_from(&there.data_type);
        column.collation.clone_from(&there.collation);
        column.generated.clone_from(&there.generated);
        if !same_type {
            // They go with the type: changing that sets them anew (`ATExecAlterColumnType` in `tablecmds.c`), so they come after it.
            column.storage = None;
            column.compression = None;
            // A value of a type that is only wider fits; another may be none of this type.
            if !widens(&there.data_type, &wanted.data_type) {
                column.default = None;
            }
        }
    }
    Cow::Owned(column)
}

/// The constraints of a table that is made: of a partition with the checks that the table above has.
pub(super) fn constraints<'a>(context: &Context<'a>, table: &Table) -> Vec<&'a Constraint> {
    let of = |catalog: &'a trueup_catalog::Catalog, table: &QualifiedName| {
        let found: Vec<_> = catalog
            .on_relation(ObjectKind::Constraint, table)
            .filter_map(|(_, entry)| Constraint::of(&entry.object))
            .collect();
        found
    };
    let mut all = of(context.desired, &table.name);
    let Some(above) = above(context, table) else { return all };
    for there in of(context.live, above).into_iter().filter(|c| is_handed_down(c)) {
        match all.iter_mut().find(|wanted| wanted.name == there.name) {
            // The same text need not be the same to PostgreSQL, which compares what it stored; a check that live has is.
            Some(wanted) => *wanted = there,
            None => all.push(there),
        }
    }
    all
}

fn is_handed_down(constraint: &Constraint) -> bool {
    matches!(constraint.body, ConstraintBody::Check { .. }) && !constraint.no_inherit
}

/// Whether the table above a new partition has a check of that name, which the partition must have before it is attached.
pub(super) fn demands(context: &Context<'_>, table: &Table, check: &Name) -> bool {
    above(context, table).is_some_and(|above| {
        let key = ObjectKey::on_relation(ObjectKind::Constraint, above.clone(), check.clone());
        let there = context.live.get(&key).and_then(|entry| Constraint::of(&entry.object));
        there.is_some_and(is_handed_down)
    })
}

/// Columns of the table above that live lacks and the repair adds: without one of them the partition would not fit.
pub(super) fn awaits<'a>(context: &Context<'a>, table: &Table) -> Vec<(&'a QualifiedName, &'a Name)> {
    let Some(above) = above(context, table) else { return Vec::new() };
    let columns = context.desired.columns(above).into_iter();
    columns
        .filter(|column| {
            context.live.column(above, &column.name).is_none() && !is_left(context, above, &column.name)
        })
        .map(|column| (above, &column.name))
        .collect()
}
