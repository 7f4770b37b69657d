//! PostgreSQL's expression grammar where sqlparser's PostgreSQL dialect differs from it.
//!
//! Owns the wrapper dialect: everything is forwarded to `PostgreSqlDialect` but precedence, prefix and infix operators, and which words
//! may be aliases. What can be mended on tokens (type names, literals, key words of other systems) is mended in `bridge` instead.
//! Upstream methods are listed one by one: a new one would silently take its default, so the version is pinned and tested.

use std::any::TypeId;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName, ObjectNamePart, TrimWhereField, UnaryOperator,
};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Word};

use crate::keywords::{KeywordClass, is_bare_label, is_reserved, keyword_class};

/// PostgreSQL's dialect for sqlparser's parser. Feed it tokens of this crate only: see `bridge`.
#[derive(Debug, Default, Clone, Copy)]
pub struct TrueupDialect {}

const POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

/// `%left` and `%right` of gram.y, loosest first, on the scale of `PostgreSqlDialect`.
const OTHER_OPERATOR: u8 = 70;
const LIKE: u8 = 60;
const COMPARISON: u8 = 50;
const IS: u8 = 40;
const COLLATE: u8 = 120;
const AT_TIME_ZONE: u8 = 110;
/// Unary minus binds tighter than `^`, AT TIME ZONE and COLLATE, looser than subscripts and `::`.
const SIGN: u8 = 125;

/// The precedence below which DEFAULT's `b_expr` ends.
pub(crate) const B_EXPR: u8 = IS;

/// Methods that answer yes or no and are forwarded as they are.
macro_rules! forwarded {
    ($callback:ident) => {
        $callback! {
            supports_string_literal_backslash_escape, ignores_wildcard_escapes, supports_unicode_string_literal,
            supports_filter_during_aggregation, supports_window_clause_named_window_reference,
            supports_within_after_array_aggregation, supports_partition_by_after_order_by,
            supports_array_join_syntax, supports_alter_user_as_alter_role, supports_group_by_expr,
            supports_group_by_with_modifier, supports_left_associative_joins_without_parens,
            supports_outer_join_operator, supports_cross_join_constraint, supports_connect_by,
            supports_execute_immediate, supports_match_recognize, supports_in_empty_list,
            supports_in_unparenthesized_expr, supports_start_transaction_modifier,
            supports_end_transaction_modifier, supports_named_fn_args_with_eq_operator,
            supports_named_fn_args_with_colon_operator, supports_named_fn_args_with_rarrow_operator,
            supports_named_fn_args_with_expr_name, supports_numeric_prefix, supports_numeric_literal_underscores,
            supports_window_function_null_treatment_arg, supports_dictionary_syntax, support_map_literal_syntax,
            supports_lambda_functions, supports_parenthesized_set_variables,
            supports_comma_separated_set_assignments, supports_update_order_by, supports_select_wildcard_except,
            convert_type_before_value, supports_triple_quoted_string, supports_trailing_commas,
            supports_limit_comma, supports_string_literal_concatenation,
            supports_string_literal_concatenation_with_newline, supports_projection_trailing_commas,
            supports_from_trailing_commas, supports_column_definition_trailing_commas,
            supports_object_name_double_dot_notation, supports_struct_literal, supports_empty_projections,
            supports_select_expr_star, supports_from_first_select, supports_from_first_insert,
            supports_pipe_operator, supports_user_host_grantee, supports_match_against,
            supports_select_wildcard_exclude, supports_select_exclude,
            supports_create_table_multi_schema_info_sources, supports_select_modifiers,
            describe_requires_table_keyword, allow_extract_custom, supports_extract_comma_syntax,
            supports_subquery_as_function_arg, supports_create_view_comment_syntax,
            supports_array_typedef_without_element_type, supports_parens_around_table_factor,
            supports_values_as_table_factor, supports_dollar_placeholder, supports_dollar_as_money_prefix,
            supports_create_index_with_clause, require_interval_qualifier, supports_explain_with_utility_options,
            supports_asc_desc_in_column_definition, supports_factorial_operator, supports_bitwise_shift_operators,
            supports_nested_comments, supports_multiline_comment_hints, supports_eq_alias_assignment,
            supports_try_convert, supports_bang_not_operator, supports_listen_notify, supports_exclude_constraint,
            supports_load_data, supports_load_extension, supports_top_before_distinct, supports_boolean_literals,
            supports_show_like_before_in, supports_comment_on, supports_create_table_select,
            supports_leading_comma_before_table_options, supports_partiql, supports_unpivot_expr,
            supports_constraint_keyword_without_name, supports_key_column_option,
            supports_table_sample_before_alias, supports_insert_set, supports_insert_table_function,
            supports_insert_table_query, supports_insert_format, supports_insert_table_alias,
            supports_set_stmt_without_operator, supports_table_versioning, supports_string_escape_constant,
            supports_table_hints, requires_single_line_comment_whitespace, supports_array_typedef_with_brackets,
            supports_geometric_types, supports_order_by_all, supports_order_by_using_operator, supports_set_names,
            supports_space_separated_column_options, supports_alter_column_type_using,
            supports_comma_separated_drop_column_list, supports_notnull_operator, supports_data_type_signed_suffix,
            supports_interval_options, supports_create_table_like_parenthesized,
            supports_semantic_view_table_factor, supports_quote_delimited_string,
            supports_double_ampersand_operator, supports_binary_kw_as_cast, supports_select_wildcard_replace,
            supports_select_wildcard_ilike, supports_select_wildcard_rename, supports_select_wildcard_with_alias,
            supports_optimize_table, supports_install, supports_detach, supports_prewhere, supports_with_fill,
            supports_limit_by, supports_interpolate, supports_settings, supports_select_format,
            supports_comma_separated_trim, supports_cte_without_as, supports_select_item_multi_column_alias,
            supports_xml_expressions, supports_aliased_function_args, supports_create_table_using,
            supports_long_type_as_bigint, supports_map_literal_with_angle_brackets
        }
    };
}

