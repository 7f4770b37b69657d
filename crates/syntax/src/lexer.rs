//! One statement's text as tokens, by the rules of PostgreSQL's `src/backend/parser/scan.l` (18).
//!
//! Owns what a token is and where it ends. sqlparser's own tokenizer splits operators such as `@@@` or `=@` wrongly and takes `0x1F`
//! for a string, so tokens are cut here and handed to sqlparser's parser ready made (`bridge`). Values are decoded only on demand.

use crate::error::SyntaxError;

/// What a token is. The text is not copied: see [`Token::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Unquoted identifier or keyword.
    Word,
    /// `"quoted identifier"`.
    QuotedIdent,
    /// `U&"identifier with \0441 escapes"`, without its UESCAPE.
    UnicodeIdent,
    /// `'string'`, its continuations on later lines included.
    String,
    /// `E'string with \n escapes'`.
    EscapeString,
    /// `U&'string with \0441 escapes'`, without its UESCAPE.
    UnicodeString,
    /// `N'national string'`.
    NationalString,
    /// `B'0101'`.
    BitString,
    /// `X'1F'`.
    HexString,
    /// `$tag$string$tag$`.
    DollarString,
    /// Integer in any base.
    Integer,
    /// Number with a point or an exponent.
    Decimal,
    /// `$1`.
    Param,
    /// Operator, `=`, `<` and `+` included; not `::`, `:=`, `=>`.
    Operator,
    /// `(`
    LParen,
    /// `)`
    RParen,
    /// `[`
    LBracket,
    /// `]`
    RBracket,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `::`
    Typecast,
    /// `:=`
    ColonEquals,
    /// `=>`
    EqualsGreater,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// A character that is no token of SQL; the grammar reports it.
    Other,
}

/// A token: its kind and its place in the file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset after its last byte.
    pub end: usize,
}

impl Token {
    /// The token's text, given the text of the file that it was cut from.
    #[must_use]
    pub fn text<'a>(&self, file: &'a str) -> &'a str {
        file.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it is a string constant of any form (scan.l's SCONST: not bit strings, not national ones).
    #[must_use]
    pub fn is_string(&self) -> bool {
        matches!(
            self.kind,
            TokenKind::String | TokenKind::EscapeString | TokenKind::UnicodeString | TokenKind::DollarString
        )
    }
}

/// All tokens of a text. Whitespace and comments leave nothing behind.
///
/// # Errors
/// An unterminated quote, comment or dollar quote, or junk after a number: SQLSTATE 42601.
pub fn tokenize(text: &str) -> Result<Vec<Token>, SyntaxError> {
    tokenize_range(text, 0, text.len())
}

/// The tokens between two byte offsets of a text; offsets of the tokens count from the start of the text.
///
/// # Errors
/// As [`tokenize`].
pub fn tokenize_range(text: &str, start: usize, end: usize) -> Result<Vec<Token>, SyntaxError> {
    let end = crate::error::floor_boundary(text, end);
    let start = crate::error::floor_boundary(text, start).min(end);
    let bytes = text.as_bytes().get(..end).unwrap_or_default();
    let mut out = Vec::with_capacity((end - start) / 5 + 4);
    let mut at = start;
    loop {
        at = match skip_blank(bytes, at) {
            Ok(at) => at,
            Err(open) => return Err(SyntaxError::new(text, open, "unterminated /* comment")),
        };
        if at >= end {
            return Ok(out);
        }
        let (kind, next) = token_at(bytes, at).map_err(|message| SyntaxError::new(text, at, message))?;
        out.push(Token { kind, start: at, end: next });
        at = next;
    }
}

pub(crate) fn is_ident_start(b: u8) -> bool {
    b.is_ascii_alphabetic() || b == b'_' || b >= 0x80
}

