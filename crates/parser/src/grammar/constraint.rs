//! Constraints of columns and tables (gram.y `ColConstraintElem`, `ConstraintElem`).

use std::ops::Range;

use trueup_catalog::{ForeignKeyAction, MatchType, Name, Options};
use trueup_syntax::{Cursor, Slice, SyntaxError, TokenKind, WrittenName};

use super::common::reloptions;
use super::index::{IndexElementDef, index_element};
use super::sequence::{self, SequenceOption};

/// `DEFERRABLE`, `NOT VALID` and so on; `None` where nothing was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub deferrable: Option<bool>,
    pub initially_deferred: Option<bool>,
    pub not_valid: bool,
    pub no_inherit: bool,
    pub enforced: Option<bool>,
}

/// A constraint with its name and place.
#[derive(Clone, Debug)]
pub(crate) struct ConstraintDef<'a> {
    pub name: Option<Name>,
    pub body: Body<'a>,
    pub attributes: Attributes,
    pub range: Range<usize>,
}

/// What it demands. On a column the lists of columns are empty.
#[derive(Clone, Debug)]
pub(crate) enum Body<'a> {
    Check(Slice<'a>),
    PrimaryKey(Key),
    Unique(Key),
    Exclusion(ExclusionDef<'a>),
    ForeignKey(ForeignKeyDef),
    /// Of the named column (18 and later), or of the column that it stands at.
    NotNull(Option<Name>),
    /// `NULL`: nothing, but that it may not stand beside NOT NULL.
    Null,
    Default(Slice<'a>),
    Generated {
        expr: Slice<'a>,
        /// `None` where neither STORED nor VIRTUAL was written.
        stored: Option<bool>,
    },
    Identity {
        always: bool,
        options: Vec<SequenceOption>,
    },
}

/// The index of a primary key or unique constraint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key {
    pub columns: Vec<Name>,
    pub include: Vec<Name>,
    pub nulls_not_distinct: bool,
    pub without_overlaps: bool,
    pub options: Options,
    pub tablespace: Option<Name>,
    /// `USING INDEX name`.
    pub using_index: Option<Name>,
}

/// `EXCLUDE`.
#[derive(Clone, Debug)]
pub(crate) struct ExclusionDef<'a> {
    pub method: Option<Name>,
    pub elements: Vec<(IndexElementDef<'a>, Option<Name>, String)>,
    pub include: Vec<Name>,
    pub predicate: Option<Slice<'a>>,
    pub options: Options,
    pub tablespace: Option<Name>,
}

/// `REFERENCES`.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKeyDef {
    pub columns: Vec<Name>,
    pub period: bool,
    pub references: WrittenName,
    pub referenced_columns: Vec<Name>,
    pub match_type: MatchType,
    pub on_update: ForeignKeyAction,
    pub on_delete: ForeignKeyAction,
    pub on_delete_columns: Vec<Name>,
}

/// Whether a table constraint comes next, rather than a column.
pub(crate) fn is_table_constraint(c: &Cursor<'_>) -> bool {
    let paren = |n: usize| c.peek_nth(n).is_some_and(|t| t.kind == TokenKind::LParen);
    c.is_word("constraint")
        || c.is_words("primary key")
        || (c.is_word("check") && paren(1))
        || (c.is_word("unique") && (paren(1) || c.is_word_nth(1, "nulls") || c.is_word_nth(1, "using")))
        || c.is_words("foreign key")
        || (c.is_word("exclude") && (paren(1) || c.is_word_nth(1, "using")))
        || c.is_words("not null")
}

