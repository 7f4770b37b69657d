//! Alembic: Python files that name the ones before them; the table holds the current heads alone.
//!
//! - Files: `*.py` of the folders in `version_locations`, else `versions` in `script_location`, of `alembic.ini` or of `[tool.alembic]` in
//!   `pyproject.toml` (`alembic/script/base.py`).
//! - A revision that another `depends_on` counts as its ancestor and has no row of its own (`alembic/script/revision.py`, `_real_heads`).
//! - Several rows are legal where several heads are applied; a row that is an ancestor of another is not (`OverlapError` on the next run).
//! - There is no checksum: an edit after the run can't be known from the history.

use crate::graph::Graph;
use crate::linear::{Gone, duplicate};
use crate::model::{Fault, History, Migration, State};
use crate::python::{self, Value};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::settings;
use crate::text::{folder, join, name, resolve};
use crate::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Alembic;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "alembic_version",
    has: &["version_num"],
    lacks: &[],
    also: &[],
    shape: true,
}];

/// A revision file.
struct Revision {
    id: String,
    title: Option<String>,
    file: String,
    line: u32,
    down: Vec<String>,
    depends: Vec<String>,
    labels: Vec<String>,
}

impl Reader for Alembic {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let mut places: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        for file in tree.matching("**/alembic.ini") {
            let text = tree.text(file);
            // One file may hold a section for each of several databases.
            let mut scripts = BTreeMap::new();
            for (section, key, value) in settings::entries(&text) {
                let entry: &mut (Option<String>, Option<String>) = scripts.entry(section).or_default();
                match key.as_str() {
                    "script_location" => entry.0 = Some(value),
                    "version_locations" => entry.1 = Some(value),
                    _ => {}
                }
            }
            for (script, versions) in scripts.into_values() {
                add(&mut places, file, script.as_deref(), versions.as_deref());
            }
        }
        for file in tree.matching("**/pyproject.toml") {
            let Ok(table) = tree.text(file).parse::<toml::Table>() else { continue };
            let alembic = table.get("tool").and_then(|tool| tool.get("alembic"));
            let script =
                alembic.and_then(|alembic| alembic.get("script_location")).and_then(toml::Value::as_str);
            add(&mut places, file, script, None);
        }
        if places.is_empty() {
            for file in tree.matching("**/versions/*.py") {
                if tree.text(file).contains("down_revision") {
                    let script = folder(folder(file)).to_owned();
                    places.entry(script.clone()).or_insert_with(|| (script, Vec::new()));
                }
            }
        }
        let mut out = Vec::new();
        for (script, (from, versions)) in places {
            let versions = if versions.is_empty() { vec![join(&script, "versions")] } else { versions };
            let is_one = |file: &&str| {
                versions.iter().any(|folder_of| folder(file) == folder_of)
                    && file.ends_with(".py")
                    && !name(file).starts_with("__init__")
                    && !name(file).starts_with(".#")
            };
            let files: Vec<String> = tree.files().filter(is_one).map(str::to_owned).collect();
            let environment = join(&script, "env.py");
            let table = if tree.has(&environment) {
                table(&tree.text(&environment), &environment)
            } else {
                Configured::Usual
            };
            // A configuration without files: the command would make the first one.
            if !files.is_empty() || tree.has(&environment) {
                out.push(Site { folder: script, files, table, configuration: Some(from) });
            }
        }
        out
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let mut faults = Vec::new();
        let revisions = revisions(site, within.tree, &mut faults);
        let rows: Vec<String> = within
            .table
            .map(|table| {
                table.rows().iter().filter_map(|row| crate::database::text(row, "version_num")).collect()
            })
            .unwrap_or_default();
        let (migrations, more) = judge(&revisions, &rows);
        faults.extend(more);
        History {
            tool: Some(Tool::Alembic),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks: vec![
                "Alembic keeps no checksum: whether an applied file was edited can't be told from the history".to_owned(),
            ],
        }
    }
}

fn add(
    places: &mut BTreeMap<String, (String, Vec<String>)>,
    file: &str,
    script: Option<&str>,
    versions: Option<&str>,
) {
    let here = |path: &str| {
        let path = path.trim().replace("%(here)s/", "").replace("%(here)s", ".");
        resolve(folder(file), &path)
    };
    let Some(script) = script.and_then(here) else { return };
    let locations = versions.unwrap_or_default();
    let split: &[char] = if locations.contains(['\n', ';']) { &['\n', ';'] } else { &[' ', ',', ':'] };
    let versions = locations.split(split).filter(|part| !part.trim().is_empty()).filter_map(here).collect();
    places.insert(script, (file.to_owned(), versions));
}

