//! The newest `pg_dump` of this machine. npm's servers come without one, so it must be installed with a distribution's
//! PostgreSQL; it dumps servers of its own and of older major versions
//! (<https://www.postgresql.org/docs/current/app-pgdump.html#id-1.9.4.13.8>, "Notes").

use crate::run_as::RunAs;
use crate::{Error, MAJORS, Result, TestDatabase};
use std::path::PathBuf;
use std::process::Command;

/// A `pg_dump` and its version.
#[derive(Debug, Clone)]
pub struct PgDump {
    program: PathBuf,
    major: u16,
}

impl PgDump {
    /// Finds the newest.
    ///
    /// # Errors
    /// When there is none: the tests that need it fail, they are not passed over.
    pub fn find() -> Result<Self> {
        let folders = MAJORS.iter().flat_map(|major| {
            [
                format!("/usr/lib/postgresql/{major}/bin/pg_dump"),
                format!("/usr/pgsql-{major}/bin/pg_dump"),
                format!("/opt/homebrew/opt/postgresql@{major}/bin/pg_dump"),
            ]
        });
        let programs = folders.map(PathBuf::from).chain(crate::program::on_path("pg_dump"));
        programs
            .filter_map(|program| version(&program).map(|major| Self { program, major }))
            .max_by_key(|found| found.major)
            .ok_or_else(|| Error::message("no pg_dump: install a PostgreSQL client, of any version from 13"))
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
        let output = RunAs::current()?
            .command(&self.program)
            .args(["--schema-only", "--dbname", &database.url()])
            .output()
            .map_err(|error| Error::path("running", &self.program, error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::message(format!("pg_dump: {}", said.trim())));
        }
        String::from_utf8(output.stdout).map_err(|_| Error::message("pg_dump wrote what isn't UTF-8"))
    }
}

/// `pg_dump (PostgreSQL) 15.19 (Debian 15.19-0+deb12u1)`: the first number.
fn version(program: &std::path::Path) -> Option<u16> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}
