//! The servers that entries are loaded into, started when the first entry needs their version.

use crate::arguments::Arguments;
use crate::entry::Entry;
use crate::material::{self, Side};
use std::io::{Read, Seek, SeekFrom};
use std::sync::OnceLock;
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Error, MAJORS, Result, Server, ServerOptions, TestDatabase};

/// One server for each version.
#[derive(Default)]
pub(crate) struct Servers {
    started: [OnceLock<std::result::Result<Server, String>>; MAJORS.len()],
}

/// What came of loading one side of an entry.
pub(crate) enum Loaded<T> {
    /// It is loaded, and this came of what was done with it.
    Done(T),
    /// No version takes it; what the first one tried said.
    Refused(Error),
}

fn options(major: u16) -> ServerOptions {
    // The prefix tells whose statements a line of the log is about.
    ServerOptions::new(major).setting("log_line_prefix", "%d ")
}

impl Servers {
    fn of(&self, major: u16) -> Result<&Server> {
        let cell = MAJORS.iter().position(|known| *known == major).and_then(|index| self.started.get(index));
        let cell = cell.ok_or_else(|| Error::message(format!("PostgreSQL {major} is none of {MAJORS:?}")))?;
        let server = cell.get_or_init(|| Server::start(&options(major)).map_err(|error| error.to_string()));
        server.as_ref().map_err(|text| Error::message(text.clone()))
    }

    /// Loads one side of `entry` into the first of the versions that takes it, and hands it to `run`. An entry that alters
    /// roles or databases gets a server of its own.
    pub(crate) fn with<T>(
        &self,
        entry: &Entry,
        side: Side,
        majors: &[u16],
        run: impl FnOnce(&TestDatabase<'_>) -> Result<T>,
    ) -> Result<Loaded<T>> {
        let mut refused = None;
        for &major in majors {
            let own;
            let server = if entry.hazardous {
                own = Server::start(&options(major))?;
                &own
            } else {
                self.of(major)?
            };
            let database = server.database()?;
            match material::load(entry, side, &database) {
                Ok(()) => return run(&database).map(Loaded::Done),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Ok(Loaded::Refused(refused.unwrap_or_else(|| Error::message("there is no version to load into"))))
    }
}

/// The versions to try: that of the run, or, where none was asked for, the everyday one and then the others, newest first.
pub(crate) fn majors(arguments: &Arguments) -> Vec<u16> {
    match arguments.major {
        Some(major) => vec![major],
        None => {
            let others = MAJORS.iter().rev().copied().filter(|major| *major != DEFAULT_MAJOR);
            std::iter::once(DEFAULT_MAJOR).chain(others).collect()
        }
    }
}

/// Counts the statements that reach one database, by the server's own log.
pub(crate) struct Statements<'a> {
    database: &'a TestDatabase<'a>,
    log: std::fs::File,
    /// How many are counted already.
    from: u64,
}

impl<'a> Statements<'a> {
    /// From now on, for new connections.
    pub(crate) fn of(database: &'a TestDatabase<'a>) -> Result<Self> {
        database.run(&format!("ALTER DATABASE \"{}\" SET log_statement = 'all'", database.name()))?;
        let path = database.server().log_file();
        let mut log = std::fs::File::open(&path).map_err(|error| Error::path("opening", &path, error))?;
        let from = log.seek(SeekFrom::End(0)).map_err(|error| Error::path("reading", &path, error))?;
        Ok(Self { database, log, from })
    }

    /// Those since the last call.
    pub(crate) fn count(&mut self) -> Result<usize> {
        let explain = |error| Error::io("reading the server's log", error);
        self.log.seek(SeekFrom::Start(self.from)).map_err(explain)?;
        let mut bytes = Vec::new();
        self.log.read_to_end(&mut bytes).map_err(explain)?;
        self.from += bytes.len() as u64;
        let text = String::from_utf8_lossy(&bytes);
        let [simple, extended] =
            ["statement: ", "execute "].map(|how| format!("{} LOG:  {how}", self.database.name()));
        Ok(text.lines().filter(|line| line.starts_with(&simple) || line.starts_with(&extended)).count())
    }
}
