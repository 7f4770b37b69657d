//! What the tests of every crate share: throw-away PostgreSQL servers of each supported version, a database for
//! each test, golden files, case folders, and an oracle that reads a database without any of the product's code.
//!
//! It is development code and is never shipped. It never skips: a test that asks for a server and can't have one
//! gets an error that says what to install.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod additive;
pub mod binaries;
pub mod browser;
pub mod cases;
mod cluster;
pub mod database;
pub mod error;
pub mod exactness;
pub mod fake_server;
pub mod fingerprint;
pub mod generated;
pub mod golden;
pub mod linters;
pub mod migration_tools;
mod npm;
pub mod pg_dump;
pub mod program;
pub mod psql;
pub mod script;
pub mod server;
pub mod shared;
pub mod sql_parser;
mod storage;
pub mod tls;
pub mod versions;
pub mod xml;

pub use database::TestDatabase;
pub use error::{Error, Result};
pub use fingerprint::{Fingerprint, catalog_fingerprint};
pub use golden::assert_golden;
pub use server::{Server, ServerOptions};
pub use shared::shared_dir;
pub use versions::{MAJORS, for_each_version, test_versions};

use std::future::Future;

/// Runs a future to its end on a thread and a runtime of its own, so that it can be called from plain code and from
/// inside another runtime alike.
///
/// # Errors
/// When the runtime can't be built, or the future panics.
pub fn block_on<F>(future: F) -> Result<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map(|runtime| runtime.block_on(future))
                    .map_err(|error| Error::io("starting a runtime", error))
            })
            .join()
            .unwrap_or_else(|_| Err(Error::message("a task of testkit panicked; its message is above")))
    })
}
