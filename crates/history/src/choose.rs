//! Which tools a folder and a database speak of, and the history of each.
//!
//! Files alone often fit several tools (`V1__x.sql` is Flyway's and refinery's), and so do tables (`schema_migrations` is anybody's).
//! Both together tell: a tool counts when its marks are in the folder, or its table is in the database and its sort of files in the
//! folder. A tool whose files another one's table claims does not.

use crate::database::{Database, Rows, Table};
use crate::model::{Fault, History};
use crate::reader::{Configured, Known, Site, Within};
use crate::tool::Tool;
use std::collections::BTreeSet;
use trueup_diff::Code;
use trueup_project::{Found, Tree};

/// What the user says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The tool.
    pub tool: Option<Tool>,
    /// The schema of its table.
    pub schema: Option<String>,
    /// The name of its table.
    pub table: Option<String>,
}

/// The histories of a folder and a database.
pub type Histories = Vec<History>;

/// Why there is no history to tell, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// X102 where a right is lacking, else X104.
    pub code: Code,
    /// What is wrong, without a full stop.
    pub message: String,
    /// The way out.
    pub way_out: String,
}

impl NotRead {
    pub(crate) fn configuration(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        NotRead { code: Code::X104, message: message.into(), way_out: way_out.into() }
    }
}

/// A tool with its folders, and its table for each.
pub(crate) struct Candidate<'a> {
    pub tool: Tool,
    pub sites: Vec<(Site, Option<&'a Table>)>,
    pub marked: bool,
}

impl Candidate<'_> {
    pub fn has_table(&self) -> bool {
        self.sites.iter().any(|(_, table)| table.is_some())
    }

    pub fn files(&self) -> BTreeSet<&str> {
        self.sites.iter().flat_map(|(site, _)| &site.files).map(String::as_str).collect()
    }
}

/// Reads every history that the folder and the database have.
///
/// # Errors
/// No tool is known by these files; a table can't be read; several tables or folders may be meant.
pub fn read(tree: &Tree, database: &Database, wish: &Wish) -> Result<Histories, Vec<NotRead>> {
    let marks = Found::all(tree);
    let candidates = candidates(tree, database, wish, &marks, &|_, site| Some(site))?;
    let meant: Vec<&Candidate<'_>> =
        candidates.iter().filter(|candidate| candidate.marked || candidate.has_table()).collect();
    let kept: Vec<&Candidate<'_>> = meant.iter().copied().filter(|one| is_it(one, &meant)).collect();
    if kept.is_empty() {
        return Err(vec![nothing(tree, database, wish, &marks)]);
    }
    let mut problems = Vec::new();
    let mut histories = Vec::new();
    for candidate in kept {
        match one_folder(candidate) {
            Ok((site, table)) => histories.push(history(candidate.tool, site, table, tree, database)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(histories) } else { Err(problems) }
}

/// Every tool that these files could be of, with its table where there is one. `site` may take files from a site, or all of it.
pub(crate) fn candidates<'a>(
    tree: &Tree,
    database: &'a Database,
    wish: &Wish,
    marks: &[Found],
    site: &dyn Fn(Tool, Site) -> Option<Site>,
) -> Result<Vec<Candidate<'a>>, Vec<NotRead>> {
    let mut candidates = Vec::new();
    for tool in Tool::ALL.iter().copied().filter(|tool| wish.tool.is_none_or(|wished| wished == *tool)) {
        let mut sites = Vec::new();
        let marked = wish.tool.is_some() || marks.iter().any(|found| found.tool.name == tool.name());
        for site in tool.reader().sites(tree).into_iter().filter_map(|one| site(tool, one)) {
            match table_of(tool, &site, database, wish) {
                Ok(table) => sites.push((site, table)),
                // Of a tool that only may be it, nothing is said.
                Err(problem) if marked => return Err(vec![problem]),
                Err(_) => {}
            }
        }
        if !sites.is_empty() {
            candidates.push(Candidate { tool, sites, marked });
        }
    }
    Ok(candidates)
}

/// Whether a tool is meant, beside others that may be.
pub(crate) fn is_it(one: &Candidate<'_>, all: &[&Candidate<'_>]) -> bool {
    let files = one.files();
    !all.iter().any(|other| {
        // Of two that claim the same files, the one with a table, then the one with marks, then the first.
        let rank = |c: &Candidate<'_>| (c.has_table(), c.marked, std::cmp::Reverse(c.tool));
        other.tool != one.tool
            && rank(other) > rank(one)
            && (other.files().iter().any(|file| files.contains(file)) || same_table(one, other))
    })
}

