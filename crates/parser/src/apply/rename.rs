//! Renaming objects, and moving them to another schema: in keys, in fields, and inside expressions and queries.
//!
//! PostgreSQL refers by OID, so that nothing else notices a renaming; the catalog refers by name, so that every place is visited.

use trueup_catalog::{
    Address, CompositeAttribute, CompositeType, ConstraintBody, DataType, Entry, Function, IndexElement,
    IndexTarget, MaterializedView, Name, Object, ObjectKey, ObjectKind, Procedure, QualifiedName, SearchPath,
    Sequence, View,
};

use crate::apply::rows;
use crate::apply::walk::{ReferenceMut, walk_mut};
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::names::multirange_name;
use crate::renaming::{Rename, rename_in_expr, rename_in_query};
use crate::store::RelationKind;

/// What is renamed, or moves.
#[derive(Clone, Debug)]
pub(crate) enum Renamed {
    /// A table, view, materialized view or sequence, with all that is on it.
    Relation { from: QualifiedName, to: QualifiedName },
    /// A column of a table, view or materialized view.
    Column { relation: QualifiedName, from: Name, to: Name },
    /// A type or domain.
    Type { from: QualifiedName, to: QualifiedName },
    /// A function or procedure.
    Routine { key: ObjectKey, to: QualifiedName },
    /// A schema, with all that is in it.
    Schema { from: Name, to: Name },
    /// An object of another kind; one of the whole database has an empty schema.
    Object { key: ObjectKey, to: QualifiedName },
}

