//! One pass over the text of an SQL file: statements, psql's own lines and COPY data, as byte ranges.
//!
//! Follows psql's scanner (`src/fe_utils/psqlscan.l`) for what ends a statement, so that whatever `psql -f` takes is cut alike. One
//! difference: a semicolon inside parentheses ends a statement unless it is CREATE RULE, so that a forgotten parenthesis costs one
//! statement and not the rest of the file. Not followed: `standard_conforming_strings = off` (backslashes in plain strings), and
//! psql's variables (`:name`).

use std::ops::Range;

use crate::error::{SyntaxError, floor_boundary};
use crate::lexer::{
    comment_end, dollar_delimiter, dollar_end, escape_quote_end, is_ident_part, is_ident_start, line_end,
    quote_end,
};

/// What an [`Item`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// An SQL statement, without its semicolon.
    Statement,
    /// A psql meta-command (`\restrict`, `\connect x`, `\i file`): its name without the backslash; arguments up to the end of the line.
    PsqlMeta {
        /// `restrict`, `connect`, `i`, …
        command: String,
    },
    /// The rows after `COPY … FROM stdin;`, up to and with the line `\.`.
    CopyData,
    /// A quote, comment or dollar quote that never ends: everything from the statement's start to the end of the file.
    Error(SyntaxError),
}

/// A piece of the file that is a statement, or is not SQL at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// Bytes of it in the file, from its first token to its last; the semicolon is left out.
    pub range: Range<usize>,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
    /// Its text.
    pub text: &'a str,
    /// What stands between the item before (or the line on which that ended) and this one: blanks and comments only.
    pub leading: &'a str,
}

impl<'a> Item<'a> {
    /// The first `n` unquoted words, in lower case, up to the first token that is no word: enough to tell what a statement is without
    /// reading it, whatever its length.
    #[must_use]
    pub fn leading_words(&self, n: usize) -> Vec<String> {
        let bytes = self.text.as_bytes();
        let mut words = Vec::with_capacity(n);
        let mut at = 0;
        while words.len() < n {
            let Ok(next) = crate::lexer::skip_blank(bytes, at) else { break };
            at = next;
            if !bytes.get(at).copied().is_some_and(is_ident_start) {
                break;
            }
            let start = at;
            while bytes.get(at).copied().is_some_and(is_ident_part) {
                at += 1;
            }
            words.push(self.text.get(start..at).unwrap_or_default().to_ascii_lowercase());
        }
        words
    }

    /// The `--` comments before the item, one a line, without the dashes and outer blanks: `trueup: ignore S102`.
    pub fn leading_comments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.leading.lines().filter_map(|line| line.trim().strip_prefix("--").map(str::trim))
    }
}

/// The bytes of a file as text.
///
/// # Errors
/// SQLSTATE 22021 with the offset of the first byte that is no UTF-8, or is NUL.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, SyntaxError> {
    let refuse = |at: usize, what: &str| {
        let mut error = SyntaxError::new("", 0, what).with_sqlstate("22021");
        error.offset = at;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return error.with_hint("the file is UTF-16: save it as UTF-8");
        }
        error.with_hint("the file is not UTF-8 text: convert it, or leave it out")
    };
    if let Some(at) = memchr::memchr(0, bytes) {
        // An earlier byte that is no UTF-8 is what the server would name.
        if std::str::from_utf8(bytes.get(..at).unwrap_or_default()).is_ok() {
            return Err(refuse(at, "invalid byte sequence for encoding \"UTF8\": 0x00"));
        }
    }
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let bad = bytes.get(at).copied().unwrap_or_default();
        refuse(at, &format!("invalid byte sequence for encoding \"UTF8\": 0x{bad:02x}"))
    })
}

/// All items of a text. See [`Splitter`].
#[must_use]
pub fn split(text: &str) -> Vec<Item<'_>> {
    Splitter::new(text).collect()
}

/// Cuts a text into [`Item`]s, one at a time.
#[derive(Debug)]
pub struct Splitter<'a> {
    text: &'a str,
    at: usize,
    /// End of the previous item's text, its semicolon included.
    previous: usize,
    /// Line and offset up to which lines are counted.
    line: u32,
    column: u32,
    counted: usize,
    /// COPY data follows from the next line on.
    copy: bool,
}

