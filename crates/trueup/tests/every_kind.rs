//! One object of every kind, on every version: `fixtures/every-kind` run by a server and read by trueup is in sync, and so is the dump of it.
//! What isn't yet is listed in `known-gaps.txt`; a line of it that is no longer true fails as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use trueup_testkit::cases::{every_kind, fixtures_dir};
use trueup_testkit::pg_dump::PgDump;
use trueup_testkit::{Server, TestDatabase, assert_golden, for_each_version, test_versions};

/// What one check found: a line for each finding and each thing not decided, and how many objects match.
fn check(desired: &Path, live: &str) -> (BTreeSet<String>, u64) {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .args(["check", "--format", "json", "--privileges", "strict", "--scratch", "off", "--desired"])
        .arg(desired)
        .args(["--live", live])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("no JSON ({e}): {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = BTreeSet::new();
    for finding in json["drift"].as_array().expect("drift") {
        lines.insert(format!("{} {}", text(&finding["code"]), text(&finding["message"])));
    }
    for open in json["undecided"].as_array().expect("undecided") {
        let (code, what, object) = (text(&open["code"]), text(&open["what"]), text(&open["object"]));
        lines.insert(format!("{code} {what} {object}").trim_end().to_owned());
    }
    // A gap that is only counted would not be in the lists.
    let outcome = text(&json["outcome"]);
    assert_eq!(outcome == "in_sync", lines.is_empty(), "outcome {outcome} with {lines:?}");
    (lines, json["summary"]["matching"].as_u64().expect("matching"))
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

fn loaded(server: &Server) -> TestDatabase<'_> {
    let database = server.database().unwrap();
    database.run(&every_kind(server.major()).unwrap()).unwrap();
    database
}

/// What is found and not listed, and what is listed and not found.
fn compare(way: &str, major: u16, found: &BTreeSet<String>) -> Vec<String> {
    let known = known_gaps(way, major);
    let new = found.difference(&known).map(|line| format!("{way} {major} {line}"));
    let gone =
        known.difference(found).map(|line| format!("no longer true, to be taken out: {way} {major} {line}"));
    new.chain(gone).collect()
}

fn all_well(wrong: Vec<String>) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

#[test]
fn its_own_files_are_in_sync() {
    let result = for_each_version(|server| -> Result<(), String> {
        let database = loaded(server);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("every_kind.sql");
        std::fs::write(&file, every_kind(server.major()).unwrap()).unwrap();
        let (found, matching) = check(&file, &database.url());
        assert!(matching > 250, "only {matching} objects match");
        all_well(compare("sql", server.major(), &found))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What `trueup` writes to standard output.
fn stdout(args: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_trueup")).args(args).env_remove("RUST_LOG").output().unwrap();
    assert!(!output.stdout.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_repair_writes_into_an_empty_database_is_in_sync() {
    let result = for_each_version(|server| -> Result<(), String> {
        let (database, copy) = (loaded(server), server.database().unwrap());
        let sql =
            stdout(&["repair", "--desired", &database.url(), "--live", &copy.url(), "--scratch", "off"]);
        if let Err(error) = copy.run(&sql) {
            return Err(format!("the server refuses what was written: {error}"));
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("original.json");
        std::fs::write(&file, stdout(&["snapshot", "--live", &database.url(), "--output", "-"])).unwrap();
        let (found, _) = check(&file, &copy.url());
        all_well(compare("repair", server.major(), &found))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Deparsing differs between versions: the oldest one's objects, kept in a snapshot, are in sync with the newest's, and back.
#[test]
fn the_oldest_and_the_newest_version_agree() {
    let versions = test_versions().unwrap();
    let (oldest, newest) = (*versions.iter().min().unwrap(), *versions.iter().max().unwrap());
    let sql = every_kind(oldest).unwrap();
    let [old, new] = [oldest, newest].map(|major| {
        let database = Server::shared(major).unwrap().database().unwrap();
        database.run(&sql).unwrap();
        database
    });
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (desired, live, way) in [(&old, &new, "forward"), (&new, &old, "back")] {
        let file = folder.path().join(format!("{way}.json"));
        let snapshot = stdout(&["snapshot", "--live", &desired.url(), "--output", "-"]);
        std::fs::write(&file, snapshot).unwrap();
        let (found, matching) = check(&file, &live.url());
        assert!(matching > 250, "only {matching} objects match");
        wrong.extend(compare(way, oldest, &found));
    }
    assert!(wrong.is_empty(), "{oldest} and {newest}:\n{}", wrong.join("\n"));
}

/// The kind of a statement that `pg_dump` wrote: its leading key words, without names: `ALTER TABLE … ADD CONSTRAINT`.
fn statement_kind(sql: &str) -> Option<String> {
    let text: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let text = text.join(" ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_key_word = |word: &str| {
        let word = word.trim_end_matches(';');
        !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase())
    };
    let lead = words.iter().take_while(|word| is_key_word(word)).count();
    let first = words.first()?;
    let mut kind: Vec<&str> = words.iter().take(lead).copied().collect();
    // What an ALTER does stands behind the name; what a COMMENT, GRANT or REVOKE is about stands in front.
    if *first == "ALTER" {
        let rest: Vec<&str> =
            words.iter().skip(lead).skip_while(|word| !is_key_word(word)).copied().collect();
        let action = rest.iter().take_while(|word| is_key_word(word)).count();
        kind.push("\u{2026}");
        kind.extend(rest.iter().take(action));
    }
    if matches!(*first, "GRANT" | "REVOKE") {
        kind = vec![first];
        kind.extend(words.iter().skip_while(|w| **w != "ON").take_while(|w| is_key_word(w)));
    }
    (*first != "SET" && *first != "SELECT").then(|| kind.join(" ").trim_end_matches(';').to_owned())
}

#[test]
fn its_dump_is_in_sync_and_writes_no_other_statement() {
    let pg_dump = PgDump::find().unwrap();
    let mut statements = BTreeSet::new();
    let mut dumped = 0;
    let result = for_each_version(|server| -> Result<(), String> {
        // A server newer than the program refuses it; the test of the catalogs below is for every version.
        if server.major() > pg_dump.major() {
            return Ok(());
        }
        dumped += 1;
        let database = loaded(server);
        let dump = pg_dump.schema_only(&database).unwrap();
        for item in trueup_testkit::script::split(&dump) {
            if let trueup_testkit::script::Item::Statement { sql, .. } = item {
                statements.extend(statement_kind(sql));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dump.sql");
        std::fs::write(&file, dump).unwrap();
        let (found, matching) = check(&file, &database.url());
        assert!(matching > 250, "only {matching} objects match");
        all_well(compare("dump", server.major(), &found))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(dumped > 0, "pg_dump {} is older than every version tested", pg_dump.major());
    let path = fixtures_dir().join("every-kind/statements.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let list: Vec<&str> = statements.iter().map(String::as_str).collect();
        assert_golden(&path, &format!("{}\n", list.join("\n")));
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    let listed: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
    let new: Vec<&String> = statements.difference(&listed).collect();
    assert!(new.is_empty(), "pg_dump writes what {} does not list: {new:#?}", path.display());
}

/// The catalogs whose rows `pg_dump` never writes, or that only some clusters fill.
const NOT_OF_A_SCHEMA: &[&str] = &[
    // Belong to the whole cluster.
    "pg_authid",
    "pg_database",
    "pg_tablespace",
    "pg_parameter_acl",
    "pg_auth_members",
    // Data, not schema.
    "pg_largeobject_metadata",
];

#[test]
fn every_catalog_has_a_row_of_the_fixture() {
    let result = for_each_version(|server| -> Result<(), String> {
        let database = loaded(server);
        let catalogs = database
            .query_texts(
                "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
                 WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attname = 'oid' ORDER BY 1",
            )
            .unwrap();
        assert!(catalogs.len() > 30, "{catalogs:?}");
        let mut empty = Vec::new();
        for catalog in catalogs.into_iter().flatten().filter(|c| !NOT_OF_A_SCHEMA.contains(&c.as_str())) {
            let rows = database
                .query_texts(&format!("SELECT 1::text FROM pg_catalog.{catalog} WHERE oid >= 16384 LIMIT 1"))
                .unwrap();
            if rows.is_empty() {
                empty.push(format!("{}: {catalog} has no row of the fixture", server.major()));
            }
        }
        all_well(empty)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
