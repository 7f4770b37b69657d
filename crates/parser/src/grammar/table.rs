//! `CREATE TABLE`.

use std::ops::Range;

use std::sync::Arc;

use trueup_catalog::{Name, Options, PartitionStrategy};
use trueup_syntax::{Cursor, Slice, SyntaxError, TokenKind, WrittenName, type_name::TypeName};

use super::common::reloptions;
use super::constraint::{ConstraintDef, column_constraint, is_table_constraint, table_constraint};
use super::foreign_data::options;
use super::index::{IndexElementDef, index_element};

/// `CREATE TABLE`.
#[derive(Clone, Debug)]
pub(crate) struct CreateTable<'a> {
    pub if_not_exists: bool,
    pub name: WrittenName,
    pub form: Form<'a>,
    pub inherits: Vec<WrittenName>,
    pub partition_by: Option<PartitionBy<'a>>,
    pub access_method: Option<Name>,
    pub options: Options,
    pub tablespace: Option<Name>,
}

/// Where its columns come from.
#[derive(Clone, Debug)]
pub(crate) enum Form<'a> {
    /// A list of columns and constraints.
    Columns(Vec<Element<'a>>),
    /// `OF type`.
    OfType(WrittenName, Vec<Element<'a>>),
    /// `PARTITION OF parent`.
    PartitionOf(WrittenName, Vec<Element<'a>>, Bound<'a>),
    /// `AS query`.
    Query { columns: Vec<Name>, query: Arc<str> },
    /// `AS EXECUTE`.
    Execute,
}

/// One element of the list.
#[derive(Clone, Debug)]
pub(crate) enum Element<'a> {
    Column(ColumnDef<'a>),
    Constraint(ConstraintDef<'a>),
    Like(LikeClause),
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnDef<'a> {
    pub name: Name,
    pub range: Range<usize>,
    /// `None` in a list of OF or PARTITION OF.
    pub type_name: Option<TypeName>,
    pub type_range: Range<usize>,
    pub collation: Option<WrittenName>,
    pub storage: Option<Name>,
    pub compression: Option<Name>,
    pub constraints: Vec<ConstraintDef<'a>>,
    /// `OPTIONS (…)` of a foreign table's column.
    pub foreign_options: Options,
}

/// `LIKE table INCLUDING …`.
#[derive(Clone, Debug)]
pub(crate) struct LikeClause {
    pub source: WrittenName,
    pub comments: bool,
    pub compression: bool,
    pub constraints: bool,
    pub defaults: bool,
    pub generated: bool,
    pub identity: bool,
    pub indexes: bool,
    pub statistics: bool,
    pub storage: bool,
}

/// `PARTITION BY`.
#[derive(Clone, Debug)]
pub(crate) struct PartitionBy<'a> {
    pub strategy: PartitionStrategy,
    pub elements: Vec<IndexElementDef<'a>>,
}

/// `FOR VALUES …` or `DEFAULT`.
#[derive(Clone, Debug)]
pub(crate) enum Bound<'a> {
    Default,
    List(Vec<Slice<'a>>),
    Range(Vec<Datum<'a>>, Vec<Datum<'a>>),
    Hash(u32, u32),
}

/// One column of a range bound.
#[derive(Clone, Debug)]
pub(crate) enum Datum<'a> {
    Min,
    Max,
    Value(Slice<'a>),
}

/// After the words `CREATE … TABLE`.
pub(crate) fn create<'a>(c: &mut Cursor<'a>) -> Result<CreateTable<'a>, SyntaxError> {
    let if_not_exists = c.accept_words("if not exists");
    let name = c.qualified_name()?;
    let mut table = CreateTable {
        if_not_exists,
        name,
        form: Form::Columns(Vec::new()),
        inherits: Vec::new(),
        partition_by: None,
        access_method: None,
        options: Options::new(),
        tablespace: None,
    };
    if c.accept("of") {
        let of = c.qualified_name()?;
        let elements = if c.is(TokenKind::LParen) { c.parenthesized(typed_element)? } else { Vec::new() };
        table.form = Form::OfType(of, elements);
    } else if c.accept_words("partition of") {
        let parent = c.qualified_name()?;
        let elements = if c.is(TokenKind::LParen) { c.parenthesized(typed_element)? } else { Vec::new() };
        let bound = bound(c)?;
        table.form = Form::PartitionOf(parent, elements, bound);
    } else if is_name_list_of_query(c) {
        let columns = if c.is(TokenKind::LParen) { c.name_list()? } else { Vec::new() };
        storage(c, &mut table)?;
        c.expect("as")?;
        table.form = if c.accept("execute") {
            c.rest();
            Form::Execute
        } else {
            Form::Query { columns, query: super::view::query(c)? }
        };
        c.accept_words("with no data");
        c.accept_words("with data");
        return Ok(table);
    } else {
        table.form = Form::Columns(c.parenthesized_or_empty(element)?);
    }
    if c.accept("inherits") {
        table.inherits = c.parenthesized(|c| c.qualified_name())?;
    }
    if c.accept_words("partition by") {
        table.partition_by = Some(partition_by(c)?);
    }
    storage(c, &mut table)?;
    Ok(table)
}

