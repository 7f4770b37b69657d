//! The options of `trueup preflight`.

use crate::args::{Format, Probing, Sides};
use clap::Args;
use std::path::PathBuf;

/// Foretell what migrations would do to the live database, statement by statement, without running them: what fails and with
/// which SQLSTATE, what destroys data, writes a table anew, blocks one, or depends on the rows.
#[derive(Debug, Args)]
#[command(after_help = EXITS)]
pub struct Preflight {
    /// The migrations, in the order in which they would run: .sql files, folders of them (by the number that the names begin with,
    /// else by name), `-` for standard input, or `git:REVISION:PATH`. What undoes a migration is left out, and of a folder what the
    /// database ran already, where the history of a migration tool tells
    #[arg(value_name = "MIGRATION", required = true)]
    pub migrations: Vec<String>,
    /// Take every migration of a folder, those that ran already as well
    #[arg(long)]
    pub every: bool,
    /// The live side, and the desired one: with --desired, the schema as it will be is compared with it.
    #[command(flatten)]
    pub sides: Sides,
    /// Whether rows are asked.
    #[command(flatten)]
    pub probing: Probing,
    /// List every statement, with locks for a moment as well
    #[arg(long)]
    pub all: bool,
    /// Write the migrations with guards where what they make is there already, just as they would make it
    #[arg(long, value_name = "FILE")]
    pub write_guarded: Option<PathBuf>,
    /// Run them for real in a throw-away copy of the live schema (--scratch), and compare with the forecast
    #[arg(long)]
    pub confirm: bool,
    /// How to print the forecast
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
}

const EXITS: &str = "\
Examples:
  trueup preflight migrations/0042_orders.sql --live postgres://app@db.internal/shop
  trueup preflight migrations/ --live live.json --write-guarded guarded.sql
  trueup preflight 0042.sql --live postgres://app@db.internal/shop --desired schema/ --probe --confirm

Exit codes: 0 everything will succeed and nothing is destroyed, 1 something will fail or destroy data, 2 could not run, could
not tell of some statement, or the copy differed from the forecast.";
