//! What the text of PL/pgSQL statements tells without running them: whether they could define something, and which errors a handler takes.
//!
//! Never: the catalog.

use trueup_syntax::{Cursor, TokenKind};

use crate::diagnostic::{Failure, Outcome};

/// Whether a loop's body reads fields of its record variable.
pub(crate) fn uses_fields(body: &str, variable: Option<&str>) -> bool {
    let Some(variable) = variable else { return true };
    let Ok(c) = Cursor::of(body) else { return true };
    let mut c = c;
    while !c.at_end() {
        if c.is_word(variable) && c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::Dot) {
            return true;
        }
        c.next_token();
    }
    false
}

/// A query without its `INTO variable, …`, and the variables, a field of a record by its path; `None` where it has no such clause.
///
/// # Errors
/// Text that is no SQL.
pub(crate) fn into_clause(sql: &str) -> Outcome<Option<(String, Vec<Vec<String>>)>> {
    let mut c = Cursor::of(sql)?;
    let mut depth = 0u32;
    let mut previous = String::new();
    while let Some(token) = c.peek() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            _ if depth == 0 && c.is_word("into") && !matches!(previous.as_str(), "insert" | "merge" | "") => {
                break;
            }
            _ => {}
        }
        previous = c.text_of(&token).to_ascii_lowercase();
        c.next_token();
    }
    if c.at_end() {
        return Ok(None);
    }
    let before = c.end_of_previous();
    c.next_token();
    c.accept("strict");
    let path = |c: &mut Cursor<'_>| Ok(c.dotted_name()?.iter().map(|n| n.as_str().to_owned()).collect());
    let names = c.comma_separated(path)?;
    let after = c.end_of_previous();
    let query = format!("{} {}", sql.get(..before).unwrap_or_default(), sql.get(after..).unwrap_or_default());
    Ok(Some((query, names)))
}

/// Whether statements among these leave their loop or block: RETURN, EXIT or CONTINUE.
pub(crate) fn leaves(source: &str) -> bool {
    let Ok(mut c) = Cursor::of(source) else { return true };
    let mut starts = true;
    while let Some(token) = c.peek() {
        if starts && c.is_any_word(&["return", "exit", "continue"]) {
            return true;
        }
        starts = token.kind == TokenKind::Semicolon || c.is_any_word(&["then", "else", "begin", "loop"]);
        c.next_token();
    }
    false
}

/// The variables that statements assign: `name :=`, `INTO name`, `FOR name IN`, and whatever stands before `:=`.
pub(crate) fn assigned(source: &str) -> Vec<String> {
    let Ok(mut c) = Cursor::of(source) else { return Vec::new() };
    let mut names = Vec::new();
    let mut starts = true;
    while let Some(token) = c.peek() {
        if (starts || c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::ColonEquals))
            && c.is_identifier()
            && let Ok(name) = c.clone().label()
        {
            names.push(name.as_str().to_owned());
        }
        // Lists of INTO have commas: every name up to the next key word may be one.
        starts = c.is_any_word(&["into", "strict", "for", "foreach"])
            || (starts && token.kind == TokenKind::Comma)
            || matches!(token.kind, TokenKind::Semicolon | TokenKind::Comma);
        c.next_token();
    }
    names
}

/// The text inside a string constant at the beginning of an expression.
pub(crate) fn literal_start(expr: &str) -> &str {
    expr.trim_start().trim_start_matches("format").trim_start_matches(['(', ' ', '\n', '\t', 'E', '$', '\''])
}

/// Whether a statement only touches rows.
pub(crate) fn is_data(statement: &str) -> bool {
    let word = statement
        .trim_start()
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(
        word.as_str(),
        "select"
            | "insert"
            | "update"
            | "delete"
            | "with"
            | "analyze"
            | "vacuum"
            | "refresh"
            | "lock"
            | "set"
            | "truncate"
    )
}

/// Whether a statement touches rows, roles or the database as a whole: not its schema.
pub(crate) fn is_harmless(statement: &str) -> bool {
    let mut words = statement
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    is_data(statement)
        || (matches!(first.as_str(), "create" | "alter" | "drop")
            && matches!(second.as_str(), "role" | "user" | "group" | "database" | "system" | "tablespace"))
}

/// GRANT and REVOKE, which are not compared.
pub(crate) fn is_grant(statement: &str) -> bool {
    let word =
        statement.split(|c: char| !c.is_ascii_alphabetic()).find(|w| !w.is_empty()).unwrap_or_default();
    word.eq_ignore_ascii_case("grant") || word.eq_ignore_ascii_case("revoke")
}

/// `record.field := …`, `list[1] := …`.
pub(crate) fn assigns(sql: &str) -> bool {
    let Ok(mut c) = Cursor::of(sql) else { return false };
    if !c.is_identifier() {
        return false;
    }
    c.next_token();
    while c.accept_kind(TokenKind::Dot) {
        c.next_token();
    }
    if c.is(TokenKind::LBracket) {
        while !c.at_end() && !c.accept_kind(TokenKind::RBracket) {
            c.next_token();
        }
    }
    c.is(TokenKind::ColonEquals) || c.is_symbol("=")
}

