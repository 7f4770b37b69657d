//! TypeORM: classes with `up` and `down`; the table has a row a class, with the time at the end of its name.
//!
//! - The name is the field `name` where it is set, else the class's; its last 13 characters are milliseconds since 1970 and give the order
//!   (`src/migration/MigrationExecutor.ts`, `getMigrations`).
//! - A late one runs as any other. A row without a class is passed over in silence.
//! - The table is `migrations` unless `migrationsTableName` says otherwise: it is known by its columns.

use crate::database::text;
use crate::javascript;
use crate::linear::{Gone, Late, Listed, Order, Recorded, compare};
use crate::model::History;
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::words;
use crate::tool::Tool;
use crate::tools::sql;
use trueup_project::Tree;

/// The tool.
pub(crate) struct TypeOrm;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "migrations",
    has: &["id", "timestamp", "name"],
    lacks: &["batch", "run_on", "checksum"],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`migration:run` and `migration:show` say nothing of it; `migration:revert` stops at it",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -S'{id}'`",
        "DELETE FROM migrations WHERE name = '{id}';  -- once what it made is gone from the schema",
    ],
};

impl Reader for TypeOrm {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut sites = sql::folders_where(tree, "**/{migrations,migration}/*.{js,ts,cjs,mjs}", |file| {
            let words = javascript::words(&tree.text(file));
            let has = |name: &str| words.contains(&javascript::Word::Name(name.to_owned()));
            has("up")
                && has("down")
                && javascript::classes(&words)
                    .iter()
                    .any(|(class, name)| stamp(name.as_ref().unwrap_or(class)).is_some())
        });
        let configurations =
            tree.matching("**/{ds,data-source,datasource,ormconfig,typeorm.config}*.{js,ts,json}");
        let named = configurations.iter().find_map(|file| {
            javascript::value(&javascript::words(&tree.text(file)), &["migrationsTableName"])
        });
        for site in &mut sites {
            site.table = match &named {
                Some(javascript::Value::Text(name)) => {
                    Configured::Named { schema: None, name: Some(name.clone()) }
                }
                Some(javascript::Value::Computed) => Configured::Computed,
                None => Configured::Usual,
            };
        }
        sites
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut files = Vec::new();
        for file in site.files.iter().filter(|file| !file.ends_with(".d.ts")) {
            for (class, name) in javascript::classes(&javascript::words(&within.tree.text(file))) {
                let id = name.unwrap_or(class);
                if stamp(&id).is_some() {
                    files.push(Listed {
                        order: order(&id),
                        title: words(id.get(..id.len() - 13).unwrap_or_default()),
                        id,
                        file: file.clone(),
                    });
                }
            }
        }
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| text(row, "name"))
            .map(|id| Recorded::applied(id.clone(), order(&id)))
            .collect();
        let (migrations, faults) = compare(&files, &rows, &Late::Runs, &GONE);
        History {
            tool: Some(Tool::TypeOrm),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec!["TypeORM keeps no checksum: whether an applied class was edited can't be told from the history".to_owned()],
        }
    }
}

/// The time at the end of a name.
fn stamp(id: &str) -> Option<u128> {
    let digits = id.get(id.len().checked_sub(13)?..)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

fn order(id: &str) -> Order {
    (stamp(id).into_iter().collect(), id.to_owned())
}
