//! What must be there for a statement, where the catalog is complete: names inside expressions and queries, types, roles, and what only
//! runs outside a transaction block.
//!
//! Owns: the checks that reading a desired schema leaves out, since files may refer to what they don't make.
//! Never: changes the catalog.

use std::ops::Range;
use std::sync::Arc;

use trueup_catalog::{Attribute, Entry, Grantee, Name, Query, SchemaObject, Value};
use trueup_settle::{Reading, World};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::step::Change;

/// What PostgreSQL looks at before anything else.
pub(crate) fn before(interp: &Interpreter<'_>, range: &Range<usize>) -> Outcome {
    let text = Arc::clone(&interp.place.text);
    let mut cursor = Cursor::new(&text, range.clone())?;
    if interp.transaction.is_some()
        && let Some(command) = outside_blocks_only(&mut cursor)
    {
        return Err(Failure::refused("25001", format!("{command} cannot run inside a transaction block")));
    }
    Ok(())
}

/// The statement's name, if it never runs in a transaction block (`PreventInTransactionBlock`).
fn outside_blocks_only(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    if cursor.accept("vacuum") {
        return Some("VACUUM");
    }
    if cursor.accept_words("alter system") {
        return Some("ALTER SYSTEM");
    }
    for (words, name) in [
        ("create database", "CREATE DATABASE"),
        ("drop database", "DROP DATABASE"),
        ("create tablespace", "CREATE TABLESPACE"),
        ("drop tablespace", "DROP TABLESPACE"),
        ("reindex database", "REINDEX DATABASE"),
        ("reindex system", "REINDEX SYSTEM"),
        ("reindex schema", "REINDEX SCHEMA"),
    ] {
        if cursor.accept_words(words) {
            return Some(name);
        }
    }
    for (words, name) in [
        ("create index concurrently", "CREATE INDEX CONCURRENTLY"),
        ("create unique index concurrently", "CREATE INDEX CONCURRENTLY"),
        ("drop index concurrently", "DROP INDEX CONCURRENTLY"),
        ("reindex index concurrently", "REINDEX CONCURRENTLY"),
        ("reindex table concurrently", "REINDEX CONCURRENTLY"),
    ] {
        if cursor.accept_words(words) {
            return Some(name);
        }
    }
    None
}

/// What must be known of that which a statement made or changed.
pub(crate) fn after(
    interp: &Interpreter<'_>,
    changes: &[Change],
    text: &str,
    range: &Range<usize>,
) -> Outcome {
    roles(interp, changes)?;
    if let Some(failure) = rows(interp, text)? {
        return Err(failure.at(range.clone()));
    }
    // What is renamed or moved keeps its meaning, however its text now reads.
    if renames(text) {
        return Ok(());
    }
    let fresh: Vec<&Change> = changes.iter().filter(|change| change.after.is_some()).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let world = World::new(interp.store.catalog(), interp.major(), &[]);
    for change in fresh {
        let Some(entry) = &change.after else { continue };
        let old = change.before.as_ref().map(|entry| entry.object.attributes()).unwrap_or_default();
        for attribute in entry.object.attributes() {
            let before = old.iter().find(|other| other.name == attribute.name);
            check(&world, &attribute, before)?;
        }
    }
    Ok(())
}

/// Whether a statement gives an object another name or schema.
pub(crate) fn renames(text: &str) -> bool {
    let Ok(mut cursor) = Cursor::of(text) else { return false };
    if !cursor.is_word("alter") {
        return false;
    }
    let mut before = String::new();
    while let Some(token) = cursor.next_token() {
        let word = cursor.text_of(&token).to_ascii_lowercase();
        if word == "rename" || (before == "set" && word == "schema") {
            return true;
        }
        before = word;
    }
    false
}

fn check(world: &World<'_>, attribute: &Attribute<'_>, before: Option<&Attribute<'_>>) -> Outcome {
    let same = before.is_some_and(|b| format!("{:?}", b.value) == format!("{:?}", attribute.value));
    if same { Ok(()) } else { value(world, &attribute.value) }
}

