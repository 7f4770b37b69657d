//! Liquibase: change sets of a changelog, in SQL, XML, YAML or JSON; the table has a row for each that ran, and a lock beside it.
//!
//! - A change set is its id, its author and its file (`liquibase-standard/…/changelog/ChangeSet.java`); the file as the changelog names it, so
//!   that rows are matched by the end of their path. `logicalFilePath` stands for it where it is set.
//! - `md5sum` is over a normal form of each change that only Liquibase makes: it is not compared here.
//! - Late ones run as any other. A row without a change set is passed over in silence.
//! - `databasechangeloglock.locked`: a run is going on, or one ended without giving it back; every other one waits five minutes and stops.

use crate::database::{text, truth};
use crate::folder::{Kind, Script};
use crate::linear::{Gone, Late, Listed, Order, Recorded, compare};
use crate::model::{Fault, History, State};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{folder, name, resolve};
use crate::tool::Tool;
use quick_xml::events::Event;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Liquibase;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "databasechangelog",
    has: &["id", "author", "filename", "orderexecuted", "exectype"],
    lacks: &[],
    also: &[
        "dateexecuted",
        "md5sum",
        "description",
        "comments",
        "tag",
        "liquibase",
        "contexts",
        "labels",
        "deployment_id",
    ],
    shape: true,
}];

const GONE: Gone = Gone {
    says: "`liquibase update` and `liquibase status` say nothing of it; `liquibase unexpected-change-sets` lists it",
    ways_out: &[
        "check out the branch that has it, or restore it in its changelog",
        "DELETE its row from databasechangelog, once what it made is gone from the schema",
    ],
};

/// A change set of a file.
struct ChangeSet {
    id: String,
    author: String,
    /// The file, or what the changelog says instead.
    file: String,
    logical: Option<String>,
}

/// What one changelog has: change sets and other files, in order.
enum Entry {
    Set(ChangeSet),
    /// A file, from the project's folder or from this one.
    Include(String, bool),
    IncludeAll(String, bool),
}

/// No chain of files is longer.
const DEEPEST: usize = 50;

impl Reader for Liquibase {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let named = tree.matching("**/*changelog*.{xml,yaml,yml,json,sql}");
        let formatted = tree.matching("**/*.sql").into_iter().filter(|file| is_formatted(&tree.text(file)));
        let all: BTreeSet<&str> = named.into_iter().chain(formatted).collect();
        if all.is_empty() {
            return Vec::new();
        }
        // Those that no other includes are where a run begins.
        let included: BTreeSet<String> = all.iter().flat_map(|file| includes(file, tree)).collect();
        let roots: Vec<String> =
            all.iter().filter(|file| !included.contains(**file)).map(|file| (*file).to_owned()).collect();
        let files = if roots.is_empty() { all.into_iter().map(str::to_owned).collect() } else { roots };
        let home = files.first().map(|file| folder(file).to_owned()).unwrap_or_default();
        vec![Site { folder: home, files, table: Configured::Usual, configuration: None }]
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let (mut sets, mut faults) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for file in &site.files {
            collect(file, within.tree, &mut seen, &mut sets, &mut faults, 0);
        }
        let recorded: Vec<(String, &crate::Row)> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| Some((format!("{}:{}", text(row, "author")?, text(row, "id")?), row)))
            .collect();
        let id = |set: &ChangeSet| {
            let short = format!("{}:{}", set.author, set.id);
            let alike = sets.iter().filter(|other| other.id == set.id && other.author == set.author).count();
            if alike > 1 { format!("{}::{short}", set.logical.as_ref().unwrap_or(&set.file)) } else { short }
        };
        let files: Vec<Listed> = sets
            .iter()
            .enumerate()
            .map(|(at, set)| Listed { id: id(set), title: None, file: set.file.clone(), order: order(at) })
            .collect();
        let rows: Vec<Recorded> = recorded
            .iter()
            .map(|(short, row)| {
                let at = sets
                    .iter()
                    .position(|set| format!("{}:{}", set.author, set.id) == *short && same_file(set, row));
                let failed = text(row, "exectype").as_deref() == Some("FAILED");
                Recorded {
                    id: at.and_then(|at| files.get(at)).map_or_else(|| short.clone(), |file| file.id.clone()),
                    title: None,
                    order: order(at.unwrap_or(usize::MAX)),
                    state: if failed { State::Failed } else { State::Applied },
                }
            })
            .collect();
        for row in rows.iter().filter(|row| row.state == State::Failed) {
            faults.push(
                Fault::new(Code::M103, row.id.clone(), format!("change set {} failed", row.id))
                    .why("Liquibase records it and goes on where `failOnError` is false")
                    .way("mend it and run `liquibase update` again"),
            );
        }
        let (migrations, more) = compare(&files, &rows, &Late::Runs, &GONE);
        faults.extend(more);
        let lock =
            within.table.map(|table| format!("{}lock", table.name)).and_then(|name| within.beside(&name));
        if let Some(row) =
            lock.and_then(|lock| lock.rows().iter().find(|row| truth(row, "locked") == Some(true)))
        {
            let who = text(row, "lockedby").unwrap_or_else(|| "somebody".to_owned());
            let since = text(row, "lockgranted").map(|since| format!(" since {since}")).unwrap_or_default();
            faults.push(
                Fault::new(Code::M112, "databasechangeloglock", format!("the changelog is locked by {who}{since}"))
                    .why("a run is going on, or one ended without giving the lock back; every other one waits and stops")
                    .way("liquibase release-locks, once no run goes on"),
            );
        }
        History {
            tool: Some(Tool::Liquibase),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec!["Liquibase's checksums are over a form that it alone makes: whether an applied change set was edited is told by `liquibase validate`".to_owned()],
        }
    }
}

