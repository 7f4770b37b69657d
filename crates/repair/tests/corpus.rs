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
        std::fs::write(
            Path::new(&out).join(format!("{}.sql", dir.file_name().unwrap().to_string_lossy())),
            plan.to_sql(),
        )
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
    let changes: Vec<_> = changes
        .into_iter()
        .filter(|l| !["acl ", " owner ", " clustered "].iter().any(|w| l.contains(w)))
        .collect();
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

/// What became of one pair.
struct Outcome {
    steps: usize,
    left: usize,
    problems: Vec<String>,
}

/// Repairs `old` towards `new`, twice, with both read from servers.
fn converge(server: &Server, setup: &str, old: &str, new: &str) -> Result<Outcome, String> {
    let load = |sql: &str| -> Result<TestDatabase<'_>, String> {
        let database = server.database().unwrap();
        database.run(setup).map_err(|e| format!("setup does not load: {e}"))?;
        database.run(sql).map_err(|e| format!("does not load: {e}"))?;
        Ok(database)
    };
    let (wanted, there) = (load(new)?, load(old)?);
    let desired = support::read(&wanted);
    let live = support::read(&there);
    let (_, plan) = support::plan(&desired, &live, &["*"]);
    let before = there.fingerprint().unwrap();
    let mut problems = Vec::new();
    if let Err(error) = there.run(&plan.to_sql()) {
        if std::env::var_os("TRUEUP_CASES_PLAN").is_some() {
            println!("{}", plan.to_sql());
        }
        problems.push(format!("does not apply: {error}"));
        return Ok(Outcome { steps: plan.steps.len(), left: plan.left.len(), problems });
    }
    let after = there.fingerprint().unwrap();
    let allowed = plan.steps.iter().any(|s| {
        s.statements.iter().map(|s| s.text()).any(|s| {
            s.contains("OR REPLACE")
                || s.contains(" TYPE ")
                || s.contains("ENABLE")
                || s.contains("ALTER DOMAIN")
        })
    });
    if !allowed {
        problems.extend(before.lost(&after).into_iter().map(|line| format!("lost: {line}")));
    }
    if let Err(error) = there.run(&plan.to_sql()) {
        problems.push(format!("does not apply twice: {error}"));
    }
    problems.extend(after.changes(&there.fingerprint().unwrap()).into_iter().map(|l| format!("twice: {l}")));
    let (comparison, second) = support::plan(&desired, &support::read(&there), &["*"]);
    problems.extend(second.steps.iter().map(|s| format!("still planned: {}", s.title)));
    for drift in &comparison.drift {
        if drift.disposition != trueup_diff::Disposition::Manual {
            problems.push(format!(
                "still there: {} {} ({})",
                drift.code,
                drift.key,
                drift.disposition.word()
            ));
        }
    }
    Ok(Outcome { steps: plan.steps.len(), left: second.left.len(), problems })
}

#[test]
#[ignore = "needs the cases, and minutes"]
fn cases_converge() {
    let dir = shared_dir().expect("TRUEUP_SHARED").join("cases");
    let only = std::env::var("TRUEUP_CASES").unwrap_or_default();
    let server = Server::shared(15).unwrap();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let (mut ok, mut failed, mut skipped, mut steps, mut left) = (0, 0, 0, 0, 0);
    let mut tools: Vec<_> =
        std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    tools.sort();
    for tool in tools {
        let mut cases: Vec<_> = std::fs::read_dir(&tool).unwrap().map(|e| e.unwrap().path()).collect();
        cases.sort();
        for case in cases {
            let name = case.strip_prefix(&dir).unwrap().display().to_string();
            if !(only.is_empty() || only.split(',').any(|o| name.contains(o)))
                || !case.join("new.sql").exists()
            {
                continue;
            }
            let setup = read(&case.join("setup.sql"));
            match converge(server, &setup, &read(&case.join("old.sql")), &read(&case.join("new.sql"))) {
                Err(_) => skipped += 1,
                Ok(outcome) if outcome.problems.is_empty() => {
                    ok += 1;
                    steps += outcome.steps;
                    left += outcome.left;
                }
                Ok(outcome) => {
                    failed += 1;
                    println!("FAILED {name}:\n    {}", some(&outcome.problems));
                }
            }
        }
    }
    println!("{ok} ok ({steps} steps, {left} left), {failed} failed, {skipped} do not load");
    assert_eq!(failed, 0);
}
