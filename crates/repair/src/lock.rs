//! Locks that a step takes on what other sessions use: which, on what, for how long, and whom they stop.
//!
//! Owns: the modes with their order and names, and the words for people. What each statement takes was measured on
//! PostgreSQL 13 to 18; `tests/locks.rs` holds the steps against `pg_locks`.

use serde::{Deserialize, Serialize};
use trueup_catalog::QualifiedName;

/// A lock mode of tables, weakest first (manual, "Table-Level Locks").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// Readers take it.
    AccessShare,
    /// `SELECT … FOR UPDATE` takes it.
    RowShare,
    /// Writers take it.
    RowExclusive,
    /// Stops neither readers nor writers, only other changes of the schema and VACUUM.
    ShareUpdateExclusive,
    /// Stops writers.
    Share,
    /// Stops writers.
    ShareRowExclusive,
    /// Stops writers.
    Exclusive,
    /// Stops everybody.
    AccessExclusive,
}

/// Whom a lock makes wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Neither readers nor writers.
    Nobody,
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    Writers,
    /// `SELECT` as well.
    Everybody,
}

impl LockMode {
    /// Every mode, weakest first.
    pub const ALL: &'static [LockMode] = &[
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::ShareUpdateExclusive,
        LockMode::Share,
        LockMode::ShareRowExclusive,
        LockMode::Exclusive,
        LockMode::AccessExclusive,
    ];

    /// As `LOCK TABLE` spells it: `ACCESS EXCLUSIVE`.
    pub fn sql(self) -> &'static str {
        match self {
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// As `pg_locks.mode` spells it: `AccessExclusiveLock`.
    pub fn catalog_name(self) -> &'static str {
        match self {
            LockMode::AccessShare => "AccessShareLock",
            LockMode::RowShare => "RowShareLock",
            LockMode::RowExclusive => "RowExclusiveLock",
            LockMode::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            LockMode::Share => "ShareLock",
            LockMode::ShareRowExclusive => "ShareRowExclusiveLock",
            LockMode::Exclusive => "ExclusiveLock",
            LockMode::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// Whom it stops on a table (manual, "Conflicting Lock Modes").
    pub fn blocks(self) -> Blocks {
        match self {
            LockMode::AccessShare
            | LockMode::RowShare
            | LockMode::RowExclusive
            | LockMode::ShareUpdateExclusive => Blocks::Nobody,
            LockMode::Share | LockMode::ShareRowExclusive | LockMode::Exclusive => Blocks::Writers,
            LockMode::AccessExclusive => Blocks::Everybody,
        }
    }
}

/// How long a lock is held once it is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// For a change of the catalog: milliseconds, whatever the size.
    Moment,
    /// While the rows are read once.
    Scan,
    /// While an index is built.
    Build,
}

/// What sort of thing is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locked {
    /// A table, foreign or partitioned too.
    Table,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A type; such a lock is no relation's.
    Type,
}

impl Locked {
    /// A thing by name: `public.users`, `index public.users_pkey`.
    fn named(self, name: &QualifiedName) -> String {
        match self {
            Locked::Table => name.to_string(),
            Locked::View | Locked::MaterializedView | Locked::Index | Locked::Sequence | Locked::Type => {
                format!("{} {name}", self.word())
            }
        }
    }

    /// As people call it.
    pub fn word(self) -> &'static str {
        match self {
            Locked::Table => "table",
            Locked::View => "view",
            Locked::MaterializedView => "materialized view",
            Locked::Index => "index",
            Locked::Sequence => "sequence",
            Locked::Type => "type",
        }
    }
}

/// One lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Lock {
    /// What sort of thing `on` is.
    pub kind: Locked,
    /// What is locked.
    pub on: QualifiedName,
    /// How.
    pub mode: LockMode,
    /// For how long.
    pub held: Held,
    /// What below the table is locked as well. Once a plan is made they are all listed.
    #[serde(skip)]
    pub(crate) below: Below,
}

/// Which tables below one are locked with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Below {
    /// None.
    #[default]
    None,
    /// Its partitions, all levels.
    Partitions,
    /// Its partitions and those that inherit from it, all levels.
    Children,
}

impl Lock {
    /// A lock on just this.
    pub fn new(kind: Locked, on: QualifiedName, mode: LockMode, held: Held) -> Self {
        Lock { kind, on, mode, held, below: Below::None }
    }

    /// A lock on just this table.
    pub(crate) fn table(on: &QualifiedName, mode: LockMode, held: Held) -> Self {
        Lock { kind: Locked::Table, on: on.clone(), mode, held, below: Below::None }
    }

