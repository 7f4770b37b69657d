//! A folder of migrations, given to trueup as it lies, against a database in which the same files were run in the order that the notes list.
//!
//! What drifts is a mistake of reading the folder or of replaying it. The order and the choice of files are held against the notes too.

use crate::material::{self, Side};
use crate::own::with_private_server;
use crate::results::Record;
use crate::servers::majors;
use crate::suite::Job;
use crate::verdict::{Outcome, Verdict};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;
use trueup_testkit::{Error, Result, TestDatabase};

impl Job<'_> {
    /// One line of the results.
    pub(crate) fn replay(&self, records: &mut Vec<Record>) {
        let start = Instant::now();
        let loaded = self.servers.with(self.entry, Side::Desired, &majors(self.arguments), |database| {
            let record = self.replayed(database)?;
            Ok(Record { major: Some(database.server().major()), ..record })
        });
        let result = loaded.map(|loaded| self.loaded("replay", loaded));
        self.keep(records, "replay", start, result);
    }

    fn replayed(&self, database: &TestDatabase<'_>) -> Result<Record> {
        let folder = self.entry.migrations.as_deref().ok_or_else(|| Error::message("it is no folder"))?;
        let search_path = material::search_path(database)?;
        let dir = self.dir(Side::Desired)?;
        let desired = material::desired_folder(self.entry, folder, search_path.as_deref(), &dir)?;
        let mut command = self.trueup("check", &desired, &database.url());
        let mut verdict = self.answer("replay", &mut command)?;
        let (order, tool) = self.order(&desired)?;
        // Rules that can't tell ask a server; what then is left is left.
        if verdict.outcome != Outcome::InSync && verdict.questions > 0 {
            let mut command = self.trueup("check", &desired, &database.url());
            let asked: Verdict = self.answer("replay", with_private_server(&mut command, database)?)?;
            verdict = asked;
        }
        let mut record = self.judged("replay", &verdict);
        record.details = format!("{tool}; {order}; {}", record.details).trim_end_matches("; ").to_owned();
        if order.contains("other") && record.status == "in-sync" {
            "differ".clone_into(&mut record.status);
        }
        Ok(record)
    }

    /// Whether the files that trueup replayed are those of the notes in the same order, and whose it took them for.
    fn order(&self, desired: &[std::path::PathBuf]) -> Result<(String, String)> {
        let kept = self.arguments.details.join(format!("{}.replay.json", self.entry.name.replace('/', "--")));
        let text = std::fs::read_to_string(&kept).map_err(|error| Error::path("reading", &kept, error))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let migrations = &answer["migrations"];
        let tool = match (migrations.is_object(), migrations["tool"].as_str()) {
            (true, Some(tool)) => tool.to_owned(),
            (true, None) => "numbered".to_owned(),
            (false, _) => "plain".to_owned(),
        };
        let last = |path: &str| path.rsplit_once("migrations/").map_or(path, |(_, rest)| rest).to_owned();
        let wanted: Vec<String> =
            self.entry.desired.iter().map(|source| last(&source.path.to_string_lossy())).collect();
        let found: Vec<String> = match migrations["replayed"].as_array() {
            Some(files) => files.iter().filter_map(Value::as_str).map(last).collect(),
            // A folder of plain SQL is read by name.
            None => by_name(desired.last().map_or(Path::new(""), |path| path.as_path())),
        };
        let order = if wanted == found {
            format!("{} files as the notes order them", wanted.len())
        } else {
            let at =
                wanted.iter().zip(&found).position(|(a, b)| a != b).unwrap_or(wanted.len().min(found.len()));
            format!(
                "other files: {} for {}, first {} for {}",
                found.len(),
                wanted.len(),
                found.get(at).map_or("none", String::as_str),
                wanted.get(at).map_or("none", String::as_str)
            )
        };
        Ok((order, tool))
    }
}

fn by_name(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten().map(walkdir::DirEntry::into_path);
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .filter_map(|path| Some(path.strip_prefix(folder).ok()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
