//! The question which of many rights the connected role lacks, asked in one round trip.
//!
//! Owns: the read-only transaction of the question. Never writes, and knows nothing of what the rights are for.

use crate::Error;
use crate::connect::{Connected, describe};
use futures_util::future::join3;

/// What the server says: who was asked, and the numbers of what it lacks, each with the owner of the thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightsFound {
    /// The current role.
    pub role: String,
    /// Whether it is superuser.
    pub superuser: bool,
    /// The administrators' roles of managed servers that it is a member of.
    pub managed: Vec<String>,
    /// Numbers and owners.
    pub lacking: Vec<(usize, Option<String>)>,
}

/// Asks. The query gives rows of (role, superuser, managed roles, number, owner), as `trueup_repair` writes it; the number is NULL
/// where nothing is lacking.
///
/// # Errors
/// X101 when the connection breaks or the query fails, X103 when the answer has another shape.
pub async fn ask_rights(connected: &Connected, query: &str) -> Result<RightsFound, Error> {
    let client = &connected.client;
    let failed = |error: tokio_postgres::Error| Error::Query {
        target: connected.target.to_string(),
        what: "rights".to_owned(),
        message: describe(&error),
    };
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; \
                 SET LOCAL standard_conforming_strings = on; SET LOCAL jit = off";
    // Sent together: one round trip.
    let (begun, rows, ended) =
        join3(client.batch_execute(begin), client.query_typed(query, &[]), client.batch_execute("ROLLBACK"))
            .await;
    begun.map_err(failed)?;
    let rows = rows.map_err(failed)?;
    ended.map_err(failed)?;
    let mut found = RightsFound::default();
    for row in &rows {
        let number: Option<i32> = row.try_get(3).map_err(failed)?;
        (found.role, found.superuser) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
        found.managed = row.try_get(2).map_err(failed)?;
        if let Some(number) = number.and_then(|number| usize::try_from(number).ok()) {
            found.lacking.push((number, row.try_get(4).map_err(failed)?));
        }
    }
    Ok(found)
}
