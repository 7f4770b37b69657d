//! `trueup history`: what state the migrations of a project are in.

use crate::args::{Format, ProjectFile, Reading};
use crate::load;
use crate::output;
use crate::problem::{Problem, plain};
use crate::project::Project;
use crate::run::{Exit, Talk, write_failed};
use crate::source::Source;
use clap::Args;
use std::path::Path;
use trueup_history::{Database, NotRead, Outcome, Rows, Table, Tool, Wanted, Wish};
use trueup_introspect::{HistoryFound, HistoryQuestion, HistoryRows};
use trueup_policy::Remark;
use trueup_project::Tree;
use trueup_report::{Listing, Place, safe};

/// Hold the files of a migration tool against its table, without running the tool: which migrations are applied, pending, failed,
/// edited since, out of order or without a file; several heads, missing parents, locks. It reads Alembic, Atlas, dbmate, Diesel,
/// Django, Drizzle, Ecto, Flyway, golang-migrate, goose, Knex, Liquibase, node-pg-migrate, Prisma, Rails, refinery, Sequelize, sqlx,
/// Supabase and TypeORM. Nothing of the project is run, and nothing is written.
#[derive(Debug, Args)]
#[command(after_help = HISTORY_EXITS)]
pub struct History {
    /// The folder of the project, or of its migrations; `git:REVISION:PATH` for the files of a revision. Without it, `[history]` of
    /// trueup.toml, else this folder
    #[arg(value_name = "DIR")]
    pub folder: Option<String>,
    /// The database: URL, "key=value …", or a snapshot. Without it, the target of trueup.toml, else libpq's environment
    /// (PGHOST, PGSERVICE, …)
    #[arg(long, value_name = "SOURCE", num_args = 1.., env = "TRUEUP_LIVE", hide_env_values = true)]
    pub live: Vec<String>,
    /// Where the project's configuration is.
    #[command(flatten)]
    pub project: ProjectFile,
    /// Which tool it is. Without it, the files and the tables tell
    #[arg(long, value_name = "TOOL")]
    pub tool: Option<Tool>,
    /// The table that keeps the history, where neither the tool's usual name nor its configuration tells
    #[arg(long, value_name = "[SCHEMA.]TABLE")]
    pub table: Option<String>,
    /// List every applied migration too
    #[arg(long)]
    pub all: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// How to read.
    #[command(flatten)]
    pub reading: Reading,
}

const HISTORY_EXITS: &str = "\
Exit codes: 0 in order: nothing is wrong, though migrations may be pending; 1 something is wrong; 2 could not run or could not
decide: a file or a table that can't be read.";

/// The files of a project.
pub struct Files {
    /// The files.
    pub tree: Tree,
    /// What is shown of where they are.
    pub shown: String,
    /// The temporary folder that they were laid out in from a revision, which goes with this.
    _laid: Option<tempfile::TempDir>,
}

/// Runs the verb.
///
/// # Errors
/// What stopped the run.
pub async fn history(options: &History, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let folder = options.folder.clone().unwrap_or_else(|| ".".to_owned());
    let progress = talk.progress();
    progress.doing("reading the files");
    let files = load::blocking(move || files(&folder)).await?.map_err(|problem| vec![problem])?;
    let wish = wish(options.tool, options.table.as_deref());
    let question = questions(Some(&files.tree), &wish);
    progress.doing("reading the history");
    let (database, place) = load::history(&options.live, &options.reading, &question).await?;
    drop(progress);
    let histories = trueup_history::read(&files.tree, &database, &wish).map_err(problems)?;
    let text = match options.format {
        Format::Json => {
            trueup_report::history_json(&histories, &files.shown, &place, env!("CARGO_PKG_VERSION"))
                .map_err(|error| vec![write_failed(&error)])?
        }
        Format::Text => {
            let listing = if options.all { Listing::All } else { Listing::Short };
            trueup_report::history_text(&histories, &files.shown, &place, listing, talk.out)
        }
    };
    output::stdout(&text).map_err(|problem| vec![problem])?;
    if options.format == Format::Text {
        for left_out in &files.tree.left_out {
            talk.hint(Some(format!("not looked at: {left_out}")));
        }
    }
    Ok(exit(Outcome::of(&histories)))
}

/// What the process ends with.
pub fn exit(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::InOrder => Exit::Good,
        Outcome::Faults => Exit::Drift,
        Outcome::Undecided => Exit::Failed,
    }
}

/// What `check` and `gate` say of the history that `[history]` names.
pub struct Beside {
    /// What was read.
    pub histories: Vec<trueup_history::History>,
    /// The folder, as it is shown.
    pub folder: String,
}

impl Beside {
    /// The same as remarks, which every format of the gate shows.
    pub fn remarks(&self) -> Vec<Remark> {
        let faults = self.histories.iter().flat_map(|history| &history.faults);
        faults
            .map(|fault| Remark {
                code: fault.code,
                level: fault.level,
                text: fault.title.clone(),
                way_out: fault.ways_out.first().cloned().unwrap_or_default(),
                place: fault.place.as_ref().map(|place| {
                    (Path::new(&self.folder).join(&place.file).display().to_string(), place.line.unwrap_or(1))
                }),
            })
            .collect()
    }

