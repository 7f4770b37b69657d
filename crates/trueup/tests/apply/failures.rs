//! Steps that fail, wait, collide or lose their connection: what goes on, what is said.

use crate::support::{
    DESIRED, LIVE, Open, ROWS, collected, folder, run, start, until, value, waited_for, waits, words,
};
use std::time::{Duration, Instant};
use trueup_testkit::{Error, Server, ServerOptions, TestDatabase, for_each_version};

/// The result of each step by what it makes.
fn results(document: &serde_json::Value) -> Vec<(String, String)> {
    let text = |step: &serde_json::Value, field: &str| step[field].as_str().unwrap().to_owned();
    document["steps"].as_array().unwrap().iter().map(|s| (text(s, "title"), text(s, "result"))).collect()
}

#[test]
fn rows_in_the_way_stop_only_what_needs_the_step() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(LIVE)?;
        database.run("INSERT INTO shop.orders VALUES (5000, 99999, 'new', -1); UPDATE shop.users SET name = NULL WHERE id = 7")?;
        let rows = value(&database, ROWS);
        let folder = folder(DESIRED);
        let url = database.url();
        let mut json = words(&url);
        json.extend(["--format", "json"]);
        let ran = run(folder.path(), &json);
        assert_eq!(ran.code, Some(1), "{}\n{}", ran.out, ran.err);
        let document = ran.json();
        assert_eq!(document["outcome"], "left");
        let results = results(&document);
        let of = |part: &str| {
            results.iter().find(|(title, _)| title.contains(part)).map(|(_, result)| result.as_str())
        };
        assert_eq!(of("index shop.orders_total"), Some("done"));
        assert_eq!(of("comment on table shop.orders"), Some("done"));
        let failed: Vec<&serde_json::Value> =
            document["steps"].as_array().unwrap().iter().filter(|s| s["result"] == "failed").collect();
        assert!(failed.len() >= 3, "{failed:?}");
        for step in &failed {
            assert_eq!(step["error"]["reason"], "data", "{step}");
        }
        assert_eq!(value(&database, ROWS), rows);

        // With the rows mended the next run closes the rest.
        database.run("DELETE FROM shop.orders WHERE id = 5000; UPDATE shop.users SET name = 'x' WHERE id = 7")?;
        let ran = run(folder.path(), &words(&url));
        assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn a_lock_that_is_not_had_in_time_is_tried_again_and_then_given_up() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let blocker = Open::transaction(&database, "SELECT count(*) FROM shop.orders");
    let mut once = words(&url);
    once.extend(["--lock-timeout", "200ms", "--retries", "1", "--format", "json"]);
    let ran = run(folder.path(), &once);
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.out, ran.err);
    let document = ran.json();
    let note = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["title"].as_str().unwrap().contains("column shop.orders.note"))
        .unwrap();
    assert_eq!((&note["result"], &note["attempts"]), (&"failed".into(), &2.into()));
    assert_eq!(note["error"]["reason"], "busy");
    assert!(ran.err.contains("try 1 of 2: canceling statement due to lock timeout"), "{}", ran.err);
    // What touches other tables is done.
    assert_eq!(value(&database, "SELECT to_regclass('shop.active') IS NOT NULL"), "t");
    drop(blocker);

    // A blocker that goes away in time: the step is tried until it has its lock.
    let blocker = Open::transaction(&database, "SELECT count(*) FROM shop.orders");
    let mut patient = words(&url);
    patient.extend(["--lock-timeout", "1s"]);
    let child = start(folder.path(), &patient);
    std::thread::sleep(Duration::from_secs(3));
    drop(blocker);
    let ran = collected(child);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    assert!(
        ran.err.contains("waited for process")
            && ran.err.contains("trueup-testkit, postgres, idle in transaction"),
        "{}",
        ran.err
    );
}

#[test]
fn two_at_once_wait_for_each_other_or_leave() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let blocker = Open::transaction(&database, "LOCK TABLE shop.orders IN SHARE UPDATE EXCLUSIVE MODE");
    let mut patient = words(&url);
    patient.extend(["--lock-timeout", "60s"]);
    let first = start(folder.path(), &patient);
    until(&database, &waited_for("shop.orders"));

    let mut hasty = words(&url);
    hasty.extend(["--wait", "1s"]);
    let second = run(folder.path(), &hasty);
    assert_eq!(second.code, Some(2), "{}\n{}", second.out, second.err);
    assert!(
        second.err.contains("error[X105]: another trueup apply is at work in this database: process "),
        "{}",
        second.err
    );

    let third = start(folder.path(), &words(&url));
    std::thread::sleep(Duration::from_secs(2));
    drop(blocker);
    let (first, third) = (collected(first), collected(third));
    assert_eq!(first.code, Some(0), "{}\n{}", first.out, first.err);
    assert_eq!(third.code, Some(0), "{}\n{}", third.out, third.err);
    assert!(third.err.contains("waiting for another trueup apply to end: process "), "{}", third.err);
}

