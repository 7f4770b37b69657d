//! `trueup repair --as TOOL`: what is written into a small project of each tool, and that running it closes the drift.
//!
//! `fixtures/native/<project>` has a project, and what two repairs write into it: `plain`, which may be one transaction, and `mixed`, which
//! builds an index concurrently.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use trueup_testkit::{Server, TestDatabase, block_on};

/// Every project with its tool.
const PROJECTS: &[(&str, &str)] = &[
    ("alembic", "alembic"),
    ("atlas", "atlas"),
    ("dbmate", "dbmate"),
    ("diesel", "diesel"),
    ("django", "django"),
    ("drizzle", "drizzle"),
    ("drizzle-folders", "drizzle"),
    ("ecto", "ecto"),
    ("flyway", "flyway"),
    ("golang-migrate", "golang-migrate"),
    ("goose", "goose"),
    ("knex", "knex"),
    ("knex-types", "knex"),
    ("liquibase", "liquibase"),
    ("liquibase-sql", "liquibase"),
    ("liquibase-yaml", "liquibase"),
    ("node-pg-migrate", "node-pg-migrate"),
    ("prisma", "prisma"),
    ("rails", "rails"),
    ("refinery", "refinery"),
    ("sequelize", "sequelize"),
    ("sqlx", "sqlx"),
    ("sqlx-pairs", "sqlx"),
    ("supabase", "supabase"),
    ("typeorm", "typeorm"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/native")
}

/// The text of every file below a folder, by path.
fn files(root: &Path) -> BTreeMap<String, String> {
    let walk = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok);
    walk.filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            (path, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    for (path, text) in files(from) {
        let path = to.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .env("SOURCE_DATE_EPOCH", "1795235837")
        .env_remove("RUST_LOG")
        .env_remove("TRUEUP_LIVE")
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn desired(repair: &str) -> String {
    fixtures().join(format!("{repair}.sql")).to_str().unwrap().to_owned()
}

/// A project of its own, as the fixture has it.
fn project(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures().join(name).join("project"), folder.path());
    folder
}

/// `repair --as` against a file, or a database.
fn repair(folder: &Path, tool: &str, repair: &str, live: Option<&str>, more: &[&str]) -> Ran {
    let (desired, file) = (desired(repair), fixtures().join("live.sql"));
    let live = live.unwrap_or(file.to_str().unwrap());
    let words = [
        "repair",
        "--no-config",
        "--server-version",
        "15",
        "--desired",
        &desired,
        "--live",
        live,
        "--as",
        tool,
    ];
    run(folder, &[&words[..], more].concat())
}

/// What is new or different below a folder since.
fn changed(folder: &Path, before: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    files(folder).into_iter().filter(|(path, text)| before.get(path) != Some(text)).collect()
}

#[test]
fn each_tool_gets_the_files_that_its_fixture_shows() {
    let bless = std::env::var_os("TRUEUP_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, tool) in PROJECTS {
        for sort in ["plain", "mixed"] {
            let folder = project(name);
            let before = files(folder.path());
            let ran = repair(folder.path(), tool, sort, None, &[]);
            let left_out = matches!(*tool, "drizzle" | "refinery") && sort == "mixed";
            assert_eq!(ran.code, Some(i32::from(left_out)), "{name} {sort}: {}{}", ran.out, ran.err);
            let made = changed(folder.path(), &before);
            // Nothing that was there is changed, unless it is the tool's own list.
            for path in made.keys().filter(|path| before.contains_key(*path)) {
                let list = [
                    "atlas.sum",
                    "_journal.json",
                    "changelog-root.xml",
                    "changelog-root.yaml",
                    "changelog.sql",
                ];
                assert!(list.iter().any(|list| path.ends_with(list)), "{name}: {path} was changed");
            }
            for (path, text) in &made {
                // What a hint or a comment says is run by nobody.
                let drops = |line: &str| {
                    line.trim_start().starts_with("DROP ")
                        || line.contains("`DROP ")
                        || line.contains("\"DROP ")
                };
                assert!(before.contains_key(path) || !text.lines().any(drops), "{name}: {path}\n{text}");
            }
            let golden = fixtures().join(name).join(sort);
            if bless {
                let _ = std::fs::remove_dir_all(&golden);
                for (path, text) in &made {
                    let path = golden.join(path);
                    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                    std::fs::write(path, text).unwrap();
                }
            } else if files(&golden) != made {
                wrong.push(format!("{name} {sort}"));
            }
        }
    }
    assert!(wrong.is_empty(), "other files than the fixtures show: {wrong:?}; TRUEUP_BLESS=1 writes them");
}

/// How a tool sends what it finds: messages, each with whether a transaction is around it.
fn messages(
    tool: &str,
    made: &BTreeMap<String, String>,
    before: &BTreeMap<String, String>,
) -> Vec<(bool, Vec<String>)> {
    let mut out = Vec::new();
    let mut sql: Vec<_> =
        made.iter().filter(|(path, _)| path.ends_with(".sql") && !path.ends_with("down.sql")).collect();
    // `V10` comes after `V9`.
    let number =
        |path: &str| path.split_once("/V").and_then(|(_, rest)| rest.split("__").next()?.parse::<u32>().ok());
    sql.sort_by_key(|(path, _)| number(path));
    for (path, text) in sql {
        let new = before.get(path).map_or(text.as_str(), |old| text.strip_prefix(old.trim_end()).unwrap());
        match tool {
            "dbmate" => {
                let up = new.split("-- migrate:down").next().unwrap().to_owned();
                out.push((!up.contains("transaction:false"), vec![up]));
            }
            "sqlx" => out.push((!new.starts_with("-- no-transaction"), vec![new.to_owned()])),
            "diesel" => {
                let metadata = path.replace("up.sql", "metadata.toml");
                let outside =
                    made.get(&metadata).is_some_and(|text| text.contains("run_in_transaction = false"));
                out.push((!outside, vec![new.to_owned()]));
            }
            // No transaction of the tool's own.
            "prisma" | "golang-migrate" => out.push((false, vec![new.to_owned()])),
            "supabase" => out.push((!new.contains("INDEX CONCURRENTLY"), vec![new.to_owned()])),
            "refinery" => out.push((true, vec![new.to_owned()])),
            "liquibase" => {
                for set in new.split("--changeset ").skip(1) {
                    out.push((
                        !set.lines().next().unwrap().contains("runInTransaction:false"),
                        vec![format!("-- {set}")],
                    ));
                }
            }
            "goose" => {
                let parts = new.split("-- +goose StatementBegin\n").skip(1);
                let statements =
                    parts.map(|part| part.split("-- +goose StatementEnd").next().unwrap().to_owned());
                out.push((!new.contains("NO TRANSACTION"), statements.collect()));
            }
            "atlas" => {
                let statements = new.split("\n-- end\n").map(str::to_owned);
                out.push((!new.contains("txmode none"), statements.collect()));
            }
            "drizzle" => {
                let statements = new.split("--> statement-breakpoint").map(str::to_owned);
                out.push((true, statements.collect()));
            }
            other => panic!("{other}"),
        }
    }
    out
}

/// Runs them as the tool does, over one connection.
fn send(database: &TestDatabase<'_>, messages: &[(bool, Vec<String>)]) -> Result<(), String> {
    let url = database.url();
    block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SET search_path = public, pg_catalog; SET lock_timeout = '7s'").await.unwrap();
        for (transaction, statements) in messages {
            if *transaction {
                client.batch_execute("BEGIN").await.unwrap();
            }
            for statement in statements {
                client.simple_query(statement).await.map_err(|error| format!("{error:?}\n{statement}"))?;
            }
            if *transaction {
                client.batch_execute("COMMIT").await.unwrap();
            }
        }
        // What the connection had set is there again.
        for (name, value) in
            [("search_path", "public, pg_catalog"), ("lock_timeout", "7s"), ("statement_timeout", "0")]
        {
            let row = client.query_one("SELECT current_setting($1)", &[&name]).await.unwrap();
            assert_eq!(row.get::<_, String>(0), value, "{name}");
        }
        Ok(())
    })
    .unwrap()
}

