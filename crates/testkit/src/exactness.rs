//! The results of the corpus as they are kept (`fixtures/corpus-results.tsv`), and the tables of `docs/exactness.md`
//! that are made from them.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// All statuses, best first. A result falls back when its status moves down this list.
pub const STATUSES: [&str; 16] = [
    "in-sync",
    "agree",
    "converged",
    "left",
    "undecided",
    "drift",
    "differ",
    "safe-left",
    "not-twice",
    "not-applied",
    "failed",
    "timed-out",
    "crashed",
    "lost",
    "harness-error",
    "not-loaded",
];

const HEADER: &str = "entry\twhat\tversion\tstatus\tdetails\treasons\tseconds";

/// Between these lines stands what [`tables`] makes.
const BEGIN: &str = "<!-- made by `make corpus ARGS=--update` from fixtures/corpus-results.tsv -->";
const END: &str = "<!-- end -->";

/// One line of the results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The PostgreSQL version that it was loaded into; empty when none takes it.
    pub version: String,
    /// One of [`STATUSES`].
    pub status: String,
    /// The codes, counted, or what went wrong.
    pub details: String,
    /// `code reason×count`, separated by ` | `.
    pub reasons: String,
    /// What the check took when it was kept, for whole schemas.
    pub seconds: String,
}

/// The results by entry and what was done with it.
pub type Results = BTreeMap<(String, String), Kept>;

impl Kept {
    /// Its place among [`STATUSES`].
    #[must_use]
    pub fn rank(&self) -> usize {
        STATUSES.iter().position(|known| *known == self.status).unwrap_or(STATUSES.len())
    }

    /// How many findings and undecided parts its details count: `D201×3 U103×1` are four.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.counted().iter().map(|(_, count)| count).sum()
    }

    /// The codes in its details with their counts.
    fn counted(&self) -> Vec<(&str, usize)> {
        self.details
            .split([' ', '(', ')'])
            .filter_map(|word| word.split_once('×'))
            .filter(|(code, _)| code.len() == 4 && code.starts_with(|c: char| c.is_ascii_uppercase()))
            .filter_map(|(code, count)| Some((code, count.parse().ok()?)))
            .collect()
    }

    /// The reasons with their counts.
    fn counted_reasons(&self) -> impl Iterator<Item = (&str, usize)> {
        let reasons = self.reasons.split(" | ").filter(|reason| !reason.is_empty());
        reasons.filter_map(|reason| {
            let (text, count) = reason.rsplit_once('×')?;
            Some((text, count.parse().ok()?))
        })
    }
}

/// Where the results are kept.
#[must_use]
pub fn results_file() -> PathBuf {
    crate::program::workspace_dir().join("fixtures/corpus-results.tsv")
}

/// Reads results as [`print()`] writes them; a column that its first line lacks is empty.
///
/// # Errors
/// When a line lacks a field.
pub fn parse(text: &str) -> Result<Results> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let mut results = Results::new();
    for (index, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields.len() != header.len() {
            return Err(Error::message(format!("line {}: not {} fields", index + 2, header.len())));
        }
        let of = |name: &str| {
            let at = header.iter().position(|column| *column == name);
            at.and_then(|at| fields.get(at)).copied().unwrap_or_default().to_owned()
        };
        let kept = Kept {
            version: of("version"),
            status: of("status"),
            details: of("details"),
            reasons: of("reasons"),
            seconds: of("seconds"),
        };
        results.insert((of("entry"), of("what")), kept);
    }
    Ok(results)
}

/// The results as a file.
#[must_use]
pub fn print(results: &Results) -> String {
    let mut text = format!("{HEADER}\n");
    for ((entry, what), kept) in results {
        let fields: [&str; 7] =
            [entry, what, &kept.version, &kept.status, &kept.details, &kept.reasons, &kept.seconds];
        text.push_str(&fields.join("\t"));
        text.push('\n');
    }
    text
}

/// The page with its tables made anew.
///
/// # Errors
/// When the marks that enclose them are missing.
pub fn page(page: &str, results: &Results) -> Result<String> {
    let missing = || Error::message(format!("docs/exactness.md lacks the lines `{BEGIN}` and `{END}`"));
    let (head, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, tail) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{head}{BEGIN}\n\n{}\n{END}{tail}", tables(results)))
}

/// A row of the first table: what it says, and the lines of the results that it counts.
type Group = (&'static str, &'static str, &'static [&'static str]);

const GROUPS: [Group; 10] = [
    ("whole schemas, by rules alone", "schemas/", &["self"]),
    ("whole schemas, with `--scratch auto`", "schemas/", &["self-scratch"]),
    ("whole schemas, by rules, as a role without privileges", "schemas/", &["self-powerless"]),
    ("sides of cases, by rules alone", "cases/", &["self", "old-self"]),
    ("sides of cases, with `--scratch auto`", "cases/", &["self-scratch", "old-self-scratch"]),
    ("PostgreSQL's regression database, by rules alone", "schemas/postgres-regression", &["self"]),
    (
        "PostgreSQL's regression database, with `--scratch auto`",
        "schemas/postgres-regression",
        &["self-scratch"],
    ),
    ("what is left then, with `--desired-via scratch`", "", &["self-via", "old-self-via"]),
    ("whole schemas, the one reader against the other", "schemas/", &["readers"]),
    ("sides of cases, the one reader against the other", "cases/", &["readers", "old-readers"]),
];

