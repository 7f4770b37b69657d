//! `CREATE VIEW`.

use super::Sql;
use trueup_catalog::View;

/// `CREATE [OR REPLACE] VIEW …`. Options are always restated: replacing drops those that are not.
pub fn create(view: &View, or_replace: bool) -> Sql {
    let View { name, persistence: _, columns, query, options, column_defaults: _, column_comments: _ } = view;
    let mut sql = Sql::new(if or_replace { "CREATE OR REPLACE VIEW " } else { "CREATE VIEW " });
    sql.add(format_args!("{name}"));
    if !columns.is_empty() {
        sql.push(" ").names(columns.iter().map(|c| &c.name));
    }
    sql.with_options(options);
    sql.push(" AS\n").query(query);
    sql
}

/// `ALTER VIEW … ALTER COLUMN … SET DEFAULT …` for each column that has one.
pub fn defaults(view: &View) -> Vec<Sql> {
    view.column_defaults
        .iter()
        .map(|(column, default)| {
            let mut sql = Sql::new(format!("ALTER VIEW {} ALTER COLUMN {column} SET DEFAULT ", view.name));
            sql.expr(default);
            sql
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use trueup_catalog::*;

    #[test]
    fn a_view() {
        let view = View {
            name: QualifiedName::new("public", "v"),
            persistence: Persistence::Permanent,
            columns: vec![ViewColumn { name: "a".into(), data_type: None }],
            query: Query { sql: "SELECT 1".into(), search_path: Arc::from([]) },
            options: [("security_barrier".to_owned(), "true".to_owned())].into(),
            column_defaults: [("a".into(), Expr::qualified("2"))].into(),
            column_comments: [].into(),
        };
        assert_eq!(
            create(&view, true).text,
            "CREATE OR REPLACE VIEW public.v (a) WITH (security_barrier=true) AS\nSELECT 1"
        );
        assert_eq!(defaults(&view)[0].text, "ALTER VIEW public.v ALTER COLUMN a SET DEFAULT 2");
    }
}
