//! Text search vectors and queries (`tsvector.c`, `tsvector_parser.c`, `tsquery.c`; manual, 8.11), and the configurations
//! that come with PostgreSQL.

use std::collections::BTreeMap;

/// `LIMITPOS`: positions stop here.
const MAX_POSITION: u32 = 16_383;

/// `tsvector_in`: lexemes in order, each with its positions in order, the greatest weight of a position.
pub(super) fn vector(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let mut lexemes: BTreeMap<String, BTreeMap<u32, char>> = BTreeMap::new();
    loop {
        reader.blanks();
        if reader.rest.is_empty() {
            break;
        }
        let positions = lexemes.entry(reader.word(false)?).or_default();
        if reader.take(":") {
            loop {
                let (position, weight) = reader.position()?;
                // `A` is above `B`, and `D` is none.
                let known = positions.entry(position).or_insert(weight);
                *known = weight.min(*known);
                if !reader.take(",") {
                    break;
                }
            }
            if !reader.rest.is_empty() && !reader.rest.starts_with(is_blank) {
                return None;
            }
        }
        // `MAXNUMPOS`
        if positions.len() > 255 {
            return None;
        }
    }
    let lexemes: Vec<String> = lexemes
        .iter()
        .map(|(word, positions)| {
            let positions: Vec<String> =
                positions.iter().map(|(position, weight)| format!("{position}{weight}")).collect();
            format!("{word:?}:{}", positions.join(","))
        })
        .collect();
    Some(lexemes.join(" "))
}

/// `tsquery_in`: a tree by the priorities of its operators. `&` and `|` don't tell which of several is done first, as
/// `tsquery_out` doesn't (`infix`).
pub(super) fn query(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    reader.blanks();
    if reader.rest.is_empty() {
        return Some(String::new());
    }
    let query = reader.or(0)?;
    reader.rest.is_empty().then(|| query.print())
}

enum Query {
    Lexeme { word: String, prefix: bool, weights: String },
    Not(Box<Query>),
    Phrase(Box<Query>, u32, Box<Query>),
    And(Vec<Query>),
    Or(Vec<Query>),
}

impl Query {
    fn print(&self) -> String {
        let list = |name: &str, parts: &[Query]| {
            let parts: Vec<String> = parts.iter().map(Query::print).collect();
            format!("{name}({})", parts.join(" "))
        };
        match self {
            Query::Lexeme { word, prefix, weights } => {
                format!("{word:?}:{}{weights}", if *prefix { "*" } else { "" })
            }
            Query::Not(inner) => format!("!({})", inner.print()),
            Query::Phrase(left, distance, right) => {
                format!("<{distance}>({} {})", left.print(), right.print())
            }
            Query::And(parts) => list("&", parts),
            Query::Or(parts) => list("|", parts),
        }
    }
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(is_blank);
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `gettoken_tsvector`: a lexeme, in quotes or not. In a query, operators end it as well.
    fn word(&mut self, query: bool) -> Option<String> {
        let mut word = String::new();
        let quoted = self.take("'");
        loop {
            match self.rest.chars().next() {
                Some('\\') => {
                    self.take("\\");
                    let letter = self.rest.chars().next()?;
                    self.rest = self.rest.get(letter.len_utf8()..)?;
                    word.push(letter);
                    continue;
                }
                Some('\'') if quoted => {
                    self.take("'");
                    if !self.take("'") {
                        break;
                    }
                    word.push('\'');
                    continue;
                }
                None if quoted => return None,
                None => break,
                Some(':') if !quoted => break,
                Some(c) if !quoted && (is_blank(c) || (query && "!&|()<".contains(c))) => break,
                Some(letter) => {
                    word.push(letter);
                    self.rest = self.rest.get(letter.len_utf8()..)?;
                }
            }
        }
        (!word.is_empty()).then_some(word)
    }

    fn digits(&mut self) -> Option<u32> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    /// `3A`; without a letter the weight is `D`.
    fn position(&mut self) -> Option<(u32, char)> {
        let position = self.digits().filter(|position| *position > 0)?.min(MAX_POSITION);
        let mut weight = 'D';
        for letter in ['a', 'b', 'c', 'd'] {
            if self.rest.starts_with([letter, letter.to_ascii_uppercase()]) {
                self.rest = self.rest.get(1..)?;
                weight = letter.to_ascii_uppercase();
                break;
            }
        }
        Some((position, weight))
    }

