//! A migration run for real, statement by statement, on a throw-away copy of a live schema.
//!
//! The copy is made as a question's sides are (`create`): the role that owns it is no superuser on a private server, since the live
//! schema's own functions may run there. What a statement is refused for want of rights says nothing about the live database.

use crate::Error;
use crate::create;
use crate::error::said;
use crate::server::Server;
use trueup_catalog::Catalog;

/// What became of a migration.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Each statement in its order.
    pub statements: Vec<Rehearsed>,
    /// What of the live schema could not be made, as a person would name it.
    pub unmade: Vec<String>,
}

/// What became of one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsed {
    /// It went through.
    Succeeded,
    /// The server refused it: SQLSTATE and message.
    Failed(String, String),
    /// It was not run, or its failure says nothing: why.
    NotComparable(String),
}

/// Runs `statements` one after the other in a copy of `live`; one that fails is passed over. Those that are `None` are not run.
///
/// # Errors
/// When no copy can be made at all, or the connection breaks.
pub async fn rehearse(
    server: &Server,
    live: &Catalog,
    statements: &[Option<String>],
) -> Result<Rehearsal, Error> {
    let (steps, usual, mut failed) = create::steps(live, server.version());
    let database = server.database(false).await?;
    let result = async {
        failed.extend(create::run(&database, &steps, &usual).await?);
        let client = &database.plain.client;
        let prepared = client.batch_execute("RESET ALL; SET statement_timeout = '60s'").await;
        prepared.map_err(|error| Error::refused("preparing the copy of the live schema", &error))?;
        let mut done = Vec::with_capacity(statements.len());
        for statement in statements {
            let Some(sql) = statement else {
                done.push(Rehearsed::NotComparable(
                    "it reaches beyond the database or waits for rows".to_owned(),
                ));
                continue;
            };
            // What a file's own transaction block wraps: a failure must not take the rest with it.
            let in_block = done_in_block(client).await?;
            if in_block {
                let point = client.batch_execute("SAVEPOINT trueup_rehearsal").await;
                point.map_err(|error| Error::refused("setting a savepoint", &error))?;
            }
            match client.batch_execute(sql).await {
                Ok(()) => done.push(Rehearsed::Succeeded),
                Err(error) if error.is_closed() => {
                    return Err(Error::refused("running the migration in a copy", &error));
                }
                Err(error) => {
                    if in_block {
                        let back = client.batch_execute("ROLLBACK TO SAVEPOINT trueup_rehearsal").await;
                        back.map_err(|error| Error::refused("going back to a savepoint", &error))?;
                    }
                    let state = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
                    done.push(match state.as_str() {
                        "42501" => Rehearsed::NotComparable(said(&error)),
                        _ => Rehearsed::Failed(state, said(&error)),
                    });
                }
            }
        }
        Ok::<_, Error>(done)
    }
    .await;
    server.drop(database).await;
    let unmade = failed.iter().map(|(key, _)| format!("{} {key}", key.kind)).collect();
    Ok(Rehearsal { statements: result?, unmade })
}

/// Whether a transaction block is open: outside of one, each statement has a time of its own.
async fn done_in_block(client: &tokio_postgres::Client) -> Result<bool, Error> {
    let asked = client
        .simple_query("SELECT pg_catalog.now() IS DISTINCT FROM pg_catalog.statement_timestamp()")
        .await
        .map_err(|error| Error::refused("asking for the transaction", &error))?;
    Ok(asked.iter().any(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    }))
}