fn order(at: usize) -> Order {
    (vec![at as u128], String::new())
}

/// Whether a row's file is this one: paths begin where the tool was run, or in a class path.
fn same_file(set: &ChangeSet, row: &crate::Row) -> bool {
    let plain = |path: &str| {
        path.replace('\\', "/")
            .trim_start_matches("classpath:")
            .trim_start_matches("./")
            .trim_start_matches('/')
            .to_owned()
    };
    let (mine, theirs) =
        (plain(set.logical.as_ref().unwrap_or(&set.file)), plain(&text(row, "filename").unwrap_or_default()));
    mine == theirs || mine.ends_with(&format!("/{theirs}")) || theirs.ends_with(&format!("/{mine}"))
}

pub(crate) fn is_formatted(text: &str) -> bool {
    let first =
        text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    comment(first).is_some_and(|rest| rest.to_lowercase().starts_with("liquibase formatted sql"))
}

fn comment(line: &str) -> Option<&str> {
    line.trim().strip_prefix("--").map(str::trim_start)
}

fn collect(
    file: &str,
    tree: &Tree,
    seen: &mut BTreeSet<String>,
    sets: &mut Vec<ChangeSet>,
    faults: &mut Vec<Fault>,
    depth: usize,
) {
    if depth > DEEPEST || !seen.insert(file.to_owned()) {
        return;
    }
    match entries(file, tree) {
        Err(what) => faults.push(
            Fault::new(Code::M115, file, format!("{file} can't be read: {what}"))
                .why("which change sets it has can't be told")
                .at(file, None),
        ),
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Entry::Set(set) => sets.push(set),
                    Entry::Include(path, relative) => match find(file, &path, relative, tree) {
                        Some(found) => collect(&found, tree, seen, sets, faults, depth + 1),
                        None => faults.push(
                            Fault::new(
                                Code::M115,
                                file,
                                format!("{file} includes {path}, which is not there"),
                            )
                            .why("which change sets it has can't be told")
                            .at(file, None),
                        ),
                    },
                    Entry::IncludeAll(path, relative) => {
                        for found in find_all(file, &path, relative, tree) {
                            collect(&found, tree, seen, sets, faults, depth + 1);
                        }
                    }
                }
            }
        }
    }
}

fn includes(file: &str, tree: &Tree) -> Vec<String> {
    entries(file, tree)
        .unwrap_or_default()
        .into_iter()
        .flat_map(|entry| match entry {
            Entry::Set(_) => Vec::new(),
            Entry::Include(path, relative) => find(file, &path, relative, tree).into_iter().collect(),
            Entry::IncludeAll(path, relative) => find_all(file, &path, relative, tree),
        })
        .collect()
}

