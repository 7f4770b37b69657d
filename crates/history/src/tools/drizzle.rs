//! Drizzle, both layouts.
//!
//! - Up to 0.45: `<out>/meta/_journal.json` lists `tag` and `when`, the file is `<out>/<tag>.sql`. A migration runs when its `when` is greater
//!   than the greatest `created_at` of the table: an older one is never run, in silence (`drizzle-orm/src/pg-core/dialect.ts`, `migrate`).
//! - From 1.0: `<out>/<14 digits>_<name>/migration.sql` without a journal, matched by `name`, so that an older one runs too.
//! - `hash` is the SHA-256 of the file; the tool writes it and never compares it (`drizzle-orm/src/migrator.ts`).
//! - All that a run does is one transaction: what failed leaves no row.

use crate::database::{Row, number, text};
use crate::digest::{line_endings, sha256};
use crate::javascript;
use crate::linear::{Gone, edited, missing_file};
use crate::model::{Fault, History, Migration, State};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{folder, join, name, resolve};
use crate::tool::Tool;
use std::collections::BTreeSet;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Drizzle;

const TABLES: &[Known] = &[Known {
    schema: Some("drizzle"),
    name: "__drizzle_migrations",
    has: &["id", "hash", "created_at"],
    lacks: &[],
    also: &["name", "applied_at"],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "the database is ahead of these files; `drizzle-kit migrate` says nothing of it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all --diff-filter=D -- '*.sql'`",
    ],
};

/// A migration in the order of its files.
struct Entry {
    id: String,
    when: Option<i64>,
    file: String,
    /// Its text; `None` where there is no file.
    bytes: Option<Vec<u8>>,
}

impl Reader for Drizzle {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut places: Vec<(String, Configured, Option<String>)> = Vec::new();
        for file in tree.matching("**/drizzle*.config.*") {
            let words = javascript::words(&tree.text(file));
            let out = match javascript::value(&words, &["out"]) {
                Some(javascript::Value::Text(path)) => resolve(folder(file), &path),
                Some(javascript::Value::Computed) => None,
                None => resolve(folder(file), "drizzle"),
            };
            if let Some(out) = out {
                places.push((out, table(&words), Some(file.to_owned())));
            }
        }
        let configured: BTreeSet<String> = places.iter().map(|(out, _, _)| out.clone()).collect();
        let journals = tree.matching("**/meta/_journal.json").into_iter().map(|file| folder(folder(file)));
        let snapshots =
            tree.matching("**/[0-9]*_*/snapshot.json").into_iter().map(|file| folder(folder(file)));
        let found: BTreeSet<&str> =
            journals.chain(snapshots).filter(|out| !configured.contains(*out)).collect();
        places.extend(found.into_iter().map(|out| (out.to_owned(), Configured::Usual, None)));
        places
            .into_iter()
            .map(|(out, table, configuration)| {
                let files =
                    tree.below(&out).filter(|file| file.ends_with(".sql")).map(str::to_owned).collect();
                Site { folder: out, files, table, configuration }
            })
            .filter(|site| !site.files.is_empty() || tree.has(&join(&site.folder, "meta/_journal.json")))
            .collect()
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut faults = Vec::new();
        let journal = join(&site.folder, "meta/_journal.json");
        let old = within.tree.has(&journal);
        let entries = if old {
            journalled(&journal, site, within.tree, &mut faults)
        } else {
            folders(site, within.tree)
        };
        let rows = within.table.map(crate::Table::rows).unwrap_or_default();
        let mut migrations = matched(&entries, rows, old, &mut faults);
        if old {
            migrations.extend(unlisted(site, &entries, &journal, &mut faults));
        }
        History {
            tool: Some(Tool::Drizzle),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: Vec::new(),
        }
    }
}

