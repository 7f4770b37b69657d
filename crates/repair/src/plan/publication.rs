//! Publications. Subscriptions and user mappings, whose secrets only people know, are left to them.

use super::Judged;
use super::draft::Draft;
use crate::allow::Consent;
use crate::ddl::publication::{add, create};
use crate::guard;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Publication, PublishedTable};
use trueup_diff::Change;

fn on_all(draft: Draft, tables: &[&PublishedTable]) -> Draft {
    tables.iter().fold(draft, |draft, published| draft.on(&published.table).quiet(&published.table))
}

pub(super) fn missing(key: &ObjectKey, publication: &Publication) -> Judged {
    let draft = Draft::new(Phase::Behave, key, format!("publication {key}"))
        .guarded(&guard::no_object(key), &create(publication));
    let draft = on_all(draft, &publication.tables.iter().collect::<Vec<_>>());
    Judged::consent(Consent::Publication, "it changes what subscribers can get", vec![draft])
}

/// Tables and schemas that it lacks are added; the rest is for people.
pub(super) fn changed(key: &ObjectKey, desired: &Publication, live: &Publication, change: &Change) -> Judged {
    if !matches!(change.attribute.as_str(), "tables" | "schemas") {
        return Judged::manual("it changes what subscribers get", vec![create(desired)]);
    }
    let is_there = |t: &&PublishedTable| live.tables.iter().any(|l| l.table == t.table);
    let tables: Vec<&PublishedTable> = desired.tables.iter().filter(|t| !is_there(t)).collect();
    let schemas: Vec<_> = desired.schemas.iter().filter(|s| !live.schemas.contains(s)).collect();
    // Only what is added may differ.
    let only_adds = live.tables.iter().all(|l| desired.tables.contains(l))
        && live.schemas.iter().all(|s| desired.schemas.contains(s));
    let drafts: Vec<Draft> = tables
        .iter()
        .filter_map(|table| {
            let sql = add(&desired.name, &[table], &[])?;
            Some((guard::not_published(&desired.name, &table.table), sql, vec![*table]))
        })
        .chain(schemas.iter().filter_map(|schema| {
            let sql = add(&desired.name, &[], &[schema])?;
            Some((guard::schema_not_published(&desired.name, schema), sql, Vec::new()))
        }))
        .map(|(condition, sql, tables)| {
            let draft = Draft::new(Phase::Behave, key, format!("more of publication {key}"))
                .guarded(&condition, &sql);
            on_all(draft, &tables)
        })
        .collect();
    if only_adds && !drafts.is_empty() {
        return Judged::consent(Consent::Publication, "it changes what subscribers can get", drafts);
    }
    Judged::manual("it changes what subscribers get", vec![create(desired)])
}
