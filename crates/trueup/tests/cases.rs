//! Every folder of `fixtures/cases`: offline against its golden files, then on real servers,
//! where the same drift must be found, and the repair must close what it says it closes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};
use trueup_testkit::cases::{Case, cases, fixtures_dir};
use trueup_testkit::{TestDatabase, assert_golden, for_each_version};

/// The version whose rules the offline golden files are made with.
const OFFLINE_VERSION: &str = "15";

fn trueup(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .current_dir(dir)
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .expect("the binary runs")
}

fn all_cases() -> Vec<Case> {
    let cases = cases(&fixtures_dir().join("cases")).unwrap();
    assert!(cases.len() >= 20, "only {} cases found", cases.len());
    cases
}

fn check(case: &Case, live: &str, more: &[&str]) -> Output {
    let arguments = ["check", "--desired", "desired.sql", "--live", live, "--color", "never"];
    trueup(&case.dir, &[&arguments[..], more].concat())
}

/// What was found, without the places in files and the words.
fn findings(output: &Output) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let json: serde_json::Value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("no JSON ({e}): {text}{}", String::from_utf8_lossy(&output.stderr)));
    let line = |value: &serde_json::Value, fields: &[&str]| {
        fields.iter().map(|field| value[field].as_str().unwrap_or("")).collect::<Vec<_>>().join(" ")
    };
    let drift = json["drift"].as_array().expect("an array `drift`").iter();
    let undecided = json["undecided"].as_array().expect("an array `undecided`").iter();
    drift
        .map(|d| line(d, &["code", "kind", "object", "what", "attribute", "disposition"]))
        .chain(undecided.map(|u| line(u, &["code", "what"])))
        .collect()
}

#[test]
fn golden_reports() {
    for case in all_cases() {
        let output = check(&case, "live.sql", &["--server-version", OFFLINE_VERSION]);
        let text = String::from_utf8(output.stdout).unwrap();
        let code = output.status.code().unwrap();
        assert_golden(&case.path("check.txt"), &format!("{}exit code {code}\n", without_time(&text)));
    }
}

/// `(32 ms)` differs from run to run.
fn without_time(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        match line.find(" ms)").and_then(|end| Some((line.get(..end)?.rfind('(')?, end))) {
            Some((start, end)) => lines.extend([&line[..=start], "…", &line[end..]]),
            None => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

#[test]
fn golden_repairs() {
    for case in all_cases() {
        let arguments = ["repair", "--desired", "desired.sql", "--live", "live.sql", "-o", "-", "-q"];
        let output = trueup(&case.dir, &[&arguments[..], &["--server-version", OFFLINE_VERSION]].concat());
        let stdout = String::from_utf8(output.stdout).unwrap();
        // One line of the header says when and by which version of trueup.
        let body: Vec<_> = stdout.lines().filter(|line| !line.starts_with("-- made")).collect();
        assert_golden(&case.path("repair.sql"), &(body.join("\n") + "\n"));
    }
}

fn loaded<'s>(case: &Case, server: &'s trueup_testkit::Server) -> TestDatabase<'s> {
    let database = server.database().unwrap();
    database.run_file(&case.path("live.sql")).unwrap();
    database
}

/// A server must say what the file says.
#[test]
fn a_server_and_its_file_have_the_same_drift() {
    for_each_version(|server| {
        let version = server.major().to_string();
        for case in all_cases() {
            let database = loaded(&case, server);
            let offline = check(&case, "live.sql", &["--server-version", &version, "--format", "json"]);
            let online = check(&case, &database.url(), &["--format", "json"]);
            if findings(&offline) != findings(&online) || offline.status.code() != online.status.code() {
                return Err(format!(
                    "{}: offline {:?}, online {:?}",
                    case.name,
                    findings(&offline),
                    findings(&online)
                ));
            }
        }
        Ok(())
    })
    .unwrap();
}

/// After the repair no safe drift is left, the second run changes nothing, and nothing is lost.
#[test]
fn repairs_converge() {
    for_each_version(|server| {
        for case in all_cases() {
            converges(&case, server).map_err(|e| format!("{}: {e}", case.name))?;
        }
        Ok::<(), String>(())
    })
    .unwrap();
}

fn converges(case: &Case, server: &trueup_testkit::Server) -> Result<(), String> {
    let database = loaded(case, server);
    let before = database.fingerprint().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("repair.sql");
    let url = database.url();
    let output = trueup(
        &case.dir,
        &[
            "repair",
            "--desired",
            "desired.sql",
            "--live",
            &url,
            "-o",
            file.to_str().unwrap(),
            "--color",
            "never",
        ],
    );
    let sql = std::fs::read_to_string(&file)
        .map_err(|e| format!("no repair file ({e}): {}", String::from_utf8_lossy(&output.stderr)))?;
    database.run_file(&file).map_err(|e| format!("{e}\n{sql}"))?;
    let once = database.fingerprint().unwrap();
    database.run_file(&file).map_err(|e| format!("the second time: {e}\n{sql}"))?;
    let changed = once.changes(&database.fingerprint().unwrap());
    if !changed.is_empty() {
        return Err(format!("applied twice is not once: {changed:#?}\n{sql}"));
    }
    let left: Vec<_> = findings(&check(case, &url, &["--format", "json"]))
        .into_iter()
        .filter(|f| f.ends_with(" safe"))
        .collect();
    if !left.is_empty() {
        return Err(format!("left although safe: {left:#?}\n{sql}"));
    }
    let lost = before.lost(&once);
    if !lost.is_empty() {
        return Err(format!("lost: {lost:#?}\n{sql}"));
    }
    Ok(())
}

/// What a plan relies on is the same whether files or a server told of the live schema.
#[test]
fn a_repair_made_from_files_fits_their_database() {
    for_each_version(|server| {
        let version = server.major().to_string();
        for case in all_cases() {
            let arguments = ["repair", "--desired", "desired.sql", "--live", "live.sql", "-o", "-", "-q"];
            let output = trueup(&case.dir, &[&arguments[..], &["--server-version", &version]].concat());
            let sql = String::from_utf8(output.stdout).unwrap();
            let database = loaded(&case, server);
            database.run(&sql).map_err(|e| format!("{}: {e}\n{sql}", case.name))?;
        }
        Ok::<(), String>(())
    })
    .unwrap();
}
