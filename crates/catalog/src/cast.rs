//! `CREATE CAST`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A cast (`pg_cast`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// The type that is cast.
    pub source: DataType,
    /// The type that results.
    pub target: DataType,
    /// How it is done.
    pub method: CastMethod,
    /// When PostgreSQL does it by itself.
    pub context: CastContext,
}

/// How a cast is done (`castmethod`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastMethod {
    /// `WITH FUNCTION`.
    Function(RoutineName),
    /// `WITHOUT FUNCTION`: the two have the same binary form.
    Binary,
    /// `WITH INOUT`.
    InOut,
}

/// When a cast is done without being written (`castcontext`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastContext {
    /// Never.
    Explicit,
    /// `AS ASSIGNMENT`.
    Assignment,
    /// `AS IMPLICIT`.
    Implicit,
}

impl CastContext {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            CastContext::Explicit => "explicit",
            CastContext::Assignment => "assignment",
            CastContext::Implicit => "implicit",
        }
    }
}

impl SchemaObject for Cast {
    fn key(&self) -> ObjectKey {
        ObjectKey {
            kind: ObjectKind::Cast,
            address: Address::Cast { source: self.source.clone(), target: self.target.clone() },
        }
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Cast { source: _, target: _, method, context } = self;
        let method = match method {
            CastMethod::Function(function) => Value::Text(format!("function {function}").into()),
            CastMethod::Binary => Value::word("without function"),
            CastMethod::InOut => Value::word("in and out"),
        };
        vec![Attribute::new("method", method), Attribute::new("context", Value::word(context.word()))]
    }
}
