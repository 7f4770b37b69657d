//! The catalog while statements are applied to it, with what looking up needs and with undo.
//!
//! Owns: the catalog, the names in `pg_class`, `pg_type` and `pg_constraint` that its objects take, who inherits from whom, and a
//! journal that takes a failed statement or a rolled back transaction back. All of it follows from the objects: nobody keeps it by hand.
//! Never: the meaning of a statement.

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Catalog, Column, Constraint, Domain, DomainConstraint, Entry, Gap, Name, Object, ObjectKey, ObjectKind,
    Origin, QualifiedName, SchemaObject, SearchPath, StatedRows,
};

/// What a name in `pg_class` stands for (`relkind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelationKind {
    /// Table or partitioned table, temporary ones included.
    Table,
    /// Index that is an object.
    Index,
    /// The index behind a primary key, unique or exclusion constraint.
    ConstraintIndex,
    /// Sequence that is an object.
    Sequence,
    /// The inner sequence of an identity column.
    IdentitySequence,
    /// View.
    View,
    /// Materialized view.
    MaterializedView,
    /// Composite type.
    CompositeType,
    /// Index or table of which no more than the name is known.
    Opaque,
}

impl RelationKind {
    /// In PostgreSQL's words.
    pub fn word(self) -> &'static str {
        match self {
            RelationKind::Table => "table",
            RelationKind::Index | RelationKind::ConstraintIndex => "index",
            RelationKind::Sequence | RelationKind::IdentitySequence => "sequence",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized view",
            RelationKind::CompositeType => "composite type",
            RelationKind::Opaque => "relation",
        }
    }
}

/// A relation: what it is, and the object that has it (for a constraint's index the constraint, for an identity's sequence the column).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// What it is.
    pub kind: RelationKind,
    /// The object; `None` when only the name is known.
    pub key: Option<ObjectKey>,
}

/// What a name in `pg_type` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeKind {
    /// The row type of a table or view, or a composite type.
    Composite,
    /// Enum.
    Enum,
    /// Domain.
    Domain,
    /// Range.
    Range,
    /// The multirange of a range (14 and later).
    Multirange,
    /// A base type, or one of which only the name is known.
    Opaque,
}

enum Undo {
    /// What was there under the key.
    Object(ObjectKey, Option<Box<Entry>>),
    OpaqueRelation(QualifiedName, Option<RelationKind>),
    OpaqueType(QualifiedName, bool),
    SearchPath(SearchPath),
    Gaps(usize),
    GapList(Vec<Gap>),
    Ambient(Box<trueup_catalog::Ambient>),
}

/// A point to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Savepoint {
    journal: usize,
    /// How many statements about rows were kept.
    rows: [usize; 2],
}

/// The catalog with its indexes and its journal.
#[derive(Default)]
pub(crate) struct Store {
    catalog: Catalog,
    facts: Facts,
    search_path: Option<SearchPath>,
    journal: Vec<Undo>,
    /// What statements say of rows, where somebody asks.
    pub stated: Option<StatedRows>,
}

/// What follows from the objects, by name.
#[derive(Default)]
struct Facts {
    relations: FxHashMap<QualifiedName, Relation>,
    types: FxHashMap<QualifiedName, TypeKind>,
    constraint_names: FxHashMap<QualifiedName, u32>,
    children: FxHashMap<QualifiedName, Vec<QualifiedName>>,
    /// Constraints that refer to a table, by the table.
    referring: FxHashMap<QualifiedName, Vec<ObjectKey>>,
    major: u32,
}

impl Store {
    /// An empty one, for a major version.
    pub fn new(origin: Origin, search_path: SearchPath) -> Self {
        let mut catalog = Catalog::default();
        let major = origin.server_version.unwrap_or(0) / 10_000;
        catalog.origin = origin;
        Store {
            catalog,
            facts: Facts { major, ..Facts::default() },
            search_path: Some(search_path),
            journal: Vec::new(),
            stated: None,
        }
    }

    /// One that has the objects of a catalog.
    pub fn on(catalog: Catalog, origin: Origin, search_path: SearchPath) -> Self {
        let mut store = Store::new(origin, search_path);
        for (key, entry) in catalog.iter() {
            store.facts.learn(key, &entry.object);
        }
        let origin = std::mem::take(&mut store.catalog.origin);
        store.catalog = catalog;
        store.catalog.origin = origin;
        store
    }

