//! Markdown for a comment on a pull request or merge request, and for the summary of a step on GitHub.
//!
//! A comment begins with a marker, by which the next run finds it and edits it in place, and fits what platforms take, whatever was
//! found: what does not fit is counted. `mark.rs` keeps names from being anything but names.

use crate::aside::{Aside, asides};
use crate::closing::{elapsed, place_words};
use crate::counts::{counted, size, thousands};
use crate::failure::Failure;
use crate::layout::layout;
use crate::listed::{About, Listed};
use crate::look::Look;
use crate::mark::{cell, code, fenced, html, prose};
use crate::safe::{brief, safe_lines};
use crate::tally::verdict;
use crate::{Report, paths, text_diff, timestamp};
use trueup_diff::{Level, Outcome};

/// What GitHub takes for a comment, in characters. Bytes are counted against it: never fewer than characters, however they are counted.
const COMMENT: usize = 65_536;
/// What GitHub takes for the summary of a step, in bytes, with some room for what else the step says.
const SUMMARY: usize = 1_000_000;
/// The longest name in a table.
const LONGEST: usize = 160;
/// The longest line of SQL, and the most lines of a step.
const LONGEST_LINE: usize = 300;
const LINES: usize = 30;
/// What the table may take of the room, in hundredths: details are for what is above.
const TABLE: usize = 55;

/// The first line of a comment, by which the next run finds it. `name` tells several databases of one change apart; it is what
/// [`crate::Place::name`] says of the database.
pub fn comment_marker(name: &str) -> String {
    let mut word = String::new();
    // Two hyphens would end the comment of HTML.
    for c in name.chars().take(100) {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
        if !(c == '-' && (word.is_empty() || word.ends_with('-'))) {
            word.push(c);
        }
    }
    match word.trim_end_matches('-') {
        "" => "<!-- trueup-gate -->".to_owned(),
        word => format!("<!-- trueup-gate {word} -->"),
    }
}

/// The text of a comment.
pub fn markdown(report: &Report<'_>) -> String {
    document(report, Some(comment_marker(report.target.unwrap_or_default())), COMMENT)
}

/// The summary of a step on GitHub.
pub fn github_summary(report: &Report<'_>) -> String {
    document(report, None, SUMMARY)
}

/// The comment of a run that could not be done.
pub fn markdown_error(failure: &Failure<'_>) -> String {
    let marker = comment_marker(failure.place.unwrap_or_default());
    format!("{marker}\n{}", problems(failure))
}

/// The summary of a step that could not be done.
pub fn github_summary_error(failure: &Failure<'_>) -> String {
    problems(failure)
}

/// How many problems are listed; each is at most a few thousand bytes.
const PROBLEMS: usize = 10;

fn problems(failure: &Failure<'_>) -> String {
    let stopped = failure.stopped();
    let mut out = format!("### {} trueup: not done\n\n", dot(Outcome::Undecided));
    for problem in stopped.iter().take(PROBLEMS) {
        out += &format!("- {} {}", link(problem.code), prose(&problem.message));
        if let Some(way_out) = &problem.way_out {
            out += &format!("<br>Way out: {}", prose(way_out));
        }
        out.push('\n');
    }
    if stopped.len() > PROBLEMS {
        out += &format!("\n{} more are not shown.\n", thousands(stopped.len() - PROBLEMS));
    }
    let place = failure.place.map(|place| format!("{}, ", code(&brief(place, LONGEST)))).unwrap_or_default();
    out +=
        &format!("\n<sub>{place}{}, trueup {}</sub>\n", timestamp::utc(failure.made), prose(failure.version));
    out
}

fn document(report: &Report<'_>, marker: Option<String>, limit: usize) -> String {
    let mut out = String::new();
    if let Some(marker) = marker {
        out += &marker;
        out.push('\n');
    }
    out += &head(report);
    let tail = tail(report);
    // What is said where something does not fit.
    let room = limit.saturating_sub(out.len() + tail.len() + 400);
    let all = report.severest();
    table(report, &all, room * TABLE / 100, &mut out);
    let room = limit.saturating_sub(out.len() + tail.len() + 200);
    details(report, &all, room, &mut out);
    out += &tail;
    out
}

fn head(report: &Report<'_>) -> String {
    let sentence = verdict(report);
    let server = report
        .live_place
        .server
        .as_ref()
        .map(|server| format!(" (PostgreSQL {})", prose(&brief(server.short_version(), 40))))
        .unwrap_or_default();
    format!(
        "### {} {}, {}\n\n{}{server} against {}\n\n",
        dot(report.outcome()),
        sentence.head,
        prose(&sentence.rest),
        code(&brief(&place_words(report.live_place), LONGEST)),
        code(&brief(&report.desired_place.name, LONGEST)),
    )
}

/// The outcome at a glance; words say it too.
fn dot(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::InSync => "🟢",
        Outcome::Drift => "🔴",
        Outcome::Undecided => "🟡",
    }
}

fn table(report: &Report<'_>, all: &[Listed<'_>], room: usize, out: &mut String) {
    if all.is_empty() {
        return;
    }
    *out += "| level | code | finding | where |\n|---|---|---|---|\n";
    let begun = out.len();
    let mut shown = 0;
    for listed in all {
        let row = row(report, listed);
        if out.len() - begun + row.len() > room {
            break;
        }
        *out += &row;
        shown += 1;
    }
    out.push('\n');
    if shown < all.len() {
        *out += &format!("{} more are not shown here.\n\n", counted(all.len() - shown, "finding"));
    }
}