/// `[CONSTRAINT name] …` of a table.
pub(crate) fn table_constraint<'a>(c: &mut Cursor<'a>) -> Result<ConstraintDef<'a>, SyntaxError> {
    let start = c.offset();
    let name = if c.accept("constraint") { Some(c.name()?) } else { None };
    let body = if c.accept("check") {
        Body::Check(c.parenthesized_expr()?)
    } else if c.accept_words("primary key") {
        Body::PrimaryKey(key(c, true)?)
    } else if c.accept("unique") {
        Body::Unique(key(c, true)?)
    } else if c.accept("exclude") {
        Body::Exclusion(exclusion(c)?)
    } else if c.accept_words("foreign key") {
        let (columns, period) = key_columns(c, "period", true)?;
        c.expect("references")?;
        Body::ForeignKey(ForeignKeyDef { columns, period, ..references(c)? })
    } else if c.accept_words("not null") {
        Body::NotNull(Some(c.name()?))
    } else {
        return Err(c.expected("a constraint"));
    };
    let attributes = attributes(c, true)?;
    Ok(ConstraintDef { name, body, attributes, range: start..c.end_of_previous() })
}

/// The next constraint of a column, if one comes. COLLATE, STORAGE and COMPRESSION are the column's.
pub(crate) fn column_constraint<'a>(c: &mut Cursor<'a>) -> Result<Option<ConstraintDef<'a>>, SyntaxError> {
    let start = c.offset();
    let name = if c.accept("constraint") { Some(c.name()?) } else { None };
    let body = if c.accept_words("not null") {
        Body::NotNull(None)
    } else if c.accept("null") {
        Body::Null
    } else if c.accept("check") {
        Body::Check(c.parenthesized_expr()?)
    } else if c.accept_words("primary key") {
        Body::PrimaryKey(key(c, false)?)
    } else if c.accept("unique") {
        Body::Unique(key(c, false)?)
    } else if c.accept("references") {
        Body::ForeignKey(references(c)?)
    } else if c.accept("default") {
        Body::Default(c.b_expr()?)
    } else if c.accept("generated") {
        let always = if c.accept_words("by default") {
            false
        } else {
            c.expect("always")?;
            true
        };
        c.expect("as")?;
        if c.accept("identity") {
            let mut options = Vec::new();
            if c.accept_symbol("(") {
                options = sequence::options(c)?;
                c.expect_symbol(")")?;
            }
            Body::Identity { always, options }
        } else {
            let expr = c.parenthesized_expr()?;
            let stored = c.accept_any(&["stored", "virtual"]).map(|word| word == "stored");
            Body::Generated { expr, stored }
        }
    } else if name.is_some() {
        return Err(c.expected("a constraint"));
    } else {
        return Ok(None);
    };
    let attributes = attributes(c, false)?;
    Ok(Some(ConstraintDef { name, body, attributes, range: start..c.end_of_previous() }))
}

fn attributes(c: &mut Cursor<'_>, table: bool) -> Result<Attributes, SyntaxError> {
    let mut list = Attributes::default();
    loop {
        if c.accept("deferrable") {
            list.deferrable = Some(true);
        } else if c.accept_words("not deferrable") {
            list.deferrable = Some(false);
        } else if c.accept_words("initially deferred") {
            list.initially_deferred = Some(true);
        } else if c.accept_words("initially immediate") {
            list.initially_deferred = Some(false);
        } else if c.accept_words("no inherit") {
            list.no_inherit = true;
        } else if c.accept_words("not enforced") {
            list.enforced = Some(false);
        } else if c.accept("enforced") {
            list.enforced = Some(true);
        } else if table && c.accept_words("not valid") {
            list.not_valid = true;
        } else {
            return Ok(list);
        }
    }
}

/// What ALTER CONSTRAINT sets.
pub(crate) fn alter_attributes(c: &mut Cursor<'_>) -> Result<(Attributes, Option<bool>), SyntaxError> {
    let inherit = c.accept("inherit").then_some(true);
    let list = attributes(c, false)?;
    let inherit = if list.no_inherit { Some(false) } else { inherit };
    Ok((list, inherit))
}

