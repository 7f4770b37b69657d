//! Names of objects of every kind whose statements share a form, as `CREATE`, `ALTER`, `DROP`, `COMMENT` and `SECURITY LABEL` write them.

use super::common::*;
use super::routine::{Parameter, parameters};
use trueup_catalog::ObjectKind;

/// An object as a statement names it.
#[derive(Clone, Debug)]
pub(crate) enum NamedObject {
    /// One that lives in a schema.
    InSchema(ObjectKind, WrittenName),
    /// One of the whole database.
    Global(ObjectKind, Name),
    /// `name(arguments)`.
    Aggregate(WrittenName, AggregateArguments),
    /// Operator with the types of its sides; `None` for `NONE`.
    Operator {
        schema: Option<Name>,
        symbol: String,
        left: Option<TypeName>,
        right: Option<TypeName>,
    },
    /// Operator class or family with its access method (empty in `CREATE OPERATOR CLASS`, where it comes later).
    OfMethod(ObjectKind, WrittenName, Name),
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
        user: Role,
        server: Name,
    },
    /// A foreign table, which is a table.
    ForeignTable(WrittenName),
    /// Not part of one database's schema: role, database, tablespace, large object.
    Outside,
}

/// The argument list of an aggregate (`aggr_args`).
#[derive(Clone, Debug, Default)]
pub(crate) struct AggregateArguments {
    /// All of them, direct ones first; empty for `(*)`.
    pub parameters: Vec<Parameter>,
    /// How many stand before `ORDER BY`; `None` for a plain aggregate.
    pub direct: Option<usize>,
    /// `CREATE AGGREGATE name (basetype = …)`: the list is in the definition.
    pub old_style: bool,
}

/// Kinds whose name follows at once, with a schema.
const IN_SCHEMA: &[(&str, ObjectKind)] = &[
    ("collation", ObjectKind::Collation),
    ("conversion", ObjectKind::Conversion),
    ("default conversion", ObjectKind::Conversion),
    ("statistics", ObjectKind::Statistics),
    ("text search configuration", ObjectKind::TextSearchConfiguration),
    ("text search dictionary", ObjectKind::TextSearchDictionary),
    ("text search parser", ObjectKind::TextSearchParser),
    ("text search template", ObjectKind::TextSearchTemplate),
];

/// Kinds whose name follows at once, without a schema.
const GLOBAL: &[(&str, ObjectKind)] = &[
    ("foreign data wrapper", ObjectKind::ForeignDataWrapper),
    ("access method", ObjectKind::AccessMethod),
    ("event trigger", ObjectKind::EventTrigger),
    ("publication", ObjectKind::Publication),
    ("subscription", ObjectKind::Subscription),
    ("server", ObjectKind::Server),
    ("trusted procedural language", ObjectKind::Language),
    ("trusted language", ObjectKind::Language),
    ("procedural language", ObjectKind::Language),
    ("language", ObjectKind::Language),
];

const OUTSIDE: &[&str] = &["role", "user", "group", "database", "tablespace", "system", "large object"];

/// Reads the kind and the name, after `CREATE [OR REPLACE]`, `ALTER`, `DROP` or `COMMENT ON`, and whether `IF [NOT] EXISTS` stood before the
/// name. `None` when no such kind comes.
pub(crate) fn object(c: &mut Cursor<'_>, create: bool) -> Result<Option<(NamedObject, bool)>> {
    if c.accept_words("user mapping") {
        let exists = if_exists(c);
        c.expect("for")?;
        let user = if c.accept("user") { Role::Current } else { role(c)? };
        c.expect("server")?;
        return Ok(Some((NamedObject::UserMapping { user, server: c.name()? }, exists)));
    }
    if let Some(words) = OUTSIDE.iter().find(|words| c.is_words(words)) {
        c.accept_words(words);
        return Ok(Some((NamedObject::Outside, false)));
    }
    if c.accept_words("foreign table") {
        let exists = if_exists(c);
        c.accept("only");
        return Ok(Some((NamedObject::ForeignTable(c.qualified_name()?), exists)));
    }
    if let Some((words, kind)) = IN_SCHEMA.iter().find(|(words, _)| c.is_words(words)) {
        c.accept_words(words);
        let exists = if_exists(c);
        // CREATE STATISTICS may leave the name to PostgreSQL (16 and later).
        if create && *kind == ObjectKind::Statistics && (c.is_word("on") || c.is_symbol("(")) {
            let range = c.offset()..c.offset();
            let name = WrittenName { schema: None, name: Name::new(""), range };
            return Ok(Some((NamedObject::InSchema(*kind, name), exists)));
        }
        return Ok(Some((NamedObject::InSchema(*kind, c.qualified_name()?), exists)));
    }
    if let Some((words, kind)) = GLOBAL.iter().find(|(words, _)| c.is_words(words)) {
        c.accept_words(words);
        let exists = if_exists(c);
        return Ok(Some((NamedObject::Global(*kind, c.label()?), exists)));
    }
    if c.accept("aggregate") {
        let exists = if_exists(c);
        let name = c.qualified_name()?;
        let arguments = aggregate_arguments(c, create)?;
        return Ok(Some((NamedObject::Aggregate(name, arguments), exists)));
    }
    if c.is_words("operator class") || c.is_words("operator family") {
        let class = c.accept_words("operator class");
        if !class {
            c.accept_words("operator family");
        }
        let kind = if class { ObjectKind::OperatorClass } else { ObjectKind::OperatorFamily };
        let exists = if_exists(c);
        let name = c.qualified_name()?;
        let method = if create && class {
            Name::new("")
        } else {
            c.expect("using")?;
            c.name()?
        };
        return Ok(Some((NamedObject::OfMethod(kind, name, method), exists)));
    }
    if c.accept("operator") {
        let exists = if_exists(c);
        let (schema, symbol) = c.operator()?;
        let symbol = symbol.to_owned();
        let (left, right) = if create { (None, None) } else { operator_sides(c)? };
        return Ok(Some((NamedObject::Operator { schema, symbol, left, right }, exists)));
    }
    if c.accept("cast") {
        let exists = if_exists(c);
        c.expect_symbol("(")?;
        let source = c.type_name()?;
        c.expect("as")?;
        let target = c.type_name()?;
        c.expect_symbol(")")?;
        return Ok(Some((NamedObject::Cast { source, target }, exists)));
    }
    if c.accept("rule") {
        let exists = if_exists(c);
        let name = c.name()?;
        // CREATE RULE is read by `trueup_syntax::rule`.
        c.expect("on")?;
        return Ok(Some((NamedObject::Rule { name, table: c.qualified_name()? }, exists)));
    }
    if c.accept("transform") {
        let exists = if_exists(c);
        c.expect("for")?;
        let data_type = c.type_name()?;
        c.expect("language")?;
        return Ok(Some((NamedObject::Transform { data_type, language: c.name()? }, exists)));
    }
    Ok(None)
}

