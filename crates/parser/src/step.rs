//! One statement after the other on a catalog that is complete, such as a live database's: what each would do.
//!
//! Owns: the outcome of a statement (what it makes, changes and removes; what PostgreSQL would raise; what it passes over; what can't be
//! told), and what a failed statement does to its transaction block.
//! Never: the meaning of a statement (see `apply`), or what must be there for it (see `strict`).

use std::ops::Range;

use rustc_hash::FxHashSet;
use trueup_catalog::{Catalog, Entry, Name, ObjectKey, Origin, QualifiedName, SearchPath, Source, Span};
use trueup_syntax::Item;

use crate::altered::{self, Altered};
use crate::diagnostic::Failure;
use crate::interpreter::Interpreter;
use crate::store::Store;
use crate::strict;
use crate::{Options, SourceFile, psql};

/// What becomes of the statements behind one that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterFailure {
    /// They run as if the failed one were not there, in a transaction block as well.
    #[default]
    PassOver,
    /// As a server does it: a failed statement aborts its transaction block, and what follows is refused up to its end (25P02).
    Abort,
}

/// The transaction that whoever runs a file opens around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Around {
    /// None: each statement is one, as with `psql -f`.
    #[default]
    Nothing,
    /// One around each file.
    File,
    /// The file is sent as one message, of which PostgreSQL makes a transaction where it has several statements (manual, "Multiple
    /// Statements in a Simple Query").
    Message,
    /// One around all files.
    Run,
}

/// One statement and what it would do.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its text, as it is sent to a server.
    pub text: String,
    /// Its first words: `CREATE TABLE`.
    pub words: String,
    /// Where it is.
    pub span: Span,
    /// What it would do.
    pub outcome: StepOutcome,
    /// Whether it runs inside a transaction block that the file opened.
    pub in_block: bool,
    /// Whether it renames or moves what it names: what goes under one name comes under another.
    pub renames: bool,
    /// What an `ALTER TABLE` does, of a relation that is there.
    pub altered: Option<Altered>,
    /// The view that a `CREATE [OR REPLACE] VIEW` makes, or makes anew.
    pub made_view: Option<QualifiedName>,
}

/// What a statement would do.
#[derive(Clone, Debug)]
pub enum StepOutcome {
    /// It succeeds, as far as the schema goes.
    Applied(Vec<Change>),
    /// It succeeds and does nothing, since what it makes is there or what it drops is not; the server's notice.
    Skipped(String),
    /// PostgreSQL would refuse it.
    Refused(Refused),
    /// What it does is not known.
    CantTell {
        /// Why: a sentence without a full stop.
        why: String,
        /// What it is about.
        span: Span,
    },
}

/// Why PostgreSQL would refuse a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// `42P07`.
    pub sqlstate: &'static str,
    /// In PostgreSQL's words.
    pub message: String,
    /// The way out, if there is one.
    pub help: Option<String>,
    /// What it is about.
    pub span: Span,
}

/// One object that a statement makes, changes or removes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The object.
    pub key: ObjectKey,
    /// As it was; `None` where it is made.
    pub before: Option<Box<Entry>>,
    /// As it is; `None` where it is removed.
    pub after: Option<Box<Entry>>,
}

/// What foretelling came to.
#[derive(Clone, Debug)]
pub struct Foretold {
    /// The statements in their order.
    pub steps: Vec<Step>,
    /// The catalog behind all of them.
    pub after: Catalog,
}

/// What a session keeps that is stepped through.
#[derive(Default)]
pub(crate) struct Stepping {
    steps: Vec<Step>,
    after_failure: AfterFailure,
    /// Whether the open transaction block is aborted.
    pub aborted: bool,
    /// Whether that a name is taken is passed over, to see what else would be refused.
    pub blind: bool,
}

/// Foretells what the statements of `files` would do to `live`, one after the other. What isn't in `live` does not exist.
pub fn foretell(
    live: Catalog,
    files: &[SourceFile],
    options: &Options<'_>,
    after_failure: AfterFailure,
) -> Foretold {
    let files: Vec<_> = files.iter().map(|file| (file.clone(), Around::Nothing)).collect();
    foretell_around(live, &files, options, after_failure)
}