impl Interpreter<'_> {
    /// Renames.
    ///
    /// # Errors
    /// When the new name is taken: 42P07 for relations, 42710 for types, 42723 for routines, 42701 for columns; when there is no such
    /// column, 42703.
    pub fn rename(&mut self, renamed: &Renamed) -> Outcome {
        if let Renamed::Relation { from, to } = renamed
            && from.schema != to.schema
        {
            // Sequences that belong to the table move along (`AlterTableNamespaceInternal`).
            let owned: Vec<QualifiedName> = self
                .store
                .catalog()
                .of_kind(ObjectKind::Sequence)
                .filter_map(|(_, entry)| Sequence::of(&entry.object))
                .filter(|sequence| sequence.owned_by.as_ref().is_some_and(|(table, _)| table == from))
                .map(|sequence| sequence.name.clone())
                .collect();
            for sequence in owned {
                let to = QualifiedName { schema: to.schema.clone(), name: sequence.name.clone() };
                self.rename(&Renamed::Relation { from: sequence, to })?;
            }
        }
        match renamed {
            Renamed::Relation { from, to } => {
                if from == to {
                    return Err(Failure::relation_exists(to));
                }
                if self.store.relation(to).is_some() {
                    return Err(Failure::relation_exists(to));
                }
                let kind = self.store.relation(from).map(|r| r.kind);
                let has_type = !matches!(kind, Some(RelationKind::Sequence) | None);
                if has_type && self.store.type_kind(to).is_some() {
                    return Err(Failure::duplicate("42710", format!("type {to} already exists")));
                }
            }
            Renamed::Type { from, to } => {
                if self.store.type_kind(to).is_some()
                    || (from.schema != to.schema && self.store.relation(to).is_some())
                {
                    return Err(Failure::duplicate("42710", format!("type {to} already exists")));
                }
            }
            Renamed::Column { relation, from, to } => {
                self.check_column(relation, from, to)?;
                self.name_view_columns(relation, from)?;
                self.freeze_stars(relation);
            }
            Renamed::Routine { key, to } => {
                if let Address::Routine { arguments, .. } = &key.address {
                    let address = Address::Routine { name: to.clone(), arguments: arguments.clone() };
                    for kind in [ObjectKind::Function, ObjectKind::Procedure] {
                        if self.store.get(&ObjectKey { kind, address: address.clone() }).is_some() {
                            let message = format!("function {to} already exists with same argument types");
                            return Err(Failure::duplicate("42723", message));
                        }
                    }
                }
            }
            Renamed::Object { key, to } => {
                let mut moved = match self.store.get(key) {
                    Some(entry) => entry.object.clone(),
                    None => return Ok(()),
                };
                set_own_name(&mut moved, to);
                let new = trueup_catalog::SchemaObject::key(&moved);
                if new != *key && self.store.get(&new).is_some() {
                    return Err(Failure::duplicate("42710", format!("{} {new} already exists", new.kind)));
                }
            }
            Renamed::Schema { .. } => {}
        }
        let columns = match renamed {
            Renamed::Column { relation, .. } => self.columns_in_order(relation),
            _ => Vec::new(),
        };
        let entries: Vec<(ObjectKey, Entry)> =
            self.store.catalog().iter().map(|(key, entry)| (key.clone(), entry.clone())).collect();
        let mut changed: Vec<(ObjectKey, Entry)> = Vec::new();
        for (key, entry) in entries {
            let mut new = entry.clone();
            self.rename_in(renamed, &columns, &key, &mut new);
            if new != entry {
                changed.push((key, new));
            }
        }
        for (key, _) in &changed {
            self.store.take(key);
        }
        for (_, entry) in changed {
            self.store.put(entry);
        }
        rows::renamed(self, renamed);
        Ok(())
    }

    fn check_column(&self, relation: &QualifiedName, from: &Name, to: &Name) -> Outcome {
        let catalog = self.store.catalog();
        if catalog.table(relation).is_none() {
            return Ok(());
        }
        if catalog.column(relation, from).is_none() {
            return Err(Failure::no_column(from, relation));
        }
        if catalog.column(relation, to).is_some() {
            return Err(Failure::duplicate(
                "42701",
                format!("column {to} of relation {relation} already exists"),
            ));
        }
        Ok(())
    }

    /// The names of a relation's columns; empty when they can't be told.
    fn columns_in_order(&self, relation: &QualifiedName) -> Vec<Name> {
        let catalog = self.store.catalog();
        if catalog.table(relation).is_some() {
            return catalog.columns(relation).into_iter().map(|c| c.name.clone()).collect();
        }
        self.view_columns(relation).into_iter().flatten().map(|column| column.name).collect()
    }

    fn rename_in(&self, renamed: &Renamed, columns: &[Name], key: &ObjectKey, entry: &mut Entry) {
        own_names(renamed, key, &mut entry.object);
        if let Renamed::Column { relation, from, to } = renamed
            && matches!(&key.address, Address::InSchema(name) if name == relation)
        {
            for list in entry.privileges.iter_mut().chain([&mut entry.revoked]) {
                super::grant::move_column(list, from, Some(to));
            }
        }
        if self.major() < 14
            && let Object::RangeType(range) = &mut entry.object
        {
            // There were no multiranges yet.
            range.multirange = None;
        }
        let catalog = self.store.catalog();
        let has = |relation: &QualifiedName, column: &Name| catalog.column(relation, column).is_some();
        let in_text = match renamed {
            Renamed::Relation { from, to } => Some(Rename::Relation { from: from.clone(), to: to.clone() }),
            Renamed::Column { relation, from, to } => {
                let (relation, from, to) = (relation.clone(), from.clone(), to.clone());
                Some(Rename::Column { relation, from, to, columns: columns.to_vec() })
            }
            Renamed::Type { from, to } => Some(Rename::Type { from: from.clone(), to: to.clone() }),
            Renamed::Routine { key, to } => match &key.address {
                // Which overload a text calls is for settling to tell: with others left, texts stay as they are.
                Address::Routine { name, .. }
                    if [ObjectKind::Function, ObjectKind::Procedure]
                        .iter()
                        .flat_map(|kind| catalog.routines(*kind, name))
                        .count()
                        == 1 =>
                {
                    Some(Rename::Routine { from: name.clone(), to: to.clone() })
                }
                _ => None,
            },
            Renamed::Schema { from, to } => Some(Rename::Schema { from: from.clone(), to: to.clone() }),
            Renamed::Object { key, to } => match &key.address {
                Address::Routine { name, .. } if key.kind == ObjectKind::Aggregate => {
                    Some(Rename::Routine { from: name.clone(), to: to.clone() })
                }
                Address::InSchema(name) if key.kind == ObjectKind::BaseType => {
                    Some(Rename::Type { from: name.clone(), to: to.clone() })
                }
                _ => None,
            },
        };
        if let Renamed::Object { key: renamed_key, to } = renamed {
            follow_global(&mut entry.object, renamed_key, to);
        }
        walk_mut(&mut entry.object, &mut |reference| match reference {
            ReferenceMut::Relation(name) => match renamed {
                Renamed::Relation { from, to } | Renamed::Type { from, to } if name == from => {
                    *name = to.clone()
                }
                Renamed::Schema { from, to } if name.schema == *from => name.schema = to.clone(),
                _ => {}
            },
            ReferenceMut::Type(data_type) => match renamed {
                Renamed::Relation { from, to } | Renamed::Type { from, to } => {
                    rename_type(data_type, from, to)
                }
                Renamed::Object { key, to } if key.kind == ObjectKind::BaseType => {
                    if let Address::InSchema(from) = &key.address {
                        rename_type(data_type, from, to);
                    }
                }
                Renamed::Schema { from, to } if data_type.schema.as_ref() == Some(from) => {
                    data_type.schema = Some(to.clone());
                }
                _ => {}
            },
            ReferenceMut::Routine(name) => match renamed {
                Renamed::Routine { key, to } if Some(&*name) == routine_name(key) => *name = to.clone(),
                Renamed::Schema { from, to } if name.schema == *from => name.schema = to.clone(),
                _ => {}
            },
            ReferenceMut::Other(name) => {
                if let Renamed::Object { key, to } = renamed
                    && names(key, name)
                {
                    *name = to.clone();
                }
                if let Renamed::Schema { from, to } = renamed
                    && name.schema == *from
                {
                    name.schema = to.clone();
                }
            }
            ReferenceMut::Schema(name) => {
                if let Renamed::Schema { from, to } = renamed
                    && name == from
                {
                    *name = to.clone();
                }
            }
            ReferenceMut::Expr(expr, base) => {
                // The object knows its relation by the new name already, its text by the old one.
                let base = match (renamed, base) {
                    (Renamed::Relation { from, to }, Some(base)) if base == *to => Some(from.clone()),
                    (_, base) => base,
                };
                if let Some(rename) = &in_text
                    && let Some(new) = rename_in_expr(expr, base.as_ref(), rename, &has)
                {
                    *expr = new;
                }
                rename_path(&mut expr.search_path, renamed);
            }
            ReferenceMut::Query(query) => {
                if let Some(rename) = &in_text
                    && let Some(new) = rename_in_query(query, rename, &has)
                {
                    *query = new;
                }
                rename_path(&mut query.search_path, renamed);
            }
        });
    }
}

