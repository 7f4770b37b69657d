//! Removing objects with everything that goes with them (manual, 5.15 "Dependency Tracking"; `dependency.c`).
//!
//! Owns: what is part of an object and goes silently, what depends on it and goes with CASCADE or stands in the way.
//! Never: which object a statement names.

use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Address, Column, Constraint, ConstraintBody, DataType, Domain, Entry, Expr, Extension, Function, Index,
    IndexTarget, Name, Object, ObjectKey, ObjectKind, Procedure, Publication, PublishedTable, QualifiedName,
    SearchPath, Sequence, Table, Trigger, View,
};

use crate::apply::mentions::{Mentions, Written};
use crate::apply::walk::{Base, Reference, walk};
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::names::multirange_name;
use crate::renaming::query_names_column;

/// What goes, by the sorts of name by which others refer to it.
#[derive(Default)]
struct Doomed {
    keys: FxHashSet<ObjectKey>,
    order: Vec<ObjectKey>,
    relations: FxHashSet<QualifiedName>,
    types: FxHashSet<QualifiedName>,
    routines: FxHashSet<QualifiedName>,
    columns: FxHashMap<QualifiedName, Vec<Name>>,
    schemas: FxHashSet<Name>,
    extensions: FxHashSet<Name>,
    servers: FxHashSet<Name>,
    wrappers: FxHashSet<Name>,
    languages: FxHashSet<Name>,
    methods: FxHashSet<Name>,
    /// Collations, operators, classes, families, dictionaries and the like, by kind.
    others: Vec<ObjectKey>,
    /// Key constraints and unique indexes: their table and columns.
    unique: Vec<(QualifiedName, Vec<Name>)>,
}

/// How an object hangs on what goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// Part of it: goes silently (`DEPENDENCY_AUTO`, `DEPENDENCY_INTERNAL`).
    Part,
    /// Depends on it: goes with CASCADE.
    Dependent,
    /// Only its default does.
    Default,
}