pub(crate) fn is_ident_part(b: u8) -> bool {
    is_ident_start(b) || b.is_ascii_digit() || b == b'$'
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_op(b: u8) -> bool {
    matches!(
        b,
        b'~' | b'!'
            | b'@'
            | b'#'
            | b'^'
            | b'&'
            | b'|'
            | b'`'
            | b'?'
            | b'+'
            | b'-'
            | b'*'
            | b'/'
            | b'%'
            | b'<'
            | b'>'
            | b'='
    )
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// Skips whitespace, comments and byte order marks. `Err` is the offset of a comment that never ends.
pub(crate) fn skip_blank(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        match byte(bytes, at) {
            b if is_space(b) => at += 1,
            b'-' if byte(bytes, at + 1) == b'-' => at = line_end(bytes, at),
            b'/' if byte(bytes, at + 1) == b'*' => at = comment_end(bytes, at).ok_or(at)?,
            // A byte order mark: at the start of a file, or where files were joined.
            0xef if byte(bytes, at + 1) == 0xbb && byte(bytes, at + 2) == 0xbf => at += 3,
            _ => return Ok(at),
        }
    }
}

/// Offset of the end of the line that `at` is in (of its newline, or of the text).
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    memchr::memchr2(b'\n', b'\r', rest).map_or(bytes.len(), |i| at + i)
}

/// Offset after the `*/` of the nesting comment that starts at `at`.
pub(crate) fn comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 1usize;
    let mut at = at + 2;
    loop {
        at += memchr::memchr2(b'*', b'/', bytes.get(at..)?)?;
        match (byte(bytes, at), byte(bytes, at + 1)) {
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// Offset after the quote that ends what starts after the quote at `at`, doubled quotes passed over.
pub(crate) fn quote_end(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr(quote, bytes.get(at..)?)? + 1;
        if byte(bytes, at) != quote {
            return Some(at);
        }
        at += 1;
    }
}

/// The same for E'…', where a backslash escapes the next byte.
pub(crate) fn escape_quote_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'\'', b'\\', bytes.get(at..)?)?;
        if byte(bytes, at) == b'\\' || byte(bytes, at + 1) == b'\'' {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
}

/// If a dollar quote opens at `at`: the length of its opening delimiter.
pub(crate) fn dollar_delimiter(bytes: &[u8], at: usize) -> Option<usize> {
    let mut len = 1;
    if is_ident_start(byte(bytes, at + len)) {
        while is_ident_part(byte(bytes, at + len)) && byte(bytes, at + len) != b'$' {
            len += 1;
        }
    }
    (byte(bytes, at + len) == b'$').then_some(len + 1)
}

/// Offset after the closing delimiter of the dollar quote that opens at `at` with a delimiter of `len` bytes.
pub(crate) fn dollar_end(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let delimiter = bytes.get(at..at + len)?;
    let body = at + len;
    memchr::memmem::find(bytes.get(body..)?, delimiter).map(|i| body + i + len)
}

/// Where a string's continuation on a later line opens its quote (scan.l: `quotecontinue`), if it has one after `at`.
fn continuation(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut newline = false;
    loop {
        match byte(bytes, at) {
            b'\n' | b'\r' => {
                newline = true;
                at += 1;
            }
            b if is_space(b) => at += 1,
            b'-' if byte(bytes, at + 1) == b'-' => at = line_end(bytes, at),
            b'\'' if newline => return Some(at),
            _ => return None,
        }
    }
}

fn string_end(bytes: &[u8], quote: usize, escapes: bool) -> Result<usize, &'static str> {
    let end = |at| if escapes { escape_quote_end(bytes, at) } else { quote_end(bytes, at, b'\'') };
    let mut at = end(quote).ok_or("unterminated quoted string")?;
    while let Some(next) = continuation(bytes, at) {
        at = end(next).ok_or("unterminated quoted string")?;
    }
    Ok(at)
}

