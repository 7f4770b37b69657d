//! What settling must know of a database beyond modelled objects: functions, operators, types,
//! casts and operator classes that extensions or unmodelled statements brought.

use crate::{DataType, QualifiedName};
use serde::{Deserialize, Serialize};

/// Definitions outside `pg_catalog` that names in expressions may refer to. A live server tells
/// them all; a schema read from files has those that its statements define.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ambient {
    /// Base types and others that are no object of the model.
    pub types: Vec<AmbientType>,
    /// Functions, of extensions and aggregates.
    pub functions: Vec<AmbientFunction>,
    /// Operators.
    pub operators: Vec<AmbientOperator>,
    /// Casts.
    pub casts: Vec<AmbientCast>,
    /// Operator classes.
    pub operator_classes: Vec<AmbientOperatorClass>,
}

/// A row of `pg_type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientType {
    /// Name.
    pub name: QualifiedName,
    /// `typtype`: `b`, `c`, `d`, `e`, `m`, `p`, `r`.
    pub kind: char,
    /// `typcategory`.
    pub category: char,
    /// `typispreferred`.
    pub preferred: bool,
    /// The base type of a domain, subtype of a range.
    pub base: Option<DataType>,
    /// Whether values have a collation.
    pub collatable: bool,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}

/// A row of `pg_proc`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientFunction {
    /// Name.
    pub name: QualifiedName,
    /// `prokind`: `f`, `p`, `a`, `w`.
    pub kind: char,
    /// Types of the input arguments.
    pub arguments: Vec<DataType>,
    /// Number of trailing arguments that have defaults.
    pub defaults: u16,
    /// Whether the last argument is `VARIADIC`.
    pub variadic: bool,
    /// Result type.
    pub returns: DataType,
    /// Whether it returns a set.
    pub returns_set: bool,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}

/// A row of `pg_operator`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientOperator {
    /// Name.
    pub name: QualifiedName,
    /// Left argument; `None` for a prefix operator.
    pub left: Option<DataType>,
    /// Right argument; `None` for a postfix operator (13 only).
    pub right: Option<DataType>,
    /// Result type.
    pub result: DataType,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}

/// A row of `pg_cast`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientCast {
    /// From.
    pub source: DataType,
    /// To.
    pub target: DataType,
    /// `castcontext`: `e`, `a`, `i`.
    pub context: char,
    /// `castmethod`: `f`, `i`, `b`.
    pub method: char,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}

/// A row of `pg_opclass`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmbientOperatorClass {
    /// Name.
    pub name: QualifiedName,
    /// Access method: `btree`, `gin`.
    pub method: String,
    /// Type that it is for.
    pub input: DataType,
    /// Whether it is the default of its method and type.
    pub is_default: bool,
    /// The extension that it belongs to.
    pub extension: Option<String>,
}
