//! What comes out: a history is the migrations of one tool in one database, each with its state, and what is wrong with them.

use crate::Tool;
use serde::Serialize;
use trueup_diff::{Code, Level};

/// The history of one tool.
#[derive(Clone, Debug, Serialize)]
pub struct History {
    /// Which tool; `None` where that could not be told.
    pub tool: Option<Tool>,
    /// Where its migrations lie, from the folder that was looked at; `.` is that folder itself.
    pub folder: String,
    /// The table that keeps its history, where the database has one.
    pub table: Option<TableName>,
    /// Every migration that has a file or a row, in the tool's order.
    pub migrations: Vec<Migration>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What nobody can tell of this tool's histories, and what was left out; a sentence each.
    pub remarks: Vec<String>,
}

impl History {
    /// A history that could not be read: its faults say why.
    pub fn unread(why: Vec<crate::NotRead>) -> Self {
        let fault = |why: crate::NotRead| Fault::new(Code::M115, "history", why.message).way(why.way_out);
        History {
            tool: None,
            folder: ".".to_owned(),
            table: None,
            migrations: Vec::new(),
            faults: why.into_iter().map(fault).collect(),
            remarks: Vec::new(),
        }
    }
}

/// A table's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TableName {
    /// Its schema.
    pub schema: String,
    /// Its own name.
    pub name: String,
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// One migration.
#[derive(Clone, Debug, Serialize)]
pub struct Migration {
    /// What the tool calls it: a revision, a version, a file name.
    pub id: String,
    /// What else its file or its row says of it.
    pub title: Option<String>,
    /// Its state.
    pub state: State,
    /// Its file, from the folder that was looked at.
    pub file: Option<String>,
    /// The migrations that it follows, where the tool keeps a graph.
    pub after: Vec<String>,
    /// Whether nothing follows it, where the tool keeps a graph.
    pub head: bool,
}

/// What state a migration is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "&'static str")]
pub enum State {
    /// It ran, and nothing speaks against it.
    Applied,
    /// It would run next time.
    Pending,
    /// It began and did not end.
    Failed,
    /// It failed or ran, and was marked as taken back: it would run again.
    RolledBack,
    /// It ran, and its file is another since.
    Edited,
    /// It ran, and there is no file.
    MissingFile,
    /// It did not run and lies before one that did, so that the tool refuses it.
    OutOfOrder,
    /// The tool will never run it.
    NeverRun,
    /// It is recorded as applied, and the record says that it never ran.
    Marked,
    /// Something else stands for it: a baseline, or a migration that replaces it.
    Covered,
    /// It can't be told.
    Unknown,
}

impl State {
    /// Every state, in the order in which counts list them.
    pub const ALL: &'static [State] = &[
        State::Applied,
        State::Marked,
        State::Covered,
        State::Pending,
        State::RolledBack,
        State::OutOfOrder,
        State::NeverRun,
        State::Failed,
        State::Edited,
        State::MissingFile,
        State::Unknown,
    ];

    /// As programs read it.
    pub fn slug(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Pending => "pending",
            State::Failed => "failed",
            State::RolledBack => "rolled-back",
            State::Edited => "edited",
            State::MissingFile => "missing-file",
            State::OutOfOrder => "out-of-order",
            State::NeverRun => "never-run",
            State::Marked => "marked",
            State::Covered => "covered",
            State::Unknown => "unknown",
        }
    }

    /// As people read it.
    pub fn word(self) -> &'static str {
        match self {
            State::Applied => "applied",
            State::Pending => "pending",
            State::Failed => "failed",
            State::RolledBack => "rolled back",
            State::Edited => "edited since",
            State::MissingFile => "missing file",
            State::OutOfOrder => "out of order",
            State::NeverRun => "never run",
            State::Marked => "marked as applied",
            State::Covered => "covered",
            State::Unknown => "can't be told",
        }
    }

    /// Whether the database has what it makes, as far as the history tells.
    pub fn has_run(self) -> bool {
        match self {
            State::Applied
            | State::Edited
            | State::MissingFile
            // The tool, or whoever told it so, takes the schema for having it.
            | State::Marked
            | State::Covered => true,
            // What failed would run again, and nobody knows of what can't be told.
            State::Pending
            | State::Failed
            | State::RolledBack
            | State::OutOfOrder
            | State::NeverRun
            | State::Unknown => false,
        }
    }

    /// Whether the next run of the tool would run it.
    pub fn is_pending(self) -> bool {
        match self {
            State::Pending | State::RolledBack => true,
            State::Applied
            | State::Failed
            | State::Edited
            | State::MissingFile
            | State::OutOfOrder
            | State::NeverRun
            | State::Marked
            | State::Covered
            | State::Unknown => false,
        }
    }
}

impl From<State> for &'static str {
    fn from(state: State) -> Self {
        state.slug()
    }
}

/// Something that is wrong, or worth a word.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// Its code: `M…`.
    pub code: Code,
    /// Its level.
    pub level: Level,
    /// The migration, or the table, that it is about.
    pub object: Option<String>,
    /// What is wrong, in one line without a full stop.
    pub title: String,
    /// Why, and what the tool does about it; clauses without a full stop.
    pub reasons: Vec<String>,
    /// Where.
    pub place: Option<Place>,
    /// Commands of the tool, or SQL; one of them is enough unless they say otherwise.
    pub ways_out: Vec<String>,
}

/// A file, and perhaps a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From the folder that was looked at.
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
}

impl Fault {
    /// A fault with the level that its code has by itself.
    pub(crate) fn new(code: Code, object: impl Into<String>, title: impl Into<String>) -> Self {
        Fault {
            code,
            level: code.default_level(),
            object: Some(object.into()),
            title: title.into(),
            reasons: Vec::new(),
            place: None,
            ways_out: Vec::new(),
        }
    }

    /// With one more reason.
    pub(crate) fn why(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }

    /// With one more way out.
    pub(crate) fn way(mut self, way_out: impl Into<String>) -> Self {
        self.ways_out.push(way_out.into());
        self
    }

    /// At a file.
    pub(crate) fn at(mut self, file: impl Into<String>, line: Option<u32>) -> Self {
        self.place = Some(Place { file: file.into(), line });
        self
    }

    /// Whether it says that something could not be read or told, so that "in order" can't be said.
    pub fn is_undecided(&self) -> bool {
        self.code == Code::M115
    }
}

/// What all histories together come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is wrong; migrations may be pending.
    InOrder,
    /// Something is wrong.
    Faults,
    /// Something could not be read or told.
    Undecided,
}

impl Outcome {
    /// Of these histories.
    pub fn of(histories: &[History]) -> Self {
        let faults = || {
            histories.iter().flat_map(|history| &history.faults).filter(|fault| fault.level != Level::Note)
        };
        if faults().any(Fault::is_undecided) {
            Outcome::Undecided
        } else if faults().next().is_some() {
            Outcome::Faults
        } else {
            Outcome::InOrder
        }
    }
}
