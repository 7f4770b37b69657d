//! JSON as text that is harmless to look at: what a terminal would obey, or would show otherwise than it is, is written as `\u007f`.
//!
//! JSON escapes only some of the controls by itself. The escapes mean the same to every reader.

use crate::safe::harmful;
use serde::Serialize;
use std::fmt::Write as _;

/// On several lines, with a line end.
pub(crate) fn pretty(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|text| {
        let mut text = harmless(text);
        text.push('\n');
        text
    })
}

/// On one line, without a line end.
pub(crate) fn compact(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    serde_json::to_string(value).map(harmless)
}

/// Line feeds are of the layout; everything else that is harmful can only be inside a string.
fn harmless(json: String) -> String {
    let bad = |c: char| c != '\n' && harmful(c);
    if !json.contains(bad) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if bad(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_back_is_the_same() {
        let text = "a\n\t\u{1b}\u{7f}\u{9b}\u{202e}\u{ffff}é🚀";
        for json in [compact(&text).unwrap(), pretty(&text).unwrap()] {
            assert!(!json.trim_end().contains(harmful), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