macro_rules! forward {
    ($($method:ident),* $(,)?) => {
        $(fn $method(&self) -> bool { POSTGRES.$method() })*
    };
}

impl Dialect for TrueupDialect {
    forwarded!(forward);

    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        POSTGRES.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        POSTGRES.is_delimited_identifier_start(ch)
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        POSTGRES.identifier_quote_style(identifier)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        POSTGRES.is_custom_operator_part(ch)
    }

    fn prec_value(&self, prec: Precedence) -> u8 {
        POSTGRES.prec_value(prec)
    }

    fn prec_unknown(&self) -> u8 {
        POSTGRES.prec_unknown()
    }

    /// `f(name := value)` is PostgreSQL's older spelling of `f(name => value)`.
    fn supports_named_fn_args_with_assignment_operator(&self) -> bool {
        true
    }

    /// Our tokens hold no comments.
    fn supports_comment_optimizer_hint(&self) -> bool {
        false
    }

    /// EXTRACT('year' FROM x) is taken; the field arrives as a string.
    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn is_reserved_for_identifier(&self, kw: Keyword) -> bool {
        is_reserved(&format!("{kw:?}"))
    }

    fn is_column_alias(&self, _kw: &Keyword, parser: &mut Parser) -> bool {
        current_word(parser).is_none_or(is_bare_label)
    }

    fn is_select_item_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        explicit || self.is_column_alias(kw, parser)
    }

    fn is_table_factor(&self, kw: &Keyword, _parser: &mut Parser) -> bool {
        *kw == Keyword::NoKeyword || !is_reserved(&format!("{kw:?}"))
    }

    fn is_table_alias(&self, _kw: &Keyword, parser: &mut Parser) -> bool {
        // `UPDATE t SET a = 1`: there SET is never an alias (`relation_expr_opt_alias`).
        if current_word(parser) == Some("set") && begins_assignment(parser) {
            return false;
        }
        current_word(parser)
            .is_none_or(|word| matches!(keyword_class(word), KeywordClass::Free | KeywordClass::ColumnName))
    }

    fn is_table_factor_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        explicit || self.is_table_alias(kw, parser)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let precedence = match &parser.peek_token_ref().token {
            Token::Word(Word { value, quote_style: None, keyword }) => match keyword {
                Keyword::COLLATE => COLLATE,
                Keyword::OPERATOR if is_paren(parser, 1) => OTHER_OPERATOR,
                Keyword::AT if is_word(parser, 1, "local") => AT_TIME_ZONE,
                // SUBSTRING(x SIMILAR y ESCAPE z)
                Keyword::SIMILAR if !is_word(parser, 1, "to") => self.prec_unknown(),
                Keyword::NoKeyword if value == "isnull" => IS,
                _ if value == "isnull" => IS,
                // Words that other systems take for operators.
                Keyword::NoKeyword => self.prec_unknown(),
                _ => return None,
            },
            Token::Word(_) => self.prec_unknown(),
            Token::LBracket | Token::Colon => return POSTGRES.get_next_precedence(parser),
            // `=>` and `:=` are no operators but part of a named argument.
            Token::RArrow | Token::Assignment => self.prec_unknown(),
            Token::Eq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq | Token::Neq => COMPARISON,
            token if is_other_operator(token) => OTHER_OPERATOR,
            _ => return None,
        };
        Some(Ok(precedence))
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let token = &parser.peek_token_ref().token;
        match token {
            Token::Word(Word { value, quote_style: None, .. }) => {
                let called = is_paren(parser, 1);
                match value.as_str() {
                    "variadic" => Some(variadic(parser)),
                    "trim" if called => Some(trim(parser)),
                    "substring" if called => Some(substring(parser)),
                    "row" if called => Some(row(parser)),
                    "collation" if is_word(parser, 1, "for") => Some(collation_for(parser)),
                    "operator" if called => Some(prefix_operator_name(parser)),
                    "current_role" | "current_schema" | "system_user" if !called => {
                        Some(Ok(bare_function(parser)))
                    }
                    "array" | "case" | "cast" | "false" | "true" | "null" | "not" | "current_catalog"
                    | "current_date" | "current_time" | "current_timestamp" | "current_user"
                    | "localtime" | "localtimestamp" | "session_user" | "user" | "select" | "with"
                    | "default" => None,
                    word if is_reserved(word) => {
                        let found = parser.peek_token();
                        Some(parser.expected("an expression", found))
                    }
                    _ if is_type_func_only(value) && !called && !is_period(parser, 1) => {
                        let found = parser.peek_token();
                        Some(parser.expected("an expression", found))
                    }
                    _ => None,
                }
            }
            Token::Minus | Token::Plus => {
                let op = if *token == Token::Minus { UnaryOperator::Minus } else { UnaryOperator::Plus };
                parser.advance_token();
                Some(parser.parse_subexpr(SIGN).map(|expr| Expr::UnaryOp { op, expr: Box::new(expr) }))
            }
            token if is_other_operator(token) => Some(prefix_operator(parser)),
            _ => None,
        }
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        expr: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let token = &parser.peek_token_ref().token;
        match token {
            Token::Word(Word { value, quote_style: None, keyword }) => match keyword {
                Keyword::COLLATE => {
                    parser.advance_token();
                    let collation = parser.parse_object_name(false);
                    Some(collation.map(|collation| Expr::Collate { expr: Box::new(expr.clone()), collation }))
                }
                Keyword::OPERATOR => Some(operator_name(parser, expr)),
                Keyword::AT if is_word(parser, 1, "local") => {
                    parser.advance_token();
                    parser.advance_token();
                    Some(Ok(function("timezone", vec![expr.clone()])))
                }
                Keyword::IS => is_document(parser, expr),
                Keyword::BETWEEN | Keyword::NOT => {
                    between_symmetric(parser, expr).or_else(|| like_any(parser, expr))
                }
                Keyword::LIKE | Keyword::ILIKE => like_any(parser, expr),
                _ if value == "isnull" => {
                    parser.advance_token();
                    Some(Ok(Expr::IsNull(Box::new(expr.clone()))))
                }
                _ => None,
            },
            // PostgreSQL takes any operator before ANY and ALL.
            token if is_quantifier(parser, 1) && is_paren(parser, 2) => {
                let op = binary_operator(token)?;
                parser.advance_token();
                Some(quantified(parser, expr.clone(), op))
            }
            _ => None,
        }
    }
}

