//! `trueup gate`: a check with the project's policy, for pipelines.

use crate::args::{self, FailOn, OutputTo, WebhookWhen};
use crate::load;
use crate::output;
use crate::problem::{Problem, plain};
use crate::project::{Filling, Project, Target, usual_baseline};
use crate::run::{Exit, Found, Talk, find};
use crate::webhook;
use clap::ArgMatches;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use trueup_diff::Comparison;
use trueup_policy::{Baseline, Circumstances, Judgement, Policy, Remark, Snapshot, config, judge};
use trueup_report::{Failure, Format, Look, NotRendered, Rendering, Report, safe};

/// What the command line, the environment and the configuration come to.
struct Settings {
    policy: Policy,
    /// The configuration's name, for remarks.
    file: String,
    max_age: Option<Duration>,
    target: Option<Target>,
    secret: Option<String>,
    /// The variable that should hold the webhook's URL.
    webhook_variable: Option<String>,
    /// Where a baseline is written when nobody says otherwise.
    usual_baseline: PathBuf,
}

impl Settings {
    /// What the project calls the database.
    fn name(&self) -> Option<&str> {
        self.target.as_ref().map(|target| target.name.as_str())
    }
}

/// Runs the verb. Whatever stops it is told in each format that was asked for, and the exit code is 2.
///
/// # Errors
/// What stopped the run, when it could not be told elsewhere.
pub async fn gate(gate: &mut args::Gate, matches: &ArgMatches, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    // Reports are written even of a run that stops here, to where the command line says.
    let project = match Project::find(&gate.sides.project) {
        Ok(project) => project,
        Err(problems) => return stopped(gate, None, &problems, talk).await,
    };
    let settings = match fill(gate, matches, project.as_ref()) {
        Ok(settings) => settings,
        Err(problems) => return stopped(gate, None, &problems, talk).await,
    };
    match run(gate, project.as_ref(), &settings, talk).await {
        Ok(exit) => Ok(exit),
        Err(problems) => stopped(gate, Some(&settings), &problems, talk).await,
    }
}

/// Fills in what the command line leaves open.
fn fill(
    gate: &mut args::Gate,
    matches: &ArgMatches,
    project: Option<&Project>,
) -> Result<Settings, Vec<Problem>> {
    let mut filling = Filling::new(matches, project);
    let target = filling.sides(&mut gate.sides)?;
    filling.gate(&mut gate.options)?;
    let mut policy = project.map(|project| project.read.policy.clone()).unwrap_or_default();
    if !gate.options.fail_on.is_empty() {
        policy.fail_on = gate
            .options
            .fail_on
            .iter()
            .map(|sort| match sort {
                FailOn::Introduced => config::FailOn::Introduced,
                FailOn::IntroducedUnrepairable => config::FailOn::IntroducedUnrepairable,
                FailOn::Existing => config::FailOn::Existing,
            })
            .collect();
    }
    let variable = project.and_then(|project| project.read.config.webhook.secret_env.clone());
    let variable = variable.unwrap_or_else(|| "TRUEUP_WEBHOOK_SECRET".to_owned());
    Ok(Settings {
        policy,
        file: project.map(|project| project.name.clone()).unwrap_or_default(),
        max_age: gate.options.max_age.or(target.as_ref().and_then(|target| target.max_age)),
        target,
        secret: std::env::var(variable).ok().filter(|secret| !secret.is_empty()),
        webhook_variable: project.and_then(|project| project.read.config.webhook.url_env.clone()),
        usual_baseline: usual_baseline(project),
    })
}

