//! ALTER TABLE.

use trueup_catalog::{
    Name, ObjectKey, ObjectKind, Persistence, QualifiedName, ReplicaIdentity, Rule, Sequence, Table, Trigger,
    TriggerEnabled,
};
use trueup_syntax::Cursor;

use super::alter_constraint::{alter_constraint, drop_constraint, rename_constraint, validate};
use super::common::{in_schema, set_owner};
use super::rename::Renamed;
use super::table::partition_bound;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::alter_table::{self as grammar, Action, AlterTable, ColumnChange, Identity, TriggerName};
use crate::grammar::foreign_data::set_options;
use crate::grammar::index::AlterIndexAction;
use crate::grammar::view::{AlterViewAction, ColumnSetting};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::{Relation, RelationKind, table_key};

/// After the words `ALTER TABLE`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.is_words("all in tablespace") {
        return super::tablespace::move_all(interp, cursor, ObjectKind::Table);
    }
    let statement = grammar::alter(cursor)?;
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
            let Some(key) = relation.key.clone() else { return Ok(()) };
            alter_other(interp, &name, &relation, &key, &statement)
        }
        RelationKind::Opaque => alter_opaque(interp, &name, relation.kind, &statement),
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

/// Views, sequences and indexes, of which ALTER TABLE changes some things too: what the statement of their own kind does
/// (manual, ALTER VIEW, ALTER INDEX, ALTER SEQUENCE: "ALTER TABLE can be used too").
fn alter_other(
    interp: &mut Interpreter<'_>,
    name: &QualifiedName,
    relation: &Relation,
    key: &ObjectKey,
    statement: &AlterTable<'_>,
) -> Outcome {
    let kind = relation.kind;
    for action in &statement.actions {
        match action {
            Action::Owner(role) => set_owner(interp, key, role),
            Action::Rename(to) if matches!(kind, RelationKind::Index | RelationKind::ConstraintIndex) => {
                interp.rename_index(name, relation, to)?;
            }
            Action::Rename(to) => interp.rename_relation(name, to)?,
            Action::SetSchema(schema) => interp.move_relation(name, schema)?,
            action => {
                let done = match kind {
                    RelationKind::View | RelationKind::MaterializedView => {
                        match of_view(action, kind == RelationKind::MaterializedView) {
                            Some(action) => super::view::apply_action(interp, key, action).map(Some)?,
                            None => None,
                        }
                    }
                    RelationKind::Index | RelationKind::ConstraintIndex => match of_index(action) {
                        Some(action) => {
                            super::index::apply_action(interp, name, relation, action).map(Some)?
                        }
                        None => None,
                    },
                    RelationKind::Sequence => match action {
                        Action::Logged(logged) if interp.major() >= 15 => {
                            let persistence =
                                if *logged { Persistence::Permanent } else { Persistence::Unlogged };
                            interp.store.edit(key, |entry| {
                                if let Some(sequence) = Sequence::of_mut(&mut entry.object) {
                                    sequence.persistence = persistence;
                                }
                            });
                            Some(())
                        }
                        _ => None,
                    },
                    _ => None,
                };
                if done.is_none() {
                    // "ALTER action … cannot be performed on relation": not the object for it.
                    let message =
                        format!("this action of ALTER TABLE can't be performed on {} {name}", kind.word());
                    return Err(Failure::refused("42809", message));
                }
            }
        }
    }
    Ok(())
}

/// What an action of ALTER TABLE is to a view.
fn of_view(action: &Action<'_>, materialized: bool) -> Option<AlterViewAction> {
    Some(match action {
        Action::RenameColumn(from, to) => {
            AlterViewAction::RenameColumn { from: from.clone(), to: to.clone() }
        }
        Action::SetOptions(options) => AlterViewAction::SetOptions(options.clone()),
        Action::ResetOptions(names) => AlterViewAction::ResetOptions(names.clone()),
        Action::AlterColumn { column, change } if !materialized => match change {
            ColumnChange::SetDefault(slice) => {
                AlterViewAction::SetDefault { column: column.clone(), default: slice.text.into() }
            }
            ColumnChange::DropDefault => AlterViewAction::DropDefault { column: column.clone() },
            _ => return None,
        },
        Action::AlterColumn { column, change } => {
            AlterViewAction::Column { column: column.clone(), setting: ColumnSetting::of(change)? }
        }
        Action::ClusterOn(index) if materialized => AlterViewAction::ClusterOn(index.clone()),
        Action::SetTablespace(tablespace) if materialized => AlterViewAction::Tablespace(tablespace.clone()),
        Action::SetAccessMethod(method) if materialized => AlterViewAction::AccessMethod(method.clone()),
        _ => return None,
    })
}

