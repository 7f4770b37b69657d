//! Types as the standard's views describe them: by PostgreSQL's internal name, with the modifiers spread over columns.

use super::{Shape, decode};
use crate::pg_catalog::printed_modifiers;
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
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
        if let (true, Some(element)) = (self.is_array(), name.strip_prefix('_')) {
            return DataType::named(QualifiedName::new(schema, element)).array_of();
        }
        let mut data_type = DataType::named(QualifiedName::new(schema, name));
        if schema == trueup_catalog::PG_CATALOG {
            data_type.modifiers = self.modifiers(name);
        }
        data_type
    }

    /// Domains show `integer[]` where everything else shows `ARRAY`.
    fn is_array(&self) -> bool {
        self.data_type.is_some_and(|text| text == "ARRAY" || text.ends_with("[]"))
    }

    /// Whether it is an array of elements that may have modifiers, which are lost.
    pub fn loses_modifiers(&self) -> bool {
        self.is_array()
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

/// The collation, where it is not that of `name` (and of its arrays), whose own is "C".
pub(super) fn collation(
    schema: Option<&str>,
    name: Option<&str>,
    type_name: Option<&str>,
) -> Option<QualifiedName> {
    let collation = QualifiedName::new(schema?, name?);
    let own = matches!(type_name, Some("name" | "_name"))
        && collation.name == "C"
        && collation.schema == trueup_catalog::PG_CATALOG;
    (!own).then_some(collation)
}

row! {
    ModifierRow { schema: &'a str, relation: &'a str, name: &'a str, text: &'a str }
}

/// Modifiers that the standard's views lose, by schema, relation and column: as the server prints the type.
pub(super) type Modifiers<'a> = FxHashMap<(&'a str, &'a str, &'a str), Vec<SmolStr>>;

pub(super) fn modifiers(answer: &Answer) -> Result<Modifiers<'_>, Shape> {
    Ok(decode::<ModifierRow<'_>>(answer)?
        .into_iter()
        .map(|row| ((row.schema, row.relation, row.name), printed_modifiers(row.text)))
        .collect())
}