fn live() -> TestDatabase<'static> {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(&std::fs::read_to_string(fixtures().join("live.sql")).unwrap()).unwrap();
    database
}

#[test]
fn what_is_written_closes_the_drift_and_may_run_twice() {
    for (name, tool) in PROJECTS {
        if !matches!(
            *tool,
            "dbmate"
                | "sqlx"
                | "diesel"
                | "prisma"
                | "golang-migrate"
                | "supabase"
                | "refinery"
                | "liquibase"
                | "goose"
                | "atlas"
                | "drizzle"
        ) {
            continue;
        }
        for sort in ["plain", "mixed"] {
            let (database, folder) = (live(), project(name));
            let before = files(folder.path());
            let url = database.url();
            let ran = repair(folder.path(), tool, sort, Some(&url), &["--after-pending"]);
            assert!(ran.code < Some(2), "{name} {sort}: {}{}", ran.out, ran.err);
            let messages = messages(tool, &changed(folder.path(), &before), &before);
            assert!(!messages.is_empty(), "{name} {sort}");
            for _ in 0..2 {
                send(&database, &messages).unwrap_or_else(|error| panic!("{name} {sort}: {error}"));
            }
            let desired = desired(sort);
            let check = run(folder.path(), &["check", "--no-config", "--desired", &desired, "--live", &url]);
            if ran.code == Some(0) {
                assert_eq!(check.code, Some(0), "{name} {sort}: {}", check.out);
            } else {
                // What can't be part of a transaction is what is left.
                assert!(
                    check.out.contains("index public.books_isbn_idx is missing"),
                    "{name}: {}",
                    check.out
                );
                assert!(!check.out.contains("column"), "{name}: {}", check.out);
            }
        }
    }
}

