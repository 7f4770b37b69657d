//! Runs trueup once and reads its answer.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use trueup_testkit::{Error, Result};

/// How a check came out, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    InSync,
    Drift,
    Undecided,
    /// trueup said that it could not run.
    Failed,
    /// Neither an exit code of its own nor JSON.
    Crashed,
    TimedOut,
}

impl Outcome {
    /// As a status of the results.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Outcome::InSync => "in-sync",
            Outcome::Drift => "drift",
            Outcome::Undecided => "undecided",
            Outcome::Failed => "failed",
            Outcome::Crashed => "crashed",
            Outcome::TimedOut => "timed-out",
        }
    }
}

/// One answer of trueup.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    /// `D201×3 S102×1`: drift by code and undecided parts by code, counted.
    pub(crate) codes: BTreeMap<String, usize>,
    /// Drift by disposition, counted; those of level note apart.
    pub(crate) dispositions: BTreeMap<String, usize>,
    /// Findings of drift, notes included.
    pub(crate) drift: usize,
    /// Definitions that could not be told equal or different (U103).
    pub(crate) untold: usize,
    /// What a server could be asked about: everything that differs or could not be told.
    pub(crate) questions: usize,
    /// Why parts are undecided, with their code, counted; without the names of any schema.
    pub(crate) reasons: BTreeMap<String, usize>,
    /// The first words of what went wrong, if it did.
    pub(crate) note: String,
    pub(crate) took: Duration,
}

impl Verdict {
    /// The codes as one word each.
    pub(crate) fn codes_text(&self) -> String {
        counted(&self.codes)
    }
}

/// `a×2 b×1`
pub(crate) fn counted(counts: &BTreeMap<String, usize>) -> String {
    let mut text = String::new();
    for (index, (name, count)) in counts.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        // Writing to a String can't fail.
        let _ = write!(text, "{space}{name}×{count}");
    }
    text
}

/// What a run of the program left behind.
pub(crate) struct Run {
    /// `None` when it was stopped for taking too long.
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// Runs `command` to its end, or stops it after `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Run> {
    let explain = |error| Error::io("running trueup", error);
    // Files, not pipes: a full pipe would block a program that nobody reads.
    let out = tempfile::NamedTempFile::new().map_err(explain)?;
    let err = tempfile::NamedTempFile::new().map_err(explain)?;
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    let start = Instant::now();
    let mut child = command
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(out.reopen().map_err(explain)?)
        .stderr(err.reopen().map_err(explain)?)
        .spawn()
        .map_err(explain)?;
    let mut pause = Duration::from_millis(2);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(explain)? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill().map_err(explain)?;
            child.wait().map_err(explain)?;
            break None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let took = start.elapsed();
    Ok(Run {
        status,
        stdout: std::fs::read(out.path()).map_err(explain)?,
        stderr: String::from_utf8_lossy(&std::fs::read(err.path()).map_err(explain)?).into_owned(),
        took,
    })
}

/// Runs `check --format json` and keeps the answer in `keep`.
pub(crate) fn check(command: &mut Command, limit: Duration, keep: &Path) -> Result<Verdict> {
    let run = run(command.args(["--format", "json"]), limit)?;
    let mut verdict = Verdict {
        outcome: Outcome::Crashed,
        codes: BTreeMap::new(),
        dispositions: BTreeMap::new(),
        drift: 0,
        untold: 0,
        questions: 0,
        reasons: BTreeMap::new(),
        note: String::new(),
        took: run.took,
    };
    std::fs::write(keep, if run.stdout.is_empty() { run.stderr.as_bytes() } else { &run.stdout })
        .map_err(|error| Error::path("writing", keep, error))?;
    let Some(status) = run.status else {
        verdict.outcome = Outcome::TimedOut;
        return Ok(verdict);
    };
    let answer: Option<Value> = serde_json::from_slice(&run.stdout).ok();
    match (&answer, status.code()) {
        (Some(answer), Some(code @ 0..=2)) => {
            count(answer, &mut verdict);
            let said = answer["outcome"].as_str().unwrap_or_default();
            let level = |item: &Value| item["level"] != "note";
            let open = answer["undecided"].as_array().is_none_or(|list| list.iter().any(level));
            verdict.outcome = match (code, said) {
                (0, "in_sync") if !open => Outcome::InSync,
                (1, "drift") => Outcome::Drift,
                (2, "undecided") => Outcome::Undecided,
                // The exit code and the answer must say the same.
                _ => {
                    verdict.note = format!("exit code {code}, outcome `{said}`");
                    Outcome::Crashed
                }
            };
        }
        (None, Some(2)) => {
            verdict.outcome = Outcome::Failed;
            verdict.note = first_line(&run.stderr);
        }
        (_, code) => {
            let panic = run.stderr.lines().find(|line| line.contains("panicked at")).map(str::to_owned);
            let how = code.map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
            verdict.note = format!("{how}: {}", panic.unwrap_or_else(|| first_line(&run.stderr)));
        }
    }
    Ok(verdict)
}

fn count(answer: &Value, verdict: &mut Verdict) {
    for list in ["drift", "undecided"] {
        for item in answer[list].as_array().into_iter().flatten() {
            let code = item["code"].as_str().unwrap_or("?").to_owned();
            if list == "drift" {
                verdict.drift += 1;
            } else {
                verdict.untold += usize::from(code == "U103");
                let said = |field: &str| item[field].as_str().filter(|text| !text.is_empty());
                let reason = said("reason").or(said("what")).unwrap_or_default();
                let reason = format!("{code} {}", masked(reason));
                *verdict.reasons.entry(reason).or_default() += 1;
            }
            verdict.questions += usize::from(list == "drift" || code == "U103" || code == "U104");
            *verdict.codes.entry(code).or_default() += 1;
            if list == "drift" && item["level"] != "note" {
                let disposition = item["disposition"].as_str().unwrap_or("?").to_owned();
                *verdict.dispositions.entry(disposition).or_default() += 1;
            }
        }
    }
}

/// A reason without what it names and quotes from a schema.
fn masked(reason: &str) -> String {
    let mut unquoted = String::new();
    let mut quote = None;
    let mut before = ' ';
    for c in reason.chars() {
        // An apostrophe within a word opens nothing.
        let opens = !before.is_alphanumeric();
        before = c;
        match quote {
            Some(end) if c == end => {
                unquoted.push('…');
                unquoted.push(c);
                quote = None;
            }
            Some(_) => {}
            None => {
                unquoted.push(c);
                quote = ['`', '\'', '"'].into_iter().find(|mark| *mark == c && opens);
            }
        }
    }
    let own = |word: &str| ["pg_catalog", "information_schema"].contains(&word);
    let name = |word: &str| word.contains(['_', '.']) && !own(word);
    let words = unquoted.split_whitespace().map(|word| {
        let inner = word.trim_end_matches([',', '.', ':', ';', '(', ')']);
        if name(inner) { format!("…{}", word.trim_start_matches(inner)) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

pub(crate) fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    line.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_nothing_of_a_schema() {
        assert_eq!(
            masked("relation a_b does not exist: trigger s.t.u, of 'it\tis', no more"),
            "relation … does not exist: trigger …, of '…', no more"
        );
        assert_eq!(masked("it is in the server's pg_catalog"), "it is in the server's pg_catalog");
    }
}
