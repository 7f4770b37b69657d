//! `--scratch` and `--desired-via` on the command line, with private servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    // Where nobody installed PostgreSQL, the tests' own is the machine's.
    for major in trueup_testkit::test_versions().unwrap().into_iter().chain([15]) {
        let programs = trueup_testkit::binaries::find(major).unwrap();
        command.env(format!("TRUEUP_POSTGRES_BIN_{major}"), programs.bin);
    }
    command
        .args(words)
        .current_dir(folder)
        .env_remove("TRUEUP_SCRATCH")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

fn trueup(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Rules don't read the rows of composite types; a server knows that both are stored alike.
const OPEN: [(&str, &str); 2] = [
    (
        "desired.sql",
        "CREATE TYPE c AS (x int, y int); CREATE TABLE t (a int DEFAULT 1, b c DEFAULT '(01,2)');",
    ),
    ("live.sql", "CREATE TYPE c AS (x int, y int); CREATE TABLE t (a int DEFAULT 2, b c DEFAULT '(1,2)');"),
];

const SIDES: [&str; 4] = ["--desired", "desired.sql", "--live", "live.sql"];

fn check(dir: &Path, more: &[&str]) -> serde_json::Value {
    let output = trueup(dir, &[&["check", "--format", "json"], &SIDES[..], more].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{} {}", out(&output), err(&output)))
}

#[test]
fn a_private_server_confirms_and_settles() {
    let dir = folder(&OPEN);
    let rules = check(dir.path(), &["--scratch", "off", "--server-version", "15"]);
    assert_eq!(rules["drift"][0]["confirmed"], false, "{rules:#}");
    assert_eq!(rules["undecided"][0]["code"], "U103", "{rules:#}");
    let settled = check(dir.path(), &["--server-version", "15"]);
    assert_eq!(settled["undecided"].as_array().unwrap().len(), 0, "{settled:#}");
    let drift = settled["drift"].as_array().unwrap();
    assert_eq!(drift.len(), 1, "{settled:#}");
    assert_eq!((&drift[0]["code"], &drift[0]["confirmed"]), (&"D203".into(), &true.into()));
}

#[test]
fn a_snapshot_keeps_what_was_settled() {
    let dir = folder(&OPEN);
    let words = ["snapshot", "-o", "live.json", "--server-version", "15"];
    let made = trueup(dir.path(), &[&words[..], &SIDES[..]].concat());
    assert!(made.status.success(), "{}", err(&made));
    let words = [
        "check",
        "--format",
        "json",
        "--desired",
        "desired.sql",
        "--scratch",
        "off",
        "--server-version",
        "15",
        "--live",
    ];
    let exact = trueup(dir.path(), &[&words[..], &["live.json"]].concat());
    let exact: serde_json::Value = serde_json::from_slice(&exact.stdout).unwrap();
    assert_eq!(exact["undecided"].as_array().unwrap().len(), 0, "{exact:#}");
    assert_eq!(exact["drift"][0]["confirmed"], true, "{exact:#}");
}

#[test]
fn the_scratch_server_is_never_shown() {
    let dir = folder(&OPEN);
    let url = "postgres://someone:hidden-word@127.0.0.1:1/x";
    let mistyped = ["postgers://u:hidden-word@h/d", "hst=h pasword=hidden-word"];
    for word in [&[url], &mistyped[..]].concat() {
        let words = ["--scratch", word];
        let output = trueup(dir.path(), &[&["check", "-v"], &SIDES[..], &words[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", out(&output));
        assert!(!(out(&output) + &err(&output)).contains("hidden-word"), "{}{}", out(&output), err(&output));
    }
    for value in [&[url], &mistyped[..]].concat() {
        let mut command = command(dir.path(), &[&["check"], &SIDES[..]].concat());
        let output = command.env("TRUEUP_SCRATCH", value).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(!(out(&output) + &err(&output)).contains("hidden-word"), "{}", err(&output));
    }
}

#[test]
fn without_binaries_the_findings_stay_and_a_hint_says_why() {
    let dir = folder(&OPEN);
    let output = command(dir.path(), &[&["check"], &SIDES[..]].concat())
        .env("TRUEUP_SCRATCH_DIR", dir.path().join("missing/folder"))
        .output()
        .unwrap();
    assert!(out(&output).contains("not confirmed by a server (U104)"), "{}", out(&output));
    assert!(err(&output).contains("TRUEUP_SCRATCH_DIR"), "{}", err(&output));
}

#[test]
fn computed_sql_is_read_through_a_server() {
    let dir = folder(&[
        (
            "desired.sql",
            "DO $$ BEGIN FOR i IN 1..2 LOOP EXECUTE format('CREATE TABLE part_%s (id int DEFAULT %s)', i, i); END LOOP; END $$;
             COPY part_1 FROM stdin;\n1\n\\.\nALTER TABLE part_1 OWNER TO nobody_here_yet;
             BEGIN; GRANT SELECT ON part_2 TO another_role; COMMIT; LOCK TABLE part_1;\n",
        ),
        ("live.sql", "CREATE TABLE part_1 (id int DEFAULT 1); CREATE TABLE part_2 (id int DEFAULT 3);"),
        ("wrong.sql", "CREATE TABLE a (id int);\n\nCREATE TABLE b (id nothing);\n"),
    ]);
    let found = check(dir.path(), &["--desired-via", "scratch", "--server-version", "15"]);
    let codes: Vec<_> =
        found["drift"].as_array().unwrap().iter().map(|d| (d["code"].clone(), d["object"].clone())).collect();
    assert!(codes.iter().any(|(code, object)| code == "D203" && object == "public.part_2.id"), "{found:#}");
    assert!(!codes.iter().any(|(code, _)| code == "D101" || code == "D102"), "{found:#}");
    assert_eq!(
        found["undecided"].as_array().unwrap().iter().filter(|u| u["level"] == "error").count(),
        0,
        "{found:#}"
    );
    let words = ["check", "--desired", "wrong.sql", "--live", "live.sql", "--desired-via", "scratch"];
    let output = trueup(dir.path(), &words);
    assert_ne!(output.status.code(), Some(0));
    assert!(out(&output).contains("type \"nothing\" does not exist"), "{}", out(&output));
    assert!(out(&output).contains("wrong.sql:3:1"), "{}", out(&output));
}

/// Processes whose command line names the folder.
fn processes(folder: &Path) -> Vec<String> {
    let output = Command::new("ps").args(["-e", "-o", "pid=,stat=,args="]).output().unwrap();
    let name = folder.display().to_string();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| {
            line.contains(&name)
                && !line.contains(" ps ")
                && !line.split_whitespace().nth(1).unwrap().starts_with('Z')
        })
        .map(str::to_owned)
        .collect()
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < limit, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nothing_survives_a_kill() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder(&[("desired.sql", "SELECT pg_sleep(300);"), ("live.sql", "")]);
    let home = tempfile::tempdir().unwrap();
    // The server's user has to pass through.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    let words = [&["check"], &SIDES[..], &["--desired-via", "scratch", "--server-version", "15"]].concat();
    for _ in 0..2 {
        let mut child = command(dir.path(), &words)
            .env("TRUEUP_SCRATCH_DIR", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait("the server starts", || {
            assert!(child.try_wait().unwrap().is_none(), "trueup ended by itself");
            processes(home.path()).iter().any(|line| line.contains("bin/postgres"))
        });
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        wait("the server survives", || processes(home.path()).is_empty());
    }
    // What is left serves the next run.
    let after = command(
        dir.path(),
        &["check", "--desired", "live.sql", "--live", "live.sql", "--desired-via", "scratch"],
    )
    .env("TRUEUP_SCRATCH_DIR", home.path())
    .output()
    .unwrap();
    assert_eq!(after.status.code(), Some(0), "{}{}", out(&after), err(&after));
    wait("the server survives the end", || processes(home.path()).is_empty());
}

/// What people do to members of extensions, and what is found of it.
const BY_HAND: &str = "ALTER EXTENSION hstore DROP FUNCTION avals(hstore);
    CREATE OR REPLACE FUNCTION akeys(hstore) RETURNS text[] LANGUAGE sql AS 'SELECT ARRAY[''mine'']';
    COMMENT ON FUNCTION svals(hstore) IS 'mine';
    CREATE FUNCTION mine(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
    ALTER EXTENSION hstore ADD FUNCTION mine(int);
    ALTER EXTENSION hstore DROP CAST (text[] AS hstore);
    DROP CAST (text[] AS hstore);
    CREATE OR REPLACE VIEW public.pg_stat_statements_info AS SELECT * FROM public.pg_stat_statements_info() WHERE dealloc > 0;";

#[test]
fn changes_by_hand_to_members_of_extensions_are_found() {
    trueup_testkit::for_each_version(|server| -> Result<(), String> {
        let database = server.database().unwrap();
        // On 13 the view of pg_stat_statements is not there yet.
        let by_hand = match server.major() {
            13 => BY_HAND.rsplit_once("    CREATE OR REPLACE VIEW").unwrap().0,
            _ => BY_HAND,
        };
        database
            .run("CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_stat_statements")
            .unwrap();
        let dir = folder(&[(
            "desired.sql",
            "CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_stat_statements;",
        )]);
        let url = database.url();
        let sides = ["check", "--format", "json", "--desired", "desired.sql", "--live", &url];
        let look = |more: &[&str]| -> serde_json::Value {
            let output = trueup(dir.path(), &[&sides[..], more].concat());
            serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| panic!("{} {}", out(&output), err(&output)))
        };
        for _ in 0..2 {
            let fresh = look(&[]);
            assert_eq!(fresh["drift"].as_array().unwrap().len(), 0, "{fresh:#}");
            assert_eq!(fresh["undecided"].as_array().unwrap().len(), 0, "{fresh:#}");
        }
        database.run(&format!("SET search_path = ext, public; {by_hand}")).unwrap();
        let changed = look(&[]);
        let members = |extension: &str| {
            let drift = changed["drift"].as_array().unwrap();
            let found = drift.iter().find(|d| d["code"] == "D243" && d["object"] == extension);
            found.map(|d| d["changes"][0]["live"].as_str().unwrap().to_owned())
        };
        assert_eq!(
            members("hstore").unwrap_or_default(),
            "cast (text[] AS ext.hstore) is gone, function ext.akeys(ext.hstore) is changed, function ext.avals(ext.hstore) \
             is gone, function ext.mine(integer) is added, function ext.svals(ext.hstore) is changed",
            "{changed:#}"
        );
        let view = "view public.pg_stat_statements_info is changed".to_owned();
        assert_eq!(members("pg_stat_statements"), (server.major() > 13).then_some(view));
        // What left the extension is an object like others.
        let beside: Vec<_> = changed["drift"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| d["code"] != "D243")
            .map(|d| (d["code"].as_str().unwrap(), d["object"].as_str().unwrap()))
            .collect();
        assert_eq!(beside, [("D102", "ext.avals(ext.hstore)")]);
        // Nobody asked: nothing is said.
        let off = look(&["--scratch", "off"]);
        assert!(off["drift"].as_array().unwrap().iter().all(|d| d["code"] != "D243"), "{off:#}");
        // A snapshot keeps it.
        let snapshot = trueup(dir.path(), &["snapshot", "--live", &url, "-o", "live.json"]);
        assert!(snapshot.status.success(), "{}", err(&snapshot));
        let offline = trueup(
            dir.path(),
            &[
                "check",
                "--format",
                "json",
                "--desired",
                "desired.sql",
                "--live",
                "live.json",
                "--scratch",
                "off",
            ],
        );
        let offline: serde_json::Value = serde_json::from_slice(&offline.stdout).unwrap();
        assert_eq!(offline["drift"], changed["drift"]);
        Ok(())
    })
    .unwrap();
}
