//! What could not be read, understood or modelled: counted and shown, never dropped.

use crate::Span;
use serde::{Deserialize, Serialize};

/// Why a part of a schema is not in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// A kind of object, or an attribute, that trueup does not model yet (U101). Shown; does not
    /// stand in the way of "in sync" for what is modelled.
    Unmodeled,
    /// A statement that was not understood (S101, S102). "In sync" can't be said.
    Unparsed,
    /// The role may not see it (U102). "In sync" can't be said.
    Unreadable,
    /// SQL computed at run time, as `EXECUTE` of a built string (S105). "In sync" can't be said.
    Dynamic,
    /// A statement that PostgreSQL would refuse: it defines what is there already, or refers to
    /// what is not (S103, S104). "In sync" can't be said.
    Refused,
}

/// One thing that is missing from the catalog although it exists in the source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The kind of thing in PostgreSQL's words, lower case: `security label`, `statement`.
    pub what: String,
    /// The object that it is about, as a person would name it: `public.users`; empty if unknown.
    pub object: String,
    /// The code of the finding: `S101`, `S102`, `S104`, `S105`, `U101`, `U102`.
    pub code: String,
    /// Why.
    pub reason: GapReason,
    /// What happened, as a sentence without a full stop; empty when `what` and `reason` say it.
    pub message: String,
    /// Where, if it came from a file.
    pub span: Option<Span>,
}
