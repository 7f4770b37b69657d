//! A short unified diff of two long texts.

use crate::look::{CYAN, DIM, GREEN, Look, RED};
use crate::safe::safe_lines;
use similar::{ChangeTag, TextDiff};

/// The most lines that one diff shows.
const LINES: usize = 20;

/// The diff that turns live into desired, as lines without line ends. Lines that differ only in
/// white space at their end are equal.
pub(crate) fn unified(live: &str, desired: &str, look: Look) -> Vec<String> {
    let (live, desired) = (lines(live), lines(desired));
    let live: Vec<&str> = live.iter().map(String::as_str).collect();
    let desired: Vec<&str> = desired.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&live, &desired);
    let mut out = vec![look.paint(RED, "--- live"), look.paint(GREEN, "+++ desired")];
    let mut left = 0;
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        if out.len() < LINES {
            out.push(look.paint(CYAN, hunk.header().to_string().trim_end()));
        } else {
            left += 1;
        }
        for change in hunk.iter_changes() {
            if out.len() >= LINES {
                left += 1;
                continue;
            }
            let text = change.value();
            out.push(match change.tag() {
                ChangeTag::Delete => look.paint(RED, format_args!("-{text}")),
                ChangeTag::Insert => look.paint(GREEN, format_args!("+{text}")),
                ChangeTag::Equal => format!(" {text}"),
            });
        }
    }
    if left > 0 {
        out.push(look.paint(DIM, format_args!("… {left} more lines")));
    }
    out
}

fn lines(text: &str) -> Vec<String> {
    safe_lines(text.trim_matches(['\n', '\r'])).lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_only_what_differs() {
        let live = "SELECT a,\n       b\nFROM t\nWHERE c";
        let desired = "SELECT a,\n       b2\nFROM t\nWHERE c";
        let shown = unified(live, desired, Look::default());
        assert_eq!(
            shown,
            [
                "--- live",
                "+++ desired",
                "@@ -1,4 +1,4 @@",
                " SELECT a,",
                "-       b",
                "+       b2",
                " FROM t",
                " WHERE c"
            ]
        );
    }

    #[test]
    fn is_never_longer_than_twenty_lines_and_says_what_is_left() {
        let live: String = (0..100).map(|i| format!("a{i}\n")).collect();
        let desired: String = (0..100).map(|i| format!("b{i}\n")).collect();
        let shown = unified(&live, &desired, Look::default());
        assert_eq!(shown.len(), LINES + 1);
        assert_eq!(shown.last().unwrap(), "… 183 more lines");
    }
}
