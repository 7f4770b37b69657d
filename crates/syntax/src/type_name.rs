//! Type names: what people write to what PostgreSQL stores (gram.y `Typename`, `SimpleTypename`; manual 8).
//!
//! SQL's own spellings (`int`, `character varying(10)`) become types of `pg_catalog`; any other unqualified name stays without a schema for
//! the search path to find, where `pg_catalog` comes first. The reverse is `Display` of `DataType`.

use trueup_catalog::{DataType, Name};

use crate::bridge::near;
use crate::decode::{ident_value, string_value};
use crate::error::SyntaxError;
use crate::keywords::{KeywordClass, keyword_class};
use crate::lexer::{Token, TokenKind, tokenize};

/// A type as a statement names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// The type. For `t.c%TYPE` it is empty of meaning: see `column_of`.
    pub data_type: DataType,
    /// `SETOF type`.
    pub setof: bool,
    /// `[schema.]table.column%TYPE`: the names before the `%`.
    pub column_of: Option<Vec<Name>>,
}

/// Reads a whole text as a type: `character varying(10)[]`.
///
/// # Errors
/// What PostgreSQL's grammar would refuse, SETOF and %TYPE too.
pub fn parse_type(text: &str) -> Result<DataType, SyntaxError> {
    let tokens = tokenize(text)?;
    let (name, next) = read_type_name(text, &tokens, 0)?;
    if let Some(token) = tokens.get(next) {
        return Err(near(text, token));
    }
    if name.setof || name.column_of.is_some() {
        return Err(SyntaxError::new(text, 0, "a plain type name is needed here"));
    }
    Ok(name.data_type)
}

/// Reads a type at `tokens[at]`; returns it with the index of the token after it.
///
/// # Errors
/// What PostgreSQL's grammar would refuse, at the offending token.
pub fn read_type_name(file: &str, tokens: &[Token], at: usize) -> Result<(TypeName, usize), SyntaxError> {
    let mut reader = Reader { file, tokens, at };
    let setof = reader.accept("setof");
    let (mut data_type, column_of) = reader.simple()?;
    if column_of.is_none() {
        reader.array(&mut data_type)?;
    }
    Ok((TypeName { data_type, setof, column_of }, reader.at))
}

/// Fields of an interval after its constant (`interval '1' day`): gram.y `opt_interval`. Returns the modifiers and the index after them.
pub(crate) fn read_interval_fields(
    file: &str,
    tokens: &[Token],
    at: usize,
) -> Result<(Vec<smol_str::SmolStr>, usize), SyntaxError> {
    let mut reader = Reader { file, tokens, at };
    let fields = reader.interval_fields()?;
    Ok((fields, reader.at))
}

