//! One function a verb. Each gives what the process ends with.

use crate::args::{self, Common, Format, Sides, Via, When};
use crate::history::{self, Beside};
use crate::kept;
use crate::load::{self, Loaded, ms};
use crate::native;
use crate::output;
use crate::probing;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::project::Project;
use crate::rows;
use crate::settling::Settling;
use crate::snapshot;
use crate::source::Source;
use clap::CommandFactory;
use std::io::IsTerminal;
use std::time::{Instant, SystemTime};
use trueup_catalog::Catalog;
use trueup_diff::{Answers, Code, Comparison, Level, Outcome, Policy};
use trueup_repair::{Plan, Probe};
use trueup_report::{Look, Report};
use trueup_scratch::Memory;
use trueup_settle::{Settler, World};

/// What the process ends with. The one place that knows the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// In sync; the repair closes everything; done.
    Good,
    /// Drift; something is left for people.
    Drift,
    /// Could not run, or could not decide.
    Failed,
    /// Ctrl-C, as a shell counts it: 128 and the number of SIGINT.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Good => 0,
            Exit::Drift => 1,
            Exit::Failed => 2,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::InSync => Exit::Good,
            Outcome::Drift => Exit::Drift,
            Outcome::Undecided => Exit::Failed,
        }
    }
}

/// How this run talks.
pub struct Talk {
    /// The look of standard output.
    pub out: Look,
    /// The look of standard error.
    pub err: Look,
    /// Whether hints and progress are wanted.
    pub chatty: bool,
    /// Whether the queries and files are logged, so that a spinner would be in the way.
    pub logging: bool,
}

impl Talk {
    /// By the options, the environment and the terminals.
    pub fn new(common: &Common) -> Self {
        let color = |stream: &dyn Fn() -> anstream::ColorChoice| match common.color {
            When::Always => true,
            When::Never => false,
            When::Auto => stream() != anstream::ColorChoice::Never,
        };
        let width =
            terminal_size::terminal_size().map_or(Look::default().width, |(w, _)| usize::from(w.0).max(40));
        Talk {
            out: Look { color: color(&|| anstream::AutoStream::choice(&std::io::stdout())), width },
            err: Look { color: color(&|| anstream::AutoStream::choice(&std::io::stderr())), width },
            chatty: !common.quiet,
            logging: common.verbose > 0,
        }
    }

    /// What is being done, while it lasts.
    pub fn progress(&self) -> Progress {
        Progress::start(self.chatty && !self.logging && std::io::stderr().is_terminal())
    }

    /// A hint on standard error, where hints are wanted.
    pub fn hint(&self, hint: Option<String>) {
        if let (true, Some(hint)) = (self.chatty, hint) {
            output::stderr(&trueup_report::hint_text(&hint, self.err));
        }
    }

    /// Tells what stopped the run: for programs on standard output, for people on standard error.
    pub fn problems(&self, problems: &[Problem], format: Format) -> Exit {
        for problem in problems {
            output::stderr(&problem.text(self.err));
        }
        if format == Format::Json {
            let list: Vec<_> =
                problems.iter().map(|p| (p.code, p.message.as_str(), p.way_out.as_deref())).collect();
            if let Ok(text) = trueup_report::error_json(&list, env!("CARGO_PKG_VERSION"))
                && let Err(problem) = output::stdout(&text)
            {
                output::stderr(&problem.text(self.err));
            }
        }
        Exit::Failed
    }
}

/// Both sides with everything that was found.
pub struct Found {
    desired: Loaded,
    live: Loaded,
    comparison: Comparison,
    plan: Plan,
    options: Vec<String>,
    begun: Instant,
}

