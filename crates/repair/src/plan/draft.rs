//! A step before it has its place among the others.

use crate::ddl::{Sql, Written};
use crate::guard;
use crate::order::Symbol;
use crate::step::{Phase, Step};
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
                key: key.clone(),
                lock: "nothing that is there".to_owned(),
                transactional: true,
                may_fail_on_data: false,
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
    pub fn run(mut self, sql: &Sql) -> Self {
        self.absorb(sql);
        self.step.statements.push(format!("{};", sql.text));
        self
    }

    /// Adds a statement behind a guard.
    pub fn guarded(mut self, condition: &str, sql: &Sql) -> Self {
        self.absorb(sql);
        self.step.statements.push(guard::statement(condition, sql));
        self
    }

    /// Adds a whole statement as text.
    pub fn text(mut self, statement: impl Into<String>) -> Self {
        self.step.statements.push(statement.into());
        self
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

    /// The lock, in words.
    pub fn lock(mut self, lock: impl Into<String>) -> Self {
        self.step.lock = lock.into();
        self
    }

    /// `ACCESS EXCLUSIVE` for a moment.
    pub fn exclusive(self, relation: impl std::fmt::Display) -> Self {
        self.lock(format!("ACCESS EXCLUSIVE on {relation}, for a moment"))
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
