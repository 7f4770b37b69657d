//! `GENERATED … AS IDENTITY` on a column that is there.

use super::draft::Draft;
use super::{Context, Judged, recipe};
use crate::ddl::Sql;
use crate::ddl::sequence;
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::statement::{Asked, Refusal, Statement};
use crate::step::Phase;
use trueup_catalog::{
    Column, Constraint, ConstraintBody, Identity, Index, IndexTarget, Name, ObjectKey, ObjectKind,
    QualifiedName,
};

/// It becomes one in a moment where an index tells the highest value: the sequence is set behind that while the lock is held, so that
/// no row comes between. A column that has a default already must lose that first, which is people's to do, and what rows
/// partitions and their parent number is not told by one index.
pub(super) fn added(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Column,
    live: &Column,
    identity: &Identity,
) -> Judged {
    let Column { table, name, .. } = desired;
    if let Some(reason) = obstacle(context, desired, live, identity) {
        return Judged::manual(reason, recipe::identity(context, desired, live, identity));
    }
    let isolation = Refusal {
        asked: Asked::Before,
        condition:
            "pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')"
                .to_owned(),
        message: format!("rows that were added to {table} since the transaction began would not be seen"),
        code: "25001".to_owned(),
        hint: "SET default_transaction_isolation = 'read committed'; then run this repair again".to_owned(),
        reads_rows: false,
    };
    let other = Refusal {
        asked: Asked::After,
        condition: guard::column_is_no_identity(table, name, identity.always),
        message: format!("column {key} is not what this repair would make: it is no identity, or another"),
        code: "42P16".to_owned(),
        hint: "Compare again and run trueup repair anew".to_owned(),
        reads_rows: false,
    };
    let sql = recipe::begin_identity(desired, identity);
    // Two statements that must not be parted: each is read once the one before it has run.
    let statement = Statement::new(&*sql.text)
        .when(guard::column_counts_not(table, name))
        .refuse(isolation)
        .refuse(other)
        .dynamic();
    let mut draft = Draft::new(Phase::Validate, key, format!("identity of {key}"))
        .statement(&sql, statement)
        .locks(Lock::table(table, LockMode::AccessExclusive, Held::Moment))
        .on(table)
        .not_null(table, std::slice::from_ref(name))
        .note("numbers go on behind the furthest value that is there");
    if identity.always {
        draft = draft.note(
            "INSERT that names a value for it fails from then on, unless it says OVERRIDING SYSTEM VALUE",
        );
    }
    Judged::safe("an index tells where its sequence must begin", vec![draft])
}

fn obstacle(context: &Context<'_>, desired: &Column, live: &Column, identity: &Identity) -> Option<String> {
    let table = &desired.table;
    if live.default.is_some() {
        return Some("the column has a default, which must go first".to_owned());
    }
    if live.data_type != desired.data_type || live.generated.is_some() {
        return Some("the column is of another type, or is generated".to_owned());
    }
    if desired.not_null.is_none() {
        return Some("the column may hold NULL".to_owned());
    }
    let partition = context.live.table(table).is_some_and(|t| t.partition_of.is_some());
    if partition || context.is_partitioned(table) {
        return Some("what partitions hold is not told by one index".to_owned());
    }
    if let Some(taken) = context.taken(&identity.sequence) {
        return Some(format!("the name of its sequence is taken by {} {taken}", taken.kind));
    }
    let reads_all = "without an index that begins with it, the highest value is found by reading the table while nobody can use it";
    (!leads(context, table, &desired.name)).then(|| reads_all.to_owned())
}

/// Whether a valid B-tree index over all rows begins with the column.
fn leads(context: &Context<'_>, table: &QualifiedName, column: &Name) -> bool {
    let on = |kind| context.live.on_relation(kind, table);
    let by_index = on(ObjectKind::Index).filter_map(|(_, e)| Index::of(&e.object)).any(|index| {
        let first = index.elements.first().map(|e| &e.target);
        let leads = matches!(first, Some(IndexTarget::Column(c)) if c == column);
        leads && index.valid && index.predicate.is_none() && index.method == "btree"
    });
    let by_key = on(ObjectKind::Constraint).filter_map(|(_, e)| Constraint::of(&e.object)).any(|c| match &c
        .body
    {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
            // WITHOUT OVERLAPS is a GiST index.
            key.columns.first() == Some(column) && !key.without_overlaps
        }
        ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => false,
    });
    by_index || by_key
}

/// Someone chose how it counts; people get the statement that would make it count otherwise.
pub(super) fn changed(desired: &Column, live: &Column) -> Judged {
    let Column { table, name, .. } = desired;
    let (Some(wanted), Some(there)) = (&desired.identity, &live.identity) else {
        return Judged::manual("adding can't change what is there", Vec::new());
    };
    let mut sql = Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name}"));
    if wanted.always != there.always {
        sql.push(if wanted.always { " SET GENERATED ALWAYS" } else { " SET GENERATED BY DEFAULT" });
    }
    for option in sequence::changes(&wanted.options, &there.options) {
        sql.add(format_args!(" SET {option}"));
    }
    Judged::manual("someone chose the live value", vec![sql])
}