/// What `context.configure(…)` says of the table.
fn table(text: &str, file: &str) -> Configured {
    let Ok(module) = python::module(text, file) else { return Configured::Computed };
    let (mut schema, mut name, mut computed) = (None, None, false);
    for call in module.calls.iter().filter(|call| call.name == "configure") {
        for (argument, value) in &call.named {
            let place = match argument.as_str() {
                "version_table" => &mut name,
                "version_table_schema" => &mut schema,
                _ => continue,
            };
            match value {
                Value::Text(text) => *place = Some(text.clone()),
                Value::Nothing => {}
                Value::List(_) | Value::Map(_) | Value::Call(..) | Value::Name(_) | Value::Computed => {
                    computed = true
                }
            }
        }
    }
    match (schema, name) {
        _ if computed => Configured::Computed,
        (None, None) => Configured::Usual,
        (schema, name) => Configured::Named { schema, name },
    }
}

fn revisions(site: &Site, tree: &Tree, faults: &mut Vec<Fault>) -> Vec<Revision> {
    let mut out = Vec::new();
    for file in &site.files {
        let unread = |what: &str, line: Option<u32>| {
            Fault::new(Code::M115, file.clone(), format!("{} can't be read: {what}", name(file)))
                .why("what it follows, and what follows it, can't be told")
                .at(file.clone(), line)
        };
        let module = match python::module(&tree.text(file), file) {
            Ok(module) => module,
            Err((what, line)) => {
                faults.push(unread(&what, line));
                continue;
            }
        };
        let line = |key: &str| module.assigned.get(key).map(|assigned| assigned.line);
        let texts =
            |key: &str| module.assigned.get(key).map_or(Some(Vec::new()), |assigned| assigned.value.texts());
        match module.assigned.get("revision").map(|assigned| assigned.value.text()) {
            None => faults.push(
                Fault::new(Code::M118, file.clone(), format!("{} declares no revision", name(file)))
                    .why("Alembic stops at it: could not determine revision id from filename")
                    .at(file.clone(), None)
                    .way("move it out of the folder of revisions, or set `revision` in it"),
            ),
            Some(None) => faults.push(unread("its revision is computed", line("revision"))),
            Some(Some(id)) => match (texts("down_revision"), texts("depends_on"), texts("branch_labels")) {
                (Some(down), Some(depends), Some(labels)) => out.push(Revision {
                    id: id.to_owned(),
                    title: title(file, id),
                    file: file.clone(),
                    line: line("down_revision").unwrap_or(1),
                    down,
                    depends,
                    labels,
                }),
                _ => faults.push(unread("what it follows is computed", line("down_revision"))),
            },
        }
    }
    out
}

/// `3c4d_create_products.py` as words.
fn title(file: &str, id: &str) -> Option<String> {
    let stem = name(file).strip_suffix(".py").unwrap_or(file);
    crate::text::words(stem.strip_prefix(id).unwrap_or(stem))
}

fn judge(revisions: &[Revision], rows: &[String]) -> (Vec<Migration>, Vec<Fault>) {
    let mut by_id: BTreeMap<&str, Vec<&Revision>> = BTreeMap::new();
    for revision in revisions {
        by_id.entry(&revision.id).or_default().push(revision);
    }
    let mut faults: Vec<Fault> = by_id
        .iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(id, files)| duplicate(id, files.iter().map(|revision| revision.file.as_str())))
        .collect();
    // `depends_on` may name a label, or the beginning of a revision.
    let resolved = |wanted: &'_ str| -> Option<&str> {
        let exact = by_id.get_key_value(wanted).map(|(id, _)| *id);
        let label =
            || revisions.iter().find(|r| r.labels.iter().any(|label| label == wanted)).map(|r| r.id.as_str());
        let begins = || by_id.keys().copied().find(|id| wanted.len() >= 4 && id.starts_with(wanted));
        exact.or_else(label).or_else(begins)
    };
    let (mut chain, mut all) = (Graph::default(), Graph::default());
    for revision in revisions {
        let down = || revision.down.iter().map(|down| resolved(down).unwrap_or(down));
        let depends = revision.depends.iter().map(|depends| resolved(depends).unwrap_or(depends));
        chain.add(&revision.id, down());
        all.add(&revision.id, down().chain(depends));
    }
    let unknown: Vec<&str> = rows.iter().map(String::as_str).filter(|row| !all.has(row)).collect();
    let applied = all.ancestors(rows.iter().map(String::as_str));
    faults.extend(unknown.iter().map(|row| unknown_row(row)));
    for (missing, children) in all.missing() {
        faults.push(broken(missing, &children, &by_id));
    }
    let (order, unordered) = all.order();
    let cycle = all.cycle(&unordered);
    if let Some(first) = cycle.first() {
        faults.push(
            Fault::new(
                Code::M110,
                *first,
                format!("revisions follow one another in a circle: {}", cycle.join(", ")),
            )
            .why("Alembic stops: cycle is detected in revisions")
            .way("set `down_revision` of one of them to the revision that it was written after"),
        );
    }
    faults.extend(rows.iter().filter_map(|row| {
        let others = rows.iter().map(String::as_str).filter(|other| *other != row.as_str());
        all.ancestors(others).contains(row.as_str()).then(|| overlap(row))
    }));
    let heads: BTreeSet<&str> = chain.heads(&|_| true).into_iter().collect();
    // Where the graph is broken, every piece has heads of its own.
    let whole = cycle.is_empty() && all.missing().is_empty();
    let applied_all = heads.iter().all(|head| applied.contains(head));
    if heads.len() > 1 && whole && !applied_all && !labelled(&heads, revisions, &chain) {
        faults.push(several_heads(&heads, &by_id));
    }
    let mut migrations: Vec<Migration> = order
        .iter()
        .chain(&unordered)
        .filter_map(|id| by_id.get(id)?.first())
        .map(|revision| Migration {
            id: revision.id.clone(),
            title: revision.title.clone(),
            state: match (applied.contains(revision.id.as_str()), unknown.is_empty()) {
                (true, _) => State::Applied,
                (false, true) => State::Pending,
                // What the unknown revision comes after is in its file alone.
                (false, false) => State::Unknown,
            },
            file: Some(revision.file.clone()),
            after: revision.down.iter().chain(&revision.depends).cloned().collect(),
            head: heads.contains(revision.id.as_str()),
        })
        .collect();
    migrations.extend(unknown.iter().map(|row| Migration {
        id: (*row).to_owned(),
        title: None,
        state: State::MissingFile,
        file: None,
        after: Vec::new(),
        head: false,
    }));
    (migrations, faults)
}

