//! Deparsing differs between versions: the same objects on the oldest and the newest are in sync, whichever is desired.

use crate::answers::{compare, loaded, snapshot};
use trueup_testkit::cases::tablespaces;
use trueup_testkit::pg_dump::PgDump;
use trueup_testkit::{Server, TestDatabase, test_versions};

/// The oldest and the newest version that are tested.
fn ends() -> (u16, u16) {
    let versions = test_versions().unwrap();
    (*versions.iter().min().unwrap(), *versions.iter().max().unwrap())
}

/// Each as a snapshot against the other, live.
fn both_ways(ways: [&str; 2], old: &TestDatabase<'_>, new: &TestDatabase<'_>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let major = old.server().major();
    // With one version to test it is a snapshot against its own kind.
    let [forward, back] = if major == new.server().major() { ["same"; 2] } else { ways };
    let mut wrong = compare(forward, major, &snapshot(old, folder.path()), &new.url());
    wrong.extend(compare(back, major, &snapshot(new, folder.path()), &old.url()));
    wrong
}

#[test]
fn the_same_statements_on_the_oldest_and_the_newest() {
    let (oldest, newest) = ends();
    let [old, new] = [oldest, newest].map(|major| loaded(Server::shared(major).unwrap(), &[oldest, newest]));
    let wrong = both_ways(["forward", "back"], &old, &new);
    assert!(wrong.is_empty(), "{oldest} and {newest}:\n{}", wrong.join("\n"));
}

/// The way of an upgrade: the newest `pg_dump` reads the oldest server, and the newest server runs what it wrote.
#[test]
fn a_dump_of_the_oldest_on_the_newest() {
    let (oldest, newest) = ends();
    let old = loaded(Server::shared(oldest).unwrap(), &[oldest, newest]);
    let program = PgDump::all().unwrap().pop().unwrap();
    let dump = program.schema_only(&old).unwrap();
    let server = Server::shared(newest).unwrap();
    tablespaces(server).unwrap();
    let new = server.database().unwrap();
    new.run(&dump).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    std::fs::write(&file, dump).unwrap();
    let way = if oldest == newest { "dump" } else { "upgraded" };
    let mut wrong = compare(way, oldest, &file, &new.url());
    wrong.extend(both_ways(["carried"; 2], &old, &new));
    assert!(wrong.is_empty(), "{oldest} and {newest}:\n{}", wrong.join("\n"));
}
