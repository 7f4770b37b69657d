//! CREATE, ALTER and DROP INDEX.

use std::collections::BTreeMap;
use std::ops::Range;

use trueup_catalog::{
    Constraint, ConstraintBody, Entry, Index, IndexTarget, Name, ObjectKey, ObjectKind, QualifiedName, Table,
};
use trueup_syntax::Cursor;

use super::index_element::{IndexUse, column_elements, first_missing};
use super::mentions::Mentions;
use super::tablespace;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::index::{self as grammar, AlterIndexAction};
use crate::interpreter::Interpreter;
use crate::names::{PG_TEMP, index_name};
use crate::store::{Relation, RelationKind, constraint_key};

/// After the words `CREATE [UNIQUE] INDEX`.
pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor)?;
    let (table, relation) = interp.relation(&statement.table)?;
    match relation.kind {
        RelationKind::Table | RelationKind::MaterializedView => {}
        RelationKind::Opaque if table.schema == PG_TEMP => return Ok(()),
        RelationKind::Opaque => {
            return Err(Failure::not_understood(format!(
                "{table} is a {}, which is not modelled yet",
                relation.kind.word()
            ))
            .at(statement.table.range));
        }
        other => {
            return Err(Failure::refused(
                "42809",
                format!("cannot create index on {table}: it is a {}", other.word()),
            )
            .at(statement.table.range));
        }
    }
    if let Some(name) = &statement.name {
        let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
        if interp.store.relation(&name).is_some() && interp.minds_duplicates() {
            if statement.if_not_exists {
                return Ok(());
            }
            return Err(Failure::relation_exists(&name).at(statement.name_range));
        }
    }
    let method = statement.method.clone().unwrap_or_else(|| Name::new("btree"));
    let method = if method == "rtree" { Name::new("gist") } else { method };
    let elements = statement
        .elements
        .iter()
        .map(|element| interp.index_element(&table, &method, element))
        .collect::<Outcome<Vec<_>>>()?;
    if relation.kind == RelationKind::Table
        && let Some(missing) = first_missing(interp.store.catalog(), &table, &statement.include)
    {
        return Err(Failure::undefined("42703", format!("column {missing} does not exist")));
    }
    let name = match &statement.name {
        Some(name) => name.clone(),
        None => interp.choose_index_name(&table, IndexUse::Plain, &elements, &statement.include),
    };
    let partitioned = interp.store.catalog().table(&table).is_some_and(|t| t.partition_key.is_some());
    if partitioned && statement.concurrently {
        let message =
            format!("cannot create index on partitioned table \"{}\" concurrently", table.name.as_str());
        return Err(Failure::said("0A000", message));
    }
    let index = Index {
        table: table.clone(),
        name,
        method,
        unique: create.unique,
        elements,
        include: statement.include.clone(),
        nulls_not_distinct: statement.nulls_not_distinct,
        predicate: statement.predicate.as_ref().map(|p| interp.expr(p)),
        options: statement.options.clone(),
        tablespace: interp.new_tablespace(statement.tablespace.clone()),
        attached_to: None,
        statistics: BTreeMap::new(),
        valid: !(partitioned && statement.only && !interp.store.children(&table).is_empty()),
    };
    let mut named: Vec<Name> = index.include.clone();
    for element in &index.elements {
        match &element.target {
            IndexTarget::Column(name) => named.push(name.clone()),
            IndexTarget::Expr(expr) => named.extend(Mentions::of_expr(&expr.sql).columns),
        }
    }
    named.extend(index.predicate.iter().flat_map(|expr| Mentions::of_expr(&expr.sql).columns));
    let unsupported = "indexes on virtual generated columns are not supported";
    crate::refusal::on_virtual(interp, &table, named.iter(), unsupported)?;
    let range =
        if statement.name.is_some() { statement.name_range.clone() } else { interp.place.statement.clone() };
    let span = interp.span(range.clone());
    interp.store.put(Entry { span: Some(span), ..Entry::from(index.clone()) });
    if partitioned && !statement.only {
        for child in interp.store.children(&table).to_vec() {
            interp.clone_index(&child, &index, range.clone());
        }
    }
    Ok(())
}

