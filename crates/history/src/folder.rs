//! The migrations of a folder as scripts to replay: the files that a tool runs to go up, in the tool's order, each with what the database
//! says of it.
//!
//! Owns: telling a folder of migrations from a folder of declarative SQL, and which scripts make up "everything" (what the tool runs on an
//! empty database) and "what was applied". The order and the states are those of the tool's reader.
//! Never: reads SQL, or decides which of the two a check is held against.

use crate::choose::{self, Candidate, NotRead, Wish};
use crate::database::{Database, Table};
use crate::model::{Fault, Migration, State};
use crate::program::{Does, Piece};
use crate::reader::{Site, Within};
use crate::sections;
use crate::text::{folder, leading_digits, name};
use crate::tool::Tool;
use crate::tools;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use trueup_diff::Code;
use trueup_project::{Found, Tree, is_below};

/// The migrations of a folder.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Whose they are; `None` where only names and marks tell that they are migrations.
    pub tool: Option<Tool>,
    /// Their folder, from the top of the tree.
    pub folder: String,
    /// Them, in the order in which the tool runs them.
    pub scripts: Vec<Script>,
    /// Whether the database keeps a history that tells which of them ran.
    pub recorded: bool,
    /// SQL files of the folder that are none of them, from the top of the tree; not those that undo one.
    pub others: Vec<String>,
    /// What is worth a word.
    pub remarks: Vec<String>,
    /// What could not be read, so that what it makes is not known.
    pub unread: Vec<Fault>,
    /// Applications of Django that the database has migrations of.
    pub applications: BTreeSet<String>,
}

/// One migration, as something to replay.
#[derive(Clone, Debug)]
pub struct Script {
    /// What the tool calls it.
    pub id: String,
    /// Its file, from the top of the tree.
    pub file: String,
    /// What the database says of it.
    pub state: State,
    /// Whether the tool runs it on an empty database.
    pub head: bool,
    /// Whether what it makes is in the database, by the history.
    pub applied: bool,
    /// What its file is.
    pub kind: Kind,
}

/// What a migration's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQL, of which these lines (from 0) count; all of them where nothing is said.
    Sql(Option<Range<usize>>),
    /// Python, of which literal operations can be read.
    Python,
    /// A program or a notation that only the tool can turn into SQL: what it is, in a word or two.
    Program(&'static str),
}

/// The migrations in a folder of a tree, where it is a folder of migrations or a project with one; `None` for a folder of plain SQL.
///
/// # Errors
/// Several tools or folders may be meant; the tool that was named has no migrations there; all of them are programs; a history can't be
/// read.
pub fn replay(
    tree: &Tree,
    inside: &str,
    database: &Database,
    wish: &Wish,
) -> Result<Option<Replay>, Vec<NotRead>> {
    let marks = Found::all(tree);
    let sql: Vec<&str> = tree.below(inside).filter(|file| is_sql(file)).collect();
    let narrowed = |_: Tool, mut site: Site| {
        site.files.retain(|file| is_below(file, inside));
        (!site.files.is_empty()).then_some(site)
    };
    let all = choose::candidates(tree, database, wish, &marks, &narrowed)?;
    let likely: Vec<&Candidate<'_>> = all.iter().filter(|one| is_likely(one, &sql, wish, tree)).collect();
    let kept: Vec<&Candidate<'_>> =
        likely.iter().copied().filter(|one| choose::is_it(one, &likely)).collect();
    // Code of an application's framework beside SQL that states the schema: the SQL is meant.
    let readable: Vec<&Candidate<'_>> = kept.iter().copied().filter(|one| !is_code(one)).collect();
    let one = match (readable.as_slice(), kept.as_slice()) {
        ([one], _) => *one,
        ([], [one]) if sql.is_empty() || wish.tool.is_some() => return Err(vec![programs(one.tool)]),
        ([], []) if wish.tool.is_some() => {
            let tool = wish.tool.map_or("", Tool::name);
            return Err(vec![NotRead::configuration(
                format!("there are no migrations of {tool} in this folder"),
                "name the folder of the migrations, or of the project",
            )]);
        }
        ([], _) => return Ok(unnamed(tree, inside, &sql)),
        (several, _) => return Err(vec![ambiguous(several)]),
    };
    let [(site, table)] = one.sites.as_slice() else { return Err(vec![several_folders(one)]) };
    let mut replay = of_tool(one.tool, site, *table, tree, database);
    let taken: BTreeSet<&str> = replay.scripts.iter().map(|script| script.file.as_str()).collect();
    replay.others = sql
        .iter()
        .filter(|file| !taken.contains(*file) && !sections::undoes(file) && !is_flyways_undo(one.tool, file))
        .map(|file| (*file).to_owned())
        .collect();
    Ok(Some(replay))
}