/// How a byte is passed over in [`Splitter::statement`].
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Class {
    Plain,
    Word,
    Quote,
    DoubleQuote,
    Dollar,
    Minus,
    Slash,
    Backslash,
    Semicolon,
    Open,
    Close,
    Digit,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut b = 0usize;
    while b < 256 {
        let c = b as u8;
        classes[b] = match c {
            b'\'' => Class::Quote,
            b'"' => Class::DoubleQuote,
            b'$' => Class::Dollar,
            b'-' => Class::Minus,
            b'/' => Class::Slash,
            b'\\' => Class::Backslash,
            b';' => Class::Semicolon,
            b'(' => Class::Open,
            b')' => Class::Close,
            b'0'..=b'9' => Class::Digit,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => Class::Word,
            _ => Class::Plain,
        };
        b += 1;
    }
    classes
};

/// Where a statement ends: the offset after its last token, and the offset to go on from.
struct End {
    text: usize,
    next: usize,
}

impl<'a> Splitter<'a> {
    /// Starts at the beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, previous: 0, line: 1, column: 1, counted: 0, copy: false }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn item(&mut self, kind: ItemKind, range: Range<usize>, next: usize) -> Item<'a> {
        let passed = self.text.get(self.counted..range.start).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        // Columns are counted on from the last item, so that a long line is not walked again and again.
        let tail = match passed.rfind('\n') {
            Some(i) => {
                self.column = 1;
                passed.get(i + 1..).unwrap_or_default()
            }
            None => passed,
        };
        // A byte order mark is no column of the first line.
        let mark =
            usize::from(self.counted == 0 && tail.len() == passed.len() && tail.starts_with('\u{feff}'));
        let columns = tail.chars().count() - mark;
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.column = self.column.saturating_add(u32::try_from(columns).unwrap_or(u32::MAX));
        self.counted = range.start;
        let mut leading = self.text.get(self.previous..range.start).unwrap_or_default();
        // A comment on the line where the item before ends belongs to that one.
        if let Some(i) = leading.find('\n').filter(|_| self.previous > 0) {
            leading = leading.get(i + 1..).unwrap_or_default();
        }
        self.previous = next;
        self.at = next;
        Item {
            kind,
            line: self.line,
            column: self.column,
            text: self.text.get(range.clone()).unwrap_or_default(),
            leading,
            range,
        }
    }

    /// The error item for what opens at `open` and never ends.
    fn unterminated(&mut self, start: usize, open: usize, what: &str) -> Item<'a> {
        let error = SyntaxError::new(self.text, open, format!("unterminated {what}"));
        self.item(ItemKind::Error(error), start..self.text.len(), self.text.len())
    }

    /// Reads on from the first token at `start`.
    fn statement(&mut self, start: usize) -> Item<'a> {
        match self.statement_end(start) {
            Ok(end) => {
                let item = self.item(ItemKind::Statement, start..end.text, end.next);
                self.copy = is_copy_from_stdin(&item);
                item
            }
            Err((open, what)) => self.unterminated(start, open, what),
        }
    }

    fn statement_end(&self, start: usize) -> Result<End, (usize, &'static str)> {
        let bytes = self.text.as_bytes();
        let mut at = start;
        // Offset after the last token.
        let mut last = start;
        let mut words = LeadingWords::default();
        let mut parens = 0usize;
        let mut begins = 0usize;
        loop {
            let Some(&b) = bytes.get(at) else { return Ok(End { text: last, next: at }) };
            match CLASSES.get(usize::from(b)).copied().unwrap_or(Class::Plain) {
                Class::Plain => {
                    at += 1;
                    if !b.is_ascii_whitespace() && b != 0x0b {
                        last = at;
                    }
                    continue;
                }
                Class::Digit => {
                    // Takes the rest of the number along, so that the `e` of `1e5'` starts no word.
                    while bytes.get(at).copied().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
                        at += 1;
                    }
                }
                Class::Word => {
                    let next = self.byte(at + 1);
                    if matches!(b, b'e' | b'E') && next == b'\'' {
                        at = escape_quote_end(bytes, at + 1).ok_or((at, "quoted string"))?;
                    } else {
                        let word = at;
                        while bytes.get(at).copied().is_some_and(is_ident_part) {
                            at += 1;
                        }
                        if words.relevant() {
                            let word = self.text.get(word..at).unwrap_or_default();
                            words.see(word);
                            if words.routine {
                                // A CASE has an END of its own.
                                let opens = word.eq_ignore_ascii_case("begin")
                                    || begins > 0 && word.eq_ignore_ascii_case("case");
                                if opens {
                                    begins += 1;
                                } else if begins > 0 && word.eq_ignore_ascii_case("end") {
                                    begins -= 1;
                                }
                            }
                        }
                    }
                }
                Class::Quote => at = quote_end(bytes, at, b'\'').ok_or((at, "quoted string"))?,
                Class::DoubleQuote => at = quote_end(bytes, at, b'"').ok_or((at, "quoted identifier"))?,
                Class::Dollar => {
                    at = match dollar_delimiter(bytes, at) {
                        Some(len) => dollar_end(bytes, at, len).ok_or((at, "dollar-quoted string"))?,
                        None => at + 1,
                    }
                }
                Class::Minus if self.byte(at + 1) == b'-' => {
                    at = line_end(bytes, at);
                    continue;
                }
                Class::Slash if self.byte(at + 1) == b'*' => {
                    at = comment_end(bytes, at).ok_or((at, "/* comment"))?;
                    continue;
                }
                Class::Minus | Class::Slash => at += 1,
                Class::Open => {
                    parens += 1;
                    at += 1;
                }
                Class::Close => {
                    parens = parens.saturating_sub(1);
                    at += 1;
                }
                Class::Semicolon => {
                    if begins == 0 && (parens == 0 || !words.rule) {
                        return Ok(End { text: last, next: at + 1 });
                    }
                    at += 1;
                }
                // `\g`, `\gexec`: psql sends what stands before it.
                Class::Backslash if self.byte(at + 1).is_ascii_alphabetic() => {
                    return Ok(End { text: last, next: at });
                }
                Class::Backslash => at += 1,
            }
            last = at;
        }
    }
}

