//! `trueup apply`: shows the plan, asks, runs it, checks again, and says what was done and what is left.

use crate::args::{self, Format};
use crate::output;
use crate::problem::Problem;
use crate::run::{Exit, Found, Talk, find, write_failed};
use crate::source::Source;
use crate::telling::Teller;
use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::time::Duration;
use trueup_apply::{
    Document, Ended, Fate, Interrupt, Options, Outcome, Patience, Refused, RelyOn, StepOutcome, Still, Task,
};
use trueup_diff::Code;
use trueup_introspect::{ConnectConfig, Environment};
use trueup_repair::rights::{Rights, RightsQuestion};
use trueup_report::safe;

/// What is going to be run, and what is known around it.
struct Work {
    tasks: Vec<Task>,
    /// The plan for people.
    shown: String,
    /// Where it runs: `shop at db.internal (PostgreSQL 15.18)`.
    place: String,
    /// With which code a run ends that does everything and is not followed by a check.
    best: Exit,
    /// What the role may not do of it.
    rights: Option<Rights>,
}

/// Runs the verb.
///
/// # Errors
/// What stopped it before the first step, or kept its outcome from being written.
pub async fn apply(apply: &args::Apply, talk: &Talk, mut interrupt: Interrupt) -> Result<Exit, Vec<Problem>> {
    let config = config(apply).map_err(one)?;
    // Reading changes nothing: it is simply left.
    let (work, found) = tokio::select! {
        work = prepare(apply, talk, &config) => work?,
        () = interrupt.come() => return Ok(Exit::Interrupted),
    };
    let json = apply.format == Format::Json;
    if apply.dry_run {
        return dry_run(apply, talk, &work, found.as_ref());
    }
    show(talk, json, &work.shown)?;
    if work.tasks.is_empty() {
        let nothing = Outcome {
            steps: Vec::new(),
            ended: Ended::Through,
            invalid: Vec::new(),
            elapsed: Duration::ZERO,
        };
        if json {
            write_json(&nothing, found.as_ref())?;
        }
        talk.hint(Some("there is nothing to apply".to_owned()));
        return Ok(found.as_ref().map_or(work.best, Found::exit));
    }
    if let Some(rights) = &work.rights {
        let titles: Vec<&str> = work.tasks.iter().map(|task| task.title.as_str()).collect();
        let problems = crate::rights::refusal(rights, &titles);
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    // What was read is not needed any more; its connections are closed already, and with them their snapshots.
    drop(found);
    if !apply.yes {
        let asked = tokio::select! {
            asked = ask(&work) => asked?,
            () = interrupt.come() => {
                output::stderr("\n");
                return Ok(Exit::Interrupted);
            }
        };
        if !asked {
            talk.hint(Some("nothing was changed".to_owned()));
            return Ok(Exit::Drift);
        }
    }
    let options = Options {
        lock_timeout: Some(apply.sides.reading.lock_timeout),
        patience: Patience { attempts: apply.retries.saturating_add(1) },
        wait: apply.wait,
    };
    let teller = Teller::new(talk.chatty, !talk.logging && std::io::stderr().is_terminal());
    let outcome = trueup_apply::run(&config, &work.tasks, &options, interrupt.clone(), &teller).await;
    drop(teller);
    match outcome {
        Ok(outcome) => tell(apply, talk, &work, &outcome, interrupt).await,
        Err(Refused::Interrupted) => Ok(Exit::Interrupted),
        Err(refused) => Err(one(refused.into())),
    }
}

fn one(problem: Problem) -> Vec<Problem> {
    vec![problem]
}

fn config(apply: &args::Apply) -> Result<ConnectConfig, Problem> {
    let Source::Server(text) = Source::of("--live", &apply.sides.live)? else {
        return Err(Problem::configuration(
            "apply needs a database after --live: files and snapshots can't be changed",
            "give a URL or \"host=… dbname=…\"; `trueup repair` writes the SQL for later",
        ));
    };
    let config = ConnectConfig::parse(&text, &Environment::process())?;
    Ok(match apply.sides.reading.connect_timeout {
        Some(limit) => config.with_timeout(limit),
        None => config,
    })
}

async fn prepare(
    apply: &args::Apply,
    talk: &Talk,
    config: &ConnectConfig,
) -> Result<(Work, Option<Found>), Vec<Problem>> {
    if let Some(path) = &apply.plan {
        return Ok((planned(path, config, talk).await?, None));
    }
    let mut found = find(&apply.sides, apply.allow.clone(), talk).await?;
    found.rights(&apply.sides).await?;
    talk.hint(found.pending());
    let report = found.report();
    let place = report.live_place.server.as_ref().map_or_else(
        || report.live_place.name.clone(),
        |server| place(&server.database, &server.host, server.short_version()),
    );
    let work = Work {
        tasks: Task::of(report.plan),
        shown: trueup_report::repair_text(&report, None, talk.out),
        place,
        best: found.exit(),
        rights: found.plan().rights.clone(),
    };
    Ok((work, Some(found)))
}

/// Reads a plan's document and holds it against the server that it is to run on.
async fn planned(path: &Path, config: &ConnectConfig, talk: &Talk) -> Result<Work, Vec<Problem>> {
    let name = safe(&path.display().to_string()).into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| {
        one(Problem::configuration(
            format!("{name} can't be read: {}", crate::problem::plain(&error.to_string())),
            "`trueup repair --format json` prints a plan",
        ))
    })?;
    let document = Document::read(&text).map_err(|error| {
        one(Problem::configuration(
            format!("{name} can't be applied: {error}"),
            "`trueup repair --format json` prints a plan",
        ))
    })?;
    let connected = trueup_introspect::connect(config).await.map_err(|error| one(error.into()))?;
    let target = &connected.target;
    let other = |what: String| {
        one(Problem::configuration(
            format!("{name} was planned for {what}"),
            "make a plan for this database; what is safe differs between versions and databases",
        ))
    };
    if let Some(database) = document.planned.database.as_ref().filter(|name| **name != target.database) {
        let (database, here) = (safe(database), safe(&target.database));
        return Err(other(format!("database {database}, and this is {here}")));
    }
    let major = |version: u32| version / 10_000;
    if let Some(version) = document.planned.server_version
        && major(version) != major(connected.version)
    {
        let (version, here) = (major(version), major(connected.version));
        return Err(other(format!("PostgreSQL {version}, and this is {here}")));
    }
    let mut tasks = document.tasks;
    let still = match &document.relied {
        Some(relied) => relied.look(&connected).await.map_err(|error| {
            one(Problem {
                code: Code::X105,
                message: format!("whether {name} still fits the schema can't be told: {}", safe(&error)),
                way_out: Some("try again; `trueup repair --format json` prints a plan".to_owned()),
            })
        })?,
        None => Still::Fits,
    };
    match still {
        Still::Fits => {}
        Still::Done => {
            talk.hint(Some(format!("everything in {name} is done already")));
            tasks.clear();
        }
        Still::Differs(matters) => return Err(one(not_the_one(&name, document.relied.as_ref(), &matters))),
    }
    let question = RightsQuestion::of(tasks.iter().map(|task| &task.rights[..]));
    let rights = crate::rights::ask(&connected, &question).await.map_err(one)?;
    let version = target.server_version.split_whitespace().next().unwrap_or_default();
    Ok(Work {
        shown: trueup_report::tasks_text(&tasks, talk.out),
        place: place(&target.database, &target.host, version),
        best: if document.complete { Exit::Good } else { Exit::Drift },
        rights: Some(rights),
        tasks,
    })
}

