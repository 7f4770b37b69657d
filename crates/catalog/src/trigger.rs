//! `CREATE TRIGGER`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A trigger (`pg_trigger`), other than the internal ones of constraints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The table or view.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// `BEFORE`, `AFTER`, `INSTEAD OF`.
    pub timing: TriggerTiming,
    /// `INSERT`.
    pub on_insert: bool,
    /// `UPDATE`.
    pub on_update: bool,
    /// `UPDATE OF columns`; empty means any column.
    pub update_columns: Vec<Name>,
    /// `DELETE`.
    pub on_delete: bool,
    /// `TRUNCATE`.
    pub on_truncate: bool,
    /// `FOR EACH ROW`, else `FOR EACH STATEMENT`.
    pub for_each_row: bool,
    /// `WHEN (…)` over `OLD` and `NEW`.
    pub when: Option<Expr>,
    /// `REFERENCING OLD TABLE AS`.
    pub old_table: Option<Name>,
    /// `REFERENCING NEW TABLE AS`.
    pub new_table: Option<Name>,
    /// The function.
    pub function: QualifiedName,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Set for a `CONSTRAINT TRIGGER`.
    pub constraint: Option<ConstraintTrigger>,
    /// When it fires.
    pub enabled: TriggerEnabled,
    /// Whether it is the clone of a partitioned table's trigger (`tgparentid <> 0`).
    pub inherited: bool,
}

/// What a `CREATE CONSTRAINT TRIGGER` adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstraintTrigger {
    /// `FROM table`.
    pub from: Option<QualifiedName>,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
}

/// When a trigger fires, relative to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerTiming {
    /// `BEFORE`.
    Before,
    /// `AFTER`.
    After,
    /// `INSTEAD OF`.
    InsteadOf,
}

impl TriggerTiming {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            TriggerTiming::Before => "BEFORE",
            TriggerTiming::After => "AFTER",
            TriggerTiming::InsteadOf => "INSTEAD OF",
        }
    }
}

/// In which sessions a trigger fires (`tgenabled`; manual, ALTER TABLE … ENABLE TRIGGER).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerEnabled {
    /// In ordinary sessions: the default.
    Origin,
    /// Never.
    Disabled,
    /// Only while replicating.
    Replica,
    /// Always.
    Always,
}

impl TriggerEnabled {
    /// In SQL's words, as after `ALTER TABLE …`: `ENABLE REPLICA`.
    pub fn sql(self) -> &'static str {
        match self {
            TriggerEnabled::Origin => "ENABLE",
            TriggerEnabled::Disabled => "DISABLE",
            TriggerEnabled::Replica => "ENABLE REPLICA",
            TriggerEnabled::Always => "ENABLE ALWAYS",
        }
    }
}

impl SchemaObject for Trigger {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Trigger, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Trigger {
            table,
            name: _,
            timing,
            on_insert,
            on_update,
            update_columns,
            on_delete,
            on_truncate,
            for_each_row,
            when,
            old_table,
            new_table,
            function,
            arguments,
            constraint,
            enabled,
            inherited,
        } = self;
        let constraint =
            constraint.as_ref().map(|ConstraintTrigger { from, deferrable, initially_deferred }| {
                Value::Record(vec![
                    ("from", Value::maybe(from.as_ref(), Value::Qualified)),
                    ("deferrable", Value::Flag(*deferrable)),
                    ("initially_deferred", Value::Flag(*initially_deferred)),
                ])
            });
        let context = ExprContext { scope: ExprScope::OldNew(table), expected: None };
        // A clone's condition is the parent's with whole rows converted to the parent's row type (`CloneRowTriggersToPartition`
        // in tablecmds.c); it can't be changed by itself, so comparing the parent's is enough.
        let when = when.as_ref().filter(|_| !inherited);
        vec![
            Attribute::new("timing", Value::word(timing.sql())),
            Attribute::new("on_insert", Value::Flag(*on_insert)),
            Attribute::new("on_update", Value::Flag(*on_update)),
            Attribute::new("update_columns", Value::Set(update_columns.iter().map(Value::Name).collect())),
            Attribute::new("on_delete", Value::Flag(*on_delete)),
            Attribute::new("on_truncate", Value::Flag(*on_truncate)),
            Attribute::new("for_each_row", Value::Flag(*for_each_row)),
            Attribute::new("when", Value::maybe(when, |e| Value::Expr(e, context))),
            Attribute::new("old_table", Value::maybe(old_table.as_ref(), Value::Name)),
            Attribute::new("new_table", Value::maybe(new_table.as_ref(), Value::Name)),
            Attribute::new("function", Value::Qualified(function)),
            Attribute::new("arguments", Value::Labels(arguments)),
            Attribute::new("constraint", constraint.unwrap_or(Value::Absent)),
            Attribute::new("enabled", Value::word(enabled.sql())),
        ]
    }

    fn depends_on(&self) -> Vec<ObjectKey> {
        vec![ObjectKey {
            kind: ObjectKind::Function,
            address: Address::Routine { name: self.function.clone(), arguments: Vec::new() },
        }]
    }
}
