//! Locks, rewrites and refusals that preflight tells, against those that were measured on PostgreSQL 13 to 18
//! (`../shared/safety/ddl_locks.json`: some 390 statements, each on six servers).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trueup_catalog::Catalog;
use trueup_parser::{Options, SourceFile, parse};
use trueup_preflight::{Effect, Forecast, StepOutcome, forecast};

/// What the measured statements are about. The data tells names and results; how its tables were made follows from these.
const FIXTURE: &str = r#"
CREATE TYPE mood AS ENUM ('bad', 'ok', 'good');
CREATE TYPE comp AS (x int, y text);
CREATE DOMAIN d_plain AS int;
CREATE DOMAIN d_check AS int CHECK (VALUE > 0);
CREATE DOMAIN d_notnull AS int NOT NULL;
CREATE SEQUENCE s1;
CREATE FUNCTION f_vol() RETURNS int LANGUAGE sql VOLATILE AS 'select 1';
CREATE FUNCTION f_stable() RETURNS int LANGUAGE sql STABLE AS 'select 1';
CREATE FUNCTION f_imm(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'select $1';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TABLE ref (id int PRIMARY KEY, k int UNIQUE);
CREATE TABLE t (
    id int PRIMARY KEY, a int, b text, c varchar(20), r int, nn int NOT NULL, n numeric(10,2), ch char(10),
    cidx varchar(20), cchk varchar(20) CHECK (cchk <> 'x'), ts timestamp(3), ts0 timestamp, tz timestamptz(3), tm time(3), iv interval(3),
    ip cidr, vb varbit(8), m money, j json, arr varchar(10)[], dom d_plain, rng int4range);
CREATE INDEX t_cidx ON t (cidx);
CREATE TABLE empty_t (a int);
CREATE TABLE nokey (id int NOT NULL, a int);
CREATE TABLE domt (x d_plain);
CREATE TABLE par (id int NOT NULL, a int, r int) PARTITION BY RANGE (id);
CREATE TABLE par_1 PARTITION OF par FOR VALUES FROM (1) TO (20001);
CREATE TABLE par_2 PARTITION OF par FOR VALUES FROM (20001) TO (40001);
CREATE TABLE pard (id int NOT NULL, a int, r int) PARTITION BY RANGE (id);
CREATE TABLE pard_1 PARTITION OF pard FOR VALUES FROM (1) TO (20001);
CREATE TABLE pard_def PARTITION OF pard DEFAULT;
CREATE TABLE pref (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE pref_1 PARTITION OF pref FOR VALUES FROM (1) TO (10001);
CREATE TABLE pref_2 PARTITION OF pref FOR VALUES FROM (10001) TO (20001);
CREATE TABLE cand (id int NOT NULL, a int, r int);
CREATE TABLE cand2 (id int NOT NULL, a int, r int);
CREATE TABLE inhp (id int, a int);
CREATE TABLE inhc () INHERITS (inhp);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW v_b AS SELECT id, b FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t;
CREATE UNIQUE INDEX mv_u ON mv (id);
CREATE PUBLICATION pub0;
"#;

/// What some statements are about that the fixture can't have: extensions' types, settings of the measuring session.
const LEFT_OUT: &[&str] = &[
    "citext",
    " ct ",
    "gist",
    "gin_trgm_ops",
    "EXTENSION",
    "d_default",
    "d_text",
    "app_role",
    "FROM ref DEFERRABLE",
];

/// What preflight tells otherwise, and why that is right.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "DEFAULT f_vol()",
        "PostgreSQL looks into the body of an SQL function; preflight takes its word for what it is",
    ),
    (
        "ts0 TYPE timestamptz",
        "whether the rows stay as they are hangs on the session's time zone: the worse is told",
    ),
    ("tz TYPE timestamp", "the same"),
    ("b COLLATE \"C\" AS b", "collations of a query's columns are not followed"),
];

fn catalog(files: &[&str], major: u32) -> Catalog {
    let files: Vec<SourceFile> = files.iter().map(|text| file(text)).collect();
    parse(&files, &options(major)).catalog
}

fn file(text: &str) -> SourceFile {
    SourceFile { name: Arc::from("statement.sql"), text: Arc::from(text) }
}

fn options(major: u32) -> Options<'static> {
    Options { server_version: major * 10_000, ambient: None }
}

