//! One finding on one line, for logs: harmless for terminals and for the runners of pipelines.

use crate::closing::place_words;
use crate::listed::Listed;
use crate::safe::{brief, safe};
use crate::{Report, paths};

/// The longest path that a line shows.
pub(crate) const LONGEST_PATH: usize = 400;
/// The longest value that a line shows.
const LONGEST_VALUE: usize = 120;

/// `file:line:col: level[CODE] title; values`; what has no place in a file begins with the database's name instead.
pub(crate) fn line(report: &Report<'_>, listed: &Listed<'_>) -> String {
    let place = match listed.place().filter(|(file, ..)| paths::is_file(file)) {
        Some((file, line, column)) => {
            format!("{}:{line}:{column}", brief(&paths::tidy(file), LONGEST_PATH))
        }
        None => place_words(report.live_place),
    };
    let mut rest = vec![listed.headline()];
    rest.extend(listed.values().iter().map(|value| brief(value, LONGEST_VALUE)));
    if !listed.remark().is_empty() {
        rest.push(listed.remark().to_owned());
    }
    quiet(&format!("{place}: {}[{}] {}", listed.level.word(), listed.code, rest.join("; ")))
}

/// A line that no runner of a pipeline takes for a command: GitHub's looks for `::name` at its beginning and `##[name]` anywhere,
/// Azure's for `##vso[`.
pub(crate) fn quiet(line: &str) -> String {
    let line = safe(line).replace("##[", "##\\u{5b}").replace("##vso[", "##vso\\u{5b}");
    if line.trim_start().starts_with("::") {
        format!("\\u{{3a}}{}", line.trim_start().get(1..).unwrap_or(""))
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(quiet("  ::error::x"), "\\u{3a}:error::x");
        assert_eq!(quiet("a ##[add-mask]b"), "a ##\\u{5b}add-mask]b");
        assert_eq!(quiet("a.sql:1:1: error::x"), "a.sql:1:1: error::x");
    }
}