/// Whether statements among these could define something: DDL, or EXECUTE of anything but data.
pub(crate) fn defines(source: &str) -> bool {
    let Ok(mut c) = Cursor::of(source) else { return true };
    let mut starts = true;
    while let Some(token) = c.peek() {
        if starts && token.kind == TokenKind::Word {
            let here = source.get(token.start..).unwrap_or_default();
            let ddl = c.is_any_word(&["create", "alter", "drop", "comment"]) && !is_harmless(here);
            if ddl {
                return true;
            }
            if c.is_word("execute") {
                let rest = source.get(token.end..).unwrap_or_default();
                if !is_harmless(literal_start(rest)) {
                    return true;
                }
            }
        }
        starts = token.kind == TokenKind::Semicolon || c.is_any_word(&["then", "else", "begin", "loop"]);
        c.next_token();
    }
    false
}

/// Looks ahead whether one of the handlers takes a failure.
pub(crate) fn handled(c: &Cursor<'_>, failure: &Failure) -> bool {
    let mut c = c.clone();
    c.accept("exception");
    while !c.at_end() {
        if c.accept("when") {
            let start = c.mark();
            while !c.at_end() && !c.is_word("then") {
                c.next_token();
            }
            if catches(c.since(start).text, failure) {
                return true;
            }
        } else {
            c.next_token();
        }
    }
    false
}

/// Whether `condition OR condition …` names a failure (manual, appendix A). A name that ends a class takes the whole class
/// (`exception_matches_conditions` in `pl_exec.c`).
pub(crate) fn catches(conditions: &str, failure: &Failure) -> bool {
    let Some(state) = failure.sqlstate else { return false };
    conditions.split(|c: char| c.is_whitespace()).any(|word| {
        let word = word.trim().trim_matches('\'').to_ascii_lowercase();
        if word == "others" {
            return true;
        }
        let named = CONDITIONS.iter().find(|(name, _)| *name == word).map(|(_, state)| *state);
        let wanted = named.map_or_else(|| word.to_ascii_uppercase(), str::to_owned);
        wanted == state || (wanted.len() == 5 && wanted.ends_with("000") && wanted.get(..2) == state.get(..2))
    })
}

/// What a RAISE raises; `None` for the levels that only tell.
pub(crate) fn raised(sql: &str) -> Option<&'static str> {
    const OTHER: &str = "P0001";
    let mut c = Cursor::of(sql).ok()?;
    if c.accept_any(&["notice", "warning", "info", "log", "debug"]).is_some() {
        return None;
    }
    c.accept("exception");
    let mut state = None;
    if c.accept("sqlstate") {
        state = c.string_literal().ok().and_then(|text| known_state(&text));
    } else if c.is_identifier() && !c.is_word("using") {
        state = c.label().ok().and_then(|name| known_state(name.as_str()));
    }
    while !c.at_end() {
        if c.accept("errcode") && (c.accept_symbol("=") || c.accept_kind(TokenKind::ColonEquals)) {
            state = if c.is_string() {
                c.string_literal().ok().and_then(|text| known_state(&text))
            } else {
                c.label().ok().and_then(|name| known_state(name.as_str()))
            };
        }
        c.next_token();
    }
    Some(state.unwrap_or(OTHER))
}

fn known_state(text: &str) -> Option<&'static str> {
    CONDITIONS
        .iter()
        .find(|(name, state)| name.eq_ignore_ascii_case(text) || state.eq_ignore_ascii_case(text))
        .map(|(_, state)| *state)
}

/// Names of conditions and their SQLSTATEs (manual, appendix A), as far as statements that define something raise them.
const CONDITIONS: &[(&str, &str)] = &[
    ("feature_not_supported", "0A000"),
    ("case_not_found", "20000"),
    ("data_exception", "22000"),
    ("invalid_parameter_value", "22023"),
    ("invalid_text_representation", "22P02"),
    ("integrity_constraint_violation", "23000"),
    ("not_null_violation", "23502"),
    ("foreign_key_violation", "23503"),
    ("unique_violation", "23505"),
    ("check_violation", "23514"),
    ("invalid_transaction_state", "25000"),
    ("active_sql_transaction", "25001"),
    ("no_active_sql_transaction", "25P01"),
    ("dependent_privilege_descriptors_still_exist", "2B000"),
    ("dependent_objects_still_exist", "2BP01"),
    ("invalid_catalog_name", "3D000"),
    ("invalid_schema_name", "3F000"),
    ("syntax_error_or_access_rule_violation", "42000"),
    ("insufficient_privilege", "42501"),
    ("syntax_error", "42601"),
    ("invalid_name", "42602"),
    ("invalid_column_definition", "42611"),
    ("duplicate_column", "42701"),
    ("ambiguous_column", "42702"),
    ("undefined_column", "42703"),
    ("undefined_object", "42704"),
    ("duplicate_object", "42710"),
    ("duplicate_alias", "42712"),
    ("duplicate_function", "42723"),
    ("datatype_mismatch", "42804"),
    ("wrong_object_type", "42809"),
    ("undefined_function", "42883"),
    ("undefined_table", "42P01"),
    ("undefined_parameter", "42P02"),
    ("duplicate_cursor", "42P03"),
    ("duplicate_database", "42P04"),
    ("duplicate_schema", "42P06"),
    ("duplicate_table", "42P07"),
    ("invalid_column_reference", "42P10"),
    ("invalid_function_definition", "42P13"),
    ("invalid_schema_definition", "42P15"),
    ("invalid_table_definition", "42P16"),
    ("invalid_object_definition", "42P17"),
    ("object_not_in_prerequisite_state", "55000"),
    ("object_in_use", "55006"),
    ("lock_not_available", "55P03"),
    ("plpgsql_error", "P0000"),
    ("raise_exception", "P0001"),
    ("no_data_found", "P0002"),
    ("too_many_rows", "P0003"),
];
