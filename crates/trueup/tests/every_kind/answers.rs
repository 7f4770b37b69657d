//! What a check of the fixture said, held against `known-gaps.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use trueup_testkit::cases::{every_kind, fixtures_dir, tablespaces};
use trueup_testkit::{Server, TestDatabase};

/// The least number of objects that match, lest a check of nothing passes.
const ENOUGH: u64 = 250;

/// What one check found, by rules alone: a line for each finding and each thing not decided, with what it says of it.
fn check(desired: &Path, live: &str) -> Result<BTreeMap<String, String>, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["check", "--format", "json", "--privileges", "strict", "--scratch", "off", "--desired"])
        .arg(desired)
        .args(["--live", live])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("no JSON ({e}): {}", String::from_utf8_lossy(&output.stderr)))?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = BTreeMap::new();
    for finding in json["drift"].as_array().expect("drift") {
        let line = format!("{} {}", text(&finding["code"]), text(&finding["message"]));
        lines.insert(line, finding["changes"].to_string());
    }
    for open in json["undecided"].as_array().expect("undecided") {
        let (code, what, object) = (text(&open["code"]), text(&open["what"]), text(&open["object"]));
        let line = format!("{code} {what} {object}").trim_end().to_owned();
        lines.insert(line, format!("{}: {}", open["reason"], open["change"]));
    }
    // A gap that is only counted would not be in the lists.
    let outcome = text(&json["outcome"]);
    if outcome != "in_sync" && lines.is_empty() {
        return Err(format!("outcome {outcome} with nothing found"));
    }
    let matching = json["summary"]["matching"].as_u64().expect("matching");
    if matching < ENOUGH {
        return Err(format!("only {matching} objects match: {lines:#?}"));
    }
    Ok(lines)
}

/// Saves what trueup reads from a database as a snapshot in `folder`.
pub(crate) fn snapshot(database: &TestDatabase<'_>, folder: &Path) -> std::path::PathBuf {
    let file = folder.join(format!("{}-{}.json", database.name(), database.server().major()));
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["snapshot", "--live", &database.url(), "--output"])
        .arg(&file)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "snapshot: {}", String::from_utf8_lossy(&output.stderr));
    file
}

/// The lines of `known-gaps.txt` for one way (`sql`, `dump`) and version: `sql 13-18 D221 index … # why`.
fn known_gaps(way: &str, major: u16) -> BTreeSet<String> {
    let text = std::fs::read_to_string(fixtures_dir().join("every-kind/known-gaps.txt")).unwrap();
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (gap, why) = line.rsplit_once(" # ").unwrap_or_else(|| panic!("no reason: {line}"));
        assert!(!why.trim().is_empty(), "no reason: {line}");
        let mut parts = gap.splitn(3, ' ');
        let (ways, versions, what) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
        let range = first.parse::<u16>().unwrap()..=last.parse::<u16>().unwrap();
        if ways.split(',').any(|w| w == way) && range.contains(&major) {
            found.insert(what.trim().to_owned());
        }
    }
    found
}

/// A new database with what of the fixture all the versions know.
pub(crate) fn loaded<'s>(server: &'s Server, versions: &[u16]) -> TestDatabase<'s> {
    tablespaces(server).unwrap();
    let database = server.database().unwrap();
    database.run(&every_kind(versions).unwrap()).unwrap();
    database
}

/// Checks, and gives what is found and not listed, and what is listed and not found.
pub(crate) fn compare(way: &str, major: u16, desired: &Path, live: &str) -> Vec<String> {
    let found = match check(desired, live) {
        Ok(found) => found,
        Err(error) => return vec![format!("{way} {major}: {error}")],
    };
    let known = known_gaps(way, major);
    let new = found.iter().filter(|(line, _)| !known.contains(*line));
    let new = new.map(|(line, details)| format!("{way} {major} {line}\n    {details}"));
    let gone = known
        .iter()
        .filter(|line| !found.contains_key(*line))
        .map(|line| format!("no longer true, to be taken out: {way} {major} {line}"));
    new.chain(gone).collect()
}

pub(crate) fn all_well(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
