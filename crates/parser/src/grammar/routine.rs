//! `CREATE|ALTER FUNCTION|PROCEDURE|ROUTINE`, and the signature by which other statements name a routine.

use super::common::*;
use std::sync::Arc;
use trueup_catalog::{ArgumentMode, Name, Parallel, Volatility};
use trueup_syntax::{KeywordClass, keyword_class};

/// `CREATE [OR REPLACE] FUNCTION|PROCEDURE`.
#[derive(Debug)]
pub(crate) struct CreateRoutine {
    pub or_replace: bool,
    pub procedure: bool,
    pub name: WrittenName,
    pub parameters: Vec<Parameter>,
    pub returns: Option<Returns>,
    pub clauses: Clauses,
}

/// What follows `RETURNS`.
#[derive(Debug)]
pub(crate) enum Returns {
    Type { set: bool, data_type: TypeName },
    Table(Vec<(Name, TypeName)>),
}

/// One parameter of a declaration (`func_arg_with_default`).
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub mode: Option<ArgumentMode>,
    pub name: Option<Name>,
    pub data_type: TypeName,
    /// Text of the default.
    pub default: Option<Arc<str>>,
}

/// `AS …`, `RETURN …`, `BEGIN ATOMIC …`.
#[derive(Debug)]
pub(crate) enum Body {
    Source(String),
    Library(String, String),
    /// Text of `RETURN …` or `BEGIN ATOMIC … END`.
    Sql(Arc<str>),
}

/// The clauses of a routine, in whatever order they came; what was not said is `None`.
#[derive(Debug, Default)]
pub(crate) struct Clauses {
    pub language: Option<Name>,
    pub body: Option<Body>,
    pub volatility: Option<Volatility>,
    pub strict: Option<bool>,
    pub security_definer: Option<bool>,
    pub leakproof: Option<bool>,
    pub window: bool,
    pub parallel: Option<Parallel>,
    pub cost: Option<String>,
    pub rows: Option<String>,
    pub support: Option<WrittenName>,
    pub settings: Vec<Setting>,
    pub transforms: Vec<TypeName>,
}

/// `SET`/`RESET` of a session setting or of a routine's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `SET name = values`.
    To { name: String, values: Vec<SettingValue> },
    /// `SET name FROM CURRENT`.
    FromCurrent { name: String },
    /// `SET name TO DEFAULT`, `RESET name`.
    Default { name: String },
    /// `RESET ALL`.
    ResetAll,
}

/// One value of a `SET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingValue {
    pub text: String,
    /// A number, which is never quoted.
    pub number: bool,
}

/// A routine as `DROP`, `ALTER`, `COMMENT` and `GRANT` name it.
#[derive(Debug)]
pub(crate) struct RoutineRef {
    pub name: WrittenName,
    /// `None` when the statement gives no argument list.
    pub parameters: Option<Vec<Parameter>>,
}

/// `ALTER FUNCTION|PROCEDURE|ROUTINE`.
#[derive(Debug)]
pub(crate) struct AlterRoutine {
    pub kind: RoutineKind,
    pub routine: RoutineRef,
    pub action: AlterRoutineAction,
}

/// Which word the statement used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoutineKind {
    Function,
    Procedure,
    Routine,
}

#[derive(Debug)]
pub(crate) enum AlterRoutineAction {
    Clauses(Box<Clauses>),
    Rename(Name),
    Owner(Role),
    Schema(Name),
    DependsOnExtension(ExtensionDependency),
}

/// After `CREATE [OR REPLACE]`, at `FUNCTION` or `PROCEDURE`.
pub(crate) fn create(c: &mut Cursor<'_>, or_replace: bool) -> Result<CreateRoutine> {
    let procedure = c.accept("procedure");
    if !procedure {
        c.expect("function")?;
    }
    let name = c.qualified_name()?;
    let parameters = parameters(c)?;
    let mut returns = None;
    if c.accept("returns") {
        if c.is_word("table") && c.peek_nth(1).is_some_and(|t| t.kind == TokenKind::LParen) {
            c.next_token();
            c.expect_kind(TokenKind::LParen)?;
            let mut columns = Vec::new();
            loop {
                let name = c.type_or_function_name()?;
                columns.push((name, c.type_name()?));
                if !c.accept_kind(TokenKind::Comma) {
                    break;
                }
            }
            c.expect_kind(TokenKind::RParen)?;
            returns = Some(Returns::Table(columns));
        } else {
            let set = c.accept("setof");
            returns = Some(Returns::Type { set, data_type: c.type_name()? });
        }
    }
    let clauses = clauses(c, true)?;
    Ok(CreateRoutine { or_replace, procedure, name, parameters, returns, clauses })
}

