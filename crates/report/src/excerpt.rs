//! The lines of a file that a finding is about.

use crate::Sources;
use std::ops::Range;
use trueup_catalog::Span;

/// Longer lines (minified SQL, data) are named but not shown.
const LONGEST_LINE: usize = 2_000;

/// One line of a source with the stretch that is meant.
pub(crate) struct Excerpt<'a> {
    /// The whole line, without its end.
    pub line: &'a str,
    /// Its number, from 1.
    pub number: usize,
    /// What is meant, in bytes of `line`; never empty, except at the end of the line.
    pub meant: Range<usize>,
}

/// The first line of the span. Only that line: a statement of 40 lines would bury the finding.
/// `None` when the text is not at hand or the line is too long to be shown.
pub(crate) fn excerpt<'a>(sources: &'a Sources, span: &Span) -> Option<Excerpt<'a>> {
    let text: &str = sources.get(&span.file)?;
    let before = text.get(..span.start)?;
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(begin..)?;
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.len() > LONGEST_LINE {
        return None;
    }
    let start = (span.start - begin).min(line.len());
    let mut end = span.end.saturating_sub(begin).clamp(start, line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let meant = line.get(start..end).unwrap_or_default().trim_end();
    let end = start + meant.len();
    Some(Excerpt { line, number: span.line as usize, meant: start..end.max(start) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn span(start: usize, end: usize, line: u32) -> Span {
        Span { file: "a.sql".into(), start, end, line, column: 1 }
    }

    fn sources(text: &str) -> Sources {
        Sources::from([("a.sql".into(), Arc::from(text))])
    }

    #[test]
    fn a_span_over_lines_shows_its_first_line() {
        let sources = sources("-- é\nCREATE TABLE t (\r\n  a int\n);");
        let found = excerpt(&sources, &span(6, 32, 2)).unwrap();
        assert_eq!(
            (found.line, found.number, &found.line[found.meant.clone()]),
            ("CREATE TABLE t (", 2, "CREATE TABLE t (")
        );
    }

    #[test]
    fn a_span_outside_the_text_shows_nothing() {
        assert!(excerpt(&sources("abc"), &span(7, 9, 1)).is_none());
        assert!(excerpt(&sources(&"x".repeat(5000)), &span(7, 9, 1)).is_none());
    }
}
