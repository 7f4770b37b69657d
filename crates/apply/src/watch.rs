//! Looking at the running statement from a second connection: for whom it waits, how far a build is. And telling.

use crate::failure::Said;
use crate::outcome::Fate;
use crate::task::Task;
use std::time::Duration;
use tokio_postgres::{Client, SimpleQueryMessage};

/// Hears how a run goes.
pub trait Listener {
    /// Something happened.
    fn news(&self, news: News<'_>);
}

/// What happens in a run.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// Another run holds the lock; this one looks again and again.
    OtherRun(&'a Blocker),
    /// A step begins: its place from 1, of how many.
    Begins(usize, usize, &'a Task),
    /// The running statement waits for these.
    Waits(&'a [Blocker]),
    /// The running statement builds an index.
    Builds(&'a Progress),
    /// A step could not be done in this try and rests before the next.
    Rests {
        /// Which try it was, from 1.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// How long it rests.
        rest: Duration,
        /// What the server said.
        said: &'a Said,
        /// For whom it waited.
        waited_for: &'a [Blocker],
    },
    /// The connection is gone; a new one is opened.
    Lost(&'a str),
    /// A step is over.
    Ended(usize, usize, &'a Task, &'a Fate, Duration),
    /// The running statement is being cancelled.
    Stopping,
}

/// A session that stands in the way. The text of its query is not shown: it may hold anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Its process; 0 for a prepared transaction.
    pub pid: i64,
    /// Its role, where it may be seen.
    pub user: Option<String>,
    /// Its `application_name`.
    pub application: Option<String>,
    /// `active`, `idle in transaction`, …
    pub state: Option<String>,
    /// How many seconds its transaction (or session) is old.
    pub seconds: Option<u64>,
}

impl std::fmt::Display for Blocker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pid == 0 {
            return f.write_str("a prepared transaction");
        }
        write!(f, "process {}", self.pid)?;
        let age = self.seconds.map(|seconds| format!("for {seconds} s"));
        let known: Vec<&str> = [&self.application, &self.user, &self.state, &age]
            .into_iter()
            .filter_map(|part| part.as_deref().filter(|text| !text.is_empty()))
            .collect();
        if known.is_empty() { Ok(()) } else { write!(f, " ({})", known.join(", ")) }
    }
}

/// How far a build is (manual, "CREATE INDEX Progress Reporting").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// As the server names it: `building index: scanning table`.
    pub phase: String,
    /// What is done of this phase, in blocks, tuples or sessions to wait for.
    pub done: u64,
    /// Of how many; 0 when it isn't told.
    pub total: u64,
}

/// What a look finds.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub blockers: Vec<Blocker>,
    pub progress: Option<Progress>,
}

/// Looks once. `pg_blocking_pids` stops the lock manager for a moment (manual), so that it is only asked when there is a wait.
pub(crate) async fn look(client: &Client, pid: i32) -> Result<Look, tokio_postgres::Error> {
    let sql = format!(
        "\
SELECT 'waits', b.pid::text, a.usename::text, a.application_name, a.state,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint::text
FROM pg_catalog.pg_stat_activity me
CROSS JOIN LATERAL pg_catalog.unnest(CASE WHEN me.wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(me.pid) END) b(pid)
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
WHERE me.pid = {pid}
UNION ALL
SELECT 'builds', p.phase, p.done::text, p.total::text, NULL, NULL
FROM (SELECT phase,
             CASE WHEN lockers_total > 0 AND phase LIKE 'waiting%' THEN lockers_done
                  WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END AS done,
             CASE WHEN lockers_total > 0 AND phase LIKE 'waiting%' THEN lockers_total
                  WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END AS total
      FROM pg_catalog.pg_stat_progress_create_index WHERE pid = {pid}) p"
    );
    let mut look = Look::default();
    for message in client.simple_query(&sql).await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let text = |at: usize| row.get(at).map(str::to_owned);
        let number = |at: usize| row.get(at).and_then(|n| n.parse::<u64>().ok());
        if row.get(0) == Some("builds") {
            look.progress = Some(Progress {
                phase: text(1).unwrap_or_default(),
                done: number(2).unwrap_or(0),
                total: number(3).unwrap_or(0),
            });
        } else {
            look.blockers.push(Blocker {
                pid: row.get(1).and_then(|pid| pid.parse().ok()).unwrap_or(0),
                user: text(2),
                application: text(3),
                state: text(4),
                seconds: number(5),
            });
        }
    }
    Ok(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocker_is_told_with_what_may_be_seen() {
        let mut blocker = Blocker {
            pid: 7,
            user: Some("app".to_owned()),
            application: Some(String::new()),
            state: Some("idle in transaction".to_owned()),
            seconds: Some(12),
        };
        assert_eq!(blocker.to_string(), "process 7 (app, idle in transaction, for 12 s)");
        blocker = Blocker { pid: 7, user: None, application: None, state: None, seconds: None };
        assert_eq!(blocker.to_string(), "process 7");
        blocker.pid = 0;
        assert_eq!(blocker.to_string(), "a prepared transaction");
    }
}
