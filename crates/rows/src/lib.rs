//! Rows that must exist: what to ask a live database about them, and what the answers mean.
//!
//! Owns: which stated rows can be told apart (`key.rs`), the queries that look for them (`question.rs`), and the findings that come of the
//! answers (`finding.rs`).
//!
//! Never: reads SQL, connects, or changes a row. A row that live has and nobody states is no drift: whose it is can't be told.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod finding;
mod key;
mod question;

pub use finding::{Answer, Found, findings};
pub use question::{Asked, Question, questions};
