//! Indexes that an unfinished concurrent build left: invalid, never used by queries, kept up by every write.

use serde::Serialize;
use tokio_postgres::{Client, SimpleQueryMessage};
use trueup_catalog::quote_ident;

/// An invalid index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InvalidIndex {
    /// Its name as SQL writes it: `public.users_email_key`.
    pub index: String,
    /// Its table likewise.
    pub table: String,
    /// What removes it; for the user to run.
    pub way_out: String,
}

/// Those that nobody builds just now (manual, `pg_index.indisvalid` and `pg_stat_progress_create_index`). An index of a partitioned
/// table is invalid until all parts are attached, and left by no build.
const INVALID: &str = "\
SELECT n.nspname, c.relname, tn.nspname, t.relname
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND t.relkind <> 't'
AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY 1, 2";

/// All that the database has.
pub(crate) async fn invalid(client: &Client) -> Result<Vec<InvalidIndex>, tokio_postgres::Error> {
    let mut found = Vec::new();
    for message in client.simple_query(INVALID).await? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let name = |schema: usize, name: usize| {
            let part = |at: usize| quote_ident(row.get(at).unwrap_or_default()).into_owned();
            format!("{}.{}", part(schema), part(name))
        };
        let index = name(0, 1);
        found.push(InvalidIndex {
            way_out: format!("DROP INDEX CONCURRENTLY {index};"),
            index,
            table: name(2, 3),
        });
    }
    Ok(found)
}
