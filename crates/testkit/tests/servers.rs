//! testkit's own promises: servers of all versions, databases that go away, nothing left after a kill.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use trueup_testkit::{Server, ServerOptions, TestDatabase, block_on, for_each_version};

const SCHEMA: &str = "
CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('open', 'done');
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state shop.state NOT NULL DEFAULT 'open', total numeric(10,2) CHECK (total >= 0));
CREATE INDEX orders_state_idx ON shop.orders (state) WHERE total > 10;
COMMENT ON TABLE shop.orders IS 'it''s; orders';
CREATE FUNCTION shop.f(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a; END; $$;
CREATE VIEW shop.v AS SELECT id FROM shop.orders;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON shop.orders USING (total > 0);
COPY shop.orders (state, total) FROM stdin;
open\t1.50
done\t\\N
\\.
";

#[test]
fn every_version_runs_and_the_fingerprint_sees_changes() {
    for_each_version(|server| {
        let database = server.database()?;
        assert_eq!(version_of(&database), server.major());
        database.run(SCHEMA)?;
        assert_eq!(database.query_texts("SELECT count(*) FROM shop.orders")?, [Some("2".to_owned())]);
        let before = database.fingerprint()?;
        assert!(before.lines().any(|line| line.starts_with("index shop.orders_state_idx CREATE INDEX")));
        assert_eq!(before, database.copy()?.fingerprint()?);
        // Adding loses nothing, and shows.
        database.run("ALTER TYPE shop.state ADD VALUE 'lost' BEFORE 'done'; ALTER TABLE shop.orders ADD note text;")?;
        let added = database.fingerprint()?;
        assert_eq!(before.lost(&added), Vec::<&str>::new());
        assert!(!before.changes(&added).is_empty());
        database.run("ALTER TABLE shop.orders ALTER total DROP DEFAULT, ALTER state DROP DEFAULT; DROP POLICY p ON shop.orders;")?;
        let lost = added.changes(&database.fingerprint()?);
        assert_eq!(lost.len(), 2, "{lost:#?}");
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

fn version_of(database: &TestDatabase<'_>) -> u16 {
    let number = database.query_texts("SHOW server_version_num").unwrap().remove(0).unwrap();
    (number.parse::<u32>().unwrap() / 10_000).try_into().unwrap()
}

#[test]
fn a_database_goes_away_with_its_value() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let name = database.name().to_owned();
    let exists = |name: &str| {
        let other = server.database().unwrap();
        other.query_texts(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).unwrap().len() == 1
    };
    assert!(exists(&name));
    block_on(async {
        // Somebody who is still connected doesn't keep it.
        let _client = database.connect().await.unwrap();
        tokio::task::spawn_blocking(|| drop(database)).await.unwrap();
    })
    .unwrap();
    assert!(!exists(&name));
}

#[test]
fn errors_name_the_line_and_stop() {
    let database = Server::shared(15).unwrap().database().unwrap();
    let error =
        database.run("SELECT 1;\n\nSELECT nonsense;\nCREATE TABLE never ();").unwrap_err().to_string();
    assert!(error.starts_with("line 3: ") && error.contains("column \"nonsense\" does not exist"), "{error}");
    assert_eq!(database.query_texts("SELECT to_regclass('never')").unwrap(), [None]);
    let error = database.run("\\connect other\n").unwrap_err().to_string();
    assert!(error.contains("\\connect"), "{error}");
}

#[test]
fn our_runner_and_psql_do_the_same() {
    let Some(psql) = trueup_testkit::psql::psql_program() else {
        eprintln!("no psql here to compare with; our own runner is what the tests use");
        return;
    };
    let server = Server::shared(15).unwrap();
    let (ours, theirs) = (server.database().unwrap(), server.database().unwrap());
    ours.run(SCHEMA).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SCHEMA).unwrap();
    let output = std::process::Command::new(psql)
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(file.path())
        .arg(theirs.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ours.fingerprint().unwrap(), theirs.fingerprint().unwrap());
}

#[test]
fn passwords_and_tls_are_asked_for() {
    let options = ServerOptions::new(15).tls_only().password("p@ss'w\\rd");
    let server = Server::start(&options).unwrap();
    assert!(server.url("postgres").contains(":p%40ss%27w%5Crd@"));
    assert!(
        std::fs::read_to_string(server.ca_file().unwrap()).unwrap().starts_with("-----BEGIN CERTIFICATE")
    );
    let error = block_on(async {
        let config: tokio_postgres::Config = server.url("postgres").parse().unwrap();
        config.connect(tokio_postgres::NoTls).await.map(|_| ()).unwrap_err()
    })
    .unwrap();
    let text = error.as_db_error().expect("an answer of the server").message().to_owned();
    assert!(text.contains("no encryption"), "{text}");
    let rows = block_on(async {
        let client = server.connect("postgres").await.unwrap();
        client.query_one("SHOW ssl", &[]).await.unwrap().get::<_, String>(0)
    })
    .unwrap();
    assert_eq!(rows, "on");
}

#[test]
fn a_role_without_rights_can_log_in_and_nothing_else() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE SCHEMA s; CREATE TABLE s.t (a int);").unwrap();
    let role = server.login_role(None).unwrap();
    let error = block_on(async {
        let config: tokio_postgres::Config = database.url_as(&role, None).parse().unwrap();
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.simple_query("SELECT * FROM s.t").await.unwrap_err()
    })
    .unwrap();
    assert_eq!(error.code().unwrap().code(), "42501");
}

/// Not a test of its own: the next one runs it in a process that it kills.
#[test]
#[ignore = "run by a_killed_program_leaves_nothing"]
fn helper_that_gets_killed() {
    let server = Server::start(&ServerOptions::new(15)).unwrap();
    println!("\nSERVER {} {}", server.port(), server.socket_dir().display());
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_program_leaves_nothing() {
    use std::io::{BufRead, BufReader};
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "helper_that_gets_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .find(|line| line.starts_with("SERVER "))
        .expect("the helper's server");
    let mut words = line.split(' ').skip(1);
    let port: u16 = words.next().unwrap().parse().unwrap();
    let home = words.next().unwrap().to_owned();
    assert!(Path::new(&home).exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let limit = Instant::now() + Duration::from_secs(20);
    while Path::new(&home).exists() || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < limit, "the server at {home} outlived the program");
        std::thread::sleep(Duration::from_millis(50));
    }
}
