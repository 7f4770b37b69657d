//! The effects of one statement after the other: from what it changes in the catalog, and from its text where that says more.
//!
//! Owns: what was there before the migration and how big it is, under the names that it has by now. Locks, rewrites and scans follow
//! what was measured on PostgreSQL 13 to 18 (`docs/safety.md`).

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Column, Constraint, ConstraintBody, Domain, DomainConstraint, ForeignKey, Index,
    MaterializedView, Name, ObjectKey, ObjectKind, PartitionBound, QualifiedName, Size, Table, View,
};
use trueup_parser::{Change, Step, StepOutcome};
use trueup_repair::{Held, Lock, LockMode, Locked};
use trueup_settle::World;

use crate::effect::{Blocking, Destroyed, Effect};
use crate::{altered, column, domain, relation, rows};

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
    /// Partitions and inheritors by their parents, before and after.
    children: FxHashMap<QualifiedName, Vec<QualifiedName>>,
    /// What the statement at hand locks that which it changes with.
    pub mode: LockMode,
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
            children: children(&[live, after]),
            mode: LockMode::AccessExclusive,
        }
    }

    /// Partitions and inheritors of a table, of all levels.
    pub fn below(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let mut found: Vec<QualifiedName> = Vec::new();
        let mut next = vec![table];
        while let Some(parent) = next.pop() {
            for child in self.children.get(parent).into_iter().flatten() {
                if !found.contains(child) {
                    found.push(child.clone());
                    next.push(child);
                }
            }
        }
        found
    }

    /// The default partition of a table.
    pub fn default_partition(&self, table: &QualifiedName) -> Option<QualifiedName> {
        let mut children = self.children.get(table).into_iter().flatten();
        let is_default = |child: &&QualifiedName| {
            let found = self.world.catalog().table(child).or_else(|| self.live.table(child));
            found
                .and_then(|table| table.partition_of.as_ref())
                .is_some_and(|of| matches!(of.bound, PartitionBound::Default))
        };
        children.find(is_default).cloned()
    }

    /// Whether a table holds no rows of its own.
    pub fn is_partitioned(&self, table: &QualifiedName) -> bool {
        let found = self.world.catalog().table(table).or_else(|| self.live.table(table));
        found.is_some_and(|table| table.partition_key.is_some())
    }

    fn foreign_keys(&self) -> impl Iterator<Item = (&Constraint, &ForeignKey)> {
        let of = |catalog: &'c Catalog| {
            catalog.of_kind(ObjectKind::Constraint).filter_map(|(_, entry)| Constraint::of(&entry.object))
        };
        of(self.live).chain(of(self.world.catalog())).filter_map(|constraint| match &constraint.body {
            ConstraintBody::ForeignKey(key) => Some((constraint, key)),
            ConstraintBody::PrimaryKey(_)
            | ConstraintBody::Unique(_)
            | ConstraintBody::Check { .. }
            | ConstraintBody::Exclusion(_) => None,
        })
    }

    /// The foreign keys of a table, before or after, with the tables that they refer to.
    pub fn foreign_keys_of(&self, table: &QualifiedName) -> Vec<(Constraint, QualifiedName)> {
        let own = self.foreign_keys().filter(|(constraint, _)| constraint.table == *table);
        own.map(|(constraint, key)| (constraint.clone(), key.references.clone())).collect()
    }

    /// Whether a partition has the foreign key already, so that its parent's takes it over, and its triggers on the other table go
    /// (`tryAttachPartitionForeignKey`). Before 18 one that is not validated is not taken.
    pub fn takes_over(&self, partition: &QualifiedName, constraint: &Constraint) -> bool {
        let ConstraintBody::ForeignKey(key) = &constraint.body else { return false };
        self.live.on_relation(ObjectKind::Constraint, partition).any(|(_, entry)| {
            Constraint::of(&entry.object).is_some_and(|own| {
                let same = matches!(&own.body, ConstraintBody::ForeignKey(own)
                    if own.columns == key.columns
                        && own.references == key.references
                        && own.referenced_columns == key.referenced_columns);
                same && !own.inherited && (own.validated == constraint.validated || self.major >= 18)
            })
        })
    }

    /// The tables whose foreign keys refer to a table.
    pub fn referrers_of(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let to = self.foreign_keys().filter(|(_, key)| key.references == *table);
        to.map(|(constraint, _)| constraint.table.clone()).collect()
    }

    /// The tables at the other end of the foreign keys that a column is part of.
    pub fn across_foreign_keys(&self, table: &QualifiedName, column: &Name) -> Vec<QualifiedName> {
        let other = |(constraint, key): (&Constraint, &ForeignKey)| {
            if constraint.table == *table && key.columns.contains(column) {
                Some(key.references.clone())
            } else if key.references == *table && key.referenced_columns.contains(column) {
                Some(constraint.table.clone())
            } else {
                None
            }
        };
        self.foreign_keys().filter_map(other).collect()
    }

    /// A lock on a table and on its partitions.
    pub fn block_below(&self, out: &mut Collected, table: &QualifiedName, mode: LockMode, held: Held) {
        self.block(out, ObjectKind::Table, table, mode, held);
        for child in self.below(table) {
            self.block(out, ObjectKind::Table, &child, mode, held);
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

    /// The tables that were there before and have an index of this name.
    pub fn indexed(&self, schema: Option<&Name>, name: &Name) -> Vec<QualifiedName> {
        let indexes =
            self.world.catalog().of_kind(ObjectKind::Index).chain(self.live.of_kind(ObjectKind::Index));
        let named = indexes.filter(|(key, _)| {
            key.name() == name
                && schema.is_none_or(|s| key.relation().is_some_and(|table| table.schema == *s))
        });
        let mut found: Vec<QualifiedName> = named.filter_map(|(key, _)| key.relation().cloned()).collect();
        found.dedup();
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
            // It locks before it looks.
            StepOutcome::Skipped(_) => &[],
            StepOutcome::Refused(_) | StepOutcome::CantTell { .. } => return Vec::new(),
        };
        let mut out = Collected { effects: Vec::new() };
        self.mode = LockMode::AccessExclusive;
        if let Some(altered) = &step.altered {
            altered::locks(self, altered, &mut out);
            self.mode = altered::strongest(altered, self.major);
        }
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
        for change in changes {
            self.change(step, change, &gone, &mut out);
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

    fn change(&self, step: &Step, change: &Change, gone: &FxHashSet<&QualifiedName>, out: &mut Collected) {
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
                relation::index(self, old, new, gone, step, out);
            }
            ObjectKind::Trigger => {
                let made = step.words.starts_with("CREATE");
                self.on_relation(
                    &change.key,
                    gone,
                    if made { LockMode::ShareRowExclusive } else { self.mode },
                    out,
                );
            }
            ObjectKind::Policy | ObjectKind::Rule => {
                self.on_relation(&change.key, gone, self.mode, out);
            }
            ObjectKind::Statistics => {}
            ObjectKind::View => {
                // One whose `*` stands for the columns that it had is changed by no statement about another, and what is replaced is
                // locked though nothing changes (see `rows`).
                let (old, new) = (before.and_then(View::of), after.and_then(View::of));
                let about_another = new.is_some() && step.made_view.is_some();
                if let Some(view) = old.filter(|old| !about_another && new != Some(old)) {
                    self.block(out, ObjectKind::View, &view.name, LockMode::AccessExclusive, Held::Moment);
                }
            }
            ObjectKind::MaterializedView => {
                let (old, new) =
                    (before.and_then(MaterializedView::of), after.and_then(MaterializedView::of));
                if let Some(view) = old.filter(|old| new != Some(old)) {
                    let kind = ObjectKind::MaterializedView;
                    self.block(out, kind, &view.name, LockMode::AccessExclusive, Held::Moment);
                }
            }
            ObjectKind::Domain => {
                let (old, new) = (before.and_then(Domain::of), after.and_then(Domain::of));
                if let (Some(old), Some(new)) = (old, new)
                    && !old.not_null
                    && new.not_null
                {
                    domain::checked(self, &new.name, format!("no value of {} is NULL", new.name), out);
                }
            }
            ObjectKind::DomainConstraint => {
                let (old, new) =
                    (before.and_then(DomainConstraint::of), after.and_then(DomainConstraint::of));
                if let Some(new) = new.filter(|new| new.validated && old.is_none_or(|old| !old.validated)) {
                    let demand = format!("no value of {} breaks {}", new.domain, new.check.sql);
                    domain::checked(self, &new.domain, demand, out);
                }
            }
            ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::EnumType
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
        // A partitioned table holds nothing itself.
        if self.before(table).is_some() && !self.is_partitioned(table) {
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

/// Partitions and inheritors by their parents.
fn children(catalogs: &[&Catalog]) -> FxHashMap<QualifiedName, Vec<QualifiedName>> {
    let mut children: FxHashMap<QualifiedName, Vec<QualifiedName>> = FxHashMap::default();
    let tables = catalogs.iter().flat_map(|catalog| catalog.of_kind(ObjectKind::Table));
    for table in tables.filter_map(|(_, entry)| Table::of(&entry.object)) {
        for parent in table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits) {
            let list = children.entry(parent.clone()).or_default();
            if !list.contains(&table.name) {
                list.push(table.name.clone());
            }
        }
    }
    children
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
