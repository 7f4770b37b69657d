//! `trueup apply` against servers: what it closes, how it is interrupted, what others feel of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod basics;
mod failures;
mod kill;
mod load;
mod rights;
mod support;
