//! Types that get wider without a rewrite.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::guard;
use crate::lock::Below;
use crate::mentions::{mentions, mentions_name};
use crate::order::Symbol;
use crate::probe::{self, Probe};
use crate::step::Phase;
use trueup_catalog::{
    Column, Constraint, ConstraintBody, DataType, EnumType, Index, IndexTarget, MaterializedView, Name,
    ObjectKey, ObjectKind, Policy, Query, Table, Trigger, View,
};
use trueup_diff::widens;

pub(super) fn judge(context: &Context<'_>, key: &ObjectKey, desired: &Column, live: &Column) -> Judged {
    let mut sql = Sql::new(format!(
        "ALTER TABLE {} ALTER COLUMN {} TYPE {}",
        desired.table, desired.name, desired.data_type
    ));
    sql.collate(desired.collation.as_ref());
    if !widens(&live.data_type, &desired.data_type) {
        let manual = Judged::manual("changing the type can rewrite or refuse rows", vec![sql]);
        return Judged { probe: labels(context, desired, live), ..manual };
    }
    if let Some(reason) = obstacle(context, live) {
        return Judged::manual(reason, vec![sql]);
    }
    let other = guard::column_has_other_type(&desired.table, &desired.name, &desired.data_type);
    // The type brings its own storage, and no compression (`ATExecAlterColumnType` in `tablecmds.c`): what is set stays set.
    if let Some(storage) = desired.storage.or(live.storage) {
        sql.add(format_args!(
            ", ALTER COLUMN {} SET STORAGE {}",
            desired.name,
            storage.word().to_uppercase()
        ));
    }
    if let Some(compression) = desired.compression.as_ref().or(live.compression.as_ref()) {
        sql.add(format_args!(", ALTER COLUMN {} SET COMPRESSION {compression}", desired.name));
    }
    // New partitions are attached with the type that is there, and get the other with the rest.
    let parts = context.below(&desired.table, Below::Partitions).into_iter().chain([&desired.table]);
    let draft =
        Draft::new(Phase::Create, key, format!("type of {key}: {} to {}", live.data_type, desired.data_type))
            .guarded(&other, &sql)
            .exclusive(&desired.table)
            .note(format!("was {}", live.data_type))
            .note(format!(
                "afterwards run ANALYZE {} ({}): its statistics are gone",
                desired.table, desired.name
            ))
            .on(&desired.table);
    let draft = parts.fold(draft, |draft, table| draft.needs(Symbol::Attached(table.clone())));
    Judged::consent(Consent::Widen, "the wider type keeps the table as it is", vec![draft])
}

/// Which rows a change from text to an enum would refuse.
fn labels(context: &Context<'_>, desired: &Column, live: &Column) -> Option<Probe> {
    let text = ["text", "varchar", "bpchar"].map(|name| DataType::builtin(name).qualified_name());
    if desired.data_type.array || !text.contains(&live.data_type.qualified_name()) {
        return None;
    }
    let key = ObjectKey::in_schema(ObjectKind::EnumType, desired.data_type.qualified_name()?);
    let labels = &EnumType::of(&context.desired.get(&key)?.object)?.labels;
    probe::not_a_label(context.live, &live.table, &live.name, labels)
}

/// What makes PostgreSQL refuse the change, or scan or rebuild under the lock, though the type
/// only gets wider.
fn obstacle(context: &Context<'_>, column: &Column) -> Option<String> {
    let (live, table, name) = (context.live, &column.table, &column.name);
    let mentioned = |expr: &trueup_catalog::Expr| mentions_name(&expr.sql, name);
    let table_uses = live.table(table).and_then(|t| t.partition_key.as_ref()).is_some_and(|key| {
        key.elements.iter().any(|e| match &e.target {
            IndexTarget::Column(c) => c == name,
            IndexTarget::Expr(e) => mentioned(e),
        })
    });
    if table_uses || context.live.table(table).is_some_and(|t: &Table| t.partition_of.is_some()) {
        return Some("the table's partitioning stands in the way".to_owned());
    }
    for (key, entry) in live.on_relation(ObjectKind::Constraint, table) {
        if let Some(Constraint { body: ConstraintBody::Check { expr }, .. }) = Constraint::of(&entry.object)
            && mentioned(expr)
        {
            return Some(format!("the check {} would scan the table while nobody can use it", key.name()));
        }
    }
    for (key, entry) in live.on_relation(ObjectKind::Index, table) {
        let in_expressions = Index::of(&entry.object).is_some_and(|index| {
            index.predicate.as_ref().is_some_and(mentioned)
                || index.elements.iter().any(|e| matches!(&e.target, IndexTarget::Expr(e) if mentioned(e)))
        });
        if in_expressions {
            return Some(format!("index {key} would be built again while nobody can use the table"));
        }
    }
    for other in live.columns(table) {
        if other.generated.as_ref().is_some_and(|g| mentioned(&g.expr)) {
            return Some(format!("generated column {} depends on it", other.name));
        }
    }
    for (key, entry) in live.on_relation(ObjectKind::Trigger, table) {
        if let Some(Trigger { update_columns, when, .. }) = Trigger::of(&entry.object)
            && (update_columns.contains(name) || when.as_ref().is_some_and(mentioned))
        {
            return Some(format!("trigger {} depends on it", key.name()));
        }
    }
    for (key, entry) in live.on_relation(ObjectKind::Policy, table) {
        if let Some(Policy { using, check, .. }) = Policy::of(&entry.object)
            && using.iter().chain(check).any(mentioned)
        {
            return Some(format!("policy {} depends on it", key.name()));
        }
    }
    let views =
        live.of_kind(ObjectKind::View).filter_map(|(key, e)| Some((key, &View::of(&e.object)?.query)));
    let materialized = live
        .of_kind(ObjectKind::MaterializedView)
        .filter_map(|(key, e)| Some((key, &MaterializedView::of(&e.object)?.query)));
    views
        .chain(materialized)
        .find(|(_, query)| reads(query, &table.name, name))
        .map(|(key, _)| format!("{} {key} reads it, and PostgreSQL refuses the change", key.kind))
}

/// Whether a query may read the column: it mentions the table, and the column or everything.
fn reads(query: &Query, table: &Name, column: &Name) -> bool {
    let found = mentions(&query.sql);
    let has = |name: &Name| found.iter().any(|m| m.parts.contains(name));
    has(table) && (has(column) || query.sql.contains('*'))
}
