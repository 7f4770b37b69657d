//! Names of objects of kinds that the model does not hold, as `CREATE`, `ALTER`, `DROP` and `COMMENT` write them.

use super::common::*;
use super::routine::{Parameter, parameters};

/// An object of a kind that is not modelled.
#[derive(Debug)]
pub(crate) enum Unmodelled {
    /// One that lives in a schema: its kind in words, and its name.
    InSchema(&'static str, WrittenName),
    /// One of the whole database.
    Global(&'static str, Name),
    /// `name(arguments)`; `None` for `(*)`.
    Aggregate(WrittenName, Option<Vec<Parameter>>),
    /// Operator with the types of its sides; `None` for `NONE`.
    Operator {
        schema: Option<Name>,
        symbol: String,
        left: Option<TypeName>,
        right: Option<TypeName>,
    },
    /// Operator class or family: what, name, access method.
    OfMethod(&'static str, WrittenName, Name),
    Cast {
        source: TypeName,
        target: TypeName,
    },
    Rule {
        name: Name,
        table: WrittenName,
    },
    Transform {
        data_type: TypeName,
        language: Name,
    },
    UserMapping {
        user: Name,
        server: Name,
    },
    /// Not part of one database's schema: role, database, tablespace, large object.
    Outside,
}

/// Kinds whose name follows at once, with a schema.
const IN_SCHEMA: &[(&str, &str)] = &[
    ("collation", "collation"),
    ("conversion", "conversion"),
    ("default conversion", "conversion"),
    ("statistics", "statistics"),
    ("text search configuration", "text search configuration"),
    ("text search dictionary", "text search dictionary"),
    ("text search parser", "text search parser"),
    ("text search template", "text search template"),
    ("foreign table", "foreign table"),
];

/// Kinds whose name follows at once, without a schema.
const GLOBAL: &[(&str, &str)] = &[
    ("foreign data wrapper", "foreign-data wrapper"),
    ("access method", "access method"),
    ("event trigger", "event trigger"),
    ("publication", "publication"),
    ("subscription", "subscription"),
    ("server", "server"),
    ("trusted procedural language", "language"),
    ("trusted language", "language"),
    ("procedural language", "language"),
    ("language", "language"),
];

const OUTSIDE: &[&str] = &["role", "user", "group", "database", "tablespace", "system", "large object"];

/// Reads the kind and the name, after `CREATE [OR REPLACE]`, `ALTER`, `DROP` or `COMMENT ON`. `IF [NOT] EXISTS` before the name is passed
/// over. `None` when no such kind comes.
pub(crate) fn object(c: &mut Cursor<'_>, create: bool) -> Result<Option<(Unmodelled, bool)>> {
    if c.accept_words("user mapping") {
        let exists = if_exists(c);
        c.expect("for")?;
        let user = c.label()?;
        c.expect("server")?;
        return Ok(Some((Unmodelled::UserMapping { user, server: c.name()? }, exists)));
    }
    if let Some(words) = OUTSIDE.iter().find(|words| c.is_words(words)) {
        c.accept_words(words);
        return Ok(Some((Unmodelled::Outside, false)));
    }
    if let Some((words, what)) = IN_SCHEMA.iter().find(|(words, _)| c.is_words(words)) {
        c.accept_words(words);
        let exists = if_exists(c);
        c.accept("only");
        // CREATE STATISTICS may leave the name to PostgreSQL (16 and later).
        if create && *what == "statistics" && (c.is_word("on") || c.is_symbol("(")) {
            let range = c.offset()..c.offset();
            let name = WrittenName { schema: None, name: Name::new(""), range };
            return Ok(Some((Unmodelled::InSchema(what, name), exists)));
        }
        return Ok(Some((Unmodelled::InSchema(what, c.qualified_name()?), exists)));
    }
    if let Some((words, what)) = GLOBAL.iter().find(|(words, _)| c.is_words(words)) {
        c.accept_words(words);
        let exists = if_exists(c);
        return Ok(Some((Unmodelled::Global(what, c.label()?), exists)));
    }
    if c.accept("aggregate") {
        let exists = if_exists(c);
        let name = c.qualified_name()?;
        let arguments = aggregate_arguments(c, create)?;
        return Ok(Some((Unmodelled::Aggregate(name, arguments), exists)));
    }
    if c.is_words("operator class") || c.is_words("operator family") {
        let what = if c.is_words("operator class") { "operator class" } else { "operator family" };
        c.accept_words(what);
        let exists = if_exists(c);
        let name = c.qualified_name()?;
        let method = if create && what == "operator class" {
            // The method comes later: see `CREATE OPERATOR CLASS`.
            Name::new("")
        } else {
            c.expect("using")?;
            c.name()?
        };
        return Ok(Some((Unmodelled::OfMethod(what, name, method), exists)));
    }
    if c.accept("operator") {
        let exists = if_exists(c);
        let (schema, symbol) = c.operator()?;
        let symbol = symbol.to_owned();
        let (mut left, mut right) = (None, None);
        if !create {
            c.expect_symbol("(")?;
            if !c.accept("none") {
                left = Some(c.type_name()?);
            }
            c.expect_symbol(",")?;
            if !c.accept("none") {
                right = Some(c.type_name()?);
            }
            c.expect_symbol(")")?;
        }
        return Ok(Some((Unmodelled::Operator { schema, symbol, left, right }, exists)));
    }
    if c.accept("cast") {
        let exists = if_exists(c);
        c.expect_symbol("(")?;
        let source = c.type_name()?;
        c.expect("as")?;
        let target = c.type_name()?;
        c.expect_symbol(")")?;
        return Ok(Some((Unmodelled::Cast { source, target }, exists)));
    }
    if c.accept("rule") {
        let exists = if_exists(c);
        let name = c.name()?;
        if create {
            c.expect_words("as on")?;
            if c.accept_any(&["select", "insert", "update", "delete"]).is_none() {
                return Err(c.expected("SELECT, INSERT, UPDATE or DELETE"));
            }
            c.expect("to")?;
        } else {
            c.expect("on")?;
        }
        return Ok(Some((Unmodelled::Rule { name, table: c.qualified_name()? }, exists)));
    }
    if c.accept("transform") {
        let exists = if_exists(c);
        c.expect("for")?;
        let data_type = c.type_name()?;
        c.expect("language")?;
        return Ok(Some((Unmodelled::Transform { data_type, language: c.name()? }, exists)));
    }
    Ok(None)
}

fn if_exists(c: &mut Cursor<'_>) -> bool {
    c.accept_words("if exists") || c.accept_words("if not exists")
}

/// `(*)`, `(types)`, `(types ORDER BY types)`; the old style of `CREATE AGGREGATE name (basetype = …)` has none.
fn aggregate_arguments(c: &mut Cursor<'_>, create: bool) -> Result<Option<Vec<Parameter>>> {
    if create {
        let mark = c.mark();
        c.skip_balanced_parens()?;
        let old_style = !c.is(TokenKind::LParen);
        c.reset(mark);
        if old_style {
            return Ok(None);
        }
    }
    let mark = c.mark();
    c.expect_symbol("(")?;
    if c.accept_symbol("*") {
        c.expect_symbol(")")?;
        return Ok(Some(Vec::new()));
    }
    // Ordered-set aggregates: direct arguments, then those of ORDER BY, which may stand for both.
    let slice = {
        c.reset(mark);
        c.skip_balanced_parens()?
    };
    let Some(at) = order_by(slice.text) else {
        c.reset(mark);
        return Ok(Some(parameters(c)?));
    };
    let (direct, ordered) = (
        slice.text.get(..at).unwrap_or_default(),
        slice.text.get(at + "order by".len()..).unwrap_or_default(),
    );
    let mut list = of_text(direct)?;
    list.extend(of_text(ordered)?);
    Ok(Some(list))
}

fn of_text(text: &str) -> Result<Vec<Parameter>> {
    let text = format!("({})", text.trim());
    let mut cursor = Cursor::of(&text)?;
    parameters(&mut cursor)
}

fn order_by(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let at = lower.find("order")?;
    lower.get(at..)?.strip_prefix("order by").map(|_| at)
}
