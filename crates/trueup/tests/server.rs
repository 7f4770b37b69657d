//! The program against servers: what it finds, what it repairs, what it says when it can't.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Stdio};
use trueup_testkit::fake_server::{Behaviour, FakeServer};
use trueup_testkit::{Server, ServerOptions};

const SCHEMA: &str = "\
CREATE TYPE public.status AS ENUM ('new', 'paid', 'sent');
CREATE TABLE public.users (
  id bigint PRIMARY KEY,
  email text NOT NULL,
  last_seen_at timestamptz
);
CREATE UNIQUE INDEX users_email_key ON public.users (lower(email));
CREATE TABLE public.orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT orders_user_fk REFERENCES public.users,
  status public.status NOT NULL DEFAULT 'new',
  total numeric(10, 2) NOT NULL CONSTRAINT total_positive CHECK (total >= 0)
);
COMMENT ON TABLE public.orders IS 'What people bought';
";

const DRIFTED: &str = "\
CREATE TYPE public.status AS ENUM ('new', 'sent');
CREATE TABLE public.users (id bigint PRIMARY KEY, email character varying(100) NOT NULL);
CREATE TABLE public.orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL,
  status public.status NOT NULL DEFAULT 'new',
  total numeric(10, 2) NOT NULL
);
CREATE TABLE public.abandoned (id int);
INSERT INTO public.users VALUES (1, 'a@example.org');
INSERT INTO public.orders VALUES (1, 1, 'new', 10);
";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .args(words)
        .current_dir(folder)
        .env("PGPASSFILE", folder.join("none"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().expect("not killed"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn folder(schema: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.sql"), schema).unwrap();
    folder
}

#[test]
fn drift_is_found_repaired_and_gone() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(DRIFTED).unwrap();
    let folder = folder(SCHEMA);
    let url = database.url();
    let sides = ["--desired", "schema.sql", "--live", &url];

    let found = run(folder.path(), &[&["check"][..], &sides].concat());
    assert_eq!(found.code, 1, "{}{}", found.out, found.err);
    for expected in [
        "column public.users.last_seen_at is missing",
        "index public.users_email_key is missing",
        "constraint public.orders.orders_user_fk is missing",
        "constraint public.orders.total_positive is missing",
        "enum public.status has other labels",
        "column public.users.email has another type",
        "table public.abandoned is unexpected",
        "= live: character varying(100)",
    ] {
        assert!(found.out.contains(expected), "{expected} in {}", found.out);
    }

    let before = database.fingerprint().unwrap();
    let repair =
        run(folder.path(), &[&["repair", "-o", "repair.sql", "--allow", "widen"][..], &sides].concat());
    assert_eq!(repair.code, 1, "the abandoned table is left: {}{}", repair.out, repair.err);
    assert_eq!(
        database.fingerprint().unwrap().changes(&before),
        Vec::<String>::new(),
        "looking touches nothing"
    );
    let file = folder.path().join("repair.sql");
    // Twice is once.
    database.run_file(&file).unwrap();
    database.run_file(&file).unwrap();

    let left = run(folder.path(), &[&["check"][..], &sides].concat());
    assert_eq!(left.code, 1, "{}", left.out);
    assert!(left.out.contains("warning[D102]: table public.abandoned is unexpected"), "{}", left.out);
    assert!(left.out.contains("Drift: 1 warning; "), "{}", left.out);
    database.run("DROP TABLE public.abandoned").unwrap();
    let clean = run(folder.path(), &[&["check"][..], &sides].concat());
    assert_eq!(clean.code, 0, "{}", clean.out);
    assert!(
        clean.out.contains(&format!("match {} at 127.0.0.1 (PostgreSQL 15.", database.name())),
        "{}",
        clean.out
    );
    let nothing = run(folder.path(), &[&["repair", "-o", "repair.sql"][..], &sides].concat());
    assert_eq!(nothing.code, 0, "{}{}", nothing.out, nothing.err);
}

#[test]
fn a_snapshot_stands_for_the_server() {
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(SCHEMA).unwrap();
    let folder = folder(SCHEMA);
    let made = run(folder.path(), &["snapshot", "--live", &database.url(), "-o", "live.json"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let offline = run(folder.path(), &["check", "--desired", "schema.sql", "--live", "live.json"]);
    assert_eq!(offline.code, 0, "{}", offline.out);
    assert!(
        offline.out.contains(database.name()) && offline.out.contains("PostgreSQL 15."),
        "{}",
        offline.out
    );
    let reverse = run(folder.path(), &["check", "--desired", "live.json", "--live", &database.url()]);
    assert_eq!(reverse.code, 0, "{}", reverse.out);
}

#[test]
fn the_environment_is_the_live_side_when_none_is_said() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run("CREATE TABLE public.t (id int)").unwrap();
    let folder = folder("CREATE TABLE public.t (id int);");
    let url = database.url();
    let port = url.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).unwrap().0.to_owned();
    let user = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).unwrap().0.to_owned();
    let output = Command::new(env!("CARGO_BIN_EXE_trueup"))
        .env("TRUEUP_SCRATCH", "off")
        .args(["check", "--desired", "schema.sql", "--format", "json"])
        .current_dir(folder.path())
        .envs([
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", &port),
            ("PGDATABASE", database.name()),
            ("PGUSER", &user),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["outcome"], "in_sync");
    assert_eq!(found["target"]["database"], database.name());
    assert_eq!(found["target"]["port"].to_string(), port);
}

#[test]
fn a_role_with_connect_alone_can_look() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(SCHEMA).unwrap();
    let role = format!("looker_{}", database.name());
    database.run(&format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM public;")).unwrap();
    let folder = folder(SCHEMA);
    let ran =
        run(folder.path(), &["check", "--desired", "schema.sql", "--live", &database.url_as(&role, None)]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    database.run(&format!("REVOKE CONNECT ON DATABASE {} FROM public", database.name())).unwrap();
    let shut =
        run(folder.path(), &["check", "--desired", "schema.sql", "--live", &database.url_as(&role, None)]);
    assert_eq!(shut.code, 2);
    assert!(shut.err.starts_with("error[X10") && shut.err.contains("permission denied"), "{}", shut.err);
    database.run(&format!("DROP ROLE {role}")).unwrap();
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let server = Server::start(&ServerOptions::new(15).password("right horse")).unwrap();
    let database = server.database().unwrap();
    let folder = folder("SELECT 1;");
    let url = database.url();
    let wrong = url.replace("right%20horse", "hunter2").replace("right horse", "hunter2");
    assert!(wrong.contains("hunter2"), "the URL has a password to replace");
    let ran = run(folder.path(), &["check", "-vv", "--desired", "schema.sql", "--live", &wrong]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("error[X101]: can't connect to ")
            && ran.err.contains("password authentication failed"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{}", ran.err);
    let right = run(folder.path(), &["check", "-vv", "--desired", "schema.sql", "--live", &url]);
    assert_eq!(right.code, 0, "{}", right.err);
    assert!(!right.err.contains("right horse") && !right.err.contains("right%20horse"), "{}", right.err);
    assert!(
        right.err.contains("query=\"relation\"") && right.err.contains("ms="),
        "-vv tells each query: {}",
        right.err
    );
}

#[test]
fn what_is_no_supported_server_is_said() {
    let folder = folder("SELECT 1;");
    for (behaviour, code, words) in [
        (Behaviour::Version("9.6.24".to_owned()), "X103", "runs PostgreSQL 9.6.24, which is too old"),
        (Behaviour::Garbage, "X101", "can't connect to shop at 127.0.0.1:"),
        (Behaviour::HangUp, "X101", "can't connect to shop at 127.0.0.1:"),
        (Behaviour::Silent, "X101", "shop at 127.0.0.1"),
    ] {
        let server = FakeServer::start(behaviour.clone()).unwrap();
        let ran = run(
            folder.path(),
            &["check", "--desired", "schema.sql", "--live", &server.url(), "--connect-timeout", "2s"],
        );
        assert_eq!(ran.code, 2, "{behaviour:?}");
        assert!(
            ran.err.starts_with(&format!("error[{code}]: ")) && ran.err.contains(words),
            "{behaviour:?}: {}",
            ran.err
        );
    }
}

#[test]
fn names_that_nobody_should_use_are_safe_everywhere() {
    let database = Server::shared(15).unwrap().database().unwrap();
    // 63 bytes, with a quote, a line break, an end of comment, an escape sequence and emoji.
    let mut name = "a\"b\n*/; DROP TABLE keep; --\u{1b}[31m🚀".to_owned();
    while name.len() < 63 {
        name.push('x');
    }
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    let desired = format!(
        "CREATE TABLE public.keep (id int);\nCREATE TABLE public.{quoted} ({quoted} int CHECK ({quoted} > 0));\nCREATE INDEX ON public.{quoted} ({quoted});\nCOMMENT ON COLUMN public.{quoted}.{quoted} IS E'it''s\\n*/ here';\n"
    );
    database
        .run(&format!(
            "CREATE TABLE public.keep (id int); CREATE TABLE public.{} (id int);",
            quoted.replace('a', "b")
        ))
        .unwrap();
    let folder = folder(&desired);
    let url = database.url();
    let sides = ["--desired", "schema.sql", "--live", &url];
    let found = run(folder.path(), &[&["check"][..], &sides].concat());
    assert_eq!(found.code, 1, "{}", found.out);
    assert!(!found.out.contains('\u{1b}'), "{}", found.out);
    run(folder.path(), &[&["repair", "-o", "repair.sql"][..], &sides].concat());
    database.run_file(&folder.path().join("repair.sql")).unwrap();
    let after = run(folder.path(), &[&["check"][..], &sides].concat());
    assert!(after.out.contains("Drift: 1 warning;"), "{}", after.out);
}

/// What the standard's views hide from a role may exist: it is undecided, never missing.
#[test]
fn what_is_hidden_from_a_role_is_not_missing() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database.run(SCHEMA).unwrap();
    database
        .run(
            "CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql RETURN a + 1;
             CREATE FUNCTION win() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
             CREATE TABLE spans (r int4range, EXCLUDE USING gist (r WITH &&), double int, half int GENERATED ALWAYS AS (double / 2) STORED);
             CREATE VIEW halves AS SELECT half FROM spans;
             CREATE MATERIALIZED VIEW held AS SELECT 1 AS one;
             CREATE VIEW of_held AS SELECT coalesce(one, 2) AS c FROM held;
             CREATE DOMAIN small AS int CHECK (VALUE < 10);
             CREATE SEQUENCE numbers;
             CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
             CREATE FOREIGN TABLE away (a int CHECK (a > 0)) SERVER s;
             CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION fire();",
        )
        .unwrap();
    let some = server.login_role(None).unwrap();
    database
        .run(&format!("GRANT SELECT (id) ON users, orders TO {some}; GRANT SELECT ON halves TO {some}"))
        .unwrap();
    let folder = folder("");
    assert_eq!(run(folder.path(), &["snapshot", "--live", &database.url(), "-o", "full.json"]).code, 0);
    for role in ["postgres", &server.login_role(None).unwrap(), &some] {
        let live = database.url_as(role, None);
        let sides = ["--desired", "full.json", "--live", &live, "--format", "json"];
        let standard = ["--source", "information-schema"];
        let ran = run(folder.path(), &[&["check"][..], &sides, &standard].concat());
        assert_eq!(ran.code, 2, "{role}: {}{}", ran.out, ran.err);
        let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["drift"], serde_json::json!([]), "{role}");
        // The same text of one printer is the same, although what it is about is not in the standard's views.
        assert!(!ran.out.contains("U103"), "{role}: {}", ran.out);
        // The truth is there for the same role in pg_catalog.
        let ran = run(folder.path(), &[&["check"][..], &sides].concat());
        assert_eq!(ran.code, 0, "{role}: {}{}", ran.out, ran.err);
    }
}
