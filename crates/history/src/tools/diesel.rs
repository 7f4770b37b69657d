//! Diesel: `migrations/<version>_<name>/up.sql`; the table has a version a row.
//!
//! - The version is the folder's name up to the first `_`, without `-` (`diesel_migrations/migrations_internals/src/lib.rs`,
//!   `version_from_string`).
//! - A late migration runs as any other. A version without a folder is passed over by `run`; `revert` and `redo` stop at it.

use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::History;
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{by_name, folder, leading_digits, name, words};
use crate::tool::Tool;
use std::collections::BTreeSet;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Diesel;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "__diesel_schema_migrations",
    has: &["version", "run_on"],
    lacks: &[],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`diesel migration run` says nothing of it; `diesel migration revert` stops: unable to find its migration",
    ways_out: &[
        "check out the branch that has it, or restore its folder: `git log --all --diff-filter=D -- 'migrations/*/up.sql'`",
        "DELETE FROM __diesel_schema_migrations WHERE version = '{id}';  -- once what it made is gone from the schema",
    ],
};

impl Reader for Diesel {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let files: Vec<&str> = tree
            .matching("**/*/up.sql")
            .into_iter()
            .filter(|file| leading_digits(name(folder(file))).is_some())
            .collect();
        let tops: BTreeSet<&str> = files.iter().map(|file| folder(folder(file))).collect();
        tops.into_iter()
            .map(|top| Site {
                folder: top.to_owned(),
                files: files
                    .iter()
                    .filter(|file| folder(folder(file)) == top)
                    .map(|file| (*file).to_owned())
                    .collect(),
                table: Configured::Usual,
                configuration: None,
            })
            .collect()
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .map(|file| {
                // A name without `_` is a version as a whole.
                let name = name(folder(file));
                let (prefix, title) = name.split_once('_').unwrap_or((name, ""));
                let id = prefix.replace('-', "");
                Listed { order: by_name(&id), id, title: words(title), file: file.clone() }
            })
            .collect();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| crate::database::text(row, "version"))
            .map(|version| Recorded::applied(version.clone(), by_name(&version)))
            .collect();
        let (migrations, faults) = compare(&files, &rows, &Late::Runs, &GONE);
        History {
            tool: Some(Tool::Diesel),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "Diesel keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}
