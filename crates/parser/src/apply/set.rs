//! SET, RESET, and what SELECT and CALL may do to the schema or the session.

use std::sync::Arc;

use trueup_catalog::{Function, Name, ObjectKind, Procedure, RoutineBody, SearchPath};
use trueup_syntax::Cursor;

use crate::apply::do_block::run_function;
use crate::apply::guard::{Guard, Variables};
use crate::apply::mentions::Mentions;
use crate::apply::table_as::select_into;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::routine::{Setting, setting, setting_rest};
use crate::interpreter::Interpreter;

/// `SET …` and `RESET …`. Settings other than the search path, the role and the table access method don't change what statements mean to the schema.
pub(crate) fn set(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let reset = cursor.accept("reset");
    if !reset {
        cursor.expect("set")?;
    }
    let local = !reset && cursor.accept("local");
    if !reset && !local && cursor.accept("session") && cursor.accept_words("characteristics as transaction") {
        cursor.rest();
        return Ok(());
    }
    if cursor.accept("role") || cursor.accept_words("session authorization") || cursor.accept("authorization")
    {
        interp.role = if reset || cursor.accept_any(&["none", "default"]).is_some() {
            None
        } else if cursor.is_string() {
            Some(Name::new(cursor.string_literal()?))
        } else {
            Some(cursor.label()?)
        };
        return Ok(());
    }
    if reset {
        if cursor.accept("all") {
            storage(interp, "default_table_access_method", None, false);
            storage(interp, "default_tablespace", None, false);
            return search_path(interp, interp.session_path.clone(), false);
        }
        let name = cursor.label()?;
        cursor.rest();
        let name = name.as_str().to_ascii_lowercase();
        if name == "search_path" {
            return search_path(interp, interp.session_path.clone(), false);
        }
        storage(interp, &name, None, false);
        return Ok(());
    }
    if cursor.is_any_word(&["transaction", "constraints"]) || cursor.is_words("xml option") {
        cursor.rest();
        return Ok(());
    }
    if cursor.accept("schema") {
        let schema = cursor.string_literal()?;
        return search_path(interp, Arc::from([Name::new(schema)]), local);
    }
    if cursor.accept("names") {
        cursor.rest();
        return Ok(());
    }
    match setting_rest(cursor)? {
        Setting::To { name, values } if name == "search_path" => {
            let names: Vec<Name> = values.iter().map(|v| Name::new(&v.text)).collect();
            let path = resolve_path(interp, names);
            search_path(interp, path, local)
        }
        Setting::Default { name } if name == "search_path" => {
            search_path(interp, interp.session_path.clone(), local)
        }
        Setting::To { name, values } if STORAGE.contains(&name.as_str()) => {
            storage(interp, name.as_str(), values.first().map(|v| Name::new(&v.text)), local);
            Ok(())
        }
        Setting::Default { name } if STORAGE.contains(&name.as_str()) => {
            storage(interp, name.as_str(), None, local);
            Ok(())
        }
        Setting::To { name, values } if name == "check_function_bodies" => {
            let off = ["off", "false", "no", "0"];
            interp.checks_bodies =
                !values.first().is_some_and(|v| off.contains(&v.text.to_ascii_lowercase().as_str()));
            Ok(())
        }
        Setting::To { name, values } if name == "role" || name == "session_authorization" => {
            interp.role = values.first().map(|v| Name::new(&v.text)).filter(|n| *n != "none");
            Ok(())
        }
        Setting::To { .. } | Setting::Default { .. } | Setting::FromCurrent { .. } | Setting::ResetAll => {
            Ok(())
        }
    }
}

/// Settings that say where new relations lie.
const STORAGE: &[&str] = &["default_table_access_method", "default_tablespace"];

