//! A private PostgreSQL server from the binaries of this machine.
//!
//! Owns: finding the programs, the user that they run as, the cached clusters, starting one, and that it stops however
//! this program ends.
//!
//! Never: connects, runs SQL, or touches a server that it did not start.
#![cfg(unix)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod binaries;
mod error;
mod run_as;
mod server;
mod slot;

pub use binaries::Binaries;
pub use error::{Error, Result};
pub use run_as::RunAs;
pub use server::{Cluster, SUPERUSER};
pub use slot::base;