fn is_sql(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("sql"))
}

fn is_flyways_undo(tool: Tool, file: &str) -> bool {
    tool == Tool::Flyway && name(file).starts_with('U')
}

/// Whether files that could be a tool's are: by how they lie or what they say, by the tool's table, or because something names the tool
/// and no SQL file of the folder is foreign to it.
fn is_likely(candidate: &Candidate<'_>, sql: &[&str], wish: &Wish, tree: &Tree) -> bool {
    if wish.tool.is_some() || candidate.has_table() {
        return true;
    }
    match candidate.tool {
        Tool::Supabase
        | Tool::Prisma
        | Tool::Drizzle
        | Tool::Atlas
        | Tool::Diesel
        | Tool::Refinery
        | Tool::Flyway
        | Tool::Dbmate
        | Tool::Goose
        | Tool::Django
        | Tool::Alembic => true,
        // A name alone, as `2_add_changelog_url.sql`, says nothing.
        Tool::Liquibase => candidate
            .files()
            .iter()
            .any(|file| !is_sql(file) || tools::liquibase::is_formatted(&tree.text(file))),
        // Others than golang-migrate run `1_a.up.sql` beside `2_b.sql`.
        Tool::GolangMigrate => {
            let mine = candidate.files();
            let numbered = |file: &str| leading_digits(name(file)).is_some();
            sql.iter().all(|file| mine.contains(file) || sections::undoes(file) || !numbered(file))
        }
        // Numbered files are anybody's.
        Tool::Sqlx | Tool::NodePgMigrate => {
            let mine = candidate.files();
            candidate.marked && sql.iter().all(|file| mine.contains(file) || sections::undoes(file))
        }
        Tool::Rails | Tool::Ecto | Tool::TypeOrm | Tool::Knex | Tool::Sequelize => candidate.marked,
    }
}

/// Whether nothing of it can be read.
fn is_code(candidate: &Candidate<'_>) -> bool {
    candidate.files().iter().all(|file| matches!(kind(candidate.tool, file), Kind::Program(_)))
}

fn kind(tool: Tool, file: &str) -> Kind {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "sql" => Kind::Sql(None),
        "py" => match tool {
            Tool::Alembic | Tool::Django => Kind::Python,
            Tool::Supabase
            | Tool::Prisma
            | Tool::Drizzle
            | Tool::Atlas
            | Tool::Diesel
            | Tool::Refinery
            | Tool::Sqlx
            | Tool::Flyway
            | Tool::Liquibase
            | Tool::Dbmate
            | Tool::Goose
            | Tool::NodePgMigrate
            | Tool::GolangMigrate
            | Tool::Rails
            | Tool::Ecto
            | Tool::TypeOrm
            | Tool::Knex
            | Tool::Sequelize => Kind::Program("Python"),
        },
        "go" => Kind::Program("Go"),
        "java" => Kind::Program("Java"),
        "kt" => Kind::Program("Kotlin"),
        "rs" => Kind::Program("Rust"),
        "rb" => Kind::Program("Ruby"),
        "ex" | "exs" => Kind::Program("Elixir"),
        "ts" | "mts" | "cts" => Kind::Program("TypeScript"),
        "js" | "mjs" | "cjs" => Kind::Program("JavaScript"),
        "xml" | "yaml" | "yml" | "json" => Kind::Program("a notation of the tool's own"),
        _ => Kind::Program("no SQL"),
    }
}

