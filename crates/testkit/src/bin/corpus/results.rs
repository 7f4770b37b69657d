//! What came out: printed, kept in a file, and compared with what was kept before.

use crate::arguments::Arguments;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;
use trueup_testkit::exactness::{self, Kept, Results, STATUSES};
use trueup_testkit::{Error, Result, program::workspace_dir};

/// What came out for one entry.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// `self`, `repair` or another of what the help lists.
    pub(crate) what: String,
    /// The version that it was loaded into.
    pub(crate) major: Option<u16>,
    pub(crate) status: String,
    /// The codes, counted, or what went wrong.
    pub(crate) details: String,
    pub(crate) codes: BTreeMap<String, usize>,
    /// Why parts are undecided, counted.
    pub(crate) reasons: BTreeMap<String, usize>,
    /// How many statements the check sent to the database.
    pub(crate) statements: Option<usize>,
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
            major: None,
            status: status.to_owned(),
            // A tab or a newline would break the file.
            details: details.replace(['\t', '\n', '\r'], " "),
            codes: BTreeMap::new(),
            reasons: BTreeMap::new(),
            statements: None,
            checked: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    pub(crate) fn line(&self) -> String {
        let checked =
            if self.checked.is_zero() { String::new() } else { format!("{:.2}", self.checked.as_secs_f64()) };
        format!(
            "{:<11} {:<14} {:>2} {:>6} {:>6.1}  {}  {}",
            self.status,
            self.what,
            self.major.map(|major| major.to_string()).unwrap_or_default(),
            checked,
            self.took.as_secs_f64(),
            self.name,
            self.details
        )
    }

    fn key(&self) -> (String, String) {
        (self.name.clone(), self.what.clone())
    }

    fn kept(&self) -> Kept {
        let reasons: Vec<String> =
            self.reasons.iter().map(|(reason, count)| format!("{reason}×{count}")).collect();
        let timed = self.name.starts_with("schemas/") && self.what != "replay" && !self.checked.is_zero();
        Kept {
            version: self.major.map(|major| major.to_string()).unwrap_or_default(),
            status: self.status.clone(),
            details: without_folders(&self.details),
            reasons: reasons.join(" | "),
            seconds: if timed { format!("{:.2}", self.checked.as_secs_f64()) } else { String::new() },
        }
    }
}

