//! Metrics for the textfile collector of Prometheus' node exporter, so that a scheduled check can alert.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>
//!
//! Every metric is a gauge without a time of its own (the collector refuses those); names and help texts never depend on the run,
//! since the collector reads the files of several databases side by side and wants them alike.

use crate::Report;
use crate::failure::Failure;
use crate::listed::About;
use crate::safe::safe;
use crate::tally::Tally;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};
use trueup_diff::Outcome;

/// A metric: its name without `trueup_`, and what it tells.
struct Metric(&'static str, &'static str);

const SUCCESS: Metric = Metric("check_success", "Whether the last check could be done.");
const TIME: Metric =
    Metric("check_timestamp_seconds", "When the last check was made, in seconds since 1970.");
const DURATION: Metric = Metric("check_duration_seconds", "How long the last check took.");
const OUTCOME: Metric =
    Metric("gate_outcome", "What the last check found: 1 at its outcome, 0 at the others.");
const FAILING: Metric = Metric("gate_failing", "How many findings fail the gate.");
const FINDINGS: Metric = Metric("gate_findings", "How many findings are listed, by level and code.");
const TAKEN_OUT: Metric = Metric("gate_taken_out", "How many findings are not listed, by the reason.");
const REPAIRED: Metric =
    Metric("gate_baseline_repaired", "How many entries of the baseline are found no more.");
const OBJECTS: Metric = Metric("schema_objects", "How many objects each side has.");
const MATCHING: Metric =
    Metric("schema_objects_matching", "How many desired objects the database has as desired.");
const AGE: Metric = Metric("snapshot_age_seconds", "How old the snapshot is that stands for the database.");
const VERSION: Metric = Metric("build_info", "Always 1, with the version of trueup.");

/// Metrics of a run that was done.
pub fn prometheus(report: &Report<'_>) -> String {
    let server = report.live_place.server.as_ref();
    let labels = labels(
        report.place_name(),
        server.map(|server| server.database.as_str()),
        server.map(|server| server.host.as_str()),
    );
    let tally = Tally::of(report);
    let mut out = Exposition { labels, text: String::new() };
    out.one(&SUCCESS, "1");
    out.one(&TIME, &seconds_since_1970(report.made));
    out.one(&DURATION, &format!("{:.3}", report.elapsed.as_secs_f64()));
    let outcome = report.outcome();
    out.many(
        &OUTCOME,
        [(Outcome::InSync, "in_sync"), (Outcome::Drift, "drift"), (Outcome::Undecided, "undecided")]
            .map(|(each, word)| (label("outcome", word), usize::from(each == outcome).to_string())),
    );
    out.one(&FAILING, &(tally.failing() + tally.remarks).to_string());
    let mut by_code: BTreeMap<(&str, &str, &str, bool), usize> = BTreeMap::new();
    for listed in report.listed() {
        let sort = match listed.about {
            About::Drift(..) => "drift",
            About::Undecided(_) => "undecided",
            About::Remark(_) => "remark",
        };
        *by_code.entry((listed.code.number(), listed.level.word(), sort, listed.fails())).or_default() += 1;
    }
    out.many(
        &FINDINGS,
        by_code.into_iter().map(|((code, level, sort, fails), count)| {
            let labels =
                [("code", code), ("level", level), ("sort", sort)].map(|(name, value)| label(name, value));
            (
                format!("{},{}", labels.join(","), label("fails", if fails { "yes" } else { "no" })),
                count.to_string(),
            )
        }),
    );
    out.many(
        &TAKEN_OUT,
        [("ignored", tally.ignored), ("baseline", tally.baseline), ("off", tally.off)]
            .map(|(reason, count)| (label("reason", reason), count.to_string())),
    );
    let summary = report.comparison.summary;
    out.one(&REPAIRED, &report.gate.map_or(0, |gate| gate.repaired.len()).to_string());
    out.many(
        &OBJECTS,
        [("desired", summary.desired_objects), ("live", summary.live_objects)]
            .map(|(side, count)| (label("side", side), count.to_string())),
    );
    out.one(&MATCHING, &summary.matching.to_string());
    if let Some(age) = report.gate.and_then(|gate| gate.age_seconds) {
        out.one(&AGE, &age.to_string());
    }
    out.many(&VERSION, [(label("version", report.version), "1".to_owned())]);
    out.text
}

/// The same for a run that could not be done.
pub fn prometheus_error(failure: &Failure<'_>) -> String {
    let labels = labels(failure.place.unwrap_or_default(), None, None);
    let mut out = Exposition { labels, text: String::new() };
    out.one(&SUCCESS, "0");
    out.one(&TIME, &seconds_since_1970(failure.made));
    out.many(&VERSION, [(label("version", failure.version), "1".to_owned())]);
    out.text
}

struct Exposition {
    /// The labels of every sample, without braces.
    labels: String,
    text: String,
}

impl Exposition {
    fn head(&mut self, Metric(name, help): &Metric) {
        self.text += &format!("# HELP trueup_{name} {help}\n# TYPE trueup_{name} gauge\n");
    }

    fn one(&mut self, metric: &Metric, value: &str) {
        self.head(metric);
        self.text += &format!("trueup_{}{{{}}} {value}\n", metric.0, self.labels);
    }

    fn many(&mut self, metric: &Metric, samples: impl IntoIterator<Item = (String, String)>) {
        self.head(metric);
        for (labels, value) in samples {
            self.text += &format!("trueup_{}{{{},{labels}}} {value}\n", metric.0, self.labels);
        }
    }
}

/// The labels that tell which database it is. A label without a value is as none to Prometheus, and is left out.
fn labels(target: &str, database: Option<&str>, host: Option<&str>) -> String {
    let mut list = vec![label("target", target)];
    list.extend(database.map(|database| label("database", database)));
    list.extend(host.map(|host| label("host", host)));
    list.join(",")
}

/// A label; backslash, quote and line feed are escaped as the format wants it.
fn label(name: &str, value: &str) -> String {
    let value = safe(value).replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

fn seconds_since_1970(moment: SystemTime) -> String {
    moment.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(label("a", "x\"y\\z\n"), "a=\"x\\\"y\\\\z\\\\n\"");
        assert_eq!(labels("t", None, Some("h")), "target=\"t\",host=\"h\"");
    }
}
