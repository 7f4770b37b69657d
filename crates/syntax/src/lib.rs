//! PostgreSQL's lexical structure, statement splitting, expressions and type names, on sqlparser.
//!
//! Owns: cutting a file into statements ([`split()`]), cutting a statement into tokens ([`Token`]), walking the tokens
//! ([`Cursor`]), reading a type name ([`type_name`]), and reading expressions and queries into sqlparser's AST ([`parse_expr`],
//! [`parse_query`]), and cutting a rule into its parts ([`rule()`]), which the parser and introspection share. Never: other DDL
//! statements, catalogs, name resolution, or a server.
//!
//! Every position is a byte offset into the text of the whole file; [`LineIndex`] turns it into line and column.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bridge;
mod cursor;
mod decode;
mod dialect;
mod error;
mod keywords;
mod lexer;
mod mark;
mod rule;
mod split;
pub mod type_name;
mod typed_literal;

pub use bridge::{
    MAX_DEPTH, data_type_of, offset_of, parse_expr, parse_expr_tokens, parse_query, parse_query_tokens,
    span_of,
};
pub use cursor::{Cursor, Slice, WrittenName};
pub use decode::{fold, ident_value, string_value, truncate_identifier};
pub use dialect::TrueupDialect;
pub use error::{LineIndex, SyntaxError};
pub use keywords::{KeywordClass, is_reserved, keyword_class};
pub use lexer::{Token, TokenKind, tokenize, tokenize_range};
pub use mark::{is_rows_from, relation_name, starred_row, using_columns, window_name};
pub use rule::{RuleText, rule};
pub use split::{Item, ItemKind, Splitter, decode_utf8, split};

pub use sqlparser;
