//! `CREATE TYPE … AS RANGE`.

use super::Sql;
use trueup_catalog::RangeType;

/// `CREATE TYPE name AS RANGE (…)`.
///
/// A canonical function needs the type to exist first, as a shell; PostgreSQL makes the shell
/// when the function is created (manual, CREATE TYPE).
pub fn create(range: &RangeType) -> Sql {
    let RangeType { name, subtype, operator_class, collation, canonical, subtype_diff, multirange } = range;
    let mut sql = Sql::new(format!("CREATE TYPE {name} AS RANGE (SUBTYPE = {subtype}"));
    let named = [
        ("SUBTYPE_OPCLASS", operator_class),
        ("COLLATION", collation),
        ("CANONICAL", canonical),
        ("SUBTYPE_DIFF", subtype_diff),
        ("MULTIRANGE_TYPE_NAME", multirange),
    ];
    for (option, value) in named {
        if let Some(value) = value {
            sql.add(format_args!(", {option} = "));
            sql.builtin_or_qualified(value);
        }
    }
    sql.push(")");
    sql
}
