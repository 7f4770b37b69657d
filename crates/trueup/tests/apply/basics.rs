//! What apply closes, shows, asks and refuses.

use crate::support::{DESIRED, LIVE, ROWS, Ran, folder, run, run_into, value, words};
use std::collections::BTreeSet;
use trueup_testkit::{Error, Server, for_each_version};

fn done(ran: &Ran, code: i32) {
    assert_eq!(ran.code, Some(code), "{}\n{}", ran.out, ran.err);
}

#[test]
fn every_phase_is_closed_and_a_second_run_does_nothing() {
    for_each_version(|server| {
        let database = server.database()?;
        database.run(LIVE)?;
        let rows = value(&database, ROWS);
        let folder = folder(DESIRED);
        let url = database.url();

        let before = database.fingerprint()?;
        let mut dry = words(&url);
        dry[1] = "--dry-run";
        let shown = run(folder.path(), &dry);
        done(&shown, 0);
        assert!(shown.out.contains("+ column shop.orders.note text"), "{}", shown.out);
        assert!(shown.err.contains("nothing was changed"), "{}", shown.err);
        assert_eq!(database.fingerprint()?.changes(&before), Vec::<String>::new());

        dry.extend(["--format", "json"]);
        let plan = run(folder.path(), &dry).json();
        let phases: BTreeSet<&str> = plan["repair"]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["phase"].as_str().unwrap())
            .collect();
        assert_eq!(
            phases,
            BTreeSet::from(["prepare", "create", "build", "constrain", "validate", "behave", "describe"])
        );

        let applied = run(folder.path(), &words(&url));
        done(&applied, 0);
        let steps = plan["repair"]["steps"].as_array().unwrap().len();
        assert!(
            applied.out.contains(&format!("Applied: {steps} of {steps} steps done in ")),
            "{}",
            applied.out
        );
        assert!(applied.out.contains("In sync"), "{}", applied.out);
        assert!(applied.err.contains(&format!("[{steps}/{steps}] ")), "{}", applied.err);
        assert_eq!(value(&database, ROWS), rows);

        let after = database.fingerprint()?;
        let again = run(folder.path(), &words(&url));
        done(&again, 0);
        assert!(again.err.contains("there is nothing to apply"), "{}", again.err);
        assert_eq!(database.fingerprint()?.changes(&after), Vec::<String>::new());
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_runs() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let before = database.fingerprint().unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let ran = run(folder.path(), &["apply", "--desired", "schema.sql", "--live", &url]);
    done(&ran, 2);
    assert!(ran.out.contains("+ column shop.orders.note"), "the plan is shown: {}", ran.out);
    assert!(ran.err.contains("error[X105]: nobody was asked: there is no terminal"), "{}", ran.err);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    assert_eq!(database.fingerprint().unwrap().changes(&before), Vec::<String>::new());
}

#[test]
fn a_plan_from_a_file_is_run_where_it_was_made_for() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(LIVE).unwrap();
    let other = database.copy().unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let plan = run(
        folder.path(),
        &["repair", "--format", "json", "--allow", "trigger", "--desired", "schema.sql", "--live", &url],
    );
    done(&plan, 0);
    std::fs::write(folder.path().join("plan.json"), &plan.out).unwrap();

    let elsewhere = run(folder.path(), &["apply", "--yes", "--plan", "plan.json", "--live", &other.url()]);
    done(&elsewhere, 2);
    assert!(elsewhere.err.contains("was planned for database"), "{}", elsewhere.err);
    let older = plan
        .out
        .replace(&format!("\"server_version_num\": {}", version(&plan)), "\"server_version_num\": 140001");
    std::fs::write(folder.path().join("older.json"), older).unwrap();
    let elsewhere = run(folder.path(), &["apply", "--yes", "--plan", "older.json", "--live", &url]);
    done(&elsewhere, 2);
    assert!(elsewhere.err.contains("was planned for PostgreSQL 14, and this is 15"), "{}", elsewhere.err);

    let ran = run(folder.path(), &["apply", "--yes", "--plan", "plan.json", "--live", &url]);
    done(&ran, 0);
    assert!(ran.err.contains("the result was not checked"), "{}", ran.err);
    let checked = run(folder.path(), &["check", "--desired", "schema.sql", "--live", &url]);
    done(&checked, 0);
    // Once more: the guards find everything done, and this time it is checked.
    let words = [
        "apply",
        "--yes",
        "--plan",
        "plan.json",
        "--live",
        &url,
        "--desired",
        "schema.sql",
        "--format",
        "json",
    ];
    let ran = run(folder.path(), &words);
    done(&ran, 0);
    let document = ran.json();
    assert_eq!(document["outcome"], "done");
    assert_eq!(document["check"]["outcome"], "in_sync");
}

fn version(plan: &Ran) -> u64 {
    plan.json()["live"]["server_version_num"].as_u64().unwrap()
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let folder = folder("");
    std::fs::write(folder.path().join("plan.json"), "{}").unwrap();
    let url = Server::shared(15).unwrap().url("postgres");
    for (plan, expected) in [("plan.json", "can't be applied: it is no plan"), ("none.json", "can't be read")]
    {
        let ran = run(folder.path(), &["apply", "--yes", "--plan", plan, "--live", &url]);
        done(&ran, 2);
        assert!(ran.err.contains(expected), "{}", ran.err);
    }
    let ran = run(folder.path(), &["apply", "--yes", "--desired", "schema.sql", "--live", "schema.sql"]);
    done(&ran, 2);
    assert!(ran.err.contains("apply needs a database after --live"), "{}", ran.err);
}

#[test]
fn what_lacks_consent_is_left_and_said() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    database.run("CREATE TABLE shop.old (id int)").unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    let words = ["apply", "--yes", "--desired", "schema.sql", "--live", &url, "--format", "json"];
    let ran = run(folder.path(), &words);
    done(&ran, 1);
    let document = ran.json();
    assert_eq!(document["outcome"], "done", "every step ran");
    let left: Vec<&str> = document["check"]["drift"]
        .as_array()
        .unwrap()
        .iter()
        .map(|drift| drift["object"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["shop.old", "shop.users.touched"]);
}

#[test]
fn a_report_that_can_not_be_written_is_no_silent_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(LIVE).unwrap();
    let folder = folder(DESIRED);
    let url = database.url();
    // For people the plan comes first: nothing is run that nobody could see.
    let before = database.fingerprint().unwrap();
    let ran = run_into(folder.path(), &words(&url), full.try_clone().unwrap());
    done(&ran, 2);
    assert!(ran.err.contains("standard output can't be written"), "{}", ran.err);
    assert_eq!(database.fingerprint().unwrap().changes(&before), Vec::<String>::new());
    // For programs the document comes last: what was done is said on standard error.
    let mut json = words(&url);
    json.extend(["--format", "json"]);
    let ran = run_into(folder.path(), &json, full);
    done(&ran, 2);
    assert!(ran.err.contains("standard output can't be written"), "{}", ran.err);
    assert!(ran.err.contains("Applied: "), "{}", ran.err);
    let checked = run(folder.path(), &words(&url));
    done(&checked, 0);
}
