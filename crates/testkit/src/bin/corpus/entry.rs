//! What there is to run: the entries of the shared data, as their own notes describe them.

use crate::arguments::Arguments;
use serde_json::Value;
use std::path::{Path, PathBuf};
use trueup_testkit::{Error, Result};

/// A piece of SQL that is loaded, and handed to trueup.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// Written for the data by those who gathered it: roles and settings that a cluster has, not the schema's wish.
    pub(crate) prelude: bool,
}

/// One schema, or a pair of an old and a new one.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// `schemas/gitlab-18.9`, `cases/sqldef/create_table`.
    pub(crate) name: String,
    /// What both sides need first.
    pub(crate) before: Vec<Source>,
    /// Statements to run before the files, from the notes.
    pub(crate) pre_sql: Vec<String>,
    /// The schema that is wanted.
    pub(crate) desired: Vec<Source>,
    /// The one that a repair starts from.
    pub(crate) old: Option<Source>,
    /// Changes to the text before it is loaded: from, to.
    pub(crate) substitutions: Vec<(String, String)>,
    /// Drops `\copy`, `\connect` and CREATE or DROP DATABASE lines, which would leave the database.
    pub(crate) drops_lines: bool,
    /// Takes only what goose runs upwards.
    pub(crate) only_up: bool,
    /// Errors that its notes list as not mattering.
    pub(crate) tolerated: Vec<String>,
    /// The folder that its files lie in, where they are migrations.
    pub(crate) migrations: Option<PathBuf>,
    /// Whether it does things to roles or databases, and needs a server of its own.
    pub(crate) hazardous: bool,
}

impl Entry {
    fn new(name: String) -> Self {
        Self {
            name,
            before: Vec::new(),
            pre_sql: Vec::new(),
            desired: Vec::new(),
            old: None,
            substitutions: Vec::new(),
            drops_lines: false,
            only_up: false,
            tolerated: Vec::new(),
            migrations: None,
            hazardous: false,
        }
    }
}

/// The entries of the suites and names that were asked for, in order of their names.
pub(crate) fn select(shared: &Path, arguments: &Arguments) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for suite in &arguments.suites {
        match suite.as_str() {
            "schemas" => entries.extend(schemas(&shared.join("corpus"))?),
            "evolutions" => entries.extend(evolutions(&shared.join("corpus"))?),
            _ => entries.extend(cases(&shared.join("cases"))?),
        }
    }
    if arguments.replay {
        entries.retain(|entry| entry.migrations.is_some());
    }
    if !arguments.names.is_empty() {
        entries.retain(|entry| arguments.names.iter().any(|name| entry.name.contains(name.as_str())));
    }
    Ok(entries)
}

fn schemas(corpus: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for dir in folders(&corpus.join("schemas"))? {
        let meta = meta(&dir)?;
        let mut entry = Entry::new(format!("schemas/{}", file_name(&dir)));
        common(&mut entry, &meta, corpus);
        for file in texts(&meta["load_order"]) {
            entry.desired.push(Source { path: dir.join(file), prelude: false });
        }
        entry.pre_sql = texts(&meta["pre_sql"]);
        for pair in meta["load_substitutions"].as_array().into_iter().flatten() {
            if let [from, to] = texts(pair).as_slice() {
                entry.substitutions.push((from.clone(), to.clone()));
            }
        }
        entry.drops_lines = !texts(&meta["load_drops_lines"]).is_empty();
        entry.only_up = meta["load_takes"].as_str().is_some_and(|text| text.contains("Up section"));
        if meta["load"]["loads"] == "y-tolerated" {
            let errors = meta["load"]["errors"].as_array().into_iter().flatten();
            entry.tolerated = errors.filter_map(|error| error["error"].as_str().map(str::to_owned)).collect();
        }
        entry.migrations = folder_of_migrations(&dir, &meta);
        entry.hazardous = !texts(&meta["hazards"]).is_empty();
        entries.push(entry);
    }
    Ok(entries)
}

/// The folder, where the notes say that the files are those of a tool. A dump or a file that states the schema is none.
fn folder_of_migrations(dir: &Path, meta: &Value) -> Option<PathBuf> {
    const KINDS: [&str; 9] = [
        "migrations-sql",
        "golang-migrate",
        "goose",
        "flyway",
        "dbmate",
        "diesel",
        "sqlx",
        "prisma",
        "drizzle",
    ];
    let kind = meta["kind"].as_str().unwrap_or_default();
    let folder = dir.join("migrations");
    ((KINDS.contains(&kind) || kind == "supabase") && folder.is_dir()).then_some(folder)
}

fn evolutions(corpus: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for dir in folders(&corpus.join("evolutions"))? {
        let mut entry = Entry::new(format!("evolutions/{}", file_name(&dir)));
        common(&mut entry, &meta(&dir)?, corpus);
        entry.desired.push(Source { path: dir.join("new.sql"), prelude: false });
        entry.old = Some(Source { path: dir.join("old.sql"), prelude: false });
        entries.push(entry);
    }
    Ok(entries)
}

fn cases(root: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for tool in folders(root)? {
        for dir in folders(&tool)? {
            let mut entry = Entry::new(format!("cases/{}/{}", file_name(&tool), file_name(&dir)));
            let setup = dir.join("setup.sql");
            if setup.is_file() {
                entry.before.push(Source { path: setup, prelude: false });
            }
            entry.desired.push(Source { path: dir.join("new.sql"), prelude: false });
            entry.old = Some(Source { path: dir.join("old.sql"), prelude: false });
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn common(entry: &mut Entry, meta: &Value, corpus: &Path) {
    for prelude in texts(&meta["prelude"]) {
        entry.before.push(Source { path: corpus.join(prelude), prelude: true });
    }
}

fn meta(dir: &Path) -> Result<Value> {
    let path = dir.join("META.json");
    let text = std::fs::read_to_string(&path).map_err(|error| Error::path("reading", &path, error))?;
    serde_json::from_str(&text).map_err(|error| Error::message(format!("{}: {error}", path.display())))
}

/// A text or a list of texts, as a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| Error::path("reading", dir, error))? {
        let path = entry.map_err(|error| Error::path("reading", dir, error))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
