//! Which objects a question needs: what its definition mentions, and what that mentions in turn.
//!
//! It may take too much (a table that is called like a column); that costs time and changes no answer. Where it takes too
//! little, making the object fails, and the whole catalog is tried.

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Address, Ambient, Catalog, Column, Constraint, ConstraintBody, DataType, Domain, Entry, Name, Object,
    ObjectKey, ObjectKind, QualifiedName, SchemaObject, SearchPath, Table, Value,
};
use trueup_repair::mentions;

/// A catalog with its objects by their names.
pub(crate) struct Names<'c> {
    catalog: &'c Catalog,
    by_name: FxHashMap<&'c Name, Vec<&'c ObjectKey>>,
    /// The extensions of what is known beside the objects, by name.
    extensions: FxHashMap<&'c Name, FxHashSet<&'c str>>,
}

impl<'c> Names<'c> {
    /// `ambients`: what both sides know of extensions; files know nothing of them, a server does.
    pub fn new(catalog: &'c Catalog, ambients: [&'c Ambient; 2]) -> Self {
        let mut by_name: FxHashMap<&Name, Vec<&ObjectKey>> = FxHashMap::default();
        for (key, _) in catalog.iter() {
            if let Some(name) = own_name(key) {
                by_name.entry(name).or_default().push(key);
            }
        }
        let mut extensions: FxHashMap<&Name, FxHashSet<&str>> = FxHashMap::default();
        for ambient in ambients {
            let types = ambient.types.iter().map(|t| (&t.name.name, &t.extension));
            let functions = ambient.functions.iter().map(|f| (&f.name.name, &f.extension));
            let classes = ambient.operator_classes.iter().map(|c| (&c.name.name, &c.extension));
            for (name, extension) in types.chain(functions).chain(classes) {
                if let Some(extension) = extension {
                    extensions.entry(name).or_default().insert(extension);
                }
            }
        }
        Names { catalog, by_name, extensions }
    }

    /// The catalog of what the wanted objects need, without what has no part in the answer: comments, owners, and
    /// defaults of columns that nobody asks about.
    pub fn closure(&self, wanted: &FxHashSet<ObjectKey>) -> Catalog {
        let mut walk = Walk { names: self, taken: FxHashSet::default(), open: Vec::new(), wanted };
        for key in wanted {
            walk.take(key);
        }
        // Few schemas have any, and what needs them is not always said by name: an operator is a symbol.
        for kind in ObjectKind::ALL.iter().copied().filter(|kind| unnamed(*kind)) {
            self.catalog.of_kind(kind).for_each(|(key, _)| walk.take(key));
        }
        while let Some(key) = walk.open.pop() {
            walk.follow(&key);
        }
        let keys: FxHashSet<&ObjectKey> = walk.taken.iter().collect();
        self.catalog_of(wanted, |key| keys.contains(key))
    }

    /// Everything, for when the closure was too small.
    pub fn everything(&self, wanted: &FxHashSet<ObjectKey>) -> Catalog {
        self.catalog_of(wanted, |_| true)
    }

    fn catalog_of(&self, wanted: &FxHashSet<ObjectKey>, takes: impl Fn(&ObjectKey) -> bool) -> Catalog {
        let mut catalog = Catalog::default();
        catalog.origin = self.catalog.origin.clone();
        catalog.ambient = self.catalog.ambient.clone();
        for (key, entry) in self.catalog.iter().filter(|(key, _)| takes(key)) {
            catalog.insert(plain(entry, wanted.contains(key)));
        }
        catalog
    }
}

/// The entry without what can't change how a definition is stored.
fn plain(entry: &Entry, wanted: bool) -> Entry {
    let mut object = entry.object.clone();
    if let Object::Column(column) = &mut object
        && !wanted
    {
        column.default = None;
        column.identity = None;
    }
    if let Object::Policy(policy) = &mut object {
        // To whom it applies is plain names; the roles need not exist where it is tried.
        policy.roles = Vec::new();
    }
    Entry::from(object)
}

