//! One object of every kind, on every version: `fixtures/every-kind` run by a server and read by trueup is in sync, and so is the dump of it.
//! What isn't yet is listed in `known-gaps.txt`; a line of it that is no longer true fails as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answers;
mod dump;
mod statements;
mod versions;

use answers::{all_well, compare, loaded};
use trueup_testkit::cases::every_kind;
use trueup_testkit::for_each_version;

#[test]
fn its_own_files_are_in_sync() {
    let result = for_each_version(|server| -> Result<(), String> {
        let database = loaded(server, &[server.major()]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("every_kind.sql");
        std::fs::write(&file, every_kind(&[server.major()]).unwrap()).unwrap();
        all_well(compare("sql", server.major(), &file, &database.url()))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// The catalogs whose rows `pg_dump` never writes, or that only some clusters fill.
const NOT_OF_A_SCHEMA: &[&str] = &[
    // Belong to the whole cluster.
    "pg_authid",
    "pg_database",
    "pg_tablespace",
    "pg_parameter_acl",
    "pg_auth_members",
    // Data, not schema.
    "pg_largeobject_metadata",
];

#[test]
fn every_catalog_has_a_row_of_the_fixture() {
    let result = for_each_version(|server| -> Result<(), String> {
        let database = loaded(server, &[server.major()]);
        let catalogs = database
            .query_texts(
                "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
                 WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attname = 'oid' ORDER BY 1",
            )
            .unwrap();
        assert!(catalogs.len() > 30, "{catalogs:?}");
        let mut empty = Vec::new();
        for catalog in catalogs.into_iter().flatten().filter(|c| !NOT_OF_A_SCHEMA.contains(&c.as_str())) {
            let rows = database
                .query_texts(&format!("SELECT 1::text FROM pg_catalog.{catalog} WHERE oid >= 16384 LIMIT 1"))
                .unwrap();
            if rows.is_empty() {
                empty.push(format!("{}: {catalog} has no row of the fixture", server.major()));
            }
        }
        all_well(empty)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
