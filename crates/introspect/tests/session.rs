//! How reading behaves: the same for every role and setting, in one snapshot, patient with locks but not for ever.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{load, open, read_url};
use std::time::Duration;
use trueup_catalog::Catalog;
use trueup_introspect::{Error, ReadOptions, read_pg_catalog};
use trueup_testkit::{Server, block_on, for_each_version};

const SCHEMA: &str = "
    CREATE EXTENSION pg_trgm;
    CREATE TYPE mood AS ENUM ('a', 'b');
    CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, born date DEFAULT '2020-01-02',
        span interval DEFAULT '1 day 2 hours', at timestamptz DEFAULT '2020-01-02 03:04:05+00', f float8 DEFAULT 0.1,
        raw bytea DEFAULT '\\x0102', slash text DEFAULT 'a\\b', m mood DEFAULT 'a', CHECK (born > '1999-12-31'));
    CREATE TABLE child (id int PRIMARY KEY, parent_id bigint REFERENCES parent);
    CREATE INDEX ON child USING gin ((id::text) gin_trgm_ops);
    CREATE VIEW both_of AS SELECT p.id, c.id AS child FROM parent p JOIN child c ON c.parent_id = p.id;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
    CREATE TRIGGER t BEFORE INSERT ON child FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION f();
    ALTER TABLE child ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON child USING (id > 0);
    CREATE STATISTICS s ON id, parent_id FROM child;";

fn json(catalog: &Catalog) -> String {
    serde_json::to_string_pretty(catalog).unwrap()
}

#[test]
fn a_role_without_rights_sees_the_same() {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().unwrap();
        let all =
            load(&database, &format!("CREATE SCHEMA hidden; SET search_path = hidden, public; {SCHEMA}"));
        database.run("REVOKE ALL ON SCHEMA public, hidden FROM PUBLIC").unwrap();
        let all_again = read_url(&database.url()).unwrap();
        assert_eq!(all.len(), all_again.len());
        let role = server.login_role(None).unwrap();
        let seen = read_url(&database.url_as(&role, None)).unwrap();
        assert_eq!(json(&seen), json(&all_again), "PostgreSQL {}", server.major());
        Ok(())
    })
    .unwrap();
}

#[test]
fn settings_of_role_and_database_change_nothing() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let before = json(&load(&database, SCHEMA));
    let name = database.name();
    database
        .run(&format!(
            "ALTER DATABASE {name} SET datestyle = 'German'; ALTER DATABASE {name} SET intervalstyle = 'iso_8601';
             ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'; ALTER DATABASE {name} SET extra_float_digits = -10;
             ALTER DATABASE {name} SET bytea_output = 'escape'; ALTER DATABASE {name} SET search_path = public;
             ALTER DATABASE {name} SET standard_conforming_strings = off;
             ALTER DATABASE {name} SET quote_all_identifiers = on; ALTER DATABASE {name} SET statement_timeout = '1ms';"
        ))
        .unwrap();
    assert_eq!(json(&read_url(&database.url()).unwrap()), before);
}

#[test]
fn the_order_of_creation_changes_nothing() {
    let server = Server::shared(15).unwrap();
    let (one, two) = (server.database().unwrap(), server.database().unwrap());
    let statements = [
        "CREATE TABLE a (x int PRIMARY KEY, y int);",
        "CREATE TABLE b (x int, CONSTRAINT c CHECK (x > 0));",
        "CREATE TYPE e AS ENUM ('x');",
        "CREATE EXTENSION hstore;",
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE AGGREGATE s(int) (sfunc = int4pl, stype = int);",
    ];
    let mut first = load(&one, &statements.concat());
    let reversed: Vec<&str> = statements.iter().rev().copied().collect();
    let mut second = load(&two, &reversed.concat());
    first.origin.name.clear();
    second.origin.name.clear();
    assert_eq!(json(&first), json(&second));
    assert_eq!(json(&first), json(&serde_json::from_str::<Catalog>(&json(&first)).unwrap()));
}

#[test]
fn another_sessions_lock_is_waited_for_and_then_told() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE TABLE locked (a int CHECK (a > 0))").unwrap();
    let options =
        ReadOptions { lock_timeout: Duration::from_millis(100), lock_retries: 0, ..ReadOptions::default() };
    block_on(async {
        let other = database.connect().await.unwrap();
        other.batch_execute("BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let connected = open(&database.url()).await.unwrap();
        let error = read_pg_catalog(&connected, &options).await.unwrap_err();
        assert!(matches!(error, Error::Locked { .. }), "{error}");
        assert!(error.to_string().contains("100 ms") && error.way_out().contains("lock timeout"), "{error}");
        // Given back during the retries.
        let patient = ReadOptions { lock_retries: 5, ..options };
        let release = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            other.batch_execute("COMMIT").await.unwrap();
        };
        let (read, ()) = tokio::join!(read_pg_catalog(&connected, &patient), release);
        assert_eq!(read.unwrap().of_kind(trueup_catalog::ObjectKind::Constraint).count(), 1);
        // The connection is as it was: no open transaction, no setting left behind.
        let row = connected
            .client
            .query_one("SELECT current_setting('search_path'), pg_catalog.txid_current_if_assigned()", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, String>(0), "\"$user\", public");
        assert_eq!(row.get::<_, Option<i64>>(1), None);
    })
    .unwrap();
}

#[test]
fn a_timeout_names_what_was_slow() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let sql: String = (0..300)
        .map(|i| format!("CREATE TABLE t{i} (a int CHECK (a > 0), b text DEFAULT 'x', c int, d int);\n"))
        .collect();
    database.run(&sql).unwrap();
    let options = ReadOptions { statement_timeout: Duration::from_millis(1), ..ReadOptions::default() };
    let error = block_on(async { read_pg_catalog(&open(&database.url()).await.unwrap(), &options).await })
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, Error::Slow { .. }), "{error}");
    assert_eq!(error.code(), "X101");
}

#[test]
fn closed_catalogs_are_a_question_of_permission() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("REVOKE SELECT ON pg_catalog.pg_constraint FROM PUBLIC").unwrap();
    let role = server.login_role(None).unwrap();
    let error = read_url(&database.url_as(&role, None)).unwrap_err();
    assert_eq!(error.code(), "X102");
    assert!(error.to_string().contains("pg_constraint"), "{error}");
}
