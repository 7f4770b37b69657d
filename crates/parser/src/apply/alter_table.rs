//! ALTER TABLE.

use trueup_catalog::{
    Constraint, ConstraintBody, Name, ObjectKey, ObjectKind, Persistence, QualifiedName, ReplicaIdentity,
    Table, Trigger, TriggerEnabled, View,
};
use trueup_syntax::Cursor;

use super::column::not_null_name;
use super::common::{in_schema, set_owner};
use super::rename::Renamed;
use super::table::partition_bound;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::alter_table::{self as grammar, Action, AlterTable, ColumnChange, Identity, TriggerName};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::{RelationKind, column_key, constraint_key, table_key};

/// After the words `ALTER TABLE`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let Some(statement) = grammar::alter(cursor)? else { return Ok(()) };
    let Some((name, relation)) = interp.find_relation(&statement.table).map(|(n, r)| (n, r.clone())) else {
        if statement.if_exists {
            return Ok(());
        }
        return Err(Failure::no_relation(&statement.table).at(statement.table.range));
    };
    match relation.kind {
        RelationKind::Table => alter_table(interp, &name, &statement),
        RelationKind::View
        | RelationKind::MaterializedView
        | RelationKind::Sequence
        | RelationKind::Index
        | RelationKind::ConstraintIndex => {
            let Some(key) = relation.key else { return Ok(()) };
            alter_other(interp, &name, relation.kind, &key, &statement)
        }
        RelationKind::ForeignTable | RelationKind::Opaque => {
            alter_opaque(interp, &name, relation.kind, &statement)
        }
        RelationKind::IdentitySequence | RelationKind::CompositeType => {
            let message = format!("{name} is a {}, not a table", relation.kind.word());
            Err(Failure::refused("42809", message).at(statement.table.range))
        }
    }
}

/// A relation of which only the name is known: what touches the name is followed, the rest is as little known as before.
fn alter_opaque(
    interp: &mut Interpreter<'_>,
    name: &QualifiedName,
    kind: RelationKind,
    statement: &AlterTable<'_>,
) -> Outcome {
    let range = interp.place.statement.clone();
    let mut name = name.clone();
    for action in &statement.actions {
        let to = match action {
            Action::Rename(to) => QualifiedName { schema: name.schema.clone(), name: to.clone() },
            Action::SetSchema(schema) => in_schema(&name, schema),
            _ => {
                if name.schema != PG_TEMP {
                    interp.gap(
                        kind.word(),
                        name.to_string(),
                        "a change of it is not modelled",
                        range.clone(),
                    );
                }
                continue;
            }
        };
        interp.store.set_opaque_relation(name.clone(), None);
        interp.store.set_opaque_relation(to.clone(), Some(kind));
        name = to;
    }
    Ok(())
}

/// Views, sequences and indexes, of which ALTER TABLE changes some things too.
fn alter_other(
    interp: &mut Interpreter<'_>,
    name: &QualifiedName,
    kind: RelationKind,
    key: &ObjectKey,
    statement: &AlterTable<'_>,
) -> Outcome {
    for action in &statement.actions {
        match action {
            Action::Owner(role) => set_owner(interp, key, role),
            Action::Rename(to) => {
                if matches!(kind, RelationKind::Index | RelationKind::ConstraintIndex) {
                    let relation = crate::store::Relation { kind, key: Some(key.clone()) };
                    interp.rename_index(name, &relation, to)?;
                } else {
                    interp.rename_relation(name, to)?;
                }
            }
            Action::SetSchema(schema) => interp.move_relation(name, schema)?,
            Action::AlterColumn { column, change: ColumnChange::SetDefault(slice) }
                if kind == RelationKind::View =>
            {
                let expr = interp.expr(slice);
                interp.store.edit(key, |entry| {
                    if let Some(view) = View::of_mut(&mut entry.object) {
                        view.column_defaults.insert(column.clone(), expr);
                    }
                });
            }
            Action::AlterColumn { column, change: ColumnChange::DropDefault }
                if kind == RelationKind::View =>
            {
                interp.store.edit(key, |entry| {
                    if let Some(view) = View::of_mut(&mut entry.object) {
                        view.column_defaults.remove(column);
                    }
                });
            }
            Action::RenameColumn(from, to) => {
                interp.rename(&Renamed::Column {
                    relation: name.clone(),
                    from: from.clone(),
                    to: to.clone(),
                })?;
            }
            _ => {
                return Err(Failure::not_understood(format!(
                    "ALTER TABLE of a {} was not understood",
                    kind.word()
                ))
                .help(format!("use ALTER {}", kind.word().to_ascii_uppercase())));
            }
        }
    }
    Ok(())
}

