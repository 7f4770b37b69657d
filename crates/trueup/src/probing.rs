//! Asks the live rows what stands in the way of a plan: `--probe`.

use crate::args::{Probing, Reading};
use crate::problem::Problem;
use crate::source::Source;
use std::collections::HashMap;
use std::time::Duration;
use trueup_introspect::{ConnectConfig, Environment, RowsAnswer, RowsLimits, RowsQuestion, ask_rows};
use trueup_repair::{Answer, Plan, Probe, search_path_value};

/// Rows are counted up to this many.
const MOST: u64 = 10_000;

/// How many are shown.
const SHOWN: u64 = 5;

/// No more than this for all probes together.
const TOTAL: Duration = Duration::from_secs(300);

/// Asks each probe of the plan once, of its steps and of what is left, and keeps the answers in it. What can't be asked says why.
///
/// # Errors
/// Only where live is no database: else the run goes on.
pub async fn probe(
    plan: &mut Plan,
    live: &[String],
    reading: &Reading,
    probing: &Probing,
) -> Result<(), Problem> {
    if !probing.probe {
        return Ok(());
    }
    ask(probes(plan).collect(), live, reading, probing).await
}

/// Asks each of these probes once, and keeps the answers in them.
///
/// # Errors
/// Only where live is no database.
pub async fn ask(
    mut asked: Vec<&mut Probe>,
    live: &[String],
    reading: &Reading,
    probing: &Probing,
) -> Result<(), Problem> {
    let Source::Server(text) = Source::of("--live", live)? else {
        return Err(Problem::configuration(
            "--probe needs a database after --live: files and snapshots have no rows",
            "leave --probe out, or name the database",
        ));
    };
    let mut at: HashMap<(String, String), usize> = HashMap::new();
    let mut questions: Vec<RowsQuestion> = Vec::new();
    for probe in &asked {
        let question = question(probe);
        at.entry((question.search_path.clone(), question.count.clone())).or_insert_with(|| {
            questions.push(question);
            questions.len() - 1
        });
    }
    let answers =
        if questions.is_empty() { Vec::new() } else { answers(&text, &questions, reading, probing).await };
    for probe in &mut asked {
        let question = question(probe);
        let answer = at.get(&(question.search_path, question.count)).and_then(|at| answers.get(*at));
        probe.answer = answer.map(|answer| match answer {
            Ok((rows, first)) => {
                Answer::Rows { rows: (*rows).min(MOST), more: *rows > MOST, first: first.clone() }
            }
            Err(reason) => Answer::NotAsked { reason: reason.clone() },
        });
    }
    Ok(())
}

fn probes(plan: &mut Plan) -> impl Iterator<Item = &mut Probe> {
    let steps = plan.steps.iter_mut().filter_map(|step| step.probe.as_mut());
    steps.chain(plan.left.iter_mut().filter_map(|left| left.probe.as_mut()))
}

fn question(probe: &Probe) -> RowsQuestion {
    RowsQuestion {
        search_path: probe.search_path.as_ref().map_or_else(|| "''".to_owned(), search_path_value),
        count: probe.count(MOST),
        sample: probe.sample(SHOWN),
    }
}

async fn answers(
    text: &str,
    questions: &[RowsQuestion],
    reading: &Reading,
    probing: &Probing,
) -> Vec<RowsAnswer> {
    let connected = async {
        let config = ConnectConfig::parse(text, &Environment::process())?;
        let config = match reading.connect_timeout {
            Some(limit) => config.with_timeout(limit),
            None => config,
        };
        trueup_introspect::connect(&config).await
    };
    let limits = RowsLimits { each: probing.probe_timeout, lock: reading.lock_timeout, total: TOTAL };
    match connected.await {
        Ok(connected) => ask_rows(&connected, questions, &limits).await,
        Err(error) => questions.iter().map(|_| Err(error.to_string())).collect(),
    }
}
