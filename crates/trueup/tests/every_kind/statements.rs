//! Which kind a statement of `pg_dump` is.

use std::collections::BTreeSet;
use trueup_testkit::cases::fixtures_dir;
use trueup_testkit::script::{Item, split};

/// The kind of a statement that `pg_dump` wrote: its leading key words, without names: `ALTER TABLE … ADD CONSTRAINT`.
fn kind(sql: &str) -> Option<String> {
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
    if *first == "SET" || *first == "RESET" {
        // `SET default_tablespace = a`, `SET SESSION AUTHORIZATION a`.
        kind = words.iter().take(2).copied().collect();
    }
    (*first != "SELECT").then(|| kind.join(" ").trim_end_matches(';').to_owned())
}

/// The kinds of all statements of a dump.
pub(crate) fn kinds(dump: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in split(dump) {
        match item {
            Item::Statement { sql, .. } => found.extend(kind(sql)),
            Item::Copy { sql, .. } => panic!("rows in a dump of the schema: {sql}"),
            // `\restrict`
            Item::Backslash { .. } => {}
        }
    }
    found
}

/// What is written and not in `statements.txt`; `UPDATE_GOLDEN=1` writes the list.
pub(crate) fn unlisted(written: &BTreeSet<String>) -> Vec<String> {
    let path = fixtures_dir().join("every-kind/statements.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let list: Vec<&str> = written.iter().map(String::as_str).collect();
        trueup_testkit::assert_golden(&path, &format!("{}\n", list.join("\n")));
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    let listed: BTreeSet<&str> = listed.lines().collect();
    written.iter().filter(|kind| !listed.contains(kind.as_str())).cloned().collect()
}