/// Kind and end of the token at `at`, which is no blank.
fn token_at(bytes: &[u8], at: usize) -> Result<(TokenKind, usize), &'static str> {
    let b = byte(bytes, at);
    let next = byte(bytes, at + 1);
    Ok(match b {
        b'\'' => (TokenKind::String, string_end(bytes, at, false)?),
        b'E' | b'e' if next == b'\'' => (TokenKind::EscapeString, string_end(bytes, at + 1, true)?),
        b'B' | b'b' if next == b'\'' => (TokenKind::BitString, string_end(bytes, at + 1, false)?),
        b'X' | b'x' if next == b'\'' => (TokenKind::HexString, string_end(bytes, at + 1, false)?),
        b'N' | b'n' if next == b'\'' => (TokenKind::NationalString, string_end(bytes, at + 1, false)?),
        b'U' | b'u' if next == b'&' && byte(bytes, at + 2) == b'\'' => {
            (TokenKind::UnicodeString, string_end(bytes, at + 2, false)?)
        }
        b'U' | b'u' if next == b'&' && byte(bytes, at + 2) == b'"' => {
            let end = quote_end(bytes, at + 2, b'"').ok_or("unterminated quoted identifier")?;
            (TokenKind::UnicodeIdent, end)
        }
        b'"' => {
            let end = quote_end(bytes, at, b'"').ok_or("unterminated quoted identifier")?;
            if end == at + 2 {
                return Err("zero-length delimited identifier");
            }
            (TokenKind::QuotedIdent, end)
        }
        _ if is_ident_start(b) => {
            let mut end = at + 1;
            while is_ident_part(byte(bytes, end)) {
                end += 1;
            }
            (TokenKind::Word, end)
        }
        b'$' if next.is_ascii_digit() => {
            let mut end = at + 1;
            while byte(bytes, end).is_ascii_digit() {
                end += 1;
            }
            if is_ident_start(byte(bytes, end)) {
                return Err("trailing junk after parameter");
            }
            (TokenKind::Param, end)
        }
        b'$' => match dollar_delimiter(bytes, at) {
            Some(len) => (
                TokenKind::DollarString,
                dollar_end(bytes, at, len).ok_or("unterminated dollar-quoted string")?,
            ),
            None => (TokenKind::Other, at + 1),
        },
        b'0'..=b'9' => number(bytes, at)?,
        b'.' if next.is_ascii_digit() => number(bytes, at)?,
        b'.' if next == b'.' => (TokenKind::DotDot, at + 2),
        b'.' => (TokenKind::Dot, at + 1),
        b':' if next == b':' => (TokenKind::Typecast, at + 2),
        b':' if next == b'=' => (TokenKind::ColonEquals, at + 2),
        b':' => (TokenKind::Colon, at + 1),
        b'(' => (TokenKind::LParen, at + 1),
        b')' => (TokenKind::RParen, at + 1),
        b'[' => (TokenKind::LBracket, at + 1),
        b']' => (TokenKind::RBracket, at + 1),
        b',' => (TokenKind::Comma, at + 1),
        b';' => (TokenKind::Semicolon, at + 1),
        _ if is_op(b) => operator(bytes, at),
        _ => (TokenKind::Other, at + 1),
    })
}

