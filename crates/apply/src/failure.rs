//! What a server says when a statement fails, and what follows from it.

use serde::Serialize;
use tokio_postgres::error::{DbError, SqlState};

/// What the server said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The SQLSTATE: `55P03`.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// The way out, where the server or the plan knows one.
    pub hint: Option<String>,
}

/// Why a step failed, as far as it matters for what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Rows stand in the way (classes 22 and 23: data exceptions, integrity constraints).
    Data,
    /// The role lacks a right (42501).
    Right,
    /// Others kept what it must lock, or changed the same thing, each time it was tried.
    Busy,
    /// It took longer than its time, or somebody cancelled it.
    Cancelled,
    /// Anything else; the message tells.
    Other,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// In one word.
    pub reason: Reason,
    /// What the server said.
    #[serde(flatten)]
    pub said: Said,
    /// For whom it waited when it gave up, in words.
    pub waited_for: Vec<String>,
}

/// How a statement ended that did not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The connection is gone; whether the statement was done is not known.
    Lost(String),
    /// It was cancelled since the run is to stop.
    Interrupted,
    /// The server refused it.
    Server(Said),
}

impl Failure {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(server) if !ends_session(server) => Failure::Server(Said::of(server)),
            Some(server) => Failure::Lost(server.message().to_owned()),
            None => Failure::Lost(chain(error)),
        }
    }
}

impl Said {
    fn of(error: &DbError) -> Self {
        Said {
            sqlstate: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
        }
    }

    /// Whether another try may do better: a lock that was not had in time, a deadlock that was broken up, a serialization failure, and
    /// what the server says when two sessions change one row of a catalog (`simple_heap_update` of `heapam.c`), which has no code of
    /// its own.
    pub(crate) fn passes(&self) -> bool {
        let code = SqlState::from_code(&self.sqlstate);
        code == SqlState::LOCK_NOT_AVAILABLE
            || code == SqlState::T_R_DEADLOCK_DETECTED
            || code == SqlState::T_R_SERIALIZATION_FAILURE
            || (code == SqlState::INTERNAL_ERROR && self.message.starts_with("tuple concurrently "))
    }

    pub(crate) fn reason(&self) -> Reason {
        match self.sqlstate.as_str() {
            _ if self.passes() => Reason::Busy,
            code if code.starts_with("22") || code.starts_with("23") => Reason::Data,
            "42501" => Reason::Right,
            "57014" => Reason::Cancelled,
            _ => Reason::Other,
        }
    }
}

/// Whether the session is over with this error: severities above ERROR end it. The texts are only a help for servers that
/// don't send the severity untranslated.
fn ends_session(error: &DbError) -> bool {
    use tokio_postgres::error::Severity;
    match error.parsed_severity() {
        Some(Severity::Fatal | Severity::Panic) => true,
        Some(_) => false,
        None => {
            let code = error.code().code();
            code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
        }
    }
}

/// What an error says: the server's message, or the chain of causes in one line.
pub(crate) fn chain(error: &tokio_postgres::Error) -> String {
    use std::error::Error as _;
    if let Some(server) = error.as_db_error() {
        return server.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sqlstate: &str, message: &str) -> Said {
        Said { sqlstate: sqlstate.to_owned(), message: message.to_owned(), detail: None, hint: None }
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in ["55P03", "40P01", "40001"] {
            assert!(said(code, "").passes(), "{code}");
            assert_eq!(said(code, "").reason(), Reason::Busy);
        }
        assert!(said("XX000", "tuple concurrently updated").passes());
        assert!(said("XX000", "tuple concurrently deleted").passes());
        assert!(!said("XX000", "cache lookup failed").passes());
        assert_eq!(said("23505", "").reason(), Reason::Data);
        assert_eq!(said("22P02", "").reason(), Reason::Data);
        assert_eq!(said("42501", "").reason(), Reason::Right);
        assert_eq!(said("57014", "").reason(), Reason::Cancelled);
        assert_eq!(said("42P07", "").reason(), Reason::Other);
    }
}
