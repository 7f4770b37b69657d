//! What a plan relies on, held against real servers: every fact of the model is printed alike by plain SQL, a run that is killed
//! goes on, and a change by hand stops the file before anything is changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, SimpleQueryMessage};
use trueup_catalog::{Catalog, ObjectKey};
use trueup_diff::Comparison;
use trueup_introspect::{ConnectConfig, Environment, connect};
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
        rights: Vec::new(),
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

/// The largest schema of the corpus, where it is there: `TRUEUP_RELIED=gitlab-18.9`.
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

/// The plan from what is there to what is wanted, with what it relies on.
fn planned(live: &TestDatabase<'_>, wanted: &TestDatabase<'_>) -> (Plan, Relied) {
    let (desired, there) = (support::read(wanted), support::read(live));
    let (comparison, plan) = support::plan(&desired, &there, &["*"]);
    let relied = Relied::new(&desired, &there, &comparison, &plan);
    (plan, relied)
}

/// The pieces between which a run of the file can be killed: each transaction by itself.
fn pieces(plan: &Plan) -> Vec<String> {
    let mut pieces = Vec::new();
    for step in &plan.steps {
        if step.transactional {
            pieces.push(plan.script(step));
        } else {
            pieces.extend(step.statements.iter().map(trueup_repair::Statement::text));
        }
    }
    pieces
}