impl Found {
    /// As the renderers read it.
    pub fn report(&self) -> Report<'_> {
        Report {
            comparison: &self.comparison,
            plan: &self.plan,
            desired: &self.desired.catalog,
            live: &self.live.catalog,
            desired_place: &self.desired.place,
            live_place: &self.live.place,
            sources: &self.desired.sources,
            advice: &self.desired.advice,
            options: &self.options,
            gate: None,
            target: None,
            elapsed: self.begun.elapsed(),
            made: SystemTime::now(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Asks the live rows, where that is wanted.
    ///
    /// # Errors
    /// Live is no database.
    pub async fn probe(
        &mut self,
        sides: &Sides,
        probing: &args::Probing,
        talk: &Talk,
    ) -> Result<(), Vec<Problem>> {
        let progress = talk.progress();
        progress.doing("asking the rows");
        let done = probing::probe(&mut self.plan, &sides.live, &sides.reading, probing).await;
        drop(progress);
        done.map_err(|problem| vec![problem])
    }

    /// Asks the live server whether the connected role may run all steps.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn rights(&mut self, sides: &Sides) -> Result<(), Vec<Problem>> {
        crate::rights::forecast(&mut self.plan, &sides.live, &sides.reading)
            .await
            .map_err(|problem| vec![problem])
    }

    /// When the snapshot was made that stands for live, where one does and says so.
    pub fn made(&self) -> Option<SystemTime> {
        self.live.made
    }

    /// Whether a snapshot stands for live.
    pub fn is_snapshot(&self) -> bool {
        self.live.snapshot
    }

    /// What another desired schema, that of a base, has against the same live schema.
    ///
    /// # Errors
    /// As for [`find`].
    pub async fn compare_base(
        &mut self,
        mut base: Loaded,
        sides: &Sides,
        progress: &Progress,
    ) -> Result<Comparison, Vec<Problem>> {
        let mut settling = Settling::new(&sides.settling.scratch);
        let live = std::mem::take(&mut self.live);
        if sides.desired_via == Via::Scratch && !base.scripts.is_empty() {
            settling.read_through(&mut base, &live).await?;
        }
        progress.doing("comparing the base");
        let options = diff_options(sides);
        let (base, live, mut comparison, _) = settled(base, live, &options, &mut settling, progress).await?;
        rows::compare(&mut comparison, &base, &live, sides).await?;
        self.live = live;
        Ok(comparison)
    }

    /// The steps, with what is known of them.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether nothing differs.
    pub fn is_in_sync(&self) -> bool {
        self.comparison.outcome() == Outcome::InSync
    }

    /// What a check ends with.
    pub fn exit_of_check(&self) -> Exit {
        self.comparison.outcome().into()
    }

    /// What a repair ends with. A note changes no exit code in `check`, and what is left of it none here.
    pub fn exit(&self) -> Exit {
        let counts = |drift: usize| self.comparison.drift.get(drift).is_some_and(|d| d.level != Level::Note);
        if self.comparison.outcome() == Outcome::Undecided {
            Exit::Failed
        } else if self.plan.left.iter().any(|left| counts(left.drift))
            || self.plan.steps.iter().any(|step| step.probe.as_ref().is_some_and(Probe::found))
        {
            Exit::Drift
        } else if self.comparison.undecided.iter().any(|u| u.level != Level::Note) {
            Exit::Failed
        } else {
            Exit::Good
        }
    }
}

/// Reads both sides, compares and plans.
///
/// # Errors
/// What stopped the run.
pub async fn find(sides: &Sides, allow: Vec<String>, talk: &Talk) -> Result<Found, Vec<Problem>> {
    let begun = Instant::now();
    let progress = talk.progress();
    if sides.desired.is_empty() {
        return Err(vec![nothing_desired()]);
    }
    let (mut desired, mut live) = load::both(sides, &progress).await?;
    let mut settling = Settling::new(&sides.settling.scratch);
    settling.extensions(&mut desired).await?;
    settling.extensions(&mut live).await?;
    if sides.desired_via == Via::Scratch {
        progress.doing("running the desired SQL in a throw-away database");
        settling.read_through(&mut desired, &live).await?;
    }
    progress.doing("comparing");
    let options = diff_options(sides);
    let (desired, live, mut comparison, _) =
        settled(desired, live, &options, &mut settling, &progress).await?;
    if sides.data {
        progress.doing("comparing rows");
        rows::compare(&mut comparison, &desired, &live, sides).await?;
    }
    let not_asked = settling.why_not();
    let given = planning_options(sides, &allow);
    let found = load::blocking(move || {
        let (mut desired, mut live, mut comparison) = (desired, live, comparison);
        let begun_planning = Instant::now();
        let options = trueup_repair::Options { allow };
        trueup_repair::assess_for(&desired.catalog, &live.catalog, &mut comparison, &options);
        let plan = trueup_repair::plan(&desired.catalog, &live.catalog, &comparison, &options);
        tracing::debug!(steps = plan.steps.len(), left = plan.left.len(), ms = ms(begun_planning), "planned");
        // One table of sources serves both sides.
        desired.sources.extend(std::mem::take(&mut live.sources));
        desired.advice.append(&mut live.advice);
        Found { desired, live, comparison, plan, options: given, begun }
    })
    .await?;
    drop(progress);
    if let Some(why) = not_asked {
        talk.hint(Some(format!("differences that rules found were not confirmed: {why}")));
    }
    Ok(found)
}

/// What the desired schema has against a live one that is made up, as a migration would leave it.
///
/// # Errors
/// What stopped the run.
pub async fn compared(
    desired: Loaded,
    live: Loaded,
    sides: &Sides,
    settling: &mut Settling,
    progress: &Progress,
) -> Result<Found, Vec<Problem>> {
    let begun = Instant::now();
    let options = diff_options(sides);
    let (desired, live, comparison, _) = settled(desired, live, &options, settling, progress).await?;
    Ok(Found { desired, live, comparison, plan: Plan::default(), options: Vec::new(), begun })
}

/// Nobody said what the code wants.
pub fn nothing_desired() -> Problem {
    Problem::configuration(
        "nothing says what the code wants",
        "give --desired, as --desired schema.sql; or `trueup init` writes a trueup.toml that says it once",
    )
}

/// What is compared and how.
fn diff_options(sides: &Sides) -> trueup_diff::Options {
    trueup_diff::Options {
        all_schemas: sides.all_schemas,
        privileges: match sides.privileges {
            args::Which::Stated => Policy::Stated,
            args::Which::Strict => Policy::Strict,
            args::Which::Off => Policy::Off,
        },
        owners: match sides.owners {
            args::WhichOwners::Stated => Policy::Stated,
            args::WhichOwners::Off => Policy::Off,
        },
        selection: sides.chosen.selection.clone(),
        renames: sides.chosen.renames.clone(),
    }
}

/// The options that change what is planned, as they are given.
fn planning_options(sides: &Sides, allow: &[String]) -> Vec<String> {
    let mut given = Vec::new();
    if sides.all_schemas {
        given.push("--all-schemas".to_owned());
    }
    if sides.desired_via == Via::Scratch {
        given.push("--desired-via scratch".to_owned());
    }
    match sides.privileges {
        args::Which::Stated => {}
        args::Which::Strict => given.push("--privileges strict".to_owned()),
        args::Which::Off => given.push("--privileges off".to_owned()),
    }
    if sides.owners == args::WhichOwners::Off {
        given.push("--owners off".to_owned());
    }
    if sides.data {
        given.push("--data".to_owned());
    }
    given.extend(sides.chosen.told.iter().cloned());
    let mut allow: Vec<&String> = allow.iter().collect();
    allow.sort();
    allow.dedup();
    given.extend(allow.into_iter().map(|selector| format!("--allow {}", trueup_report::safe(selector))));
    given
}

/// Both sides compared: by rules, then once more with what a snapshot or a server says to the questions that are left. The
/// memory holds the answers to these very questions.
async fn settled(
    desired: Loaded,
    live: Loaded,
    options: &trueup_diff::Options,
    settling: &mut Settling,
    progress: &Progress,
) -> Result<(Loaded, Loaded, Comparison, Memory), Vec<Problem>> {
    let rules = options.clone();
    let (desired, live, comparison) = load::blocking(move || {
        let comparison = compare(&desired.catalog, &live.catalog, &rules, &Answers::default());
        (desired, live, comparison)
    })
    .await?;
    if comparison.questions.is_empty() {
        return Ok((desired, live, comparison, Memory::default()));
    }
    progress.doing("settling with PostgreSQL");
    let answers = settling.answers(&desired, &live, &comparison.questions).await?;
    let options = options.clone();
    load::blocking(move || {
        let comparison = compare(&desired.catalog, &live.catalog, &options, &answers);
        let mut memory = Memory::default();
        memory.keep(trueup_scratch::Sides { desired: &desired.catalog, live: &live.catalog }, &answers);
        (desired, live, comparison, memory)
    })
    .await
}

fn compare(
    desired: &Catalog,
    live: &Catalog,
    options: &trueup_diff::Options,
    answers: &Answers,
) -> Comparison {
    let begun = Instant::now();
    let newest = 18;
    let major = live.major_version().or(desired.major_version()).unwrap_or(newest);
    let settler = Settler::new(
        // Desired names may mean what only the live server could tell, as an extension's types.
        World::new(desired, desired.major_version().unwrap_or(major), &[&live.ambient]),
        World::new(live, major, &[]),
    );
    let comparison = trueup_diff::compare_with(desired, live, &settler, options, answers);
    tracing::debug!(
        drift = comparison.drift.len(),
        undecided = comparison.undecided.len(),
        questions = comparison.questions.len(),
        ms = ms(begun),
        "compared"
    );
    comparison
}

/// `--desired … --live …` as a hint repeats it.
fn repeated(sides: &Sides) -> String {
    let words: Vec<String> = [("--desired", &sides.desired), ("--live", &sides.live)]
        .into_iter()
        .filter_map(|(option, words)| Source::of(option, words).ok().map(|source| source.option(option)))
        .filter(|text| !text.is_empty())
        .collect();
    words.join(" ")
}

/// What is wrong when a report can't be made.
pub fn write_failed(error: &serde_json::Error) -> Problem {
    Problem::configuration(
        format!("the report can't be written as JSON: {error}"),
        "report this as a defect of trueup",
    )
}

/// `trueup check`.
///
/// # Errors
/// What stopped the run.
pub async fn check(
    check: &args::Check,
    project: Option<&Project>,
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    let beside = history::beside(project, &check.sides.live, &check.sides.reading, talk).await?;
    let mut found = find(&check.sides, Vec::new(), talk).await?;
    found.probe(&check.sides, &check.probing, talk).await?;
    let report = found.report();
    match check.format {
        Format::Json => {
            let text = match &beside {
                Some(beside) => trueup_report::check_history_json(&report, &beside.histories, &beside.folder),
                None => trueup_report::check_json(&report),
            };
            let text = text.map_err(|error| vec![write_failed(&error)])?;
            output::stdout(&text).map_err(|problem| vec![problem])?;
        }
        Format::Text => {
            if let Some(Beside { histories, folder }) = &beside {
                let text = trueup_report::history_faults_text(histories, folder, report.live_place, talk.out);
                output::stdout(&text).map_err(|problem| vec![problem])?;
            }
            output::stdout(&trueup_report::check_text(&report, talk.out)).map_err(|problem| vec![problem])?;
            empty_note(&found, talk);
            talk.hint(trueup_report::check_hint(&report, &repeated(&check.sides)));
        }
    }
    let of_history = beside.map_or(Exit::Good, |beside| history::exit(beside.outcome()));
    Ok(worse(found.exit_of_check(), of_history))
}

/// What two verdicts come to together: what could not be told counts before what is wrong.
fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Interrupted, _) | (_, Exit::Interrupted) => Exit::Interrupted,
        (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
        (Exit::Drift, _) | (_, Exit::Drift) => Exit::Drift,
        (Exit::Good, Exit::Good) => Exit::Good,
    }
}

