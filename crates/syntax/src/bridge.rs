//! From our tokens to sqlparser's parser and back: expressions and queries.
//!
//! Identifiers reach the AST folded and cut as PostgreSQL stores them, so `Ident::value` is always the real name whatever its
//! `quote_style`; strings of every form (E'', U&'', dollar quotes) arrive unescaped as `SingleQuotedString`; integers of any base in
//! decimal. A word that is no key word of PostgreSQL never is one for sqlparser. Spans hold byte offsets: see [`span_of`].

use std::ops::{ControlFlow, Range};

use sqlparser::ast::{Expr, Query, Visit, Visitor};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token as SqlToken, TokenWithSpan, Word};

use crate::decode::{ident_value, string_value};
use crate::dialect::{TrueupDialect, operator_token};
use crate::error::SyntaxError;
use crate::keywords::is_known;
use crate::lexer::{Token, TokenKind, tokenize};
use crate::mark::{ROW_STAR, fetch_count, marked};
use crate::type_name::read_type_name;
use crate::typed_literal::typed_literal;
use trueup_catalog::{DataType, Name};

/// How deep an expression or query may nest. Deeper ones are refused as PostgreSQL refuses them (54001), so that whoever walks the AST by
/// recursion needs no guard of its own on an ordinary stack. What `pg_get_viewdef` prints for real views stays far below.
pub const MAX_DEPTH: usize = 1500;

const DIALECT: TrueupDialect = TrueupDialect {};

/// The byte offset that a sqlparser location stands for. `None` for the empty location.
#[must_use]
pub fn offset_of(location: Location) -> Option<usize> {
    if location.line == 0 { None } else { usize::try_from(location.column).ok()?.checked_sub(1) }
}

/// The bytes that a sqlparser span stands for. `None` for the empty span.
#[must_use]
pub fn span_of(span: Span) -> Option<Range<usize>> {
    Some(offset_of(span.start)?..offset_of(span.end)?)
}

pub(crate) fn location(offset: usize) -> Location {
    Location::new(1, offset as u64 + 1)
}

/// Reads a whole text as one expression (`a_expr`).
///
/// # Errors
/// What PostgreSQL's scanner or grammar would refuse; offsets count from the start of `text`.
pub fn parse_expr(text: &str) -> Result<Expr, SyntaxError> {
    let tokens = tokenize(text)?;
    let (expr, end) = parse_expr_tokens(text, &tokens, 0)?;
    expect_end(text, &tokens, end)?;
    Ok(expr)
}

/// Reads a whole text as one query: SELECT, VALUES, TABLE or WITH. A semicolon at its end is passed over.
///
/// # Errors
/// As [`parse_expr`].
pub fn parse_query(text: &str) -> Result<Query, SyntaxError> {
    let mut tokens = tokenize(text)?;
    while tokens.last().is_some_and(|t| t.kind == TokenKind::Semicolon) {
        tokens.pop();
    }
    let (query, end) = parse_query_tokens(text, &tokens)?;
    expect_end(text, &tokens, end)?;
    Ok(query)
}

fn expect_end(text: &str, tokens: &[Token], end: usize) -> Result<(), SyntaxError> {
    match tokens.iter().find(|t| t.start >= end) {
        None => Ok(()),
        Some(token) => Err(near(text, token)),
    }
}

/// `syntax error at or near "…"` at a token.
pub(crate) fn near(text: &str, token: &Token) -> SyntaxError {
    SyntaxError::new(text, token.start, format!("syntax error at or near \"{}\"", token.text(text)))
}

/// Reads the longest expression at the start of `tokens` (offsets into `file`) that binds tighter than `precedence` (sqlparser's scale;
/// 0 for any). Returns it with the offset after its last byte.
///
/// # Errors
/// As [`parse_expr`].
pub fn parse_expr_tokens(file: &str, tokens: &[Token], precedence: u8) -> Result<(Expr, usize), SyntaxError> {
    run(file, tokens, |parser| parser.parse_subexpr(precedence))
}

/// Reads the longest query at the start of `tokens`. Returns it with the offset after its last byte.
///
/// # Errors
/// As [`parse_expr`].
pub fn parse_query_tokens(file: &str, tokens: &[Token]) -> Result<(Query, usize), SyntaxError> {
    run(file, tokens, |parser| parser.parse_query().map(|q| *q))
}