impl Interpreter<'_> {
    /// Removes objects with their parts, and with CASCADE everything that depends on them.
    ///
    /// # Errors
    /// 2BP01 without CASCADE, when something depends on them.
    pub fn remove(&mut self, keys: &[ObjectKey], cascade: bool) -> Outcome {
        let mut doomed = Doomed::default();
        for key in keys {
            self.doom(&mut doomed, key.clone());
        }
        let mut defaults: FxHashSet<ObjectKey> = FxHashSet::default();
        loop {
            let mut found: Vec<(ObjectKey, Hold)> = Vec::new();
            let words = doomed.words();
            for (key, entry) in self.store.catalog().iter() {
                if doomed.keys.contains(key) || defaults.contains(key) {
                    continue;
                }
                if let Some(hold) = self.hold(&doomed, &words, key, entry) {
                    found.push((key.clone(), hold));
                }
            }
            if found.is_empty() {
                break;
            }
            // Parts first: what they hold in turn is decided when they are gone.
            let parts = found.iter().any(|(_, hold)| *hold == Hold::Part);
            for (key, hold) in found {
                match hold {
                    Hold::Part => self.doom(&mut doomed, key),
                    Hold::Dependent | Hold::Default if parts => {}
                    Hold::Dependent | Hold::Default if !cascade => {
                        let first = keys.first().map(|k| format!("{} {k}", k.kind)).unwrap_or_default();
                        let message = format!("cannot drop {first} because {} {key} depends on it", key.kind);
                        return Err(
                            Failure::refused("2BP01", message).help("use DROP ... CASCADE to drop it too")
                        );
                    }
                    Hold::Dependent => self.doom(&mut doomed, key),
                    Hold::Default => {
                        defaults.insert(key);
                    }
                }
            }
        }
        if !cascade && let Some((publication, table)) = self.publishing_columns(&doomed) {
            let message = format!(
                "cannot drop the column because publication of table {table} in publication {publication} depends on it"
            );
            return Err(Failure::refused("2BP01", message).help("use DROP ... CASCADE to drop it too"));
        }
        for key in defaults {
            self.store.edit(&key, |entry| match &mut entry.object {
                Object::Column(Column { default, .. }) | Object::Domain(Domain { default, .. }) => {
                    *default = None
                }
                _ => {}
            });
        }
        self.leave_publications(&doomed);
        for key in &doomed.order {
            // However an operator goes, its partners forget it (`RemoveOperatorById`).
            crate::apply::operator::unlink(self, key);
            self.store.take(key);
            self.forget_gaps(key);
        }
        self.forget_indexes(&doomed.order);
        for schema in &doomed.schemas {
            self.store.remove_ambient_of_schema(schema);
        }
        Ok(())
    }

    /// What uses a column, in one step: views, rules, triggers, policies, routines, indexes and the like.
    pub fn users_of_column(&self, table: &QualifiedName, column: &Name) -> Vec<ObjectKey> {
        let mut doomed = Doomed::default();
        self.doom(&mut doomed, ObjectKey::on_relation(ObjectKind::Column, table.clone(), column.clone()));
        let words = doomed.words();
        let users = self.store.catalog().iter().filter(|(key, entry)| {
            !doomed.keys.contains(*key) && self.hold(&doomed, &words, key, entry).is_some()
        });
        users.map(|(key, _)| key.clone()).collect()
    }

    /// A publication that lists or filters by a column that goes while its table stays, and the table: the membership depends on
    /// the column (`publication_add_relation` in `pg_publication.c`).
    fn publishing_columns(&self, doomed: &Doomed) -> Option<(Name, QualifiedName)> {
        self.store.catalog().of_kind(ObjectKind::Publication).find_map(|(key, entry)| {
            let publication = Publication::of(&entry.object).filter(|_| !doomed.keys.contains(key))?;
            let table = publication
                .tables
                .iter()
                .find(|t| !doomed.relations.contains(&t.table) && publishes_columns(doomed, t))?;
            Some((publication.name.clone(), table.table.clone()))
        })
    }

    /// Publications lose the tables and schemas that go, and with CASCADE the tables of which they list a column that goes.
    fn leave_publications(&mut self, doomed: &Doomed) {
        let keys: Vec<ObjectKey> =
            self.store.catalog().of_kind(ObjectKind::Publication).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.store.edit(&key, |entry| {
                if let Some(publication) = Publication::of_mut(&mut entry.object) {
                    publication
                        .tables
                        .retain(|t| !doomed.relations.contains(&t.table) && !publishes_columns(doomed, t));
                    publication.schemas.retain(|s| !doomed.schemas.contains(s));
                }
            });
        }
    }

    /// Gaps about an object go with it.
    fn forget_gaps(&mut self, key: &ObjectKey) {
        let name = key.to_string();
        let on = format!(" on {name}");
        self.store.retain_gaps(|gap| {
            let about = gap
                .object
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                || gap.object.ends_with(&on);
            gap.reason != trueup_catalog::GapReason::Unmodeled || !about
        });
    }

    fn doom(&self, doomed: &mut Doomed, key: ObjectKey) {
        if !doomed.keys.insert(key.clone()) {
            return;
        }
        match &key.address {
            Address::Global(name) => match key.kind {
                ObjectKind::Schema => {
                    doomed.schemas.insert(name.clone());
                }
                ObjectKind::Extension => {
                    doomed.extensions.insert(name.clone());
                }
                ObjectKind::Server => {
                    doomed.servers.insert(name.clone());
                }
                ObjectKind::ForeignDataWrapper => {
                    doomed.wrappers.insert(name.clone());
                }
                ObjectKind::Language => {
                    doomed.languages.insert(name.clone());
                }
                ObjectKind::AccessMethod => {
                    doomed.methods.insert(name.clone());
                }
                _ => {}
            },
            Address::InSchema(name) => match key.kind {
                ObjectKind::Sequence => {
                    doomed.relations.insert(name.clone());
                }
                ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::CompositeType => {
                    doomed.relations.insert(name.clone());
                    doomed.types.insert(name.clone());
                }
                ObjectKind::Collation
                | ObjectKind::Conversion
                | ObjectKind::Statistics
                | ObjectKind::TextSearchParser
                | ObjectKind::TextSearchTemplate
                | ObjectKind::TextSearchDictionary
                | ObjectKind::TextSearchConfiguration => doomed.others.push(key.clone()),
                _ => {
                    if key.kind == ObjectKind::RangeType {
                        doomed.types.insert(multirange_name(name));
                    }
                    doomed.types.insert(name.clone());
                }
            },
            Address::OnRelation { relation, name } => match key.kind {
                ObjectKind::Column => {
                    doomed.columns.entry(relation.clone()).or_default().push(name.clone());
                }
                ObjectKind::Constraint | ObjectKind::Index => {
                    if let Some(columns) = self.store.get(&key).and_then(|e| unique_columns(&e.object)) {
                        doomed.unique.push((relation.clone(), columns));
                    }
                }
                _ => {}
            },
            Address::Routine { name, .. } => {
                // Which overload a text calls is for settling to tell: only the last one takes its callers along.
                let kinds = [ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Aggregate];
                let others = kinds
                    .iter()
                    .flat_map(|kind| self.store.catalog().routines(*kind, name))
                    .any(|(other, _)| !doomed.keys.contains(other));
                if !others {
                    doomed.routines.insert(name.clone());
                }
            }
            Address::Operator { .. } | Address::OfMethod { .. } => doomed.others.push(key.clone()),
            Address::Cast { .. }
            | Address::Transform { .. }
            | Address::UserMapping { .. }
            | Address::DefaultPrivileges { .. } => {}
        }
        doomed.order.push(key);
    }

    /// How an object hangs on what goes, if it does.
    fn hold(&self, doomed: &Doomed, words: &[String], key: &ObjectKey, entry: &Entry) -> Option<Hold> {
        let object = &entry.object;
        // What is inside: a schema's objects need CASCADE, a relation's and a domain's are parts.
        match &key.address {
            Address::Global(_)
            | Address::Cast { .. }
            | Address::Transform { .. }
            | Address::UserMapping { .. } => {}
            Address::DefaultPrivileges { schema, .. } => {
                if schema.as_ref().is_some_and(|schema| doomed.schemas.contains(schema)) {
                    return Some(Hold::Part);
                }
            }
            Address::InSchema(QualifiedName { schema, .. })
            | Address::Routine { name: QualifiedName { schema, .. }, .. }
            | Address::Operator { name: QualifiedName { schema, .. }, .. }
            | Address::OfMethod { name: QualifiedName { schema, .. }, .. } => {
                if doomed.schemas.contains(schema) {
                    return Some(Hold::Dependent);
                }
            }
            Address::OnRelation { relation, .. } => {
                if doomed.relations.contains(relation)
                    || (key.kind == ObjectKind::DomainConstraint && doomed.types.contains(relation))
                {
                    return Some(Hold::Part);
                }
                if let Some(gone) = doomed.columns.get(relation)
                    && let Some(hold) = on_columns(object, gone)
                {
                    return Some(hold);
                }
            }
        }
        match object {
            Object::Sequence(Sequence { owned_by: Some((table, column)), .. }) => {
                let gone = doomed.relations.contains(table)
                    || doomed.columns.get(table).is_some_and(|columns| columns.contains(column));
                if gone {
                    return Some(Hold::Part);
                }
            }
            Object::Table(table)
                if table.partition_of.as_ref().is_some_and(|of| doomed.relations.contains(&of.parent)) =>
            {
                return Some(Hold::Part);
            }
            Object::Constraint(Constraint { body: ConstraintBody::ForeignKey(foreign), .. }) => {
                let columns = doomed.columns.get(&foreign.references);
                let hit = columns
                    .is_some_and(|gone| foreign.referenced_columns.iter().any(|c| gone.contains(c)))
                    || doomed.unique.iter().any(|(table, columns)| {
                        *table == foreign.references
                            && columns.len() == foreign.referenced_columns.len()
                            && columns.iter().all(|c| foreign.referenced_columns.contains(c))
                    });
                if hit {
                    return Some(Hold::Dependent);
                }
            }
            Object::Extension(Extension { schema: Some(schema), .. }) if doomed.schemas.contains(schema) => {
                return Some(Hold::Dependent);
            }
            Object::Table(Table { foreign: Some(foreign), .. })
                if doomed.servers.contains(&foreign.server) =>
            {
                return Some(Hold::Dependent);
            }
            Object::Table(Table { access_method: Some(method), .. }) if doomed.methods.contains(method) => {
                return Some(Hold::Dependent);
            }
            Object::Server(server) if doomed.wrappers.contains(&server.wrapper) => {
                return Some(Hold::Dependent);
            }
            Object::UserMapping(mapping) if doomed.servers.contains(&mapping.server) => {
                return Some(Hold::Dependent);
            }
            Object::Function(Function(routine)) | Object::Procedure(Procedure(routine))
                if doomed.languages.contains(&routine.language) =>
            {
                return Some(Hold::Dependent);
            }
            Object::Transform(transform) if doomed.languages.contains(&transform.language) => {
                return Some(Hold::Dependent);
            }
            Object::OperatorClass(class) => {
                if doomed.methods.contains(&class.method) {
                    return Some(Hold::Dependent);
                }
                // A class goes with its family (`OperatorClass` depends on it automatically).
                if doomed.has(ObjectKind::OperatorFamily, &class.family) {
                    return Some(Hold::Part);
                }
            }
            Object::OperatorFamily(family) if doomed.methods.contains(&family.method) => {
                return Some(Hold::Dependent);
            }
            Object::Statistics(statistics) => {
                let gone = doomed.columns.get(&statistics.table);
                let names = |expr: &Expr| {
                    gone.is_some_and(|columns| {
                        let mentioned = Mentions::of_expr(&expr.sql).columns;
                        columns.iter().any(|column| mentioned.contains(column))
                    })
                };
                let column = gone.is_some_and(|gone| statistics.columns.iter().any(|c| gone.contains(c)));
                if column
                    || doomed.relations.contains(&statistics.table)
                    || statistics.expressions.iter().any(names)
                {
                    return Some(Hold::Part);
                }
            }
            // It loses the table and stays: see `remove`.
            Object::Publication(_) => return None,
            Object::Index(Index { table, attached_to: Some(parent), .. }) => {
                let gone = doomed.order.iter().any(|k| {
                    k.kind == ObjectKind::Index
                        && k.relation().is_some_and(|r| {
                            r.schema == parent.schema && *k.name() == parent.name && r != table
                        })
                });
                if gone {
                    return Some(Hold::Part);
                }
            }
            _ => {}
        }
        if doomed.on_operators(object) {
            return Some(Hold::Dependent);
        }
        self.references(doomed, words, object)
    }

    /// How an object's references hang on what goes.
    fn references(&self, doomed: &Doomed, words: &[String], object: &Object) -> Option<Hold> {
        let mut hold = None;
        let mut note = |found: Hold| {
            if hold != Some(Hold::Dependent) {
                hold = Some(found);
            }
        };
        let default = match object {
            Object::Column(Column { default, .. }) | Object::Domain(Domain { default, .. }) => {
                default.as_ref()
            }
            _ => None,
        };
        let is_default = |expr: &Expr| default.is_some_and(|d| std::ptr::eq(d, expr));
        walk(object, &mut |reference| match reference {
            Reference::Relation(name) => {
                if doomed.relations.contains(name) {
                    note(Hold::Dependent);
                }
            }
            Reference::Type(data_type) => {
                if doomed.has_type(data_type, self) {
                    note(Hold::Dependent);
                }
            }
            Reference::Routine(name) => {
                if doomed.routines.contains(name) {
                    note(Hold::Dependent);
                }
            }
            Reference::Other(name) => {
                // Operators and classes share their names with others: `on_operators` and `hold` look at what tells them apart.
                let overloaded = matches!(
                    object,
                    Object::Operator(_)
                        | Object::OperatorFamily(_)
                        | Object::OperatorClass(_)
                        | Object::Aggregate(_)
                );
                if doomed.schemas.contains(&name.schema) || (!overloaded && doomed.has_other(name)) {
                    note(Hold::Dependent);
                }
            }
            Reference::Schema(schema) => {
                if doomed.schemas.contains(schema) {
                    note(Hold::Dependent);
                }
            }
            Reference::Expr(expr, base) => {
                if self.expr_names(doomed, words, expr, &base) {
                    note(if is_default(expr) { Hold::Default } else { Hold::Dependent });
                }
            }
            Reference::Query(query) => {
                if may_name(&query.sql, words) {
                    let found = Mentions::of_query(&query.sql);
                    let has =
                        |relation: &QualifiedName, column: &Name| self.relation_has_column(relation, column);
                    let names = |relation: &QualifiedName, column: &Name| {
                        (found.star || found.columns.contains(column))
                            && query_names_column(query, relation, column, &has)
                    };
                    let written = found.targets.iter().any(|((schema, name), column)| {
                        let relation = self.relation_by(&query.search_path, schema.as_ref(), name);
                        let gone = relation.and_then(|relation| doomed.columns.get(&relation));
                        gone.is_some_and(|gone| gone.contains(column))
                    });
                    if written || self.mentions(doomed, &found, &query.search_path, &names) {
                        note(Hold::Dependent);
                    }
                }
            }
        });
        // A trigger's function, a partition key: the object as a whole.
        if let (Some(_), Object::Trigger(Trigger { .. })) = (hold, object) {
            return Some(Hold::Dependent);
        }
        if let (Some(Hold::Dependent), Object::View(View { .. })) = (hold, object) {
            return Some(Hold::Dependent);
        }
        hold
    }

    fn expr_names(&self, doomed: &Doomed, words: &[String], expr: &Expr, base: &Base) -> bool {
        if !may_name(&expr.sql, words) {
            return false;
        }
        let found = Mentions::of_expr(&expr.sql);
        if let Some(gone) = base.as_ref().and_then(|base| doomed.columns.get(base))
            && gone.iter().any(|column| found.columns.contains(column))
        {
            return true;
        }
        self.mentions(doomed, &found, &expr.search_path, &|_, column| {
            found.star || found.columns.contains(column)
        })
    }

    /// Whether a text with these names names anything of what goes. `names` tells whether it names a column of a relation.
    fn mentions(
        &self,
        doomed: &Doomed,
        found: &Mentions,
        path: &SearchPath,
        names: &dyn Fn(&QualifiedName, &Name) -> bool,
    ) -> bool {
        let resolves = |(schema, name): &Written, set: &FxHashSet<QualifiedName>| {
            self.by(path, schema.as_ref(), name, |q| set.contains(q)).is_some()
        };
        let relation = |written: &Written| {
            let (schema, name) = written;
            let Some(found_relation) = self.relation_by(path, schema.as_ref(), name) else { return false };
            doomed.relations.contains(&found_relation)
                || doomed
                    .columns
                    .get(&found_relation)
                    .is_some_and(|gone| gone.iter().any(|c| names(&found_relation, c)))
        };
        found.relations.iter().any(relation)
            || found.routines.iter().any(|routine| resolves(routine, &doomed.routines))
            || found.types.iter().any(|t| resolves(&(t.schema.clone(), t.name.clone()), &doomed.types))
    }
}

