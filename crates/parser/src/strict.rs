//! What must be there for a statement, where the catalog is complete: names inside expressions and queries, types, roles, and what only
//! runs outside a transaction block.
//!
//! Owns: the checks that reading a desired schema leaves out, since files may refer to what they don't make.
//! Never: changes the catalog.

use std::ops::Range;
use std::sync::Arc;

use trueup_catalog::{
    Attribute, Constraint, ConstraintBody, Entry, ExprContext, Grantee, Name, ObjectKey, QualifiedName,
    Query, RoutineBody, SchemaObject, Value,
};
use trueup_settle::{Reading, World};
use trueup_syntax::Cursor;

use crate::altered::AlterAction;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::step::Change;

/// The search path with the schema of temporary objects in front.
fn with_temporary(interp: &Interpreter<'_>) -> trueup_catalog::SearchPath {
    let temporary = Name::new(crate::names::PG_TEMP);
    std::iter::once(temporary).chain(interp.store.search_path().iter().cloned()).collect()
}

/// What names mean at this point of the session.
fn world_of<'i>(interp: &'i Interpreter<'_>) -> World<'i> {
    World::new(interp.store.catalog(), interp.major(), &[]).with_uncommitted(&interp.uncommitted_labels)
}

/// The query of CREATE TABLE AS, which is analysed before the name counts.
fn table_query<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    if !cursor.accept("create") {
        return None;
    }
    while cursor.accept_any(&["temp", "temporary", "unlogged", "global", "local"]).is_some() {}
    if !cursor.accept("table") {
        return None;
    }
    let mut depth = 0_u32;
    while let Some(token) = cursor.next_token() {
        match cursor.text_of(&token) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if depth == 0 && word.eq_ignore_ascii_case("as") => {
                let query =
                    cursor.is_any_word(&["select", "with", "values", "table"]) || cursor.is_symbol("(");
                return query.then(|| cursor.rest().text);
            }
            _ => {}
        }
    }
    None
}

/// What only later versions know.
fn syntax_of_later(interp: &Interpreter<'_>, text: &str) -> Outcome {
    let later: &[(u32, &str, &str)] = &[
        (18, "without overlaps", "WITHOUT"),
        (18, "not enforced", "ENFORCED"),
        (15, "nulls not distinct", "NULLS"),
    ];
    let wanted: Vec<_> = later.iter().filter(|(since, ..)| interp.major() < *since).collect();
    let Ok(mut cursor) = Cursor::of(text) else { return Ok(()) };
    if wanted.is_empty() || !cursor.is_any_word(&["create", "alter"]) || cursor.is_words("create function") {
        return Ok(());
    }
    while !cursor.at_end() {
        if let Some((_, _, word)) = wanted.iter().find(|(_, words, _)| cursor.is_words(words)) {
            return Err(Failure::syntax(format!("syntax error at or near \"{word}\"")));
        }
        if interp.major() < 18 && cursor.is_word("period") {
            let mut ahead = cursor.clone();
            ahead.next_token();
            if ahead.is_identifier() {
                let word = ahead.name().map(|name| name.as_str().to_owned()).unwrap_or_default();
                if ahead.is_symbol(")") {
                    return Err(Failure::syntax(format!("syntax error at or near \"{word}\"")));
                }
            }
        }
        cursor.next_token();
    }
    Ok(())
}

/// What PostgreSQL looks at before anything else.
pub(crate) fn before(interp: &Interpreter<'_>, range: &Range<usize>) -> Outcome {
    let text = Arc::clone(&interp.place.text);
    let mut cursor = Cursor::new(&text, range.clone())?;
    let detaches = |altered: crate::altered::Altered| {
        let concurrently =
            |action: &AlterAction| matches!(action, AlterAction::Detach { concurrently: true, .. });
        altered.actions.iter().any(concurrently)
    };
    let statement = text.get(range.clone()).unwrap_or_default();
    if interp.transaction.is_some() && crate::altered::of(interp, statement).is_some_and(detaches) {
        let message = "ALTER TABLE ... DETACH CONCURRENTLY cannot run inside a transaction block";
        return Err(Failure::said("25001", message));
    }
    if interp.transaction.is_some()
        && let Some(command) = outside_blocks_only(&mut cursor)
    {
        return Err(Failure::refused("25001", format!("{command} cannot run inside a transaction block")));
    }
    let mut cursor = Cursor::new(&text, range.clone())?;
    if interp.transaction.is_none() && cursor.is_word("lock") {
        return Err(Failure::refused("25P01", "LOCK TABLE can only be used in transaction blocks"));
    }
    let whole = text.get(range.clone()).unwrap_or_default();
    syntax_of_later(interp, whole)?;
    about_roles(interp, &mut cursor.clone())?;
    available(interp, &mut cursor.clone())?;
    if let Some(query) = table_query(&mut cursor) {
        let query = Query { sql: Arc::from(query), search_path: with_temporary(interp) };
        let world = world_of(interp);
        refusal(world.read_query(&query))?;
    }
    Ok(())
}

