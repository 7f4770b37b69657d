//! `trueup preflight` as people run it: what is foretold is what a copy of the live schema does, and nothing of live is touched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Stdio};
use trueup_testkit::{Server, for_each_version};

const LIVE: &str = "
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text NOT NULL, total numeric(12,2));
CREATE VIEW paid AS SELECT id, total FROM orders WHERE status = 'paid';
INSERT INTO customers SELECT g, 'same' FROM generate_series(1, 50) g;
INSERT INTO orders SELECT g, g % 50 + 1, 'paid', g FROM generate_series(1, 500) g;
ANALYZE;
";

/// One statement of each sort of verdict.
const MIGRATION: &str = "\
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN status text;
ALTER TABLE orders ALTER COLUMN note TYPE int;
ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE (email);
DROP INDEX orders_search_idx;
DROP INDEX IF EXISTS orders_search_idx;
ALTER TABLE orders DROP COLUMN total;
CREATE INDEX orders_status_idx ON orders (status);
CREATE VIEW late AS SELECT id, last_seen_at FROM customers;
TRUNCATE orders;
DROP TABLE customers;
DROP TABLE customers CASCADE;
";

fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code().expect("not killed"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_copy_does_what_was_foretold_and_live_stays_as_it_is() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(LIVE)?;
        let before = database.fingerprint()?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("m.sql"), MIGRATION).unwrap();
        // The copy must be one of the same version: what that server lends.
        let (url, scratch) = (database.url(), server.url("postgres"));
        let words =
            ["preflight", "m.sql", "--live", url.as_str(), "--confirm", "--scratch", scratch.as_str()];
        let (code, out, err) = run(folder.path(), &words);
        let major = server.major();
        assert_eq!(code, 1, "PostgreSQL {major}: {out}{err}");
        for said in [
            "42701 column \"status\" of relation \"orders\" already exists",
            "42704 index \"orders_search_idx\" does not exist",
            "42703 column \"last_seen_at\" does not exist",
            "2BP01 cannot drop table customers because other objects depend on it",
            "2BP01 cannot drop column total of table orders because other objects depend on it",
            "destroys: table public.customers (about 50 rows",
            "destroys: every row of public.orders (about 500 rows",
            "m.sql:4:1",
            "In a copy of the live schema 12 of 12 statements went as foretold",
        ] {
            assert!(out.contains(said), "PostgreSQL {major} lacks {said}: {out}{err}");
        }
        assert_eq!(database.fingerprint()?, before, "PostgreSQL {major}");
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn rows_are_asked_and_json_says_the_same() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(LIVE).unwrap();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.sql"), "ALTER TABLE customers ADD CONSTRAINT k UNIQUE (email);")
        .unwrap();
    let words = ["preflight", "m.sql", "--live", url.as_str(), "--probe"];
    let (code, out, _) = run(folder.path(), &words);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("stands in the way") || out.contains("stand in the way"), "{out}");
    let (code, json, _) = run(folder.path(), &[&words[..], &["--format", "json"]].concat());
    assert_eq!(code, 1);
    let _: serde_json::Value = serde_json::from_str(&json).unwrap();
    // Without the word the rows are not asked, and nothing is sure to fail.
    assert_eq!(run(folder.path(), &words[..4]).0, 0);
}

#[test]
fn the_guarded_file_runs_where_a_part_is_there() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database
        .run("CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL); CREATE TYPE mood AS ENUM ('sad');
              CREATE TABLE other (a text)")
        .unwrap();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let baseline = "\
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
CREATE UNIQUE INDEX customers_email_key ON customers (email);
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, m mood);
";
    std::fs::write(folder.path().join("0001.sql"), baseline).unwrap();
    let words = ["preflight", "0001.sql", "--live", url.as_str(), "--write-guarded", "guarded.sql"];
    let (code, out, err) = run(folder.path(), &words);
    assert_eq!(code, 1, "{out}{err}");
    assert!(err.contains("2 guards"), "{err}");
    let guarded = std::fs::read_to_string(folder.path().join("guarded.sql")).unwrap();
    database.run(&guarded).unwrap();
    let (code, out, _) = run(folder.path(), &["check", "--desired", "0001.sql", "--live", url.as_str()]);
    assert!(code == 1 && out.contains("table public.other is unexpected") && !out.contains("D101"), "{out}");

    // What is there is another table: no guard, and it is named.
    std::fs::write(folder.path().join("0002.sql"), "CREATE TABLE other (a int);").unwrap();
    let words = ["preflight", "0002.sql", "--live", url.as_str(), "--write-guarded", "guarded.sql"];
    let (_, _, err) = run(folder.path(), &words);
    assert!(err.contains("0002.sql:1: not guarded"), "{err}");
    assert!(!std::fs::read_to_string(folder.path().join("guarded.sql")).unwrap().contains("IF NOT EXISTS"));
}

