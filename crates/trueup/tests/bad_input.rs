//! What people hand to a program by mistake, and what networks and servers do to it: each gets a message that says
//! what is wrong and where, exit code 2, no panic, and no secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use trueup_testkit::fake_server::{Behaviour, FakeServer};
use trueup_testkit::{Server, ServerOptions};

const SECRET: &str = "s3cr3t-pa55word";

struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Exit code 2, and each of `words` in what it says.
    #[track_caller]
    fn refused(&self, words: &[&str]) {
        let all = self.all();
        assert_eq!(self.code, Some(2), "{all}");
        self.says(words);
    }

    #[track_caller]
    fn says(&self, words: &[&str]) {
        let all = self.all();
        for word in words {
            assert!(all.to_lowercase().contains(&word.to_lowercase()), "no `{word}` in:\n{all}");
        }
    }
}

/// Runs trueup without any of libpq's environment; whatever happens, it neither panics nor tells the secret.
#[track_caller]
fn trueup(arguments: &[&str]) -> Answer {
    trueup_with(arguments, |_| {})
}

#[track_caller]
fn trueup_with(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.env("TRUEUP_SCRATCH", "off");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("NO_COLOR", "1").stdin(Stdio::null());
    prepare(&mut command);
    let output = command.output().unwrap();
    let answer = Answer {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    };
    let all = answer.all();
    assert!(!all.contains("panicked") && answer.code != Some(101), "{all}");
    assert!(!all.contains(SECRET), "the secret came out:\n{all}");
    answer
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn schema(dir: &Path) -> String {
    let path = dir.join("schema.sql");
    std::fs::write(&path, "CREATE TABLE public.t (id integer PRIMARY KEY);\n").unwrap();
    text(&path).to_owned()
}

#[test]
fn a_missing_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let there = schema(dir.path());
    let missing = dir.path().join("nowhere.sql");
    trueup(&["check", "--desired", text(&missing), "--live", &there])
        .refused(&["nowhere.sql", "no such file"]);
    trueup(&["check", "--desired", &there, "--live", text(&missing)])
        .refused(&["nowhere.sql", "no such file"]);
    trueup(&["check", "--desired", text(dir.path().join("empty").as_path()), "--live", &there])
        .refused(&["empty"]);
}

#[test]
fn a_folder_without_sql_is_no_schema() {
    let dir = tempfile::tempdir().unwrap();
    let there = schema(dir.path());
    let folder = dir.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    trueup(&["check", "--desired", text(&folder), "--live", &there]).refused(&["folder", ".sql"]);
}

#[test]
fn a_syntax_error_has_line_column_and_caret_and_the_other_files_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let desired = dir.path().join("desired");
    std::fs::create_dir(&desired).unwrap();
    std::fs::write(
        desired.join("a_broken.sql"),
        "CREATE TABLE a (id int);\n\nCREATE TABLE broken (id int,, name text);\nCREATE TABLE after_it (id int);\n",
    )
    .unwrap();
    std::fs::write(desired.join("b_fine.sql"), "CREATE TABLE other_file (id int);\n").unwrap();
    let live = dir.path().join("live.sql");
    let rest = "CREATE TABLE a (id int); CREATE TABLE after_it (id int);";
    std::fs::write(&live, format!("{rest} CREATE TABLE other_file (id int);")).unwrap();
    let sides = ["--desired", text(&desired), "--live", text(&live)];
    // All the rest was read: live has it, and nothing of it is unexpected.
    let answer = trueup(&[&["check"], &sides[..]].concat());
    answer.refused(&["a_broken.sql:3:29", "CREATE TABLE broken (id int,, name text);", "^", "syntax error"]);
    assert!(!answer.all().contains("unexpected"), "{}", answer.all());
    // Drift beside it is shown as well, and it is never green.
    std::fs::write(&live, rest).unwrap();
    let answer = trueup(&[&["check"], &sides[..]].concat());
    answer.says(&["a_broken.sql:3:29", "other_file is missing"]);
    assert_ne!(answer.code, Some(0), "{}", answer.all());
    let json = trueup(&[&["check", "--format", "json"], &sides[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["undecided"].as_array().unwrap().len(), 1, "{json:#}");
    assert_eq!(json["drift"].as_array().unwrap().len(), 1, "{json:#}");
}

#[test]
fn a_wrong_password_is_told_without_repeating_it() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    let server = Server::start(&ServerOptions::new(15).password("the right one")).unwrap();
    let wrong = server.url_as("postgres", Some(SECRET), "postgres");
    trueup(&["check", "--desired", &desired, "--live", &wrong]).refused(&[
        "password",
        "postgres",
        "127.0.0.1",
    ]);
    let pairs = format!("host=127.0.0.1 port={} user=postgres password='{SECRET}'", server.port());
    trueup(&["check", "-vv", "--desired", &desired, "--live", &pairs]).refused(&["password"]);
    let none = server.url_as("postgres", None, "postgres");
    trueup(&["check", "--desired", &desired, "--live", &none]).refused(&["password"]);
    // By the environment, and right this time.
    let answer = trueup_with(&["check", "--desired", &desired], |command| {
        command.env("PGHOST", "127.0.0.1").env("PGPORT", server.port().to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", "postgres").env("PGPASSWORD", "the right one");
    });
    assert_eq!(answer.code, Some(1), "{}", answer.all());
    let answer = trueup_with(&["repair", "--desired", &desired], |command| {
        command.env("PGHOST", "127.0.0.1").env("PGPORT", server.port().to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", "postgres").env("PGPASSWORD", SECRET);
    });
    answer.refused(&["password"]);
}

#[test]
fn a_mistyped_url_is_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    for live in [
        format!("postgers://app:{SECRET}@127.0.0.1/shop"),
        format!("postgresql://app:{SECRET}@127.0.0.1:notaport/shop"),
        format!("postgresql://app:{SECRET}@127.0.0.1/shop?nonsense=1"),
        format!("hots=127.0.0.1 password={SECRET}"),
        format!("host=127.0.0.1 password='{SECRET}"),
    ] {
        trueup(&["check", "--desired", &desired, "--live", &live]).refused(&[]);
        trueup(&["check", "--desired", &desired, "--no-such-option", &live]).refused(&[]);
    }
}

#[test]
fn an_unreachable_host_is_told_with_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgresql://app:{SECRET}@127.0.0.1:{port}/shop");
    trueup(&["check", "--desired", &desired, "--live", &url]).refused(&[
        "127.0.0.1",
        &port.to_string(),
        "shop",
        "app",
        "refused",
    ]);
    let url = format!("postgresql://app:{SECRET}@host.invalid/shop");
    trueup(&["check", "--desired", &desired, "--live", &url]).refused(&["host.invalid"]);
    let socket = dir.path().join("no-socket");
    let pairs = format!("host={} user=app dbname=shop", text(&socket));
    trueup(&["check", "--desired", &desired, "--live", &pairs]).refused(&["no-socket"]);
}

