//! Files as they were at a git revision: `git:REVISION:PATH`.
//!
//! Runs the `git` of this machine, reading only. The files are laid out in a temporary folder, so that they are found, ordered and
//! included as those of a work tree are.

use crate::problem::{Problem, plain};
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use trueup_parser::SourceFile;
use trueup_report::safe;

/// The files at a revision.
///
/// # Errors
/// There is no git, no repository, no such revision; or a path that is not there, unless `may_lack`, as for the base of a change
/// that adds it.
pub fn files(revision: &str, paths: &[PathBuf], may_lack: bool) -> Result<Vec<SourceFile>, Vec<Problem>> {
    read(revision, paths, may_lack).map_err(|problem| vec![problem])
}

/// A folder as it was at a revision, in a temporary one.
///
/// # Errors
/// As for [`files`].
pub fn folder(revision: &str, path: &Path) -> Result<tempfile::TempDir, Problem> {
    let (top, commit) = resolved(revision)?;
    let here = std::env::current_dir().unwrap_or_default();
    let inside = inside(&top, &here.join(path)).ok_or_else(|| outside(path))?;
    let layout = tempfile::tempdir().map_err(|error| laying(&error))?;
    if !lay_out(&top, &commit, &inside, layout.path())? {
        return Err(not_there(path, &safe(revision)));
    }
    // What lies below the path becomes what lies below the folder.
    let found = layout.path().join(&inside);
    if inside.as_os_str().is_empty() || !found.is_dir() {
        return Ok(layout);
    }
    let moved = tempfile::tempdir().map_err(|error| laying(&error))?;
    std::fs::remove_dir(moved.path())
        .and_then(|()| std::fs::rename(&found, moved.path()))
        .map_err(|error| laying(&error))?;
    Ok(moved)
}

fn outside(path: &Path) -> Problem {
    Problem::configuration(
        format!("{} lies outside of the repository", safe(&path.display().to_string())),
        "name a path inside it",
    )
}

fn not_there(path: &Path, shown: &str) -> Problem {
    Problem::configuration(
        format!("{} is not there at {shown}", safe(&path.display().to_string())),
        "name a path of that revision",
    )
}

/// The top of the repository, and the commit that a revision is.
fn resolved(revision: &str) -> Result<(PathBuf, String), Problem> {
    let shown = safe(revision);
    let top = git(&["rev-parse", "--show-toplevel"], None, &[]).map_err(|said| {
        Problem::configuration(
            format!("git:{shown} can't be read: {said}"),
            "run trueup inside the repository, with git installed",
        )
    })?;
    let top = PathBuf::from(String::from_utf8_lossy(&top).trim_end_matches('\n').to_owned());
    let commit = format!("{revision}^{{commit}}");
    let commit = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], Some(&top), &[])
        .map_err(|_| {
            Problem::configuration(
                format!("there is no revision `{shown}` in this repository"),
                "fetch it first: `git fetch origin main`; a pipeline that checks out one commit needs the history too, as \
                 `fetch-depth: 0` of actions/checkout",
            )
        })?;
    Ok((top, String::from_utf8_lossy(&commit).trim().to_owned()))
}

fn read(revision: &str, paths: &[PathBuf], may_lack: bool) -> Result<Vec<SourceFile>, Problem> {
    let shown = safe(revision);
    let (top, commit) = resolved(revision)?;
    let here = std::env::current_dir().unwrap_or_default();
    let layout = tempfile::tempdir().map_err(|error| laying(&error))?;
    let mut roots = Vec::new();
    for path in paths {
        let inside = inside(&top, &here.join(path)).ok_or_else(|| outside(path))?;
        if lay_out(&top, &commit, &inside, layout.path())? {
            roots.push(layout.path().join(&inside));
        } else if !may_lack {
            return Err(not_there(path, &shown));
        }
    }
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let (files, errors) = trueup_parser::read(&roots);
    let prefix = layout.path().display().to_string();
    let renamed = |name: &str| {
        let name = name.strip_prefix(&prefix).unwrap_or(name).trim_start_matches(['/', '\\']);
        format!("{revision}:{name}")
    };
    if let Some(error) = errors.into_iter().next() {
        return Err(Problem::configuration(
            plain(&format!("{}: {}", renamed(&error.file), error.message)),
            error.help.unwrap_or_else(|| "mend it at that revision, or name another".to_owned()),
        ));
    }
    Ok(files.into_iter().map(|file| SourceFile { name: Arc::from(renamed(&file.name)), ..file }).collect())
}

