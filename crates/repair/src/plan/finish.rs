//! What every step is told once its statements stand: the locks on all that they reach, sizes, hazards.

use super::Context;
use super::draft::Draft;
use crate::allow::Consent;
use crate::hazard::{self, About};
use crate::lock::{self, Below, Lock, Locked};
use crate::step::Phase;
use trueup_catalog::{
    Constraint, ConstraintBody, ObjectKey, ObjectKind, Publication, QualifiedName, ReplicaIdentity, Size,
};

/// Completes a draft's step.
pub(super) fn draft(context: &Context<'_>, draft: &mut Draft, consent: Option<Consent>) {
    let step = &mut draft.step;
    let mut locks = Vec::with_capacity(step.locks.len());
    for lock in std::mem::take(&mut step.locks) {
        for name in context.below(&lock.on, lock.below) {
            locks.push(Lock { on: name.clone(), below: Below::None, ..lock.clone() });
        }
        locks.push(Lock { below: Below::None, ..lock });
    }
    // Nobody uses what the repair makes.
    locks.retain(|lock| is_there(context, lock));
    step.locks = lock::merge(locks);
    step.size = size(context, &step.locks);
    let table = table_of(&step.key);
    let about = About {
        on_live_table: table.filter(|t| context.live.table(t).is_some()),
        adds: context.is_missing(&step.key),
        consent,
        published_by: table.map(|t| publications(context, t)).unwrap_or_default(),
        keyless: keyless(context, &step.key, step.phase),
    };
    step.hazards = hazard::of(step, &about);
    step.rights = crate::rights::of(context, step);
}

fn is_there(context: &Context<'_>, lock: &Lock) -> bool {
    match lock.kind {
        Locked::Table | Locked::View | Locked::MaterializedView | Locked::Sequence => {
            !context.is_new(&lock.on) && context.taken(&lock.on).is_some()
        }
        Locked::Index => context.taken(&lock.on).is_some(),
        Locked::Type => true,
    }
}

/// Of the tables that it locks, all together; `None` where none is known.
fn size(context: &Context<'_>, locks: &[Lock]) -> Option<Size> {
    locks
        .iter()
        .filter(|l| match l.kind {
            Locked::Table | Locked::MaterializedView => true,
            Locked::View | Locked::Index | Locked::Sequence | Locked::Type => false,
        })
        .filter_map(|l| context.live.sizes.get(&l.on).copied())
        .reduce(|a, b| a + b)
}

fn table_of(key: &ObjectKey) -> Option<&QualifiedName> {
    match &key.address {
        trueup_catalog::Address::InSchema(name) if key.kind == ObjectKind::Table => Some(name),
        _ => key.relation(),
    }
}

/// Live's publications that publish the table.
fn publications(context: &Context<'_>, table: &QualifiedName) -> Vec<String> {
    let all = context.live.of_kind(ObjectKind::Publication);
    all.filter_map(|(_, entry)| Publication::of(&entry.object))
        .filter(|p| {
            p.all_tables
                || p.schemas.contains(&table.schema)
                || p.tables.iter().any(|published| published.table == *table)
        })
        .map(|p| p.name.to_string())
        .collect()
}

/// The publication of all tables that a new table without a key would be part of: it could take INSERT only.
fn keyless(context: &Context<'_>, key: &ObjectKey, phase: Phase) -> Option<String> {
    if key.kind != ObjectKind::Table || phase != Phase::Create {
        return None;
    }
    let table = context.desired.table(table_of(key)?)?;
    if !context.is_new(&table.name) || table.replica_identity != ReplicaIdentity::Default {
        return None;
    }
    let has_key = context.desired.on_relation(ObjectKind::Constraint, &table.name).any(|(_, entry)| {
        Constraint::of(&entry.object).is_some_and(|c| matches!(c.body, ConstraintBody::PrimaryKey(_)))
    });
    let publishes = |p: &&Publication| p.all_tables || p.schemas.contains(&table.name.schema);
    let all = context.live.of_kind(ObjectKind::Publication);
    let found = all.filter_map(|(_, entry)| Publication::of(&entry.object)).find(publishes);
    found.filter(|_| !has_key).map(|p| p.name.to_string())
}
