//! What a tool's module gets to see, and what it gives.

use jiff::Timestamp;
use trueup_diff::Code;
use trueup_history::{History, Migration, Tool};
use trueup_project::Tree;

/// A project, its history, and how its next migration is wished.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// The tool.
    pub tool: Tool,
    /// Its history.
    pub history: &'a History,
    /// The folder that new files go to, where that was said; from the folder of `tree`.
    pub into: Option<&'a str>,
    /// The time, for versions.
    pub now: Timestamp,
    /// What the migration is called: small letters, digits and `_`.
    pub name: &'a str,
    /// The application, for Django.
    pub app: Option<&'a str>,
    /// Lines for the head of a file.
    pub head: &'a [String],
    /// Lines for its end: what is left for people.
    pub left: &'a [String],
}

impl<'a> Given<'a> {
    /// The folder of new files; `""` is the one that was looked at.
    pub(crate) fn folder(&self) -> &'a str {
        match self.into.unwrap_or(&self.history.folder) {
            "." => "",
            folder => folder.trim_end_matches('/'),
        }
    }

    /// The migrations that have a file.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'a Migration, &'a str)> + use<'a> {
        self.history.migrations.iter().filter_map(|migration| Some((migration, migration.file.as_deref()?)))
    }

    /// The file of the last one, whose look the next one takes.
    pub(crate) fn newest(&self) -> Option<&'a str> {
        self.files().last().map(|(_, file)| file)
    }

    /// The text of that file.
    pub(crate) fn newest_text(&self) -> String {
        self.newest().map(|file| self.tree.text(file)).unwrap_or_default()
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, from the folder that was looked at.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether one may be there.
    pub how: How,
}

/// Whether a file may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It must not.
    New,
    /// It is the tool's own list of migrations, with the new ones in it.
    List,
}

impl File {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        File { path: path.into(), text: text.into(), how: How::New }
    }

    pub(crate) fn list(path: impl Into<String>, text: impl Into<String>) -> Self {
        File { path: path.into(), text: text.into(), how: How::List }
    }
}

/// Why no file can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the fault that stands in the way, else X104.
    pub code: Code,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out.
    pub way_out: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Refusal { code: Code::X104, message: message.into(), way_out: way_out.into() }
    }
}

/// A path in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder of a path.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

impl Given<'_> {
    /// Versions and names for so many migrations, as the files that are there look.
    pub(crate) fn next(&self, usual: crate::version::Style, many: usize) -> Vec<(String, String)> {
        let there: Vec<&str> = self.files().map(|(_, file)| name(file)).collect();
        self.next_after(&there, usual, many)
    }

    /// The same after these names of files or folders.
    pub(crate) fn next_after(
        &self,
        there: &[&str],
        usual: crate::version::Style,
        many: usize,
    ) -> Vec<(String, String)> {
        let alone: Vec<&str> = self
            .history
            .migrations
            .iter()
            .filter(|migration| migration.file.is_none())
            .map(|migration| migration.id.as_str())
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
            .collect();
        // A version that only the database knows counts too, unless it is of another sort.
        let longest = there.iter().map(|name| crate::version::digits(name).len()).max();
        let alone = alone.into_iter().filter(|id| longest.is_none_or(|longest| id.len() <= longest));
        let versions = crate::version::next(there.iter().copied().chain(alone), usual, self.now, many);
        let taken = there
            .iter()
            .filter_map(|name| {
                let stem = name.split('.').next().unwrap_or_default();
                let rest = stem.trim_start_matches(|c: char| {
                    c.is_ascii_digit() || matches!(c, '_' | '-' | 'V' | 'U' | '.')
                });
                crate::name::slug(rest)
            })
            .collect();
        versions.into_iter().zip(crate::name::names(self.name, many, &taken)).collect()
    }
}
