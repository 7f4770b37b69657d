//! `CREATE STATISTICS`.

use super::Sql;
use trueup_catalog::Statistics;

/// `CREATE STATISTICS …`, without its target.
pub fn create(statistics: &Statistics) -> Sql {
    let Statistics { name, table, kinds, columns, expressions, target: _ } = statistics;
    let mut sql = Sql::new(format!("CREATE STATISTICS {name}"));
    if !kinds.is_empty() {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        sql.add(format_args!(" ({})", words.join(", ")));
    }
    sql.push(" ON ");
    sql.list(", ", columns, |sql, column| {
        sql.add(format_args!("{column}"));
    });
    if !columns.is_empty() && !expressions.is_empty() {
        sql.push(", ");
    }
    sql.list(", ", expressions, |sql, expr| {
        sql.parenthesized(expr);
    });
    sql.add(format_args!(" FROM {table}"));
    sql
}

/// `ALTER STATISTICS … SET STATISTICS …`.
pub fn set_target(statistics: &Statistics) -> Sql {
    let target = statistics.target.unwrap_or(-1);
    Sql::new(format!("ALTER STATISTICS {} SET STATISTICS {target}", statistics.name))
}
