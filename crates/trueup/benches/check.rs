//! Where the time of a check goes: parse, introspect, compare, and the program as a whole.
//!
//! Two schemas: 1,000 generated tables, and the largest of the corpus where `../shared` (or `TRUEUP_SHARED`) is there.
//! Beside the whole check stands what the same catalog queries take in `psql`, where that is installed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use trueup_diff::{Options, compare};
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_parser::{Options as ParseOptions, SourceFile, parse};
use trueup_settle::{Settler, World};
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Server, generated, shared_dir};

struct Schema {
    name: &'static str,
    file: PathBuf,
}

fn schemas(directory: &std::path::Path) -> Vec<Schema> {
    let file = directory.join("generated.sql");
    std::fs::write(&file, generated::schema(1000)).unwrap();
    let mut schemas = vec![Schema { name: "generated-1000", file }];
    if let Some(shared) = shared_dir() {
        let file = shared.join("corpus/schemas/gitlab-18.9/structure.sql");
        if file.is_file() {
            schemas.push(Schema { name: "gitlab-18.9", file });
        }
    }
    schemas
}

fn benches(c: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::shared(DEFAULT_MAJOR).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let version = u32::from(DEFAULT_MAJOR) * 10_000;
    let mut group = c.benchmark_group("check");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(8));
    for schema in schemas(directory.path()) {
        let database = server.database().unwrap();
        database.run_file(&schema.file).unwrap();
        database.run("VACUUM ANALYZE").unwrap();
        let url = database.url();

        let text = std::fs::read_to_string(&schema.file).unwrap();
        let files = [SourceFile { name: "schema.sql".into(), text: text.into() }];
        let options = ParseOptions { server_version: version, ambient: None };
        group.bench_function(BenchmarkId::new("parse", schema.name), |b| b.iter(|| parse(&files, &options)));

        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = runtime.block_on(connect(&config)).unwrap();
        let read = || runtime.block_on(read_pg_catalog(&connected, &ReadOptions::default())).unwrap();
        group.bench_function(BenchmarkId::new("introspect", schema.name), |b| b.iter(read));

        let (desired, live) = (parse(&files, &options).catalog, read());
        group.bench_function(BenchmarkId::new("compare", schema.name), |b| {
            b.iter(|| {
                let world = |catalog| World::new(catalog, u32::from(DEFAULT_MAJOR), &[]);
                let settler = Settler::new(world(&desired), world(&live));
                compare(&desired, &live, &settler, &Options::default())
            });
        });

        group.bench_function(BenchmarkId::new("whole", schema.name), |b| {
            b.iter(|| {
                let status = Command::new(env!("CARGO_BIN_EXE_trueup"))
                    .args(["check", "--live", &url, "--desired"])
                    .arg(&schema.file)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
                assert_ne!(status.code(), None, "killed");
            });
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