fn alter_table(interp: &mut Interpreter<'_>, name: &QualifiedName, statement: &AlterTable<'_>) -> Outcome {
    // A table of a name that changes is followed within the statement: RENAME and SET SCHEMA stand alone.
    for action in passes(&statement.actions) {
        apply(interp, name, action, statement.only)?;
    }
    Ok(())
}

/// The actions in the order in which PostgreSQL runs them: drops, type changes, columns, constraints
/// (`AlterTablePass` in `tablecmds.c`).
fn passes<'s, 'a>(actions: &'s [Action<'a>]) -> Vec<&'s Action<'a>> {
    let pass = |action: &Action<'_>| match action {
        Action::DropColumn { .. }
        | Action::DropConstraint { .. }
        | Action::AlterColumn {
            change:
                ColumnChange::DropNotNull
                | ColumnChange::DropExpression { .. }
                | ColumnChange::DropIdentity { .. }
                | ColumnChange::DropDefault,
            ..
        } => 0,
        Action::AlterColumn { change: ColumnChange::Type { .. }, .. } => 1,
        Action::AddColumn { .. } => 2,
        Action::AddConstraint(def) => match def.body {
            crate::grammar::constraint::Body::ForeignKey(_) => 6,
            crate::grammar::constraint::Body::Check(_) | crate::grammar::constraint::Body::NotNull(_) => 4,
            _ => 5,
        },
        Action::AlterColumn { .. } => 3,
        _ => 7,
    };
    let mut list: Vec<&Action<'_>> = actions.iter().collect();
    list.sort_by_key(|action| pass(action));
    list
}

