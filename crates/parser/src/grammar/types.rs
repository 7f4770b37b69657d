//! `CREATE TYPE` and `ALTER TYPE` in all their forms: enum, composite, range, base and shell types.

use super::common::*;
use std::sync::Arc;

/// `CREATE TYPE name …`.
#[derive(Debug)]
pub(crate) struct CreateType {
    pub name: WrittenName,
    pub definition: TypeDefinition,
}

/// What sort of type is made.
#[derive(Debug)]
pub(crate) enum TypeDefinition {
    Enum(Vec<String>),
    Composite(Vec<AttributeDefinition>),
    Range(Vec<DefinitionElement>),
    Base(Vec<DefinitionElement>),
    Shell,
}

/// One attribute of a composite type.
#[derive(Clone, Debug)]
pub(crate) struct AttributeDefinition {
    pub name: Name,
    pub data_type: TypeName,
    pub collation: Option<WrittenName>,
}

/// `name = value` of a definition list (`def_elem`).
#[derive(Debug, Clone)]
pub(crate) struct DefinitionElement {
    /// Lower case as identifiers are, unless it was quoted.
    pub name: Name,
    pub value: Option<DefinitionValue>,
}

/// The value in a definition list (`def_arg`).
#[derive(Debug, Clone)]
pub(crate) enum DefinitionValue {
    /// A name or type, which the grammar can't tell apart.
    Type(TypeName),
    /// An operator, with its schema where `OPERATOR(schema.+)` says it.
    Operator(Option<Name>, String),
    /// A string.
    Text(String),
    /// A number.
    Number(String),
    /// `NONE` or another reserved word.
    Word(Name),
}

impl DefinitionElement {
    /// The value as a qualified name (`defGetQualifiedName`).
    pub fn written_name(&self) -> Option<WrittenName> {
        match self.value.as_ref()? {
            DefinitionValue::Type(t) => Some(WrittenName {
                schema: t.data_type.schema.clone(),
                name: t.data_type.name.clone(),
                range: 0..0,
            }),
            DefinitionValue::Text(text) => {
                Some(WrittenName { schema: None, name: Name::new(text), range: 0..0 })
            }
            DefinitionValue::Word(name) => {
                Some(WrittenName { schema: None, name: name.clone(), range: 0..0 })
            }
            DefinitionValue::Operator(schema, symbol) => {
                Some(WrittenName { schema: schema.clone(), name: Name::new(symbol), range: 0..0 })
            }
            DefinitionValue::Number(_) => None,
        }
    }

    /// The value as text (`defGetString`).
    pub fn text(&self) -> Option<String> {
        match self.value.as_ref()? {
            DefinitionValue::Type(t) => Some(t.data_type.name.as_str().to_owned()),
            DefinitionValue::Operator(_, text)
            | DefinitionValue::Text(text)
            | DefinitionValue::Number(text) => Some(text.clone()),
            DefinitionValue::Word(name) => Some(name.as_str().to_owned()),
        }
    }

    /// Whether a flag is set (`defGetBoolean`): no value means yes.
    pub fn is_true(&self) -> bool {
        match self.text() {
            None => true,
            Some(text) => matches!(text.to_ascii_lowercase().as_str(), "true" | "on" | "1"),
        }
    }
}

/// `ALTER TYPE name …`.
#[derive(Debug)]
pub(crate) struct AlterType {
    pub name: WrittenName,
    pub action: AlterTypeAction,
}

#[derive(Debug)]
pub(crate) enum AlterTypeAction {
    AddValue {
        if_not_exists: bool,
        label: String,
        neighbour: Option<(Neighbour, String)>,
    },
    RenameValue {
        from: String,
        to: String,
    },
    /// Each with `CASCADE`: to typed tables.
    Attributes(Vec<(AttributeAction, bool)>),
    RenameAttribute {
        from: Name,
        to: Name,
        cascade: bool,
    },
    Rename(Name),
    Owner(Role),
    Schema(Name),
    /// `SET (…)` of a base type.
    Options(Vec<DefinitionElement>),
}

/// Where a new enum label goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Neighbour {
    Before,
    After,
}

#[derive(Debug)]
pub(crate) enum AttributeAction {
    Add(AttributeDefinition),
    Drop { if_exists: bool, name: Name },
    Alter(AttributeDefinition),
}