fn same_table(one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    let tables = |c: &Candidate<'_>| -> Vec<_> {
        c.sites.iter().filter_map(|(_, table)| table.map(Table::full_name)).collect()
    };
    let others = tables(other);
    tables(one).iter().any(|table| others.contains(table))
}

/// The one folder of a tool: several would need a table each.
fn one_folder<'c, 'a>(candidate: &'c Candidate<'a>) -> Result<(&'c Site, Option<&'a Table>), NotRead> {
    let tool = candidate.tool;
    match candidate.sites.as_slice() {
        [(site, table)] => Ok((site, *table)),
        several => {
            let names: Vec<String> = several.iter().map(|(site, _)| shown_folder(&site.folder)).collect();
            Err(NotRead::configuration(
                format!("{tool} has migrations in several folders: {}", names.join(", ")),
                format!(
                    "name the one that this database belongs to: `trueup history {}`",
                    names.first().map_or("", String::as_str)
                ),
            ))
        }
    }
}

fn shown_folder(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}

/// Nothing was found: why, as far as the files tell.
fn nothing(tree: &Tree, database: &Database, wish: &Wish, marks: &[Found]) -> NotRead {
    if let Some(tool) = wish.tool {
        return NotRead::configuration(
            format!("there are no migrations of {tool} in this folder"),
            "name the folder of the project, as `trueup history path/to/project`",
        );
    }
    if database.tables.iter().any(|table| table.schema == "prisma_contract" && table.name == "marker") {
        return NotRead::configuration(
            "this database is kept by Prisma 8, whose history trueup does not read: it holds hashes of a contract",
            "`npx prisma migrate status` tells it; `trueup check` compares the schema itself",
        );
    }
    let unread: Vec<&str> =
        marks.iter().map(|found| found.tool.name).filter(|name| *name != "an unknown tool").collect();
    if let Some(name) = unread.first() {
        return NotRead::configuration(
            format!("this project uses {name}, and no migration of a tool that trueup reads was found"),
            "`trueup history --help` lists the tools that are read; `trueup check` compares the schema itself",
        );
    }
    let files = tree.files().count();
    NotRead::configuration(
        format!("no migration tool is known by the {files} files of this folder"),
        "name the folder of the project, as `trueup history path/to/project`, or the tool with --tool",
    )
}

/// The table of a site: the one that was named, or the tool's own, or the only one of its shape.
fn table_of<'a>(
    tool: Tool,
    site: &Site,
    database: &'a Database,
    wish: &Wish,
) -> Result<Option<&'a Table>, NotRead> {
    let known = tool.reader().tables();
    let (schema, name) = match (&site.table, wish) {
        (_, Wish { table: Some(name), schema, .. }) => (schema.as_deref(), Some(name.as_str())),
        (_, Wish { schema: Some(schema), .. }) => (Some(schema.as_str()), None),
        (Configured::Named { schema, name }, _) => (schema.as_deref(), name.as_deref()),
        (Configured::Usual | Configured::Computed, _) => (None, None),
    };
    let fits = |table: &&Table| known.iter().any(|known| known.fits(table));
    let named = |table: &&Table| match name {
        Some(name) => table.name == name,
        None => known
            .iter()
            .any(|known| known.fits(table) && known.name == table.name && usual_schema(known, schema, table)),
    };
    let in_schema = |table: &&Table| schema.is_none_or(|schema| table.schema == schema);
    let mut found: Vec<&Table> =
        database.tables.iter().filter(fits).filter(named).filter(in_schema).collect();
    if found.is_empty() && name.is_none() {
        // Options of a command line, or code, may have named it otherwise.
        let shaped = |table: &&Table| known.iter().any(|known| known.shape && known.is_all_of(table));
        found = database.tables.iter().filter(shaped).filter(in_schema).collect();
    }
    if found.len() > 1 {
        let first =
            database.search_path.iter().find_map(|schema| found.iter().find(|table| table.schema == *schema));
        found = first.map_or(found.clone(), |first| vec![*first]);
    }
    match found.as_slice() {
        [] => Ok(None),
        [table] => readable(table).map(Some),
        several => {
            let names: Vec<String> = several.iter().map(|table| table.full_name().to_string()).collect();
            Err(NotRead::configuration(
                format!("several tables may be the history of {tool}: {}", names.join(", ")),
                format!("name it: --table {}", names.first().map_or("", String::as_str)),
            ))
        }
    }
}

fn usual_schema(known: &Known, wished: Option<&str>, table: &Table) -> bool {
    wished.is_some() || known.schema.is_none_or(|schema| table.schema == schema)
}