fn table(words: &[javascript::Word]) -> Configured {
    let value = |key: &str| javascript::value(words, &["migrations", key]);
    let text = |value: Option<javascript::Value>| match value {
        Some(javascript::Value::Text(text)) => Some(text),
        Some(javascript::Value::Computed) | None => None,
    };
    match (value("schema"), value("table")) {
        (Some(javascript::Value::Computed), _) | (_, Some(javascript::Value::Computed)) => {
            Configured::Computed
        }
        (None, None) => Configured::Usual,
        (schema, name) => Configured::Named { schema: text(schema), name: text(name) },
    }
}

/// The entries of a journal, in its order.
fn journalled(journal: &str, site: &Site, tree: &Tree, faults: &mut Vec<Fault>) -> Vec<Entry> {
    let read = tree.bytes(journal).and_then(|bytes| {
        serde_json::from_slice::<serde_json::Value>(&bytes).map_err(|error| error.to_string())
    });
    let entries = match &read {
        Ok(value) => value.get("entries").and_then(|entries| entries.as_array()),
        Err(error) => {
            faults.push(unread(journal, error));
            None
        }
    };
    if read.is_ok() && entries.is_none() {
        faults.push(unread(journal, "it has no list of entries"));
    }
    let mut out = Vec::new();
    for entry in entries.into_iter().flatten() {
        match (
            entry.get("tag").and_then(|tag| tag.as_str()),
            entry.get("when").and_then(serde_json::Value::as_i64),
        ) {
            (Some(tag), Some(when)) => {
                let file = join(&site.folder, &format!("{tag}.sql"));
                let bytes = site.files.contains(&file).then(|| tree.bytes(&file).unwrap_or_default());
                out.push(Entry { id: tag.to_owned(), when: Some(when), file, bytes });
            }
            _ => faults.push(unread(journal, "an entry has no tag, or no time")),
        }
    }
    out
}

fn unread(file: &str, what: &str) -> Fault {
    Fault::new(Code::M115, file, format!("{file} can't be read: {what}"))
        .why("it says which migrations there are, and in which order they run")
        .at(file, None)
        .way(format!("restore it: `git checkout -- {file}`"))
}

/// The folders of the newer layout, in the order of their names.
fn folders(site: &Site, tree: &Tree) -> Vec<Entry> {
    let files =
        site.files.iter().filter(|file| name(file) == "migration.sql" && folder(folder(file)) == site.folder);
    files
        .map(|file| {
            let id = name(folder(file)).to_owned();
            Entry {
                when: milliseconds(&id),
                id,
                file: file.clone(),
                bytes: Some(tree.bytes(file).unwrap_or_default()),
            }
        })
        .collect()
}

/// `20261121022842_init` as milliseconds since 1970, as the tool writes it into `created_at`.
fn milliseconds(id: &str) -> Option<i64> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", id.get(..14)?).ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp().as_millisecond())
}

fn matched(entries: &[Entry], rows: &[Row], old: bool, faults: &mut Vec<Fault>) -> Vec<Migration> {
    let newest = rows.iter().filter_map(|row| number(row, "created_at")).max();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut out = Vec::new();
    for entry in entries {
        let row = row_of(entry, rows, &taken);
        taken.extend(row);
        let state = match row.and_then(|at| rows.get(at)) {
            Some(row) => applied(entry, row, faults),
            None if entry.bytes.is_none() => {
                faults.push(no_file(entry, false));
                State::MissingFile
            }
            None if old && newest.zip(entry.when).is_some_and(|(newest, when)| when <= newest) => {
                faults.push(skipped(entry));
                State::NeverRun
            }
            None => State::Pending,
        };
        out.push(Migration {
            id: entry.id.clone(),
            title: None,
            state,
            file: entry.bytes.is_some().then(|| entry.file.clone()),
            after: Vec::new(),
            head: false,
        });
    }
    for (_, row) in rows.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        let id = text(row, "name")
            .or_else(|| number(row, "created_at").map(|when| format!("created_at {when}")))
            .unwrap_or_else(|| "a row without a time".to_owned());
        faults.push(missing_file(&id, None, &GONE));
        out.push(Migration {
            id,
            title: None,
            state: State::MissingFile,
            file: None,
            after: Vec::new(),
            head: false,
        });
    }
    out
}

