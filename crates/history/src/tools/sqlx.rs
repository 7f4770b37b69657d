//! sqlx: `<digits>_<name>.sql`, or pairs of `.up.sql` and `.down.sql`; the table has a row a version with the SHA-384 of the file.
//!
//! - Files and versions: `sqlx-core/src/migrate/source.rs`, `resolve_blocking`. The checksum is of the whole file, line endings included; of
//!   a pair it is of the `.up.sql` (`migration.rs`).
//! - `success` false is left only by a migration with `-- no-transaction`: every run stops (`MigrateError::Dirty`).
//! - A late file runs as any other. A row without a file stops every run (`VersionMissing`), unless `--ignore-missing`.

use crate::database::{text, truth};
use crate::digest::{line_endings, sha384};
use crate::linear::{Gone, Late, Listed, Recorded, compare, edited};
use crate::model::{Fault, History, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_number, leading_digits, name, plain_number, words};
use crate::tool::Tool;
use crate::tools::sql;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Sqlx;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "_sqlx_migrations",
    has: &["version", "description", "success", "checksum"],
    lacks: &["installed_rank"],
    also: &["installed_on", "execution_time"],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`sqlx migrate run` stops: migration was previously applied but is missing in the resolved migrations",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}_*'`",
        "sqlx migrate run --ignore-missing, where the file belongs to another branch",
    ],
};

impl Reader for Sqlx {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut sites = sql::folders(tree, "**/[0-9]*_*.sql");
        for site in &mut sites {
            site.files.retain(|file| !file.ends_with(".down.sql"));
        }
        sites.retain(|site| !site.files.is_empty());
        sites
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let files: Vec<Listed> = site.files.iter().filter_map(|file| listed(file)).collect();
        let mut faults = Vec::new();
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| {
                let id = text(row, "version")?;
                let file = files.iter().find(|file| file.id == id);
                let state = state(&id, row, file, within.tree, &mut faults);
                Some(Recorded { order: by_number(&id), title: text(row, "description"), id, state })
            })
            .collect();
        let (migrations, more) = compare(&files, &rows, &Late::Runs, &GONE);
        faults.extend(more);
        History {
            tool: Some(Tool::Sqlx),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: Vec::new(),
        }
    }
}

fn listed(file: &str) -> Option<Listed> {
    let (version, rest) = leading_digits(name(file))?;
    let title = rest.strip_prefix('_')?;
    let title = title.strip_suffix(".up.sql").or_else(|| title.strip_suffix(".sql"))?;
    let id = plain_number(version).to_owned();
    Some(Listed { order: by_number(&id), id, title: words(title), file: file.to_owned() })
}

fn state(id: &str, row: &crate::Row, file: Option<&Listed>, tree: &Tree, faults: &mut Vec<Fault>) -> State {
    if truth(row, "success") == Some(false) {
        let fault = Fault::new(Code::M103, id, format!("migration {id} began and did not end"))
            .why("`sqlx migrate run` stops: migration is partially applied; only one with `-- no-transaction` can be left so")
            .way(format!("undo what it did, then DELETE FROM _sqlx_migrations WHERE version = {id}; and run again"))
            .way(format!("or do what it lacks by hand, then UPDATE _sqlx_migrations SET success = true WHERE version = {id};"));
        faults.push(match file {
            Some(file) => fault.at(file.file.clone(), None),
            None => fault,
        });
        return State::Failed;
    }
    let Some(file) = file else { return State::Applied };
    let bytes = match tree.bytes(&file.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            faults.push(
                Fault::new(Code::M115, id, format!("{} can't be read: {error}", file.file))
                    .at(file.file.clone(), None),
            );
            return State::Unknown;
        }
    };
    // As `to_jsonb` prints bytes: `\x` and hexadecimal digits.
    let wanted = text(row, "checksum").unwrap_or_default();
    let wanted = wanted.trim_start_matches("\\x");
    if sha384(&bytes) == wanted {
        return State::Applied;
    }
    let how = if line_endings(&bytes).iter().any(|bytes| sha384(bytes) == wanted) {
        "only its line endings are others, which count: a `.gitattributes` line as `*.sql text eol=lf` keeps them"
    } else {
        "the SHA-384 of its file is not the one that was recorded when it ran"
    };
    faults.push(
        edited(id, &file.file, how)
            .why("`sqlx migrate run` stops: migration was previously applied but has been modified")
            .way(format!(
                "restore the file as it ran, and put the change into a new migration: `git log -- {}`",
                file.file
            )),
    );
    State::Edited
}