    /// Finds anew what follows from the objects. Two of one name, as when that was passed over, leave it wrong when one goes.
    pub fn relearn(&mut self) {
        let old = std::mem::take(&mut self.facts);
        self.facts.major = old.major;
        for (key, entry) in self.catalog.iter() {
            self.facts.learn(key, &entry.object);
        }
        for (name, relation) in old.relations.into_iter().filter(|(_, relation)| relation.key.is_none()) {
            self.facts.relations.entry(name).or_insert(relation);
        }
        for (name, kind) in old.types.into_iter().filter(|(_, kind)| *kind == TypeKind::Opaque) {
            self.facts.types.entry(name).or_insert(kind);
        }
    }

    /// Notes a role that was made. Roles are no objects of the catalog, and stay when a transaction is rolled back.
    pub fn add_role(&mut self, role: Name) {
        if let Some(roles) = &mut self.catalog.roles {
            roles.insert(role);
        }
    }

    /// The catalog as it stands.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Changes what settling must know beyond the objects.
    pub fn edit_ambient(&mut self, change: impl FnOnce(&mut trueup_catalog::Ambient)) {
        self.journal.push(Undo::Ambient(Box::new(self.catalog.ambient.clone())));
        change(&mut self.catalog.ambient);
    }

    /// Takes what a schema had of it away.
    pub fn remove_ambient_of_schema(&mut self, schema: &Name) {
        self.edit_ambient(|ambient| {
            ambient.types.retain(|t| t.name.schema != *schema);
            ambient.functions.retain(|f| f.name.schema != *schema);
            ambient.operators.retain(|o| o.name.schema != *schema);
            ambient.operator_classes.retain(|c| c.name.schema != *schema);
        });
        let opaque: Vec<QualifiedName> = self
            .facts
            .relations
            .iter()
            .filter(|(n, r)| r.key.is_none() && n.schema == *schema)
            .map(|(n, _)| n.clone())
            .collect();
        for name in opaque {
            self.set_opaque_relation(name, None);
        }
        let opaque: Vec<QualifiedName> = self
            .facts
            .types
            .iter()
            .filter(|(n, kind)| **kind == TypeKind::Opaque && n.schema == *schema)
            .map(|(n, _)| n.clone())
            .collect();
        for name in opaque {
            self.set_opaque_type(name, false);
        }
    }

    /// The finished catalog.
    pub fn into_catalog(self) -> Catalog {
        self.catalog
    }

    /// The object with this key.
    pub fn get(&self, key: &ObjectKey) -> Option<&Entry> {
        self.catalog.get(key)
    }

    /// Puts an object in, in place of the one that has its key.
    pub fn put(&mut self, entry: impl Into<Entry>) {
        let entry: Box<Entry> = Box::new(entry.into());
        let key = entry.object.key();
        self.replace(key, Some(entry));
    }

    /// Takes an object out.
    pub fn take(&mut self, key: &ObjectKey) -> Option<Entry> {
        let old = self.catalog.get(key).cloned()?;
        self.replace(key.clone(), None);
        Some(old)
    }

    /// Changes an object. When that changes its key, it moves. Gives back what `change` gives, `None` when there is no such object.
    pub fn edit<T>(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.catalog.get_mut(key)?;
        let mut old = Box::new(entry.clone());
        let result = change(entry);
        if *entry == *old {
            return Some(result);
        }
        if entry.object.key() == *key {
            self.facts.forget(key, &old.object);
            self.facts.learn(key, &entry.object);
            self.journal.push(Undo::Object(key.clone(), Some(old)));
        } else {
            std::mem::swap(entry, &mut old);
            self.replace(key.clone(), None);
            self.replace(old.object.key(), Some(old));
        }
        Some(result)
    }

    fn replace(&mut self, key: ObjectKey, new: Option<Box<Entry>>) {
        let old = self.exchange(&key, new);
        self.journal.push(Undo::Object(key, old));
    }

    /// Replaces without journal.
    fn exchange(&mut self, key: &ObjectKey, new: Option<Box<Entry>>) -> Option<Box<Entry>> {
        let Some(entry) = new else {
            let old = self.catalog.remove_boxed(key)?;
            self.facts.forget(key, &old.object);
            return Some(old);
        };
        if let Some(old) = self.catalog.get(key) {
            self.facts.forget(key, &old.object);
        }
        self.facts.learn(key, &entry.object);
        self.catalog.insert_boxed(entry)
    }

