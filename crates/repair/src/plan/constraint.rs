//! Constraints of tables.

use super::draft::Draft;
use super::{Context, Judged, column, partition, table};
use crate::ddl::Sql;
use crate::ddl::constraint::{add, define, index_behind, using_index, validate};
use crate::ddl::index::Build;
use crate::ddl::table::set_option;
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::order::Symbol;
use crate::probe::{self, Probe};
use crate::shape;
use crate::step::Phase;
use std::collections::BTreeSet;
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, ForeignKey, Index, IndexElement, IndexTarget, Name, ObjectKey,
    ObjectKind, QualifiedName, SchemaObject,
};
use trueup_diff::{Change, Disposition};

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, constraint: &Constraint) -> Judged {
    let is_new = context.is_new(&constraint.table);
    if is_new
        && context.desired.table(&constraint.table).is_some_and(|t| table::is_inside(context, t, constraint))
    {
        return Judged::follows();
    }
    if constraint.inherited {
        if hands_down(context, constraint) {
            return Judged::follows();
        }
        return Judged::manual("its parent has one and did not hand it down", vec![add(constraint, true)]);
    }
    if let Some(reason) = obstacle(context, constraint, is_new) {
        return Judged::manual(reason, vec![add(constraint, true)]);
    }
    match &constraint.body {
        _ if is_new => {
            Judged::safe("its table is new", vec![add_draft(Phase::Constrain, key, constraint, true)])
        }
        ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } if !constraint.enforced => {
            Judged::safe("it is not enforced", vec![add_draft(Phase::Constrain, key, constraint, true)])
        }
        ConstraintBody::ForeignKey(_)
            if context.is_partitioned(&constraint.table) && context.version < 18 =>
        {
            Judged::data(
                "every row that is there must have its referent",
                partition::foreign_key(context, key, constraint),
            )
        }
        ConstraintBody::ForeignKey(_) => Judged::data(
            "every row that is there must have its referent",
            not_valid_then_validate(context, key, constraint),
        ),
        ConstraintBody::Check { .. } => Judged::data(
            "rows that are there must satisfy it",
            not_valid_then_validate(context, key, constraint),
        ),
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) => {
            let drafts = if context.is_partitioned(&constraint.table) {
                partition::key_constraint(context, constraint)
            } else {
                from_index(context, constraint)
            };
            match drafts {
                Some(drafts) => Judged::data("rows that are there must be unique", drafts),
                None => blocking(constraint),
            }
        }
        ConstraintBody::Exclusion(_) => blocking(constraint),
    }
}

/// Whether the plan adds the parent's constraint, which brings this one.
fn hands_down(context: &Context<'_>, constraint: &Constraint) -> bool {
    let Some(table) = context.desired.table(&constraint.table) else { return false };
    let mut parents = table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits);
    parents.any(|parent| {
        context.is_new(parent)
            || context
                .desired
                .on_relation(ObjectKind::Constraint, parent)
                .filter(|(key, _)| context.is_missing(key))
                .filter_map(|(_, entry)| Constraint::of(&entry.object))
                .any(|other| other.type_sql() == constraint.type_sql())
    })
}

/// Whether rows of the referenced table are told apart by these columns, now or once the plan has run: a foreign key needs a primary key,
/// a unique constraint or a unique index over just them that is not deferrable (manual, CREATE TABLE, "REFERENCES";
/// `transformFkeyCheckAttrs` in `tablecmds.c`).
fn has_key(context: &Context<'_>, key: &ForeignKey) -> bool {
    let columns: BTreeSet<&Name> = key.referenced_columns.iter().collect();
    let by_constraint = |constraint: &Constraint| match &constraint.body {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
            !constraint.deferrable && key.columns.iter().collect::<BTreeSet<_>>() == columns
        }
        ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => false,
    };
    let by_index = |index: &Index| {
        let names = index.elements.iter().map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name),
            IndexTarget::Expr(_) => None,
        });
        let names: Option<BTreeSet<&Name>> = names.collect();
        index.unique && index.predicate.is_none() && names.as_ref() == Some(&columns)
    };
    let found = |catalog: &Catalog, counts: &dyn Fn(&ObjectKey) -> bool| {
        let mut constraints = catalog.on_relation(ObjectKind::Constraint, &key.references);
        let mut indexes = catalog.on_relation(ObjectKind::Index, &key.references);
        constraints.any(|(key, e)| counts(key) && Constraint::of(&e.object).is_some_and(by_constraint))
            || indexes.any(|(key, e)| counts(key) && Index::of(&e.object).is_some_and(by_index))
    };
    found(context.live, &|_| true) || found(context.desired, &|key| context.is_missing(key))
}