/// Whether each head is on a branch with a label of its own: then they are meant to stay apart.
fn labelled<'a>(heads: &BTreeSet<&'a str>, revisions: &'a [Revision], chain: &Graph<'a>) -> bool {
    let labels = |head: &'a str| -> BTreeSet<&str> {
        let before = chain.ancestors([head]);
        revisions
            .iter()
            .filter(|r| before.contains(r.id.as_str()))
            .flat_map(|r| &r.labels)
            .map(String::as_str)
            .collect()
    };
    let sets: Vec<BTreeSet<&str>> = heads.iter().map(|head| labels(head)).collect();
    sets.iter().enumerate().all(|(at, set)| {
        let others: BTreeSet<&str> = sets
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, set)| set.iter().copied())
            .collect();
        set.iter().any(|label| !others.contains(label))
    })
}

fn unknown_row(row: &str) -> Fault {
    let gone = Gone {
        says: "Alembic stops at every command: can't locate revision identified by it",
        ways_out: &[
            "check out the branch that has the file, or restore it: `git log --all -- '*{id}*'`",
            "alembic stamp --purge REVISION, once the schema is what REVISION makes",
        ],
    };
    let fault = Fault::new(Code::M102, row, format!("the database is at revision {row}, which no file has"))
        .why(gone.says);
    gone.ways_out.iter().fold(fault, |fault, way| fault.way(way.replace("{id}", row)))
}

fn broken(missing: &str, children: &[&str], by_id: &BTreeMap<&str, Vec<&Revision>>) -> Fault {
    let fault = Fault::new(
        Code::M109,
        missing,
        format!("revision {missing} is missing, and {} follows it", children.join(", ")),
    )
    .why("Alembic stops at every command with a KeyError")
    .way(format!("restore its file: `git log --all --diff-filter=D -- '*{missing}*'`"))
    .way("or set `down_revision` of what follows it to the revision before it, where it is not needed");
    match children.first().and_then(|child| by_id.get(child)?.first()) {
        Some(child) => fault.at(child.file.clone(), Some(child.line)),
        None => fault,
    }
}

fn overlap(row: &str) -> Fault {
    Fault::new(
        Code::M116,
        row,
        format!("revision {row} is recorded as a head, and another recorded one comes after it"),
    )
    .why("Alembic keeps a row for each current head alone; the next run fails or repeats")
    .way(format!("DELETE FROM alembic_version WHERE version_num = '{}';", row.replace('\'', "''")))
}

fn several_heads(heads: &BTreeSet<&str>, by_id: &BTreeMap<&str, Vec<&Revision>>) -> Fault {
    let names: Vec<&str> = heads.iter().copied().collect();
    let fault = Fault::new(
        Code::M101,
        names.join(" "),
        format!("there are {} heads: {}", names.len(), names.join(", ")),
    )
    .why("`alembic upgrade head` refuses: multiple head revisions are present")
    .way(format!("alembic merge -m \"merge heads\" {}", names.join(" ")))
    .way("alembic upgrade heads, where both are meant to stay");
    match names.last().and_then(|head| by_id.get(head)?.first()) {
        Some(head) => fault.at(head.file.clone(), Some(head.line)),
        None => fault,
    }
}
