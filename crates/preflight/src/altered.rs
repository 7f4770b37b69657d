//! What `ALTER TABLE` locks: the strongest lock that one of its actions takes, on the table and on what is below it
//! (`AlterTableGetLockLevel` and `ATPrepCmd` in `tablecmds.c`; measured on 13 to 18). It takes them whether or not something changes.
//!
//! Owns: the lock of each action. How long it is held follows from what changes (`column`, `relation`).
//! Never: looks at what changes.

use trueup_catalog::{ObjectKind, QualifiedName};
use trueup_parser::{AlterAction, Altered};
use trueup_repair::{Held, LockMode};

use crate::effects::{Collected, Effects};

/// Options of a table that clients may not see change under them (`relOpts` in `reloptions.c`).
const EXCLUSIVE_OPTIONS: &[&str] =
    &["user_catalog_table", "check_option", "security_barrier", "security_invoker"];

/// Which tables below the altered one are locked with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Nothing,
    /// Partitions and inheritors, with the same lock.
    Same,
    /// Partitions and inheritors, with this one.
    With(LockMode),
}

/// The strongest lock that the statement takes on what it changes.
pub(crate) fn strongest(altered: &Altered, major: u32) -> LockMode {
    let modes = altered.actions.iter().map(|action| match action {
        // What changes is the partition, which 13 leaves to everybody.
        AlterAction::Detach { .. } if major < 14 => LockMode::ShareUpdateExclusive,
        action => of(action, major).0,
    });
    modes.max().unwrap_or(LockMode::AccessExclusive)
}

/// Adds the locks of a statement.
pub(crate) fn locks(effects: &Effects<'_>, altered: &Altered, out: &mut Collected) {
    let table = &altered.relation;
    for action in &altered.actions {
        let (mode, below) = of(action, effects.major);
        effects.block(out, ObjectKind::Table, table, mode, Held::Moment);
        let below = match below {
            Below::Same => Some(mode),
            Below::With(mode) => Some(mode),
            Below::Nothing => None,
        };
        if let Some(mode) = below.filter(|_| !altered.only) {
            for child in effects.below(table) {
                effects.block(out, ObjectKind::Table, &child, mode, Held::Moment);
            }
        }
        others(effects, table, action, out);
    }
}

/// The lock of an action, and what of below it locks.
fn of(action: &AlterAction, major: u32) -> (LockMode, Below) {
    use LockMode::{AccessExclusive, Share, ShareRowExclusive, ShareUpdateExclusive};
    match action {
        AlterAction::AddColumn { .. }
        | AlterAction::DropColumn
        | AlterAction::AlterType { .. }
        | AlterAction::Default
        | AlterAction::SetNotNull
        | AlterAction::Expression
        | AlterAction::Storage
        | AlterAction::AddCheck
        | AlterAction::AlterConstraint
        | AlterAction::DropConstraint => (AccessExclusive, Below::Same),
        // From 18 on NOT NULL is a constraint, and goes only where it is; what changes below is told by the changes.
        AlterAction::DropNotNull => (AccessExclusive, if major >= 18 { Below::Nothing } else { Below::Same }),
        AlterAction::Identity => (AccessExclusive, if major >= 17 { Below::Same } else { Below::Nothing }),
        AlterAction::AddKey => (AccessExclusive, if major >= 18 { Below::Same } else { Below::With(Share) }),
        AlterAction::Compression
        | AlterAction::Rename
        | AlterAction::SetSchema
        | AlterAction::Owner
        | AlterAction::Rule
        | AlterAction::ForeignOptions
        | AlterAction::RowSecurity
        | AlterAction::Tablespace
        | AlterAction::AccessMethod
        | AlterAction::Logged
        | AlterAction::Inherit { .. }
        | AlterAction::OfType
        | AlterAction::ReplicaIdentity
        | AlterAction::Nothing => (AccessExclusive, Below::Nothing),
        AlterAction::AddForeignKey | AlterAction::Trigger => (ShareRowExclusive, Below::Same),
        AlterAction::Statistics | AlterAction::Validate => (ShareUpdateExclusive, Below::Same),
        AlterAction::ColumnOptions | AlterAction::Cluster => (ShareUpdateExclusive, Below::Nothing),
        AlterAction::Options(names) => {
            let exclusive = names.iter().any(|name| EXCLUSIVE_OPTIONS.contains(&name.as_str()));
            (if exclusive { AccessExclusive } else { ShareUpdateExclusive }, Below::Nothing)
        }
        AlterAction::Attach { .. } => (ShareUpdateExclusive, Below::Nothing),
        AlterAction::Detach { concurrently: true, .. } => (ShareUpdateExclusive, Below::Nothing),
        AlterAction::Detach { concurrently: false, .. } => (AccessExclusive, Below::Nothing),
    }
}

