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
        let codes: Vec<String> =
            errors.iter().map(|error| format!("{} {}", text(&error["code"]), text(&error["message"]))).collect();
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
    let pending: Vec<String> = migrations["pending"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| text(&one["id"]))
        .collect();
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