#[test]
fn what_answers_but_is_no_postgresql_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    for behaviour in [Behaviour::Garbage, Behaviour::HangUp] {
        let server = FakeServer::start(behaviour).unwrap();
        trueup(&["check", "--desired", &desired, "--live", &server.url()])
            .refused(&[&server.port().to_string()]);
    }
    let server = FakeServer::start(Behaviour::Silent).unwrap();
    let start = Instant::now();
    let url = format!("{}?connect_timeout=2", server.url());
    trueup(&["check", "--desired", &desired, "--live", &url]).refused(&[]);
    assert!(start.elapsed() < Duration::from_secs(20), "it waited {:?}", start.elapsed());
}

#[test]
fn a_server_that_is_too_old_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    for version in ["9.6.24", "12.22"] {
        let server = FakeServer::start(Behaviour::Version(version.to_owned())).unwrap();
        trueup(&["check", "--desired", &desired, "--live", &server.url()]).refused(&[version, "13"]);
        trueup(&["repair", "--desired", &desired, "--live", &server.url()]).refused(&[version, "13"]);
    }
}

#[test]
fn a_role_without_rights_may_look_and_one_without_connect_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let desired = schema(dir.path());
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database
        .run("CREATE TABLE public.t (id integer PRIMARY KEY); REVOKE ALL ON SCHEMA public FROM PUBLIC;")
        .unwrap();
    let role = server.login_role(None).unwrap();
    // CONNECT alone is enough to look.
    let answer = trueup(&["check", "--desired", &desired, "--live", &database.url_as(&role, None)]);
    assert_eq!(answer.code, Some(0), "{}", answer.all());
    database.run(&format!("REVOKE CONNECT ON DATABASE {} FROM PUBLIC;", database.name())).unwrap();
    trueup(&["check", "--desired", &desired, "--live", &database.url_as(&role, None)]).refused(&[
        "permission denied",
        database.name(),
        &role,
    ]);
    trueup(&["check", "--desired", &desired, "--live", &server.url("no such database")])
        .refused(&["no such database", "does not exist"]);
    trueup(&["check", "--desired", &desired, "--live", &server.url_as("nobody here", None, "postgres")])
        .refused(&["nobody here"]);
}

#[test]
fn binary_garbage_is_no_schema() {
    let dir = tempfile::tempdir().unwrap();
    let there = schema(dir.path());
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let garbage: Vec<u8> = (0..200_000)
        .map(|_| {
            // xorshift: the same bytes on every run
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u8::try_from(state >> 56).unwrap()
        })
        .collect();
    let binary = dir.path().join("garbage.sql");
    std::fs::write(&binary, &garbage).unwrap();
    trueup(&["check", "--desired", text(&binary), "--live", &there]).refused(&["garbage.sql"]);
    // The custom format of pg_dump, a frequent mistake
    let custom = dir.path().join("custom.sql");
    std::fs::write(&custom, b"PGDMP\x01\x0e\x00\x04\x08\x01\x01\x01\x00\x00\x00\x00\xff\xfe").unwrap();
    trueup(&["check", "--desired", text(&custom), "--live", &there]).refused(&["custom.sql"]);
    let zeros = dir.path().join("zeros.sql");
    std::fs::write(&zeros, vec![0; 5000]).unwrap();
    trueup(&["check", "--desired", text(&zeros), "--live", &there]).refused(&["zeros.sql"]);
    // Printable garbage
    let letters: String = garbage.iter().map(|byte| char::from(32 + byte % 95)).collect();
    let printable = dir.path().join("printable.sql");
    std::fs::write(&printable, letters).unwrap();
    trueup(&["check", "--desired", text(&printable), "--live", &there]).refused(&["printable.sql"]);
    let snapshot = dir.path().join("garbage.json");
    std::fs::write(&snapshot, &garbage).unwrap();
    trueup(&["check", "--desired", &there, "--live", text(&snapshot)]).refused(&["garbage.json"]);
}

