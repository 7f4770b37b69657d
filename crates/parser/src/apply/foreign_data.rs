//! CREATE and ALTER FOREIGN DATA WRAPPER, SERVER and USER MAPPING.

use trueup_catalog::{
    Entry, ForeignDataWrapper, Name, ObjectKey, ObjectKind, Options, SchemaObject, Server, UserMapping,
};
use trueup_syntax::Cursor;

use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::Role;
use crate::grammar::foreign_data::{change_options, options, set_options};
use crate::interpreter::Interpreter;

fn put(interp: &mut Interpreter<'_>, entry: Entry, if_not_exists: bool) -> Outcome {
    let key = entry.object.key();
    if interp.store.get(&key).is_some() {
        if if_not_exists {
            return Ok(());
        }
        return Err(Failure::duplicate("42710", format!("{} {key} already exists", key.kind)));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..entry });
    Ok(())
}

/// `HANDLER f`, `NO HANDLER`, `VALIDATOR f`, `NO VALIDATOR`, in any order.
fn functions(interp: &Interpreter<'_>, c: &mut Cursor<'_>, wrapper: &mut ForeignDataWrapper) -> Outcome {
    loop {
        let no = c.is_word("no") && (c.is_word_nth(1, "handler") || c.is_word_nth(1, "validator"));
        if no {
            c.next_token();
        }
        let handler = c.accept("handler");
        if !handler && !c.accept("validator") {
            return Ok(());
        }
        let function = if no { None } else { Some(c.qualified_name()?) };
        let function = function.map(|written| interp.function_name(&written));
        if handler {
            wrapper.handler = function;
        } else {
            wrapper.validator = function;
        }
    }
}

/// After `CREATE FOREIGN DATA WRAPPER name`.
pub(crate) fn create_wrapper(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, name: Name) -> Outcome {
    let mut wrapper = ForeignDataWrapper { name, handler: None, validator: None, options: Options::new() };
    functions(interp, c, &mut wrapper)?;
    wrapper.options = options(c)?;
    put(interp, Entry::from(wrapper), false)
}

/// After `CREATE SERVER [IF NOT EXISTS] name`.
pub(crate) fn create_server(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    name: Name,
    if_not_exists: bool,
) -> Outcome {
    let text = |c: &mut Cursor<'_>| -> Outcome<Option<String>> {
        Ok(if c.accept("null") { None } else { Some(c.string_literal()?.into_owned()) })
    };
    let server_type = if c.accept("type") { text(c)? } else { None };
    let version = if c.accept("version") { text(c)? } else { None };
    c.expect_words("foreign data wrapper")?;
    let wrapper = c.name()?;
    let options = options(c)?;
    put(interp, Entry::from(Server { name, server_type, version, wrapper, options }), if_not_exists)
}

/// The role that a mapping is for: `Some(None)` is `PUBLIC`; `None` where only the run tells.
pub(crate) fn mapped_user(interp: &Interpreter<'_>, user: &Role) -> Option<Option<Name>> {
    match user {
        Role::Named(name) => Some(Some(name.clone())),
        Role::Public => Some(None),
        Role::Current => interp.role.clone().map(Some),
    }
}

/// After `CREATE USER MAPPING [IF NOT EXISTS] FOR user SERVER server`. Its options are passed over: they hold secrets.
pub(crate) fn create_mapping(
    interp: &mut Interpreter<'_>,
    c: &mut Cursor<'_>,
    user: &Role,
    server: Name,
    if_not_exists: bool,
) -> Outcome {
    options(c)?;
    let Some(user) = mapped_user(interp, user) else {
        let range = interp.place.statement.clone();
        let message = "the mapping is for whoever runs the statement, which files do not tell";
        interp.gap("user mapping", format!("on server {server}"), message, range);
        return Ok(());
    };
    put(interp, Entry::from(UserMapping { user, server }), if_not_exists)
}

/// After `ALTER FOREIGN DATA WRAPPER|SERVER|USER MAPPING …`.
pub(crate) fn alter(interp: &mut Interpreter<'_>, c: &mut Cursor<'_>, key: &ObjectKey) -> Outcome {
    let mut changed = interp.store.get(key).cloned();
    let Some(entry) = changed.as_mut() else { return Ok(()) };
    if let Some(wrapper) = ForeignDataWrapper::of_mut(&mut entry.object) {
        functions(interp, c, wrapper)?;
        let changes = change_options(c)?;
        set_options(&mut wrapper.options, &changes)?;
    } else if let Some(server) = Server::of_mut(&mut entry.object) {
        if c.accept("version") {
            server.version = if c.accept("null") { None } else { Some(c.string_literal()?.into_owned()) };
        }
        let changes = change_options(c)?;
        set_options(&mut server.options, &changes)?;
    } else {
        debug_assert_eq!(key.kind, ObjectKind::UserMapping);
        change_options(c)?;
    }
    interp.store.edit(key, |old| {
        if let Some(new) = changed {
            *old = new;
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    #[test]
    fn foreign_data_keeps_no_secret() {
        let catalog = read(
            "CREATE FOREIGN DATA WRAPPER w NO VALIDATOR OPTIONS (debug 'true');
             CREATE SERVER s TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (host 'a', port '1');
             ALTER SERVER s VERSION '2' OPTIONS (SET host 'b', DROP port, ADD dbname 'd');
             CREATE USER MAPPING FOR app SERVER s OPTIONS (\"user\" 'app', password 'hunter2');
             CREATE USER MAPPING IF NOT EXISTS FOR PUBLIC SERVER s;
             ALTER USER MAPPING FOR app SERVER s OPTIONS (SET password 'hunter3');
             CREATE FOREIGN TABLE f (a int OPTIONS (column_name 'b') NOT NULL, CHECK (a > 0)) SERVER s OPTIONS (t 'x');
             ALTER FOREIGN TABLE f ADD COLUMN c text OPTIONS (k 'v'), ALTER COLUMN a OPTIONS (SET column_name 'z');",
        );
        let text = format!("{catalog:?}");
        assert!(!text.contains("hunter"), "{text}");
        let server = catalog.of_kind(ObjectKind::Server).next().unwrap().1;
        let server = Server::of(&server.object).unwrap();
        assert_eq!(server.options.keys().collect::<Vec<_>>(), ["dbname", "host"]);
        assert_eq!(catalog.of_kind(ObjectKind::UserMapping).count(), 2);
        let f = QualifiedName::new("public", "f");
        assert_eq!(catalog.table(&f).unwrap().foreign.as_ref().unwrap().server, "s");
        let a = catalog.column(&f, &Name::new("a")).unwrap();
        assert_eq!(a.foreign_options.get("column_name").map(String::as_str), Some("z"));
        assert!(a.not_null.is_some());
    }
}