/// The row of a migration: by name where rows have one, else by time, else by hash (a journal that was written anew has other times).
fn row_of(entry: &Entry, rows: &[Row], taken: &BTreeSet<usize>) -> Option<usize> {
    let free = || rows.iter().enumerate().filter(|(at, _)| !taken.contains(at));
    let by_name = free().find(|(_, row)| text(row, "name").is_some_and(|name| name == entry.id));
    let by_time = || {
        let unnamed = free().filter(|(_, row)| text(row, "name").is_none());
        unnamed.into_iter().find(|(_, row)| entry.when.is_some() && number(row, "created_at") == entry.when)
    };
    let by_hash = || {
        let hash = entry.bytes.as_deref().map(sha256)?;
        free()
            .filter(|(_, row)| text(row, "name").is_none())
            .find(|(_, row)| text(row, "hash").as_deref() == Some(&hash))
    };
    by_name.or_else(by_time).or_else(by_hash).map(|(at, _)| at)
}

fn applied(entry: &Entry, row: &Row, faults: &mut Vec<Fault>) -> State {
    let Some(bytes) = &entry.bytes else {
        faults.push(no_file(entry, true));
        return State::MissingFile;
    };
    let wanted = text(row, "hash").unwrap_or_default();
    let [unix, windows] = line_endings(bytes);
    if wanted.is_empty() || [bytes, &unix, &windows].into_iter().any(|text| sha256(text) == wanted) {
        return State::Applied;
    }
    faults.push(
        edited(
            &entry.id,
            &entry.file,
            "the SHA-256 of its file is not the one that was recorded when it ran",
        )
        .why("Drizzle writes the hash and never compares it: nothing else tells")
        .way(format!(
            "restore the file as it ran, and put the change into a new migration: `git log -- {}`",
            entry.file
        )),
    );
    State::Edited
}

fn no_file(entry: &Entry, applied: bool) -> Fault {
    let state = if applied { "is applied" } else { "is in the journal" };
    Fault::new(
        Code::M107,
        entry.id.clone(),
        format!("migration {} {state}, and its file is missing", entry.id),
    )
    .why(format!(
        "`drizzle-kit migrate` stops: no file {} found; `drizzle-kit check` says nothing",
        entry.file
    ))
    .way(format!("restore it: `git log --all -- {}`", entry.file))
}

fn skipped(entry: &Entry) -> Fault {
    Fault::new(Code::M114, entry.id.clone(), format!("migration {} will never run", entry.id))
        .why("its time in the journal is before that of a migration which is applied, as after a merge of two branches")
        .why("`drizzle-kit migrate` passes over it in silence")
        .at(entry.file.clone(), None)
        .way("give it a time after the newest in meta/_journal.json (`when`), or generate it anew")
}

/// Files beside those of the journal.
fn unlisted(site: &Site, entries: &[Entry], journal: &str, faults: &mut Vec<Fault>) -> Vec<Migration> {
    let files = site.files.iter().filter(|file| folder(file) == site.folder);
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.file.as_str()).collect();
    let numbered = |file: &&String| {
        crate::text::leading_digits(name(file)).is_some_and(|(_, rest)| rest.starts_with('_'))
    };
    let mut out = Vec::new();
    for file in files.filter(numbered).filter(|file| !listed.contains(file.as_str())) {
        let id = name(file).trim_end_matches(".sql").to_owned();
        faults.push(
            Fault::new(Code::M114, id.clone(), format!("migration {id} will never run"))
                .why(format!("{journal} does not list it"))
                .at(file.clone(), None)
                .way("add its entry to the journal, or take the file away"),
        );
        out.push(Migration {
            id,
            title: None,
            state: State::NeverRun,
            file: Some(file.clone()),
            after: Vec::new(),
            head: false,
        });
    }
    out
}
