//! `--data`: rows that the desired SQL states are looked for, and added.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::{Command, Stdio};
use trueup_testkit::{Server, TestDatabase, for_each_version};

/// Every sort of key, of value and of type that is hard to hold against another.
const DESIRED: &str = "\
CREATE SCHEMA app;
SET search_path = app, public;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE currency (
  code text PRIMARY KEY,
  name text NOT NULL,
  rate numeric DEFAULT 1,
  moods mood[],
  doc jsonb,
  raw json,
  at timestamptz DEFAULT now()
);
INSERT INTO currency (code, name, rate, moods, doc, raw, at) VALUES
  ('EUR', 'Euro', 1.0, '{sad}', '{\"b\": 1, \"a\": [1,2]}', '{\"a\": 1}', now()),
  ('CHF', 'Swiss''s franc', 1.1, ARRAY['happy'::mood], NULL, NULL, '2020-01-01 00:00Z')
ON CONFLICT (code) DO NOTHING;
INSERT INTO currency (code, name) VALUES ('EUR', 'not this one') ON CONFLICT DO NOTHING;
CREATE TABLE country (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  iso char(2) NOT NULL CONSTRAINT country_iso UNIQUE,
  currency text REFERENCES currency (code)
);
INSERT INTO country (iso, currency) VALUES ('DE', 'EUR'), ('CH', 'CHF') ON CONFLICT ON CONSTRAINT country_iso DO NOTHING;
INSERT INTO country (id, iso, currency) OVERRIDING SYSTEM VALUE VALUES (77, 'LI', 'CHF');
";

fn run(words: &[&str]) -> (i32, String, String) {
    run_on(DESIRED, words)
}

fn run_on(desired: &str, words: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.sql"), desired).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .args(words)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code().expect("not killed"),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn check(database: &TestDatabase<'_>, more: &[&str]) -> (i32, String) {
    let url = database.url();
    let (code, out, err) =
        run(&[&["check", "--data", "--desired", "schema.sql", "--live", url.as_str()], more].concat());
    (code, format!("{out}{err}"))
}

/// What SQL states is there after that SQL ran, whatever the version prints.
#[test]
fn what_the_sql_made_is_in_sync() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(DESIRED)?;
        let (code, out) = check(&database, &[]);
        assert_eq!(code, 0, "PostgreSQL {}: {out}", server.major());
        // Rows that nobody states are nobody's business.
        database.run(
            "INSERT INTO app.currency VALUES ('USD', 'Dollar'); INSERT INTO app.country (iso) VALUES ('US')",
        )?;
        assert_eq!(check(&database, &[]).0, 0);
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn missing_rows_are_added_and_others_left_alone() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(DESIRED)?;
        database.run(
            "DELETE FROM app.country WHERE iso IN ('CH', 'LI'); DELETE FROM app.currency WHERE code = 'CHF';
             UPDATE app.currency SET name = 'Teuro', rate = 1.00, doc = '{\"a\": [1, 2], \"b\": 1.0}' WHERE code = 'EUR'",
        )?;
        let (code, out) = check(&database, &[]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains("error[D291]: table app.currency lacks rows"), "{out}");
        assert!(out.contains("code 'CHF', name 'Swiss''s franc', rate 1.1"), "{out}");
        assert!(out.contains("error[D292]: table app.currency has rows with other values"), "{out}");
        assert!(out.contains("name 'Teuro'"), "{out}");
        assert!(!out.contains("rate '1.00'") && !out.contains("1.0}'"), "equal numbers have more than one text: {out}");
        assert!(out.contains("error[D291]: table app.country lacks rows"), "{out}");
        assert!(out.contains("schema.sql:15:3"), "{out}");
        // Nothing of it without the word.
        let url = database.url();
        let sides = ["--desired", "schema.sql", "--live", url.as_str()];
        assert_eq!(run(&[&["check"], &sides[..]].concat()).0, 0);

        let (code, sql, err) = run(&[&["repair", "--data", "-o", "-"], &sides[..]].concat());
        assert_eq!(code, 1, "someone changed a row: {err}");
        assert!(sql.contains("ON CONFLICT DO NOTHING"), "{sql}");
        assert!(!sql.contains("\nUPDATE") && !sql.contains("\nDELETE"), "{sql}");
        // The currency first, to which the country refers.
        assert!(sql.find("INSERT INTO app.currency") < sql.find("INSERT INTO app.country"), "{sql}");
        for _ in 0..2 {
            database.run(&sql)?;
            let rows = database.query_texts("SELECT code || ' ' || name || ' ' || rate FROM app.currency ORDER BY 1")?;
            assert_eq!(rows, [Some("CHF Swiss's franc 1.1".to_owned()), Some("EUR Teuro 1.00".to_owned())]);
            let rows = database.query_texts("SELECT iso || ' ' || currency FROM app.country ORDER BY 1")?;
            assert_eq!(rows.len(), 3, "{rows:?}");
        }
        let ids = database.query_texts("SELECT id::text FROM app.country WHERE iso = 'LI'")?;
        assert_eq!(ids, [Some("77".to_owned())]);
        let (code, out) = check(&database, &[]);
        assert_eq!(code, 1, "{out}");
        assert!(!out.contains("D291") && out.contains("D292"), "{out}");
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn rows_of_new_tables_come_with_them() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let url = database.url();
    let sides = ["--data", "--desired", "schema.sql", "--live", url.as_str()];
    let (code, out, err) = run(&[&["apply", "--yes"], &sides[..]].concat());
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(check(&database, &[]).0, 0);
    let rows = database.query_texts("SELECT count(*)::text FROM app.country").unwrap();
    assert_eq!(rows, [Some("3".to_owned())]);
}

