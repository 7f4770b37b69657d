//! Drift to safe, additive, idempotent SQL.
//!
//! Owns: which step closes which drift, their order, guards, and the DDL text ([`ddl`]).
//!
//! Never: reads a schema, connects, drops, renames, retypes or rewrites.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod allow;
pub mod ddl;
mod guard;
mod mentions;
mod names;
mod order;
mod plan;
mod script;
mod step;
mod volatile;

pub use allow::Consent;
pub use mentions::{Mention, mentions};
pub use plan::{assess, plan};
pub use step::{Left, Options, Phase, Plan, Step};