#[test]
fn what_can_not_run_is_never_green() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.sql"), "SELECT 1;").unwrap();
    let (code, _, err) =
        run(folder.path(), &["preflight", "m.sql", "--live", "postgres://u:geheim@127.0.0.1:1/x"]);
    assert_eq!(code, 2, "{err}");
    assert!(!err.contains("geheim"), "{err}");
    let (code, _, err) = run(folder.path(), &["preflight", "gone.sql", "--live", "postgres://127.0.0.1:1/x"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("gone.sql"), "{err}");
}

#[test]
fn of_a_tools_folder_only_what_is_pending_counts() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database
        .run("CREATE TABLE a (x int); CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20260101')")
        .unwrap();
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("db/migrations");
    std::fs::create_dir_all(&files).unwrap();
    let up = |name: &str, sql: &str| {
        let text = format!("-- migrate:up\n{sql}\n\n-- migrate:down\nDROP TABLE a;\n");
        std::fs::write(files.join(name), text).unwrap();
    };
    up("20260101_a.sql", "CREATE TABLE a (x int);");
    up("20260201_b.sql", "ALTER TABLE a ADD COLUMN y int;");
    let words = ["preflight", "./db/migrations", "--live", url.as_str()];
    let (code, out, err) = run(folder.path(), &words);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("1 statement") && err.contains("1 of 2 migrations ran already"), "{out}{err}");
    let (code, out, _) = run(folder.path(), &[&words[..], &["--every"]].concat());
    assert!(code == 1 && out.contains("42P07 relation \"a\" already exists"), "{out}");
    // Once all ran, there is nothing to tell.
    database
        .run("ALTER TABLE a ADD COLUMN y int; INSERT INTO schema_migrations VALUES ('20260201')")
        .unwrap();
    let (code, out, err) = run(folder.path(), &words);
    assert_eq!(code, 0, "{out}{err}");
    // A file that is named is meant.
    let (code, ..) =
        run(folder.path(), &["preflight", "db/migrations/20260101_a.sql", "--live", url.as_str()]);
    assert_eq!(code, 1);
}

/// A tool's own transaction: what can't be part of one fails in it, and goes well where the file says that it wants none. A server agrees.
#[test]
fn the_block_that_a_tool_opens_counts() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run("CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE people (m mood, n int)")?;
        let (url, scratch) = (database.url(), server.url("postgres"));
        let words = "ALTER TYPE mood ADD VALUE 'bad';\nALTER TABLE people ALTER COLUMN m SET DEFAULT 'bad';\nCREATE INDEX CONCURRENTLY people_n ON people (n);";
        let told = |first: &str| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("db/migrations/20260101000000_moods.sql");
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, format!("{first}-- +goose Up\n{words}\n-- +goose Down\nSELECT 1;\n")).unwrap();
            let words =
                ["preflight", "db/migrations", "--live", url.as_str(), "--confirm", "--scratch", scratch.as_str()];
            run(folder.path(), &words)
        };
        let major = server.major();
        let (code, out, err) = told("");
        assert_eq!(code, 1, "PostgreSQL {major}: {out}{err}");
        for said in [
            "55P04 unsafe use of new value \"bad\" of enum type",
            "25001 CREATE INDEX CONCURRENTLY cannot run inside a transaction block",
            "3 of 3 statements went as foretold",
        ] {
            assert!(out.contains(said), "PostgreSQL {major} lacks {said}: {out}{err}");
        }
        let (code, out, err) = told("-- +goose NO TRANSACTION\n");
        assert!(code == 0 && out.contains("3 of 3 statements went as foretold"), "PostgreSQL {major}: {out}{err}");
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