fn key_columns(c: &mut Cursor<'_>, last: &str, before: bool) -> Result<(Vec<Name>, bool), SyntaxError> {
    let mut period = false;
    let columns = c.parenthesized(|c| {
        // PERIOD is an ordinary word, so it may be a column.
        if before
            && c.is_word(last)
            && c.peek_nth(1).is_some_and(|t| !matches!(t.kind, TokenKind::Comma | TokenKind::RParen))
        {
            c.next_token();
            period = true;
        }
        let name = c.name()?;
        if !before && c.accept_words(last) {
            period = true;
        }
        Ok(name)
    })?;
    Ok((columns, period))
}

fn key(c: &mut Cursor<'_>, of_table: bool) -> Result<Key, SyntaxError> {
    let mut key = Key { nulls_not_distinct: nulls_not_distinct(c)?, ..Key::default() };
    if of_table {
        if c.accept_words("using index") {
            key.using_index = Some(c.name()?);
            return Ok(key);
        }
        (key.columns, key.without_overlaps) = key_columns(c, "without overlaps", false)?;
        if c.accept("include") {
            key.include = c.name_list()?;
        }
    }
    (key.options, key.tablespace) = index_storage(c)?;
    Ok(key)
}

/// `NULLS [NOT] DISTINCT`.
pub(crate) fn nulls_not_distinct(c: &mut Cursor<'_>) -> Result<bool, SyntaxError> {
    if c.accept_words("nulls not distinct") {
        return Ok(true);
    }
    c.accept_words("nulls distinct");
    Ok(false)
}

fn index_storage(c: &mut Cursor<'_>) -> Result<(Options, Option<Name>), SyntaxError> {
    let options = if c.accept("with") { reloptions(c)? } else { Options::new() };
    let tablespace = if c.accept_words("using index tablespace") { Some(c.name()?) } else { None };
    Ok((options, tablespace))
}

fn exclusion<'a>(c: &mut Cursor<'a>) -> Result<ExclusionDef<'a>, SyntaxError> {
    let method = if c.accept("using") { Some(c.name()?) } else { None };
    let elements = c.parenthesized(|c| {
        let element = index_element(c)?;
        c.expect("with")?;
        let (schema, operator) = c.operator()?;
        Ok((element, schema, operator.to_owned()))
    })?;
    let include = if c.accept("include") { c.name_list()? } else { Vec::new() };
    let (options, tablespace) = index_storage(c)?;
    let predicate = if c.accept("where") { Some(c.parenthesized_expr()?) } else { None };
    Ok(ExclusionDef { method, elements, include, predicate, options, tablespace })
}

fn references(c: &mut Cursor<'_>) -> Result<ForeignKeyDef, SyntaxError> {
    let references = c.qualified_name()?;
    let referenced_columns =
        if c.is(TokenKind::LParen) { key_columns(c, "period", true)?.0 } else { Vec::new() };
    let mut key = ForeignKeyDef {
        columns: Vec::new(),
        period: false,
        references,
        referenced_columns,
        match_type: MatchType::Simple,
        on_update: ForeignKeyAction::NoAction,
        on_delete: ForeignKeyAction::NoAction,
        on_delete_columns: Vec::new(),
    };
    if c.accept("match") {
        key.match_type = if c.accept("full") {
            MatchType::Full
        } else if c.accept("partial") {
            MatchType::Partial
        } else {
            c.expect("simple")?;
            MatchType::Simple
        };
    }
    while c.accept("on") {
        let delete = c.accept("delete");
        if !delete {
            c.expect("update")?;
        }
        let action = if c.accept_words("no action") {
            ForeignKeyAction::NoAction
        } else if c.accept("restrict") {
            ForeignKeyAction::Restrict
        } else if c.accept("cascade") {
            ForeignKeyAction::Cascade
        } else if c.accept_words("set null") {
            ForeignKeyAction::SetNull
        } else {
            c.expect_words("set default")?;
            ForeignKeyAction::SetDefault
        };
        if delete {
            key.on_delete = action;
            if c.is(TokenKind::LParen) {
                key.on_delete_columns = c.name_list()?;
            }
        } else {
            key.on_update = action;
        }
    }
    Ok(key)
}
