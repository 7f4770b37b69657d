//! `CREATE FUNCTION` and `CREATE PROCEDURE`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A function (`prokind` `f` or `w`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Function(pub Routine);

/// A procedure (`prokind` `p`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Procedure(pub Routine);

/// What functions and procedures share (`pg_proc`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routine {
    /// Its name.
    pub name: QualifiedName,
    /// Its arguments in order, with the columns of `RETURNS TABLE` at the end.
    pub arguments: Vec<Argument>,
    /// The result type; `None` for a procedure. `record` for several `OUT` arguments or
    /// `RETURNS TABLE` of several columns; the one column's type for one.
    pub returns: Option<DataType>,
    /// `SETOF`, or `RETURNS TABLE`.
    pub returns_set: bool,
    /// The language, lower case.
    pub language: Name,
    /// What it does.
    pub body: RoutineBody,
    /// `IMMUTABLE`, `STABLE`, `VOLATILE`.
    pub volatility: Volatility,
    /// `STRICT`.
    pub strict: bool,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// `LEAKPROOF`.
    pub leakproof: bool,
    /// `WINDOW`.
    pub window: bool,
    /// `PARALLEL`.
    pub parallel: Parallel,
    /// `COST` as PostgreSQL prints the `float4`; `None` for the language's default (1 for `internal` and `c`, else 100).
    pub cost: Option<String>,
    /// `ROWS` as PostgreSQL prints the `float4`; `None` for the default (1000 for sets, else 0).
    pub rows: Option<String>,
    /// `SUPPORT`.
    pub support: Option<QualifiedName>,
    /// `SET name = value`, as `pg_proc.proconfig` holds it.
    pub config: Options,
    /// `TRANSFORM FOR TYPE`.
    pub transforms: Vec<DataType>,
}

/// An argument of a routine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name.
    pub name: Option<Name>,
    /// How it is passed.
    pub mode: ArgumentMode,
    /// Its type. Modifiers mean nothing and are dropped, as PostgreSQL does.
    pub data_type: DataType,
    /// Its default.
    pub default: Option<Expr>,
}

/// How an argument is passed (`proargmodes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentMode {
    /// `IN`.
    In,
    /// `OUT`.
    Out,
    /// `INOUT`.
    InOut,
    /// `VARIADIC`.
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

impl ArgumentMode {
    /// In SQL's words.
    pub fn sql(self) -> &'static str {
        match self {
            ArgumentMode::In => "IN",
            ArgumentMode::Out => "OUT",
            ArgumentMode::InOut => "INOUT",
            ArgumentMode::Variadic => "VARIADIC",
            ArgumentMode::Table => "TABLE",
        }
    }

    /// Whether the caller passes a value.
    pub fn is_input(self) -> bool {
        match self {
            ArgumentMode::In | ArgumentMode::InOut | ArgumentMode::Variadic => true,
            ArgumentMode::Out | ArgumentMode::Table => false,
        }
    }
}

/// What a routine does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineBody {
    /// `AS 'source'`, exactly as given (`prosrc`).
    Source(String),
    /// `AS 'object file', 'symbol'`.
    Library {
        /// `probin`.
        file: String,
        /// `prosrc`.
        symbol: String,
    },
    /// `RETURN expression` or `BEGIN ATOMIC … END` (14 and later), parsed when it was made.
    Sql(Query),
}

/// `IMMUTABLE`, `STABLE`, `VOLATILE` (`provolatile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// `IMMUTABLE`.
    Immutable,
    /// `STABLE`.
    Stable,
    /// `VOLATILE`, the default.
    Volatile,
}

impl Volatility {
    /// In SQL's word.
    pub fn sql(self) -> &'static str {
        match self {
            Volatility::Immutable => "IMMUTABLE",
            Volatility::Stable => "STABLE",
            Volatility::Volatile => "VOLATILE",
        }
    }
}

/// `PARALLEL` (`proparallel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// `UNSAFE`, the default.
    Unsafe,
    /// `RESTRICTED`.
    Restricted,
    /// `SAFE`.
    Safe,
}

