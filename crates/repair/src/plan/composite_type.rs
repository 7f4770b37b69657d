//! Composite types.

use super::Judged;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::ddl::composite_type::{create, define};
use crate::guard;
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{CompositeType, ObjectKey};
use trueup_diff::Change;

pub(super) fn missing(key: &ObjectKey, composite: &CompositeType) -> Judged {
    let mut draft = Draft::new(Phase::Prepare, key, format!("composite type {key}"))
        .shaped(&guard::no_type(&composite.name), &create(composite), &shape::composite_type(composite))
        .provides(Symbol::Type(composite.name.clone()));
    for attribute in &composite.attributes {
        draft = draft.of_type(&attribute.data_type);
    }
    let comments = super::comment::parts(key, &composite.attribute_comments);
    Judged::safe("it is only added", std::iter::once(draft).chain(comments).collect())
}

pub(super) fn changed(
    key: &ObjectKey,
    desired: &CompositeType,
    live: &CompositeType,
    change: &Change,
) -> Judged {
    if change.attribute == "attribute_comments" {
        return super::comment::changed_parts(key, &desired.attribute_comments, &live.attribute_comments);
    }
    let new = desired.attributes.get(live.attributes.len()..).unwrap_or_default();
    let appends = desired.attributes.starts_with(&live.attributes);
    let suggestion = new
        .iter()
        .filter(|_| appends)
        .map(|attribute| {
            let mut sql = Sql::new(format!("ALTER TYPE {} ADD ATTRIBUTE ", desired.name));
            define(&mut sql, attribute);
            sql
        })
        .collect();
    Judged::manual("values of the type that clients build would no longer fit", suggestion)
}
