//! golang-migrate: `<digits>_<name>.up.sql`; the table has one row: the version, and whether it is dirty.
//!
//! - Files: `^([0-9]+)_(.*)\.(down|up)\.(.*)$` (`source/parse.go`).
//! - What the row's version and all files before it are is applied; a file that came later with a lower number is never run, and nothing
//!   in the history tells.
//! - Dirty: the version began and did not end; every command refuses (`migrate.go`, `ErrDirty`). A version without a file stops every
//!   command too: no migration found for version.

use crate::database::{number, truth};
use crate::linear::duplicate;
use crate::model::{Fault, History, Migration, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{leading_digits, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use std::collections::BTreeMap;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct GolangMigrate;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "schema_migrations",
    has: &["version", "dirty"],
    lacks: &[],
    also: &[],
    shape: true,
}];

impl Reader for GolangMigrate {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders(tree, "**/[0-9]*_*.up.*")
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut files: BTreeMap<u128, Vec<&str>> = BTreeMap::new();
        for file in &site.files {
            if let Some(version) = leading_digits(name(file)).and_then(|(digits, _)| digits.parse().ok()) {
                files.entry(version).or_default().push(file);
            }
        }
        let row = within.table.and_then(|table| table.rows().first());
        // -1 is written where everything was taken back.
        let at = row.and_then(|row| number(row, "version")).and_then(|version| u128::try_from(version).ok());
        let dirty = row.and_then(|row| truth(row, "dirty")).unwrap_or(false);
        let mut faults: Vec<Fault> = files
            .iter()
            .filter(|(_, files)| files.len() > 1)
            .map(|(version, files)| duplicate(&version.to_string(), files.iter().copied()))
            .collect();
        let mut migrations: Vec<Migration> = files
            .iter()
            .map(|(version, files)| Migration {
                id: version.to_string(),
                title: files.first().and_then(|file| title(file)),
                state: match at {
                    Some(at) if *version == at && dirty => State::Failed,
                    Some(at) if *version <= at => State::Applied,
                    Some(_) | None => State::Pending,
                },
                file: files.first().map(|file| (*file).to_owned()),
                after: Vec::new(),
                head: false,
            })
            .collect();
        if let Some(at) = at {
            if dirty {
                faults.push(failed(
                    at,
                    files.get(&at).and_then(|files| files.first()).copied(),
                    previous(&files, at),
                ));
            }
            if !files.contains_key(&at) {
                faults.push(unknown(at, files.keys().copied().filter(|version| *version < at).max()));
                migrations.push(Migration {
                    id: at.to_string(),
                    title: None,
                    state: if dirty { State::Failed } else { State::MissingFile },
                    file: None,
                    after: Vec::new(),
                    head: false,
                });
                migrations.sort_by_key(|migration| migration.id.parse::<u128>().unwrap_or(u128::MAX));
            }
        }
        History {
            tool: Some(Tool::GolangMigrate),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "golang-migrate keeps the newest version alone: whether an older file was added later, or edited, can't be told from the history".to_owned(),
            ],
        }
    }
}

fn title(file: &str) -> Option<String> {
    let (_, rest) = leading_digits(name(file))?;
    words(rest.split(".up.").next()?)
}

fn previous(files: &BTreeMap<u128, Vec<&str>>, at: u128) -> Option<u128> {
    files.keys().copied().filter(|version| *version < at).max()
}

fn failed(at: u128, file: Option<&str>, before: Option<u128>) -> Fault {
    let back = before.map_or_else(|| "-1".to_owned(), |version| version.to_string());
    let fault = Fault::new(Code::M103, at.to_string(), format!("version {at} began and did not end: the database is dirty"))
        .why("every command refuses: Dirty database version; a part of it may have been done")
        .way(format!("migrate -path migrations -database \"$DATABASE_URL\" force {back}, once what it did is undone; then up again"))
        .way(format!("migrate -path migrations -database \"$DATABASE_URL\" force {at}, once what it lacks is done by hand"));
    match file {
        Some(file) => fault.at(file, None),
        None => fault,
    }
}

fn unknown(at: u128, before: Option<u128>) -> Fault {
    let fault =
        Fault::new(Code::M102, at.to_string(), format!("the database is at version {at}, which no file has"))
            .why("every command stops: no migration found for version")
            .way(format!("check out the branch that has it, or restore it: `git log --all -- '*{at}_*'`"));
    match before {
        Some(version) => fault.way(format!(
            "migrate -path migrations -database \"$DATABASE_URL\" force {version}, once what it made is gone from the schema"
        )),
        None => fault,
    }
}
