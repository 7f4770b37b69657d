//! Runs a repair on a live database, step by step, and tells how it goes.
//!
//! Owns: the session that the steps run in, the lock that keeps two runs apart, when a step is tried again, which steps can
//! still run after one has failed, and how a run is stopped.
//!
//! Never: plans, reads a schema, writes down anything in the database, or drops what an interrupted build leaves. It knows no
//! terminal: whoever calls it listens.
//!
//! Nothing but the steps themselves is remembered. Each statement looks at the catalog before it acts, so that running a
//! plan again, after a kill at any point, does what is left.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod beside;
mod document;
mod failure;
mod interrupt;
mod leftover;
mod outcome;
mod patience;
mod relied;
mod run;
mod session;
mod statement;
mod task;
mod watch;

pub use document::{Document, Planned, Unusable};
pub use failure::{Cause, Reason, Said};
pub use interrupt::{Interrupt, Interrupter, interrupt};
pub use leftover::InvalidIndex;
pub use outcome::{Ended, Fate, Outcome, StepOutcome};
pub use patience::Patience;
pub use relied::{RelyOn, Still};
pub use run::{Options, run};
pub use session::Refused;
pub use task::Task;
pub use watch::{Blocker, Listener, News, Progress};
