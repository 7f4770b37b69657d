//! `type 'literal'`, which sqlparser knows of some types only.

use trueup_catalog::DataType;

use crate::error::SyntaxError;
use crate::lexer::{Token, TokenKind};
use crate::type_name::{read_interval_fields, read_type_name};

pub(crate) struct TypedLiteral {
    pub data_type: DataType,
    pub string: Token,
    pub next: usize,
}

/// Words that may stand before a string without being a type.
const BEFORE_STRINGS: &[&str] = &[
    "by",
    "columns",
    "content",
    "document",
    "escape",
    "first",
    "groups",
    "key",
    "name",
    "next",
    "passing",
    "path",
    "range",
    "rows",
    "separator",
    "standalone",
    "uescape",
    "value",
    "version",
    "zone",
];

/// `type 'literal'` (gram.y `AexprConst`), which is the same node as `'literal'::type`: whether it starts at `tokens[at]`.
pub(crate) fn typed_literal(
    file: &str,
    tokens: &[Token],
    at: usize,
) -> Result<Option<TypedLiteral>, SyntaxError> {
    let kind = |n: usize| tokens.get(at + n).map(|t| t.kind);
    let is_string = |i: usize| tokens.get(i).is_some_and(Token::is_string);
    let Some(first) = tokens.get(at) else { return Ok(None) };
    let previous = at.checked_sub(1).and_then(|i| tokens.get(i));
    if previous.is_some_and(|t| matches!(t.kind, TokenKind::Dot | TokenKind::Typecast)) {
        return Ok(None);
    }
    let word = match first.kind {
        TokenKind::Word => crate::decode::fold(first.text(file)),
        TokenKind::QuotedIdent => std::borrow::Cow::Borrowed(""),
        _ => return Ok(None),
    };
    let plausible = match kind(1) {
        Some(TokenKind::Dot) => {
            let mut i = at;
            while kind(i + 1 - at) == Some(TokenKind::Dot) && tokens.get(i + 2).is_some() {
                i += 2;
            }
            is_string(i + 1)
                && matches!(tokens.get(i).map(|t| t.kind), Some(TokenKind::Word | TokenKind::QuotedIdent))
        }
        Some(TokenKind::LParen) if kind(2) == Some(TokenKind::Integer) => {
            let close = if kind(3) == Some(TokenKind::Comma) { 5 } else { 3 };
            kind(close) == Some(TokenKind::RParen)
                && (is_string(at + close + 1)
                    || matches!(word.as_ref(), "time" | "timestamp" | "bit" | "char" | "character"))
        }
        Some(TokenKind::Word) => {
            matches!(
                word.as_ref(),
                "double" | "character" | "char" | "bit" | "time" | "timestamp" | "national" | "nchar"
            )
        }
        Some(_) if is_string(at + 1) => {
            use crate::keywords::{KeywordClass, keyword_class};
            let is_type_word = match keyword_class(&word) {
                KeywordClass::Free => true,
                KeywordClass::ColumnName => matches!(
                    word.as_ref(),
                    "int"
                        | "integer"
                        | "smallint"
                        | "bigint"
                        | "real"
                        | "boolean"
                        | "json"
                        | "float"
                        | "dec"
                        | "decimal"
                        | "numeric"
                        | "bit"
                        | "varchar"
                        | "char"
                        | "character"
                        | "nchar"
                        | "time"
                        | "timestamp"
                        | "interval"
                ),
                KeywordClass::TypeOrFunction | KeywordClass::Reserved => false,
            };
            is_type_word && !BEFORE_STRINGS.contains(&word.as_ref())
        }
        _ => false,
    };
    if !plausible {
        return Ok(None);
    }
    let Ok((name, next)) = read_type_name(file, tokens, at) else { return Ok(None) };
    let Some(string) = tokens.get(next).filter(|t| t.is_string()) else { return Ok(None) };
    let mut data_type = name.data_type;
    if name.setof || name.column_of.is_some() || data_type.array {
        return Ok(None);
    }
    let mut next = next + 1;
    if data_type.is_builtin("interval") && data_type.modifiers.is_empty() {
        let (fields, after) = read_interval_fields(file, tokens, next)?;
        data_type.modifiers = fields;
        next = after;
    }
    Ok(Some(TypedLiteral { data_type, string: *string, next }))
}
