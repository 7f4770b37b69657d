//! NOT NULL on a column that is there, without a scan under a lock that anyone feels.

use super::draft::Draft;
use crate::ddl::Sql;
use crate::ddl::constraint::validate;
use crate::guard::{self, Refusal};
use crate::names::automatic;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Column, Name, ObjectKey};

/// Up to 17: a check that is not valid yet, its validation, SET NOT NULL, for which PostgreSQL takes
/// the check as proof (`ConstraintImpliedByRelConstraint` in `tablecmds.c`), and away with the check: the one thing that a repair ever
/// drops, made by itself a moment before. From 18 on NOT NULL can be `NOT VALID` by itself.
pub(super) fn recipe(version: u32, key: &ObjectKey, column: &Column) -> Vec<Draft> {
    let (table, name) = (&column.table, &column.name);
    let nullable = guard::column_nullable(table, name);
    let refusal = nulls(column);
    let draft = |phase, what: &str| Draft::new(phase, key, format!("not null {key}: {what}")).on(table);
    let scan = format!("SHARE UPDATE EXCLUSIVE on {table} while it is scanned: reads and writes go on");
    let done = Symbol::NotNull(table.clone(), name.clone());
    if version >= 18 {
        let constraint = constraint_name(column);
        let mut add = Sql::new(format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} NOT NULL {name}"));
        if column.not_null.as_ref().is_some_and(|n| n.no_inherit) {
            add.push(" NO INHERIT");
        }
        add.push(" NOT VALID");
        return vec![
            draft(Phase::Constrain, "not valid")
                .text(guard::refuse_then(&guard::has_nulls(table, name), &refusal, &nullable, &add.text))
                .exclusive(table)
                .may_fail(),
            draft(Phase::Validate, "validate")
                .text(guard::when(
                    &guard::constraint_waits(table, &constraint),
                    &validate(table, &constraint).text,
                ))
                .lock(scan)
                .may_fail()
                .provides(done)
                .then(),
        ];
    }
    let helper = automatic(&table.name, Some(name), "trueup_not_null");
    let add = format!("ALTER TABLE {table} ADD CONSTRAINT {helper} CHECK ({name} IS NOT NULL) NOT VALID");
    let set = format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL");
    let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {helper}");
    let add_guard = format!("{nullable}\n    AND {}", guard::no_constraint(table, &helper));
    let set_guard = format!("{nullable}\n    AND {}", guard::constraint_holds(table, &helper));
    let drop_guard = format!(
        "{}\n    AND {}",
        guard::column_not_null(table, name),
        guard::constraint_holds(table, &helper)
    );
    vec![
        draft(Phase::Constrain, "a helper check that is not valid yet")
            .text(guard::refuse_then(&guard::has_nulls(table, name), &refusal, &add_guard, &add))
            .exclusive(table)
            .may_fail(),
        draft(Phase::Validate, "validate the helper check")
            .text(guard::when(&guard::constraint_waits(table, &helper), &validate(table, &helper).text))
            .lock(scan)
            .may_fail()
            .then(),
        draft(Phase::Validate, "the helper check proves it")
            .text(guard::when(&set_guard, &set))
            .exclusive(table)
            .provides(done)
            .then(),
        draft(Phase::Validate, "the helper check goes, the column has the guarantee")
            .text(guard::when(&drop_guard, &drop))
            .exclusive(table)
            .note("drops only the check that this repair made")
            .then(),
    ]
}

/// A column that was added a moment ago and whose rows have no value yet: NOT NULL holds only if
/// there are no rows; otherwise people must fill it first, and the recipe above follows.
pub(super) fn of_new_column(version: u32, key: &ObjectKey, column: &Column) -> Draft {
    let (table, name) = (&column.table, &column.name);
    let mut set = Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL"));
    if version >= 18
        && let Some(constraint) = column.not_null.as_ref().and_then(|n| n.name.as_ref())
    {
        // Only 18 and later keep the name; there this form sets it.
        set = Sql::new(format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} NOT NULL {name}"));
    }
    Draft::new(Phase::Validate, key, format!("not null {key}"))
        .text(guard::refuse_then(
            &guard::has_nulls(table, name),
            &nulls(column),
            &guard::column_nullable(table, name),
            &set.text,
        ))
        .exclusive(table)
        .note("rows that were there before the column have no value in it: with any such row this stops")
        .may_fail()
        .on(table)
        .provides(Symbol::NotNull(table.clone(), name.clone()))
}

/// `VALIDATE` of a NOT NULL that is `NOT VALID` (18 and later).
pub(super) fn validation(key: &ObjectKey, live: &Column) -> Draft {
    let name = constraint_name(live);
    Draft::new(Phase::Validate, key, format!("validate not null {key}"))
        .text(guard::when(&guard::constraint_waits(&live.table, &name), &validate(&live.table, &name).text))
        .lock(format!("SHARE UPDATE EXCLUSIVE on {} while it is scanned: reads and writes go on", live.table))
        .may_fail()
        .provides(Symbol::NotNull(live.table.clone(), live.name.clone()))
}

fn constraint_name(column: &Column) -> Name {
    column
        .not_null
        .as_ref()
        .and_then(|n| n.name.clone())
        .unwrap_or_else(|| automatic(&column.table.name, Some(&column.name), "not_null"))
}

fn nulls(column: &Column) -> Refusal<'static> {
    Refusal {
        message: format!("column {}.{} holds NULL in some rows", column.table, column.name),
        code: "23502",
        hint: "Give those rows a value, then run trueup repair again".to_owned(),
    }
}