impl Interpreter<'_> {
    /// Gives a partition, and those below it, the counterpart of its parent's index: one that matches and is not attached is taken,
    /// else one is made (`DefineIndex`).
    pub fn clone_index(&mut self, child: &QualifiedName, parent: &Index, range: Range<usize>) {
        let parent_name = QualifiedName { schema: parent.table.schema.clone(), name: parent.name.clone() };
        let matching = self
            .indexes(child)
            .into_iter()
            .find(|index| index.attached_to.is_none() && same_index(index, parent));
        if let Some(index) = matching {
            self.attach_index(child, &index.name, parent_name);
            return;
        }
        if self.has_key_like(child, parent) {
            return;
        }
        let mut copy = parent.clone();
        copy.table = child.clone();
        copy.statistics.clear();
        copy.name = self.choose_index_name(child, IndexUse::Plain, &parent.elements, &parent.include);
        copy.attached_to = Some(parent_name);
        copy.valid = true;
        let span = self.span(range.clone());
        self.store.put(Entry { span: Some(span), ..Entry::from(copy.clone()) });
        let partitioned = self.store.catalog().table(child).is_some_and(|t| t.partition_key.is_some());
        if partitioned {
            for grandchild in self.store.children(child).to_vec() {
                self.clone_index(&grandchild, &copy, range.clone());
            }
        }
    }

    /// Whether a table has a key of its own whose index can stand for its parent's unique index.
    fn has_key_like(&self, table: &QualifiedName, index: &Index) -> bool {
        let plain = index.unique && index.predicate.is_none() && index.method == "btree";
        plain
            && self.constraints(table).any(|constraint| match &constraint.body {
                ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                    !constraint.inherited
                        && column_elements(&key.columns) == index.elements
                        && key.include == index.include
                        && key.nulls_not_distinct == index.nulls_not_distinct
                }
                ConstraintBody::ForeignKey(_)
                | ConstraintBody::Check { .. }
                | ConstraintBody::Exclusion(_) => false,
            })
    }

    fn attach_index(&mut self, child: &QualifiedName, index: &Name, parent: QualifiedName) {
        let key = ObjectKey::on_relation(ObjectKind::Index, child.clone(), index.clone());
        self.store.edit(&key, |entry| {
            if let Some(index) = Index::of_mut(&mut entry.object) {
                index.attached_to = Some(parent);
            }
        });
    }

    /// Makes a partitioned table's invalid indexes valid once every partition has its part (`validatePartitionedIndex`).
    pub fn validate_parents(&mut self, parent: &QualifiedName) {
        let invalid: Vec<Name> =
            self.indexes_of(parent).filter(|i| !i.valid).map(|index| index.name.clone()).collect();
        for name in invalid {
            self.validate_parent(parent, &name);
        }
    }

    /// The same for one index.
    fn validate_parent(&mut self, table: &QualifiedName, index: &Name) {
        let key = ObjectKey::on_relation(ObjectKind::Index, table.clone(), index.clone());
        let Some(there) = self.store.get(&key).and_then(|entry| Index::of(&entry.object)) else { return };
        if there.valid {
            return;
        }
        let name = QualifiedName { schema: table.schema.clone(), name: index.clone() };
        let complete = self.store.children(table).iter().all(|child| {
            self.indexes_of(child).any(|i| i.valid && i.attached_to.as_ref() == Some(&name))
                || self.has_key_like(child, there)
        });
        if !complete {
            return;
        }
        self.store.edit(&key, |entry| {
            if let Some(index) = Index::of_mut(&mut entry.object) {
                index.valid = true;
            }
        });
        let above = self
            .store
            .catalog()
            .table(table)
            .and_then(|t: &Table| t.partition_of.as_ref())
            .map(|of| of.parent.clone());
        if let Some(above) = above {
            self.validate_parents(&above);
        }
    }

    /// Renames an index, be it an object or a constraint's.
    ///
    /// # Errors
    /// 42P07 when the new name is taken.
    pub fn rename_index(&mut self, name: &QualifiedName, relation: &Relation, to: &Name) -> Outcome {
        let new = QualifiedName { schema: name.schema.clone(), name: to.clone() };
        if self.store.relation(&new).is_some() {
            return Err(Failure::relation_exists(&new));
        }
        let Some(key) = &relation.key else {
            self.store.set_opaque_relation(name.clone(), None);
            self.store.set_opaque_relation(new, Some(relation.kind));
            return Ok(());
        };
        self.store.edit(key, |entry| match &mut entry.object {
            trueup_catalog::Object::Index(index) => index.name = to.clone(),
            trueup_catalog::Object::Constraint(constraint) => constraint.name = to.clone(),
            _ => {}
        });
        self.follow_index(key, name, to);
        Ok(())
    }

    /// Renames what refers to an index by name: attached indexes, the replica identity of its table and the mark of CLUSTER.
    pub fn follow_index(&mut self, key: &ObjectKey, old: &QualifiedName, to: &Name) {
        let Some(table) = key.relation().cloned() else { return };
        self.index_renamed(&table, &old.name, to);
        let new = QualifiedName { schema: old.schema.clone(), name: to.clone() };
        for child in self.store.children(&table).to_vec() {
            for index in self.indexes(&child).iter().filter(|i| i.attached_to.as_ref() == Some(old)) {
                self.attach_index(&child, &index.name, new.clone());
            }
        }
    }
}

