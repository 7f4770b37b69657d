//! Views.

use super::comment;
use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::ddl::table::set_option;
use crate::ddl::view::{create, defaults};
use crate::guard;
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Persistence, View, ViewColumn};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, view: &View) -> Judged {
    if let Some(taken) = context.taken(&view.name) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    if view.persistence == Persistence::Temporary {
        return Judged::manual("a temporary view lives in the session that makes it", Vec::new());
    }
    let mut draft = Draft::new(Phase::Behave, key, format!("view {key}"))
        .shaped(&guard::no_relation(&view.name), &create(view, false), &shape::view(view))
        .provides(Symbol::Relation(view.name.clone()))
        .provides(Symbol::Type(view.name.clone()));
    for default in defaults(view) {
        draft = draft.run(&default);
    }
    let comments = comment::parts(key, &view.column_comments);
    Judged::safe("it is only added", std::iter::once(draft).chain(comments).collect())
}

/// Whether a replacement keeps the columns that are there and only gains some at its end (`checkViewColumns` in `view.c`), as far as both
/// sides tell.
fn keeps_columns(desired: &View, live: &View) -> bool {
    let same = |(d, l): (&ViewColumn, &ViewColumn)| {
        let retyped = d.data_type.as_ref().zip(l.data_type.as_ref()).is_some_and(|(d, l)| !d.matches(l));
        d.name == l.name && !retyped
    };
    // A server tells all columns with their types, a statement only those that it names.
    let all = !desired.columns.is_empty() && desired.columns.iter().all(|column| column.data_type.is_some());
    desired.columns.iter().zip(&live.columns).all(same)
        && !(all && desired.columns.len() < live.columns.len())
}

pub(super) fn changed(key: &ObjectKey, desired: &View, live: &View, change: &Change) -> Judged {
    let alter = || {
        Draft::new(Phase::Behave, key, format!("view {key}")).locks(Lock::other(
            Locked::View,
            &desired.name,
            LockMode::AccessExclusive,
        ))
    };
    if let Some(option) = change.attribute.strip_prefix("options.") {
        return match desired.options.get(option) {
            Some(value) if change.live.is_none() => Judged::consent(
                Consent::View,
                "it changes what the view shows or accepts",
                vec![alter().run(&set_option("VIEW", &desired.name, option, value))],
            ),
            Some(value) => Judged::manual(
                "someone chose the live value",
                vec![set_option("VIEW", &desired.name, option, value)],
            ),
            None => Judged::manual("someone chose the live value", Vec::new()),
        };
    }
    match change.attribute.as_str() {
        // PostgreSQL itself refuses a query that drops, renames or retypes a column.
        "query" if !keeps_columns(desired, live) => Judged::manual(
            "replacing it would drop, rename or retype a column, which PostgreSQL refuses",
            vec![Sql::new(format!("DROP VIEW {}", desired.name)), create(desired, false)],
        ),
        "query" => {
            let mut draft = alter()
                .run(&create(desired, true))
                .note("fails unless the view keeps its columns and only gains some at its end")
                .note("it was:");
            draft.step.notes.extend(create(live, true).text.lines().map(|l| format!("    {l}")));
            Judged::consent(
                Consent::View,
                "replacing its query changes what clients read",
                vec![draft.provides(Symbol::Relation(desired.name.clone()))],
            )
        }
        "column_defaults" => {
            let lacking: Vec<_> = defaults(desired)
                .into_iter()
                .zip(desired.column_defaults.keys())
                .filter(|(_, column)| !live.column_defaults.contains_key(*column))
                .map(|(sql, _)| sql)
                .collect();
            let all = lacking.len() == desired.column_defaults.len() && live.column_defaults.is_empty();
            let drafts = lacking.iter().map(|sql| alter().run(sql)).collect();
            if all {
                Judged::safe("live has none", drafts)
            } else {
                Judged { drafts, ..Judged::manual("someone chose the live value", defaults(desired)) }
            }
        }
        "column_comments" => comment::changed_parts(key, &desired.column_comments, &live.column_comments),
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}
