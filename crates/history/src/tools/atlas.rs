//! Atlas: `<version>_<name>.sql` and `atlas.sum`; the table has a row a version with a sum, and how many of its statements ran.
//!
//! - A file's sum is SHA-256 over the names and texts of all files up to it; `atlas.sum` lists them below a sum of the list
//!   (`sql/migrate/dir.go`, `NewHashFile`). Every command stops where it does not fit the files.
//! - `applied` below `total`, or an `error`: the file ran in part; the next run goes on inside it (`sql/migrate/migrate.go`, `Executor`).
//! - A late file stops `migrate apply` (`--exec-order linear`, the default).

use crate::database::{is_set, number, text};
use crate::digest::Atlas as Sums;
use crate::linear::{Gone, Late, Listed, Recorded, compare, edited};
use crate::model::{Fault, History, State};
use crate::reader::{Known, Reader, Site, Within};
use crate::text::{by_name, join, name, words};
use crate::tool::Tool;
use crate::tools::sql;
use std::collections::BTreeMap;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Atlas;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "atlas_schema_revisions",
    has: &["version", "applied", "total", "hash"],
    lacks: &[],
    also: &[
        "description",
        "type",
        "executed_at",
        "execution_time",
        "error",
        "error_stmt",
        "partial_hashes",
        "operator_version",
    ],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "the database is ahead of these files; `atlas migrate status` shows it, `atlas migrate apply` says nothing",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*{id}*'`",
        "atlas migrate set VERSION --url \"$DATABASE_URL\", once the schema is what VERSION makes",
    ],
};

const LATE: Late = Late::Stops(
    "`atlas migrate apply` refuses: migration file was added out of order",
    &[
        "atlas migrate rebase {id}, which moves it to the end",
        "atlas migrate apply --exec-order non-linear --url \"$DATABASE_URL\"",
    ],
);

impl Reader for Atlas {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut sites = sql::folders(tree, "**/[0-9]*.sql");
        // Without its own file of sums a folder of numbered SQL is anybody's.
        sites.retain(|site| tree.has(&join(&site.folder, "atlas.sum")));
        sites
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut faults = Vec::new();
        let files: Vec<Listed> = site
            .files
            .iter()
            .filter(|file| !file.ends_with(".down.sql"))
            .filter_map(|file| {
                let stem = name(file).strip_suffix(".sql")?;
                let (id, title) = stem.split_once('_').map_or((stem, None), |(id, title)| (id, words(title)));
                Some(Listed { order: by_name(id), id: id.to_owned(), title, file: file.clone() })
            })
            .collect();
        let sums = sums(site, within.tree, &mut faults);
        let mut differs = false;
        let rows: Vec<Recorded> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| {
                // Atlas keeps a mark of its own among them.
                let id = text(row, "version").filter(|id| !id.starts_with('.'))?;
                let file = files.iter().find(|file| file.id == id);
                let state = state(&id, row, file, &sums, &mut differs, &mut faults);
                Some(Recorded {
                    order: by_name(&id),
                    title: text(row, "description").and_then(|t| words(&t)),
                    id,
                    state,
                })
            })
            .collect();
        let (migrations, more) = compare(&files, &rows, &LATE, &GONE);
        faults.extend(more);
        let remarks = if differs {
            vec!["a sum covers the files before it too: whether files after the first edited one were edited can't be told".to_owned()]
        } else {
            Vec::new()
        };
        History {
            tool: Some(Tool::Atlas),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks,
        }
    }
}

/// The sums of the files as they are; a fault where `atlas.sum` says otherwise.
fn sums(site: &Site, tree: &Tree, faults: &mut Vec<Fault>) -> BTreeMap<String, String> {
    let (mut sums, mut computed) = (Sums::default(), Vec::new());
    for file in &site.files {
        let text = match tree.bytes(file) {
            Ok(text) => text,
            Err(error) => {
                faults.push(
                    Fault::new(Code::M115, file.clone(), format!("{file} can't be read: {error}"))
                        .at(file.clone(), None),
                );
                return BTreeMap::new();
            }
        };
        let left_out = text.starts_with(b"-- atlas:sum ignore");
        if let Some(sum) = sums.next(name(file), (!left_out).then_some(text.as_slice())) {
            computed.push((name(file).to_owned(), sum));
        }
    }
    let path = join(&site.folder, "atlas.sum");
    let written: Vec<(String, String)> = tree
        .text(&path)
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit_once(" h1:"))
        .map(|(name, sum)| (name.to_owned(), sum.trim().to_owned()))
        .collect();
    if written != computed {
        let first = computed
            .iter()
            .find(|entry| !written.contains(entry))
            .or_else(|| written.iter().find(|entry| !computed.contains(entry)));
        let what = first.map_or("", |(name, _)| name.as_str());
        let line =
            written.iter().position(|(name, _)| name == what).and_then(|at| u32::try_from(at + 2).ok());
        faults.push(
            Fault::new(Code::M117, path.clone(), format!("{path} does not fit the files, from {what} on"))
                .why("every `atlas migrate` command stops: checksum mismatch")
                .at(path, line)
                .way("restore the file that was edited by hand; where the change is meant and has not run anywhere: `atlas migrate hash`"),
        );
    }
    computed.into_iter().collect()
}

fn state(
    id: &str,
    row: &crate::Row,
    file: Option<&Listed>,
    sums: &BTreeMap<String, String>,
    differs: &mut bool,
    faults: &mut Vec<Fault>,
) -> State {
    let (applied, total) = (number(row, "applied").unwrap_or(0), number(row, "total").unwrap_or(0));
    let error = text(row, "error").filter(|error| !error.is_empty());
    if applied < total || (is_set(row, "error") && error.is_some()) {
        let mut fault = Fault::new(
            Code::M103,
            id,
            format!("migration {id} stopped after {applied} of {total} statements"),
        );
        if let Some(error) = error {
            fault = fault.why(format!("it said: {}", error.chars().take(300).collect::<String>()));
        }
        faults.push(
            fault
                .why("the next `atlas migrate apply` goes on with the statement that failed")
                .way(
                    "mend that statement in its file, `atlas migrate hash`, then `atlas migrate apply` again",
                )
                .way(format!(
                    "atlas migrate set {id} --url \"$DATABASE_URL\", once what it lacks is done by hand"
                )),
        );
        return State::Failed;
    }
    let (Some(file), Some(wanted)) = (file, text(row, "hash")) else { return State::Applied };
    match sums.get(name(&file.file)) {
        // Every file after the first that differs differs too.
        Some(sum) if *sum != wanted && !*differs && !wanted.is_empty() => {
            *differs = true;
            faults.push(
                edited(id, &file.file, "the sum up to its file is not the one that was recorded when it ran")
                    .why("an edited file, or one that was put in before it, changes the sum")
                    .way(format!("restore the file as it ran, and put the change into a new migration: `git log -- {}`", file.file)),
            );
            State::Edited
        }
        Some(_) | None => State::Applied,
    }
}
