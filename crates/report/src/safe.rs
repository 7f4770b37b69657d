//! Text from a database or a file made harmless for a terminal and for a comment.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must not reach a terminal, a document or a one-line comment: controls (with line
/// breaks and escape sequences), the line and paragraph separators, the bidirectional marks
/// that make text read otherwise than it is ("Trojan Source", CVE-2021-42574), and the two code points that XML forbids besides.
pub(crate) fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// `text` on one line, with harmful characters escaped as `\n`, `\t`, `\u{1b}`.
pub fn safe(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// The same over several lines: line feeds stay, tabs become four spaces.
pub(crate) fn safe_lines(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

fn escape(text: &str, lines: bool) -> Cow<'_, str> {
    if !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' if lines => out.push('\n'),
            '\r' if lines && chars.peek() == Some(&'\n') => {}
            '\t' if lines => out.push_str("    "),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if harmful(c) => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most `max` characters on one line, with an ellipsis where it was cut.
pub(crate) fn brief(text: &str, max: usize) -> String {
    let text = safe(text);
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(&text)),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_direction_marks_are_escaped_and_emoji_stay() {
        assert_eq!(safe("a\n\t\r\u{1b}[31m\u{202e}🚀é"), "a\\n\\t\\r\\u{1b}[31m\\u{202e}🚀é");
        assert_eq!(safe_lines("a\r\n\tb\u{7}"), "a\n    b\\u{7}");
        assert!(matches!(safe("plain \"Name\""), Cow::Borrowed(_)));
    }

    #[test]
    fn brief_cuts_on_characters() {
        assert_eq!(brief("éééé", 2), "éé…");
        assert_eq!(brief("éé", 2), "éé");
    }
}
