//! The same schema on two versions: a snapshot of each against the other, live. What drifts there is false, since the same statements
//! made both; where the versions themselves make something else of a statement, the outcome that is kept says so.

use crate::material::Side;
use crate::results::Record;
use crate::servers::Loaded;
use crate::suite::Job;
use crate::verdict::{self, first_line};
use std::time::Instant;
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Error, Result, TestDatabase};

impl Job<'_> {
    /// Both ways, named `13-18` for a snapshot of 13 that is desired against 18.
    pub(crate) fn pair(&self, with: u16, records: &mut Vec<Record>) {
        let major = self.arguments.major.unwrap_or(DEFAULT_MAJOR);
        let ways = [format!("{major}-{with}"), format!("{with}-{major}")];
        let start = Instant::now();
        let loaded = self.servers.with(self.entry, Side::Desired, &[major], |one| {
            self.servers.with(self.entry, Side::Desired, &[with], |two| {
                Ok([self.one_way(&ways[0], one, two), self.one_way(&ways[1], two, one)])
            })
        });
        let results: [Result<Record>; 2] = match loaded {
            Ok(Loaded::Done(Loaded::Done(results))) => results,
            Ok(Loaded::Refused(error)) => [0, 1]
                .map(|way: usize| Ok(self.record(&ways[way], "not-loaded", format!("{major}: {error}")))),
            Ok(Loaded::Done(Loaded::Refused(error))) => {
                [0, 1].map(|way: usize| Ok(self.record(&ways[way], "not-loaded", format!("{with}: {error}"))))
            }
            Err(error) => [Err(Error::message(error.to_string())), Err(error)],
        };
        for (way, result) in ways.iter().zip(results) {
            self.keep(records, way, start, result);
        }
    }

    fn one_way(&self, way: &str, desired: &TestDatabase<'_>, live: &TestDatabase<'_>) -> Result<Record> {
        let file = self.dir(Side::Desired)?.join(format!("{way}.json"));
        let mut snapshot = self.trueup("snapshot", &[], &desired.url());
        let run = verdict::run(snapshot.arg("-o").arg(&file), self.limit())?;
        if !run.status.is_some_and(|status| status.success()) || !file.is_file() {
            return Ok(self.record(way, "failed", first_line(&run.stderr)));
        }
        Ok(self.judged(way, &self.answer(way, &mut self.trueup("check", &[file], &live.url()))?))
    }
}
