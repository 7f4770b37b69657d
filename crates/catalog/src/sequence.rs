//! `CREATE SEQUENCE`, and the options that identity columns share with it.

use crate::*;
use serde::{Deserialize, Serialize};

/// A sequence (`pg_sequence`) that is not the inner one of an identity column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// Permanent, unlogged (15 and later) or temporary.
    pub persistence: Persistence,
    /// Its options, all resolved.
    pub options: SequenceOptions,
    /// The table and column that own it (`OWNED BY`, or by `serial`).
    pub owned_by: Option<(QualifiedName, Name)>,
}

/// The options of a sequence with PostgreSQL's defaults filled in
/// (`init_params` in `sequence.c`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    pub data_type: DataType,
    /// `START WITH`.
    pub start: i64,
    /// `INCREMENT BY`.
    pub increment: i64,
    /// `MINVALUE`.
    pub min: i64,
    /// `MAXVALUE`.
    pub max: i64,
    /// `CACHE`.
    pub cache: i64,
    /// `CYCLE`.
    pub cycle: bool,
}

impl SequenceOptions {
    /// The options of a plain `CREATE SEQUENCE … AS data_type`.
    pub fn defaults(data_type: DataType) -> Self {
        let max = match data_type.name.as_str() {
            "int2" => i64::from(i16::MAX),
            "int4" => i64::from(i32::MAX),
            _ => i64::MAX,
        };
        SequenceOptions { data_type, start: 1, increment: 1, min: 1, max, cache: 1, cycle: false }
    }

    pub(crate) fn attributes(&self) -> Vec<(&'static str, Value<'_>)> {
        let SequenceOptions { data_type, start, increment, min, max, cache, cycle } = self;
        vec![
            ("data_type", Value::Type(data_type)),
            ("start", Value::Integer(*start)),
            ("increment", Value::Integer(*increment)),
            ("min", Value::Integer(*min)),
            ("max", Value::Integer(*max)),
            ("cache", Value::Integer(*cache)),
            ("cycle", Value::Flag(*cycle)),
        ]
    }
}

impl SchemaObject for Sequence {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::Sequence, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Sequence { name: _, persistence, options, owned_by } = self;
        let mut list: Vec<_> =
            options.attributes().into_iter().map(|(name, value)| Attribute::new(name, value)).collect();
        list.push(Attribute::new("persistence", Value::word(persistence.word())));
        list.push(Attribute::new(
            "owned_by",
            Value::maybe(owned_by.as_ref(), |(table, column)| {
                Value::List(vec![Value::Qualified(table), Value::Name(column)])
            }),
        ));
        list
    }
}