/// Whether `AS query` follows, perhaps after a list of bare names and storage options.
fn is_name_list_of_query(c: &Cursor<'_>) -> bool {
    let mut ahead = c.clone();
    if ahead.is(TokenKind::LParen) && ahead.name_list().is_err() {
        return false;
    }
    let mut scratch = CreateTable {
        if_not_exists: false,
        name: WrittenName { schema: None, name: Name::new(""), range: 0..0 },
        form: Form::Execute,
        inherits: Vec::new(),
        partition_by: None,
        access_method: None,
        options: Options::new(),
        tablespace: None,
    };
    storage(&mut ahead, &mut scratch).is_ok() && ahead.is_word("as")
}

/// `SERVER name [OPTIONS (…)]`, which ends `CREATE FOREIGN TABLE`.
pub(crate) fn server(c: &mut Cursor<'_>) -> Result<(Name, Options), SyntaxError> {
    c.expect("server")?;
    Ok((c.name()?, options(c)?))
}

fn storage(c: &mut Cursor<'_>, table: &mut CreateTable<'_>) -> Result<(), SyntaxError> {
    if c.accept("using") {
        table.access_method = Some(c.name()?);
    }
    if c.accept("with") {
        table.options = reloptions(c)?;
        table.options.remove("oids");
    } else {
        c.accept_words("without oids");
    }
    if c.accept_words("on commit") && !c.accept("drop") {
        if c.accept("delete") {
            c.expect("rows")?;
        } else {
            c.expect_words("preserve rows")?;
        }
    }
    if c.accept("tablespace") {
        table.tablespace = Some(c.name()?);
    }
    Ok(())
}

fn element<'a>(c: &mut Cursor<'a>) -> Result<Element<'a>, SyntaxError> {
    if c.accept("like") {
        return Ok(Element::Like(like(c)?));
    }
    if is_table_constraint(c) {
        return Ok(Element::Constraint(table_constraint(c)?));
    }
    Ok(Element::Column(column(c)?))
}

fn typed_element<'a>(c: &mut Cursor<'a>) -> Result<Element<'a>, SyntaxError> {
    if is_table_constraint(c) {
        return Ok(Element::Constraint(table_constraint(c)?));
    }
    let start = c.offset();
    let mut column = ColumnDef {
        name: c.name()?,
        range: start..c.end_of_previous(),
        type_name: None,
        type_range: start..start,
        collation: None,
        storage: None,
        compression: None,
        constraints: Vec::new(),
        foreign_options: Options::new(),
    };
    c.accept_words("with options");
    qualifiers(c, &mut column)?;
    Ok(Element::Column(column))
}

/// `name type …`.
pub(crate) fn column<'a>(c: &mut Cursor<'a>) -> Result<ColumnDef<'a>, SyntaxError> {
    let start = c.offset();
    let name = c.name()?;
    let range = start..c.end_of_previous();
    let type_start = c.offset();
    let type_name = c.type_name()?;
    let mut column = ColumnDef {
        name,
        range,
        type_name: Some(type_name),
        type_range: type_start..c.end_of_previous(),
        collation: None,
        storage: None,
        compression: None,
        constraints: Vec::new(),
        foreign_options: Options::new(),
    };
    qualifiers(c, &mut column)?;
    Ok(column)
}

