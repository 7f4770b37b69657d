//! Interrupted anywhere, the next run finishes it.
//!
//! An event trigger of the test makes the n-th statement that changes the schema wait for a lock that the test holds: there the
//! program, or its backend, is killed.

use crate::support::{
    DESIRED, LIVE, Open, ROWS, Ran, collected, folder, run, signal, start, until, value, waited_for, waits,
    words,
};
use trueup_testkit::versions::DEFAULT_MAJOR;
use trueup_testkit::{Error, Server, TestDatabase, for_each_version};

/// Counts statements that change the schema, at their end, and makes one wait.
const HARNESS: &str = "\
CREATE SCHEMA harness;
CREATE SEQUENCE harness.statements;
CREATE TABLE harness.stop (at bigint);
CREATE FUNCTION harness.count() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('harness.statements') = (SELECT at FROM harness.stop) THEN
        PERFORM pg_advisory_xact_lock(42);
    END IF;
END $$;
CREATE EVENT TRIGGER harness ON ddl_command_end EXECUTE FUNCTION harness.count();
";

/// Whether the program's backend waits there.
const STOPPED: &str =
    "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";

/// The process of the backend that works.
const WORKER: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 1953658213 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// What drops the invalid index that there is.
const INVALID: &str = "SELECT concat('DROP INDEX CONCURRENTLY ' || min(indexrelid::regclass::text)) FROM pg_index WHERE NOT indisvalid";

fn terminate(database: &TestDatabase<'_>) {
    assert_eq!(value(database, &format!("SELECT pg_terminate_backend(({WORKER}))")), "t");
}

/// The database without what the test put there.
fn clean(database: &TestDatabase<'_>) -> trueup_testkit::Fingerprint {
    database.run("DROP EVENT TRIGGER harness; DROP SCHEMA harness CASCADE").unwrap();
    database.fingerprint().unwrap()
}

fn stop_at(database: &TestDatabase<'_>, at: u64) {
    database.run(&format!("INSERT INTO harness.stop VALUES ({at})")).unwrap();
}

fn go_on(database: &TestDatabase<'_>) {
    database.run("DELETE FROM harness.stop").unwrap();
}

fn good(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(0), "{what}\n{}\n{}", ran.out, ran.err);
}

