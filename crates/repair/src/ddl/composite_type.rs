//! `CREATE TYPE … AS (…)`.

use super::Sql;
use trueup_catalog::{CompositeAttribute, CompositeType};

/// `CREATE TYPE name AS (…)`, one attribute a line.
pub fn create(composite: &CompositeType) -> Sql {
    let CompositeType { name, attributes, attribute_comments: _ } = composite;
    let mut sql = Sql::new(format!("CREATE TYPE {name} AS ("));
    sql.list(",", attributes, |sql, attribute| {
        sql.push("\n    ");
        define(sql, attribute);
    });
    sql.push(if attributes.is_empty() { ")" } else { "\n)" });
    sql
}

/// `name type [COLLATE …]`.
pub fn define(sql: &mut Sql, attribute: &CompositeAttribute) {
    let CompositeAttribute { name, data_type, collation } = attribute;
    sql.add(format_args!("{name} {data_type}"));
    sql.collate(collation.as_ref());
}
