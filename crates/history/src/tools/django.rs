//! Django: a package of migrations in each application, which depend on one another; the table has a row for each that ran.
//!
//! - Files: modules of `<app>/migrations` whose names begin with neither `_` nor `~`, each with a class `Migration`
//!   (`django/db/migrations/loader.py`, `load_migrations`). An application's label is its folder's name, or what its `AppConfig` says.
//! - A migration that replaces others counts as applied once all of those are; it is out of the graph while only some of them are
//!   (`loader.py`, `build_graph`). Rows of replaced migrations whose files are gone are in order.
//! - Several leaves of one application stop `migrate`; an applied migration with an unapplied dependency does too
//!   (`check_consistent_history`). A missing file that nothing depends on is passed over in silence.
//! - Applications of other packages have no files here: their rows are not judged.

use crate::database::text;
use crate::graph::Graph;
use crate::linear::{Gone, missing_file};
use crate::model::{Fault, History, Migration, State};
use crate::python::{self, Value};
use crate::reader::{Configured, Known, Reader, Site, Within};
use crate::text::{folder, join, name};
use crate::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use trueup_diff::Code;
use trueup_project::Tree;

/// The tool.
pub(crate) struct Django;

const TABLES: &[Known] = &[Known {
    schema: None,
    name: "django_migrations",
    has: &["app", "name", "applied"],
    lacks: &[],
    also: &["id"],
    shape: false,
}];

const GONE: Gone = Gone {
    says: "`migrate` and `showmigrations` say nothing of it",
    ways_out: &["check out the branch that has it, or restore it: `git log --all -- '*{id}*'`"],
};

/// `app.name`.
type Id = String;

/// A migration file.
struct File {
    id: Id,
    app: String,
    path: String,
    line: u32,
    after: Vec<Id>,
    before: Vec<Id>,
    replaces: Vec<Id>,
}

/// The applications of a project.
#[derive(Default)]
struct Apps {
    /// The folder of migrations by label.
    folders: BTreeMap<String, String>,
    /// Labels of applications whose code is here, with migrations or without.
    here: BTreeSet<String>,
    /// What `INSTALLED_APPS` lists, where it is a plain list.
    installed: Option<Vec<String>>,
}

impl Reader for Django {
    fn tables(&self) -> &'static [Known] {
        TABLES
    }

    fn sites(&self, tree: &Tree) -> Vec<Site> {
        let apps = Apps::of(tree);
        let files: Vec<String> = apps
            .folders
            .values()
            .flat_map(|migrations| {
                tree.below(migrations).filter(move |file| folder(file) == migrations && is_migration(file))
            })
            .map(str::to_owned)
            .collect();
        if files.is_empty()
            || !tree.files().any(|file| name(file) == "manage.py")
                && !files.iter().any(|file| tree.text(file).contains("django.db"))
        {
            return Vec::new();
        }
        vec![Site { folder: String::new(), files, table: Configured::Usual, configuration: None }]
    }

    fn read(&self, site: &Site, within: &Within<'_>) -> History {
        let apps = Apps::of(within.tree);
        let mut faults = Vec::new();
        let files = files(site, &apps, within.tree, &mut faults);
        let rows: BTreeSet<Id> = within
            .table
            .map(crate::Table::rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| Some(format!("{}.{}", text(row, "app")?, text(row, "name")?)))
            .collect();
        let (mut migrations, more) = judge(&files, &rows, &apps);
        faults.extend(more);
        let mut remarks = Vec::new();
        let others = others(&rows, &apps, &mut migrations, &mut faults, &files);
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(String::as_str).collect();
            remarks.push(format!(
                "migrations of applications whose files are not here are not judged: {}",
                names.join(", ")
            ));
        }
        remarks.push("Django keeps no checksum, and no word of `--fake`: whether an applied file was edited, or ever ran, can't be told from the history".to_owned());
        History {
            tool: Some(Tool::Django),
            folder: site.folder.clone(),
            table: within.table.map(crate::Table::full_name),
            migrations,
            faults,
            remarks,
        }
    }
}

fn is_migration(file: &str) -> bool {
    name(file).ends_with(".py") && !name(file).starts_with(['_', '~'])
}