/// A plan of every sort of step: what it relies on holds before, after each single step and at the end.
#[test]
fn a_run_that_was_killed_anywhere_goes_on() {
    for_each_version(|server| {
        let major = server.major();
        let (live, wanted) = (server.database()?, server.database()?);
        live.run(&fixture("locks_live.sql", major))?;
        wanted.run(&fixture("locks_live.sql", major))?;
        wanted.run(&fixture("locks_drift.sql", major))?;
        let (plan, relied) = planned(&live, &wanted);
        let stop = trueup_repair::stop(&relied, &plan.rights_question(), Some(live.name())).unwrap();
        assert!(plan.steps.len() > 100 && relied.count() > 100, "{} facts", relied.count());
        block_on(async {
            let client = live.connect().await.unwrap();
            client.batch_execute(&plan.preamble()).await.unwrap();
            client.batch_execute(&stop).await.unwrap_or_else(|e| panic!("{major}, at first: {e:?}\n{stop}"));
            for (at, piece) in pieces(&plan).iter().enumerate() {
                client.batch_execute(piece).await.unwrap_or_else(|e| panic!("{piece}\n{e:?}"));
                client
                    .batch_execute(&stop)
                    .await
                    .unwrap_or_else(|e| panic!("{major}, after {at}: {piece}\n{e:?}"));
            }
        })?;
        let whole = format!("{}\n{stop}\n{}", plan.preamble(), plan.to_sql());
        let once = live.fingerprint()?;
        live.run(&whole)?;
        assert_eq!(once.changes(&live.fingerprint()?), Vec::<String>::new(), "PostgreSQL {major}");
        println!("PostgreSQL {major}: {} steps, {} facts", plan.steps.len(), relied.count());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

const LIVE: &str = "
CREATE SCHEMA shop;
CREATE TYPE shop.status AS ENUM ('new', 'paid');
CREATE TABLE shop.users (id bigint PRIMARY KEY, email text NOT NULL, name varchar(20));
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, status shop.status DEFAULT 'new',
  total numeric(10,2) CONSTRAINT positive CHECK (total >= 0), at timestamptz DEFAULT '2026-01-01 00:00:00+00');
CREATE INDEX orders_total ON shop.orders (total) WHERE total > 10;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION shop.price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1';
CREATE TABLE shop.other (id int);
";

const DRIFT: &str = "
ALTER TABLE shop.orders ADD COLUMN note text;
ALTER TABLE shop.orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES shop.users;
ALTER TABLE shop.users ALTER COLUMN name TYPE varchar(40);
CREATE INDEX orders_status ON shop.orders (status);
CREATE TRIGGER touched BEFORE UPDATE ON shop.users FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE OR REPLACE FUNCTION shop.price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * 2';
";

/// What people may do by hand in the meantime, and what is said of it.
const BY_HAND: &[(&str, &str)] = &[
    (
        "ALTER TABLE shop.orders ALTER COLUMN user_id TYPE text",
        "table shop.orders: user_id bigint was planned for, and there is user_id text",
    ),
    ("ALTER TABLE shop.orders DROP COLUMN total", "table shop.orders: total numeric(10,2) is not there"),
    (
        "ALTER TABLE shop.orders DROP CONSTRAINT positive",
        "table shop.orders: positive CHECK (total >= (0)::numeric) is not there",
    ),
    (
        "ALTER TABLE shop.users ALTER COLUMN email DROP NOT NULL",
        "table shop.users: email NOT NULL is not there",
    ),
    ("ALTER TABLE shop.orders RENAME TO purchases", "table shop.orders is not there"),
    ("DROP INDEX shop.orders_total", "table shop.orders: orders_total btree (total) is not there"),
    (
        "ALTER TABLE shop.orders ALTER COLUMN status SET DEFAULT 'paid'",
        "status DEFAULT 'new'::shop.status was planned for, and there is status DEFAULT 'paid'::shop.status",
    ),
    ("DROP FUNCTION shop.touch()", "function shop.touch() is not there"),
    // Neither what was to be replaced nor what was to take its place.
    (
        "CREATE OR REPLACE FUNCTION shop.price(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * 3'",
        "function shop.price(numeric): source ",
    ),
    (
        "ALTER TABLE shop.users ALTER COLUMN name TYPE text",
        "name character varying(20) ==> name character varying(40)",
    ),
];

/// What no step needs.
const ELSEWHERE: &str = "
ALTER TABLE shop.other ALTER COLUMN id TYPE bigint, ADD COLUMN x text;
CREATE TABLE shop.more (id int);
ALTER TABLE shop.orders ADD COLUMN by_hand int DEFAULT 1;
CREATE INDEX by_hand ON shop.orders (id);
CREATE TEMPORARY TABLE pg_class (oid oid, relname text);
";

/// What the first statement says, if it stops.
async fn stopped(client: &Client, stop: &str) -> Option<(String, String)> {
    let error = client.batch_execute(stop).await.err()?;
    let said = error.as_db_error().unwrap_or_else(|| panic!("{error:?}"));
    assert_eq!(said.code().code(), "55000", "{said:?}");
    assert!(said.hint().unwrap().contains("run trueup repair again"));
    Some((said.message().to_owned(), said.detail().unwrap().to_owned()))
}

#[test]
fn a_change_by_hand_stops_it_before_anything_is_changed() {
    for_each_version(|server| {
        let major = server.major();
        let (live, wanted) = (server.database()?, server.database()?);
        live.run(LIVE)?;
        wanted.run(LIVE)?;
        wanted.run(DRIFT)?;
        let (plan, relied) = planned(&live, &wanted);
        let stop = trueup_repair::stop(&relied, &plan.rights_question(), Some(live.name())).unwrap();
        let whole = format!("{}\n{stop}\n{}", plan.preamble(), plan.to_sql());
        for (change, expected) in BY_HAND {
            let copy = live.copy()?;
            copy.run(change)?;
            let before = copy.fingerprint()?;
            block_on(async {
                let client = copy.connect().await.unwrap();
                let (message, detail) =
                    stopped(&client, &stop).await.unwrap_or_else(|| panic!("{change}: goes on"));
                assert!(message.contains("is not the one that this repair was planned for"), "{message}");
                assert!(detail.contains(expected), "{change}\n{detail}");
                // A client that goes on after errors changes nothing either.
                let client = copy.connect().await.unwrap();
                trueup_testkit::psql::run_script_with(&client, &whole, |_| true).await;
            })?;
            assert_eq!(
                before.changes(&copy.fingerprint()?),
                Vec::<String>::new(),
                "PostgreSQL {major}: {change}"
            );
        }
        let copy = live.copy()?;
        block_on(async {
            let client = copy.connect().await.unwrap();
            // Settings of a session that print constants otherwise.
            client
                .batch_execute(
                    "SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET search_path = shop",
                )
                .await
                .unwrap();
            client.batch_execute(ELSEWHERE).await.unwrap();
            assert_eq!(stopped(&client, &stop).await, None, "PostgreSQL {major}");
        })?;
        // Another database altogether.
        let empty = server.database()?;
        block_on(async {
            let client = empty.connect().await.unwrap();
            let (_, detail) = stopped(&client, &stop).await.unwrap();
            let expected = format!(
                "Planned for database {} on PostgreSQL {major}; this is database {} on PostgreSQL {major}.",
                live.name(),
                empty.name()
            );
            assert!(detail.contains(&expected), "{detail}");
        })?;
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn it_is_told_when_all_is_done_and_any_role_may_look() {
    for_each_version(|server| {
        let (live, wanted) = (server.database()?, server.database()?);
        live.run(LIVE)?;
        wanted.run(LIVE)?;
        wanted.run(DRIFT)?;
        let (plan, relied) = planned(&live, &wanted);
        assert!(relied.tells_done(), "{:?}", plan.steps.iter().map(|s| &s.title).collect::<Vec<_>>());
        let role = server.login_role(None)?;
        let look = |database: &TestDatabase<'_>| {
            let url = database.url_as(&role, None);
            block_on(async {
                let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
                let connected = connect(&config).await.unwrap();
                matters(&connected.client, &relied).await.0
            })
            .unwrap()
        };
        let before = look(&live);
        assert!(!before.is_empty() && before.iter().all(|(made, _)| *made), "{before:#?}");
        live.run(&plan.to_sql())?;
        assert_eq!(look(&live), Vec::new());
        assert_eq!(look(&wanted), Vec::new());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// A plan that needs nothing of what is there, and one that does nothing.
#[test]
fn nothing_to_rely_on_stops_nobody() {
    for_each_version(|server| {
        let (live, wanted) = (server.database()?, server.database()?);
        wanted.run("CREATE SCHEMA shop; CREATE TABLE shop.users (id int PRIMARY KEY)")?;
        for (wanted, open_facts) in [(&wanted, true), (&live, false)] {
            let (_, relied) = planned(&live, wanted);
            let stop = trueup_repair::stop(&relied, &Plan::default().rights_question(), None);
            assert_eq!((relied.count(), stop), (0, None));
            assert_eq!(open(&live, &relied).0.iter().any(|(made, _)| *made), open_facts);
        }
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn a_restored_dump_is_the_same_schema() {
    let dumps = trueup_testkit::pg_dump::PgDump::all().unwrap();
    for_each_version(|server| {
        let Some(dump) = dumps.iter().find(|dump| dump.major() == server.major()) else { return Ok(()) };
        let (original, restored) = (server.database()?, server.database()?);
        original.run(LIVE)?;
        original.run(DRIFT)?;
        restored.run(&dump.schema_only(&original)?)?;
        let (one, other) = (support::read(&original), support::read(&restored));
        assert_eq!(catalog_digest(&one), catalog_digest(&other), "PostgreSQL {}", server.major());
        assert_eq!(everything(&one).fingerprint(), everything(&other).fingerprint());
        assert_eq!(open(&restored, &everything(&one)).0, Vec::new());
        restored.run("ALTER TABLE shop.other ADD COLUMN x int")?;
        assert_ne!(catalog_digest(&one), catalog_digest(&support::read(&restored)));
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
