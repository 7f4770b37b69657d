//! GitLab's code quality report: the subset of Code Climate's issues that it reads, as an artifact `reports: codequality`.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>
//!
//! GitLab drops issues without a path and those with a fingerprint that was there before, so each has its own of both.

use crate::failure::Failure;
use crate::listed::Listed;
use crate::safe::{brief, safe};
use crate::{Report, paths};
use serde::Serialize;
use std::collections::HashSet;
use trueup_diff::Level;
use trueup_repair::Digests;

/// The longest description.
const LONGEST: usize = 1000;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: Severity,
    location: Location,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Info,
    Minor,
    Major,
    Critical,
    Blocker,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// An issue for each finding that is listed.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn gitlab(report: &Report<'_>) -> serde_json::Result<String> {
    let anchor = paths::anchor(report);
    let mut taken = HashSet::new();
    let issues: Vec<Issue> = report
        .severest()
        .iter()
        .map(|listed| {
            let mut parts = vec![listed.headline()];
            parts.extend(listed.facts(report));
            let (path, line) = match listed.place().filter(|(file, ..)| paths::is_file(file)) {
                Some((file, line, _)) => (paths::tidy(file).into_owned(), line),
                None => (anchor.clone(), 1),
            };
            Issue {
                description: brief(&parts.join("; "), LONGEST),
                check_name: format!("{} {}", listed.code, listed.code.slug()),
                fingerprint: unique(listed.fingerprint(), &mut taken),
                severity: severity(listed),
                location: Location { path: safe(&path).into_owned(), lines: Lines { begin: line.max(1) } },
            }
        })
        .collect();
    write(&issues)
}

/// An issue of severity blocker for each problem of a run that could not be done.
///
/// # Errors
/// As for [`gitlab`].
pub fn gitlab_error(failure: &Failure<'_>) -> serde_json::Result<String> {
    let mut taken = HashSet::new();
    let issues: Vec<Issue> = failure
        .stopped()
        .iter()
        .map(|problem| {
            let mut digests = Digests::default();
            digests.add(problem.code.number());
            digests.add(failure.place.unwrap_or_default());
            Issue {
                description: brief(&format!("Not done: {}", problem.line()), LONGEST),
                check_name: format!("{} {}", problem.code, problem.code.slug()),
                fingerprint: unique(digests.hex(), &mut taken),
                severity: Severity::Blocker,
                location: Location { path: paths::configuration().to_owned(), lines: Lines { begin: 1 } },
            }
        })
        .collect();
    write(&issues)
}

fn severity(listed: &Listed<'_>) -> Severity {
    match (listed.fails(), listed.level) {
        (true, Level::Error) => Severity::Critical,
        (true, Level::Warning) => Severity::Major,
        (false, Level::Error | Level::Warning) => Severity::Minor,
        (true | false, Level::Note) => Severity::Info,
    }
}

/// The fingerprint, or one made of it where another finding has it already.
fn unique(fingerprint: String, taken: &mut HashSet<String>) -> String {
    let mut now = fingerprint.clone();
    let mut count = 1;
    while !taken.insert(now.clone()) {
        count += 1;
        let mut digests = Digests::default();
        digests.add(&fingerprint);
        digests.add(&format!("{count}"));
        now = digests.hex();
    }
    now
}

fn write(issues: &[Issue]) -> serde_json::Result<String> {
    crate::json_text::pretty(issues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_unique_and_the_same_each_time() {
        let of = || {
            let mut taken = HashSet::new();
            [(); 3].map(|()| unique("a".to_owned(), &mut taken))
        };
        let [first, second, third] = of();
        assert_eq!(first, "a");
        assert!(first != second && second != third && first != third);
        assert_eq!(of(), [first, second, third]);
    }
}
