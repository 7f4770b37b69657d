//! An object's state as a list of named values, so that comparing needs to know no kinds.

use crate::{DataType, Expr, ExprContext, Name, Options, QualifiedName, Query, Routine, ViewColumn};
use std::borrow::Cow;

/// One part of an object's state.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    /// What it is, in words with underscores: `data_type`, `default`, `on_delete`.
    pub name: &'static str,
    /// Its value.
    pub value: Value<'a>,
    /// Whether a difference changes what the database does.
    pub weight: Weight,
}

/// How much a difference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The database behaves differently.
    Meaning,
    /// It behaves alike: a comment, a storage option, the name of a NOT NULL constraint.
    Cosmetic,
}

/// The value of an attribute. Each variant says how two of them are compared.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Not set.
    Absent,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Text or a key word, compared byte by byte.
    Text(Cow<'a, str>),
    /// A name.
    Name(&'a Name),
    /// A qualified name.
    Qualified(&'a QualifiedName),
    /// Names in an order that counts.
    Names(&'a [Name]),
    /// A type, with modifiers.
    Type(&'a DataType),
    /// Labels in an order that counts.
    Labels(&'a [String]),
    /// Options by name; each is compared by itself.
    Options(&'a Options),
    /// An expression, compared by settling.
    Expr(&'a Expr, ExprContext<'a>),
    /// A query, compared by settling, with the names given to its columns (all, some or none).
    Query(&'a Query, &'a [ViewColumn]),
    /// The parsed body of an SQL routine (`BEGIN ATOMIC`, `RETURN`), compared by settling, with
    /// the routine whose arguments it may name.
    SqlBody(&'a Query, &'a Routine),
    /// A command of a rule on this table or view, compared by settling; it may name `OLD` and `NEW`.
    RuleAction(&'a Query, &'a QualifiedName),
    /// The source of a routine in another language, compared as text: PostgreSQL stores it so.
    Source(&'a str),
    /// Values in an order that counts.
    List(Vec<Value<'a>>),
    /// Values whose order does not count.
    Set(Vec<Value<'a>>),
    /// Named values that belong together, as one column of an index.
    Record(Vec<(&'static str, Value<'a>)>),
}

impl<'a> Attribute<'a> {
    /// An attribute that changes what the database does.
    pub fn new(name: &'static str, value: Value<'a>) -> Self {
        Attribute { name, value, weight: Weight::Meaning }
    }

    /// An attribute that does not change what the database does.
    pub fn cosmetic(name: &'static str, value: Value<'a>) -> Self {
        Attribute { name, value, weight: Weight::Cosmetic }
    }
}

impl<'a> Value<'a> {
    /// A key word or other fixed text.
    pub fn word(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }

    /// The value made from `value`, or `Absent`.
    pub fn maybe<T>(value: Option<T>, make: impl FnOnce(T) -> Value<'a>) -> Self {
        value.map_or(Value::Absent, make)
    }

    /// Whether there is nothing: absent, no options, an empty list.
    pub fn is_absent(&self) -> bool {
        match self {
            Value::Absent => true,
            Value::Options(options) => options.is_empty(),
            Value::List(list) | Value::Set(list) => list.is_empty(),
            Value::Names(names) => names.is_empty(),
            Value::Labels(labels) => labels.is_empty(),
            Value::Flag(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::Name(_)
            | Value::Qualified(_)
            | Value::Type(_)
            | Value::Expr(..)
            | Value::Query(..)
            | Value::SqlBody(..)
            | Value::RuleAction(..)
            | Value::Source(_)
            | Value::Record(_) => false,
        }
    }
}
