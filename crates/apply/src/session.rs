//! The session that works, and the lock that keeps two runs apart.

use crate::beside::Beside;
use crate::failure::chain;
use crate::interrupt::Interrupt;
use crate::watch::{Blocker, Listener, News};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};
use trueup_introspect::{ConnectConfig, Connected};

/// The key of the lock: "trueup" in ASCII and a number. The lock tag holds the database as well (`SET_LOCKTAG_ADVISORY` of `lock.h`),
/// so that one key is enough for all databases of a server.
const KEY: i64 = 0x7472_7565_7570_0001;

/// How often the lock is tried, and a server that went away.
const POLL: Duration = Duration::from_millis(250);

/// What works, with settings of our own: whatever the role or the database has set would change how statements are read or how long
/// they may take. `idle_session_timeout` came with 14, `transaction_timeout` with 17.
const SETTINGS: &str = "\
SET application_name = 'trueup';
SET standard_conforming_strings = on;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_min_messages = error;";

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] trueup_introspect::Error),
    /// The connection broke while the session was being set up.
    #[error("the session could not be set up: {0}")]
    Setup(String),
    /// The server only follows another.
    #[error("the server is a standby: nothing can be changed there")]
    Standby,
    /// The session can only read.
    #[error("default_transaction_read_only is on for this role, database or server")]
    ReadOnly,
    /// Another run is at work.
    #[error("another trueup apply is at work in this database: {holder}; waited {} s for it", waited.as_secs())]
    OtherRun {
        /// Its session.
        holder: String,
        /// How long this one waited.
        waited: Duration,
    },
    /// It was stopped before it began.
    #[error("interrupted")]
    Interrupted,
}

/// Both sessions of a run.
pub(crate) struct Session {
    config: ConnectConfig,
    pub work: Client,
    pub beside: Beside,
}

impl Session {
    /// Opens both sessions and takes the lock, trying for as long as `wait`. Nothing is half done when it is interrupted.
    pub(crate) async fn open(
        config: &ConnectConfig,
        wait: Duration,
        interrupt: &mut Interrupt,
        listener: &dyn Listener,
    ) -> Result<Self, Refused> {
        tokio::select! {
            session = Session::open_and_lock(config, wait, listener) => session,
            () = interrupt.come() => Err(Refused::Interrupted),
        }
    }

    async fn open_and_lock(
        config: &ConnectConfig,
        wait: Duration,
        listener: &dyn Listener,
    ) -> Result<Self, Refused> {
        let Connected { client: work, version, .. } = trueup_introspect::connect(config).await?;
        let failed = |error: tokio_postgres::Error| Refused::Setup(chain(&error));
        work.batch_execute(SETTINGS).await.map_err(failed)?;
        // What a later step builds on must not go with a crash. Waiting for standbys is left as it is set (manual, synchronous_commit).
        let durable = "SELECT pg_catalog.set_config('synchronous_commit', 'local', false) \
                       WHERE pg_catalog.current_setting('synchronous_commit') = 'off'";
        work.simple_query(durable).await.map_err(failed)?;
        if version >= 140_000 {
            work.batch_execute("SET idle_session_timeout = 0").await.map_err(failed)?;
        }
        if version >= 170_000 {
            work.batch_execute("SET transaction_timeout = 0").await.map_err(failed)?;
        }
        let state = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only'), \
                     pg_catalog.pg_backend_pid()";
        let row = one(&work, state).await.map_err(failed)?;
        let row = row.ok_or_else(|| Refused::Setup("the server gave no answer".to_owned()))?;
        if row.get(0) == Some("t") {
            return Err(Refused::Standby);
        }
        if row.get(1) == Some("on") {
            return Err(Refused::ReadOnly);
        }
        let pid = row.get(2).and_then(|pid| pid.parse().ok());
        let pid = pid.ok_or_else(|| Refused::Setup("the server named no process".to_owned()))?;
        let session = Session { config: config.clone(), work, beside: Beside::open(config, pid).await? };
        session.lock(wait, listener).await?;
        Ok(session)
    }

    /// Tries for the lock again and again. It is never waited for inside the server: a session that does holds a snapshot, and the
    /// concurrent build of the other run would wait for it, each for the other.
    async fn lock(&self, wait: Duration, listener: &dyn Listener) -> Result<(), Refused> {
        let failed = |error: tokio_postgres::Error| Refused::Setup(chain(&error));
        let begun = Instant::now();
        let mut told = false;
        loop {
            let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({KEY})");
            let row = one(&self.work, &sql).await.map_err(failed)?;
            if row.as_ref().and_then(|row| row.get(0)) == Some("t") {
                return Ok(());
            }
            let holder = self.holder().await.map_err(failed)?;
            if begun.elapsed() >= wait {
                let holder = holder.map_or_else(|| "it can't be seen".to_owned(), |h| h.to_string());
                return Err(Refused::OtherRun { holder, waited: begun.elapsed() });
            }
            if let (false, Some(holder)) = (told, &holder) {
                listener.news(News::OtherRun(holder));
                told = true;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn holder(&self) -> Result<Option<Blocker>, tokio_postgres::Error> {
        // A bigint key is two halves and objsubid 1 (manual, pg_locks).
        let sql = format!(
            "SELECT l.pid, a.usename, a.application_name, a.state, \
                    EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.backend_start)::bigint \
             FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
             AND l.classid::bigint = {} AND l.objid::bigint = {}",
            KEY >> 32,
            KEY & 0xffff_ffff
        );
        Ok(one(&self.work, &sql).await?.map(|row| Blocker {
            pid: row.get(0).and_then(|pid| pid.parse().ok()).unwrap_or(0),
            user: row.get(1).map(str::to_owned),
            application: row.get(2).map(str::to_owned),
            state: row.get(3).map(str::to_owned),
            seconds: row.get(4).and_then(|age| age.parse().ok()),
        }))
    }

    /// Opens everything again after the connection was lost, and takes the lock again. As long as the old session still works on
    /// the lost statement, it holds the lock: when this one has it, nothing is half done any more.
    pub(crate) async fn reopen(
        &mut self,
        wait: Duration,
        interrupt: &mut Interrupt,
        listener: &dyn Listener,
    ) -> Result<(), Refused> {
        let begun = Instant::now();
        loop {
            let left = wait.saturating_sub(begun.elapsed());
            match Session::open(&self.config, left, interrupt, listener).await {
                Ok(session) => {
                    *self = session;
                    return Ok(());
                }
                // A server that restarts refuses connections for a while.
                Err(Refused::Connect(_) | Refused::Setup(_)) if begun.elapsed() < wait => {}
                Err(refused) => return Err(refused),
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = interrupt.come() => return Err(Refused::Interrupted),
            }
        }
    }

    /// Gives the lock back. The end of the session would do so too, a moment later.
    pub(crate) async fn close(self) {
        let sql = format!("SELECT pg_catalog.pg_advisory_unlock({KEY})");
        if let Err(error) = self.work.simple_query(&sql).await {
            tracing::debug!(%error, "the lock goes with the session");
        }
    }
}

async fn one(client: &Client, sql: &str) -> Result<Option<SimpleQueryRow>, tokio_postgres::Error> {
    Ok(client.simple_query(sql).await?.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }))
}
