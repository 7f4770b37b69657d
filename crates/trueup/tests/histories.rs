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
