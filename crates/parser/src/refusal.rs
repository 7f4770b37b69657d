//! What PostgreSQL refuses because of what hangs on the object that a statement changes.
//!
//! Owns: these refusals, with their SQLSTATEs and words. They are asked where the catalog is complete, as a live database's is: of a desired
//! schema parts may lie elsewhere.
//! Never: changes the catalog.

use trueup_catalog::{
    Column, DataType, Domain, Index, IndexTarget, MaterializedView, Name, Object, ObjectKey, ObjectKind,
    QualifiedName, View,
};
use trueup_settle::World;

use crate::apply::mentions::Mentions;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::step::Change;

const UNSUPPORTED: &str = "0A000";

/// A column gets another type, or the same: what uses it stands in the way (`ATPrepAlterColumnType` and
/// `RememberAllDependentForRebuilding` in `tablecmds.c`).
pub(crate) fn retyped(interp: &Interpreter<'_>, table: &QualifiedName, column: &Name) -> Outcome {
    let catalog = interp.store.catalog();
    let key = catalog.table(table).and_then(|found| found.partition_key.as_ref());
    let partitions = key.is_some_and(|key| {
        key.elements.iter().any(|element| match &element.target {
            IndexTarget::Column(name) => name == column,
            IndexTarget::Expr(expr) => Mentions::of_expr(&expr.sql).columns.contains(column),
        })
    });
    if partitions {
        let message = format!(
            "cannot alter column \"{}\" because it is part of the partition key of relation \"{}\"",
            column.as_str(),
            table.name.as_str()
        );
        return Err(Failure::said("42P16", message));
    }
    for user in interp.users_of_column(table, column) {
        let Some(entry) = catalog.get(&user) else { continue };
        let used = match &entry.object {
            Object::View(_) | Object::MaterializedView(_) | Object::Rule(_) => "used by a view or rule",
            Object::Trigger(_) => "used in a trigger definition",
            Object::Policy(_) => "used in a policy definition",
            Object::Function(_) | Object::Procedure(_) => "used by a function or procedure",
            Object::Column(other) if other.generated.is_some() => {
                let state = if interp.major() >= 15 { UNSUPPORTED } else { "42601" };
                return Err(Failure::said(state, "cannot alter type of a column used by a generated column"));
            }
            Object::Column(_)
            | Object::Constraint(_)
            | Object::Index(_)
            | Object::Statistics(_)
            | Object::Sequence(_)
            | Object::Table(_)
            | Object::Schema(_)
            | Object::Extension(_)
            | Object::EnumType(_)
            | Object::Domain(_)
            | Object::DomainConstraint(_)
            | Object::CompositeType(_)
            | Object::RangeType(_)
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
            | Object::EventTrigger(_)
            | Object::Publication(_)
            | Object::Subscription(_)
            | Object::DefaultPrivileges(_) => continue,
        };
        return Err(Failure::said(UNSUPPORTED, format!("cannot alter type of a column {used}")));
    }
    row_type_used(interp, table)
}

/// A table whose rows are values in a column elsewhere can't be scanned anew by ALTER TABLE (`find_composite_type_dependencies`).
pub(crate) fn row_type_used(interp: &Interpreter<'_>, table: &QualifiedName) -> Outcome {
    let Some(column) = column_of_type(interp, table) else { return Ok(()) };
    let foreign = interp.store.catalog().table(table).is_some_and(|found| found.foreign.is_some());
    let message = format!(
        "cannot alter {} \"{}\" because column \"{}.{}\" uses its row type",
        if foreign { "foreign table" } else { "table" },
        table.name.as_str(),
        column.table.name.as_str(),
        column.name.as_str()
    );
    Err(Failure::said(UNSUPPORTED, message))
}

/// The attributes of a composite type can't change their types while a column is of it.
pub(crate) fn composite_type_used(interp: &Interpreter<'_>, name: &QualifiedName) -> Outcome {
    let Some(column) = column_of_type(interp, name) else { return Ok(()) };
    let message = format!(
        "cannot alter type \"{}\" because column \"{}.{}\" uses it",
        name.name.as_str(),
        column.table.name.as_str(),
        column.name.as_str()
    );
    Err(Failure::said(UNSUPPORTED, message))
}

