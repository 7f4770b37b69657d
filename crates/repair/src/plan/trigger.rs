//! Triggers.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::ddl::trigger::{create, enable, is_usual};
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Trigger, TriggerEnabled};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, trigger: &Trigger) -> Judged {
    if trigger.inherited {
        return Judged::follows();
    }
    let Trigger { table, name, function, .. } = trigger;
    let mut draft = Draft::new(Phase::Behave, key, format!("trigger {key}"))
        .shaped(&guard::no_trigger(table, name), &create(trigger), &shape::trigger(trigger))
        .locks(locked(trigger))
        .on(table)
        .needs(Symbol::Routine(function.clone()));
    if let Some(from) = trigger.constraint.as_ref().and_then(|c| c.from.as_ref()) {
        draft = draft.on(from);
    }
    if !is_usual(trigger) {
        draft = draft.run(&enable(trigger));
    }
    if context.is_new(table) {
        Judged::safe("its table is new", vec![draft])
    } else {
        Judged::consent(Consent::Trigger, "it changes what writes do", vec![draft])
    }
}

/// A row trigger of a partitioned table is made on its partitions too.
fn locked(trigger: &Trigger) -> Lock {
    let lock = Lock::table(&trigger.table, LockMode::ShareRowExclusive, Held::Moment);
    if trigger.for_each_row { lock.and_partitions() } else { lock }
}

pub(super) fn changed(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &Trigger,
    live: &Trigger,
    change: &Change,
) -> Judged {
    if change.attribute == "enabled" {
        let sql = enable(desired);
        let only_more = live.enabled == TriggerEnabled::Disabled || desired.enabled == TriggerEnabled::Always;
        if !only_more {
            return Judged::manual("it would fire less often", vec![sql]);
        }
        let draft =
            Draft::new(Phase::Behave, key, format!("trigger {key} {}", desired.enabled.sql().to_lowercase()))
                .run(&sql)
                .locks(locked(desired));
        return Judged::consent(Consent::Trigger, "it changes what writes do", vec![draft]);
    }
    let make = create(desired);
    let suggestion = if context.version >= 14 && desired.constraint.is_none() {
        vec![Sql::new(make.text.replacen("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1))]
    } else {
        vec![Sql::new(format!("DROP TRIGGER {} ON {}", desired.name, desired.table)), make]
    };
    Judged::manual("adding can't change what is there", suggestion)
}
