//! Rewrite rules.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::rule::{create, enable};
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::statement::Statement;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Rule, TriggerEnabled};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, rule: &Rule) -> Judged {
    let make = create(rule, false);
    let mut draft = Draft::new(Phase::Behave, key, format!("rule {key}"));
    draft.absorb(&make);
    // Commands have semicolons between them, which plpgsql would take for its own.
    let mut draft = draft
        .plain(Statement::new(&*make.text).when(guard::no_rule(&rule.table, &rule.name)).dynamic())
        .locks(locked(rule))
        .on(&rule.table);
    if rule.enabled != TriggerEnabled::Origin {
        draft = draft.run(&enable(rule));
    }
    if context.is_new(&rule.table) {
        Judged::safe("its table is new", vec![draft])
    } else {
        Judged::consent(Consent::Rule, "it changes what statements do", vec![draft])
    }
}

fn locked(rule: &Rule) -> Lock {
    Lock::table(&rule.table, LockMode::AccessExclusive, Held::Moment)
}

pub(super) fn changed(key: &ObjectKey, desired: &Rule, live: &Rule, change: &Change) -> Judged {
    if change.attribute != "enabled" {
        return Judged::manual("it changes what statements do", vec![create(desired, true)]);
    }
    let more = live.enabled == TriggerEnabled::Disabled || desired.enabled == TriggerEnabled::Always;
    if !more {
        return Judged::manual("it would apply less often", vec![enable(desired)]);
    }
    let title = format!("rule {key} {}", desired.enabled.sql().to_lowercase());
    let draft = Draft::new(Phase::Behave, key, title).run(&enable(desired)).locks(locked(desired));
    Judged::consent(Consent::Rule, "it changes what statements do", vec![draft])
}
