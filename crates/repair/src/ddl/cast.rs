//! `CREATE CAST` and `CREATE TRANSFORM`.

use super::Sql;
use trueup_catalog::{Cast, CastContext, CastMethod, Transform};

/// `CREATE CAST (source AS target) …`.
pub fn create(cast: &Cast) -> Sql {
    let Cast { source, target, method, context } = cast;
    let mut sql = Sql::new(format!("CREATE CAST ({source} AS {target}) "));
    match method {
        CastMethod::Function(function) => sql.add(format_args!("WITH FUNCTION {function}")),
        CastMethod::Binary => sql.push("WITHOUT FUNCTION"),
        CastMethod::InOut => sql.push("WITH INOUT"),
    };
    match context {
        CastContext::Explicit => {}
        CastContext::Assignment => {
            sql.push(" AS ASSIGNMENT");
        }
        CastContext::Implicit => {
            sql.push(" AS IMPLICIT");
        }
    }
    sql
}

/// `CREATE TRANSFORM FOR type LANGUAGE language (…)`.
pub fn create_transform(transform: &Transform) -> Sql {
    let Transform { data_type, language, from_sql, to_sql } = transform;
    let mut sql = Sql::new(format!("CREATE TRANSFORM FOR {data_type} LANGUAGE {language} ("));
    let parts = [("FROM", from_sql), ("TO", to_sql)];
    sql.list(", ", parts.iter().filter_map(|(word, f)| Some((word, f.as_ref()?))), |sql, (word, f)| {
        sql.add(format_args!("{word} SQL WITH FUNCTION {f}"));
    });
    sql.push(")");
    sql
}