struct Reader<'a> {
    file: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Reader<'a> {
    fn token(&self, n: usize) -> Option<&'a Token> {
        self.tokens.get(self.at + n)
    }

    fn kind(&self, n: usize) -> Option<TokenKind> {
        self.token(n).map(|t| t.kind)
    }

    fn is(&self, n: usize, word: &str) -> bool {
        self.token(n)
            .is_some_and(|t| t.kind == TokenKind::Word && t.text(self.file).eq_ignore_ascii_case(word))
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.is(0, word);
        self.at += usize::from(found);
        found
    }

    fn accept_kind(&mut self, kind: TokenKind) -> bool {
        let found = self.kind(0) == Some(kind);
        self.at += usize::from(found);
        found
    }

    fn error(&self) -> SyntaxError {
        match self.token(0) {
            Some(token) => near(self.file, token),
            None => {
                let end = self.tokens.last().map_or(0, |t| t.end);
                SyntaxError::new(self.file, end, "syntax error at end of input")
            }
        }
        .with_hint("expected a type name")
    }

    fn expect_kind(&mut self, kind: TokenKind) -> Result<(), SyntaxError> {
        if self.accept_kind(kind) { Ok(()) } else { Err(self.error()) }
    }

    fn name(&mut self) -> Result<Name, SyntaxError> {
        let token = self.token(0).ok_or_else(|| self.error())?;
        let name = ident_value(token, self.file, None)?.ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(Name::new(name.as_ref()))
    }

    /// `(n)` or `(n, m)`: constants, or words as PostGIS takes them.
    fn modifiers(&mut self) -> Result<Vec<smol_str::SmolStr>, SyntaxError> {
        let mut out = vec![];
        if !self.accept_kind(TokenKind::LParen) {
            return Ok(out);
        }
        loop {
            let negative = self.token(0).is_some_and(|t| t.text(self.file) == "-");
            self.at += usize::from(negative);
            let token = self.token(0).ok_or_else(|| self.error())?;
            let text = match token.kind {
                TokenKind::Integer => {
                    let digits = crate::bridge::decimal_number(token.text(self.file));
                    let digits = digits.trim_start_matches('0');
                    let digits = if digits.is_empty() { "0" } else { digits };
                    if negative { format!("-{digits}").into() } else { digits.into() }
                }
                _ if negative => return Err(self.error()),
                TokenKind::Decimal => token.text(self.file).into(),
                _ if token.is_string() => {
                    string_value(token, self.file, None)?.unwrap_or_default().as_ref().into()
                }
                _ => match ident_value(token, self.file, None)? {
                    Some(name) => name.as_ref().into(),
                    None => return Err(self.error()),
                },
            };
            out.push(text);
            self.at += 1;
            if self.accept_kind(TokenKind::RParen) {
                return Ok(out);
            }
            self.expect_kind(TokenKind::Comma)?;
        }
    }

    /// `[]`, `[3]`, `ARRAY`, `ARRAY[3]`: bounds and dimensions are not part of the type.
    fn array(&mut self, data_type: &mut DataType) -> Result<(), SyntaxError> {
        if self.is(0, "array") {
            self.at += 1;
            data_type.array = true;
            if self.accept_kind(TokenKind::LBracket) {
                self.expect_kind(TokenKind::Integer)?;
                self.expect_kind(TokenKind::RBracket)?;
            }
            return Ok(());
        }
        while self.kind(0) == Some(TokenKind::LBracket) {
            self.at += 1;
            self.accept_kind(TokenKind::Integer);
            self.expect_kind(TokenKind::RBracket)?;
            data_type.array = true;
        }
        Ok(())
    }

    fn simple(&mut self) -> Result<(DataType, Option<Vec<Name>>), SyntaxError> {
        let token = self.token(0).ok_or_else(|| self.error())?;
        if token.kind == TokenKind::Word && self.kind(1) != Some(TokenKind::Dot) {
            let word = crate::decode::fold(token.text(self.file));
            if let Some(data_type) = self.keyword_type(&word)? {
                return Ok((data_type, None));
            }
            if matches!(keyword_class(&word), KeywordClass::Reserved | KeywordClass::ColumnName) {
                return Err(self.error());
            }
        }
        let mut names = vec![self.name()?];
        while self.accept_kind(TokenKind::Dot) {
            names.push(self.name()?);
        }
        if self.token(0).is_some_and(|t| t.text(self.file) == "%") && self.is(1, "type") {
            self.at += 2;
            return Ok((DataType::unresolved(Name::new("")), Some(names)));
        }
        let Some(name) = names.pop() else { return Err(self.error()) };
        let mut data_type = DataType::unresolved(name);
        data_type.schema = names.pop();
        data_type.modifiers = self.modifiers()?;
        if data_type.name == "interval" && self.token(0).is_some() && data_type.schema.is_none() {
            // "interval" in quotes is the type without fields.
            return Ok((data_type, None));
        }
        if data_type.name == "numeric" {
            complete_scale(&mut data_type);
        }
        Ok((data_type, None))
    }

    /// The types that are key words of the grammar.
    fn keyword_type(&mut self, word: &str) -> Result<Option<DataType>, SyntaxError> {
        let mut modifiers = vec![];
        let start = self.at;
        self.at += 1;
        let name = match word {
            "int" | "integer" => "int4",
            "smallint" => "int2",
            "bigint" => "int8",
            "real" => "float4",
            "boolean" => "bool",
            "json" => "json",
            "float" => {
                let precision = self.modifiers()?;
                match precision.first().map(|p| p.parse::<u32>()) {
                    None => "float8",
                    Some(Ok(1..=24)) => "float4",
                    Some(Ok(25..=53)) => "float8",
                    Some(_) => {
                        self.at = start + 2;
                        return Err(self.error());
                    }
                }
            }
            "double" if self.accept("precision") => "float8",
            "dec" | "decimal" | "numeric" => {
                let mut data_type = DataType::builtin("numeric");
                data_type.modifiers = self.modifiers()?;
                complete_scale(&mut data_type);
                return Ok(Some(data_type));
            }
            "bit" => {
                let varying = self.accept("varying");
                modifiers = self.modifiers()?;
                if varying {
                    "varbit"
                } else {
                    if modifiers.is_empty() {
                        modifiers.push("1".into());
                    }
                    "bit"
                }
            }
            "varchar" => {
                modifiers = self.modifiers()?;
                "varchar"
            }
            "char" | "character" | "nchar" | "national" => {
                if word == "national" && !self.accept("char") && !self.accept("character") {
                    return Err(self.error());
                }
                let varying = self.accept("varying");
                modifiers = self.modifiers()?;
                if varying {
                    "varchar"
                } else {
                    if modifiers.is_empty() {
                        modifiers.push("1".into());
                    }
                    "bpchar"
                }
            }
            "time" | "timestamp" => {
                modifiers = self.modifiers()?;
                clamp_precision(&mut modifiers);
                let zone = self.is(0, "with") && self.is(1, "time") && self.is(2, "zone");
                if zone || (self.is(0, "without") && self.is(1, "time") && self.is(2, "zone")) {
                    self.at += 3;
                }
                match (word, zone) {
                    ("time", false) => "time",
                    ("time", true) => "timetz",
                    (_, false) => "timestamp",
                    (_, true) => "timestamptz",
                }
            }
            "interval" => {
                modifiers = self.modifiers()?;
                clamp_precision(&mut modifiers);
                if modifiers.is_empty() {
                    modifiers = self.interval_fields()?;
                }
                "interval"
            }
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        let mut data_type = DataType::builtin(name);
        data_type.modifiers = modifiers;
        Ok(Some(data_type))
    }

    fn interval_fields(&mut self) -> Result<Vec<smol_str::SmolStr>, SyntaxError> {
        const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
        let field = |reader: &Self, n: usize| FIELDS.iter().position(|f| reader.is(n, f));
        let Some(from) = field(self, 0) else { return Ok(vec![]) };
        let mut text = FIELDS.get(from).copied().unwrap_or_default().to_owned();
        self.at += 1;
        let mut last = from;
        if self.is(0, "to")
            && let Some(to) = field(self, 1)
        {
            // YEAR TO MONTH, DAY TO HOUR and so on down to MINUTE TO SECOND.
            let fits = if from < 2 { from == 0 && to == 1 } else { to > from };
            if !fits {
                self.at += 1;
                return Err(self.error());
            }
            self.at += 2;
            text = format!("{text} to {}", FIELDS.get(to).copied().unwrap_or_default());
            last = to;
        }
        let mut out = vec![text.into()];
        if last == 5 && self.kind(0) == Some(TokenKind::LParen) {
            let mut precision = self.modifiers()?;
            clamp_precision(&mut precision);
            out.extend(precision);
        }
        Ok(out)
    }
}