/// How the SQL of a tool whose migrations are programs comes to trueup.
fn programs(tool: Tool) -> NotRead {
    let way_out = match tool {
        Tool::Rails => {
            "`bin/rails db:migrate` keeps db/structure.sql with config.active_record.schema_format = :sql: give that file"
        }
        Tool::Ecto => "`mix ecto.dump` writes priv/repo/structure.sql: give that file",
        Tool::Alembic => "`alembic upgrade head --sql > schema.sql` prints their SQL: give that file",
        Tool::Django => {
            "`python manage.py sqlmigrate APP NAME` prints the SQL of one: docs/migrations.md has the loop"
        }
        Tool::Liquibase => {
            "`liquibase update-sql > schema.sql`, for an empty database, prints their SQL: give that file"
        }
        Tool::Flyway
        | Tool::Knex
        | Tool::Sequelize
        | Tool::TypeOrm
        | Tool::NodePgMigrate
        | Tool::Supabase
        | Tool::Prisma
        | Tool::Drizzle
        | Tool::Atlas
        | Tool::Diesel
        | Tool::Refinery
        | Tool::Sqlx
        | Tool::Dbmate
        | Tool::Goose
        | Tool::GolangMigrate => {
            "run them on an empty database, and give that: --desired postgres://…, or what `trueup snapshot` writes of it"
        }
    };
    NotRead::configuration(
        format!("the migrations of {tool} are programs, which only {tool} can run"),
        way_out,
    )
}

