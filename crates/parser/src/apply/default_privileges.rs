//! ALTER DEFAULT PRIVILEGES, and what new objects get by it.

use trueup_catalog::{
    DefaultPrivileges, DefaultPrivilegesOn, Entry, Name, ObjectKey, ObjectKind, Privilege, SchemaObject,
};
use trueup_syntax::Cursor;

use crate::apply::grant::{change, grantees};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::Role;
use crate::grammar::grant::{AlterDefaultPrivileges, alter_default_privileges};
use crate::interpreter::Interpreter;
use crate::store::Savepoint;

/// Stands for whoever runs the files, while they are read: no role has an empty name.
const WHOEVER: &str = "";

/// What follows `ALTER DEFAULT PRIVILEGES` (`ExecAlterDefaultPrivilegesStmt` in `aclchk.c`).
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = alter_default_privileges(cursor)?;
    if statement.objects == DefaultPrivilegesOn::Schemas && !statement.schemas.is_empty() {
        return Err(Failure::refused(
            "0LP01",
            "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS",
        ));
    }
    let roles: Vec<Name> = if statement.roles.is_empty() {
        vec![current(interp)]
    } else {
        let named = statement.roles.iter().map(|role| match role {
            Role::Named(name) => name.clone(),
            Role::Public | Role::Current => current(interp),
        });
        named.collect()
    };
    let schemas: Vec<Option<Name>> = if statement.schemas.is_empty() {
        vec![None]
    } else {
        statement.schemas.iter().cloned().map(Some).collect()
    };
    for role in &roles {
        if *role != WHOEVER {
            interp.role_is_there(role)?;
        }
        for schema in &schemas {
            one(interp, &statement, role, schema.clone())?;
        }
    }
    Ok(())
}

fn current(interp: &Interpreter<'_>) -> Name {
    interp.role.clone().unwrap_or_else(|| Name::new(WHOEVER))
}

/// `SetDefaultACL`.
fn one(
    interp: &mut Interpreter<'_>,
    statement: &AlterDefaultPrivileges,
    role: &Name,
    schema: Option<Name>,
) -> Outcome {
    let AlterDefaultPrivileges { objects, terms, .. } = statement;
    let major = interp.major();
    if let Some(schema) = &schema
        && interp.store.get(&ObjectKey::global(ObjectKind::Schema, schema.clone())).is_none()
    {
        return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
    }
    let usual = if schema.is_some() { Vec::new() } else { objects.builtin(major) };
    let empty =
        DefaultPrivileges { role: role.clone(), schema, objects: *objects, privileges: usual.clone() };
    let key = empty.key();
    let old = interp.store.get(&key).cloned();
    let mut list = old
        .as_ref()
        .and_then(|entry| DefaultPrivileges::of(&entry.object))
        .map_or_else(|| usual.clone(), |there| there.privileges.clone());
    let known = objects.privileges(major);
    // Whoever it is, it is the owner of what it makes.
    let owner = (*role != WHOEVER).then_some(role);
    let Some(grantees) = grantees(interp, &terms.roles, owner) else {
        let range = interp.place.statement.clone();
        interp.gap(
            "default privileges",
            key.to_string(),
            "the role that runs the statement is not told",
            range,
        );
        return Ok(());
    };
    for grantee in &grantees {
        for word in &terms.words {
            if word.columns.is_some() {
                return Err(Failure::refused("0LP01", "default privileges cannot be set for columns"));
            }
            let meant: Vec<&str> = if word.word == "ALL" { known.to_vec() } else { vec![word.word.as_str()] };
            for privilege in meant {
                if !known.contains(&privilege) {
                    let message =
                        format!("invalid privilege type {privilege} for {}", objects.sql().to_lowercase());
                    return Err(Failure::refused("0LP01", message));
                }
                change(&mut list, &Privilege::new(grantee.clone(), privilege), terms)?;
            }
        }
    }
    list.sort();
    if list == usual {
        interp.store.take(&key);
        return Ok(());
    }
    let object = DefaultPrivileges { privileges: list, ..empty };
    match old {
        Some(_) => {
            interp.store.edit(&key, |entry| entry.object = object.into());
        }
        None => {
            let span = Some(interp.span(interp.place.statement.clone()));
            interp.store.put(Entry { span, ..Entry::from(object) });
        }
    }
    Ok(())
}