fn current_word<'p>(parser: &'p Parser<'_>) -> Option<&'p str> {
    match &parser.get_current_token().token {
        Token::Word(Word { value, quote_style: None, .. }) => Some(value),
        _ => None,
    }
}

/// Whether `column =`, `column[`, `column.` or `(columns) =` follows.
fn begins_assignment(parser: &Parser<'_>) -> bool {
    let next = |n| &parser.peek_nth_token_ref(n).token;
    match next(0) {
        Token::Word(_) => matches!(next(1), Token::Eq | Token::LBracket | Token::Period),
        Token::LParen => true,
        _ => false,
    }
}

fn is_word(parser: &Parser<'_>, n: usize, word: &str) -> bool {
    matches!(&parser.peek_nth_token_ref(n).token, Token::Word(w) if w.quote_style.is_none() && w.value == word)
}

fn is_paren(parser: &Parser<'_>, n: usize) -> bool {
    parser.peek_nth_token_ref(n).token == Token::LParen
}

fn is_period(parser: &Parser<'_>, n: usize) -> bool {
    parser.peek_nth_token_ref(n).token == Token::Period
}

fn is_quantifier(parser: &Parser<'_>, n: usize) -> bool {
    ["any", "all", "some"].iter().any(|word| is_word(parser, n, word))
}

