//! `trueup history` over real projects of every tool, in good and in broken states, each with the database of that state.
//!
//! The projects lie beside the checkout (`../shared/histories`, or `TRUEUP_SHARED`); `fixtures/histories.tsv` says what must be said of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use trueup_testkit::{Server, TestDatabase, shared_dir};

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    tool: String,
    states: String,
    faults: BTreeSet<String>,
    exit: i32,
}

fn table() -> BTreeMap<String, Said> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/histories.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 6, "{line}");
            let said = Said {
                tool: fields[1].to_owned(),
                states: fields[2].to_owned(),
                faults: fields[3].split_whitespace().map(str::to_owned).collect(),
                exit: fields[4].parse().unwrap(),
            };
            (fields[0].to_owned(), said)
        })
        .collect()
}

fn trueup(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(arguments)
        .env_remove("TRUEUP_LIVE")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What is said of a project, as a line of the table.
fn said(project: &Path, live: &str) -> Said {
    let project = project.to_str().unwrap();
    let (exit, out, err) = trueup(&["history", project, "--no-config", "--live", live, "--format", "json"]);
    let document: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().replace(' ', "_");
    if exit == 2 && document.get("histories").is_none() {
        let codes = document["errors"].as_array().unwrap().iter().map(|error| text(&error["code"])).collect();
        return Said { tool: String::new(), states: String::new(), faults: codes, exit };
    }
    let histories = document["histories"].as_array().unwrap();
    let tools: Vec<String> = histories.iter().map(|history| text(&history["tool"])).collect();
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    let mut faults = BTreeSet::new();
    for history in histories {
        for (state, count) in history["summary"].as_object().unwrap() {
            if count.as_u64() > Some(0) {
                *states.entry(state.clone()).or_default() += count.as_u64().unwrap();
            }
        }
        for fault in history["faults"].as_array().unwrap() {
            faults.insert(format!("{}={}", text(&fault["code"]), text(&fault["object"])));
        }
    }
    let states: Vec<String> = states.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
    Said { tool: tools.join(" "), states: states.join(", "), faults, exit }
}

fn load<'a>(server: &'a Server, folder: &Path) -> TestDatabase<'a> {
    let database = server.database().unwrap();
    let sql = std::fs::read_to_string(folder.join("db.sql")).unwrap();
    database.run(&sql).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    database
}

