//! Migrations that are programs, as the SQL that they would send: only where each argument is a literal.
//!
//! Owns: reading Alembic's `op.…` calls and Django's operations, and writing the statements that these tools send to PostgreSQL.
//! Never: runs a program, or guesses. What is no literal is a gap, with its line and the reason.

mod alembic;
mod alembic_table;
mod alembic_types;
mod code;
mod django;
mod django_contrib;
mod django_field;
mod sql;

pub(crate) use alembic::Project;
pub(crate) use alembic::read as alembic;
pub(crate) use django::{Models, Settings, writes_identities};

/// A piece of what a program does, with the place of its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What it does there.
    pub does: Does,
}

/// What a call does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// It sends this SQL: whole statements.
    Sends(String),
    /// It can't be told: why, without a full stop.
    Unknown(String),
}
