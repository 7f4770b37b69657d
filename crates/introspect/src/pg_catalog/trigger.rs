//! Triggers that people made.

use super::names::{Names, class, decode, unmodeled};
use super::text::{after_word, bracketed};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{ConstraintTrigger, Expr, Name, QualifiedName, Trigger, TriggerEnabled, TriggerTiming};

row! {
    TriggerRow {
        oid: u32, relation: u32, name: &'a str, function_schema: u32, function: &'a str, events: i16, enabled: Letter,
        columns: Vec<i16>, arguments: &'a [u8], old_table: Option<&'a str>, new_table: Option<&'a str>,
        constraint: u32, constraint_relation: u32, deferrable: bool, deferred: bool, parent: u32,
        definition: Option<&'a str>,
    }
}

/// `tgtype` bits (`pg_trigger.h`).
const ROW: i16 = 1;
const BEFORE: i16 = 1 << 1;
const INSERT: i16 = 1 << 2;
const DELETE: i16 = 1 << 3;
const UPDATE: i16 = 1 << 4;
const TRUNCATE: i16 = 1 << 5;
const INSTEAD: i16 = 1 << 6;

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<TriggerRow>(answer)? {
        let Some(relation) = names.own_relation(row.relation) else { continue };
        if names.is_part_left_out(class::TRIGGER, row.oid) {
            continue;
        }
        match trigger(&row, &relation.name, names) {
            Ok(trigger) => out.add(trigger, names.comment(class::TRIGGER, row.oid, 0), None, None),
            Err(message) => {
                let object = format!("{}.{}", relation.name, Name::new(row.name));
                out.gaps.push(unmodeled("trigger", &object, message));
            }
        }
    }
    Ok(())
}

fn trigger(row: &TriggerRow<'_>, table: &QualifiedName, names: &Names<'_>) -> Result<Trigger, String> {
    let has = |bit: i16| row.events & bit != 0;
    let when = match row.definition {
        None => None,
        Some(definition) => {
            let (condition, _) = after_word(definition, " WHEN ")
                .and_then(bracketed)
                .ok_or("its condition could not be read")?;
            Some(Expr::qualified(condition))
        }
    };
    Ok(Trigger {
        table: table.clone(),
        name: Name::new(row.name),
        timing: if has(BEFORE) {
            TriggerTiming::Before
        } else if has(INSTEAD) {
            TriggerTiming::InsteadOf
        } else {
            TriggerTiming::After
        },
        on_insert: has(INSERT),
        on_update: has(UPDATE),
        update_columns: names.column_names(row.relation, &row.columns),
        on_delete: has(DELETE),
        on_truncate: has(TRUNCATE),
        for_each_row: has(ROW),
        when,
        old_table: row.old_table.map(Name::new),
        new_table: row.new_table.map(Name::new),
        function: names.qualified(row.function_schema, row.function).ok_or("its function is not there")?,
        arguments: arguments(row.arguments),
        constraint: (row.constraint != 0).then(|| ConstraintTrigger {
            from: names.relations.get(&row.constraint_relation).map(|relation| relation.name.clone()),
            deferrable: row.deferrable,
            initially_deferred: row.deferred,
        }),
        enabled: enabled(row.enabled)?,
        inherited: row.parent != 0,
    })
}

/// `tgenabled`, `evtenabled`, `ev_enabled`.
pub(super) fn enabled(letter: Letter) -> Result<TriggerEnabled, String> {
    match letter.0 {
        'O' => Ok(TriggerEnabled::Origin),
        'D' => Ok(TriggerEnabled::Disabled),
        'R' => Ok(TriggerEnabled::Replica),
        'A' => Ok(TriggerEnabled::Always),
        other => Err(format!("unknown state {other}")),
    }
}

/// `tgargs`: every argument ends with a NUL.
fn arguments(bytes: &[u8]) -> Vec<String> {
    let mut parts: Vec<String> =
        bytes.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    parts.pop();
    parts
}