    /// Makes the name of a relation known of which no more is modelled, or forgets it.
    pub fn set_opaque_relation(&mut self, name: QualifiedName, kind: Option<RelationKind>) {
        let old = self.facts.relations.get(&name).filter(|r| r.key.is_none()).map(|r| r.kind);
        match kind {
            Some(kind) => {
                self.facts.relations.insert(name.clone(), Relation { kind, key: None });
            }
            None => {
                if old.is_some() {
                    self.facts.relations.remove(&name);
                }
            }
        }
        self.journal.push(Undo::OpaqueRelation(name, old));
    }

    /// Makes the name of a type known of which no more is modelled, or forgets it.
    pub fn set_opaque_type(&mut self, name: QualifiedName, there: bool) {
        let old = matches!(self.facts.types.get(&name), Some(TypeKind::Opaque));
        if there {
            self.facts.types.entry(name.clone()).or_insert(TypeKind::Opaque);
        } else if old {
            self.facts.types.remove(&name);
        }
        self.journal.push(Undo::OpaqueType(name, old));
    }

    /// The current search path.
    pub fn search_path(&self) -> SearchPath {
        self.search_path.clone().unwrap_or_default()
    }

    /// Changes the search path.
    pub fn set_search_path(&mut self, path: SearchPath) {
        let old = self.search_path();
        self.search_path = Some(path);
        self.journal.push(Undo::SearchPath(old));
    }

    /// Adds a gap.
    pub fn push_gap(&mut self, gap: Gap) {
        self.journal.push(Undo::Gaps(self.catalog.gaps.len()));
        self.catalog.gaps.push(gap);
    }

    /// Keeps only some gaps.
    pub fn retain_gaps(&mut self, keep: impl Fn(&Gap) -> bool) {
        if self.catalog.gaps.iter().all(&keep) {
            return;
        }
        self.journal.push(Undo::GapList(self.catalog.gaps.clone()));
        self.catalog.gaps.retain(keep);
    }

    /// Takes the gaps of a kind about an object away: what they stood for is gone. Whether there were any.
    pub fn remove_gaps(&mut self, what: &str, object: &str) -> bool {
        let before = self.catalog.gaps.len();
        self.retain_gaps(|gap| gap.what != what || gap.object != object);
        self.catalog.gaps.len() != before
    }

    /// A point to go back to.
    pub fn savepoint(&self) -> Savepoint {
        let rows = self.stated.as_ref().map_or([0, 0], |stated| [stated.inserts.len(), stated.unclear.len()]);
        Savepoint { journal: self.journal.len(), rows }
    }

    /// The objects that were made since. Where some of a kind went, those of the kind that came may be the same with another name, and
    /// are not told.
    pub fn made_since(&self, since: Savepoint) -> Vec<ObjectKey> {
        let mut came: Vec<ObjectKey> = Vec::new();
        let mut went: Vec<ObjectKind> = Vec::new();
        let mut seen: FxHashSet<&ObjectKey> = FxHashSet::default();
        for undo in self.journal.iter().skip(since.journal) {
            // The first change of a key tells what was there before.
            if let Undo::Object(key, old) = undo
                && seen.insert(key)
            {
                match (old, self.catalog.contains(key)) {
                    (None, true) => came.push(key.clone()),
                    (Some(_), false) => went.push(key.kind),
                    (Some(_), true) | (None, false) => {}
                }
            }
        }
        came.retain(|key| !went.contains(&key.kind));
        came.sort();
        came.dedup();
        came
    }

    /// What was made, changed and removed since.
    pub fn changes_since(&self, since: Savepoint) -> Vec<crate::step::Change> {
        let touched = self.journal.iter().skip(since.journal).filter_map(|undo| match undo {
            Undo::Object(key, old) => Some((key, old.as_deref())),
            Undo::OpaqueRelation(..)
            | Undo::OpaqueType(..)
            | Undo::SearchPath(_)
            | Undo::Gaps(_)
            | Undo::GapList(_)
            | Undo::Ambient(_) => None,
        });
        crate::step::changes(touched, &self.catalog)
    }