/// Whether two indexes are alike but for name, table and options (`CompareIndexInfo`).
fn same_index(one: &Index, other: &Index) -> bool {
    one.method == other.method
        && one.unique == other.unique
        && one.elements == other.elements
        && one.include == other.include
        && one.nulls_not_distinct == other.nulls_not_distinct
        && one.predicate.as_ref().map(|p| &p.sql) == other.predicate.as_ref().map(|p| &p.sql)
}

/// After the words `ALTER INDEX`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.is_words("all in tablespace") {
        return tablespace::move_all(interp, cursor, ObjectKind::Index);
    }
    let statement = grammar::alter(cursor)?;
    let Some((name, relation)) = interp.find_relation(&statement.name).map(|(n, r)| (n, r.clone())) else {
        if statement.if_exists {
            return Ok(());
        }
        return Err(Failure::no_relation(&statement.name).at(statement.name.range));
    };
    match relation.kind {
        RelationKind::Index | RelationKind::ConstraintIndex => {}
        // ALTER INDEX … RENAME takes any relation (manual, ALTER INDEX).
        _ if matches!(statement.action, AlterIndexAction::Rename(_)) => {}
        other => {
            return Err(Failure::refused("42809", format!("{name} is a {}, not an index", other.word()))
                .at(statement.name.range));
        }
    }
    apply_action(interp, &name, &relation, statement.action)
}

