//! Pairs of expressions and what settling makes of them; and that PostgreSQL agrees with what the pairs claim.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use trueup_catalog::{Catalog, DataType, Expr, ExprContext, Name, QualifiedName, SearchPath};
use trueup_settle::{Settler, Verdict, World};

const SCHEMA: &str = include_str!("expressions/schema.sql");
const PAIRS: &str = include_str!("expressions/pairs.txt");

struct Pair {
    line: usize,
    context: String,
    left: String,
    claim: &'static str,
    right: String,
}

fn pairs() -> Vec<Pair> {
    let mut out = Vec::new();
    for (index, line) in
        PAIRS.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split("  ").map(str::trim).filter(|field| !field.is_empty()).collect();
        let [context, left, claim, right] = fields.as_slice() else {
            panic!("pairs.txt:{}: four fields, apart by two blanks: {line}", index + 1)
        };
        let claim =
            ["==", "=~", "!=", "??"].into_iter().find(|known| known == claim).expect("a claim that is known");
        out.push(Pair {
            line: index + 1,
            context: (*context).into(),
            left: (*left).into(),
            claim,
            right: (*right).into(),
        });
    }
    out
}

fn catalog(major: u32) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "schema.sql".into(), text: SCHEMA.into() }];
    let parsed = trueup_parser::parse(
        &files,
        &trueup_parser::Options { server_version: major * 10_000, ambient: None },
    );
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.catalog
}

fn expr(sql: &str) -> Expr {
    let path: SearchPath = [Name::new("public")].into();
    Expr { sql: Arc::from(sql), search_path: path }
}

fn type_of(text: &str) -> DataType {
    trueup_syntax::type_name::parse_type(text).unwrap()
}

fn settle(settler: &Settler<'_>, pair: &Pair, left: &str, right: &str) -> Verdict {
    let table = QualifiedName::new("public", "box");
    let expected = match pair.context.strip_prefix("value ") {
        Some(ty) => type_of(ty),
        None => DataType::builtin("bool"),
    };
    let context = match pair.context.as_str() {
        "check" => ExprContext::relation(&table).expecting(&expected),
        _ => ExprContext::value_of(&expected),
    };
    settler.expr((&expr(left), context), (&expr(right), context))
}

#[test]
fn pairs_settle_as_claimed() {
    let mut wrong = Vec::new();
    for major in 13..=18 {
        let catalog = catalog(major);
        let settler = Settler::new(World::new(&catalog, major, &[]), World::new(&catalog, major, &[]));
        for pair in pairs() {
            if major == 13 && NOT_IN_13.iter().any(|text| pair.left.contains(text)) {
                continue;
            }
            for (left, right) in [(&pair.left, &pair.right), (&pair.right, &pair.left)] {
                let verdict = settle(&settler, &pair, left, right);
                let fits = match pair.claim {
                    "==" | "=~" => verdict == Verdict::Same,
                    "!=" => verdict == Verdict::Different,
                    _ => matches!(verdict, Verdict::CantTell(_)),
                };
                if !fits {
                    wrong.push(format!(
                        "{major} pairs.txt:{}: {left} {} {right}: {verdict:?}",
                        pair.line, pair.claim
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What 13 stores alike, since it keeps no trace of SQL's own syntax there.
const NOT_IN_13: &[&str] = &["extract(year", "trim(note)", "timezone('utc'", "substring(note from"];

/// What PostgreSQL prints for an expression, in its context; `None` where it refuses it.
fn stored(database: &trueup_testkit::TestDatabase<'_>, pair: &Pair, sql: &str) -> Option<String> {
    let make = match pair.context.strip_prefix("value ") {
        Some(ty) => format!("CREATE TABLE one (c {ty} DEFAULT {sql})"),
        None => format!("ALTER TABLE box ADD CONSTRAINT one CHECK ({sql})"),
    };
    let read = match pair.context.as_str() {
        "check" => "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'one'",
        _ => "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'one'::regclass",
    };
    let undo = match pair.context.as_str() {
        "check" => "ALTER TABLE box DROP CONSTRAINT one",
        _ => "DROP TABLE one",
    };
    database.run(&make).ok()?;
    let text = database.query_texts(read).unwrap().into_iter().next().flatten();
    database.run(undo).unwrap();
    text
}

/// PostgreSQL is the only authority: what the file claims must hold on servers, and what they print must settle as the
/// same as what was written.
#[test]
fn servers_agree() {
    trueup_testkit::for_each_version(|server| {
        let database = server.database()?;
        // The sessions that come have the settings that constants are read with.
        database.run(&format!(
            "ALTER DATABASE {0} SET timezone = 'UTC'; ALTER DATABASE {0} SET lc_monetary = 'C'",
            database.name()
        ))?;
        database.run(SCHEMA)?;
        let major = u32::from(server.major());
        let catalog = catalog(major);
        let settler = Settler::new(World::new(&catalog, major, &[]), World::new(&catalog, major, &[]));
        let mut wrong = Vec::new();
        for pair in pairs() {
            if major == 13 && NOT_IN_13.iter().any(|text| pair.left.contains(text)) {
                continue;
            }
            let (left, right) = (stored(&database, &pair, &pair.left), stored(&database, &pair, &pair.right));
            let claim_holds = match pair.claim {
                "==" => left.is_some() && left == right,
                "=~" | "!=" => left.is_some() && right.is_some() && left != right,
                _ => true,
            };
            if !claim_holds {
                wrong
                    .push(format!("{major} pairs.txt:{}: {}: {left:?} and {right:?}", pair.line, pair.claim));
            }
            for (written, text) in [(&pair.left, left), (&pair.right, right)] {
                let Some(text) = text else { continue };
                let verdict = settle(&settler, &pair, written, &text);
                if verdict == Verdict::Different {
                    wrong.push(format!("{major} pairs.txt:{}: {written} is stored as {text}", pair.line));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
