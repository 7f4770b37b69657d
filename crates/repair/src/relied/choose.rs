//! Which objects of the live database a plan relies on, and what it makes of them.
//!
//! Owns: the choice. A table that a step changes or locks is relied on with its columns, constraints, indexes and triggers; what a
//! step only mentions, with what tells it from another: a function with what it returns, a type with its labels.

use super::fact::{Expressions, Fact, Facts, is_known, sort};
use crate::lock::Locked;
use crate::mentions::mentions;
use crate::step::{Plan, Step};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};
use trueup_catalog::{
    Address, Catalog, Column, CompositeType, Constraint, EnumType, Function, Index, MaterializedView, Name,
    Object, ObjectKey, ObjectKind, Procedure, QualifiedName, Routine, SearchPath, Table, Trigger, View,
};
use trueup_diff::{Comparison, Drift, What};

/// The facts of each object, in order.
pub(super) type Chosen = BTreeMap<ObjectKey, Vec<Fact>>;

/// What the plan relies on.
pub(super) fn relied(desired: &Catalog, live: &Catalog, comparison: &Comparison, plan: &Plan) -> Chosen {
    let changes = Changes::new(comparison, plan);
    let expressions = Expressions::of(live);
    let reach = Reach::new(live, plan);
    let mut chosen = Chosen::new();
    for key in &reach.keys {
        let Some(entry) = live.get(key) else { continue };
        let mut facts = Facts::default();
        let whole = reach.whole.contains(key);
        object(&entry.object, desired, &changes, &mut facts);
        if let Some(table) = Table::of(&entry.object) {
            facts.table(table);
            for column in live.columns(&table.name) {
                if whole || reach.names.contains(&column.name) {
                    let key =
                        ObjectKey::on_relation(ObjectKind::Column, table.name.clone(), column.name.clone());
                    let wanted = desired.column(&table.name, &column.name);
                    let changed = changes.of(&key).zip(wanted);
                    let changed =
                        changed.or_else(|| changed_above(desired, live, &changes, table, &column.name));
                    facts.column(column, expressions, changed);
                }
            }
        }
        if whole && let Address::InSchema(name) = &key.address {
            parts(live, desired, name, &changes, expressions, &mut facts);
        }
        chosen.insert(key.clone(), facts.0);
    }
    chosen
}

/// Constraints, indexes and triggers of a relation; those that the plan changes are told by their guards.
fn parts(
    live: &Catalog,
    desired: &Catalog,
    relation: &QualifiedName,
    changes: &Changes<'_>,
    expressions: Expressions,
    facts: &mut Facts,
) {
    for kind in [ObjectKind::Constraint, ObjectKind::Index, ObjectKind::Trigger] {
        for (key, entry) in live.on_relation(kind, relation) {
            let changed = changes.of(key).is_some();
            if let Some(constraint) = Constraint::of(&entry.object) {
                // `NOT VALID` may become valid, which takes nothing away.
                if !changed || !constraint.validated {
                    facts.constraint(constraint, expressions);
                }
            } else if let Some(index) = Index::of(&entry.object) {
                if !changed {
                    facts.index(index, expressions);
                }
            } else if let Some(trigger) = Trigger::of(&entry.object)
                // A partition's clone counts as internal before 15.
                && !trigger.inherited
            {
                let wanted = desired.get(key).and_then(|e| Trigger::of(&e.object)).filter(|_| changed);
                facts.trigger(trigger, wanted);
            }
        }
    }
}

/// What an object is by itself.
fn object(object: &Object, desired: &Catalog, changes: &Changes<'_>, facts: &mut Facts) {
    use trueup_catalog::SchemaObject;
    if let Some(routine) = routine(object) {
        let key = object.key();
        let wanted = desired.get(&key).and_then(|e| self::routine(&e.object));
        facts.routine(routine, wanted.filter(|_| changes.of(&key).is_some()));
    } else if let Some(View { columns, .. }) = View::of(object) {
        facts.view_columns(columns);
    } else if let Some(MaterializedView { columns, .. }) = MaterializedView::of(object) {
        facts.view_columns(columns);
    } else if let Some(CompositeType { attributes, .. }) = CompositeType::of(object) {
        facts.attributes(attributes);
    } else {
        facts.data_type(object);
    }
}

fn routine(object: &Object) -> Option<&Routine> {
    Function::of(object).map(|f| &f.0).or_else(|| Procedure::of(object).map(|p| &p.0))
}