impl Parallel {
    /// In SQL's word.
    pub fn sql(self) -> &'static str {
        match self {
            Parallel::Unsafe => "UNSAFE",
            Parallel::Restricted => "RESTRICTED",
            Parallel::Safe => "SAFE",
        }
    }
}

/// A function by name and input types, as another object's definition names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoutineName {
    /// Schema and name.
    pub name: QualifiedName,
    /// The types of its input arguments, without modifiers.
    pub arguments: Vec<DataType>,
}

/// As SQL writes it: `public.f(integer, text)`.
impl std::fmt::Display for RoutineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        write!(f, "{}({})", self.name, arguments.join(", "))
    }
}

/// The types of the input arguments.
pub(crate) fn input_types(arguments: &[Argument]) -> Vec<DataType> {
    arguments
        .iter()
        .filter(|a| a.mode.is_input())
        .map(|a| DataType { modifiers: Vec::new(), ..a.data_type.clone() })
        .collect()
}

pub(crate) fn arguments_value(arguments: &[Argument]) -> Value<'_> {
    Value::List(
        arguments
            .iter()
            .map(|Argument { name, mode, data_type, default }| {
                Value::Record(vec![
                    ("name", Value::maybe(name.as_ref(), Value::Name)),
                    ("mode", Value::word(mode.sql())),
                    ("data_type", Value::Type(data_type)),
                    (
                        "default",
                        Value::maybe(default.as_ref(), |e| Value::Expr(e, ExprContext::value_of(data_type))),
                    ),
                ])
            })
            .collect(),
    )
}

impl Routine {
    /// The types of the input arguments, which are part of its identity.
    pub fn input_types(&self) -> Vec<DataType> {
        input_types(&self.arguments)
    }

    fn key(&self, kind: ObjectKind) -> ObjectKey {
        ObjectKey {
            kind,
            address: Address::Routine { name: self.name.clone(), arguments: self.input_types() },
        }
    }

    fn state(&self) -> Vec<Attribute<'_>> {
        let Routine {
            name: _,
            arguments,
            returns,
            returns_set,
            language,
            body,
            volatility,
            strict,
            security_definer,
            leakproof,
            window,
            parallel,
            cost,
            rows,
            support,
            config,
            transforms,
        } = self;
        let body = match body {
            RoutineBody::Source(source) => Value::Source(source),
            RoutineBody::Library { file, symbol } => {
                Value::List(vec![Value::word(file), Value::word(symbol)])
            }
            RoutineBody::Sql(query) => Value::SqlBody(query, self),
        };
        vec![
            Attribute::new("arguments", arguments_value(arguments)),
            Attribute::new("returns", Value::maybe(returns.as_ref(), Value::Type)),
            Attribute::new("returns_set", Value::Flag(*returns_set)),
            Attribute::new("language", Value::Name(language)),
            Attribute::new("body", body),
            Attribute::new("volatility", Value::word(volatility.sql())),
            Attribute::new("strict", Value::Flag(*strict)),
            Attribute::new("security_definer", Value::Flag(*security_definer)),
            Attribute::new("leakproof", Value::Flag(*leakproof)),
            Attribute::new("window", Value::Flag(*window)),
            Attribute::new("parallel", Value::word(parallel.sql())),
            Attribute::cosmetic("cost", Value::maybe(cost.as_deref(), Value::word)),
            Attribute::cosmetic("rows", Value::maybe(rows.as_deref(), Value::word)),
            Attribute::new("support", Value::maybe(support.as_ref(), Value::Qualified)),
            Attribute::new("config", Value::Options(config)),
            Attribute::new("transforms", Value::List(transforms.iter().map(Value::Type).collect())),
        ]
    }
}

impl SchemaObject for Function {
    fn key(&self) -> ObjectKey {
        self.0.key(ObjectKind::Function)
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.0.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        self.0.state()
    }
}

impl SchemaObject for Procedure {
    fn key(&self) -> ObjectKey {
        self.0.key(ObjectKind::Procedure)
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.0.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        self.0.state()
    }
}