const ORDER: &[&str] = &[
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// From here on a lock makes others wait: what is weaker is in nobody's way.
const BLOCKS: usize = 4;

fn strength(mode: &str) -> usize {
    ORDER.iter().position(|known| *known == mode).unwrap_or_else(|| panic!("{mode}"))
}

/// Tables and views with their locks, as preflight tells them.
fn told(forecast: &Forecast) -> (BTreeMap<String, usize>, BTreeSet<String>) {
    let (mut locks, mut rewritten) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    for effect in forecast.statements.iter().flat_map(|statement| &statement.effects) {
        match effect {
            Effect::Rewrites { table, .. } => {
                rewritten.insert(table.name.to_string());
            }
            Effect::Blocks(blocking) => {
                let mode = strength(blocking.lock.mode.catalog_name());
                let held = locks.entry(blocking.lock.on.name.to_string()).or_default();
                *held = (*held).max(mode);
            }
            Effect::Destroys(_) | Effect::MayFail(_) => {}
        }
    }
    (locks, rewritten)
}

#[test]
fn locks_and_rewrites_are_the_measured_ones() {
    let Some(shared) = trueup_testkit::shared_dir() else { return };
    let text = std::fs::read_to_string(shared.join("safety/ddl_locks.json")).unwrap();
    let data: Value = serde_json::from_str(&text).unwrap();
    let (mut wrong, mut held, mut left_out, mut differing) = (BTreeMap::<String, Vec<u32>>::new(), 0, 0, 0);
    for op in data["ops"].as_array().unwrap() {
        let sql = op["sql"].as_str().unwrap();
        let setup: Vec<String> =
            op["setup"].as_array().unwrap().iter().map(|s| format!("{};", s.as_str().unwrap())).collect();
        let setup = setup.join("\n");
        if LEFT_OUT.iter().any(|word| format!("{sql} {setup}").contains(word)) {
            left_out += 1;
            continue;
        }
        let otherwise =
            OTHERWISE.iter().find(|(part, _)| sql.ends_with(part) || sql.contains(&format!("{part} ")));
        let in_block = op["transactional"].as_bool() == Some(true);
        for measured in op["measured"].as_array().unwrap() {
            for major in measured["versions"].as_array().unwrap() {
                let major = u32::try_from(major.as_u64().unwrap()).unwrap();
                match one(sql, &setup, major, &measured["result"], in_block) {
                    Ok(true) => held += 1,
                    Ok(false) => left_out += 1,
                    Err(_) if otherwise.is_some() => differing += 1,
                    Err(why) => {
                        wrong
                            .entry(format!("{sql} [{}]: {why}", setup.replace('\n', " ")))
                            .or_default()
                            .push(major);
                    }
                }
            }
        }
    }
    for (what, versions) in &wrong {
        println!("{versions:?} {what}");
    }
    let count = wrong.values().map(Vec::len).sum::<usize>();
    println!("{held} as measured, {count} wrong, {differing} otherwise for a reason, {left_out} left out");
    assert!(wrong.is_empty());
    assert!(held > 1_800, "{held}");
}

/// Whether the forecast is as measured; `false` where there is nothing to hold it against.
fn one(sql: &str, setup: &str, major: u32, result: &Value, in_block: bool) -> Result<bool, String> {
    if result["supported"].as_bool() == Some(false) {
        return Ok(false);
    }
    let live = catalog(&[FIXTURE, setup], major);
    let text = if in_block { format!("BEGIN; {sql};") } else { sql.to_owned() };
    let foretold = forecast(&live, &[file(&text)], &options(major));
    let refused = foretold.statements.iter().find_map(|statement| match &statement.step.outcome {
        StepOutcome::Refused(refused) => Some(refused.sqlstate),
        StepOutcome::Applied(_) | StepOutcome::Skipped(_) | StepOutcome::CantTell { .. } => None,
    });
    let cant_tell =
        foretold.statements.iter().any(|s| matches!(s.step.outcome, StepOutcome::CantTell { .. }));
    if cant_tell {
        return Ok(false);
    }
    if let Some(measured) = result["error"]["sqlstate"].as_str() {
        // What the rows decide is told as such.
        let by_rows = measured.starts_with("23");
        let may_fail =
            foretold.statements.iter().flat_map(|s| &s.effects).any(|e| matches!(e, Effect::MayFail(_)));
        return match refused {
            Some(told) if told == measured => Ok(true),
            None if by_rows && may_fail => Ok(true),
            told => Err(format!("fails with {measured}, told {told:?}")),
        };
    }
    if let Some(told) = refused {
        return Err(format!("succeeds, told {told}: {:?}", foretold.statements[0].step.outcome));
    }
    let Some(locks) = result["locks"].as_object() else { return Ok(false) };
    let relations: BTreeSet<String> = live
        .iter()
        .filter_map(|(key, entry)| {
            use trueup_catalog::Object;
            matches!(entry.object, Object::Table(_) | Object::View(_) | Object::MaterializedView(_))
                .then(|| key.name().to_string())
        })
        .collect();
    let measured: BTreeMap<String, usize> = locks
        .iter()
        .filter(|(name, _)| relations.contains(*name))
        .map(|(name, mode)| (name.clone(), strength(mode.as_str().unwrap())))
        .filter(|(_, mode)| *mode >= BLOCKS)
        .collect();
    let rewritten: BTreeSet<String> = result["rewritten"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .filter(|name| relations.contains(name))
        .collect();
    let (mut told_locks, told_rewritten) = told(&foretold);
    for table in &told_rewritten {
        told_locks.insert(table.clone(), ORDER.len() - 1);
    }
    told_locks.retain(|_, mode| *mode >= BLOCKS);
    let words = |locks: &BTreeMap<String, usize>| {
        locks.iter().map(|(name, mode)| format!("{name} {}", ORDER[*mode])).collect::<Vec<_>>().join(", ")
    };
    if told_locks != measured {
        return Err(format!("locks {}; told {}", words(&measured), words(&told_locks)));
    }
    // Files can't be compared across the transactions of what runs outside of one.
    if in_block && told_rewritten != rewritten {
        return Err(format!("rewrites {rewritten:?}; told {told_rewritten:?}"));
    }
    Ok(true)
}
