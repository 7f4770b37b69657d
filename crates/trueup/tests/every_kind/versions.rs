//! Deparsing differs between versions: the same objects on the oldest and the newest are in sync, whichever is desired.

use crate::answers::{compare, loaded, snapshot};
use trueup_testkit::cases::{every_kind, tablespaces};
use trueup_testkit::pg_dump::PgDump;
use trueup_testkit::{Server, TestDatabase, test_versions};

/// The oldest and the newest version that are tested.
fn ends() -> (u16, u16) {
    let versions = test_versions().unwrap();
    (*versions.iter().min().unwrap(), *versions.iter().max().unwrap())
}

/// Each as a snapshot against the other, live.
fn both_ways(old: &TestDatabase<'_>, new: &TestDatabase<'_>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let major = old.server().major();
    let mut wrong = compare("forward", major, &snapshot(old, folder.path()), &new.url());
    wrong.extend(compare("back", major, &snapshot(new, folder.path()), &old.url()));
    wrong
}

#[test]
fn the_same_statements_on_the_oldest_and_the_newest() {
    let (oldest, newest) = ends();
    let sql = every_kind(oldest).unwrap();
    let [old, new] = [oldest, newest].map(|major| {
        let server = Server::shared(major).unwrap();
        tablespaces(server).unwrap();
        let database = server.database().unwrap();
        database.run(&sql).unwrap();
        database
    });
    let wrong = both_ways(&old, &new);
    assert!(wrong.is_empty(), "{oldest} and {newest}:\n{}", wrong.join("\n"));
}

/// The way of an upgrade: the newest `pg_dump` reads the oldest server, and the newest server runs what it wrote.
#[test]
fn a_dump_of_the_oldest_on_the_newest() {
    let (oldest, newest) = ends();
    let old = loaded(Server::shared(oldest).unwrap());
    let program = PgDump::all().unwrap().pop().unwrap();
    let dump = program.schema_only(&old).unwrap();
    let server = Server::shared(newest).unwrap();
    tablespaces(server).unwrap();
    let new = server.database().unwrap();
    new.run(&dump).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    std::fs::write(&file, dump).unwrap();
    let mut wrong = compare("upgraded", oldest, &file, &new.url());
    wrong.extend(compare("dump", oldest, &file, &old.url()));
    wrong.extend(both_ways(&old, &new));
    assert!(wrong.is_empty(), "{oldest} and {newest}:\n{}", wrong.join("\n"));
}
