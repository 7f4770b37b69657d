//! The forecast against the truth: schema changes and migrations that others wrote, on live databases that were damaged first. Every
//! statement is foretold from the catalog that was read, then all are run for real, a failing one being passed over; success or failure
//! and SQLSTATE are held against the forecast.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod truth;

use trueup_testkit::Server;
use truth::score::Score;

/// What the forecast must be right in, of all statements that it decides and that no row decides.
const WANTED: f64 = 0.99;

#[test]
fn a_part_is_foretold_right() {
    let Some(shared) = trueup_testkit::shared_dir() else { return };
    let server = Server::shared(15).unwrap();
    let mut score = Score::default();
    truth::cases(server, &shared, 11, 8, &mut score);
    score.print();
    score.check(200, WANTED);
}

#[test]
#[ignore = "minutes: `make foretell`"]
fn everything_is_foretold_right() {
    let Some(shared) = trueup_testkit::shared_dir() else { return };
    let major = std::env::var("TRUEUP_FORETELL_VERSION").map_or(15, |v| v.parse().unwrap());
    let server = Server::shared(major).unwrap();
    let mut score = Score::default();
    truth::cases(server, &shared, 1, 0, &mut score);
    truth::migrations(server, &shared, &mut score);
    score.print();
    score.check(5_000, WANTED);
}
