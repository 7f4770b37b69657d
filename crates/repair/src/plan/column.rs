//! Columns.

use super::draft::Draft;
use super::{Context, Judged, not_null, recipe, widen};
use crate::ddl::Sql;
use crate::ddl::column as ddl;
use crate::ddl::column::Parts;
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::order::Symbol;
use crate::statement::{Asked, Refusal, Statement};
use crate::step::Phase;
use crate::volatile::is_volatile;
use trueup_catalog::{Column, DataType, Domain, ObjectKey, ObjectKind, SchemaObject};
use trueup_diff::{Change, Disposition};

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, column: &Column) -> Judged {
    let table = &column.table;
    if context.is_new(table) {
        return Judged::follows();
    }
    if column.inherited {
        // Adding the parent's adds it too.
        return Judged::follows();
    }
    let plain = || {
        let mut sql = Sql::new(format!("ALTER TABLE {table} ADD COLUMN "));
        ddl::define(&mut sql, column, Parts::ALL);
        vec![sql]
    };
    if let Some(identity) = &column.identity {
        return Judged::manual(
            "adding an identity column rewrites the table; rows that are there must be numbered first, batch by batch",
            recipe::new_identity(context, column, identity),
        );
    }
    if column.generated.as_ref().is_some_and(|g| g.stored) {
        return Judged::manual(
            "adding a stored generated column rewrites the table, and PostgreSQL can't make one of a plain column that was filled before",
            plain(),
        );
    }
    if has_constrained_domain(context, &column.data_type) {
        return Judged::manual("adding a column of a domain with constraints rewrites the table", plain());
    }
    let fills = fills(context, column);
    let later = column.default.is_some() && !fills;
    let bare = is_bare(context, column);
    let parts = Parts { default: fills, not_null: !bare, ..Parts::ALL };
    let mut add = Sql::new(format!("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "));
    ddl::define(&mut add, column, parts);
    if later && let Some(default) = &column.default {
        // In one statement, so that no new row misses it; what is there is not rewritten.
        add.add(format_args!(", ALTER COLUMN {} SET DEFAULT ", column.name));
        add.b_expr(default);
    }
    let other_type = Refusal {
        asked: Asked::After,
        condition: guard::column_has_other_type(table, &column.name, &column.data_type),
        message: format!("column {key} is not what this repair would make: it has another type"),
        code: "42701".to_owned(),
        hint: "Compare again and run trueup repair anew".to_owned(),
        reads_rows: false,
    };
    let statement = Statement::new(&*add.text).when(guard::no_column(table, &column.name)).refuse(other_type);
    let mut title = Sql::default();
    ddl::define(&mut title, column, Parts::ALL);
    let title = title.text.strip_prefix(&column.name.to_string()).unwrap_or_default().to_owned();
    let mut draft = Draft::new(Phase::Create, key, format!("column {key}{title}"))
        .statement(&add, statement)
        .exclusive(table)
        .of_type(&column.data_type)
        .provides(Symbol::Relation(table.clone()));
    if later {
        draft = draft.note("rows that are there keep NULL; new rows get the default");
    }
    for setting in ddl::settings(column) {
        draft = draft.run(&setting);
    }
    if column.not_null.is_some() && bare {
        let added = Judged::safe("it is only added", vec![draft]);
        return added.join(not_null::of_new_column(context, key, column));
    }
    Judged::safe("it is only added", vec![draft])
}

/// Whether its default gives a value to rows that are there.
fn fills(context: &Context<'_>, column: &Column) -> bool {
    column.default.as_ref().is_some_and(|d| !is_volatile(d, context.desired))
}

/// Whether it is added without NOT NULL, which comes later: nothing fills it, or it is virtual, so computed when it is read, and NOT NULL
/// would scan while nobody can use the table.
fn is_bare(context: &Context<'_>, column: &Column) -> bool {
    !fills(context, column) || column.generated.is_some()
}

/// Whether the plan adds the column, and NOT NULL only comes once people have filled the rows that are there.
pub(super) fn waits_for_people(context: &Context<'_>, column: &Column) -> bool {
    context.is_missing(&column.key())
        && !context.is_new(&column.table)
        && column.not_null.is_some()
        && is_bare(context, column)
        && context.has_rows(&column.table)
}