/// What makes PostgreSQL refuse a key on a table that is there.
fn obstacle(context: &Context<'_>, constraint: &Constraint, is_new: bool) -> Option<String> {
    if let ConstraintBody::ForeignKey(key) = &constraint.body
        && !key.period
        && !has_key(context, key)
    {
        return Some(format!(
            "nothing in live tells the rows of {} apart by what it refers to",
            key.references
        ));
    }
    let (ConstraintBody::PrimaryKey(body) | ConstraintBody::Unique(body)) = &constraint.body else {
        return None;
    };
    if is_new {
        return None;
    }
    let on_table = |kind| context.live.on_relation(kind, &constraint.table);
    if matches!(constraint.body, ConstraintBody::PrimaryKey(_)) {
        let other = on_table(ObjectKind::Constraint).find(|(_, entry)| {
            Constraint::of(&entry.object).is_some_and(|c| matches!(c.body, ConstraintBody::PrimaryKey(_)))
        });
        if let Some((key, _)) = other {
            return Some(format!("the table has another primary key, {}", key.name()));
        }
        // Without NOT NULL the key would look for NULL while nobody can use the table.
        let columns = body.columns.iter().filter_map(|name| context.desired.column(&constraint.table, name));
        if let Some(column) = columns.into_iter().find(|c| column::waits_for_people(context, c)) {
            return Some(format!("the rows that are there have no {} yet", column.name));
        }
    }
    let name = QualifiedName { schema: constraint.table.schema.clone(), name: constraint.name.clone() };
    let taken = context.taken(&name)?;
    // The index that a person built for it beforehand, or that an earlier run of the repair left.
    let fits = on_table(ObjectKind::Index).filter_map(|(_, entry)| Index::of(&entry.object)).find(|index| {
        index.name == constraint.name
            && index.unique
            && index.predicate.is_none()
            && index.attached_to.is_none()
            && index.include == body.include
            && index.elements == body.columns.iter().cloned().map(IndexElement::column).collect::<Vec<_>>()
    });
    match fits {
        Some(index) if index.valid && !context.is_partitioned(&constraint.table) => None,
        Some(index) if !index.valid => {
            Some(format!("index {taken} is invalid, left by a build that was not finished: drop it first"))
        }
        Some(_) | None => Some(format!("its name is taken by {} {taken}", taken.kind)),
    }
}

fn blocking(constraint: &Constraint) -> Judged {
    Judged::manual("its index can't be built without blocking reads and writes", vec![add(constraint, true)])
}

/// What the table that a foreign key refers to locks as well.
fn locks(constraint: &Constraint) -> Vec<Lock> {
    let table = |name, mode| Lock::table(name, mode, Held::Moment);
    match &constraint.body {
        ConstraintBody::ForeignKey(key) => vec![
            table(&constraint.table, LockMode::ShareRowExclusive).and_partitions(),
            table(&key.references, LockMode::ShareRowExclusive).and_partitions(),
        ],
        ConstraintBody::Check { .. } if !constraint.no_inherit => {
            vec![table(&constraint.table, LockMode::AccessExclusive).and_below()]
        }
        ConstraintBody::Check { .. }
        | ConstraintBody::PrimaryKey(_)
        | ConstraintBody::Unique(_)
        | ConstraintBody::Exclusion(_) => vec![table(&constraint.table, LockMode::AccessExclusive)],
    }
}

fn title(constraint: &Constraint) -> String {
    let mut sql = Sql::default();
    define(&mut sql, constraint);
    let definition = sql.text.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
    format!("constraint {}.{} {definition}", constraint.table, constraint.name)
}

/// `ADD CONSTRAINT` behind a guard; `NOT VALID` unless `validate`.
pub(super) fn add_draft(phase: Phase, key: &ObjectKey, constraint: &Constraint, validate: bool) -> Draft {
    let mut draft = Draft::new(phase, key, title(constraint))
        .shaped(
            &guard::no_constraint(&constraint.table, &constraint.name),
            &add(constraint, validate),
            &shape::constraint(constraint),
        )
        .on(&constraint.table);
    draft.step.locks = locks(constraint);
    if let ConstraintBody::ForeignKey(foreign) = &constraint.body {
        draft = draft.on(&foreign.references).needs(Symbol::Unique(foreign.references.clone()));
    }
    if constraint.has_index() {
        draft = draft.provides(Symbol::Unique(constraint.table.clone()));
    }
    draft
}

/// A look at the rows, then two steps in transactions of their own: the scan must not run under the lock that adding takes.
pub(super) fn not_valid_then_validate(
    context: &Context<'_>,
    key: &ObjectKey,
    constraint: &Constraint,
) -> Vec<Draft> {
    if context.live.table(&constraint.table).is_some_and(|t| t.foreign.is_some()) {
        // PostgreSQL holds no foreign row against it, neither now nor later (manual, CREATE FOREIGN TABLE, "Notes").
        return vec![add_draft(Phase::Constrain, key, constraint, true)];
    }
    let add = add_draft(Phase::Constrain, key, constraint, false);
    if !constraint.validated {
        return vec![add];
    }
    let look = rows_in_the_way(context, constraint).map(|(probe, code)| {
        let when = guard::no_constraint(&constraint.table, &constraint.name);
        Draft::look(Phase::Constrain, key, &probe, &when, code).on(&constraint.table)
    });
    let add = if look.is_some() { add.then() } else { add };
    look.into_iter().chain([add, validation(context, key, constraint).then()]).collect()
}