impl Doomed {
    fn has_type(&self, data_type: &DataType, interp: &Interpreter<'_>) -> bool {
        if let Some(name) = data_type.qualified_name()
            && self.types.contains(&name)
        {
            return true;
        }
        if self.extensions.is_empty() {
            return false;
        }
        // An extension's types: those that the live database tells, or the one that has its name.
        let of_extension = |name: &QualifiedName| {
            interp
                .options
                .ambient
                .into_iter()
                .flat_map(|a| &a.types)
                .find(|t| t.name == *name)
                .and_then(|t| t.extension.as_deref())
                .is_some_and(|e| self.extensions.contains(e))
        };
        match data_type.qualified_name() {
            Some(name) => of_extension(&name),
            None => self.extensions.contains(&data_type.name),
        }
    }

    /// Whether an object of this kind and name goes.
    fn has(&self, kind: ObjectKind, name: &QualifiedName) -> bool {
        self.others.iter().any(|key| key.kind == kind && own_name(key) == Some(name))
    }

    /// Whether an object is made of an operator that goes. Commutators and negators are no dependency: the partner forgets it
    /// (`RemoveOperatorById` in `operatorcmds.c`).
    fn on_operators(&self, object: &Object) -> bool {
        let goes = |name: &QualifiedName, left: Option<&DataType>, right: Option<&DataType>| {
            self.others.iter().any(|key| match &key.address {
                Address::Operator { name: n, left: l, right: r } => {
                    n == name && l.as_ref() == left && r.as_ref() == right
                }
                _ => false,
            })
        };
        match object {
            Object::OperatorFamily(family) => {
                family.operators.iter().any(|m| goes(&m.operator, Some(&m.left), Some(&m.right)))
            }
            Object::Aggregate(aggregate) => {
                let side = aggregate.arguments.first().map(|a| &a.data_type);
                aggregate.sort_operator.as_ref().is_some_and(|operator| goes(operator, side, side))
            }
            _ => false,
        }
    }