/// What the first words of a statement say about semicolons inside it.
#[derive(Default)]
struct LeadingWords {
    count: usize,
    create: bool,
    routine: bool,
    rule: bool,
}

impl LeadingWords {
    fn relevant(&self) -> bool {
        self.count == 0 || self.routine || (self.create && self.count < 4)
    }

    /// psql looks for FUNCTION or PROCEDURE among the first four words after CREATE.
    fn see(&mut self, word: &str) {
        self.count += 1;
        if self.count == 1 {
            self.create = word.eq_ignore_ascii_case("create");
        } else if self.create && self.count <= 4 {
            self.routine |= word.eq_ignore_ascii_case("function") || word.eq_ignore_ascii_case("procedure");
            self.rule |= word.eq_ignore_ascii_case("rule");
        }
    }
}

/// Whether the rows of a table follow the statement: `COPY t (…) FROM stdin`.
fn is_copy_from_stdin(item: &Item<'_>) -> bool {
    let is_copy = item.text.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("copy"))
        && !item.text.as_bytes().get(4).copied().is_some_and(is_ident_part);
    if !is_copy {
        return false;
    }
    let Ok(tokens) = crate::lexer::tokenize(item.text) else { return false };
    let mut depth = 0usize;
    let mut from = false;
    for token in &tokens {
        let word = token.text(item.text);
        match token.kind {
            crate::lexer::TokenKind::LParen => depth += 1,
            crate::lexer::TokenKind::RParen => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            crate::lexer::TokenKind::Word if from => return word.eq_ignore_ascii_case("stdin"),
            crate::lexer::TokenKind::Word => from = word.eq_ignore_ascii_case("from"),
            _ => from = false,
        }
    }
    false
}

impl<'a> Iterator for Splitter<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let bytes = self.text.as_bytes();
        if std::mem::take(&mut self.copy) {
            let start = memchr::memchr(b'\n', bytes.get(self.at..)?).map(|i| self.at + i + 1);
            if let Some(start) = start.filter(|s| *s < bytes.len()) {
                let end = copy_end(bytes, start);
                let start = floor_boundary(self.text, start);
                return Some(self.item(ItemKind::CopyData, start..end, end));
            }
        }
        loop {
            let start = match crate::lexer::skip_blank(bytes, self.at) {
                Ok(start) => start,
                Err(open) => return Some(self.unterminated(open, open, "/* comment")),
            };
            match bytes.get(start) {
                None => {
                    self.at = start;
                    return None;
                }
                // An empty statement.
                Some(b';') => self.at = start + 1,
                Some(b'\\') => {
                    let end = line_end(bytes, start);
                    let line = self.text.get(start..end).unwrap_or_default();
                    let line = line.trim_end();
                    let command: String = line.chars().skip(1).take_while(|c| !c.is_whitespace()).collect();
                    return Some(self.item(ItemKind::PsqlMeta { command }, start..start + line.len(), end));
                }
                Some(_) => return Some(self.statement(start)),
            }
        }
    }
}