/// Sets one of them.
fn storage(interp: &mut Interpreter<'_>, setting: &str, value: Option<Name>, local: bool) {
    if local && interp.transaction.is_none() {
        return;
    }
    if local && interp.local_storage.is_none() {
        interp.local_storage = Some([interp.table_access_method.clone(), interp.tablespace.clone()]);
    }
    match setting {
        "default_table_access_method" => interp.table_access_method = value.filter(|m| *m != "heap"),
        "default_tablespace" => interp.tablespace = value.filter(|t| !t.is_empty()),
        _ => {}
    }
}

/// `"$user", public` for a role that has no schema.
fn public_path() -> SearchPath {
    Arc::from([Name::new("public")])
}

/// `SET search_path …` or `RESET search_path` of the database, at the cursor: what later sessions begin with.
pub(crate) fn default_of_sessions(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    interp.session_path = match setting(cursor)? {
        Setting::To { values, .. } => {
            resolve_path(interp, values.iter().map(|v| Name::new(&v.text)).collect())
        }
        Setting::FromCurrent { .. } => interp.store.search_path(),
        Setting::Default { .. } | Setting::ResetAll => public_path(),
    };
    Ok(())
}

/// Without `"$user"`, unless the role is known and has a schema; the empty name names none.
fn resolve_path(interp: &Interpreter<'_>, names: Vec<Name>) -> SearchPath {
    names
        .into_iter()
        .filter_map(|name| if name == "$user" { interp.role.clone() } else { Some(name) })
        .filter(|name| !name.is_empty())
        .collect()
}

fn search_path(interp: &mut Interpreter<'_>, path: SearchPath, local: bool) -> Outcome {
    if local {
        // Outside a transaction block it has no effect but a warning.
        if interp.transaction.is_none() {
            return Ok(());
        }
        if interp.local_path.is_none() {
            interp.local_path = Some(interp.store.search_path());
        }
    } else {
        interp.local_path = None;
    }
    interp.store.set_search_path(path);
    Ok(())
}

/// `SELECT …`: data, but for `set_config('search_path', …)` and functions that change the schema.
pub(crate) fn select(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let mut ahead = cursor.clone();
    ahead.next_token();
    if ahead.qualified_name().is_ok_and(|name| name.name == "set_config") && ahead.accept_symbol("(") {
        let name = ahead.is_string().then(|| ahead.string_literal()).transpose()?;
        if name.is_some_and(|name| name.eq_ignore_ascii_case("search_path"))
            && ahead.accept_symbol(",")
            && ahead.is_string()
        {
            let value = ahead.string_literal()?.into_owned();
            let local = ahead.accept_symbol(",") && ahead.accept("true");
            let names = name_list(&value)?;
            let path = resolve_path(interp, names);
            cursor.rest();
            return search_path(interp, path, local);
        }
    }
    let file = Arc::clone(&interp.place.text);
    if let Some(select) = select_into(cursor, &file) {
        cursor.rest();
        return super::table_as::into(interp, select);
    }
    let text = cursor.rest().text.to_owned();
    run_or_skip(interp, &text)
}

/// Passes over a query, or runs the function that it calls when that changes the schema.
///
/// # Errors
/// S105 when what it does is only known when it runs, and those of what it runs.
pub(crate) fn run_or_skip(interp: &mut Interpreter<'_>, query: &str) -> Outcome {
    if let Err(failure) = check_calls(interp, query) {
        return run_call(interp, query).unwrap_or(Err(failure));
    }
    interp.skipped += 1;
    Ok(())
}

