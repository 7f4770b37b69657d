//! The same schema on two versions: a snapshot of each against the other, live. What drifts there is false, since the same statements
//! made both; where the versions themselves make something else of a statement, the outcome that is kept says so.

use crate::material::{self, Side};
use crate::results::Record;
use crate::suite::Job;
use crate::verdict::{self, first_line};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use trueup_testkit::{Error, Result, Server, ServerOptions, TestDatabase};

impl Job<'_> {
    /// Both ways, named `13-18` for a snapshot of 13 that is desired against 18.
    pub(crate) fn pair(&self, with: u16) -> Vec<(String, Instant, Result<Record>)> {
        let major = self.arguments.major;
        let ways = [format!("{major}-{with}"), format!("{with}-{major}")];
        let start = Instant::now();
        match self.both(with, &ways) {
            Ok(records) => {
                ways.into_iter().zip(records).map(|(way, record)| (way, start, Ok(record))).collect()
            }
            Err(error) => {
                let [one, other] = ways;
                let again = Error::message(error.to_string());
                vec![(one, start, Err(error)), (other, start, Err(again))]
            }
        }
    }

    fn both(&self, with: u16, ways: &[String; 2]) -> Result<[Record; 2]> {
        self.with_server(|server| {
            self.with_other(with, |other| {
                let databases = [server.database()?, other.database()?];
                for database in &databases {
                    if let Err(error) = material::load(self.entry, Side::Desired, database) {
                        let text = format!("{}: {error}", database.server().major());
                        return Ok([0, 1].map(|way| self.record(&ways[way], "not-loaded", text.clone())));
                    }
                }
                let [one, two] = &databases;
                Ok([self.one_way(&ways[0], one, two)?, self.one_way(&ways[1], two, one)?])
            })
        })
    }

    fn with_other<T>(&self, major: u16, run: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
        match self.other {
            Some(server) if !self.entry.hazardous => run(server),
            _ => run(&Server::start(&ServerOptions::new(major))?),
        }
    }

    fn one_way(&self, way: &str, desired: &TestDatabase<'_>, live: &TestDatabase<'_>) -> Result<Record> {
        match self.snapshot(way, desired)? {
            Ok(file) => Ok(self.judged(way, &self.check(way, &[file], &live.url())?)),
            Err(said) => Ok(self.record(way, "failed", said)),
        }
    }

    /// The file, or what trueup said instead.
    fn snapshot(
        &self,
        way: &str,
        database: &TestDatabase<'_>,
    ) -> Result<std::result::Result<PathBuf, String>> {
        let file = self.dir.join(format!("{way}.json"));
        let mut command: Command = self.trueup("snapshot", &[], &database.url());
        let limit = Duration::from_secs(self.arguments.timeout);
        let run = verdict::run(command.arg("-o").arg(&file), limit)?;
        let written = run.status.is_some_and(|status| status.success()) && file.is_file();
        Ok(if written { Ok(file) } else { Err(first_line(&run.stderr)) })
    }
}
