//! What planning takes beyond the check: judging every finding, then the plan and its file.
//!
//! `mixed`: 1,000 missing objects of all common kinds on a schema that has the rest; `empty`: all of 1,000 tables, with
//! what belongs to them; `renamed`: each of 1,000 tables missing beside one of another name, the worst case of looking for twins.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::time::Duration;
use trueup_catalog::{Catalog, ObjectKind};
use trueup_diff::Comparison;
use trueup_parser::{Options as ParseOptions, SourceFile, parse};
use trueup_repair::{Options, assess, plan};
use trueup_settle::{Settler, World};
use trueup_testkit::generated;

/// Kinds that the generated tables have none of.
fn more(number: usize) -> String {
    (0..number)
        .map(|i| {
            format!(
                "CREATE TYPE mood{i} AS ENUM ('sad', 'happy');
CREATE DOMAIN code{i} AS text CHECK (length(VALUE) < 9);
CREATE SEQUENCE numbers{i};
CREATE FUNCTION f{i}(a int) RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM t{i} WHERE id > a';
CREATE FUNCTION trg{i}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM f{i}(1); RETURN NEW; END';
CREATE TRIGGER audit BEFORE INSERT ON t{i} FOR EACH ROW EXECUTE FUNCTION trg{i}();
CREATE VIEW v{i} AS SELECT id, code, f{i}(1) AS n FROM t{i};
CREATE POLICY mine ON t{i} USING (owner_id > 0);
"
            )
        })
        .collect()
}

fn catalog(sql: &str) -> Catalog {
    let files = [SourceFile { name: "schema.sql".into(), text: sql.to_owned().into() }];
    parse(&files, &ParseOptions { server_version: 150_000, ambient: None }).catalog
}

/// Takes every eighth column, index and constraint away, and half of the others, until a thousand are missing.
fn without_some(full: &Catalog) -> Catalog {
    let mut live = full.clone();
    let mut taken = 0;
    for (i, (key, _)) in full.iter().enumerate() {
        let every = match key.kind {
            ObjectKind::Column | ObjectKind::Index | ObjectKind::Constraint => 13,
            ObjectKind::Table | ObjectKind::Schema => usize::MAX,
            _ => 2,
        };
        if i % every == 0 && taken < 1000 && key.name().as_str() != "id" {
            live.remove(key);
            taken += 1;
        }
    }
    assert_eq!(taken, 1000);
    live
}

fn compare(desired: &Catalog, live: &Catalog) -> Comparison {
    let world = |catalog| World::new(catalog, 15, &[]);
    let settler = Settler::new(world(desired), world(live));
    trueup_diff::compare(desired, live, &settler, &trueup_diff::Options::default())
}

fn benches(c: &mut Criterion) {
    let full = catalog(&(generated::schema(400) + &more(150)));
    let thousand = catalog(&generated::schema(1000));
    // The schema itself stays.
    let empty = catalog("CREATE TABLE other (a int)");
    let renamed = catalog(&generated::schema(1000).replace(" t", " old_").replace("(t", "(old_"));
    let mut group = c.benchmark_group("plan");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    for (name, desired, live) in [
        ("mixed-1000", &full, &without_some(&full)),
        ("empty-1000-tables", &thousand, &empty),
        ("renamed-1000-tables", &thousand, &renamed),
    ] {
        let mut comparison = compare(desired, live);
        let made = plan(desired, live, &comparison, &Options::default());
        println!(
            "{name}: {} findings, {} steps, {} left",
            comparison.drift.len(),
            made.steps.len(),
            made.left.len()
        );
        group.bench_function(BenchmarkId::new("assess", name), |b| {
            b.iter(|| assess(desired, live, &mut comparison))
        });
        let options = Options { allow: vec!["*".to_owned()] };
        group.bench_function(BenchmarkId::new("plan", name), |b| {
            b.iter(|| plan(desired, live, &comparison, &options))
        });
        let made = plan(desired, live, &comparison, &options);
        group.bench_function(BenchmarkId::new("file", name), |b| b.iter(|| made.to_sql()));
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