/// What the plan makes, told the same way; `None` where some step does what no fact tells.
pub(super) fn made(desired: &Catalog, comparison: &Comparison, plan: &Plan) -> Option<Chosen> {
    let mut chosen = Chosen::new();
    for step in &plan.steps {
        for drift in step.closes.iter().filter_map(|i| comparison.drift.get(*i)) {
            for key in std::iter::once(&drift.key).chain(&drift.children) {
                let (owner, facts) = becomes(desired, drift, key)?;
                let list: &mut Vec<Fact> = chosen.entry(owner).or_default();
                for fact in facts {
                    // Several findings may be about one column.
                    if !list.contains(&fact) {
                        list.push(fact);
                    }
                }
            }
        }
    }
    Some(chosen)
}

/// What the plan changes of a column of this name above: what only live has below is changed with it.
fn changed_above<'a>(
    desired: &'a Catalog,
    live: &Catalog,
    changes: &'a Changes<'_>,
    table: &Table,
    column: &Name,
) -> Option<(&'a BTreeSet<&'a str>, &'a Column)> {
    let mut seen: Vec<&QualifiedName> = Vec::new();
    let mut next: Vec<&QualifiedName> =
        table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits).collect();
    while let Some(parent) = next.pop() {
        if seen.contains(&parent) {
            continue;
        }
        seen.push(parent);
        let key = ObjectKey::on_relation(ObjectKind::Column, parent.clone(), column.clone());
        if let Some(found) = changes.of(&key).zip(desired.column(parent, column)) {
            return Some(found);
        }
        let above = live.table(parent);
        next.extend(
            above.into_iter().flat_map(|t| t.partition_of.iter().map(|of| &of.parent).chain(&t.inherits)),
        );
    }
    None
}

/// The facts that are there once the drift about this object is closed, with the object that they are told of.
fn becomes(desired: &Catalog, drift: &Drift, key: &ObjectKey) -> Option<(ObjectKey, Vec<Fact>)> {
    let entry = desired.get(key)?;
    // Nothing tells of comments, owners and privileges.
    let bare = entry.comment.is_none() && entry.privileges.is_none();
    let mut facts = Facts::default();
    let on = |relation: &QualifiedName| {
        let kinds = [ObjectKind::Table, ObjectKind::MaterializedView, ObjectKind::View];
        let keys = kinds.map(|kind| ObjectKey::in_schema(kind, relation.clone()));
        keys.into_iter().find(|key| desired.contains(key))
    };
    let all = |known: &[&str]| drift.changes.iter().all(|c| known.contains(&c.attribute.as_str()));
    let missing = drift.what == What::Missing && bare;
    // Whether the drift is about nothing but what these facts tell.
    let told = |known: &[&str]| missing || drift.what == What::Changed && !known.is_empty() && all(known);
    let object = &entry.object;
    let owner = if let Some(column) = Column::of(object) {
        // A default's text is a person's: only that the column is there can be told.
        facts.column(column, Expressions::Written, None);
        on(&column.table).filter(|_| is_known(&column.data_type) && told(&["data_type", "not_null"]))
    } else if let Some(constraint) = Constraint::of(object) {
        facts.constraint(constraint, Expressions::Written);
        on(&constraint.table).filter(|_| told(&["validated"]))
    } else if let Some(index) = Index::of(object) {
        facts.index(index, Expressions::Written);
        on(&index.table).filter(|_| told(&[]))
    } else if let Some(trigger) = Trigger::of(object) {
        facts.trigger(trigger, None);
        on(&trigger.table).filter(|_| told(&["enabled"]))
    } else if let Some(table) = Table::of(object) {
        facts.table(table);
        Some(key.clone()).filter(|_| told(&["row_security"]))
    } else if let Some(routine) = routine(object) {
        facts.routine(routine, Some(routine).filter(|_| !missing));
        Some(key.clone()).filter(|_| told(&["body", "volatility"]))
    } else if EnumType::of(object).is_some() {
        facts.data_type(object);
        Some(key.clone()).filter(|_| told(&["labels"]))
    } else {
        // Only that it is there, and what a type is of.
        self::object(object, desired, &Changes::default(), &mut facts);
        Some(key.clone()).filter(|_| sort(key.kind).is_some() && told(&[]))
    };
    let owner = owner?;
    Some((owner, facts.0))
}

