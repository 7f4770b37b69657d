//! Batches as text: comments and statements.

use crate::given::Given;
use crate::work::{Batch, Part};

/// Characters that end a line somewhere, or make text read otherwise than it is.
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}')
}

/// What some tool reads as an order where a line of SQL is a comment that begins with it, whatever blanks stand between.
const ORDERS: &[&str] = &[
    "+goose",
    "migrate:",
    "atlas:",
    "end",
    "> statement-breakpoint",
    "no-transaction",
    "liquibase",
    "changeset",
    "rollback",
    "comment",
    "precondition",
    "property",
    "ignorelines",
    "validchecksum",
    "labels",
    "context",
];

/// Whether a line is a comment that begins with one of these.
fn is_order(line: &str, orders: &[&str]) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("--") else { return false };
    let rest = rest.trim_start().to_ascii_lowercase();
    orders.iter().any(|order| rest.starts_with(order))
}

/// A line within a statement that one of these tools would take for an order: a text of the database must not end its statement.
pub(crate) fn order_within<'a>(batch: &'a Batch, orders: &[&str]) -> Option<&'a str> {
    let statements = batch.parts.iter().filter_map(|part| match part {
        Part::Sql(sql) => Some(sql.as_str()),
        Part::Note(_) => None,
    });
    statements.flat_map(|sql| sql.split(['\n', '\r'])).find(|line| is_order(line, orders))
}

/// One line of a comment, whatever the text holds.
pub(crate) fn line(mark: &str, text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if harmful(c) {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    let between = if is_order(&format!("--{plain}"), ORDERS) { " | " } else { " " };
    format!("{mark}{between}{plain}").trim_end().to_owned() + "\n"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_one_line_and_no_order() {
        assert_eq!(line("--", "a\nDROP TABLE t;\u{2028}\r"), "-- a\\u{a}DROP TABLE t;\\u{2028}\\u{d}\n");
        assert_eq!(line("--", "   +goose Down"), "-- |    +goose Down\n");
        assert_eq!(line("--", "Migrate:down"), "-- | Migrate:down\n");
        assert_eq!(line("--", "1/2  table t"), "-- 1/2  table t\n");
    }

    #[test]
    fn an_order_within_a_statement_is_found() {
        let batch = |sql: &str| Batch { outside: false, parts: vec![Part::Sql(sql.to_owned())] };
        let orders = &["migrate:"];
        assert_eq!(order_within(&batch("a\n  --  migrate:down\nb"), orders), Some("  --  migrate:down"));
        assert_eq!(order_within(&batch("a -- migrate:down\nb"), orders), None);
    }
}