async fn run(
    gate: &args::Gate,
    project: Option<&Project>,
    settings: &Settings,
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    let one = |problem: Problem| vec![problem];
    settings.target.as_ref().map_or(Ok(()), Target::is_known).map_err(one)?;
    let kept =
        if gate.write_baseline { None } else { baseline(gate.options.baseline.as_deref()).map_err(one)? };
    let mut found = find(&gate.sides, Vec::new(), talk).await?;
    found.probe(&gate.sides, &gate.probing, talk).await?;
    let base = match &gate.options.base {
        Some(word) => {
            Some((word.trim_start_matches("git:"), found.against_base(word, &gate.sides, talk).await?))
        }
        None => None,
    };
    let beside = crate::history::beside(project, &gate.sides.live, &gate.sides.reading, talk).await?;
    // The history says it of itself, where it is looked at.
    let history = match beside {
        Some(beside) => beside.remarks(),
        None => found.pending_remark().into_iter().collect(),
    };
    let judgement = judged(&found, settings, kept.as_ref(), base.as_ref(), &history);
    if gate.write_baseline {
        return write_baseline(gate, settings, &found, &judgement, talk);
    }
    let report = Report { gate: Some(&judgement), target: settings.name(), ..found.report() };
    let exit = Exit::from(judgement.outcome(report.comparison));
    let render =
        |format: Format, look| format.render(&report, &rendering(look)).map_err(|error| unrendered(&error));
    let problems = write_outputs(gate, &render);
    if !problems.is_empty() {
        // What is printed then is why, and that alone.
        return Err(problems);
    }
    print(gate, talk, &render).map_err(one)?;
    let wanted = match gate.webhook_when {
        WebhookWhen::Always => true,
        WebhookWhen::Red => exit != Exit::Good,
    };
    if let (Some(variable), None) = (&settings.webhook_variable, &gate.options.webhook) {
        talk.hint(Some(format!("nobody is told: ${} is not set", safe(variable))));
    }
    if let (Some(url), true) = (&gate.options.webhook, wanted) {
        let body = render(Format::Webhook, talk.out).map_err(one)?;
        return told(webhook::tell(url, settings.secret.as_deref(), body).await, exit, talk);
    }
    Ok(exit)
}

fn judged(
    found: &Found,
    settings: &Settings,
    kept: Option<&(String, Baseline)>,
    base: Option<&(&str, Comparison)>,
    history: &[Remark],
) -> Judgement {
    let report = found.report();
    let left: std::collections::BTreeSet<usize> = report.plan.left.iter().map(|left| left.drift).collect();
    let made = found.made();
    let snapshot = made.is_some() || found.is_snapshot();
    let age = made.and_then(|made| SystemTime::now().duration_since(made).ok());
    judge(
        report.comparison,
        &Circumstances {
            policy: &settings.policy,
            file: &settings.file,
            baseline: kept.map(|(name, baseline)| (name.as_str(), baseline)),
            base: base.map(|(name, comparison)| (*name, comparison)),
            repairable: &|drift| !left.contains(&drift),
            snapshot: snapshot.then_some(Snapshot {
                name: &report.live_place.name,
                age,
                max_age: settings.max_age,
            }),
            history,
            today: trueup_policy::today(),
        },
    )
}

/// The baseline that the options name.
fn baseline(path: Option<&Path>) -> Result<Option<(String, Baseline)>, Problem> {
    let Some(path) = path else { return Ok(None) };
    let name = safe(&path.display().to_string()).into_owned();
    let unusable = |what: String| {
        Problem::configuration(format!("{name}: {what}"), "`trueup gate --write-baseline` writes it")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(plain(&error.to_string())))?;
    let baseline = Baseline::read(&text).map_err(|error| unusable(error.to_string()))?;
    Ok(Some((name, baseline)))
}

fn write_baseline(
    gate: &args::Gate,
    settings: &Settings,
    found: &Found,
    judgement: &Judgement,
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    let path = gate.options.baseline.clone().unwrap_or_else(|| settings.usual_baseline.clone());
    let baseline = Baseline::of(found.report().comparison, judgement);
    let text = baseline.text().map_err(|error| vec![crate::run::write_failed(&error)])?;
    output::file(&path, &text).map_err(|problem| vec![problem])?;
    let name = safe(&path.display().to_string()).into_owned();
    let findings =
        if baseline.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", baseline.len()) };
    output::stdout(&format!("{findings} written to {name}\n")).map_err(|problem| vec![problem])?;
    talk.hint(Some("keep it in the repository: `trueup gate` now fails on other drift alone".to_owned()));
    Ok(Exit::Good)
}

/// Renders one format.
type Render<'a> = &'a dyn Fn(Format, Look) -> Result<String, Problem>;

