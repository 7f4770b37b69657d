//! Types as the standard's views describe them: by PostgreSQL's internal name, with the modifiers spread over columns.

use smol_str::{SmolStr, format_smolstr};
use trueup_catalog::{DataType, Name, QualifiedName};

/// The columns that describe a type.
#[derive(Default)]
pub(super) struct Description<'a> {
    pub data_type: Option<&'a str>,
    pub type_schema: Option<&'a str>,
    pub type_name: Option<&'a str>,
    pub domain_schema: Option<&'a str>,
    pub domain_name: Option<&'a str>,
    pub length: Option<i32>,
    pub precision: Option<i32>,
    pub scale: Option<i32>,
    pub fraction: Option<i32>,
    pub fields: Option<&'a str>,
}

/// The precision of times when nobody gives one, which the views show all the same.
const DEFAULT_FRACTION: i32 = 6;

impl Description<'_> {
    /// The type. Modifiers of an array's elements are nowhere in the standard's views.
    pub fn data_type(&self) -> DataType {
        if let (Some(schema), Some(name)) = (self.domain_schema, self.domain_name) {
            return DataType::named(QualifiedName::new(schema, name));
        }
        let (Some(schema), Some(name)) = (self.type_schema, self.type_name) else {
            return DataType::unresolved(Name::new(self.data_type.unwrap_or("unknown")));
        };
        // An array's automatic name is its element's behind an underscore (`makeArrayTypeName` in `pg_type.c`).
        if let (Some("ARRAY"), Some(element)) = (self.data_type, name.strip_prefix('_')) {
            return DataType::named(QualifiedName::new(schema, element)).array_of();
        }
        let mut data_type = DataType::named(QualifiedName::new(schema, name));
        if schema == trueup_catalog::PG_CATALOG {
            data_type.modifiers = self.modifiers(name);
        }
        data_type
    }

    /// Whether it is an array of elements that may have modifiers, which are lost.
    pub fn loses_modifiers(&self) -> bool {
        self.data_type == Some("ARRAY")
            && matches!(
                self.type_name,
                Some(
                    "_varchar"
                        | "_bpchar"
                        | "_numeric"
                        | "_bit"
                        | "_varbit"
                        | "_time"
                        | "_timetz"
                        | "_timestamp"
                        | "_timestamptz"
                        | "_interval"
                )
            )
    }

    fn modifiers(&self, name: &str) -> Vec<SmolStr> {
        let number = |n: i32| format_smolstr!("{n}");
        match name {
            "varchar" | "bpchar" | "bit" | "varbit" => self.length.map(number).into_iter().collect(),
            "numeric" => self
                .precision
                .map(|precision| vec![number(precision), number(self.scale.unwrap_or(0))])
                .unwrap_or_default(),
            "time" | "timetz" | "timestamp" | "timestamptz" => {
                self.fraction.filter(|n| *n != DEFAULT_FRACTION).map(number).into_iter().collect()
            }
            // The fields come with the precision in brackets: DAY TO SECOND(3).
            "interval" => {
                let fields =
                    self.fields.map(|fields| fields.split_once('(').map_or(fields, |(fields, _)| fields));
                let fields = fields.map(|fields| SmolStr::new(fields.to_ascii_lowercase()));
                let fraction = self.fraction.filter(|n| *n != DEFAULT_FRACTION && *n != 0xffff);
                let seconds = fields.as_ref().is_none_or(|fields| fields.ends_with("second"));
                fields.into_iter().chain(fraction.filter(|_| seconds).map(number)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A collation by name, if there is one.
pub(super) fn collation(schema: Option<&str>, name: Option<&str>) -> Option<QualifiedName> {
    Some(QualifiedName::new(schema?, name?))
}