/// What an action of ALTER TABLE is to an index.
fn of_index(action: &Action<'_>) -> Option<AlterIndexAction> {
    Some(match action {
        Action::SetOptions(options) => AlterIndexAction::SetOptions(options.clone()),
        Action::ResetOptions(names) => AlterIndexAction::ResetOptions(names.clone()),
        Action::SetTablespace(tablespace) => AlterIndexAction::SetTablespace(tablespace.clone()),
        _ => return None,
    })
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
            alter_constraint(interp, table, name, attributes, *inherit)
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
        Action::Rule { name, enabled } => {
            let key = ObjectKey::on_relation(ObjectKind::Rule, table.clone(), name.clone());
            let found = interp.store.edit(&key, |entry| {
                if let Some(rule) = Rule::of_mut(&mut entry.object) {
                    rule.enabled = *enabled;
                }
            });
            found.ok_or_else(|| {
                let message = format!("rule {name} for relation {table} does not exist");
                Failure::undefined("42704", message)
            })
        }
        Action::ForeignOptions(changes) => {
            let mut foreign = interp.store.catalog().table(table).and_then(|t| t.foreign.clone());
            match foreign.as_mut() {
                Some(foreign) => set_options(&mut foreign.options, changes)?,
                None => return Err(Failure::refused("42809", format!("{table} is not a foreign table"))),
            }
            edit(interp, table, |t| t.foreign = foreign)
        }
        Action::RowSecurity(on) => edit(interp, table, |t| t.row_security = *on),
        Action::ForceRowSecurity(on) => edit(interp, table, |t| t.force_row_security = *on),
        Action::ClusterOn(index) => interp.cluster_table(table, index.as_ref()),
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
            let child = interp.table(partition)?;
            let bound = partition_bound(interp, bound);
            interp
                .attach_partition(table, &child, bound, partition.range.clone())
                .map_err(|f| f.at(partition.range.clone()))
        }
        Action::DetachPartition { partition, concurrently } => {
            let child = interp.table(partition)?;
            let range = partition.range.clone();
            if *concurrently {
                interp.keep_partition_constraint(table, &child, range.clone());
            }
            interp.detach_partition(table, &child).map_err(|f| f.at(range))
        }
        Action::Nothing => Ok(()),
    }
}

fn edit(interp: &mut Interpreter<'_>, table: &QualifiedName, change: impl FnOnce(&mut Table)) -> Outcome {
    interp.edit_table(table, change).ok_or_else(|| Failure::no_relation(table))
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
            Sequence::of(&entry.object).is_some_and(|s| s.owned_by.as_ref().is_some_and(|(t, _)| t == table))
        })
        .map(|(key, _)| key.clone())
        .collect();
    for key in keys {
        interp.store.edit(&key, |entry| {
            if let Some(sequence) = Sequence::of_mut(&mut entry.object) {
                sequence.persistence = persistence;
            }
        });
    }
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
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    fn table(name: &str) -> QualifiedName {
        QualifiedName::new("public", name)
    }

    #[test]
    fn a_renamed_table_takes_everything_along() {
        let catalog = read(
            "CREATE TABLE t (id serial PRIMARY KEY, a int CHECK (t.a > 0)); CREATE TABLE r (t_id int REFERENCES t);
             CREATE INDEX i ON t (a) WHERE t.a > 1; CREATE VIEW v AS SELECT t.a FROM t;
             ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO b;",
        );
        assert!(catalog.table(&table("t")).is_none());
        assert_eq!(catalog.columns(&table("u")).len(), 2);
        let key = ObjectKey::on_relation(ObjectKind::Constraint, table("u"), Name::new("t_a_check"));
        let check = Constraint::of(&catalog.get(&key).unwrap().object).unwrap();
        assert!(matches!(&check.body, ConstraintBody::Check { expr } if &*expr.sql == "u.b > 0"));
        let key = ObjectKey::on_relation(ObjectKind::Constraint, table("r"), Name::new("r_t_id_fkey"));
        let foreign = Constraint::of(&catalog.get(&key).unwrap().object).unwrap();
        assert!(matches!(&foreign.body, ConstraintBody::ForeignKey(key) if key.references == table("u")));
        assert_eq!(&*catalog.view(&table("v")).unwrap().query.sql, "SELECT t.b AS a FROM public.u AS t");
    }

    #[test]
    fn a_dropped_table_takes_its_dependents_with_cascade_only() {
        let sql = "CREATE TABLE t (id serial PRIMARY KEY); CREATE TABLE r (t_id int REFERENCES t);
                   CREATE VIEW v AS SELECT id FROM t;";
        assert_eq!(states(&format!("{sql} DROP TABLE t")), ["2BP01"]);
        let catalog = read(&format!("{sql} DROP TABLE t CASCADE"));
        let left: Vec<_> = catalog.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(left, ["public", "public.r", "public.r.t_id"]);
    }

    #[test]
    fn a_constant_default_keeps_the_type_it_was_read_as() {
        let catalog = read("CREATE TABLE t (a varchar(5) DEFAULT NULL); ALTER TABLE t ALTER a TYPE text");
        let column = catalog.column(&table("t"), &Name::new("a")).unwrap();
        assert_eq!(&*column.default.as_ref().unwrap().sql, "(NULL)::character varying");
    }

    #[test]
    fn a_unique_index_becomes_a_constraint_under_its_name() {
        let catalog = read(
            "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a);
             ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY USING INDEX i, REPLICA IDENTITY USING INDEX pk;",
        );
        assert_eq!(catalog.of_kind(ObjectKind::Index).count(), 0);
        assert_eq!(
            catalog.table(&table("t")).unwrap().replica_identity,
            ReplicaIdentity::Index(Name::new("pk"))
        );
    }

    #[test]
    fn not_null_constraints_keep_their_names_from_18_on() {
        let parsed = read_on(18, "CREATE TABLE t (a int NOT NULL); ALTER TABLE t RENAME TO u");
        let column = parsed.catalog.column(&table("u"), &Name::new("a")).unwrap();
        assert_eq!(column.not_null.as_ref().unwrap().name, Some(Name::new("t_a_not_null")));
    }
}