/// scan.l `{operator}`: as long as possible, but a comment start ends it, and a `+` or `-` at its end belongs to it only if a
/// character that standard SQL does not use in operators is in it.
fn operator(bytes: &[u8], at: usize) -> (TokenKind, usize) {
    let mut end = at;
    while is_op(byte(bytes, end)) {
        let comment = matches!((byte(bytes, end), byte(bytes, end + 1)), (b'/', b'*') | (b'-', b'-'));
        if comment && end > at {
            break;
        }
        end += 1;
    }
    let text = bytes.get(at..end).unwrap_or_default();
    let special =
        text.iter().any(|b| matches!(b, b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%'));
    if !special {
        while end - at > 1 && matches!(byte(bytes, end - 1), b'+' | b'-') {
            end -= 1;
        }
    }
    match bytes.get(at..end) {
        Some(b"=>") => (TokenKind::EqualsGreater, end),
        _ => (TokenKind::Operator, end),
    }
}

/// Digits of a base with single underscores between them (PostgreSQL 16): the offset after them.
fn digits(bytes: &[u8], mut at: usize, is_digit: fn(u8) -> bool) -> usize {
    while is_digit(byte(bytes, at)) || (byte(bytes, at) == b'_' && is_digit(byte(bytes, at + 1))) {
        at += 1;
    }
    at
}

fn number(bytes: &[u8], at: usize) -> Result<(TokenKind, usize), &'static str> {
    let decimal: fn(u8) -> bool = |b| b.is_ascii_digit();
    if byte(bytes, at) == b'0' {
        let base: Option<fn(u8) -> bool> = match byte(bytes, at + 1) {
            b'x' | b'X' => Some(|b| b.is_ascii_hexdigit()),
            b'o' | b'O' => Some(|b| matches!(b, b'0'..=b'7')),
            b'b' | b'B' => Some(|b| matches!(b, b'0' | b'1')),
            _ => None,
        };
        if let Some(is_digit) = base {
            let end = digits(bytes, at + 2, is_digit);
            if end == at + 2 {
                return Err("invalid hexadecimal, octal or binary integer");
            }
            if is_ident_part(byte(bytes, end)) {
                return Err("trailing junk after numeric literal");
            }
            return Ok((TokenKind::Integer, end));
        }
    }
    let mut kind = TokenKind::Integer;
    let mut end = if byte(bytes, at) == b'.' { at } else { digits(bytes, at, decimal) };
    if byte(bytes, end) == b'.' && byte(bytes, end + 1) != b'.' {
        kind = TokenKind::Decimal;
        end += 1;
        if decimal(byte(bytes, end)) {
            end = digits(bytes, end, decimal);
        }
    }
    if matches!(byte(bytes, end), b'e' | b'E') {
        let sign = usize::from(matches!(byte(bytes, end + 1), b'+' | b'-'));
        if decimal(byte(bytes, end + 1 + sign)) {
            kind = TokenKind::Decimal;
            end = digits(bytes, end + 1 + sign, decimal);
        }
    }
    if is_ident_start(byte(bytes, end)) {
        return Err("trailing junk after numeric literal");
    }
    Ok((kind, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        tokenize(text).unwrap().iter().map(|t| t.text(text)).collect()
    }

    #[test]
    fn operators_end_as_in_scan_l() {
        assert_eq!(cut("a @@@ b"), ["a", "@@@", "b"]);
        assert_eq!(cut("a=@b"), ["a", "=@", "b"]);
        assert_eq!(cut("a=-1"), ["a", "=", "-", "1"]);
        assert_eq!(cut("a!=-1"), ["a", "!=-", "1"]);
        assert_eq!(cut("a<>-1"), ["a", "<>", "-", "1"]);
        assert_eq!(cut("a*-+b"), ["a", "*", "-", "+", "b"]);
        assert_eq!(cut("a@-b"), ["a", "@-", "b"]);
        assert_eq!(cut("a==b"), ["a", "==", "b"]);
        assert_eq!(cut("j ?~ x"), ["j", "?~", "x"]);
        assert_eq!(cut("a+--c\nb"), ["a", "+", "b"]);
        assert_eq!(cut("a*/*c*/b"), ["a", "*", "b"]);
        assert_eq!(
            cut("f(a=>1,b:=2,c::int)"),
            ["f", "(", "a", "=>", "1", ",", "b", ":=", "2", ",", "c", "::", "int", ")"]
        );
    }

    #[test]
    fn numbers_of_every_form() {
        assert_eq!(
            cut("0x1F 0b101 0o17 1_000 1.5e-3 .5 1. 1..10 1e5"),
            ["0x1F", "0b101", "0o17", "1_000", "1.5e-3", ".5", "1.", "1", "..", "10", "1e5"]
        );
        assert!(tokenize("123abc").is_err());
        assert!(tokenize("0x").is_err());
        assert_eq!(tokenize("1.5").unwrap().first().map(|t| t.kind), Some(TokenKind::Decimal));
    }

    #[test]
    fn strings_of_every_form() {
        assert_eq!(cut("'a''b' E'a\\'b' U&'\\0041' U&\"x\" $$a$b$$ $q$a$$b$q$ B'01' X'1F' N'x'").len(), 9);
        assert_eq!(cut("'a' -- c\n  'b'  'c'"), ["'a' -- c\n  'b'", "'c'"]);
        assert_eq!(cut("\"a\"\"b\" \"ž;\""), ["\"a\"\"b\"", "\"ž;\""]);
        assert_eq!(cut("a$b$c $1"), ["a$b$c", "$1"]);
        assert_eq!(tokenize("x 'abc").unwrap_err().message, "unterminated quoted string");
        assert_eq!(tokenize("x 'abc").unwrap_err().offset, 2);
        assert!(tokenize("$a$ x").is_err());
        assert!(tokenize("/* /* */").is_err());
        assert!(tokenize("\"\"").is_err());
    }
}