/// After the words `CREATE …`.
pub(crate) fn create(c: &mut Cursor<'_>) -> Result<CreateType> {
    let name = c.qualified_name()?;
    let definition = if c.accept_words("as enum") {
        TypeDefinition::Enum(c.parenthesized_or_empty(|c| Ok(c.string_literal()?.into_owned()))?)
    } else if c.accept_words("as range") {
        TypeDefinition::Range(definition(c)?)
    } else if c.accept("as") {
        TypeDefinition::Composite(c.parenthesized_or_empty(attribute)?)
    } else if c.is(TokenKind::LParen) {
        TypeDefinition::Base(definition(c)?)
    } else {
        TypeDefinition::Shell
    };
    Ok(CreateType { name, definition })
}

/// `name type [COLLATE collation]`.
fn attribute(c: &mut Cursor<'_>) -> Result<AttributeDefinition> {
    let name = c.name()?;
    let data_type = c.type_name()?;
    let collation = if c.accept("collate") { Some(c.qualified_name()?) } else { None };
    Ok(AttributeDefinition { name, data_type, collation })
}

/// `( name [= value], … )`: `definition` of gram.y.
pub(crate) fn definition(c: &mut Cursor<'_>) -> Result<Vec<DefinitionElement>> {
    c.parenthesized_or_empty(|c| {
        let name = c.label()?;
        let value = if c.accept_symbol("=") { Some(definition_value(c)?) } else { None };
        Ok(DefinitionElement { name, value })
    })
}

fn definition_value(c: &mut Cursor<'_>) -> Result<DefinitionValue> {
    if c.is_string() {
        return Ok(DefinitionValue::Text(c.string_literal()?.into_owned()));
    }
    if c.is_word("operator") && c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::LParen) {
        let (schema, text) = c.operator()?;
        return Ok(DefinitionValue::Operator(schema, text.to_owned()));
    }
    match c.peek().map(|t| t.kind) {
        Some(TokenKind::Integer | TokenKind::Decimal) => return Ok(DefinitionValue::Number(c.number()?)),
        Some(TokenKind::Operator) => {
            let mark = c.mark();
            if let Ok(number) = c.number() {
                return Ok(DefinitionValue::Number(number));
            }
            c.reset(mark);
            let (schema, text) = c.operator()?;
            return Ok(DefinitionValue::Operator(schema, text.to_owned()));
        }
        _ => {}
    }
    let mark = c.mark();
    if let Ok(data_type) = c.type_name() {
        return Ok(DefinitionValue::Type(data_type));
    }
    c.reset(mark);
    Ok(DefinitionValue::Word(c.label()?))
}

/// After the words `ALTER …`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterType> {
    let name = c.qualified_name()?;
    let action = if c.accept_words("add value") {
        let if_not_exists = c.accept_words("if not exists");
        let label = c.string_literal()?.into_owned();
        let neighbour = match c.accept_any(&["before", "after"]) {
            Some("before") => Some((Neighbour::Before, c.string_literal()?.into_owned())),
            Some(_) => Some((Neighbour::After, c.string_literal()?.into_owned())),
            None => None,
        };
        AlterTypeAction::AddValue { if_not_exists, label, neighbour }
    } else if c.accept_words("rename value") {
        let from = c.string_literal()?.into_owned();
        c.expect("to")?;
        AlterTypeAction::RenameValue { from, to: c.string_literal()?.into_owned() }
    } else if c.accept_words("rename attribute") {
        let from = c.name()?;
        c.expect("to")?;
        let to = c.name()?;
        AlterTypeAction::RenameAttribute { from, to, cascade: behaviour(c) }
    } else if c.accept_words("rename to") {
        AlterTypeAction::Rename(c.name()?)
    } else if c.accept_words("owner to") {
        AlterTypeAction::Owner(role(c)?)
    } else if c.accept_words("set schema") {
        AlterTypeAction::Schema(c.name()?)
    } else if c.accept("set") {
        AlterTypeAction::Options(definition(c)?)
    } else {
        AlterTypeAction::Attributes(c.comma_separated(attribute_action)?)
    };
    Ok(AlterType { name, action })
}

fn attribute_action(c: &mut Cursor<'_>) -> Result<(AttributeAction, bool)> {
    let action = if c.accept_words("add attribute") {
        AttributeAction::Add(attribute(c)?)
    } else if c.accept_words("drop attribute") {
        let if_exists = c.accept_words("if exists");
        AttributeAction::Drop { if_exists, name: c.name()? }
    } else {
        c.expect_words("alter attribute")?;
        let name = c.name()?;
        c.accept_words("set data");
        c.expect("type")?;
        let data_type = c.type_name()?;
        let collation = if c.accept("collate") { Some(c.qualified_name()?) } else { None };
        AttributeAction::Alter(AttributeDefinition { name, data_type, collation })
    };
    let cascade = behaviour(c);
    Ok((action, cascade))
}

