//! CREATE, ALTER and DROP TRIGGER.

use trueup_catalog::{
    ConstraintTrigger, Entry, Expr, Name, Object, ObjectKey, ObjectKind, QualifiedName, Table, Trigger,
    TriggerEnabled,
};
use trueup_syntax::Cursor;

use crate::apply::policy::on_table;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::trigger as grammar;
use crate::interpreter::Interpreter;
use crate::store::RelationKind;

fn trigger_key(table: &QualifiedName, name: &Name) -> ObjectKey {
    ObjectKey::on_relation(ObjectKind::Trigger, table.clone(), name.clone())
}

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor, create.constraint)?;
    let (table, relation) = interp.relation(&statement.table)?;
    match relation.kind {
        RelationKind::Table | RelationKind::View => {}
        RelationKind::Opaque => {
            let range = interp.place.statement.clone();
            let what = format!("trigger of a {}", relation.kind.word());
            interp.gap(&what, format!("{table}.{}", statement.name), "", range);
            return Ok(());
        }
        other => {
            let message = format!("{table} is a {}, which can't have triggers", other.word());
            return Err(Failure::refused("42809", message).at(statement.table.range));
        }
    }
    let key = trigger_key(&table, &statement.name);
    let old = interp.store.get(&key).cloned();
    if let Some(entry) = &old {
        let inherited = Trigger::of(&entry.object).is_some_and(|t| t.inherited);
        if !create.or_replace || inherited {
            let message = format!("trigger {} for relation {table} already exists", statement.name);
            return Err(Failure::duplicate("42710", message));
        }
    }
    for column in &statement.update_columns {
        if relation.kind == RelationKind::Table && interp.store.catalog().column(&table, column).is_none() {
            return Err(Failure::no_column(column, &table));
        }
    }
    let from = statement.from.as_ref().map(|w| interp.relation(w)).transpose()?.map(|(name, _)| name);
    let path = interp.store.search_path();
    let trigger = Trigger {
        table: table.clone(),
        name: statement.name,
        timing: statement.timing,
        on_insert: statement.on_insert,
        on_update: statement.on_update,
        update_columns: statement.update_columns,
        on_delete: statement.on_delete,
        on_truncate: statement.on_truncate,
        for_each_row: statement.for_each_row,
        when: statement.when.map(|sql| Expr { sql, search_path: path }),
        old_table: statement.old_table,
        new_table: statement.new_table,
        function: interp.trigger_function_name(&statement.function),
        arguments: statement.arguments,
        constraint: statement.constraint.then_some(ConstraintTrigger {
            from,
            deferrable: statement.deferrable,
            initially_deferred: statement.initially_deferred,
        }),
        enabled: TriggerEnabled::Origin,
        inherited: false,
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    let partitioned = interp.store.catalog().table(&table).is_some_and(|t| t.partition_key.is_some());
    let comment = old.and_then(|entry| entry.comment);
    interp.store.put(Entry { span: span.clone(), comment, ..Entry::from(trigger.clone()) });
    // Row triggers of a partitioned table are cloned to its partitions.
    if partitioned && trigger.for_each_row {
        for child in interp.store.descendants(&table) {
            let key = trigger_key(&child, &trigger.name);
            let taken =
                interp.store.get(&key).and_then(|e| Trigger::of(&e.object)).is_some_and(|t| !t.inherited);
            if taken {
                let message = format!("trigger {} for relation {child} already exists", trigger.name);
                return Err(Failure::duplicate("42710", message));
            }
            let clone = Trigger { table: child, inherited: true, ..trigger.clone() };
            interp.store.put(Entry { span: span.clone(), ..Entry::from(clone) });
        }
    }
    Ok(())
}

