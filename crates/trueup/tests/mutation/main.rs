//! Recall by mutation: one change at a time is made to a database, and exactly that must be found, with the right code, and nothing else.
//!
//! The changes are derived by queries on the catalogs (`sorts/*.sql`), by none of the product's code. Changes that have nothing
//! to do with each other are made to one copy and looked for together; where that fails, the group is halved until the change
//! is found that is to blame. Each is looked for four ways: from the database as it was and from its SQL, and with the sides swapped.
//!
//! `make test` takes the schema of `fixtures/mutation`; `make mutation` takes the corpus too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod check;
mod derive;
mod tally;

use check::Subject;
use std::path::{Path, PathBuf};
use tally::Tally;
use trueup_testkit::cases::fixtures_dir;
use trueup_testkit::{Server, TestDatabase, shared_dir, test_versions};

/// Loads files into a new database and mutates it; `cap` changes of each sort.
fn mutate(server: &Server, name: &str, files: &[PathBuf], cap: usize, tally: &mut Tally) {
    let start = std::time::Instant::now();
    let database = server.database().unwrap();
    for file in files {
        database.run_file(file).unwrap();
    }
    mutate_database(&database, name, files, cap, tally);
    eprintln!("{name} on {}: {} ms", server.major(), start.elapsed().as_millis());
}

fn mutate_database(
    database: &TestDatabase<'_>,
    name: &str,
    files: &[PathBuf],
    cap: usize,
    tally: &mut Tally,
) {
    database
        .run("DO $$BEGIN CREATE ROLE mutant; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$")
        .unwrap();
    let mutations = derive::mutations(database, cap);
    let subject = Subject::new(database, name, files);
    for group in derive::groups(mutations) {
        subject.check(&group, tally);
    }
}

/// Everything of `fixtures/mutation` on the quick version, a sample on the others.
#[test]
fn every_change_to_the_fixture_is_found_and_nothing_else() {
    let file = fixtures_dir().join("mutation/schema.sql");
    let mut tally = Tally::default();
    let versions = test_versions().unwrap();
    let whole = versions.iter().copied().find(|v| *v == trueup_testkit::versions::DEFAULT_MAJOR);
    let whole = whole.or(versions.first().copied());
    for major in versions {
        let cap = if Some(major) == whole { 6 } else { 1 };
        mutate(Server::shared(major).unwrap(), "fixture", std::slice::from_ref(&file), cap, &mut tally);
    }
    eprint!("{}", tally.table());
    tally.demand(100, 300);
}

/// Corpus schemas that load by their files alone.
const CORPUS: &[&str] = &[
    "chinook",
    "ejabberd-new",
    "gisia",
    "kea-dhcpdb",
    "listmonk",
    "northwind",
    "openstreetmap-website",
    "procrastinate",
    "roundcube",
    "quartz",
    "river",
    "svix",
    "temporal",
    "umami",
    "vaultwarden",
    "zero-to-production",
    "zooniverse-panoptes",
    "bareos",
    "crates-io",
    "docs-rs",
    "danbooru",
    "zabbix-6.0",
    "zksync-prover",
    "graphile-starter",
    "bytebase-latest",
    "concourse",
    "hatchet",
];

/// `make mutation`: at least 2,000 changes.
#[test]
#[ignore = "minutes, and needs ../shared: make mutation"]
fn every_change_to_the_corpus_is_found_and_nothing_else() {
    let shared = shared_dir().expect("the shared data");
    let server = Server::shared(trueup_testkit::versions::DEFAULT_MAJOR).unwrap();
    let only = std::env::var("TRUEUP_TEST_ENTRY").unwrap_or_default();
    let mut tally = Tally::default();
    mutate(server, "fixture", &[fixtures_dir().join("mutation/schema.sql")], 30, &mut tally);
    for name in CORPUS.iter().filter(|name| name.contains(&only)) {
        let Some(files) = files(&shared.join("corpus"), name) else { continue };
        mutate(server, name, &files, 6, &mut tally);
    }
    let table = tally.table();
    eprint!("{table}");
    if only.is_empty() {
        std::fs::write(fixtures_dir().join("mutation-results.tsv"), table).unwrap();
        tally.demand(40, 2000);
    } else {
        tally.demand(1, 1);
    }
}

/// The files of an entry in the order of its notes; `None` where the notes ask for more than loading them.
fn files(corpus: &Path, name: &str) -> Option<Vec<PathBuf>> {
    let dir = corpus.join("schemas").join(name);
    let text = std::fs::read_to_string(dir.join("META.json")).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&text).unwrap();
    let plain = ["pre_sql", "load_substitutions", "load_drops_lines", "hazards", "load_takes"]
        .iter()
        .all(|key| meta[*key].as_array().is_none_or(Vec::is_empty) && !meta[*key].is_string());
    if !plain {
        eprintln!("{name}: needs more than its files, left out");
        return None;
    }
    let texts = |key: &str, root: &Path| -> Vec<PathBuf> {
        match &meta[key] {
            serde_json::Value::String(one) => vec![root.join(one)],
            serde_json::Value::Array(many) => {
                many.iter().map(|file| root.join(file.as_str().unwrap())).collect()
            }
            _ => Vec::new(),
        }
    };
    let mut files = texts("prelude", corpus);
    files.extend(texts("load_order", &dir));
    Some(files)
}
