//! The effects of one statement after the other: from what it changes in the catalog, and from its text where that says more.
//!
//! Owns: what was there before the migration and how big it is, under the names that it has by now. Locks, rewrites and scans follow
//! what was measured on PostgreSQL 13 to 18 (`docs/safety.md`).

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Column, Constraint, Index, MaterializedView, ObjectKey, ObjectKind, QualifiedName, Size, Table,
    View,
};
use trueup_parser::{Change, Step, StepOutcome};
use trueup_repair::{Held, Lock, LockMode, Locked};
use trueup_settle::World;

use crate::effect::{Blocking, Destroyed, Effect};
use crate::{column, relation, rows};

/// What the statements before have left.
pub(crate) struct Effects<'c> {
    /// The live catalog before the migration.
    pub live: &'c Catalog,
    /// What the catalog is behind it.
    pub world: World<'c>,
    /// Major version.
    pub major: u32,
    /// Tables that were there before, by the name that they have now, with the one that they had.
    there: FxHashMap<QualifiedName, QualifiedName>,
}

/// What is collected for one statement.
pub(crate) struct Collected {
    pub effects: Vec<Effect>,
}

impl<'c> Effects<'c> {
    /// Of a migration of `live` that ends in `after`.
    pub fn new(live: &'c Catalog, after: &'c Catalog, major: u32) -> Self {
        let kinds = [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView];
        let names = kinds.into_iter().flat_map(|kind| live.of_kind(kind)).filter_map(|(key, _)| name_of(key));
        Effects {
            live,
            world: World::new(after, major, &[]),
            major,
            there: names.map(|name| (name.clone(), name.clone())).collect(),
        }
    }

    /// The name that a table had before the migration; `None` where the migration made it, so that nobody uses it yet.
    pub fn before(&self, table: &QualifiedName) -> Option<&QualifiedName> {
        self.there.get(table)
    }

    /// The relations that were there before and bear this name now.
    pub fn named(
        &self,
        schema: Option<&trueup_catalog::Name>,
        name: &trueup_catalog::Name,
    ) -> Vec<&QualifiedName> {
        let fits = |q: &&QualifiedName| q.name == *name && schema.is_none_or(|schema| q.schema == *schema);
        let mut found: Vec<&QualifiedName> = self.there.keys().filter(fits).collect();
        found.sort();
        found
    }

    /// How big a table is that was there before.
    pub fn size(&self, table: &QualifiedName) -> Option<Size> {
        self.live.sizes.get(self.there.get(table)?).copied()
    }

    /// The effects of a statement.
    pub fn of(&mut self, step: &Step) -> Vec<Effect> {
        let changes = match &step.outcome {
            StepOutcome::Applied(changes) => changes.as_slice(),
            StepOutcome::Skipped(_) | StepOutcome::Refused(_) | StepOutcome::CantTell { .. } => {
                return Vec::new();
            }
        };
        let mut out = Collected { effects: Vec::new() };
        rows::of(self, step, &mut out);
        let gone: FxHashSet<&QualifiedName> = changes
            .iter()
            .filter(|change| change.after.is_none() && change.key.kind == ObjectKind::Table)
            .filter_map(|change| name_of(&change.key))
            .collect();
        if step.renames {
            for change in changes.iter().filter(|change| change.after.is_none()) {
                if let Some(name) = name_of(&change.key) {
                    self.block(&mut out, change.key.kind, name, LockMode::AccessExclusive, Held::Moment);
                }
            }
            self.follow(changes);
            return out.done();
        }
        let concurrently = step.text.split_whitespace().any(|word| word.eq_ignore_ascii_case("concurrently"));
        for change in changes {
            self.change(step, change, &gone, concurrently, &mut out);
        }
        for change in changes {
            if let Some(name) = name_of(&change.key)
                && change.after.is_none()
            {
                self.there.remove(name);
            }
        }
        out.done()
    }

    /// After a renaming, what was there has another name.
    fn follow(&mut self, changes: &[Change]) {
        let relations = |made: bool| {
            changes
                .iter()
                .filter(move |change| if made { change.before.is_none() } else { change.after.is_none() })
                .filter_map(|change| name_of(&change.key).map(|name| (change.key.kind, name.clone())))
        };
        // One statement renames one relation; a schema keeps the names inside.
        let came: Vec<_> = relations(true).collect();
        for (kind, from) in relations(false) {
            let same_name = came.iter().find(|(k, to)| *k == kind && to.name == from.name);
            let to = same_name.or_else(|| came.iter().find(|(k, _)| *k == kind));
            if let (Some(was), Some((_, to))) = (self.there.remove(&from), to) {
                self.there.insert(to.clone(), was);
            }
        }
    }

