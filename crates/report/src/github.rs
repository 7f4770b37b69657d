//! Annotations of GitHub Actions: workflow commands on standard output, which the runner turns into marks beside the changed lines.
//!
//! GitHub shows ten annotations of each level a step. The most severe come first; where there are more, the tenth says how many, and
//! the rest stands in the log as plain lines. <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use crate::Report;
use crate::counts::counted;
use crate::failure::Failure;
use crate::line::{line, quiet};
use crate::listed::Listed;
use crate::paths;
use crate::safe::brief;
use crate::tally::verdict;
use trueup_diff::Level;

/// How many annotations of one level GitHub shows for a step.
const SHOWN: usize = 10;
/// The longest path that is written.
const LONGEST_PATH: usize = 1000;

/// Annotations of what is listed, then the verdict as a plain line.
pub fn github(report: &Report<'_>) -> String {
    let all = report.severest();
    let mut out = String::new();
    let mut rest = Vec::new();
    for level in [Level::Error, Level::Warning, Level::Note] {
        let of_level: Vec<&Listed<'_>> = all.iter().filter(|listed| annotation(listed) == level).collect();
        let shown = if of_level.len() > SHOWN { SHOWN - 1 } else { of_level.len() };
        let (shown, more) = of_level.split_at(shown);
        for listed in shown {
            out += &annotate(report, listed);
        }
        if !more.is_empty() {
            let text = format!(
                "{} more of this level; the log of this step lists them",
                counted(more.len(), "finding")
            );
            out += &command(level, None, "trueup", &text);
        }
        rest.extend_from_slice(more);
    }
    for listed in rest {
        out += &format!("- {}\n", line(report, listed));
    }
    out += &quiet(&verdict(report).line());
    out.push('\n');
    out
}

/// The same for a run that could not be done.
pub fn github_error(failure: &Failure<'_>) -> String {
    let mut out = String::new();
    for problem in failure.stopped() {
        let title = format!("{} {}", problem.code, problem.code.slug());
        out += &command(Level::Error, None, &title, &problem.line());
    }
    out += &quiet(&failure.verdict());
    out.push('\n');
    out
}

/// The level of its annotation: what fails is never less than a warning, what does not is a notice.
fn annotation(listed: &Listed<'_>) -> Level {
    if listed.fails() { listed.level } else { Level::Note }
}

fn annotate(report: &Report<'_>, listed: &Listed<'_>) -> String {
    let mut lines = vec![listed.headline()];
    lines.extend(listed.facts(report));
    let place = listed.place().filter(|(file, ..)| paths::is_file(file));
    let title = format!("{} {}", listed.code, listed.code.slug());
    command(annotation(listed), place, &title, &lines.join("\n"))
}

fn command(level: Level, place: Option<(&str, u32, u32)>, title: &str, message: &str) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let place = match place {
        Some((file, line, column)) => {
            let file = brief(&paths::tidy(file), LONGEST_PATH);
            format!("file={},line={line},col={column},", property(&file))
        }
        None => String::new(),
    };
    format!("::{word} {place}title={}::{}\n", property(title), data(message))
}

/// The message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped() {
        let text = command(Level::Note, Some(("a,b:c%.sql", 3, 1)), "t: x", "50%\r\n::error::y");
        assert_eq!(text, "::notice file=a%2Cb%3Ac%25.sql,line=3,col=1,title=t%3A x::50%25%0D%0A::error::y\n");
    }
}