/// The words of the file's first statement.
fn not_the_one(name: &str, relied: Option<&RelyOn>, matters: &[String]) -> Problem {
    const SHOWN: usize = 5;
    let mut message = format!(
        "the schema is not the one that {name} was planned for: {} of {} facts do not hold. Nothing was changed",
        matters.len(),
        relied.map_or(0, |relied| relied.facts)
    );
    for matter in matters.iter().take(SHOWN) {
        message += &format!("\n  {}", safe(matter));
    }
    if matters.len() > SHOWN {
        message += "\n  …";
    }
    Problem {
        code: Code::X105,
        message,
        way_out: Some(
            "is it the right database? If it is, make a new plan: `trueup repair --format json`".to_owned(),
        ),
    }
}

fn place(database: &str, host: &str, version: &str) -> String {
    format!("{} at {} (PostgreSQL {})", safe(database), safe(host), safe(version))
}

/// The plan, for people: in place of the result's document it goes to standard error.
fn show(talk: &Talk, json: bool, text: &str) -> Result<(), Vec<Problem>> {
    if !json {
        return output::stdout(text).map_err(one);
    }
    if talk.chatty {
        output::stderr(text);
    }
    Ok(())
}

fn dry_run(
    apply: &args::Apply,
    talk: &Talk,
    work: &Work,
    found: Option<&Found>,
) -> Result<Exit, Vec<Problem>> {
    match (apply.format, found) {
        (Format::Text, _) => output::stdout(&work.shown).map_err(one)?,
        (Format::Json, Some(found)) => {
            let text =
                trueup_report::repair_json(&found.report()).map_err(|error| one(write_failed(&error)))?;
            output::stdout(&text).map_err(one)?;
        }
        (Format::Json, None) => {
            let not_reached = |task: &Task| StepOutcome {
                task: task.clone(),
                fate: Fate::NotReached,
                attempts: 0,
                elapsed: Duration::ZERO,
            };
            let steps = work.tasks.iter().map(not_reached).collect();
            let nothing =
                Outcome { steps, ended: Ended::Through, invalid: Vec::new(), elapsed: Duration::ZERO };
            write_json(&nothing, None)?;
        }
    }
    talk.hint(Some(format!("a dry run: nothing was changed in {}", work.place)));
    Ok(work.best)
}