/// CREATE and DROP ROLE.
fn about_roles(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let Some(roles) = &interp.store.catalog().roles else { return Ok(()) };
    let creates = cursor.is_word("create");
    if !creates && !cursor.is_word("drop") {
        return Ok(());
    }
    cursor.next_token();
    if cursor.accept_any(&["role", "user", "group"]).is_none() || cursor.is_word("mapping") {
        return Ok(());
    }
    let if_exists = cursor.accept_words("if exists");
    loop {
        let name = cursor.name()?;
        if creates && roles.contains(&name) {
            return Err(Failure::duplicate("42710", format!("role \"{}\" already exists", name.as_str())));
        }
        if !creates && !if_exists && !roles.contains(&name) {
            return Err(Failure::undefined("42704", format!("role \"{}\" does not exist", name.as_str())));
        }
        if creates || !cursor.accept_symbol(",") {
            return Ok(());
        }
    }
}

/// The role that a statement makes.
pub(crate) fn made_role(text: &str) -> Option<Name> {
    let mut cursor = Cursor::of(text).ok()?;
    let makes = cursor.accept("create") && cursor.accept_any(&["role", "user", "group"]).is_some();
    if makes && !cursor.is_word("mapping") { cursor.name().ok() } else { None }
}

/// An extension that the server does not have can't be created.
fn available(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let Some(available) = &interp.store.catalog().available_extensions else { return Ok(()) };
    if !cursor.accept_words("create extension") {
        return Ok(());
    }
    cursor.accept_words("if not exists");
    let name = cursor.name()?;
    let key = trueup_catalog::ObjectKey::global(trueup_catalog::ObjectKind::Extension, name.clone());
    if available.contains(&name) || interp.store.get(&key).is_some() {
        return Ok(());
    }
    Err(Failure::undefined("0A000", format!("extension \"{}\" is not available", name.as_str()))
        .help("install it on the server first"))
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
    let world = world_of(interp).in_session(&with_temporary(interp));
    let replaced = made_view(interp, text);
    let is_view = |key: &ObjectKey, name: &QualifiedName| {
        *key == ObjectKey::in_schema(trueup_catalog::ObjectKind::View, name.clone())
    };
    for change in fresh {
        let Some(entry) = &change.after else { continue };
        if interp.checks_bodies {
            sql_source(&world, entry)?;
        }
        if replaced.as_ref().is_some_and(|name| is_view(&change.key, name)) {
            crate::refusal::replaced_view(&world, change)?;
        }
        foreign_key(&world, entry)?;
        let old = change.before.as_ref().map(|entry| entry.object.attributes()).unwrap_or_default();
        for attribute in entry.object.attributes() {
            let before = old.iter().find(|other| other.name == attribute.name);
            check(&world, &attribute, before)?;
        }
    }
    Ok(())
}

