//! Event triggers.

use super::Judged;
use super::draft::Draft;
use crate::allow::Consent;
use crate::ddl::event_trigger::{create, enable};
use crate::guard;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{EventTrigger, ObjectKey, TriggerEnabled};
use trueup_diff::Change;

pub(super) fn missing(key: &ObjectKey, trigger: &EventTrigger) -> Judged {
    let mut draft = Draft::new(Phase::Behave, key, format!("event trigger {key}"))
        .guarded(&guard::no_object(key), &create(trigger))
        .needs(Symbol::Routine(trigger.function.clone()));
    if trigger.enabled != TriggerEnabled::Origin {
        draft = draft.run(&enable(trigger));
    }
    Judged::consent(Consent::EventTrigger, "it changes what DDL does", vec![draft])
}

pub(super) fn changed(
    key: &ObjectKey,
    desired: &EventTrigger,
    live: &EventTrigger,
    change: &Change,
) -> Judged {
    if change.attribute != "enabled" {
        return Judged::manual("adding can't change what is there", vec![create(desired)]);
    }
    let more = live.enabled == TriggerEnabled::Disabled || desired.enabled == TriggerEnabled::Always;
    if !more {
        return Judged::manual("it would fire less often", vec![enable(desired)]);
    }
    let title = format!("event trigger {key} {}", desired.enabled.sql().to_lowercase());
    let draft = Draft::new(Phase::Behave, key, title).run(&enable(desired));
    Judged::consent(Consent::EventTrigger, "it changes what DDL does", vec![draft])
}
