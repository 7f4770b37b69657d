//! What the text of PL/pgSQL statements tells without running them: whether they could define something, and which errors a handler takes.
//!
//! Never: the catalog.

use trueup_syntax::{Cursor, TokenKind};

use crate::diagnostic::Failure;

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

pub(crate) fn is_insert(sql: &str) -> bool {
    sql.trim_start().get(..6).is_some_and(|w| w.eq_ignore_ascii_case("insert"))
        && !sql.to_ascii_lowercase().contains("returning")
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

/// Whether `condition OR condition …` names a failure (manual, appendix A).
pub(crate) fn catches(conditions: &str, failure: &Failure) -> bool {
    let Some(state) = failure.sqlstate else { return false };
    conditions.split(|c: char| c.is_whitespace()).any(|word| {
        let word = word.trim().to_ascii_lowercase();
        match word.as_str() {
            "others" => true,
            "duplicate_object" => state == "42710",
            "duplicate_table" => state == "42P07",
            "duplicate_column" => state == "42701",
            "duplicate_function" => state == "42723",
            "duplicate_schema" => state == "42P06",
            "duplicate_alias" => state == "42712",
            "undefined_object" => state == "42704",
            "undefined_table" => state == "42P01",
            "undefined_column" => state == "42703",
            "undefined_function" => state == "42883",
            "invalid_schema_name" => state == "3F000",
            "dependent_objects_still_exist" => state == "2BP01",
            "invalid_table_definition" => state == "42P16",
            "invalid_object_definition" => state == "42P17",
            "wrong_object_type" => state == "42809",
            "unique_violation" => state == "23505",
            "invalid_parameter_value" => state == "22023",
            "syntax_error" => state == "42601",
            "feature_not_supported" => state == "0A000",
            "raise_exception" => state == "P0001",
            "object_not_in_prerequisite_state" => state == "55000",
            _ => word.trim_matches('\'').eq_ignore_ascii_case(state),
        }
    })
}
