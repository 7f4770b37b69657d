//! Where something is wrong, in PostgreSQL's words.

use std::fmt;

/// A text that PostgreSQL's scanner or grammar would refuse: SQLSTATE, message, and the place as a byte offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SyntaxError {
    /// What is wrong, as PostgreSQL says it (`syntax error at or near "x"`).
    pub message: String,
    /// What was expected there, or another way out, if known.
    pub hint: Option<String>,
    /// SQLSTATE: 42601 unless the server would raise another one.
    pub sqlstate: &'static str,
    /// Byte offset of the offending token in the text that was read. Line and column are worked out when they are
    /// shown ([`SyntaxError::line_column`], [`LineIndex`]): a file of garbage has millions of errors, and counting
    /// lines from its start for each would never end.
    pub offset: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl SyntaxError {
    /// An error with SQLSTATE 42601 (`syntax_error`) at a byte offset of `text`.
    #[must_use]
    pub fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, sqlstate: "42601", offset: offset.min(text.len()) }
    }

    /// Line and column (in characters) of the error, both from 1, counted from the start of the text that was read.
    #[must_use]
    pub fn line_column(&self, text: &str) -> (u32, u32) {
        line_column(text, self.offset)
    }

    /// The same error with another SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: &'static str) -> Self {
        self.sqlstate = sqlstate;
        self
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The nearest character boundary at or before `offset`.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Line and column (characters) of a byte offset, both from 1, by counting from the start. For many offsets of one text use [`LineIndex`].
pub(crate) fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let at = floor_boundary(text, offset);
    let before = text.get(..at).unwrap_or_default();
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |i| i + 1);
    let line_before = before.get(start..).unwrap_or_default();
    let mark = usize::from(start == 0 && line_before.starts_with('\u{feff}'));
    let column = line_before.chars().count() - mark + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// How many bytes lie between two places whose characters are counted beforehand.
const STRIDE: usize = 1024;

/// Line starts of one text: turns byte offsets into lines and columns by binary search, in short steps even where the
/// whole text is one line.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// How many characters start before each multiple of [`STRIDE`].
    marks: Vec<usize>,
}

impl LineIndex {
    /// Reads the line starts of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1));
        let mut characters = 0;
        let mut marks = Vec::with_capacity(text.len() / STRIDE + 1);
        for block in text.as_bytes().chunks(STRIDE) {
            marks.push(characters);
            characters += block.iter().filter(|byte| starts_character(**byte)).count();
        }
        Self { starts, marks }
    }

    /// Line and column (in characters), both from 1, of a byte offset. `text` is the text that the index was made from.
    #[must_use]
    pub fn line_column(&self, text: &str, offset: usize) -> (u32, u32) {
        let at = floor_boundary(text, offset);
        let line = self.starts.partition_point(|s| *s <= at).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        // A byte order mark is no column of its line.
        let mark = usize::from(start == 0 && at > 0 && text.starts_with('\u{feff}'));
        let column = self.characters(text, at) - self.characters(text, start) - mark + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// How many characters start before `offset`.
    fn characters(&self, text: &str, offset: usize) -> usize {
        let Some(mark) = self.marks.get(offset / STRIDE) else {
            // The end of a text whose length is a multiple of the stride
            let last = self.marks.len().saturating_sub(1) * STRIDE;
            return self.marks.last().copied().unwrap_or(0) + count(text, last, offset);
        };
        mark + count(text, offset / STRIDE * STRIDE, offset)
    }
}

fn starts_character(byte: u8) -> bool {
    // Every byte of UTF-8 but 10xxxxxx
    byte & 0xC0 != 0x80
}

fn count(text: &str, from: usize, to: usize) -> usize {
    text.as_bytes().get(from..to).unwrap_or_default().iter().filter(|byte| starts_character(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_from_one() {
        let text = "a\nžluť x\n";
        let index = LineIndex::new(text);
        let at = text.find('x').unwrap();
        assert_eq!(index.line_column(text, at), (2, 6));
        assert_eq!(line_column(text, at), (2, 6));
        assert_eq!(index.line_column(text, 0), (1, 1));
        assert_eq!(index.line_column(text, text.len()), (3, 1));
        let long = format!("\u{feff}{}", "žx".repeat(3000));
        let of_long = LineIndex::new(&long);
        for offset in (0..=long.len()).step_by(7).chain([long.len(), long.len() + 9]) {
            assert_eq!(of_long.line_column(&long, offset), line_column(&long, offset), "{offset}");
        }
        let even = "x".repeat(2 * STRIDE);
        assert_eq!(LineIndex::new(&even).line_column(&even, even.len()), (1, 2049));
        // inside a character: the character's own column
        assert_eq!(index.line_column(text, at - 2), line_column(text, at - 2));
    }
}