    /// A lock for a moment on what is no table.
    pub(crate) fn other(kind: Locked, on: &QualifiedName, mode: LockMode) -> Self {
        Lock { kind, on: on.clone(), mode, held: Held::Moment, below: Below::None }
    }

    /// And on all partitions and children.
    pub(crate) fn and_below(mut self) -> Self {
        self.below = Below::Children;
        self
    }

    /// And on all partitions.
    pub(crate) fn and_partitions(mut self) -> Self {
        self.below = Below::Partitions;
        self
    }
}

/// The locks of a step in words, those of one mode together, at most three things of each by name.
pub(crate) fn in_words(locks: &[Lock]) -> String {
    const SHOWN: usize = 3;
    if locks.is_empty() {
        return "nothing that is there".to_owned();
    }
    let alike = |a: &Lock, b: &Lock| (a.mode, a.held) == (b.mode, b.held);
    let groups = locks.chunk_by(alike).map(|group| {
        let mut names: Vec<String> = group.iter().take(SHOWN).map(|lock| lock.kind.named(&lock.on)).collect();
        if group.len() > SHOWN {
            names.push(format!("{} more", group.len() - SHOWN));
        }
        let last = names.pop().unwrap_or_default();
        let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
        let (mode, held) = group.first().map_or(("", ""), |lock| {
            let many = group.len() > 1;
            (
                lock.mode.sql(),
                match lock.held {
                    Held::Moment => ", for a moment",
                    Held::Scan if many => " while they are scanned",
                    Held::Scan => " while it is scanned",
                    Held::Build if many => " while they are built",
                    Held::Build => " while it is built",
                },
            )
        });
        format!("{mode} on {names}{held}")
    });
    let mut text = groups.collect::<Vec<_>>().join("; ");
    if locks.iter().any(|l| l.held != Held::Moment) && locks.iter().all(|l| l.mode.blocks() == Blocks::Nobody)
    {
        text += ": reads and writes go on";
    }
    text
}

/// One entry a thing, with its strongest mode and longest time; strongest first, then by name.
pub(crate) fn merge(locks: Vec<Lock>) -> Vec<Lock> {
    let mut merged: Vec<Lock> = Vec::with_capacity(locks.len());
    let mut at: rustc_hash::FxHashMap<(Locked, QualifiedName), usize> = rustc_hash::FxHashMap::default();
    for lock in locks {
        let key = (lock.kind, lock.on.clone());
        match at.get(&key).and_then(|i| merged.get_mut(*i)) {
            Some(there) => {
                if lock.mode > there.mode {
                    (there.mode, there.held) = (lock.mode, lock.held);
                } else if lock.mode == there.mode {
                    there.held = there.held.max(lock.held);
                }
            }
            None => {
                at.insert(key, merged.len());
                merged.push(lock);
            }
        }
    }
    merged
        .sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.on.cmp(&b.on)).then_with(|| a.kind.cmp(&b.kind)));
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_lock_of_a_table_counts() {
        let t = QualifiedName::new("public", "t");
        let locks = merge(vec![
            Lock::table(&t, LockMode::ShareUpdateExclusive, Held::Scan),
            Lock::table(&QualifiedName::new("public", "a"), LockMode::RowShare, Held::Scan),
            Lock::table(&t, LockMode::AccessExclusive, Held::Moment),
        ]);
        assert_eq!(
            in_words(&locks),
            "ACCESS EXCLUSIVE on public.t, for a moment; ROW SHARE on public.a while it is scanned"
        );
        let scan = merge(vec![Lock::table(&t, LockMode::ShareUpdateExclusive, Held::Scan)]);
        assert_eq!(
            in_words(&scan),
            "SHARE UPDATE EXCLUSIVE on public.t while it is scanned: reads and writes go on"
        );
        assert_eq!(in_words(&[]), "nothing that is there");
        let many = ["a", "b", "c", "d", "e"].map(|name| {
            Lock::table(&QualifiedName::new("public", name), LockMode::AccessExclusive, Held::Moment)
        });
        assert_eq!(
            in_words(&many),
            "ACCESS EXCLUSIVE on public.a, public.b, public.c and 2 more, for a moment"
        );
        assert_eq!(in_words(&many[..2]), "ACCESS EXCLUSIVE on public.a and public.b, for a moment");
    }

    #[test]
    fn modes_conflict_as_the_manual_says() {
        let blocks: Vec<Blocks> = LockMode::ALL.iter().map(|m| m.blocks()).collect();
        assert!(blocks.is_sorted());
        assert_eq!(LockMode::ShareUpdateExclusive.blocks(), Blocks::Nobody);
        assert_eq!(LockMode::Share.blocks(), Blocks::Writers);
    }
}
