//! Drift to safe, additive, idempotent SQL.
//!
//! Owns: which step closes which drift, their order, guards, and the DDL text ([`ddl`]).
//!
//! Never: reads a schema, connects, drops, renames, retypes or rewrites.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ahead;
mod allow;
pub mod ddl;
mod guard;
mod hazard;
mod lock;
mod mentions;
mod names;
mod order;
mod plan;
mod probe;
mod relied;
pub mod rights;
mod script;
mod shape;
mod statement;
mod step;
mod stop;
mod volatile;

pub use ahead::{Ahead, lock_ahead_statement};
pub use allow::Consent;
pub use hazard::Hazard;
pub use lock::{Blocks, Held, Lock, LockMode, Locked};
pub use mentions::{Mention, mentions};
pub use plan::{assess, assess_for, plan};
pub use probe::{Answer, Probe, Unit};
/// Questions to the rows of a live table, for whoever is to know whether a constraint would hold.
pub mod questions {
    pub use crate::probe::{check, duplicates, not_a_label, nulls, orphans, unfilled};
}
pub use relied::{Digests, Relied, catalog_digest};
pub use script::{Piece, path as search_path_value};
pub use statement::{Asked, Refusal, Statement};
pub use step::{ATTEMPTS, LOCK_TIMEOUT, Left, Options, Phase, Plan, STATEMENT_TIMEOUT, Step, Timeouts, Work};
pub use stop::stop;
