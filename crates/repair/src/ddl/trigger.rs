//! `CREATE TRIGGER`.

use super::Sql;
use trueup_catalog::{Trigger, TriggerEnabled, quote_literal};

/// `CREATE [CONSTRAINT] TRIGGER …` on one line. Its enabled state is a statement of its own:
/// [`enable`].
pub fn create(trigger: &Trigger) -> Sql {
    let Trigger {
        table,
        name,
        timing,
        on_insert,
        on_update,
        update_columns,
        on_delete,
        on_truncate,
        for_each_row,
        when,
        old_table,
        new_table,
        function,
        arguments,
        constraint,
        enabled: _,
        inherited: _,
    } = trigger;
    let kind = if constraint.is_some() { "CONSTRAINT " } else { "" };
    let mut sql = Sql::new(format!("CREATE {kind}TRIGGER {name} {} ", timing.sql()));
    let events =
        [(on_insert, "INSERT"), (on_update, "UPDATE"), (on_delete, "DELETE"), (on_truncate, "TRUNCATE")];
    sql.list(" OR ", events.into_iter().filter(|(on, _)| **on), |sql, (_, event)| {
        sql.push(event);
        if event == "UPDATE" && !update_columns.is_empty() {
            sql.push(" OF ");
            sql.list(", ", update_columns, |sql, column| {
                sql.add(format_args!("{column}"));
            });
        }
    });
    sql.add(format_args!(" ON {table}"));
    if let Some(constraint) = constraint {
        if let Some(from) = &constraint.from {
            sql.add(format_args!(" FROM {from}"));
        }
        if constraint.deferrable {
            sql.push(" DEFERRABLE");
        }
        if constraint.initially_deferred {
            sql.push(" INITIALLY DEFERRED");
        }
    }
    if old_table.is_some() || new_table.is_some() {
        sql.push(" REFERENCING");
        if let Some(name) = old_table {
            sql.add(format_args!(" OLD TABLE AS {name}"));
        }
        if let Some(name) = new_table {
            sql.add(format_args!(" NEW TABLE AS {name}"));
        }
    }
    sql.push(if *for_each_row { " FOR EACH ROW" } else { " FOR EACH STATEMENT" });
    if let Some(when) = when {
        sql.push(" WHEN ").parenthesized(when);
    }
    sql.add(format_args!(" EXECUTE FUNCTION {function}("));
    sql.list(", ", arguments, |sql, argument| {
        sql.push(&quote_literal(argument));
    });
    sql.push(")");
    sql
}

/// `ALTER TABLE … ENABLE [REPLICA|ALWAYS] TRIGGER …`, or `DISABLE`.
pub fn enable(trigger: &Trigger) -> Sql {
    Sql::new(format!("ALTER TABLE {} {} TRIGGER {}", trigger.table, trigger.enabled.sql(), trigger.name))
}

/// Whether it is in the state in which `CREATE TRIGGER` leaves it.
pub fn is_usual(trigger: &Trigger) -> bool {
    trigger.enabled == TriggerEnabled::Origin
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{ConstraintTrigger, Expr, QualifiedName, TriggerTiming};

    #[test]
    fn a_trigger_on_one_line() {
        let mut trigger = Trigger {
            table: QualifiedName::new("public", "t"),
            name: "Audit".into(),
            timing: TriggerTiming::After,
            on_insert: true,
            on_update: true,
            update_columns: vec!["a".into(), "b".into()],
            on_delete: false,
            on_truncate: false,
            for_each_row: true,
            when: Some(Expr::qualified("new.a > 0")),
            old_table: None,
            new_table: None,
            function: QualifiedName::new("public", "log"),
            arguments: vec!["it's".into()],
            constraint: Some(ConstraintTrigger { from: None, deferrable: true, initially_deferred: true }),
            enabled: TriggerEnabled::Always,
            inherited: false,
        };
        assert_eq!(
            create(&trigger).text,
            "CREATE CONSTRAINT TRIGGER \"Audit\" AFTER INSERT OR UPDATE OF a, b ON public.t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION public.log('it''s')"
        );
        assert_eq!(enable(&trigger).text, "ALTER TABLE public.t ENABLE ALWAYS TRIGGER \"Audit\"");
        trigger.constraint = None;
        trigger.for_each_row = false;
        trigger.when = None;
        trigger.new_table = Some("n".into());
        assert_eq!(
            create(&trigger).text,
            "CREATE TRIGGER \"Audit\" AFTER INSERT OR UPDATE OF a, b ON public.t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION public.log('it''s')"
        );
    }
}
