//! Sequelize: files of `migrations`; the table has a row a file name.
//!
//! - The folder is `migrations-path` of `.sequelizerc`, else `migrations`; files end in js, cjs or ts (`sequelize-cli`, `core/migrator.js`).
//! - A late file runs as any other. A row without a file is passed over by `db:migrate`; undoing stops at it.

use crate::database::text;
use crate::javascript;
use crate::linear::{Gone, Late, Listed, Recorded, compare};
use crate::model::History;
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_name, leading_digits, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Sequelize;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "SequelizeMeta",
    has: &["name"],
    lacks: &["batch", "run_on", "version"],
    also: &[],
    shape: false,
}];

const GONE: Gone = Gone {
    says: "`db:migrate` says nothing of it; `db:migrate:undo` stops: unable to find migration",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}'`",
        "DELETE FROM \"SequelizeMeta\" WHERE name = '{id}';  -- once what it made is gone from the schema",
    ],
};

impl Reader for Sequelize {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders_where(tree, "**/{migrations,migration}/*.{js,cjs,ts}", |file| {
            javascript::words(&tree.text(file)).iter().any(|word| {
                *word == javascript::Word::Name("queryInterface".to_owned())
                    || *word == javascript::Word::Name("QueryInterface".to_owned())
            }) || tree.has(".sequelizerc")
                || sequelize_configuration(tree)
        })
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter(|file| !file.ends_with(".d.ts"))
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
        let (migrations, faults) = compare(&files, &rows, &Late::Runs, &GONE);
        History {
            tool: Some(Tool::Sequelize),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec!["Sequelize keeps no checksum: whether an applied file was edited can't be told from the history".to_owned()],
        }
    }
}

/// Its command line's configuration names a dialect for each environment.
fn sequelize_configuration(tree: &Tree) -> bool {
    tree.matching("**/config/config.{js,cjs,json}").iter().any(|file| tree.text(file).contains("dialect"))
}
