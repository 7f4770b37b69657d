//! goose: `<digits>_<name>.sql` with `-- +goose Up`, or `.go`; the table has a row for each time one ran, up or down.
//!
//! - The latest row of a version counts; row 0 is a marker (`internal/dialect/dialectquery/postgres.go`, `ListMigrations`).
//! - `goose up` refuses late files: found missing migrations before the current version (`up.go`, `findMissingMigrations`).
//! - A version without a file stops `goose down` alone.

use crate::database::{number, truth};
use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::{History, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_number, leading_digits, name, plain_number, words};
use crate::tool::Tool;
use crate::tools::sql;
use std::collections::BTreeMap;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Goose;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "goose_db_version",
    has: &["id", "version_id", "is_applied"],
    lacks: &[],
    also: &["tstamp"],
    shape: true,
}];

const LATE: Late = Late::Stops(
    "`goose up` refuses: found missing migrations before the current version",
    &["goose up -allow-missing", "give the file a later number: `goose fix`, or rename it"],
);

const GONE: Gone = Gone {
    says: "`goose up` says nothing of it; `goose down` stops at it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}*'`",
        "DELETE FROM goose_db_version WHERE version_id = {id};  -- once what it made is gone from the schema",
    ],
};

impl Reader for Goose {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders_where(tree, "**/[0-9]*_*.{sql,go}", |file| {
            let text = tree.text(file);
            text.contains("+goose Up") || text.contains("goose.AddMigration")
        })
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter(|file| !file.ends_with("_test.go"))
            .filter_map(|file| {
                let (version, rest) = leading_digits(name(file))?;
                let title = rest.strip_prefix('_')?.rsplit_once('.')?.0;
                let id = plain_number(version).to_owned();
                Some(Listed { order: by_number(&id), id, title: words(title), file: file.clone() })
            })
            .collect();
        let mut latest: BTreeMap<i64, (i64, bool)> = BTreeMap::new();
        for row in within.table.map(crate::Table::rows).unwrap_or_default() {
            let (Some(version), Some(id)) = (number(row, "version_id"), number(row, "id")) else { continue };
            let entry = latest.entry(version).or_insert((i64::MIN, false));
            if id > entry.0 {
                *entry = (id, truth(row, "is_applied").unwrap_or(false));
            }
        }
        let rows: Vec<Recorded> = latest
            .into_iter()
            .filter(|(version, (_, applied))| *version > 0 && *applied)
            .map(|(version, _)| {
                let id = version.to_string();
                Recorded { order: by_number(&id), id, title: None, state: State::Applied }
            })
            .collect();
        let (migrations, faults) = compare(&files, &rows, &LATE, &GONE);
        History {
            tool: Some(Tool::Goose),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "goose keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}
