//! Knex: files of the folder that the knexfile names; the table has a row a file name, and a lock beside it.
//!
//! - Files: every one with a known ending, in the order of names (`lib/migrations/migrate/sources/fs-migrations.js`).
//! - A row without a file stops every command: the migration directory is corrupt (`migration-list-resolver.js`,
//!   `validateMigrationList`). A late file runs as any other.
//! - `is_locked` is 1 while a run goes on, and stays so after a crash: MigrationLocked.

use crate::database::{number, text};
use crate::javascript;
use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::{Fault, History};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{by_name, folder, leading_digits, name, resolve, words};
use crate::tool::Tool;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Knex;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "knex_migrations",
    has: &["id", "name", "batch", "migration_time"],
    lacks: &[],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "every command stops: the migration directory is corrupt, files are missing",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}'`",
        "DELETE FROM knex_migrations WHERE name = '{id}';  -- once what it made is gone from the schema",
    ],
};

/// The endings that Knex loads.
const ENDINGS: &[&str] =
    &["js", "cjs", "mjs", "ts", "cts", "mts", "coffee", "ls", "litcoffee", "co", "iced", "eg"];

impl Reader for Knex {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut out: Vec<Site> = Vec::new();
        for file in tree.matching("**/knexfile.*") {
            let words = javascript::words(&tree.text(file));
            let directory = match javascript::value(&words, &["migrations", "directory"]) {
                Some(javascript::Value::Text(path)) => resolve(folder(file), &path),
                Some(javascript::Value::Computed) => None,
                None => resolve(folder(file), "migrations"),
            };
            // One that is computed: the usual folder, where there is one.
            let directory = directory.or_else(|| resolve(folder(file), "migrations"));
            let Some(directory) =
                directory.filter(|directory| !out.iter().any(|site| site.folder == *directory))
            else {
                continue;
            };
            let is_one = |path: &&str| {
                folder(path) == directory
                    && !path.ends_with(".d.ts")
                    && name(path).rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
            };
            let files: Vec<String> = tree.below(&directory).filter(is_one).map(str::to_owned).collect();
            if !files.is_empty() {
                out.push(Site {
                    folder: directory.clone(),
                    files,
                    table: table(&words),
                    configuration: Some(file.to_owned()),
                });
            }
        }
        out
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .map(|file| {
                let id = name(file).to_owned();
                let title = leading_digits(&id).and_then(|(_, rest)| words(rest.split('.').next()?));
                Listed { order: by_name(&id), id, title, file: file.clone() }
            })
            .collect();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| text(row, "name"))
            .map(|id| Recorded::applied(id.clone(), by_name(&id)))
            .collect();
        let (migrations, mut faults) = compare(&files, &rows, &Late::Runs, &GONE);
        for fault in faults.iter_mut().filter(|fault| fault.code == Code::M107) {
            let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
            let same = files
                .iter()
                .find(|file| fault.object.as_deref().is_some_and(|id| stem(id) == stem(&file.id)));
            if let Some(same) = same {
                fault.reasons.push(format!("{} is there: Knex takes another ending for another migration, unless `loadExtensions` says otherwise", same.file));
            }
        }
        let lock =
            within.table.map(|table| format!("{}_lock", table.name)).and_then(|name| within.beside(&name));
        if let Some(lock) =
            lock.filter(|lock| lock.rows().iter().any(|row| number(row, "is_locked") == Some(1)))
        {
            faults.push(
                Fault::new(Code::M112, lock.full_name().to_string(), format!("{} is locked", lock.full_name()))
                    .why("a run is going on, or one ended without giving the lock back; every other one stops: MigrationLocked")
                    .way("npx knex migrate:unlock, once no run goes on"),
            );
        }
        History {
            tool: Some(Tool::Knex),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "Knex keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}

fn table(words: &[javascript::Word]) -> Configured {
    let value = |key: &str| javascript::value(words, &["migrations", key]);
    let text = |value: Option<javascript::Value>| match value {
        Some(javascript::Value::Text(text)) => Some(text),
        Some(javascript::Value::Computed) | None => None,
    };
    match (value("schemaName"), value("tableName")) {
        (Some(javascript::Value::Computed), _) | (_, Some(javascript::Value::Computed)) => {
            Configured::Computed
        }
        (None, None) => Configured::Usual,
        (schema, name) => Configured::Named { schema: text(schema), name: text(name) },
    }
}