    /// What it comes to.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(&self.histories)
    }
}

/// Reads the history that `[history]` of the configuration names, if it does. What can't be read becomes a fault of its own (M115), so
/// that the findings are shown all the same and nothing is green.
///
/// # Errors
/// The files, or the database, can't be read at all.
pub async fn beside(
    project: Option<&Project>,
    live: &[String],
    reading: &Reading,
    talk: &Talk,
) -> Result<Option<Beside>, Vec<Problem>> {
    let Some(project) = project else { return Ok(None) };
    let Some(folder) = project.history_folder() else { return Ok(None) };
    if let Ok(Source::Files(_) | Source::Git(..)) = Source::of("--live", live) {
        talk.hint(Some("the history of migrations was not looked at: --live is no database".to_owned()));
        return Ok(None);
    }
    let tool = project.history_tool()?;
    let files = load::blocking(move || files(&folder)).await?.map_err(|problem| vec![problem])?;
    let wish = wish(tool, project.read.config.history.table.as_deref());
    let (database, _) = load::history(live, reading, &questions(Some(&files.tree), &wish)).await?;
    let histories = match trueup_history::read(&files.tree, &database, &wish) {
        Ok(mut histories) => {
            for history in &mut histories {
                history.faults.retain_mut(|fault| match project.read.policy.levels.get(&fault.code) {
                    None => true,
                    Some(Some(level)) => {
                        fault.level = *level;
                        true
                    }
                    Some(None) => false,
                });
            }
            histories
        }
        Err(not_read) => vec![trueup_history::History::unread(not_read)],
    };
    Ok(Some(Beside { histories, folder: files.shown }))
}

/// The files of a folder, or of a revision.
///
/// # Errors
/// It can't be read.
pub fn files(folder: &str) -> Result<Files, Problem> {
    let unreadable = |error: trueup_project::Error| {
        Problem::configuration(
            plain(&error.to_string()),
            "name a folder, as `trueup history path/to/project`",
        )
    };
    match folder.strip_prefix("git:").and_then(|rest| rest.split_once(':')) {
        Some((revision, path)) => {
            let path = if path.is_empty() { "." } else { path };
            let laid = crate::git::folder(revision, Path::new(path))?;
            let tree = Tree::read(laid.path()).map_err(unreadable)?;
            Ok(Files { tree, shown: format!("{revision}:{path}"), _laid: Some(laid) })
        }
        None => {
            let tree = Tree::read(Path::new(folder)).map_err(unreadable)?;
            Ok(Files { tree, shown: folder.to_owned(), _laid: None })
        }
    }
}

/// What the options say of tool and table.
pub fn wish(tool: Option<Tool>, table: Option<&str>) -> Wish {
    let (schema, name) = match table.map(|table| table.split_once('.').ok_or(table)) {
        Some(Ok((schema, name))) => (Some(schema.to_owned()), Some(name.to_owned())),
        Some(Err(name)) => (None, Some(name.to_owned())),
        None => (None, None),
    };
    Wish { tool, schema, table: name }
}

/// What to ask a database for.
pub fn questions(tree: Option<&Tree>, wish: &Wish) -> Vec<HistoryQuestion> {
    let wanted = trueup_history::wanted(tree, wish).into_iter();
    wanted.map(|Wanted { schema, name, has, most }| HistoryQuestion { schema, name, has, most }).collect()
}

/// What a snapshot keeps of it: what a tool logged of a failure may repeat values of rows, and stays behind.
pub fn kept(mut database: Database) -> Database {
    for table in &mut database.tables {
        if let Rows::Read(rows) = &mut table.rows {
            for row in rows {
                row.retain(|column, _| !matches!(column.as_str(), "logs" | "error" | "error_stmt"));
            }
        }
    }
    database
}

/// What a database has, as the readers of histories take it.
pub fn database(found: HistoryFound) -> Result<Database, Problem> {
    let mut tables = Vec::with_capacity(found.tables.len());
    for table in found.tables {
        let rows = match table.rows {
            HistoryRows::Refused => Rows::Refused,
            HistoryRows::TooMany => Rows::TooMany,
            HistoryRows::Read(rows) => {
                let read: Result<Vec<_>, _> = rows.iter().map(|row| serde_json::from_str(row)).collect();
                Rows::Read(read.map_err(|error| {
                    Problem::configuration(
                        format!("a row of {} can't be read: {error}", safe(&table.name)),
                        "report this as a defect of trueup",
                    )
                })?)
            }
        };
        tables.push(Table { schema: table.schema, name: table.name, columns: table.columns, rows });
    }
    Ok(Database { tables, others: found.others, search_path: found.search_path })
}

/// Why there is no history to tell.
pub fn problems(not_read: Vec<NotRead>) -> Vec<Problem> {
    not_read
        .into_iter()
        .map(|why| Problem { code: why.code, message: why.message, way_out: Some(why.way_out) })
        .collect()
}

/// A live side that is neither a server nor a snapshot.
pub fn no_history(place: &Place) -> Problem {
    Problem::configuration(
        format!("{} has no history: it is neither a database nor a snapshot", safe(&place.name)),
        "give --live a connection string, or a file that `trueup snapshot` wrote",
    )
}
