//! `CREATE AGGREGATE`.

use crate::*;
use serde::{Deserialize, Serialize};

/// An aggregate (`pg_aggregate` with its row of `pg_proc`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Its name.
    pub name: QualifiedName,
    /// Its arguments, direct ones first.
    pub arguments: Vec<Argument>,
    /// Plain, ordered-set or hypothetical-set.
    // `kind` is the tag of the object.
    #[serde(rename = "aggregate_kind")]
    pub kind: AggregateKind,
    /// How many of the arguments stand before `ORDER BY` (`aggnumdirectargs`); 0 for a plain aggregate.
    pub direct_arguments: u16,
    /// The state that rows are gathered in.
    pub state: AggregateState,
    /// The state of moving-aggregate mode (`MSFUNC` and so on), with its inverse function.
    pub moving: Option<Box<(AggregateState, QualifiedName)>>,
    /// `COMBINEFUNC`.
    pub combine_function: Option<QualifiedName>,
    /// `SERIALFUNC`.
    pub serial_function: Option<QualifiedName>,
    /// `DESERIALFUNC`.
    pub deserial_function: Option<QualifiedName>,
    /// `SORTOP`: the operator that `MIN` or `MAX` may use an index of.
    pub sort_operator: Option<QualifiedName>,
    /// `PARALLEL`.
    pub parallel: Parallel,
    /// The result type, which follows from the final function or the state; `None` where that is not known.
    pub returns: Option<DataType>,
}

/// How an aggregate takes its rows (`aggkind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateKind {
    /// In any order.
    Plain,
    /// `WITHIN GROUP (ORDER BY …)`.
    OrderedSet,
    /// `HYPOTHETICAL`.
    HypotheticalSet,
}

impl AggregateKind {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            AggregateKind::Plain => "plain",
            AggregateKind::OrderedSet => "ordered set",
            AggregateKind::HypotheticalSet => "hypothetical set",
        }
    }
}

/// The state of an aggregate and what is done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateState {
    /// `SFUNC`, `MSFUNC`.
    pub transition: QualifiedName,
    /// `STYPE`, `MSTYPE`.
    pub data_type: DataType,
    /// `SSPACE`, `MSSPACE` in bytes; 0 by default.
    pub space: i32,
    /// `FINALFUNC`, `MFINALFUNC`.
    pub final_function: Option<QualifiedName>,
    /// `FINALFUNC_EXTRA`, `MFINALFUNC_EXTRA`.
    pub final_extra: bool,
    /// `FINALFUNC_MODIFY`, `MFINALFUNC_MODIFY`: `READ_ONLY`, `SHAREABLE`, `READ_WRITE`, the default filled in.
    pub final_modify: FinalModify,
    /// `INITCOND`, `MINITCOND`.
    pub initial: Option<String>,
}

/// Whether a final function changes the state (`aggfinalmodify`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalModify {
    /// `READ_ONLY`, the default of plain aggregates.
    ReadOnly,
    /// `SHAREABLE`.
    Shareable,
    /// `READ_WRITE`, the default of the others.
    ReadWrite,
}

impl FinalModify {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            FinalModify::ReadOnly => "READ_ONLY",
            FinalModify::Shareable => "SHAREABLE",
            FinalModify::ReadWrite => "READ_WRITE",
        }
    }
}

impl Aggregate {
    /// The types of its arguments, which are part of its identity.
    pub fn input_types(&self) -> Vec<DataType> {
        input_types(&self.arguments)
    }
}

fn state_value(state: &AggregateState) -> Value<'_> {
    let AggregateState { transition, data_type, space, final_function, final_extra, final_modify, initial } =
        state;
    Value::Record(vec![
        ("transition", Value::Qualified(transition)),
        ("data_type", Value::Type(data_type)),
        ("space", Value::Integer(i64::from(*space))),
        ("final_function", Value::maybe(final_function.as_ref(), Value::Qualified)),
        ("final_extra", Value::Flag(*final_extra)),
        ("final_modify", Value::word(final_modify.sql())),
        ("initial", Value::maybe(initial.as_deref(), Value::word)),
    ])
}

impl SchemaObject for Aggregate {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::Aggregate,
            address: Address::Routine { name: self.name.clone(), arguments: self.input_types() },
        }
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Aggregate {
            name: _,
            arguments,
            kind,
            direct_arguments,
            state,
            moving,
            combine_function,
            serial_function,
            deserial_function,
            sort_operator,
            parallel,
            returns: _,
        } = self;
        vec![
            Attribute::new("arguments", arguments_value(arguments)),
            Attribute::new("kind", Value::word(kind.word())),
            Attribute::new("direct_arguments", Value::Integer(i64::from(*direct_arguments))),
            Attribute::new("state", state_value(state)),
            Attribute::new(
                "moving",
                Value::maybe(moving.as_deref(), |(state, inverse)| {
                    Value::List(vec![state_value(state), Value::Qualified(inverse)])
                }),
            ),
            Attribute::new("combine_function", Value::maybe(combine_function.as_ref(), Value::Qualified)),
            Attribute::new("serial_function", Value::maybe(serial_function.as_ref(), Value::Qualified)),
            Attribute::new("deserial_function", Value::maybe(deserial_function.as_ref(), Value::Qualified)),
            Attribute::new("sort_operator", Value::maybe(sort_operator.as_ref(), Value::Qualified)),
            Attribute::new("parallel", Value::word(parallel.sql())),
        ]
    }
}
