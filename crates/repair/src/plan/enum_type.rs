//! Enum types and their values.

use super::Judged;
use super::draft::Draft;
use crate::ddl::enum_type::{Place, add_value, create};
use crate::guard;
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{EnumType, ObjectKey};

pub(super) fn missing(key: &ObjectKey, enum_type: &EnumType) -> Judged {
    let name = &enum_type.name;
    let draft = Draft::new(Phase::Prepare, key, format!("enum {key} ({})", enum_type.labels.join(", ")))
        .shaped(&guard::no_type(name), &create(enum_type), &shape::enum_type(enum_type))
        .provides(Symbol::Type(name.clone()));
    Judged::safe("it is only added", vec![draft])
}

/// Adds each missing value in its place. Each is a transaction of its own: a value can't be used
/// before it is committed (manual, ALTER TYPE).
pub(super) fn changed(key: &ObjectKey, desired: &EnumType, live: &EnumType) -> Judged {
    let name = &desired.name;
    let mut drafts = Vec::new();
    for (i, label) in desired.labels.iter().enumerate() {
        if live.labels.contains(label) {
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| desired.labels.get(i));
        let place = match before {
            // Whatever comes before it in the desired order is there by now.
            Some(label) => Place::After(label),
            None => desired
                .labels
                .iter()
                .find(|l| live.labels.contains(l))
                .map_or(Place::End, |l| Place::Before(l)),
        };
        let mut draft = Draft::new(Phase::Prepare, key, format!("enum {key} value {label}"))
            .run(&add_value(name, label, place))
            .locks(Lock::other(Locked::Type, name, LockMode::Exclusive))
            .provides(Symbol::Type(name.clone()));
        draft.after_previous = !drafts.is_empty();
        drafts.push(draft);
    }
    let mut wanted = desired.labels.iter();
    if live.labels.iter().all(|label| wanted.any(|w| w == label)) {
        Judged::safe("values are only added", drafts)
    } else {
        Judged { drafts, ..Judged::manual("values of an enum can't be removed or moved", Vec::new()) }
    }
}