/// Prints the totals, compares with what is kept, and keeps the new outcome when asked to.
pub(crate) fn report(records: &[Record], arguments: &Arguments) -> Result<ExitCode> {
    totals(records);
    if arguments.offline {
        // The file that is kept is about databases.
        return Ok(ExitCode::SUCCESS);
    }
    let mut kept = read(arguments)?;
    let mut worse = compare(records, &kept, arguments);
    worse.extend(uneven_statements(records));
    println!("\n{} fell back from {}", worse.len(), arguments.results.display());
    for line in &worse {
        println!("  fell back: {line}");
    }
    if !arguments.update {
        return Ok(if worse.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    // Of entries that ran, what they have no longer is forgotten.
    let ran: BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let whole = |what: &str| arguments.repair || what != "repair";
    kept.retain(|(name, what), _| arguments.rules || !ran.contains(name.as_str()) || !whole(what));
    kept.extend(records.iter().map(|record| (record.key(), record.kept())));
    write(arguments, &kept)?;
    Ok(ExitCode::SUCCESS)
}

/// What is worse than it was: another status further down, or more findings under the same.
fn compare(records: &[Record], kept: &Results, arguments: &Arguments) -> Vec<String> {
    let mut worse = Vec::new();
    let mut better = 0;
    for record in records {
        let now = record.kept();
        let Some(before) = kept.get(&record.key()) else { continue };
        let more = now.rank() == before.rank() && now.findings() > before.findings();
        if now.rank() > before.rank() || more {
            worse.push(format!(
                "{} {}: {} {} -> {} {}",
                record.name, record.what, before.status, before.details, now.status, now.details
            ));
        } else if now.rank() < before.rank() || now.findings() < before.findings() {
            better += 1;
        } else if before.details != now.details && !arguments.quiet {
            println!("changed: {} {}: {} -> {}", record.name, record.what, before.details, now.details);
        }
    }
    if !kept.is_empty() {
        println!("\n{better} better than in {}", arguments.results.display());
    }
    let everything = arguments.names.is_empty() && arguments.repair && !arguments.rules;
    if everything {
        let ran: BTreeSet<(String, String)> = records.iter().map(Record::key).collect();
        let asked = |name: &str| arguments.suites.iter().any(|suite| name.starts_with(suite.as_str()));
        let gone = kept.keys().filter(|key| asked(&key.0) && !ran.contains(*key));
        worse.extend(gone.map(|(name, what)| format!("{name} {what}: it did not run")));
    }
    worse
}

/// Reading a database takes the same number of statements however many tables it has; they are sent without waiting
/// for each other, so that is a bound on round trips as well.
fn uneven_statements(records: &[Record]) -> Vec<String> {
    let mut counts: BTreeMap<u16, BTreeMap<usize, &str>> = BTreeMap::new();
    for record in records {
        if let (Some(major), Some(count)) = (record.major, record.statements) {
            counts.entry(major).or_default().entry(count).or_insert(&record.name);
        }
    }
    let mut worse = Vec::new();
    for (major, counts) in counts {
        let list: Vec<String> = counts.iter().map(|(count, name)| format!("{count} ({name})")).collect();
        println!("\nstatements of one check on PostgreSQL {major}: {}", list.join(", "));
        if counts.len() > 1 {
            worse.push(format!("PostgreSQL {major}: the number of statements depends on the schema"));
        }
    }
    worse
}

fn totals(records: &[Record]) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Record>> = BTreeMap::new();
    for record in records {
        let suite = record.name.split('/').next().unwrap_or_default();
        groups.entry((suite, &record.what)).or_default().push(record);
    }
    for ((suite, what), records) in groups {
        let loaded = records.iter().filter(|record| record.status != "not-loaded").count();
        println!("\n{suite}, {what}: {} entries, {loaded} load", records.len());
        for status in STATUSES {
            let count = records.iter().filter(|record| record.status == status).count();
            if count > 0 {
                let share = match status {
                    "not-loaded" => String::new(),
                    _ => format!("  {:>5.1} %", percent(count, loaded)),
                };
                println!("  {status:<13} {count:>5}{share}");
            }
        }
        for (code, (entries, count)) in most(&records, |record| &record.codes) {
            println!("    {code:<8} {count:>7} in {entries} entries");
        }
        for (reason, (entries, count)) in most(&records, |record| &record.reasons) {
            println!("      {count:>5} in {entries:>3} entries: {reason}");
        }
        let slowest = records.iter().max_by_key(|record| record.checked);
        if let Some(record) = slowest.filter(|record| !record.checked.is_zero()) {
            println!("  slowest check: {:.2} s, {}", record.checked.as_secs_f64(), record.name);
        }
    }
}

/// What the records count, summed: in how many records and how often, most frequent first.
fn most<'r>(
    records: &[&'r Record],
    counts: impl Fn(&'r Record) -> &'r BTreeMap<String, usize>,
) -> Vec<(&'r str, (usize, usize))> {
    let mut sums: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for record in records {
        for (name, count) in counts(record) {
            let sum = sums.entry(name).or_default();
            sum.0 += 1;
            sum.1 += count;
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, (entries, _))| std::cmp::Reverse(*entries));
    sums
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn read(arguments: &Arguments) -> Result<Results> {
    match std::fs::read_to_string(&arguments.results) {
        Ok(text) => exactness::parse(&text)
            .map_err(|error| Error::message(format!("{}: {error}", arguments.results.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Results::new()),
        Err(error) => Err(Error::path("reading", &arguments.results, error)),
    }
}

/// Keeps the results, and the tables of the documentation where these are the project's own results.
fn write(arguments: &Arguments, kept: &Results) -> Result<()> {
    let write = |path: &std::path::Path, text: &str| {
        std::fs::write(path, text).map_err(|error| Error::path("writing", path, error))?;
        println!("written: {}", path.display());
        Ok::<_, Error>(())
    };
    write(&arguments.results, &exactness::print(kept))?;
    if arguments.results == exactness::results_file() {
        let path = workspace_dir().join("docs/exactness.md");
        let page = std::fs::read_to_string(&path).map_err(|error| Error::path("reading", &path, error))?;
        write(&path, &exactness::page(&page, kept)?)?;
    }
    Ok(())
}

/// Paths differ from one machine to the next; the file's name is enough.
fn without_folders(details: &str) -> String {
    details
        .split(' ')
        .map(|word| {
            if word.trim_start_matches('"').starts_with('/') {
                word.rsplit('/').next().unwrap_or(word)
            } else {
                word
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
