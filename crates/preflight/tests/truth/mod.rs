//! Runs: what is loaded, damaged, foretold and run.

pub mod damage;
pub mod score;

use score::{Outcome, Score, Told};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres::Client;
use trueup_catalog::Catalog;
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, ask_extensions, connect, read_pg_catalog};
use trueup_parser::{Options, SourceFile};
use trueup_preflight::{AfterFailure, StepOutcome, foretell};
use trueup_testkit::{Server, TestDatabase, block_on};

/// Every `each`-th case, from the `first` on.
pub fn cases(server: &Server, shared: &Path, each: usize, first: usize, score: &mut Score) {
    let only = std::env::var("TRUEUP_FORETELL_ONLY").unwrap_or_default();
    let mut folders = Vec::new();
    for entry in walkdir::WalkDir::new(shared.join("cases")).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.file_name() == "new.sql" {
            folders.push(entry.path().parent().unwrap().to_path_buf());
        }
    }
    assert!(folders.len() > 900, "only {} cases", folders.len());
    for (number, folder) in folders.iter().enumerate().skip(first).step_by(each) {
        let name = folder.strip_prefix(shared).unwrap().display().to_string();
        if !name.contains(&only) {
            continue;
        }
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let old = vec![read("setup.sql"), read("old.sql")];
        let new = vec![(format!("{name}/new.sql"), read("new.sql"))];
        run(server, &old, &new, number as u64 + 1, score);
    }
}

/// Migrations: a prefix of each folder, then the rest, from three places.
pub fn migrations(server: &Server, shared: &Path, score: &mut Score) {
    let only = std::env::var("TRUEUP_FORETELL_ONLY").unwrap_or_default();
    let schemas = shared.join("corpus/schemas");
    let mut folders: Vec<_> = std::fs::read_dir(&schemas).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    for (number, folder) in folders.iter().enumerate() {
        let Ok(meta) = std::fs::read_to_string(folder.join("META.json")) else { continue };
        let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
        let order: Vec<String> = meta["load_order"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|file| file.as_str().map(str::to_owned))
            .collect();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if order.len() < 8 || !name.contains(&only) || meta["load"]["loads"] != "y" {
            continue;
        }
        let read = |file: &String| {
            let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
            (format!("corpus/schemas/{name}/{file}"), up_section(&text))
        };
        let prelude = meta["prelude"].as_str().map(|file| {
            std::fs::read_to_string(shared.join("corpus/preludes").join(Path::new(file).file_name().unwrap()))
                .unwrap_or_default()
        });
        for part in 1..4 {
            let at = order.len() * part / 4;
            let old: Vec<String> =
                prelude.iter().cloned().chain(order[..at].iter().map(|f| read(f).1)).collect();
            let new: Vec<(String, String)> = order[at..].iter().take(25).map(read).collect();
            run(server, &old, &new, (number * 7 + part) as u64, score);
        }
    }
}

/// What a tool would run to go up: the whole file but for the sections down.
fn up_section(text: &str) -> String {
    let down = ["-- +goose Down", "-- +migrate Down", "-- migrate:down", "-- +micrate Down"];
    let mut kept = String::new();
    for line in text.lines() {
        if down.iter().any(|mark| line.trim_start().starts_with(mark)) {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

fn read(database: &TestDatabase<'_>) -> Catalog {
    let url = database.url();
    block_on(async move {
        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = connect(&config).await.unwrap();
        let mut catalog = read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap();
        catalog.available_extensions = Some(ask_extensions(&connected).await.unwrap());
        catalog
    })
    .unwrap()
}

/// What reaches beyond the database, or would wait for input.
fn is_out_of_bounds(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    [
        "create database",
        "drop database",
        "alter system",
        "create tablespace",
        "drop tablespace",
        "copy",
        "drop role",
        "alter role",
        "create role",
        "create user ",
        "alter user ",
        "drop user ",
        "drop owned",
        "reassign",
        "alter database",
    ]
    .iter()
    .any(|start| text.starts_with(start))
        || text.contains("pg_sleep")
}

fn run(server: &Server, old: &[String], new: &[(String, String)], seed: u64, score: &mut Score) {
    let database = server.database().unwrap();
    let before: Vec<&String> = old.iter().collect();
    block_on(async {
        for script in before {
            let client = database.connect().await.unwrap();
            client.batch_execute("SET statement_timeout = '20s'").await.unwrap();
            trueup_testkit::psql::run_script_with(&client, script, |_| true).await;
        }
        let client = database.connect().await.unwrap();
        damage::damage(&client, new, seed).await;
    })
    .unwrap();
    let live = read(&database);
    let version = live.origin.server_version.unwrap();
    let files: Vec<SourceFile> = new
        .iter()
        .map(|(name, text)| SourceFile { name: Arc::from(name.as_str()), text: Arc::from(text.as_str()) })
        .collect();
    let options = Options { server_version: version, ambient: None };
    let foretold = foretell(live, &files, &options, AfterFailure::Abort);
    block_on(async {
        let mut client = session(&database).await;
        let mut file: Option<Arc<str>> = None;
        for step in &foretold.steps {
            if file.as_ref() != Some(&step.span.file) {
                // Each file has a session of its own.
                client = session(&database).await;
                file = Some(Arc::clone(&step.span.file));
            }
            if is_out_of_bounds(&step.text) {
                continue;
            }
            let real = match client.batch_execute(&step.text).await {
                Ok(()) => Outcome::Succeeds,
                Err(error) => match error.as_db_error() {
                    Some(db) => Outcome::Fails(db.code().code().to_owned(), db.message().to_owned()),
                    None => Outcome::Fails("lost".to_owned(), error.to_string()),
                },
            };
            let told = match &step.outcome {
                StepOutcome::Applied(_) | StepOutcome::Skipped(_) => Told::Is(Outcome::Succeeds),
                StepOutcome::Refused(refused) => {
                    Told::Is(Outcome::Fails(refused.sqlstate.to_owned(), refused.message.clone()))
                }
                StepOutcome::CantTell { why, .. } => Told::CantTell(why.clone()),
            };
            score.note(step, told, real);
        }
    })
    .unwrap();
}

async fn session(database: &TestDatabase<'_>) -> Client {
    let client = database.connect().await.unwrap();
    client.batch_execute("SET statement_timeout = '20s'; SET lock_timeout = '5s'").await.unwrap();
    client
}
