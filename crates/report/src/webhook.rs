//! What is posted to a webhook: a text that Slack (and what speaks like it, as Mattermost and Rocket.Chat) shows, and the same in
//! fields for programs, under `trueup`.
//!
//! Never: signs or sends. Only host, port, database and user of a server are in it.

use crate::failure::Failure;
use crate::json::FORMAT_VERSION;
use crate::listed::Listed;
use crate::safe::{brief, safe};
use crate::tally::{Tally, verdict};
use crate::{Report, paths};
use serde::Serialize;
use trueup_diff::{Code, Outcome, What};

/// How many findings are in the payload.
const FINDINGS: usize = 20;
/// How many findings the text names.
const NAMED: usize = 10;
/// What a section of Slack's blocks may hold, in characters; a text that is longer is refused whole.
const SECTION: usize = 3000;

#[derive(Serialize)]
struct Payload<'a> {
    text: String,
    blocks: Vec<Block>,
    trueup: Body<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Section { text: Text },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Text {
    Mrkdwn { text: String },
}

#[derive(Serialize)]
struct Body<'a> {
    format_version: u32,
    trueup_version: &'a str,
    outcome: &'static str,
    verdict: String,
    made: String,
    target: Target,
    counts: Option<Counts>,
    findings: Vec<Finding<'a>>,
    /// How many findings are listed beside those in `findings`.
    more: usize,
    errors: Vec<Problem>,
}

#[derive(Serialize)]
struct Target {
    name: String,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    undecided: usize,
    remarks: usize,
    notes: usize,
    allowed: usize,
    ignored: usize,
    baseline: usize,
    off: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: Code,
    slug: &'static str,
    level: &'static str,
    fails: bool,
    title: String,
    kind: Option<&'static str>,
    object: Option<String>,
    what: Option<What>,
    facts: Vec<String>,
    file: Option<String>,
    line: Option<u32>,
    fingerprint: String,
    since: Option<&'a trueup_policy::Since>,
}

#[derive(Serialize)]
struct Problem {
    code: Code,
    slug: &'static str,
    message: String,
    way_out: Option<String>,
}

/// The payload, on one line.
///
/// # Errors
/// When a value can't be written as JSON, which no value of the report can cause.
pub fn webhook(report: &Report<'_>) -> serde_json::Result<String> {
    let all = report.severest();
    let verdict = verdict(report).line();
    let tally = Tally::of(report);
    let server = report.live_place.server.as_ref();
    let outcome = match report.outcome() {
        Outcome::InSync => "in_sync",
        Outcome::Drift => "drift",
        Outcome::Undecided => "undecided",
    };
    let lines: Vec<String> = all
        .iter()
        .filter(|listed| listed.fails())
        .map(|listed| format!("• {} {}", listed.code, mrkdwn(&listed.headline())))
        .collect();
    let text = text(&verdict, report.place_name(), &lines);
    let body = Body {
        format_version: FORMAT_VERSION,
        trueup_version: report.version,
        outcome,
        verdict,
        made: crate::timestamp::rfc3339(report.made),
        target: Target {
            name: safe(report.place_name()).into_owned(),
            host: server.map(|server| safe(&server.host).into_owned()),
            port: server.map(|server| server.port),
            database: server.map(|server| safe(&server.database).into_owned()),
            user: server.map(|server| safe(&server.user).into_owned()),
        },
        counts: Some(Counts {
            errors: tally.errors,
            warnings: tally.warnings,
            undecided: tally.undecided,
            remarks: tally.remarks,
            notes: tally.notes,
            allowed: tally.allowed,
            ignored: tally.ignored,
            baseline: tally.baseline,
            off: tally.off,
        }),
        findings: all.iter().take(FINDINGS).map(|listed| finding(report, listed)).collect(),
        more: all.len().saturating_sub(FINDINGS),
        errors: Vec::new(),
    };
    write(text, body)
}

/// The payload of a run that could not be done.
///
/// # Errors
/// As for [`webhook`].
pub fn webhook_error(failure: &Failure<'_>) -> serde_json::Result<String> {
    let stopped = failure.stopped();
    let name = failure.place.unwrap_or_default();
    let lines: Vec<String> = stopped
        .iter()
        .map(|problem| format!("• {} {}", problem.code, mrkdwn(&brief(&problem.line(), 400))))
        .collect();
    let verdict = failure.verdict();
    let text = text("The check could not be done", name, &lines);
    let body = Body {
        format_version: FORMAT_VERSION,
        trueup_version: failure.version,
        outcome: "error",
        verdict,
        made: crate::timestamp::rfc3339(failure.made),
        target: Target { name: safe(name).into_owned(), host: None, port: None, database: None, user: None },
        counts: None,
        findings: Vec::new(),
        more: 0,
        errors: stopped
            .into_iter()
            .map(|problem| Problem {
                code: problem.code,
                slug: problem.code.slug(),
                message: problem.message,
                way_out: problem.way_out,
            })
            .collect(),
    };
    write(text, body)
}

fn finding<'a>(report: &Report<'_>, listed: &Listed<'a>) -> Finding<'a> {
    let place = listed.place().filter(|(file, ..)| paths::is_file(file));
    Finding {
        code: listed.code,
        slug: listed.code.slug(),
        level: listed.level.word(),
        fails: listed.fails(),
        title: listed.headline(),
        kind: listed.key.map(|key| key.kind.word()),
        object: listed.key.map(|key| safe(&key.to_string()).into_owned()),
        what: listed.what(),
        facts: listed.facts(report),
        file: place.map(|(file, ..)| safe(&paths::tidy(file)).into_owned()),
        line: place.map(|(_, line, _)| line),
        fingerprint: listed.fingerprint(),
        since: listed.standing.and_then(|standing| standing.since.as_ref()),
    }
}

/// The text, within what a section may hold: whole lines, with a count of what is not named.
fn text(verdict: &str, name: &str, lines: &[String]) -> String {
    let name = if name.is_empty() { String::new() } else { format!("{}: ", mrkdwn(&brief(name, 100))) };
    let mut out = format!("*{name}{}*", mrkdwn(&brief(verdict, 300)));
    let mut named = 0;
    for line in lines.iter().take(NAMED) {
        if out.chars().count() + line.chars().count() + 40 > SECTION {
            break;
        }
        out += &format!("\n{line}");
        named += 1;
    }
    if named < lines.len() {
        out += &format!("\n… and {} more", crate::counts::thousands(lines.len() - named));
    }
    out
}

/// Text as Slack's `mrkdwn` wants it: the three characters that begin links and mentions are escaped, and those that would format
/// are written as signs that look alike.
fn mrkdwn(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '`' => out.push('\u{2bb}'),
            '*' => out.push('\u{2217}'),
            '~' => out.push('\u{223c}'),
            c => out.push(c),
        }
    }
    out
}

fn write(text: String, trueup: Body<'_>) -> serde_json::Result<String> {
    let blocks = vec![Block::Section { text: Text::Mrkdwn { text: text.clone() } }];
    crate::json_text::compact(&Payload { text, blocks, trueup })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_and_links_are_none() {
        assert_eq!(mrkdwn("<!channel> a & *b*"), "&lt;!channel&gt; a &amp; \u{2217}b\u{2217}");
    }

    #[test]
    fn the_text_fits_a_section() {
        let lines: Vec<String> = (0..50).map(|i| format!("{i}{}", "é<".repeat(600))).collect();
        let shown = text("red", "shop", &lines);
        assert!(shown.chars().count() <= SECTION, "{}", shown.chars().count());
        assert!(shown.ends_with("more"));
    }
}