fn routine_name(key: &ObjectKey) -> Option<&QualifiedName> {
    match &key.address {
        Address::Routine { name, .. } => Some(name),
        Address::Global(_)
        | Address::InSchema(_)
        | Address::OnRelation { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => None,
    }
}

fn rename_type(data_type: &mut DataType, from: &QualifiedName, to: &QualifiedName) {
    if data_type.schema.as_ref() == Some(&from.schema) && data_type.name == from.name {
        data_type.schema = Some(to.schema.clone());
        data_type.name = to.name.clone();
    }
}

/// Old texts go on meaning the same when a schema of their path has another name now.
fn rename_path(path: &mut SearchPath, renamed: &Renamed) {
    if let Renamed::Schema { from, to } = renamed
        && path.contains(from)
    {
        *path = path.iter().map(|name| if name == from { to.clone() } else { name.clone() }).collect();
    }
}

/// The names by which an object itself is known, and those of the relation that it belongs to.
fn own_names(renamed: &Renamed, key: &ObjectKey, object: &mut Object) {
    match renamed {
        Renamed::Schema { from, to } => {
            if let Object::Schema(schema) = object
                && schema.name == *from
            {
                schema.name = to.clone();
            }
            each_own_name(object, &mut |name| {
                if name.schema == *from {
                    name.schema = to.clone();
                }
            });
        }
        Renamed::Relation { from, to } => {
            if is_named_as_relation(key.kind) {
                each_own_name(object, &mut |name| {
                    if name == from {
                        *name = to.clone();
                    }
                });
            }
            // What hangs on a table moves with it to its new schema.
            if from.schema != to.schema {
                moved_with(object, to);
            }
        }
        Renamed::Type { from, to } => {
            let is_type = matches!(
                key.kind,
                ObjectKind::EnumType
                    | ObjectKind::Domain
                    | ObjectKind::DomainConstraint
                    | ObjectKind::CompositeType
                    | ObjectKind::RangeType
                    | ObjectKind::BaseType
            );
            if is_type {
                if let Object::RangeType(range) = object
                    && range.name == *from
                {
                    // The multirange keeps its name and stays where it is.
                    let multirange = range.multirange.take().unwrap_or_else(|| multirange_name(from));
                    range.multirange = Some(multirange).filter(|m| *m != multirange_name(to));
                }
                each_own_name(object, &mut |name| {
                    if name == from {
                        *name = to.clone();
                    }
                });
            }
        }
        Renamed::Routine { key: routine, to } => {
            if key == routine {
                match object {
                    Object::Function(Function(routine)) | Object::Procedure(Procedure(routine)) => {
                        routine.name = to.clone();
                    }
                    _ => {}
                }
            }
        }
        Renamed::Column { relation, from, to } => rename_column(object, relation, from, to),
        Renamed::Object { key: renamed, to } => {
            if key == renamed {
                set_own_name(object, to);
            }
        }
    }
}

/// Whether a name that is no relation's, type's or routine's is that of the object.
fn names(key: &ObjectKey, name: &QualifiedName) -> bool {
    match &key.address {
        Address::InSchema(own)
        | Address::Operator { name: own, .. }
        | Address::OfMethod { name: own, .. } => own == name,
        Address::Global(_)
        | Address::OnRelation { .. }
        | Address::Routine { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => false,
    }
}

/// Gives an object of one of the kinds that [`Renamed::Object`] is for its new name.
fn set_own_name(object: &mut Object, to: &QualifiedName) {
    match object {
        Object::Language(o) => o.name = to.name.clone(),
        Object::AccessMethod(o) => o.name = to.name.clone(),
        Object::ForeignDataWrapper(o) => o.name = to.name.clone(),
        Object::Server(o) => o.name = to.name.clone(),
        Object::EventTrigger(o) => o.name = to.name.clone(),
        Object::Publication(o) => o.name = to.name.clone(),
        Object::Subscription(o) => o.name = to.name.clone(),
        Object::Rule(o) => o.name = to.name.clone(),
        _ => each_own_name(object, &mut |name| *name = to.clone()),
    }
}

/// Servers, wrappers and languages are referred to by a bare name.
fn follow_global(object: &mut Object, key: &ObjectKey, to: &QualifiedName) {
    let Address::Global(from) = &key.address else { return };
    let follow = |name: &mut Name| {
        if name == from {
            *name = to.name.clone();
        }
    };
    match (key.kind, object) {
        (ObjectKind::Server, Object::Table(table)) => {
            if let Some(foreign) = &mut table.foreign {
                follow(&mut foreign.server);
            }
        }
        (ObjectKind::Server, Object::UserMapping(mapping)) => follow(&mut mapping.server),
        (ObjectKind::ForeignDataWrapper, Object::Server(server)) => follow(&mut server.wrapper),
        (ObjectKind::Language, Object::Transform(transform)) => follow(&mut transform.language),
        (ObjectKind::Language, Object::Function(Function(routine)))
        | (ObjectKind::Language, Object::Procedure(Procedure(routine))) => follow(&mut routine.language),
        _ => {}
    }
}

/// Whether the kind shares the name space of relations, or hangs on one.
fn is_named_as_relation(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::BaseType
            | ObjectKind::Collation
            | ObjectKind::Conversion
            | ObjectKind::Aggregate
            | ObjectKind::Operator
            | ObjectKind::OperatorFamily
            | ObjectKind::OperatorClass
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::Statistics
            | ObjectKind::Function
            | ObjectKind::Procedure
    )
}

/// The qualified names by which an object is known: its own, or that of the relation or domain that it belongs to.
fn each_own_name(object: &mut Object, change: &mut dyn FnMut(&mut QualifiedName)) {
    match object {
        Object::Schema(_) | Object::Extension(_) => {}
        Object::EnumType(o) => change(&mut o.name),
        Object::Domain(o) => change(&mut o.name),
        Object::DomainConstraint(o) => change(&mut o.domain),
        Object::CompositeType(o) => change(&mut o.name),
        Object::RangeType(o) => {
            change(&mut o.name);
            if let Some(multirange) = &mut o.multirange {
                change(multirange);
            }
        }
        Object::Sequence(o) => change(&mut o.name),
        Object::Table(o) => change(&mut o.name),
        Object::Column(o) => {
            change(&mut o.table);
            if let Some(identity) = &mut o.identity {
                change(&mut identity.sequence);
            }
        }
        Object::Constraint(o) => change(&mut o.table),
        Object::Index(o) => {
            change(&mut o.table);
            if let Some(parent) = &mut o.attached_to {
                change(parent);
            }
        }
        Object::View(o) => change(&mut o.name),
        Object::MaterializedView(o) => change(&mut o.name),
        Object::Function(Function(o)) | Object::Procedure(Procedure(o)) => change(&mut o.name),
        Object::Language(_)
        | Object::AccessMethod(_)
        | Object::Cast(_)
        | Object::Transform(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::UserMapping(_)
        | Object::EventTrigger(_)
        | Object::Publication(_)
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_) => {}
        Object::BaseType(o) => change(&mut o.name),
        Object::Collation(o) => change(&mut o.name),
        Object::Conversion(o) => change(&mut o.name),
        Object::Aggregate(o) => change(&mut o.name),
        Object::Operator(o) => change(&mut o.name),
        Object::OperatorFamily(o) => change(&mut o.name),
        Object::OperatorClass(o) => change(&mut o.name),
        Object::TextSearchParser(o) => change(&mut o.name),
        Object::TextSearchTemplate(o) => change(&mut o.name),
        Object::TextSearchDictionary(o) => change(&mut o.name),
        Object::TextSearchConfiguration(o) => change(&mut o.name),
        Object::Statistics(o) => change(&mut o.name),
        Object::Rule(o) => change(&mut o.table),
        Object::Trigger(o) => change(&mut o.table),
        Object::Policy(o) => change(&mut o.table),
    }
}

/// Identity sequences move with their table (`AlterTableNamespaceInternal`); its indexes have its schema by their key.
fn moved_with(object: &mut Object, to: &QualifiedName) {
    if let Object::Column(column) = object
        && column.table == *to
        && let Some(identity) = &mut column.identity
    {
        identity.sequence.schema = to.schema.clone();
    }
}

fn rename_in_list(names: &mut [Name], from: &Name, to: &Name) {
    for name in names {
        if name == from {
            *name = to.clone();
        }
    }
}

fn rename_target(target: &mut IndexTarget, from: &Name, to: &Name) {
    if let IndexTarget::Column(name) = target
        && name == from
    {
        *name = to.clone();
    }
}

/// The fields that name a column by name alone.
fn rename_column(object: &mut Object, relation: &QualifiedName, from: &Name, to: &Name) {
    match object {
        Object::Column(column) if column.table == *relation && column.name == *from => {
            column.name = to.clone()
        }
        Object::Sequence(sequence) => {
            if let Some((table, column)) = &mut sequence.owned_by
                && table == relation
                && column == from
            {
                *column = to.clone();
            }
        }
        Object::Table(table) if table.name == *relation => {
            if let Some(key) = &mut table.partition_key {
                for element in &mut key.elements {
                    rename_target(&mut element.target, from, to);
                }
            }
        }
        Object::Constraint(constraint) => {
            let own = constraint.table == *relation;
            match &mut constraint.body {
                ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) if own => {
                    rename_in_list(&mut key.columns, from, to);
                    rename_in_list(&mut key.include, from, to);
                }
                ConstraintBody::ForeignKey(key) => {
                    if own {
                        rename_in_list(&mut key.columns, from, to);
                        rename_in_list(&mut key.on_delete_columns, from, to);
                    }
                    if key.references == *relation {
                        rename_in_list(&mut key.referenced_columns, from, to);
                    }
                }
                ConstraintBody::Exclusion(exclusion) if own => {
                    for element in &mut exclusion.elements {
                        rename_target(&mut element.element.target, from, to);
                    }
                    rename_in_list(&mut exclusion.include, from, to);
                }
                ConstraintBody::PrimaryKey(_)
                | ConstraintBody::Unique(_)
                | ConstraintBody::Exclusion(_)
                | ConstraintBody::Check { .. } => {}
            }
        }
        Object::Index(index) if index.table == *relation => {
            for IndexElement { target, .. } in &mut index.elements {
                rename_target(target, from, to);
            }
            rename_in_list(&mut index.include, from, to);
        }
        Object::Trigger(trigger) if trigger.table == *relation => {
            rename_in_list(&mut trigger.update_columns, from, to);
        }
        Object::View(View { name, columns, column_defaults, column_comments, .. }) if name == relation => {
            for column in columns.iter_mut().filter(|c| c.name == *from) {
                column.name = to.clone();
            }
            if let Some(default) = column_defaults.remove(from) {
                column_defaults.insert(to.clone(), default);
            }
            if let Some(comment) = column_comments.remove(from) {
                column_comments.insert(to.clone(), comment);
            }
        }
        Object::MaterializedView(MaterializedView {
            name,
            columns,
            column_comments,
            column_settings,
            ..
        }) if name == relation => {
            for column in columns.iter_mut().filter(|c| c.name == *from) {
                column.name = to.clone();
            }
            if let Some(settings) = column_settings.remove(from) {
                column_settings.insert(to.clone(), settings);
            }
            if let Some(comment) = column_comments.remove(from) {
                column_comments.insert(to.clone(), comment);
            }
        }
        Object::CompositeType(CompositeType { name, attributes, .. }) if name == relation => {
            for CompositeAttribute { name, .. } in attributes.iter_mut() {
                if name == from {
                    *name = to.clone();
                }
            }
        }
        _ => {}
    }
}
