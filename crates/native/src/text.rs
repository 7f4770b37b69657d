//! Batches as text: comments and statements.

use crate::given::Given;
use crate::work::{Batch, Part};

/// Characters that end a line somewhere, or make text read otherwise than it is.
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}')
}

/// One line of a comment, whatever the text holds.
pub(crate) fn line(mark: &str, text: &str) -> String {
    let plain: String = text
        .chars()
        .flat_map(|c| {
            if harmful(c) { c.escape_unicode().collect::<String>() } else { c.to_string() }
                .chars()
                .collect::<Vec<_>>()
        })
        .collect();
    format!("{mark} {plain}").trim_end().to_owned() + "\n"
}

/// Lines of a comment.
pub(crate) fn comment(mark: &str, lines: &[String]) -> String {
    lines.iter().map(|text| line(mark, text)).collect()
}

/// The statements of a batch with their comments; each statement as `write` has it.
pub(crate) fn body(batch: &Batch, mark: &str, indent: &str, write: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    for part in &batch.parts {
        match part {
            Part::Note(lines) => {
                if !out.is_empty() {
                    out.push('\n');
                }
                out += &comment(&format!("{indent}{mark}"), lines);
            }
            Part::Sql(sql) => out += &write(sql),
        }
    }
    out
}

/// Plain SQL: head, statements, and at the end of the last file what is left.
pub(crate) fn sql(given: &Given<'_>, batch: &Batch, last: bool) -> String {
    let mut out = comment("--", given.head);
    out.push('\n');
    out += &body(batch, "--", "", &|sql| format!("{sql}\n"));
    out += &left(given, "--", last);
    out
}

/// What is left for people, where this is the last file.
pub(crate) fn left(given: &Given<'_>, mark: &str, last: bool) -> String {
    if last && !given.left.is_empty() { format!("\n{}", comment(mark, given.left)) } else { String::new() }
}

/// What stands where a tool wants the way back.
pub(crate) const NO_WAY_BACK: &str = "A repair only adds, and is not taken back: nothing is dropped.";
