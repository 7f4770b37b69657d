//! What tokens stand for: identifiers folded and cut, strings unescaped.
//!
//! Follows PostgreSQL's `scansup.c` (folding, truncation), `scan.l` (escapes) and `parser.c` (`str_udeescape`).

use std::borrow::Cow;

use crate::error::SyntaxError;
use crate::lexer::{Token, TokenKind, escape_quote_end, quote_end};

/// NAMEDATALEN - 1: the longest identifier in bytes.
pub const MAX_IDENTIFIER: usize = 63;

/// The identifier cut to 63 bytes on a character boundary, as `truncate_identifier` does.
#[must_use]
pub fn truncate_identifier(name: &str) -> &str {
    if name.len() <= MAX_IDENTIFIER {
        return name;
    }
    name.get(..crate::error::floor_boundary(name, MAX_IDENTIFIER)).unwrap_or(name)
}

/// An unquoted identifier as PostgreSQL stores it: ASCII letters in lower case, cut to 63 bytes.
#[must_use]
pub fn fold(word: &str) -> Cow<'_, str> {
    let word = truncate_identifier(word);
    if word.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// The name that an identifier token stands for, folded or unquoted, cut to 63 bytes. `None` if it is no identifier.
///
/// # Errors
/// A wrong escape in `U&"…"`.
pub fn ident_value<'a>(
    token: &Token,
    file: &'a str,
    uescape: Option<char>,
) -> Result<Option<Cow<'a, str>>, SyntaxError> {
    let text = token.text(file);
    Ok(Some(match token.kind {
        TokenKind::Word => fold(text),
        TokenKind::QuotedIdent => {
            let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            if inner.contains('"') {
                let name = inner.replace("\"\"", "\"");
                Cow::Owned(truncate_identifier(&name).to_owned())
            } else {
                Cow::Borrowed(truncate_identifier(inner))
            }
        }
        TokenKind::UnicodeIdent => {
            let inner = text.get(3..text.len().saturating_sub(1)).unwrap_or_default().replace("\"\"", "\"");
            let name = unicode_unescape(&inner, uescape.unwrap_or('\\'))
                .map_err(|message| SyntaxError::new(file, token.start, message))?;
            Cow::Owned(truncate_identifier(&name).to_owned())
        }
        _ => return Ok(None),
    }))
}

/// The value of a string constant of any form, continuations joined; of a bit or hexadecimal string its digits. `None` if it is no string.
///
/// # Errors
/// A wrong escape, or bytes that are no UTF-8: SQLSTATE 22025, 22021 or 42601.
pub fn string_value<'a>(
    token: &Token,
    file: &'a str,
    uescape: Option<char>,
) -> Result<Option<Cow<'a, str>>, SyntaxError> {
    let text = token.text(file);
    let failed = |message: &str| SyntaxError::new(file, token.start, message);
    Ok(Some(match token.kind {
        TokenKind::DollarString => {
            let len = crate::lexer::dollar_delimiter(text.as_bytes(), 0).unwrap_or(0);
            Cow::Borrowed(text.get(len..text.len().saturating_sub(len)).unwrap_or_default())
        }
        TokenKind::String => {
            let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            if inner.contains('\'') { Cow::Owned(joined(text, 0, false)) } else { Cow::Borrowed(inner) }
        }
        TokenKind::BitString | TokenKind::HexString | TokenKind::NationalString => {
            Cow::Owned(joined(text, 1, false))
        }
        TokenKind::EscapeString => Cow::Owned(
            unescape(&joined(text, 1, true))
                .map_err(|(state, message)| failed(message).with_sqlstate(state))?,
        ),
        TokenKind::UnicodeString => {
            Cow::Owned(unicode_unescape(&joined(text, 2, false), uescape.unwrap_or('\\')).map_err(failed)?)
        }
        _ => return Ok(None),
    }))
}

/// The parts of a continued string, joined, doubled quotes made single. For E'' the escapes are left for [`unescape`].
fn joined(text: &str, quote: usize, escapes: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = quote;
    while let Some(end) = if escapes { escape_quote_end(bytes, at) } else { quote_end(bytes, at, b'\'') } {
        let part = text.get(at + 1..end - 1).unwrap_or_default();
        if escapes {
            // `\'` must not be taken for half of a doubled quote.
            let mut chars = part.chars();
            while let Some(c) = chars.next() {
                out.push(c);
                match c {
                    '\\' => out.extend(chars.next()),
                    '\'' => {
                        chars.next();
                    }
                    _ => {}
                }
            }
        } else {
            out.push_str(&part.replace("''", "'"));
        }
        // What lies before the next part is blank or a comment, so walk lines rather than search for a quote.
        match next_part(bytes, end) {
            Some(next) => at = next,
            None => break,
        }
    }
    out
}

fn next_part(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'\'' => return Some(at),
            b'-' => at = crate::lexer::line_end(bytes, at),
            _ => at += 1,
        }
    }
}

