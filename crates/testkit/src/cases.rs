//! Case folders under `fixtures/`: a folder with a `desired.sql` is a case; beside it may lie `live.sql`, and what
//! is expected of it: `check.txt`, `repair.sql`.

use crate::{Error, Result, Server};
use std::path::{Path, PathBuf};

/// One case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// Its folder relative to where the walk began, with slashes: `column/type-widened`.
    pub name: String,
    /// Its folder.
    pub dir: PathBuf,
}

impl Case {
    /// A file of the case: `desired.sql`, `live.sql`, `check.txt`, `repair.sql`.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// The text of a file of the case; `None` when it has none.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub fn read(&self, file: &str) -> Result<Option<String>> {
        let path = self.path(file);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::path("reading", &path, error)),
        }
    }
}

/// The folder `fixtures` of the checkout.
#[must_use]
pub fn fixtures_dir() -> PathBuf {
    crate::program::workspace_dir().join("fixtures")
}

/// The lines of `text` that all the versions know: those behind `-- since 15` are for that version and later ones, those behind
/// `-- until 15` for that and earlier ones, to the next such line.
/// Lines that are left out stay as empty ones, so that the numbers of the others are right.
///
/// # Errors
/// A marker without a number.
pub fn since(text: &str, versions: &[u16]) -> Result<String> {
    let mut kept = String::with_capacity(text.len());
    let mut known = true;
    for line in text.lines() {
        let version = |text: &str| -> Result<u16> {
            text.trim().parse().map_err(|_| Error::message(format!("`{line}` names no version")))
        };
        if let Some(first) = line.strip_prefix("-- since ") {
            let first = version(first)?;
            known = versions.iter().all(|major| *major >= first);
        } else if let Some(last) = line.strip_prefix("-- until ") {
            let last = version(last)?;
            known = versions.iter().all(|major| *major <= last);
        } else if known {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    Ok(kept)
}

/// `fixtures/every-kind` as one script: an object of every kind with every attribute that all the versions know.
///
/// # Errors
/// When a file can't be read, or there is none.
pub fn every_kind(versions: &[u16]) -> Result<String> {
    let dir = fixtures_dir().join("every-kind");
    let entries = std::fs::read_dir(&dir).map_err(|error| Error::path("reading", &dir, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::path("reading", &dir, error))?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Error::message(format!("{} holds no SQL", dir.display())));
    }
    let mut script = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| Error::path("reading", &file, error))?;
        script.push_str(&since(&text, versions)?);
    }
    Ok(script)
}

/// Makes the tablespaces that fixtures use: `trueup_a`, `trueup_b`, `trueup_c`. They belong to the whole server.
///
/// # Errors
/// When the server refuses.
pub fn tablespaces(server: &Server) -> Result<()> {
    let database = server.database()?;
    for name in ["trueup_a", "trueup_b", "trueup_c"] {
        let sql = format!("SELECT spcname::text FROM pg_catalog.pg_tablespace WHERE spcname = '{name}'");
        if database.query_texts(&sql)?.is_empty() {
            // Beside the data, so that the folder goes with it (manual, 20.17 "Developer Options").
            let made = database
                .run(&format!("SET allow_in_place_tablespaces = on; CREATE TABLESPACE {name} LOCATION '';"));
            // Another test may have been quicker.
            if let Err(error) = made
                && database.query_texts(&sql)?.is_empty()
            {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// All cases under `dir`, sorted by name.
///
/// # Errors
/// When the folder can't be read, or holds no case at all: a test over nothing would pass for ever.
pub fn cases(dir: &Path) -> Result<Vec<Case>> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.map_err(|error| Error::message(error.to_string()))?;
        if entry.file_name() == "desired.sql"
            && let Some(parent) = entry.path().parent()
        {
            let relative = parent.strip_prefix(dir).unwrap_or(parent);
            let name: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            found.push(Case { name: name.join("/"), dir: parent.to_path_buf() });
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(Error::message(format!("no case (a folder with a desired.sql) under {}", dir.display())));
    }
    Ok(found)
}
