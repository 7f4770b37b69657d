//! `docs/coverage.md`, made from what the program does with `fixtures/every-kind` on real servers: what it parses, what each reader
//! sees, and what a plan for an empty database can add. `UPDATE_GOLDEN=1` rewrites the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use trueup_catalog::ObjectKind;
use trueup_testkit::cases::{every_kind, fixtures_dir};
use trueup_testkit::{assert_golden, for_each_version};

/// What is left out on purpose, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "Large objects, their owners and privileges",
        "rows of data in all but name; `pg_dump --schema-only` leaves them out as well",
    ),
    ("`ALTER DEFAULT PRIVILEGES ... ON LARGE OBJECTS` (18)", "about large objects"),
    ("Rows of tables, positions of sequences", "data, not schema"),
    (
        "Roles, memberships, tablespaces, databases and their settings",
        "belong to the whole cluster; objects name them, and the names are compared",
    ),
    (
        "Passwords, options of user mappings, connection strings of subscriptions",
        "secrets never reach a catalog; that they are there is known, their values are not",
    ),
    ("Temporary tables and everything in them", "end with their session"),
    ("Members of extensions", "belong to their extension; only what was changed on them by hand is seen"),
];

fn json(args: &[&str]) -> serde_json::Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_trueup")).args(args).env_remove("RUST_LOG").output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{args:?}: no JSON ({e}): {}", String::from_utf8_lossy(&output.stderr)))
}

/// The kinds of a source's objects, as snapshots write them: `materialized_view`.
fn kinds(source: &str, reader: &str) -> BTreeSet<String> {
    let snapshot = json(&["snapshot", "--live", source, "--source", reader, "--output", "-"]);
    let objects = snapshot["catalog"]["objects"].as_array().expect("objects");
    objects.iter().map(|o| o["object"]["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// How each kind is written back into an empty database: the words for its findings, as reports have them.
fn repairs(desired: &str, live: &str) -> BTreeMap<String, BTreeSet<String>> {
    let check =
        json(&["check", "--desired", desired, "--live", live, "--format", "json", "--scratch", "off"]);
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in check["drift"].as_array().expect("drift") {
        let disposition = finding["disposition"].as_str().expect("a disposition");
        let children = finding["children"].as_array().expect("children");
        for one in std::iter::once(finding).chain(children) {
            let kind = one["kind"].as_str().expect("a kind").to_owned();
            found.entry(kind).or_default().insert(disposition.to_owned());
        }
    }
    found
}

fn mark(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The table of kinds, from one server.
fn table(desired: &Path, database: &str, empty: &str) -> String {
    let desired = desired.to_str().expect("a path in UTF-8");
    let parsed = kinds(desired, "pg-catalog");
    let catalog = kinds(database, "pg-catalog");
    let standard = kinds(database, "information-schema");
    let repairs = repairs(desired, empty);
    let mut text = String::from(
        "| Kind | Parsed | `pg_catalog` | `information_schema` | Compared | Added when missing |\n|---|---|---|---|---|---|\n",
    );
    for kind in ObjectKind::ALL {
        let tag = kind_tag(*kind);
        let (parsed, read) = (parsed.contains(&tag), catalog.contains(&tag));
        let repaired = match repairs.get(kind.word()) {
            None => "no",
            Some(how) if how.contains("safe") => "yes",
            Some(how) if how.contains("consent") => "with consent",
            Some(_) => "by hand",
        };
        let standard = mark(standard.contains(&tag));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {standard} | {} | {repaired} |",
            kind.word(),
            mark(parsed),
            mark(read),
            mark(parsed && read),
        );
    }
    text
}

/// A kind as serde writes it.
fn kind_tag(kind: ObjectKind) -> String {
    serde_json::to_value(kind).unwrap().as_str().expect("a word").to_owned()
}

/// What came with each version: the statements of the fixture behind its marker.
fn later() -> String {
    let mut found: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    let mut files: Vec<_> =
        std::fs::read_dir(fixtures_dir().join("every-kind")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|path| path.extension().is_some_and(|e| e == "sql")) {
        let mut since = 13;
        for line in std::fs::read_to_string(file).unwrap().lines() {
            if let Some(version) = line.strip_prefix("-- since ") {
                since = version.trim().parse().unwrap();
            } else if since > 13 && !line.is_empty() {
                found.entry(since).or_default().push(line.to_owned());
            }
        }
    }
    let mut text = String::new();
    for (version, lines) in found {
        let _ = write!(text, "\nPostgreSQL {version}:\n\n```sql\n{}\n```\n", lines.join("\n"));
    }
    text
}

#[test]
fn the_document_says_what_the_program_does() {
    let mut tables: BTreeSet<String> = BTreeSet::new();
    for_each_version(|server| {
        let sql = every_kind(server.major())?;
        let (database, empty) = (server.database()?, server.database()?);
        database.run(&sql)?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("every_kind.sql");
        std::fs::write(&file, sql).unwrap();
        tables.insert(table(&file, &database.url(), &empty.url()));
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
    assert_eq!(tables.len(), 1, "not the same on every version: {tables:#?}");
    let table = tables.first().expect("a version");
    let gaps = std::fs::read_to_string(fixtures_dir().join("every-kind/known-gaps.txt")).unwrap();
    let gaps: Vec<String> = gaps
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| format!("- `{}`", line.replace(" # ", "`: ").trim()).trim_end_matches('`').to_owned())
        .collect();
    let gaps = if gaps.is_empty() { "None.".to_owned() } else { gaps.join("\n") };
    let left_out: Vec<String> = LEFT_OUT.iter().map(|(what, why)| format!("- {what}: {why}.")).collect();
    let document = format!(
        "# What trueup covers\n\n\
         Made by `crates/trueup/tests/coverage.rs` from what the program does with the objects of `fixtures/every-kind` on PostgreSQL 13 to 18;\n\
         a test fails when it is stale, and `UPDATE_GOLDEN=1` rewrites it.\n\n\
         ## Kinds\n\nThe table is the same for every version from 13 to 18. What `information_schema` doesn't show is never called missing there.\n\n{table}\n\
         ## Parts that came later\n\nThe rest is known from PostgreSQL 13 on.\n{}\n\
         ## Known gaps\n\nWhat a check of the fixture against its own database does not get right by rules alone\n\
         (how it was read, versions, code, object: reason).\n\n{gaps}\n\n\
         ## Left out on purpose\n\n{}\n",
        later(),
        left_out.join("\n"),
    );
    assert_golden(&fixtures_dir().parent().unwrap().join("docs/coverage.md"), &document);
}
