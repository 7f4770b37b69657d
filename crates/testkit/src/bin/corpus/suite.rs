//! Runs the entries: each schema against itself, each pair repaired from old towards new.

use crate::arguments::Arguments;
use crate::entry::Entry;
use crate::material::{self, Side};
use crate::results::Record;
use crate::servers::{Loaded, Servers};
use crate::verdict::{self, Verdict, first_line};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Error, Result};

pub(crate) struct Job<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) arguments: &'a Arguments,
    pub(crate) servers: &'a Servers,
    trueup: &'a Path,
    /// Where the files of this entry are made.
    dir: PathBuf,
}

/// Runs all entries, `--jobs` at a time, and returns their records in the order of the entries.
pub(crate) fn run(entries: &[Entry], arguments: &Arguments) -> Result<Vec<Record>> {
    let trueup = trueup_testkit::program::trueup()?;
    let folder = tempfile::tempdir().map_err(|error| Error::io("making a temporary folder", error))?;
    std::fs::create_dir_all(&arguments.details)
        .map_err(|error| Error::path("making", &arguments.details, error))?;
    let servers = Servers::default();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Record>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = entries.get(index) else { return };
                    let dir = folder.path().join(index.to_string());
                    let job = Job { entry, arguments, trueup: &trueup, servers: &servers, dir };
                    let records = job.run();
                    if !arguments.quiet {
                        for record in &records {
                            println!("{}", record.line());
                        }
                    }
                    if let Ok(mut done) = done.lock() {
                        done.push((index, records));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| Error::message("a job panicked; its message is above"))?;
    if done.len() != entries.len() {
        return Err(Error::message("not every entry ran; see the messages above"));
    }
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().flat_map(|(_, records)| records).collect())
}

impl Job<'_> {
    fn run(&self) -> Vec<Record> {
        let mut records = Vec::new();
        if let Err(error) = std::fs::create_dir_all(&self.dir) {
            self.keep(&mut records, "self", Instant::now(), Err(Error::path("making", &self.dir, error)));
            return records;
        }
        if self.arguments.replay {
            self.replay(&mut records);
            return records;
        }
        if let Some(with) = self.arguments.with {
            self.pair(with, &mut records);
            return records;
        }
        if self.arguments.offline {
            self.keep(&mut records, "self", Instant::now(), self.self_offline());
            if self.entry.old.is_some() {
                self.keep(&mut records, "old-new", Instant::now(), self.old_to_new_offline());
            }
            return records;
        }
        self.against_itself(Side::Desired, &mut records);
        // Where PostgreSQL itself refuses the desired SQL there is nothing to converge to.
        let refused = records.first().filter(|record| record.status == "not-loaded").cloned();
        if self.entry.old.is_some() {
            self.against_itself(Side::Old, &mut records);
            let start = Instant::now();
            match refused {
                _ if !self.arguments.repair => {}
                Some(record) => {
                    let record = Record { what: "repair".to_owned(), ..record };
                    self.keep(&mut records, "repair", start, Ok(record));
                }
                None => {
                    let major = records.first().and_then(|record| record.major).unwrap_or(DEFAULT_MAJOR);
                    self.keep(&mut records, "repair", start, self.repair(major));
                }
            }
        }
        records
    }

    /// Keeps what came out. What the harness itself could not do is a status too, and shown.
    pub(crate) fn keep(&self, records: &mut Vec<Record>, what: &str, start: Instant, result: Result<Record>) {
        let mut record = result.unwrap_or_else(|error| {
            Record::new(&self.entry.name, what, "harness-error", first_line(&error.to_string()))
        });
        record.took = start.elapsed();
        records.push(record);
    }

    /// A run of trueup by rules alone, unless the caller says otherwise.
    pub(crate) fn trueup(&self, verb: &str, desired: &[PathBuf], live: &str) -> Command {
        let mut command = Command::new(self.trueup);
        command.arg(verb).env("TRUEUP_SCRATCH", "off");
        for file in desired {
            command.arg("--desired").arg(file);
        }
        command.arg("--live").arg(live);
        command
    }

    /// Runs `command`, which checks; its answer lies in the folder of details under `what`.
    pub(crate) fn answer(&self, what: &str, command: &mut Command) -> Result<Verdict> {
        let file = format!("{}.{what}.json", self.entry.name.replace('/', "--"));
        verdict::check(command, self.limit(), &self.arguments.details.join(file))
    }

    /// Which time one run of trueup may take.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(self.arguments.timeout)
    }

    /// The folder for the files of one side.
    pub(crate) fn dir(&self, side: Side) -> Result<PathBuf> {
        let dir = self.dir.join(match side {
            Side::Desired => "desired",
            Side::Old => "old",
        });
        std::fs::create_dir_all(&dir).map_err(|error| Error::path("making", &dir, error))?;
        Ok(dir)
    }

    fn self_offline(&self) -> Result<Record> {
        let live = material::one_file(self.entry, Side::Desired, &self.dir)?;
        let mut command = self.trueup("check", std::slice::from_ref(&live), &live.to_string_lossy());
        Ok(self.judged("self", &self.answer("self-offline", &mut command)?))
    }

    fn old_to_new_offline(&self) -> Result<Record> {
        let live = material::one_file(self.entry, Side::Old, &self.dir)?;
        let desired = material::one_file(self.entry, Side::Desired, &self.dir)?;
        let mut command = self.trueup("check", &[desired], &live.to_string_lossy());
        Ok(self.judged("old-new", &self.answer("old-new-offline", &mut command)?))
    }

    /// The record of an answer.
    pub(crate) fn judged(&self, what: &str, verdict: &Verdict) -> Record {
        let details = if verdict.note.is_empty() { verdict.codes_text() } else { verdict.note.clone() };
        let mut record = self.record(what, verdict.outcome.word(), details);
        record.checked = verdict.took;
        record.codes.clone_from(&verdict.codes);
        record.reasons.clone_from(&verdict.reasons);
        record
    }

    pub(crate) fn record(&self, what: &str, status: &'static str, details: String) -> Record {
        Record::new(&self.entry.name, what, status, first_line(&details).replace("no message", ""))
    }

    /// The record of an entry that was loaded, or that no version takes.
    pub(crate) fn loaded(&self, what: &str, loaded: Loaded<Record>) -> Record {
        match loaded {
            Loaded::Done(record) => record,
            Loaded::Refused(error) => self.record(what, "not-loaded", error.to_string()),
        }
    }
}
