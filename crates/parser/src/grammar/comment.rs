//! `COMMENT ON`.

use super::common::*;
use super::object::{self, NamedObject};
use super::routine::{RoutineKind, RoutineRef, kind, routine_ref};

/// `COMMENT ON object IS text`.
#[derive(Debug)]
pub(crate) struct Comment {
    pub object: Commented,
    /// `None` for NULL and for the empty text, which both leave nothing behind.
    pub text: Option<String>,
}

/// What a comment is on.
#[derive(Debug)]
pub(crate) enum Commented {
    /// `TABLE`, `VIEW`, `INDEX`… with the word.
    Relation(&'static str, WrittenName),
    /// `schema.table.column`.
    Column(Vec<Name>),
    Schema(Name),
    Extension(Name),
    Type(WrittenName),
    Domain(WrittenName),
    Routine(RoutineKind, RoutineRef),
    Constraint {
        name: Name,
        table: WrittenName,
    },
    DomainConstraint {
        name: Name,
        domain: WrittenName,
    },
    Trigger {
        name: Name,
        table: WrittenName,
    },
    Policy {
        name: Name,
        table: WrittenName,
    },
    Other(NamedObject),
}

/// After `COMMENT`.
pub(crate) fn comment(c: &mut Cursor<'_>) -> Result<Comment> {
    c.expect("on")?;
    let object = commented(c)?;
    c.expect("is")?;
    let text = if c.accept("null") {
        None
    } else {
        Some(c.string_literal()?.into_owned()).filter(|t| !t.is_empty())
    };
    Ok(Comment { object, text })
}

/// The object of a comment or a security label.
pub(crate) fn commented(c: &mut Cursor<'_>) -> Result<Commented> {
    for (words, word) in [
        ("table", "table"),
        ("view", "view"),
        ("materialized view", "materialized view"),
        ("index", "index"),
        ("sequence", "sequence"),
    ] {
        if c.accept_words(words) {
            return Ok(Commented::Relation(word, c.qualified_name()?));
        }
    }
    if c.accept("column") {
        return Ok(Commented::Column(c.dotted_name()?));
    }
    if c.accept("schema") {
        return Ok(Commented::Schema(c.name()?));
    }
    if c.accept("extension") {
        return Ok(Commented::Extension(c.name()?));
    }
    if c.accept("type") {
        return Ok(Commented::Type(c.qualified_name()?));
    }
    if c.accept("domain") {
        return Ok(Commented::Domain(c.qualified_name()?));
    }
    if c.is_any_word(&["function", "procedure", "routine"]) {
        let kind = kind(c)?;
        return Ok(Commented::Routine(kind, routine_ref(c)?));
    }
    if c.accept("constraint") {
        let name = c.name()?;
        c.expect("on")?;
        if c.is_word("domain")
            && c.peek_nth(1).is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::QuotedIdent))
            && !c.is_word_nth(1, "is")
        {
            c.next_token();
            return Ok(Commented::DomainConstraint { name, domain: c.qualified_name()? });
        }
        return Ok(Commented::Constraint { name, table: c.qualified_name()? });
    }
    if c.accept("trigger") {
        let name = c.name()?;
        c.expect("on")?;
        return Ok(Commented::Trigger { name, table: c.qualified_name()? });
    }
    if c.accept("policy") {
        let name = c.name()?;
        c.expect("on")?;
        return Ok(Commented::Policy { name, table: c.qualified_name()? });
    }
    if c.accept_words("large object") {
        c.number()?;
        return Ok(Commented::Other(NamedObject::Outside));
    }
    match object::object(c, false)? {
        Some((NamedObject::Outside, _)) => {
            c.label()?;
            Ok(Commented::Other(NamedObject::Outside))
        }
        Some((object, _)) => Ok(Commented::Other(object)),
        None => Err(c.error()),
    }
}
