//! `CREATE EVENT TRIGGER`.

use super::Sql;
use trueup_catalog::{EventTrigger, quote_literal};

/// `CREATE EVENT TRIGGER …`, enabled as usual.
pub fn create(trigger: &EventTrigger) -> Sql {
    let EventTrigger { name, event, tags, function, enabled: _ } = trigger;
    let mut sql = Sql::new(format!("CREATE EVENT TRIGGER {name} ON {event}"));
    if !tags.is_empty() {
        sql.push(" WHEN TAG IN (");
        sql.list(", ", tags, |sql, tag| {
            sql.push(&quote_literal(tag));
        });
        sql.push(")");
    }
    sql.add(format_args!(" EXECUTE FUNCTION {function}()"));
    sql
}

/// `ALTER EVENT TRIGGER … ENABLE|DISABLE …`.
pub fn enable(trigger: &EventTrigger) -> Sql {
    Sql::new(format!("ALTER EVENT TRIGGER {} {}", trigger.name, trigger.enabled.sql()))
}