fn if_exists(c: &mut Cursor<'_>) -> bool {
    c.accept_words("if exists") || c.accept_words("if not exists")
}

/// The types of the two sides of an operator.
pub(crate) type Sides = (Option<TypeName>, Option<TypeName>);

/// `(left, right)`, either of them `NONE` (`oper_argtypes`).
pub(crate) fn operator_sides(c: &mut Cursor<'_>) -> Result<Sides> {
    c.expect_symbol("(")?;
    let left = if c.accept("none") { None } else { Some(c.type_name()?) };
    c.expect_symbol(",")?;
    let right = if c.accept("none") { None } else { Some(c.type_name()?) };
    c.expect_symbol(")")?;
    Ok((left, right))
}

/// `(*)`, `(types)`, `(types ORDER BY types)` (`aggr_args`; `makeOrderedSetArgs` in gram.y).
pub(crate) fn aggregate_arguments(c: &mut Cursor<'_>, create: bool) -> Result<AggregateArguments> {
    let mark = c.mark();
    let slice = c.skip_balanced_parens()?;
    if create && !c.is(TokenKind::LParen) {
        c.reset(mark);
        return Ok(AggregateArguments { old_style: true, ..AggregateArguments::default() });
    }
    c.reset(mark);
    c.expect_symbol("(")?;
    if c.accept_symbol("*") {
        c.expect_symbol(")")?;
        return Ok(AggregateArguments::default());
    }
    c.reset(mark);
    let Some(at) = order_by(slice.text) else {
        return Ok(AggregateArguments { parameters: parameters(c)?, ..AggregateArguments::default() });
    };
    c.skip_balanced_parens()?;
    let inside = slice.text.trim_start_matches('(');
    let skipped = slice.text.len() - inside.len();
    let direct = of_text(inside.get(..at - skipped).unwrap_or_default())?;
    let rest = inside.get(at - skipped..).unwrap_or_default();
    let after = rest.to_ascii_lowercase().find("by").map_or(0, |by| by + "by".len());
    let ordered = of_text(rest.get(after..).unwrap_or_default().trim_end_matches(')'))?;
    let count = direct.len();
    let mut list = direct;
    // A VARIADIC direct argument stands for the ordered one as well.
    let stands_for_both = list.last().is_some_and(|p| p.mode == Some(trueup_catalog::ArgumentMode::Variadic));
    if !stands_for_both {
        list.extend(ordered);
    }
    Ok(AggregateArguments { parameters: list, direct: Some(count), old_style: false })
}

fn of_text(text: &str) -> Result<Vec<Parameter>> {
    let text = format!("({})", text.trim());
    let mut cursor = Cursor::of(&text)?;
    parameters(&mut cursor)
}

/// Where `ORDER BY` begins in an argument list.
fn order_by(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower.get(from..)?.find("order") {
        let at = from + found;
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '"');
        let before = lower.get(..at).and_then(|b| b.chars().next_back());
        let rest = lower.get(at + "order".len()..)?;
        if boundary(before) && rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with("by") {
            return Some(at);
        }
        from = at + "order".len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> AggregateArguments {
        aggregate_arguments(&mut Cursor::of(text).unwrap(), false).unwrap()
    }

    #[test]
    fn ordered_set_arguments_are_told_from_direct_ones() {
        let list = arguments("(double precision ORDER BY \"order by\" anyelement)");
        assert_eq!((list.parameters.len(), list.direct), (2, Some(1)));
        let list = arguments("(ORDER BY anyelement)");
        assert_eq!((list.parameters.len(), list.direct), (1, Some(0)));
        let list = arguments("(VARIADIC \"any\" ORDER BY VARIADIC \"any\")");
        assert_eq!((list.parameters.len(), list.direct), (1, Some(1)));
        let list = arguments("(integer, text)");
        assert_eq!((list.parameters.len(), list.direct), (2, None));
        assert!(arguments("(*)").parameters.is_empty());
    }
}
