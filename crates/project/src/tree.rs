//! The files of a project that may say something about it.
//!
//! Owns: which files are looked at, and how much of each. Never: what they mean.

use globset::{GlobBuilder, GlobMatcher};
use ignore::WalkBuilder;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders that hold what others wrote, or what was built.
const SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// How deep folders are followed. Java projects nest the deepest: `service/src/main/resources/db/migration/2024`.
const DEPTH: usize = 12;
/// How many files are listed. A project with more says so.
const FILES: usize = 50_000;
/// How much of one file is read.
const BYTES: u64 = 512 * 1024;
/// How long a file may be that is read as a whole.
const WHOLE: u64 = 64 << 20;

/// The folder can't be looked at.
#[derive(Debug, thiserror::Error)]
#[error("{folder} can't be read: {reason}")]
pub struct Error {
    /// The folder, as it was named.
    pub folder: String,
    /// What the system says.
    pub reason: String,
}

/// The files below a folder, by their paths from it with `/` between the parts, sorted by bytes.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    files: Vec<String>,
    folders: Vec<String>,
    /// What could not be listed, in words for people.
    pub left_out: Vec<String>,
}

impl Tree {
    /// Lists a folder. Links are not followed; what `.gitignore` excludes is not listed.
    ///
    /// # Errors
    /// When the folder itself can't be read.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let failed = |reason: String| Error { folder: root.display().to_string(), reason };
        std::fs::read_dir(root).map_err(|error| failed(error.to_string()))?;
        let mut tree =
            Tree { root: root.to_owned(), files: Vec::new(), folders: Vec::new(), left_out: Vec::new() };
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .git_global(false)
            .max_depth(Some(DEPTH))
            .filter_entry(|entry| {
                let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                !(folder
                    && entry.depth() > 0
                    && entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name)))
            })
            .build();
        let mut odd = 0_usize;
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    tree.left_out.push(shown(&error.to_string()));
                    continue;
                }
            };
            let kind = entry.file_type();
            if kind.is_some_and(|kind| kind.is_dir()) {
                tree.folders.extend(entry.path().strip_prefix(root).ok().and_then(relative));
            }
            if !kind.is_some_and(|kind| kind.is_file()) {
                continue;
            }
            match entry.path().strip_prefix(root).ok().and_then(relative) {
                Some(path) => tree.files.push(path),
                None => odd += 1,
            }
            if tree.files.len() == FILES {
                tree.left_out.push(format!("more than {FILES} files: only that many were looked at"));
                break;
            }
        }
        if odd > 0 {
            tree.left_out.push(format!("{odd} files have names that can't be written into a TOML file"));
        }
        tree.files.sort_unstable();
        tree.folders.sort_unstable();
        Ok(tree)
    }

    /// The files below a folder, by their paths from a folder above it, and the files alone of the folders between: what tells the
    /// tool of a folder of migrations often lies beside it. Goes up as far as that, and not out of a repository. The text is the path of
    /// the folder itself.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn around(folder: &Path, levels: usize) -> Result<(Self, String), Error> {
        let mut tree = Tree::read(folder)?;
        let Ok(absolute) = folder.canonicalize() else { return Ok((tree, String::new())) };
        let mut top = absolute.as_path();
        for _ in 0..levels {
            match top.parent() {
                Some(above) if !top.join(".git").exists() => top = above,
                Some(_) | None => break,
            }
        }
        let Some(inside) = absolute.strip_prefix(top).ok().map(|path| relative(path).unwrap_or_default())
        else {
            return Ok((tree, String::new()));
        };
        if inside.is_empty() {
            return Ok((tree, inside));
        }
        let below = |path: &String| format!("{inside}/{path}");
        tree.files = tree.files.iter().map(below).collect();
        tree.folders = tree.folders.iter().map(below).collect();
        tree.folders.push(inside.clone());
        let mut above = inside.as_str();
        while let Some(parent) = parent(above) {
            let Ok(entries) = std::fs::read_dir(top.join(parent)) else { break };
            for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            {
                tree.files.extend(entry.path().strip_prefix(top).ok().and_then(relative));
            }
            above = parent;
        }
        top.clone_into(&mut tree.root);
        tree.files.sort_unstable();
        tree.folders.sort_unstable();
        Ok((tree, inside))
    }

    /// Where a file lies.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// All folders below the project's own, empty ones too.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// Whether this file is listed.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// The files that a pattern matches: `*` stays in one folder, `**` does not.
    pub fn matching(&self, pattern: &str) -> Vec<&str> {
        let Some(matcher) = matcher(pattern) else { return Vec::new() };
        self.files().filter(|path| matcher.is_match(path)).collect()
    }

    /// The files below a folder, `""` being the project's own.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |path| is_below(path, folder))
    }

    /// The beginning of a file as text. A file that can't be read says nothing.
    pub fn text(&self, path: &str) -> String {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(self.root.join(path))
            .and_then(|file| file.take(BYTES).read_to_end(&mut bytes));
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => String::new(),
        }
    }

    /// A whole file, for what depends on each of its bytes.
    ///
    /// # Errors
    /// What the system says; or that the file is longer than what is read of one.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        std::fs::File::open(self.root.join(path))
            .and_then(|file| file.take(WHOLE + 1).read_to_end(&mut bytes))
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > WHOLE {
            return Err(format!("it has more than {} MB", WHOLE >> 20));
        }
        Ok(bytes)
    }

    /// The beginning of a file of the project's own folder that `.gitignore` may well exclude, as `.env`. `None` where there
    /// is none.
    pub fn excluded(&self, name: &str) -> Option<String> {
        self.root.join(name).is_file().then(|| self.text(name))
    }
}