    fn or(&mut self, depth: u16) -> Option<Query> {
        let mut parts = Vec::new();
        loop {
            match self.and(depth)? {
                Query::Or(inner) => parts.extend(inner),
                other => parts.push(other),
            }
            if !self.take("|") {
                break;
            }
        }
        one_or(parts, Query::Or)
    }

    fn and(&mut self, depth: u16) -> Option<Query> {
        let mut parts = Vec::new();
        loop {
            match self.phrase(depth)? {
                Query::And(inner) => parts.extend(inner),
                other => parts.push(other),
            }
            if !self.take("&") {
                break;
            }
        }
        one_or(parts, Query::And)
    }

    fn phrase(&mut self, depth: u16) -> Option<Query> {
        let mut left = self.not(depth)?;
        while self.take("<") {
            // `parse_phrase_operator`
            let distance = if self.take("-") { 1 } else { self.digits()? };
            if distance > MAX_POSITION + 1 || !self.take(">") {
                return None;
            }
            left = Query::Phrase(Box::new(left), distance, Box::new(self.not(depth)?));
        }
        Some(left)
    }

    fn not(&mut self, depth: u16) -> Option<Query> {
        // Deeper ones are left to the server.
        let depth = depth.checked_add(1).filter(|depth| *depth < 200)?;
        self.blanks();
        let found = if self.take("!") {
            Query::Not(Box::new(self.not(depth)?))
        } else if self.take("(") {
            let inner = self.or(depth)?;
            if !self.take(")") {
                return None;
            }
            inner
        } else {
            let word = self.word(true)?;
            let (mut prefix, mut weights) = (false, Vec::new());
            if self.take(":") {
                // `get_weight`
                while let Some(c) = self.rest.chars().next().filter(|c| "*abcdABCD".contains(*c)) {
                    self.rest = self.rest.get(1..)?;
                    match c {
                        '*' => prefix = true,
                        letter => weights.push(letter.to_ascii_uppercase()),
                    }
                }
            }
            weights.sort_unstable();
            weights.dedup();
            Query::Lexeme { word, prefix, weights: weights.into_iter().collect() }
        };
        self.blanks();
        Some(found)
    }
}

fn one_or(mut parts: Vec<Query>, list: fn(Vec<Query>) -> Query) -> Option<Query> {
    if parts.len() == 1 { parts.pop() } else { Some(list(parts)) }
}

/// Whether a text search configuration comes with PostgreSQL (`pg_ts_config`); the newest are of 14.
pub(crate) fn is_text_search_configuration(name: &str) -> bool {
    const NAMES: [&str; 29] = [
        "arabic",
        "armenian",
        "basque",
        "catalan",
        "danish",
        "dutch",
        "english",
        "finnish",
        "french",
        "german",
        "greek",
        "hindi",
        "hungarian",
        "indonesian",
        "irish",
        "italian",
        "lithuanian",
        "nepali",
        "norwegian",
        "portuguese",
        "romanian",
        "russian",
        "serbian",
        "simple",
        "spanish",
        "swedish",
        "tamil",
        "turkish",
        "yiddish",
    ];
    NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_sets_of_lexemes() {
        assert_eq!(vector("fat cat"), vector("'cat' 'fat'"));
        assert_eq!(vector("a a b"), vector("b a"));
        assert_eq!(vector("a:2,1B,1A b:3"), vector("'a':1A,2 'b':3D"));
        assert_eq!(vector(r"'it''s' a\ b"), vector(r"'it\'s' 'a b'"));
        assert_ne!(vector("a:1"), vector("a"));
        assert_eq!(vector("").as_deref(), Some(""));
        for broken in ["'a", "a:", "a:0", "a:1x", "''"] {
            assert_eq!(vector(broken), None, "{broken}");
        }
    }

    #[test]
    fn queries_are_trees() {
        assert_eq!(query("fat & rat"), query("'fat' & 'rat'"));
        assert_eq!(query("a&b|c"), query("( 'a' & 'b' ) | 'c'"));
        assert_eq!(query("!a <-> b"), query("(!'a') <1> 'b'"));
        assert_eq!(query("a & (b & c)"), query("a & b & c"));
        assert_ne!(query("a <-> (b <-> c)"), query("a <-> b <-> c"));
        assert_ne!(query("a & (b | c)"), query("a & b | c"));
        assert_eq!(query("super:*ba"), query("'super':*AB"));
        assert_ne!(query("a <2> b"), query("a <-> b"));
        for broken in ["a b", "a &", "(a", "a)", "& a", "a <x> b"] {
            assert_eq!(query(broken), None, "{broken}");
        }
    }
}
