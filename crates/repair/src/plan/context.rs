//! What every kind's rules look at: both catalogs, and what lies between their objects. Filled once a plan.

use crate::lock::Below;
use crate::names::automatic;
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, Entry, Name, Object, ObjectKey, ObjectKind, QualifiedName,
    StatedInsert, Table,
};
use trueup_diff::{Change, Code, Comparison, Policy, What};

/// What every kind's rules look at.
pub(crate) struct Context<'a> {
    pub desired: &'a Catalog,
    pub live: &'a Catalog,
    /// Objects that live lacks.
    missing: FxHashSet<&'a ObjectKey>,
    /// Indexes that are others in live than they should be.
    reshaped: FxHashSet<&'a ObjectKey>,
    /// Indexes that live has under another name: by that of live's, the desired one's.
    renamed: FxHashMap<&'a ObjectKey, &'a ObjectKey>,
    /// Partitions by their parent, of both sides.
    partitions: FxHashMap<&'a QualifiedName, Vec<&'a Table>>,
    /// Live's tables by what they are partitions of or inherit from.
    children: FxHashMap<&'a QualifiedName, Vec<&'a Table>>,
    /// Live's tables that refer to a table by a foreign key.
    referrers: FxHashMap<&'a QualifiedName, Vec<&'a QualifiedName>>,
    /// Live's relations by name: they share one name space, indexes and keys included.
    relations: FxHashMap<QualifiedName, &'a ObjectKey>,
    /// The desired schema's relations, in the same way.
    wanted: FxHashSet<QualifiedName>,
    /// The server's major version; the lowest supported one when nothing tells.
    pub version: u32,
    /// Whether privileges were compared strictly.
    pub strict: bool,
    /// Which owners were compared.
    pub owners: Policy,
    /// The stated rows that live lacks, by their table.
    pub rows: &'a std::collections::BTreeMap<ObjectKey, Vec<StatedInsert>>,
}