fn run<T: Visit>(
    file: &str,
    tokens: &[Token],
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<(T, usize), SyntaxError> {
    let end_of_input = tokens.last().map_or(0, |t| t.end);
    let converted = convert(file, tokens)?;
    let count = converted.len();
    let mut parser =
        Parser::new(&DIALECT).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(converted);
    let result = read(&mut parser);
    let end = match parser.index() {
        0 => tokens.first().map_or(0, |t| t.start),
        index if index >= count => end_of_input,
        index => offset_of(parser.token_at(index - 1).span.end).unwrap_or(end_of_input),
    };
    match result {
        Ok(ast) => {
            // Left-deep chains (`a || b || …`) nest in the AST without recursion in the parser.
            if count > MAX_DEPTH && depth(&ast) > MAX_DEPTH {
                stacker::grow(count.saturating_mul(4096), move || drop(ast));
                let at = tokens.first().map_or(0, |t| t.start);
                return Err(SyntaxError::new(file, at, TOO_DEEP).with_sqlstate("54001"));
            }
            Ok((ast, end))
        }
        Err(error) => Err(translate(file, tokens, &error)),
    }
}

const TOO_DEEP: &str = "stack depth limit exceeded";

/// How deep expressions nest.
fn depth<T: Visit>(ast: &T) -> usize {
    struct Depth {
        now: usize,
        most: usize,
    }
    impl Visitor for Depth {
        type Break = ();
        fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.now += 1;
            self.most = self.most.max(self.now);
            ControlFlow::Continue(())
        }
        fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.now -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.now += 1;
            self.most = self.most.max(self.now);
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            self.now -= 1;
            ControlFlow::Continue(())
        }
    }
    let mut depth = Depth { now: 0, most: 0 };
    let _: ControlFlow<()> = ast.visit(&mut depth);
    depth.most
}

/// sqlparser's error in PostgreSQL's words: at the token that it found where it expected another.
fn translate(file: &str, tokens: &[Token], error: &ParserError) -> SyntaxError {
    let text = match error {
        ParserError::RecursionLimitExceeded => {
            let at = tokens.first().map_or(0, |t| t.start);
            return SyntaxError::new(file, at, TOO_DEEP).with_sqlstate("54001");
        }
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
    };
    let (what, place) = match text.rsplit_once(" at Line: 1, Column: ") {
        Some((what, place)) => (what, place.parse::<usize>().ok().and_then(|n| n.checked_sub(1))),
        None => (text.as_str(), None),
    };
    let hint = what.split(", found: ").next().unwrap_or(what).trim_start_matches("Expected: ");
    let found = place.and_then(|at| tokens.iter().find(|t| t.end > at));
    match found {
        Some(token) => near(file, token),
        None => SyntaxError::new(file, tokens.last().map_or(0, |t| t.end), "syntax error at end of input"),
    }
    .with_hint(format!("expected {hint}"))
}