    /// Takes everything back that happened since.
    pub fn rollback(&mut self, to: Savepoint) {
        if let Some(stated) = &mut self.stated {
            stated.inserts.truncate(to.rows[0]);
            stated.unclear.truncate(to.rows[1]);
        }
        while self.journal.len() > to.journal {
            match self.journal.pop() {
                Some(Undo::Object(key, old)) => {
                    self.exchange(&key, old);
                }
                Some(Undo::OpaqueRelation(name, Some(kind))) => {
                    self.facts.relations.insert(name, Relation { kind, key: None });
                }
                Some(Undo::OpaqueRelation(name, None)) => {
                    if self.facts.relations.get(&name).is_some_and(|r| r.key.is_none()) {
                        self.facts.relations.remove(&name);
                    }
                }
                Some(Undo::OpaqueType(name, true)) => {
                    self.facts.types.insert(name, TypeKind::Opaque);
                }
                Some(Undo::OpaqueType(name, false)) => {
                    if matches!(self.facts.types.get(&name), Some(TypeKind::Opaque)) {
                        self.facts.types.remove(&name);
                    }
                }
                Some(Undo::SearchPath(path)) => self.search_path = Some(path),
                Some(Undo::GapList(gaps)) => self.catalog.gaps = gaps,
                Some(Undo::Ambient(ambient)) => self.catalog.ambient = *ambient,
                Some(Undo::Gaps(count)) => self.catalog.gaps.truncate(count),
                None => break,
            }
        }
    }

    /// Forgets how to go back: nothing before can be undone any more.
    pub fn forget_undo(&mut self) {
        self.journal.clear();
    }

    /// What the name stands for in `pg_class`.
    pub fn relation(&self, name: &QualifiedName) -> Option<&Relation> {
        self.facts.relations.get(name)
    }

    /// Every relation by name.
    pub fn relations(&self) -> impl Iterator<Item = (&QualifiedName, &Relation)> {
        self.facts.relations.iter()
    }

    /// Every type by name.
    pub fn types(&self) -> impl Iterator<Item = (&QualifiedName, TypeKind)> {
        self.facts.types.iter().map(|(name, kind)| (name, *kind))
    }

    /// What the name stands for in `pg_type`.
    pub fn type_kind(&self, name: &QualifiedName) -> Option<TypeKind> {
        self.facts.types.get(name).copied()
    }

    /// Whether a constraint of any table or domain in the schema has the name (`ConstraintNameExists`).
    pub fn constraint_name_taken(&self, name: &QualifiedName) -> bool {
        self.facts.constraint_names.contains_key(name)
    }

    /// The tables that inherit from a table or are its partitions, in the order in which they became so.
    pub fn children(&self, table: &QualifiedName) -> &[QualifiedName] {
        self.facts.children.get(table).map_or(&[], Vec::as_slice)
    }

    /// The table's children, theirs, and so on, parents before children, each once.
    pub fn descendants(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let mut found: Vec<QualifiedName> = Vec::new();
        let mut next = 0;
        let mut of = table.clone();
        loop {
            for child in self.children(&of) {
                if !found.contains(child) {
                    found.push(child.clone());
                }
            }
            match found.get(next) {
                Some(child) => of = child.clone(),
                None => return found,
            }
            next += 1;
        }
    }

    /// The foreign keys that refer to a table.
    pub fn referring(&self, table: &QualifiedName) -> &[ObjectKey] {
        self.facts.referring.get(table).map_or(&[], Vec::as_slice)
    }
}

impl Facts {
    fn learn(&mut self, key: &ObjectKey, object: &Object) {
        let major = self.major;
        facts(object, major, &mut |fact| match fact {
            Fact::Relation(name, kind) => {
                self.relations.insert(name, Relation { kind, key: Some(key.clone()) });
            }
            Fact::Type(name, kind) => {
                self.types.insert(name, kind);
            }
            Fact::ConstraintName(name) => *self.constraint_names.entry(name).or_insert(0) += 1,
            Fact::ChildOf(parent) => {
                if let Some(child) = relation_of(key) {
                    self.children.entry(parent).or_default().push(child);
                }
            }
            Fact::RefersTo(table) => self.referring.entry(table).or_default().push(key.clone()),
        });
    }

    fn forget(&mut self, key: &ObjectKey, object: &Object) {
        let major = self.major;
        facts(object, major, &mut |fact| match fact {
            Fact::Relation(name, _) => {
                if self.relations.get(&name).is_some_and(|r| r.key.as_ref() == Some(key)) {
                    self.relations.remove(&name);
                }
            }
            Fact::Type(name, _) => {
                self.types.remove(&name);
            }
            Fact::ConstraintName(name) => {
                if let Some(count) = self.constraint_names.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        self.constraint_names.remove(&name);
                    }
                }
            }
            Fact::ChildOf(parent) => {
                if let (Some(list), Some(child)) = (self.children.get_mut(&parent), relation_of(key)) {
                    list.retain(|c| *c != child);
                }
            }
            Fact::RefersTo(table) => {
                if let Some(list) = self.referring.get_mut(&table) {
                    list.retain(|k| k != key);
                }
            }
        });
    }
}