/// A desired schema without any object is mostly a wrong path.
fn empty_note(found: &Found, talk: &Talk) {
    let comparison = &found.comparison;
    if comparison.summary.desired_objects == 0 && comparison.undecided.iter().all(|u| u.level == Level::Note)
    {
        talk.hint(Some("the desired schema has no object: is it the right file or folder?".to_owned()));
    }
}

/// `trueup repair`.
///
/// # Errors
/// What stopped the run.
pub async fn repair(
    repair: &args::Repair,
    project: Option<&Project>,
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    if let Some(tool) = repair.native.tool {
        return native::repair(repair, tool, project, talk).await;
    }
    if let Some(path) = &repair.check {
        return kept::check(path, repair, talk).await;
    }
    let mut found = find(&repair.sides, repair.allow.clone(), talk).await?;
    found.probe(&repair.sides, &repair.probing, talk).await?;
    found.rights(&repair.sides).await?;
    let report = found.report();
    let sql = trueup_report::repair_file(&report);
    let path = repair.output.as_deref().filter(|path| !output::is_stdout(path));
    let single = |problem| vec![problem];
    if let Some(path) = path {
        output::file(path, &sql).map_err(single)?;
    }
    let written_to = path.map(|path| path.display().to_string());
    match (repair.format, path) {
        (Format::Json, _) => {
            let text = trueup_report::repair_json(&report).map_err(|error| single(write_failed(&error)))?;
            output::stdout(&text).map_err(single)?;
        }
        (Format::Text, Some(_)) => {
            output::stdout(&trueup_report::repair_text(&report, written_to.as_deref(), talk.out))
                .map_err(single)?;
            empty_note(&found, talk);
            talk.hint(trueup_report::repair_hint(&report, written_to.as_deref()));
        }
        (Format::Text, None) => {
            output::stdout(&sql).map_err(single)?;
            if talk.chatty {
                output::stderr(&trueup_report::repair_text(&report, None, talk.err));
            }
        }
    }
    Ok(found.exit())
}

