//! CREATE LANGUAGE and CREATE ACCESS METHOD.

use trueup_catalog::{AccessMethod, Entry, Extension, Language, Name, ObjectKey, ObjectKind};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

/// After `CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE name`.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    name: Name,
    trusted: bool,
    or_replace: bool,
) -> Outcome {
    let span = Some(interp.span(interp.place.statement.clone()));
    if !c.accept("handler") {
        // Without a handler it is CREATE EXTENSION (manual, CREATE LANGUAGE).
        if name == "plpgsql" {
            return Ok(());
        }
        let key = ObjectKey::global(ObjectKind::Extension, name.clone());
        if interp.store.get(&key).is_some() && !or_replace {
            return Err(Failure::duplicate("42710", format!("extension {name} already exists")));
        }
        if interp.store.get(&key).is_none() {
            let extension = Extension { name, schema: None, version: None, altered: Some(Vec::new()) };
            interp.store.put(Entry { span, ..Entry::from(extension) });
        }
        return Ok(());
    }
    let handler = c.qualified_name()?;
    let inline = if c.accept("inline") { Some(c.qualified_name()?) } else { None };
    let validator = if c.accept("validator") {
        Some(c.qualified_name()?)
    } else {
        c.accept_words("no validator");
        None
    };
    let language = Language {
        name: name.clone(),
        trusted,
        handler: Some(interp.function_name(&handler)),
        inline: inline.map(|f| interp.function_name(&f)),
        validator: validator.map(|f| interp.function_name(&f)),
    };
    if name == "plpgsql" {
        // Every database has it; old dumps make it by hand.
        return Ok(());
    }
    let key = ObjectKey::global(ObjectKind::Language, name.clone());
    if interp.store.get(&key).is_some() && !or_replace {
        return Err(Failure::duplicate("42710", format!("language {name} already exists")));
    }
    interp.store.put(Entry { span, ..Entry::from(language) });
    Ok(())
}

/// After `CREATE ACCESS METHOD name`.
pub(crate) fn create_access_method(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, name: Name) -> Outcome {
    c.expect("type")?;
    let for_tables = c.accept("table");
    if !for_tables {
        c.expect("index")?;
    }
    c.expect("handler")?;
    let handler = c.qualified_name()?;
    let key = ObjectKey::global(ObjectKind::AccessMethod, name.clone());
    if interp.store.get(&key).is_some() {
        return Err(Failure::duplicate("42710", format!("access method {name} already exists")));
    }
    let method = AccessMethod { name, for_tables, handler: interp.function_name(&handler) };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(method) });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;

    #[test]
    fn a_language_without_a_handler_is_an_extension() {
        let catalog = read(
            "CREATE LANGUAGE plperl; CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql;
             CREATE TRUSTED LANGUAGE mine HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
             CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;",
        );
        let keys: Vec<String> = catalog.iter().map(|(key, _)| format!("{} {key}", key.kind)).collect();
        assert_eq!(keys, ["extension plperl", "language mine", "access method heap2"]);
    }
}
