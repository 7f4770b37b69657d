//! Rows that SQL says must be there: reference data.
//!
//! They are no objects: they have no name, and nothing alters them. Only who asks for them reads them.

use crate::{Name, QualifiedName, SearchPath, Span};
use std::sync::Arc;

/// What the statements of some SQL say of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedRows {
    /// The `INSERT`s with `VALUES`, in their order.
    pub inserts: Vec<StatedInsert>,
    /// Tables of which a statement changes, removes or computes rows, so that what the `INSERT`s say is not the whole.
    pub unclear: Vec<UnclearRows>,
}

/// An `INSERT INTO … VALUES …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedInsert {
    /// The table.
    pub table: QualifiedName,
    /// The columns that values are given for.
    pub columns: Vec<Name>,
    /// What `ON CONFLICT` names.
    pub conflict: Conflict,
    /// Whether a later row of the same key takes the place of an earlier one (`ON CONFLICT … DO UPDATE`).
    pub replaces: bool,
    /// `OVERRIDING SYSTEM VALUE`: values of identity columns are taken as they are.
    pub overriding: bool,
    /// What names in values mean.
    pub search_path: SearchPath,
    /// The rows.
    pub rows: Vec<StatedRow>,
}

/// What `ON CONFLICT` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// No clause, or one without a target.
    Unnamed,
    /// These columns.
    Columns(Vec<Name>),
    /// A constraint.
    Constraint(Name),
    /// An expression, or some rows only.
    Other,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedRow {
    /// A value a column.
    pub values: Vec<StatedValue>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StatedValue {
    /// `DEFAULT`, or an expression whose value is only known when it runs: as it is written.
    Computed(Arc<str>),
    /// A constant: as it is written.
    Constant(Arc<str>),
}

impl StatedValue {
    /// As it is written.
    pub fn text(&self) -> &Arc<str> {
        match self {
            StatedValue::Computed(text) | StatedValue::Constant(text) => text,
        }
    }
}

/// A statement that makes the rows of a table unclear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnclearRows {
    /// The table.
    pub table: QualifiedName,
    /// What the statement does, as a clause: `an UPDATE changes them`.
    pub why: &'static str,
    /// Where it stands.
    pub span: Option<Span>,
}
