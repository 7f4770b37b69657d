//! What clients feel while a repair runs: nothing but a wait of the lock timeout.

use crate::support::{Open, collected, folder, run, start};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use trueup_testkit::{Error, for_each_version};

/// How many clients read and write.
const CLIENTS: usize = 8;

/// How long a step waits for its lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// What a busy machine may add to a wait of that time: more clients than processors, servers of other tests.
const SLACK: Duration = Duration::from_millis(1500);

const LIVE: &str = "\
CREATE TABLE accounts (id int PRIMARY KEY, owner text, balance bigint NOT NULL);
CREATE TABLE entries (id bigserial PRIMARY KEY, account int NOT NULL, amount bigint NOT NULL, at timestamptz DEFAULT now());
INSERT INTO accounts SELECT n, 'owner ' || n, 0 FROM generate_series(1, 2000) n;
INSERT INTO entries (account, amount) SELECT 1 + n % 2000, n FROM generate_series(1, 60000) n;
ANALYZE;
";

const DESIRED: &str = "\
CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL, balance bigint NOT NULL, opened timestamptz DEFAULT now(), grade int NOT NULL DEFAULT 1);
CREATE TABLE entries (id bigserial PRIMARY KEY, account int NOT NULL CONSTRAINT entries_account REFERENCES accounts,
  amount bigint NOT NULL CONSTRAINT amounts CHECK (amount > -1000000), at timestamptz DEFAULT now(), memo text);
CREATE INDEX entries_account_id ON entries (account);
CREATE INDEX entries_at ON entries (at, account);
CREATE UNIQUE INDEX accounts_owner ON accounts (owner);
CREATE TABLE limits (account int PRIMARY KEY CONSTRAINT limits_account REFERENCES accounts, most bigint);
CREATE FUNCTION checked() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER checked BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION checked();
CREATE VIEW rich AS SELECT id, owner FROM accounts WHERE balance > 1000;
COMMENT ON TABLE entries IS 'Every movement';
";

/// When a statement ran.
const WHEN: [&str; 3] = ["before", "during", "after"];

/// What one client felt: the time of each statement, by when it began.
struct Felt {
    times: [Vec<Duration>; 3],
    errors: Vec<String>,
}

/// A transaction as an application has it: reads, changes a row, adds one.
async fn client(config: tokio_postgres::Config, number: usize, now: Arc<AtomicU8>) -> Felt {
    let mut felt = Felt { times: [const { Vec::new() }; 3], errors: Vec::new() };
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut turn = number;
    loop {
        let stage = now.load(Ordering::SeqCst);
        if stage as usize >= WHEN.len() {
            return felt;
        }
        turn = (turn * 31 + 7) % 2000;
        let account = 1 + turn;
        let statements = [
            format!("SELECT owner, balance FROM accounts WHERE id = {account}"),
            "BEGIN".to_owned(),
            format!("UPDATE accounts SET balance = balance + 1 WHERE id = {account}"),
            format!("INSERT INTO entries (account, amount) VALUES ({account}, 1)"),
            "COMMIT".to_owned(),
            format!(
                "SELECT count(*), max(amount) FROM entries WHERE id BETWEEN {account} AND {account} + 20"
            ),
        ];
        for sql in statements {
            let begun = Instant::now();
            if let Err(error) = client.simple_query(&sql).await {
                let said = error.as_db_error().map(|e| format!("{}: {}", e.code().code(), e.message()));
                felt.errors.push(format!("{sql}: {}", said.unwrap_or_else(|| error.to_string())));
                drop(client.simple_query("ROLLBACK").await);
                break;
            }
            felt.times[stage as usize].push(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn clients_see_no_error_and_wait_no_longer_than_the_lock_timeout() {
    println!(
        "{:<8}{:<8}{:>11}{:>10}{:>10}{:>10}{:>8}",
        "server", "when", "statements", "median", "99 %", "longest", "errors"
    );
    for_each_version(|server| {
        let database = server.database()?;
        database.run(LIVE)?;
        let folder = folder(DESIRED);
        let url = database.url();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let now = Arc::new(AtomicU8::new(0));
        let config = server.socket_config(database.name());
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| runtime.spawn(client(config.clone(), number * 211, Arc::clone(&now))))
            .collect();
        std::thread::sleep(Duration::from_millis(1500));
        now.store(1, Ordering::SeqCst);
        // A report that reads for long: steps that need the table for themselves have to try again.
        let reader = Open::transaction(&database, "SELECT count(*) FROM entries");
        let timeout = format!("{}ms", LOCK_TIMEOUT.as_millis());
        let words = [
            "apply",
            "--yes",
            "--desired",
            "schema.sql",
            "--live",
            &url,
            "--allow",
            "trigger",
            "--lock-timeout",
            &timeout,
        ];
        let child = start(folder.path(), &words);
        std::thread::sleep(Duration::from_secs(5));
        drop(reader);
        let ran = collected(child);
        now.store(2, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(1000));
        now.store(3, Ordering::SeqCst);
        assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
        assert!(
            ran.err.contains("canceling statement due to lock timeout"),
            "nothing was tried again: {}",
            ran.err
        );

        let mut times = [const { Vec::new() }; 3];
        let mut errors = Vec::new();
        for client in clients {
            let felt = runtime.block_on(client).unwrap();
            errors.extend(felt.errors);
            for (all, one) in times.iter_mut().zip(felt.times) {
                all.extend(one);
            }
        }
        for (when, times) in WHEN.iter().zip(&mut times) {
            times.sort_unstable();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
            println!(
                "{:<8}{when:<8}{:>11}{:>7.2} ms{:>7.1} ms{:>7.0} ms{:>8}",
                server.major(),
                times.len(),
                at(0.5),
                at(0.99),
                at(1.0),
                errors.len()
            );
            assert!(times.len() > 200, "no load {when}");
            assert!(*times.last().unwrap() <= LOCK_TIMEOUT + SLACK, "{when}: {:?}", times.last());
        }
        assert_eq!(errors, Vec::<String>::new());
        let checked = run(folder.path(), &["check", "--desired", "schema.sql", "--live", &url]);
        assert_eq!(checked.code, Some(0), "{}", checked.out);
        Ok::<(), Error>(())
    })
    .unwrap();
}