/// `SELECT function(constants)` of a PL/pgSQL function that the files made: its body is run. `None` when it is something else.
fn run_call(interp: &mut Interpreter<'_>, query: &str) -> Option<Outcome> {
    let call = query
        .trim()
        .get(..6)
        .filter(|w| w.eq_ignore_ascii_case("select"))
        .and_then(|_| query.trim().get(6..))?;
    let mut cursor = Cursor::of(call).ok()?;
    let written = cursor.qualified_name().ok()?;
    let guard = Guard { interp, variables: &Variables::new() };
    let values = cursor.parenthesized_or_empty(|c| Ok(guard.value(c.expr()?.text))).ok()?;
    if !cursor.at_end() || interp.calls >= MAX_CALLS {
        return None;
    }
    let keys = interp.find_routines(&[ObjectKind::Function, ObjectKind::Procedure], &written);
    let [key] = keys.as_slice() else { return None };
    let entry = interp.store.get(key)?;
    let routine =
        Function::of(&entry.object).map(|f| &f.0).or_else(|| Procedure::of(&entry.object).map(|p| &p.0))?;
    let RoutineBody::Source(body) = &routine.body else { return None };
    if routine.language != "plpgsql" || !routine.config.is_empty() {
        return None;
    }
    let mut variables = Variables::new();
    let mut values = values.into_iter();
    for argument in &routine.arguments {
        if let Some(name) = &argument.name {
            let value = if argument.mode.is_input() { values.next().flatten() } else { None };
            variables.insert(name.as_str().to_owned(), value);
        }
    }
    let body = body.clone();
    interp.calls += 1;
    let result = run_function(interp, &body, variables);
    interp.calls -= 1;
    Some(result)
}

/// How deep functions may call each other.
const MAX_CALLS: u32 = 16;

/// The names of a setting's value: separated by commas, folded or quoted (`SplitIdentifierString`).
fn name_list(text: &str) -> Outcome<Vec<Name>> {
    let mut cursor = Cursor::of(text)?;
    if cursor.at_end() {
        return Ok(Vec::new());
    }
    Ok(cursor.comma_separated(Cursor::label)?)
}

/// `CALL procedure(…)`.
pub(crate) fn call(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    cursor.expect("call")?;
    let text = format!("SELECT {}", cursor.rest().text);
    run_or_skip(interp, &text)
}

/// Functions of well-known extensions that change the schema when called.
const CHANGE_SCHEMA: &[&str] = &[
    "add_compression_policy",
    "add_dimension",
    "add_retention_policy",
    "addgeometrycolumn",
    "create_distributed_table",
    "create_hypertable",
    "create_parent",
    "create_reference_table",
    "dropgeometrycolumn",
    "updategeometrysrid",
];

/// Refuses a query that calls a function which makes or changes objects: what it does is only known when it runs.
///
/// # Errors
/// S105 for the first such function.
pub(crate) fn check_calls(interp: &Interpreter<'_>, query: &str) -> Outcome {
    let found = Mentions::of_query(query);
    let path = interp.store.search_path();
    for (schema, name) in &found.routines {
        let known = CHANGE_SCHEMA.contains(&name.as_str());
        let own = interp.by(&path, schema.as_ref(), name, |q| {
            [ObjectKind::Function, ObjectKind::Procedure]
                .iter()
                .flat_map(|kind| interp.store.catalog().routines(*kind, q))
                .filter_map(|(_, e)| {
                    Function::of(&e.object).map(|f| &f.0).or_else(|| Procedure::of(&e.object).map(|p| &p.0))
                })
                .any(|routine| matches!(&routine.body, RoutineBody::Source(text) if changes_schema(text)))
        });
        if known || own.is_some() {
            let message = format!("calls {name}, which changes the schema when it runs");
            return Err(Failure::dynamic(message).help("write out the statements that it runs"));
        }
    }
    Ok(())
}

/// Whether a routine's source has a statement that defines something, or runs text that was put together.
fn changes_schema(source: &str) -> bool {
    let Ok(cursor) = Cursor::of(source) else { return true };
    let mut cursor = cursor;
    let mut before = String::new();
    while let Some(token) = cursor.next_token() {
        let word = cursor.text_of(&token).to_ascii_lowercase();
        let starts = matches!(before.as_str(), "" | ";" | "begin" | "then" | "else" | "loop" | "declare");
        if starts
            && matches!(
                word.as_str(),
                "create" | "alter" | "drop" | "execute" | "grant" | "revoke" | "comment"
            )
        {
            return true;
        }
        before = word;
    }
    false
}