/// `( parameter, … )`.
pub(crate) fn parameters(c: &mut Cursor<'_>) -> Result<Vec<Parameter>> {
    c.expect_kind(TokenKind::LParen)?;
    let mut list = Vec::new();
    if c.accept_kind(TokenKind::RParen) {
        return Ok(list);
    }
    loop {
        list.push(parameter(c)?);
        if !c.accept_kind(TokenKind::Comma) {
            break;
        }
    }
    c.expect_kind(TokenKind::RParen)?;
    Ok(list)
}

fn mode(c: &mut Cursor<'_>) -> Option<ArgumentMode> {
    if c.accept("in") {
        return Some(if c.accept("out") { ArgumentMode::InOut } else { ArgumentMode::In });
    }
    if c.accept("out") {
        return Some(ArgumentMode::Out);
    }
    if c.accept("inout") {
        return Some(ArgumentMode::InOut);
    }
    c.accept("variadic").then_some(ArgumentMode::Variadic)
}

/// `func_arg_with_default` of gram.y: mode and name in either order.
fn parameter(c: &mut Cursor<'_>) -> Result<Parameter> {
    let mut argument_mode = mode(c);
    let mut name = None;
    if at_parameter_name(c) {
        name = Some(c.type_or_function_name()?);
        if argument_mode.is_none() {
            argument_mode = mode(c);
        }
    }
    // `func_type` admits SETOF; PostgreSQL refuses it later for arguments.
    let data_type = c.type_name()?;
    let default =
        if c.accept("default") || c.accept_symbol("=") { Some(Arc::from(c.expr()?.text)) } else { None };
    Ok(Parameter { mode: argument_mode, name, data_type, default })
}

/// Whether the token here is a parameter's name rather than the beginning of its type: a
/// `type_function_name` with a type or a mode after it.
fn at_parameter_name(c: &Cursor<'_>) -> bool {
    let Some(token) = c.peek() else { return false };
    match token.kind {
        TokenKind::QuotedIdent | TokenKind::UnicodeIdent => {}
        TokenKind::Word => match keyword_class(c.text_of(&token)) {
            KeywordClass::Free | KeywordClass::TypeOrFunction => {}
            KeywordClass::ColumnName | KeywordClass::Reserved => return false,
        },
        _ => return false,
    }
    let Some(next) = c.peek_nth(1) else { return false };
    match next.kind {
        TokenKind::QuotedIdent | TokenKind::UnicodeIdent => true,
        TokenKind::Word => {
            let word = c.text_of(&next);
            let is = |w: &str| word.eq_ignore_ascii_case(w);
            !(is("default") || (is("precision") && c.text_of(&token).eq_ignore_ascii_case("double")))
        }
        _ => false,
    }
}

/// The clauses after the head. `create` admits `AS`, `LANGUAGE`, `TRANSFORM`, `WINDOW` and a body.
pub(crate) fn clauses(c: &mut Cursor<'_>, create: bool) -> Result<Clauses> {
    let mut out = Clauses::default();
    loop {
        if create && c.accept("as") {
            let first = c.string_literal()?.into_owned();
            out.body = Some(if c.accept_kind(TokenKind::Comma) {
                Body::Library(first, c.string_literal()?.into_owned())
            } else {
                Body::Source(first)
            });
        } else if create && c.accept("language") {
            // NonReservedWord_or_Sconst: a quoted language is an identifier all the same, not folded.
            out.language = Some(if c.is_string() { Name::new(c.string_literal()?) } else { c.label()? });
        } else if create && c.accept("transform") {
            loop {
                c.expect_words("for type")?;
                out.transforms.push(c.type_name()?);
                if !c.accept_kind(TokenKind::Comma) {
                    break;
                }
            }
        } else if create && c.accept("window") {
            out.window = true;
        } else if c.accept("immutable") {
            out.volatility = Some(Volatility::Immutable);
        } else if c.accept("stable") {
            out.volatility = Some(Volatility::Stable);
        } else if c.accept("volatile") {
            out.volatility = Some(Volatility::Volatile);
        } else if c.accept("strict") || c.accept_words("returns null on null input") {
            out.strict = Some(true);
        } else if c.accept_words("called on null input") {
            out.strict = Some(false);
        } else if c.accept("leakproof") {
            out.leakproof = Some(true);
        } else if c.accept_words("not leakproof") {
            out.leakproof = Some(false);
        } else if c.accept_words("external security") || c.accept("security") {
            if c.accept("definer") {
                out.security_definer = Some(true);
            } else {
                c.expect("invoker")?;
                out.security_definer = Some(false);
            }
        } else if c.accept("parallel") {
            let at = c.offset();
            let word = c.label()?;
            out.parallel = Some(match word.as_str() {
                "safe" => Parallel::Safe,
                "restricted" => Parallel::Restricted,
                "unsafe" => Parallel::Unsafe,
                _ => {
                    return Err(c.error_at(at, "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE"));
                }
            });
        } else if c.accept("cost") {
            out.cost = Some(c.number()?);
        } else if c.accept("rows") {
            out.rows = Some(c.number()?);
        } else if c.accept("support") {
            out.support = Some(c.qualified_name()?);
        } else if c.is_word("set") || c.is_word("reset") {
            out.settings.push(setting(c)?);
        } else if create && (c.is_word("return") || c.is_words("begin atomic")) {
            // The last clause of the grammar: everything to the end of the statement.
            let mark = c.mark();
            if c.accept("return") {
                c.expr()?;
            } else {
                c.rest();
            }
            out.body = Some(Body::Sql(Arc::from(c.since(mark).text)));
        } else if !create && c.accept("restrict") {
            // Allowed for the standard's sake, and means nothing.
        } else {
            return Ok(out);
        }
    }
}

