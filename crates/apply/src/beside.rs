//! The second session of a run: it looks on while the first works, and cancels.

use crate::leftover::{InvalidIndex, invalid};
use crate::watch::{Look, look};
use std::time::Duration;
use tokio_postgres::Client;
use trueup_introspect::ConnectConfig;

/// The longest that one look may take before it is given up for this time.
const GLANCE: Duration = Duration::from_secs(5);

/// A session that is opened again when it is gone. Where it can't be, nobody looks on, and the work goes on.
pub(crate) struct Beside {
    config: ConnectConfig,
    client: Client,
    /// The process of the session that works.
    pid: i32,
}

impl Beside {
    pub(crate) async fn open(config: &ConnectConfig, pid: i32) -> Result<Self, trueup_introspect::Error> {
        Ok(Beside { config: config.clone(), client: connect(config).await?, pid })
    }

    async fn client(&mut self) -> Option<&Client> {
        if self.client.is_closed() {
            match connect(&self.config).await {
                Ok(client) => self.client = client,
                Err(error) => {
                    tracing::debug!(%error, "nobody can look on");
                    return None;
                }
            }
        }
        Some(&self.client)
    }

    /// For whom the working session waits, how far its build is.
    pub(crate) async fn look(&mut self) -> Look {
        let pid = self.pid;
        let Some(client) = self.client().await else { return Look::default() };
        match tokio::time::timeout(GLANCE, look(client, pid)).await {
            Ok(Ok(look)) => look,
            Ok(Err(error)) => {
                tracing::debug!(%error, "nothing was seen");
                Look::default()
            }
            Err(_) => Look::default(),
        }
    }

    /// Cancels what the working session runs. The same as a cancel request, but told over a connection that is open already,
    /// with the encryption that it has (manual, `pg_cancel_backend`).
    pub(crate) async fn cancel(&mut self) {
        let sql = format!("SELECT pg_catalog.pg_cancel_backend({})", self.pid);
        let Some(client) = self.client().await else { return };
        match tokio::time::timeout(GLANCE, client.simple_query(&sql)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "the cancellation was not taken"),
            Err(_) => tracing::debug!("the cancellation was not answered"),
        }
    }

    /// The invalid indexes of the database; `None` when nobody can say.
    pub(crate) async fn invalid(&mut self) -> Option<Vec<InvalidIndex>> {
        match tokio::time::timeout(GLANCE, invalid(self.client().await?)).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(error)) => {
                tracing::debug!(%error, "invalid indexes were not looked for");
                None
            }
            Err(_) => None,
        }
    }
}

async fn connect(config: &ConnectConfig) -> Result<Client, trueup_introspect::Error> {
    let connected = trueup_introspect::connect(config).await?;
    let settings = format!("SET application_name = 'trueup'; SET statement_timeout = {}", GLANCE.as_millis());
    if let Err(error) = connected.client.batch_execute(&settings).await {
        // It only looks on, with other settings as well.
        tracing::debug!(%error, "the session that looks on has its own settings");
    }
    Ok(connected.client)
}