/// A file that a changelog includes: from its own folder, or by a path from some folder of resources.
fn find(from: &str, path: &str, relative: bool, tree: &Tree) -> Option<String> {
    let path = path.trim_start_matches("classpath:").trim_start_matches('/');
    let here = resolve(folder(from), path).filter(|path| tree.has(path));
    let elsewhere =
        || tree.files().find(|file| *file == path || file.ends_with(&format!("/{path}"))).map(str::to_owned);
    if relative { here } else { here.or_else(elsewhere) }
}

fn find_all(from: &str, path: &str, relative: bool, tree: &Tree) -> Vec<String> {
    let path = path.trim_start_matches("classpath:").trim_matches('/');
    let below = |top: &str| -> Vec<String> {
        let changelog = |file: &&str| {
            matches!(name(file).rsplit_once('.'), Some((_, "sql" | "xml" | "yaml" | "yml" | "json")))
        };
        tree.below(top).filter(changelog).map(str::to_owned).collect()
    };
    let here = resolve(folder(from), path).map(|top| below(&top)).unwrap_or_default();
    if relative || !here.is_empty() {
        return here;
    }
    tree.folders()
        .find(|top| *top == path || top.ends_with(&format!("/{path}")))
        .map(below)
        .unwrap_or_default()
}

fn entries(file: &str, tree: &Tree) -> Result<Vec<Entry>, String> {
    let bytes = tree.bytes(file)?;
    let text = String::from_utf8_lossy(&bytes);
    match name(file).rsplit_once('.').map_or("", |(_, ending)| ending) {
        "sql" => Ok(formatted(file, &text)),
        "xml" => xml(file, &text),
        "json" => {
            serde_json::from_str(&text).map(|value| tree_of(file, &value)).map_err(|error| error.to_string())
        }
        _ => serde_saphyr::from_str::<Value>(&text)
            .map(|value| tree_of(file, &value))
            .map_err(|error| error.to_string()),
    }
}

/// `--changeset author:id attribute:value`.
fn formatted(file: &str, text: &str) -> Vec<Entry> {
    let mut logical = None;
    let mut out = Vec::new();
    if !is_formatted(text) {
        // A plain file of an `includeAll` is one change set, which the tool names itself.
        return vec![Entry::Set(ChangeSet {
            id: "raw".to_owned(),
            author: "includeAll".to_owned(),
            file: file.to_owned(),
            logical,
        })];
    }
    for line in text.lines() {
        let Some(rest) = comment(line) else { continue };
        let word = rest.split_whitespace().next().unwrap_or_default();
        let attribute = |key: &str| {
            rest.split_whitespace()
                .find_map(|word| word.strip_prefix(key).map(|value| value.trim_matches('"').to_owned()))
        };
        if word.eq_ignore_ascii_case("liquibase") {
            logical = attribute("logicalFilePath:");
        } else if word.eq_ignore_ascii_case("changeset") {
            let named = rest.get(word.len()..).unwrap_or_default().trim_start();
            let Some((author, rest)) = named.split_once(':') else { continue };
            let id = rest.split_whitespace().next().unwrap_or_default();
            out.push(Entry::Set(ChangeSet {
                id: id.trim_matches('"').to_owned(),
                author: author.trim_matches('"').to_owned(),
                file: file.to_owned(),
                logical: attribute("logicalFilePath:").or_else(|| logical.clone()),
            }));
        } else if word.eq_ignore_ascii_case("include")
            && let Some(path) = attribute("file:")
        {
            let relative = attribute("relativeToChangelogFile:").as_deref() == Some("true");
            out.push(Entry::Include(path, relative));
        }
    }
    out
}

