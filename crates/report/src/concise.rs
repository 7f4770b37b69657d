//! One finding a line, as compilers print: `file:line:col: level[CODE] title; values`. Editors and log viewers make links of it.
//!
//! What has no place in a file (what only the database has) begins with the database's name instead: `shop at db.internal: …`.

use crate::Report;
use crate::failure::Failure;
use crate::line::{LONGEST_PATH, line, quiet};
use crate::safe::brief;
use crate::tally::verdict;

/// What is listed, the most severe first, then the verdict on a line of its own.
pub fn concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for listed in report.severest() {
        out += &line(report, &listed);
        out.push('\n');
    }
    out += &quiet(&verdict(report).line());
    out.push('\n');
    out
}

/// The same for a run that could not be done.
pub fn concise_error(failure: &Failure<'_>) -> String {
    let place = failure.place.map_or_else(|| "trueup".to_owned(), |place| brief(place, LONGEST_PATH));
    let mut out = String::new();
    for problem in failure.stopped() {
        out += &quiet(&format!("{place}: error[{}] {}", problem.code, problem.line()));
        out.push('\n');
    }
    out += &quiet(&failure.verdict());
    out.push('\n');
    out
}