/// Our tokens as sqlparser's.
fn convert(file: &str, tokens: &[Token]) -> Result<Vec<TokenWithSpan>, SyntaxError> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    // For each open parenthesis: whether it is that of CAST, whose AS brings a type.
    let mut casts: Vec<bool> = vec![];
    // Where each of them lies in `out`.
    let mut windows: Vec<usize> = vec![];
    while let Some(token) = tokens.get(at) {
        if let Some(literal) = typed_literal(file, tokens, at)? {
            let value = string_value(&literal.string, file, None)?.unwrap_or_default().into_owned();
            push(&mut out, SqlToken::SingleQuotedString(value), &literal.string);
            push(&mut out, SqlToken::DoubleColon, &literal.string);
            let end = tokens.get(literal.next - 1).map_or(literal.string.end, |t| t.end);
            push_type(&mut out, &literal.data_type, token.start..end);
            at = literal.next;
            continue;
        }
        at += 1;
        let text = token.text(file);
        // `FETCH FIRST (1) ROWS`: sqlparser wants the bare number.
        if let Some(count) = fetch_count(file, tokens, at - 1) {
            push(&mut out, SqlToken::Number(decimal_number(count.text(file)), false), &count);
            at += 2;
            continue;
        }
        // What sqlparser's AST has no place for travels as a name that no identifier can be.
        if let Some((marker, next)) = marked(file, tokens, at - 1, &mut out, &windows) {
            if let Some(marker) = marker {
                push(&mut out, marker, token);
            }
            at = next;
            continue;
        }
        // `(row).*`: sqlparser takes `.*` after names only.
        if token.kind == TokenKind::Dot
            && tokens.get(at).is_some_and(|t| t.text(file) == "*")
            && at.checked_sub(2).and_then(|i| tokens.get(i)).is_some_and(|t| t.kind == TokenKind::RParen)
        {
            push(&mut out, SqlToken::Period, token);
            let star =
                Word { value: ROW_STAR.to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword };
            push(&mut out, SqlToken::Word(star), tokens.get(at).unwrap_or(token));
            at += 1;
            continue;
        }
        // A whole row in an expression, as ruleutils.c prints it: `o.*::orders`. sqlparser takes `.*` for the end of a select item.
        if token.kind == TokenKind::Dot
            && tokens.get(at).is_some_and(|t| t.text(file) == "*")
            && tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Typecast)
        {
            at += 1;
            continue;
        }
        let after_dot = at >= 2 && tokens.get(at - 2).is_some_and(|t| t.kind == TokenKind::Dot);
        let before_dot = tokens.get(at).is_some_and(|t| t.kind == TokenKind::Dot);
        match token.kind {
            TokenKind::LParen => {
                let word = at.checked_sub(2).and_then(|i| tokens.get(i));
                casts.push(
                    word.is_some_and(|t| {
                        t.kind == TokenKind::Word && t.text(file).eq_ignore_ascii_case("cast")
                    }),
                );
                windows.push(out.len());
            }
            TokenKind::RParen => {
                casts.pop();
                windows.pop();
            }
            _ => {}
        }
        let is_as = || {
            token.kind == TokenKind::Word && text.eq_ignore_ascii_case("as") && casts.last() == Some(&true)
        };
        if token.kind == TokenKind::Typecast || (!after_dot && is_as()) {
            let (name, next) = read_type_name(file, tokens, at)?;
            if name.setof || name.column_of.is_some() {
                return Err(tokens.get(at).map_or_else(|| near(file, token), |t| near(file, t)));
            }
            let span = tokens.get(at).map_or(token.start, |t| t.start)
                ..tokens.get(next - 1).map_or(token.end, |t| t.end);
            let sql = if token.kind == TokenKind::Typecast {
                SqlToken::DoubleColon
            } else {
                SqlToken::make_word("AS", None)
            };
            push(&mut out, sql, token);
            push_type(&mut out, &name.data_type, span);
            at = next;
            continue;
        }
        let mut end = token.end;
        let mut uescape = None;
        if matches!(token.kind, TokenKind::UnicodeIdent | TokenKind::UnicodeString)
            && let Some(word) = tokens.get(at).filter(|t| t.text(file).eq_ignore_ascii_case("uescape"))
        {
            let value = match tokens.get(at + 1) {
                Some(t) => {
                    end = t.end;
                    string_value(t, file, None)?
                }
                None => None,
            };
            at += 2;
            let mut chars = value.as_deref().unwrap_or_default().chars();
            uescape = match (chars.next(), chars.next()) {
                (Some(c), None) => Some(c),
                _ => {
                    return Err(SyntaxError::new(
                        file,
                        word.start,
                        "UESCAPE must be followed by a simple string literal",
                    ));
                }
            };
        }
        let converted = match token.kind {
            TokenKind::Word => {
                let keyword = if !after_dot
                    && !before_dot
                    && (is_known(text) || text.eq_ignore_ascii_case("bernoulli"))
                {
                    SqlToken::make_word(text, None)
                } else {
                    SqlToken::EOF
                };
                let keyword = match keyword {
                    SqlToken::Word(word) => word.keyword,
                    _ => Keyword::NoKeyword,
                };
                SqlToken::Word(Word {
                    value: crate::decode::fold(text).into_owned(),
                    quote_style: None,
                    keyword,
                })
            }
            TokenKind::QuotedIdent | TokenKind::UnicodeIdent => SqlToken::Word(Word {
                value: ident_value(token, file, uescape)?.unwrap_or_default().into_owned(),
                quote_style: Some('"'),
                keyword: Keyword::NoKeyword,
            }),
            TokenKind::String
            | TokenKind::EscapeString
            | TokenKind::UnicodeString
            | TokenKind::DollarString => SqlToken::SingleQuotedString(
                string_value(token, file, uescape)?.unwrap_or_default().into_owned(),
            ),
            TokenKind::NationalString => SqlToken::NationalStringLiteral(
                string_value(token, file, None)?.unwrap_or_default().into_owned(),
            ),
            TokenKind::BitString => SqlToken::SingleQuotedByteStringLiteral(
                string_value(token, file, None)?.unwrap_or_default().into_owned(),
            ),
            TokenKind::HexString => {
                SqlToken::HexStringLiteral(string_value(token, file, None)?.unwrap_or_default().into_owned())
            }
            TokenKind::Integer | TokenKind::Decimal => SqlToken::Number(decimal_number(text), false),
            TokenKind::Param => SqlToken::Placeholder(text.to_owned()),
            TokenKind::Operator => operator_token(text),
            TokenKind::LParen => SqlToken::LParen,
            TokenKind::RParen => SqlToken::RParen,
            TokenKind::LBracket => SqlToken::LBracket,
            TokenKind::RBracket => SqlToken::RBracket,
            TokenKind::Comma => SqlToken::Comma,
            TokenKind::Semicolon => SqlToken::SemiColon,
            TokenKind::Colon => SqlToken::Colon,
            TokenKind::Typecast => SqlToken::DoubleColon,
            TokenKind::ColonEquals => SqlToken::Assignment,
            TokenKind::EqualsGreater => SqlToken::RArrow,
            TokenKind::Dot => SqlToken::Period,
            TokenKind::DotDot | TokenKind::Other => return Err(near(file, token)),
        };
        out.push(TokenWithSpan { token: converted, span: Span::new(location(token.start), location(end)) });
    }
    Ok(out)
}

