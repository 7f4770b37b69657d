//! Flyway: `V<version>__<name>.sql` once, `R__<name>.sql` whenever it changes; the table has a row for each time one ran.
//!
//! - Versions are compared part by part as numbers, `.` and `_` parting them (`core/api/MigrationVersion.java`).
//! - `checksum`: see [`crate::digest::flyway`]; another one fails `validate`. Of a repeatable one it means that it will run again.
//! - `success` false: a failed migration; `migrate` refuses until `repair`.
//! - `BASELINE` stands for all versions up to its own; `DELETE` takes a row back that `repair` found without a file; `UNDO_SQL` likewise;
//!   `SCHEMA` is a marker (`core/extensibility/…/CoreMigrationType.java`, `core/internal/info/MigrationInfoImpl.java`).
//! - A late file is *ignored*, which fails `validate`, unless `outOfOrder`.

use crate::database::{number, text, truth};
use crate::digest::flyway;
use crate::linear::{Gone, Late, Listed, Order, Recorded, compare, edited};
use crate::model::{Fault, History, Migration, State};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::settings::entries;
use crate::text::{folder, name, words};
use crate::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Flyway;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "flyway_schema_history",
    has: &["installed_rank", "version", "type", "script", "checksum", "success"],
    lacks: &[],
    also: &["description", "installed_by", "installed_on", "execution_time"],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`flyway validate` and `flyway migrate` stop: detected applied migration not resolved locally; a version after the newest file is passed over",
    ways_out: &[
        "check out the branch that has it, or restore it: `git log --all -- '*V{id}__*'`",
        "flyway repair, which marks it as deleted, once what it made is gone from the schema",
    ],
};

const LATE: Late = Late::Stops(
    "`flyway validate` and `flyway migrate` stop: detected resolved migration not applied to database",
    &["give it a version after the newest", "flyway migrate -outOfOrder=true"],
);

/// What the configuration says, with the keys of Flyway itself; Spring's are the same behind `spring.`.
#[derive(Default)]
struct Settings {
    table: Option<String>,
    schema: Option<String>,
    out_of_order: bool,
    file: Option<String>,
}

impl Reader for Flyway {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let files: Vec<&str> = tree
            .matching("**/[VRB]*__*.{sql,java,kt}")
            .into_iter()
            .filter(|file| !file.contains("/test/") && parts(name(file)).is_some())
            .collect();
        let mut tops: BTreeSet<&str> = files.iter().map(|file| folder(file)).collect();
        // A location is read with all below it.
        let all = tops.clone();
        tops.retain(|top| {
            !all.iter()
                .any(|other| other != top && (other.is_empty() || top.starts_with(&format!("{other}/"))))
        });
        for file in files {
            let home = folder(file);
            if let Some(top) = tops
                .iter()
                .find(|top| home == **top || top.is_empty() || home.starts_with(&format!("{top}/")))
            {
                found.entry(top).or_default().push(file);
            }
        }
        let settings = Settings::of(tree);
        let table = match (settings.schema, settings.table) {
            (None, None) => Configured::Usual,
            (schema, name) => Configured::Named { schema, name },
        };
        found
            .into_iter()
            .map(|(top, files)| Site {
                folder: top.to_owned(),
                files: files.into_iter().map(str::to_owned).collect(),
                table: table.clone(),
                configuration: settings.file.clone(),
            })
            .collect()
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut faults = Vec::new();
        let rows = within.table.map(crate::Table::rows).unwrap_or_default();
        let mut by_rank: Vec<&crate::Row> = rows.iter().collect();
        by_rank.sort_by_key(|row| number(row, "installed_rank"));
        let files: Vec<Listed> = site.files.iter().filter_map(|file| listed(file)).collect();
        let baseline = by_rank
            .iter()
            .filter(|row| {
                matches!(text(row, "type").as_deref(), Some("BASELINE" | "SQL_BASELINE" | "JDBC_BASELINE"))
            })
            .filter_map(|row| text(row, "version"))
            .map(|version| order(&version))
            .max();
        let rows = versions(&by_rank, &files, within.tree, &mut faults);
        // What a baseline stands for never runs; a baseline's own file stands for it.
        let covered = |file: &Listed| {
            baseline
                .as_ref()
                .is_some_and(|baseline| file.order <= *baseline && !rows.iter().any(|row| row.id == file.id))
                || name(&file.file).starts_with('B')
        };
        let (below, versioned): (Vec<Listed>, Vec<Listed>) = files.into_iter().partition(covered);
        let late = if Settings::of(within.tree).out_of_order { Late::Runs } else { LATE };
        let (mut migrations, more) = compare(&versioned, &rows, &late, &GONE);
        faults.extend(more);
        migrations.extend(below.into_iter().map(|file| Migration {
            id: file.id,
            title: file.title,
            state: State::Covered,
            file: Some(file.file),
            after: Vec::new(),
            head: false,
        }));
        migrations.sort_by_key(|migration| order(&migration.id));
        migrations.extend(repeatable(site, &by_rank, within.tree, &mut faults));
        History {
            tool: Some(Tool::Flyway),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: Vec::new(),
        }
    }
}

