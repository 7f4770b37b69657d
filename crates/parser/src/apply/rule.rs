//! CREATE RULE.

use std::sync::Arc;

use trueup_catalog::{Entry, ObjectKey, ObjectKind, Query, Rule, RuleEvent, TriggerEnabled};
use trueup_syntax::{Cursor, RuleText};

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::store::RelationKind;

/// After `CREATE [OR REPLACE] RULE`.
pub(crate) fn create(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, or_replace: bool) -> Outcome {
    let RuleText { name, event, table: written, condition, instead, actions } = trueup_syntax::rule(c)?;
    if event == RuleEvent::Select {
        // `DefineQueryRewrite` in rewriteDefine.c: such a rule makes the relation a view, until 15 also a table.
        return Err(Failure::not_understood("a rule that makes a table a view is not understood")
            .help("write CREATE VIEW instead"));
    }
    let (table, relation) = interp.relation(&written)?;
    match relation.kind {
        RelationKind::Table | RelationKind::View | RelationKind::Opaque => {}
        other => {
            let message = format!("relation {table} is a {}, which can't have rules", other.word());
            return Err(Failure::refused("42809", message).at(written.range));
        }
    }
    let key = ObjectKey::on_relation(ObjectKind::Rule, table.clone(), name.clone());
    let old = interp.store.get(&key).cloned();
    if old.is_some() && !or_replace {
        let message = format!("rule {name} for relation {table} already exists");
        return Err(Failure::duplicate("42710", message));
    }
    let path = interp.store.search_path();
    let enabled = old
        .as_ref()
        .and_then(|entry| Rule::of(&entry.object))
        .map_or(TriggerEnabled::Origin, |rule| rule.enabled);
    let rule = Rule {
        table,
        name,
        event,
        condition: condition.map(|slice| interp.expr(&slice)),
        instead,
        actions: actions
            .iter()
            .map(|slice| Query { sql: Arc::from(slice.text), search_path: Arc::clone(&path) })
            .collect(),
        enabled,
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    let comment = old.and_then(|entry| entry.comment);
    interp.store.put(Entry { span, comment, ..Entry::from(rule) });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn rules_are_made_replaced_and_renamed() {
        let catalog = read(
            "CREATE TABLE t (a int); CREATE TABLE l (a int);
             CREATE RULE r AS ON UPDATE TO t WHERE old.a <> new.a DO ALSO (INSERT INTO l VALUES (new.a); NOTIFY x);
             CREATE OR REPLACE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
             ALTER RULE r ON t RENAME TO s; COMMENT ON RULE s ON t IS 'none may go';",
        );
        let (key, entry) = catalog.of_kind(ObjectKind::Rule).next().unwrap();
        assert_eq!(key.to_string(), "public.t.s");
        let rule = Rule::of(&entry.object).unwrap();
        assert!(rule.instead && rule.actions.is_empty() && rule.event == RuleEvent::Delete);
        assert_eq!(entry.comment.as_deref(), Some("none may go"));
    }
}
