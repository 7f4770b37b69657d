//! `CREATE POLICY`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A row security policy (`pg_policy`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The table.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// `PERMISSIVE`, else `RESTRICTIVE`.
    pub permissive: bool,
    /// `FOR`.
    pub command: PolicyCommand,
    /// `TO`: roles, sorted; `PUBLIC` alone is the empty list.
    pub roles: Vec<Name>,
    /// `USING (…)`.
    pub using: Option<Expr>,
    /// `WITH CHECK (…)`.
    pub check: Option<Expr>,
}

/// The command that a policy is for (`polcmd`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// `ALL`.
    All,
    /// `SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}

impl PolicyCommand {
    /// In SQL's word.
    pub fn sql(self) -> &'static str {
        match self {
            PolicyCommand::All => "ALL",
            PolicyCommand::Select => "SELECT",
            PolicyCommand::Insert => "INSERT",
            PolicyCommand::Update => "UPDATE",
            PolicyCommand::Delete => "DELETE",
        }
    }
}

impl SchemaObject for Policy {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Policy, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Policy { table, name: _, permissive, command, roles, using, check } = self;
        let context = ExprContext::relation(table);
        vec![
            Attribute::new("permissive", Value::Flag(*permissive)),
            Attribute::new("command", Value::word(command.sql())),
            Attribute::new("roles", Value::Names(roles)),
            Attribute::new("using", Value::maybe(using.as_ref(), |e| Value::Expr(e, context))),
            Attribute::new("check", Value::maybe(check.as_ref(), |e| Value::Expr(e, context))),
        ]
    }
}
