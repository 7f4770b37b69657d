//! The DDL interpreter against PostgreSQL: every file of `fixtures/interpreter` is run by a server and read by trueup, and both must
//! end in the same catalog, to the last automatic name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::PathBuf;
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

#[test]
fn statements_end_in_the_catalog_of_the_server() {
    let result = for_each_version(|server| -> Result<(), String> {
        for file in files() {
            let database = server.database().unwrap();
            database.run_file(&file).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
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
            let name = file.display();
            let in_sync = json["outcome"] == "in_sync"
                && json["drift"] == serde_json::json!([])
                && json["undecided"] == serde_json::json!([]);
            let matching = json["summary"]["matching"].as_u64().unwrap_or(0);
            if !in_sync || matching < 10 {
                return Err(format!("{name}: {text}"));
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
