//! `make corpus`: checks real schemas and the cases of other tools' test suites with the built `trueup`, from outside,
//! and compares the outcome with the last one kept. The data lies beside the checkout (see `trueup_testkit::shared`).
//!
//! It trusts nothing of the product: the databases are loaded by testkit, and what a repair did is read by testkit's
//! own fingerprint.

mod arguments;
mod entry;
mod material;
mod own;
mod pairs;
mod repair;
mod replay;
mod results;
mod servers;
mod suite;
mod verdict;

use arguments::Arguments;
use std::process::ExitCode;
use trueup_testkit::{Error, Result};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    let Some(arguments) = Arguments::read(std::env::args().skip(1))? else {
        print!("{}", arguments::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    let Some(shared) = trueup_testkit::shared_dir() else {
        return Err(Error::message("there is nothing to run over: the shared data is absent"));
    };
    let entries = entry::select(&shared, &arguments)?;
    if entries.is_empty() {
        return Err(Error::message("no entry has such a name"));
    }
    let records = suite::run(&entries, &arguments)?;
    results::report(&records, &arguments)
}
