//! Reading, planning and applying, for the tests against real servers.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use trueup_catalog::{Catalog, SchemaObject};
use trueup_diff::{Comparison, Policy};
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_repair::{Options, Plan};
use trueup_settle::{Settler, World};
use trueup_testkit::{TestDatabase, block_on};

/// The catalog of a database.
pub fn read(database: &TestDatabase<'_>) -> Catalog {
    let url = database.url();
    block_on(async move {
        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = connect(&config).await.unwrap();
        read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap()
    })
    .unwrap()
}

/// What differs between two catalogs, and what to do about it.
pub fn compare(desired: &Catalog, live: &Catalog) -> Comparison {
    compare_of(desired, live, Policy::Stated)
}

/// The same with or without owners.
pub fn compare_of(desired: &Catalog, live: &Catalog, owners: Policy) -> Comparison {
    let major = live.major_version().unwrap();
    let settler = Settler::new(World::new(desired, major, &[&live.ambient]), World::new(live, major, &[]));
    let mut comparison = trueup_diff::compare(
        desired,
        live,
        &settler,
        &trueup_diff::Options { all_schemas: true, owners, ..Default::default() },
    );
    trueup_repair::assess(desired, live, &mut comparison);
    comparison
}

/// The plan from one catalog to another.
pub fn plan(desired: &Catalog, live: &Catalog, allow: &[&str]) -> (Comparison, Plan) {
    let comparison = compare(desired, live);
    let options = Options { allow: allow.iter().map(|s| (*s).to_owned()).collect() };
    let plan = trueup_repair::plan(desired, live, &comparison, &options);
    (comparison, plan)
}

/// The plan with all consent, with or without owners.
pub fn plan_of(desired: &Catalog, live: &Catalog, owners: Policy) -> (Comparison, Plan) {
    let comparison = compare_of(desired, live, owners);
    let options = Options { allow: vec!["*".to_owned()] };
    let plan = trueup_repair::plan(desired, live, &comparison, &options);
    (comparison, plan)
}

/// The objects of two catalogs that differ, one line each.
pub fn differences(desired: &Catalog, live: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, entry) in desired.iter() {
        match live.get(key) {
            None => lines.push(format!("- {} {key}", key.kind)),
            Some(other) => {
                if entry.comment != other.comment {
                    lines.push(format!("~ {} {key}: comment", key.kind));
                }
                let (d, l) = (entry.object.attributes(), other.object.attributes());
                for (d, l) in d.iter().zip(&l) {
                    let (a, b) = (format!("{:?}", d.value), format!("{:?}", l.value));
                    if a != b {
                        lines.push(format!("~ {} {key}: {}: {a} became {b}", key.kind, d.name));
                    }
                }
            }
        }
    }
    lines.extend(live.iter().filter(|(k, _)| !desired.contains(k)).map(|(k, _)| format!("+ {} {k}", k.kind)));
    lines
}