/// Each sort of step: looks at rows, keys, validations, labels of an enum, functions.
const RICH_LIVE: &str = "CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
INSERT INTO customers VALUES (1, 'a'), (2, 'b');
INSERT INTO orders VALUES (1, 1);
";
const RICH: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, name text, mood mood DEFAULT 'ok');
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total numeric CHECK (total > 0));
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, customer_id bigint REFERENCES customers);
COMMENT ON TABLE notes IS 'It''s \\:here -- ${x} %s ?';
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT a * 2; $$;
CREATE FUNCTION more(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN twice(a); END $$;
";

#[test]
fn every_sort_of_step_runs_as_the_tool_sends_it() {
    for (name, tool) in PROJECTS {
        let whole = matches!(
            *tool,
            "dbmate"
                | "sqlx"
                | "diesel"
                | "prisma"
                | "golang-migrate"
                | "supabase"
                | "liquibase"
                | "goose"
                | "atlas"
        );
        if !whole && !matches!(*tool, "refinery" | "drizzle") {
            continue;
        }
        let database = Server::shared(15).unwrap().database().unwrap();
        database.run(RICH_LIVE).unwrap();
        let (folder, url) = (project(name), database.url());
        std::fs::write(folder.path().join("wanted.sql"), RICH).unwrap();
        let wanted = folder.path().join("wanted.sql");
        let words = ["--no-config", "--desired", wanted.to_str().unwrap(), "--live", &url];
        // A tool that runs all in one transaction goes on with the next migration.
        for round in 1..=3 {
            let before = files(folder.path());
            let more = ["--as", tool, "--after-pending"];
            let ran = run(folder.path(), &[&["repair"], &words[..], &more].concat());
            assert!(ran.code < Some(2), "{name}: {}{}", ran.out, ran.err);
            let messages = messages(tool, &changed(folder.path(), &before), &before);
            if messages.is_empty() {
                break;
            }
            assert!(!whole || round == 1, "{name} wants another round");
            send(&database, &messages).unwrap_or_else(|error| panic!("{name}: {error}"));
            send(&database, &messages).unwrap_or_else(|error| panic!("{name}, again: {error}"));
        }
        let check = run(folder.path(), &[&["check"], &words[..]].concat());
        if whole {
            assert_eq!(check.code, Some(0), "{name}: {}", check.out);
        } else {
            assert!(check.out.contains("orders_customer_id_idx is missing"), "{name}: {}", check.out);
            assert!(!check.out.contains("table") && !check.out.contains("function"), "{name}: {}", check.out);
        }
    }
}

#[test]
fn a_text_that_a_tool_would_read_as_its_own_is_refused() {
    let folder = project("dbmate");
    let live = std::fs::read_to_string(fixtures().join("live.sql")).unwrap();
    let body = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- migrate:down\nSELECT 1 $$;\n";
    std::fs::write(folder.path().join("live.sql"), &live).unwrap();
    std::fs::write(folder.path().join("wanted.sql"), live + body).unwrap();
    let words = ["repair", "--no-config", "--desired", "wanted.sql", "--live", "live.sql", "--as"];
    let ran = run(folder.path(), &[&words[..], &["dbmate"]].concat());
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("-- migrate:down"), "{}", ran.err);
    let ran = run(folder.path(), &[&words[..], &["sqlx", "--into", "other"]].concat());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn pending_migrations_come_first() {
    let (database, folder) = (live(), project("dbmate"));
    let url = database.url();
    let ran = repair(folder.path(), "dbmate", "mixed", Some(&url), &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("2 migrations are pending, 20260301100000 first"), "{}", ran.err);
    assert!(ran.err.contains("--baseline"), "{}", ran.err);
    assert_eq!(files(folder.path()), files(&fixtures().join("dbmate/project")), "something was written");
}

#[test]
fn a_baseline_leaves_nothing_pending() {
    for (name, tool) in PROJECTS {
        let (database, folder) = (live(), project(name));
        let url = database.url();
        let live_sql = fixtures().join("live.sql");
        let words = [
            "repair",
            "--no-config",
            "--live",
            &url,
            "--as",
            tool,
            "--baseline",
            "--desired",
            live_sql.to_str().unwrap(),
        ];
        let ran = run(folder.path(), &words);
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.out, ran.err);
        assert!(!ran.out.is_empty(), "{name}: {}", ran.err);
        // The other schema is no ground for it.
        let mixed = desired("mixed");
        let words =
            ["repair", "--no-config", "--live", &url, "--as", tool, "--baseline", "--desired", &mixed];
        assert_eq!(run(folder.path(), &words).code, Some(2), "{name}");
        if !ran.out.contains("COMMIT;") {
            continue;
        }
        for _ in 0..2 {
            database.run(&ran.out).unwrap_or_else(|error| panic!("{name}: {error}\n{}", ran.out));
        }
        let history = run(folder.path(), &["history", ".", "--no-config", "--tool", tool, "--live", &url]);
        assert_eq!(history.code, Some(0), "{name}: {}{}", history.out, history.err);
        assert!(
            history.out.contains("2 applied") && !history.out.contains("pending"),
            "{name}: {}",
            history.out
        );
    }
}

