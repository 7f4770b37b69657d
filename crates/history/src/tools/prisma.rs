//! Prisma up to 7: folders with a `migration.sql`; the table has a row for each try.
//!
//! - Files: `<migrations>/<name>/migration.sql`, in the order of names; a folder without it stops every command (P3015).
//! - `checksum` is the SHA-256 of the file; with its line endings as they are, as `\n` or as `\r\n`
//!   (`schema-engine/connectors/schema-connector/src/checksum.rs`).
//! - A row with neither `finished_at` nor `rolled_back_at` failed, and stops `migrate deploy` (P3009). One that was rolled back counts for
//!   nothing, and a later try adds a second row (`schema-engine/commands/src/commands/apply_migrations.rs`).
//! - `applied_steps_count` 0 of a finished row: `migrate resolve --applied` wrote it, and nothing ran.

use crate::database::{is_set, number, text};
use crate::digest::{line_endings, sha256};
use crate::linear::{Gone, edited, missing_file};
use crate::model::{Fault, History, Migration, State};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{folder, join, name};
use crate::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Prisma;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "_prisma_migrations",
    has: &["migration_name", "checksum", "finished_at", "rolled_back_at", "applied_steps_count"],
    lacks: &[],
    also: &["id", "logs", "started_at"],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`prisma migrate deploy` says nothing of it; `prisma migrate dev` wants to reset the database",
    ways_out: &["check out the branch that has it, or restore it: `git log --all -- '*{id}*'`"],
};

impl Reader for Prisma {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let locks = tree.matching("**/migration_lock.toml");
        let mut folders: BTreeSet<&str> = locks.into_iter().map(folder).collect();
        if folders.is_empty() {
            let files = tree.matching("**/migrations/*/migration.sql");
            folders.extend(files.into_iter().map(|file| folder(folder(file))));
            // Drizzle's newer layout is alike, with a snapshot in each folder.
            folders.retain(|top| !tree.below(top).any(|file| name(file) == "snapshot.json"));
        }
        folders
            .into_iter()
            .map(|top| Site {
                folder: top.to_owned(),
                files: tree
                    .below(top)
                    .filter(|file| name(file) == "migration.sql")
                    .map(str::to_owned)
                    .collect(),
                table: Configured::Usual,
                configuration: None,
            })
            .collect()
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut faults = Vec::new();
        let mut migrations: BTreeMap<String, Migration> = BTreeMap::new();
        for path in within.tree.folders().filter(|path| folder(path) == site.folder) {
            let file = join(path, "migration.sql");
            if site.files.contains(&file) {
                let id = name(path).to_owned();
                migrations.insert(id.clone(), migration(id, State::Pending, Some(file)));
            } else {
                faults.push(empty(path));
            }
        }
        let mut by_name: BTreeMap<String, Vec<&crate::Row>> = BTreeMap::new();
        for row in within.table.map(crate::Table::rows).unwrap_or_default() {
            if let Some(name) = text(row, "migration_name") {
                by_name.entry(name).or_default().push(row);
            }
        }
        for (id, rows) in &by_name {
            let state = state(id, rows, migrations.get(id), within.tree, &mut faults);
            let Some(state) = state else { continue };
            migrations.entry(id.clone()).or_insert_with(|| migration(id.clone(), state, None)).state = state;
        }
        History {
            tool: Some(Tool::Prisma),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations: migrations.into_values().collect(),
            faults,
            remarks: Vec::new(),
        }
    }
}

fn migration(id: String, state: State, file: Option<String>) -> Migration {
    let title = crate::text::leading_digits(&id).and_then(|(_, rest)| crate::text::words(rest));
    Migration { id, title, state, file, after: Vec::new(), head: false }
}

fn empty(path: &str) -> Fault {
    let id = name(path);
    Fault::new(Code::M118, id, format!("folder {id} has no migration.sql"))
        .why("every `prisma migrate` command stops at it (P3015)")
        .at(path, None)
        .way(format!("rm -r {path}, or restore its migration.sql"))
}

/// The state that the rows of one name give; `None` where they count for nothing and there is no file.
fn state(
    id: &str,
    rows: &[&crate::Row],
    found: Option<&Migration>,
    tree: &Tree,
    faults: &mut Vec<Fault>,
) -> Option<State> {
    let counting: Vec<_> = rows.iter().filter(|row| !is_set(row, "rolled_back_at")).collect();
    if let Some(row) = counting.iter().find(|row| !is_set(row, "finished_at")) {
        faults.push(failed(id, row, found));
        return Some(State::Failed);
    }
    let Some(row) = counting.last() else { return found.map(|_| State::RolledBack) };
    let Some(file) = found.and_then(|migration| migration.file.as_deref()) else {
        faults.push(missing_file(id, None, &GONE));
        return Some(State::MissingFile);
    };
    match tree.bytes(file) {
        Err(error) => {
            faults.push(Fault::new(Code::M115, id, format!("{file} can't be read: {error}")).at(file, None));
            return Some(State::Unknown);
        }
        Ok(bytes) => {
            let wanted = text(row, "checksum").unwrap_or_default();
            let [unix, windows] = line_endings(&bytes);
            if ![&bytes, &unix, &windows].into_iter().any(|text| sha256(text) == wanted) {
                faults.push(
                    edited(id, file, "the SHA-256 of its file is not the one that was recorded when it ran")
                        .why("`prisma migrate deploy` says nothing of it; `prisma migrate dev` wants to reset the database")
                        .way(format!("git checkout the file as it ran, and put the change into a new migration: `git log -- {file}`")),
                );
                return Some(State::Edited);
            }
        }
    }
    if number(row, "applied_steps_count") == Some(0) {
        faults.push(
            Fault::new(Code::M108, id, format!("migration {id} was marked as applied, and never ran here"))
                .why("`prisma migrate resolve --applied` records it so, as for a baseline")
                .at(file, None)
                .way("compare the schema: `trueup check`"),
        );
        return Some(State::Marked);
    }
    Some(State::Applied)
}

fn failed(id: &str, row: &crate::Row, found: Option<&Migration>) -> Fault {
    let said = text(row, "logs").and_then(|logs| {
        // The engine's own words come first, then a trace of its calls.
        let lines: Vec<&str> = logs
            .lines()
            .map(str::trim)
            .take_while(|line| !line.starts_with("0:"))
            .filter(|line| !line.is_empty())
            .take(3)
            .collect();
        (!lines.is_empty()).then(|| lines.join("; ").chars().take(300).collect::<String>())
    });
    let mut fault = Fault::new(Code::M103, id, format!("migration {id} began and did not end"));
    if let Some(said) = said {
        fault = fault.why(format!("it said: {said}"));
    }
    if let Some(file) = found.and_then(|migration| migration.file.as_deref()) {
        fault = fault.at(file, None);
    }
    fault
        .why("`prisma migrate deploy` refuses to go on (P3009); a part of it may have been done")
        .way(format!(
            "npx prisma migrate resolve --rolled-back {id}, once what it did is undone; then deploy again"
        ))
        .way(format!("npx prisma migrate resolve --applied {id}, once what it lacks is done by hand"))
}