/// One action of ALTER INDEX, or of ALTER TABLE on an index.
pub(crate) fn apply_action(
    interp: &mut Interpreter<'_>,
    name: &QualifiedName,
    relation: &Relation,
    action: AlterIndexAction,
) -> Outcome {
    let Some(key) = relation.key.clone() else { return Ok(()) };
    match action {
        AlterIndexAction::Rename(to) => match relation.kind {
            RelationKind::Index | RelationKind::ConstraintIndex => interp.rename_index(name, relation, &to),
            _ => interp.rename_relation(name, &to),
        },
        AlterIndexAction::AttachPartition(child) => {
            let (child_name, child) = interp.relation(&child)?;
            let Some(child_key) = child.key else { return Ok(()) };
            match child.kind {
                // `ATExecAttachPartitionIdx` in `tablecmds.c`.
                RelationKind::Index
                    if interp.is_strict() && relation.kind == RelationKind::ConstraintIndex =>
                {
                    let message = format!(
                        "cannot attach index \"{}\" as a partition of index \"{}\"",
                        child_name.name, name.name
                    );
                    return Err(Failure::refused("42P17", message));
                }
                RelationKind::Index => {
                    interp.store.edit(&child_key, |entry| {
                        if let Some(index) = Index::of_mut(&mut entry.object) {
                            index.attached_to = Some(name.clone());
                        }
                    });
                }
                // Only a constraint's index makes the partition's constraint one that belongs to the parent's.
                RelationKind::ConstraintIndex if relation.kind == RelationKind::ConstraintIndex => {
                    interp.store.edit(&child_key, |entry| {
                        if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                            constraint.inherited = true;
                        }
                    });
                }
                RelationKind::ConstraintIndex => {}
                other => {
                    return Err(Failure::refused(
                        "42809",
                        format!("{child_name} is a {}, not an index", other.word()),
                    ));
                }
            }
            if let Some(table) = key.relation() {
                interp.validate_parents(&table.clone());
            }
            Ok(())
        }
        AlterIndexAction::SetOptions(options) => {
            interp.edit_index_storage(&key, |there, _| there.extend(options));
            Ok(())
        }
        AlterIndexAction::ResetOptions(names) => {
            interp.edit_index_storage(&key, |there, _| there.retain(|name, _| !names.contains(name)));
            Ok(())
        }
        AlterIndexAction::SetTablespace(name) => {
            interp.edit_index_storage(&key, |_, tablespace| {
                *tablespace = Some(name).filter(|t| *t != "pg_default")
            });
            Ok(())
        }
        AlterIndexAction::Statistics { column, target } => {
            interp.index_statistics(name, &key, column, target)
        }
        AlterIndexAction::DependsOnExtension(dependency) => interp.depend_on_extension(&key, dependency),
    }
}

impl Interpreter<'_> {
    /// `ALTER INDEX … ALTER COLUMN n SET STATISTICS`, of attached indexes too (`ATExecSetStatistics` in `tablecmds.c`).
    fn index_statistics(
        &mut self,
        name: &QualifiedName,
        key: &ObjectKey,
        column: u16,
        target: Option<i32>,
    ) -> Outcome {
        use trueup_catalog::Object;
        let place = usize::from(column).checked_sub(1);
        let targets: Option<Vec<&IndexTarget>> = self.store.get(key).map(|entry| match &entry.object {
            Object::Index(index) => index.elements.iter().map(|e| &e.target).collect(),
            Object::Constraint(constraint) => match &constraint.body {
                ConstraintBody::Exclusion(body) => body.elements.iter().map(|e| &e.element.target).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        });
        let at = targets.and_then(|list| place.and_then(|place| list.get(place).copied()));
        if !matches!(at, Some(IndexTarget::Expr(_))) {
            let message =
                format!("cannot alter statistics on non-expression column {column} of index {name}");
            return Err(Failure::refused("0A000", message));
        }
        for key in self.index_tree(key) {
            self.store.edit(&key, |entry| {
                let statistics = match &mut entry.object {
                    Object::Index(index) => &mut index.statistics,
                    Object::Constraint(constraint) => match &mut constraint.body {
                        ConstraintBody::Exclusion(body) => &mut body.statistics,
                        _ => return,
                    },
                    _ => return,
                };
                match target {
                    Some(target) => statistics.insert(column, target),
                    None => statistics.remove(&column),
                };
            });
        }
        Ok(())
    }

    fn edit_index_storage(
        &mut self,
        key: &ObjectKey,
        change: impl FnOnce(&mut trueup_catalog::Options, &mut Option<Name>),
    ) {
        use trueup_catalog::Object;
        self.store.edit(key, |entry| match &mut entry.object {
            Object::Index(index) => change(&mut index.options, &mut index.tablespace),
            Object::Constraint(constraint) => match &mut constraint.body {
                ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                    change(&mut key.options, &mut key.tablespace)
                }
                ConstraintBody::Exclusion(exclusion) => {
                    change(&mut exclusion.options, &mut exclusion.tablespace)
                }
                ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => {}
            },
            _ => {}
        });
    }
}