impl<'a> Context<'a> {
    pub fn new(desired: &'a Catalog, live: &'a Catalog, comparison: &'a Comparison) -> Self {
        let mut missing = FxHashSet::default();
        for drift in comparison.drift.iter().filter(|d| d.what == What::Missing) {
            missing.insert(&drift.key);
            missing.extend(drift.children.iter());
        }
        let shape = |change: &Change| {
            let parts = ["method", "unique", "elements", "include", "nulls_not_distinct", "predicate"];
            parts.contains(&change.attribute.as_str())
        };
        let reshaped = comparison
            .drift
            .iter()
            .filter(|d| d.key.kind == ObjectKind::Index && d.what == What::Changed)
            .filter(|d| d.changes.iter().any(shape) || d.code == Code::D103)
            // Those of partitions are told with it.
            .flat_map(|d| std::iter::once(&d.key).chain(&d.children))
            .collect();
        // The change tells it as it is written in SQL.
        let written = |key: &ObjectKey| key.name().to_string();
        let renamed = comparison
            .drift
            .iter()
            .filter(|d| d.key.kind == ObjectKind::Index && d.code == Code::D103)
            .filter_map(|d| {
                let name = d.changes.iter().find_map(|change| change.live.as_deref())?;
                let mut there = live.on_relation(ObjectKind::Index, d.key.relation()?);
                Some((there.find(|(key, _)| written(key) == name)?.0, &d.key))
            })
            .collect();
        let mut partitions: FxHashMap<&QualifiedName, Vec<&Table>> = FxHashMap::default();
        for catalog in [live, desired] {
            for (_, entry) in catalog.of_kind(ObjectKind::Table) {
                if let Some(table) = Table::of(&entry.object)
                    && let Some(of) = &table.partition_of
                {
                    let list = partitions.entry(&of.parent).or_default();
                    if !list.iter().any(|t| t.name == table.name) {
                        list.push(table);
                    }
                }
            }
        }
        let mut children: FxHashMap<&QualifiedName, Vec<&Table>> = FxHashMap::default();
        for table in live.of_kind(ObjectKind::Table).filter_map(|(_, entry)| Table::of(&entry.object)) {
            for parent in table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits) {
                children.entry(parent).or_default().push(table);
            }
        }
        let mut referrers: FxHashMap<&QualifiedName, Vec<&QualifiedName>> = FxHashMap::default();
        for (_, entry) in live.of_kind(ObjectKind::Constraint) {
            if let Some(Constraint { table, body: ConstraintBody::ForeignKey(key), .. }) =
                Constraint::of(&entry.object)
            {
                referrers.entry(&key.references).or_default().push(table);
            }
        }
        let relations = live.iter().filter_map(|(key, entry)| Some((relation_name(entry)?, key))).collect();
        let version = live.major_version().or(desired.major_version()).unwrap_or(13);
        let strict = comparison.privileges == Policy::Strict;
        let owners = comparison.owners;
        Context {
            desired,
            live,
            missing,
            reshaped,
            renamed,
            partitions,
            children,
            referrers,
            relations,
            wanted: desired.iter().filter_map(|(_, entry)| relation_name(entry)).collect(),
            version,
            strict,
            owners,
            rows: &comparison.rows,
        }
    }

    /// Whether live lacks the object.
    pub fn is_missing(&self, key: &ObjectKey) -> bool {
        self.missing.contains(key)
    }

    /// Whether live has an index of that name which is another one, or that index under another name: what is below gets its part of it.
    pub fn is_reshaped(&self, index: &ObjectKey) -> bool {
        self.reshaped.contains(index)
    }

    /// The desired schema's name for an index of live's.
    pub fn wanted_as(&self, live: &'a ObjectKey) -> &'a ObjectKey {
        self.renamed.get(live).copied().unwrap_or(live)
    }

    /// What bears a relation's name in live already. `IF NOT EXISTS` would take it for the wanted one.
    pub fn taken(&self, name: &QualifiedName) -> Option<&'a ObjectKey> {
        self.relations.get(name).copied()
    }

    /// PostgreSQL's own name for a relation, numbered until neither side has it (`ChooseRelationName` in `indexcmds.c`). `before`: how
    /// many such names the plan gives out already.
    pub fn unused(&self, table: &QualifiedName, columns: Option<&Name>, label: &str, before: usize) -> Name {
        let mut left = before;
        let mut number = 0_usize;
        loop {
            let label = if number == 0 { label.to_owned() } else { format!("{label}{number}") };
            let name = automatic(&table.name, columns, &label);
            let whole = QualifiedName { schema: table.schema.clone(), name };
            if !self.relations.contains_key(&whole) && !self.wanted.contains(&whole) {
                match left.checked_sub(1) {
                    None => return whole.name,
                    Some(fewer) => left = fewer,
                }
            }
            number += 1;
        }
    }

    /// Whether the plan makes this relation: it holds no rows and nobody uses it yet.
    pub fn is_new(&self, relation: &QualifiedName) -> bool {
        [ObjectKind::Table, ObjectKind::View, ObjectKind::MaterializedView]
            .into_iter()
            .any(|kind| self.is_missing(&ObjectKey::in_schema(kind, relation.clone())))
    }

    /// Whether the table is partitioned, on the side that has it.
    pub fn is_partitioned(&self, table: &QualifiedName) -> bool {
        self.live
            .table(table)
            .or_else(|| self.desired.table(table))
            .is_some_and(|t| t.partition_key.is_some())
    }

    /// Whether live's statistics tell of rows in the table, or in one below it. `false` does not say that there are none: it may never
    /// have been counted, or filled since. Whoever needs it empty must look before it acts ([`Draft::look`](super::draft::Draft::look)).
    pub fn has_rows(&self, table: &QualifiedName) -> bool {
        self.below(table, Below::Children).iter().chain([&table]).any(|name| {
            let size = self.live.sizes.get(*name);
            // Pages alone tell nothing once rows were counted: they may all have been deleted.
            size.is_some_and(|size| size.rows.map_or(size.bytes > 0, |rows| rows > 0))
        })
    }

    /// Live's tables below one: all levels of partitions, or of those that inherit as well.
    pub fn below(&self, table: &QualifiedName, which: Below) -> Vec<&'a QualifiedName> {
        let mut found: Vec<&QualifiedName> = Vec::new();
        if which == Below::None {
            return found;
        }
        let mut next = vec![table];
        while let Some(parent) = next.pop() {
            for child in self.children.get(parent).into_iter().flatten() {
                let inherits = child.partition_of.is_none();
                if (inherits && which == Below::Partitions) || found.contains(&&child.name) {
                    continue;
                }
                found.push(&child.name);
                next.push(&child.name);
            }
        }
        found
    }

    /// Live's tables that refer to one by a foreign key.
    pub fn referrers(&self, table: &QualifiedName) -> impl Iterator<Item = &'a QualifiedName> {
        self.referrers.get(table).into_iter().flatten().copied()
    }

    /// The partitions of a table that the plan makes.
    pub fn new_parts(&self, parent: &QualifiedName) -> impl Iterator<Item = &'a QualifiedName> {
        let list: Vec<_> = self.partitions.get(parent).into_iter().flatten().map(|t| &t.name).collect();
        list.into_iter().filter(|name| self.is_new(name))
    }

    /// The partitions of a table that live has.
    pub fn live_partitions(&self, parent: &QualifiedName) -> Vec<&'a Table> {
        self.partitions
            .get(parent)
            .into_iter()
            .flatten()
            .copied()
            .filter(|t| self.live.table(&t.name).is_some_and(|t| t.partition_of.is_some()))
            .collect()
    }
}

/// The name that an object takes among relations (`pg_class`), if it does.
fn relation_name(entry: &Entry) -> Option<QualifiedName> {
    let beside = |relation: &QualifiedName, name: &Name| QualifiedName {
        schema: relation.schema.clone(),
        name: name.clone(),
    };
    match &entry.object {
        Object::Table(t) => Some(t.name.clone()),
        Object::View(v) => Some(v.name.clone()),
        Object::MaterializedView(v) => Some(v.name.clone()),
        Object::Sequence(s) => Some(s.name.clone()),
        Object::CompositeType(c) => Some(c.name.clone()),
        Object::Index(i) => Some(beside(&i.table, &i.name)),
        Object::Constraint(c) if c.has_index() => Some(beside(&c.table, &c.name)),
        Object::Column(c) => c.identity.as_ref().map(|i| i.sequence.clone()),
        Object::Constraint(_)
        | Object::Schema(_)
        | Object::Extension(_)
        | Object::EnumType(_)
        | Object::Domain(_)
        | Object::DomainConstraint(_)
        | Object::RangeType(_)
        | Object::Function(_)
        | Object::Procedure(_)
        | Object::BaseType(_)
        | Object::Collation(_)
        | Object::Conversion(_)
        | Object::Language(_)
        | Object::AccessMethod(_)
        | Object::Aggregate(_)
        | Object::Operator(_)
        | Object::OperatorFamily(_)
        | Object::OperatorClass(_)
        | Object::Cast(_)
        | Object::Transform(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::UserMapping(_)
        | Object::Statistics(_)
        | Object::EventTrigger(_)
        | Object::Rule(_)
        | Object::Publication(_)
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_)
        | Object::Trigger(_)
        | Object::Policy(_) => None,
    }
}
