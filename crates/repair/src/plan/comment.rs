//! Comments.

use super::Judged;
use super::draft::Draft;
use crate::ddl::comment::{comment, part};
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::step::Phase;
use std::collections::BTreeMap;
use trueup_catalog::{Address, Entry, Name, ObjectKey, ObjectKind, QualifiedName};
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
    let draft = draft.provides_nothing();
    match locked(key) {
        Some(lock) => draft.locks(lock),
        None => draft,
    }
}

/// `COMMENT` locks relations; what belongs to a relation (a constraint, a trigger, a policy) is locked by itself, which
/// stops no statement but another comment (`get_object_address` in `objectaddress.c`).
fn locked(key: &ObjectKey) -> Option<Lock> {
    let quiet = |kind, name: &QualifiedName| Some(Lock::other(kind, name, LockMode::ShareUpdateExclusive));
    let kind = match key.kind {
        ObjectKind::Table | ObjectKind::Column => Locked::Table,
        ObjectKind::View => Locked::View,
        ObjectKind::MaterializedView => Locked::MaterializedView,
        ObjectKind::Sequence => Locked::Sequence,
        ObjectKind::Index => {
            let table = key.relation()?;
            let name = QualifiedName { schema: table.schema.clone(), name: key.name().clone() };
            return quiet(Locked::Index, &name);
        }
        _ => return None,
    };
    match &key.address {
        Address::InSchema(name) => quiet(kind, name),
        Address::OnRelation { relation, .. } => quiet(kind, relation),
        Address::Global(_)
        | Address::Routine { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
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
