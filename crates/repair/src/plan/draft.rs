//! A step before it has its place among the others.

use crate::ddl::{Sql, Written};
use crate::lock::{Held, Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::probe::Probe;
use crate::shape::Shape;
use crate::statement::{Asked, Refusal, Statement};
use crate::step::{Phase, Step, Work};
use trueup_catalog::{DataType, Name, ObjectKey, QualifiedName, SearchPath};

/// A step with what it makes and needs.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub step: Step,
    /// What it makes.
    pub provides: Vec<Symbol>,
    /// What must be there first, if another step makes it.
    pub needs: Vec<Symbol>,
    /// Texts in it that may mention what must be there first.
    pub written: Vec<Written>,
    /// Whether the draft before it, of the same object, must run first.
    pub after_previous: bool,
    /// The search paths of its expressions.
    paths: Sql,
}

impl Draft {
    /// A step without statements yet, that takes no lock on what is there.
    pub fn new(phase: Phase, key: &ObjectKey, title: impl Into<String>) -> Self {
        Draft {
            step: Step {
                phase,
                statements: Vec::new(),
                title: title.into(),
                notes: Vec::new(),
                closes: Vec::new(),
                after: Vec::new(),
                key: key.clone(),
                locks: Vec::new(),
                work: Work::Catalog,
                size: None,
                transactional: true,
                may_fail_on_data: false,
                hazards: Vec::new(),
                probe: None,
                rights: Vec::new(),
                search_path: None,
            },
            provides: vec![Symbol::Object(key.clone())],
            needs: key.schema().map(|s| Symbol::Schema(s.clone())).into_iter().collect(),
            written: Vec::new(),
            after_previous: false,
            paths: Sql::default(),
        }
    }

    /// Adds a statement that is idempotent by itself.
    pub fn run(self, sql: &Sql) -> Self {
        self.statement(sql, Statement::new(&*sql.text))
    }

    /// Adds a statement behind a guard.
    pub fn guarded(self, condition: &str, sql: &Sql) -> Self {
        self.statement(sql, Statement::new(&*sql.text).when(condition))
    }

    /// Adds a statement behind a guard, after which something of the wanted shape must be there.
    pub fn shaped(self, condition: &str, sql: &Sql, shape: &Shape) -> Self {
        self.statement(sql, Statement::new(&*sql.text).when(condition).refuse(shape.refusal()))
    }

    /// Adds a statement that was made of this text.
    pub fn statement(mut self, sql: &Sql, statement: Statement) -> Self {
        self.absorb(sql);
        self.step.statements.push(statement);
        self
    }

    /// Adds a statement that needs nothing.
    pub fn plain(mut self, statement: Statement) -> Self {
        self.step.statements.push(statement);
        self
    }

    /// A step that changes nothing: it stops the repair when rows stand in the way of what comes next, before anything of that is there.
    /// A constraint that is `NOT VALID` refuses updates of old rows that break it, and a unique index that can't be built stays behind.
    pub fn look(phase: Phase, key: &ObjectKey, probe: &Probe, when: &str, code: &str) -> Self {
        let refusal = Refusal {
            asked: Asked::Before,
            condition: format!("EXISTS ({})", probe.query),
            message: format!("there are {}", probe.about),
            code: code.to_owned(),
            hint: "Mend those rows, then run trueup repair again; trueup repair --probe counts them"
                .to_owned(),
            reads_rows: true,
        };
        let statement = Statement { when: Some(when.to_owned()), ..Statement::refusing(refusal) };
        let mut draft = Draft::new(phase, key, format!("look for {}", probe.about))
            .plain(statement)
            .provides_nothing()
            .work(Work::Scan)
            .probe(Some(probe.clone()))
            .may_fail();
        draft.paths.paths.extend(probe.search_path.clone());
        draft.step.search_path = draft.paths.search_path();
        draft
    }

    /// Takes over what a statement's text needs.
    pub fn absorb(&mut self, sql: &Sql) {
        self.written.extend(sql.written.iter().cloned());
        let text = Sql { text: String::new(), paths: sql.paths.clone(), written: Vec::new() };
        self.paths.append(&text);
        self.step.search_path = self.paths.search_path();
    }

    /// The search path under which its text means what it should, if it has such text.
    pub fn path(&self) -> Option<&SearchPath> {
        self.step.search_path.as_ref()
    }

    /// It takes this lock.
    pub fn locks(mut self, lock: Lock) -> Self {
        self.step.locks.push(lock);
        self
    }

    /// `ACCESS EXCLUSIVE` on a table and all below it, for a moment.
    pub fn exclusive(self, table: &QualifiedName) -> Self {
        self.locks(Lock::table(table, LockMode::AccessExclusive, Held::Moment).and_below())
    }

    /// `SHARE UPDATE EXCLUSIVE` on just this table, for a moment.
    pub fn quiet(self, table: &QualifiedName) -> Self {
        self.locks(Lock::table(table, LockMode::ShareUpdateExclusive, Held::Moment))
    }

    /// `SHARE UPDATE EXCLUSIVE` on an index, for a moment.
    pub fn quiet_index(self, index: &QualifiedName) -> Self {
        self.locks(Lock::other(Locked::Index, index, LockMode::ShareUpdateExclusive))
    }

    /// It reads a table and all below it once, while reads and writes go on.
    pub fn scans(mut self, table: &QualifiedName) -> Self {
        self.step.work = Work::Scan;
        self.locks(Lock::table(table, LockMode::ShareUpdateExclusive, Held::Scan).and_below())
    }

    /// It does this besides changing the catalogs.
    pub fn work(mut self, work: Work) -> Self {
        self.step.work = work;
        self
    }

    /// Asks the rows beforehand.
    pub fn probe(mut self, probe: Option<Probe>) -> Self {
        self.step.probe = probe;
        self
    }

    /// A comment line for people.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.step.notes.push(note.into());
        self
    }

    /// The rows may make it fail.
    pub fn may_fail(mut self) -> Self {
        self.step.may_fail_on_data = true;
        self
    }

    /// It can't run inside a transaction block.
    pub fn alone(mut self) -> Self {
        self.step.transactional = false;
        self
    }

    /// It makes this.
    pub fn provides(mut self, symbol: Symbol) -> Self {
        self.provides.push(symbol);
        self
    }

    /// It needs this.
    pub fn needs(mut self, symbol: Symbol) -> Self {
        self.needs.push(symbol);
        self
    }

    /// It needs a relation and its columns.
    pub fn on(self, relation: &QualifiedName) -> Self {
        self.needs(Symbol::Relation(relation.clone()))
    }

    /// It needs a type.
    pub fn of_type(mut self, data_type: &DataType) -> Self {
        if let Some(name) = data_type.qualified_name()
            && name.schema != trueup_catalog::PG_CATALOG
        {
            self.needs.push(Symbol::Schema(name.schema.clone()));
            self.needs.push(Symbol::Type(name));
        }
        self
    }

    /// It needs NOT NULL on these columns.
    pub fn not_null(mut self, table: &QualifiedName, columns: &[Name]) -> Self {
        self.needs.extend(columns.iter().map(|c| Symbol::NotNull(table.clone(), c.clone())));
        self
    }

    /// What it does is not what others wait for.
    pub fn provides_nothing(mut self) -> Self {
        self.provides.clear();
        self
    }

    /// It must run after the draft before it.
    pub fn then(mut self) -> Self {
        self.after_previous = true;
        self
    }
}