    /// Whether an object that is only named goes: a collation, operator, class, family, dictionary.
    fn has_other(&self, name: &QualifiedName) -> bool {
        self.others.iter().any(|key| own_name(key) == Some(name))
    }

    /// The bare names that a text must have to name anything of it, in lower case; empty when any text might.
    fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .relations
            .iter()
            .chain(&self.types)
            .chain(&self.routines)
            .map(|q| &q.name)
            .chain(self.columns.values().flatten())
            .map(|n| n.as_str().to_ascii_lowercase())
            .collect();
        // `*` names columns without their names.
        words.extend(self.columns.keys().map(|table| table.name.as_str().to_ascii_lowercase()));
        words.sort();
        words.dedup();
        words
    }
}

/// Whether a publication lists a column that goes, or filters by one.
fn publishes_columns(doomed: &Doomed, published: &PublishedTable) -> bool {
    let Some(gone) = doomed.columns.get(&published.table) else { return false };
    published.columns.iter().flatten().any(|column| gone.contains(column))
        || published.filter.as_ref().is_some_and(|filter| {
            let columns = crate::expression::columns(&filter.sql);
            gone.iter().any(|column| columns.contains(column))
        })
}

/// A cheap test before parsing: whether a text has any of the words, in lower case.
fn may_name(sql: &str, words: &[String]) -> bool {
    let lower = sql.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word.as_str()) || word.contains('"'))
}