    fn change(
        &self,
        step: &Step,
        change: &Change,
        gone: &FxHashSet<&QualifiedName>,
        concurrently: bool,
        out: &mut Collected,
    ) {
        let before = change.before.as_deref().map(|entry| &entry.object);
        let after = change.after.as_deref().map(|entry| &entry.object);
        match change.key.kind {
            ObjectKind::Table => {
                relation::table(self, before.and_then(Table::of), after.and_then(Table::of), out);
            }
            ObjectKind::Column => {
                let (old, new) = (before.and_then(Column::of), after.and_then(Column::of));
                if let Some(old) = old
                    && (gone.contains(&old.table) && new.is_none())
                {
                    return;
                }
                column::column(self, step, old, new, out);
            }
            ObjectKind::Constraint => {
                let (old, new) = (before.and_then(Constraint::of), after.and_then(Constraint::of));
                relation::constraint(self, old, new, gone, out);
            }
            ObjectKind::Index => {
                let (old, new) = (before.and_then(Index::of), after.and_then(Index::of));
                relation::index(self, old, new, gone, concurrently, out);
            }
            ObjectKind::Trigger => {
                let mode =
                    if before.is_none() { LockMode::ShareRowExclusive } else { LockMode::AccessExclusive };
                self.on_relation(&change.key, gone, mode, out);
            }
            ObjectKind::Policy | ObjectKind::Rule => {
                self.on_relation(&change.key, gone, LockMode::AccessExclusive, out);
            }
            ObjectKind::Statistics => {}
            ObjectKind::View => {
                if let Some(view) = before.and_then(View::of) {
                    self.block(out, ObjectKind::View, &view.name, LockMode::AccessExclusive, Held::Moment);
                }
            }
            ObjectKind::MaterializedView => {
                if let Some(view) = before.and_then(MaterializedView::of) {
                    let kind = ObjectKind::MaterializedView;
                    self.block(out, kind, &view.name, LockMode::AccessExclusive, Held::Moment);
                }
            }
            ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::EnumType
            | ObjectKind::Domain
            | ObjectKind::DomainConstraint
            | ObjectKind::CompositeType
            | ObjectKind::RangeType
            | ObjectKind::BaseType
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::Language
            | ObjectKind::AccessMethod
            | ObjectKind::Sequence
            | ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Aggregate
            | ObjectKind::Operator
            | ObjectKind::OperatorFamily
            | ObjectKind::OperatorClass
            | ObjectKind::Cast
            | ObjectKind::Transform
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Server
            | ObjectKind::UserMapping
            | ObjectKind::EventTrigger
            | ObjectKind::Publication
            | ObjectKind::Subscription
            | ObjectKind::DefaultPrivileges => {}
        }
    }

    fn on_relation(
        &self,
        key: &ObjectKey,
        gone: &FxHashSet<&QualifiedName>,
        mode: LockMode,
        out: &mut Collected,
    ) {
        if let Some(table) = key.relation().filter(|table| !gone.contains(table)) {
            self.block(out, ObjectKind::Table, table, mode, Held::Moment);
        }
    }

    /// A lock on a relation that was there before.
    pub fn block(
        &self,
        out: &mut Collected,
        kind: ObjectKind,
        on: &QualifiedName,
        mode: LockMode,
        held: Held,
    ) {
        if self.before(on).is_none() {
            return;
        }
        let kind = match kind {
            ObjectKind::View => Locked::View,
            ObjectKind::MaterializedView => Locked::MaterializedView,
            _ => Locked::Table,
        };
        out.block(Lock::new(kind, on.clone(), mode, held), self.size(on));
    }

    /// A table that was there before is written anew.
    pub fn rewrite(&self, out: &mut Collected, table: &QualifiedName, why: impl Into<String>) {
        if self.before(table).is_some() {
            let size = self.size(table);
            out.effects.push(Effect::Rewrites { table: table.clone(), why: why.into(), size });
        }
    }

    /// Data of a table that was there before goes.
    pub fn destroy(&self, out: &mut Collected, what: String, table: &QualifiedName) {
        if self.before(table).is_some() {
            let size = self.size(table);
            out.effects.push(Effect::Destroys(Destroyed { what, table: Some(table.clone()), size }));
        }
    }
}

impl Collected {
    /// Adds a lock; of several on one relation the strongest and longest stays.
    pub fn block(&mut self, lock: Lock, size: Option<Size>) {
        for effect in &mut self.effects {
            if let Effect::Blocks(Blocking { lock: there, .. }) = effect
                && (there.kind, &there.on) == (lock.kind, &lock.on)
            {
                if lock.mode > there.mode {
                    there.held = lock.held.max(there.held);
                    there.mode = lock.mode;
                } else {
                    there.held = there.held.max(lock.held);
                }
                return;
            }
        }
        self.effects.push(Effect::Blocks(Blocking { lock, size }));
    }

    /// The effects, the gravest first.
    fn done(mut self) -> Vec<Effect> {
        self.effects.sort_by_key(|effect| match effect {
            Effect::Destroys(_) => 0,
            Effect::Rewrites { .. } => 1,
            Effect::MayFail(_) => 2,
            Effect::Blocks(_) => 3,
        });
        self.effects
    }
}

/// The name of a table, view or materialized view.
pub(crate) fn name_of(key: &ObjectKey) -> Option<&QualifiedName> {
    match (&key.address, key.kind) {
        (
            trueup_catalog::Address::InSchema(name),
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView,
        ) => Some(name),
        _ => None,
    }
}
