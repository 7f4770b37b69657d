//! Runs the entries: each schema against itself, each pair repaired from old towards new.

use crate::arguments::Arguments;
use crate::entry::Entry;
use crate::material::{self, Side};
use crate::results::Record;
use crate::verdict::{self, Outcome, Verdict, counted, first_line};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use trueup_testkit::{Error, Result, Server, ServerOptions, TestDatabase};

pub(crate) struct Job<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) arguments: &'a Arguments,
    trueup: &'a Path,
    server: Option<&'a Server>,
    /// The server of the second version, under `--with`.
    pub(crate) other: Option<&'a Server>,
    /// Where the files of this entry are made.
    pub(crate) dir: PathBuf,
}

/// Runs all entries, `--jobs` at a time, and returns their records in the order of the entries.
pub(crate) fn run(entries: &[Entry], arguments: &Arguments) -> Result<Vec<Record>> {
    let trueup = trueup_testkit::program::trueup()?;
    let scratch = tempfile::tempdir().map_err(|error| Error::io("making a temporary folder", error))?;
    std::fs::create_dir_all(&arguments.details)
        .map_err(|error| Error::path("making", &arguments.details, error))?;
    let server =
        if arguments.offline { None } else { Some(Server::start(&ServerOptions::new(arguments.major))?) };
    let other = arguments.with.map(|major| Server::start(&ServerOptions::new(major))).transpose()?;
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Record>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = entries.get(index) else { return };
                    let dir = scratch.path().join(index.to_string());
                    let (server, other) = (server.as_ref(), other.as_ref());
                    let job = Job { entry, arguments, trueup: &trueup, server, other, dir };
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
        let mut keep = |what: &str, start: Instant, result: Result<Record>| {
            // What the harness itself could not do is a status too, and shown.
            let mut record = result.unwrap_or_else(|error| {
                Record::new(&self.entry.name, what, "harness-error", first_line(&error.to_string()))
            });
            record.took = start.elapsed();
            records.push(record);
        };
        if let Err(error) = std::fs::create_dir_all(&self.dir) {
            keep("self", Instant::now(), Err(Error::path("making", &self.dir, error)));
            return records;
        }
        if let Some(major) = self.arguments.with {
            for (what, start, result) in self.pair(major) {
                keep(&what, start, result);
            }
            return records;
        }
        let start = Instant::now();
        let mut settled = None;
        let own = if self.arguments.offline { self.self_offline() } else { self.self_online(&mut settled) };
        // Where PostgreSQL itself refuses the desired SQL there is nothing to converge to.
        let refused = own.as_ref().ok().filter(|record| record.status == "not-loaded").cloned();
        keep("self", start, own);
        if let Some(settled) = settled {
            keep("self-scratch", start, settled);
        }
        if self.entry.old.is_some() {
            let start = Instant::now();
            match refused {
                Some(record) => keep("repair", start, Ok(Record { what: "repair".to_owned(), ..record })),
                None if self.arguments.offline => keep("old-new", start, self.old_to_new_offline()),
                None => keep("repair", start, self.repair()),
            }
        }
        records
    }

    pub(crate) fn trueup(&self, verb: &str, desired: &[PathBuf], live: &str) -> Command {
        let mut command = Command::new(self.trueup);
        // By rules alone, unless the caller says otherwise.
        command.arg(verb).env("TRUEUP_SCRATCH", "off");
        for file in desired {
            command.arg("--desired").arg(file);
        }
        command.arg("--live").arg(live);
        command
    }

    pub(crate) fn check(&self, what: &str, desired: &[PathBuf], live: &str) -> Result<Verdict> {
        let file = format!("{}.{what}.json", self.entry.name.replace('/', "--"));
        let limit = Duration::from_secs(self.arguments.timeout);
        verdict::check(&mut self.trueup("check", desired, live), limit, &self.arguments.details.join(file))
    }

    /// A server of its own for an entry that alters roles; the common one for the rest.
    pub(crate) fn with_server<T>(&self, run: impl FnOnce(&Server) -> Result<T>) -> Result<T> {
        match self.server {
            Some(server) if !self.entry.hazardous => run(server),
            _ => run(&Server::start(&ServerOptions::new(self.arguments.major))?),
        }
    }

    /// Loads the desired SQL and checks the database against it: whatever drifts is false.
    /// With `--scratch`, `settled` becomes the outcome with a server for settling; where rules say "in sync" they leave
    /// no question, and that outcome is the same.
    fn self_online(&self, settled: &mut Option<Result<Record>>) -> Result<Record> {
        self.with_server(|server| {
            let database = server.database()?;
            if let Err(error) = material::load(self.entry, Side::Desired, &database) {
                return Ok(self.record("self", "not-loaded", error.to_string()));
            }
            let search_path = material::search_path(&database)?;
            let desired = material::desired_files(self.entry, search_path.as_deref(), &self.dir)?;
            let verdict = self.check("self", &desired, &database.url())?;
            if self.arguments.scratch {
                *settled = Some(match verdict.outcome {
                    Outcome::InSync => Ok(self.judged("self-scratch", &verdict)),
                    Outcome::Drift
                    | Outcome::Undecided
                    | Outcome::Failed
                    | Outcome::Crashed
                    | Outcome::TimedOut => self.check_settled(server, &desired, &database.url()),
                });
            }
            Ok(self.judged("self", &verdict))
        })
    }

    /// The check once more, with throw-away databases on the server that holds the schema.
    fn check_settled(&self, server: &Server, desired: &[PathBuf], live: &str) -> Result<Record> {
        let file = format!("{}.self-scratch.json", self.entry.name.replace('/', "--"));
        let limit = Duration::from_secs(self.arguments.timeout);
        let mut command = self.trueup("check", desired, live);
        command.env("TRUEUP_SCRATCH", server.url("postgres"));
        let verdict = verdict::check(&mut command, limit, &self.arguments.details.join(file))?;
        Ok(self.judged("self-scratch", &verdict))
    }

    fn self_offline(&self) -> Result<Record> {
        let live = material::one_file(self.entry, Side::Desired, &self.dir)?;
        let verdict = self.check("self-offline", std::slice::from_ref(&live), &live.to_string_lossy())?;
        Ok(self.judged("self", &verdict))
    }

    fn old_to_new_offline(&self) -> Result<Record> {
        let live = material::one_file(self.entry, Side::Old, &self.dir)?;
        let desired = material::one_file(self.entry, Side::Desired, &self.dir)?;
        let verdict = self.check("old-new-offline", &[desired], &live.to_string_lossy())?;
        Ok(self.judged("old-new", &verdict))
    }

    /// Repairs `old` towards `new`, applies it twice and checks again.
    fn repair(&self) -> Result<Record> {
        self.with_server(|server| {
            let database = server.database()?;
            if let Err(error) = material::load(self.entry, Side::Old, &database) {
                return Ok(self.record("repair", "not-loaded", error.to_string()));
            }
            let search_path = material::search_path(&database)?;
            let desired = material::desired_files(self.entry, search_path.as_deref(), &self.dir)?;
            self.repair_database(&database, &desired)
        })
    }

    fn repair_database(&self, database: &TestDatabase<'_>, desired: &[PathBuf]) -> Result<Record> {
        let before = database.fingerprint()?;
        let rows = trueup_testkit::block_on(async {
            let client = database.connect().await?;
            trueup_testkit::fingerprint::row_counts(&client).await
        })??;
        let file = self.arguments.details.join(format!("{}.repair.sql", self.entry.name.replace('/', "--")));
        drop(std::fs::remove_file(&file));
        let mut command = self.trueup("repair", desired, &database.url());
        let run = verdict::run(command.arg("-o").arg(&file), Duration::from_secs(self.arguments.timeout))?;
        let Some(status) = run.status else { return Ok(self.record("repair", "timed-out", String::new())) };
        let written = file.is_file();
        match status.code() {
            Some(0 | 1) if written => {}
            // Undecided parts leave exit code 2; what was decided is written all the same.
            Some(2) if written => {}
            Some(2) => return Ok(self.record("repair", "failed", first_line(&run.stderr))),
            _ => return Ok(self.record("repair", "crashed", first_line(&run.stderr))),
        }
        if let Err(error) = database.run_file(&file) {
            return Ok(self.record("repair", "not-applied", without_path(&error.to_string(), &file)));
        }
        let once = database.fingerprint()?;
        if let Some(lost) = before.lost(&once).first() {
            return Ok(self.record("repair", "lost", first_line(lost)));
        }
        let rows_after = trueup_testkit::block_on(async {
            let client = database.connect().await?;
            trueup_testkit::fingerprint::row_counts(&client).await
        })??;
        if let Some(lost) = rows.difference(&rows_after).next() {
            return Ok(self.record("repair", "lost", format!("rows: {lost}")));
        }
        if let Err(error) = database.run_file(&file) {
            return Ok(self.record("repair", "not-twice", without_path(&error.to_string(), &file)));
        }
        if let Some(change) = once.changes(&database.fingerprint()?).first() {
            return Ok(self.record("repair", "not-twice", first_line(change)));
        }
        let verdict = self.check("repaired", desired, &database.url())?;
        let left: usize = verdict.dispositions.values().sum();
        let safe = verdict.dispositions.get("safe").copied().unwrap_or(0);
        Ok(match verdict.outcome {
            Outcome::InSync if left == 0 => self.record("repair", "converged", verdict.codes_text()),
            Outcome::InSync | Outcome::Drift if safe == 0 => {
                let text = format!("{} ({})", counted(&verdict.dispositions), verdict.codes_text());
                self.record("repair", "left", text)
            }
            Outcome::InSync | Outcome::Drift => {
                let text = format!("{} ({})", counted(&verdict.dispositions), verdict.codes_text());
                self.record("repair", "safe-left", text)
            }
            Outcome::Undecided | Outcome::Failed | Outcome::Crashed | Outcome::TimedOut => {
                self.judged("repair", &verdict)
            }
        })
    }

    pub(crate) fn judged(&self, what: &str, verdict: &Verdict) -> Record {
        let status = match verdict.outcome {
            Outcome::InSync => "in-sync",
            Outcome::Drift => "drift",
            Outcome::Undecided => "undecided",
            Outcome::Failed => "failed",
            Outcome::Crashed => "crashed",
            Outcome::TimedOut => "timed-out",
        };
        let details = if verdict.note.is_empty() { verdict.codes_text() } else { verdict.note.clone() };
        let mut record = self.record(what, status, details);
        record.checked = verdict.took;
        record.codes = verdict.codes.clone();
        record
    }

    pub(crate) fn record(&self, what: &str, status: &'static str, details: String) -> Record {
        Record::new(&self.entry.name, what, status, first_line(&details).replace("no message", ""))
    }
}

fn without_path(text: &str, path: &Path) -> String {
    text.replace(&*path.to_string_lossy(), "repair.sql")
}