/// The columns of a key constraint or unique index that a foreign key may refer to.
fn unique_columns(object: &Object) -> Option<Vec<Name>> {
    match object {
        Object::Constraint(Constraint {
            body: ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key),
            ..
        }) => Some(key.columns.clone()),
        Object::Index(index) if index.unique && index.predicate.is_none() => index
            .elements
            .iter()
            .map(|element| match &element.target {
                IndexTarget::Column(name) => Some(name.clone()),
                IndexTarget::Expr(_) => None,
            })
            .collect(),
        _ => None,
    }
}

/// How an object of a table hangs on columns of the table that go: its indexes and constraints are parts, what else names a column
/// depends on it.
fn on_columns(object: &Object, gone: &[Name]) -> Option<Hold> {
    let any = |names: &[Name]| names.iter().any(|n| gone.contains(n));
    let in_expr = |expr: &Expr| {
        let columns = crate::expression::columns(&expr.sql);
        gone.iter().any(|n| columns.contains(n))
    };
    let in_target = |target: &IndexTarget| match target {
        IndexTarget::Column(name) => gone.contains(name),
        IndexTarget::Expr(expr) => in_expr(expr),
    };
    let hit = match object {
        Object::Constraint(constraint) => match &constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                any(&key.columns) || any(&key.include)
            }
            ConstraintBody::ForeignKey(key) => any(&key.columns),
            ConstraintBody::Check { expr } => in_expr(expr),
            ConstraintBody::Exclusion(exclusion) => {
                exclusion.elements.iter().any(|e| in_target(&e.element.target))
                    || any(&exclusion.include)
                    || exclusion.predicate.as_ref().is_some_and(in_expr)
            }
        },
        Object::Index(index) => {
            index.elements.iter().any(|e| in_target(&e.target))
                || any(&index.include)
                || index.predicate.as_ref().is_some_and(in_expr)
        }
        Object::Trigger(trigger) => {
            let hit = any(&trigger.update_columns) || trigger.when.as_ref().is_some_and(in_expr);
            return hit.then_some(if trigger.inherited { Hold::Part } else { Hold::Dependent });
        }
        _ => return None,
    };
    hit.then_some(Hold::Part)
}

