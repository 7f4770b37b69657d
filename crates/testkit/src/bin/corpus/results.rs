//! The table of results: printed, kept in a file, and compared with the one kept before.

use crate::arguments::Arguments;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;
use trueup_testkit::{Error, Result};

/// All statuses, best first. An entry falls back when its status moves down this list.
const RANKS: [&str; 14] = [
    "in-sync",
    "converged",
    "left",
    "drift",
    "safe-left",
    "undecided",
    "not-twice",
    "not-applied",
    "failed",
    "timed-out",
    "crashed",
    "lost",
    "harness-error",
    "not-loaded",
];

/// What came out for one entry.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// `self`, `repair` or `old-new`.
    pub(crate) what: String,
    pub(crate) status: String,
    /// The codes, counted, or what went wrong.
    pub(crate) details: String,
    pub(crate) codes: BTreeMap<String, usize>,
    /// The run of trueup alone.
    pub(crate) checked: Duration,
    /// With loading.
    pub(crate) took: Duration,
}

impl Record {
    pub(crate) fn new(name: &str, what: &str, status: &str, details: String) -> Self {
        Self {
            name: name.to_owned(),
            what: what.to_owned(),
            status: status.to_owned(),
            // A tab or a newline would break the file, a path would differ from one machine to the next.
            details: details.replace(['\t', '\n', '\r'], " "),
            codes: BTreeMap::new(),
            checked: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    pub(crate) fn line(&self) -> String {
        let checked =
            if self.checked.is_zero() { String::new() } else { format!("{:.2}", self.checked.as_secs_f64()) };
        format!(
            "{:<11} {:<7} {:>6} {:>6.1}  {}  {}",
            self.status,
            self.what,
            checked,
            self.took.as_secs_f64(),
            self.name,
            self.details
        )
    }
}

type Kept = BTreeMap<(String, String), (String, String)>;

/// Prints the totals, compares with what is kept, and keeps the new outcome when asked to.
pub(crate) fn report(records: &[Record], arguments: &Arguments) -> Result<ExitCode> {
    totals(records);
    if arguments.offline {
        // The file that is kept is about databases.
        return Ok(ExitCode::SUCCESS);
    }
    let mut kept = read(arguments)?;
    let mut fell_back = Vec::new();
    let mut better = 0;
    for record in records {
        let Some((status, details)) = kept.get(&(record.name.clone(), record.what.clone())) else { continue };
        let (before, now) = (rank(status), rank(&record.status));
        if now > before {
            fell_back.push(format!(
                "{} {}: {status} -> {} {}",
                record.name, record.what, record.status, record.details
            ));
        } else if now < before {
            better += 1;
        } else if *details != record.details && !arguments.quiet {
            println!("changed: {} {}: {details} -> {}", record.name, record.what, record.details);
        }
    }
    if !kept.is_empty() {
        println!(
            "\ncompared with {}: {better} better, {} fell back",
            arguments.results.display(),
            fell_back.len()
        );
        for line in &fell_back {
            println!("  fell back: {line}");
        }
    }
    if arguments.update {
        for record in records {
            kept.insert(
                (record.name.clone(), record.what.clone()),
                (record.status.clone(), without_folders(&record.details)),
            );
        }
        write(arguments, &kept)?;
        println!("written: {}", arguments.results.display());
    }
    Ok(if fell_back.is_empty() || arguments.update { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rank(status: &str) -> usize {
    RANKS.iter().position(|known| *known == status).unwrap_or(RANKS.len())
}

fn totals(records: &[Record]) {
    let mut groups: BTreeMap<(String, String), Vec<&Record>> = BTreeMap::new();
    for record in records {
        let suite = record.name.split('/').next().unwrap_or_default().to_owned();
        groups.entry((suite, record.what.clone())).or_default().push(record);
    }
    for ((suite, what), records) in groups {
        let loaded = records.iter().filter(|record| record.status != "not-loaded").count();
        println!("\n{suite}, {what}: {} entries, {loaded} load", records.len());
        for status in RANKS {
            let count = records.iter().filter(|record| record.status == status).count();
            if count > 0 {
                let share = match status {
                    "not-loaded" => String::new(),
                    _ => format!("  {:>5.1} %", percent(count, loaded)),
                };
                println!("  {status:<13} {count:>5}{share}");
            }
        }
        let mut codes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for record in &records {
            for (code, count) in &record.codes {
                let entry = codes.entry(code).or_default();
                entry.0 += 1;
                entry.1 += count;
            }
        }
        let mut codes: Vec<_> = codes.into_iter().collect();
        codes.sort_by_key(|(_, (entries, _))| std::cmp::Reverse(*entries));
        for (code, (entries, count)) in codes {
            println!("    {code:<8} {count:>7} in {entries} entries");
        }
        let slowest = records.iter().max_by_key(|record| record.checked);
        if let Some(record) = slowest.filter(|record| !record.checked.is_zero()) {
            println!("  slowest check: {:.2} s, {}", record.checked.as_secs_f64(), record.name);
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn read(arguments: &Arguments) -> Result<Kept> {
    let text = match std::fs::read_to_string(&arguments.results) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kept::new()),
        Err(error) => return Err(Error::path("reading", &arguments.results, error)),
    };
    let mut kept = Kept::new();
    for (number, line) in text.lines().enumerate().skip(1) {
        let mut fields = line.split('\t');
        let (Some(name), Some(what), Some(status)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(Error::message(format!(
                "{}:{}: not four fields",
                arguments.results.display(),
                number + 1
            )));
        };
        let details = fields.next().unwrap_or_default();
        kept.insert((name.to_owned(), what.to_owned()), (status.to_owned(), details.to_owned()));
    }
    Ok(kept)
}

fn write(arguments: &Arguments, kept: &Kept) -> Result<()> {
    let mut text = String::from("entry\twhat\tstatus\tdetails\n");
    for ((name, what), (status, details)) in kept {
        text.push_str(&[name.as_str(), what, status, details].join("\t"));
        text.push('\n');
    }
    std::fs::write(&arguments.results, text)
        .map_err(|error| Error::path("writing", &arguments.results, error))
}

/// Paths differ from one machine to the next; the file's name is enough.
fn without_folders(details: &str) -> String {
    details
        .split(' ')
        .map(|word| if word.starts_with('/') { word.rsplit('/').next().unwrap_or(word) } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}
