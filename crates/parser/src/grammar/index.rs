//! `CREATE INDEX`, `ALTER INDEX`, `DROP INDEX`, and the elements that exclusion constraints and partition keys share with them.

use std::ops::Range;

use trueup_catalog::{Name, Options};
use trueup_syntax::{Cursor, Slice, SyntaxError, TokenKind, WrittenName};

use super::alter_table::statistics_target;
use super::common::{ExtensionDependency, extension_dependency, reloption_names, reloptions};
use super::constraint::nulls_not_distinct;

/// One key column or expression.
#[derive(Clone, Debug)]
pub(crate) struct IndexElementDef<'a> {
    pub target: Target<'a>,
    pub collation: Option<WrittenName>,
    pub operator_class: Option<WrittenName>,
    pub operator_class_options: Options,
    pub descending: bool,
    /// `None` where it was not written.
    pub nulls_first: Option<bool>,
}

/// What an element is over.
#[derive(Clone, Debug)]
pub(crate) enum Target<'a> {
    Column(Name, Range<usize>),
    Expr(Slice<'a>),
}

/// `CREATE INDEX`.
#[derive(Clone, Debug)]
pub(crate) struct CreateIndex<'a> {
    pub concurrently: bool,
    pub if_not_exists: bool,
    pub name: Option<Name>,
    pub name_range: Range<usize>,
    pub only: bool,
    pub table: WrittenName,
    pub method: Option<Name>,
    pub elements: Vec<IndexElementDef<'a>>,
    pub include: Vec<Name>,
    pub nulls_not_distinct: bool,
    pub options: Options,
    pub tablespace: Option<Name>,
    pub predicate: Option<Slice<'a>>,
}

/// After the words `CREATE [UNIQUE] INDEX`.
pub(crate) fn create<'a>(c: &mut Cursor<'a>) -> Result<CreateIndex<'a>, SyntaxError> {
    let concurrently = c.accept("concurrently");
    let if_not_exists = c.accept_words("if not exists");
    let start = c.offset();
    let name = if c.is_word("on") { None } else { Some(c.name()?) };
    let name_range = start..c.end_of_previous().max(start);
    c.expect("on")?;
    let only = c.accept("only");
    let table = c.qualified_name()?;
    c.accept_symbol("*");
    let method = if c.accept("using") { Some(c.name()?) } else { None };
    let elements = c.parenthesized(index_element)?;
    let include = if c.accept("include") { c.parenthesized(|c| c.name())? } else { Vec::new() };
    let nulls_not_distinct = nulls_not_distinct(c)?;
    let options = if c.accept("with") { reloptions(c)? } else { Options::new() };
    let tablespace = if c.accept("tablespace") { Some(c.name()?) } else { None };
    let predicate = if c.accept("where") { Some(c.expr()?) } else { None };
    Ok(CreateIndex {
        concurrently,
        if_not_exists,
        name,
        name_range,
        only,
        table,
        method,
        elements,
        include,
        nulls_not_distinct,
        options,
        tablespace,
        predicate,
    })
}

/// `column | function(…) | (expression)` with its options (gram.y `index_elem`, `part_elem`).
pub(crate) fn index_element<'a>(c: &mut Cursor<'a>) -> Result<IndexElementDef<'a>, SyntaxError> {
    let target = if c.is(TokenKind::LParen) {
        Target::Expr(c.parenthesized_expr()?)
    } else if c.is_identifier() {
        let mark = c.mark();
        let plain = c.peek_nth(1).is_none_or(|t| !matches!(t.kind, TokenKind::LParen | TokenKind::Dot));
        if plain {
            let name = c.name()?;
            let range = c.since(mark).range;
            Target::Column(name, range)
        } else {
            c.label()?;
            while c.accept_kind(TokenKind::Dot) {
                c.label()?;
            }
            c.skip_balanced_parens()?;
            Target::Expr(c.since(mark))
        }
    } else {
        return Err(c.expected("a column or an expression"));
    };
    let collation = if c.accept("collate") { Some(c.qualified_name()?) } else { None };
    let mut operator_class = None;
    let mut operator_class_options = Options::new();
    let over = c.is_any_word(&["asc", "desc", "with"])
        || (c.is_word("nulls") && (c.is_word_nth(1, "first") || c.is_word_nth(1, "last")));
    if c.is_identifier() && !over {
        operator_class = Some(c.qualified_name()?);
        if c.is(TokenKind::LParen) {
            operator_class_options = reloptions(c)?;
        }
    }
    let descending = c.accept("desc");
    if !descending {
        c.accept("asc");
    }
    let nulls_first = if c.accept_words("nulls first") {
        Some(true)
    } else if c.accept_words("nulls last") {
        Some(false)
    } else {
        None
    };
    Ok(IndexElementDef { target, collation, operator_class, operator_class_options, descending, nulls_first })
}

/// `ALTER INDEX`.
#[derive(Clone, Debug)]
pub(crate) struct AlterIndex {
    pub if_exists: bool,
    pub name: WrittenName,
    pub action: AlterIndexAction,
}

/// What it does.
#[derive(Clone, Debug)]
pub(crate) enum AlterIndexAction {
    Rename(Name),
    AttachPartition(WrittenName),
    SetOptions(Options),
    ResetOptions(Vec<String>),
    SetTablespace(Name),
    /// `ALTER COLUMN n SET STATISTICS`; `None` for the default.
    Statistics {
        column: u16,
        target: Option<i32>,
    },
    DependsOnExtension(ExtensionDependency),
}

/// After the words `ALTER INDEX`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterIndex, SyntaxError> {
    let if_exists = c.accept_words("if exists");
    let name = c.qualified_name()?;
    let action = if c.accept_words("rename to") {
        AlterIndexAction::Rename(c.name()?)
    } else if c.accept_words("attach partition") {
        AlterIndexAction::AttachPartition(c.qualified_name()?)
    } else if c.accept_words("set tablespace") {
        let name = c.name()?;
        c.accept("nowait");
        AlterIndexAction::SetTablespace(name)
    } else if c.accept("set") {
        AlterIndexAction::SetOptions(reloptions(c)?)
    } else if c.accept("reset") {
        AlterIndexAction::ResetOptions(reloption_names(c)?)
    } else if c.accept("alter") {
        c.accept("column");
        let offset = c.offset();
        let column = u16::try_from(c.integer()?)
            .map_err(|_| c.error_at(offset, "column number must be in range from 1 to 32767"))?;
        c.expect_words("set statistics")?;
        AlterIndexAction::Statistics { column, target: statistics_target(c)? }
    } else {
        AlterIndexAction::DependsOnExtension(extension_dependency(c)?)
    };
    Ok(AlterIndex { if_exists, name, action })
}

/// `DROP kind [CONCURRENTLY] [IF EXISTS] name, … [CASCADE | RESTRICT]`.
#[derive(Clone, Debug)]
pub(crate) struct DropRelations {
    pub if_exists: bool,
    pub names: Vec<WrittenName>,
    pub cascade: bool,
}

/// After the words `DROP kind`.
pub(crate) fn drop_relations(c: &mut Cursor<'_>) -> Result<DropRelations, SyntaxError> {
    c.accept("concurrently");
    let if_exists = c.accept_words("if exists");
    let names = c.comma_separated(|c| c.qualified_name())?;
    Ok(DropRelations { if_exists, names, cascade: super::common::behaviour(c) })
}