impl Apps {
    fn of(tree: &Tree) -> Self {
        let mut apps = Apps::default();
        for file in tree.files().filter(|file| matches!(name(file), "models.py" | "apps.py")) {
            apps.here.insert(label(tree, folder(file)));
        }
        for file in tree.matching("**/migrations/*.py") {
            let migrations = folder(file);
            let label = label(tree, folder(migrations));
            apps.here.insert(label.clone());
            apps.folders.entry(label).or_insert_with(|| migrations.to_owned());
        }
        // `settings.py`, or a package of settings for each environment.
        let named = tree.files().filter(|file| {
            name(file) == "settings.py" || file.contains("settings/") && file.ends_with(".py")
        });
        for file in named.take(20) {
            let Ok(module) = python::module(&tree.text(file), file) else { continue };
            if let Some(list) = module.assigned.get("INSTALLED_APPS") {
                let list = list.value.texts();
                // One list that is computed spoils what another one says.
                apps.installed = match (apps.installed.take(), list) {
                    (None, list) => list,
                    (Some(mut all), Some(list)) => {
                        all.extend(list);
                        Some(all)
                    }
                    (Some(_), None) => None,
                };
            }
            if let Some(Value::Map(modules)) =
                module.assigned.get("MIGRATION_MODULES").map(|assigned| &assigned.value)
            {
                for (label, path) in modules {
                    let Some(path) = path.text().map(|path| path.replace('.', "/")) else { continue };
                    let at = tree
                        .folders()
                        .find(|folder| *folder == path || folder.ends_with(&format!("/{path}")));
                    if let Some(at) = at {
                        apps.folders.insert(label.clone(), at.to_owned());
                    }
                }
            }
        }
        apps
    }

    /// Whether `INSTALLED_APPS` may hold an application of this label. Other packages choose labels at will, mostly from their path:
    /// `wagtail.users` has `wagtailusers`.
    fn installs(&self, label: &str) -> Option<bool> {
        let plain = |text: &str| text.to_lowercase().replace(['.', '_', '-'], "");
        let wanted = plain(label);
        let installed = self.installed.as_ref()?;
        Some(installed.iter().any(|app| {
            // A class of configuration stands for its package: `shop.apps.ShopConfig`.
            let package = app.split(".apps.").next().unwrap_or(app);
            let parts: Vec<&str> = package.split('.').collect();
            parts.iter().any(|part| plain(part) == wanted)
                || (0..parts.len())
                    .any(|from| plain(&parts.get(from..).unwrap_or_default().concat()) == wanted)
        }))
    }
}

/// The label of the application in a folder.
fn label(tree: &Tree, app: &str) -> String {
    let configuration = join(app, "apps.py");
    if tree.has(&configuration)
        && let Ok(module) = python::module(&tree.text(&configuration), &configuration)
    {
        let of_class = |key: &str| {
            let classes = module
                .classes
                .iter()
                .filter(|class| class.bases.iter().any(|base| base.ends_with("AppConfig")));
            classes.filter_map(|class| class.assigned.get(key)?.value.text().map(str::to_owned)).next()
        };
        if let Some(label) = of_class("label") {
            return label;
        }
        if let Some(name) = of_class("name") {
            return name.rsplit('.').next().unwrap_or_default().to_owned();
        }
    }
    name(app).to_owned()
}

fn files(site: &Site, apps: &Apps, tree: &Tree, faults: &mut Vec<Fault>) -> Vec<File> {
    let labels: BTreeMap<&str, &str> =
        apps.folders.iter().map(|(label, folder)| (folder.as_str(), label.as_str())).collect();
    let mut out = Vec::new();
    for path in &site.files {
        let app = labels.get(folder(path)).copied().unwrap_or_default();
        let id = format!("{app}.{}", name(path).trim_end_matches(".py"));
        let unread = |what: &str, line: Option<u32>| {
            Fault::new(Code::M115, id.clone(), format!("migration {id} can't be read: {what}"))
                .why("what it depends on can't be told")
                .at(path.clone(), line)
        };
        let module = match python::module(&tree.text(path), path) {
            Ok(module) => module,
            Err((what, line)) => {
                faults.push(unread(&what, line));
                continue;
            }
        };
        let Some(class) = module.classes.iter().find(|class| class.name == "Migration") else {
            faults.push(
                Fault::new(Code::M118, id.clone(), format!("{path} has no class Migration"))
                    .why("Django stops at it: BadMigrationError")
                    .at(path.clone(), None)
                    .way("move it out of the folder, or begin its name with `_`"),
            );
            continue;
        };
        let ids = |key: &str| {
            class.assigned.get(key).map_or(Some(Vec::new()), |assigned| references(&assigned.value, app))
        };
        let line = class.assigned.get("dependencies").map_or(1, |assigned| assigned.line);
        match (ids("dependencies"), ids("run_before"), ids("replaces")) {
            (Some(after), Some(before), Some(replaces)) => {
                out.push(File { id, app: app.to_owned(), path: path.clone(), line, after, before, replaces });
            }
            _ => faults.push(unread("its dependencies are computed", Some(line))),
        }
    }
    out
}