/// The tables of `docs/exactness.md`.
#[must_use]
pub fn tables(results: &Results) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    let _ = writeln!(
        text,
        "| what | checked | in sync | drift | can't tell | failed |\n|---|---:|---:|---:|---:|---:|"
    );
    for (title, prefix, whats) in GROUPS {
        let rows: Vec<&Kept> =
            chosen(results, prefix, whats).filter(|kept| kept.status != "not-loaded").collect();
        let count =
            |statuses: &[&str]| rows.iter().filter(|kept| statuses.contains(&kept.status.as_str())).count();
        let [good, drift, untold] =
            [count(&["in-sync", "agree"]), count(&["drift", "differ"]), count(&["undecided"])];
        let _ = writeln!(
            text,
            "| {title} | {} | {good} | {drift} | {untold} | {} |",
            rows.len(),
            rows.len() - good - drift - untold
        );
    }
    not_loaded(results, &mut text);
    for (title, whats) in [
        ("What stays undecided or not compared by rules alone", ["self", "old-self"].as_slice()),
        ("The same with `--scratch auto`", &["self-scratch", "old-self-scratch"]),
        ("What `information_schema` can't show", &["readers", "old-readers"]),
    ] {
        reasons(results, title, whats, &mut text);
    }
    times(results, &mut text);
    text
}

fn chosen<'r>(results: &'r Results, prefix: &'r str, whats: &'r [&'r str]) -> impl Iterator<Item = &'r Kept> {
    let wanted =
        move |(entry, what): &(String, String)| entry.starts_with(prefix) && whats.contains(&what.as_str());
    results.iter().filter(move |(key, _)| wanted(key)).map(|(_, kept)| kept)
}

fn not_loaded(results: &Results, text: &mut String) {
    let refused =
        |prefix, whats| chosen(results, prefix, whats).filter(|kept| kept.status == "not-loaded").count();
    let others = results.values().filter(|kept| !matches!(kept.version.as_str(), "" | "15")).count();
    let _ = writeln!(
        text,
        "\n{} whole schemas and {} sides of cases are refused by every version (`not-loaded` in the results, with what \
         PostgreSQL said); {others} results are of another version than 15, which refused the schema.",
        refused("schemas/", &["self"]),
        refused("cases/", &["self", "old-self"]),
    );
}

fn reasons(results: &Results, title: &str, whats: &[&str], text: &mut String) {
    let mut reasons: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for prefix in ["schemas/", "cases/"] {
        for kept in chosen(results, prefix, whats) {
            for (reason, count) in kept.counted_reasons() {
                let entry = reasons.entry(reason).or_default();
                entry.0 += count;
                entry.1 += 1;
            }
        }
    }
    let _ = writeln!(text, "\n### {title}\n");
    if reasons.is_empty() {
        let _ = writeln!(text, "Nothing.");
        return;
    }
    let _ = writeln!(text, "| code | reason | times | in schemas |\n|---|---|---:|---:|");
    for (reason, (count, entries)) in reasons {
        let (code, reason) = reason.split_once(' ').unwrap_or((reason, ""));
        let _ = writeln!(text, "| {code} | {} | {count} | {entries} |", reason.replace('|', "\\|"));
    }
}

fn times(results: &Results, text: &mut String) {
    let _ = writeln!(
        text,
        "\n### Times of a whole check\n\nStart of the program to its end, in seconds, on two cores that were busy with other work: an upper bound.\n\n\
         | what | schemas | median | 90 % | slowest |\n|---|---:|---:|---:|---:|"
    );
    for (title, what) in [
        ("by rules alone", "self"),
        ("with `--scratch auto`", "self-scratch"),
        ("`information_schema`", "readers"),
    ] {
        let mut times: Vec<f64> =
            chosen(results, "schemas/", &[what]).filter_map(|kept| kept.seconds.parse().ok()).collect();
        times.sort_by(f64::total_cmp);
        let at =
            |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0.0);
        let _ =
            writeln!(text, "| {title} | {} | {:.2} | {:.2} | {:.2} |", times.len(), at(50), at(90), at(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESULTS: &str = "entry\twhat\tversion\tstatus\tdetails\treasons\tseconds\n\
        cases/a/b\told-self\t15\tin-sync\t\t\t\n\
        cases/a/b\tself\t17\tdrift\tD201×2\t\t\n\
        schemas/x\tself\t15\tundecided\tU103×2 D201×1\tU103 it is `…`×2\t0.25\n\
        schemas/y\tself\t\tnot-loaded\tnew.sql:3: no\t\t\n";

    #[test]
    fn results_are_written_as_they_were_read() {
        assert_eq!(print(&parse(RESULTS).unwrap()), RESULTS);
        assert!(parse("entry\nx\ty\n").is_err());
        let old = parse("entry\twhat\tstatus\tdetails\nx\ty\tin-sync\t\n").unwrap();
        assert_eq!(old.values().next().unwrap().status, "in-sync");
    }

    #[test]
    fn findings_are_counted() {
        let results = parse(RESULTS).unwrap();
        let found: Vec<usize> = results.values().map(Kept::findings).collect();
        assert_eq!(found, [0, 2, 3, 0]);
    }

    #[test]
    fn tables_count_the_results() {
        let tables = tables(&parse(RESULTS).unwrap());
        for line in [
            "| whole schemas, by rules alone | 1 | 0 | 0 | 1 | 0 |",
            "| sides of cases, by rules alone | 2 | 1 | 1 | 0 | 0 |",
            "| U103 | it is `…` | 2 | 1 |",
            "| by rules alone | 1 | 0.25 | 0.25 | 0.25 |",
        ] {
            assert!(tables.contains(line), "{line} is not in\n{tables}");
        }
        let anew = page(&format!("head\n{BEGIN}\nold\n{END}\ntail\n"), &parse(RESULTS).unwrap()).unwrap();
        assert!(
            anew.starts_with("head\n") && anew.ends_with("\ntail\n") && !anew.contains("\nold\n"),
            "{anew}"
        );
        assert!(page("nothing", &Results::new()).is_err());
    }
}