fn push(out: &mut Vec<TokenWithSpan>, token: SqlToken, at: &Token) {
    out.push(TokenWithSpan { token, span: Span::new(location(at.start), location(at.end)) });
}

/// A type in the one spelling that sqlparser reads as a custom type, whatever it is: `"schema"."name"('modifier')[]`.
fn push_type(out: &mut Vec<TokenWithSpan>, data_type: &DataType, span: Range<usize>) {
    let span = Span::new(location(span.start), location(span.end));
    let mut put = |token| out.push(TokenWithSpan { token, span });
    let quoted = |name: &Name| {
        SqlToken::Word(Word {
            value: name.as_str().to_owned(),
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        })
    };
    if let Some(schema) = &data_type.schema {
        put(quoted(schema));
        put(SqlToken::Period);
    }
    put(quoted(&data_type.name));
    if !data_type.modifiers.is_empty() {
        put(SqlToken::LParen);
        for (i, modifier) in data_type.modifiers.iter().enumerate() {
            if i > 0 {
                put(SqlToken::Comma);
            }
            put(SqlToken::SingleQuotedString(modifier.to_string()));
        }
        put(SqlToken::RParen);
    }
    if data_type.array {
        put(SqlToken::LBracket);
        put(SqlToken::RBracket);
    }
}

/// The type of a sqlparser AST, as the catalog knows it: SQL's spellings in `pg_catalog`, other unqualified names without a schema.
///
/// # Errors
/// A type of another system that sqlparser reads and PostgreSQL does not.
pub fn data_type_of(ast: &sqlparser::ast::DataType) -> Result<DataType, SyntaxError> {
    use sqlparser::ast::{ArrayElemTypeDef, DataType as Ast};
    match ast {
        Ast::Custom(name, modifiers) => {
            let mut parts: Vec<Name> = name
                .0
                .iter()
                .filter_map(|part| part.as_ident())
                .map(|ident| Name::new(&ident.value))
                .collect();
            let Some(name) = parts.pop() else {
                return Err(SyntaxError::new("", 0, "a type without a name"));
            };
            let mut data_type = DataType::unresolved(name);
            data_type.schema = parts.pop();
            data_type.modifiers = modifiers.iter().map(Into::into).collect();
            Ok(data_type)
        }
        Ast::Array(ArrayElemTypeDef::SquareBracket(element, _) | ArrayElemTypeDef::Qualified(element, _)) => {
            Ok(data_type_of(element)?.array_of())
        }
        other => crate::type_name::parse_type(&other.to_string()),
    }
}

