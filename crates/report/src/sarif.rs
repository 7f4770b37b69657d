//! SARIF 2.1.0, for code scanning and editors. <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
//!
//! GitHub refuses a whole file for one result without a file, so that what only the database has is shown at the first file of the
//! desired schema; its logical location tells the object. GitHub takes 25,000 results and shows 5,000 of them: the most severe come
//! first. <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

use crate::failure::Failure;
use crate::listed::Listed;
use crate::safe::safe;
use crate::sarif_shape::{
    Artifact, ArtifactLocation, AutomationDetails, Configuration, Driver, Help, Invocation, Location, Log,
    LogicalLocation, Message, Notification, PhysicalLocation, Region, Rule, RuleReference, Run, SarifResult,
    Suppression, Tool,
};
use crate::tally::verdict;
use crate::{Report, paths, timestamp};
use std::collections::BTreeMap;
use trueup_catalog::{Address, Span};
use trueup_diff::{Code, Level, Outcome};
use trueup_policy::{Since, Standing, Verdict};

/// How many results GitHub takes.
const RESULTS: usize = 25_000;
/// Where the project is.
const HOME: &str = "https://github.com/trueup-db/trueup";

/// Whether results that an exception or the baseline takes out are in the file, marked as suppressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suppressed {
    /// They are not. GitHub shows suppressed results as open alerts.
    #[default]
    LeftOut,
    /// They are, with the reason as justification: for viewers that know what it means.
    Included,
}

/// The log of a run.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn sarif(report: &Report<'_>, suppressed: Suppressed) -> serde_json::Result<String> {
    let mut all = report.severest();
    if suppressed == Suppressed::Included {
        all.extend(report.taken_out());
    }
    let more = all.len().saturating_sub(RESULTS);
    all.truncate(RESULTS);
    let anchor = paths::anchor(report);
    let mut codes: Vec<Code> = all.iter().map(|listed| listed.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut files = Files::default();
    let results: Vec<SarifResult<'_>> =
        all.iter().map(|listed| result(report, listed, &codes, &mut files, &anchor)).collect();
    let notifications = if more == 0 {
        Vec::new()
    } else {
        let text =
            format!("{more} more findings are not in this file, which holds the {RESULTS} most severe");
        vec![Notification { level: "warning", message: Message::plain(&text), associated_rule: None }]
    };
    let exit_code = match report.outcome() {
        Outcome::InSync => 0,
        Outcome::Drift => 1,
        Outcome::Undecided => 2,
    };
    write(Run {
        tool: tool(report.version, &codes),
        automation_details: automation(report.place_name()),
        invocations: [Invocation {
            execution_successful: true,
            exit_code,
            exit_code_description: verdict(report).line(),
            end_time_utc: timestamp::rfc3339(report.made),
            tool_execution_notifications: notifications,
        }],
        column_kind: "unicodeCodePoints",
        artifacts: files.artifacts(),
        results,
    })
}

/// The log of a run that could not be done: no results, and the problems as notifications.
///
/// # Errors
/// As for [`sarif`].
pub fn sarif_error(failure: &Failure<'_>) -> serde_json::Result<String> {
    let stopped = failure.stopped();
    let mut codes: Vec<Code> = stopped.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let notifications = stopped.iter().map(|problem| Notification {
        level: "error",
        message: Message::plain(&problem.line()),
        associated_rule: codes
            .binary_search(&problem.code)
            .ok()
            .map(|index| RuleReference { id: problem.code, index }),
    });
    write(Run {
        tool: tool(failure.version, &codes),
        automation_details: automation(failure.place.unwrap_or_default()),
        invocations: [Invocation {
            execution_successful: false,
            exit_code: 2,
            exit_code_description: failure.verdict(),
            end_time_utc: timestamp::rfc3339(failure.made),
            tool_execution_notifications: notifications.collect(),
        }],
        column_kind: "unicodeCodePoints",
        artifacts: Vec::new(),
        results: Vec::new(),
    })
}

fn write(run: Run<'_>) -> serde_json::Result<String> {
    crate::json_text::pretty(&Log::of(run))
}

/// The category of the run: code scanning keeps the alerts of each apart.
fn automation(place: &str) -> AutomationDetails {
    AutomationDetails { id: format!("trueup/{}/", safe(place).replace('/', "-")) }
}

fn tool<'a>(version: &'a str, codes: &[Code]) -> Tool<'a> {
    Tool {
        driver: Driver {
            name: "trueup",
            information_uri: HOME,
            version,
            semantic_version: version,
            rules: codes.iter().map(|code| rule(*code)).collect(),
        },
    }
}

fn rule(code: Code) -> Rule {
    let page = code.page();
    // `# D201 type-differs (error)`: the viewer has that in its own heading.
    let body = page.split_once("\n\n").map_or(page, |(_, body)| body);
    let says = page.split_once("\n## What it says\n\n").map_or(body, |(_, rest)| rest);
    let says = says.split_once("\n## ").map_or(says, |(says, _)| says).trim().replace('\n', " ");
    Rule {
        id: code,
        name: pascal(code.slug()),
        short_description: Message::plain(code.title()),
        full_description: Message::plain(&says),
        help: Help { text: body, markdown: body },
        help_uri: format!("{HOME}/blob/main/docs/codes/{code}.md"),
        default_configuration: Configuration { level: code.default_level().word() },
        properties: crate::sarif_shape::RuleProperties {
            tags: ["database", "postgresql", "schema"],
            severity: match code.default_level() {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "recommendation",
            },
            precision: "very-high",
        },
    }
}

