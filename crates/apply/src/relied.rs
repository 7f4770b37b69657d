//! Whether the live schema is still the one that a plan was made for: looked at once, before the first step.

use serde::Deserialize;
use tokio_postgres::SimpleQueryMessage;
use trueup_introspect::Connected;

/// How a plan says what it relies on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RelyOn {
    /// How many facts.
    pub facts: usize,
    /// What the query must run with.
    pub settings: String,
    /// Gives a row for each fact that does not hold: whether the plan makes it, and what is the matter.
    pub query: String,
    /// Whether no row at all says that everything is done.
    pub tells_done: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Still {
    /// The plan fits.
    Fits,
    /// Everything in the plan is done.
    Done,
    /// Facts do not hold any more: each in words.
    Differs(Vec<String>),
}

impl RelyOn {
    /// Looks at the live schema, in a transaction that only reads.
    ///
    /// # Errors
    /// What the server said.
    pub async fn look(&self, connected: &Connected) -> Result<Still, String> {
        let said = |error: tokio_postgres::Error| crate::failure::chain(&error);
        let client = &connected.client;
        // Looking makes nobody wait: it may wait for a lock as long as it may run.
        let begin = format!(
            "BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = 0; {}",
            self.settings
        );
        client.batch_execute(&begin).await.map_err(said)?;
        let answer = client.simple_query(&self.query).await.map_err(said);
        // Nothing was changed: a connection that is gone ends it as well.
        if let Err(error) = client.batch_execute("ROLLBACK").await {
            tracing::debug!(%error, "rollback");
        }
        let mut matters = Vec::new();
        let mut open = false;
        for message in answer? {
            if let SimpleQueryMessage::Row(row) = message {
                match (row.try_get(0), row.try_get(1)) {
                    (Ok(Some("f")), Ok(Some(matter))) => matters.push(matter.to_owned()),
                    (Ok(Some("t")), _) => open = true,
                    _ => return Err("the plan's query gives something else than was expected".to_owned()),
                }
            }
        }
        Ok(if !matters.is_empty() {
            Still::Differs(matters)
        } else if self.tells_done && !open {
            Still::Done
        } else {
            Still::Fits
        })
    }
}
