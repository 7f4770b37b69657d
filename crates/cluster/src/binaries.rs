//! Finding `postgres` and `initdb`: what someone named first, then the folders in which distributions put them,
//! `pg_config` and `PATH`.

use crate::{Error, Result, RunAs};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The majors that are known to work; a newer server prints definitions that the catalogs here were not made for.
const MAJORS: std::ops::RangeInclusive<u16> = 13..=18;

/// The server programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder that holds `postgres` and `initdb`.
    pub bin: PathBuf,
    /// The version as the server says it: `postgres (PostgreSQL) 15.18`.
    pub version: String,
    /// Its major version.
    pub major: u16,
}

impl Binaries {
    /// The programs for a schema of version `major`: of exactly that version, else the newest above it, else the newest
    /// below. Definitions are printed by the version that stores them, so the same one is the best judge.
    ///
    /// # Errors
    /// When there is none at all; the message says what to install.
    pub fn find(major: u16) -> Result<Self> {
        if let Some(found) = Self::exact(major) {
            return Ok(found);
        }
        let newer = MAJORS.rev().filter(|other| *other > major);
        let older = MAJORS.rev().filter(|other| *other < major);
        newer.chain(older).find_map(Self::exact).ok_or_else(|| {
            Error::message(format!(
                "no PostgreSQL server is installed here: install PostgreSQL {major} (Debian, Ubuntu: `apt-get install \
                 postgresql-{major}`), or set TRUEUP_POSTGRES_BIN to the folder of its programs, or give the URL of a \
                 server where a database may be created"
            ))
        })
    }

    /// The programs of one major version, if they are here.
    #[must_use]
    pub fn exact(major: u16) -> Option<Self> {
        candidates(major).iter().find_map(|dir| Self::probe(dir, major))
    }

    /// The programs in `dir`, when they are of that version and the user that runs the servers can run them.
    #[must_use]
    pub fn probe(dir: &Path, major: u16) -> Option<Self> {
        match Self::check(dir, major) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::debug!(dir = %dir.display(), %error, "no PostgreSQL here");
                None
            }
        }
    }

    /// The same, with the reason where it is not so.
    ///
    /// # Errors
    /// When `dir` has no `postgres` and `initdb`, they can't be run, or are of another version.
    pub fn check(dir: &Path, major: u16) -> Result<Self> {
        if !dir.is_absolute() || !dir.join("initdb").is_file() || !dir.join("postgres").is_file() {
            return Err(Error::message(format!("{} has no initdb and postgres", dir.display())));
        }
        let version = version_of(dir)?;
        if major_of(&version) == Some(major) {
            Ok(Binaries { bin: dir.to_path_buf(), version, major })
        } else {
            Err(Error::message(format!("{} is of another version: {version}", dir.display())))
        }
    }

    /// The path of one of the programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Folders in which people and distributions put one major version, most exact first.
fn candidates(major: u16) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for variable in [format!("TRUEUP_POSTGRES_BIN_{major}"), "TRUEUP_POSTGRES_BIN".to_owned()] {
        dirs.extend(std::env::var_os(variable).map(PathBuf::from));
    }
    for pattern in [
        "/usr/lib/postgresql/{}/bin",
        "/usr/pgsql-{}/bin",
        "/usr/libexec/postgresql{}",
        "/opt/homebrew/opt/postgresql@{}/bin",
        "/usr/local/opt/postgresql@{}/bin",
        "/home/linuxbrew/.linuxbrew/opt/postgresql@{}/bin",
        "/Applications/Postgres.app/Contents/Versions/{}/bin",
    ] {
        dirs.push(PathBuf::from(pattern.replace("{}", &major.to_string())));
    }
    dirs.extend(pg_config().clone());
    if let Some(path) = std::env::var_os("PATH") {
        dirs.extend(std::env::split_paths(&path));
    }
    dirs
}

/// What `pg_config` says, asked once.
fn pg_config() -> &'static Option<PathBuf> {
    static DIR: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    DIR.get_or_init(|| {
        let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    })
}

fn version_of(dir: &Path) -> Result<String> {
    let program = dir.join("postgres");
    let output = RunAs::current()?
        .command(&program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::path("running", &program, &error))?;
    if !output.status.success() {
        return Err(Error::message(format!(
            "{} --version: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` and `… 18beta1` name majors 15 and 18.
fn major_of(version: &str) -> Option<u16> {
    let number = version.split_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("something else"), None);
    }

    #[test]
    fn a_folder_without_programs_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Binaries::probe(dir.path(), 15), None);
        assert_eq!(Binaries::probe(Path::new("bin"), 15), None);
    }
}