/// Whether the type is a domain with a check or NOT NULL, or may be one: PostgreSQL then rewrites
/// the table to check each row.
fn has_constrained_domain(context: &Context<'_>, data_type: &DataType) -> bool {
    if data_type.array {
        return false;
    }
    let Some(name) = data_type.qualified_name() else { return false };
    let key = ObjectKey::in_schema(ObjectKind::Domain, name.clone());
    if let Some(domain) = context.desired.get(&key).and_then(|e| Domain::of(&e.object)) {
        return domain.not_null
            || context.desired.on_relation(ObjectKind::DomainConstraint, &name).next().is_some()
            || has_constrained_domain(context, &domain.base);
    }
    [context.desired, context.live]
        .iter()
        .any(|c| c.ambient.types.iter().any(|t| t.name == name && t.kind == 'd'))
}

pub(super) fn changed(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Column,
    live: &Column,
    change: &Change,
) -> Judged {
    let alter = |what: String| {
        Sql::new(format!("ALTER TABLE {} ALTER COLUMN {} {what}", desired.table, desired.name))
    };
    let draft = |what: &str| Draft::new(Phase::Create, key, format!("{what} of {key}")).on(&desired.table);
    if let Some(option) = change.attribute.strip_prefix("options.") {
        let set = desired.options.get(option).map(|value| {
            let mut sql = alter("SET ".to_owned());
            sql.options(&[(option.to_owned(), value.clone())].into());
            sql
        });
        let draft = draft(option).quiet(&desired.table);
        return super::option(change, draft, set);
    }
    match change.attribute.as_str() {
        "data_type" => widen::judge(context, key, desired, live),
        "not_null" if desired.not_null.is_some() => {
            Judged::data("no row may hold NULL there", not_null::recipe(context, key, desired))
        }
        "not_null" => Judged::manual("adding can't take a demand away", vec![alter("DROP NOT NULL".into())]),
        "not_null_not_valid" if live.not_null.as_ref().is_some_and(|n| n.not_valid) => Judged::data(
            "rows that are there must satisfy it",
            vec![not_null::validation(context, key, live)],
        ),
        // A NOT NULL that live lacks altogether is told by `not_null`.
        "not_null_not_valid" | "not_null_no_inherit" | "not_null_name" if live.not_null.is_none() => {
            Judged::new(Disposition::Safe, "it comes with NOT NULL", Vec::new())
        }
        "not_null_name" => Judged::manual("a constraint is renamed by people", Vec::new()),
        // Where PostgreSQL fills the column itself it takes no default (`ATExecColumnDefault` in `tablecmds.c`).
        "default" if live.identity.is_some() => Judged::manual(
            "live's column is an identity, which has to go first",
            std::iter::once(alter("DROP IDENTITY".into())).chain(ddl::set_default(desired)).collect(),
        ),
        "default" if live.generated.is_some() => {
            Judged::manual("live's column is generated, which has to go first", Vec::new())
        }
        "default" => match ddl::set_default(desired) {
            Some(sql) => super::option(change, draft("default").exclusive(&desired.table), Some(sql)),
            None => Judged::manual("someone chose the live value", vec![alter("DROP DEFAULT".into())]),
        },
        "identity" if live.identity.is_none() => match &desired.identity {
            Some(identity) => super::identity::added(context, key, desired, live, identity),
            None => Judged::manual("adding can't change what is there", Vec::new()),
        },
        "identity_options" | "identity_sequence" if live.identity.is_none() => {
            Judged::new(Disposition::Safe, "it comes with the identity", Vec::new())
        }
        "identity" | "identity_options" if desired.identity.is_some() => {
            super::identity::changed(desired, live)
        }
        "storage" => {
            let set = desired.storage.map(|s| alter(format!("SET STORAGE {}", s.word().to_uppercase())));
            super::option(change, draft("storage").exclusive(&desired.table), set)
        }
        "compression" => {
            let set = desired.compression.as_ref().map(|c| alter(format!("SET COMPRESSION {c}")));
            super::option(change, draft("compression").exclusive(&desired.table), set)
        }
        "statistics" => {
            let set = desired.statistics.map(|n| alter(format!("SET STATISTICS {n}")));
            let draft = draft("statistics")
                .locks(Lock::table(&desired.table, LockMode::ShareUpdateExclusive, Held::Moment).and_below());
            super::option(change, draft, set)
        }
        "collation" => {
            Judged::manual("another collation orders and compares what is there differently", Vec::new())
        }
        "generated" | "generated_expression" => {
            Judged::manual("another expression rewrites the table", Vec::new())
        }
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}
