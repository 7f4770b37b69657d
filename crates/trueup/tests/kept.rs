//! A repair that was kept: whether its file is stale, and a plan for a schema that is not there any more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::Command;
use trueup_testkit::{Server, TestDatabase};

const LIVE: &str = "CREATE SCHEMA shop;
CREATE TABLE shop.users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id bigint NOT NULL);
CREATE TABLE shop.other (id int);
";

const DESIRED: &str = "CREATE SCHEMA shop;
CREATE TABLE shop.users (id bigint PRIMARY KEY, email text NOT NULL, name text);
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id bigint NOT NULL CONSTRAINT orders_user REFERENCES shop.users);
CREATE TABLE shop.other (id int);
CREATE INDEX orders_user_id ON shop.orders (user_id);
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON shop.users FOR EACH ROW EXECUTE FUNCTION shop.touch();
";

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .env_remove("RUST_LOG")
        .env("PGPASSFILE", folder.join("none"))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.sql"), DESIRED).unwrap();
    folder
}

fn live() -> TestDatabase<'static> {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    database
}

#[track_caller]
fn says(ran: &Ran, code: i32, expected: &str) {
    assert_eq!(ran.code, Some(code), "{}{}", ran.out, ran.err);
    assert!(format!("{}{}", ran.out, ran.err).contains(expected), "{}{}", ran.out, ran.err);
}

/// `repair` with these sides and more words.
fn repair(folder: &Path, live: &str, more: &[&str]) -> Ran {
    run(folder, &[&["repair", "--desired", "schema.sql", "--live", live], more].concat())
}

#[test]
fn a_kept_file_is_current_or_stale_and_it_is_said_why() {
    let (database, folder) = (live(), folder());
    let (url, folder) = (database.url(), folder.path());
    says(&repair(folder, &url, &["-o", "kept.sql"]), 1, "kept.sql");
    let check = |more: &[&str]| repair(folder, &url, &[&["--check", "kept.sql"], more].concat());
    let current = "kept.sql is what repair would write now";
    says(&check(&[]), 0, current);
    // Statistics, and other layout of the same SQL, change nothing.
    database.run("ANALYZE shop.users").unwrap();
    std::fs::write(folder.join("schema.sql"), format!("-- a comment\n{}", DESIRED.replace(", ", " ,\n  ")))
        .unwrap();
    says(&check(&[]), 0, current);
    // What the file doesn't rely on does not make it stale.
    database.run("ALTER TABLE shop.other ADD COLUMN unexpected int").unwrap();
    says(&check(&[]), 0, current);

    says(&check(&["--allow", "trigger"]), 1, "it was made with other options: none, and now --allow trigger");
    std::fs::write(folder.join("schema.sql"), DESIRED.replace("name text", "name varchar(9)")).unwrap();
    says(&check(&[]), 1, "the desired schema has changed");
    std::fs::write(folder.join("schema.sql"), DESIRED).unwrap();
    database.run("ALTER TABLE shop.users ALTER COLUMN email DROP NOT NULL").unwrap();
    let ran = check(&[]);
    says(&ran, 1, "the live schema has changed");
    assert!(!ran.out.contains("desired"), "{}", ran.out);
    database.run("ALTER TABLE shop.users ALTER COLUMN email SET NOT NULL").unwrap();

    let text = std::fs::read_to_string(folder.join("kept.sql")).unwrap();
    let write = |text: &str| std::fs::write(folder.join("kept.sql"), text).unwrap();
    write(&text.replace('\n', "\r\n"));
    says(&check(&[]), 0, current);
    write(&text.replacen("CREATE INDEX", "CREATE  INDEX", 1));
    says(&check(&[]), 1, "it was edited by hand");
    let version = env!("CARGO_PKG_VERSION");
    write(&text.replacen(&format!("by trueup {version}"), "by trueup 0.0.1", 1));
    // Another version that would write the same is none.
    says(&check(&[]), 0, current);
    let head = text.replacen(&format!("by trueup {version}"), "by trueup 0.0.1", 1).replacen(
        "digests  plan ",
        "digests  plan 0",
        1,
    );
    write(&head);
    says(&check(&[]), 1, &format!("trueup 0.0.1 made it, and this is {version}"));
    let ran = check(&["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, document["outcome"].as_str()), (Some(1), Some("stale")));

    for (text, expected) in [
        ("SELECT 1;\n".to_owned(), "it is no file that trueup repair wrote"),
        (String::new(), "it is no file that trueup repair wrote"),
        (text.replacen("-- digests", "-- digest", 1), "its head has no fingerprints"),
    ] {
        write(&text);
        says(&check(&[]), 2, expected);
    }
    std::fs::remove_file(folder.join("kept.sql")).unwrap();
    says(&check(&[]), 2, "kept.sql can't be checked: No such file");
}

#[test]
fn a_file_whose_work_is_done_is_told_as_that() {
    let (database, folder) = (live(), folder());
    let (url, folder) = (database.url(), folder.path());
    let allow = ["--allow", "trigger"];
    says(&repair(folder, &url, &[&allow[..], &["-o", "kept.sql"]].concat()), 0, "kept.sql");
    database.run_file(&folder.join("kept.sql")).unwrap();
    database.run_file(&folder.join("kept.sql")).unwrap();
    let ran = repair(folder, &url, &[&allow[..], &["--check", "kept.sql"]].concat());
    says(&ran, 1, "the live schema is repaired already: there is nothing to run");
}

#[test]
fn a_snapshot_gives_the_same_file_as_its_database() {
    let (database, folder) = (live(), folder());
    let (url, folder) = (database.url(), folder.path());
    says(&run(folder, &["snapshot", "--live", &url, "-o", "live.json"]), 0, "");
    says(&repair(folder, "live.json", &["-o", "kept.sql"]), 1, "kept.sql");
    says(&repair(folder, &url, &["--check", "kept.sql"]), 0, "is what repair would write now");
    database.run_file(&folder.join("kept.sql")).unwrap();
}

#[test]
fn a_plan_for_a_schema_that_is_gone_is_refused_in_the_words_of_the_file() {
    let (database, folder) = (live(), folder());
    let (url, folder) = (database.url(), folder.path());
    let plan = repair(folder, &url, &["--allow", "trigger", "--format", "json"]);
    assert_eq!(plan.code, Some(0), "{}", plan.err);
    std::fs::write(folder.join("plan.json"), &plan.out).unwrap();
    let apply =
        |more: &[&str]| run(folder, &[&["apply", "--plan", "plan.json", "--live", &url], more].concat());
    let before = database.fingerprint().unwrap();

    database.run("ALTER TABLE shop.orders ALTER COLUMN user_id TYPE text").unwrap();
    let changed = database.fingerprint().unwrap();
    let ran = apply(&["--yes"]);
    says(&ran, 2, "the schema is not the one that plan.json was planned for: 1 of ");
    assert!(
        ran.err.contains("table shop.orders: user_id bigint was planned for, and there is user_id text"),
        "{}",
        ran.err
    );
    assert_eq!(changed.changes(&database.fingerprint().unwrap()), Vec::<String>::new());
    database.run("ALTER TABLE shop.orders ALTER COLUMN user_id TYPE bigint USING user_id::bigint").unwrap();
    assert_eq!(before.changes(&database.fingerprint().unwrap()), Vec::<String>::new());

    says(&apply(&["--yes"]), 0, "");
    let done = database.fingerprint().unwrap();
    let ran = apply(&[]);
    says(&ran, 0, "everything in plan.json is done already");
    assert_eq!(done.changes(&database.fingerprint().unwrap()), Vec::<String>::new());
}
