//! CREATE, ALTER and DROP POLICY.

use std::sync::Arc;

use trueup_catalog::{Entry, Expr, Name, ObjectKey, ObjectKind, Policy, QualifiedName};
use trueup_syntax::{Cursor, WrittenName};

use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::{Role, behaviour};
use crate::grammar::policy as grammar;
use crate::interpreter::Interpreter;

fn policy_key(table: &QualifiedName, name: &Name) -> ObjectKey {
    ObjectKey::on_relation(ObjectKind::Policy, table.clone(), name.clone())
}

/// The roles sorted; `PUBLIC` anywhere takes all of them in (`policy_role_list_to_array`).
fn roles(interp: &mut Interpreter<'_>, policy: &str, list: Vec<Role>) -> Vec<Name> {
    if list.contains(&Role::Public) {
        return Vec::new();
    }
    let mut names = Vec::new();
    for role in list {
        match role {
            Role::Named(name) => names.push(name),
            Role::Public => {}
            Role::Current => match interp.role.clone() {
                Some(name) => names.push(name),
                None => {
                    let range = interp.place.statement.clone();
                    let message = "the policy is for whoever runs the statement, which files do not tell";
                    interp.gap("policy role", policy, message, range);
                }
            },
        }
    }
    names.sort();
    names.dedup();
    names
}

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create(cursor)?;
    for role in &statement.roles {
        if let Role::Named(name) = role {
            interp.role_is_there(name)?;
        }
    }
    let table = interp.table(&statement.table)?;
    let key = policy_key(&table, &statement.name);
    if interp.store.get(&key).is_some() && interp.minds_duplicates() {
        let message = format!("policy {} for table {table} already exists", statement.name);
        return Err(Failure::duplicate("42710", message));
    }
    let path = interp.store.search_path();
    let expr = |sql: Arc<str>| Expr { sql, search_path: Arc::clone(&path) };
    let roles = roles(interp, &key.to_string(), statement.roles);
    let policy = Policy {
        table,
        name: statement.name,
        permissive: statement.permissive,
        command: statement.command,
        roles,
        using: statement.using.map(expr),
        check: statement.check.map(expr),
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(policy) });
    Ok(())
}

fn missing(name: &Name, table: &dyn std::fmt::Display) -> Failure {
    Failure::undefined("42704", format!("policy {name} for table {table} does not exist"))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter(cursor)?;
    let table = interp.table(&statement.table)?;
    let key = policy_key(&table, &statement.name);
    if interp.store.get(&key).is_none() {
        return Err(missing(&statement.name, &table));
    }
    if let Some(to) = &statement.rename
        && interp.store.get(&policy_key(&table, to)).is_some()
    {
        return Err(Failure::duplicate("42710", format!("policy {to} for table {table} already exists")));
    }
    let path = interp.store.search_path();
    let expr = |sql: Arc<str>| Expr { sql, search_path: Arc::clone(&path) };
    let roles = statement.roles.map(|list| roles(interp, &key.to_string(), list));
    interp.store.edit(&key, |entry| {
        if let Some(policy) = Policy::of_mut(&mut entry.object) {
            if let Some(name) = statement.rename {
                policy.name = name;
            }
            if let Some(roles) = roles {
                policy.roles = roles;
            }
            if let Some(using) = statement.using {
                policy.using = Some(expr(using));
            }
            if let Some(check) = statement.check {
                policy.check = Some(expr(check));
            }
        }
    });
    Ok(())
}

/// `[IF EXISTS] name ON table [CASCADE|RESTRICT]`.
pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let (if_exists, name, table) = on_table(cursor)?;
    let Some((relation, _)) = interp.find_relation(&table) else {
        return if if_exists { Ok(()) } else { Err(Failure::no_relation(&table).at(table.range)) };
    };
    if interp.store.take(&policy_key(&relation, &name)).is_none() && !if_exists {
        return Err(missing(&name, &relation));
    }
    Ok(())
}

/// What `DROP POLICY` and `DROP TRIGGER` share.
pub(crate) fn on_table(cursor: &mut Cursor<'_>) -> Outcome<(bool, Name, WrittenName)> {
    let if_exists = cursor.accept_words("if exists");
    let name = cursor.name()?;
    cursor.expect("on")?;
    let table = cursor.qualified_name()?;
    behaviour(cursor);
    Ok((if_exists, name, table))
}
