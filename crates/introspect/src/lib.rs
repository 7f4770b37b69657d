//! A live PostgreSQL to a catalog, in one read-only snapshot.
//!
//! Owns connecting (libpq's parameters, passwords, TLS) and reading the system catalogs or the information schema into
//! [`trueup_catalog`]'s model. Never writes to a database, never reads SQL files, and never prints a password.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod connect;
mod error;

pub use connect::{ConnectConfig, Connected, Environment, Target, connect};
pub use error::Error;
