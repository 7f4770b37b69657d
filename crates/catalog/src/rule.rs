//! `CREATE RULE`.

use crate::*;
use serde::{Deserialize, Serialize};

/// A rewrite rule (`pg_rewrite`) other than a view's own `_RETURN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The table or view.
    pub table: QualifiedName,
    /// Its name.
    pub name: Name,
    /// `ON`.
    pub event: RuleEvent,
    /// `WHERE`, over `OLD` and `NEW`.
    pub condition: Option<Expr>,
    /// `INSTEAD`, else `ALSO`.
    pub instead: bool,
    /// `DO`: the commands in order; empty is `NOTHING`.
    pub actions: Vec<Query>,
    /// In which sessions it applies.
    pub enabled: TriggerEnabled,
}

/// The command that a rule is for (`ev_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleEvent {
    /// `SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}

impl RuleEvent {
    /// In SQL's word.
    pub fn sql(self) -> &'static str {
        match self {
            RuleEvent::Select => "SELECT",
            RuleEvent::Insert => "INSERT",
            RuleEvent::Update => "UPDATE",
            RuleEvent::Delete => "DELETE",
        }
    }
}

impl SchemaObject for Rule {
    fn key(&self) -> ObjectKey {
        ObjectKey::on_relation(ObjectKind::Rule, self.table.clone(), self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::in_schema(ObjectKind::Table, self.table.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        let Rule { table, name: _, event, condition, instead, actions, enabled } = self;
        let context = ExprContext { scope: ExprScope::OldNew(table), expected: None };
        vec![
            Attribute::new("event", Value::word(event.sql())),
            Attribute::new("condition", Value::maybe(condition.as_ref(), |e| Value::Expr(e, context))),
            Attribute::new("instead", Value::Flag(*instead)),
            Attribute::new(
                "actions",
                Value::List(actions.iter().map(|action| Value::RuleAction(action, table)).collect()),
            ),
            Attribute::new("enabled", Value::word(enabled.sql())),
        ]
    }
}