impl Settings {
    fn of(tree: &Tree) -> Self {
        let mut out = Settings::default();
        let mut say = |key: &str, value: &str, file: &str| {
            let value = value.trim_matches(['"', '\'']).to_owned();
            match key {
                "table" => out.table = Some(value),
                "defaultschema" => out.schema = Some(value),
                "outoforder" => out.out_of_order = value == "true",
                _ => return,
            }
            out.file = Some(file.to_owned());
        };
        for file in tree.matching("**/{flyway.conf,flyway.toml,application.properties}") {
            for (section, key, value) in entries(&tree.text(file)) {
                let own = match (
                    section.as_str(),
                    key.strip_prefix("spring.").unwrap_or(&key).strip_prefix("flyway."),
                ) {
                    (_, Some(key)) => key,
                    ("flyway", None) => key.as_str(),
                    _ => continue,
                };
                say(&own.to_lowercase().replace(['-', '_'], ""), &value, file);
            }
        }
        out
    }
}

/// The letter, the version and the description of a file's name.
fn parts(file: &str) -> Option<(char, &str, &str)> {
    let (stem, _) = file.rsplit_once('.')?;
    let letter = stem.chars().next()?;
    let (version, description) = stem.get(1..)?.split_once("__")?;
    let fits = match letter {
        'R' => version.is_empty(),
        _ => {
            version.starts_with(|c: char| c.is_ascii_digit())
                && version.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))
        }
    };
    fits.then_some((letter, version, description))
}

fn listed(file: &str) -> Option<Listed> {
    let (letter, version, description) = parts(name(file))?;
    if letter == 'R' {
        return None;
    }
    // As the table has it: `1_2` is `1.2`.
    let id = version.replace('_', ".");
    Some(Listed { order: order(&id), id, title: words(description), file: file.to_owned() })
}

/// Numbers, without zeros at the end: `1.0` is `1`.
fn order(version: &str) -> Order {
    let mut numbers: Vec<u128> = version.split(['.', '_']).map(|part| part.parse().unwrap_or(0)).collect();
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    (numbers, String::new())
}

/// The rows of versions that count, each with the state that it and its file give.
fn versions(rows: &[&crate::Row], files: &[Listed], tree: &Tree, faults: &mut Vec<Fault>) -> Vec<Recorded> {
    let mut out: BTreeMap<Order, Recorded> = BTreeMap::new();
    for row in rows {
        let Some(version) = text(row, "version") else { continue };
        let kind = text(row, "type").unwrap_or_default();
        if kind == "DELETE" || kind.starts_with("UNDO") {
            out.remove(&order(&version));
            continue;
        }
        if matches!(kind.as_str(), "SCHEMA" | "BASELINE" | "SQL_BASELINE" | "JDBC_BASELINE") {
            continue;
        }
        let file =
            files.iter().find(|file| file.order == order(&version) && name(&file.file).starts_with('V'));
        let id = file.map_or_else(|| version.clone(), |file| file.id.clone());
        let state = state(&id, row, file, tree, faults);
        let title = text(row, "description").and_then(|title| words(&title));
        out.insert(order(&version), Recorded { id, title, order: order(&version), state });
    }
    out.into_values().collect()
}

