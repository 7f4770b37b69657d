//! Splits a file of SQL as psql does (`src/fe_utils/psqlscan.l`): statements, backslash lines, and the data that
//! follows `COPY … FROM stdin`. It shares no code with the product, so that a database loaded by it is a witness.

/// One thing that psql would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A statement without its semicolon, and the line that it starts on, counted from 1.
    Statement {
        /// Its text.
        sql: &'a str,
        /// Its first line.
        line: usize,
    },
    /// `COPY … FROM stdin` with the lines of data that follow, without the closing `\.`.
    Copy {
        /// Its text.
        sql: &'a str,
        /// Its first line.
        line: usize,
        /// The data, newlines included.
        data: &'a str,
    },
    /// A line that starts with a backslash: `\connect name`.
    Backslash {
        /// The whole line.
        text: &'a str,
        /// Its line.
        line: usize,
    },
}

/// Splits `script`. What is not closed at the end (a quote, a comment) belongs to the last statement; PostgreSQL
/// says what is wrong with it.
#[must_use]
pub fn split(script: &str) -> Vec<Item<'_>> {
    Splitter { script, bytes: script.as_bytes(), at: 0, items: Vec::new() }.run()
}

struct Splitter<'a> {
    script: &'a str,
    bytes: &'a [u8],
    at: usize,
    items: Vec<Item<'a>>,
}

/// What is known of the statement being read.
#[derive(Default)]
struct Statement {
    start: Option<usize>,
    parens: usize,
    /// The first words, lower-cased: enough to know a routine and a COPY.
    words: Vec<String>,
    /// Depth of BEGIN … END inside a routine of standard SQL (`BEGIN ATOMIC`).
    begins: usize,
    last_words: [String; 2],
}

impl Statement {
    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        if self.is_routine() {
            match word.as_str() {
                "begin" => self.begins += 1,
                // CASE ends with END as well.
                "case" if self.begins > 0 => self.begins += 1,
                "end" if self.begins > 0 => self.begins -= 1,
                _ => {}
            }
        }
        if self.words.len() < 4 {
            self.words.push(word.clone());
        }
        self.last_words.swap(0, 1);
        self.last_words[1] = word;
    }

    fn is_routine(&self) -> bool {
        let mut words = self.words.iter().map(String::as_str);
        let (first, mut second) = (words.next(), words.next());
        if first == Some("create") && second == Some("or") {
            words.next();
            second = words.next();
        }
        first == Some("create") && matches!(second, Some("function" | "procedure"))
    }

    fn is_copy_from_stdin(&self, sql: &str) -> bool {
        self.words.first().is_some_and(|word| word == "copy") && {
            // `FROM stdin` is the end of it, or is followed by options.
            let lower = sql.to_ascii_lowercase();
            lower
                .split_whitespace()
                .zip(lower.split_whitespace().skip(1))
                .any(|(a, b)| a == "from" && b.trim_end_matches(';').split('(').next() == Some("stdin"))
        }
    }
}