/// `trueup snapshot`.
///
/// # Errors
/// What stopped the run.
pub async fn snapshot(snapshot: &args::Snapshot, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let progress = talk.progress();
    let question = crate::history::questions(None, &trueup_history::Wish::default());
    let (loaded, memory) = if snapshot.desired.is_empty() {
        let (live, reading, scratch) = (&snapshot.live, &snapshot.reading, &snapshot.settling.scratch);
        let mut loaded = load::single("--live", live, reading, scratch, &progress, &question).await?;
        Settling::new(&snapshot.settling.scratch).extensions(&mut loaded).await?;
        (loaded, Memory::default())
    } else {
        let sides = Sides {
            desired: snapshot.desired.clone(),
            live: snapshot.live.clone(),
            project: args::ProjectFile::default(),
            chosen: args::Chosen::default(),
            all_schemas: false,
            privileges: args::Which::Off,
            owners: args::WhichOwners::Off,
            data: false,
            desired_via: Via::Parser,
            settling: snapshot.settling.clone(),
            reading: snapshot.reading.clone(),
        };
        let (desired, mut live) = load::both(&sides, &progress).await?;
        let mut settling = Settling::new(&snapshot.settling.scratch);
        settling.extensions(&mut live).await?;
        if live.place.server.is_some() && !live.snapshot {
            let (database, _) = load::history(&snapshot.live, &snapshot.reading, &question).await?;
            live.history = Some(history::kept(database));
        }
        let options = trueup_diff::Options::default();
        let (_, live, _, memory) = settled(desired, live, &options, &mut settling, &progress).await?;
        talk.hint(settling.why_not().map(|why| format!("nothing was settled: {why}")));
        (live, memory)
    };
    drop(progress);
    let text = snapshot::write(
        &loaded.catalog,
        &memory,
        loaded.history.as_ref(),
        &loaded.place,
        trueup_report::utc(SystemTime::now()),
    )
    .map_err(|p| vec![p])?;
    if output::is_stdout(&snapshot.output) {
        output::stdout(&text).map_err(|p| vec![p])?;
    } else {
        output::file(&snapshot.output, &text).map_err(|p| vec![p])?;
        talk.hint(Some(format!(
            "{} objects written; `trueup check --desired schema/ --live {}` needs no server",
            loaded.catalog.len(),
            trueup_report::safe(&snapshot.output.display().to_string())
        )));
    }
    Ok(Exit::Good)
}