/// `[('app', 'name'), …]`. What a call stands for (`swappable_dependency`) is the first migration of an application that a setting
/// names: it orders, and nothing is wrong where it can't be told.
fn references(value: &Value, app: &str) -> Option<Vec<Id>> {
    let Value::List(entries) = value else { return None };
    let mut out = Vec::new();
    for entry in entries {
        match entry {
            Value::List(pair) => match pair.iter().map(Value::text).collect::<Vec<_>>().as_slice() {
                [Some(other), Some(name)] => {
                    let other = if *other == "__self__" { app } else { *other };
                    out.push(format!("{other}.{name}"));
                }
                _ => return None,
            },
            Value::Call(..) => {}
            Value::Nothing | Value::Text(_) | Value::Map(_) | Value::Name(_) | Value::Computed => {
                return None;
            }
        }
    }
    Some(out)
}

/// The migrations, and what is wrong, of applications whose files are here.
fn judge(files: &[File], rows: &BTreeSet<Id>, apps: &Apps) -> (Vec<Migration>, Vec<Fault>) {
    let ids: BTreeSet<&str> = files.iter().map(|file| file.id.as_str()).collect();
    // What replaces others: in the graph where all of them are applied, or none; a name then stands for what replaces it.
    let (mut stands_for, mut out_of_graph): (BTreeMap<&str, &str>, BTreeSet<&str>) =
        (BTreeMap::new(), BTreeSet::new());
    let mut applied: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    for file in files.iter().filter(|file| !file.replaces.is_empty()) {
        let done = file.replaces.iter().filter(|id| rows.contains(*id)).count();
        if done == file.replaces.len() {
            applied.insert(&file.id);
        } else {
            applied.remove(file.id.as_str());
        }
        if done == file.replaces.len() || done == 0 {
            for id in &file.replaces {
                stands_for.insert(id, &file.id);
                out_of_graph.insert(id);
            }
        } else {
            out_of_graph.insert(&file.id);
        }
    }
    let meant = |id: &'_ str| -> String {
        let mut id = id;
        for _ in 0..=files.len() {
            match stands_for.get(id) {
                Some(other) => id = other,
                None => break,
            }
        }
        id.to_owned()
    };
    let nodes: Vec<&File> = files.iter().filter(|file| !out_of_graph.contains(file.id.as_str())).collect();
    let mut edges: Vec<(&str, String)> = Vec::new();
    for file in files {
        // A replaced migration's dependencies go to what replaces it.
        let child = meant(&file.id);
        let Some(child) = nodes.iter().find(|node| node.id == child) else { continue };
        edges.extend(file.after.iter().map(|parent| (child.id.as_str(), meant(parent))));
        edges.extend(file.before.iter().filter_map(|later| {
            let later = meant(later);
            nodes.iter().find(|node| node.id == later).map(|node| (node.id.as_str(), child.id.clone()))
        }));
    }
    let mut graph = Graph::default();
    for node in &nodes {
        graph.add(&node.id, []);
    }
    for (child, parent) in &edges {
        let app = parent.split('.').next().unwrap_or_default();
        let special = parent.ends_with(".__first__") || parent.ends_with(".__latest__");
        if child != parent && apps.folders.contains_key(app) && !special {
            graph.add(child, [parent.as_str()]);
        }
    }
    let mut faults = Vec::new();
    let missing = graph.missing();
    for (parent, children) in &missing {
        faults.push(broken(parent, children, files, rows.contains(*parent)));
    }
    let (order, unordered) = graph.order();
    let cycle = graph.cycle(&unordered);
    if let Some(first) = cycle.first() {
        faults.push(
            Fault::new(
                Code::M110,
                *first,
                format!("migrations depend on one another in a circle: {}", cycle.join(", ")),
            )
            .why("Django stops: CircularDependencyError")
            .way("take a dependency out of one of them, or split it in two"),
        );
    }
    let mut leaves = BTreeSet::new();
    for app in apps.folders.keys() {
        let of_app = |id: &str| id.split('.').next() == Some(app);
        let heads = graph.heads(&of_app);
        if heads.len() > 1
            && cycle.is_empty()
            && !heads.iter().any(|head| missing.values().flatten().any(|child| child == head))
        {
            faults.push(conflict(app, &heads, files));
        }
        leaves.extend(heads);
    }
    for (child, parent) in &edges {
        if applied.contains(child) && graph.has(parent) && !applied.contains(parent.as_str()) {
            faults.push(inconsistent(child, parent, files));
        }
    }
    let mut migrations: Vec<Migration> = Vec::new();
    let by_id: BTreeMap<&str, &File> = files.iter().map(|file| (file.id.as_str(), file)).collect();
    let covered = out_of_graph.iter().copied().filter(|id| ids.contains(id));
    for id in order.iter().copied().chain(unordered.iter().copied()).chain(covered) {
        let Some(file) = by_id.get(id) else { continue };
        let replaced = out_of_graph.contains(id);
        migrations.push(Migration {
            id: id.to_owned(),
            title: None,
            state: match (applied.contains(id), replaced) {
                (true, _) => State::Applied,
                (false, true) => State::Covered,
                (false, false) => State::Pending,
            },
            file: Some(file.path.clone()),
            after: file.after.clone(),
            head: leaves.contains(id),
        });
    }
    // Rows without a file, of applications whose code is here.
    let replaced: BTreeSet<&str> = files.iter().flat_map(|file| &file.replaces).map(String::as_str).collect();
    for row in rows {
        let app = row.split('.').next().unwrap_or_default();
        if !apps.here.contains(app) || ids.contains(row.as_str()) || replaced.contains(row.as_str()) {
            continue;
        }
        if !missing.contains_key(row.as_str()) {
            faults.push(missing_file(row, None, &GONE).way(format!(
                "python manage.py migrate {app} --prune, once the schema is what the other files make"
            )));
        }
        migrations.push(Migration {
            id: row.clone(),
            title: None,
            state: State::MissingFile,
            file: None,
            after: Vec::new(),
            head: false,
        });
    }
    (migrations, faults)
}

