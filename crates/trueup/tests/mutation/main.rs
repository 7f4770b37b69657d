//! Recall by mutation: one change at a time is made to a database, and exactly that must be found, with the right code, and nothing else.
//!
//! The changes are derived by queries on the catalogs (`sorts/*.sql`), by none of the product's code. Changes that have nothing
//! to do with each other are made to one copy and looked for together; where that fails, the group is halved until the change
//! is found that is to blame. Each is looked for three ways: from the database as it was, with these sides swapped, and from its SQL.
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
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Server, shared_dir, test_versions};

/// Which changes are tried.
#[derive(Clone, Copy)]
struct Choice {
    /// How many of each sort.
    cap: usize,
    /// Every how many sorts one is taken, and the first.
    every: (usize, usize),
}

/// Loads files into a new database and mutates it.
fn mutate(server: &Server, name: &str, files: &[PathBuf], choice: Choice) -> Tally {
    let start = std::time::Instant::now();
    let database = server.database().unwrap();
    for file in files {
        database.run_file(file).unwrap();
    }
    database
        .run("DO $$BEGIN CREATE ROLE mutant; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$")
        .unwrap();
    let mut tally = Tally::default();
    let subject = Subject::new(&database, name, files);
    for group in derive::groups(derive::mutations(&database, choice)) {
        subject.check(&group, &mut tally);
    }
    tally.took(name, server.major(), start.elapsed());
    tally
}

/// Mutates `fixtures/mutation` on all the versions at once.
fn mutate_fixture(choose: impl Fn(u16) -> Choice + Sync) -> Tally {
    let file = fixtures_dir().join("mutation/schema.sql");
    let run =
        |major| mutate(Server::shared(major).unwrap(), "fixture", std::slice::from_ref(&file), choose(major));
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            test_versions().unwrap().into_iter().map(|major| scope.spawn(move || run(major))).collect();
        let mut all = Tally::default();
        runs.into_iter().for_each(|run| all.add(run.join().unwrap()));
        all
    })
}

/// One change of every sort on the usual version, the oldest and the newest; a third of them on each of the rest.
#[test]
fn every_change_to_the_fixture_is_found_and_nothing_else() {
    let tally = mutate_fixture(|major| match major {
        DEFAULT_MAJOR | 13 | 18 => Choice { cap: 1, every: (1, 0) },
        _ => Choice { cap: 1, every: (3, usize::from(major) % 3) },
    });
    eprint!("{}", tally.table());
    tally.demand(40, 40);
}

/// Corpus schemas that load by their files alone.
const CORPUS: &[&str] = &[
    "aact",
    "ai-chatbot",
    "atuin-server",
    "bareos",
    "bytebase-latest",
    "cadence",
    "coder-2025",
    "concourse",
    "cow-services",
    "danbooru",
    "docs-rs",
    "documenso",
    "ejabberd-new",
    "gisia",
    "gitness",
    "graphile-starter",
    "hatchet",
    "hydra",
    "kea-dhcpdb",
    "kratos",
    "labrinth",
    "lago-api",
    "langfuse",
    "listenbrainz",
    "listmonk",
    "memos",
    "nextjs-subscription-payments",
    "onlook",
    "openstreetmap-website",
    "papermark",
    "postgres-fdw-regression",
    "procrastinate",
    "quartz",
    "roundcube",
    "svix",
    "synapse-full-72",
    "temporal",
    "umami",
    "vaultwarden",
    "zabbix-6.0",
    "zero-to-production",
    "zooniverse-panoptes",
];

/// `make mutation`: at least 2,000 changes.
#[test]
#[ignore = "minutes, and needs ../shared: make mutation"]
fn every_change_to_the_corpus_is_found_and_nothing_else() {
    let shared = shared_dir().expect("the shared data");
    let server = Server::shared(DEFAULT_MAJOR).unwrap();
    let only = std::env::var("TRUEUP_TEST_ENTRY").unwrap_or_default();
    let results = fixtures_dir().join("mutation-results.tsv");
    let mut tally = Tally::default();
    // Each database's line is written at once: this takes a while.
    let mut add = |one: Tally| {
        tally.add(one);
        let earlier =
            if results.exists() { std::fs::read_to_string(&results).unwrap() } else { String::new() };
        std::fs::write(&results, tally.results(&earlier)).unwrap();
    };
    if "fixture".contains(&only) {
        add(mutate_fixture(|_| Choice { cap: 6, every: (1, 0) }));
    }
    for name in CORPUS.iter().filter(|name| name.contains(&only)) {
        if let Some(files) = files(&shared.join("corpus"), name) {
            add(mutate(server, name, &files, Choice { cap: 2, every: (1, 0) }));
        }
    }
    eprint!("{}", tally.table());
    if only.is_empty() {
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