fn apply(interp: &mut Interpreter<'_>, table: &QualifiedName, action: &Action<'_>, only: bool) -> Outcome {
    match action {
        Action::AddColumn { if_not_exists, column } => interp.add_column(table, column, *if_not_exists, only),
        Action::DropColumn { if_exists, column, cascade } => {
            interp.drop_column(table, column, *if_exists, *cascade, only)
        }
        Action::AlterColumn { column, change } => {
            if interp.store.catalog().column(table, column).is_none() {
                return Err(Failure::no_column(column, table));
            }
            interp.alter_column(table, column, change, only)
        }
        Action::AddConstraint(def) => interp.add_constraint(table, def, only),
        Action::AlterConstraint { name, attributes, inherit } => {
            let key = constraint_key(table, name);
            let inherit = *inherit;
            interp
                .store
                .edit(&key, |entry| {
                    if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                        if let Some(deferred) = attributes.initially_deferred {
                            constraint.initially_deferred = deferred;
                            constraint.deferrable |= deferred;
                        }
                        if let Some(deferrable) = attributes.deferrable {
                            constraint.deferrable = deferrable;
                            constraint.initially_deferred &= deferrable;
                        } else if attributes.initially_deferred.is_none()
                            && attributes.enforced.is_none()
                            && inherit.is_none()
                        {
                            // ALTER CONSTRAINT without attributes makes it NOT DEFERRABLE before 18.
                            constraint.deferrable = false;
                            constraint.initially_deferred = false;
                        }
                        if let Some(enforced) = attributes.enforced {
                            constraint.enforced = enforced;
                            constraint.validated = enforced;
                        }
                        if let Some(inherit) = inherit {
                            constraint.no_inherit = !inherit;
                        }
                    }
                })
                .ok_or_else(|| no_constraint(name, table))
        }
        Action::ValidateConstraint(name) => validate(interp, table, name),
        Action::DropConstraint { if_exists, name, cascade } => {
            drop_constraint(interp, table, name, *if_exists, *cascade, only)
        }
        Action::RenameColumn(from, to) => {
            for relation in std::iter::once(table.clone()).chain(interp.store.descendants(table)) {
                if interp.store.catalog().column(&relation, from).is_none() {
                    return Err(Failure::no_column(from, &relation));
                }
                if interp.store.catalog().column(&relation, to).is_some() {
                    return Err(Failure::duplicate(
                        "42701",
                        format!("column {to} of relation {relation} already exists"),
                    ));
                }
                let kept = interp.not_null_names(&relation);
                interp.rename(&Renamed::Column {
                    relation: relation.clone(),
                    from: from.clone(),
                    to: to.clone(),
                })?;
                let kept = kept
                    .into_iter()
                    .map(|(column, name)| (if column == *from { to.clone() } else { column }, name));
                interp.keep_not_null_names(&relation, kept.collect());
            }
            Ok(())
        }
        Action::RenameConstraint(from, to) => rename_constraint(interp, table, from, to),
        Action::Rename(to) => interp.rename_relation(table, to),
        Action::SetSchema(schema) => interp.move_relation(table, schema),
        Action::Owner(role) => {
            set_owner(interp, &table_key(table), role);
            Ok(())
        }
        Action::Trigger { name, enabled } => enable_trigger(interp, table, name, *enabled, only),
        Action::Rule => {
            let range = interp.place.statement.clone();
            interp.gap("rule", table.to_string(), "whether a rule is enabled is not modelled", range);
            Ok(())
        }
        Action::RowSecurity(on) => edit(interp, table, |t| t.row_security = *on),
        Action::ForceRowSecurity(on) => edit(interp, table, |t| t.force_row_security = *on),
        Action::ClusterOn => {
            let range = interp.place.statement.clone();
            interp.gap("CLUSTER ON", table.to_string(), "", range);
            Ok(())
        }
        Action::SetOptions(options) => edit(interp, table, |t| t.options.extend(options.clone())),
        Action::ResetOptions(names) => {
            edit(interp, table, |t| t.options.retain(|name, _| !names.contains(name)))
        }
        Action::SetTablespace(name) => {
            edit(interp, table, |t| t.tablespace = Some(name.clone()).filter(|n| *n != "pg_default"))
        }
        Action::SetAccessMethod(name) => {
            edit(interp, table, |t| t.access_method = name.clone().filter(|n| *n != "heap"))
        }
        Action::Logged(logged) => {
            let persistence = if *logged { Persistence::Permanent } else { Persistence::Unlogged };
            edit(interp, table, |t| t.persistence = persistence)?;
            set_sequences(interp, table, persistence);
            Ok(())
        }
        Action::Inherit(parent) => {
            let parent = interp.table(parent)?;
            interp.adopt(&parent, table, false)?;
            edit(interp, table, |t| t.inherits.push(parent))
        }
        Action::NoInherit(parent) => {
            let parent = interp.table(parent)?;
            edit(interp, table, |t| t.inherits.retain(|p| *p != parent))?;
            interp.release(&parent, table);
            Ok(())
        }
        Action::Of(of) => {
            let name = interp.find_type(of.schema.as_ref(), &of.name).ok_or_else(|| {
                Failure::undefined("42704", format!("type {of} does not exist")).at(of.range.clone())
            })?;
            edit(interp, table, |t| t.of_type = Some(name))
        }
        Action::NotOf => edit(interp, table, |t| t.of_type = None),
        Action::ReplicaIdentity(identity) => {
            let identity = match identity {
                Identity::Default => ReplicaIdentity::Default,
                Identity::Full => ReplicaIdentity::Full,
                Identity::Nothing => ReplicaIdentity::Nothing,
                Identity::Index(name) => {
                    let index = QualifiedName { schema: table.schema.clone(), name: name.clone() };
                    let found = interp
                        .store
                        .relation(&index)
                        .and_then(|r| r.key.as_ref())
                        .and_then(ObjectKey::relation);
                    if found != Some(table) {
                        return Err(Failure::undefined(
                            "42704",
                            format!("index {name} for table {table} does not exist"),
                        ));
                    }
                    ReplicaIdentity::Index(name.clone())
                }
            };
            edit(interp, table, |t| t.replica_identity = identity)
        }
        Action::AttachPartition(partition, bound) => {
            if let Some((child, relation)) = interp.find_relation(partition)
                && relation.kind == RelationKind::ForeignTable
            {
                interp.gap(
                    "foreign table",
                    child.to_string(),
                    format!("it is a partition of {table}"),
                    partition.range.clone(),
                );
                return Ok(());
            }
            let child = interp.table(partition)?;
            let bound = partition_bound(interp, bound);
            interp
                .attach_partition(table, &child, bound, partition.range.clone())
                .map_err(|f| f.at(partition.range.clone()))
        }
        Action::DetachPartition(partition) => {
            let child = interp.table(partition)?;
            interp.detach_partition(table, &child).map_err(|f| f.at(partition.range.clone()))
        }
        Action::Nothing => Ok(()),
    }
}

