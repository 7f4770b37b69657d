//! The shared data beside the checkout (`../shared`, or `TRUEUP_SHARED`): real schemas, written and stored expressions, DDL variants.
//! Run by `make corpus`: `cargo test -p trueup-syntax --test shared -- --ignored`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use trueup_syntax::{Cursor, Item, ItemKind, decode_utf8, parse_expr, parse_query, split, tokenize};

fn shared() -> PathBuf {
    std::env::var_os("TRUEUP_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

fn sql_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sql_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "sql") {
            out.push(path);
        }
    }
}

#[test]
#[ignore = "needs the shared corpus"]
fn splits_and_tokenizes_every_schema() {
    let mut files = vec![];
    sql_files(&shared().join("corpus"), &mut files);
    assert!(!files.is_empty());
    let (mut bytes, mut statements, mut tokens, mut failed) = (0, 0, 0, vec![]);
    let (mut splitting, mut tokenizing) = (0.0, 0.0);
    for path in &files {
        let content = std::fs::read(path).unwrap();
        let text = match decode_utf8(&content) {
            Ok(text) => text,
            Err(error) => {
                println!("{}: {error}", path.display());
                continue;
            }
        };
        bytes += text.len();
        let start = Instant::now();
        let items: Vec<Item> = split(text);
        splitting += start.elapsed().as_secs_f64();
        let start = Instant::now();
        for item in &items {
            match &item.kind {
                ItemKind::Statement => match Cursor::new(text, item.range.clone()) {
                    Ok(cursor) => {
                        statements += 1;
                        let mut cursor = cursor;
                        while cursor.next_token().is_some() {
                            tokens += 1;
                        }
                    }
                    Err(error) => {
                        failed.push(format!("{}:{}: {error}", path.display(), error.line_column(text).0))
                    }
                },
                ItemKind::Error(error) => {
                    failed.push(format!("{}:{}: {error}", path.display(), error.line_column(text).0))
                }
                ItemKind::PsqlMeta { .. } | ItemKind::CopyData => {}
            }
        }
        tokenizing += start.elapsed().as_secs_f64();
    }
    let mb = bytes as f64 / 1e6;
    println!(
        "{} files, {mb:.1} MB, {statements} statements, {tokens} tokens; splitting {:.0} MB/s, tokenizing {:.0} MB/s",
        files.len(),
        mb / splitting,
        mb / tokenizing
    );
    // One migration of the corpus ends with the `$$` of a DO block whose start is missing.
    failed.retain(|f| !f.contains("2021-02-24-051050_dds_remove_unused_columns/down.sql:4"));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
#[ignore = "needs the shared corpus"]
fn tokenizes_every_variant_of_ddl() {
    let text = std::fs::read_to_string(shared().join("statements/ddl_matrix.txt")).unwrap();
    let mut count = 0;
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let items = split(line);
        assert_eq!(items.len(), 1, "{line}");
        assert!(tokenize(items[0].text).is_ok(), "{line}");
        count += 1;
    }
    assert!(count > 400);
}

/// Statements that hold a query after AS.
fn view_query(statement: &str) -> Option<&str> {
    let mut cursor = Cursor::of(statement).ok()?;
    while !cursor.accept("as") {
        cursor.next_token()?;
    }
    Some(cursor.query().unwrap_or_else(|e| panic!("{e}: {statement}")).text)
}

#[test]
#[ignore = "needs the shared corpus"]
fn parses_written_and_stored_expressions() {
    let text = std::fs::read_to_string(shared().join("expressions/pairs.jsonl")).unwrap();
    let (mut count, mut failed) = (0, vec![]);
    for line in text.lines() {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| pair.get(name).and_then(|v| v.as_str());
        let kind = field("kind").unwrap();
        let mut queries = vec![];
        let mut exprs = vec![];
        match kind {
            "view" | "matview" => {
                queries.extend([field("stored15"), field("stored18")].into_iter().flatten());
                let written = field("written").unwrap();
                match std::panic::catch_unwind(|| view_query(written)) {
                    Ok(Some(query)) => queries.push(query),
                    _ => failed.push(written.to_owned()),
                }
            }
            "default" | "check" | "generated" | "index_predicate" | "policy_using" | "policy_check"
            | "trigger_when" | "domain_check" => {
                exprs.extend(field("expression"));
                for stored in [field("stored15"), field("stored18")].into_iter().flatten() {
                    let check = stored.strip_prefix("CHECK ").unwrap_or(stored);
                    exprs.push(check.trim_end_matches(" NOT VALID").trim_end_matches(" NO INHERIT"));
                }
            }
            _ => continue,
        }
        for query in queries {
            count += 1;
            if let Err(error) = parse_query(query) {
                failed.push(format!("{error}: {query}"));
            }
        }
        for expr in exprs {
            count += 1;
            if let Err(error) = parse_expr(expr) {
                failed.push(format!("{kind} {error}: {expr}"));
            }
        }
    }
    println!("{count} expressions and queries, {} not read\n{}", failed.len(), failed.join("\n"));
    // CYCLE has no place in sqlparser's AST.
    assert!(failed.len() <= 3);
}