/// The question that tells whether the constraint would hold, with the SQLSTATE that PostgreSQL has for it.
fn rows_in_the_way(context: &Context<'_>, constraint: &Constraint) -> Option<(Probe, &'static str)> {
    match &constraint.body {
        ConstraintBody::ForeignKey(key) => {
            Some((probe::orphans(context.live, &constraint.table, key)?, "23503"))
        }
        ConstraintBody::Check { expr } => {
            Some((probe::check(context.desired, context.live, &constraint.table, expr)?, "23514"))
        }
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
            let columns: Vec<IndexElement> = key.columns.iter().cloned().map(IndexElement::column).collect();
            let alike = key.nulls_not_distinct;
            Some((probe::duplicates(context.live, &constraint.table, &columns, None, alike)?, "23505"))
        }
        ConstraintBody::Exclusion(_) => None,
    }
}

fn validation(context: &Context<'_>, key: &ObjectKey, constraint: &Constraint) -> Draft {
    let Constraint { table, name, .. } = constraint;
    let draft = Draft::new(Phase::Validate, key, format!("validate {table}.{name}"))
        .guarded(&guard::constraint_waits(table, name), &validate(table, name))
        .scans(table)
        .may_fail()
        .probe(rows_in_the_way(context, constraint).map(|(probe, _)| probe))
        .on(table);
    match &constraint.body {
        ConstraintBody::ForeignKey(key) => {
            draft.locks(Lock::table(&key.references, LockMode::RowShare, Held::Scan))
        }
        ConstraintBody::Check { .. }
        | ConstraintBody::PrimaryKey(_)
        | ConstraintBody::Unique(_)
        | ConstraintBody::Exclusion(_) => draft,
    }
}

/// A primary key or unique constraint from an index that is built concurrently under its name;
/// `None` if no index can stand in for it (`WITHOUT OVERLAPS`).
pub(super) fn from_index(context: &Context<'_>, constraint: &Constraint) -> Option<Vec<Draft>> {
    let key = constraint.key();
    let (ConstraintBody::PrimaryKey(body) | ConstraintBody::Unique(body)) = &constraint.body else {
        return None;
    };
    let Constraint { table, name, .. } = constraint;
    let build = Build { concurrently: true, if_not_exists: true, only: false };
    let index = index_behind(constraint, build)?;
    let build = super::index::concurrent_draft(
        &key,
        &format!("unique index for {table}.{name}"),
        table,
        name,
        &index,
        shape::key_index(constraint).as_ref(),
    )
    .may_fail();
    let take = Draft::new(Phase::Constrain, &key, title(constraint))
        .shaped(&guard::no_constraint(table, name), &using_index(constraint), &shape::constraint(constraint))
        .locks(Lock::table(table, LockMode::AccessExclusive, Held::Moment))
        .on(table)
        .not_null(table, &body.columns)
        .provides(Symbol::Unique(table.clone()))
        .then();
    let look = rows_in_the_way(context, constraint).map(|(probe, code)| {
        let when = guard::no_constraint(table, name);
        Draft::look(Phase::Build, &key, &probe, &when, code).on(table)
    });
    let build = if look.is_some() { build.then() } else { build };
    Some(look.into_iter().chain([build, take]).collect())
}

pub(super) fn changed(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Constraint,
    live: &Constraint,
    change: &Change,
) -> Judged {
    if let Some(option) = change.attribute.strip_prefix("options.") {
        let (ConstraintBody::PrimaryKey(body) | ConstraintBody::Unique(body)) = &desired.body else {
            return Judged::manual("someone chose the live value", Vec::new());
        };
        let index = QualifiedName { schema: desired.table.schema.clone(), name: desired.name.clone() };
        if context.is_partitioned(&desired.table) {
            return Judged::manual("PostgreSQL sets no options of a partitioned index", Vec::new());
        }
        let set = body.options.get(option).map(|v| set_option("INDEX", &index, option, v));
        let draft =
            Draft::new(Phase::Constrain, key, format!("index of {key} option {option}")).quiet_index(&index);
        return super::option(change, draft, set);
    }
    if let (ConstraintBody::Exclusion(body), ConstraintBody::Exclusion(there), "statistics") =
        (&desired.body, &live.body, change.attribute.as_str())
    {
        let index = QualifiedName { schema: desired.table.schema.clone(), name: desired.name.clone() };
        return super::statistics_targets(key, &index, &body.statistics, &there.statistics);
    }
    if change.attribute == "validated" {
        if !desired.validated {
            return Judged::manual("live has checked its rows already", Vec::new());
        }
        if !live.enforced {
            return Judged::new(
                Disposition::Manual,
                "it is not enforced, so it can't be validated",
                Vec::new(),
            );
        }
        return Judged::data("rows that are there must satisfy it", vec![validation(context, key, live)]);
    }
    let drop = Sql::new(format!("ALTER TABLE {} DROP CONSTRAINT {}", live.table, live.name));
    let waits = match &desired.body {
        ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => desired.enforced,
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => false,
    };
    let mut suggestion = vec![drop, add(desired, !waits)];
    if waits && desired.validated {
        suggestion.push(validate(&desired.table, &desired.name));
    }
    Judged::manual("adding can't change what is there", suggestion)
}
