//! The promises of a repair, held on real servers for pairs of schemas that are made up: after one run nothing is left that adding
//! closes, a second run changes nothing, whatever was there is there unchanged, and nothing that would run does more than add.
//!
//! A few pairs run with every `cargo test`; `make properties` runs thousands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod check;
mod column;
mod pair;
mod real;
mod table;
mod thing;

use check::{Outcome, Sides, check};
use pair::{Fate, Pair, Shared};
use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use thing::{SORTS, Thing};
use trueup_testkit::pg_dump::PgDump;
use trueup_testkit::{Server, test_versions};

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
}

/// The role that privileges are about. It belongs to the whole server.
fn prepared(major: u16) -> &'static Server {
    let server = Server::shared(major).unwrap();
    let database = server.database().unwrap();
    database
        .run("DO $$ BEGIN CREATE ROLE trueup_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
        .unwrap();
    server
}

/// A `pg_dump` that reads servers of that version.
fn dump(major: u16) -> PgDump {
    let found = PgDump::all().unwrap();
    let able = found.into_iter().find(|dump| dump.major() >= major);
    able.unwrap_or_else(|| panic!("no pg_dump reads PostgreSQL {major}"))
}

/// All things at once.
fn all(fate: Fate, at_once: bool) -> Pair {
    let shared = Shared { mood: fate, email: fate, home: fate, span: fate, code: fate };
    let things = SORTS.iter().map(|sort| Thing { sort: *sort, fate }).collect();
    Pair { shared, things, at_once, ..Pair::default() }
}

/// The kinds that `docs/coverage.md` says are repaired when they are missing.
fn repaired() -> Vec<String> {
    let page =
        std::fs::read_to_string(trueup_testkit::program::workspace_dir().join("docs/coverage.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let kinds: Vec<String> = rows
        .filter(|cells| cells.get(6).is_some_and(|word| ["safe", "data", "consent"].contains(word)))
        .map(|cells| cells[1].to_owned())
        .collect();
    assert!(kinds.len() > 35, "{kinds:?}");
    kinds
}

/// Each kind that repair makes, missing, differing and unexpected, on every version.
#[test]
fn every_kind_is_made() {
    // Each sort of thing is about the kind that it says.
    let kinds: std::collections::BTreeSet<_> = SORTS.iter().map(|sort| sort.kind()).collect();
    assert!(kinds.len() > 38, "{kinds:?}");
    let failures = Mutex::new(Vec::new());
    for (at, major) in test_versions().unwrap().into_iter().enumerate() {
        let server = prepared(major);
        let dump = dump(major);
        let mut outcome = Outcome::default();
        // What is missing on each; what differs and what only live has in turn.
        let other = if at.is_multiple_of(2) { Fate::Changed } else { Fate::Unexpected };
        for (fate, at_once) in [(Fate::Missing, at.is_multiple_of(3)), (other, false)] {
            match check(&Sides::of(&all(fate, at_once), major), server, Some(&dump)) {
                Ok(more) => outcome.add(more),
                Err(error) => {
                    failures.lock().unwrap().push(format!("PostgreSQL {major}, {fate:?}: {error}"));
                }
            }
        }
        let made: Vec<String> = outcome.made.iter().map(|kind| kind.word().to_owned()).collect();
        let never: Vec<String> = repaired().into_iter().filter(|kind| !made.contains(kind)).collect();
        if !never.is_empty() {
            failures.lock().unwrap().push(format!("PostgreSQL {major}: the pairs make no {never:?}"));
        }
    }
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

static SEEN: AtomicU32 = AtomicU32::new(0);

/// The next version, without holding on to the list.
fn next(versions: &Mutex<Vec<u16>>) -> Option<u16> {
    versions.lock().unwrap().pop()
}

/// `count` pairs on each version.
fn pairs(count: u64, seed: u64) {
    let failures = Mutex::new(Vec::new());
    let versions = Mutex::new(test_versions().unwrap());
    let total = Mutex::new(Outcome::default());
    let survey = std::env::var_os("TRUEUP_PAIRS_SURVEY").is_some();
    let work = || {
        while let Some(major) = next(&versions) {
            let server = prepared(major);
            let dump = dump(major);
            let config = Config {
                cases: u32::try_from(count).unwrap(),
                // Each try is a round on a server.
                max_shrink_iters: u32::try_from(number("TRUEUP_PAIRS_SHRINK", 100)).unwrap(),
                failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/tests/properties/regressions.txt"
                )))),
                ..Config::default()
            };
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            bytes[8..10].copy_from_slice(&major.to_le_bytes());
            let mut runner =
                TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
            let result = runner.run(&pair::pair(), |pair| {
                match check(&Sides::of(&pair, major), server, Some(&dump)) {
                    Ok(outcome) => total.lock().unwrap().add(outcome),
                    // To see many at once: what fails is told in a line each, and nothing shrinks.
                    Err(error) if survey => {
                        let text = error.split("\n\nallow").next().unwrap_or_default().replace('\n', " ");
                        println!("SURVEY {major} {text}");
                        std::fs::write(
                            std::env::temp_dir()
                                .join(format!("survey-{major}-{}.txt", SEEN.fetch_add(1, Ordering::Relaxed))),
                            error,
                        )
                        .unwrap();
                    }
                    Err(error) => return Err(TestCaseError::fail(error)),
                }
                Ok(())
            });
            if let Err(error) = result {
                failures.lock().unwrap().push(format!("PostgreSQL {major}: {error}"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..number("TRUEUP_PAIRS_JOBS", 2) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let total = total.into_inner().unwrap();
    println!(
        "{count} pairs on each version, seed {seed}: {} steps, {} left, {} refused by rows",
        total.steps, total.left, total.refused
    );
}

/// A few, the same ones each time.
#[test]
fn generated_pairs() {
    pairs(number("TRUEUP_PAIRS_QUICK", 4), number("TRUEUP_PAIRS_SEED", 1));
}

/// Many, others each time.
#[test]
#[ignore = "takes long: make properties"]
fn many_generated_pairs() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    pairs(number("TRUEUP_PAIRS", 2000).div_ceil(6), number("TRUEUP_PAIRS_SEED", now));
}