/// `trueup explain`.
///
/// # Errors
/// A code that is not known.
pub fn explain(code: Option<&str>, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let text = match code {
        None => trueup_report::code_list(talk.out),
        Some(text) => {
            let code: Code = text.parse().map_err(|error: trueup_diff::UnknownCode| {
                vec![Problem::configuration(error.to_string(), trueup_report::similar_codes(text))]
            })?;
            trueup_report::code_page(code, talk.out)
        }
    };
    output::stdout(&text).map_err(|problem| vec![problem])?;
    Ok(Exit::Good)
}

/// `trueup completions`.
///
/// # Errors
/// Standard output can't be written.
pub fn completions(shell: clap_complete::Shell) -> Result<Exit, Vec<Problem>> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut args::Cli::command(), "trueup", &mut text);
    output::stdout(&String::from_utf8_lossy(&text)).map_err(|problem| vec![problem])?;
    Ok(Exit::Good)
}

/// `trueup man`: the page of the program, then one of each verb.
///
/// # Errors
/// Standard output can't be written.
pub fn man() -> Result<Exit, Vec<Problem>> {
    let mut text = Vec::new();
    let mut command = args::Cli::command();
    command.build();
    let failed = |error: std::io::Error| {
        vec![Problem::configuration(format!("the page can't be made: {error}"), "report this")]
    };
    clap_mangen::Man::new(command.clone()).render(&mut text).map_err(failed)?;
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        clap_mangen::Man::new(verb.clone()).render(&mut text).map_err(failed)?;
    }
    output::stdout(&String::from_utf8_lossy(&text)).map_err(|problem| vec![problem])?;
    Ok(Exit::Good)
}