/// The same, of files that are run in transactions of a tool's.
pub fn foretell_around(
    live: Catalog,
    files: &[(SourceFile, Around)],
    options: &Options<'_>,
    after_failure: AfterFailure,
) -> Foretold {
    let (sources, arounds): (Vec<SourceFile>, Vec<Around>) = files.iter().cloned().unzip();
    let mut interpreter = Interpreter::on(live, options);
    interpreter.stepping = Some(Stepping { after_failure, ..Stepping::default() });
    interpreter.psql = psql::Psql::new(&sources, options.server_version);
    for (file, around) in sources.iter().zip(arounds) {
        interpreter.file_around(file, around);
        if let Some(stepping) = &mut interpreter.stepping {
            stepping.aborted = false;
        }
    }
    crate::apply::transaction::close(&mut interpreter);
    let steps = interpreter.stepping.take().map(|stepping| stepping.steps).unwrap_or_default();
    Foretold { steps, after: interpreter.store.into_catalog() }
}

impl<'a> Interpreter<'a> {
    /// A session in a database that has these objects.
    pub fn on(live: Catalog, options: &'a Options<'a>) -> Self {
        let mut interpreter = Interpreter::new(options);
        let path: SearchPath = std::sync::Arc::from([Name::new("public")]);
        let origin = Origin {
            source: Source::Sql,
            server_version: Some(options.server_version),
            ..live.origin.clone()
        };
        interpreter.store = Store::on(live, origin, path);
        interpreter
    }

    /// Whether it counts that a name is taken.
    pub fn minds_duplicates(&self) -> bool {
        !self.stepping.as_ref().is_some_and(|stepping| stepping.blind)
    }

    /// Of statements that PostgreSQL analyses before it looks whether the name is taken: what that would refuse. Nothing of it stays.
    fn refused_before(&mut self, range: &Range<usize>, text: &str) -> Option<Failure> {
        if let Some(stepping) = &mut self.stepping {
            stepping.blind = true;
        }
        let point = self.store.savepoint();
        let first = match self.sent(range.clone()) {
            Ok(()) => {
                let touched = self.store.changes_since(point);
                strict::after(self, &touched, text, range).err()
            }
            Err(failure) => Some(failure),
        };
        self.store.rollback(point);
        self.store.relearn();
        if let Some(stepping) = &mut self.stepping {
            stepping.blind = false;
        }
        first.filter(|failure| {
            failure.sqlstate.is_some_and(|state| !matches!(state, "42P07" | "42710" | "42701" | "42809"))
        })
    }

    /// Whether what isn't in the catalog does not exist.
    pub fn is_strict(&self) -> bool {
        self.stepping.is_some()
    }

