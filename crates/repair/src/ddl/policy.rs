//! `CREATE POLICY`.

use super::Sql;
use trueup_catalog::{Policy, PolicyCommand};

/// `CREATE POLICY …` on one line.
pub fn create(policy: &Policy) -> Sql {
    let Policy { table, name, permissive, command, roles, using, check } = policy;
    let mut sql = Sql::new(format!("CREATE POLICY {name} ON {table}"));
    if !permissive {
        sql.push(" AS RESTRICTIVE");
    }
    if *command != PolicyCommand::All {
        sql.add(format_args!(" FOR {}", command.sql()));
    }
    if !roles.is_empty() {
        sql.push(" TO ");
        sql.list(", ", roles, |sql, role| {
            sql.add(format_args!("{role}"));
        });
    }
    if let Some(using) = using {
        sql.push(" USING ").parenthesized(using);
    }
    if let Some(check) = check {
        sql.push(" WITH CHECK ").parenthesized(check);
    }
    sql
}

/// `ALTER POLICY …` to the roles and conditions of `policy`.
pub fn alter(policy: &Policy) -> Sql {
    let Policy { table, name, permissive: _, command: _, roles, using, check } = policy;
    let mut sql = Sql::new(format!("ALTER POLICY {name} ON {table} TO "));
    if roles.is_empty() {
        sql.push("PUBLIC");
    }
    sql.list(", ", roles, |sql, role| {
        sql.add(format_args!("{role}"));
    });
    if let Some(using) = using {
        sql.push(" USING ").parenthesized(using);
    }
    if let Some(check) = check {
        sql.push(" WITH CHECK ").parenthesized(check);
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Expr, QualifiedName};

    #[test]
    fn a_policy_on_one_line() {
        let policy = Policy {
            table: QualifiedName::new("public", "t"),
            name: "own".into(),
            permissive: false,
            command: PolicyCommand::Update,
            roles: vec!["app".into(), "Web".into()],
            using: Some(Expr::qualified("owner = current_user")),
            check: Some(Expr::qualified("true")),
        };
        assert_eq!(
            create(&policy).text,
            "CREATE POLICY own ON public.t AS RESTRICTIVE FOR UPDATE TO app, \"Web\" USING (owner = current_user) WITH CHECK (true)"
        );
    }
}
