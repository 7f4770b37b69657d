//! A plan from a file: what `trueup repair --format json` prints, read back.
//!
//! Only what running needs is read; fields that a later version adds are passed over.

use crate::relied::RelyOn;
use crate::task::Task;
use serde::Deserialize;
use std::time::Duration;
use trueup_catalog::{Name, SearchPath};
use trueup_repair::rights::Right;
use trueup_repair::{Ahead, LockMode, Locked, Phase, Statement, search_path_value};

/// The version of the documents that are read.
const FORMAT_VERSION: u32 = 1;

/// A plan, read from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its steps.
    pub tasks: Vec<Task>,
    /// What it was planned for.
    pub planned: Planned,
    /// Whether its steps close everything that was found.
    pub complete: bool,
    /// The schema that it was planned for; an older trueup's plan does not say.
    pub relied: Option<RelyOn>,
}

/// The database that a plan was made for, as far as the document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its name; a plan that was made from files has none.
    pub database: Option<String>,
    /// Its server, for people.
    pub host: Option<String>,
    /// Its version, such as 150018.
    pub server_version: Option<u32>,
}

/// Why a document can't be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no such document.
    #[error("it is no plan: {0}")]
    NoPlan(String),
    /// It is a report without steps.
    #[error("it has no steps: it is what `check` prints")]
    NoSteps,
    /// It tells of a run that could not be done.
    #[error("it tells of a run that failed")]
    Failed,
    /// Another format.
    #[error("it has format version {0}, and this trueup reads version {FORMAT_VERSION}")]
    Version(u32),
    /// A lock mode that PostgreSQL does not have.
    #[error("there is no lock mode {0}")]
    Lock(String),
    /// A step waits for one that comes later.
    #[error("step {0} says that it runs after a step that does not come before it")]
    Order(usize),
}

#[derive(Deserialize)]
struct Head {
    format_version: u32,
    outcome: String,
    repair: Option<Repair>,
    live: Option<Live>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Live {
    server_version_num: Option<u32>,
}

#[derive(Deserialize)]
struct Target {
    host: String,
    database: String,
}

#[derive(Deserialize)]
struct Repair {
    complete: bool,
    relies_on: Option<RelyOn>,
    steps: Vec<PlannedStep>,
}

#[derive(Deserialize)]
struct PlannedStep {
    title: String,
    phase: Phase,
    kind: String,
    object: String,
    statements: Vec<Statement>,
    lock: String,
    locks: Vec<PlannedLock>,
    search_path: Vec<String>,
    transactional: bool,
    lock_timeout_ms: Option<u64>,
    statement_timeout_ms: Option<u64>,
    after: Vec<usize>,
    /// Plans that an earlier version made have none.
    #[serde(default)]
    rights: Vec<Right>,
}

#[derive(Deserialize)]
struct PlannedLock {
    kind: String,
    object: String,
    mode: String,
}

impl Document {
    /// Reads the text of a document.
    ///
    /// # Errors
    /// When it is none, none of `repair`, or its steps make no sense.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let head: Head = serde_json::from_str(text).map_err(|error| Unusable::NoPlan(error.to_string()))?;
        if head.format_version != FORMAT_VERSION {
            return Err(Unusable::Version(head.format_version));
        }
        if head.outcome == "error" {
            return Err(Unusable::Failed);
        }
        let repair = head.repair.ok_or(Unusable::NoSteps)?;
        let mut tasks = Vec::with_capacity(repair.steps.len());
        for (at, step) in repair.steps.into_iter().enumerate() {
            if step.after.iter().any(|before| *before >= at) {
                return Err(Unusable::Order(at + 1));
            }
            tasks.push(step.task()?);
        }
        let (database, host) = head.target.map(|t| (t.database, t.host)).unzip();
        let server_version = head.live.and_then(|live| live.server_version_num);
        Ok(Document {
            tasks,
            planned: Planned { database, host, server_version },
            complete: repair.complete,
            relied: repair.relies_on,
        })
    }
}

impl PlannedStep {
    fn task(self) -> Result<Task, Unusable> {
        let mut tables = Vec::new();
        for lock in self.locks.iter().filter(|lock| lock.kind == Locked::Table.word()) {
            let mode = LockMode::ALL.iter().copied().find(|mode| mode.sql() == lock.mode);
            let mode = mode.ok_or_else(|| Unusable::Lock(lock.mode.clone()))?;
            tables.push(Ahead { table: lock.object.clone(), mode });
        }
        let path = SearchPath::from_iter(self.search_path.iter().map(|schema| Name::from(schema.as_str())));
        Ok(Task {
            tables,
            phase: self.phase,
            title: self.title,
            kind: self.kind,
            object: self.object,
            statements: self.statements,
            search_path: search_path_value(&path),
            transactional: self.transactional,
            lock_timeout: self.lock_timeout_ms.map(Duration::from_millis),
            statement_timeout: self.statement_timeout_ms.map(Duration::from_millis),
            locks: self.locks.len(),
            lock: self.lock,
            after: self.after,
            rights: self.rights,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plan_is_said() {
        let read = |text: &str| Document::read(text).unwrap_err();
        assert!(matches!(read("{"), Unusable::NoPlan(_)));
        assert!(matches!(read("[]"), Unusable::NoPlan(_)));
        assert_eq!(read(r#"{"format_version": 1, "outcome": "drift"}"#), Unusable::NoSteps);
        assert_eq!(read(r#"{"format_version": 1, "outcome": "error"}"#), Unusable::Failed);
        assert_eq!(read(r#"{"format_version": 2, "outcome": "drift"}"#), Unusable::Version(2));
        let step = r#"{"title": "t", "phase": "build", "kind": "index", "object": "public.i", "statements": [], "lock": "",
            "locks": [], "search_path": ["public"], "transactional": true, "lock_timeout_ms": null, "statement_timeout_ms": 30000,
            "after": [0], "later": {}}"#;
        let document = |steps: &str| {
            format!(
                r#"{{"format_version": 1, "outcome": "drift", "repair": {{"complete": true, "steps": [{steps}], "left": []}}}}"#
            )
        };
        assert_eq!(read(&document(step)), Unusable::Order(1));
        let first = step.replace("[0]", "[]");
        let plan = Document::read(&document(&format!("{first}, {step}"))).unwrap();
        assert_eq!(plan.tasks.len(), 2);
        assert_eq!(plan.tasks[1].after, [0]);
        assert_eq!(plan.tasks[1].search_path, "public");
        assert_eq!(plan.tasks[1].statement_timeout, Some(Duration::from_secs(30)));
    }
}