fn edit(interp: &mut Interpreter<'_>, table: &QualifiedName, change: impl FnOnce(&mut Table)) -> Outcome {
    interp.edit_table(table, change).ok_or_else(|| Failure::no_relation(table))
}

fn no_constraint(name: &Name, table: &QualifiedName) -> Failure {
    Failure::undefined("42704", format!("constraint {name} of relation {table} does not exist"))
}

/// SET LOGGED and UNLOGGED take the sequences along that belong to the table (15 and later).
fn set_sequences(interp: &mut Interpreter<'_>, table: &QualifiedName, persistence: Persistence) {
    if interp.major() < 15 {
        return;
    }
    let keys: Vec<ObjectKey> = interp
        .store
        .catalog()
        .of_kind(ObjectKind::Sequence)
        .filter(|(_, entry)| {
            trueup_catalog::Sequence::of(&entry.object)
                .is_some_and(|s| s.owned_by.as_ref().is_some_and(|(t, _)| t == table))
        })
        .map(|(key, _)| key.clone())
        .collect();
    for key in keys {
        interp.store.edit(&key, |entry| {
            if let Some(sequence) = trueup_catalog::Sequence::of_mut(&mut entry.object) {
                sequence.persistence = persistence;
            }
        });
    }
}

/// `VALIDATE CONSTRAINT`, those of children included.
fn validate(interp: &mut Interpreter<'_>, table: &QualifiedName, name: &Name) -> Outcome {
    let key = constraint_key(table, name);
    if interp.store.get(&key).is_none() {
        // From 18 on it may be a NOT NULL constraint.
        let column = not_null_column(interp, table, name).ok_or_else(|| no_constraint(name, table))?;
        return interp.set_not_null(table, &column, None, false, false, true);
    }
    for relation in std::iter::once(table.clone()).chain(interp.store.descendants(table)) {
        interp.store.edit(&constraint_key(&relation, name), |entry| {
            if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                constraint.validated = true;
            }
        });
    }
    Ok(())
}

/// The column whose NOT NULL constraint has this name (18 and later).
fn not_null_column(interp: &Interpreter<'_>, table: &QualifiedName, name: &Name) -> Option<Name> {
    if interp.major() < 18 {
        return None;
    }
    interp
        .store
        .catalog()
        .columns(table)
        .into_iter()
        .find(|column| not_null_name(column).is_some_and(|own| own == *name))
        .map(|column| column.name.clone())
}

