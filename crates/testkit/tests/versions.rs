//! A few schemas of the shared data on the oldest and the newest version that are tested; `make versions` runs over all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::Command;
use trueup_testkit::{shared_dir, test_versions};

const ENTRIES: &[&str] = &[
    "schemas/ejabberd",
    "cases/pg-schema-diff/data_packing_create_partitioned_table_with_shared_primary_key_and_rls_enabled_globally",
    "cases/pg-schema-diff/index_add_a_primary_key_when_the_index_alrea",
    "cases/sqldef/constraints_parseallanycheckconstraint",
];

#[test]
fn schemas_are_in_sync_between_versions() {
    // Without the data there is a line on standard error.
    if shared_dir().is_none() {
        return;
    }
    let versions = test_versions().unwrap();
    let (oldest, newest) = (versions.iter().min().unwrap(), versions.iter().max().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_corpus"))
        .args(["--major", &oldest.to_string(), "--with", &newest.to_string()])
        .arg("--results")
        .arg(folder.path().join("results.tsv"))
        .arg("--details")
        .arg(folder.path().join("details"))
        .args(ENTRIES)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut checked = 0;
    // `in-sync 13-18 0.40 4.0 schemas/…`; the totals below name entries too.
    let ways = [format!("{oldest}-{newest}"), format!("{newest}-{oldest}")];
    for line in text
        .lines()
        .filter(|line| line.split_whitespace().nth(1).is_some_and(|way| ways.iter().any(|w| w == way)))
    {
        assert!(line.starts_with("in-sync"), "{line}");
        checked += 1;
    }
    assert!(checked >= 2 * ENTRIES.len(), "not every entry ran both ways: {text}");
}