#[test]
fn every_state_is_named_for_what_it_is() {
    let Some(shared) = shared_dir() else { return };
    let shared = shared.join("histories");
    let table = table();
    let folders: BTreeSet<String> = std::fs::read_dir(&shared)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        folders,
        table.keys().cloned().collect(),
        "fixtures/histories.tsv has another list of folders"
    );
    let server = Server::shared(15).unwrap();
    let mut wrong = Vec::new();
    for (name, wanted) in &table {
        let folder = shared.join(name);
        let database = load(server, &folder);
        let found = said(&folder.join("project"), &database.url());
        if found != *wanted {
            wrong.push(format!("{name}\n  wanted {wanted:?}\n  found  {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// A project of dbmate whose first migration has no file any more, and whose last one is pending.
fn behind(server: &Server) -> (tempfile::TempDir, TestDatabase<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("db/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    for name in ["2_email.sql", "3_age.sql"] {
        std::fs::write(migrations.join(name), "-- migrate:up\n").unwrap();
    }
    std::fs::write(folder.path().join("schema.sql"), "CREATE TABLE t (id int);\n").unwrap();
    let database = server.database().unwrap();
    database
        .run("CREATE TABLE t (id int); CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1'), ('2');")
        .unwrap();
    (folder, database)
}

fn inside(folder: &Path, live: &str, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(arguments)
        .current_dir(folder)
        .env("TRUEUP_LIVE", live)
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_table_that_the_role_may_not_read_is_no_empty_one() {
    let server = Server::shared(15).unwrap();
    let (folder, database) = behind(server);
    let role = format!("h{}", database.name());
    database.run(&format!("CREATE ROLE {role} LOGIN;")).unwrap();
    let live = database.url_as(&role, None);
    let (exit, out, err) = inside(folder.path(), &live, &["history"]);
    assert_eq!((exit, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("error[X102]: the role may not read public.schema_migrations"), "{err}");
    assert!(err.contains("GRANT SELECT ON public.schema_migrations"), "{err}");
    // Row security would show an empty table.
    database
        .run(&format!("GRANT SELECT ON schema_migrations TO {role}; ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY;"))
        .unwrap();
    assert_eq!(inside(folder.path(), &live, &["history"]).0, 2);
    database.run("ALTER TABLE schema_migrations DISABLE ROW LEVEL SECURITY;").unwrap();
    let (exit, out, _) = inside(folder.path(), &live, &["history"]);
    assert_eq!(exit, 1);
    assert!(
        out.ends_with(&format!("1 applied, 1 pending, 1 missing file in {} at 127.0.0.1\n", database.name())),
        "{out}"
    );
    database.run(&format!("DROP OWNED BY {role}; DROP ROLE {role};")).unwrap();
}

#[test]
fn a_snapshot_keeps_the_history() {
    let server = Server::shared(15).unwrap();
    let (folder, database) = behind(server);
    let (exit, _, err) = inside(folder.path(), &database.url(), &["snapshot", "-o", "live.json"]);
    assert_eq!(exit, 0, "{err}");
    let (exit, out, err) = inside(folder.path(), "live.json", &["history", "--format", "json"]);
    assert_eq!(exit, 1, "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["histories"][0]["summary"]["missing-file"], 1);
    // One of an older program.
    let path = folder.path().join("live.json");
    let mut old: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    old.as_object_mut().unwrap().remove("history").unwrap();
    std::fs::write(&path, old.to_string()).unwrap();
    let (exit, _, err) = inside(folder.path(), "live.json", &["history"]);
    assert_eq!(exit, 2);
    assert!(
        err.contains("live.json keeps no history of migrations") && err.contains("make the snapshot again"),
        "{err}"
    );
    assert_eq!(inside(folder.path(), "live.json", &["check", "--desired", "schema.sql"]).0, 0);
    let (exit, _, err) = inside(folder.path(), "schema.sql", &["history"]);
    assert_eq!(exit, 2);
    assert!(err.contains("neither a database nor a snapshot"), "{err}");
}

#[test]
fn check_and_gate_look_at_the_history_that_the_configuration_names() {
    let server = Server::shared(15).unwrap();
    let (folder, database) = behind(server);
    let write = |text: &str| std::fs::write(folder.path().join("trueup.toml"), text).unwrap();
    let run = |arguments: &[&str]| inside(folder.path(), &database.url(), arguments);
    let plain = "desired = \"schema.sql\"\nscratch = \"off\"\n";
    write(plain);
    assert_eq!(run(&["check"]).0, 0);
    write(&format!("{plain}[history]\nfolder = \"db\"\n"));
    let (exit, out, err) = run(&["check"]);
    assert_eq!(exit, 1, "{err}");
    assert!(out.contains("error[M107]: migration 1 is applied, and its file is missing"), "{out}");
    assert!(out.lines().last().unwrap().starts_with("In sync:"), "{out}");
    let (exit, out, _) = run(&["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((exit, &document["history"]["outcome"]), (1, &serde_json::json!("faults")));
    let formats = [
        "text",
        "concise",
        "json",
        "github",
        "github-summary",
        "sarif",
        "junit",
        "gitlab",
        "markdown",
        "html",
        "prometheus",
        "webhook",
    ];
    for format in formats {
        let (exit, out, err) = run(&["gate", "--format", format]);
        assert_eq!(exit, 1, "{format}: {err}");
        assert!(out.contains("M107"), "{format}: {out}");
    }
    let (_, out, _) = run(&["gate", "--format", "text"]);
    assert!(
        out.contains("2 remarks") || out.contains("1 remark on the history of migrations fails"),
        "{out}"
    );
    let (_, out, _) = run(&["config"]);
    assert!(out.contains("history.folder") && out.contains("trueup.toml:4"), "{out}");
    // A level, an exception, and a folder that is not there.
    write(&format!("{plain}[history]\nfolder = \"db\"\n[levels]\nM107 = \"note\"\n"));
    assert_eq!((run(&["check"]).0, run(&["gate"]).0), (0, 0));
    write(&format!("{plain}[history]\nfolder = \"db\"\n[levels]\npending = \"error\"\nM107 = \"off\"\n"));
    let (exit, out, _) = run(&["gate"]);
    assert!(exit == 1 && out.contains("error[M105]") && !out.contains("M107"), "{out}");
    write(&format!(
        "{plain}[history]\nfolder = \"db\"\n[[ignore]]\ncode = \"M107\"\nreason = \"squashed by hand\"\n"
    ));
    let (exit, out, _) = run(&["gate"]);
    assert!(exit == 0 && !out.contains("G102"), "{out}");
    write(&format!("{plain}[history]\nfolder = \"db\"\ntool = \"alembic\"\n"));
    let (exit, out, _) = run(&["gate"]);
    assert!(exit == 2 && out.contains("error[M115]: there are no migrations of Alembic"), "{out}");
    assert_eq!(run(&["check"]).0, 2);
    write(&format!("{plain}[history]\nfolder = \"nowhere\"\n"));
    assert_eq!(run(&["gate"]).0, 2);
    write(&format!("{plain}[history]\nfolder = \".\"\ntool = \"cron\"\n"));
    let (exit, _, err) = run(&["history"]);
    assert!(exit == 2 && err.contains("trueup.toml:5: `cron` is no tool whose history is read"), "{err}");
}

#[test]
fn the_files_of_a_revision_are_read() {
    let server = Server::shared(15).unwrap();
    let (folder, database) = behind(server);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(folder.path());
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    std::fs::write(folder.path().join("db/migrations/1_users.sql"), "-- migrate:up\n").unwrap();
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "all"]);
    std::fs::remove_file(folder.path().join("db/migrations/1_users.sql")).unwrap();
    assert_eq!(inside(folder.path(), &database.url(), &["history", "."]).0, 1);
    for place in ["git:HEAD:.", "git:HEAD:db", "git:HEAD:db/migrations"] {
        let (exit, out, err) = inside(folder.path(), &database.url(), &["history", place]);
        assert_eq!(exit, 0, "{place}: {out}{err}");
    }
    assert_eq!(inside(folder.path(), &database.url(), &["history", "git:HEAD:nowhere"]).0, 2);
}
