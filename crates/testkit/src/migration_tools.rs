//! Real migration tools, as their package managers install them: `pip` for those of Python, `npm` for those of Node.js, each in the
//! versions that `fixtures/tools` pins. They lie in the build's folder and are fetched again when a pin changes.
//!
//! It never skips: a tool that can't be installed is an error that says what to install. No script of a package runs.

use crate::{Error, Result, program, storage};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYTHON: &str = "install Python 3.10 or later with pip (Debian, Ubuntu: `apt-get install python3-pip`), or look why pip can't reach its index";
const NODE: &str = "install Node.js 20.19 or later with npm (Debian, Ubuntu: `apt-get install nodejs npm`), or look why npm can't reach its registry";

/// The folder of the Python packages: what `PYTHONPATH` has to name.
///
/// # Errors
/// When they are not there and can't be fetched.
pub fn python() -> Result<PathBuf> {
    kept("python", &["requirements.txt"], |partial| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--only-binary", ":all:", "--no-deps", "--target"])
            .arg(partial)
            .arg("-r")
            .arg(partial.join("requirements.txt"));
        run(pip)
    })
    .map_err(|error| Error::message(format!("no migration tools of Python: {error}; {PYTHON}")))
}

/// The folder whose `node_modules` has the packages of npm. A project below it finds them.
///
/// # Errors
/// When they are not there and can't be fetched.
pub fn node() -> Result<PathBuf> {
    kept("node", &["package.json", "package-lock.json"], |partial| {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"])
            .current_dir(partial);
        run(npm)
    })
    .map_err(|error| Error::message(format!("no migration tools of Node.js: {error}; {NODE}")))
}

/// The version that is pinned for a package, of either sort.
///
/// # Errors
/// When there is none, or the pins can't be read.
pub fn version(package: &str) -> Result<String> {
    let requirements = pin("requirements.txt")?;
    let of_python = requirements.lines().find_map(|line| {
        let (name, version) = line.split_once("==")?;
        name.eq_ignore_ascii_case(package).then(|| version.trim().to_owned())
    });
    let parsed: serde_json::Value = serde_json::from_str(&pin("package.json")?)
        .map_err(|error| Error::message(format!("fixtures/tools/package.json: {error}")))?;
    let of_node = || parsed["dependencies"][package].as_str().map(str::to_owned);
    of_python.or_else(of_node).ok_or_else(|| Error::message(format!("fixtures/tools pins no {package}")))
}

fn pin(name: &str) -> Result<String> {
    let path = program::workspace_dir().join("fixtures/tools").join(name);
    fs::read_to_string(&path).map_err(|error| Error::path("reading", &path, error))
}

/// A folder that was filled for the pins as they are now; else it is filled anew.
fn kept(name: &str, pins: &[&str], fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = storage::target_dir()?.join("tools");
    fs::create_dir_all(&root).map_err(|error| Error::path("making", &root, error))?;
    let home = root.join(name);
    let lock_path = root.join(format!("{name}.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    let texts = pins.iter().map(|file| Ok((*file, pin(file)?))).collect::<Result<Vec<_>>>()?;
    if texts.iter().all(|(file, text)| fs::read_to_string(home.join(file)).is_ok_and(|had| had == *text)) {
        return Ok(home);
    }
    eprintln!("testkit: fetching migration tools into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix("partial-")
        .tempdir_in(&root)
        .map_err(|error| Error::path("making a folder in", &root, error))?;
    for (file, text) in &texts {
        let path = partial.path().join(file);
        fs::write(&path, text).map_err(|error| Error::path("writing", &path, error))?;
    }
    fill(partial.path())?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| Error::path("removing", &home, error))?;
    }
    fs::rename(partial.path(), &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Ok(home)
}

fn run(mut command: Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::message(format!("running `{program}`: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // Both say first what is wrong; npm closes with a page of help.
    let first: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(8).collect();
    Err(Error::message(format!("`{program}` failed: {}", first.join("; "))))
}
