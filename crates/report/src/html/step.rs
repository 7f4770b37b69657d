//! A step of the repair as the page shows it.

use super::words::Text;
use crate::Report;
use crate::counts::size;
use trueup_diff::Code;
use trueup_repair::{Blocks, Phase, Probe, Statement, Step, Work};

/// Up to this many steps are told in full, and with their guards, which are several times as long as what they guard; of more, each in short:
/// a browser takes half a minute to lay out ten thousand of them in full.
pub(super) const IN_FULL: usize = 300;

/// A step.
#[derive(askama::Template)]
#[template(path = "step.html")]
pub(super) struct StepView {
    /// Its place in the plan, from 1.
    pub number: usize,
    pub title: Text,
    pub phase: &'static str,
    /// The strongest lock: whom it makes wait, as a word for a class.
    pub blocks: &'static str,
    /// The same in a few words.
    pub chip: &'static str,
    pub lock: Text,
    pub work: &'static str,
    pub size: Option<String>,
    pub transactional: bool,
    /// The statements as they are.
    pub sql: Text,
    /// The same as a file needs them, where it is told in full.
    pub script: Option<Text>,
    pub hazards: Vec<(Code, Text)>,
    pub notes: Vec<Text>,
    /// What the rows said.
    pub rows: Option<Text>,
    /// Whether they stand in the way.
    pub fails: bool,
    /// The query that lists them.
    pub query: Option<Text>,
    /// The findings that it closes: their places on the page and their codes.
    pub closes: Vec<(String, Code)>,
}

/// All steps in order. `id` tells the place on the page of a drift.
pub(super) fn steps(report: &Report<'_>, ids: &[String]) -> Vec<StepView> {
    let plan = report.plan;
    plan.steps.iter().enumerate().map(|(at, step)| view(report, at + 1, step, ids)).collect()
}

fn view(report: &Report<'_>, number: usize, step: &Step, ids: &[String]) -> StepView {
    let closes = step.closes.iter();
    let (blocks, chip) = blocks(step);
    let full = report.plan.steps.len() <= IN_FULL;
    StepView {
        number,
        title: Text::new(&step.title),
        phase: phase(step.phase),
        blocks,
        chip,
        lock: Text::new(&step.lock_words()),
        work: work(step.work),
        size: step.size.map(size),
        transactional: step.transactional,
        sql: Text::lines(&step.statements.iter().map(bare).collect::<Vec<_>>().join("\n")),
        script: full.then(|| Text::lines(&report.plan.script(step))),
        hazards: step.hazards.iter().map(|hazard| (hazard.code, Text::new(&hazard.text))).collect(),
        notes: step.notes.iter().map(|note| Text::new(note)).collect(),
        rows: rows(step),
        fails: step.probe.as_ref().is_some_and(Probe::found),
        query: crate::probe::query(step.probe.as_ref()).map(Text::lines),
        closes: closes
            .filter_map(|drift| Some((ids.get(*drift)?.clone(), report.drift(*drift)?.code)))
            .collect(),
    }
}

/// The statement without its guard; what only looks is said in a comment.
fn bare(statement: &Statement) -> String {
    match &statement.sql {
        Some(sql) => format!("{sql};"),
        None => {
            let looks =
                statement.refusals.iter().map(|refusal| format!("-- stops where {}", refusal.message));
            looks.collect::<Vec<_>>().join("\n")
        }
    }
}

fn rows(step: &Step) -> Option<Text> {
    match crate::probe::with_keys(step.probe.as_ref()) {
        Some(said) => Some(Text::new(&said)),
        None => step.may_fail_on_data.then(|| Text::new("fails if rows stand in the way")),
    }
}

fn phase(phase: Phase) -> &'static str {
    phase.word()
}

/// Whom its locks make wait: a word for a class, and a few for people.
fn blocks(step: &Step) -> (&'static str, &'static str) {
    match step.locks.iter().map(|lock| lock.mode.blocks()).max() {
        Some(Blocks::Everybody) => ("everybody", "readers and writers wait"),
        Some(Blocks::Writers) => ("writers", "writers wait"),
        Some(Blocks::Nobody) | None => ("nobody", "nobody waits"),
    }
}

fn work(work: Work) -> &'static str {
    match work {
        Work::Catalog => "changes the catalog only",
        Work::Scan => "reads the table once",
        Work::Build => "builds an index",
        Work::Query => "runs a query",
    }
}