/// Locks on other tables than the altered one and those below it.
fn others(effects: &Effects<'_>, table: &QualifiedName, action: &AlterAction, out: &mut Collected) {
    match action {
        AlterAction::Inherit { parent: Some(parent) } => {
            effects.block(out, ObjectKind::Table, parent, LockMode::ShareUpdateExclusive, Held::Moment);
        }
        AlterAction::Attach { partition: Some(partition) } => attached(effects, table, partition, out),
        AlterAction::Detach { partition: Some(partition), concurrently } => {
            // 13 lets everybody go on with the partition itself.
            let mode =
                if effects.major >= 14 { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
            effects.block(out, ObjectKind::Table, partition, mode, Held::Moment);
            if !concurrently {
                for key in effects.foreign_keys_of(table) {
                    effects.block_below(out, &key.1, LockMode::ShareRowExclusive, Held::Moment);
                }
                for referrer in effects.referrers_of(table) {
                    effects.block_below(out, &referrer, LockMode::AccessExclusive, Held::Moment);
                }
            }
        }
        AlterAction::AlterType { column, .. } => {
            // Foreign keys are made anew.
            for other in effects.across_foreign_keys(table, column) {
                effects.block_below(out, &other, LockMode::AccessExclusive, Held::Moment);
            }
        }
        AlterAction::AddColumn { .. }
        | AlterAction::DropColumn
        | AlterAction::Default
        | AlterAction::SetNotNull
        | AlterAction::DropNotNull
        | AlterAction::Expression
        | AlterAction::Identity
        | AlterAction::Statistics
        | AlterAction::ColumnOptions
        | AlterAction::Storage
        | AlterAction::Compression
        | AlterAction::AddForeignKey
        | AlterAction::AddKey
        | AlterAction::AddCheck
        | AlterAction::AlterConstraint
        | AlterAction::Validate
        | AlterAction::DropConstraint
        | AlterAction::Rename
        | AlterAction::SetSchema
        | AlterAction::Owner
        | AlterAction::Trigger
        | AlterAction::Rule
        | AlterAction::ForeignOptions
        | AlterAction::RowSecurity
        | AlterAction::Cluster
        | AlterAction::Options(_)
        | AlterAction::Tablespace
        | AlterAction::AccessMethod
        | AlterAction::Logged
        | AlterAction::Inherit { parent: None }
        | AlterAction::OfType
        | AlterAction::ReplicaIdentity
        | AlterAction::Attach { partition: None }
        | AlterAction::Detach { partition: None, .. }
        | AlterAction::Nothing => {}
    }
}

/// `ATTACH PARTITION` scans the table for rows outside of its bounds, and the default partition for rows that now belong there
/// (`ATExecAttachPartition`). Foreign keys of the parent come to it: one that is there already is taken over, which detaches its triggers.
fn attached(effects: &Effects<'_>, parent: &QualifiedName, partition: &QualifiedName, out: &mut Collected) {
    effects.block(out, ObjectKind::Table, partition, LockMode::AccessExclusive, Held::Scan);
    if let Some(default) = effects.default_partition(parent) {
        effects.block_below(out, &default, LockMode::AccessExclusive, Held::Scan);
    }
    for (constraint, references) in effects.foreign_keys_of(parent) {
        let mode = if effects.takes_over(partition, &constraint) {
            LockMode::AccessExclusive
        } else {
            LockMode::ShareRowExclusive
        };
        effects.block_below(out, &references, mode, Held::Moment);
    }
    came_under(effects, parent, out);
}

/// Tables whose foreign keys refer to a table that gets a partition, by version.
pub(crate) fn came_under(effects: &Effects<'_>, parent: &QualifiedName, out: &mut Collected) {
    if effects.major >= 15 {
        for referrer in effects.referrers_of(parent) {
            effects.block_below(out, &referrer, LockMode::ShareRowExclusive, Held::Moment);
        }
    }
}