fn ambiguous(several: &[&Candidate<'_>]) -> NotRead {
    let names: Vec<&str> = several.iter().map(|one| one.tool.name()).collect();
    NotRead::configuration(
        format!("this folder has migrations of several tools: {}", names.join(", ")),
        format!("say which one states the schema, as --tool {}", names.first().unwrap_or(&"")),
    )
}

fn several_folders(one: &Candidate<'_>) -> NotRead {
    let folders: Vec<&str> = one.sites.iter().map(|(site, _)| site.folder.as_str()).collect();
    NotRead::configuration(
        format!("{} has migrations in several folders: {}", one.tool, folders.join(", ")),
        "name the one that this database belongs to after --desired",
    )
}

fn of_tool(tool: Tool, site: &Site, table: Option<&Table>, tree: &Tree, database: &Database) -> Replay {
    let nothing = Database::default();
    let reader = tool.reader();
    let live = reader.read(site, &Within { tree, table, database });
    let fresh = reader.read(site, &Within { tree, table: None, database: &nothing });
    let mut remarks: Vec<String> = Vec::new();
    let unknown: Vec<&str> = live
        .migrations
        .iter()
        .filter(|migration| migration.state == State::Unknown)
        .map(|migration| migration.id.as_str())
        .collect();
    if let Some(first) = unknown.first() {
        remarks.push(format!("whether {first} was applied can't be told from the history"));
    }
    let gone = live.migrations.iter().filter(|migration| migration.file.is_none());
    remarks.extend(gone.map(|migration| {
        format!("{} is recorded as applied and has no file here: what it made is not wanted", migration.id)
    }));
    let recorded = table.is_some()
        && unknown.is_empty()
        && live.migrations.iter().any(|migration| migration.state.has_run());
    let states: BTreeMap<(&str, &str), State> =
        live.migrations.iter().map(|m| ((m.id.as_str(), m.file.as_deref().unwrap_or("")), m.state)).collect();
    let mut scripts: Vec<Script> = Vec::new();
    for migration in &fresh.migrations {
        let Some(file) = &migration.file else { continue };
        let state = states.get(&(migration.id.as_str(), file.as_str())).copied().unwrap_or(State::Pending);
        let head = would_run(migration.state);
        let applied = state.has_run();
        let kind = kind(tool, file);
        scripts.push(Script { id: migration.id.clone(), file: file.clone(), state, head, applied, kind });
    }
    match tool {
        Tool::Flyway => {
            baselines(&mut scripts);
            // What its older text made is there; the newer one tells more of it than nothing.
            let ran = tools::flyway::ran_once(table);
            for script in scripts.iter_mut().filter(|script| !script.applied && ran.contains(&script.id)) {
                script.applied = true;
                remarks.push(format!("{} ran with an older text: the one it has now is compared", script.id));
            }
        }
        Tool::Liquibase => remarks.extend(tools::liquibase::change_sets(&mut scripts, tree)),
        Tool::Atlas => checkpoints(&mut scripts, tree),
        Tool::GolangMigrate => every_file(&mut scripts, site),
        Tool::Django => squashed(&mut scripts, &fresh.migrations, tree),
        Tool::Supabase
        | Tool::Prisma
        | Tool::Drizzle
        | Tool::Diesel
        | Tool::Refinery
        | Tool::Sqlx
        | Tool::Dbmate
        | Tool::Goose
        | Tool::NodePgMigrate
        | Tool::Rails
        | Tool::Ecto
        | Tool::Alembic
        | Tool::TypeOrm
        | Tool::Knex
        | Tool::Sequelize => {}
    }
    let applications = match tool {
        Tool::Django => {
            let rows = table.map(Table::rows).unwrap_or_default();
            rows.iter().filter_map(|row| crate::database::text(row, "app")).collect()
        }
        _ => BTreeSet::new(),
    };
    let (unread, faults): (Vec<Fault>, Vec<Fault>) = fresh
        .faults
        .into_iter()
        .partition(|fault| matches!(fault.code, Code::M109 | Code::M110 | Code::M115));
    let twice = faults.into_iter().filter(|fault| fault.code == Code::M111);
    remarks.extend(twice.map(|fault| format!("{}: {}", fault.title, fault.reasons.join(", "))));
    let folder = if site.folder.is_empty() { ".".to_owned() } else { site.folder.clone() };
    Replay { tool: Some(tool), folder, scripts, recorded, others: Vec::new(), remarks, unread, applications }
}

/// Whether a tool runs it on an empty database, by the state that its reader gives it there.
fn would_run(state: State) -> bool {
    match state {
        State::Pending | State::OutOfOrder | State::RolledBack | State::Applied => true,
        State::Failed
        | State::Edited
        | State::MissingFile
        | State::NeverRun
        | State::Marked
        | State::Covered
        | State::Unknown => false,
    }
}

/// Flyway begins an empty database at the newest `B…` file, which stands for all versions up to its own
/// (`core/internal/info/MigrationInfoServiceImpl.java`). A database that ran those versions never runs it.
fn baselines(scripts: &mut [Script]) {
    let is_baseline = |script: &Script| name(&script.file).starts_with('B');
    let Some(at) = scripts.iter().rposition(is_baseline) else { return };
    let number = |id: &str| -> Vec<u128> {
        let mut parts: Vec<u128> = id.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        while parts.len() > 1 && parts.last() == Some(&0) {
            parts.pop();
        }
        parts
    };
    let version = scripts.get(at).map(|script| number(&script.id)).unwrap_or_default();
    let covered: Vec<bool> =
        scripts.iter().map(|script| !script.id.starts_with('R') && number(&script.id) <= version).collect();
    let began_with_files = scripts
        .iter()
        .zip(&covered)
        .any(|(s, covered)| *covered && !is_baseline(s) && s.state == State::Applied);
    for (index, (script, covered)) in scripts.iter_mut().zip(&covered).enumerate() {
        let baseline = name(&script.file).starts_with('B');
        if baseline {
            script.head = index == at;
            script.applied = index == at && !began_with_files;
        } else if *covered {
            script.head = false;
            script.applied &= began_with_files;
        }
    }
}

/// Atlas begins an empty database at the newest checkpoint (`sql/migrate/dir.go`, `FilesFromLastCheckpoint`); one that ran what is before
/// never runs it.
fn checkpoints(scripts: &mut [Script], tree: &Tree) {
    let is_checkpoint = |script: &Script| {
        tree.text(&script.file)
            .lines()
            .take_while(|line| line.starts_with("--"))
            .any(|line| line.starts_with("-- atlas:checkpoint"))
    };
    let marks: Vec<bool> = scripts.iter().map(is_checkpoint).collect();
    let Some(newest) = marks.iter().rposition(|mark| *mark) else { return };
    let before = scripts.iter().zip(&marks).take(newest).any(|(script, mark)| script.applied && !mark);
    for (index, (script, mark)) in scripts.iter_mut().zip(&marks).enumerate() {
        script.head = index >= newest;
        if *mark && before {
            script.applied = false;
            // It will never run there.
            script.state = State::NeverRun;
        }
    }
}

/// golang-migrate itself stops at two files of one version (M111 says so); those who run them by a program of their own run all, by name.
fn every_file(scripts: &mut Vec<Script>, site: &Site) {
    let mut by_version: BTreeMap<u128, (State, Vec<&str>)> = BTreeMap::new();
    for script in scripts.iter() {
        if let Ok(version) = script.id.parse() {
            by_version.insert(version, (script.state, Vec::new()));
        }
    }
    for file in site.files.iter().filter(|file| !is_for_another_server(file)) {
        let version = leading_digits(name(file)).and_then(|(digits, _)| digits.parse::<u128>().ok());
        if let Some((_, files)) = version.and_then(|version| by_version.get_mut(&version)) {
            files.push(file);
        }
    }
    let one = |version: u128, state: State, file: &str| Script {
        id: version.to_string(),
        file: file.to_owned(),
        state,
        head: true,
        applied: state.has_run(),
        kind: kind(Tool::GolangMigrate, file),
    };
    let all = by_version.into_iter().flat_map(|(version, (state, mut files))| {
        files.sort_unstable();
        files.into_iter().map(move |file| one(version, state, file))
    });
    *scripts = all.collect();
}

/// `1_a.mysql.up.sql`: some tools keep a file for each sort of server.
fn is_for_another_server(file: &str) -> bool {
    let name = name(file).to_ascii_lowercase();
    let stem = name.strip_suffix(".up.sql").or_else(|| name.strip_suffix(".sql")).unwrap_or(&name);
    stem.rsplit_once('.').is_some_and(|(_, server)| {
        matches!(
            server,
            "mysql" | "mariadb" | "sqlite" | "sqlite3" | "cockroach" | "mssql" | "sqlserver" | "oracle"
        )
    })
}

/// Django runs either a migration that replaces others or those: which, the graph of the fresh database and the rows tell.
fn squashed(scripts: &mut [Script], fresh: &[Migration], tree: &Tree) {
    let replaced: BTreeSet<&str> =
        fresh.iter().filter(|m| m.state == State::Covered).map(|m| m.id.as_str()).collect();
    let by = tools::django::replaced_by(scripts.iter().map(|script| script.file.as_str()), tree);
    let applied: BTreeSet<String> =
        scripts.iter().filter(|script| script.applied).map(|script| script.file.clone()).collect();
    for script in scripts {
        if replaced.contains(script.id.as_str())
            && by.iter().any(|(file, replaces)| replaces.contains(&script.id) && applied.contains(file))
        {
            script.applied = false;
            script.state = State::NeverRun;
        }
    }
}

/// Migrations that no tool is known of: only where reading the folder as plain SQL would run what undoes them, or run them in another
/// order than their numbers say.
fn unnamed(tree: &Tree, inside: &str, sql: &[&str]) -> Option<Replay> {
    let ups: Vec<&str> = sql
        .iter()
        .copied()
        .filter(|file| !has_counterpart(file, sql) && !is_other_dialect(file, sql))
        .collect();
    let home = name(inside).to_ascii_lowercase();
    let numbered = matches!(home.as_str(), "migrations" | "migration" | "migrate" | "up");
    let mut ordered = ups.clone();
    let one_folder = ups.iter().map(|file| folder(file)).collect::<BTreeSet<_>>().len() == 1;
    if numbered && one_folder {
        sections::by_number(&mut ordered, |file| file);
    }
    let marked = || ups.iter().any(|file| sections::up_only(&tree.text(file)).is_some());
    if ordered.as_slice() == sql && !marked() {
        return None;
    }
    let script = |file: &&str| Script {
        id: name(file).trim_end_matches(".sql").to_owned(),
        file: (*file).to_owned(),
        state: State::Unknown,
        head: true,
        applied: false,
        kind: Kind::Sql(None),
    };
    Some(Replay {
        tool: None,
        folder: if inside.is_empty() { ".".to_owned() } else { inside.to_owned() },
        scripts: ordered.iter().map(script).collect(),
        recorded: false,
        others: Vec::new(),
        remarks: Vec::new(),
        unread: Vec::new(),
        applications: BTreeSet::new(),
    })
}

/// Whether a file undoes another one of these: `1.down.sql` with `1.up.sql` or `1.sql`, and any of that sort where files are paired so.
fn has_counterpart(file: &str, all: &[&str]) -> bool {
    let lower = file.to_ascii_lowercase();
    let top = folder(file);
    let beside =
        || all.iter().filter(|other| folder(other) == top).map(|other| name(other).to_ascii_lowercase());
    let there = |wanted: &str| beside().any(|other| other == wanted);
    let last = name(&lower);
    if let Some(stem) = last.strip_suffix("_down.sql") {
        return there(&format!("{stem}_up.sql"));
    }
    if !sections::undoes(&lower) {
        return false;
    }
    if last == "down.sql" {
        return there("up.sql");
    }
    let paired = last.ends_with(".down.sql") && beside().any(|other| other.ends_with(".up.sql"));
    paired
        || [".down.sql", ".rollback.sql", ".undo.sql"].iter().filter_map(|end| last.strip_suffix(end)).any(
            |stem| {
                there(&format!("{stem}.up.sql"))
                    || there(&format!("{stem}.sql"))
                    || there(&format!("{stem}.do.sql"))
            },
        )
}

fn is_other_dialect(file: &str, all: &[&str]) -> bool {
    is_for_another_server(file)
        && all.iter().any(|other| name(other).to_ascii_lowercase().contains(".postgres"))
}

/// What the Python migrations among these scripts send, by file: only what is literal. Scripts are given in the order in which they run, with
/// those that ran before. `applied`: only applications that the database has migrations of count as installed.
#[must_use]
pub fn program<'a>(
    replay: &Replay,
    tree: &Tree,
    scripts: impl Iterator<Item = &'a Script>,
    applied: bool,
) -> BTreeMap<String, Vec<Piece>> {
    let text = |file: &str| {
        tree.bytes(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|why| {
            vec![Piece { line: 1, column: 1, does: Does::Unknown(format!("it can't be read: {why}")) }]
        })
    };
    let python = scripts.filter(|script| script.kind == Kind::Python);
    match replay.tool {
        Some(Tool::Alembic) => {
            let project = crate::program::Project::of(tree);
            python
                .map(|script| {
                    let read = |text: String| crate::program::alembic(&text, project);
                    (script.file.clone(), text(&script.file).map_or_else(|why| why, read))
                })
                .collect()
        }
        Some(Tool::Django) => django(tree, python, &text, applied.then_some(&replay.applications)),
        Some(_) | None => BTreeMap::new(),
    }
}