fn laying(error: &std::io::Error) -> Problem {
    Problem::configuration(
        format!("the temporary folder can't be written: {}", plain(&error.to_string())),
        "free some space, or set TMPDIR",
    )
}

/// Writes what the revision has at a path below `folder`; whether it has anything there.
fn lay_out(top: &Path, commit: &str, inside: &Path, folder: &Path) -> Result<bool, Problem> {
    let failed = |said: String| {
        Problem::configuration(format!("git can't read the revision: {said}"), "look with `git log`")
    };
    let path = inside.to_string_lossy();
    let path = if path.is_empty() { ".".into() } else { path };
    let listed = git(&["ls-tree", "-r", "-z", commit, "--", &path], Some(top), &[]).map_err(failed)?;
    let mut wanted = Vec::new();
    let mut names = Vec::new();
    for entry in listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let entry = String::from_utf8_lossy(entry);
        let Some((head, name)) = entry.split_once('\t') else { continue };
        let mut head = head.split(' ');
        let (mode, object) = (head.next().unwrap_or_default(), head.nth(1).unwrap_or_default());
        // A link's text is no SQL, and what it leads to may be anywhere; a submodule's files are in another repository.
        if !mode.starts_with("100") {
            return Err(Problem::configuration(
                format!("{} is no plain file at that revision: a symbolic link or a submodule", safe(name)),
                "name the files that it stands for",
            ));
        }
        wanted.extend_from_slice(object.as_bytes());
        wanted.push(b'\n');
        names.push(PathBuf::from(name));
    }
    if names.is_empty() {
        return Ok(false);
    }
    let blobs = git(&["cat-file", "--batch"], Some(top), &wanted).map_err(failed)?;
    let mut rest: &[u8] = &blobs;
    for name in names {
        let broken = || failed("its answer breaks off".to_owned());
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(broken)?;
        let (head, after) = rest.split_at(end + 1);
        let size: usize = String::from_utf8_lossy(head)
            .trim()
            .rsplit(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .ok_or_else(broken)?;
        let text = after.get(..size).ok_or_else(broken)?;
        rest = after.get(size + 1..).ok_or_else(broken)?;
        let target = folder.join(&name);
        let written = target
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&target, text));
        written.map_err(|error| laying(&error))?;
    }
    Ok(true)
}

/// A path relative to the top of the repository, without `.` and `..`; `None` outside of it.
fn inside(top: &Path, path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(part),
        }
    }
    clean.strip_prefix(top).ok().map(Path::to_owned)
}

/// What git prints.
fn git(arguments: &[&str], folder: Option<&Path>, input: &[u8]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().map_err(|error| format!("git can't be run: {}", plain(&error.to_string())))?;
    // Beside the reading: either pipe may be full.
    let writer = child.stdin.take().map(|mut stdin| {
        let input = input.to_owned();
        // A git that ends early says why on its own.
        std::thread::spawn(move || drop(stdin.write_all(&input)))
    });
    let output = child.wait_with_output().map_err(|error| plain(&error.to_string()))?;
    if let Some(writer) = writer {
        drop(writer.join());
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(safe(said.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_inside_from_outside() {
        let of = |path: &str| inside(Path::new("/a/b"), Path::new(path));
        assert_eq!(of("/a/b/c/../d.sql"), Some(PathBuf::from("d.sql")));
        assert_eq!(of("/a/b/./db"), Some(PathBuf::from("db")));
        assert_eq!(of("/a/b"), Some(PathBuf::new()));
        assert_eq!(of("/a/b/../c"), None);
    }
}
