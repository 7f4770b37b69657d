//! Settling measured over the shared expressions, where they are there: what people write against what PostgreSQL stores.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use serde_json::Value as Json;
use trueup_catalog::{Catalog, DataType, Expr, ExprContext, Name, QualifiedName, SearchPath, Value};
use trueup_settle::{Settler, Verdict, World};

const MAJOR: u32 = 15;

fn lines(file: &str) -> Option<Vec<Json>> {
    let text = std::fs::read_to_string(trueup_testkit::shared_dir()?.join("expressions").join(file)).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn catalog(sql: &str) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "setup.sql".into(), text: sql.into() }];
    trueup_parser::parse(&files, &trueup_parser::Options { server_version: MAJOR * 10_000, ambient: None })
        .catalog
}

fn expr(sql: &str) -> Expr {
    let path: SearchPath = [Name::new("public")].into();
    Expr { sql: Arc::from(sql), search_path: path }
}

fn expressions<'a>(value: &Value<'a>, out: &mut Vec<(&'a Expr, ExprContext<'a>)>) {
    match value {
        Value::Expr(expr, context) => out.push((expr, *context)),
        Value::List(items) | Value::Set(items) => items.iter().for_each(|item| expressions(item, out)),
        Value::Record(fields) => fields.iter().for_each(|(_, item)| expressions(item, out)),
        _ => {}
    }
}

fn all(catalog: &Catalog) -> Vec<(&Expr, ExprContext<'_>)> {
    let mut out = Vec::new();
    for (_, entry) in catalog.iter() {
        for attribute in trueup_catalog::SchemaObject::attributes(&entry.object) {
            expressions(&attribute.value, &mut out);
        }
    }
    out
}

/// `CHECK ((a > 0)) NOT VALID` without its dress.
fn bare(stored: &str) -> &str {
    let inner = stored.strip_prefix("CHECK (").unwrap_or(stored);
    let inner = inner.strip_suffix(" NOT VALID").unwrap_or(inner);
    if inner.len() < stored.len() { inner.strip_suffix(')').unwrap_or(inner) } else { inner }
}

#[test]
fn what_is_written_settles_with_what_is_stored() {
    let Some(pairs) = lines("pairs.jsonl") else { return };
    let (mut same, mut different, mut open) = (0, Vec::new(), 0);
    for pair in pairs {
        let kind = pair["kind"].as_str().unwrap();
        let plain = [
            "default",
            "check",
            "generated",
            "index_predicate",
            "domain_check",
            "policy_using",
            "policy_check",
        ];
        let (Some(written), Some(stored)) = (pair["expression"].as_str(), pair["stored15"].as_str()) else {
            continue;
        };
        if !plain.contains(&kind) {
            continue;
        }
        let desired =
            catalog(&format!("{};\n{};", pair["setup"].as_str().unwrap(), pair["written"].as_str().unwrap()));
        let settler = Settler::new(World::new(&desired, MAJOR, &[]), World::new(&desired, MAJOR, &[]));
        let Some((_, context)) = all(&desired).into_iter().find(|(e, _)| *e.sql == *written.trim()) else {
            continue;
        };
        match settler.expr((&expr(written), context), (&expr(bare(stored)), context)) {
            Verdict::Same => same += 1,
            Verdict::Different => different.push(format!("{}: {written} / {stored}", pair["id"])),
            Verdict::CantTell(_) => open += 1,
        }
    }
    let total = same + different.len() + open;
    println!("written and stored: {same} of {total} same, {open} can't tell, different: {different:#?}");
    assert!(total > 600, "only {total} pairs were found in their catalogs");
    assert!(same * 100 >= total * 94, "{same} of {total}");
    assert!(different.len() * 200 <= total, "{different:#?}");
}

#[test]
fn what_is_not_equal_is_never_the_same() {
    let Some(pairs) = lines("never_equal.jsonl") else { return };
    let mut wrong = Vec::new();
    let mut compared = 0;
    for pair in pairs {
        let read = |key: &str| {
            catalog(&format!("{};\n{};", pair["setup"].as_str().unwrap(), pair[key].as_str().unwrap()))
        };
        let (a, b) = (read("a"), read("b"));
        let settler = Settler::new(World::new(&a, MAJOR, &[]), World::new(&b, MAJOR, &[]));
        let (left, right) = (all(&a), all(&b));
        let changed: Vec<_> = left.iter().zip(&right).filter(|(l, r)| l.0 != r.0).collect();
        if left.len() != right.len() || changed.is_empty() {
            // Another attribute than an expression tells the two apart.
            continue;
        }
        compared += 1;
        if changed.iter().all(|(l, r)| settler.expr(**l, **r) == Verdict::Same) {
            wrong.push(format!("{}: {} / {}", pair["id"], pair["a"], pair["b"]));
        }
    }
    assert!(compared > 120, "only {compared} pairs were compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn look_alikes_with_other_results_are_never_the_same() {
    let Some(pairs) = lines("false_equal.jsonl") else { return };
    let text = std::fs::read_to_string(
        trueup_testkit::shared_dir().unwrap().join("expressions/false_equal.context.json"),
    )
    .unwrap();
    let context: Json = serde_json::from_str(&text).unwrap();
    let catalog = catalog(context["base_ddl"].as_str().unwrap());
    let settler = Settler::new(World::new(&catalog, MAJOR, &[]), World::new(&catalog, MAJOR, &[]));
    let (table, bool) = (QualifiedName::new("public", "t"), DataType::builtin("bool"));
    let context = ExprContext::relation(&table).expecting(&bool);
    for pair in pairs.iter().filter(|pair| pair["differs_on"].as_str().is_some_and(|rows| !rows.is_empty())) {
        let (a, b) = (expr(pair["a"].as_str().unwrap()), expr(pair["b"].as_str().unwrap()));
        assert_ne!(settler.expr((&a, context), (&b, context)), Verdict::Same, "{pair}");
    }
}
