//! Settles with PostgreSQL itself what rules can't: both sides of a question are created in throw-away databases, with
//! just the objects that they need, read back by the same introspection, and compared.
//!
//! Owns: the server that may be used for it, databases there, which objects a question needs, the comparison of what
//! comes back, the memory of answers, and reading SQL files whole through a server.
//!
//! Never: runs a statement on the live database, or on a database that it did not make.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ask;
mod closure;
mod create;
mod error;
mod extension;
mod memory;
mod rehearse;
mod server;
mod via;

pub use ask::{Sides, settle};
pub use error::Error;
#[cfg(unix)]
pub use extension::Kept;
pub use extension::install;
pub use memory::Memory;
pub use rehearse::{Rehearsal, Rehearsed, rehearse};
pub use server::{Place, Server};
pub use via::{Failed, Script, Through, through};