/// Asks on the terminal.
async fn ask(work: &Work) -> Result<bool, Vec<Problem>> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(one(Problem {
            code: Code::X105,
            message: "nobody was asked: there is no terminal. Nothing was changed".to_owned(),
            way_out: Some("--yes runs the plan without asking, --dry-run only shows it".to_owned()),
        }));
    }
    let steps = work.tasks.len();
    output::stderr(&format!(
        "Run {} on {}? [y/N] ",
        if steps == 1 { "this step".to_owned() } else { format!("these {steps} steps") },
        work.place
    ));
    let answer = crate::load::blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    })
    .await?;
    let answer = answer.map_err(|error| {
        one(Problem::configuration(
            format!("the answer can't be read: {}", crate::problem::plain(&error.to_string())),
            "--yes runs the plan without asking",
        ))
    })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn write_json(outcome: &Outcome, after: Option<&Found>) -> Result<(), Vec<Problem>> {
    let report = after.map(Found::report);
    let text = trueup_report::apply_json(outcome, report.as_ref(), env!("CARGO_PKG_VERSION"))
        .map_err(|error| one(write_failed(&error)))?;
    output::stdout(&text).map_err(one)
}

/// Says what was done, looks at both sides once more, and says what is left.
async fn tell(
    apply: &args::Apply,
    talk: &Talk,
    work: &Work,
    outcome: &Outcome,
    mut interrupt: Interrupt,
) -> Result<Exit, Vec<Problem>> {
    let json = apply.format == Format::Json;
    let look = if json { talk.err } else { talk.out };
    // Before anything else can fail.
    let written = show(talk, json, &trueup_report::apply_text(outcome, look));
    let ended = match &outcome.ended {
        Ended::Through => None,
        Ended::Interrupted => Some(Exit::Interrupted),
        Ended::Lost(message) => {
            let problem = Problem {
                code: Code::X105,
                message: format!("the connection was lost for good: {message}"),
                way_out: Some(
                    "apply again when the server is back: what was done is not done twice".to_owned(),
                ),
            };
            output::stderr(&problem.text(talk.err));
            Some(Exit::Failed)
        }
    };
    if ended.is_some() || apply.sides.desired.is_empty() {
        if json {
            write_json(outcome, None)?;
        }
        written?;
        if ended.is_none() {
            talk.hint(Some("the result was not checked: give --desired, or run `trueup check`".to_owned()));
        }
        let best = if outcome.all_done() { work.best } else { Exit::Drift };
        return Ok(ended.unwrap_or(best));
    }
    let after = tokio::select! {
        after = find(&apply.sides, apply.allow.clone(), talk) => after,
        () = interrupt.come() => {
            if json {
                write_json(outcome, None)?;
            }
            return Ok(Exit::Interrupted);
        }
    };
    let found = match after {
        Ok(found) => found,
        Err(problems) => {
            // The steps were run all the same.
            if json {
                write_json(outcome, None)?;
            }
            return Ok(talk.problems(&problems, Format::Text));
        }
    };
    if json {
        write_json(outcome, Some(&found))?;
    } else {
        written.and_then(|()| {
            output::stdout(&trueup_report::check_text(&found.report(), talk.out)).map_err(one)
        })?;
    }
    Ok(if outcome.all_done() { found.exit_of_check() } else { Exit::Drift })
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        let (code, way_out) = match refused {
            Refused::Connect(error) => return error.into(),
            Refused::Setup(_) => (Code::X101, "apply again: what was done is not done twice"),
            Refused::Standby => (Code::X105, "name the primary, or add target_session_attrs=primary"),
            Refused::ReadOnly => (
                Code::X105,
                "add options='-c default_transaction_read_only=off' if this is meant to change it",
            ),
            Refused::OtherRun { .. } => (Code::X105, "wait until it has ended, or give --wait 10min"),
            Refused::Interrupted => (Code::X105, "apply again"),
        };
        Problem { code, message, way_out: Some(way_out.to_owned()) }
    }
}
