//! Comments.

use super::Judged;
use super::draft::Draft;
use crate::ddl::comment::{comment, part};
use crate::order::Symbol;
use crate::step::Phase;
use std::collections::BTreeMap;
use trueup_catalog::{Address, Entry, Name, ObjectKey};
use trueup_diff::Change;

fn draft(key: &ObjectKey) -> Draft {
    let draft = Draft::new(Phase::Describe, key, format!("comment on {} {key}", key.kind))
        .needs(Symbol::Object(key.clone()));
    let draft = match &key.address {
        Address::OnRelation { relation, .. } => draft.on(relation).needs(Symbol::Type(relation.clone())),
        Address::Global(_)
        | Address::InSchema(_)
        | Address::Routine { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => draft,
    };
    // A comment is nothing that others wait for.
    draft.provides_nothing().lock("SHARE UPDATE EXCLUSIVE on the object, for a moment")
}

/// The comment of an object that the plan makes.
pub(super) fn of_new(key: &ObjectKey, entry: &Entry) -> Option<Draft> {
    let text = entry.comment.as_deref()?;
    Some(draft(key).run(&comment(key, &entry.object, Some(text))))
}

/// The comments of a new object's parts.
pub(super) fn parts(key: &ObjectKey, comments: &BTreeMap<Name, String>) -> Vec<Draft> {
    comments.iter().map(|(name, text)| draft(key).run(&part(key, name, Some(text)))).collect()
}

pub(super) fn changed(key: &ObjectKey, desired: &Entry, change: &Change) -> Judged {
    let sql = comment(key, &desired.object, desired.comment.as_deref());
    super::option(change, draft(key), Some(sql))
}

pub(super) fn changed_parts(
    key: &ObjectKey,
    desired: &BTreeMap<Name, String>,
    live: &BTreeMap<Name, String>,
) -> Judged {
    let mut judged = Judged::safe("live has none", Vec::new());
    let names: std::collections::BTreeSet<&Name> = desired.keys().chain(live.keys()).collect();
    for name in names {
        let (wanted, there) = (desired.get(name), live.get(name));
        if wanted == there {
            continue;
        }
        let sql = part(key, name, wanted.map(String::as_str));
        judged = judged.join(if there.is_none() {
            Judged::safe("live has none", vec![draft(key).run(&sql)])
        } else {
            Judged::manual("someone chose the live value", vec![sql])
        });
    }
    judged
}
