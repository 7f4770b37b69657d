//! Triggers. The standard has a row for each event, and none for TRUNCATE.

use super::existing::Existing;
use super::{Shape, decode, unreadable};
use crate::pg_catalog::{Output, bracketed, split_list};
use crate::session::{Answer, row};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use trueup_catalog::{
    Expr, Name, ObjectKey, ObjectKind, QualifiedName, Trigger, TriggerEnabled, TriggerTiming,
};

row! {
    TriggerRow {
        schema: &'a str, relation: &'a str, name: &'a str, event: &'a str, condition: Option<&'a str>,
        statement: Option<&'a str>, orientation: Option<&'a str>, timing: Option<&'a str>, old_table: Option<&'a str>,
        new_table: Option<&'a str>,
    }
}
row! {
    TriggerColumnRow { schema: &'a str, relation: &'a str, name: &'a str, column: &'a str }
}

pub(super) fn read(
    triggers: &Answer,
    columns: &Answer,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let mut all: BTreeMap<(&str, &str, &str), Trigger> = BTreeMap::new();
    let mut known = FxHashSet::default();
    for row in decode::<TriggerRow<'_>>(triggers)? {
        let key = (row.schema, row.relation, row.name);
        if known.insert(key) {
            existing.saw("triggers");
            if existing.is_member_relation(row.schema, row.relation) {
                continue;
            }
            match trigger(&row) {
                Ok(trigger) if existing.is_inherited_trigger(row.schema, row.relation, row.name) => {
                    drop(all.insert(key, Trigger { when: None, inherited: true, ..trigger }));
                }
                Ok(trigger) => drop(all.insert(key, trigger)),
                Err(why) => {
                    let table = QualifiedName::new(row.schema, row.relation);
                    let name = Name::new(row.name);
                    out.gaps.push(unreadable("trigger", &format!("{table}.{name}"), why));
                    existing.unreadable(ObjectKey::on_relation(ObjectKind::Trigger, table, name));
                }
            }
        }
        if let Some(trigger) = all.get_mut(&key) {
            match row.event {
                "INSERT" => trigger.on_insert = true,
                "UPDATE" => trigger.on_update = true,
                "DELETE" => trigger.on_delete = true,
                other => {
                    let object = format!("{}.{}", trigger.table, trigger.name);
                    out.gaps.push(unreadable("trigger", &object, format!("unknown event {other}")));
                }
            }
        }
    }
    existing.inherited_triggers_not_in(&known);
    for row in decode::<TriggerColumnRow<'_>>(columns)? {
        if let Some(trigger) = all.get_mut(&(row.schema, row.relation, row.name)) {
            trigger.update_columns.push(Name::new(row.column));
        }
    }
    for mut trigger in all.into_values() {
        trigger.update_columns.sort();
        out.add(trigger, None, None, None);
    }
    Ok(())
}

fn trigger(row: &TriggerRow<'_>) -> Result<Trigger, String> {
    let (function, arguments) = row
        .statement
        .and_then(|statement| statement.strip_prefix("EXECUTE FUNCTION "))
        .and_then(call)
        .ok_or("its function is not readable")?;
    Ok(Trigger {
        table: QualifiedName::new(row.schema, row.relation),
        name: Name::new(row.name),
        timing: match row.timing {
            Some("BEFORE") => TriggerTiming::Before,
            Some("AFTER") => TriggerTiming::After,
            Some("INSTEAD OF") => TriggerTiming::InsteadOf,
            other => return Err(format!("unknown timing {}", other.unwrap_or("NULL"))),
        },
        on_insert: false,
        on_update: false,
        update_columns: Vec::new(),
        on_delete: false,
        on_truncate: false,
        for_each_row: row.orientation == Some("ROW"),
        when: row.condition.map(Expr::qualified),
        old_table: row.old_table.map(Name::new),
        new_table: row.new_table.map(Name::new),
        function,
        arguments,
        constraint: None,
        enabled: TriggerEnabled::Origin,
        inherited: false,
    })
}

/// `schema.function('argument', …)`.
fn call(text: &str) -> Option<(QualifiedName, Vec<String>)> {
    let (inside, _) = bracketed(text)?;
    let path = text.get(..text.len().checked_sub(inside.len() + 2)?)?;
    let (first, rest) = identifier(path)?;
    // Only PostgreSQL's own functions are printed without their schema, since the search path is empty.
    let (schema, name) = match rest.strip_prefix('.') {
        Some(rest) => (first, identifier(rest)?.0),
        None => (trueup_catalog::PG_CATALOG.to_owned(), first),
    };
    let arguments = split_list(inside)
        .into_iter()
        .filter(|argument| !argument.is_empty())
        .map(literal)
        .collect::<Option<Vec<_>>>()?;
    Some((QualifiedName::new(schema, name), arguments))
}

/// An identifier as `quote_identifier` prints it, and what follows.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        return Some((text.get(..end)?.to_owned(), text.get(end..)?));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

/// A string constant as `simple_quote_literal` prints it.
fn literal(text: &str) -> Option<String> {
    let (escapes, text) = text.strip_prefix('E').map_or((false, text), |text| (true, text));
    let inside = text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
    Some(if escapes { inside.replace("\\\\", "\\") } else { inside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_taken_apart() {
        let (function, arguments) = call("public.\"f.(\"\"x\"('a', E'b''c\\\\d', '')").unwrap();
        assert_eq!(function, QualifiedName::new("public", "f.(\"x"));
        assert_eq!(arguments, ["a", "b'c\\d", ""]);
        assert_eq!(call("s.f()").unwrap().1, Vec::<String>::new());
        assert_eq!(
            call("tsvector_update_trigger('a')").unwrap().0,
            QualifiedName::new("pg_catalog", "tsvector_update_trigger")
        );
    }
}