/// The attributes that the plan changes, by object.
#[derive(Default)]
struct Changes<'a>(FxHashMap<&'a ObjectKey, BTreeSet<&'a str>>);

impl<'a> Changes<'a> {
    fn new(comparison: &'a Comparison, plan: &Plan) -> Self {
        let mut changes: FxHashMap<&ObjectKey, BTreeSet<&str>> = FxHashMap::default();
        let closed = plan.steps.iter().flat_map(|step| &step.closes).filter_map(|i| comparison.drift.get(*i));
        for drift in closed.filter(|d| d.what == What::Changed) {
            // Of what follows from it, as a partition's column from its table's.
            for key in std::iter::once(&drift.key).chain(&drift.children) {
                changes.entry(key).or_default().extend(drift.changes.iter().map(|c| c.attribute.as_str()));
            }
        }
        Changes(changes)
    }

    fn of(&self, key: &ObjectKey) -> Option<&BTreeSet<&'a str>> {
        self.0.get(key)
    }
}

/// What the steps reach.
struct Reach<'a> {
    /// Every live object.
    keys: BTreeSet<ObjectKey>,
    /// Those that are changed or locked: everything on them counts.
    whole: BTreeSet<ObjectKey>,
    /// Every name in the steps, for the columns of the others.
    names: FxHashSet<Name>,
    live: &'a Catalog,
    routines: FxHashMap<&'a QualifiedName, Vec<&'a ObjectKey>>,
}

impl<'a> Reach<'a> {
    fn new(live: &'a Catalog, plan: &Plan) -> Self {
        let mut routines: FxHashMap<&QualifiedName, Vec<&ObjectKey>> = FxHashMap::default();
        for kind in [ObjectKind::Function, ObjectKind::Procedure] {
            for (key, _) in live.of_kind(kind) {
                if let Address::Routine { name, .. } = &key.address {
                    routines.entry(name).or_default().push(key);
                }
            }
        }
        let mut reach = Reach {
            keys: BTreeSet::new(),
            whole: BTreeSet::new(),
            names: FxHashSet::default(),
            live,
            routines,
        };
        for step in &plan.steps {
            reach.step(step, step.search_path.as_ref().unwrap_or(&plan.search_path));
        }
        reach
    }

    fn step(&mut self, step: &Step, path: &SearchPath) {
        if let Some(schema) = step.key.schema() {
            self.take(&ObjectKey::global(ObjectKind::Schema, schema.clone()));
        }
        self.take(&step.key);
        if let Some(relation) = step.key.relation() {
            self.relation(relation, true);
        } else if let Address::InSchema(name) = &step.key.address {
            self.relation(name, true);
        }
        for lock in &step.locks {
            match lock.kind {
                // Partitions are locked with their table and mostly as many as they are alike.
                Locked::Table => {
                    let part = self.live.table(&lock.on).is_some_and(|t| t.partition_of.is_some());
                    self.relation(&lock.on, !part);
                }
                Locked::View | Locked::MaterializedView | Locked::Sequence | Locked::Type => {
                    self.relation(&lock.on, true);
                }
                Locked::Index => {}
            }
        }
        for sql in step.statements.iter().filter_map(|s| s.sql.as_deref()) {
            for mention in mentions(sql) {
                match mention.parts.as_slice() {
                    [name] => {
                        for schema in path.iter() {
                            self.named(&QualifiedName { schema: schema.clone(), name: name.clone() });
                        }
                    }
                    [schema, name, ..] => {
                        self.named(&QualifiedName { schema: schema.clone(), name: name.clone() });
                    }
                    [] => {}
                }
                self.names.extend(mention.parts);
            }
        }
    }

    fn named(&mut self, name: &QualifiedName) {
        self.relation(name, false);
        for key in self.routines.get(name).into_iter().flatten() {
            self.keys.insert((*key).clone());
        }
    }

    fn relation(&mut self, name: &QualifiedName, whole: bool) {
        for kind in ObjectKind::ALL.iter().copied().filter(|kind| sort(*kind).is_some()) {
            let key = ObjectKey::in_schema(kind, name.clone());
            if self.live.contains(&key) {
                if whole {
                    self.whole.insert(key.clone());
                }
                self.keys.insert(key);
            }
        }
    }

    fn take(&mut self, key: &ObjectKey) {
        if sort(key.kind).is_some() && self.live.contains(key) {
            self.keys.insert(key.clone());
        }
    }
}
