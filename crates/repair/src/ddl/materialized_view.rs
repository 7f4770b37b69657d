//! `CREATE MATERIALIZED VIEW`.

use super::Sql;
use trueup_catalog::MaterializedView;

/// `CREATE MATERIALIZED VIEW …`.
pub fn create(view: &MaterializedView) -> Sql {
    create_if(view, false)
}

/// The same, with `IF NOT EXISTS` when asked.
pub fn create_if(view: &MaterializedView, if_not_exists: bool) -> Sql {
    let MaterializedView {
        name,
        columns,
        query,
        options,
        access_method,
        tablespace,
        populated,
        column_comments: _,
    } = view;
    let mut sql = Sql::new("CREATE MATERIALIZED VIEW ");
    if if_not_exists {
        sql.push("IF NOT EXISTS ");
    }
    sql.add(format_args!("{name}"));
    if !columns.is_empty() {
        sql.push(" ").names(columns.iter().map(|c| &c.name));
    }
    if let Some(method) = access_method {
        sql.add(format_args!(" USING {method}"));
    }
    sql.with_options(options);
    if let Some(tablespace) = tablespace {
        sql.add(format_args!(" TABLESPACE {tablespace}"));
    }
    sql.push(" AS\n").query(query);
    sql.push(if *populated { "\nWITH DATA" } else { "\nWITH NO DATA" });
    sql
}