/// `CREATE DOMAIN`.
#[derive(Debug)]
pub(crate) struct CreateDomain {
    pub name: WrittenName,
    pub base: TypeName,
    pub collation: Option<WrittenName>,
    pub default: Option<Arc<str>>,
    pub not_null: Option<bool>,
    pub checks: Vec<DomainCheck>,
}

/// A check of a domain.
#[derive(Debug)]
pub(crate) struct DomainCheck {
    pub name: Option<Name>,
    pub check: Arc<str>,
    pub range: std::ops::Range<usize>,
    pub validated: bool,
}

/// After the words `CREATE …`.
pub(crate) fn create_domain(c: &mut Cursor<'_>) -> Result<CreateDomain> {
    let name = c.qualified_name()?;
    c.accept("as");
    let base = c.type_name()?;
    let mut domain =
        CreateDomain { name, base, collation: None, default: None, not_null: None, checks: Vec::new() };
    while !c.at_end() {
        let mark = c.mark();
        let start = c.offset();
        if c.accept("collate") {
            domain.collation = Some(c.qualified_name()?);
            continue;
        }
        let name = if c.accept("constraint") { Some(c.name()?) } else { None };
        if c.accept("default") {
            domain.default = Some(Arc::from(c.b_expr()?.text));
        } else if c.accept_words("not null") {
            domain.not_null = Some(true);
        } else if c.accept("null") {
            domain.not_null = Some(false);
        } else if c.accept("check") {
            let check = Arc::from(c.parenthesized_expr()?.text);
            c.accept_words("no inherit");
            let range = start..c.end_of_previous();
            domain.checks.push(DomainCheck { name, check, range, validated: true });
        } else {
            // Within `CREATE SCHEMA` the next element begins here.
            c.reset(mark);
            break;
        }
    }
    Ok(domain)
}

/// `ALTER DOMAIN`.
#[derive(Debug)]
pub(crate) struct AlterDomain {
    pub name: WrittenName,
    pub action: AlterDomainAction,
}

#[derive(Debug)]
pub(crate) enum AlterDomainAction {
    SetDefault(Arc<str>),
    DropDefault,
    SetNotNull,
    DropNotNull,
    AddCheck(DomainCheck),
    DropConstraint { if_exists: bool, name: Name },
    RenameConstraint { from: Name, to: Name },
    Validate(Name),
    Owner(Role),
    Rename(Name),
    Schema(Name),
}

/// After the words `ALTER …`.
pub(crate) fn alter_domain(c: &mut Cursor<'_>) -> Result<AlterDomain> {
    let name = c.qualified_name()?;
    let start = c.offset();
    let action = if c.accept_words("set default") {
        AlterDomainAction::SetDefault(Arc::from(c.expr()?.text))
    } else if c.accept_words("drop default") {
        AlterDomainAction::DropDefault
    } else if c.accept_words("set not null") {
        AlterDomainAction::SetNotNull
    } else if c.accept_words("drop not null") {
        AlterDomainAction::DropNotNull
    } else if c.accept("add") {
        let name = if c.accept("constraint") { Some(c.name()?) } else { None };
        if c.accept_words("not null") {
            AlterDomainAction::SetNotNull
        } else {
            c.expect("check")?;
            let check = Arc::from(c.parenthesized_expr()?.text);
            let validated = !c.accept_words("not valid");
            AlterDomainAction::AddCheck(DomainCheck {
                name,
                check,
                range: start..c.end_of_previous(),
                validated,
            })
        }
    } else if c.accept_words("drop constraint") {
        let if_exists = c.accept_words("if exists");
        let name = c.name()?;
        behaviour(c);
        AlterDomainAction::DropConstraint { if_exists, name }
    } else if c.accept_words("rename constraint") {
        let from = c.name()?;
        c.expect("to")?;
        AlterDomainAction::RenameConstraint { from, to: c.name()? }
    } else if c.accept_words("validate constraint") {
        AlterDomainAction::Validate(c.name()?)
    } else if c.accept_words("owner to") {
        AlterDomainAction::Owner(role(c)?)
    } else if c.accept_words("rename to") {
        AlterDomainAction::Rename(c.name()?)
    } else {
        c.expect_words("set schema")?;
        AlterDomainAction::Schema(c.name()?)
    };
    Ok(AlterDomain { name, action })
}