fn qualifiers<'a>(c: &mut Cursor<'a>, column: &mut ColumnDef<'a>) -> Result<(), SyntaxError> {
    loop {
        if c.accept("collate") {
            column.collation = Some(c.qualified_name()?);
        } else if c.accept("storage") {
            column.storage = Some(c.label()?);
        } else if c.accept("compression") {
            column.compression = Some(c.label()?);
        } else if c.is_word("options") && c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::LParen) {
            column.foreign_options = options(c)?;
        } else {
            match column_constraint(c)? {
                Some(constraint) => column.constraints.push(constraint),
                None => return Ok(()),
            }
        }
    }
}

fn like(c: &mut Cursor<'_>) -> Result<LikeClause, SyntaxError> {
    let source = c.qualified_name()?;
    let mut like = LikeClause {
        source,
        comments: false,
        compression: false,
        constraints: false,
        defaults: false,
        generated: false,
        identity: false,
        indexes: false,
        statistics: false,
        storage: false,
    };
    while let Some(word) = c.accept_any(&["including", "excluding"]) {
        let on = word == "including";
        let all = c.accept("all");
        let mut set = |c: &mut Cursor<'_>, word: &str, flag: fn(&mut LikeClause) -> &mut bool| {
            let hit = all || c.accept(word);
            if hit {
                *flag(&mut like) = on;
            }
            hit && !all
        };
        let known = set(c, "comments", |l| &mut l.comments)
            | set(c, "compression", |l| &mut l.compression)
            | set(c, "constraints", |l| &mut l.constraints)
            | set(c, "defaults", |l| &mut l.defaults)
            | set(c, "generated", |l| &mut l.generated)
            | set(c, "identity", |l| &mut l.identity)
            | set(c, "indexes", |l| &mut l.indexes)
            | set(c, "statistics", |l| &mut l.statistics)
            | set(c, "storage", |l| &mut l.storage);
        if !known && !all {
            return Err(c.expected("what LIKE includes"));
        }
    }
    Ok(like)
}

fn partition_by<'a>(c: &mut Cursor<'a>) -> Result<PartitionBy<'a>, SyntaxError> {
    let strategy = if c.accept("range") {
        PartitionStrategy::Range
    } else if c.accept("hash") {
        PartitionStrategy::Hash
    } else {
        c.expect("list")?;
        PartitionStrategy::List
    };
    Ok(PartitionBy { strategy, elements: c.parenthesized(index_element)? })
}

/// `FOR VALUES …` or `DEFAULT`.
pub(crate) fn bound<'a>(c: &mut Cursor<'a>) -> Result<Bound<'a>, SyntaxError> {
    if c.accept("default") {
        return Ok(Bound::Default);
    }
    c.expect_words("for values")?;
    if c.accept("in") {
        return Ok(Bound::List(c.parenthesized(|c| c.expr())?));
    }
    if c.accept("from") {
        let from = c.parenthesized(datum)?;
        c.expect("to")?;
        return Ok(Bound::Range(from, c.parenthesized(datum)?));
    }
    c.expect("with")?;
    let (mut modulus, mut remainder) = (None, None);
    c.parenthesized(|c| {
        let word = c.label()?;
        let offset = c.offset();
        let value = u32::try_from(c.integer()?).map_err(|_| c.error_at(offset, "value out of range"))?;
        match word.as_str() {
            "modulus" => modulus = Some(value),
            "remainder" => remainder = Some(value),
            other => {
                return Err(c.error_at(
                    offset,
                    format!("unrecognized hash partition bound specification \"{other}\""),
                ));
            }
        }
        Ok(())
    })?;
    match (modulus, remainder) {
        (Some(modulus), Some(remainder)) => Ok(Bound::Hash(modulus, remainder)),
        _ => Err(c.expected("modulus and remainder")),
    }
}

fn datum<'a>(c: &mut Cursor<'a>) -> Result<Datum<'a>, SyntaxError> {
    if c.accept("minvalue") {
        return Ok(Datum::Min);
    }
    if c.accept("maxvalue") {
        return Ok(Datum::Max);
    }
    Ok(Datum::Value(c.expr()?))
}