fn readable(table: &Table) -> Result<&Table, NotRead> {
    let name = table.full_name();
    match table.rows {
        Rows::Read(_) => Ok(table),
        Rows::Refused => Err(NotRead {
            code: Code::X102,
            message: format!("the role may not read {name}, in which the history is kept"),
            way_out: format!(
                "GRANT SELECT ON {name} to it (and USAGE on its schema), or use a role that may read it"
            ),
        }),
        Rows::TooMany => Err(NotRead::configuration(
            format!("{name} has more rows than trueup reads of a history"),
            "look whether it is the tool's table; --table names another",
        )),
    }
}

/// Schemas that Supabase brings along.
const PLATFORM: &[&str] = &[
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgsodium",
    "realtime",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "vault",
];

fn history(tool: Tool, site: &Site, table: Option<&Table>, tree: &Tree, database: &Database) -> History {
    let mut history = tool.reader().read(site, &Within { tree, table, database });
    if history.folder.is_empty() {
        ".".clone_into(&mut history.folder);
    }
    if let (Configured::Computed, Some(file)) = (&site.table, &site.configuration) {
        history.remarks.push(format!("{file} computes the name of the table: it was looked for by its usual name and its columns; --table names it"));
    }
    let empty = table.is_none_or(|table| table.rows().is_empty());
    let others: u64 = database
        .others
        .iter()
        .filter(|(schema, _)| tool != Tool::Supabase || !PLATFORM.contains(&schema.as_str()))
        .map(|(_, count)| count)
        .sum();
    let to_run = history.migrations.iter().filter(|migration| migration.state.is_pending()).count();
    if empty && others > 0 && to_run > 0 {
        history.faults.push(no_history(tool, table, others, to_run));
    }
    if let Some(first) = history.migrations.iter().find(|migration| migration.state.is_pending()) {
        let title = if to_run == 1 {
            format!("migration {} is pending", first.id)
        } else {
            format!("{to_run} migrations are pending, {} first", first.id)
        };
        let mut fault = Fault::new(Code::M105, first.id.clone(), title).way(tool.apply());
        if let Some(file) = &first.file {
            fault = fault.at(file.clone(), None);
        }
        history.faults.push(fault);
    }
    history.faults.sort_by(|a, b| (a.level, a.code, &a.object).cmp(&(b.level, b.code, &b.object)));
    history
}

/// Tables are there and no migration is recorded: the first one will most likely make what exists.
fn no_history(tool: Tool, table: Option<&Table>, others: u64, to_run: usize) -> Fault {
    let tables = if others == 1 { "1 table".to_owned() } else { format!("{others} tables") };
    let object = table.map_or_else(
        || tool.reader().tables().first().map_or_else(String::new, |known| known.name.to_owned()),
        |table| table.full_name().to_string(),
    );
    let state = if table.is_some() { "records no migration" } else { "is not there" };
    let fault =
        Fault::new(Code::M113, object.clone(), format!("{object} {state}, and the database has {tables}"))
            .why(format!(
                "{tool} takes all {to_run} migrations for pending: one that makes a table which exists fails"
            ));
    baseline(tool).iter().fold(fault, |fault, way| fault.way(*way))
}

/// How a tool is told that what exists is already there.
fn baseline(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Alembic => &["alembic stamp head"],
        Tool::Django => &["python manage.py migrate --fake-initial"],
        Tool::Prisma => &["npx prisma migrate resolve --applied NAME"],
        Tool::Flyway => &["flyway baseline"],
        Tool::Liquibase => &["liquibase changelog-sync"],
        Tool::GolangMigrate => &["migrate -path migrations -database \"$DATABASE_URL\" force VERSION"],
        Tool::Supabase => &["supabase migration repair --status applied VERSION"],
        Tool::Atlas => &["atlas migrate apply --baseline VERSION --url \"$DATABASE_URL\""],
        Tool::Rails => &["INSERT INTO schema_migrations (version) VALUES ('VERSION');"],
        Tool::NodePgMigrate => &["npx node-pg-migrate up --fake"],
        Tool::TypeOrm => &["npx typeorm migration:run --fake -d DATA_SOURCE"],
        Tool::Drizzle => &[
            "insert a row with the hash and the time of each migration that the schema has: `trueup explain M113` shows it",
        ],
        Tool::Diesel
        | Tool::Refinery
        | Tool::Sqlx
        | Tool::Dbmate
        | Tool::Goose
        | Tool::Ecto
        | Tool::Knex
        | Tool::Sequelize => &[
            "record the migrations that the schema has in the tool's table, after comparing: `trueup check`",
        ],
    }
}
