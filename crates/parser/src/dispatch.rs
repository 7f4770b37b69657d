//! Routes a statement by its leading words to the one function that reads and applies it.
//!
//! Owns: which statements there are. Never: what is inside them.

use trueup_catalog::Persistence;
use trueup_syntax::Cursor;

use crate::apply;
use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// The words between CREATE and the kind of object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Create {
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`, `UNLOGGED`.
    pub persistence: Persistence,
    /// `UNIQUE` (index).
    pub unique: bool,
    /// `RECURSIVE` (view).
    pub recursive: bool,
    /// `CONSTRAINT` (trigger).
    pub constraint: bool,
}

/// Statements that change rows or the session, never the schema.
const DATA: &[&str] = &[
    "insert",
    "update",
    "delete",
    "merge",
    "copy",
    "truncate",
    "lock",
    "analyze",
    "analyse",
    "vacuum",
    "reindex",
    "checkpoint",
    "explain",
    "listen",
    "notify",
    "unlisten",
    "prepare",
    "execute",
    "deallocate",
    "declare",
    "fetch",
    "move",
    "close",
    "show",
    "discard",
    "values",
    "table",
    "refresh",
    "load",
];

/// Reads the statement at the cursor and applies it.
pub(crate) fn statement(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let Some(word) = cursor.peek_word() else {
        if cursor.is_symbol("(") {
            // A query in parentheses.
            return data(interp, cursor);
        }
        return Err(cursor.error().into());
    };
    match word.as_str() {
        "create" => {
            cursor.next_token();
            create(interp, cursor)
        }
        "alter" => {
            cursor.next_token();
            alter(interp, cursor)
        }
        "drop" => {
            cursor.next_token();
            drop(interp, cursor)
        }
        "cluster" => apply::cluster::statement(interp, cursor),
        "comment" => apply::comment::comment(interp, cursor),
        "grant" | "revoke" => apply::grant::grant(interp, cursor),
        "set" | "reset" => apply::set::set(interp, cursor),
        "select" | "with" => apply::set::select(interp, cursor),
        "do" => apply::do_block::do_block(interp, cursor),
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            apply::transaction::transaction(interp, cursor)
        }
        "security" | "reassign" | "import" | "call" => apply::other::statement(interp, cursor),
        word if DATA.contains(&word) => data(interp, cursor),
        _ => Err(cursor.error().into()),
    }
}

/// Passes over a statement that only touches data.
pub(crate) fn data(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    apply::rows::statement(interp, cursor);
    if (cursor.accept_words("insert into") || cursor.accept("copy"))
        && let Ok(written) = cursor.qualified_name()
        && let Some((name, _)) = interp.find_relation(&written)
    {
        interp.filled.insert(name);
    }
    cursor.rest();
    interp.skipped += 1;
    Ok(())
}

fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let start = cursor.mark();
    let mut create = Create {
        or_replace: cursor.accept_words("or replace"),
        persistence: Persistence::Permanent,
        unique: false,
        recursive: false,
        constraint: false,
    };
    loop {
        if cursor.accept_any(&["temp", "temporary"]).is_some() {
            create.persistence = Persistence::Temporary;
        } else if cursor.accept("unlogged") {
            create.persistence = Persistence::Unlogged;
        } else if cursor.accept("unique") {
            create.unique = true;
        } else if cursor.accept("recursive") {
            create.recursive = true;
        } else if cursor.accept("constraint") {
            create.constraint = true;
        } else if cursor.accept_any(&["global", "local"]).is_none() {
            break;
        }
    }
    if cursor.accept("table") {
        apply::table::create(interp, cursor, create)
    } else if cursor.accept("index") {
        apply::index::create(interp, cursor, create)
    } else if cursor.accept("schema") {
        apply::schema::create(interp, cursor)
    } else if cursor.accept("extension") {
        apply::extension::create(interp, cursor)
    } else if cursor.accept("type") {
        apply::user_type::create(interp, cursor)
    } else if cursor.accept("domain") {
        apply::domain::create(interp, cursor)
    } else if cursor.accept("sequence") {
        apply::sequence::create(interp, cursor, create)
    } else if cursor.accept_words("materialized view") {
        apply::materialized_view::create(interp, cursor)
    } else if cursor.accept("view") {
        apply::view::create(interp, cursor, create)
    } else if cursor.is_any_word(&["function", "procedure"]) {
        apply::routine::create(interp, cursor, create)
    } else if cursor.accept("trigger") {
        apply::trigger::create(interp, cursor, create)
    } else if cursor.accept("policy") {
        apply::policy::create(interp, cursor)
    } else {
        cursor.reset(start);
        apply::other::create(interp, cursor)
    }
}

fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept("table") {
        apply::alter_table::alter(interp, cursor)
    } else if cursor.accept("index") {
        apply::index::alter(interp, cursor)
    } else if cursor.accept("schema") {
        apply::schema::alter(interp, cursor)
    } else if cursor.accept("extension") {
        apply::extension::alter(interp, cursor)
    } else if cursor.accept("type") {
        apply::user_type::alter(interp, cursor)
    } else if cursor.accept("domain") {
        apply::domain::alter(interp, cursor)
    } else if cursor.accept("sequence") {
        apply::sequence::alter(interp, cursor)
    } else if cursor.accept_words("materialized view") {
        apply::materialized_view::alter(interp, cursor)
    } else if cursor.accept("view") {
        apply::view::alter(interp, cursor)
    } else if cursor.is_any_word(&["function", "procedure", "routine"]) {
        apply::routine::alter(interp, cursor)
    } else if cursor.accept("trigger") {
        apply::trigger::alter(interp, cursor)
    } else if cursor.accept("policy") {
        apply::policy::alter(interp, cursor)
    } else {
        apply::other::alter(interp, cursor)
    }
}

fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept("table") {
        apply::table::drop(interp, cursor)
    } else if cursor.accept("index") {
        apply::index::drop(interp, cursor)
    } else if cursor.accept("schema") {
        apply::schema::drop(interp, cursor)
    } else if cursor.accept("extension") {
        apply::extension::drop(interp, cursor)
    } else if cursor.accept("type") {
        apply::user_type::drop(interp, cursor)
    } else if cursor.accept("domain") {
        apply::domain::drop(interp, cursor)
    } else if cursor.accept("sequence") {
        apply::sequence::drop(interp, cursor)
    } else if cursor.accept_words("materialized view") {
        apply::materialized_view::drop(interp, cursor)
    } else if cursor.accept("view") {
        apply::view::drop(interp, cursor)
    } else if cursor.is_any_word(&["function", "procedure", "routine"]) {
        apply::routine::drop(interp, cursor)
    } else if cursor.accept("trigger") {
        apply::trigger::drop(interp, cursor)
    } else if cursor.accept("policy") {
        apply::policy::drop(interp, cursor)
    } else {
        apply::other::drop(interp, cursor)
    }
}

/// A statement of a kind that is not understood yet.
pub(crate) fn not_understood(interp: &Interpreter<'_>) -> Outcome {
    Err(Failure::not_understood(format!("{} was not understood", interp.place.words))
        .help("put `-- trueup: ignore S102` above it to leave it out of the comparison"))
}