/// After the words `DROP INDEX`.
pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::drop_relations(cursor)?;
    let mut keys = Vec::new();
    for written in &statement.names {
        let at = |f: Failure| f.at(written.range.clone());
        let Some((name, relation)) = interp.find_relation(written).map(|(n, r)| (n, r.clone())) else {
            if statement.if_exists {
                continue;
            }
            return Err(at(Failure::undefined("42704", format!("index {written} does not exist"))));
        };
        match (relation.kind, relation.key) {
            (RelationKind::Index, Some(key)) => {
                let attached = interp
                    .store
                    .get(&key)
                    .and_then(|e| Index::of(&e.object))
                    .is_some_and(|i| i.attached_to.is_some());
                if attached {
                    return Err(at(Failure::refused(
                        "2BP01",
                        format!("cannot drop index {name} because its partitioned index requires it"),
                    )));
                }
                keys.extend(interp.index_tree(&key));
            }
            (RelationKind::ConstraintIndex, _) => {
                return Err(at(Failure::refused(
                    "2BP01",
                    format!("cannot drop index {name} because a constraint requires it"),
                )
                .help("drop the constraint instead")));
            }
            (other, _) => {
                return Err(at(Failure::refused(
                    "42809",
                    format!("{name} is a {}, not an index", other.word()),
                )));
            }
        }
    }
    interp.remove(&keys, statement.cascade)
}

impl Interpreter<'_> {
    /// An index and those of partitions that are attached to it.
    fn index_tree(&self, key: &ObjectKey) -> Vec<ObjectKey> {
        let mut keys = vec![key.clone()];
        let (Some(name), Some(table)) = (index_name(key), key.relation()) else { return keys };
        for child in self.store.children(table) {
            for index in self.indexes(child).iter().filter(|i| i.attached_to.as_ref() == Some(&name)) {
                keys.extend(self.index_tree(&ObjectKey::on_relation(
                    ObjectKind::Index,
                    child.clone(),
                    index.name.clone(),
                )));
            }
        }
        keys
    }

    /// A constraint and its counterparts on partitions, which are there because of it.
    pub fn constraint_tree(&self, table: &QualifiedName, name: &Name) -> Vec<ObjectKey> {
        let mut keys = vec![constraint_key(table, name)];
        let Some(constraint) = self.constraints(table).find(|c| c.name == *name) else { return keys };
        for child in self.store.children(table) {
            let counterpart = self.constraints(child).find(|c| c.inherited && constraint.is_parent_of(c));
            if let Some(counterpart) = counterpart {
                keys.extend(self.constraint_tree(child, &counterpart.name));
            }
        }
        keys
    }

    /// Takes a constraint out, and its counterparts on partitions and inheriting tables that were there only because of it.
    pub fn drop_constraint_tree(&mut self, table: &QualifiedName, name: &Name) {
        let Some(entry) = self.store.take(&constraint_key(table, name)) else { return };
        let Some(dropped) = Constraint::of(&entry.object).cloned() else { return };
        for child in self.store.children(table).to_vec() {
            let counterpart = self
                .constraints(&child)
                .find(|c| c.inherited && dropped.is_parent_of(c))
                .map(|c| c.name.clone());
            if let Some(name) = counterpart {
                self.drop_constraint_tree(&child, &name);
            }
        }
    }
}

/// Whether an inherited constraint of a child is the counterpart of a parent's.
trait ParentOf {
    fn is_parent_of(&self, child: &Constraint) -> bool;
}

impl ParentOf for Constraint {
    fn is_parent_of(&self, child: &Constraint) -> bool {
        use trueup_catalog::ConstraintBody as Body;
        match (&self.body, &child.body) {
            (Body::Check { .. }, Body::Check { .. }) => self.name == child.name && !self.no_inherit,
            (Body::PrimaryKey(_), Body::PrimaryKey(_)) => true,
            (Body::Unique(one), Body::Unique(other)) => {
                one.columns == other.columns && one.include == other.include
            }
            (Body::Exclusion(one), Body::Exclusion(other)) => one.elements == other.elements,
            (Body::ForeignKey(one), Body::ForeignKey(other)) => one == other,
            _ => false,
        }
    }
}
