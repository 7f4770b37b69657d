//! What a plan relies on, held against real servers: every fact of the model is printed alike by plain SQL, a run that is killed
//! goes on, and a change by hand stops the file before anything is changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, SimpleQueryMessage};
use trueup_catalog::{Catalog, ObjectKey, ObjectKind};
use trueup_diff::Comparison;
use trueup_repair::{Phase, Plan, Relied, Step, Work, catalog_digest};
use trueup_testkit::{TestDatabase, block_on, cases::fixtures_dir, for_each_version, shared_dir};

fn fixture(name: &str, major: u16) -> String {
    let text = std::fs::read_to_string(fixtures_dir().join("repair").join(name)).unwrap();
    let mut since = 0;
    let lines = text.lines().filter(|line| {
        if let Some(version) = line.strip_prefix("-- since ") {
            since = version.trim().parse().unwrap();
        }
        since <= major
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// A step that touches the object and does nothing.
fn touching(key: &ObjectKey) -> Step {
    Step {
        phase: Phase::Create,
        statements: Vec::new(),
        title: String::new(),
        notes: Vec::new(),
        closes: Vec::new(),
        after: Vec::new(),
        key: key.clone(),
        locks: Vec::new(),
        work: Work::Catalog,
        size: None,
        transactional: true,
        may_fail_on_data: false,
        hazards: Vec::new(),
        probe: None,
        search_path: None,
    }
}

/// Everything that can be relied on in a catalog.
fn everything(live: &Catalog) -> Relied {
    let steps = live.iter().map(|(key, _)| touching(key)).collect();
    Relied::new(live, live, &Comparison::default(), &Plan { steps, ..Plan::default() })
}

/// What the query says does not hold: (whether the plan makes it, what is the matter).
async fn matters(client: &Client, relied: &Relied) -> (Vec<(bool, String)>, Duration) {
    let sql = format!("BEGIN; {}", Relied::settings());
    client.batch_execute(&sql).await.unwrap();
    let query = relied.query();
    let begun = Instant::now();
    let messages = client.simple_query(&query).await.unwrap_or_else(|error| panic!("{query}\n{error:?}"));
    let took = begun.elapsed();
    client.batch_execute("ROLLBACK").await.unwrap();
    let mut found = Vec::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            found.push((row.get(0) == Some("t"), row.get(1).unwrap_or_default().to_owned()));
        }
    }
    (found, took)
}

fn open(database: &TestDatabase<'_>, relied: &Relied) -> (Vec<(bool, String)>, Duration) {
    block_on(async { matters(&database.connect().await.unwrap(), relied).await }).unwrap()
}

fn all_hold(database: &TestDatabase<'_>, what: &str) {
    let live = support::read(database);
    let relied = everything(&live);
    assert!(relied.count() > 20, "{what}: {} facts", relied.count());
    let (found, took) = open(database, &relied);
    println!("{what}: {} facts in {} ms", relied.count(), took.as_millis());
    assert_eq!(found, Vec::new(), "{what}");
}

/// The model's text of every fact is what the server's catalogs print.
#[test]
fn every_fact_of_a_catalog_holds_where_it_was_read() {
    for_each_version(|server| {
        let major = server.major();
        for name in ["every_kind.sql", "locks_live.sql"] {
            let database = server.database()?;
            database.run(&fixture(name, major))?;
            all_hold(&database, &format!("PostgreSQL {major}, {name}"));
        }
        let database = server.database()?;
        trueup_testkit::cases::tablespaces(server)?;
        database.run(&trueup_testkit::cases::every_kind(&[major])?)?;
        all_hold(&database, &format!("PostgreSQL {major}, every kind"));
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// The largest schema of the corpus, where it is there: `TRUEUP_RELIED=gitlab`.
#[test]
fn every_fact_of_a_large_schema_holds() {
    let (Some(shared), Ok(name)) = (shared_dir(), std::env::var("TRUEUP_RELIED")) else { return };
    for_each_version(|server| {
        let database = server.database()?;
        let dir = shared.join("corpus/schemas").join(&name);
        load(&database, &dir);
        all_hold(&database, &format!("PostgreSQL {}, {name}", server.major()));
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// Whatever of the schema's files a server without its extensions takes.
fn load(database: &TestDatabase<'_>, dir: &Path) {
    let meta: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("META.json")).unwrap()).unwrap();
    block_on(async {
        let client = database.connect().await.unwrap();
        for file in meta["load_order"].as_array().unwrap() {
            let text = std::fs::read_to_string(dir.join(file.as_str().unwrap())).unwrap();
            trueup_testkit::psql::run_script_with(&client, &text, |_| true).await;
        }
    })
    .unwrap();
}