#[test]
fn killed_after_any_statement_the_next_run_finishes() {
    for_each_version(|server| {
        let template = server.database()?;
        template.run(LIVE)?;
        let rows = value(&template, ROWS);
        template.run(HARNESS)?;
        let folder = folder(DESIRED);

        let whole = template.copy()?;
        good(&run(folder.path(), &words(&whole.url())), "undisturbed");
        let statements: u64 = value(&whole, "SELECT last_value FROM harness.statements").parse().unwrap();
        assert!(statements > 20, "{statements}");
        let wanted = clean(&whole);

        // Every place on one version, a sample on the others.
        let stride = if server.major() == DEFAULT_MAJOR { 1 } else { 6 };
        for at in (1..=statements).step_by(stride) {
            let what = format!("statement {at} of {statements} on PostgreSQL {}", server.major());
            let database = template.copy()?;
            stop_at(&database, at);
            let url = database.url();
            let mut patient = words(&url);
            patient.extend(["--lock-timeout", "60s"]);
            let held = Open::transaction(&database, "SELECT pg_advisory_xact_lock(42)");
            let mut child = start(folder.path(), &patient);
            until(&database, STOPPED);
            // In turn the program and its backend.
            let ran = if at % 2 == 0 {
                child.kill().unwrap();
                let killed = collected(child);
                assert_eq!(killed.code, None, "{what}");
                go_on(&database);
                drop(held);
                // The backend ends its statement before the next run has the lock.
                run(folder.path(), &patient)
            } else {
                go_on(&database);
                terminate(&database);
                drop(held);
                let lost = collected(child);
                assert!(lost.err.contains("the connection is lost"), "{what}\n{}", lost.err);
                lost
            };
            // A build whose last transaction did not commit leaves its index invalid, and only the user drops it.
            let ran = match value(&database, INVALID).as_str() {
                "" => ran,
                drops => {
                    assert_eq!(ran.code, Some(1), "{what}\n{}\n{}", ran.out, ran.err);
                    assert!(ran.out.contains(drops), "{what}: {drops} in\n{}\n{}", ran.out, ran.err);
                    database.run(&format!("{drops};"))?;
                    run(folder.path(), &words(&url))
                }
            };
            good(&ran, &what);
            assert_eq!(value(&database, ROWS), rows, "{what}");
            assert_eq!(clean(&database).changes(&wanted), Vec::<String>::new(), "{what}");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

/// A build of `shop.orders_total` that waits for a writer.
const BUILDS: &str = "SELECT count(*) = 1 FROM pg_stat_progress_create_index p \
    JOIN pg_stat_activity a USING (pid) WHERE p.phase LIKE 'waiting%' AND p.datname = current_database() \
    AND a.query LIKE '%orders_total%'";

const WRITER: &str = "UPDATE shop.orders SET total = total WHERE id = 1";

/// Everything but one index.
fn all_but_the_index(database: &TestDatabase<'_>) {
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    good(&run(folder.path(), &words(&database.url())), "at first");
    database.run("DROP INDEX shop.orders_total").unwrap();
}

#[test]
fn a_program_killed_in_the_middle_of_a_build() {
    for_each_version(|server| {
        let database = server.database()?;
        all_but_the_index(&database);
        let folder = folder(DESIRED);
        let url = database.url();
        let writer = Open::transaction(&database, WRITER);
        let mut child = start(folder.path(), &words(&url));
        until(&database, BUILDS);
        child.kill().unwrap();
        assert_eq!(collected(child).code, None);
        // The backend goes on alone. The next run waits for it, and finds the work done.
        let next = start(folder.path(), &words(&url));
        std::thread::sleep(std::time::Duration::from_secs(1));
        drop(writer);
        let next = collected(next);
        if next.code == Some(0) {
            return Ok(());
        }
        // It planned while the index was there and not valid yet: that is drift then, and gone now.
        assert_eq!(next.code, Some(1), "{}\n{}", next.out, next.err);
        until(&database, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.orders_total'::regclass");
        good(&run(folder.path(), &words(&url)), "after the build");
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn a_backend_killed_in_the_middle_of_a_build_leaves_what_the_user_drops() {
    for_each_version(|server| {
        let database = server.database()?;
        all_but_the_index(&database);
        let folder = folder(DESIRED);
        let url = database.url();
        let writer = Open::transaction(&database, WRITER);
        let child = start(folder.path(), &words(&url));
        until(&database, BUILDS);
        terminate(&database);
        let lost = collected(child);
        drop(writer);
        assert_eq!(lost.code, Some(1), "{}\n{}", lost.out, lost.err);
        let drop_it = "DROP INDEX CONCURRENTLY shop.orders_total";
        assert!(lost.out.contains("index shop.orders_total on shop.orders is invalid"), "{}", lost.out);
        assert!(lost.out.contains(drop_it), "{}", lost.out);
        leftover(&database, folder.path(), drop_it);
        Ok::<(), Error>(())
    })
    .unwrap();
}

/// An invalid index is found by planning; it is built again once the user has dropped it.
fn leftover(database: &TestDatabase<'_>, folder: &std::path::Path, drop_it: &str) {
    let url = database.url();
    let sides = ["--desired", "schema.sql", "--live", &url];
    let found = run(folder, &[&["check"][..], &sides].concat());
    assert_eq!(found.code, Some(1), "{}", found.out);
    assert!(found.out.contains("error[D222]: index shop.orders_total is invalid"), "{}", found.out);
    let file = run(folder, &[&["repair"][..], &sides].concat());
    assert!(file.out.lines().any(|line| line.starts_with("--") && line.contains(drop_it)), "{}", file.out);
    assert!(!file.out.lines().any(|line| line.starts_with(drop_it)), "{}", file.out);
    let still = run(folder, &words(&url));
    assert_eq!(still.code, Some(1), "trueup drops nothing: {}\n{}", still.out, still.err);
    database.run(&format!("{drop_it};")).unwrap();
    good(&run(folder, &words(&url)), "after the user's DROP");
}

#[test]
fn ctrl_c_cancels_the_build_and_says_what_is_left() {
    for (name, database) in
        ["INT", "TERM"].map(|name| (name, Server::shared(15).unwrap().database().unwrap()))
    {
        all_but_the_index(&database);
        database.run("COMMENT ON TABLE shop.orders IS NULL").unwrap();
        let folder = folder(DESIRED);
        let url = database.url();
        let writer = Open::transaction(&database, WRITER);
        let child = start(folder.path(), &words(&url));
        until(&database, BUILDS);
        // Long enough for a look at what it waits for.
        std::thread::sleep(std::time::Duration::from_secs(2));
        signal(&child, name);
        let stopped = collected(child);
        assert_eq!(stopped.code, Some(130), "{}\n{}", stopped.out, stopped.err);
        assert!(stopped.err.contains("waits for process"), "{}", stopped.err);
        assert!(stopped.err.contains("cancelling the statement that runs"), "{}", stopped.err);
        let drop_it = "DROP INDEX CONCURRENTLY shop.orders_total";
        for expected in [
            "index shop.orders_total on shop.orders is invalid",
            drop_it,
            "cancelled",
            "not begun",
            "Interrupted: ",
        ] {
            assert!(stopped.out.contains(expected), "{expected} in {}", stopped.out);
        }
        // Nothing runs on, and the lock is free, while the writer still writes.
        assert_eq!(value(&database, &format!("SELECT count(*) FROM ({WORKER}) x")), "0");
        drop(writer);
        leftover(&database, folder.path(), drop_it);
    }
}

#[test]
fn ctrl_c_in_a_transaction_leaves_nothing_of_it() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let reader = Open::transaction(&database, "SELECT count(*) FROM shop.users");
    let mut patient = words(&url);
    patient.extend(["--lock-timeout", "60s", "--format", "json"]);
    let child = start(folder.path(), &patient);
    until(&database, &waited_for("shop.users"));
    signal(&child, "INT");
    let stopped = collected(child);
    assert_eq!(stopped.code, Some(130), "{}\n{}", stopped.out, stopped.err);
    let document = stopped.json();
    assert_eq!(document["outcome"], "interrupted");
    assert_eq!(document["summary"]["cancelled"], 1);
    assert_eq!(
        value(&database, &format!("SELECT count(*) FROM pg_locks WHERE {}", waits("shop.users"))),
        "0"
    );
    drop(reader);
    good(&run(folder.path(), &words(&url)), "the next run");
}
