//! Case folders under `fixtures/`: a folder with a `desired.sql` is a case; beside it may lie `live.sql`, and what
//! is expected of it: `check.txt`, `repair.sql`.

use crate::{Error, Result};
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