fn own_name(key: &ObjectKey) -> Option<&QualifiedName> {
    match &key.address {
        Address::InSchema(name) | Address::Operator { name, .. } | Address::OfMethod { name, .. } => {
            Some(name)
        }
        Address::Global(_)
        | Address::OnRelation { .. }
        | Address::Routine { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::ObjectKind;

    #[test]
    fn partners_forget_an_operator_that_goes_with_something_else() {
        for way in ["DROP FUNCTION same CASCADE", "DROP TYPE gone CASCADE", "DROP SCHEMA app CASCADE"] {
            let catalog = read(&format!(
                "CREATE SCHEMA app; CREATE TYPE gone AS (x int);
                 CREATE FUNCTION same(int4, gone) RETURNS bool LANGUAGE sql AS 'SELECT true';
                 CREATE FUNCTION turned(gone, int4) RETURNS bool LANGUAGE sql AS 'SELECT true';
                 CREATE FUNCTION other(int4, int8) RETURNS bool LANGUAGE sql AS 'SELECT true';
                 CREATE FUNCTION kept(int8, int4) RETURNS bool LANGUAGE sql AS 'SELECT true';
                 CREATE OPERATOR === (LEFTARG = int4, RIGHTARG = gone, FUNCTION = same, COMMUTATOR = ===);
                 CREATE OPERATOR === (LEFTARG = gone, RIGHTARG = int4, FUNCTION = turned, COMMUTATOR = ===);
                 CREATE OPERATOR app.!== (LEFTARG = int4, RIGHTARG = int8, FUNCTION = other, NEGATOR = OPERATOR(public.@#@));
                 CREATE OPERATOR @#@ (LEFTARG = int4, RIGHTARG = int8, FUNCTION = other);
                 {way};"
            ));
            let operators: Vec<_> = catalog
                .of_kind(ObjectKind::Operator)
                .filter_map(|(_, entry)| trueup_catalog::Operator::of(&entry.object))
                .collect();
            for operator in &operators {
                for partner in operator.commutator.iter().chain(&operator.negator) {
                    assert!(operators.iter().any(|o| o.name == *partner), "{way}: {partner}");
                }
            }
            let lonely = operators.iter().filter(|o| o.commutator.is_none() && o.negator.is_none()).count();
            let expected = match way {
                "DROP FUNCTION same CASCADE" => (3, 2),
                "DROP TYPE gone CASCADE" => (2, 1),
                _ => (3, 1),
            };
            assert_eq!((operators.len(), lonely), expected, "{way}");
        }
    }

    #[test]
    fn an_operator_goes_without_others_of_its_symbol() {
        let catalog = read(
            "CREATE TYPE a AS (x int); CREATE TYPE b AS (x int);
             CREATE FUNCTION fa(a, a) RETURNS bool LANGUAGE sql AS 'SELECT true';
             CREATE FUNCTION fb(b, b) RETURNS bool LANGUAGE sql AS 'SELECT true';
             CREATE OPERATOR === (LEFTARG = a, RIGHTARG = a, FUNCTION = fa, COMMUTATOR = ===);
             CREATE OPERATOR === (LEFTARG = b, RIGHTARG = b, FUNCTION = fb, COMMUTATOR = ===);
             DROP OPERATOR === (a, a);",
        );
        assert_eq!(catalog.of_kind(ObjectKind::Operator).count(), 1);
    }
}