/// `SET [SESSION|LOCAL is eaten by the caller] name TO|= value, … | FROM CURRENT`, `TIME ZONE value`, or
/// `RESET name|ALL`, from the word `SET` or `RESET` on.
pub(crate) fn setting(c: &mut Cursor<'_>) -> Result<Setting> {
    if c.accept("reset") {
        if c.accept("all") {
            return Ok(Setting::ResetAll);
        }
        if c.accept_words("time zone") {
            return Ok(Setting::Default { name: "timezone".into() });
        }
        return Ok(Setting::Default { name: setting_name(c)? });
    }
    c.expect("set")?;
    setting_rest(c)
}

/// What follows `SET`.
pub(crate) fn setting_rest(c: &mut Cursor<'_>) -> Result<Setting> {
    if c.accept_words("time zone") {
        let name = "timezone".to_string();
        if c.accept("local") || c.accept("default") {
            return Ok(Setting::Default { name });
        }
        c.accept("interval");
        let value = setting_value(c)?;
        // `INTERVAL '…' HOUR TO MINUTE`
        if c.accept("hour") {
            c.accept_words("to minute");
        }
        return Ok(Setting::To { name, values: vec![value] });
    }
    let name = setting_name(c)?;
    if c.accept_words("from current") {
        return Ok(Setting::FromCurrent { name });
    }
    if !c.accept_symbol("=") {
        c.expect("to")?;
    }
    if c.accept("default") {
        return Ok(Setting::Default { name });
    }
    let mut values = vec![setting_value(c)?];
    while c.accept_kind(TokenKind::Comma) {
        values.push(setting_value(c)?);
    }
    Ok(Setting::To { name, values })
}

/// `var_name`: dotted, lower case, since names of settings are matched without case.
fn setting_name(c: &mut Cursor<'_>) -> Result<String> {
    let mut name = c.name()?.as_str().to_ascii_lowercase();
    while c.accept_kind(TokenKind::Dot) {
        name.push('.');
        name.push_str(&c.name()?.as_str().to_ascii_lowercase());
    }
    Ok(name)
}

fn setting_value(c: &mut Cursor<'_>) -> Result<SettingValue> {
    if c.is_string() {
        return Ok(SettingValue { text: c.string_literal()?.into_owned(), number: false });
    }
    match c.peek() {
        Some(token)
            if matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdent | TokenKind::UnicodeIdent) =>
        {
            Ok(SettingValue { text: c.label()?.as_str().to_string(), number: false })
        }
        _ => Ok(SettingValue { text: c.number()?, number: true }),
    }
}

/// `name [( parameters )]`.
pub(crate) fn routine_ref(c: &mut Cursor<'_>) -> Result<RoutineRef> {
    let name = c.qualified_name()?;
    let parameters = if c.is(TokenKind::LParen) { Some(parameters(c)?) } else { None };
    Ok(RoutineRef { name, parameters })
}

/// `FUNCTION`, `PROCEDURE` or `ROUTINE`.
pub(crate) fn kind(c: &mut Cursor<'_>) -> Result<RoutineKind> {
    if c.accept("function") {
        Ok(RoutineKind::Function)
    } else if c.accept("procedure") {
        Ok(RoutineKind::Procedure)
    } else {
        c.expect("routine")?;
        Ok(RoutineKind::Routine)
    }
}

/// After `ALTER`, at `FUNCTION`, `PROCEDURE` or `ROUTINE`.
pub(crate) fn alter(c: &mut Cursor<'_>) -> Result<AlterRoutine> {
    let kind = kind(c)?;
    let routine = routine_ref(c)?;
    let action = if c.accept_words("rename to") {
        AlterRoutineAction::Rename(c.name()?)
    } else if c.accept_words("owner to") {
        AlterRoutineAction::Owner(role(c)?)
    } else if c.accept_words("set schema") {
        AlterRoutineAction::Schema(c.name()?)
    } else if is_extension_dependency(c) {
        AlterRoutineAction::DependsOnExtension(extension_dependency(c)?)
    } else {
        let clauses = clauses(c, false)?;
        AlterRoutineAction::Clauses(Box::new(clauses))
    };
    Ok(AlterRoutine { kind, routine, action })
}
