//! `CREATE SEQUENCE` and `ALTER SEQUENCE`, and the options that identity columns share with them.

use super::common::*;
use trueup_catalog::{DataType, Persistence};

/// `CREATE SEQUENCE`.
#[derive(Debug)]
pub(crate) struct CreateSequence {
    pub persistence: Persistence,
    pub if_not_exists: bool,
    pub name: WrittenName,
    pub options: Vec<SequenceOption>,
}

/// One option (`SeqOptElem`).
#[derive(Debug, Clone)]
pub(crate) enum SequenceOption {
    As(DataType),
    Cache(i64),
    Cycle(bool),
    Increment(i64),
    /// `None` for `NO MAXVALUE`.
    Max(Option<i64>),
    /// `None` for `NO MINVALUE`.
    Min(Option<i64>),
    /// `None` for `OWNED BY NONE`; else table and column with whatever schema was written.
    OwnedBy(Option<Vec<Name>>),
    /// `SEQUENCE NAME` of an identity column, as pg_dump writes it.
    Name(WrittenName),
    Start(i64),
    /// Data, not schema.
    Restart,
    /// `LOGGED`, `UNLOGGED`: grammar of pg_dump for identity columns (15 and later).
    Logged,
}

/// `ALTER SEQUENCE`.
#[derive(Debug)]
pub(crate) struct AlterSequence {
    pub if_exists: bool,
    pub name: WrittenName,
    pub action: AlterSequenceAction,
}

#[derive(Debug)]
pub(crate) enum AlterSequenceAction {
    Options(Vec<SequenceOption>),
    Rename(Name),
    Owner(Role),
    Schema(Name),
    Persistence(Persistence),
}

/// After the words `CREATE …`.
pub(crate) fn create(c: &mut Cursor<'_>, persistence: Persistence) -> Result<CreateSequence> {
    let if_not_exists = c.accept_words("if not exists");
    let name = c.qualified_name()?;
    let options = options(c)?;
    Ok(CreateSequence { persistence, if_not_exists, name, options })
}

/// After the words `ALTER …`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterSequence> {
    let if_exists = c.accept_words("if exists");
    let name = c.qualified_name()?;
    let action = if c.accept_words("rename to") {
        AlterSequenceAction::Rename(c.name()?)
    } else if c.accept_words("owner to") {
        AlterSequenceAction::Owner(role(c)?)
    } else if c.accept_words("set schema") {
        AlterSequenceAction::Schema(c.name()?)
    } else if c.accept_words("set logged") {
        AlterSequenceAction::Persistence(Persistence::Permanent)
    } else if c.accept_words("set unlogged") {
        AlterSequenceAction::Persistence(Persistence::Unlogged)
    } else {
        AlterSequenceAction::Options(options(c)?)
    };
    Ok(AlterSequence { if_exists, name, action })
}

/// As many options as come.
pub(crate) fn options(c: &mut Cursor<'_>) -> Result<Vec<SequenceOption>> {
    let mut list = Vec::new();
    while let Some(option) = option(c)? {
        list.push(option);
    }
    Ok(list)
}

/// The next option, if one comes.
pub(crate) fn option(c: &mut Cursor<'_>) -> Result<Option<SequenceOption>> {
    let option = if c.accept("as") {
        SequenceOption::As(c.data_type()?)
    } else if c.accept("cache") {
        SequenceOption::Cache(c.integer()?)
    } else if c.accept("cycle") {
        SequenceOption::Cycle(true)
    } else if c.accept_words("no cycle") {
        SequenceOption::Cycle(false)
    } else if c.accept("increment") {
        c.accept("by");
        SequenceOption::Increment(c.integer()?)
    } else if c.accept("maxvalue") {
        SequenceOption::Max(Some(c.integer()?))
    } else if c.accept_words("no maxvalue") {
        SequenceOption::Max(None)
    } else if c.accept("minvalue") {
        SequenceOption::Min(Some(c.integer()?))
    } else if c.accept_words("no minvalue") {
        SequenceOption::Min(None)
    } else if c.accept_words("owned by") {
        // NONE is a col_name_keyword, which no table's first name part can be.
        SequenceOption::OwnedBy(if c.accept("none") { None } else { Some(c.dotted_name()?) })
    } else if c.accept_words("sequence name") {
        SequenceOption::Name(c.qualified_name()?)
    } else if c.accept("start") {
        c.accept("with");
        SequenceOption::Start(c.integer()?)
    } else if c.accept("restart") {
        if c.accept("with") || c.is(TokenKind::Integer) || c.is_symbol("-") || c.is_symbol("+") {
            c.integer()?;
        }
        SequenceOption::Restart
    } else if c.accept_any(&["logged", "unlogged"]).is_some() {
        SequenceOption::Logged
    } else {
        return Ok(None);
    };
    Ok(Some(option))
}