fn relation_of(key: &ObjectKey) -> Option<QualifiedName> {
    match &key.address {
        trueup_catalog::Address::InSchema(name) => Some(name.clone()),
        trueup_catalog::Address::Global(_)
        | trueup_catalog::Address::OnRelation { .. }
        | trueup_catalog::Address::Routine { .. }
        | trueup_catalog::Address::Operator { .. }
        | trueup_catalog::Address::OfMethod { .. }
        | trueup_catalog::Address::Cast { .. }
        | trueup_catalog::Address::Transform { .. }
        | trueup_catalog::Address::UserMapping { .. }
        | trueup_catalog::Address::DefaultPrivileges { .. } => None,
    }
}

/// One thing that an object brings along.
enum Fact {
    Relation(QualifiedName, RelationKind),
    Type(QualifiedName, TypeKind),
    ConstraintName(QualifiedName),
    ChildOf(QualifiedName),
    RefersTo(QualifiedName),
}

fn facts(object: &Object, major: u32, tell: &mut dyn FnMut(Fact)) {
    let mut class = |name: &QualifiedName, kind, has_type| {
        tell(Fact::Relation(name.clone(), kind));
        if has_type {
            tell(Fact::Type(name.clone(), TypeKind::Composite));
        }
    };
    match object {
        Object::Schema(_)
        | Object::Extension(_)
        | Object::Function(_)
        | Object::Procedure(_)
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
        | Object::Policy(_) => {}
        Object::EnumType(object) => tell(Fact::Type(object.name.clone(), TypeKind::Enum)),
        Object::BaseType(object) => tell(Fact::Type(object.name.clone(), TypeKind::Opaque)),
        Object::Domain(Domain { name, .. }) => tell(Fact::Type(name.clone(), TypeKind::Domain)),
        Object::DomainConstraint(DomainConstraint { domain, name, .. }) => {
            tell(Fact::ConstraintName(QualifiedName { schema: domain.schema.clone(), name: name.clone() }));
        }
        Object::CompositeType(object) => class(&object.name, RelationKind::CompositeType, true),
        Object::RangeType(object) => {
            tell(Fact::Type(object.name.clone(), TypeKind::Range));
            if major >= 14 {
                let multirange =
                    object.multirange.clone().unwrap_or_else(|| crate::names::multirange_name(&object.name));
                tell(Fact::Type(multirange, TypeKind::Multirange));
            }
        }
        Object::Sequence(object) => class(&object.name, RelationKind::Sequence, false),
        Object::View(object) => class(&object.name, RelationKind::View, true),
        Object::MaterializedView(object) => class(&object.name, RelationKind::MaterializedView, true),
        Object::Table(table) => {
            class(&table.name, RelationKind::Table, true);
            for parent in table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits) {
                tell(Fact::ChildOf(parent.clone()));
            }
        }
        Object::Index(index) => {
            let name = QualifiedName { schema: index.table.schema.clone(), name: index.name.clone() };
            class(&name, RelationKind::Index, false);
        }
        Object::Column(Column { table, name, identity, not_null, .. }) => {
            if let Some(identity) = identity {
                class(&identity.sequence, RelationKind::IdentitySequence, false);
            }
            if let Some(not_null) = not_null.as_ref().filter(|_| major >= 18) {
                let name = not_null.name.clone().unwrap_or_else(|| {
                    crate::names::make_object_name(table.name.as_str(), Some(name.as_str()), Some("not_null"))
                });
                tell(Fact::ConstraintName(QualifiedName { schema: table.schema.clone(), name }));
            }
        }
        Object::Constraint(constraint) => {
            let Constraint { table, name, body, .. } = constraint;
            let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
            if constraint.has_index() {
                class(&name, RelationKind::ConstraintIndex, false);
            }
            tell(Fact::ConstraintName(name));
            if let trueup_catalog::ConstraintBody::ForeignKey(key) = body {
                tell(Fact::RefersTo(key.references.clone()));
            }
        }
    }
}

/// The key of a table.
pub(crate) fn table_key(name: &QualifiedName) -> ObjectKey {
    ObjectKey::in_schema(ObjectKind::Table, name.clone())
}

/// The key of a column.
pub(crate) fn column_key(table: &QualifiedName, column: &Name) -> ObjectKey {
    ObjectKey::on_relation(ObjectKind::Column, table.clone(), column.clone())
}

/// The key of a constraint.
pub(crate) fn constraint_key(table: &QualifiedName, name: &Name) -> ObjectKey {
    ObjectKey::on_relation(ObjectKind::Constraint, table.clone(), name.clone())
}
