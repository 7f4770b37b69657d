//! Data types as PostgreSQL resolves them: internal name, modifiers, array or not.

use crate::name::quote_ident;
use crate::{Name, QualifiedName};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// A data type with its modifiers.
///
/// `name` is the internal name of `pg_type` (`int4`, `varchar`, `timestamptz`), never an SQL
/// spelling (`integer`). The number of dimensions and their bounds are not kept, since PostgreSQL
/// does not keep them as part of the type either (manual, 8.15.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DataType {
    /// The schema; `None` while a name is unresolved (nothing known has that name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Name>,
    /// The internal name of the type, or of the element type of an array.
    pub name: Name,
    /// The type modifiers in the order of SQL: `["10", "2"]` for `numeric(10,2)`. For `interval`
    /// the fields come first, as in `["day to second", "3"]` (and `["3"]` for `interval(3)`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<SmolStr>,
    /// Whether it is an array of that type.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub array: bool,
}

/// PostgreSQL's own schema.
pub const PG_CATALOG: &str = "pg_catalog";

impl DataType {
    /// A type of `pg_catalog` without modifiers.
    pub fn builtin(name: &str) -> Self {
        DataType {
            schema: Some(Name::new(PG_CATALOG)),
            name: Name::new(name),
            modifiers: Vec::new(),
            array: false,
        }
    }

    /// A type by its qualified name, without modifiers.
    pub fn named(name: QualifiedName) -> Self {
        DataType { schema: Some(name.schema), name: name.name, modifiers: Vec::new(), array: false }
    }

    /// A type whose schema is not known.
    pub fn unresolved(name: impl Into<Name>) -> Self {
        DataType { schema: None, name: name.into(), modifiers: Vec::new(), array: false }
    }

    /// The array over this type.
    pub fn array_of(mut self) -> Self {
        self.array = true;
        self
    }

    /// The element type of an array, or the type itself.
    pub fn element(&self) -> DataType {
        DataType { array: false, ..self.clone() }
    }

    /// Whether it is this type of `pg_catalog` and no array, whatever its modifiers.
    pub fn is_builtin(&self, name: &str) -> bool {
        !self.array && self.name == name && self.schema.as_ref().is_some_and(|s| *s == PG_CATALOG)
    }

    /// The schema and name of the (element) type, if resolved.
    pub fn qualified_name(&self) -> Option<QualifiedName> {
        self.schema.clone().map(|schema| QualifiedName { schema, name: self.name.clone() })
    }

    /// Equal, or equal but for a schema that one side could not resolve.
    pub fn matches(&self, other: &DataType) -> bool {
        self.name == other.name
            && self.array == other.array
            && self.modifiers == other.modifiers
            && (self.schema == other.schema || self.schema.is_none() || other.schema.is_none())
    }

    fn modifier_list(&self) -> String {
        if self.modifiers.is_empty() { String::new() } else { format!("({})", self.modifiers.join(",")) }
    }
}

/// As `format_type` prints it with an empty search path: SQL spellings for the types that have
/// one (`format_type_extended` in `format_type.c`), else the qualified name.
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mods = self.modifier_list();
        let builtin = self.schema.as_ref().is_some_and(|s| *s == PG_CATALOG);
        if builtin {
            match self.name.as_str() {
                "bit" if self.modifiers.is_empty() => f.write_str("\"bit\"")?,
                "bit" => write!(f, "bit{mods}")?,
                "bool" => f.write_str("boolean")?,
                "bpchar" if self.modifiers.is_empty() => f.write_str("bpchar")?,
                "bpchar" => write!(f, "character{mods}")?,
                "char" => f.write_str("\"char\"")?,
                "float4" => f.write_str("real")?,
                "float8" => f.write_str("double precision")?,
                "int2" => f.write_str("smallint")?,
                "int4" => f.write_str("integer")?,
                "int8" => f.write_str("bigint")?,
                // A key word since 16, which format_type has printed bare ever since it was a type.
                "json" => f.write_str("json")?,
                "numeric" => write!(f, "numeric{mods}")?,
                "interval" => match self.modifiers.as_slice() {
                    [] => f.write_str("interval")?,
                    [one] if one.starts_with(|c: char| c.is_ascii_digit()) => write!(f, "interval({one})")?,
                    [fields] => write!(f, "interval {fields}")?,
                    [fields, precision, ..] => write!(f, "interval {fields}({precision})")?,
                },
                "time" => write!(f, "time{mods} without time zone")?,
                "timetz" => write!(f, "time{mods} with time zone")?,
                "timestamp" => write!(f, "timestamp{mods} without time zone")?,
                "timestamptz" => write!(f, "timestamp{mods} with time zone")?,
                "varbit" => write!(f, "bit varying{mods}")?,
                "varchar" => write!(f, "character varying{mods}")?,
                other => write!(f, "{}{mods}", quote_ident(other))?,
            }
        } else {
            if let Some(schema) = &self.schema {
                write!(f, "{schema}.")?;
            }
            write!(f, "{}{mods}", self.name)?;
        }
        if self.array { f.write_str("[]") } else { Ok(()) }
    }
}

impl fmt::Debug for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_format_type_does() {
        let mut t = DataType::builtin("numeric");
        t.modifiers = vec!["10".into(), "2".into()];
        assert_eq!(t.to_string(), "numeric(10,2)");
        assert_eq!(DataType::builtin("int4").array_of().to_string(), "integer[]");
        let mut t = DataType::builtin("interval");
        t.modifiers = vec!["day to second".into(), "3".into()];
        assert_eq!(t.to_string(), "interval day to second(3)");
        let user = DataType::named(QualifiedName::new("public", "Mood"));
        assert_eq!(user.to_string(), "public.\"Mood\"");
    }
}
