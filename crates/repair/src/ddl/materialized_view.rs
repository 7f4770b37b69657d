//! `CREATE MATERIALIZED VIEW`.

use super::Sql;
use trueup_catalog::{ColumnSettings, MaterializedView, Name, QualifiedName};

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
        clustered_on: _,
        column_settings: _,
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

/// The statements that set what a column has besides its type.
pub fn settings(view: &QualifiedName, column: &Name, settings: &ColumnSettings) -> Vec<Sql> {
    let ColumnSettings { storage, compression, options, statistics } = settings;
    let alter =
        |what: String| Sql::new(format!("ALTER MATERIALIZED VIEW {view} ALTER COLUMN {column} SET {what}"));
    let mut list = Vec::new();
    if let Some(target) = statistics {
        list.push(alter(format!("STATISTICS {target}")));
    }
    if !options.is_empty() {
        let mut sql = alter(String::new());
        sql.options(options);
        list.push(sql);
    }
    if let Some(storage) = storage {
        list.push(alter(format!("STORAGE {}", storage.word().to_uppercase())));
    }
    if let Some(compression) = compression {
        list.push(alter(format!("COMPRESSION {compression}")));
    }
    list
}