fn is_type_func_only(word: &str) -> bool {
    keyword_class(word) == KeywordClass::TypeOrFunction
}

/// Whether a token is an operator without a precedence of its own in gram.y (`Op`, and `|` since 18).
fn is_other_operator(token: &Token) -> bool {
    !matches!(
        token,
        Token::Eq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Neq
            | Token::Plus
            | Token::Minus
    ) && !matches!(token, Token::Mul | Token::Div | Token::Mod | Token::Caret)
        && binary_operator(token).is_some()
}

/// The operators that have a token of their own in sqlparser, with that token and their binary operator. Anything else is custom.
macro_rules! operators {
    ($($text:literal $token:ident $op:ident,)*) => {
        /// The token of an operator of PostgreSQL.
        pub(crate) fn operator_token(text: &str) -> Token {
            match text {
                "!=" => Token::Neq,
                $($text => Token::$token,)*
                other => Token::CustomBinaryOperator(other.to_owned()),
            }
        }

        /// The binary operator that a token stands for, if it is an operator.
        fn binary_operator(token: &Token) -> Option<BinaryOperator> {
            match token {
                $(Token::$token => Some(BinaryOperator::$op),)*
                Token::CustomBinaryOperator(text) => Some(BinaryOperator::Custom(text.clone())),
                _ => None,
            }
        }

        /// The text of an operator token.
        fn operator_text(token: &Token) -> String {
            match token {
                $(Token::$token => $text.to_owned(),)*
                other => other.to_string(),
            }
        }
    };
}

operators! {
    "=" Eq Eq,
    "<>" Neq NotEq,
    "<" Lt Lt,
    ">" Gt Gt,
    "<=" LtEq LtEq,
    ">=" GtEq GtEq,
    "+" Plus Plus,
    "-" Minus Minus,
    "*" Mul Multiply,
    "/" Div Divide,
    "%" Mod Modulo,
    "^" Caret PGExp,
    "||" StringConcat StringConcat,
    "|" Pipe BitwiseOr,
    "&" Ampersand BitwiseAnd,
    "#" Sharp PGBitwiseXor,
    "<<" ShiftLeft PGBitwiseShiftLeft,
    ">>" ShiftRight PGBitwiseShiftRight,
    "&&" Overlap PGOverlap,
    "^@" CaretAt PGStartsWith,
    "~" Tilde PGRegexMatch,
    "~*" TildeAsterisk PGRegexIMatch,
    "!~" ExclamationMarkTilde PGRegexNotMatch,
    "!~*" ExclamationMarkTildeAsterisk PGRegexNotIMatch,
    "~~" DoubleTilde PGLikeMatch,
    "~~*" DoubleTildeAsterisk PGILikeMatch,
    "!~~" ExclamationMarkDoubleTilde PGNotLikeMatch,
    "!~~*" ExclamationMarkDoubleTildeAsterisk PGNotILikeMatch,
    "->" Arrow Arrow,
    "->>" LongArrow LongArrow,
    "#>" HashArrow HashArrow,
    "#>>" HashLongArrow HashLongArrow,
    "@>" AtArrow AtArrow,
    "<@" ArrowAt ArrowAt,
    "#-" HashMinus HashMinus,
    "@?" AtQuestion AtQuestion,
    "@@" AtAt AtAt,
    "?" Question Question,
    "?&" QuestionAnd QuestionAnd,
    "?|" QuestionPipe QuestionPipe,
    "##" DoubleSharp DoubleHash,
    "&<" AmpersandLeftAngleBracket AndLt,
    "&>" AmpersandRightAngleBracket AndGt,
    "?-" QuestionMarkDash QuestionDash,
    "&<|" AmpersandLeftAngleBracketVerticalBar AndLtPipe,
    "|&>" VerticalBarAmpersandRightAngleBracket PipeAndGt,
    "<->" TwoWayArrow LtDashGt,
    "<^" LeftAngleBracketCaret LtCaret,
    ">^" RightAngleBracketCaret GtCaret,
    "?#" QuestionMarkSharp QuestionHash,
    "?||" QuestionMarkDoubleVerticalBar QuestionDoublePipe,
    "?-|" QuestionMarkDashVerticalBar QuestionDashPipe,
    "~=" TildeEqual TildeEq,
    "<<|" ShiftLeftVerticalBar LtLtPipe,
    "|>>" VerticalBarShiftRight PipeGtGt,
    "@" AtSign At,
}