/// Django's models are followed from one migration to the next. The tables of applications that Django brings come with the first.
fn django<'a>(
    tree: &Tree,
    scripts: impl Iterator<Item = &'a Script>,
    text: &dyn Fn(&str) -> Result<String, Vec<Piece>>,
    recorded: Option<&BTreeSet<String>>,
) -> BTreeMap<String, Vec<Piece>> {
    let is_settings =
        |file: &&str| name(file) == "settings.py" || file.contains("settings/") && file.ends_with(".py");
    let settings: Vec<String> = tree.files().filter(is_settings).map(|file| tree.text(file)).collect();
    let mut models = crate::program::Models::new(crate::program::Settings::of(&settings));
    let mut out: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for (at, script) in scripts.enumerate() {
        let text = match text(&script.file) {
            Ok(text) => text,
            Err(why) => {
                out.insert(script.file.clone(), why);
                continue;
            }
        };
        let identity = crate::program::writes_identities(&text);
        let mut pieces = Vec::new();
        if at == 0 {
            pieces.extend(models.contrib(identity.unwrap_or(true), recorded));
        }
        let app = script.id.split('.').next().unwrap_or_default();
        pieces.extend(models.read(&text, app, identity));
        out.insert(script.file.clone(), pieces);
    }
    out
}
