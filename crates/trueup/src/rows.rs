//! Compares the rows that the desired SQL states with those of the live database: `--data`.

use crate::args::{Reading, Sides};
use crate::load::{self, Loaded};
use crate::problem::Problem;
use crate::source::Source;
use std::sync::Arc;
use std::time::Duration;
use trueup_catalog::SearchPath;
use trueup_diff::Comparison;
use trueup_introspect::{ConnectConfig, Environment, ListAnswer, ListQuestion, RowsLimits, ask_lists};
use trueup_parser::SourceFile;
use trueup_repair::search_path_value;
use trueup_rows::{Asked, findings, questions};

/// No more than this for all tables together.
const TOTAL: Duration = Duration::from_secs(300);

/// Adds what it finds about rows to the comparison, where that is wanted. What can't be asked is undecided.
///
/// # Errors
/// Live's source can't be named.
pub async fn compare(
    comparison: &mut Comparison,
    desired: &Loaded,
    live: &Loaded,
    sides: &Sides,
) -> Result<(), Vec<Problem>> {
    if !sides.data {
        return Ok(());
    }
    let files: Vec<SourceFile> = desired
        .scripts
        .iter()
        .map(|script| SourceFile { name: Arc::clone(&script.name), text: Arc::clone(&script.text) })
        .collect();
    let version = live.catalog.origin.server_version.or(desired.catalog.origin.server_version);
    let ambient = live.catalog.ambient.clone();
    let stated = load::blocking(move || {
        let options = trueup_parser::Options {
            server_version: version.unwrap_or(load::NEWEST),
            ambient: Some(&ambient),
        };
        trueup_parser::stated_rows(&files, &options).1
    })
    .await?;
    let mut asked = questions(&stated, &desired.catalog, &live.catalog);
    let chosen = &sides.chosen.selection;
    let key = |table: &trueup_catalog::QualifiedName| {
        trueup_catalog::ObjectKey::in_schema(trueup_catalog::ObjectKind::Table, table.clone())
    };
    asked.questions.retain(|question| chosen.has(&key(&question.table)));
    asked.undecided.retain(|undecided| undecided.key.as_ref().is_none_or(|key| chosen.has(key)));
    let answers = answers(&asked, sides).await?;
    let found = findings(asked, answers);
    comparison.drift.extend(found.drift);
    comparison.undecided.extend(found.undecided);
    comparison.rows = found.missing;
    Ok(())
}

async fn answers(asked: &Asked, sides: &Sides) -> Result<Vec<ListAnswer>, Vec<Problem>> {
    let questions: Vec<ListQuestion> = asked
        .questions
        .iter()
        .filter_map(|question| {
            Some(ListQuestion { search_path: path(&question.search_path), query: question.sql.clone()? })
        })
        .collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let Source::Server(text) = Source::of("--live", &sides.live).map_err(|problem| vec![problem])? else {
        let why = "files and snapshots have no rows: name the database after --live, or leave --data out";
        return Ok(questions.iter().map(|_| Err(why.to_owned())).collect());
    };
    let reading: &Reading = &sides.reading;
    let connected = async {
        let config = ConnectConfig::parse(&text, &Environment::process())?;
        let config = match reading.connect_timeout {
            Some(limit) => config.with_timeout(limit),
            None => config,
        };
        trueup_introspect::connect(&config).await
    };
    let limits = RowsLimits { each: reading.statement_timeout, lock: reading.lock_timeout, total: TOTAL };
    Ok(match connected.await {
        Ok(connected) => ask_lists(&connected, &questions, &limits).await,
        Err(error) => questions.iter().map(|_| Err(error.to_string())).collect(),
    })
}

fn path(path: &SearchPath) -> String {
    if path.is_empty() { "''".to_owned() } else { search_path_value(path) }
}
