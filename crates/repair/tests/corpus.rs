//! Real schemas, written by trueup's own DDL writer into an empty database: what comes out must be what went in.
//!
//! Slow, and needs the corpus: run by `make corpus`, or with `TRUEUP_WRITE_BACK=name,name`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::path::Path;
use trueup_testkit::{Server, TestDatabase, shared_dir};

/// Loads a schema's files in their order.
fn load(database: &TestDatabase<'_>, dir: &Path) -> Result<(), String> {
    let meta: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("META.json")).unwrap()).unwrap();
    let text = |v: &serde_json::Value| v.as_str().map(str::to_owned);
    let preludes = dir.parent().unwrap().parent().unwrap().join("preludes");
    if let Some(prelude) = text(&meta["prelude"]) {
        let path = [preludes.join(&prelude), preludes.parent().unwrap().join(&prelude), dir.join(&prelude)];
        let path = path.iter().find(|p| p.exists()).ok_or_else(|| format!("no prelude {prelude}"))?;
        psql(database, path)?;
    }
    let files: Vec<String> = meta["load_order"].as_array().unwrap().iter().filter_map(text).collect();
    for file in files {
        psql(database, &dir.join(file))?;
    }
    Ok(())
}

/// Whatever the file can make: what fails is not there, which is all the same here.
fn psql(database: &TestDatabase<'_>, file: &Path) -> Result<(), String> {
    let output = std::process::Command::new("psql")
        .args(["-X", "-q", "-f"])
        .arg(file.file_name().unwrap())
        .arg(database.url())
        .current_dir(file.parent().unwrap())
        .output()
        .map_err(|e| e.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn some(lines: &[String]) -> String {
    lines.iter().take(12).cloned().collect::<Vec<_>>().join("\n    ")
}

fn write_back(server: &Server, dir: &Path) -> Result<String, String> {
    let original = server.database().unwrap();
    load(&original, dir).map_err(|e| format!("does not load: {}", e.lines().next().unwrap_or_default()))?;
    let desired = support::read(&original);
    let copy = server.database().unwrap();
    let live = support::read(&copy);
    let (_, plan) = support::plan(&desired, &live, &[]);
    if let Ok(out) = std::env::var("TRUEUP_WRITE_BACK_TO") {
        std::fs::write(Path::new(&out).join(format!("{}.sql", dir.file_name().unwrap().to_string_lossy())), plan.to_sql())
            .unwrap();
    }
    copy.run(&plan.to_sql()).map_err(|e| format!("does not apply: {e}"))?;
    let written = support::read(&copy);
    let lines = support::differences(&desired, &written);
    let (_, second) = support::plan(&desired, &written, &[]);
    if !lines.is_empty() {
        return Err(format!("{} of {} objects differ:\n    {}", lines.len(), desired.len(), some(&lines)));
    }
    if !second.steps.is_empty() {
        return Err(format!("a second plan has {} steps", second.steps.len()));
    }
    let changes = original.fingerprint().unwrap().changes(&copy.fingerprint().unwrap());
    // What the model does not hold: privileges, owners, which index a table is clustered on.
    let changes: Vec<_> =
        changes.into_iter().filter(|l| !["acl ", " owner ", " clustered "].iter().any(|w| l.contains(w))).collect();
    if changes.is_empty() {
        Ok(format!("{} objects in {} steps", desired.len(), plan.steps.len()))
    } else {
        Err(format!("{} facts differ:\n    {}", changes.len(), some(&changes)))
    }
}

#[test]
#[ignore = "needs the corpus, and minutes"]
fn real_schemas_are_written_back() {
    let dir = shared_dir().expect("TRUEUP_SHARED").join("corpus/schemas");
    let only = std::env::var("TRUEUP_WRITE_BACK").unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|s| !s.is_empty()).collect();
    let server = Server::shared(15).unwrap();
    let mut names: Vec<String> =
        std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut failed = 0;
    for name in names.iter().filter(|n| only.is_empty() || only.contains(&n.as_str())) {
        match write_back(server, &dir.join(name)) {
            Ok(line) => println!("ok      {name}: {line}"),
            Err(line) if line.starts_with("does not load") => println!("skipped {name}: {line}"),
            Err(line) => {
                failed += 1;
                println!("FAILED  {name}: {line}");
            }
        }
    }
    assert_eq!(failed, 0);
}
