//! Which extensions the server could install.

use crate::connect::Connected;
use crate::error::Error;
use std::collections::BTreeSet;
use trueup_catalog::Name;

/// Asks for the names in `pg_available_extensions`. The server reads its files of extensions for it, so that nobody asks in passing.
///
/// # Errors
/// X101 when the connection breaks.
pub async fn ask_extensions(connected: &Connected) -> Result<BTreeSet<Name>, Error> {
    let sql = "SELECT e.name::pg_catalog.text FROM pg_catalog.pg_available_extensions AS e";
    let messages = connected.client.simple_query(sql).await.map_err(|error| {
        Error::configuration(
            format!("the server does not tell which extensions it could install: {error}"),
            "look at pg_available_extensions with the same role",
        )
    })?;
    let name = |message: &tokio_postgres::SimpleQueryMessage| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(Name::new),
        _ => None,
    };
    Ok(messages.iter().filter_map(name).collect())
}
