//! A drift with steps in every phase, and running the program on it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use trueup_testkit::TestDatabase;

/// What is wanted.
pub const DESIRED: &str = "\
CREATE SCHEMA shop;
CREATE TYPE shop.status AS ENUM ('new', 'paid', 'sent');
CREATE TYPE shop.colour AS ENUM ('red', 'green');
CREATE SEQUENCE shop.numbers;
CREATE TABLE shop.users (
  id bigint PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  seen timestamptz DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON shop.users (lower(email));
CREATE TABLE shop.orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL CONSTRAINT orders_user REFERENCES shop.users,
  status shop.status NOT NULL DEFAULT 'new',
  total numeric(10, 2) CONSTRAINT positive CHECK (total >= 0),
  note text,
  CONSTRAINT orders_number UNIQUE (user_id, id)
);
CREATE INDEX orders_user_id ON shop.orders (user_id);
CREATE INDEX orders_total ON shop.orders (total);
CREATE TABLE shop.lines (id bigint PRIMARY KEY, order_id bigint CONSTRAINT lines_order REFERENCES shop.orders);
CREATE INDEX lines_order_id ON shop.lines (order_id);
CREATE FUNCTION shop.total(bigint) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(total) FROM shop.orders WHERE user_id = $1';
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON shop.users FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE VIEW shop.active AS SELECT id, email, seen FROM shop.users;
COMMENT ON TABLE shop.orders IS 'What people bought';
COMMENT ON COLUMN shop.users.email IS 'Where to write';
";

/// What is there, with rows.
pub const LIVE: &str = "\
CREATE SCHEMA shop;
CREATE TYPE shop.status AS ENUM ('new', 'sent');
CREATE TABLE shop.users (id bigint PRIMARY KEY, email text NOT NULL, name text);
CREATE TABLE shop.orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL,
  status shop.status NOT NULL DEFAULT 'new',
  total numeric(10, 2)
);
INSERT INTO shop.users SELECT n, 'u' || n || '@example.org', 'User ' || n FROM generate_series(1, 200) n;
INSERT INTO shop.orders SELECT n, 1 + n % 200, 'new', n FROM generate_series(1, 1000) n;
";

/// The rows, whatever columns there are.
pub const ROWS: &str = "SELECT md5(string_agg(r, ',' ORDER BY r)) FROM (\
    SELECT concat_ws('|', id, email, name) AS r FROM shop.users UNION ALL \
    SELECT concat_ws('|', id, user_id, status, total) FROM shop.orders) x";

/// What the program did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; `None` when it was killed.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A folder with the desired schema.
pub fn folder(schema: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.sql"), schema).unwrap();
    folder
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command
        .env("TRUEUP_SCRATCH", "off")
        .args(words)
        .current_dir(folder)
        .env("PGPASSFILE", folder.join("none"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, words: &[&str]) -> Ran {
    collected(command(folder, words).spawn().unwrap())
}

/// The same with standard output somewhere else.
pub fn run_into(folder: &Path, words: &[&str], out: std::fs::File) -> Ran {
    collected(command(folder, words).stdout(out).spawn().unwrap())
}

/// Starts the program.
pub fn start(folder: &Path, words: &[&str]) -> Child {
    command(folder, words).spawn().unwrap()
}

/// What a started one did, once it has ended.
pub fn collected(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

/// `apply --yes` with the schema of the folder and consent to the trigger.
pub fn words(url: &str) -> Vec<&str> {
    vec!["apply", "--yes", "--desired", "schema.sql", "--live", url, "--allow", "trigger"]
}

/// Waits until a query gives `t`.
pub fn until(database: &TestDatabase<'_>, sql: &str) {
    let begun = Instant::now();
    while database.query_texts(sql).unwrap() != [Some("t".to_owned())] {
        assert!(begun.elapsed() < Duration::from_secs(60), "never true: {sql}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What is true while one session waits for that table. Copies of a database have the same object identifiers.
pub fn waited_for(table: &str) -> String {
    format!("SELECT count(*) = 1 FROM pg_locks WHERE {}", waits(table))
}

/// The condition on `pg_locks`.
pub fn waits(table: &str) -> String {
    format!(
        "NOT granted AND relation = '{table}'::regclass \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

/// The one value of a query.
pub fn value(database: &TestDatabase<'_>, sql: &str) -> String {
    database.query_texts(sql).unwrap().remove(0).unwrap_or_default()
}

/// A session of its own that keeps what it did open until it is dropped.
pub struct Open {
    release: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Open {
    /// Runs the statements in a transaction that stays open.
    pub fn transaction(database: &TestDatabase<'_>, sql: &str) -> Self {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (ready, is_ready) = std::sync::mpsc::channel::<()>();
        let (config, sql) = (database.server().socket_config(database.name()), format!("BEGIN; {sql}"));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            let runtime = runtime.unwrap();
            let client = runtime.block_on(async {
                let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                client.batch_execute(&sql).await.unwrap();
                client
            });
            ready.send(()).unwrap();
            let _ = released.recv();
            // A server that was restarted has ended it already.
            drop(runtime.block_on(client.batch_execute("COMMIT")));
        });
        is_ready.recv().unwrap();
        Open { release: Some(release), thread: Some(thread) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