#[test]
fn a_server_that_restarts_in_the_middle_is_found_again() {
    let server = Server::start(&ServerOptions::new(15)).unwrap();
    let database = server.database().unwrap();
    database.run(LIVE).unwrap();
    let rows = value(&database, ROWS);
    let folder = folder(DESIRED);
    let url = database.url();
    let blocker = Open::transaction(&database, "LOCK TABLE shop.orders IN SHARE UPDATE EXCLUSIVE MODE");
    let mut patient = words(&url);
    patient.extend(["--lock-timeout", "60s"]);
    let child = start(folder.path(), &patient);
    until(&database, &waited_for("shop.orders"));
    // The death of one process makes the server end all others, recover, and take connections again.
    let pid = value(&database, &format!("SELECT pid FROM pg_locks WHERE {}", waits("shop.orders")));
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    let ran = collected(child);
    drop(blocker);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("the connection is lost"), "{}", ran.err);
    assert_eq!(value(&database, ROWS), rows);
}

#[test]
fn a_server_that_does_not_come_back_is_said() {
    let server = Server::start(&ServerOptions::new(15)).unwrap();
    let database = server.database().unwrap();
    database.run(LIVE).unwrap();
    let url = database.url();
    let folder = folder(DESIRED);
    let blocker = Open::transaction(&database, "LOCK TABLE shop.orders IN SHARE UPDATE EXCLUSIVE MODE");
    let mut hasty = words(&url);
    hasty.extend(["--lock-timeout", "60s", "--wait", "1s"]);
    let child = start(folder.path(), &hasty);
    until(&database, &waited_for("shop.orders"));
    // The first line of this file is the postmaster; SIGQUIT ends it at once.
    let postmaster = value(&database, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
    assert!(std::process::Command::new("kill").args(["-QUIT", &postmaster]).status().unwrap().success());
    let begun = Instant::now();
    let ran = collected(child);
    drop(blocker);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("the connection was lost while it ran"), "{}", ran.out);
    assert!(ran.err.contains("error[X105]: the connection was lost for good"), "{}", ran.err);
    assert!(ran.err.contains("what was done is not done twice"), "{}", ran.err);
}

#[test]
fn a_session_that_only_reads_is_refused() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(LIVE).unwrap();
    database
        .run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()))
        .unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let ran = run(folder.path(), &words(&url));
    assert_eq!(ran.code, Some(2), "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("error[X105]: default_transaction_read_only is on"), "{}", ran.err);
}

/// A client that wrote to one table and wants the other, which a step has locked, must not be the victim of the deadlock;
/// neither by `apply` nor by the file.
#[test]
fn no_client_is_the_victim_of_a_deadlock() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(LIVE)?;
        let folder = folder(DESIRED);
        let url = database.url();
        assert_eq!(run(folder.path(), &words(&url)).code, Some(0));
        let apply = || {
            let mut patient = words(&url);
            patient.extend(["--lock-timeout", "2s", "--retries", "20"]);
            let ran = run(folder.path(), &patient);
            assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
        };
        let file = || {
            let ran = run(
                folder.path(),
                &["repair", "-o", "repair.sql", "--desired", "schema.sql", "--live", &url],
            );
            assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
            database.run_file(&folder.path().join("repair.sql")).unwrap();
        };
        let ways: [&(dyn Fn() + Sync); 2] = [&apply, &file];
        for repair in ways {
            for tables in [["shop.orders", "shop.users"], ["shop.users", "shop.orders"]] {
                database.run("ALTER TABLE shop.orders DROP CONSTRAINT orders_user")?;
                let felt = crossing(&database, tables, repair);
                assert_eq!(felt, Ok(()), "{tables:?} on {}", server.major());
            }
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

/// What a client feels that has the second table and queues up behind a step that waits for the first, and gets it just before the
/// client looks for a deadlock.
fn crossing(
    database: &TestDatabase<'_>,
    [first, second]: [&str; 2],
    repair: &(dyn Fn() + Sync),
) -> Result<(), String> {
    let write = |table: &str, row: u8| format!("UPDATE {table} SET id = id WHERE id = {row}");
    let writer = Open::transaction(database, &write(first, 1));
    std::thread::scope(|scope| {
        let repairing = scope.spawn(repair);
        until(database, &waited_for(first));
        let client = scope.spawn(|| {
            trueup_testkit::block_on(async {
                let client = database.connect().await.unwrap();
                client.batch_execute(&format!("BEGIN; {}", write(second, 1))).await.unwrap();
                let result = client.batch_execute(&write(first, 2)).await;
                drop(client.batch_execute("ROLLBACK").await);
                result.map_err(|error| format!("{:?}", error.as_db_error()))
            })
            .unwrap()
        });
        std::thread::sleep(Duration::from_millis(800));
        drop(writer);
        let felt = client.join().unwrap();
        repairing.join().unwrap();
        felt
    })
}
