//! JUnit's XML, which Jenkins, GitLab and most others read: each finding is a test, each schema a suite.
//!
//! What fails is a failure, what could not be told an error, what an exception or the baseline takes out is skipped; a note passes. One
//! more test tells how many objects match. Every text is harmless before it comes here, so that no character is left that
//! XML 1.0 forbids.

use crate::counts::counted;
use crate::failure::Failure;
use crate::listed::{About, Listed};
use crate::safe::brief;
use crate::tally::verdict;
use crate::{Report, paths, timestamp};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::collections::BTreeMap;
use std::io;
use trueup_diff::Level;
use trueup_policy::Verdict;

/// The longest name of a test.
const LONGEST: usize = 300;
/// The suite of what is in no schema.
const DATABASE: &str = "(database)";
/// The suite of statements that were not read.
const SOURCE: &str = "(source)";
/// The suite of remarks on the policy.
const POLICY: &str = "(policy)";
/// The suite of what is wrong with the history of a migration tool.
const HISTORY: &str = "(history)";
/// The suite of what matches.
const MATCHING: &str = "(matching)";

/// How a test ended.
enum End {
    Passed,
    Failed,
    Erred,
    /// With the reason.
    Skipped(String),
}

struct Test {
    class: String,
    name: String,
    end: End,
    /// The type of a failure: the code.
    code: String,
    message: String,
    body: String,
}

/// A test for each finding and one for what matches.
///
/// # Errors
/// When the text can't be written, which no value of the report can cause.
pub fn junit(report: &Report<'_>) -> io::Result<String> {
    let mut suites: BTreeMap<String, Vec<Test>> = BTreeMap::new();
    let mut all = report.listed();
    all.extend(report.taken_out());
    for listed in &all {
        suites.entry(suite(listed)).or_default().push(test(report, listed));
    }
    let summary = report.comparison.summary;
    let text = format!(
        "{} of {} match",
        crate::counts::thousands(summary.matching),
        counted(summary.desired_objects, "desired object")
    );
    suites.entry(MATCHING.to_owned()).or_default().push(Test {
        class: MATCHING.to_owned(),
        name: text,
        end: End::Passed,
        code: String::new(),
        message: String::new(),
        body: verdict(report).line(),
    });
    document(report.place_name(), &timestamp::rfc3339(report.made), report.elapsed.as_secs_f64(), &suites)
}

/// The document of a run that could not be done: an error for each problem.
///
/// # Errors
/// As for [`junit`].
pub fn junit_error(failure: &Failure<'_>) -> io::Result<String> {
    let tests = failure.stopped().into_iter().map(|problem| Test {
        class: "(run)".to_owned(),
        name: format!("{} {}", problem.code, problem.code.slug()),
        end: End::Erred,
        code: problem.code.to_string(),
        body: problem.line(),
        message: problem.message,
    });
    let suites = BTreeMap::from([("(run)".to_owned(), tests.collect())]);
    document(failure.place.unwrap_or_default(), &timestamp::rfc3339(failure.made), 0.0, &suites)
}

fn suite(listed: &Listed<'_>) -> String {
    match (listed.key, listed.about) {
        (Some(key), _) => {
            key.schema().map_or_else(|| DATABASE.to_owned(), |schema| brief(schema.as_str(), LONGEST))
        }
        (None, About::Remark(remark)) if remark.is_history() => HISTORY.to_owned(),
        (None, About::Remark(_)) => POLICY.to_owned(),
        (None, About::Undecided(_) | About::Drift(..)) => SOURCE.to_owned(),
    }
}

