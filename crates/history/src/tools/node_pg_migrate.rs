//! node-pg-migrate: `migrations/<number>_<name>.{js,ts,sql,…}`; the table has a row a name, without the ending.
//!
//! - Files in the order of their numbers (`src/migration.ts`, `loadMigrations`; `getNumericPrefix`).
//! - `checkOrder`: the names that ran and the names of the files must be the same from the first on; a late file and a missing one both
//!   stop a run (`src/runner.ts`).

use crate::linear::{Gone, Late, Listed, Order, Recorded, compare};
use crate::model::History;
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{leading_digits, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use trueup_project::Tree;

/// The tool.
pub(crate) struct NodePgMigrate;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "pgmigrations",
    has: &["id", "name", "run_on"],
    lacks: &[],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "a run stops where a later file is there: not run migration is preceding already run migration",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}*'`",
        "DELETE FROM pgmigrations WHERE name = '{id}';  -- once what it made is gone from the schema",
    ],
};

const LATE: Late = Late::Stops(
    "`node-pg-migrate up` refuses: not run migration is preceding already run migration",
    &["rename it with a number after the newest", "npx node-pg-migrate up --no-check-order"],
);

impl Reader for NodePgMigrate {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders(tree, "**/migrations/[0-9]*.{js,ts,mjs,cjs,mts,cts,sql}")
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter(|file| !file.ends_with(".d.ts"))
            .filter_map(|file| {
                let (id, _) = name(file).rsplit_once('.')?;
                let title = leading_digits(id).and_then(|(_, rest)| words(rest));
                Some(Listed { order: order(id), id: id.to_owned(), title, file: file.clone() })
            })
            .collect();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| crate::database::text(row, "name"))
            .map(|id| Recorded::applied(id.clone(), order(&id)))
            .collect();
        let (migrations, faults) = compare(&files, &rows, &LATE, &GONE);
        History {
            tool: Some(Tool::NodePgMigrate),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec!["node-pg-migrate keeps no checksum: whether an applied file was edited can't be told from the history".to_owned()],
        }
    }
}

/// By the number in front; 17 digits are a time of day in UTC, and count as such among themselves.
fn order(id: &str) -> Order {
    let number = leading_digits(id).and_then(|(digits, _)| digits.parse().ok());
    (number.into_iter().collect(), id.to_owned())
}
