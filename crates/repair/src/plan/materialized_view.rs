//! Materialized views.

use super::comment;
use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::materialized_view::{create, create_if};
use crate::ddl::table::set_option;
use crate::guard;
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::shape;
use crate::statement::Statement;
use crate::step::{Phase, Work};
use trueup_catalog::{ColumnSettings, MaterializedView, Name, ObjectKey, ObjectKind, QualifiedName};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, view: &MaterializedView) -> Judged {
    if let Some(taken) = context.taken(&view.name) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    let create = create_if(view, true);
    let draft = Draft::new(Phase::Behave, key, format!("materialized view {key}"))
        .statement(
            &create,
            Statement::new(&*create.text)
                .when(guard::no_relation(&view.name))
                .refuse(shape::materialized_view(view).refusal())
                .dynamic(),
        )
        .work(Work::Query)
        .provides(Symbol::Relation(view.name.clone()))
        .provides(Symbol::Type(view.name.clone()));
    let mut drafts = vec![draft];
    drafts.extend(comment::parts(key, &view.column_comments));
    drafts.extend(
        view.column_settings.iter().map(|(column, set)| settings(key, &view.name, column, set).then()),
    );
    drafts.extend(view.clustered_on.as_ref().map(|index| cluster_on(key, &view.name, index)));
    Judged::safe("it is only added", drafts)
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
            .locks(quiet(&desired.name));
        return super::option(change, draft, set);
    }
    match change.attribute.as_str() {
        "query" => Judged::manual(
            "PostgreSQL can't replace its query, so it must be dropped first",
            vec![Sql::new(format!("DROP MATERIALIZED VIEW {}", desired.name)), create(desired)],
        ),
        "clustered_on" => {
            let drafts: Vec<Draft> =
                desired.clustered_on.iter().map(|index| cluster_on(key, &desired.name, index)).collect();
            super::only_if_none(live.clustered_on.is_none(), drafts)
        }
        "column_settings" => {
            // What live lacks altogether; a setting that differs was somebody's choice.
            let lacks = desired
                .column_settings
                .iter()
                .filter(|(column, _)| !live.column_settings.contains_key(*column));
            let drafts: Vec<Draft> =
                lacks.map(|(column, set)| settings(key, &desired.name, column, set)).collect();
            let all = live
                .column_settings
                .iter()
                .all(|(column, set)| desired.column_settings.get(column) == Some(set));
            super::only_if_none(all, drafts)
        }
        "column_comments" => comment::changed_parts(key, &desired.column_comments, &live.column_comments),
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}

fn settings(key: &ObjectKey, view: &QualifiedName, column: &Name, settings: &ColumnSettings) -> Draft {
    // How values are stored is nothing that readers may see change (`AlterTableGetLockLevel` in `tablecmds.c`).
    let mode = if settings.storage.is_some() || settings.compression.is_some() {
        LockMode::AccessExclusive
    } else {
        LockMode::ShareUpdateExclusive
    };
    let mut draft = Draft::new(Phase::Behave, key, format!("settings of column {column} of {key}"))
        .locks(Lock::other(Locked::MaterializedView, view, mode));
    for sql in crate::ddl::materialized_view::settings(view, column, settings) {
        draft = draft.run(&sql);
    }
    draft
}

fn quiet(view: &QualifiedName) -> Lock {
    Lock::other(Locked::MaterializedView, view, LockMode::ShareUpdateExclusive)
}

fn cluster_on(key: &ObjectKey, view: &QualifiedName, index: &Name) -> Draft {
    Draft::new(Phase::Behave, key, format!("the index that {key} is clustered on"))
        .run(&crate::ddl::table::cluster_on("MATERIALIZED VIEW", view, index))
        .locks(quiet(view))
        .quiet_index(&QualifiedName { schema: view.schema.clone(), name: index.clone() })
        .needs(Symbol::Object(ObjectKey::on_relation(ObjectKind::Index, view.clone(), index.clone())))
}
