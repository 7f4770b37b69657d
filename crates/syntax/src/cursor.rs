//! A cursor over one statement's tokens, for grammars that are written by hand.

use std::borrow::Cow;
use std::ops::Range;

use trueup_catalog::{DataType, Name};

use crate::bridge::{near, parse_expr_tokens, parse_query_tokens};
use crate::decode::{ident_value, string_value};
use crate::dialect::B_EXPR;
use crate::error::SyntaxError;
use crate::keywords::{KeywordClass, keyword_class};
use crate::lexer::{Token, TokenKind, tokenize_range};
use crate::type_name::{TypeName, read_type_name};

/// A piece of the file: its text and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<'a> {
    /// The text, from its first token to its last.
    pub text: &'a str,
    /// Its bytes in the file.
    pub range: Range<usize>,
}

/// A name with the schema that was written before it, if any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenName {
    /// The schema, if written. A catalog's name before it is dropped, as PostgreSQL only takes its own.
    pub schema: Option<Name>,
    /// The name.
    pub name: Name,
    /// Its bytes in the file.
    pub range: Range<usize>,
}

/// As SQL would write it: `schema.name`, quoted where needed.
impl std::fmt::Display for WrittenName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)
    }
}

/// Walks the tokens of one statement. Words are matched in any case, and only unquoted ones.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    file: &'a str,
    tokens: Cow<'a, [Token]>,
    at: usize,
    /// Bytes of the statement.
    range: Range<usize>,
}

impl<'a> Cursor<'a> {
    /// The tokens of a statement that lies in `range` of the file's text.
    ///
    /// # Errors
    /// What the scanner refuses: an unterminated quote, junk after a number.
    pub fn new(file: &'a str, range: Range<usize>) -> Result<Self, SyntaxError> {
        let tokens = tokenize_range(file, range.start, range.end)?;
        Ok(Self { file, tokens: Cow::Owned(tokens), at: 0, range })
    }

    /// The tokens of a whole text.
    ///
    /// # Errors
    /// As [`Cursor::new`].
    pub fn of(text: &'a str) -> Result<Self, SyntaxError> {
        Self::new(text, 0..text.len())
    }

    /// The text of the whole file.
    #[must_use]
    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The next token.
    #[must_use]
    pub fn peek(&self) -> Option<Token> {
        self.peek_nth(0)
    }

    /// The token `n` after the next one.
    #[must_use]
    pub fn peek_nth(&self, n: usize) -> Option<Token> {
        self.tokens.get(self.at + n).copied()
    }

    /// The next token, passed over.
    pub fn next_token(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// The text of a token.
    #[must_use]
    pub fn text_of(&self, token: &Token) -> &'a str {
        token.text(self.file)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Byte offset of the next token, or of the statement's end.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.peek().map_or_else(|| self.end_of_previous().max(self.range.start), |t| t.start)
    }

    /// Byte offset after the last token that was passed over.
    #[must_use]
    pub fn end_of_previous(&self) -> usize {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(self.range.start, |t| t.end)
    }