fn xml(file: &str, text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut out, mut logical) = (Vec::new(), None);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(element) | Event::Empty(element) => {
                let attribute = |key: &str| {
                    let found = element
                        .attributes()
                        .flatten()
                        .find(|attribute| attribute.key.local_name().as_ref() == key)?;
                    Some(found.value.into_owned())
                };
                let relative = attribute("relativeToChangelogFile").as_deref() == Some("true");
                match element.name().local_name().as_ref() {
                    "databaseChangeLog" => logical = attribute("logicalFilePath"),
                    "changeSet" => out.push(Entry::Set(ChangeSet {
                        id: attribute("id").unwrap_or_default(),
                        author: attribute("author").unwrap_or_default(),
                        file: file.to_owned(),
                        logical: attribute("logicalFilePath").or_else(|| logical.clone()),
                    })),
                    "include" => out.extend(attribute("file").map(|path| Entry::Include(path, relative))),
                    "includeAll" => {
                        out.extend(attribute("path").map(|path| Entry::IncludeAll(path, relative)))
                    }
                    _ => {}
                }
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// A changelog of JSON or YAML: `databaseChangeLog` is a list of objects with one key each.
fn tree_of(file: &str, value: &Value) -> Vec<Entry> {
    let mut out = Vec::new();
    let mut logical = None;
    for entry in value.get("databaseChangeLog").and_then(Value::as_array).into_iter().flatten() {
        let word = |value: &Value, key: &str| match value.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Bool(truth)) => Some(truth.to_string()),
            _ => None,
        };
        if let Some(path) = word(entry, "logicalFilePath") {
            logical = Some(path);
        }
        if let Some(set) = entry.get("changeSet") {
            out.push(Entry::Set(ChangeSet {
                id: word(set, "id").unwrap_or_default(),
                author: word(set, "author").unwrap_or_default(),
                file: file.to_owned(),
                logical: word(set, "logicalFilePath").or_else(|| logical.clone()),
            }));
        }
        let relative = |value: &Value| word(value, "relativeToChangelogFile").as_deref() == Some("true");
        if let Some(include) = entry.get("include") {
            out.extend(word(include, "file").map(|path| Entry::Include(path, relative(include))));
        }
        if let Some(include) = entry.get("includeAll") {
            out.extend(word(include, "path").map(|path| Entry::IncludeAll(path, relative(include))));
        }
    }
    out
}

/// Gives each change set of a formatted file its lines, and takes out those for other servers. The text says how many those were.
pub(crate) fn change_sets(scripts: &mut Vec<Script>, tree: &Tree) -> Option<String> {
    let mut sets: BTreeMap<String, std::vec::IntoIter<(Range<usize>, bool)>> = BTreeMap::new();
    let mut others = 0_usize;
    scripts.retain_mut(|script| {
        let (file, kind) = (&script.file, &mut script.kind);
        let Kind::Sql(lines) = kind else { return true };
        let of_file = || {
            let text = tree
                .bytes(file)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default();
            if is_formatted(&text) { stretches(&text) } else { Vec::new() }
        };
        match sets.entry(file.clone()).or_insert_with(|| of_file().into_iter()).next() {
            None => true,
            Some((stretch, ours)) => {
                *lines = Some(stretch);
                others += usize::from(!ours);
                ours
            }
        }
    });
    (others > 0).then(|| format!("{others} change sets are for another sort of server"))
}

/// The lines of each change set, and whether PostgreSQL runs it.
fn stretches(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut out: Vec<(Range<usize>, bool)> = Vec::new();
    let end = text.lines().count();
    for (at, line) in text.lines().enumerate() {
        let Some(rest) = comment(line) else { continue };
        let word = rest.split_whitespace().next().unwrap_or_default();
        if !word.eq_ignore_ascii_case("changeset") || !rest.contains(':') {
            continue;
        }
        if let Some((last, _)) = out.last_mut() {
            last.end = at;
        }
        let servers = rest.split_whitespace().find_map(|word| word.strip_prefix("dbms:"));
        out.push((at..end, servers.is_none_or(is_for_postgresql)));
    }
    out
}

/// `postgresql,h2`, `!oracle`, `all`.
fn is_for_postgresql(servers: &str) -> bool {
    let servers: Vec<&str> = servers.trim_matches('"').split(',').map(str::trim).collect();
    if servers.contains(&"!postgresql") || servers.contains(&"none") {
        return false;
    }
    servers.iter().any(|server| matches!(*server, "postgresql" | "all" | ""))
        || servers.iter().all(|server| server.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_sets_have_their_lines_and_their_servers() {
        let text = "--liquibase formatted sql\n--changeset a:1\nA;\n--rollback B;\n-- changeset a:2 dbms:h2\nC;\n--changeset a:3 dbms:!oracle\nD;";
        assert_eq!(stretches(text), [(1..4, true), (4..6, false), (6..8, true)]);
        assert!(
            is_for_postgresql("postgresql,h2")
                && !is_for_postgresql("!postgresql")
                && is_for_postgresql("all")
        );
    }
}
