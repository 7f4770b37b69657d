//! Materialized views.

use super::comment;
use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::materialized_view::{create, create_if};
use crate::ddl::table::set_option;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{MaterializedView, ObjectKey};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, view: &MaterializedView) -> Judged {
    if let Some(taken) = context.taken(&view.name) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    let draft = Draft::new(Phase::Behave, key, format!("materialized view {key}"))
        .run(&create_if(view, true))
        .lock("ACCESS SHARE on what its query reads, while that runs")
        .provides(Symbol::Relation(view.name.clone()))
        .provides(Symbol::Type(view.name.clone()));
    let comments = comment::parts(key, &view.column_comments);
    Judged::safe("it is only added", std::iter::once(draft).chain(comments).collect())
}

pub(super) fn changed(
    key: &ObjectKey,
    desired: &MaterializedView,
    live: &MaterializedView,
    change: &Change,
) -> Judged {
    if let Some(option) = change.attribute.strip_prefix("options.") {
        let set =
            desired.options.get(option).map(|v| set_option("MATERIALIZED VIEW", &desired.name, option, v));
        let draft = Draft::new(Phase::Behave, key, format!("materialized view {key} option {option}"))
            .lock(format!("SHARE UPDATE EXCLUSIVE on {key}, for a moment"));
        return super::option(change, draft, set);
    }
    match change.attribute.as_str() {
        "query" => Judged::manual(
            "PostgreSQL can't replace its query, so it must be dropped first",
            vec![Sql::new(format!("DROP MATERIALIZED VIEW {}", desired.name)), create(desired)],
        ),
        "column_comments" => comment::changed_parts(key, &desired.column_comments, &live.column_comments),
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}