/// Gives a new partition the row triggers of its parent (`CloneRowTriggersToPartition` in `tablecmds.c`).
pub(crate) fn clone_to_partition(
    interp: &mut Interpreter<'_>,
    parent: &QualifiedName,
    partition: &QualifiedName,
) {
    let triggers: Vec<Entry> = interp
        .store
        .catalog()
        .on_relation(ObjectKind::Trigger, parent)
        .map(|(_, entry)| entry.clone())
        .filter(|entry| Trigger::of(&entry.object).is_some_and(|t| t.for_each_row))
        .collect();
    let partitions: Vec<QualifiedName> =
        std::iter::once(partition.clone()).chain(interp.store.descendants(partition)).collect();
    for entry in triggers {
        for partition in &partitions {
            let mut entry = Entry { comment: None, ..entry.clone() };
            if let Object::Trigger(trigger) = &mut entry.object {
                trigger.table = partition.clone();
                trigger.inherited = true;
            }
            interp.store.put(entry);
        }
    }
}

/// Takes a detached partition's cloned triggers away.
pub(crate) fn drop_clones(interp: &mut Interpreter<'_>, partition: &QualifiedName) {
    let tables: Vec<QualifiedName> =
        std::iter::once(partition.clone()).chain(interp.store.descendants(partition)).collect();
    for table in tables {
        let keys: Vec<ObjectKey> = interp
            .store
            .catalog()
            .on_relation(ObjectKind::Trigger, &table)
            .filter(|(_, entry)| Trigger::of(&entry.object).is_some_and(|t| t.inherited))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            interp.store.take(&key);
        }
    }
}

/// The trigger's keys: its own, and those of its clones.
fn with_clones(interp: &Interpreter<'_>, table: &QualifiedName, name: &Name) -> Vec<ObjectKey> {
    let mut keys = vec![trigger_key(table, name)];
    let partitioned = interp
        .store
        .get(&ObjectKey::in_schema(ObjectKind::Table, table.clone()))
        .and_then(|e| Table::of(&e.object))
        .is_some_and(|t| t.partition_key.is_some());
    if partitioned {
        for child in interp.store.descendants(table) {
            let key = trigger_key(&child, name);
            if interp.store.get(&key).and_then(|e| Trigger::of(&e.object)).is_some_and(|t| t.inherited) {
                keys.push(key);
            }
        }
    }
    keys
}

fn missing(name: &Name, table: &dyn std::fmt::Display) -> Failure {
    Failure::undefined("42704", format!("trigger {name} for table {table} does not exist"))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter(cursor)?;
    let (table, _) = interp.relation(&statement.table)?;
    let key = trigger_key(&table, &statement.name);
    if interp.store.get(&key).is_none() {
        return Err(missing(&statement.name, &table));
    }
    let to = match statement.action {
        grammar::AlterTriggerAction::Rename(to) => to,
        grammar::AlterTriggerAction::DependsOnExtension(dependency) => {
            return interp.depend_on_extension(&key, dependency);
        }
    };
    if interp.store.get(&trigger_key(&table, &to)).is_some() {
        return Err(Failure::duplicate("42710", format!("trigger {to} for relation {table} already exists")));
    }
    // The clones follow since 15; before, they keep their names.
    let mut keys = with_clones(interp, &table, &statement.name);
    if interp.major() < 15 {
        keys.truncate(1);
    }
    for key in keys {
        interp.store.edit(&key, |entry| {
            if let Some(trigger) = Trigger::of_mut(&mut entry.object) {
                trigger.name = to.clone();
            }
        });
    }
    Ok(())
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let (if_exists, name, table) = on_table(cursor)?;
    let Some((relation, found)) = interp.find_relation(&table) else {
        return if if_exists { Ok(()) } else { Err(Failure::no_relation(&table).at(table.range)) };
    };
    if found.key.is_none() {
        interp.store.remove_gaps("trigger of a foreign table", &format!("{relation}.{name}"));
        return Ok(());
    }
    let entry = interp.store.get(&trigger_key(&relation, &name));
    let Some(entry) = entry else {
        return if if_exists { Ok(()) } else { Err(missing(&name, &relation)) };
    };
    if Trigger::of(&entry.object).is_some_and(|t| t.inherited) {
        let message =
            format!("cannot drop trigger {name} on table {relation} because its parent's requires it");
        return Err(Failure::refused("2BP01", message));
    }
    for key in with_clones(interp, &relation, &name) {
        interp.store.take(&key);
    }
    Ok(())
}
