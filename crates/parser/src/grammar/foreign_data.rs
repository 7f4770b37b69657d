//! `OPTIONS (…)` of foreign-data objects.

use super::common::*;
use crate::diagnostic::{Failure, Outcome};
use trueup_catalog::Options;

/// What is done with an option (`alter_generic_option_elem`).
#[derive(Clone, Debug)]
pub(crate) enum OptionChange {
    Add(String, String),
    Set(String, String),
    Drop(String),
}

fn pair(c: &mut Cursor<'_>) -> Result<(String, String)> {
    let name = c.label()?.as_str().to_owned();
    Ok((name, c.string_literal()?.into_owned()))
}

/// `[OPTIONS (name 'value', …)]` of CREATE.
pub(crate) fn options(c: &mut Cursor<'_>) -> Result<Options> {
    if !c.accept("options") {
        return Ok(Options::new());
    }
    Ok(c.parenthesized_or_empty(pair)?.into_iter().collect())
}

/// `[OPTIONS ([ADD|SET|DROP] name ['value'], …)]` of ALTER.
pub(crate) fn change_options(c: &mut Cursor<'_>) -> Result<Vec<OptionChange>> {
    if !c.accept("options") {
        return Ok(Vec::new());
    }
    c.parenthesized(|c| {
        // An option may be called `add`, `set` or `drop`: then its value follows at once.
        let word = c.peek_word().unwrap_or_default();
        let names_itself =
            c.peek_nth(1).is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::QuotedIdent));
        if !names_itself {
            return pair(c).map(|(name, value)| OptionChange::Add(name, value));
        }
        c.label()?;
        match word.as_str() {
            "add" => pair(c).map(|(name, value)| OptionChange::Add(name, value)),
            "set" => pair(c).map(|(name, value)| OptionChange::Set(name, value)),
            "drop" => Ok(OptionChange::Drop(c.label()?.as_str().to_owned())),
            _ => Err(c.expected("ADD, SET or DROP")),
        }
    })
}

/// Applies the changes (`transformGenericOptions` in `foreigncmds.c`).
///
/// # Errors
/// 42710 for an option that is there already, 42704 for one that is not.
pub(crate) fn set_options(options: &mut Options, changes: &[OptionChange]) -> Outcome {
    for change in changes.iter().cloned() {
        match change {
            OptionChange::Add(name, value) => {
                if options.contains_key(&name) {
                    let message = format!("option \"{name}\" provided more than once");
                    return Err(Failure::duplicate("42710", message));
                }
                options.insert(name, value);
            }
            OptionChange::Set(name, value) => {
                if options.insert(name.clone(), value).is_none() {
                    return Err(Failure::undefined("42704", format!("option \"{name}\" not found")));
                }
            }
            OptionChange::Drop(name) => {
                if options.remove(&name).is_none() {
                    return Err(Failure::undefined("42704", format!("option \"{name}\" not found")));
                }
            }
        }
    }
    Ok(())
}