    /// Runs one statement and notes what it did.
    pub(crate) fn step(&mut self, item: &Item<'_>) {
        let range = item.range.clone();
        let altered = altered::of(self, item.text);
        let made_view = strict::made_view(self, item.text);
        let point = self.store.savepoint();
        let (diagnostics, gaps) = (self.diagnostic_count(), self.store.catalog().gaps.len());
        let first = self.place.words.split(' ').next().unwrap_or_default().to_owned();
        let control = matches!(
            first.as_str(),
            "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" | "PREPARE"
        );
        let in_block = self.transaction.is_some();
        let aborted = self.stepping.as_ref().is_some_and(|s| s.aborted);
        let ends = matches!(first.as_str(), "COMMIT" | "END" | "ROLLBACK" | "ABORT");
        // What is not sent has its own text.
        self.psql.last.clear();
        let outcome = if aborted && !ends {
            let message = "current transaction is aborted, commands ignored until end of transaction block";
            Err(Failure::refused("25P02", message))
        } else {
            strict::before(self, &range).and_then(|()| self.sent(range.clone()))
        };
        let text = match self.psql.last.as_str() {
            "" => item.text.to_owned(),
            sent => sent.to_owned(),
        };
        let outcome = match outcome {
            Err(failure) => {
                if !control {
                    self.store.rollback(point);
                }
                let late = matches!(failure.sqlstate, Some("42P07" | "42710"))
                    && matches!(
                        self.place.words.as_str(),
                        "CREATE INDEX"
                            | "CREATE VIEW"
                            | "CREATE MATERIALIZED"
                            | "CREATE POLICY"
                            | "ALTER TABLE"
                    );
                let first = if late { self.refused_before(&range, &text) } else { None };
                Err(first.unwrap_or(failure))
            }
            Ok(()) if control => Ok(Vec::new()),
            Ok(()) => {
                let told = self.failure_since(diagnostics, gaps);
                let touched = self.store.changes_since(point);
                let checked = match told {
                    Some(failure) => Err(failure),
                    None => strict::after(self, &touched, &text, &range),
                };
                match checked {
                    Ok(()) => Ok(touched),
                    Err(failure) => {
                        self.store.rollback(point);
                        Err(failure)
                    }
                }
            }
        };
        let span = self.span(range.clone());
        let outcome = match outcome {
            Ok(changes) if changes.is_empty() && !control => match strict::notice(&text, &self.place.words) {
                Some(notice) => StepOutcome::Skipped(notice),
                None => StepOutcome::Applied(changes),
            },
            Ok(changes) => StepOutcome::Applied(changes),
            Err(failure) => self.not_applied(failure, range),
        };
        self.after_step(&outcome, in_block, &first);
        if matches!(outcome, StepOutcome::Applied(_))
            && let Some(role) = strict::made_role(&text)
        {
            self.store.add_role(role);
        }
        if let Some(stepping) = &mut self.stepping {
            let words = self.place.words.clone();
            stepping.steps.push(Step {
                renames: strict::renames(&text),
                text,
                words,
                span,
                outcome,
                in_block,
                altered,
                made_view,
            });
        }
    }

    /// A statement that the lexer refuses.
    pub(crate) fn step_over(&mut self, failure: Failure, item: &Item<'_>) {
        let span = self.span(item.range.clone());
        let in_block = self.transaction.is_some();
        let outcome = self.not_applied(failure, item.range.clone());
        self.after_step(&outcome, in_block, "");
        if let Some(stepping) = &mut self.stepping {
            let (text, words) = (item.text.to_owned(), String::new());
            stepping.steps.push(Step {
                renames: strict::renames(&text),
                text,
                words,
                span,
                outcome,
                in_block,
                altered: None,
                made_view: None,
            });
        }
    }

    fn not_applied(&self, failure: Failure, range: Range<usize>) -> StepOutcome {
        let span = self.span(failure.at.clone().unwrap_or(range));
        match failure.sqlstate {
            Some(sqlstate) => {
                let (message, help) = if failure.said {
                    (failure.message, failure.help)
                } else {
                    crate::server_words::message(sqlstate, &failure.message, failure.help)
                };
                StepOutcome::Refused(Refused { sqlstate, message, help, span })
            }
            None => StepOutcome::CantTell { why: failure.message, span },
        }
    }

    fn after_step(&mut self, outcome: &StepOutcome, in_block: bool, first: &str) {
        let open = self.transaction.is_some();
        let Some(stepping) = &mut self.stepping else { return };
        if !open {
            stepping.aborted = false;
        } else if matches!(outcome, StepOutcome::Refused(_)) {
            stepping.aborted |= in_block && stepping.after_failure == AfterFailure::Abort;
        } else if first == "ROLLBACK" {
            // To a savepoint.
            stepping.aborted = false;
        }
    }
}

/// The objects that differ between a savepoint and now, each once, in the order in which they were touched first.
pub(crate) fn changes<'s>(
    touched: impl Iterator<Item = (&'s ObjectKey, Option<&'s Entry>)>,
    catalog: &Catalog,
) -> Vec<Change> {
    let mut seen: FxHashSet<&ObjectKey> = FxHashSet::default();
    let mut found = Vec::new();
    for (key, before) in touched {
        if !seen.insert(key) {
            continue;
        }
        let after = catalog.get(key);
        if before != after {
            found.push(Change {
                key: key.clone(),
                before: before.map(|entry| Box::new(entry.clone())),
                after: after.map(|entry| Box::new(entry.clone())),
            });
        }
    }
    found
}
