//! Rails: `db/migrate/<digits>_<name>.rb`; the table has a version a row.
//!
//! - Files: `^([0-9]+)_([_a-z0-9]*)\.?([_a-z0-9]*)?\.rb$` (`activerecord/lib/active_record/migration.rb`, `MigrationFilenameRegexp`).
//! - A late file runs as any other. A version without a file is `NO FILE` in `db:migrate:status` and nothing else; `db:rollback` stops at it.

use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::History;
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{by_number, folder, leading_digits, name, plain_number, words};
use crate::tool::Tool;
use std::collections::BTreeSet;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Rails;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "schema_migrations",
    has: &["version"],
    lacks: &["dirty", "inserted_at", "statements"],
    also: &[],
    shape: false,
}];

const GONE: Gone = Gone {
    says: "`db:migrate:status` shows NO FILE and `db:migrate` says nothing; `db:rollback` stops at it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- 'db/migrate/{id}*'`",
        "DELETE FROM schema_migrations WHERE version = '{id}';  -- once what it made is gone from the schema",
    ],
};

impl Reader for Rails {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let files: Vec<&str> = tree.matching("**/db/{migrate,*_migrate}/**/[0-9]*_*.rb");
        let tops: BTreeSet<&str> = files.iter().filter_map(|file| top(file)).collect();
        tops.into_iter()
            .map(|top_folder| Site {
                folder: top_folder.to_owned(),
                files: files
                    .iter()
                    .filter(|file| top(file) == Some(top_folder))
                    .map(|file| (*file).to_owned())
                    .collect(),
                table: Configured::Usual,
                configuration: None,
            })
            .collect()
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site.files.iter().filter_map(|file| listed(file)).collect();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| crate::database::text(row, "version"))
            .map(|version| {
                let id = if leading_digits(&version).is_some() {
                    plain_number(&version).to_owned()
                } else {
                    version
                };
                let order = by_number(&id);
                Recorded::applied(id, order)
            })
            .collect();
        let (migrations, faults) = compare(&files, &rows, &Late::Runs, &GONE);
        History {
            tool: Some(Tool::Rails),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "Rails keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}

/// `db/migrate` of a file in it, or below it.
fn top(file: &str) -> Option<&str> {
    let mut path = folder(file);
    while !path.is_empty() {
        if name(path) == "migrate" || name(path).ends_with("_migrate") {
            return Some(path);
        }
        path = folder(path);
    }
    None
}

fn listed(file: &str) -> Option<Listed> {
    let (digits, rest) = leading_digits(name(file))?;
    let title = rest.strip_suffix(".rb")?;
    let id = plain_number(digits).to_owned();
    Some(Listed { order: by_number(&id), id, title: words(title), file: file.to_owned() })
}
