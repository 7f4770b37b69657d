//! CREATE and ALTER SUBSCRIPTION. The connection string is passed over: it holds a password.

use trueup_catalog::{Entry, Name, ObjectKey, ObjectKind, Options, Subscription};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{DefinitionElement, DefinitionValue, definition};
use crate::interpreter::Interpreter;

/// The value of a parameter as the model keeps it; `None` where it is the version's default.
fn value(element: &DefinitionElement, major: u32) -> Option<String> {
    let text = || element.text().unwrap_or_default().to_ascii_lowercase();
    let name = element.name.as_str();
    let value = match name {
        "streaming" if element.value.is_none() => "on".to_owned(),
        "streaming" => match text().as_str() {
            "true" | "1" | "on" => "on",
            "parallel" => "parallel",
            _ => "off",
        }
        .to_owned(),
        "synchronous_commit" | "origin" => text(),
        _ => if element.is_true() { "true" } else { "false" }.to_owned(),
    };
    (Subscription::usual(name, major) != Some(value.as_str())).then_some(value)
}

fn parameters(subscription: &mut Subscription, elements: &[DefinitionElement], major: u32) -> Outcome {
    for element in elements {
        match element.name.as_str() {
            // They steer the statement and leave nothing behind.
            "connect" | "create_slot" | "copy_data" | "refresh" => {}
            "enabled" => subscription.enabled = element.is_true(),
            "slot_name" => {
                let none = matches!(&element.value, Some(DefinitionValue::Word(word)) if *word == "none");
                let text = element.text().unwrap_or_default();
                subscription.slot_name = (!none && !text.eq_ignore_ascii_case("none")).then_some(text);
            }
            "binary" | "streaming" | "synchronous_commit" | "two_phase" | "disable_on_error"
            | "password_required" | "run_as_owner" | "origin" | "failover" => {
                let name = element.name.as_str().to_owned();
                match value(element, major) {
                    Some(value) => subscription.options.insert(name, value),
                    None => subscription.options.remove(&name),
                };
            }
            other => {
                let message = format!("unrecognized subscription parameter: \"{other}\"");
                return Err(Failure::refused("42601", message));
            }
        }
    }
    Ok(())
}

/// After `CREATE SUBSCRIPTION name`.
pub(crate) fn create(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, name: Name) -> Outcome {
    c.expect("connection")?;
    c.string_literal()?;
    c.expect("publication")?;
    let mut publications = c.comma_separated(Cursor::label)?;
    publications.sort();
    let mut subscription = Subscription {
        name: name.clone(),
        publications,
        enabled: true,
        slot_name: Some(name.as_str().to_owned()),
        options: Options::new(),
    };
    if c.accept("with") {
        let elements = definition(c)?;
        let off = |word: &str| elements.iter().any(|e| e.name == word && !e.is_true());
        // Without a connection nothing can be enabled.
        if off("connect") {
            subscription.enabled = false;
        }
        parameters(&mut subscription, &elements, interp.major())?;
    }
    let key = ObjectKey::global(ObjectKind::Subscription, name.clone());
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("subscription {name} already exists")));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(subscription) });
    Ok(())
}

/// After `ALTER SUBSCRIPTION name`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    let Some(mut subscription) =
        interp.store.get(key).and_then(|entry| Subscription::of(&entry.object)).cloned()
    else {
        return Ok(());
    };
    if c.accept("connection") {
        c.string_literal()?;
    } else if c.accept("enable") {
        subscription.enabled = true;
    } else if c.accept("disable") {
        subscription.enabled = false;
    } else if c.accept("refresh") {
        c.rest();
    } else if c.accept("skip") {
        definition(c)?;
    } else {
        let verb = c.accept_any(&["set", "add", "drop"]).ok_or_else(|| c.expected("SET, ADD or DROP"))?;
        if verb == "set" && !c.is_word("publication") {
            let elements = definition(c)?;
            parameters(&mut subscription, &elements, interp.major())?;
        } else {
            c.expect("publication")?;
            let names = c.comma_separated(Cursor::label)?;
            match verb {
                "set" => subscription.publications = names,
                "add" => subscription.publications.extend(names),
                _ => subscription.publications.retain(|p| !names.contains(p)),
            }
            subscription.publications.sort();
            if c.accept("with") {
                definition(c)?;
            }
        }
    }
    interp.store.edit(key, |entry| entry.object = subscription.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn a_subscription_keeps_no_connection() {
        let catalog = read(
            "CREATE SUBSCRIPTION s CONNECTION 'host=a password=hunter2' PUBLICATION b, a
             WITH (connect = false, slot_name = NONE, binary, streaming = off, synchronous_commit = 'remote_apply');
             ALTER SUBSCRIPTION s ADD PUBLICATION c WITH (refresh = false); ALTER SUBSCRIPTION s CONNECTION 'x';",
        );
        let text = format!("{catalog:?}");
        assert!(!text.contains("hunter"), "{text}");
        let (_, entry) = catalog.of_kind(ObjectKind::Subscription).next().unwrap();
        let s = Subscription::of(&entry.object).unwrap();
        assert_eq!(s.publications.len(), 3);
        assert_eq!((s.enabled, s.slot_name.as_deref()), (false, None));
        assert_eq!(s.options.get("binary").map(String::as_str), Some("true"));
        assert_eq!(s.options.get("synchronous_commit").map(String::as_str), Some("remote_apply"));
    }
}
