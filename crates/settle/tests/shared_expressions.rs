//! Settling measured over the shared expressions, where they are there: what people write against what PostgreSQL stores.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use trueup_catalog::{
    Catalog, DataType, Expr, ExprContext, Name, QualifiedName, SchemaObject, SearchPath, Value, View,
};
use trueup_settle::{Settler, Verdict, World};

const MAJOR: u32 = 15;

/// How many of all pairs settle by rules alone, at least.
const SAME_PERCENT: usize = 99;

fn lines(file: &str) -> Option<Vec<Json>> {
    let text = std::fs::read_to_string(trueup_testkit::shared_dir()?.join("expressions").join(file)).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn catalog(sql: &str) -> Catalog {
    catalog_of(MAJOR, sql)
}

fn catalog_of(major: u32, sql: &str) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "setup.sql".into(), text: sql.into() }];
    trueup_parser::parse(&files, &trueup_parser::Options { server_version: major * 10_000, ambient: None })
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
        for attribute in entry.object.attributes() {
            expressions(&attribute.value, &mut out);
        }
    }
    out
}

/// `CHECK ((a > 0)) NOT VALID` without its dress; what follows the parentheses stands in the written statement as well.
fn bare(stored: &str) -> &str {
    let inner = stored.strip_prefix("CHECK (").unwrap_or(stored);
    let inner = inner.strip_suffix(" NOT VALID").unwrap_or(inner);
    let inner = inner.strip_suffix(" NO INHERIT").unwrap_or(inner);
    if inner.len() < stored.len() { inner.strip_suffix(')').unwrap_or(inner) } else { inner }
}

/// Where `part` stands by itself in `text`: not inside a longer word.
fn stands_at(text: &str, part: &str) -> Option<usize> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (starts, ends) = (word(part.chars().next()), word(part.chars().last()));
    text.rmatch_indices(part).map(|(at, _)| at).find(|at| {
        !(starts && word(text[..*at].chars().last()) || ends && word(text[at + part.len()..].chars().next()))
    })
}

/// The statement of a pair with what PostgreSQL stores in the place of what was written.
fn stored_statement(pair: &Json, desired: &Catalog, stored: &str, major: u32) -> Option<String> {
    let written = pair["written"].as_str().unwrap();
    if let ("default", None) = (pair["kind"].as_str().unwrap(), pair["expression"].as_str()) {
        // The default of a serial column, which no word of the statement is.
        return desired.iter().find_map(|(_, entry)| {
            let column =
                trueup_catalog::Column::of(&entry.object).filter(|column| column.default.is_some())?;
            let (table, name) = (&column.table, &column.name);
            Some(format!("{written}; ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {stored}"))
        });
    }
    if let (Some(arguments), Some(end)) = (pair[format!("def{major}")].as_str(), written.find(") RETURNS")) {
        return Some(format!("{}({arguments}{}", &written[..written.find('(')?], &written[end..]));
    }
    if written.starts_with("CREATE RECURSIVE VIEW") {
        let (_, entry) = desired.of_kind(trueup_catalog::ObjectKind::View).next()?;
        return Some(format!("CREATE VIEW {} AS {stored}", View::of(&entry.object)?.name));
    }
    let (part, stored) = match pair["kind"].as_str().unwrap() {
        "index" | "rule" | "statistics" => return Some(stored.to_owned()),
        "view" | "matview" => {
            let query = desired.iter().find_map(|(_, entry)| {
                let attributes = entry.object.attributes();
                attributes.iter().find_map(|attribute| match &attribute.value {
                    Value::Query(query, _) if written.contains(&*query.sql) => Some(query.sql.clone()),
                    _ => None,
                })
            })?;
            (query.to_string(), stored.trim_end().trim_end_matches(';').to_owned())
        }
        "exclusion" | "partition_key" | "partition_bound" => {
            (pair["expression"].as_str()?.to_owned(), stored.to_owned())
        }
        "default" | "check" | "generated" | "index_predicate" | "policy_using" | "policy_check"
        | "function_default" | "trigger_when" | "domain_check" => {
            (pair["expression"].as_str()?.trim().to_owned(), format!("({})", bare(stored)))
        }
        kind => panic!("a new kind of pairs: {kind}"),
    };
    let at = stands_at(written, &part)?;
    Some(format!("{}{stored}{}", &written[..at], &written[at + part.len()..]))
}

/// Same, different, can't tell and unread, of one kind.
#[derive(Default)]
struct Count {
    same: usize,
    different: usize,
    open: usize,
    unread: usize,
}

impl Count {
    fn total(&self) -> usize {
        self.same + self.different + self.open + self.unread
    }
}

/// Compares whole objects, so that what isn't an expression (an operator class, a bound) counts as well.
fn measure(major: u32) {
    let Some(pairs) = lines("pairs.jsonl") else { return };
    let mut table: BTreeMap<String, Count> = BTreeMap::new();
    let mut notes = Vec::new();
    for pair in pairs {
        let Some(stored) = pair[format!("stored{major}")].as_str() else { continue };
        let setup = pair["setup"].as_str().unwrap();
        let count = table.entry(pair["kind"].as_str().unwrap().to_owned()).or_default();
        let desired = catalog_of(major, &format!("{setup};\n{};", pair["written"].as_str().unwrap()));
        let Some(statement) = stored_statement(&pair, &desired, stored, major) else {
            count.unread += 1;
            notes.push(format!("{} unread: {}", pair["id"], pair["written"]));
            continue;
        };
        let before = catalog_of(major, setup);
        let settler = Settler::new(World::new(&desired, major, &[]), World::new(&before, major, &[]));
        if trueup_diff::compare(&desired, &before, &settler, &trueup_diff::Options::default())
            .drift
            .is_empty()
        {
            // Nothing was read that could be compared.
            count.unread += 1;
            notes.push(format!("{} unread: {}", pair["id"], pair["written"]));
            continue;
        }
        let live = catalog_of(major, &format!("{setup};\n{statement};"));
        let settler = Settler::new(World::new(&desired, major, &[]), World::new(&live, major, &[]));
        let result = trueup_diff::compare(&desired, &live, &settler, &trueup_diff::Options::default());
        if !result.drift.is_empty() {
            count.different += 1;
            notes.push(format!("{} different: {} / {statement}", pair["id"], pair["written"]));
        } else if !result.undecided.is_empty() {
            count.open += 1;
            let why: Vec<_> = result.undecided.iter().map(|finding| format!("{finding:?}")).collect();
            notes.push(format!("{} can't tell: {} / {statement}: {why:?}", pair["id"], pair["written"]));
        } else {
            count.same += 1;
        }
    }
    println!("written, and stored by {major}: same, different, can't tell, unread, of all");
    for (kind, count) in &table {
        let Count { same, different, open, unread } = count;
        println!("{kind:16} {same:5} {different:4} {open:4} {unread:4} {:5}", count.total());
    }
    println!("{}", notes.join("\n"));
    let sum = |of: fn(&Count) -> usize| table.values().map(of).sum::<usize>();
    let (same, total) = (sum(|c| c.same), sum(Count::total));
    println!("{same} of {total} same");
    assert!(total > 950, "only {total} pairs were compared");
    assert!(same * 100 >= total * SAME_PERCENT, "{same} of {total}");
}

#[test]
fn what_is_written_settles_with_what_15_stores() {
    measure(15);
}

#[test]
fn what_is_written_settles_with_what_18_stores() {
    measure(18);
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