/// Gives what a statement has made its owner, where the session's role is told, and the default privileges of that role
/// (`get_user_default_acl`).
pub(crate) fn of_new(interp: &mut Interpreter<'_>, since: Savepoint) {
    let any = interp.store.catalog().of_kind(ObjectKind::DefaultPrivileges).next().is_some();
    if interp.role.is_none() && !any {
        return;
    }
    for key in interp.store.made_since(since) {
        let Some(entry) = interp.store.get(&key) else { continue };
        if key.kind.privileges(interp.major()).is_empty() || entry.privileges.is_some() || !has_acl(entry) {
            continue;
        }
        let privileges = at_birth(interp, &key);
        let role = interp.role.clone().filter(|_| key.kind != ObjectKind::Column);
        interp.store.edit(&key, |entry| {
            entry.owner = entry.owner.take().or(role);
            entry.privileges = privileges;
        });
    }
}

/// Columns have privileges of this sort only through the sequence of their identity.
fn has_acl(entry: &Entry) -> bool {
    trueup_catalog::Column::of(&entry.object).is_none_or(|column| column.identity.is_some())
}

/// The privileges of a new object; `None` where they are the built-in ones.
fn at_birth(interp: &Interpreter<'_>, key: &ObjectKey) -> Option<Vec<Privilege>> {
    let objects = DefaultPrivilegesOn::of(key.kind)?;
    let role = current(interp);
    let of = |schema: Option<&Name>| {
        let key = DefaultPrivileges {
            role: role.clone(),
            schema: schema.cloned(),
            objects,
            privileges: Vec::new(),
        }
        .key();
        let entry = interp.store.get(&key)?;
        DefaultPrivileges::of(&entry.object).map(|defaults| defaults.privileges.clone())
    };
    let everywhere = of(None);
    let here = key.schema().filter(|_| key.kind != ObjectKind::Schema).and_then(|schema| of(Some(schema)));
    if everywhere.is_none() && here.is_none() {
        return None;
    }
    let mut list = everywhere.unwrap_or_else(|| objects.builtin(interp.major()));
    for item in here.unwrap_or_default() {
        match list.iter_mut().find(|p| p.grantee == item.grantee && p.privilege == item.privilege) {
            Some(there) => there.grantable |= item.grantable,
            None => list.push(item),
        }
    }
    list.sort();
    (list != objects.builtin(interp.major())).then_some(list)
}

/// What is said of the default privileges of whoever runs the files can't be held against a database, which has them by role.
pub(crate) fn of_whoever(interp: &mut Interpreter<'_>) {
    let keys: Vec<ObjectKey> = interp
        .store
        .catalog()
        .of_kind(ObjectKind::DefaultPrivileges)
        .filter(|(key, _)| *key.name() == WHOEVER)
        .map(|(key, _)| key.clone())
        .collect();
    for key in keys {
        let Some(entry) = interp.store.take(&key) else { continue };
        let Some(defaults) = DefaultPrivileges::of(&entry.object) else { continue };
        let place = match &defaults.schema {
            Some(schema) => format!("IN SCHEMA {schema} ON {}", defaults.objects.sql()),
            None => format!("ON {}", defaults.objects.sql()),
        };
        interp.store.push_gap(trueup_catalog::Gap {
            what: "default privileges".to_owned(),
            object: place,
            code: "U101".to_owned(),
            reason: trueup_catalog::GapReason::Unmodeled,
            message: "they are those of whoever runs the files: FOR ROLE would tell whose".to_owned(),
            span: entry.span,
        });
    }
}
