//! Connecting: from a connection string or libpq's environment to an open connection.
//!
//! Owns parameters, hosts, passwords and TLS. Never runs a catalog query, and never shows a password: what may be shown
//! about a connection is [`Target`].

mod attempt;
mod config;
mod conninfo;
mod environment;
mod failure;
mod files;
mod parameter;
mod target;
mod tls;
mod verify;

pub use attempt::connect;
pub use config::ConnectConfig;
pub use environment::Environment;
pub(crate) use failure::describe;
pub use target::{Connected, Target};

/// Where servers keep their Unix sockets: Debian's folder, then PostgreSQL's own default.
pub(crate) const USUAL_SOCKET_FOLDERS: &[&str] = &["/var/run/postgresql", "/run/postgresql", "/tmp"];

#[cfg(test)]
mod tests;
