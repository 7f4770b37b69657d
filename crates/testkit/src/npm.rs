//! Packages of npm that tests run in Node.js: each is fetched once, in an exact version, and kept beside the servers. Nothing is installed
//! on the system, and no script of a package runs while it is fetched.

use crate::{Error, Result, storage};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WAY_OUT: &str = "install Node.js 18 or later with npm (Debian, Ubuntu: `apt-get install nodejs npm`), or look why npm can't reach its registry";

/// The folder of a package, unpacked with what it depends on. `what` says in messages what it is.
///
/// # Errors
/// When npm is absent or can't fetch it, with the way out.
pub(crate) fn package(what: &str, name: &str, version: &str) -> Result<PathBuf> {
    fetch(what, name, version)
        .map_err(|error| Error::message(format!("{what} is needed by tests: {error}; {WAY_OUT}")))
}

/// What to say when `node` can't be started.
pub(crate) fn no_node(error: &std::io::Error) -> Error {
    Error::message(format!("running `node`: {error}; {WAY_OUT}"))
}

fn fetch(what: &str, name: &str, version: &str) -> Result<PathBuf> {
    let root = storage::root()?;
    let home = root.join(format!("{name}-{version}"));
    let package = home.join("node_modules").join(name);
    let lock_path = root.join(format!("{name}.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if package.is_dir() {
        return Ok(package);
    }
    eprintln!("testkit: fetching {what} ({name} {version}) into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix(&format!("{name}.partial-"))
        .tempdir_in(root)
        .map_err(|error| Error::path("making a folder in", root, error))?;
    install(partial.path(), name, version)?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| Error::path("removing", &home, error))?;
    }
    fs::rename(partial.path(), &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Ok(package)
}

fn install(dir: &Path, name: &str, version: &str) -> Result<()> {
    let wanted = format!("{name}@{version}");
    let args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."];
    let output = Command::new("npm")
        .args(args)
        .arg(&wanted)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::message(format!("running `npm`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::message(format!(
        "`npm install {wanted}` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
