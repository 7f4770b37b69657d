//! `--probe`: what stands in the way is told before anything is tried.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::{Command, Stdio};
use trueup_testkit::{Server, TestDatabase};

const DESIRED: &str = "\
CREATE TABLE public.users (
  id bigint PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email UNIQUE,
  age int CONSTRAINT grown CHECK (age >= 18)
);
";

const LIVE: &str = "CREATE TABLE public.users (id bigint PRIMARY KEY, email text, age int);";

fn run(words: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.sql"), DESIRED).unwrap();
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

fn database(server: &'static Server, rows: &str) -> TestDatabase<'static> {
    let database = server.database().unwrap();
    database.run(&format!("{LIVE} {rows} ANALYZE public.users;")).unwrap();
    database
}

#[test]
fn rows_in_the_way_are_counted_and_named() {
    let server = Server::shared(15).unwrap();
    let rows = "INSERT INTO public.users SELECT g, CASE WHEN g > 3 THEN 'same' ELSE 'other' || g END, 20 \
                FROM generate_series(1, 9) g; \
                UPDATE public.users SET email = NULL WHERE id = 2; UPDATE public.users SET age = 3 WHERE id IN (5, 7);";
    let database = database(server, rows);
    let before = database.fingerprint().unwrap();
    let url = database.url();
    let sides = ["--desired", "schema.sql", "--live", url.as_str()];

    let (code, out, err) = run(&[&["repair", "--probe", "-o", "repair.sql"], &sides[..]].concat());
    assert_eq!(code, 1, "{out}\n{err}");
    assert!(out.contains(r#"1 row stands in the way: {"id":2}"#), "{out}");
    assert!(out.contains(r#"2 rows stand in the way: {"id":5}, {"id":7}"#), "{out}");
    assert!(out.contains(r#"1 repeated value stands in the way: {"email":"same","rows":6}"#), "{out}");
    assert!(out.contains("would fail on rows that are there"), "{out}");

    let (code, out, _) = run(&[&["repair", "--probe", "--format", "json"], &sides[..]].concat());
    assert_eq!(code, 1);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["repair"]["complete"], false);
    let steps = document["repair"]["steps"].as_array().unwrap();
    let found: Vec<u64> =
        steps.iter().filter_map(|step| step["probe"]["result"]["rows"].as_u64()).filter(|n| *n > 0).collect();
    assert!(found.contains(&1) && found.contains(&2), "{found:?}");
    let sizes: Vec<u64> = steps.iter().filter_map(|step| step["size"]["rows"].as_u64()).collect();
    assert!(sizes.contains(&9), "{sizes:?}");

    let (code, out, _) = run(&[&["check", "--probe"], &sides[..]].concat());
    assert_eq!(code, 1);
    assert!(out.contains("; 2 rows stand in the way"), "{out}");
    // Nothing was touched.
    assert_eq!(database.fingerprint().unwrap().changes(&before), Vec::<String>::new());
}

#[test]
fn good_rows_are_told_too() {
    let database =
        database(Server::shared(15).unwrap(), "INSERT INTO public.users VALUES (1, 'a', 20), (2, 'b', 30);");
    let url = database.url();
    let (code, out, err) =
        run(&["repair", "--probe", "--desired", "schema.sql", "--live", &url, "-o", "repair.sql"]);
    assert_eq!(code, 0, "{out}\n{err}");
    assert!(out.contains("no row stands in the way") && !out.contains("would fail"), "{out}");
    // Without asking nothing is claimed.
    let (code, out, _) = run(&["repair", "--desired", "schema.sql", "--live", &url, "-o", "repair.sql"]);
    assert_eq!(code, 0);
    assert!(!out.contains("stands in the way") && out.contains("fails if rows stand in the way"), "{out}");
}

#[test]
fn a_question_that_takes_too_long_is_given_up_and_said() {
    let rows = "INSERT INTO public.users SELECT g, 'a' || g, 20 FROM generate_series(1, 200000) g;";
    let database = database(Server::shared(15).unwrap(), rows);
    let url = database.url();
    let words = ["repair", "--probe", "--probe-timeout", "1ms", "-o", "repair.sql"];
    let (code, out, err) = run(&[&words[..], &["--desired", "schema.sql", "--live", &url]].concat());
    assert_eq!(code, 0, "{out}\n{err}");
    assert!(out.contains("the rows could not be asked: it took longer than 0.001 s"), "{out}");
}

#[test]
fn files_have_no_rows() {
    let (code, _, err) = run(&["check", "--probe", "--desired", "schema.sql", "--live", "schema.sql"]);
    assert_eq!(code, 2);
    assert!(err.contains("--probe needs a database"), "{err}");
}
