//! `trueup preflight`: reads the live side and the migrations, and has them foretold.

use crate::args::{Format, Scratch};
use crate::load::{self, Loaded};
use crate::migrations::Live;
use crate::output;
use crate::pending::{self, Asked};
use crate::preflight_args::Preflight;
use crate::problem::Problem;
use crate::run::{self, Exit, Talk};
use crate::settling::Settling;
use crate::source::Source;
use trueup_parser::{Around, Options, SourceFile};
use trueup_preflight::{Forecast, Outlook, StepOutcome};
use trueup_report::{Confirmed, PreflightReport, Sources};
use trueup_scratch::{Rehearsal, Rehearsed};

/// `trueup preflight`.
///
/// # Errors
/// What stopped the run.
pub async fn preflight(preflight: &Preflight, talk: &Talk) -> Result<Exit, Vec<Problem>> {
    let sides = &preflight.sides;
    let progress = talk.progress();
    let asked = Asked {
        words: &preflight.migrations,
        every: preflight.every,
        replaying: &sides.replaying,
        live: Live { words: &sides.live, reading: &sides.reading },
    };
    let files = pending::migrations(asked, talk).await?;
    let (desired, live) = if sides.desired.is_empty() {
        let live = load::single("--live", &sides.live, &sides.reading, &Scratch::Off, &progress, &[]).await?;
        (None, live)
    } else {
        let (desired, live) = load::both(sides, &progress).await?;
        (Some(desired), live)
    };
    let mut live = live;
    if let Source::Server(text) = Source::of("--live", &sides.live).map_err(|problem| vec![problem])? {
        live.catalog.available_extensions = extensions(&text, sides).await;
    }
    let version = sides.reading.server_version.or(live.catalog.origin.server_version).unwrap_or(180_000);
    progress.doing("foretelling");
    let (mut forecast, live, files) = load::blocking(move || {
        let options = Options { server_version: version, ambient: None };
        let forecast = trueup_preflight::forecast_around(&live.catalog, &files, &options);
        (forecast, live, files)
    })
    .await?;
    if preflight.probing.probe {
        progress.doing("asking the rows");
        let probes: Vec<&mut trueup_repair::Probe> = forecast.probes().collect();
        crate::probing::ask(probes, &sides.live, &sides.reading, &preflight.probing)
            .await
            .map_err(|problem| vec![problem])?;
    }
    let confirmed = if preflight.confirm {
        progress.doing("running it in a copy of the live schema");
        Some(confirm(&forecast, &files, &live, preflight).await?)
    } else {
        None
    };
    let guards = match &preflight.write_guarded {
        None => None,
        Some(path) => {
            let options = Options { server_version: version, ambient: None };
            let guarded = trueup_preflight::guarded(&live.catalog, &forecast, &options);
            output::file(path, &guarded.sql).map_err(|problem| vec![problem])?;
            Some((path, guarded))
        }
    };
    let sources: Sources = files.iter().map(|(file, _)| (file.name.clone(), file.text.clone())).collect();
    let place = live.place.clone();
    progress.doing("comparing");
    let after = match desired {
        None => None,
        Some(desired) => {
            let catalog = forecast.after.clone();
            let live =
                Loaded { catalog, place: place.clone(), settled: live.settled.clone(), ..Loaded::default() };
            let mut settling = Settling::new(&sides.settling.scratch);
            Some(run::compared(desired, live, sides, &mut settling, &progress).await?)
        }
    };
    drop(progress);
    let after_report = after.as_ref().map(run::Found::report);
    let report = PreflightReport {
        forecast: &forecast,
        live_place: &place,
        sources: &sources,
        after: after_report.as_ref(),
        confirmed: confirmed.as_ref(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let single = |problem| vec![problem];
    match preflight.format {
        Format::Json => {
            let text =
                trueup_report::preflight_json(&report).map_err(|error| single(run::write_failed(&error)))?;
            output::stdout(&text).map_err(single)?;
        }
        Format::Text => {
            let text = trueup_report::preflight_text(&report, preflight.all, talk.out);
            output::stdout(&text).map_err(single)?;
            talk.hint(trueup_report::preflight_hint(&report).filter(|_| guards.is_none()));
        }
    }
    if let Some((path, guarded)) = guards {
        talk.hint(Some(format!(
            "{} has {} guards; {} statements that fail got none",
            path.display(),
            guarded.guards,
            guarded.conflicts.len()
        )));
        for (span, why) in &guarded.conflicts {
            talk.hint(Some(format!("{}:{}: not guarded: {why}", span.file, span.line)));
        }
    }
    Ok(exit(&forecast, confirmed.as_ref()))
}

/// The extensions that the server could install; `None` where it does not tell, since nothing else depends on it.
async fn extensions(
    text: &str,
    sides: &crate::args::Sides,
) -> Option<std::collections::BTreeSet<trueup_catalog::Name>> {
    use trueup_introspect::{ConnectConfig, Environment};
    let asked = async {
        let config = ConnectConfig::parse(text, &Environment::process())?;
        let config = match sides.reading.connect_timeout {
            Some(limit) => config.with_timeout(limit),
            None => config,
        };
        let connected = trueup_introspect::connect(&config).await?;
        trueup_introspect::ask_extensions(&connected).await
    };
    match asked.await {
        Ok(names) => Some(names),
        Err(error) => {
            tracing::debug!(%error, "the server does not tell its extensions");
            None
        }
    }
}

/// What it ends with. What is left behind the migration changes no exit code: that is what `check` is for.
fn exit(forecast: &Forecast, confirmed: Option<&Confirmed>) -> Exit {
    if confirmed.is_some_and(|confirmed| !confirmed.differing.is_empty()) {
        return Exit::Failed;
    }
    match forecast.outlook() {
        Outlook::Good => Exit::Good,
        Outlook::Bad => Exit::Drift,
        Outlook::Unknown => Exit::Failed,
    }
}

/// What reaches beyond the database, or waits for rows that a file brings.
fn is_out_of_bounds(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    match words.as_slice() {
        ["create" | "alter" | "drop", "database" | "tablespace" | "role" | "user" | "group", third, ..] => {
            *third != "mapping"
        }
        ["alter", "system", ..] => true,
        ["copy", ..] => text.contains("stdin"),
        _ => false,
    }
}

async fn confirm(
    forecast: &Forecast,
    files: &[(SourceFile, Around)],
    live: &Loaded,
    preflight: &Preflight,
) -> Result<Confirmed, Vec<Problem>> {
    let sent = in_blocks(forecast, files);
    let statements: Vec<Option<String>> = sent
        .iter()
        .map(|(_, text)| Some((*text).to_owned()).filter(|text| !is_out_of_bounds(text)))
        .collect();
    let mut settling = Settling::new(&preflight.sides.settling.scratch);
    let mut rehearsal = settling.rehearse(&live.catalog, &statements).await?;
    let happened = std::mem::take(&mut rehearsal.statements);
    let own = sent.iter().zip(happened).filter(|((own, _), _)| *own);
    rehearsal.statements = own.map(|(_, happened)| happened).collect();
    Ok(held_against(forecast, rehearsal))
}

/// The statements as they are sent, `true`, with the BEGIN and COMMIT of whoever runs the files, `false`.
fn in_blocks<'f>(forecast: &'f Forecast, files: &[(SourceFile, Around)]) -> Vec<(bool, &'f str)> {
    let joined =
        |name: &str| files.iter().any(|(file, around)| *file.name == *name && *around == Around::Run);
    let mut sent = Vec::with_capacity(forecast.statements.len());
    let (mut open, mut last) = (false, "");
    for statement in &forecast.statements {
        let step = &statement.step;
        let another = *step.span.file != *last && !joined(&step.span.file);
        if open && (another || !step.in_block) {
            sent.push((false, "COMMIT"));
            open = false;
        }
        if step.in_block && !open {
            sent.push((false, "BEGIN"));
            open = true;
        }
        sent.push((true, step.text.as_str()));
        last = &step.span.file;
        let mut words = step.text.split_whitespace().map(str::to_ascii_uppercase);
        match (words.next().as_deref().map(|word| word.trim_end_matches(';')), words.next().as_deref()) {
            (Some("BEGIN" | "START"), _) => open = true,
            (Some("ROLLBACK" | "ABORT"), Some("TO")) => {}
            (Some("COMMIT" | "END" | "ROLLBACK" | "ABORT"), _) => open = false,
            _ => {}
        }
    }
    sent
}

/// The forecast beside what happened.
fn held_against(forecast: &Forecast, rehearsal: Rehearsal) -> Confirmed {
    let mut confirmed = Confirmed { unmade: rehearsal.unmade, ..Confirmed::default() };
    for (at, (statement, real)) in forecast.statements.iter().zip(rehearsal.statements).enumerate() {
        let told = &statement.step.outcome;
        match (told, real) {
            (_, Rehearsed::NotComparable(why)) => confirmed.not_comparable.push((at, why)),
            (StepOutcome::Applied(_) | StepOutcome::Skipped(_), Rehearsed::Succeeded) => confirmed.alike += 1,
            (StepOutcome::Refused(refused), Rehearsed::Failed(state, _)) if refused.sqlstate == state => {
                confirmed.alike += 1;
            }
            (StepOutcome::CantTell { .. }, Rehearsed::Succeeded) => {
                confirmed.not_comparable.push((at, "it succeeds in the copy".to_owned()));
            }
            (StepOutcome::CantTell { .. }, Rehearsed::Failed(state, message)) => {
                confirmed.differing.push((at, format!("fails: {state} {message}")));
            }
            (StepOutcome::Refused(_), Rehearsed::Succeeded) => {
                confirmed.differing.push((at, "succeeds".to_owned()));
            }
            (_, Rehearsed::Failed(state, message)) => {
                confirmed.differing.push((at, format!("fails: {state} {message}")));
            }
        }
    }
    confirmed
}