fn state(id: &str, row: &crate::Row, file: Option<&Listed>, tree: &Tree, faults: &mut Vec<Fault>) -> State {
    if truth(row, "success") == Some(false) {
        let fault = failed(id, text(row, "script").as_deref().unwrap_or_default());
        faults.push(match file {
            Some(file) => fault.at(file.file.clone(), None),
            None => fault,
        });
        return State::Failed;
    }
    // Java's have none, and nor has what a baseline made.
    let (Some(file), Some(wanted)) =
        (file.filter(|file| file.file.ends_with(".sql")), number(row, "checksum"))
    else {
        return State::Applied;
    };
    match tree.bytes(&file.file) {
        Ok(bytes) if i64::from(flyway(&bytes)) == wanted => State::Applied,
        Ok(bytes) => {
            faults.push(
                edited(
                    id,
                    &file.file,
                    format!(
                        "the checksum of its file is {}, and {wanted} was recorded when it ran",
                        flyway(&bytes)
                    ),
                )
                .why("`flyway validate` and `flyway migrate` stop: migration checksum mismatch")
                .way(format!(
                    "restore the file as it ran, and put the change into a new migration: `git log -- {}`",
                    file.file
                ))
                .way("flyway repair, where the schema is what the file says now"),
            );
            State::Edited
        }
        Err(error) => {
            faults.push(
                Fault::new(Code::M115, id, format!("{} can't be read: {error}", file.file))
                    .at(file.file.clone(), None),
            );
            State::Unknown
        }
    }
}

fn failed(id: &str, script: &str) -> Fault {
    Fault::new(Code::M103, id, format!("migration {id} failed"))
        .why(format!("{script} did not run to its end; a part of it may have been done"))
        .why("`flyway migrate` refuses: detected failed migration")
        .way("undo what it did, then `flyway repair`, which takes the row away, and `flyway migrate`")
}

/// Those that run whenever they change, by the description that the table knows them by.
fn repeatable(site: &Site, rows: &[&crate::Row], tree: &Tree, faults: &mut Vec<Fault>) -> Vec<Migration> {
    let mut out = Vec::new();
    let mut known = BTreeSet::new();
    for file in &site.files {
        let Some(('R', _, description)) = parts(name(file)) else { continue };
        let description = words(description).unwrap_or_default();
        known.insert(description.clone());
        let last = rows.iter().rev().find(|row| {
            text(row, "version").is_none() && text(row, "description").as_deref() == Some(&description)
        });
        let deleted = last.is_some_and(|row| text(row, "type").as_deref() == Some("DELETE"));
        let state = match last.filter(|_| !deleted) {
            None => State::Pending,
            Some(row) if truth(row, "success") == Some(false) => {
                faults.push(failed(&format!("R {description}"), name(file)).at(file.clone(), None));
                State::Failed
            }
            Some(row) => match (tree.bytes(file), number(row, "checksum")) {
                (Ok(bytes), Some(wanted))
                    if file.ends_with(".sql") && i64::from(flyway(&bytes)) != wanted =>
                {
                    State::Pending
                }
                _ => State::Applied,
            },
        };
        out.push(Migration {
            id: format!("R {description}"),
            title: None,
            state,
            file: Some(file.clone()),
            after: Vec::new(),
            head: false,
        });
    }
    let mut gone: BTreeMap<String, bool> = BTreeMap::new();
    for row in rows.iter().filter(|row| text(row, "version").is_none()) {
        let description = text(row, "description").unwrap_or_default();
        let kind = text(row, "type").unwrap_or_default();
        if kind != "SCHEMA" && !known.contains(&description) {
            gone.insert(description, kind != "DELETE");
        }
    }
    for (description, _) in gone.into_iter().filter(|(_, there)| *there) {
        let id = format!("R {description}");
        faults.push(
            Fault::new(
                Code::M107,
                id.clone(),
                format!("repeatable migration {description} is applied, and its file is missing"),
            )
            .why(GONE.says)
            .way("restore its file, or `flyway repair`, which marks it as deleted"),
        );
        out.push(Migration {
            id,
            title: None,
            state: State::MissingFile,
            file: None,
            after: Vec::new(),
            head: false,
        });
    }
    out
}

/// The repeatable ones that ran at some time, as an older text where they are pending again.
pub(crate) fn ran_once(table: Option<&crate::Table>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut rows: Vec<&crate::Row> = table.map(crate::Table::rows).unwrap_or_default().iter().collect();
    rows.sort_by_key(|row| number(row, "installed_rank"));
    for row in rows.into_iter().filter(|row| text(row, "version").is_none()) {
        let id = format!("R {}", text(row, "description").unwrap_or_default());
        if text(row, "type").as_deref() == Some("DELETE") {
            out.remove(&id);
        } else if truth(row, "success") != Some(false) {
            out.insert(id);
        }
    }
    out
}
