//! `trueup repair --as TOOL`: the repair as a migration of the project's own tool, and what marks migrations as applied.

use crate::args::{Format, Repair};
use crate::history::{self, Files};
use crate::load;
use crate::output;
use crate::problem::{Problem, plain};
use crate::project::Project;
use crate::run::{Exit, Found, Talk, find, write_failed};
use crate::source::Source;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use trueup_diff::Code;
use trueup_history::{Database, History, Tool};
use trueup_native::{Baseline, Given, How, Refusal, Upto, Written};
use trueup_report::safe;

/// A project as far as its tool needs it.
struct Of {
    files: Files,
    history: History,
    /// New files go to the folder itself: it had none.
    first: bool,
    /// Whether the database was asked what ran.
    asked: bool,
}

/// Runs the verb.
///
/// # Errors
/// What stopped the run.
pub async fn repair(
    repair: &Repair,
    tool: Tool,
    project: Option<&Project>,
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    let one = |problem| vec![problem];
    let name = name(repair).map_err(one)?;
    let of = of(repair, tool, project, talk).await?;
    let now = trueup_native::time(clock().map_err(one)?);
    let given = Given {
        tree: &of.files.tree,
        tool,
        history: &of.history,
        into: of.first.then_some("."),
        now,
        name: &name,
        app: repair.native.app.as_deref(),
        head: &[],
        left: &[],
    };
    if repair.native.baseline {
        return mark(repair, &given, talk).await;
    }
    if let Some(path) = repair.output.as_deref().filter(|path| !output::is_stdout(path)) {
        return Err(one(Problem::configuration(
            format!(
                "{}: a migration has its place and its name from its tool",
                safe(&path.display().to_string())
            ),
            "--into names the folder, --name the migration; `-o -` prints it",
        )));
    }
    let mut found = find(&repair.sides, repair.allow.clone(), talk).await?;
    found.probe(&repair.sides, &repair.probing, talk).await?;
    found.rights(&repair.sides).await?;
    if !found.plan().steps.is_empty() && !repair.native.after_pending && of.asked {
        none_pending(&of.history, tool).map_err(one)?;
    }
    let report = found.report();
    let notes = trueup_report::migration_notes(&report);
    let given = Given { head: &notes.head, left: &notes.left, ..given };
    let done = trueup_native::write(&given, found.plan(), &notes.steps).map_err(refused)?;
    let dry = repair.native.dry_run || repair.output.is_some();
    let root = PathBuf::from(&of.files.shown);
    if !dry {
        write(&root, &done).map_err(one)?;
    }
    match (repair.format, dry) {
        (Format::Json, _) => {
            let text = trueup_report::native_json(&report, tool.name(), &of.files.shown, &done, !dry);
            output::stdout(&text.map_err(|error| one(write_failed(&error)))?).map_err(one)?;
        }
        (Format::Text, true) => {
            output::stdout(&shown(&root, &done)).map_err(one)?;
            if talk.chatty {
                output::stderr(&trueup_report::repair_text(&report, None, talk.err));
            }
        }
        (Format::Text, false) => {
            let mut text = trueup_report::repair_text(&report, None, talk.out);
            for file in &done.files {
                let word = match file.how {
                    How::New => "wrote",
                    How::List => "listed it in",
                };
                text += &format!("{word} {}\n", safe(&root.join(&file.path).display().to_string()));
            }
            output::stdout(&text).map_err(one)?;
        }
    }
    tell(&found, tool, &done, talk);
    Ok(match found.exit() {
        Exit::Good if !done.left_out.is_empty() => Exit::Drift,
        exit => exit,
    })
}

