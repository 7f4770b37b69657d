//! dbmate: `db/migrations/<digits>….sql` with `-- migrate:up`; the table has a version a row.
//!
//! - Files: `^(\d+).*\.sql$`, the version being the digits as they are written (`pkg/dbmate/db.go`, `migrationFileRegexp`).
//! - A late file runs as any other, unless `--strict`. A version without a file is passed over in silence.

use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::History;
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_number, leading_digits, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Dbmate;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "schema_migrations",
    has: &["version"],
    lacks: &["dirty", "inserted_at", "statements"],
    also: &[],
    shape: false,
}];

const GONE: Gone = Gone {
    says: "`dbmate status` and `dbmate migrate` say nothing of it; `dbmate rollback` stops at it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}*'`",
        "DELETE FROM schema_migrations WHERE version = '{id}';  -- once what it made is gone from the schema",
    ],
};

impl Reader for Dbmate {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders_where(tree, "**/[0-9]*.sql", |file| tree.text(file).contains("-- migrate:up"))
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter_map(|file| {
                let (version, rest) = leading_digits(name(file))?;
                let title = words(rest.strip_suffix(".sql")?);
                Some(Listed { id: version.to_owned(), title, file: file.clone(), order: by_number(version) })
            })
            .collect();
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
            tool: Some(Tool::Dbmate),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "dbmate keeps no checksum: whether an applied file was edited can't be told from the history"
                    .to_owned(),
            ],
        }
    }
}