/// Offset after the line `\.` that ends COPY data, or of the end of the text.
fn copy_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(rest) = bytes.get(at..) {
        let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |i| at + i);
        let line = bytes.get(at..end).unwrap_or_default();
        if line.strip_suffix(b"\r").unwrap_or(line) == b"\\." {
            return end;
        }
        if end >= bytes.len() {
            break;
        }
        at = end + 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|i| i.text).collect()
    }

    #[test]
    fn semicolons_that_end_nothing() {
        let text = "select ';', E'\\';', \";\", $$;$$, $a$;$$;$a$ -- ;\n /* ; /* ; */ ; */ + 1 ; select 2";
        assert_eq!(texts(text).len(), 2);
        assert_eq!(texts("CREATE RULE r AS ON INSERT TO t DO ALSO (select 1; select 2); select 3").len(), 2);
        assert_eq!(texts("CREATE TABLE t (a int; select 3").len(), 2);
        let body = "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 1";
        assert_eq!(texts(body).len(), 2);
        assert_eq!(texts("begin; create table t (a int); end; select 1e5'x';").len(), 4);
        assert_eq!(texts("select a$b$ from t; select $1, b$b$").len(), 2);
        assert_eq!(texts("select U&'\\0441;', U&\"a;\"; select 1").len(), 2);
        assert_eq!(texts(";;  ; select 1 ;; "), ["select 1"]);
    }

    #[test]
    fn psql_lines_and_copy_data() {
        let text = "\u{feff}\\restrict abc\r\n\r\nSET x = 1;\r\nCOPY public.t (a, \"from\") FROM stdin;\r\n1\t;'\r\n\\.\r\n\r\nSELECT 1;\n\\connect db\nselect 2 \\gexec\n";
        let items = split(text);
        let kinds: Vec<String> =
            items.iter().map(|i| format!("{:?} {}:{}", i.kind, i.line, i.column)).collect();
        assert_eq!(
            kinds,
            [
                "PsqlMeta { command: \"restrict\" } 1:1",
                "Statement 3:1",
                "Statement 4:1",
                "CopyData 5:1",
                "Statement 8:1",
                "PsqlMeta { command: \"connect\" } 9:1",
                "Statement 10:1",
                "PsqlMeta { command: \"gexec\" } 10:10",
            ]
        );
        assert_eq!(items[0].text, "\\restrict abc");
        assert_eq!(items[3].text, "1\t;'\r\n\\.\r");
        assert_eq!(texts("COPY t FROM stdin;\n1\n2").len(), 2);
        assert_eq!(texts("COPY t TO stdout;\nselect 1;").len(), 2);
        assert_eq!(texts("COPY (select 1 from stdin) TO stdout;\nselect 1;\nselect 2").len(), 3);
    }

    #[test]
    fn what_never_ends_is_an_error_with_its_place() {
        for (text, message, line, column) in [
            ("select 1;\nselect 'abc;", "unterminated quoted string", 2, 8),
            ("select 1;\nselect \"abc;", "unterminated quoted identifier", 2, 8),
            ("select 1;\nselect $x$;$$", "unterminated dollar-quoted string", 2, 8),
            ("select 1;\n ž /* x", "unterminated /* comment", 2, 4),
            ("select 1;\n  /* x", "unterminated /* comment", 2, 3),
        ] {
            let items = split(text);
            let ItemKind::Error(error) = &items[1].kind else { panic!("{items:?}") };
            assert_eq!((error.message.as_str(), error.line_column(text)), (message, (line, column)));
            assert_eq!(error.sqlstate, "42601");
        }
    }

    #[test]
    fn comments_and_words_before_reading() {
        let text =
            "select 1; -- of one\n-- trueup: ignore S102\ncreate /* x */ Unlogged\ntable \"t\" (a int);";
        let items = split(text);
        assert_eq!(items[1].leading_words(5), ["create", "unlogged", "table"]);
        assert_eq!(items[1].leading_comments().collect::<Vec<_>>(), ["trueup: ignore S102"]);
        assert_eq!((items[1].line, items[1].column), (3, 1));
        assert_eq!(items[1].text.as_bytes().last(), Some(&b')'));
    }

    #[test]
    fn bytes_that_are_no_text() {
        let error = decode_utf8(b"select 1;\nsel\xffct").unwrap_err();
        assert_eq!((error.offset, error.sqlstate), (13, "22021"));
        assert!(decode_utf8(b"a\0b").unwrap_err().message.contains("0x00"));
        assert!(decode_utf8(b"\xff\xfes\0e\0").unwrap_err().hint.unwrap().contains("UTF-16"));
    }
}