/// The bare name of an object that others refer to by it.
fn own_name(key: &ObjectKey) -> Option<&Name> {
    match &key.address {
        Address::Global(name) => Some(name),
        Address::InSchema(name) | Address::Routine { name, .. } | Address::OfMethod { name, .. } => {
            Some(&name.name)
        }
        Address::OnRelation { .. }
        | Address::Operator { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}

/// Kinds that a definition can depend on without naming the object.
fn unnamed(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Collation => true,
        ObjectKind::Schema
        | ObjectKind::Extension
        | ObjectKind::EnumType
        | ObjectKind::Domain
        | ObjectKind::DomainConstraint
        | ObjectKind::CompositeType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::Index
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Aggregate
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::Trigger
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => false,
    }
}

struct Walk<'w, 'c> {
    names: &'w Names<'c>,
    taken: FxHashSet<ObjectKey>,
    open: Vec<ObjectKey>,
    wanted: &'w FxHashSet<ObjectKey>,
}

impl Walk<'_, '_> {
    fn take(&mut self, key: &ObjectKey) {
        if !self.taken.contains(key) && self.names.catalog.contains(key) {
            self.taken.insert(key.clone());
            self.open.push(key.clone());
        }
    }

    fn follow(&mut self, key: &ObjectKey) {
        let catalog = self.names.catalog;
        let Some(entry) = catalog.get(key) else { return };
        if let Some(schema) = key.schema() {
            self.take(&ObjectKey::global(ObjectKind::Schema, schema.clone()));
        }
        entry.object.parent().iter().for_each(|parent| self.take(parent));
        entry.object.depends_on().iter().for_each(|needed| self.take(needed));
        self.address(&key.address);
        if let Some(column) = Column::of(&entry.object) {
            self.data_type(&column.data_type);
            if let Some(generated) = &column.generated {
                self.text(&generated.expr.sql, &generated.expr.search_path);
            }
            // Else a default that nobody asks about would bring what it calls.
            if !self.wanted.contains(key) {
                return;
            }
        }
        if let Some(table) = Table::of(&entry.object) {
            self.table(table);
        }
        if let Some(domain) = Domain::of(&entry.object) {
            let checks = catalog.on_relation(ObjectKind::DomainConstraint, &domain.name);
            checks.map(|(key, _)| key.clone()).collect::<Vec<_>>().iter().for_each(|key| self.take(key));
        }
        self.on_parents(key);
        for attribute in entry.object.attributes() {
            self.value(&attribute.value);
        }
    }

    /// A table's columns, and its keys: a query that groups by one may name the other columns.
    fn table(&mut self, table: &Table) {
        let catalog = self.names.catalog;
        let columns = catalog.on_relation(ObjectKind::Column, &table.name).map(|(key, _)| key.clone());
        let keys = catalog
            .on_relation(ObjectKind::Constraint, &table.name)
            .filter(|(_, entry)| {
                Constraint::of(&entry.object).is_some_and(|c| match c.body {
                    ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) => true,
                    ConstraintBody::ForeignKey(_)
                    | ConstraintBody::Check { .. }
                    | ConstraintBody::Exclusion(_) => false,
                })
            })
            .map(|(key, _)| key.clone());
        columns.chain(keys).collect::<Vec<_>>().iter().for_each(|key| self.take(key));
    }

    /// What a table has from its parents is made by making the parents'.
    fn on_parents(&mut self, key: &ObjectKey) {
        let Some(relation) = key.relation() else { return };
        let catalog = self.names.catalog;
        let Some(table) = catalog.table(relation) else { return };
        let parents = table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits);
        let all: Vec<ObjectKey> = parents
            .flat_map(|parent| catalog.on_relation(key.kind, parent).map(|(key, _)| key.clone()))
            .collect();
        all.iter().for_each(|key| self.take(key));
    }

    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Name(name) => self.bare(name),
            Value::Qualified(name) => self.qualified(name),
            Value::Names(names) => names.iter().for_each(|name| self.bare(name)),
            Value::Type(data_type) => self.data_type(data_type),
            Value::Expr(expr, _) => self.text(&expr.sql, &expr.search_path),
            Value::Query(query, _) | Value::SqlBody(query, _) => self.text(&query.sql, &query.search_path),
            Value::RuleAction(query, relation) => {
                self.text(&query.sql, &query.search_path);
                self.qualified(relation);
            }
            Value::Text(text) => self.bare(&Name::new(text.as_ref())),
            Value::List(values) | Value::Set(values) => values.iter().for_each(|value| self.value(value)),
            Value::Record(fields) => fields.iter().for_each(|(_, value)| self.value(value)),
            // The source of a routine is looked at when it runs.
            Value::Absent
            | Value::Flag(_)
            | Value::Integer(_)
            | Value::Labels(_)
            | Value::Options(_)
            | Value::Source(_) => {}
        }
    }

    fn address(&mut self, address: &Address) {
        match address {
            Address::Global(_) | Address::InSchema(_) | Address::DefaultPrivileges { .. } => {}
            Address::OnRelation { relation, .. } => self.qualified(relation),
            Address::Routine { arguments, .. } => arguments.iter().for_each(|ty| self.data_type(ty)),
            Address::Operator { left, right, .. } => {
                left.iter().chain(right).for_each(|data_type| self.data_type(data_type));
            }
            Address::OfMethod { method, .. } => self.bare(method),
            Address::Cast { source, target } => [source, target].iter().for_each(|ty| self.data_type(ty)),
            Address::Transform { data_type, language } => {
                self.data_type(data_type);
                self.bare(language);
            }
            Address::UserMapping { server, .. } => self.bare(server),
        }
    }

    fn data_type(&mut self, data_type: &DataType) {
        let schema = data_type.schema.as_ref();
        if schema.is_none_or(|schema| *schema != "pg_catalog") {
            self.found(&data_type.name, |other| other.is_none() || schema.is_none() || other == schema);
        }
    }

    fn text(&mut self, text: &str, path: &SearchPath) {
        for mention in mentions(text) {
            match mention.parts.as_slice() {
                [name] => self.on_path(name, path),
                [first, second, ..] => {
                    self.qualified(&QualifiedName { schema: first.clone(), name: second.clone() });
                    // `users.id`, with the table's bare name.
                    self.on_path(first, path);
                }
                [] => {}
            }
        }
    }

    fn on_path(&mut self, name: &Name, path: &SearchPath) {
        self.found(name, |schema| schema.is_none_or(|schema| path.contains(schema)));
    }

    fn bare(&mut self, name: &Name) {
        self.found(name, |_| true);
    }

    fn qualified(&mut self, name: &QualifiedName) {
        self.found(&name.name, |schema| schema.is_none_or(|schema| *schema == name.schema));
    }

    fn found(&mut self, name: &Name, fits: impl Fn(Option<&Name>) -> bool) {
        let names = self.names;
        for key in names.by_name.get(name).into_iter().flatten() {
            let schema = if key.kind == ObjectKind::Schema { None } else { key.schema() };
            if fits(schema) {
                self.take(key);
            }
        }
        for extension in names.extensions.get(name).into_iter().flatten() {
            self.take(&ObjectKey::global(ObjectKind::Extension, Name::new(*extension)));
        }
    }
}

/// The live catalog with the desired definition of one object in it: what PostgreSQL would store there.
pub(crate) fn transplant(live: &mut Catalog, desired: &Entry, key: &ObjectKey) {
    let object = match (&desired.object, live.get(key).map(|entry| &entry.object)) {
        // The type is a finding of its own; here it is about the expression.
        (Object::Column(d), Some(Object::Column(l))) => {
            Object::Column(Column { default: d.default.clone(), generated: d.generated.clone(), ..l.clone() })
        }
        (object, _) => object.clone(),
    };
    live.insert(Entry::from(object));
}
