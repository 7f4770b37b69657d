//! Applies statements one by one to a catalog, as PostgreSQL would.
//!
//! Owns: what a session knows while it runs statements (the store, the search path, the place in the file), and what becomes of
//! failures. A statement that fails leaves nothing behind.
//! Never: the grammar or meaning of a statement (see `grammar` and `apply`).

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use trueup_catalog::{
    Catalog, Expr, Gap, GapReason, Name, ObjectKey, ObjectKind, Origin, QualifiedName, Schema, SearchPath,
    Source, Span, Table,
};
use trueup_syntax::{Cursor, Item, ItemKind, LineIndex, Slice, Splitter};

use crate::apply::column::not_null_name;
use crate::apply::transaction::{self, end_of_session};
use crate::diagnostic::{Diagnostic, Failure, Outcome, span};
use crate::lookup::MemberClasses;
use crate::names::PG_TEMP;
use crate::outside::Outside;
use crate::psql::Psql;
use crate::step::Around;
use crate::step::Stepping;
use crate::store::{Savepoint, Store};
use crate::{Options, Parsed, SourceFile, apply, dispatch};

/// The file that is read, and the statement in it.
pub(crate) struct Place {
    /// The file's name.
    pub file: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// Its lines.
    lines: Rc<LineIndex>,
    /// The statement.
    pub statement: Range<usize>,
    /// Its first words: `CREATE TABLE`.
    pub words: String,
    /// The bytes of the file that the text stands for, when it is not the file's: text that EXECUTE runs.
    stands_for: Option<(Arc<str>, Rc<LineIndex>, Range<usize>)>,
}

