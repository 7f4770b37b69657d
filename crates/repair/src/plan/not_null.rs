//! NOT NULL on a column that is there, without a scan under a lock that anyone feels.

use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::constraint::validate;
use crate::guard;
use crate::names::automatic;
use crate::order::Symbol;
use crate::probe::{self, Probe};
use crate::statement::Statement;
use crate::step::Phase;
use trueup_catalog::{Column, Name, ObjectKey, PG_CATALOG};

/// Up to 17: a check that is not valid yet, its validation, SET NOT NULL, for which PostgreSQL takes
/// the check as proof (`ConstraintImpliedByRelConstraint` in `tablecmds.c`), and away with the check: the one thing that a repair ever
/// drops, made by itself a moment before. From 18 on NOT NULL can be `NOT VALID` by itself.
///
/// First comes a look for NULL that locks nobody out: a check that is not valid yet refuses updates of such rows.
pub(super) fn recipe(context: &Context<'_>, key: &ObjectKey, column: &Column) -> Vec<Draft> {
    let (table, name) = (&column.table, &column.name);
    let nullable = guard::column_nullable(table, name);
    // Rows that lie elsewhere are not looked at when it is set either.
    let foreign = context.live.table(table).is_some_and(|t| t.foreign.is_some());
    let look = |when: &str| {
        let probe = probe::nulls(context.live, table, name).filter(|_| !foreign);
        let look = probe.map(|probe| Draft::look(Phase::Constrain, key, &probe, when, "23502"));
        look.into_iter().map(|look| look.on(table))
    };
    // Whoever needs the column does not wait for its NOT NULL, which rows may refuse.
    let draft = |phase, what: &str| {
        Draft::new(phase, key, format!("not null {key}: {what}")).provides_nothing().on(table)
    };
    let guarded = |draft: Draft, sql: &str, when: String| draft.plain(Statement::new(sql).when(when));
    let done = Symbol::NotNull(table.clone(), name.clone());
    if context.version >= 18 {
        let constraint = constraint_name(column);
        let mut add = Sql::new(format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} NOT NULL {name}"));
        if column.not_null.as_ref().is_some_and(|n| n.no_inherit) {
            add.push(" NO INHERIT");
        }
        add.push(" NOT VALID");
        let steps = vec![
            guarded(draft(Phase::Constrain, "not valid"), &add.text, nullable.clone()).exclusive(table),
            guarded(
                draft(Phase::Validate, "validate"),
                &validate(table, &constraint).text,
                guard::constraint_waits(table, &constraint),
            )
            .scans(table)
            .may_fail()
            .provides(done)
            .then(),
        ];
        return look(&nullable).chain(steps).enumerate().map(follow).collect();
    }
    let helper = automatic(&table.name, Some(name), "trueup_not_null");
    let some = is_there(column);
    let add = format!("ALTER TABLE {table} ADD CONSTRAINT {helper} CHECK ({name} {some}) NOT VALID");
    let set = format!("ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL");
    let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {helper}");
    let add_guard = format!("{nullable}\n    AND {}", guard::no_constraint(table, &helper));
    let set_guard = format!("{nullable}\n    AND {}", guard::constraint_holds(table, &helper));
    let drop_guard = format!(
        "{}\n    AND {}",
        guard::column_not_null(table, name),
        guard::constraint_holds(table, &helper)
    );
    let look = look(&add_guard);
    let steps = vec![
        guarded(draft(Phase::Constrain, "a helper check that is not valid yet"), &add, add_guard)
            .exclusive(table),
        guarded(
            draft(Phase::Validate, "validate the helper check"),
            &validate(table, &helper).text,
            guard::constraint_waits(table, &helper),
        )
        .scans(table)
        .may_fail()
        .then(),
        guarded(draft(Phase::Validate, "the helper check proves it"), &set, set_guard)
            .exclusive(table)
            .provides(done)
            .then(),
        guarded(
            draft(Phase::Validate, "the helper check goes, the column has the guarantee"),
            &drop,
            drop_guard,
        )
        .exclusive(table)
        .note("drops only the check that this repair made")
        .then(),
    ];
    look.chain(steps).enumerate().map(follow).collect()
}

/// The test that means what NOT NULL does. Of a row value `IS NOT NULL` looks at its fields (manual, "Comparison Functions and Operators");
/// `IS DISTINCT FROM NULL` does not, and is the very test that PostgreSQL looks for among the checks (`make_nulltest_from_distinct` in
/// `parse_expr.c`). Types that are not PostgreSQL's own may be of rows.
fn is_there(column: &Column) -> &'static str {
    match column.data_type.qualified_name() {
        Some(name) if name.schema == PG_CATALOG => "IS NOT NULL",
        Some(_) | None => "IS DISTINCT FROM NULL",
    }
}

/// NOT NULL on a column that the plan adds and nothing fills. Where the table is known to have rows it is for people to fill them;
/// else the recipe finds whether there are any.
pub(super) fn of_new_column(context: &Context<'_>, key: &ObjectKey, column: &Column) -> Judged {
    let (table, name) = (&column.table, &column.name);
    if context.has_rows(table) {
        let wanted = column.default.as_ref().map_or("…", |d| &*d.sql);
        let batches = super::recipe::fill(context, table, name, wanted);
        return Judged {
            probe: probe::unfilled(context.live, table, name),
            ..Judged::manual(
                "it is added, but NOT NULL must wait until somebody has filled the rows that are there, batch by batch; the next repair then makes it NOT NULL",
                vec![batches],
            )
        };
    }
    let reason = "it is NOT NULL and nothing fills rows, so there must be none";
    let mut drafts = recipe(context, key, column);
    let probe = probe::unfilled(context.live, table, name);
    let when = guard::column_nullable(table, name);
    let look = probe.map(|probe| {
        let nulls = format!("{} WHERE {}.{name} IS NOT DISTINCT FROM NULL", probe.query, table.name);
        let asked = Probe { query: nulls, ..probe.clone() };
        let mut look = Draft::look(Phase::Constrain, key, &asked, &when, "23502").on(table);
        // Before the repair the column is not there to ask for.
        look.step.probe = Some(probe);
        look
    });
    if let (Some(_), Some(first)) = (&look, drafts.first_mut()) {
        first.after_previous = true;
    }
    Judged::data(reason, look.into_iter().chain(drafts).collect())
}

/// Each but the first runs after the one before it.
fn follow((at, draft): (usize, Draft)) -> Draft {
    if at > 0 { draft.then() } else { draft }
}

/// `VALIDATE` of a NOT NULL that is `NOT VALID` (18 and later).
pub(super) fn validation(context: &Context<'_>, key: &ObjectKey, live: &Column) -> Draft {
    let name = constraint_name(live);
    Draft::new(Phase::Validate, key, format!("validate not null {key}"))
        .plain(
            Statement::new(validate(&live.table, &name).text)
                .when(guard::constraint_waits(&live.table, &name)),
        )
        .scans(&live.table)
        .may_fail()
        .probe(probe::nulls(context.live, &live.table, &live.name))
        .provides(Symbol::NotNull(live.table.clone(), live.name.clone()))
}

fn constraint_name(column: &Column) -> Name {
    column
        .not_null
        .as_ref()
        .and_then(|n| n.name.clone())
        .unwrap_or_else(|| automatic(&column.table.name, Some(&column.name), "not_null"))
}
