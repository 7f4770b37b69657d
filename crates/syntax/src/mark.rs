//! What PostgreSQL writes and sqlparser doesn't know, in a form that it reads: a name with a mark in it that no statement can hold.
//!
//! Owns: the marks, putting them into the tokens, and finding them in the AST. Never: reads an expression or query itself (see
//! `bridge`).

use sqlparser::ast::{AccessExpr, Expr, Ident, ObjectName};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token as SqlToken, TokenWithSpan, Word};

use crate::bridge::location;
use crate::decode::ident_value;
use crate::lexer::{Token, TokenKind};

/// The number of `FETCH FIRST (number)` whose parenthesis opens at `at`.
pub(crate) fn fetch_count(file: &str, tokens: &[Token], at: usize) -> Option<Token> {
    let word = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map_or("", |t| t.text(file));
    let count = *tokens.get(at + 1)?;
    let fits = tokens.get(at)?.kind == TokenKind::LParen
        && count.kind == TokenKind::Integer
        && tokens.get(at + 2)?.kind == TokenKind::RParen
        && ["first", "next"].iter().any(|w| word(at.checked_sub(1)).eq_ignore_ascii_case(w))
        && word(at.checked_sub(2)).eq_ignore_ascii_case("fetch");
    fits.then_some(count)
}

const ONLY: &str = "\0ONLY";
pub(crate) const ROW_STAR: &str = "\0*";
const ROWS_FROM: &str = "\0ROWS FROM";
const JOIN_ALIAS: &str = "\0AS";
const EXCLUDE: &str = "\0EXCLUDE ";

/// A relation of FROM: whether it is `ONLY relation`, and the parts of its name.
#[must_use]
pub fn relation_name(name: &ObjectName) -> (bool, Vec<&str>) {
    let mut parts: Vec<&str> =
        name.0.iter().filter_map(|part| part.as_ident()).map(|i| i.value.as_str()).collect();
    let only = parts.first() == Some(&ONLY);
    if only {
        parts.remove(0);
    }
    (only, parts)
}

/// The columns of `USING (…)`, and the alias behind it: `USING (…) AS alias` (14 and later).
#[must_use]
pub fn using_columns(names: &[ObjectName]) -> (&[ObjectName], Option<&str>) {
    if let Some((last, names)) = names.split_last()
        && let [mark, alias] = last.0.as_slice()
        && mark.as_ident().is_some_and(|ident| ident.value == JOIN_ALIAS)
    {
        return (names, alias.as_ident().map(|ident| ident.value.as_str()));
    }
    (names, None)
}

/// The row of `(row).*` in a target list, if that is what an expression is.
#[must_use]
pub fn starred_row(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_slice() {
            [AccessExpr::Dot(Expr::Identifier(ident))] if ident.value == ROW_STAR => Some(root),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a table function is `ROWS FROM (call, call, …)`; its arguments are the calls.
#[must_use]
pub fn is_rows_from(name: &ObjectName) -> bool {
    matches!(name.0.as_slice(), [part] if part.as_ident().is_some_and(|ident| ident.value == ROWS_FROM))
}

/// The name of the window that a window is made from: the frame's exclusion (`ties`, `group`, `current row`), if it has one, and the
/// name proper, if there is one.
#[must_use]
pub fn window_name(name: &Ident) -> (Option<&str>, Option<&str>) {
    match name.value.strip_prefix(EXCLUDE) {
        None => (None, Some(&name.value)),
        Some(rest) => match rest.split_once('\0') {
            Some((exclusion, name)) => (Some(exclusion), Some(name)),
            None => (Some(rest), None),
        },
    }
}

/// At `FROM ONLY t`, `ROWS FROM (…)`, `EXCLUDE TIES` of a window frame and `USING (…) AS j`: what is pushed instead of the token, and
/// the index to go on from.
pub(crate) fn marked(
    file: &str,
    tokens: &[Token],
    at: usize,
    out: &mut Vec<TokenWithSpan>,
    parens: &[usize],
) -> Option<(Option<SqlToken>, usize)> {
    let is = |i: Option<usize>, word: &str| {
        i.and_then(|i| tokens.get(i))
            .is_some_and(|t| t.kind == TokenKind::Word && t.text(file).eq_ignore_ascii_case(word))
    };
    let kind = |i: usize| tokens.get(i).map(|t| t.kind);
    let before = at.checked_sub(1);
    let word = |text: &str| {
        SqlToken::Word(Word { value: text.to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword })
    };
    if kind(at) != Some(TokenKind::Word) {
        return None;
    }
    if is(Some(at), "only")
        && (["from", "join", "update", "into"].iter().any(|word| is(before, word))
            || before.is_some_and(|i| kind(i) == Some(TokenKind::Comma)))
    {
        let named = |i: usize| {
            matches!(kind(i), Some(TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent))
        };
        if !named(at + 1) {
            return None;
        }
        out.push(TokenWithSpan {
            token: word(ONLY),
            span: Span::new(location(tokens.get(at)?.start), location(tokens.get(at)?.end)),
        });
        return Some((Some(SqlToken::Period), at + 1));
    }
    if is(Some(at), "rows") && is(Some(at + 1), "from") && kind(at + 2) == Some(TokenKind::LParen) {
        return Some((Some(word(ROWS_FROM)), at + 2));
    }
    if is(Some(at), "as")
        && before.is_some_and(|i| kind(i) == Some(TokenKind::RParen))
        && matches!(kind(at + 1), Some(TokenKind::Word | TokenKind::QuotedIdent))
    {
        // Back to the parenthesis that opens: is it USING's?
        let mut depth = 0usize;
        let mut i = at - 1;
        loop {
            match kind(i)? {
                TokenKind::RParen => depth += 1,
                TokenKind::LParen => depth -= 1,
                TokenKind::Comma | TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent => {}
                _ => return None,
            }
            if depth == 0 {
                break;
            }
            i = i.checked_sub(1)?;
        }
        if !is(i.checked_sub(1), "using") {
            return None;
        }
        // It becomes the last of the columns, with a mark before it; the parenthesis that closes comes behind.
        let alias = tokens.get(at + 1)?;
        let name = ident_value(alias, file, None).ok()??;
        let close = out.pop()?;
        let span = Span::new(location(alias.start), location(alias.end));
        for token in [SqlToken::Comma, word(JOIN_ALIAS), SqlToken::Period, word(&name)] {
            out.push(TokenWithSpan { token, span });
        }
        out.push(TokenWithSpan { token: close.token, span });
        return Some((None, at + 2));
    }
    if is(Some(at), "exclude") {
        let (words, length) = ["current row", "group", "ties", "no others"]
            .into_iter()
            .find(|words| words.split(' ').enumerate().all(|(n, w)| is(Some(at + 1 + n), w)))
            .map(|words| (words, words.split(' ').count()))?;
        if kind(at + 1 + length) != Some(TokenKind::RParen) {
            return None;
        }
        let first = parens.last().copied()? + 1;
        if words != "no others" {
            let span = out.get(first)?.span;
            let name = match &out.get(first)?.token {
                SqlToken::Word(Word { value, quote_style, .. })
                    if quote_style.is_some()
                        || !["partition", "order", "rows", "range", "groups"].contains(&value.as_str()) =>
                {
                    Some(value.clone())
                }
                _ => None,
            };
            match name {
                Some(name) => out.get_mut(first)?.token = word(&format!("{EXCLUDE}{words}\0{name}")),
                None => out.insert(first, TokenWithSpan { token: word(&format!("{EXCLUDE}{words}")), span }),
            }
        }
        return Some((None, at + 1 + length));
    }
    None
}
