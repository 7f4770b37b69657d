//! The DDL interpreter against PostgreSQL: every file of `fixtures/interpreter` is run by a server and read by trueup, and both must
//! end in the same catalog, to the last automatic name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use trueup_testkit::cases::fixtures_dir;
use trueup_testkit::for_each_version;

fn files() -> Vec<PathBuf> {
    let folder = fixtures_dir().join("interpreter");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "only {} files found", files.len());
    files
}

/// The first version that knows all of a file's statements: `-- from 15` in its first line.
fn first_version(file: &Path) -> u16 {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("-- from "))
        .map_or(13, |v| v.trim().parse().unwrap())
}

#[test]
fn statements_end_in_the_catalog_of_the_server() {
    let only = std::env::var("TRUEUP_TEST_FILE").unwrap_or_default();
    let result = for_each_version(|server| -> Result<(), String> {
        trueup_testkit::cases::tablespaces(server).unwrap();
        let mut wrong = Vec::new();
        for file in files() {
            let name = file.display().to_string();
            if server.major() < first_version(&file) || !name.contains(&only) {
                continue;
            }
            let database = server.database().unwrap();
            if let Err(error) = database.run_file(&file) {
                wrong.push(format!("{name}: the server refuses it: {error}"));
                continue;
            }
            let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
                .env("TRUEUP_SCRATCH", "off")
                .arg("check")
                .arg("--desired")
                .arg(&file)
                .args(["--live", &database.url(), "--format", "json", "--privileges", "strict"])
                .env_remove("RUST_LOG")
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|e| {
                panic!("no JSON ({e}): {text}{}", String::from_utf8_lossy(&output.stderr))
            });
            let in_sync = json["outcome"] == "in_sync"
                && json["drift"] == serde_json::json!([])
                && json["undecided"] == serde_json::json!([]);
            let matching = json["summary"]["matching"].as_u64().unwrap_or(0);
            if !in_sync || matching < 10 {
                wrong.push(format!("{name} on {}:\n{}", server.major(), findings(&json)));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What was found, a line each.
fn findings(json: &serde_json::Value) -> String {
    let mut lines = vec![format!("  outcome {}, {} matching", json["outcome"], json["summary"]["matching"])];
    for finding in json["drift"].as_array().into_iter().flatten() {
        let (desired, live) = (&finding["desired"], &finding["live"]);
        lines.push(format!("  {} {} desired {desired} live {live}", finding["code"], finding["message"]));
    }
    for open in json["undecided"].as_array().into_iter().flatten() {
        let (desired, live) = (&open["desired"], &open["live"]);
        let source = &open["source"]["line"];
        lines.push(format!(
            "  {} {} {} {} {} line {source} desired {desired} live {live}",
            open["code"], open["side"], open["what"], open["object"], open["reason"]
        ));
    }
    lines.join("\n")
}