/// A number as PostgreSQL keeps it: no underscores, integers of other bases in decimal.
pub(crate) fn decimal_number(text: &str) -> String {
    let plain = if text.contains('_') { text.replace('_', "") } else { text.to_owned() };
    let radix = match plain.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => return plain,
    };
    // Numbers of any length: decimal digits, the lowest first.
    let mut digits: Vec<u8> = vec![0];
    for c in plain.chars().skip(2) {
        let mut carry = c.to_digit(radix).unwrap_or(0);
        for digit in &mut digits {
            let value = u32::from(*digit) * radix + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|d| char::from(b'0' + d)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::{starred_row, window_name};
    use sqlparser::ast::Ident;

    fn shown(text: &str) -> String {
        parse_expr(text).map_or_else(|e| e.to_string(), |e| e.to_string())
    }

    #[test]
    fn expressions_that_sqlparser_alone_gets_wrong() {
        for (written, read) in [
            ("a::text COLLATE \"C\" = b", "a::\"text\" COLLATE \"C\" = b"),
            ("x IS NOT UNKNOWN", "x IS NOT UNKNOWN"),
            ("trim(both from X)", "TRIM(BOTH x)"),
            ("trim(trailing 'x' from a || b)", "TRIM(TRAILING 'x' FROM a || b)"),
            ("double precision '1'", "'1'::\"pg_catalog\".\"float8\""),
            (
                "interval '1' day + interval(3) '2'",
                "'1'::\"pg_catalog\".\"interval\"(day) + '2'::\"pg_catalog\".\"interval\"(3)",
            ),
            ("my.type 'x' || mood 'y'", "'x'::\"my\".\"type\" || 'y'::\"mood\""),
            ("cast(a as character varying(3)) = 'b'", "CAST(a AS \"pg_catalog\".\"varchar\"(3)) = 'b'"),
            ("f(variadic array[1])", "f(VARIADIC ARRAY[1])"),
            ("-2 ^ 2", "-2 ^ 2"),
            ("a @@@ b", "a @@@ b"),
            ("a =@ ANY (b)", "a =@ ANY(b)"),
            ("a not like all (array['x'])", "a !~~ ALL(ARRAY['x'])"),
            ("a between symmetric 1 and 2", "(a BETWEEN 1 AND 2 OR a BETWEEN 2 AND 1)"),
            ("0x1F + 1_000", "31 + 1000"),
            ("U&\"d!0061ta\" uescape '!' = E'\\x41'", "\"data\" = 'A'"),
            ("a OPERATOR(pg_catalog.@>) b", "a OPERATOR(pg_catalog.@>) b"),
            ("substring(a similar 'x' escape '#')", "\"pg_catalog\".\"substring\"(a, 'x', '#')"),
            ("substring(a from 2 for 3) || substring(b, 1)", "SUBSTRING(a FROM 2 FOR 3) || SUBSTRING(b, 1)"),
            ("substr(a, 1) = convert(b, 'UTF8', 'LATIN1')", "substr(a, 1) = convert(b, 'UTF8', 'LATIN1')"),
            ("o.*::orders", "o::\"orders\""),
            ("a isnull and b notnull", "a IS NULL AND b IS NOT NULL"),
            ("t.end + new.select", "t.end + new.select"),
            ("row(1, 2) = (a, b)", "(1, 2) = (a, b)"),
            ("f(a := 1, b => 2)", "f(a := 1, b => 2)"),
            ("x is document", "\"pg_catalog\".\"IS DOCUMENT\"(x)"),
        ] {
            assert_eq!(shown(written), read, "{written}");
        }
    }

    #[test]
    fn what_the_ast_has_no_place_for() {
        let query = |text: &str| {
            parse_query(text).map_or_else(|e| e.to_string(), |q| q.to_string().replace('\0', "^"))
        };
        assert_eq!(query("select 1 from only s.t x"), "SELECT 1 FROM \"^ONLY\".s.t x");
        assert_eq!(
            query("select 1 from rows from (f(1), g()) as z(a, b)"),
            "SELECT 1 FROM \"^ROWS FROM\"(f(1), g()) AS z (a, b)"
        );
        assert_eq!(
            query("select 1 from a join b using (x) as j"),
            "SELECT 1 FROM a JOIN b USING(x, \"^AS\".\"j\")"
        );
        assert_eq!(
            query("select sum(a) over (order by b rows 2 preceding exclude ties)"),
            "SELECT sum(a) OVER (\"^EXCLUDE ties\" ORDER BY b ROWS 2 PRECEDING)"
        );
        assert_eq!(
            query("select sum(a) over (w rows 2 preceding exclude current row)"),
            "SELECT sum(a) OVER (\"^EXCLUDE current row^w\" ROWS 2 PRECEDING)"
        );
        assert_eq!(
            query("select sum(a) over (rows 2 preceding exclude no others)"),
            "SELECT sum(a) OVER (ROWS 2 PRECEDING)"
        );
        assert_eq!(window_name(&Ident::new("\0EXCLUDE ties\0w")), (Some("ties"), Some("w")));
        assert_eq!(
            query("select 1 from t tablesample bernoulli (10) repeatable (1)"),
            "SELECT 1 FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (1)"
        );
        let starred = parse_expr("(f(x)).*").unwrap();
        assert_eq!(starred_row(&starred).map(ToString::to_string).as_deref(), Some("(f(x))"));
        assert_eq!(query("select (f(x)).* from t"), "SELECT (f(x)).\"^*\" FROM t");
        assert_eq!(query("select 1 from t limit all"), "SELECT 1 FROM t");
        assert_eq!(
            query("select a.b.* from t a for update of a skip locked"),
            "SELECT a.b.* FROM t a FOR UPDATE OF a SKIP LOCKED"
        );
    }

    #[test]
    fn operators_bind_as_in_gram_y() {
        let tree = |text: &str| match parse_expr(text) {
            Ok(Expr::BinaryOp { left, op, right }) => format!("[{left}] {op} [{right}]"),
            Ok(Expr::UnaryOp { op, expr }) => format!("{op} [{expr}]"),
            other => format!("{other:?}"),
        };
        for (text, read) in [
            ("a ~ b || c", "[a ~ b] || [c]"),
            ("a || b ~ c", "[a || b] ~ [c]"),
            ("a -> b + c", "[a] -> [b + c]"),
            ("a = b ~ c", "[a] = [b ~ c]"),
            ("-a ^ b", "[-a] ^ [b]"),
            ("~ a + b", "~ [a + b]"),
            ("a @> b -> c", "[a @> b] -> [c]"),
            ("a < b @@@ c", "[a] < [b @@@ c]"),
            ("a OPERATOR(pg_catalog.=) b + c", "[a] OPERATOR(pg_catalog.=) [b + c]"),
            ("not a = b", "NOT [a = b]"),
            ("a or b and c", "[a] OR [b AND c]"),
        ] {
            assert_eq!(tree(text).replace("~[", "~ [").replace("  ", " "), read, "{text}");
        }
    }

    #[test]
    fn errors_are_postgresqls() {
        let error = parse_expr("a +\n žluť from b").unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.line_column("a +\n žluť from b")),
            ("syntax error at or near \"from\"", (2, 7))
        );
        assert_eq!(parse_expr("a + ").unwrap_err().message, "syntax error at end of input");
        assert_eq!(parse_query("select 1 from t where").unwrap_err().message, "syntax error at end of input");
        assert_eq!(parse_query("select a b c").unwrap_err().message, "syntax error at or near \"c\"");
        assert_eq!(parse_expr("order").unwrap_err().message, "syntax error at or near \"order\"");
    }

    #[test]
    fn deep_nesting_is_read_or_refused_but_never_overflows() {
        let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
        assert!(parse_expr(&nested(1000)).is_ok());
        assert_eq!(parse_expr(&nested(100_000)).unwrap_err().sqlstate, "54001");
        assert!(parse_expr(&vec!["a"; 1000].join(" || ")).is_ok());
        assert_eq!(parse_expr(&vec!["a"; 100_000].join(" || ")).unwrap_err().sqlstate, "54001");
        let case = |n: usize| format!("{}1{}", "CASE WHEN a THEN 1 ELSE ".repeat(n), " END".repeat(n));
        assert!(parse_expr(&case(200)).is_ok());
        assert_eq!(parse_expr(&case(50_000)).unwrap_err().sqlstate, "54001");
        assert_eq!(parse_query(&format!("select {}", "f(".repeat(50_000))).unwrap_err().sqlstate, "54001");
        assert!(parse_expr(&format!("a in ({})", vec!["1"; 20_000].join(","))).is_ok());
    }

    #[test]
    fn numbers_in_decimal() {
        assert_eq!(decimal_number("0x1F"), "31");
        assert_eq!(decimal_number("0b1_01"), "5");
        assert_eq!(decimal_number("0o17"), "15");
        assert_eq!(decimal_number("1_000.5"), "1000.5");
        assert_eq!(
            decimal_number("0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"),
            "87112285931760246646623899502532662132735"
        );
    }
}