/// What the tool can't do, and the next command.
fn tell(found: &Found, tool: Tool, done: &Written, talk: &Talk) {
    for left in &done.left_out {
        let title = found.plan().steps.get(left.step).map(|step| safe(&step.title).into_owned());
        talk.hint(Some(format!("not in the migration: {}: {}", title.unwrap_or_default(), left.why)));
    }
    if !done.left_out.is_empty() {
        talk.hint(Some(
            "run the migration, then `trueup apply`, or `trueup repair -o repair.sql` with psql, for what is not in it"
                .to_owned(),
        ));
    }
    if done.files.is_empty() {
        return;
    }
    let outside = done.files.iter().any(|file| file.text.contains("CONCURRENTLY"));
    let apply = match tool {
        Tool::TypeOrm if done.files.iter().any(|file| file.text.contains("transaction = false;")) => {
            "npx typeorm migration:run -d DATA_SOURCE --transaction each".to_owned()
        }
        Tool::Flyway if outside => "flyway -postgresql.transactional.lock=false migrate".to_owned(),
        _ => tool.apply().to_owned(),
    };
    talk.hint(Some(format!("read it, then `{apply}`; `trueup check` again afterwards")));
}

/// The name of the migration.
fn name(repair: &Repair) -> Result<String, Problem> {
    let Some(wished) = &repair.native.name else { return Ok("trueup_repair".to_owned()) };
    trueup_native::plain_name(wished).ok_or_else(|| {
        Problem::configuration(
            format!("{} is no name for a migration", safe(wished)),
            "--name with letters and digits, as --name add_missing_indexes",
        )
    })
}

/// The time, or what `SOURCE_DATE_EPOCH` says instead, as for anything that is to come out the same twice.
fn clock() -> Result<SystemTime, Problem> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => Ok(SystemTime::now()),
        Ok(text) => text
            .trim()
            .parse::<u32>()
            .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into()))
            .map_err(|_| {
                Problem::configuration(
                    "SOURCE_DATE_EPOCH is no number of seconds",
                    "unset it, or set it to seconds since 1970",
                )
            }),
    }
}

/// The project, its history, and whether a database told what of it ran.
async fn of(repair: &Repair, tool: Tool, project: Option<&Project>, talk: &Talk) -> Result<Of, Vec<Problem>> {
    let one = |problem| vec![problem];
    let configured = project.and_then(Project::history_folder);
    let given = repair.native.into.clone();
    let folder = given.clone().or(configured).unwrap_or_else(|| ".".to_owned());
    if folder.starts_with("git:") {
        return Err(one(Problem::configuration(
            format!("{} is a revision, into which nothing can be written", safe(&folder)),
            "name a folder with --into",
        )));
    }
    // An empty folder, or one that is yet to be made, gets the first migration.
    let new = given.is_some() && is_empty(Path::new(&folder));
    if new {
        let make = std::fs::create_dir_all(&folder);
        make.map_err(|error| one(unwritable(Path::new(&folder), &error)))?;
    }
    let files = load::blocking(move || history::files(&folder)).await?.map_err(one)?;
    let table =
        project.filter(|_| given.is_none()).and_then(|project| project.read.config.history.table.clone());
    let wish = history::wish(Some(tool), table.as_deref());
    let (database, asked) = match Source::of("--live", &repair.sides.live) {
        Ok(Source::Files(_) | Source::Git(..)) => {
            talk.hint(Some("what ran of the migrations is not known: --live is no database".to_owned()));
            (Database::default(), false)
        }
        Ok(_) | Err(_) => {
            let question = history::questions(Some(&files.tree), &wish);
            (load::history(&repair.sides.live, &repair.sides.reading, &question).await?.0, true)
        }
    };
    if new {
        let mut history = History::unread(Vec::new());
        history.tool = Some(tool);
        return Ok(Of { files, history, first: true, asked });
    }
    let histories = trueup_history::read(&files.tree, &database, &wish).map_err(history::problems)?;
    match histories.into_iter().next() {
        Some(history) => Ok(Of { files, history, first: false, asked }),
        None => Err(one(Problem::configuration(
            format!("there are no migrations of {tool} in this folder"),
            "name the folder of the project with --into",
        ))),
    }
}