impl<'a> Splitter<'a> {
    fn run(mut self) -> Vec<Item<'a>> {
        // A byte order mark is no part of the SQL.
        if self.script.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        let mut lines = Lines { bytes: self.bytes, at: 0, line: 1 };
        let mut statement = Statement::default();
        while let Some(&byte) = self.bytes.get(self.at) {
            let from = self.at;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c | 0x0b => {
                    self.at += 1;
                    continue;
                }
                b'-' if self.peek(1) == Some(b'-') => {
                    self.at = self.line_end(from);
                    continue;
                }
                b'/' if self.peek(1) == Some(b'*') => {
                    self.skip_block_comment();
                    continue;
                }
                b'\\' => {
                    self.at = self.line_end(from);
                    // A backslash amid a statement (`\gexec`) ends the line too; the statement goes on.
                    let text = self.slice(from, self.at).trim_end();
                    self.items.push(Item::Backslash { text, line: lines.of(from) });
                    continue;
                }
                b';' if statement.parens == 0 && statement.begins == 0 => {
                    self.at += 1;
                    if let Some(start) = statement.start {
                        let sql = self.slice(start, from);
                        let line = lines.of(start);
                        if statement.is_copy_from_stdin(sql) {
                            let data = self.copy_data();
                            self.items.push(Item::Copy { sql, line, data });
                        } else {
                            self.items.push(Item::Statement { sql, line });
                        }
                    }
                    statement = Statement::default();
                    continue;
                }
                b'(' => {
                    statement.parens += 1;
                    self.at += 1;
                }
                b')' => {
                    statement.parens = statement.parens.saturating_sub(1);
                    self.at += 1;
                }
                b'\'' => self.skip_quoted(b'\'', false),
                b'"' => self.skip_quoted(b'"', false),
                b'$' => self.skip_dollar(),
                b'0'..=b'9' => {
                    // `1e` and `$1` are no words; a dollar sign inside a number ends it.
                    while self.bytes.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.') {
                        self.at += 1;
                    }
                }
                _ if is_word_start(byte) => {
                    while self
                        .bytes
                        .get(self.at)
                        .is_some_and(|b| is_word_start(*b) || b.is_ascii_digit() || *b == b'$')
                    {
                        self.at += 1;
                    }
                    let word = self.slice(from, self.at);
                    let escapes = word.eq_ignore_ascii_case("e");
                    if escapes && self.bytes.get(self.at) == Some(&b'\'') {
                        self.skip_quoted(b'\'', true);
                    } else if statement.parens == 0 {
                        statement.word(word);
                    }
                }
                _ => self.at += 1,
            }
            statement.start.get_or_insert(from);
        }
        if let Some(start) = statement.start {
            let sql = self.slice(start, self.script.len()).trim_end();
            self.items.push(Item::Statement { sql, line: lines.of(start) });
        }
        self.items
    }

    /// The text between two places at which a character starts.
    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.script.get(from..to).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn line_end(&self, from: usize) -> usize {
        self.bytes
            .get(from..)
            .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
            .map_or(self.bytes.len(), |length| from + length)
    }

    fn skip_block_comment(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// A doubled quote is read as the end of one literal and the start of the next, which comes to the same.
    fn skip_quoted(&mut self, quote: u8, escapes: bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == quote {
                if escapes && self.peek(0) == Some(quote) {
                    self.at += 1;
                    continue;
                }
                return;
            }
            if escapes && byte == b'\\' {
                self.at += 1;
            }
        }
    }

    fn skip_dollar(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while self
            .bytes
            .get(end)
            .is_some_and(|b| is_word_start(*b) || (end > start + 1 && b.is_ascii_digit()))
        {
            end += 1;
        }
        if self.bytes.get(end) != Some(&b'$') {
            // A parameter, `$1`.
            self.at += 1;
            return;
        }
        let tag = self.slice(start, end + 1);
        self.at = self
            .script
            .get(end + 1..)
            .and_then(|rest| rest.find(tag))
            .map_or(self.bytes.len(), |offset| end + 1 + offset + tag.len());
    }

    /// The data starts on the line after the statement's and ends before a line that is `\.`.
    fn copy_data(&mut self) -> &'a str {
        let start = (self.line_end(self.at) + 1).min(self.bytes.len());
        let mut at = start;
        while at < self.bytes.len() {
            let end = self.line_end(at);
            if self.slice(at, end).trim_end_matches('\r') == "\\." {
                self.at = end;
                return self.slice(start, at);
            }
            at = (end + 1).min(self.bytes.len());
        }
        self.at = self.bytes.len();
        self.slice(start, self.bytes.len())
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

/// Counts lines once, front to back.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> usize {
        if let Some(between) = self.bytes.get(self.at..offset) {
            self.line += between.iter().filter(|byte| **byte == b'\n').count();
            self.at = offset;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(script: &str) -> Vec<String> {
        split(script)
            .iter()
            .map(|item| match item {
                Item::Statement { sql, line } => format!("{line}:{sql}"),
                Item::Copy { sql, line, data } => format!("{line}:{sql}<{data}>"),
                Item::Backslash { text, line } => format!("{line}:{text}"),
            })
            .collect()
    }

    #[test]
    fn quotes_comments_and_dollars_hide_semicolons() {
        let script =
            "SELECT ';', E'\\';', \"a;\", $$;$$, $x$ $$;$$ $x$ /* ; /* ; */ ; */ -- ;\n, 1;\nSELECT 2";
        assert_eq!(
            statements(script),
            ["1:SELECT ';', E'\\';', \"a;\", $$;$$, $x$ $$;$$ $x$ /* ; /* ; */ ; */ -- ;\n, 1", "3:SELECT 2"]
        );
    }

    #[test]
    fn doubled_quotes_and_parameters() {
        assert_eq!(statements("SELECT 'a'';b'; SELECT $1;"), ["1:SELECT 'a'';b'", "1:SELECT $1"]);
    }

    #[test]
    fn begin_atomic_and_parentheses_keep_a_statement_together() {
        let script = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\nCREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\nBEGIN; COMMIT;";
        assert_eq!(statements(script).len(), 4);
    }

    #[test]
    fn copy_takes_its_data_and_backslash_lines_stand_alone() {
        let script = "\\restrict abc\nCOPY public.t (a, b) FROM stdin;\n1\t;\n\\N\t'\n\\.\nSELECT 1;\n";
        assert_eq!(
            statements(script),
            ["1:\\restrict abc", "2:COPY public.t (a, b) FROM stdin<1\t;\n\\N\t'\n>", "6:SELECT 1"]
        );
        assert_eq!(
            statements("COPY t FROM STDIN WITH (FORMAT csv);\n\\.\n"),
            ["1:COPY t FROM STDIN WITH (FORMAT csv)<>"]
        );
        assert_eq!(statements("COPY t FROM '/x';"), ["1:COPY t FROM '/x'"]);
    }
}