#[test]
fn what_can_not_be_told_is_said() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    let unclear = "\
CREATE TABLE a (x int);
INSERT INTO a VALUES (1);
CREATE TABLE b (x int PRIMARY KEY);
INSERT INTO b VALUES (1);
UPDATE b SET x = 2;
CREATE TABLE c (x int PRIMARY KEY, y int);
INSERT INTO c SELECT 1, 2;
CREATE TABLE d (x int PRIMARY KEY);
INSERT INTO d VALUES (1);
DROP TABLE d;
";
    database.run(unclear).unwrap();
    let url = database.url();
    let words = ["check", "--data", "--desired", "schema.sql", "--live", url.as_str()];
    let (code, out, err) = run_on(unclear, &words);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("it has no key for which the statement says constants"), "{out}");
    assert!(out.contains("an UPDATE changes them"), "{out}");
    assert!(out.contains("Not compared: rows of public.c"), "{out}");
    assert!(!out.contains("public.d"), "{out}");

    // A snapshot holds no rows, and says so.
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("live.json");
    let file = snapshot.to_str().unwrap();
    assert_eq!(run(&["snapshot", "--live", url.as_str(), "-o", file]).0, 0);
    let plain = "CREATE TABLE b (x int PRIMARY KEY); INSERT INTO b VALUES (2);";
    let (code, out, _) = run_on(plain, &["check", "--data", "--desired", "schema.sql", "--live", file]);
    assert_ne!(code, 0);
    assert!(out.contains("files and snapshots have no rows"), "{out}");
}

/// Without the key nothing keeps a row from being added twice.
#[test]
fn without_its_key_live_gets_no_rows() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE TABLE b (x int NOT NULL)").unwrap();
    let url = database.url();
    let plain = "CREATE TABLE b (x int PRIMARY KEY); INSERT INTO b VALUES (2);";
    let (_, sql, _) =
        run_on(plain, &["repair", "--data", "--desired", "schema.sql", "--live", url.as_str(), "-o", "-"]);
    assert!(sql.contains("keep them from being added twice"), "{sql}");
    database.run(&sql).unwrap();
    assert_eq!(database.query_texts("SELECT count(*)::text FROM b").unwrap(), [Some("0".to_owned())]);
    // With it, after that repair, they are.
    let (code, _, err) =
        run_on(plain, &["apply", "--yes", "--data", "--desired", "schema.sql", "--live", url.as_str()]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(database.query_texts("SELECT count(*)::text FROM b").unwrap(), [Some("1".to_owned())]);
}