/// A session.
pub(crate) struct Interpreter<'a> {
    /// The catalog so far.
    pub store: Store,
    /// What the statements are read for.
    pub options: &'a Options<'a>,
    /// What is there besides what the statements make.
    pub outside: Outside<'a>,
    /// What was found about operator classes of extensions.
    pub member_classes: RefCell<MemberClasses>,
    /// Where it is.
    pub place: Place,
    /// The start of the open transaction block.
    pub transaction: Option<Savepoint>,
    /// Labels that the open block adds to enums which were there before it: nobody can use them yet.
    pub uncommitted_labels: Vec<(trueup_catalog::QualifiedName, String)>,
    /// The statement that began it.
    pub began: Range<usize>,
    /// Named savepoints of the transaction block.
    pub savepoints: Vec<(Name, Savepoint)>,
    /// The search path that a session begins with (ALTER DATABASE … SET).
    pub session_path: SearchPath,
    /// The search path outside the open transaction block, when SET LOCAL changed it inside.
    pub local_path: Option<SearchPath>,
    /// Who runs the statements, where SET ROLE or SET SESSION AUTHORIZATION told.
    pub role: Option<Name>,
    /// `default_table_access_method`, where that was set to another one than `heap`.
    pub table_access_method: Option<Name>,
    /// `default_tablespace`, where that was set.
    pub tablespace: Option<Name>,
    /// Those two as they were before SET LOCAL.
    pub local_storage: Option<[Option<Name>; 2]>,
    /// How deep functions call each other right now.
    pub calls: u32,
    /// Tables that rows were put into.
    pub filled: FxHashSet<QualifiedName>,
    /// How many statements only touched data, or the session.
    pub skipped: usize,
    /// What psql knows.
    pub psql: Psql,
    /// Whether the text of SQL routines is analysed (`check_function_bodies`).
    pub checks_bodies: bool,
    /// What is kept while statements are stepped through on a complete catalog.
    pub stepping: Option<Stepping>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Interpreter<'a> {
    /// A session in an empty database.
    pub fn new(options: &'a Options<'a>) -> Self {
        let origin =
            Origin { source: Source::Sql, server_version: Some(options.server_version), ..Origin::default() };
        let mut store = Store::new(origin, Arc::from([Name::new("public")]));
        store.put(Schema { name: Name::new("public") });
        store.forget_undo();
        let empty: Arc<str> = Arc::from("");
        Interpreter {
            store,
            options,
            outside: Outside::new(options.ambient),
            member_classes: RefCell::default(),
            place: Place {
                file: Arc::clone(&empty),
                text: empty,
                lines: Rc::new(LineIndex::new("")),
                statement: 0..0,
                words: String::new(),
                stands_for: None,
            },
            transaction: None,
            uncommitted_labels: Vec::new(),
            began: 0..0,
            savepoints: Vec::new(),
            session_path: Arc::from([Name::new("public")]),
            local_path: None,
            role: None,
            table_access_method: None,
            tablespace: None,
            local_storage: None,
            calls: 0,
            filled: FxHashSet::default(),
            skipped: 0,
            psql: Psql::default(),
            checks_bodies: true,
            stepping: None,
            diagnostics: Vec::new(),
        }
    }

    /// The major version of PostgreSQL that statements are read for.
    pub fn major(&self) -> u32 {
        self.options.server_version / 10_000
    }

    /// Whether a role that a statement names is there, where that is known.
    ///
    /// # Errors
    /// 42704 when it is not.
    pub fn role_is_there(&self, role: &Name) -> Outcome {
        let there = !self.is_strict()
            || matches!(role.as_str(), "public" | "current_user" | "session_user" | "current_role")
            || self.store.catalog().roles.as_ref().is_none_or(|roles| roles.contains(role));
        if there {
            Ok(())
        } else {
            Err(Failure::undefined("42704", format!("role \"{}\" does not exist", role.as_str())))
        }
    }

    /// The access method of a new table or materialized view, as the model keeps it: the one that
    /// its statement names, else the session's, and nothing for `heap`.
    pub fn access_method(&self, written: Option<Name>) -> Option<Name> {
        written.or_else(|| self.table_access_method.clone()).filter(|method| *method != "heap")
    }

    /// The tablespace of a new relation, as the model keeps it: the one that its statement names, else the session's, and nothing for
    /// the database's own.
    pub fn new_tablespace(&self, written: Option<Name>) -> Option<Name> {
        written.or_else(|| self.tablespace.clone()).filter(|tablespace| *tablespace != "pg_default")
    }

    /// Reads a file.
    pub fn file(&mut self, file: &SourceFile) {
        // Each file is run in a session of its own, as by `psql -f`.
        self.psql.begin();
        self.new_session();
        self.included(file, true);
        self.store.forget_undo();
    }

    /// Runs a file as a tool does, in the transaction that it opens. `Run`: in the one that is open already.
    pub fn file_around(&mut self, file: &SourceFile, around: Around) {
        let opens = match around {
            Around::Nothing => return self.file(file),
            Around::File => true,
            Around::Message => statement_count(&file.text) > 1,
            Around::Run => self.transaction.is_none(),
        };
        if !opens && around == Around::Message {
            return self.file(file);
        }
        if opens {
            self.psql.begin();
            self.new_session();
            transaction::open(self);
        }
        self.included(file, false);
        if around != Around::Run {
            transaction::close(self);
            self.store.forget_undo();
        }
    }

    /// Another session: nothing is set that a database does not set by itself, and no transaction block is open.
    pub fn new_session(&mut self) {
        end_of_session(self);
        self.table_access_method = None;
        self.tablespace = None;
        self.local_storage = None;
        self.checks_bodies = true;
        let path = Arc::clone(&self.session_path);
        if *self.store.search_path() != *path {
            self.store.set_search_path(path);
        }
        self.transaction = None;
        self.local_path = None;
        self.role = None;
        self.savepoints.clear();
    }

    /// Reads a file in the present session, which may end with it.
    pub fn included(&mut self, file: &SourceFile, ends: bool) {
        let place = Place {
            file: Arc::clone(&file.name),
            text: Arc::clone(&file.text),
            lines: Rc::new(LineIndex::new(&file.text)),
            statement: 0..0,
            words: String::new(),
            stands_for: None,
        };
        let outer = std::mem::replace(&mut self.place, place);
        for item in Splitter::new(&file.text) {
            self.item(&item);
        }
        if ends {
            end_of_session(self);
        }
        self.place = outer;
    }

    fn item(&mut self, item: &Item<'_>) {
        self.place.statement = item.range.clone();
        let skips = self.psql.skips();
        match &item.kind {
            ItemKind::Statement | ItemKind::CopyData | ItemKind::Error(_) if skips => {}
            ItemKind::Statement => {
                let words = item.leading_words(4);
                self.place.words = statement_words(&words);
                if self.is_strict() {
                    self.step(item);
                    if self.transaction.is_none() {
                        self.store.forget_undo();
                    }
                    return;
                }
                let result = self.sent(item.range.clone());
                if self.transaction.is_none() {
                    self.store.forget_undo();
                }
                if let Err(failure) = result {
                    self.fail(failure, item);
                }
            }
            ItemKind::CopyData => self.skipped += 1,
            ItemKind::PsqlMeta { command } => {
                self.place.words.clear();
                self.psql_command(command, item.text, item.range.clone());
            }
            ItemKind::Error(error) => {
                self.place.words.clear();
                if self.is_strict() {
                    return self.step_over(Failure::from(error.clone()), item);
                }
                self.fail(Failure::from(error.clone()), item);
            }
        }
    }

    /// Runs the statement in these bytes of the file. Nothing of it stays when it fails.
    ///
    /// # Errors
    /// What PostgreSQL would refuse, and what is not understood.
    pub fn execute(&mut self, range: Range<usize>) -> Outcome {
        let text = Arc::clone(&self.place.text);
        let mut cursor = Cursor::new(&text, range)?;
        let savepoint = self.store.savepoint();
        let makes_objects = cursor.is_any_word(&["create", "alter", "select", "with"]);
        let mut result = dispatch::statement(self, &mut cursor);
        if result.is_ok() && !cursor.at_end() {
            result = Err(cursor.error().into());
        }
        match &result {
            Ok(()) if makes_objects => apply::default_privileges::of_new(self, savepoint),
            Ok(()) => {}
            Err(_) => self.store.rollback(savepoint),
        }
        result
    }

    fn fail(&mut self, failure: Failure, item: &Item<'_>) {
        let ignored = item.leading_comments().any(|comment| ignores(comment, failure.code));
        let range = failure.at.clone().unwrap_or_else(|| item.range.clone());
        if ignored {
            let mut gap = failure.gap(&self.place.words, self.span(range));
            gap.reason = GapReason::Unmodeled;
            gap.message = format!("{}; a comment says to ignore it", gap.message);
            self.store.push_gap(gap);
        } else {
            self.report(&failure, range);
        }
    }

    /// Notes a failure that does not stop the statement.
    pub fn report(&mut self, failure: &Failure, range: Range<usize>) {
        let span = self.span(range);
        self.store.push_gap(failure.gap(&self.place.words, span.clone()));
        self.diagnostics.push(failure.diagnostic(span));
    }

    /// How many problems were noted.
    pub fn diagnostic_count(&self) -> usize {
        self.diagnostics.len()
    }

    /// The first problem that was noted since without stopping the statement.
    pub fn failure_since(&mut self, diagnostics: usize, gaps: usize) -> Option<Failure> {
        let unknown = self.store.catalog().gaps.get(gaps..).unwrap_or(&[]).iter().find(|gap| {
            matches!(gap.reason, GapReason::Unparsed | GapReason::Dynamic | GapReason::Unreadable)
        });
        let unknown = unknown.map(|gap| Failure::not_understood(gap.message.clone()));
        let noted = self.diagnostics.get(diagnostics);
        let failure = noted.map(|d| match d.sqlstate {
            Some(state) => Failure::refused(state, d.message.clone()),
            None => Failure::not_understood(d.message.clone()),
        });
        failure.or(unknown)
    }

    /// Notes something that the model does not hold (U101).
    pub fn gap(
        &mut self,
        what: &str,
        object: impl Into<String>,
        message: impl Into<String>,
        range: Range<usize>,
    ) {
        let span = self.span(range);
        self.store.push_gap(Gap {
            what: what.to_owned(),
            object: object.into(),
            code: "U101".to_owned(),
            reason: GapReason::Unmodeled,
            message: message.into(),
            span: Some(span),
        });
    }

    /// Reads a text that is not in the file as it is; whatever is said about it points at the bytes that it comes from.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn detached(
        &mut self,
        text: &str,
        at: Range<usize>,
        read: impl FnOnce(&mut Self, Range<usize>) -> Outcome,
    ) -> Outcome {
        let place = &self.place;
        let stands_for = match &place.stands_for {
            Some(outer) => outer.clone(),
            None => (Arc::clone(&place.text), Rc::clone(&place.lines), at),
        };
        let range = stands_for.2.clone();
        let inner = Place {
            file: Arc::clone(&place.file),
            text: Arc::from(text),
            lines: Rc::new(LineIndex::new(text)),
            statement: 0..text.len(),
            words: place.words.clone(),
            stands_for: Some(stands_for),
        };
        let outer = std::mem::replace(&mut self.place, inner);
        let result = read(self, 0..text.len());
        self.place = outer;
        result.map_err(|mut failure| {
            failure.at = Some(range);
            failure
        })
    }

    /// The bytes of the file as a span.
    pub fn span(&self, range: Range<usize>) -> Span {
        if let Some((text, lines, at)) = &self.place.stands_for {
            return span(&self.place.file, text, lines, at.clone());
        }
        span(&self.place.file, &self.place.text, &self.place.lines, range)
    }

    /// An expression as written, with what its names mean now.
    pub fn expr(&self, slice: &Slice<'_>) -> Expr {
        Expr { sql: Arc::from(slice.text), search_path: self.store.search_path() }
    }

    /// Inherited NOT NULL constraints have their parents' names, which say nothing (18 and later).
    fn forget_inherited_names(&mut self) {
        let tables: Vec<QualifiedName> = self
            .store
            .catalog()
            .of_kind(ObjectKind::Table)
            .filter_map(|(_, entry)| Table::of(&entry.object))
            .filter(|table| table.partition_of.is_some() || !table.inherits.is_empty())
            .map(|table| table.name.clone())
            .collect();
        let mut forget: Vec<(QualifiedName, Name)> = Vec::new();
        for name in tables {
            let catalog = self.store.catalog();
            let Some(table) = catalog.table(&name) else { continue };
            let parents: Vec<&QualifiedName> =
                table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits).collect();
            for column in catalog.columns(&name) {
                if column.not_null.as_ref().is_none_or(|n| n.name.is_none()) {
                    continue;
                }
                let own = not_null_name(column);
                let given =
                    parents.iter().filter_map(|parent| catalog.column(parent, &column.name)).any(|above| {
                        let heritable = above.not_null.as_ref().is_some_and(|n| !n.no_inherit);
                        heritable && (column.inherited || not_null_name(above) == own)
                    });
                if given {
                    forget.push((name.clone(), column.name.clone()));
                }
            }
        }
        for (table, column) in forget {
            self.edit_column(&table, &column, |c| {
                if let Some(not_null) = &mut c.not_null {
                    not_null.name = None;
                }
            });
        }
    }

    /// What was read.
    pub fn finish(mut self, name: String) -> Parsed {
        apply::default_privileges::of_whoever(&mut self);
        if self.major() >= 18 {
            self.forget_inherited_names();
        }
        let temporary: Vec<ObjectKey> = self
            .store
            .catalog()
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.schema().is_some_and(|s| *s == PG_TEMP))
            .cloned()
            .collect();
        for key in temporary {
            self.store.take(&key);
        }
        // A database has `public` from the start. It counts as wanted when something says so.
        let public = Name::new("public");
        let key = ObjectKey::global(ObjectKind::Schema, public.clone());
        let used = self
            .store
            .catalog()
            .iter()
            .any(|(k, _)| k.kind != ObjectKind::Schema && k.schema() == Some(&public));
        let plain = self.store.get(&key).is_some_and(|entry| {
            entry.span.is_none()
                && entry.comment.is_none()
                && entry.owner.is_none()
                && entry.privileges.is_none()
        });
        if plain && !used {
            self.store.take(&key);
        }
        let mut catalog: Catalog = self.store.into_catalog();
        catalog.origin.name = name;
        Parsed { catalog, diagnostics: self.diagnostics, asked: self.outside.asked() }
    }
}