/// A call of a function of pg_catalog: what PostgreSQL's grammar makes of special syntax.
fn function(name: &str, args: Vec<Expr>) -> Expr {
    let part = |text: &str| ObjectNamePart::Identifier(Ident::with_quote('"', text));
    Expr::Function(Function {
        name: ObjectName(vec![part("pg_catalog"), part(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect(),
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

/// A function that is written without parentheses (CURRENT_ROLE), in the form that sqlparser gives CURRENT_USER.
fn bare_function(parser: &mut Parser<'_>) -> Expr {
    let token = parser.next_token();
    let name = match token.token {
        Token::Word(word) => word.into_ident(token.span),
        other => Ident::with_span(token.span, other.to_string()),
    };
    Expr::Function(Function {
        name: ObjectName::from(vec![name]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::None,
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    })
}

fn prefixed(prefix: String, value: Expr) -> Expr {
    Expr::Prefixed { prefix: Ident::new(prefix), value: Box::new(value) }
}

/// `VARIADIC array`, as the last argument of a function: [`Expr::Prefixed`] with the prefix `VARIADIC`.
fn variadic(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    Ok(prefixed("VARIADIC".to_owned(), parser.parse_expr()?))
}

/// A prefix operator. Those that sqlparser has no name for become [`Expr::Prefixed`].
fn prefix_operator(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    let token = parser.next_token().token;
    let text = operator_text(&token);
    let operand = Box::new(parser.parse_subexpr(OTHER_OPERATOR)?);
    let op = match text.as_str() {
        "~" => UnaryOperator::BitwiseNot,
        "@" => UnaryOperator::PGAbs,
        "|/" => UnaryOperator::PGSquareRoot,
        "||/" => UnaryOperator::PGCubeRoot,
        "!!" => UnaryOperator::PGPrefixFactorial,
        "#" => UnaryOperator::Hash,
        "@-@" => UnaryOperator::AtDashAt,
        "@@" => UnaryOperator::DoubleAt,
        "?-" => UnaryOperator::QuestionDash,
        "?|" => UnaryOperator::QuestionPipe,
        _ => return Ok(Expr::Prefixed { prefix: Ident::new(text), value: operand }),
    };
    Ok(Expr::UnaryOp { op, expr: operand })
}

/// The parts between the parentheses of `OPERATOR(schema.op)`.
fn operator_parts(parser: &mut Parser<'_>) -> Result<Vec<String>, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let mut parts = vec![];
    loop {
        let token = parser.next_token();
        match &token.token {
            Token::Word(word) => {
                parts.push(word.value.clone());
                parser.expect_token(&Token::Period)?;
            }
            other if binary_operator(other).is_some() => {
                parts.push(operator_text(other));
                parser.expect_token(&Token::RParen)?;
                return Ok(parts);
            }
            _ => return parser.expected("an operator", token),
        }
    }
}

/// `OPERATOR(schema.op) x`: [`Expr::Prefixed`] with the prefix `OPERATOR(schema.op)`.
fn prefix_operator_name(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    let parts = operator_parts(parser)?;
    let operand = parser.parse_subexpr(OTHER_OPERATOR)?;
    Ok(prefixed(format!("OPERATOR({})", parts.join(".")), operand))
}

/// `x OPERATOR(schema.op) y`.
fn operator_name(parser: &mut Parser<'_>, left: &Expr) -> Result<Expr, ParserError> {
    let op = BinaryOperator::PGCustomBinaryOperator(operator_parts(parser)?);
    if is_quantifier(parser, 0) && is_paren(parser, 1) {
        return quantified(parser, left.clone(), op);
    }
    let right = parser.parse_subexpr(OTHER_OPERATOR)?;
    Ok(Expr::BinaryOp { left: Box::new(left.clone()), op, right: Box::new(right) })
}

/// `x op ANY (…)`, from the quantifier on.
fn quantified(parser: &mut Parser<'_>, left: Expr, compare_op: BinaryOperator) -> Result<Expr, ParserError> {
    let all = is_word(parser, 0, "all");
    let is_some = is_word(parser, 0, "some");
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let is_query = ["select", "with", "values", "table"].iter().any(|word| is_word(parser, 0, word));
    let right = if is_query { Expr::Subquery(parser.parse_query()?) } else { parser.parse_expr()? };
    parser.expect_token(&Token::RParen)?;
    let (left, right) = (Box::new(left), Box::new(right));
    Ok(if all {
        Expr::AllOp { left, compare_op, right }
    } else {
        Expr::AnyOp { left, compare_op, right, is_some }
    })
}

/// `x [NOT] [I]LIKE ANY (…)`: the operator is what PostgreSQL's grammar makes of the words.
fn like_any(parser: &mut Parser<'_>, left: &Expr) -> Option<Result<Expr, ParserError>> {
    let not = usize::from(is_word(parser, 0, "not"));
    let op = match (is_word(parser, not, "like"), is_word(parser, not, "ilike"), not) {
        (true, _, 0) => BinaryOperator::PGLikeMatch,
        (true, _, _) => BinaryOperator::PGNotLikeMatch,
        (_, true, 0) => BinaryOperator::PGILikeMatch,
        (_, true, _) => BinaryOperator::PGNotILikeMatch,
        _ => return None,
    };
    if !is_quantifier(parser, not + 1) || !is_paren(parser, not + 2) {
        return None;
    }
    for _ in 0..=not {
        parser.advance_token();
    }
    Some(quantified(parser, left.clone(), op))
}

/// `x [NOT] BETWEEN SYMMETRIC a AND b` as PostgreSQL expands it (`transformAExprBetween`); ASYMMETRIC is the default and is dropped.
fn between_symmetric(parser: &mut Parser<'_>, left: &Expr) -> Option<Result<Expr, ParserError>> {
    let not = usize::from(is_word(parser, 0, "not"));
    let symmetric = is_word(parser, not + 1, "symmetric");
    if !is_word(parser, not, "between") || !(symmetric || is_word(parser, not + 1, "asymmetric")) {
        return None;
    }
    for _ in 0..not + 2 {
        parser.advance_token();
    }
    let mut bounds = || -> Result<(Expr, Expr), ParserError> {
        let low = parser.parse_subexpr(LIKE)?;
        parser.expect_keyword(Keyword::AND)?;
        Ok((low, parser.parse_subexpr(LIKE)?))
    };
    let (low, high) = match bounds() {
        Ok(bounds) => bounds,
        Err(error) => return Some(Err(error)),
    };
    let between = |low: &Expr, high: &Expr| Expr::Between {
        expr: Box::new(left.clone()),
        negated: not > 0,
        low: Box::new(low.clone()),
        high: Box::new(high.clone()),
    };
    if !symmetric {
        return Some(Ok(between(&low, &high)));
    }
    let op = if not > 0 { BinaryOperator::And } else { BinaryOperator::Or };
    let pair =
        Expr::BinaryOp { left: Box::new(between(&low, &high)), op, right: Box::new(between(&high, &low)) };
    Some(Ok(Expr::Nested(Box::new(pair))))
}

/// `x IS [NOT] DOCUMENT`: a call of `pg_catalog."IS DOCUMENT"`, which no server has; sqlparser has no node for it.
fn is_document(parser: &mut Parser<'_>, left: &Expr) -> Option<Result<Expr, ParserError>> {
    let not = usize::from(is_word(parser, 1, "not"));
    if !is_word(parser, not + 1, "document") {
        return None;
    }
    for _ in 0..not + 2 {
        parser.advance_token();
    }
    let test = function("IS DOCUMENT", vec![left.clone()]);
    Some(Ok(match not {
        0 => test,
        _ => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(test) },
    }))
}

/// `COLLATION FOR (x)`.
fn collation_for(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let expr = parser.parse_expr()?;
    parser.expect_token(&Token::RParen)?;
    Ok(function("pg_collation_for", vec![expr]))
}

/// `ROW(…)`, which is the same node as `(a, b)`.
fn row(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let items = if parser.peek_token_ref().token == Token::RParen {
        vec![]
    } else {
        parser.parse_comma_separated(Parser::parse_wildcard_expr)?
    };
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Tuple(items))
}

/// `SUBSTRING(x FROM y FOR z)`, `SUBSTRING(x, y, z)`, `SUBSTRING(x SIMILAR y ESCAPE z)`: gram.y `substr_list`.
fn substring(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let expr = parser.parse_expr()?;
    if parser.parse_keyword(Keyword::SIMILAR) {
        let pattern = parser.parse_expr()?;
        parser.expect_keyword(Keyword::ESCAPE)?;
        let escape = parser.parse_expr()?;
        parser.expect_token(&Token::RParen)?;
        return Ok(function("substring", vec![expr, pattern, escape]));
    }
    let (mut from, mut length, mut special) = (None, None, false);
    if parser.consume_token(&Token::Comma) {
        special = true;
        from = Some(Box::new(parser.parse_expr()?));
        if parser.consume_token(&Token::Comma) {
            length = Some(Box::new(parser.parse_expr()?));
        }
    } else {
        for _ in 0..2 {
            if from.is_none() && parser.parse_keyword(Keyword::FROM) {
                from = Some(Box::new(parser.parse_expr()?));
            } else if length.is_none() && parser.parse_keyword(Keyword::FOR) {
                length = Some(Box::new(parser.parse_expr()?));
            }
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Substring {
        expr: Box::new(expr),
        substring_from: from,
        substring_for: length,
        special,
        shorthand: false,
    })
}

/// `TRIM([BOTH|LEADING|TRAILING] [characters] FROM x)` and `TRIM(x, characters)`: gram.y `trim_list`.
fn trim(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.advance_token();
    parser.expect_token(&Token::LParen)?;
    let trim_where = match parser.parse_one_of_keywords(&[Keyword::BOTH, Keyword::LEADING, Keyword::TRAILING])
    {
        Some(Keyword::BOTH) => Some(TrimWhereField::Both),
        Some(Keyword::LEADING) => Some(TrimWhereField::Leading),
        Some(Keyword::TRAILING) => Some(TrimWhereField::Trailing),
        _ => None,
    };
    let (trim_what, mut list) = if parser.parse_keyword(Keyword::FROM) {
        (None, parser.parse_comma_separated(Parser::parse_expr)?)
    } else {
        let list = parser.parse_comma_separated(Parser::parse_expr)?;
        if list.len() == 1 && parser.parse_keyword(Keyword::FROM) {
            (list.into_iter().next().map(Box::new), parser.parse_comma_separated(Parser::parse_expr)?)
        } else {
            (None, list)
        }
    };
    parser.expect_token(&Token::RParen)?;
    let rest = list.split_off(1.min(list.len()));
    let Some(expr) = list.pop() else {
        let found = parser.peek_token();
        return parser.expected("an expression", found);
    };
    let trim_characters = if rest.is_empty() { None } else { Some(rest) };
    Ok(Expr::Trim { expr: Box::new(expr), trim_where, trim_what, trim_characters })
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! assert_forwarded {
        ($($method:ident),* $(,)?) => {
            $(assert_eq!(TrueupDialect {}.$method(), POSTGRES.$method(), stringify!($method));)*
        };
    }

    #[test]
    fn forwards_what_it_does_not_mend() {
        forwarded!(assert_forwarded);
        assert_eq!(TrueupDialect {}.dialect(), POSTGRES.dialect());
        // Methods that were added upstream take their default here in silence. On another version: compare the `fn …(&self) -> bool` of
        // `sqlparser/src/dialect/mod.rs` with the list above, then change the version here.
        let lock = include_str!("../../../Cargo.lock");
        let at = lock.find("name = \"sqlparser\"\n").unwrap();
        assert!(lock[at..].starts_with("name = \"sqlparser\"\nversion = \"0.63.0\"\n"));
    }
}
