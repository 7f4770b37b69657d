//! `CREATE TYPE name (INPUT = …)`, and shell types.

use crate::*;
use serde::{Deserialize, Serialize};

/// A base type (`pg_type` with `typtype = 'b'`), or a shell type (`typisdefined` false).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseType {
    /// Its name.
    pub name: QualifiedName,
    /// What it is; `None` for a shell type.
    pub definition: Option<BaseTypeDefinition>,
}

/// The parameters of a base type with PostgreSQL's defaults filled in (`DefineType` in `typecmds.c`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseTypeDefinition {
    /// `INPUT`.
    pub input: QualifiedName,
    /// `OUTPUT`.
    pub output: QualifiedName,
    /// `RECEIVE`.
    pub receive: Option<QualifiedName>,
    /// `SEND`.
    pub send: Option<QualifiedName>,
    /// `TYPMOD_IN`.
    pub typmod_in: Option<QualifiedName>,
    /// `TYPMOD_OUT`.
    pub typmod_out: Option<QualifiedName>,
    /// `ANALYZE`.
    pub analyze: Option<QualifiedName>,
    /// `SUBSCRIPT` (14 and later); `None` also where a type with an `ELEMENT` got `raw_array_subscript_handler` by itself.
    pub subscript: Option<QualifiedName>,
    /// `INTERNALLENGTH` in bytes; `None` is `VARIABLE`.
    pub internal_length: Option<i16>,
    /// `PASSEDBYVALUE`.
    pub passed_by_value: bool,
    /// `ALIGNMENT` in words of `CREATE TYPE`: `char`, `int2`, `int4`, `double`.
    pub alignment: Alignment,
    /// `STORAGE`.
    pub storage: Storage,
    /// `CATEGORY`; `U` by default.
    pub category: char,
    /// `PREFERRED`.
    pub preferred: bool,
    /// `DEFAULT`, in the type's external representation.
    pub default: Option<String>,
    /// `ELEMENT`.
    pub element: Option<DataType>,
    /// `DELIMITER`; `,` by default.
    pub delimiter: char,
    /// `COLLATABLE`.
    pub collatable: bool,
}

/// `ALIGNMENT` of a base type (`typalign`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// 1 byte.
    Char,
    /// 2 bytes.
    Int2,
    /// 4 bytes, the default.
    Int4,
    /// 8 bytes.
    Double,
}

impl Alignment {
    /// As `CREATE TYPE` writes it.
    pub fn word(self) -> &'static str {
        match self {
            Alignment::Char => "char",
            Alignment::Int2 => "int2",
            Alignment::Int4 => "int4",
            Alignment::Double => "double",
        }
    }
}

impl SchemaObject for BaseType {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::BaseType, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let BaseType { name: _, definition } = self;
        let Some(definition) = definition else {
            return vec![Attribute::new("defined", Value::Flag(false))];
        };
        let BaseTypeDefinition {
            input,
            output,
            receive,
            send,
            typmod_in,
            typmod_out,
            analyze,
            subscript,
            internal_length,
            passed_by_value,
            alignment,
            storage,
            category,
            preferred,
            default,
            element,
            delimiter,
            collatable,
        } = definition;
        let function = |name, function: &'_ Option<QualifiedName>| -> Attribute<'_> {
            Attribute::new(name, Value::maybe(function.as_ref(), |f| Value::Text(f.to_string().into())))
        };
        vec![
            Attribute::new("defined", Value::Flag(true)),
            Attribute::new("input", Value::Qualified(input)),
            Attribute::new("output", Value::Qualified(output)),
            function("receive", receive),
            function("send", send),
            function("typmod_in", typmod_in),
            function("typmod_out", typmod_out),
            function("analyze", analyze),
            function("subscript", subscript),
            Attribute::new(
                "internal_length",
                Value::maybe(internal_length.as_ref(), |length| Value::Integer(i64::from(*length))),
            ),
            Attribute::new("passed_by_value", Value::Flag(*passed_by_value)),
            Attribute::new("alignment", Value::word(alignment.word())),
            Attribute::new("storage", Value::word(storage.word())),
            Attribute::new("category", Value::Text(category.to_string().into())),
            Attribute::new("preferred", Value::Flag(*preferred)),
            Attribute::new("default", Value::maybe(default.as_deref(), Value::word)),
            Attribute::new("element", Value::maybe(element.as_ref(), Value::Type)),
            Attribute::new("delimiter", Value::Text(delimiter.to_string().into())),
            Attribute::new("collatable", Value::Flag(*collatable)),
        ]
    }
}