/// The words that name a kind of statement, in upper case: `CREATE TABLE`, `INSERT`.
fn statement_words(words: &[String]) -> String {
    const PLAIN: &[&str] = &[
        "or",
        "replace",
        "temp",
        "temporary",
        "unlogged",
        "unique",
        "global",
        "local",
        "recursive",
        "constraint",
        "trusted",
        "procedural",
    ];
    let two = words.first().is_some_and(|w| matches!(w.as_str(), "create" | "alter" | "drop" | "comment"));
    let mut list: Vec<String> = Vec::new();
    for word in words {
        if list.len() == 1 && PLAIN.contains(&word.as_str()) {
            continue;
        }
        if list.len() == if two { 2 } else { 1 } {
            break;
        }
        list.push(word.to_ascii_uppercase());
    }
    list.join(" ")
}

/// Whether a comment above a statement says to ignore a code: `trueup: ignore S102`, several separated by commas.
fn ignores(comment: &str, code: &str) -> bool {
    comment
        .strip_prefix("trueup:")
        .and_then(|rest| rest.trim_start().strip_prefix("ignore"))
        .is_some_and(|codes| codes.split([',', ' ', '\t']).any(|c| c.eq_ignore_ascii_case(code)))
}

fn statement_count(text: &str) -> usize {
    Splitter::new(text).filter(|item| matches!(item.kind, ItemKind::Statement)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_named_by_their_first_words() {
        let words = |text: &str| statement_words(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(words("create unique index i"), "CREATE INDEX");
        assert_eq!(words("insert into t"), "INSERT");
        assert_eq!(words("alter table only t"), "ALTER TABLE");
    }

    #[test]
    fn a_pragma_names_codes() {
        assert!(ignores("trueup: ignore S102", "S102"));
        assert!(ignores("trueup:ignore S101, S102", "S102"));
        assert!(!ignores("trueup: ignore S1025", "S102"));
        assert!(!ignores("ignore S102", "S102"));
    }
}