fn row(report: &Report<'_>, listed: &Listed<'_>) -> String {
    let level = match (listed.fails(), listed.level) {
        (true, Level::Error) => "🔴 error",
        (true, Level::Warning) => "🟠 warning",
        (false, Level::Error) => "⚪ error, allowed",
        (false, Level::Warning) => "⚪ warning, allowed",
        (true | false, Level::Note) => "⚪ note",
    };
    let finding = match listed.parts() {
        Some((kind, object, predicate)) => {
            format!("{kind} {} {}", code(&brief(&object, LONGEST)), prose(&brief(&predicate, LONGEST)))
        }
        None => prose(&listed.headline()),
    };
    let values: String = listed
        .values()
        .iter()
        .take(2)
        .map(|value| format!("<br>{}", prose(&brief(value, LONGEST))))
        .collect();
    let remark = listed.remark();
    let remark = if remark.is_empty() { String::new() } else { format!("<br>{remark}") };
    let place = match listed.place().filter(|(file, ..)| paths::is_file(file)) {
        Some((file, line, _)) => code(&format!("{}:{line}", brief(&paths::tidy(file), LONGEST))),
        None => code(&brief(&place_words(report.live_place), LONGEST)),
    };
    format!(
        "| {level} | {} | {} | {} |\n",
        link(listed.code),
        cell(&format!("{finding}{values}{remark}")),
        cell(&place)
    )
}

fn link(code: trueup_diff::Code) -> String {
    format!("[{code}](https://github.com/trueup-db/trueup/blob/main/docs/codes/{code}.md)")
}

fn details(report: &Report<'_>, all: &[Listed<'_>], room: usize, out: &mut String) {
    let begun = out.len();
    let (mut shown, mut count) = (0, 0);
    let mut full = false;
    for listed in all {
        // Once it is full nothing is built any more: steps are looked for one by one.
        let Some(block) = (if full { Some(String::new()) } else { detail(report, listed) }) else { continue };
        count += 1;
        if full || out.len() - begun + block.len() > room {
            full = true;
            continue;
        }
        *out += &block;
        shown += 1;
    }
    if shown < count {
        *out += &format!("Details of {} are not shown here.\n\n", counted(count - shown, "finding"));
    }
}

/// What is known of a finding, folded; `None` where the table says it all.
fn detail(report: &Report<'_>, listed: &Listed<'_>) -> Option<String> {
    let facts: String = listed.facts(report).iter().map(|fact| format!("- {}\n", prose(fact))).collect();
    let mut body = String::new();
    if let About::Drift(index, drift) = listed.about {
        for change in drift.changes.iter().filter(|change| change.text) {
            let (Some(desired), Some(live)) = (&change.desired, &change.live) else { continue };
            let look = Look::default();
            let lines = if change.attribute == "query" {
                text_diff::unified(&layout(live), &layout(desired), look)
            } else {
                text_diff::unified(live, desired, look)
            };
            body += &fenced("diff", lines.iter().map(|line| brief(line, LONGEST_LINE)));
        }
        for step in report.steps(index).take(3) {
            let lock = step.lock_words();
            let mut known = vec![prose(&brief(&step.title, LONGEST))];
            if !lock.is_empty() {
                known.push(format!("lock: {}", prose(&brief(&lock, LONGEST))));
            }
            known.extend(step.size.map(size));
            body += &format!("Repair: {}\n\n", known.join("; "));
            // The statement alone: its guards are for the file that runs it.
            let bare: Vec<&str> =
                step.statements.iter().filter_map(|statement| statement.sql.as_deref()).collect();
            if bare.is_empty() {
                continue;
            }
            let sql = format!("{};", bare.join(";\n"));
            let sql = safe_lines(&sql);
            let count = sql.lines().count();
            let more = (count > LINES).then(|| format!("-- … {} more lines", count - LINES));
            let lines = sql.lines().take(LINES).map(|line| brief(line, LONGEST_LINE));
            body += &fenced("sql", lines.chain(more));
        }
    }
    if facts.is_empty() && body.is_empty() {
        return None;
    }
    let title = match listed.parts() {
        Some((kind, object, _)) => format!("{kind} <code>{}</code>", html(&brief(&object, LONGEST))),
        None => format!("<code>{}</code>", html(&listed.headline())),
    };
    Some(format!("<details><summary>{} {title}</summary>\n\n{facts}\n{body}</details>\n\n", listed.code))
}

fn tail(report: &Report<'_>) -> String {
    let mut out = String::new();
    for Aside { label, text, between, names, more } in asides(report) {
        let between = if names.is_empty() { "" } else { between };
        let text = if text.is_empty() { text } else { prose(&text) };
        let names: Vec<String> = names.iter().map(|name| prose(&brief(name, LONGEST))).collect();
        let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
        out += &format!("- **{label}**: {text}{between}{}{more}\n", names.join(", "));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let summary = report.comparison.summary;
    out += &format!(
        "<sub>{} of {} match; {}, {}, trueup {}</sub>\n",
        thousands(summary.matching),
        counted(summary.desired_objects, "desired object"),
        timestamp::utc(report.made),
        elapsed(report.elapsed),
        prose(report.version)
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_comment_whatever_the_name() {
        assert_eq!(comment_marker("shop at db.internal"), "<!-- trueup-gate shop-at-db.internal -->");
        assert_eq!(comment_marker("--> <script>"), "<!-- trueup-gate script -->");
        assert_eq!(comment_marker("é"), "<!-- trueup-gate -->");
        assert_eq!(comment_marker("a--b\n"), "<!-- trueup-gate a-b -->");
    }
}