/// The view that a `CREATE [OR REPLACE] VIEW` makes, or makes anew.
pub(crate) fn made_view(interp: &Interpreter<'_>, text: &str) -> Option<QualifiedName> {
    let mut cursor = Cursor::of(text).ok()?;
    if !cursor.accept("create") {
        return None;
    }
    cursor.accept_words("or replace");
    while cursor.accept_any(&["temp", "temporary", "local", "global", "recursive"]).is_some() {}
    if !cursor.accept("view") {
        return None;
    }
    interp.new_name(&cursor.qualified_name().ok()?).ok()
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

/// The text of an SQL routine is analysed when it is made (`fmgr_sql_validator`).
fn sql_source(world: &World<'_>, entry: &Entry) -> Outcome {
    let routine = match &entry.object {
        trueup_catalog::Object::Function(trueup_catalog::Function(routine))
        | trueup_catalog::Object::Procedure(trueup_catalog::Procedure(routine)) => routine,
        _ => return Ok(()),
    };
    let RoutineBody::Source(source) = &routine.body else { return Ok(()) };
    let polymorphic = routine.arguments.iter().any(|a| a.data_type.name.as_str().starts_with("any"));
    if !routine.language.as_str().eq_ignore_ascii_case("sql") || polymorphic {
        return Ok(());
    }
    refusal(world.read_source(source, routine))
}

/// A foreign key needs an equality between the types of its columns.
fn foreign_key(world: &World<'_>, entry: &Entry) -> Outcome {
    let Some(constraint) = Constraint::of(&entry.object) else { return Ok(()) };
    let ConstraintBody::ForeignKey(key) = &constraint.body else { return Ok(()) };
    for (own, other) in key.columns.iter().zip(&key.referenced_columns) {
        let types = world
            .catalog()
            .column(&constraint.table, own)
            .zip(world.catalog().column(&key.references, other))
            .map(|(own, other)| (&own.data_type, &other.data_type));
        if let Some((own, other)) = types
            && world.has_equality(other, own) == Some(false)
        {
            let name = constraint.name.as_str();
            let message = format!("foreign key constraint \"{name}\" cannot be implemented");
            return Err(Failure::refused("42804", message));
        }
    }
    Ok(())
}

/// What changes the type of a column: its USING is analysed over the table as it was, and without one there must be a cast.
pub(crate) fn change_of_type(
    interp: &Interpreter<'_>,
    table: &trueup_catalog::QualifiedName,
    column: &Name,
    data_type: &trueup_catalog::DataType,
    using: Option<trueup_catalog::Expr>,
) -> Outcome {
    let Some(old) = interp.store.catalog().column(table, column) else { return Ok(()) };
    let world = world_of(interp);
    if let Some(using) = using {
        return refusal(world.read_expr(&using, &ExprContext::relation(table)));
    }
    if !world.knows_type(data_type) || world.assigns(&old.data_type, data_type) != Some(false) {
        return Ok(());
    }
    let message = format!(
        "column \"{}\" cannot be cast automatically to type {}",
        column.as_str(),
        world.words_of_type(data_type)
    );
    Err(Failure::refused("42804", message).help("give the conversion with USING"))
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
        Reading::Refused(refusal) if refusal.sqlstate == "55P04" => {
            Err(Failure::said(refusal.sqlstate, refusal.message)
                .help("new enum values must be committed before they can be used"))
        }
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
    let missing =
        |name: &Name| Err(Failure::undefined("42704", format!("role \"{}\" does not exist", name.as_str())));
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

/// Whether a collation is there, as far as that can be told: which ones initdb took from the operating system or ICU can't.
///
/// # Errors
/// Can't tell.
pub(crate) fn collation(interp: &Interpreter<'_>, name: &QualifiedName) -> Outcome {
    // Those of `pg_collation.dat`, of all versions; one that the version lacks is a rare thing to name.
    const OWN: &[&str] = &["default", "C", "POSIX", "ucs_basic", "unicode", "pg_c_utf8", "pg_unicode_fast"];
    let key = ObjectKey::in_schema(trueup_catalog::ObjectKind::Collation, name.clone());
    let known = interp.store.get(&key).is_some() || OWN.iter().any(|own| name.name == *own);
    if known {
        Ok(())
    } else {
        Err(Failure::dynamic(format!("whether the server has the collation {name} is not known")))
    }
}

fn grantees(entry: &Entry) -> impl Iterator<Item = &Name> {
    entry.privileges.iter().flatten().chain(&entry.revoked).filter_map(|privilege| match &privilege.grantee {
        Grantee::Role(name) => Some(name),
        _ => None,
    })
}

/// A query inside a block: its names must be there, or be variables.
pub(crate) fn readable(interp: &Interpreter<'_>, query: &str, variables: &[&str]) -> Outcome {
    let query = Query { sql: Arc::from(query.trim()), search_path: with_temporary(interp) };
    let world = world_of(interp);
    refusal(world.read_query_with(&query, variables))
}

/// A statement that reads or writes rows: its names must be there.
fn rows(interp: &Interpreter<'_>, text: &str) -> Outcome<Option<Failure>> {
    let mut cursor = Cursor::of(text)?;
    let Some(word) = cursor.peek_word() else { return Ok(None) };
    match word.as_str() {
        "insert" | "update" | "delete" | "merge" | "select" | "with" | "values" | "table" => {
            let query = Query { sql: Arc::from(text), search_path: with_temporary(interp) };
            let world = world_of(interp);
            Ok(match world.read_query(&query) {
                Reading::CantTell(why) => Some(Failure::not_understood(why)),
                reading @ (Reading::Fine | Reading::Refused(_)) => refusal(reading).err(),
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
            let concurrently = cursor.accept("concurrently");
            let Ok(written) = cursor.qualified_name() else { return Ok(None) };
            let Some((name, _)) = interp.find_relation(&written) else {
                return Ok(Some(Failure::no_relation(&written)));
            };
            if concurrently {
                if cursor.is_words("with no data") {
                    let message = "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together";
                    return Ok(Some(Failure::syntax(message)));
                }
                crate::refusal::refreshed(interp, &name)?;
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