/// `type-differs` → `TypeDiffers`.
fn pascal(slug: &str) -> String {
    slug.split('-')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}

fn result<'a>(
    report: &Report<'_>,
    listed: &Listed<'a>,
    codes: &[Code],
    files: &mut Files,
    anchor: &str,
) -> SarifResult<'a> {
    let mut lines = vec![format!("{}.", listed.headline())];
    lines.extend(listed.facts(report));
    SarifResult {
        rule_id: listed.code,
        rule_index: codes.binary_search(&listed.code).unwrap_or_default(),
        level: level(listed),
        message: Message::plain(&lines.join("\n")),
        locations: [Location {
            physical_location: physical(report, listed, files, anchor),
            logical_locations: listed.key.map(|key| {
                [LogicalLocation {
                    name: safe(key.name().as_str()).into_owned(),
                    fully_qualified_name: safe(&key.to_string()).into_owned(),
                    kind: sort(key),
                }]
            }),
        }],
        partial_fingerprints: BTreeMap::from([("trueup/v1", listed.fingerprint())]),
        baseline_state: state(report, listed.standing),
        suppressions: listed.taken_out().map(|reason| {
            [Suppression { kind: "external", status: "accepted", justification: safe(&reason).into_owned() }]
        }),
    }
}

/// What does not fail is a note, whatever its level: code scanning would fail for it. What is suppressed keeps its own.
fn level(listed: &Listed<'_>) -> &'static str {
    let own = listed.fails() || listed.taken_out().is_some();
    if own { listed.level.word() } else { Level::Note.word() }
}

/// What sort of thing a logical location is: the standard's word where it has one, else PostgreSQL's.
fn sort(key: &trueup_catalog::ObjectKey) -> &'static str {
    match &key.address {
        Address::Routine { .. } => "function",
        Address::Global(_)
        | Address::InSchema(_)
        | Address::OnRelation { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => key.kind.word(),
    }
}

/// Whether the finding was there before: by the base where there is one, else by the baseline.
fn state(report: &Report<'_>, standing: Option<&Standing>) -> Option<&'static str> {
    let (gate, standing) = (report.gate?, standing?);
    match (standing.since, &gate.baseline) {
        (Some(Since::Introduced), _) => Some("new"),
        (Some(Since::WasThere), _) => Some("unchanged"),
        (None, Some(_)) if standing.verdict == Verdict::Baseline => Some("unchanged"),
        (None, Some(_)) => Some("new"),
        (None, None) => None,
    }
}

fn physical(report: &Report<'_>, listed: &Listed<'_>, files: &mut Files, anchor: &str) -> PhysicalLocation {
    let (file, region) = match listed.place().filter(|(file, ..)| paths::is_file(file)) {
        Some((file, line, column)) => {
            let end = listed.span.and_then(|span| end(report, span));
            let (end_line, end_column) = end.unzip();
            (
                paths::tidy(file).into_owned(),
                Region { start_line: line.max(1), start_column: Some(column.max(1)), end_line, end_column },
            )
        }
        // GitHub wants a region too.
        None => (
            anchor.to_owned(),
            Region { start_line: 1, start_column: None, end_line: None, end_column: None },
        ),
    };
    let uri = uri(&file);
    let index = files.index(&uri);
    PhysicalLocation { artifact_location: ArtifactLocation { uri, index: Some(index) }, region }
}

/// Line and column after the last character of a span; `None` where its text is not at hand.
fn end(report: &Report<'_>, span: &Span) -> Option<(u32, u32)> {
    let text = report.sources.get(&span.file)?.get(span.start..span.end)?;
    let breaks = u32::try_from(text.matches('\n').count()).ok()?;
    let last = text.rsplit('\n').next().unwrap_or_default();
    let columns = u32::try_from(last.chars().count()).ok()?;
    // Columns go on from where the span begins, or start anew on its last line.
    let before = if breaks == 0 { span.column.max(1) } else { 1 };
    Some((span.line.max(1).saturating_add(breaks), before.saturating_add(columns)))
}

/// The files of the results, each once.
#[derive(Default)]
struct Files {
    index: BTreeMap<String, usize>,
}

impl Files {
    fn index(&mut self, uri: &str) -> usize {
        let next = self.index.len();
        *self.index.entry(uri.to_owned()).or_insert(next)
    }

    fn artifacts(self) -> Vec<Artifact> {
        let mut list: Vec<(usize, String)> =
            self.index.into_iter().map(|(uri, index)| (index, uri)).collect();
        list.sort_unstable();
        list.into_iter()
            .map(|(_, uri)| Artifact { location: ArtifactLocation { uri, index: None } })
            .collect()
    }
}

/// A path as a reference by RFC 3986: bytes beyond the unreserved characters and slashes are written as `%41`,
/// a colon too, so that nothing reads as a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("schema/é x:1#2%.sql"), "schema/%C3%A9%20x%3A1%232%25.sql");
        assert_eq!(uri("/a/b.sql"), "file:///a/b.sql");
    }

    #[test]
    fn names_of_rules() {
        assert_eq!(pascal("type-differs"), "TypeDiffers");
    }
}
