//! CREATE, ALTER and DROP SCHEMA.

use std::ops::Range;
use std::sync::Arc;

use trueup_catalog::{Entry, Name, ObjectKey, ObjectKind, Schema};
use trueup_syntax::Cursor;

use crate::apply::common::{owner_name, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::behaviour;
use crate::grammar::schema::{self as grammar, AlterSchema};
use crate::interpreter::Interpreter;
use crate::names::is_system_schema;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create(cursor)?;
    let owner = statement.owner.as_ref().and_then(owner_name);
    let name = statement.name.or_else(|| owner.clone()).ok_or_else(|| {
        Failure::not_understood(
            "the schema has the name of whoever runs the statement, which files do not tell",
        )
    })?;
    if name.as_str().starts_with("pg_") {
        return Err(Failure::refused("42939", format!("unacceptable schema name {name}")));
    }
    let key = ObjectKey::global(ObjectKind::Schema, name.clone());
    // `public` is there from the start; a file that makes it all the same states that it is wanted.
    let implicit = !interp.is_strict() && interp.store.get(&key).is_some_and(|entry| entry.span.is_none());
    if interp.schema_exists(&name) && !implicit {
        if statement.if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42P06", format!("schema {name} already exists")));
    }
    let span = interp.span(interp.place.statement.clone());
    interp.store.put(Entry { owner, span: Some(span), ..Entry::from(Schema { name: name.clone() }) });
    if statement.elements.is_empty() {
        return Ok(());
    }
    let path = interp.store.search_path();
    let inside: Arc<[Name]> = std::iter::once(name).chain(path.iter().cloned()).collect();
    interp.store.set_search_path(inside);
    let mut elements = statement.elements;
    // PostgreSQL makes them in this order (`transformCreateSchemaStmtElements` in parse_utilcmd.c).
    elements.sort_by_key(|range| rank(&interp.place.text, range));
    for range in elements {
        interp.execute(range)?;
    }
    interp.store.set_search_path(path);
    Ok(())
}

fn rank(text: &str, range: &Range<usize>) -> usize {
    let words: Vec<String> = text
        .get(range.clone())
        .unwrap_or_default()
        .split_ascii_whitespace()
        .take(4)
        .map(str::to_ascii_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    if words.first().is_some_and(|w| w == "grant") {
        5
    } else if has("sequence") {
        0
    } else if has("table") {
        1
    } else if has("view") {
        2
    } else if has("index") {
        3
    } else {
        4
    }
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    match grammar::alter(cursor)? {
        AlterSchema::Owner { name, owner } => {
            let key = find(interp, &name)?;
            set_owner(interp, &key, &owner);
            Ok(())
        }
        AlterSchema::Rename { name, to } => {
            find(interp, &name)?;
            if interp.schema_exists(&to) {
                return Err(Failure::duplicate("42P06", format!("schema {to} already exists")));
            }
            interp.rename(&Renamed::Schema { from: name, to })
        }
    }
}

fn find(interp: &Interpreter<'_>, name: &Name) -> Outcome<ObjectKey> {
    let key = ObjectKey::global(ObjectKind::Schema, name.clone());
    if interp.store.get(&key).is_none() && !is_system_schema(name) {
        return Err(Failure::undefined("3F000", format!("schema {name} does not exist")));
    }
    Ok(key)
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let if_exists = cursor.accept_words("if exists");
    let names = cursor.comma_separated(Cursor::name)?;
    let cascade = behaviour(cursor);
    let mut keys = Vec::new();
    for name in names {
        let key = ObjectKey::global(ObjectKind::Schema, name.clone());
        if interp.store.get(&key).is_some() {
            keys.push(key);
        } else if !if_exists {
            return Err(Failure::undefined("3F000", format!("schema {name} does not exist")));
        }
    }
    interp.remove(&keys, cascade)
}
