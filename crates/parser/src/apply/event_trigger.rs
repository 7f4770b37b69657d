//! CREATE and ALTER EVENT TRIGGER.

use trueup_catalog::{Entry, EventTrigger, Name, ObjectKey, ObjectKind, TriggerEnabled};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// After `CREATE EVENT TRIGGER name`.
pub(crate) fn create(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, name: Name) -> Outcome {
    c.expect("on")?;
    let event = c.label()?.as_str().to_owned();
    let mut tags = Vec::new();
    if c.accept("when") {
        loop {
            let variable = c.label()?;
            if variable != "tag" {
                let message = format!("unrecognized filter variable \"{variable}\"");
                return Err(Failure::refused("42601", message));
            }
            c.expect("in")?;
            tags = c.parenthesized(|c| Ok(c.string_literal()?.to_uppercase()))?;
            if !c.accept("and") {
                break;
            }
        }
    }
    tags.sort();
    c.expect("execute")?;
    if c.accept_any(&["function", "procedure"]).is_none() {
        return Err(c.expected("FUNCTION").into());
    }
    let function = c.qualified_name()?;
    c.expect_symbol("(")?;
    c.expect_symbol(")")?;
    let key = ObjectKey::global(ObjectKind::EventTrigger, name.clone());
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("event trigger {name} already exists")));
    }
    let function = interp.trigger_function_name(&function);
    let trigger = EventTrigger { name, event, tags, function, enabled: TriggerEnabled::Origin };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(trigger) });
    Ok(())
}

/// `ENABLE [REPLICA|ALWAYS]`, `DISABLE`.
pub(crate) fn enabled(c: &mut Cursor<'_>) -> Outcome<TriggerEnabled> {
    if c.accept("disable") {
        return Ok(TriggerEnabled::Disabled);
    }
    c.expect("enable")?;
    Ok(if c.accept("replica") {
        TriggerEnabled::Replica
    } else if c.accept("always") {
        TriggerEnabled::Always
    } else {
        TriggerEnabled::Origin
    })
}

/// After `ALTER EVENT TRIGGER name`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    let state = enabled(c)?;
    interp.store.edit(key, |entry| {
        if let Some(trigger) = EventTrigger::of_mut(&mut entry.object) {
            trigger.enabled = state;
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn event_triggers_are_made_and_switched() {
        let catalog = read(
            "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
             CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('drop table', 'CREATE TABLE') EXECUTE FUNCTION f();
             ALTER EVENT TRIGGER e ENABLE ALWAYS; ALTER EVENT TRIGGER e RENAME TO e2;",
        );
        let key = ObjectKey::global(ObjectKind::EventTrigger, Name::new("e2"));
        let trigger = EventTrigger::of(&catalog.get(&key).unwrap().object).unwrap();
        assert_eq!(trigger.tags, ["CREATE TABLE", "DROP TABLE"]);
        assert_eq!(trigger.enabled, TriggerEnabled::Always);
        assert_eq!(trigger.function, QualifiedName::new("public", "f"));
    }
}
