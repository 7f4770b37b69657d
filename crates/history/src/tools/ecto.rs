//! Ecto: `priv/<repo>/migrations/<digits>_<name>.exs`; the table has a version a row.
//!
//! - Files: `ecto_sql/lib/ecto/migrator.ex`, `extract_migration_info`: an integer before the first `_`, below the folder at any depth.
//! - A late file runs as any other, with a note in the log. A version without a file is passed over (`** FILE NOT FOUND **` in `mix ecto.migrations`).

use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::History;
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{by_number, folder, leading_digits, name, plain_number, words};
use crate::tool::Tool;
use std::collections::BTreeSet;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Ecto;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "schema_migrations",
    has: &["version", "inserted_at"],
    lacks: &["dirty"],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`mix ecto.migrations` shows FILE NOT FOUND and `mix ecto.migrate` says nothing; a rollback passes over it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}*'`",
        "DELETE FROM schema_migrations WHERE version = {id};  -- once what it made is gone from the schema",
    ],
};

impl Reader for Ecto {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let files = tree.matching("**/priv/*/migrations/**/[0-9]*_*.exs");
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
            .map(|version| Recorded::applied(version.clone(), by_number(&version)))
            .collect();
        let (migrations, faults) = compare(&files, &rows, &Late::Runs, &GONE);
        History {
            tool: Some(Tool::Ecto),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "Ecto keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}

/// `priv/repo/migrations` of a file in it, or below it.
fn top(file: &str) -> Option<&str> {
    let mut path = folder(file);
    while !path.is_empty() {
        if name(path) == "migrations" {
            return Some(path);
        }
        path = folder(path);
    }
    None
}

fn listed(file: &str) -> Option<Listed> {
    let (digits, rest) = leading_digits(name(file))?;
    let title = rest.strip_prefix('_')?.strip_suffix(".exs")?;
    let id = plain_number(digits).to_owned();
    Some(Listed { order: by_number(&id), id, title: words(title), file: file.to_owned() })
}
