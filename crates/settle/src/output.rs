//! The columns that a query gives: what CREATE TABLE AS makes of it.
//!
//! Follows `create_ctas_internal` of `createas.c`: each column has the name, type and type modifier of the query's target. Never: collations,
//! which rules don't derive.

use smol_str::SmolStr;
use trueup_catalog::{DataType, Name, Query, builtin_modifiers};

use crate::snapshot::PG_CATALOG;
use crate::types::TypeId;
use crate::world::World;

/// A column of a query's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: Name,
    /// Its type, where rules can tell it.
    pub data_type: Option<DataType>,
}

impl World<'_> {
    /// The columns that a query gives, in order.
    ///
    /// # Errors
    /// Why rules can't tell how many there are, or what they are called.
    pub fn output(&self, query: &Query) -> Result<Vec<OutputColumn>, String> {
        let rows = crate::query::analyze(self, query).map_err(|trouble| trouble.0)?;
        if rows.open {
            return Err("a relation that it reads is not known".to_owned());
        }
        Ok(rows
            .columns
            .iter()
            .map(|column| OutputColumn {
                name: Name::new(column.name.as_str()),
                data_type: self.data_type(column.ty, column.typmod),
            })
            .collect())
    }

    /// A type as the model has it; `None` where its name or modifier can't be told.
    fn data_type(&self, id: TypeId, typmod: i32) -> Option<DataType> {
        if id.is_unresolved() {
            return None;
        }
        let info = self.info(id);
        if let Some(element) = info.element {
            return self.data_type(element, typmod).map(DataType::array_of);
        }
        let builtin = info.schema == PG_CATALOG;
        let modifiers: Vec<SmolStr> = match typmod {
            ..0 => Vec::new(),
            _ if builtin => builtin_modifiers(&info.name, typmod, self.major()),
            // The number only tells spellings apart: see `typmod` in `types`.
            _ => return None,
        };
        Some(DataType {
            schema: Some(Name::new(info.schema.as_str())),
            name: Name::new(info.name.as_str()),
            modifiers,
            array: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Catalog, Column, QualifiedName, Table};

    #[test]
    fn a_query_tells_names_and_types() {
        let mut catalog = Catalog::default();
        let table = QualifiedName::new("public", "t");
        catalog.insert(Table::new(table.clone()));
        let mut column = |name: &str, position: u32, data_type: DataType| {
            catalog.insert(Column::new(table.clone(), Name::new(name), position, data_type));
        };
        column("a", 1, DataType { modifiers: vec!["12".into(), "3".into()], ..DataType::builtin("numeric") });
        column("b", 2, DataType { modifiers: vec!["5".into()], ..DataType::builtin("varchar") }.array_of());
        let world = World::new(&catalog, 15, &[]);
        let output = |sql: &str| {
            let query = Query { sql: sql.into(), search_path: [Name::new("public")].into() };
            let columns = world.output(&query)?;
            let show = |c: OutputColumn| {
                format!("{} {}", c.name, c.data_type.map_or("?".to_owned(), |ty| ty.to_string()))
            };
            Ok::<_, String>(columns.into_iter().map(show).collect::<Vec<_>>().join(", "))
        };
        assert_eq!(output("SELECT * FROM t").unwrap(), "a numeric(12,3), b character varying(5)[]");
        assert_eq!(
            output("SELECT a + 1, b[1] AS c, 'x', count(*), sum(a), now() FROM t GROUP BY 1, 2").unwrap(),
            "\"?column?\" numeric, c character varying(5), \"?column?\" text, count bigint, sum numeric, now timestamp with time zone"
        );
        assert_eq!(output("VALUES (1, 'a'), (2.5, 'b')").unwrap(), "column1 numeric, column2 text");
        assert_eq!(output("SELECT t FROM t").unwrap(), "t public.t");
        assert!(output("SELECT * FROM nothing").is_err());
    }
}