/// `numeric(10)` is stored, and printed, as `numeric(10,0)`.
fn complete_scale(data_type: &mut DataType) {
    if data_type.modifiers.len() == 1 {
        data_type.modifiers.push("0".into());
    }
}

/// A precision of seconds beyond 6 is reduced to 6, with a warning (`anytimestamp_typmod_check`).
fn clamp_precision(modifiers: &mut [smol_str::SmolStr]) {
    if let Some(first) = modifiers.first_mut()
        && first.parse::<u32>().is_ok_and(|p| p > 6)
    {
        *first = "6".into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_spellings() {
        for (written, printed) in [
            ("int", "integer"),
            ("INTEGER[]", "integer[]"),
            ("int array[4]", "integer[]"),
            ("int ARRAY", "integer[]"),
            ("int[3][]", "integer[]"),
            ("character varying(10)", "character varying(10)"),
            ("VARCHAR", "character varying"),
            ("char", "character(1)"),
            ("national character varying(3)", "character varying(3)"),
            ("nchar(3)", "character(3)"),
            ("pg_catalog.bpchar", "bpchar"),
            ("pg_catalog.\"char\"", "\"char\""),
            ("\"char\"", "\"char\""),
            ("bit", "bit(1)"),
            ("bit varying", "bit varying"),
            ("float(24)", "real"),
            ("float(25)", "double precision"),
            ("float", "double precision"),
            ("double precision", "double precision"),
            ("dec(5)", "numeric(5,0)"),
            ("numeric(3,-2)", "numeric(3,-2)"),
            ("timestamp(3) with time zone", "timestamp(3) with time zone"),
            ("time without time zone", "time without time zone"),
            ("timestamptz(9)", "timestamptz(9)"),
            ("timestamp(9)", "timestamp(6) without time zone"),
            ("interval day to second(3)", "interval day to second(3)"),
            ("interval(3)", "interval(3)"),
            ("interval YEAR", "interval year"),
            ("mood", "mood"),
            ("db.public.\"Mood\"[]", "public.\"Mood\"[]"),
            ("geometry(Point,4326)", "geometry(point,4326)"),
            ("U&\"d\\0061ta\"", "data"),
        ] {
            assert_eq!(parse_type(written).map(|t| t.to_string()), Ok(printed.to_owned()), "{written}");
        }
        for wrong in [
            "select",
            "int int",
            "interval month to day",
            "float(54)",
            "x.",
            "numeric(",
            "between",
            "int[",
            "national",
        ] {
            assert!(parse_type(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sets_and_column_types() {
        let text = "SETOF public.t.c%TYPE";
        let (name, next) = read_type_name(text, &tokenize(text).unwrap(), 0).unwrap();
        assert!(name.setof);
        assert_eq!(next, 8);
        assert_eq!(name.column_of.unwrap().len(), 3);
    }
}