/// Writes every report that was asked for beside standard output, and tells which could not be.
fn write_outputs(gate: &args::Gate, render: Render<'_>) -> Vec<Problem> {
    let write = |to: &OutputTo| {
        let text = render(to.format, Look { color: false, ..Look::default() })?;
        if output::is_stdout(&to.path) { output::stdout(&text) } else { output::file(&to.path, &text) }
    };
    gate.options.outputs.iter().filter_map(|to| write(to).err()).collect()
}

/// Prints the report, and adds the summary of the step where GitHub Actions wants one.
fn print(gate: &args::Gate, talk: &Talk, render: Render<'_>) -> Result<(), Problem> {
    output::stdout(&render(format_of(gate), talk.out)?)?;
    match gate.format {
        None | Some(Format::Github) => summary(&|| render(Format::GithubSummary, talk.out)),
        Some(_) => Ok(()),
    }
}

/// The format of standard output: what was asked for, or what this pipeline understands.
fn format_of(gate: &args::Gate) -> Format {
    let on = |name: &str| std::env::var_os(name).is_some_and(|value| value == "true");
    gate.format.unwrap_or(if on("GITHUB_ACTIONS") { Format::Github } else { Format::Text })
}

/// Appends to the summary of the step, where GitHub Actions wants one.
fn summary(text: &dyn Fn() -> Result<String, Problem>) -> Result<(), Problem> {
    match std::env::var_os("GITHUB_STEP_SUMMARY") {
        Some(path) if !path.is_empty() => output::append(Path::new(&path), &text()?),
        Some(_) | None => Ok(()),
    }
}

fn unrendered(error: &NotRendered) -> Problem {
    Problem::configuration(error.to_string(), "report this as a defect of trueup")
}

fn rendering(look: Look) -> Rendering {
    Rendering { look, ..Rendering::default() }
}

/// Tells in every format that a run could not be done.
async fn stopped(
    gate: &args::Gate,
    settings: Option<&Settings>,
    problems: &[Problem],
    talk: &Talk,
) -> Result<Exit, Vec<Problem>> {
    // For people they stand on standard error; no need to say them twice.
    for problem in problems {
        output::stderr(&problem.text(talk.err));
    }
    let list: Vec<_> = problems.iter().map(|p| (p.code, p.message.as_str(), p.way_out.as_deref())).collect();
    let failure = Failure {
        place: settings.and_then(Settings::name),
        problems: &list,
        made: SystemTime::now(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let render = |format: Format, look| match format {
        // People have read it on standard error.
        Format::Text if look == talk.out => Ok(String::new()),
        Format::Text
        | Format::Concise
        | Format::Json
        | Format::Github
        | Format::GithubSummary
        | Format::Sarif
        | Format::Junit
        | Format::Gitlab
        | Format::Markdown
        | Format::Html
        | Format::Prometheus
        | Format::Webhook => {
            format.render_error(&failure, &rendering(look)).map_err(|error| unrendered(&error))
        }
    };
    let mut failed = write_outputs(gate, &render);
    failed.extend(print(gate, talk, &render).err());
    if let Some(url) = &gate.options.webhook
        && let Ok(body) = render(Format::Webhook, talk.out)
    {
        let secret = settings.and_then(|settings| settings.secret.as_deref());
        failed.extend(webhook::tell(url, secret, body).await.err());
    }
    for problem in failed {
        output::stderr(&problem.text(talk.err));
    }
    Ok(Exit::Failed)
}

/// A gate that should have told somebody and could not is not green.
fn told(result: Result<(), Problem>, exit: Exit, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let Err(problem) = result else { return Ok(exit) };
    output::stderr(&problem.text(talk.err));
    Ok(if exit == Exit::Good { Exit::Failed } else { exit })
}

impl Found {
    /// What the desired schema of the base has against the same live schema.
    async fn against_base(
        &mut self,
        word: &str,
        sides: &args::Sides,
        talk: &Talk,
    ) -> Result<Comparison, Vec<Problem>> {
        let progress = talk.progress();
        let base = load::base(word, sides, self.report().live, &progress).await?;
        self.compare_base(base, sides, &progress).await
    }
}
