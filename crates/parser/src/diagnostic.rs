//! What is wrong with a statement.
//!
//! Owns: the failures that stop a statement, each with the SQLSTATE that PostgreSQL would raise, and how they become diagnostics and gaps.
//! Never: decides where reading goes on (the interpreter does).

use std::ops::Range;
use std::sync::Arc;

use trueup_catalog::{Gap, GapReason, Span};
use trueup_syntax::SyntaxError;

/// One problem with one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// `S101` to `S105`, `U101`.
    pub code: &'static str,
    /// The SQLSTATE that PostgreSQL would raise, if it would: `42P07`.
    pub sqlstate: Option<&'static str>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out, if there is one.
    pub help: Option<String>,
    /// Where.
    pub span: Span,
}

/// Why a statement was not applied. Nothing of it is in the catalog then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `S101` to `S105`.
    pub code: &'static str,
    /// The SQLSTATE that PostgreSQL would raise.
    pub sqlstate: Option<&'static str>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// The bytes of the file that it is about; `None` for the whole statement.
    pub at: Option<Range<usize>>,
    /// What the gap says.
    pub reason: GapReason,
    /// Whether the message is in the server's words.
    pub said: bool,
}

/// The result of applying a statement.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    fn new(code: &'static str, sqlstate: Option<&'static str>, reason: GapReason, message: String) -> Self {
        Failure { code, sqlstate, message, help: None, at: None, reason, said: false }
    }

    /// PostgreSQL's grammar refuses it (42601).
    pub fn syntax(message: impl Into<String>) -> Self {
        Self::new("S101", Some("42601"), GapReason::Unparsed, message.into())
    }

    /// PostgreSQL may know it; trueup does not.
    pub fn not_understood(message: impl Into<String>) -> Self {
        Self::new("S102", None, GapReason::Unparsed, message.into())
    }

    /// What it does is only known when it runs.
    pub fn dynamic(message: impl Into<String>) -> Self {
        Self::new("S105", None, GapReason::Dynamic, message.into())
    }

    /// It makes what is there already: 42P07 for relations, 42710 for other objects, 42701 for columns…
    pub fn duplicate(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::new("S103", Some(sqlstate), GapReason::Refused, message.into())
    }

    /// It refers to what is not there: 42P01 for relations, 42703 for columns, 42704 for other objects…
    pub fn undefined(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::new("S104", Some(sqlstate), GapReason::Refused, message.into())
    }

    /// PostgreSQL would refuse it for another reason: 2BP01, 42P16, 42809…
    pub fn refused(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self::new("S102", Some(sqlstate), GapReason::Refused, message.into())
    }

    /// The same, in the server's own words.
    pub fn said(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Failure { said: true, ..Self::refused(sqlstate, message) }
    }

    /// The relation is not there (42P01).
    pub fn no_relation(name: &dyn std::fmt::Display) -> Self {
        Self::undefined("42P01", format!("relation {name} does not exist"))
    }

    /// The relation is there already (42P07).
    pub fn relation_exists(name: &dyn std::fmt::Display) -> Self {
        Self::duplicate("42P07", format!("relation {name} already exists"))
    }

    /// The column is not there (42703).
    pub fn no_column(column: &dyn std::fmt::Display, relation: &dyn std::fmt::Display) -> Self {
        Self::undefined("42703", format!("column {column} of relation {relation} does not exist"))
    }

    /// Says where.
    pub fn at(mut self, range: Range<usize>) -> Self {
        self.at = Some(range);
        self
    }

    /// Says the way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As a diagnostic at a place.
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        Diagnostic {
            code: self.code,
            sqlstate: self.sqlstate,
            message: self.message.clone(),
            help: self.help.clone(),
            span,
        }
    }

    /// As a gap at a place. `statement` names the kind of statement: `CREATE TABLE`.
    pub fn gap(&self, statement: &str, span: Span) -> Gap {
        Gap {
            what: if statement.is_empty() {
                "statement".to_owned()
            } else {
                format!("{statement} statement")
            },
            object: String::new(),
            code: self.code.to_owned(),
            reason: self.reason,
            message: self.message.clone(),
            span: Some(span),
        }
    }
}

impl From<SyntaxError> for Failure {
    fn from(error: SyntaxError) -> Self {
        let mut failure = Failure::syntax(error.message);
        failure.sqlstate = Some(error.sqlstate);
        failure.help = error.hint;
        failure.at = Some(error.offset..error.offset);
        failure
    }
}

/// The span of a stretch of a file.
pub(crate) fn span(
    file: &Arc<str>,
    text: &str,
    lines: &trueup_syntax::LineIndex,
    range: Range<usize>,
) -> Span {
    let (line, column) = lines.line_column(text, range.start);
    Span { file: Arc::clone(file), start: range.start, end: range.end, line, column }
}