#[test]
fn heads_are_joined_and_a_broken_chain_is_refused() {
    let folder = project("alembic");
    let versions = folder.path().join("migrations/versions");
    let other = std::fs::read_to_string(versions.join("2026_03_02_1c2d3e4f5061_members.py")).unwrap();
    std::fs::write(versions.join("other.py"), other.replace("1c2d3e4f5061", "2d3e4f506172")).unwrap();
    let live_sql = fixtures().join("live.sql");
    let live_sql = live_sql.to_str().unwrap();
    let words =
        ["repair", "--no-config", "--desired", live_sql, "--live", live_sql, "--as", "alembic", "--dry-run"];
    let ran = run(folder.path(), &words);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("down_revision = (\"1c2d3e4f5061\", \"2d3e4f506172\")"), "{}", ran.out);
    assert!(ran.out.contains("    pass\n"), "{}", ran.out);
    let labelled = other
        .replace("1c2d3e4f5061", "2d3e4f506172")
        .replace("branch_labels = None", "branch_labels = (\"b\",)");
    std::fs::write(versions.join("other.py"), labelled).unwrap();
    let ran = repair(folder.path(), "alembic", "mixed", None, &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("labels of their own"), "{}", ran.err);
    std::fs::remove_file(versions.join("other.py")).unwrap();
    std::fs::remove_file(versions.join("2026_03_01_0b1c2d3e4f50_books.py")).unwrap();
    let ran = repair(folder.path(), "alembic", "mixed", None, &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("M109"), "{}", ran.err);
}

#[test]
fn leaves_of_an_application_are_joined() {
    let folder = project("django");
    let migrations = folder.path().join("library/migrations");
    std::fs::copy(migrations.join("0002_members.py"), migrations.join("0002_other.py")).unwrap();
    let ran = repair(folder.path(), "django", "mixed", None, &["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("(\"library\", \"0002_members\"),\n        (\"library\", \"0002_other\"),"),
        "{}",
        ran.out
    );
    let live_sql = fixtures().join("live.sql");
    let live_sql = live_sql.to_str().unwrap();
    let ran = run(
        folder.path(),
        &["repair", "--no-config", "--desired", live_sql, "--live", live_sql, "--as", "django"],
    );
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let merge = std::fs::read_to_string(migrations.join("0003_merge.py")).unwrap();
    assert!(merge.contains("0002_other") && !merge.contains("RunSQL"), "{merge}");
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = project("rails");
    let taken = folder.path().join("db/migrate/20261121043717_trueup_repair.rb");
    std::fs::write(&taken, "class TrueupRepair < ActiveRecord::Migration[7.2]\nend\n").unwrap();
    let ran = repair(folder.path(), "rails", "plain", None, &["--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    // Later than the last one, and of another name, since Rails takes each name once.
    assert_eq!(document["files"][0]["path"], "db/migrate/20261121043718_trueup_repair_2.rb");
    assert_eq!(document["files"][0]["new"], true);
    assert!(document["files"][0]["contents"].as_str().unwrap().contains("class TrueupRepair2 <"));
    assert_eq!(std::fs::read_to_string(&taken).unwrap().lines().count(), 2);
    let ran = repair(folder.path(), "rails", "plain", None, &["-o", "x.sql"]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    let ran = repair(folder.path(), "rails", "plain", None, &["--name", "../../x"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(folder.path().join("db/migrate/20261121043719_x.rb").is_file(), "{}", ran.out);
}

#[test]
fn an_empty_folder_gets_the_first_migration() {
    let folder = tempfile::tempdir().unwrap();
    let ran = repair(folder.path(), "goose", "plain", None, &["--into", "db/new"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(folder.path().join("db/new/20261121043717_trueup_repair.sql").is_file(), "{}", ran.out);
    let ran = repair(folder.path(), "rails", "plain", None, &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("no migrations of Rails"), "{}", ran.err);
}
