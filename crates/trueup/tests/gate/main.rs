//! `trueup gate` and `trueup config` as a pipeline runs them: repositories, policies, baselines, databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod config;
mod life;
mod notify;
mod outputs;
mod support;
