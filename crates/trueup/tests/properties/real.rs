//! Pairs that people wrote: the cases of this project, those of peers' test suites and real schemas with their next version, each towards
//! the other both ways.

use crate::check::{Outcome, Sides, check};
use crate::{number, prepared};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use trueup_testkit::cases::{cases, fixtures_dir};
use trueup_testkit::{shared_dir, test_versions};

/// Two files, and what both need first.
struct Written {
    name: String,
    before: String,
    live: PathBuf,
    desired: PathBuf,
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn own() -> Vec<Written> {
    let all = cases(&fixtures_dir().join("cases")).unwrap();
    let written = |case: trueup_testkit::cases::Case| Written {
        name: case.name.clone(),
        before: String::new(),
        live: case.path("live.sql"),
        desired: case.path("desired.sql"),
    };
    all.into_iter().map(written).filter(|pair| pair.live.is_file()).collect()
}

fn of_peers(shared: &Path) -> Vec<Written> {
    let written = |dir: PathBuf| {
        let setup = dir.join("setup.sql");
        Written {
            name: dir.strip_prefix(shared).unwrap().display().to_string(),
            before: if setup.is_file() { read(&setup) } else { String::new() },
            live: dir.join("old.sql"),
            desired: dir.join("new.sql"),
        }
    };
    folders(&shared.join("cases")).iter().flat_map(|tool| folders(tool)).map(written).collect()
}

fn evolutions(shared: &Path) -> Vec<Written> {
    let corpus = shared.join("corpus");
    let written = |dir: PathBuf| {
        let meta: serde_json::Value = serde_json::from_str(&read(&dir.join("META.json"))).unwrap();
        Written {
            name: dir.strip_prefix(shared).unwrap().display().to_string(),
            before: meta["prelude"].as_str().map(|prelude| read(&corpus.join(prelude))).unwrap_or_default(),
            live: dir.join("old.sql"),
            desired: dir.join("new.sql"),
        }
    };
    folders(&corpus.join("evolutions")).into_iter().map(written).collect()
}

/// Checks every so many of the pairs, the versions spread over them, both ways or one and the other in turn: how many were checked.
fn run(pairs: &[Written], every: usize, both: bool) -> usize {
    let versions = test_versions().unwrap();
    let (next, checked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    let total = Mutex::new(Outcome::default());
    let only = std::env::var("TRUEUP_PAIRS_ONLY").unwrap_or_default();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(pair) = pairs.get(at / 2) else { return };
            let turn = at / 2 / every;
            let wanted = (at / 2).is_multiple_of(every) && (both || (at + turn).is_multiple_of(2));
            let there = pair.live.is_file() && pair.desired.is_file();
            if !(wanted && there && pair.name.contains(&only)) {
                continue;
            }
            let major = versions[turn % versions.len()];
            let (live, desired) =
                if at.is_multiple_of(2) { (&pair.live, &pair.desired) } else { (&pair.desired, &pair.live) };
            let side = |file: &Path| format!("{}\n{}", pair.before, read(file));
            let sides = Sides {
                live: side(live),
                rows: Vec::new(),
                desired: side(desired),
                // They hold rows of their own.
                may_refuse: true,
                at_once: false,
            };
            let way = if at.is_multiple_of(2) { "forward" } else { "back" };
            match check(&sides, prepared(major), None) {
                Ok(outcome) => {
                    checked.fetch_add(1, Ordering::Relaxed);
                    total.lock().unwrap().add(outcome);
                }
                // Not every version takes every case.
                Err(error) if error.contains("side does not load") => {}
                Err(error) => {
                    println!(
                        "FAILED {} {way} on {major}: {}",
                        pair.name,
                        error.split("\n\nallow").next().unwrap_or_default().replace('\n', " ")
                    );
                    failures
                        .lock()
                        .unwrap()
                        .push(format!("{} {way} on PostgreSQL {major}: {error}", pair.name));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..number("TRUEUP_PAIRS_JOBS", 2) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} pairs fail, the first: {}", failures.len(), failures[0]);
    let (checked, total) = (checked.into_inner(), total.into_inner().unwrap());
    println!(
        "{checked} pairs: {} steps, {} left, {} refused by rows",
        total.steps, total.left, total.refused
    );
    checked
}

#[test]
fn own_cases() {
    assert!(run(&own(), 1, false) > 25);
}

#[test]
fn some_cases_of_peers() {
    if let Some(shared) = shared_dir() {
        assert!(run(&of_peers(&shared), 40, false) > 15);
    }
}

#[test]
#[ignore = "takes long: make properties"]
fn all_cases_of_peers() {
    if let Some(shared) = shared_dir() {
        assert!(run(&of_peers(&shared), 1, true) > 1000);
    }
}

#[test]
#[ignore = "takes long: make properties"]
fn all_evolutions() {
    if let Some(shared) = shared_dir() {
        assert!(run(&evolutions(&shared), 1, true) > 50);
    }
}