    /// A place to come back to.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.at
    }

    /// Back to a place from [`Cursor::mark`].
    pub fn reset(&mut self, mark: usize) {
        self.at = mark.min(self.tokens.len());
    }

    /// What was passed over since a mark.
    #[must_use]
    pub fn since(&self, mark: usize) -> Slice<'a> {
        let start = self.tokens.get(mark).map_or_else(|| self.offset(), |t| t.start);
        self.slice(start..self.end_of_previous().max(start))
    }

    /// A slice of the file.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Slice<'a> {
        Slice { text: self.file.get(range.clone()).unwrap_or_default(), range }
    }

    /// `syntax error at or near "…"` at the next token, or `syntax error at end of input`.
    #[must_use]
    pub fn error(&self) -> SyntaxError {
        match self.peek() {
            Some(token) => near(self.file, &token),
            None => SyntaxError::new(self.file, self.offset(), "syntax error at end of input"),
        }
    }

    /// The same, saying what was expected.
    #[must_use]
    pub fn expected(&self, what: &str) -> SyntaxError {
        self.error().with_hint(format!("expected {what}"))
    }

    /// An error of one's own at a byte offset of the file.
    #[must_use]
    pub fn error_at(&self, offset: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.file, offset, message)
    }

    // Words.

    /// Whether the token `n` after the next is this word, unquoted, in any case.
    #[must_use]
    pub fn is_word_nth(&self, n: usize, word: &str) -> bool {
        self.tokens
            .get(self.at + n)
            .is_some_and(|t| t.kind == TokenKind::Word && t.text(self.file).eq_ignore_ascii_case(word))
    }

    /// Whether the next token is this word.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        self.is_word_nth(0, word)
    }

    /// Whether the next tokens are these words (separated by blanks in `words`).
    #[must_use]
    pub fn is_words(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(n, word)| self.is_word_nth(n, word))
    }

    /// Whether the next token is one of these words.
    #[must_use]
    pub fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Passes over this word if it comes next.
    pub fn accept(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    /// Passes over these words (separated by blanks) if all of them come next: `accept_words("if not exists")`.
    pub fn accept_words(&mut self, words: &str) -> bool {
        let found = self.is_words(words);
        if found {
            self.at += words.split(' ').count();
        }
        found
    }

    /// Passes over the one of these words that comes next, and says which.
    pub fn accept_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().find(|word| self.is_word(word))?;
        self.at += 1;
        Some(found)
    }

    /// Passes over this word.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn expect(&mut self, word: &str) -> Result<(), SyntaxError> {
        if self.accept(word) { Ok(()) } else { Err(self.expected(&word.to_ascii_uppercase())) }
    }

    /// Passes over these words (separated by blanks).
    ///
    /// # Errors
    /// If something else comes next, at the first word that differs.
    pub fn expect_words(&mut self, words: &str) -> Result<(), SyntaxError> {
        words.split(' ').try_for_each(|word| self.expect(word))
    }

    /// The next token's word in lower case, if it is an unquoted word.
    #[must_use]
    pub fn peek_word(&self) -> Option<String> {
        let token = self.peek().filter(|t| t.kind == TokenKind::Word)?;
        Some(token.text(self.file).to_ascii_lowercase())
    }

    // Symbols.

    /// Whether the next token is of this kind.
    #[must_use]
    pub fn is(&self, kind: TokenKind) -> bool {
        self.peek().is_some_and(|t| t.kind == kind)
    }

    /// Passes over a token of this kind if it comes next.
    pub fn accept_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.is(kind);
        self.at += usize::from(found);
        found
    }

    /// Passes over a token of this kind.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn expect_kind(&mut self, kind: TokenKind) -> Result<Token, SyntaxError> {
        match self.peek().filter(|t| t.kind == kind) {
            Some(token) => {
                self.at += 1;
                Ok(token)
            }
            None => Err(self.error()),
        }
    }

    /// Passes over this symbol (`(`, `,`, `=`, `*`, `%`…) if it comes next. The whole token has to be it.
    pub fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    /// Whether the next token is this symbol.
    #[must_use]
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|t| t.kind != TokenKind::Word && t.text(self.file) == symbol)
    }

    /// Passes over this symbol.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn expect_symbol(&mut self, symbol: &str) -> Result<(), SyntaxError> {
        if self.accept_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("\"{symbol}\""))) }
    }

    // Names.

    /// Whether an identifier or a word comes next.
    #[must_use]
    pub fn is_identifier(&self) -> bool {
        self.peek().is_some_and(|t| {
            matches!(t.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent)
        })
    }

    fn identifier(&mut self, allowed: impl Fn(KeywordClass) -> bool) -> Result<Name, SyntaxError> {
        let Some(token) = self.peek() else { return Err(self.expected("a name")) };
        if token.kind == TokenKind::Word && !allowed(keyword_class(token.text(self.file))) {
            return Err(self.expected("a name"));
        }
        let mut uescape = None;
        let mut length = 1;
        if token.kind == TokenKind::UnicodeIdent && self.is_word_nth(1, "uescape") {
            let value = match self.peek_nth(2) {
                Some(t) => string_value(&t, self.file, None)?,
                None => None,
            };
            uescape = value.and_then(|v| v.chars().next());
            length = 3;
        }
        let Some(name) = ident_value(&token, self.file, uescape)? else {
            return Err(self.expected("a name"));
        };
        let name = Name::new(name.as_ref());
        self.at += length;
        Ok(name)
    }

    /// A name: of a column, table, constraint, schema (gram.y `ColId`): folded, cut to 63 bytes.
    ///
    /// # Errors
    /// If a reserved word or something else comes next.
    pub fn name(&mut self) -> Result<Name, SyntaxError> {
        // Words of the class TypeOrFunction are refused by ColId, yet gram.y's `name` is ColId everywhere that matters here.
        self.identifier(|class| matches!(class, KeywordClass::Free | KeywordClass::ColumnName))
    }

    /// Any word as a name, reserved ones too (gram.y `ColLabel`): option names, names after a dot, roles.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn label(&mut self) -> Result<Name, SyntaxError> {
        self.identifier(|_| true)
    }

    /// A name of a function or type (gram.y `type_function_name`).
    ///
    /// # Errors
    /// If something else comes next.
    pub fn type_or_function_name(&mut self) -> Result<Name, SyntaxError> {
        self.identifier(|class| matches!(class, KeywordClass::Free | KeywordClass::TypeOrFunction))
    }

    /// `[[catalog.]schema.]name`; the catalog is dropped.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn qualified_name(&mut self) -> Result<WrittenName, SyntaxError> {
        self.dotted(|class| class != KeywordClass::Reserved)
    }

    fn dotted(&mut self, allowed: impl Fn(KeywordClass) -> bool) -> Result<WrittenName, SyntaxError> {
        let start = self.offset();
        let mut name = self.identifier(allowed)?;
        let mut schema = None;
        let mut parts = 1;
        while self.is(TokenKind::Dot) && parts < 3 {
            self.at += 1;
            schema = Some(std::mem::replace(&mut name, self.label()?));
            parts += 1;
        }
        Ok(WrittenName { schema, name, range: start..self.end_of_previous() })
    }

    /// A dotted name of any number of parts: `schema.table.column`.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn dotted_name(&mut self) -> Result<Vec<Name>, SyntaxError> {
        let mut names = vec![self.identifier(|class| class != KeywordClass::Reserved)?];
        while self.accept_kind(TokenKind::Dot) {
            names.push(self.label()?);
        }
        Ok(names)
    }

    /// An operator with its schema: `=`, `public.@@@`, `OPERATOR(public.=)`; returns the schema and the operator's characters.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn operator(&mut self) -> Result<(Option<Name>, &'a str), SyntaxError> {
        let wrapped =
            self.is_word("operator") && self.peek_nth(1).is_some_and(|t| t.kind == TokenKind::LParen);
        self.at += if wrapped { 2 } else { 0 };
        let mut schema = None;
        while self.is_identifier() {
            schema = Some(self.label()?);
            self.expect_kind(TokenKind::Dot)?;
        }
        let token = self.expect_kind(TokenKind::Operator).map_err(|e| e.with_hint("expected an operator"))?;
        if wrapped {
            self.expect_kind(TokenKind::RParen)?;
        }
        // The grammar reads both spellings as `<>`.
        let text = token.text(self.file);
        Ok((schema, if text == "!=" { "<>" } else { text }))
    }

    // Constants.

    /// Whether a string constant comes next.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.peek().is_some_and(|t| t.is_string())
    }

    /// The value of a string constant of any form.
    ///
    /// # Errors
    /// If something else comes next, or an escape is wrong.
    pub fn string_literal(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let Some(token) = self.peek().filter(Token::is_string) else { return Err(self.expected("a string")) };
        let mut uescape = None;
        let mut length = 1;
        if token.kind == TokenKind::UnicodeString && self.is_word_nth(1, "uescape") {
            let value = match self.peek_nth(2) {
                Some(t) => string_value(&t, self.file, None)?,
                None => None,
            };
            uescape = value.and_then(|v| v.chars().next());
            length = 3;
        }
        let value = string_value(&token, self.file, uescape)?.unwrap_or_default();
        self.at += length;
        Ok(value)
    }

    /// A number with an optional sign, as its canonical text: underscores gone, integers in decimal.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn number(&mut self) -> Result<String, SyntaxError> {
        let mark = self.at;
        let negative = self.is_symbol("-");
        if negative || self.is_symbol("+") {
            self.at += 1;
        }
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Integer | TokenKind::Decimal) => {
                self.at += 1;
                let digits = crate::bridge::decimal_number(token.text(self.file));
                Ok(if negative { format!("-{digits}") } else { digits })
            }
            _ => {
                self.at = mark;
                Err(self.expected("a number"))
            }
        }
    }

    /// An integer with an optional sign.
    ///
    /// # Errors
    /// If something else comes next, or it does not fit into 64 bits (22003).
    pub fn integer(&mut self) -> Result<i64, SyntaxError> {
        let offset = self.offset();
        let text = self.number()?;
        text.parse().map_err(|_| {
            self.error_at(offset, format!("value \"{text}\" is out of range for type bigint"))
                .with_sqlstate("22003")
        })
    }

    // Types.

    /// A type, `SETOF` and `%TYPE` too.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn type_name(&mut self) -> Result<TypeName, SyntaxError> {
        if self.at_end() {
            return Err(self.expected("a type name"));
        }
        let (name, next) = read_type_name(self.file, &self.tokens, self.at)?;
        self.at = next;
        Ok(name)
    }

    /// A plain type.
    ///
    /// # Errors
    /// If something else comes next, `SETOF` and `%TYPE` too.
    pub fn data_type(&mut self) -> Result<DataType, SyntaxError> {
        let mark = self.at;
        let name = self.type_name()?;
        if name.setof || name.column_of.is_some() {
            self.at = mark;
            return Err(self.expected("a plain type name"));
        }
        Ok(name.data_type)
    }

    // Expressions and queries.

    /// Index of the first token from here on that is a comma, semicolon or closing bracket outside of brackets, or the one for which `stop` says so.
    fn extent(&self, comma: bool, stop: impl Fn(&Token) -> bool) -> usize {
        let mut depth = 0usize;
        let mut i = self.at;
        while let Some(token) = self.tokens.get(i) {
            match token.kind {
                TokenKind::LParen | TokenKind::LBracket => depth += 1,
                TokenKind::RParen | TokenKind::RBracket if depth == 0 => break,
                TokenKind::RParen | TokenKind::RBracket => depth -= 1,
                TokenKind::Comma if comma && depth == 0 => break,
                TokenKind::Semicolon if depth == 0 => break,
                _ if depth == 0 && stop(token) => break,
                _ => {}
            }
            i += 1;
        }
        i
    }

    fn pass_to(&mut self, end: usize) {
        while self.peek().is_some_and(|t| t.start < end) {
            self.at += 1;
        }
    }

    fn read_expr(&mut self, precedence: u8, end: usize) -> Result<Slice<'a>, SyntaxError> {
        let start = self.offset();
        let tokens = self.tokens.get(self.at..end).unwrap_or_default();
        if tokens.is_empty() {
            return Err(self.expected("an expression"));
        }
        let (_, end) = parse_expr_tokens(self.file, tokens, precedence)?;
        self.pass_to(end);
        Ok(self.slice(start..end))
    }

    /// The longest expression from here on (gram.y `a_expr`), checked by sqlparser.
    ///
    /// # Errors
    /// If there is none.
    pub fn expr(&mut self) -> Result<Slice<'a>, SyntaxError> {
        let end = self.extent(true, |_| false);
        self.read_expr(0, end)
    }

    /// The longest expression that DEFAULT takes (gram.y `b_expr`): it ends before NOT NULL, COLLATE and other column constraints.
    ///
    /// # Errors
    /// If there is none.
    pub fn b_expr(&mut self) -> Result<Slice<'a>, SyntaxError> {
        // `AT TIME ZONE` is `a_expr`'s alone: PostgreSQL wants parentheses around it.
        let ends = |t: &Token| {
            let word = t.text(self.file);
            t.kind == TokenKind::Word && (word.eq_ignore_ascii_case("collate") || self.is_at_time_zone(t))
        };
        let end = self.extent(true, ends);
        self.read_expr(B_EXPR, end)
    }

    fn is_at_time_zone(&self, token: &Token) -> bool {
        let behind =
            self.file.get(token.end..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
        token.text(self.file).eq_ignore_ascii_case("at")
            && ["time", "local"].iter().any(|word| behind.eq_ignore_ascii_case(word))
    }

    /// The longest query from here on: SELECT, VALUES, TABLE, WITH or one in parentheses.
    ///
    /// # Errors
    /// If there is none.
    pub fn query(&mut self) -> Result<Slice<'a>, SyntaxError> {
        let start = self.offset();
        let end = self.extent(false, |_| false);
        let tokens = self.tokens.get(self.at..end).unwrap_or_default();
        if tokens.is_empty() {
            return Err(self.expected("a query"));
        }
        // A bare SELECT is a query of one row without columns (`pg_dump` writes it), which sqlparser does not read.
        if let ([only], true) = (tokens, self.is_word("select")) {
            let end = only.end;
            self.pass_to(end);
            return Ok(self.slice(start..end));
        }
        // WITH at the very end (`WITH DATA`, `WITH CHECK OPTION`) is the statement's; so is what sqlparser leaves.
        let (_, end) = parse_query_tokens(self.file, tokens)?;
        self.pass_to(end);
        Ok(self.slice(start..end))
    }

    /// An expression in parentheses, without them.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn parenthesized_expr(&mut self) -> Result<Slice<'a>, SyntaxError> {
        self.expect_symbol("(")?;
        let expr = self.expr()?;
        self.expect_symbol(")")?;
        Ok(expr)
    }

    // Lists.

    /// `item, item, …`
    ///
    /// # Errors
    /// Those of `item`.
    pub fn comma_separated<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        let mut out = vec![item(self)?];
        while self.accept_kind(TokenKind::Comma) {
            out.push(item(self)?);
        }
        Ok(out)
    }

    /// `(item, item, …)`, at least one.
    ///
    /// # Errors
    /// Those of `item`, or if something else comes next.
    pub fn parenthesized<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        self.expect_symbol("(")?;
        let out = self.comma_separated(item)?;
        self.expect_symbol(")")?;
        Ok(out)
    }

    /// `(item, item, …)` or `()`.
    ///
    /// # Errors
    /// Those of `item`, or if something else comes next.
    pub fn parenthesized_or_empty<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        if self.is(TokenKind::LParen) && self.peek_nth(1).is_some_and(|t| t.kind == TokenKind::RParen) {
            self.at += 2;
            return Ok(vec![]);
        }
        self.parenthesized(item)
    }

    /// `(name, name, …)`.
    ///
    /// # Errors
    /// If something else comes next.
    pub fn name_list(&mut self) -> Result<Vec<Name>, SyntaxError> {
        self.parenthesized(Self::name)
    }

    /// Passes over `( … )` with everything inside; returns what is inside.
    ///
    /// # Errors
    /// If no parenthesis opens here, or it never closes.
    pub fn skip_balanced_parens(&mut self) -> Result<Slice<'a>, SyntaxError> {
        let open = self.expect_kind(TokenKind::LParen)?;
        let mut depth = 1usize;
        while let Some(token) = self.next_token() {
            match token.kind {
                TokenKind::LParen => depth += 1,
                TokenKind::RParen => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(self.slice(open.end..token.start));
            }
        }
        Err(self.error())
    }

    /// Everything up to the end of the statement, passed over.
    pub fn rest(&mut self) -> Slice<'a> {
        let start = self.offset();
        self.at = self.tokens.len();
        self.slice(start..self.end_of_previous().max(start))
    }

    /// Nothing is left.
    ///
    /// # Errors
    /// If something is.
    pub fn expect_end(&self) -> Result<(), SyntaxError> {
        if self.at_end() { Ok(()) } else { Err(self.error()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_a_column_definition() {
        let text = "create table Sch.\"T\" (a varchar(10) DEFAULT 'x'::text || 'y' COLLATE \"C\" NOT NULL, b int default -1 check (b > 0 and b < f(1, 2)));";
        let mut c = Cursor::of(text).unwrap();
        assert!(c.accept_words("create table"));
        let name = c.qualified_name().unwrap();
        assert_eq!((name.schema.unwrap().as_str(), name.name.as_str()), ("sch", "T"));
        c.expect_symbol("(").unwrap();
        assert_eq!(c.name().unwrap().as_str(), "a");
        assert_eq!(c.data_type().unwrap().to_string(), "character varying(10)");
        c.expect("default").unwrap();
        assert_eq!(c.b_expr().unwrap().text, "'x'::text || 'y'");
        c.expect("collate").unwrap();
        c.qualified_name().unwrap();
        c.expect_words("not null").unwrap();
        c.expect_symbol(",").unwrap();
        c.name().unwrap();
        c.data_type().unwrap();
        c.expect("DEFAULT").unwrap();
        assert_eq!(c.b_expr().unwrap().text, "-1");
        c.expect("check").unwrap();
        assert_eq!(c.parenthesized_expr().unwrap().text, "b > 0 and b < f(1, 2)");
        c.expect_symbol(")").unwrap();
        assert!(c.expect_end().is_err());
    }

    #[test]
    fn default_stops_at_column_constraints() {
        for (text, expr) in [
            ("1 NOT NULL", "1"),
            ("NULL", "NULL"),
            ("now() PRIMARY KEY", "now()"),
            ("'x' UNIQUE", "'x'"),
            ("a + 1 REFERENCES t", "a + 1"),
            ("1 > 2 CHECK (x)", "1 > 2"),
            ("'a' GENERATED", "'a'"),
            ("ARRAY[]::text[] NOT NULL", "ARRAY[]::text[]"),
            ("CURRENT_TIMESTAMP NULL", "CURRENT_TIMESTAMP"),
            ("('a' COLLATE \"C\") COLLATE \"C\"", "('a' COLLATE \"C\")"),
            ("timezone('utc', now()) CONSTRAINT x NOT NULL", "timezone('utc', now())"),
        ] {
            assert_eq!(Cursor::of(text).unwrap().b_expr().unwrap().text, expr);
        }
    }

    #[test]
    fn constants_operators_and_errors() {
        let mut c = Cursor::of("U&'d!0061ta' UESCAPE '!' -0x10 1_000 operator(public.@@@) pg_catalog.!= U&\"!0061\" uescape '!' foo").unwrap();
        assert_eq!(c.string_literal().unwrap(), "data");
        assert_eq!(c.integer().unwrap(), -16);
        assert_eq!(c.integer().unwrap(), 1000);
        assert_eq!(c.operator().unwrap(), (Some(Name::new("public")), "@@@"));
        assert_eq!(c.operator().unwrap(), (Some(Name::new("pg_catalog")), "<>"));
        assert_eq!(c.name().unwrap().as_str(), "a");
        let error = c.expect("bar").unwrap_err();
        assert_eq!(error.to_string(), "syntax error at or near \"foo\" (expected BAR)");
        c.rest();
        assert_eq!(c.error().message, "syntax error at end of input");
        assert!(Cursor::of("select").unwrap().name().is_err());
        assert_eq!(Cursor::of("select").unwrap().label().unwrap().as_str(), "select");
    }
}
