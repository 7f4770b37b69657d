//! Folders of migrations as the desired schema: real projects of every tool, each against the database of its state.
//!
//! The projects lie beside the checkout (`../shared/histories`, or `TRUEUP_SHARED`); `fixtures/folders.tsv` says what must be said of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use trueup_testkit::{Server, shared_dir};

const HEAD: &str = "# folder, tool, upto, outcome, replayed, pending, findings";

fn trueup(arguments: &[&str], live: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(arguments)
        .env("TRUEUP_LIVE", live)
        .env("TRUEUP_SCRATCH", "off")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What a check says, as a line of the table.
fn said(name: &str, project: &Path, live: &str) -> String {
    let (exit, out, err) =
        trueup(&["check", "--no-config", "--desired", project.to_str().unwrap(), "--format", "json"], live);
    let document: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{name}: {error}: {out}{err}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().replace('\t', " ");
    if let Some(errors) = document["errors"].as_array() {
        let codes: Vec<String> = errors
            .iter()
            .map(|error| format!("{} {}", text(&error["code"]), text(&error["message"])))
            .collect();
        let codes = codes.join("; ").replace(project.to_str().unwrap(), "PROJECT");
        return format!("{name}\t-\t-\terror {exit}\t-\t-\t{}", codes);
    }
    let mut findings = BTreeSet::new();
    for drift in document["drift"].as_array().unwrap() {
        if drift["level"] != "note" {
            findings.insert(format!("{}={}", text(&drift["code"]), text(&drift["object"])));
        }
    }
    for undecided in document["undecided"].as_array().unwrap() {
        if undecided["level"] != "note" {
            let place = &undecided["source"];
            findings.insert(format!(
                "{}@{}:{}",
                text(&undecided["code"]),
                text(&place["file"]).rsplit('/').next().unwrap_or_default(),
                place["line"]
            ));
        }
    }
    let migrations = &document["migrations"];
    let pending: Vec<String> =
        migrations["pending"].as_array().into_iter().flatten().map(|one| text(&one["id"])).collect();
    let findings: Vec<String> = findings.into_iter().collect();
    format!(
        "{name}\t{}\t{}\t{}\t{}\t{}\t{}",
        text(&migrations["tool"]),
        text(&migrations["upto"]),
        text(&document["outcome"]),
        migrations["replayed"].as_array().map_or(0, Vec::len),
        pending.join(" "),
        findings.join(" ")
    )
}

#[test]
fn a_folder_of_migrations_is_what_its_tool_made() {
    let Some(shared) = shared_dir() else { return };
    let shared = shared.join("histories");
    let mut folders: Vec<String> = std::fs::read_dir(&shared)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let server = Server::shared(15).unwrap();
    let mut table = format!("{HEAD}\n");
    for name in &folders {
        let folder = shared.join(name);
        let database = server.database().unwrap();
        database.run(&std::fs::read_to_string(folder.join("db.sql")).unwrap()).unwrap();
        writeln!(table, "{}", said(name, &folder.join("project"), &database.url())).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/folders.tsv");
    if std::env::var_os("TRUEUP_BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap();
    let lines = |text: &str| -> BTreeMap<String, String> {
        text.lines().map(|line| (line.split('\t').next().unwrap().to_owned(), line.to_owned())).collect()
    };
    let (wanted, found) = (lines(&wanted), lines(&table));
    let mut wrong = Vec::new();
    for name in wanted.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        if wanted.get(name) != found.get(name) {
            wrong.push(format!("wanted {:?}\nfound  {:?}", wanted.get(name), found.get(name)));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), folders.len(), wrong.join("\n"));
}

#[test]
fn what_python_says_is_what_the_tools_sent() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/folders");
    let server = Server::shared(15).unwrap();
    for (tool, name) in [("Alembic", "alembic"), ("Django", "django")] {
        let database = server.database().unwrap();
        database.run(&std::fs::read_to_string(fixtures.join(name).join("db.sql")).unwrap()).unwrap();
        let line = said(name, &fixtures.join(name).join("project"), &database.url());
        assert_eq!(
            line,
            format!("{name}\t{tool}\tapplied\tin_sync\t{}\t\t", if name == "alembic" { 2 } else { 3 })
        );
        // A change by hand is found, at the call that made the object.
        let (sql, wanted) = match name {
            "alembic" => ("DROP INDEX public.ix_expr", "alembic/versions/a1.py:45:5"),
            _ => ("DROP INDEX public.shop_active_stock", "shop/migrations/0001_initial.py:73:9"),
        };
        database.run(sql).unwrap();
        let project = fixtures.join(name).join("project");
        let (exit, out, err) =
            trueup(&["check", "--no-config", "--desired", project.to_str().unwrap()], &database.url());
        assert_eq!(exit, 1, "{out}{err}");
        assert!(out.contains(wanted), "{wanted} not in {out}");
    }
}

fn files(list: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in list {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn what_is_pending_is_no_drift_unless_it_is_asked_for() {
    let folder = files(&[
        ("m/1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"),
        ("m/2_b.sql", "-- +goose Up\nALTER TABLE a ADD COLUMN b int;\nINSERT INTO a VALUES (1, 2);\n"),
    ]);
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database
        .run(
            "CREATE TABLE a (id int);
             CREATE TABLE goose_db_version (id int, version_id bigint, is_applied boolean, tstamp timestamp);
             INSERT INTO goose_db_version VALUES (1, 0, true), (2, 1, true);",
        )
        .unwrap();
    let desired = folder.path().join("m");
    let check = |more: &[&str]| {
        let words = [&["check", "--no-config", "--desired", desired.to_str().unwrap()], more].concat();
        trueup(&words, &database.url())
    };
    let (exit, out, err) = check(&[]);
    assert_eq!(exit, 0, "{out}{err}");
    assert!(out.contains("1 migration pending: 2\n") && out.contains("`goose up` runs them"), "{out}");
    let (exit, out, err) = check(&["--upto", "head"]);
    assert_eq!(exit, 1, "{out}{err}");
    assert!(out.contains("column public.a.b is missing") && out.contains("m/2_b.sql:2:"), "{out}");
    assert!(out.contains("1 migration pending: 2\n"), "{out}");
    // Drift is against what was applied.
    database.run("ALTER TABLE a ADD COLUMN by_hand int").unwrap();
    let (exit, out, err) = check(&[]);
    assert!(exit == 1 && out.contains("column public.a.by_hand is unexpected"), "{out}{err}");
    // Every file as plain SQL runs what undoes too.
    let (_, out, _) = check(&["--tool", "none"]);
    assert!(!out.contains("pending"), "{out}");
    // The gate shows it as a remark.
    let (_, out, err) = trueup(
        &["gate", "--no-config", "--desired", desired.to_str().unwrap(), "--format", "github"],
        &database.url(),
    );
    assert!(out.contains("M105") && out.contains("1 migration pending: 2"), "{out}{err}");
    // Without a history nobody can say what was applied.
    database.run("DROP TABLE goose_db_version").unwrap();
    let (exit, out, err) = check(&["--upto", "applied"]);
    assert!(exit == 2 && err.contains("keeps no history"), "{out}{err}");
    let (exit, out, _) = check(&[]);
    assert!(exit == 1 && out.contains("column public.a.b is missing") && !out.contains("pending"), "{out}");
}

#[test]
fn a_folder_of_plain_sql_stays_one_and_nothing_that_undoes_is_run() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE TABLE a (id int); CREATE VIEW v AS SELECT id FROM a;").unwrap();
    let plain = files(&[
        ("schema/10_views.sql", "CREATE VIEW v AS SELECT id FROM a;"),
        ("schema/1_tables.sql", "CREATE TABLE a (id int);"),
        ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n"),
    ]);
    let check = |folder: &Path| {
        trueup(
            &["check", "--no-config", "--desired", folder.to_str().unwrap(), "--format", "json"],
            &database.url(),
        )
    };
    let said = |out: &str, key: &str| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(out).unwrap()[key].clone()
    };
    // Cargo.toml names sqlx, whose order is that of the numbers.
    let (exit, out, err) = check(&plain.path().join("schema"));
    assert_eq!((exit, said(&out, "migrations")["tool"].as_str()), (0, Some("sqlx")), "{out}{err}");
    // Another file among them: nobody's.
    std::fs::write(plain.path().join("schema/extra.sql"), "SELECT 1;").unwrap();
    let (_, out, _) = check(&plain.path().join("schema"));
    assert!(said(&out, "migrations").is_null(), "{out}");
    let paired = files(&[
        ("migrations/2_v.up.sql", "CREATE VIEW v AS SELECT id FROM a;"),
        ("migrations/2_v.down.sql", "DROP VIEW v;"),
        ("migrations/1_a.up.sql", "CREATE TABLE a (id int);"),
        ("migrations/1_a.down.sql", "DROP TABLE a;"),
    ]);
    let (exit, out, err) = check(&paired.path().join("migrations"));
    assert_eq!(exit, 0, "{out}{err}");
    assert_eq!(said(&out, "migrations")["replayed"].as_array().unwrap().len(), 2);
    // Beside what it presumes.
    let (exit, out, err) = trueup(
        &[
            "check",
            "--no-config",
            "--desired",
            paired.path().join("migrations").to_str().unwrap(),
            plain.path().join("schema/extra.sql").to_str().unwrap(),
        ],
        &database.url(),
    );
    assert_eq!(exit, 0, "{out}{err}");
}

#[test]
fn what_is_no_literal_is_a_gap_with_its_line() {
    let folder = files(&[
        ("alembic.ini", "[alembic]\nscript_location = alembic\n"),
        (
            "alembic/versions/a.py",
            "from alembic import op\nimport sqlalchemy as sa\nfrom app.types import Money\nrevision = 'a'\ndown_revision = None\n\ndef upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer(), nullable=False), sa.PrimaryKeyConstraint('id'))\n    op.add_column('t', sa.Column('m', Money()))\n    for name in NAMES:\n        op.drop_table(name)\n    op.execute(f'DROP TABLE {x}')\n    op.get_bind().execute(sa.text('DROP TABLE t'))\n    op.execute(\"\"\"\n      CREATE TABLE u (id int);\n      CREATE TABL v (id int);\n    \"\"\")\n",
        ),
    ]);
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE TABLE t (id serial PRIMARY KEY); CREATE TABLE u (id int);").unwrap();
    let line = said("a", folder.path(), &database.url());
    let findings = line.rsplit('\t').next().unwrap();
    assert_eq!(findings, "S102@a.py:16 S105@a.py:10 S105@a.py:12 S105@a.py:13 S105@a.py:9", "{line}");
}
