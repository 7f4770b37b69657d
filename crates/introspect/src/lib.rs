//! A live PostgreSQL to a catalog, in one read-only snapshot.
//!
//! Owns connecting (libpq's parameters, passwords, TLS) and reading the system catalogs or the information schema into
//! [`trueup_catalog`]'s model. Never writes to a database, never reads SQL files, and never prints a password.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod available;
mod connect;
mod error;
mod history;
mod information_schema;
mod pg_catalog;
mod privilege;
mod rights;
mod rows;
mod session;

pub use available::ask_extensions;
pub use connect::{ConnectConfig, Connected, Environment, Target, connect};
pub use error::Error;
pub use history::{HistoryFound, HistoryQuestion, HistoryRows, HistoryTable, read_history};
pub use pg_catalog::MembersOf;
pub use rights::{RightsFound, ask_rights};
pub use rows::{ListAnswer, ListQuestion, RowsAnswer, RowsLimits, RowsQuestion, ask_lists, ask_rows};
pub use session::ReadOptions;

use trueup_catalog::Catalog;

/// Reads the whole schema from the system catalogs, in one read-only snapshot.
///
/// Needs no privilege but CONNECT. One round trip, whatever the size of the schema.
///
/// # Errors
/// X101 when the connection breaks or a timeout strikes, X102 when the catalogs were closed to this role, X103 when an
/// answer has another shape than expected.
pub async fn read_pg_catalog(connected: &Connected, options: &ReadOptions) -> Result<Catalog, Error> {
    Ok(pg_catalog::read_catalog(connected, options, false).await?.0)
}

/// The same, and what the members of its extensions are, in digests that only this version of this program compares.
///
/// # Errors
/// As [`read_pg_catalog`].
pub async fn read_with_members(
    connected: &Connected,
    options: &ReadOptions,
) -> Result<(Catalog, MembersOf), Error> {
    pg_catalog::read_catalog(connected, options, true).await
}

/// Reads what the standard's `information_schema` shows to this role, in one read-only snapshot.
///
/// What the standard can't say is in [`trueup_catalog::Origin::not_covered`]; what is hidden from the role is counted and told as
/// a gap (U102).
///
/// # Errors
/// As [`read_pg_catalog`].
pub async fn read_information_schema(connected: &Connected, options: &ReadOptions) -> Result<Catalog, Error> {
    information_schema::read_catalog(connected, options).await
}

/// The catalog queries for a server of this version (such as 150018) by name: what [`read_pg_catalog`] sends, for those who want
/// to run or measure them by themselves.
///
/// # Errors
/// Never for the files that this crate carries; a test rules that out.
pub fn catalog_queries(version: u32) -> Result<Vec<(&'static str, String)>, Error> {
    pg_catalog::queries(version)
        .map(|queries| queries.into_iter().map(|query| (query.what, query.sql)).collect())
        .map_err(|message| Error::configuration(message, "report it: a query file of this program is broken"))
}
