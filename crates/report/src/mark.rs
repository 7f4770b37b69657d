//! Text from anywhere in Markdown: it is shown as it is, and is never a mention, a reference, a link, HTML or a part of a table.
//!
//! Backslashes don't do: platforms look for `@name` and `#123` in the text that a reader sees. They leave code alone, so that
//! whatever is not plain words becomes a code span.

use crate::safe::safe;

/// Plain words as they are, everything else as code.
pub(crate) fn prose(text: &str) -> String {
    let text = safe(text);
    if is_plain(&text) { text.into_owned() } else { code(&text) }
}

/// Whether it is words and harmless signs only: nothing that any Markdown or platform gives a meaning to.
fn is_plain(text: &str) -> bool {
    let harmless = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | '.' | ';' | ':' | '(' | ')' | '\'' | '-')
    };
    let lower = text.to_ascii_lowercase();
    // `www.x` becomes a link, `GH-1` a reference, `:x:` a picture, two spaces at the end a line break.
    let colon = text
        .match_indices(':')
        .all(|(at, _)| text.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(' ')));
    !text.is_empty()
        && text.chars().all(harmless)
        && colon
        && text.trim() == text
        && !text.starts_with('-')
        // `1. x` would begin a list.
        && !begins_list(text)
        && !lower.contains("www.")
        && !lower.contains("gh-")
}

fn begins_list(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(rest, "." | ")") || rest.starts_with(". ") || rest.starts_with(") ")
}

/// A code span: its marks are more than any run of backticks inside.
pub(crate) fn code(text: &str) -> String {
    let text = safe(text);
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let marks = "`".repeat(longest_run(&text) + 1);
    // One space on each side is taken off again by the reader of the Markdown.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if text.starts_with(edge) || text.ends_with(edge) { " " } else { "" };
    format!("{marks}{pad}{text}{pad}{marks}")
}

/// Inline Markdown for a cell of a table. `\|` is a bar there, in code too; but a bar after a backslash would end the cell.
pub(crate) fn cell(inline: &str) -> String {
    let mut out = String::with_capacity(inline.len() + 8);
    let mut before = ' ';
    for c in inline.chars() {
        match (c, before) {
            ('|', '\\') => out.push_str("u{7c}"),
            ('|', _) => out.push_str("\\|"),
            (c, _) => out.push(c),
        }
        before = c;
    }
    out
}

/// A block of code with a blank line after it. The lines must be harmless already.
pub(crate) fn fenced(language: &str, lines: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = lines.into_iter().collect();
    let marks = "`".repeat(lines.iter().map(|line| longest_run(line)).max().unwrap_or_default().max(2) + 1);
    format!("{marks}{language}\n{}\n{marks}\n\n", lines.join("\n"))
}

/// Text inside an element of HTML.
pub(crate) fn html(text: &str) -> String {
    safe(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_the_rest_is_code() {
        assert_eq!(prose("has another type"), "has another type");
        assert_eq!(prose("repair: safe, it is only added"), "repair: safe, it is only added");
        for text in [
            "@team",
            "#12",
            "GH-12",
            "www.x.y",
            "a*b*",
            "<b>",
            "x|y",
            "a_b_",
            "https://x",
            ":x:",
            "- x",
            "[x](y)",
            "1. x",
            "2) x",
            "é",
            "a ",
        ] {
            assert!(prose(text).starts_with('`'), "{text}");
        }
    }

    #[test]
    fn nothing_ends_a_code_span() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a\\nb`");
        assert_eq!(code(""), "(empty)");
        assert_eq!(fenced("sql", ["```".to_owned()]), "````sql\n```\n````\n\n");
    }

    #[test]
    fn nothing_ends_a_cell() {
        assert_eq!(cell("`a|b`"), "`a\\|b`");
        // `\|` becomes `\u{7c}`, as harmful characters are shown everywhere.
        assert_eq!(cell("`a\\|b`"), "`a\\u{7c}b`");
        assert_eq!(cell("||"), "\\|\\|");
    }
}
