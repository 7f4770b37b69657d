//! `CREATE RULE`.

use super::Sql;
use trueup_catalog::Rule;

/// `CREATE [OR REPLACE] RULE …`, enabled as usual.
pub fn create(rule: &Rule, replace: bool) -> Sql {
    let Rule { table, name, event, condition, instead, actions, enabled: _ } = rule;
    let replace = if replace { "OR REPLACE " } else { "" };
    let mut sql = Sql::new(format!("CREATE {replace}RULE {name} AS ON {} TO {table}", event.sql()));
    if let Some(condition) = condition {
        sql.push(" WHERE ").parenthesized(condition);
    }
    sql.push(if *instead { " DO INSTEAD " } else { " DO ALSO " });
    match actions.as_slice() {
        [] => {
            sql.push("NOTHING");
        }
        actions => {
            sql.push("(");
            sql.list("; ", actions, |sql, action| {
                sql.query(action);
            });
            sql.push(")");
        }
    }
    sql
}

/// `ALTER TABLE … ENABLE|DISABLE RULE …`.
pub fn enable(rule: &Rule) -> Sql {
    Sql::new(format!("ALTER TABLE {} {} RULE {}", rule.table, rule.enabled.sql(), rule.name))
}