/// A pattern as a matcher. The patterns are this crate's own; a test compiles each.
pub fn matcher(pattern: &str) -> Option<GlobMatcher> {
    GlobBuilder::new(pattern).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
}

/// Whether a path lies below a folder.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder that is so many parts up: `a/b/c` one up is `a/b`.
pub fn up(path: &str, parts: usize) -> &str {
    let mut path = path;
    for _ in 0..parts {
        path = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
    path
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Folders with the files that led to them; one inside another belongs to it.
pub fn folders<'a>(files: &[&'a str], parts: usize) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    // Sorted, so that a folder comes before those inside it.
    let mut tops: Vec<&str> = files.iter().map(|file| up(file, parts)).collect();
    tops.sort_unstable();
    tops.dedup();
    let all = tops.clone();
    tops.retain(|top| !all.iter().any(|other| other != top && is_below(top, other)));
    for file in files {
        let folder = up(file, parts);
        if let Some(top) = tops.iter().find(|top| **top == folder || is_below(folder, top)) {
            found.entry(top).or_default().push(file);
        }
    }
    found
}

/// The folder that a path lies in; `None` above the top.
fn parent(path: &str) -> Option<&str> {
    if path.is_empty() { None } else { Some(up(path, 1)) }
}

/// A path with `/` between its parts; `None` for one that is no text, or that a line of a TOML file can't hold as it looks.
fn relative(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    let path = parts?.join("/");
    (!path.is_empty() && !path.chars().any(harmful)).then_some(path)
}

/// Control characters, and those that turn the direction of what follows.
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn shown(text: &str) -> String {
    text.chars().map(|c| if harmful(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let tree = Tree::read(folder.path()).unwrap();
        (folder, tree)
    }

    #[test]
    fn others_files_and_ignored_ones_are_not_listed() {
        let (_folder, tree) = project(&[
            (".gitignore", "build/\n.env\n"),
            (".env", "A=1"),
            (".github/workflows/ci.yml", ""),
            ("build/schema.sql", ""),
            ("node_modules/x/schema.sql", ""),
            ("db/schema.sql", "create table a ();"),
            ("a\u{202e}b.sql", ""),
        ]);
        let files: Vec<_> = tree.files().collect();
        assert_eq!(files, [".github/workflows/ci.yml", ".gitignore", "db/schema.sql"]);
        assert_eq!(tree.left_out, ["1 files have names that can't be written into a TOML file"]);
        assert_eq!(tree.matching("**/schema.sql"), ["db/schema.sql"]);
        assert_eq!(tree.excluded(".env").as_deref(), Some("A=1"));
        assert_eq!(tree.excluded("none"), None);
    }

    #[test]
    fn what_lies_above_a_folder_is_seen_and_not_what_lies_beside_it() {
        let (folder, _) = project(&[
            ("go.mod", ""),
            ("db/dbconf.yml", ""),
            ("db/migrations/1.sql", ""),
            ("db/migrations/a/2.sql", ""),
            ("db/seeds/1.sql", ""),
        ]);
        let (tree, inside) = Tree::around(&folder.path().join("db/migrations"), 2).unwrap();
        assert_eq!(inside, "db/migrations");
        let files: Vec<_> = tree.files().collect();
        assert_eq!(files, ["db/dbconf.yml", "db/migrations/1.sql", "db/migrations/a/2.sql", "go.mod"]);
        std::fs::create_dir(folder.path().join("db/.git")).unwrap();
        let (tree, inside) = Tree::around(&folder.path().join("db/migrations"), 2).unwrap();
        assert_eq!(
            (inside.as_str(), tree.has("dbconf.yml"), tree.has("go.mod")),
            ("migrations", true, false)
        );
        assert!(tree.path("migrations/1.sql").is_file());
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let error = Tree::read(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/at/all can't be read: No such file"), "{error}");
    }

    #[test]
    fn a_folder_inside_another_belongs_to_it() {
        let files = ["db/a.sql", "db/2024/b.sql", "other/c.sql", "dbx/d.sql"];
        let found = folders(&files, 1);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["db", "dbx", "other"]);
        assert_eq!(found["db"], ["db/a.sql", "db/2024/b.sql"]);
        assert_eq!(up("a/b/c.sql", 2), "a");
        assert_eq!(up("c.sql", 1), "");
        assert!(is_below("a/b", "a") && !is_below("ab", "a") && is_below("a", ""));
    }
}
