//! A repair of an old schema towards a new one, applied twice and checked again.

use crate::material::{self, Side};
use crate::results::Record;
use crate::suite::Job;
use crate::verdict::{self, Outcome, counted, first_line};
use std::path::{Path, PathBuf};
use trueup_testkit::{Result, TestDatabase};

impl Job<'_> {
    /// Repairs `old` towards `new`, applies it twice and checks again; on the version that takes `new`.
    pub(crate) fn repair(&self, major: u16) -> Result<Record> {
        let loaded = self.servers.with(self.entry, Side::Old, &[major], |database| {
            let search_path = material::search_path(database)?;
            let dir = self.dir(Side::Desired)?;
            let desired = material::desired_files(self.entry, Side::Desired, search_path.as_deref(), &dir)?;
            let record = self.repair_database(database, &desired)?;
            Ok(Record { major: Some(database.server().major()), ..record })
        })?;
        Ok(self.loaded("repair", loaded))
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
        let run = verdict::run(command.arg("-o").arg(&file), self.limit())?;
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
        let verdict = self.answer("repaired", &mut self.trueup("check", desired, &database.url()))?;
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
}

fn without_path(text: &str, path: &Path) -> String {
    text.replace(&*path.to_string_lossy(), "repair.sql")
}
