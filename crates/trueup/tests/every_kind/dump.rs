//! The fixture as `pg_dump` writes it.

use crate::answers::{all_well, compare, loaded};
use crate::statements;
use std::collections::BTreeSet;
use trueup_testkit::for_each_version;
use trueup_testkit::pg_dump::PgDump;

#[test]
fn its_dump_is_in_sync_and_writes_no_other_statement() {
    let programs = PgDump::all().unwrap();
    let mut written = BTreeSet::new();
    let mut dumped = 0;
    let result = for_each_version(|server| -> Result<(), String> {
        let database = loaded(server, &[server.major()]);
        let mut wrong = Vec::new();
        // Each writes what it knows in its own way; one that is older than the server refuses.
        for program in programs.iter().filter(|program| program.major() >= server.major()) {
            dumped += 1;
            let dump = program.schema_only(&database).map_err(|error| error.to_string())?;
            written.extend(statements::kinds(&dump));
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("dump.sql");
            std::fs::write(&file, dump).unwrap();
            wrong.extend(compare("dump", server.major(), &file, &database.url()));
        }
        all_well(wrong)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(dumped > 0, "every pg_dump here is older than every version tested: {programs:?}");
    let unlisted = statements::unlisted(&written);
    assert!(
        unlisted.is_empty(),
        "pg_dump writes what fixtures/every-kind/statements.txt does not list: {unlisted:#?}"
    );
}
