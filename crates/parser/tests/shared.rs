//! The shared list of DDL variants beside the checkout (`../shared`, or `TRUEUP_SHARED`): every one that PostgreSQL accepts must be read.
//! Run by `make corpus`: `cargo test -p trueup-parser --test shared -- --ignored`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use trueup_parser::{Options, SourceFile, parse};

fn shared() -> PathBuf {
    std::env::var_os("TRUEUP_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// The variants that PostgreSQL's own parser refuses.
fn refused() -> Vec<String> {
    let text = std::fs::read_to_string(shared().join("statements/sqlparser_0.63.tsv")).unwrap();
    let rejected = text.lines().filter_map(|line| line.strip_prefix("PGREJ\t"));
    rejected.filter_map(|line| line.split('\t').nth(1)).map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the shared corpus"]
fn every_variant_of_ddl_is_understood() {
    let text = std::fs::read_to_string(shared().join("statements/ddl_matrix.txt")).unwrap();
    let refused = refused();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (major, sql) = match line.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
            Some((major, sql)) => (major.parse().unwrap(), sql),
            None => (17, line),
        };
        if refused.iter().any(|other| other == sql) {
            continue;
        }
        count += 1;
        let file = SourceFile { name: Arc::from("matrix.sql"), text: Arc::from(sql) };
        let parsed = parse(&[file], &Options { server_version: major * 10_000, ambient: None });
        // Each stands alone: that what it names is not there (S104), or that PostgreSQL would refuse it, is no matter of reading.
        let unread =
            |d: &&trueup_parser::Diagnostic| d.code == "S101" || (d.code == "S102" && d.sqlstate.is_none());
        for problem in parsed.diagnostics.iter().filter(unread) {
            wrong.push(format!("{} {}: {sql}", problem.code, problem.message));
        }
    }
    println!("{count} variants, {} not understood", wrong.len());
    assert!(count > 450, "only {count} variants");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