fn value(world: &World<'_>, value_of: &Value<'_>) -> Outcome {
    let reading = match value_of {
        Value::Type(data_type) => {
            if !world.knows_type(data_type) {
                let name = match &data_type.schema {
                    Some(schema) => format!("{}.{}", schema.as_str(), data_type.name.as_str()),
                    None => data_type.name.as_str().to_owned(),
                };
                return Err(Failure::undefined("42704", format!("type \"{name}\" does not exist")));
            }
            return Ok(());
        }
        Value::Expr(expr, context) => world.read_expr(expr, context),
        Value::Query(query, _) => world.read_query(query),
        Value::SqlBody(query, routine) => world.read_body(query, routine),
        Value::RuleAction(query, table) => world.read_rule_action(query, table),
        Value::List(list) | Value::Set(list) => {
            return list.iter().try_for_each(|inner| value(world, inner));
        }
        Value::Record(fields) => return fields.iter().try_for_each(|(_, inner)| value(world, inner)),
        Value::Absent
        | Value::Flag(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Name(_)
        | Value::Qualified(_)
        | Value::Names(_)
        | Value::Labels(_)
        | Value::Options(_)
        | Value::Source(_) => return Ok(()),
    };
    refusal(reading)
}

fn refusal(reading: Reading) -> Outcome {
    match reading {
        Reading::Fine | Reading::CantTell(_) => Ok(()),
        Reading::Refused(refusal) => Err(Failure::refused(refusal.sqlstate, refusal.message)),
    }
}

/// Roles that are named must be there.
fn roles(interp: &Interpreter<'_>, changes: &[Change]) -> Outcome {
    let Some(roles) = &interp.store.catalog().roles else { return Ok(()) };
    let known = |name: &Name| {
        roles.contains(name)
            || matches!(name.as_str(), "current_user" | "session_user" | "current_role" | "public")
    };
    let missing = |name: &Name| {
        Err(Failure::undefined("42704", format!("role \"{}\" does not exist", name.as_str())))
    };
    for change in changes {
        let Some(entry) = &change.after else { continue };
        let old = change.before.as_deref();
        if let Some(owner) = &entry.owner
            && old.and_then(|o| o.owner.as_ref()) != Some(owner)
            && !known(owner)
        {
            return missing(owner);
        }
        for role in grantees(entry) {
            if old.is_none_or(|o| !grantees(o).any(|other| other == role)) && !known(role) {
                return missing(role);
            }
        }
    }
    Ok(())
}

fn grantees(entry: &Entry) -> impl Iterator<Item = &Name> {
    entry.privileges.iter().flatten().chain(&entry.revoked).filter_map(|privilege| match &privilege.grantee {
        Grantee::Role(name) => Some(name),
        _ => None,
    })
}

/// A statement that reads or writes rows: its names must be there.
fn rows(interp: &Interpreter<'_>, text: &str) -> Outcome<Option<Failure>> {
    let mut cursor = Cursor::of(text)?;
    let Some(word) = cursor.peek_word() else { return Ok(None) };
    match word.as_str() {
        "insert" | "update" | "delete" | "merge" | "select" | "with" | "values" | "table" => {
            let query = Query { sql: Arc::from(text), search_path: interp.store.search_path() };
            let world = World::new(interp.store.catalog(), interp.major(), &[]);
            Ok(match world.read_query(&query) {
                Reading::Fine => None,
                Reading::Refused(refusal) => Some(Failure::refused(refusal.sqlstate, refusal.message)),
                Reading::CantTell(why) => Some(Failure::not_understood(why)),
            })
        }
        "truncate" | "lock" | "analyze" | "analyse" => {
            cursor.next_token();
            cursor.accept("table");
            cursor.accept("verbose");
            loop {
                cursor.accept("only");
                let Ok(written) = cursor.qualified_name() else { return Ok(None) };
                if interp.find_relation(&written).is_none() {
                    return Ok(Some(Failure::no_relation(&written)));
                }
                cursor.accept_symbol("*");
                if !cursor.accept_symbol(",") {
                    return Ok(None);
                }
            }
        }
        "refresh" => {
            cursor.next_token();
            if !cursor.accept_words("materialized view") {
                return Ok(None);
            }
            cursor.accept("concurrently");
            let Ok(written) = cursor.qualified_name() else { return Ok(None) };
            if interp.find_relation(&written).is_none() {
                return Ok(Some(Failure::no_relation(&written)));
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// The notice of a statement that found nothing to do; `None` where it has no guard.
pub(crate) fn notice(text: &str, words: &str) -> Option<String> {
    let mut cursor = Cursor::of(text).ok()?;
    let kind = words.split(' ').nth(1).unwrap_or_default().to_ascii_lowercase();
    while !cursor.at_end() {
        let makes = cursor.accept_words("if not exists");
        if makes || cursor.accept_words("if exists") {
            let name = cursor
                .qualified_name()
                .map_or_else(|_| String::new(), |name| format!(" \"{}\"", name.name.as_str()));
            let relation = matches!(kind.as_str(), "table" | "index" | "sequence" | "view" | "materialized");
            let what = match (words.starts_with("ALTER"), makes) {
                (true, true) => "column",
                (_, true) if relation => "relation",
                (true, false) if words.ends_with("TABLE") => "relation",
                _ => kind.as_str(),
            };
            return Some(if makes {
                format!("{what}{name} already exists, skipping")
            } else {
                format!("{what}{name} does not exist, skipping")
            });
        }
        cursor.next_token();
    }
    None
}
