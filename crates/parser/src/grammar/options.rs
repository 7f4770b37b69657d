//! Lists of `name = value`: storage parameters and the like.

use trueup_catalog::Options;
use trueup_syntax::{Cursor, SyntaxError, TokenKind};

/// `(name = value, name, namespace.name = value)` as `pg_class.reloptions` would hold it: names folded to lower case, a missing
/// value as `true` (`transformRelOptions` in `reloptions.c`).
pub(crate) fn reloptions(c: &mut Cursor<'_>) -> Result<Options, SyntaxError> {
    let list = c.parenthesized_or_empty(|c| {
        let name = reloption_name(c)?;
        let value = if c.accept_symbol("=") { option_value(c)? } else { "true".to_owned() };
        Ok((name, value))
    })?;
    Ok(list.into_iter().collect())
}

/// `(name, namespace.name)`.
pub(crate) fn reloption_names(c: &mut Cursor<'_>) -> Result<Vec<String>, SyntaxError> {
    c.parenthesized(|c| {
        let name = reloption_name(c)?;
        if c.accept_symbol("=") {
            option_value(c)?;
        }
        Ok(name)
    })
}

fn reloption_name(c: &mut Cursor<'_>) -> Result<String, SyntaxError> {
    let mut name = c.label()?.as_str().to_ascii_lowercase();
    if c.accept_kind(TokenKind::Dot) {
        name = format!("{name}.{}", c.label()?.as_str().to_ascii_lowercase());
    }
    Ok(name)
}

/// A value: a string, a number, or a word; booleans as `true` and `false`.
pub(crate) fn option_value(c: &mut Cursor<'_>) -> Result<String, SyntaxError> {
    if c.is_string() {
        return Ok(boolean(c.string_literal()?.into_owned()));
    }
    if c.is_identifier() {
        let quoted = !c.is(TokenKind::Word);
        let word = c.label()?.as_str().to_owned();
        return Ok(if quoted { word } else { boolean(word) });
    }
    c.number()
}

fn boolean(word: String) -> String {
    match word.to_ascii_lowercase().as_str() {
        "on" | "yes" | "true" => "true".to_owned(),
        "off" | "no" | "false" => "false".to_owned(),
        _ => word,
    }
}