/// Escapes of E'…': `\n`, `\101`, `\x41`, `\u0041`, `\U00000041`.
fn unescape(text: &str) -> Result<String, (&'static str, &'static str)> {
    const BYTES: (&str, &str) = ("22021", "invalid byte sequence for encoding \"UTF8\"");
    const UNICODE: (&str, &str) = ("22025", "invalid Unicode escape");
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut high: Option<u32> = None;
    while let Some(c) = chars.next() {
        let mut code: Option<u32> = None;
        if c != '\\' {
            let mut buffer = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        } else {
            match chars.next() {
                Some('n') => out.push(b'\n'),
                Some('t') => out.push(b'\t'),
                Some('r') => out.push(b'\r'),
                Some('b') => out.push(8),
                Some('f') => out.push(12),
                Some('v') => out.push(11),
                Some(d @ '0'..='7') => {
                    let mut value = d.to_digit(8).unwrap_or(0);
                    for _ in 0..2 {
                        if let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) {
                            value = value * 8 + digit;
                            chars.next();
                        }
                    }
                    out.push((value & 0xff) as u8);
                }
                Some('x') if chars.peek().is_some_and(char::is_ascii_hexdigit) => {
                    let mut value = 0;
                    for _ in 0..2 {
                        if let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) {
                            value = value * 16 + digit;
                            chars.next();
                        }
                    }
                    out.push((value & 0xff) as u8);
                }
                Some(kind @ ('u' | 'U')) => {
                    let mut value = 0u32;
                    for _ in 0..if kind == 'u' { 4 } else { 8 } {
                        let digit = chars.next().and_then(|c| c.to_digit(16)).ok_or(UNICODE)?;
                        value = value.checked_mul(16).and_then(|v| v.checked_add(digit)).ok_or(UNICODE)?;
                    }
                    code = Some(value);
                }
                Some(other) => {
                    let mut buffer = [0; 4];
                    out.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
                }
                None => {}
            }
        }
        match (high.take(), code) {
            (Some(first), Some(second @ 0xDC00..=0xDFFF)) => {
                let joined = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
                let mut buffer = [0; 4];
                out.extend_from_slice(
                    char::from_u32(joined).ok_or(UNICODE)?.encode_utf8(&mut buffer).as_bytes(),
                );
            }
            (Some(_), _) => return Err(("42601", "invalid Unicode surrogate pair")),
            (None, Some(first @ 0xD800..=0xDBFF)) => high = Some(first),
            (None, Some(value)) => {
                let mut buffer = [0; 4];
                out.extend_from_slice(
                    char::from_u32(value).ok_or(UNICODE)?.encode_utf8(&mut buffer).as_bytes(),
                );
            }
            (None, None) => {}
        }
    }
    if high.is_some() {
        return Err(("42601", "invalid Unicode surrogate pair"));
    }
    if out.contains(&0) {
        return Err(BYTES);
    }
    String::from_utf8(out).map_err(|_| BYTES)
}

/// Escapes of U&'…' and U&"…": `\0041`, `\+000041`, the escape character doubled.
fn unicode_unescape(text: &str, escape: char) -> Result<String, &'static str> {
    const WRONG: &str = "invalid Unicode escape";
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut high: Option<u32> = None;
    while let Some(c) = chars.next() {
        let code = if c != escape {
            None
        } else if chars.peek() == Some(&escape) {
            chars.next();
            None
        } else {
            let digits = if chars.peek() == Some(&'+') {
                chars.next();
                6
            } else {
                4
            };
            let mut value = 0u32;
            for _ in 0..digits {
                value = value * 16 + chars.next().and_then(|c| c.to_digit(16)).ok_or(WRONG)?;
            }
            Some(value)
        };
        match (high.take(), code) {
            (None, None) => out.push(c),
            (None, Some(first @ 0xD800..=0xDBFF)) => high = Some(first),
            (None, Some(0)) => return Err("invalid Unicode escape value"),
            (None, Some(value)) => out.push(char::from_u32(value).ok_or(WRONG)?),
            (Some(first), Some(second @ 0xDC00..=0xDFFF)) => {
                out.push(char::from_u32(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff)).ok_or(WRONG)?);
            }
            (Some(_), _) => return Err("invalid Unicode surrogate pair"),
        }
    }
    if high.is_some() { Err("invalid Unicode surrogate pair") } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokenize;

    fn value(text: &str) -> Result<String, SyntaxError> {
        let tokens = tokenize(text)?;
        Ok(string_value(&tokens[0], text, None)?.unwrap().into_owned())
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(value("'it''s'").unwrap(), "it's");
        assert_eq!(value("E'it\\'s\\n\\x41\\101\\u0041\\U00000041 '''").unwrap(), "it's\nAAAA '");
        assert_eq!(value("E'\\\\'").unwrap(), "\\");
        assert_eq!(value("E'\\xc5\\xbe'").unwrap(), "ž");
        assert_eq!(value("E'\\ud83d\\ude00'").unwrap(), "😀");
        assert_eq!(value("U&'d\\0061t\\+000061\\\\'").unwrap(), "data\\");
        assert_eq!(value("$a$x'$$y$a$").unwrap(), "x'$$y");
        assert_eq!(value("'a' -- it's\n'b''c'").unwrap(), "ab'c");
        assert_eq!(value("X'1F'").unwrap(), "1F");
        assert!(value("E'\\xff'").is_err());
        assert!(value("U&'\\00'").is_err());
    }

    #[test]
    fn identifiers_are_folded_and_cut() {
        let name =
            |text: &str| ident_value(&tokenize(text).unwrap()[0], text, None).unwrap().unwrap().into_owned();
        assert_eq!(name("FooBAR"), "foobar");
        assert_eq!(name("ŽLUŤ"), "ŽluŤ");
        assert_eq!(name("\"Foo\"\"Bar\""), "Foo\"Bar");
        assert_eq!(name("U&\"d\\0061ta\""), "data");
        let long = "ž".repeat(40);
        assert_eq!(name(&format!("\"{long}\"")), "ž".repeat(31));
    }
}