fn drop_constraint(
    interp: &mut Interpreter<'_>,
    table: &QualifiedName,
    name: &Name,
    if_exists: bool,
    cascade: bool,
    only: bool,
) -> Outcome {
    let key = constraint_key(table, name);
    let Some(entry) = interp.store.get(&key) else {
        if let Some(column) = not_null_column(interp, table, name) {
            return interp.drop_not_null(table, &column, only);
        }
        return if if_exists { Ok(()) } else { Err(no_constraint(name, table)) };
    };
    let Some(constraint) = Constraint::of(&entry.object).cloned() else { return Ok(()) };
    if constraint.inherited {
        return Err(Failure::refused(
            "42P16",
            format!("cannot drop inherited constraint {name} of relation {table}"),
        ));
    }
    let dependents = interp.foreign_keys_on(&constraint);
    if !dependents.is_empty() && !cascade {
        return Err(Failure::refused(
            "2BP01",
            format!("cannot drop constraint {name} on table {table} because foreign keys depend on it"),
        )
        .help("add CASCADE, or drop the foreign keys first"));
    }
    for dependent in dependents {
        if let Some(table) = dependent.relation().cloned() {
            interp.drop_constraint_tree(&table, dependent.name());
        }
    }
    if only && matches!(constraint.body, ConstraintBody::Check { .. }) {
        interp.store.take(&key);
        for child in interp.store.children(table).to_vec() {
            interp.store.edit(&constraint_key(&child, name), |entry| {
                if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                    constraint.inherited = false;
                }
            });
        }
    } else {
        interp.drop_constraint_tree(table, name);
    }
    let dropped = ReplicaIdentity::Index(name.clone());
    edit(interp, table, |t| {
        if t.replica_identity == dropped {
            t.replica_identity = ReplicaIdentity::Nothing;
        }
    })
}

/// Renames a constraint, and its counterparts of the same name below when it is a check; its index goes along.
fn rename_constraint(interp: &mut Interpreter<'_>, table: &QualifiedName, from: &Name, to: &Name) -> Outcome {
    let key = constraint_key(table, from);
    let Some(constraint) = interp.store.get(&key).and_then(|e| Constraint::of(&e.object)).cloned() else {
        let Some(column) = not_null_column(interp, table, from) else {
            return Err(no_constraint(from, table));
        };
        let name =
            interp.store.catalog().column(table, &column).and_then(|c| interp.not_null_name(c, Some(to)));
        interp.store.edit(&column_key(table, &column), |entry| {
            if let Some(column) = trueup_catalog::Column::of_mut(&mut entry.object)
                && let Some(not_null) = &mut column.not_null
            {
                not_null.name = name;
            }
        });
        return Ok(());
    };
    if interp.store.get(&constraint_key(table, to)).is_some() {
        return Err(Failure::duplicate(
            "42710",
            format!("constraint {to} for relation {table} already exists"),
        ));
    }
    let old = QualifiedName { schema: table.schema.clone(), name: from.clone() };
    if constraint.has_index() {
        let new = QualifiedName { schema: table.schema.clone(), name: to.clone() };
        if interp.store.relation(&new).is_some() {
            return Err(Failure::relation_exists(&new));
        }
    }
    let mut relations = vec![table.clone()];
    if matches!(constraint.body, ConstraintBody::Check { .. }) && !constraint.no_inherit {
        relations.extend(interp.store.descendants(table));
    }
    for relation in relations {
        interp.store.edit(&constraint_key(&relation, from), |entry| {
            if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                constraint.name = to.clone();
            }
        });
    }
    interp.follow_index(&key, &old, to);
    Ok(())
}

