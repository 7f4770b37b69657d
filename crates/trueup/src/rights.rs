//! Asks the live server, before anything is run, whether the connected role may run all of a plan.

use crate::args::Reading;
use crate::problem::Problem;
use crate::source::Source;
use std::collections::BTreeSet;
use trueup_diff::Code;
use trueup_introspect::{ConnectConfig, Connected, Environment, ask_rights};
use trueup_repair::Plan;
use trueup_repair::rights::{Rights, RightsAnswer, RightsQuestion};

/// How many rights a message names.
const SHOWN: usize = 10;

/// Asks for the rights of all steps and keeps the answer in the plan. Where live is no database there is nothing to ask.
///
/// # Errors
/// The server can't be asked.
pub async fn forecast(plan: &mut Plan, live: &[String], reading: &Reading) -> Result<(), Problem> {
    let Source::Server(text) = Source::of("--live", live)? else { return Ok(()) };
    let question = plan.rights_question();
    if question.is_empty() {
        return Ok(());
    }
    let config = ConnectConfig::parse(&text, &Environment::process())?;
    let config = match reading.connect_timeout {
        Some(limit) => config.with_timeout(limit),
        None => config,
    };
    let connected = trueup_introspect::connect(&config).await?;
    let rights = ask(&connected, &question).await?;
    plan.set_rights(rights);
    Ok(())
}

/// Asks over a connection.
///
/// # Errors
/// The server can't be asked.
pub async fn ask(connected: &Connected, question: &RightsQuestion) -> Result<Rights, Problem> {
    let begun = std::time::Instant::now();
    let found = ask_rights(connected, &question.query()).await?;
    tracing::debug!(
        rights = question.rights().len(),
        lacking = found.lacking.len(),
        ms = crate::load::ms(begun),
        "asked for rights"
    );
    Ok(question.answered(RightsAnswer {
        role: found.role,
        superuser: found.superuser,
        managed: found.managed,
        lacking: found.lacking,
    }))
}

/// What stops a run before its first statement: rights that the role certainly lacks, each with its way out. None where it lacks none.
pub fn refusal(rights: &Rights, titles: &[&str]) -> Vec<Problem> {
    let steps: BTreeSet<usize> = rights.certain().map(|lacking| lacking.step).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let role = trueup_catalog::Name::new(rights.role.as_str());
    // One right may stop many steps.
    let mut lines: Vec<(String, String, usize, usize)> = Vec::new();
    for lacking in rights.certain() {
        let message = lacking.message();
        match lines.iter_mut().find(|(said, ..)| *said == message) {
            Some((.., more)) => *more += 1,
            None => lines.push((message, lacking.way_out(&rights.role), lacking.step, 0)),
        }
    }
    let problem = |code, message, way_out| Problem { code, message, way_out: Some(way_out) };
    let mut problems: Vec<Problem> = lines
        .iter()
        .take(SHOWN)
        .map(|(message, way_out, step, more)| {
            let title = titles.get(*step).copied().unwrap_or_default();
            let more = if *more > 0 { format!(", and {more} more") } else { String::new() };
            problem(
                Code::H108,
                format!("step {} ({title}){more}: role {role} {message}", step + 1),
                way_out.clone(),
            )
        })
        .collect();
    let hidden = match lines.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(" ({n} more rights are not shown)"),
    };
    problems.push(problem(
        Code::X105,
        format!(
            "nothing was changed: role {role} lacks rights for {} of {}{hidden}",
            steps.len(),
            if titles.len() == 1 { "1 step".to_owned() } else { format!("{} steps", titles.len()) },
        ),
        "see above, or let the owner run it; `trueup apply --dry-run` shows what each step lacks".to_owned(),
    ));
    problems
}