#[test]
fn a_file_of_100_mb_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let there = schema(dir.path());
    let dump = dir.path().join("dump.sql");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&dump).unwrap());
    writeln!(file, "CREATE TABLE public.t (id integer PRIMARY KEY);\nCOPY public.t (id) FROM stdin;")
        .unwrap();
    let line = format!("{}\n", "it's data; ".repeat(9));
    for _ in 0..100_000_000 / line.len() {
        file.write_all(line.as_bytes()).unwrap();
    }
    writeln!(file, "\\.\nCREATE TABLE public.at_the_end (id integer);").unwrap();
    drop(file);
    assert!(std::fs::metadata(&dump).unwrap().len() > 99_000_000);
    let answer = trueup(&["check", "--desired", text(&dump), "--live", &there]);
    assert_eq!(answer.code, Some(1), "{}", answer.all());
    answer.says(&["at_the_end"]);
    // And one that makes no sense: a log that somebody named .sql
    let nonsense = dir.path().join("nonsense.sql");
    let line = "2026-11-21 03:54:12 UTC [17] LOG:  checkpoint complete (wrote 42 buffers, 0.1%)\n";
    std::fs::write(&nonsense, line.repeat(100_000_000 / line.len())).unwrap();
    let answer = trueup(&["check", "--desired", text(&nonsense), "--live", &there]);
    answer.refused(&["nonsense.sql"]);
    assert!(answer.all().len() < 1_000_000, "a message of {} bytes", answer.all().len());
}

#[test]
fn thousands_of_errors_on_one_line_take_no_time() {
    let dir = tempfile::tempdir().unwrap();
    let there = schema(dir.path());
    let nonsense = dir.path().join("nonsense.sql");
    std::fs::write(&nonsense, "CREATE TABLE t (id int; ".repeat(5_000)).unwrap();
    let start = Instant::now();
    trueup(&["check", "--desired", text(&nonsense), "--live", &there]).refused(&["nonsense.sql:1:"]);
    assert!(start.elapsed() < Duration::from_secs(20), "it took {:?}", start.elapsed());
}

/// 63 bytes, the longest that PostgreSQL keeps.
const NAME: &str = "a \"quoted\" 'name'\nof two lines; DROP TABLE -- \u{1F418}\u{1F418} \\ $$ %s\t";

#[test]
fn a_name_of_63_bytes_with_quotes_newlines_and_emoji_is_a_name() {
    assert_eq!(NAME.len(), 63);
    let quoted = trueup_testkit::server::quote_ident(NAME);
    let dir = tempfile::tempdir().unwrap();
    let desired = dir.path().join("desired.sql");
    let sql = format!(
        "CREATE SCHEMA {quoted};\nCREATE TABLE {quoted}.{quoted} ({quoted} integer DEFAULT 1 CHECK ({quoted} > 0), other text);\nCREATE INDEX ON {quoted}.{quoted} ({quoted});\nCOMMENT ON COLUMN {quoted}.{quoted}.{quoted} IS 'a';\n"
    );
    std::fs::write(&desired, &sql).unwrap();
    let server = Server::shared(15).unwrap();
    let (full, empty) = (server.database().unwrap(), server.database().unwrap());
    full.run(&sql).unwrap();
    let answer = trueup(&["check", "--desired", text(&desired), "--live", &full.url()]);
    assert_eq!(answer.code, Some(0), "{}", answer.all());
    let answer = trueup(&["check", "--desired", text(&desired), "--live", &empty.url()]);
    assert_eq!(answer.code, Some(1), "{}", answer.all());
    // The source line holds the name as it is; every sentence about it must not be broken in two by it.
    for line in answer.stdout.lines().filter(|line| line.starts_with("error[")) {
        assert!(line.contains("\u{1F418}"), "a heading was cut at the newline: {line}");
    }
    // And the repair makes just that.
    let file = dir.path().join("repair.sql");
    let answer = trueup(&["repair", "--desired", text(&desired), "--live", &empty.url(), "-o", text(&file)]);
    assert_eq!(answer.code, Some(0), "{}", answer.all());
    empty.run_file(&file).unwrap();
    assert_eq!(full.fingerprint().unwrap().changes(&empty.fingerprint().unwrap()), Vec::<String>::new());
}