fn test(report: &Report<'_>, listed: &Listed<'_>) -> Test {
    let headline = listed.headline();
    let mut lines = Vec::new();
    if let Some((file, line, column)) = listed.place().filter(|(file, ..)| paths::is_file(file)) {
        lines.push(format!("{}:{line}:{column}", brief(&paths::tidy(file), LONGEST)));
    }
    lines.push(format!("{}[{}]: {headline}", listed.level.word(), listed.code));
    lines.extend(listed.facts(report));
    let end = match (listed.taken_out(), listed.fails(), listed.about) {
        (Some(reason), ..) => End::Skipped(match listed.standing.map(|standing| &standing.verdict) {
            Some(Verdict::Ignored { .. }) => format!("ignored: {reason}"),
            Some(Verdict::Baseline | Verdict::Fails | Verdict::Note | Verdict::Off | Verdict::Allowed)
            | None => reason,
        }),
        (None, false, _) => End::Passed,
        (None, true, About::Undecided(_)) => End::Erred,
        (None, true, About::Remark(remark)) if remark.is_undecided() => End::Erred,
        (None, true, About::Drift(..) | About::Remark(_)) => End::Failed,
    };
    let class = match listed.key {
        Some(key) => format!("{}.{}", suite(listed), key.kind.word().replace(' ', "_")),
        None => suite(listed),
    };
    // A level that fails nothing is told by the name, since the test passes.
    let note = if listed.level == Level::Note { " (note)" } else { "" };
    Test {
        class,
        name: format!("{} {}{note}", listed.code, brief(&headline, LONGEST)),
        end,
        code: format!("{} {}", listed.code, listed.code.slug()),
        message: headline,
        body: lines.join("\n"),
    }
}

/// How many tests ended how.
#[derive(Clone, Copy, Default)]
struct Ends {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Ends {
    fn of<'a>(tests: impl IntoIterator<Item = &'a Test>) -> Self {
        let mut ends = Ends::default();
        for test in tests {
            ends.tests += 1;
            match test.end {
                End::Passed => {}
                End::Failed => ends.failures += 1,
                End::Erred => ends.errors += 1,
                End::Skipped(_) => ends.skipped += 1,
            }
        }
        ends
    }
}

fn document(
    place: &str,
    made: &str,
    seconds: f64,
    suites: &BTreeMap<String, Vec<Test>>,
) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let Ends { tests, failures, errors, .. } = Ends::of(suites.values().flatten());
    let name =
        if place.is_empty() { "trueup".to_owned() } else { format!("trueup {}", brief(place, LONGEST)) };
    // Surefire's form of a time: at most three digits after the point.
    let time = format!("{seconds:.3}");
    let (all, failed, erred) = (tests.to_string(), failures.to_string(), errors.to_string());
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", name.as_str()),
            ("tests", &all),
            ("failures", &failed),
            ("errors", &erred),
            ("time", &time),
        ])
        .write_inner_content(|writer| {
            suites.iter().try_for_each(|(name, tests)| suite_element(writer, name, made, tests))
        })?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn suite_element(writer: &mut Writer<Vec<u8>>, name: &str, made: &str, tests: &[Test]) -> io::Result<()> {
    let ends = Ends::of(tests);
    let counts = [ends.tests, ends.failures, ends.errors, ends.skipped].map(|count| count.to_string());
    let [all, failures, errors, skipped] = counts.each_ref().map(String::as_str);
    writer
        .create_element("testsuite")
        .with_attributes([
            ("name", name),
            ("tests", all),
            ("failures", failures),
            ("errors", errors),
            ("skipped", skipped),
            ("timestamp", made),
        ])
        .write_inner_content(|writer| tests.iter().try_for_each(|test| test_element(writer, test)))?;
    Ok(())
}

fn test_element(writer: &mut Writer<Vec<u8>>, test: &Test) -> io::Result<()> {
    writer
        .create_element("testcase")
        .with_attributes([("classname", test.class.as_str()), ("name", &test.name), ("time", "0")])
        .write_inner_content(|writer| {
            let element = match &test.end {
                End::Passed => writer.create_element("system-out"),
                End::Failed => writer
                    .create_element("failure")
                    .with_attributes([("type", test.code.as_str()), ("message", &test.message)]),
                End::Erred => writer
                    .create_element("error")
                    .with_attributes([("type", test.code.as_str()), ("message", &test.message)]),
                End::Skipped(reason) => writer
                    .create_element("skipped")
                    .with_attribute(("message", brief(reason, LONGEST).as_str())),
            };
            element.write_text_content(BytesText::new(&test.body))?;
            Ok(())
        })?;
    Ok(())
}