fn enable_trigger(
    interp: &mut Interpreter<'_>,
    table: &QualifiedName,
    name: &TriggerName,
    enabled: TriggerEnabled,
    only: bool,
) -> Outcome {
    let mut relations = vec![table.clone()];
    // Clones on partitions follow (15 and later; before, only where the statement recursed).
    if !only {
        relations.extend(interp.store.descendants(table));
    }
    if let TriggerName::Named(name) = name {
        let key = ObjectKey::on_relation(ObjectKind::Trigger, table.clone(), name.clone());
        if interp.store.get(&key).is_none() {
            return Err(Failure::undefined(
                "42704",
                format!("trigger {name} for table {table} does not exist"),
            ));
        }
    }
    for (depth, relation) in relations.iter().enumerate() {
        let keys: Vec<ObjectKey> = interp
            .store
            .catalog()
            .on_relation(ObjectKind::Trigger, relation)
            .filter(|(key, entry)| {
                let named = match name {
                    TriggerName::Named(name) => key.name() == name,
                    TriggerName::All | TriggerName::User => true,
                };
                named && (depth == 0 || Trigger::of(&entry.object).is_some_and(|t| t.inherited))
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            interp.store.edit(&key, |entry| {
                if let Some(trigger) = Trigger::of_mut(&mut entry.object) {
                    trigger.enabled = enabled;
                }
            });
        }
    }
    Ok(())
}

impl Interpreter<'_> {
    /// The foreign keys that need a key: those that refer to its columns, when no other key has them.
    pub fn foreign_keys_on(&self, constraint: &Constraint) -> Vec<ObjectKey> {
        let columns = match &constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => &key.columns,
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => {
                return Vec::new();
            }
        };
        let same = |list: &[Name]| list.len() == columns.len() && list.iter().all(|c| columns.contains(c));
        let other = self.constraints(&constraint.table).any(|c| match &c.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                c.name != constraint.name && same(&key.columns)
            }
            _ => false,
        });
        if other {
            return Vec::new();
        }
        self.store
            .referring(&constraint.table)
            .iter()
            .filter(|key| {
                let found = self.store.get(key).and_then(|entry| Constraint::of(&entry.object));
                found.is_some_and(|c| match &c.body {
                    ConstraintBody::ForeignKey(foreign) => same(&foreign.referenced_columns),
                    _ => false,
                })
            })
            .cloned()
            .collect()
    }

    /// `RENAME TO` of any relation but an index.
    ///
    /// # Errors
    /// 42P07 when the name is taken.
    pub fn rename_relation(&mut self, from: &QualifiedName, to: &Name) -> Outcome {
        self.move_to(from, QualifiedName { schema: from.schema.clone(), name: to.clone() })
    }

    /// `SET SCHEMA` of any relation but an index.
    ///
    /// # Errors
    /// 3F000 when there is no such schema, 42P07 when the name is taken there.
    pub fn move_relation(&mut self, from: &QualifiedName, schema: &Name) -> Outcome {
        if !self.schema_exists(schema) {
            return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
        }
        if from.schema == *schema {
            return Ok(());
        }
        self.move_to(from, in_schema(from, schema))
    }

    fn move_to(&mut self, from: &QualifiedName, to: QualifiedName) -> Outcome {
        if self.store.relation(&to).is_some() {
            return Err(Failure::relation_exists(&to));
        }
        let kept = self.not_null_names(from);
        // Indexes of partitions refer to the table's own by schema and name.
        let attached: Vec<(ObjectKey, QualifiedName)> = self
            .store
            .children(from)
            .iter()
            .flat_map(|child| self.indexes(child))
            .filter_map(|index| {
                let parent = index.attached_to.clone()?;
                let key = ObjectKey::on_relation(ObjectKind::Index, index.table, index.name);
                Some((key, in_schema(&parent, &to.schema)))
            })
            .collect();
        self.rename(&Renamed::Relation { from: from.clone(), to: to.clone() })?;
        for (key, parent) in attached {
            self.store.edit(&key, |entry| {
                if let Some(index) = trueup_catalog::Index::of_mut(&mut entry.object) {
                    index.attached_to = Some(parent);
                }
            });
        }
        self.keep_not_null_names(&to, kept);
        Ok(())
    }

    /// The names of a table's NOT NULL constraints by column, automatic ones too (18 and later).
    fn not_null_names(&self, table: &QualifiedName) -> Vec<(Name, Name)> {
        if self.major() < 18 {
            return Vec::new();
        }
        let columns = self.store.catalog().columns(table);
        columns.into_iter().filter_map(|c| Some((c.name.clone(), not_null_name(c)?))).collect()
    }

    /// Keeps the names of NOT NULL constraints when the table or a column, after which they are called, was renamed.
    fn keep_not_null_names(&mut self, table: &QualifiedName, names: Vec<(Name, Name)>) {
        for (column, name) in names {
            let name =
                self.store.catalog().column(table, &column).and_then(|c| self.not_null_name(c, Some(&name)));
            self.edit_column(table, &column, |c| {
                if let Some(not_null) = &mut c.not_null {
                    not_null.name = name;
                }
            });
        }
    }
}