/// The applications of rows that have no files here; those that are not installed either get a word.
fn others(
    rows: &BTreeSet<Id>,
    apps: &Apps,
    migrations: &mut Vec<Migration>,
    faults: &mut Vec<Fault>,
    files: &[File],
) -> BTreeSet<String> {
    let mut not_judged = BTreeSet::new();
    let mut strangers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let Some((app, name)) = row.split_once('.') else { continue };
        if apps.here.contains(app) || files.iter().any(|file| file.app == app) {
            continue;
        }
        if apps.installs(app) == Some(false) {
            strangers.entry(app).or_default().push(name);
        } else {
            not_judged.insert(app.to_owned());
        }
    }
    for (app, names) in strangers {
        faults.push(
            Fault::new(
                Code::M119,
                app,
                format!("migrations of application {app} are recorded, and it is not installed"),
            )
            .why(format!("INSTALLED_APPS does not list it; recorded are {}", names.join(", ")))
            .why("Django passes over them; its tables are there until somebody drops them")
            .way(format!("DELETE FROM django_migrations WHERE app = '{}';", app.replace('\'', "''"))),
        );
        migrations.extend(names.into_iter().map(|name| Migration {
            id: format!("{app}.{name}"),
            title: None,
            state: State::MissingFile,
            file: None,
            after: Vec::new(),
            head: false,
        }));
    }
    not_judged
}

fn at(fault: Fault, id: &str, files: &[File]) -> Fault {
    match files.iter().find(|file| file.id == id) {
        Some(file) => fault.at(file.path.clone(), Some(file.line)),
        None => fault,
    }
}

fn broken(parent: &str, children: &[&str], files: &[File], applied: bool) -> Fault {
    let recorded = if applied { "it is recorded as applied" } else { "it is not recorded as applied" };
    let fault = Fault::new(
        Code::M109,
        parent,
        format!("migration {parent} is missing, and {} depends on it", children.join(", ")),
    )
    .why("Django stops at every command: NodeNotFoundError")
    .why(recorded)
    .way(format!(
        "restore its file: `git log --all --diff-filter=D -- '*{}.py'`",
        parent.split_once('.').map_or(parent, |(_, name)| name)
    ));
    children.first().map_or(fault.clone(), |child| at(fault, child, files))
}

fn conflict(app: &str, leaves: &[&str], files: &[File]) -> Fault {
    let fault = Fault::new(
        Code::M101,
        app,
        format!("application {app} has {} leaves: {}", leaves.len(), leaves.join(", ")),
    )
    .why("`migrate` refuses: conflicting migrations detected; multiple leaf nodes in the migration graph")
    .way(format!("python manage.py makemigrations --merge {app}"));
    leaves.first().map_or(fault.clone(), |leaf| at(fault, leaf, files))
}

fn inconsistent(child: &str, parent: &str, files: &[File]) -> Fault {
    let fault = Fault::new(
        Code::M106,
        parent,
        format!("migration {child} is applied before {parent}, on which it depends"),
    )
    .why("`migrate` refuses: InconsistentMigrationHistory")
    .way(format!(
        "python manage.py migrate --fake {}, where the schema has what it makes",
        parent.replacen('.', " ", 1)
    ));
    at(fault, child, files)
}

/// What each of these files replaces, for those that replace others.
pub(crate) fn replaced_by<'a>(
    paths: impl Iterator<Item = &'a str>,
    tree: &Tree,
) -> BTreeMap<String, BTreeSet<Id>> {
    let apps = Apps::of(tree);
    let site = Site { files: paths.map(str::to_owned).collect(), ..Site::default() };
    files(&site, &apps, tree, &mut Vec::new())
        .into_iter()
        .filter(|file| !file.replaces.is_empty())
        .map(|file| (file.path, file.replaces.into_iter().collect()))
        .collect()
}
