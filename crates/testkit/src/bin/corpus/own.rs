//! A schema against itself: whatever drifts is false.

use crate::material::{self, Side};
use crate::results::Record;
use crate::servers::{Loaded, Statements, majors};
use crate::suite::Job;
use crate::verdict::{self, Outcome};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use trueup_testkit::{Error, Result, TestDatabase, binaries};

impl Job<'_> {
    /// Loads one side and checks it against its database: by rules alone, with a private server, as a role without
    /// privileges, and with the one reader against the other.
    pub(crate) fn against_itself(&self, side: Side, records: &mut Vec<Record>) {
        let prefix = match side {
            Side::Desired => "",
            Side::Old => "old-",
        };
        let start = Instant::now();
        let loaded = self.servers.with(self.entry, side, &majors(self.arguments), |database| {
            self.checks(side, prefix, database, records);
            Ok(())
        });
        let what = format!("{prefix}self");
        match loaded {
            Ok(Loaded::Done(())) => {}
            Ok(Loaded::Refused(error)) => {
                let record = self.record(&what, "not-loaded", error.to_string());
                self.keep(records, &what, start, Ok(record));
            }
            Err(error) => self.keep(records, &what, start, Err(error)),
        }
    }

    fn checks(&self, side: Side, prefix: &str, database: &TestDatabase<'_>, records: &mut Vec<Record>) {
        let start = Instant::now();
        let mut step = |what: &str, run: &mut dyn FnMut(&str) -> Result<Record>| {
            let what = format!("{prefix}{what}");
            let record = run(&what).map(|record| Record { major: Some(database.server().major()), ..record });
            self.keep(records, &what, start, record);
        };
        let desired = match self.wanted(side, database) {
            Ok(desired) => desired,
            Err(error) => return step("self", &mut |_| Err(Error::message(error.to_string()))),
        };
        let check = |url: &str| self.trueup("check", &desired, url);
        let mut by_rules = None;
        step("self", &mut |what| {
            let mut statements = Statements::of(database)?;
            let verdict = self.answer(what, &mut check(&database.url()))?;
            let mut record = self.judged(what, &verdict);
            record.statements = Some(statements.count()?);
            by_rules = Some(verdict);
            Ok(record)
        });
        let Some(by_rules) = by_rules.filter(|_| !self.arguments.rules) else { return };
        let mut open = false;
        step("self-scratch", &mut |what| {
            // Without a question no server is started, and the outcome is the same.
            if by_rules.questions == 0 && matches!(by_rules.outcome, Outcome::InSync | Outcome::Undecided) {
                open = by_rules.outcome != Outcome::InSync;
                return Ok(self.judged(what, &by_rules));
            }
            let verdict = self.answer(what, with_private_server(&mut check(&database.url()), database)?)?;
            open = verdict.outcome != Outcome::InSync;
            Ok(self.judged(what, &verdict))
        });
        if open {
            step("self-via", &mut |what| {
                let mut command = check(&database.url());
                let command = with_private_server(&mut command, database)?.args(["--desired-via", "scratch"]);
                Ok(self.judged(what, &self.answer(what, command)?))
            });
        }
        if self.entry.old.is_none() {
            step("self-powerless", &mut |what| {
                let role = database.server().login_role(None)?;
                let verdict = self.answer(what, &mut check(&database.url_as(&role, None)))?;
                Ok(self.judged(what, &verdict))
            });
        }
        step("readers", &mut |what| self.readers(what, side, database));
    }

    /// The SQL of one side, for `--desired`.
    fn wanted(&self, side: Side, database: &TestDatabase<'_>) -> Result<Vec<PathBuf>> {
        let search_path = material::search_path(database)?;
        material::desired_files(self.entry, side, search_path.as_deref(), &self.dir(side)?)
    }

    /// What `pg_catalog` says, as the desired side, against what `information_schema` says: each difference in what both
    /// can express is one reader's mistake. What the standard can't show is undecided and listed.
    fn readers(&self, what: &str, side: Side, database: &TestDatabase<'_>) -> Result<Record> {
        let full = self.dir(side)?.join("pg_catalog.json");
        let mut snapshot = self.trueup("snapshot", &[], &database.url());
        let run = verdict::run(snapshot.arg("-o").arg(&full), self.limit())?;
        if !run.status.is_some_and(|status| status.success()) {
            return Ok(self.record(what, "crashed", run.stderr));
        }
        let mut command = self.trueup("check", &[full], &database.url());
        command.args(["--source", "information-schema"]);
        let verdict = self.answer(what, &mut command)?;
        let status = match verdict.outcome {
            Outcome::InSync | Outcome::Undecided if verdict.drift > 0 => "differ",
            Outcome::InSync | Outcome::Undecided if verdict.untold > 0 => "undecided",
            Outcome::InSync | Outcome::Undecided => "agree",
            Outcome::Drift => "differ",
            Outcome::Failed | Outcome::Crashed | Outcome::TimedOut => verdict.outcome.word(),
        };
        Ok(Record { status: status.to_owned(), ..self.judged(what, &verdict) })
    }
}

/// Lets trueup start a server of the version that the schema is in, from the programs that testkit has.
pub(crate) fn with_private_server<'c>(
    command: &'c mut Command,
    database: &TestDatabase<'_>,
) -> Result<&'c mut Command> {
    let major = database.server().major();
    let bin = binaries::find(major)?.bin;
    Ok(command.env("TRUEUP_SCRATCH", "auto").env(format!("TRUEUP_POSTGRES_BIN_{major}"), bin))
}
