//! Row security policies.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::policy::{alter, create};
use crate::guard;
use crate::lock::{Held, Lock, LockMode};
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Policy};

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, policy: &Policy) -> Judged {
    if let Some(role) = policy.roles.iter().find(|role| !context.has_role(role)) {
        return Judged::manual(format!("there is no role {role} that it could be for"), vec![create(policy)]);
    }
    let draft = Draft::new(Phase::Behave, key, format!("policy {key}"))
        .shaped(&guard::no_policy(&policy.table, &policy.name), &create(policy), &shape::policy(policy))
        .locks(Lock::table(&policy.table, LockMode::AccessExclusive, Held::Moment))
        .on(&policy.table);
    if context.is_new(&policy.table) {
        Judged::safe("its table is new", vec![draft])
    } else {
        Judged::consent(Consent::Policy, "it changes which rows roles see", vec![draft])
    }
}

pub(super) fn changed(desired: &Policy) -> Judged {
    Judged::manual("it changes which rows roles see", vec![alter(desired)])
}