/// The first column of a table that is of a composite type: as it is, in an array, in a domain or inside another composite type.
fn column_of_type<'i>(interp: &'i Interpreter<'_>, name: &QualifiedName) -> Option<&'i Column> {
    let catalog = interp.store.catalog();
    let mut types = vec![name.clone()];
    let mut next = 0;
    let is = |data_type: &DataType, name: &QualifiedName| data_type.qualified_name().as_ref() == Some(name);
    while let Some(inner) = types.get(next).cloned() {
        next += 1;
        let columns = catalog.of_kind(ObjectKind::Column).filter_map(|(_, entry)| Column::of(&entry.object));
        if let Some(column) =
            columns.filter(|c| is(&c.data_type, &inner)).find(|c| catalog.table(&c.table).is_some())
        {
            return Some(column);
        }
        for (_, entry) in catalog.of_kind(ObjectKind::Domain) {
            if let Some(domain) = Domain::of(&entry.object)
                && is(&domain.base, &inner)
                && !types.contains(&domain.name)
            {
                types.push(domain.name.clone());
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::CompositeType) {
            if let Object::CompositeType(outer) = &entry.object
                && outer.attributes.iter().any(|attribute| is(&attribute.data_type, &inner))
                && !types.contains(&outer.name)
            {
                types.push(outer.name.clone());
            }
        }
    }
    None
}

/// `CREATE OR REPLACE VIEW` keeps the columns that are there, and may add some behind them (`checkViewColumns` in `view.c`).
pub(crate) fn replaced_view(world: &World<'_>, change: &Change) -> Outcome {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return Ok(()) };
    let (Some(old), Some(new)) = (View::of(&before.object), View::of(&after.object)) else { return Ok(()) };
    if old == new {
        return Ok(());
    }
    let (Some(old), Some(new)) = (columns(world, old), columns(world, new)) else { return Ok(()) };
    if new.len() < old.len() {
        return Err(Failure::said("42P16", "cannot drop columns from view"));
    }
    for ((was, old_type), (is, new_type)) in old.iter().zip(&new) {
        let (was, is) = (was.as_str(), is.as_str());
        if was != is {
            let message = format!("cannot change name of view column \"{was}\" to \"{is}\"");
            return Err(Failure::said("42P16", message)
                .help("use ALTER VIEW ... RENAME COLUMN ... to change its name instead"));
        }
        if let (Some(from), Some(to)) = (old_type, new_type)
            && from != to
        {
            let (from, to) = (world.words_of_type(from), world.words_of_type(to));
            let message = format!("cannot change data type of view column \"{was}\" from {from} to {to}");
            return Err(Failure::said("42P16", message));
        }
    }
    Ok(())
}

/// A view's columns: as a server tells them, else as its query gives them, where rules can tell.
fn columns(world: &World<'_>, view: &View) -> Option<Vec<(Name, Option<DataType>)>> {
    if !view.columns.is_empty() && view.columns.iter().all(|column| column.data_type.is_some()) {
        return Some(view.columns.iter().map(|c| (c.name.clone(), c.data_type.clone())).collect());
    }
    let output = world.output(&view.query).ok()?;
    let named = |at: usize| view.columns.get(at).map(|column| column.name.clone());
    let given = output.into_iter().enumerate();
    Some(given.map(|(at, column)| (named(at).unwrap_or(column.name), column.data_type)).collect())
}

/// `REFRESH MATERIALIZED VIEW CONCURRENTLY` needs rows that are there and a plain unique index (`ExecRefreshMatView` in `matview.c`).
pub(crate) fn refreshed(interp: &Interpreter<'_>, name: &QualifiedName) -> Outcome {
    let catalog = interp.store.catalog();
    let key = ObjectKey::in_schema(ObjectKind::MaterializedView, name.clone());
    let Some(view) = catalog.get(&key).and_then(|entry| MaterializedView::of(&entry.object)) else {
        return Ok(());
    };
    if !view.populated {
        let message = "CONCURRENTLY cannot be used when the materialized view is not populated";
        return Err(Failure::said(UNSUPPORTED, message));
    }
    let mut indexes = catalog.on_relation(ObjectKind::Index, name).filter_map(|(_, e)| Index::of(&e.object));
    let usable = indexes.any(|index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && index.elements.iter().all(|element| matches!(element.target, IndexTarget::Column(_)))
    });
    if usable {
        return Ok(());
    }
    let message = format!(
        "cannot refresh materialized view \"{}.{}\" concurrently",
        name.schema.as_str(),
        name.name.as_str()
    );
    Err(Failure::said("55000", message).help("create a unique index with no WHERE clause on it first"))
}

/// A virtual generated column is of one of PostgreSQL's own types (18: `CheckAttributeType` in `heap.c`).
pub(crate) fn virtual_type(interp: &Interpreter<'_>, column: &Column) -> Outcome {
    let Some(name) = column.data_type.qualified_name() else { return Ok(()) };
    let is = |kind| interp.store.get(&ObjectKey::in_schema(kind, name.clone())).is_some();
    let sort = if is(ObjectKind::Domain) && !column.data_type.array {
        "domain"
    } else if [
        ObjectKind::EnumType,
        ObjectKind::CompositeType,
        ObjectKind::RangeType,
        ObjectKind::Table,
        ObjectKind::Domain,
    ]
    .into_iter()
    .any(is)
    {
        "user-defined"
    } else {
        return Ok(());
    };
    let name = column.name.as_str();
    let message = format!("virtual generated column \"{name}\" cannot have a {sort} type");
    Err(Failure::said(UNSUPPORTED, message))
}

/// Nothing that is stored can be about a column that is not (18: `DefineIndex`, `ATAddForeignKeyConstraint`, `CreateStatistics`).
pub(crate) fn on_virtual<'n>(
    interp: &Interpreter<'_>,
    table: &QualifiedName,
    mut columns: impl Iterator<Item = &'n Name>,
    refused: &str,
) -> Outcome {
    let is_virtual = |name: &&Name| {
        let column = interp.store.catalog().column(table, name);
        column.and_then(|column| column.generated.as_ref()).is_some_and(|generated| !generated.stored)
    };
    match columns.find(is_virtual) {
        Some(_) => Err(Failure::said(UNSUPPORTED, refused)),
        None => Ok(()),
    }
}
