//! The program as a user runs it, without any server: files, snapshots, output, errors, exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own with files in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Place(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.env("TRUEUP_SCRATCH", "off");
        command
            .args(words)
            .current_dir(self.0.path())
            .env_remove("CLICOLOR_FORCE")
            .env("PGCONNECT_TIMEOUT", "2");
        command
    }

    fn run(&self, words: &[&str]) -> Ran {
        Ran::from(self.command(words).stdin(Stdio::null()).output().unwrap())
    }
}

#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            code: output.status.code().expect("not killed"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

const USERS: &str = "CREATE TABLE public.users (\n  id bigint PRIMARY KEY,\n  email text NOT NULL\n);\n";
const USERS_OLD: &str = "CREATE TABLE public.users (\n  id bigint PRIMARY KEY\n);\n";

#[test]
fn in_sync_is_0_drift_is_1() {
    let place = Place::new(&[("a.sql", USERS), ("b.sql", USERS_OLD)]);
    let same = place.run(&["check", "--desired", "a.sql", "--live", "a.sql"]);
    assert_eq!((same.code, same.err.as_str()), (0, ""), "{same:?}");
    assert!(same.out.starts_with("In sync: "), "{same:?}");
    let drift = place.run(&["check", "--desired", "a.sql", "--live", "b.sql"]);
    assert_eq!(drift.code, 1, "{drift:?}");
    assert!(
        drift.out.contains("error[D101]: column public.users.email is missing\n --> a.sql:3:3\n"),
        "{drift:?}"
    );
    assert!(drift.err.contains("trueup repair --desired a.sql --live b.sql -o repair.sql"), "{drift:?}");
    let quiet = place.run(&["check", "-q", "--desired", "a.sql", "--live", "b.sql"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (1, ""));
}

#[test]
fn standard_input_and_folders_are_sources() {
    let place =
        Place::new(&[("schema/1.sql", "CREATE SCHEMA s;"), ("schema/deep/2.sql", USERS), ("all.sql", USERS)]);
    let mut child = place
        .command(&["check", "--desired", "-", "--live", "all.sql"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(USERS.as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let folder = place.run(&["check", "--desired", "schema", "--live", "schema/1.sql", "all.sql"]);
    assert_eq!(folder.code, 0, "{folder:?}");
    let both = place.run(&["check", "--desired", "-", "--live", "-"]);
    assert_eq!(both.code, 2, "{both:?}");
    assert!(both.err.contains("both sides read standard input"));
}

#[test]
fn json_is_for_programs() {
    let place = Place::new(&[("a.sql", USERS), ("b.sql", USERS_OLD)]);
    let ran = place.run(&["check", "--format", "json", "--desired", "a.sql", "--live", "b.sql"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{ran:?}");
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["format_version"], 1);
    assert_eq!(found["outcome"], "drift");
    assert_eq!(found["drift"][0]["object"], "public.users.email");
    assert_eq!(found["drift"][0]["source"]["line"], 3);
    assert_eq!(found["target"], serde_json::Value::Null);
    let failed = place.run(&["check", "--format", "json", "--desired", "none.sql", "--live", "b.sql"]);
    let found: serde_json::Value = serde_json::from_str(&failed.out).unwrap();
    assert_eq!((failed.code, found["outcome"].as_str()), (2, Some("error")), "{failed:?}");
    assert_eq!(found["errors"][0]["code"], "X104");
}

#[test]
fn a_syntax_error_names_its_place_and_the_other_files_are_read() {
    let place = Place::new(&[
        ("schema/a.sql", USERS),
        ("schema/b.sql", "SELECT 1;\n  CREATE TABLE public.t (id int,, b int);\n"),
        ("live.sql", USERS),
    ]);
    let ran = place.run(&["check", "--desired", "schema", "--live", "live.sql"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.contains("error[S101]"), "{ran:?}");
    assert!(ran.out.contains(" --> schema/b.sql:2:"), "{ran:?}");
    assert!(ran.out.contains("CREATE TABLE public.t (id int,, b int);"), "{ran:?}");
    assert!(ran.out.contains("\"in sync\" can't be said"), "{ran:?}");
    assert!(!ran.out.contains("public.users"), "the other file is read: {ran:?}");
}

#[test]
fn what_cannot_be_used_is_2_and_says_why() {
    let place = Place::new(&[
        ("a.sql", USERS),
        ("live.json", "{\"no\": \"snapshot\"}"),
        ("future.json", "{\"trueup_snapshot\": 99}"),
    ]);
    std::fs::write(place.path("garbage.sql"), [0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe]).unwrap();
    std::fs::create_dir(place.path("empty")).unwrap();
    for (words, expected) in [
        (&["check", "--desired", "none.sql", "--live", "a.sql"][..], "none.sql: No such file or directory\n"),
        (&["check", "--desired", "garbage.sql", "--live", "a.sql"], "garbage.sql: "),
        (&["check", "--desired", "empty", "--live", "a.sql"], "empty: the folder has no .sql file"),
        (&["check", "--desired", "a.sql", "--live", "live.json"], "live.json is no snapshot"),
        (&["check", "--desired", "a.sql", "--live", "future.json"], "of version 99"),
        (&["check", "--desired", "a.sql", "--live", ""], "the value of --live is empty"),
        (
            &["repair", "--desired", "a.sql", "--live", "a.sql", "-o", "no/where.sql"],
            "no/where.sql can't be written: No such file or directory",
        ),
        (
            &["repair", "--desired", "a.sql", "--live", "a.sql", "-o", "empty"],
            "empty can't be written: it is a folder",
        ),
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, 2, "{words:?} {ran:?}");
        assert!(ran.err.starts_with("error[X104]: ") && ran.err.contains(expected), "{words:?} {ran:?}");
        assert_eq!(ran.out, "", "{words:?}");
    }
    assert!(!place.path("no").exists());
}

#[test]
fn a_password_is_never_repeated() {
    let place = Place::new(&[("a.sql", USERS)]);
    let port = {
        // A port on which nobody listens: it was free a moment ago.
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    };
    let url = format!("postgres://someone:hunter2@127.0.0.1:{port}/shop");
    let refused = place.run(&["check", "-vv", "--desired", "a.sql", "--live", &url]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("error[X101]: can't connect to shop at 127.0.0.1:"), "{refused:?}");
    for words in [
        vec!["check", "--desired", "a.sql", "--live", &url],
        vec!["check", "--desired", "a.sql", &url],
        vec!["check", &url, "--desired", "a.sql"],
        vec!["check", "--desired", "a.sql", "--live", "postgers://u:hunter2@h/d"],
        vec!["check", "--desired", "a.sql", "--live", "hots=x password=hunter2"],
        vec!["check", "--desired", "a.sql", "--live", "host=127.0.0.1 pasword=hunter2"],
        vec!["check", "--desired", "a.sql", "--live", "postgres://u:hunter2@h:notaport/d"],
        vec!["snapshot", "--live", &url, "--format=hunter2@x"],
        vec!["snapshot", "--live", &url, "-o", "x.json"],
    ] {
        let ran = place.run(&words);
        assert_eq!(ran.code, 2, "{words:?} {ran:?}");
        assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{words:?} {ran:?}");
    }
    assert!(!place.path("x.json").exists());
}

#[test]
fn usage_errors_are_2_and_help_is_0() {
    let place = Place::new(&[]);
    for words in [
        &["check"][..],
        &["nothing"],
        &[],
        &["check", "--desired", "a", "--format", "xml"],
        &["check", "--desired", "a", "--lock-timeout", "0"],
    ] {
        assert_eq!(place.run(words).code, 2, "{words:?}");
    }
    let help = place.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit codes: 0 in sync"));
    assert_eq!(place.run(&["--version"]).out, format!("trueup {}\n", env!("CARGO_PKG_VERSION")));
    assert!(place.run(&["man"]).out.contains(".TH trueup-check 1"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(place.run(&["completions", shell]).out.contains("--desired"), "{shell}");
    }
}

#[test]
fn explain_knows_numbers_and_names() {
    let place = Place::new(&[]);
    let by_number = place.run(&["explain", "D201"]);
    assert_eq!(by_number, place.run(&["explain", "type-differs"]));
    assert!(by_number.out.starts_with("# D201 type-differs (error)\n"));
    assert!(place.run(&["explain"]).out.lines().count() > 40);
    let unknown = place.run(&["explain", "D299"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    assert!(unknown.err.contains("no code is called `D299`"), "{unknown:?}");
}

impl PartialEq for Ran {
    fn eq(&self, other: &Self) -> bool {
        (self.code, &self.out, &self.err) == (other.code, &other.out, &other.err)
    }
}

#[test]
fn a_snapshot_of_a_side_is_as_good_as_the_side() {
    let place = Place::new(&[("a.sql", USERS), ("b.sql", USERS_OLD)]);
    let made = place.run(&["snapshot", "--live", "a.sql", "-o", "a.json"]);
    assert_eq!(made.code, 0, "{made:?}");
    for (desired, live, code) in
        [("a.sql", "a.json", 0), ("a.json", "a.sql", 0), ("a.json", "b.sql", 1), ("b.sql", "a.json", 1)]
    {
        let ran = place.run(&["check", "--desired", desired, "--live", live]);
        assert_eq!(ran.code, code, "{desired} {live} {ran:?}");
    }
    assert_eq!(place.run(&["snapshot", "--live", "a.sql"]).out.lines().next(), Some("{"));
}

#[test]
fn a_repair_goes_to_a_file_or_to_standard_output() {
    let place = Place::new(&[("a.sql", USERS), ("b.sql", USERS_OLD)]);
    let sides = ["--desired", "a.sql", "--live", "b.sql"];
    let to_file = place.run(&[&["repair", "-o", "repair.sql"][..], &sides].concat());
    let file = std::fs::read_to_string(place.path("repair.sql")).unwrap();
    assert!(file.starts_with("-- Repair of schema drift"), "{file}");
    assert!(to_file.out.contains("Written to repair.sql"), "{to_file:?}");
    let to_stdout = place.run(&[&["repair"][..], &sides].concat());
    let without_time =
        |text: &str| text.lines().filter(|l| !l.starts_with("-- made")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_time(&to_stdout.out), without_time(&file));
    assert!(to_stdout.err.contains("Repair:"), "{to_stdout:?}");
    assert_eq!(to_file.code, to_stdout.code);
    let json = place.run(&[&["repair", "--format", "json"][..], &sides].concat());
    let found: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(found["repair"]["steps"].is_array(), "{json:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let place = Place::new(&[("a.sql", USERS)]);
    let mut child =
        place.command(&["explain"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let place = Place::new(&[("a.sql", USERS)]);
    let ran = place.run(&["repair", "--desired", "a.sql", "--live", "a.sql", "-o", "/dev/full"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("/dev/full can't be written: No space left on device"), "{ran:?}");
}

#[test]
fn colours_follow_the_options_and_the_environment() {
    let place = Place::new(&[("a.sql", USERS), ("b.sql", USERS_OLD)]);
    let words = ["check", "--desired", "a.sql", "--live", "b.sql"];
    let colored = |extra: &[&str], variables: &[(&str, &str)]| {
        let mut command = place.command(&[&words[..], extra].concat());
        command.env_remove("NO_COLOR").envs(variables.iter().copied());
        Ran::from(command.stdin(Stdio::null()).output().unwrap()).out.contains("\u{1b}[")
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color=always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn strange_names_are_printed_on_one_line() {
    let strange = "CREATE TABLE public.\"a\"\"b\nc\u{1b}[31m🚀\" (id int);\n";
    let place = Place::new(&[("a.sql", strange), ("b.sql", "CREATE TABLE public.x (id int);")]);
    let ran = place.run(&["check", "--desired", "a.sql", "--live", "b.sql"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("table public.\"a\"\"b\\nc\\u{1b}[31m🚀\" is missing"), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}'), "{ran:?}");
    let repair = place.run(&["repair", "--desired", "a.sql", "--live", "b.sql"]);
    for line in repair.out.lines().filter(|l| l.starts_with("--")) {
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}
