//! How long reading a schema of 1,000 tables takes, beside its queries alone.
//!
//! `cargo bench -p trueup-introspect`. Afterwards it prints how long the server took for each query.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use trueup_introspect::{ConnectConfig, Connected, Environment, ReadOptions, catalog_queries, connect};
use trueup_introspect::{read_information_schema, read_pg_catalog};
use trueup_testkit::{Server, generated};

const TABLES: usize = 1_000;

async fn open(url: &str) -> Connected {
    let environment = Environment::new(Vec::<(String, String)>::new(), Some("postgres".to_owned()));
    connect(&ConnectConfig::parse(url, &environment).unwrap()).await.unwrap()
}

/// The queries one after the other, their rows thrown away: what a person would wait for in psql.
async fn queries_alone(url: &str) -> Vec<(&'static str, Duration)> {
    let connected = open(url).await;
    let client = &connected.client;
    let begin =
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; SET LOCAL jit = off";
    client.batch_execute(begin).await.unwrap();
    let mut times = Vec::new();
    for (what, sql) in catalog_queries(connected.version).unwrap() {
        let start = Instant::now();
        client.simple_query(&sql).await.unwrap();
        times.push((what, start.elapsed()));
    }
    times
}

fn benches(c: &mut Criterion) {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(&generated::schema(TABLES)).unwrap();
    database.run("VACUUM ANALYZE").unwrap();
    let url = database.url();
    let runtime = Runtime::new().unwrap();
    let options = ReadOptions::default();
    let mut group = c.benchmark_group("1,000 tables");
    group.sample_size(10);
    group.bench_function("pg_catalog queries alone", |b| b.iter(|| runtime.block_on(queries_alone(&url))));
    group.bench_function("pg_catalog, connecting included", |b| {
        b.iter(|| runtime.block_on(async { read_pg_catalog(&open(&url).await, &options).await.unwrap() }));
    });
    group.bench_function("information_schema, connecting included", |b| {
        b.iter(|| {
            runtime.block_on(async { read_information_schema(&open(&url).await, &options).await.unwrap() })
        });
    });
    group.finish();
    let mut times = runtime.block_on(queries_alone(&url));
    times.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    println!("slowest queries:");
    for (what, time) in times.iter().take(8) {
        println!("{:>8.1} ms  {what}", time.as_secs_f64() * 1e3);
    }
}

criterion_group!(introspect, benches);
criterion_main!(introspect);
