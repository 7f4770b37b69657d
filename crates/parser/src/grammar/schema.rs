//! `CREATE|ALTER SCHEMA` and `CREATE|ALTER EXTENSION`.

use super::comment::{Commented, commented};
use super::common::*;
use std::ops::Range;

/// `CREATE SCHEMA`.
#[derive(Debug)]
pub(crate) struct CreateSchema {
    pub if_not_exists: bool,
    /// `None`: the role's name.
    pub name: Option<Name>,
    pub owner: Option<Role>,
    /// The statements inside, each with its bytes.
    pub elements: Vec<Range<usize>>,
}

/// `ALTER SCHEMA`.
#[derive(Debug)]
pub(crate) enum AlterSchema {
    Rename { name: Name, to: Name },
    Owner { name: Name, owner: Role },
}

/// `CREATE EXTENSION`.
#[derive(Debug)]
pub(crate) struct CreateExtension {
    pub if_not_exists: bool,
    pub name: Name,
    pub schema: Option<Name>,
    pub version: Option<String>,
    pub cascade: bool,
}

/// `ALTER EXTENSION`.
#[derive(Debug)]
pub(crate) struct AlterExtension {
    pub name: Name,
    pub action: AlterExtensionAction,
}

#[derive(Debug)]
pub(crate) enum AlterExtensionAction {
    /// `UPDATE [TO version]`.
    Update(Option<String>),
    Schema(Name),
    /// `ADD` or `DROP` of an object.
    Member {
        add: bool,
        object: Box<Commented>,
    },
}

/// After the words `CREATE …`.
pub(crate) fn create(c: &mut Cursor<'_>) -> Result<CreateSchema> {
    let if_not_exists = c.accept_words("if not exists");
    let name = if c.is_word("authorization") { None } else { Some(c.name()?) };
    let owner = if c.accept("authorization") { Some(role(c)?) } else { None };
    if name.is_none() && owner.is_none() {
        return Err(c.expected("a name"));
    }
    // `OptSchemaEltList`: CREATE TABLE, INDEX, SEQUENCE, TRIGGER, VIEW and GRANT, with nothing between them.
    let mut elements = Vec::new();
    while !c.at_end() {
        if !(c.is_word("create") || c.is_word("grant")) {
            return Err(c.expected("CREATE or GRANT"));
        }
        let start = c.offset();
        c.next_token();
        let mut depth = 0u32;
        while let Some(token) = c.peek() {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && starts_element(c) {
                break;
            }
            c.next_token();
        }
        elements.push(start..c.end_of_previous());
    }
    Ok(CreateSchema { if_not_exists, name, owner, elements })
}

/// `create` and `grant` are reserved, so that outside parentheses they can only begin the next element.
fn starts_element(c: &Cursor<'_>) -> bool {
    c.is_word("create") || c.is_word("grant")
}

/// After the words `ALTER …`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterSchema> {
    let name = c.name()?;
    if c.accept_words("rename to") {
        return Ok(AlterSchema::Rename { name, to: c.name()? });
    }
    c.expect_words("owner to")?;
    Ok(AlterSchema::Owner { name, owner: role(c)? })
}

/// After the words `CREATE …`.
pub(crate) fn create_extension(c: &mut Cursor<'_>) -> Result<CreateExtension> {
    let if_not_exists = c.accept_words("if not exists");
    let name = c.name()?;
    c.accept("with");
    let (mut schema, mut version, mut cascade) = (None, None, false);
    loop {
        if c.accept("schema") {
            schema = Some(c.name()?);
        } else if c.accept("version") {
            version = Some(word_or_string(c)?);
        } else if c.accept("cascade") {
            cascade = true;
        } else if c.accept("from") {
            // Gone since PostgreSQL 13, harmless in older files.
            word_or_string(c)?;
        } else {
            break;
        }
    }
    Ok(CreateExtension { if_not_exists, name, schema, version, cascade })
}

/// After the words `ALTER …`.
pub(crate) fn alter_extension(c: &mut Cursor<'_>) -> Result<AlterExtension> {
    let name = c.name()?;
    let action = if c.accept("update") {
        AlterExtensionAction::Update(if c.accept("to") { Some(word_or_string(c)?) } else { None })
    } else if c.accept_words("set schema") {
        AlterExtensionAction::Schema(c.name()?)
    } else {
        let Some(verb) = c.accept_any(&["add", "drop"]) else {
            return Err(c.expected("UPDATE, SET SCHEMA, ADD or DROP"));
        };
        AlterExtensionAction::Member { add: verb == "add", object: Box::new(commented(c)?) }
    };
    Ok(AlterExtension { name, action })
}

/// `NonReservedWord_or_Sconst`.
fn word_or_string(c: &mut Cursor<'_>) -> Result<String> {
    if c.is_string() { Ok(c.string_literal()?.into_owned()) } else { Ok(c.label()?.as_str().to_owned()) }
}