fn is_empty(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// A repair beside pending migrations would do what they do.
fn none_pending(history: &History, tool: Tool) -> Result<(), Problem> {
    let pending: Vec<&str> = history
        .migrations
        .iter()
        .filter(|migration| migration.state.is_pending())
        .map(|migration| migration.id.as_str())
        .collect();
    let Some(first) = pending.first() else { return Ok(()) };
    let many = match pending.len() {
        1 => format!("migration {} is pending", safe(first)),
        several => format!("{several} migrations are pending, {} first", safe(first)),
    };
    let unrecorded = history.faults.iter().any(|fault| fault.code == Code::M113);
    let way_out = if unrecorded {
        format!(
            "the schema may have what they make: `trueup repair --as {} --baseline` tells how they are marked as applied; --after-pending writes the repair behind them all the same",
            tool.name().to_lowercase()
        )
    } else {
        format!(
            "`{}`, then repair again; --after-pending writes the repair behind them all the same",
            tool.apply()
        )
    };
    Err(Problem {
        code: Code::M105,
        message: format!("{many}, and a repair would do again what it does"),
        way_out: Some(way_out),
    })
}

fn refused(refusal: Refusal) -> Vec<Problem> {
    vec![Problem {
        code: refusal.code,
        message: safe(&refusal.message).into_owned(),
        way_out: Some(safe(&refusal.way_out).into_owned()),
    }]
}

/// What marks migrations as applied.
async fn mark(repair: &Repair, given: &Given<'_>, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let one = |problem| vec![problem];
    let upto = match &repair.native.through {
        Some(version) => Upto::Version(version),
        None => {
            let found = find(&repair.sides, repair.allow.clone(), talk).await?;
            if !found.is_in_sync() {
                return Err(one(Problem::configuration(
                    "the live schema is not the desired one, so that not every migration may be marked as applied",
                    "close the drift first; or say how far the database is, as --through VERSION",
                )));
            }
            Upto::All
        }
    };
    let text = match trueup_native::baseline(given, upto).map_err(refused)? {
        Baseline::Nothing => {
            talk.hint(Some("no migration is pending: there is nothing to mark".to_owned()));
            return Ok(Exit::Good);
        }
        Baseline::Commands(commands) => {
            commands.iter().map(|command| format!("{}\n", safe(command))).collect::<String>()
        }
        Baseline::Sql(sql) => sql,
    };
    match repair.output.as_deref().filter(|path| !output::is_stdout(path)) {
        Some(path) => output::file(path, &text).map_err(one)?,
        None => output::stdout(&text).map_err(one)?,
    }
    talk.hint(Some("nothing was run: `trueup history` again afterwards".to_owned()));
    Ok(Exit::Good)
}

/// The files one after the other; a single one as it is.
fn shown(root: &Path, done: &Written) -> String {
    match done.files.as_slice() {
        [file] => file.text.clone(),
        files => files
            .iter()
            .map(|file| {
                format!("==> {} <==\n{}\n", safe(&root.join(&file.path).display().to_string()), file.text)
            })
            .collect(),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    let (message, way_out) = match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            ("it is there already".to_owned(), "give the migration another name with --name")
        }
        _ => (plain(&error.to_string()), "write where you may; --dry-run prints the files"),
    };
    Problem::configuration(
        format!("{} can't be written: {message}", safe(&path.display().to_string())),
        way_out,
    )
}

/// Writes the files: new ones first, which must not be there, then the tool's own lists. Where one can't be written the new ones go again.
fn write(root: &Path, done: &Written) -> Result<(), Problem> {
    let mut made: Vec<PathBuf> = Vec::new();
    let written = (|| {
        for file in done.files.iter().filter(|file| file.how == How::New) {
            let path = root.join(&file.path);
            let failed = |error: std::io::Error| unwritable(&path, &error);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            let mut new = std::fs::File::create_new(&path).map_err(failed)?;
            made.push(path.clone());
            new.write_all(file.text.as_bytes()).and_then(|()| new.sync_all()).map_err(failed)?;
        }
        for file in done.files.iter().filter(|file| file.how == How::List) {
            output::file(&root.join(&file.path), &file.text)?;
        }
        Ok(())
    })();
    if written.is_err() {
        for path in made {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(path = %path.display(), %error, "a file of a migration that was not finished stays");
            }
        }
    }
    written
}
