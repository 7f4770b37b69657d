//! refinery: `V<number>__<name>.sql` (and `U…` for those without an order); the table has a row a version with a SipHash.
//!
//! - Files: `^([UV])(\d+(?:\.\d+)?)__(\w+)` (`refinery_core/src/util.rs`). Rust files compute their SQL: nothing is held against theirs.
//! - A row whose file is gone, another name or another text, and a `V` file that is late, each stop a run (`traits/mod.rs`,
//!   `verify_migrations`).

use crate::database::text;
use crate::digest::refinery;
use crate::linear::{Gone, Late, Listed, Recorded, compare, edited};
use crate::model::{Fault, History, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_number, leading_digits, name, plain_number, words};
use crate::tool::Tool;
use crate::tools::sql;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Refinery;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "refinery_schema_history",
    has: &["version", "name", "applied_on", "checksum"],
    lacks: &["installed_rank"],
    also: &[],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "a run stops: migration is missing from the filesystem",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}__*'`",
        "set_abort_missing(false), where the file belongs to another branch",
    ],
};

const LATE: Late = Late::Stops(
    "a run stops: migration is missing, since its version is not greater than the newest that ran",
    &["give the file a number after the newest", "or let its name begin with U, for one without an order"],
);

impl Reader for Refinery {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        sql::folders(tree, "**/[UV][0-9]*__*.{sql,rs}")
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
                let state = match files.iter().find(|file| file.id == id) {
                    Some(file) => state(row, file, within.tree, &mut faults),
                    None => State::Applied,
                };
                Some(Recorded { order: by_number(&id), title: text(row, "name"), id, state })
            })
            .collect();
        // Those without an order may come late.
        let (ordered, free): (Vec<Listed>, Vec<Listed>) =
            files.into_iter().partition(|file| name(&file.file).starts_with('V'));
        let ids: Vec<&str> = free.iter().map(|file| file.id.as_str()).collect();
        let of_ordered: Vec<Recorded> =
            rows.iter().filter(|row| !ids.contains(&row.id.as_str())).cloned().collect();
        let of_free: Vec<Recorded> =
            rows.iter().filter(|row| ids.contains(&row.id.as_str())).cloned().collect();
        let (mut migrations, more) = compare(&ordered, &of_ordered, &LATE, &GONE);
        faults.extend(more);
        let (others, more) = compare(&free, &of_free, &Late::Runs, &GONE);
        faults.extend(more);
        migrations.extend(others);
        migrations.sort_by_key(|migration| by_number(&migration.id));
        History {
            tool: Some(Tool::Refinery),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: Vec::new(),
        }
    }
}

fn listed(file: &str) -> Option<Listed> {
    let stem = name(file).strip_suffix(".sql").or_else(|| name(file).strip_suffix(".rs"))?;
    let (version, rest) = leading_digits(stem.get(1..)?)?;
    let title = rest.strip_prefix("__")?;
    let id = plain_number(version).to_owned();
    Some(Listed { order: by_number(&id), id, title: words(title), file: file.to_owned() })
}

fn state(row: &crate::Row, file: &Listed, tree: &Tree, faults: &mut Vec<Fault>) -> State {
    if !file.file.ends_with(".sql") {
        return State::Applied;
    }
    let text_of_file =
        tree.bytes(&file.file).and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    let sql = match text_of_file {
        Ok(sql) => sql,
        Err(error) => {
            faults.push(
                Fault::new(Code::M115, file.id.clone(), format!("{} can't be read: {error}", file.file))
                    .at(file.file.clone(), None),
            );
            return State::Unknown;
        }
    };
    let title = name(&file.file).split_once("__").map_or("", |(_, title)| title.trim_end_matches(".sql"));
    let version: i64 = file.id.parse().unwrap_or(i64::MAX);
    let wanted = text(row, "checksum").unwrap_or_default();
    if [false, true].iter().any(|wide| refinery(title, version, &sql, *wide).to_string() == wanted) {
        return State::Applied;
    }
    let how = match text(row, "name") {
        Some(before) if before != title => {
            format!("its name was {before} when it ran, and its checksum is over name, version and text")
        }
        _ => "the checksum over its name, version and text is not the one that was recorded when it ran"
            .to_owned(),
    };
    faults.push(
        edited(&file.id, &file.file, how)
            .why("a run stops: applied migration is different than filesystem one")
            .way(format!(
                "restore the file as it ran, and put the change into a new migration: `git log -- {}`",
                file.file
            )),
    );
    State::Edited
}
