//! GRANT and REVOKE: privileges stay with the object that they are on; membership in roles is not the schema's.
//!
//! The rules are those of `aclchk.c` and `acl.c`: who counts as the grantor (`select_best_grantor`), what a grant adds to what is there
//! (`aclupdate`), and what falls with a grant option that is taken back (`recursive_revoke`). A role that no statement tells is whoever
//! runs the files: taken to be the owner of what they make, as it is.

use trueup_catalog::{Grantee, Name, ObjectKey, ObjectKind, Privilege, builtin_privileges};
use trueup_syntax::Cursor;

use crate::apply::{domain, routine, user_type};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::{Role, WrittenName};
use crate::grammar::grant::{AllOf, Grant, Targets, Terms, grant as read};
use crate::interpreter::Interpreter;
use crate::names::is_system_schema;
use crate::store::RelationKind;

pub(crate) fn grant(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let (terms, targets) = match read(cursor)? {
        Grant::Privileges(_, Targets::Outside) | Grant::Membership => {
            interp.skipped += 1;
            return Ok(());
        }
        Grant::Privileges(terms, targets) => (terms, targets),
    };
    for key in keys(interp, targets)? {
        on_object(interp, &key, &terms)?;
    }
    Ok(())
}

/// The objects that a statement names. What is not modelled, an extension's or PostgreSQL's own, is a gap.
fn keys(interp: &mut Interpreter<'_>, targets: Targets) -> Outcome<Vec<ObjectKey>> {
    let range = interp.place.statement.clone();
    let mut keys = Vec::new();
    match targets {
        Targets::Outside => {}
        Targets::Tables(names) | Targets::Sequences(names) => {
            for name in &names {
                match interp.relation(name) {
                    Ok((name, relation)) => match relation.key {
                        Some(key) => keys.push(key),
                        None => interp.gap("grant", name.to_string(), "", range.clone()),
                    },
                    Err(_) if outside(interp, name) => {
                        interp.gap("grant", name.to_string(), "", range.clone())
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
        Targets::Schemas(names) => global(interp, ObjectKind::Schema, &names, &mut keys),
        Targets::Languages(names) => global(interp, ObjectKind::Language, &names, &mut keys),
        Targets::ForeignDataWrappers(names) => {
            global(interp, ObjectKind::ForeignDataWrapper, &names, &mut keys);
        }
        Targets::Servers(names) => global(interp, ObjectKind::Server, &names, &mut keys),
        Targets::Routines(kind, list) => {
            for written in &list {
                match routine::find(interp, kind, written) {
                    Ok(key) => keys.push(key),
                    // An extension's function, or one of PostgreSQL's own.
                    Err(_) => interp.gap("grant", written.name.to_string(), "", range.clone()),
                }
            }
        }
        Targets::Types(names) => {
            for name in &names {
                match user_type::type_key(interp, name)? {
                    Some(key) => keys.push(key),
                    // An extension's type, or one of PostgreSQL's own.
                    None => interp.gap("grant", name.to_string(), "", range.clone()),
                }
            }
        }
        Targets::Domains(names) => {
            for name in &names {
                keys.push(ObjectKey::in_schema(ObjectKind::Domain, domain::find(interp, name)?));
            }
        }
        Targets::All(all, schemas) => keys = everything(interp, all, &schemas),
    }
    Ok(keys)
}

fn global(interp: &mut Interpreter<'_>, kind: ObjectKind, names: &[Name], keys: &mut Vec<ObjectKey>) {
    for name in names {
        let key = ObjectKey::global(kind, name.clone());
        if interp.store.get(&key).is_some() {
            keys.push(key);
        } else {
            let range = interp.place.statement.clone();
            interp.gap("grant", format!("{} {name}", kind.word()), "", range);
        }
    }
}

/// Everything of a kind in schemas, as it is now (`objectsInSchemaToOids` in `aclchk.c`).
fn everything(interp: &Interpreter<'_>, all: AllOf, schemas: &[Name]) -> Vec<ObjectKey> {
    let relations = |sequences: bool| {
        let mut keys: Vec<ObjectKey> = interp
            .store
            .relations()
            .filter(|(name, relation)| {
                schemas.contains(&name.schema)
                    && match relation.kind {
                        RelationKind::Table | RelationKind::View | RelationKind::MaterializedView => {
                            !sequences
                        }
                        RelationKind::Sequence | RelationKind::IdentitySequence => sequences,
                        RelationKind::Index
                        | RelationKind::ConstraintIndex
                        | RelationKind::CompositeType
                        | RelationKind::Opaque => false,
                    }
            })
            .filter_map(|(_, relation)| relation.key.clone())
            .collect();
        keys.sort();
        keys
    };
    let routines = |kinds: &[ObjectKind]| {
        let all = kinds.iter().flat_map(|kind| interp.store.catalog().of_kind(*kind));
        let inside = all.filter(|(key, _)| key.schema().is_some_and(|schema| schemas.contains(schema)));
        inside.map(|(key, _)| key.clone()).collect()
    };
    match all {
        AllOf::Tables => relations(false),
        AllOf::Sequences => relations(true),
        AllOf::Functions => routines(&[ObjectKind::Function, ObjectKind::Aggregate]),
        AllOf::Procedures => routines(&[ObjectKind::Procedure]),
        AllOf::Routines => routines(&[ObjectKind::Function, ObjectKind::Aggregate, ObjectKind::Procedure]),
    }
}

/// Whether a relation that is not found may be there all the same.
fn outside(interp: &Interpreter<'_>, name: &WrittenName) -> bool {
    name.schema.as_ref().map_or_else(|| name.name.as_str().starts_with("pg_"), is_system_schema)
        || interp.has_extensions()
}

fn on_object(interp: &mut Interpreter<'_>, key: &ObjectKey, terms: &Terms) -> Outcome {
    let major = interp.major();
    let owner = interp.store.get(key).and_then(|entry| entry.owner.clone());
    let Some(grantees) = grantees(interp, &terms.roles, owner.as_ref()) else {
        let range = interp.place.statement.clone();
        interp.gap("grant", key.to_string(), "the role that runs the statement is not told", range);
        return Ok(());
    };
    let doer = match terms.granted_by.as_ref().unwrap_or(&Role::Current) {
        Role::Named(name) => Some(name.clone()),
        Role::Public | Role::Current => interp.role.clone(),
    };
    let privileges = words(key.kind, terms, major)?;
    if interp.is_strict()
        && let trueup_catalog::Address::InSchema(table) = &key.address
        && interp.store.catalog().table(table).is_some()
        && let Some(missing) = privileges
            .iter()
            .filter_map(|(column, _)| column.as_ref())
            .find(|column| interp.store.catalog().column(table, column).is_none())
    {
        let (column, table) = (missing.as_str(), table.name.as_str());
        let message = format!("column \"{column}\" of relation \"{table}\" does not exist");
        return Err(Failure::undefined("42703", message));
    }
    let result = interp.store.edit(key, |entry| {
        let mut list = entry.privileges.take().unwrap_or_else(|| builtin_privileges(key, major));
        let grantor = grantor(doer.as_ref(), owner.as_ref(), &list, &privileges);
        for grantee in &grantees {
            for (column, word) in &privileges {
                let item = Privilege {
                    column: column.clone(),
                    grantor: grantor.clone(),
                    ..Privilege::new(grantee.clone(), word.clone())
                };
                change(&mut list, &item, terms)?;
                let is_same = |p: &Privilege| {
                    p.column == item.column && p.grantee == item.grantee && p.privilege == item.privilege
                };
                if !terms.option_only {
                    entry.revoked.retain(|p| !is_same(p));
                    if terms.revoke {
                        entry.revoked.push(Privilege { grantor: Grantee::Owner, ..item });
                    }
                }
            }
        }
        list.sort();
        entry.revoked.sort();
        entry.privileges = Some(list);
        Ok(())
    });
    result.unwrap_or(Ok(()))
}

/// Who gets or loses it; `None` when that is whoever runs the statement, and nothing tells who that is.
pub(crate) fn grantees(
    interp: &Interpreter<'_>,
    roles: &[Role],
    owner: Option<&Name>,
) -> Option<Vec<Grantee>> {
    roles
        .iter()
        .map(|role| match (role, &interp.role) {
            (Role::Public, _) => Some(Grantee::Public),
            (Role::Named(name), _) | (Role::Current, Some(name)) => {
                Some(if Some(name) == owner { Grantee::Owner } else { Grantee::Role(name.clone()) })
            }
            (Role::Current, None) => owner.is_none().then_some(Grantee::Owner),
        })
        .collect()
}

/// The owner, unless the role is another one that holds a grant option itself.
fn grantor(
    doer: Option<&Name>,
    owner: Option<&Name>,
    list: &[Privilege],
    words: &[(Option<Name>, String)],
) -> Grantee {
    let Some(doer) = doer.filter(|doer| Some(*doer) != owner) else { return Grantee::Owner };
    let doer = Grantee::Role(doer.clone());
    let may = list.iter().any(|p| {
        p.grantable
            && p.grantee == doer
            && words
                .iter()
                .any(|(column, word)| p.privilege == *word && (p.column.is_none() || p.column == *column))
    });
    if may { doer } else { Grantee::Owner }
}

/// The privileges that a statement's words mean, each with its column. A REVOKE from a table takes the same from all its columns as well
/// (manual, REVOKE).
fn words(kind: ObjectKind, terms: &Terms, major: u32) -> Outcome<Vec<(Option<Name>, String)>> {
    const ON_COLUMNS: &[&str] = &["INSERT", "SELECT", "UPDATE", "REFERENCES"];
    let all = kind.privileges(major);
    let mut list = Vec::new();
    for word in &terms.words {
        let on_columns = word.columns.is_some();
        let known = if on_columns { ON_COLUMNS } else { all };
        let meant: Vec<&str> = if word.word == "ALL" { known.to_vec() } else { vec![word.word.as_str()] };
        for privilege in meant {
            if !known.contains(&privilege) {
                // GRANT ON TABLE of a sequence only warns of what sequences don't have.
                if kind == ObjectKind::Sequence || kind == ObjectKind::Column {
                    continue;
                }
                let what = if on_columns { "column" } else { kind.word() };
                return Err(Failure::refused(
                    "0LP01",
                    format!("invalid privilege type {privilege} for {what}"),
                ));
            }
            match &word.columns {
                Some(columns) => {
                    list.extend(columns.iter().map(|column| (Some(column.clone()), privilege.to_owned())));
                }
                None => list.push((None, privilege.to_owned())),
            }
        }
    }
    Ok(list)
}

/// Changes one privilege of one grantee.
///
/// # Errors
/// 2BP01 when others hold it only because of the grant option that is taken back.
pub(crate) fn change(list: &mut Vec<Privilege>, item: &Privilege, terms: &Terms) -> Outcome {
    let same = |p: &Privilege| p.grantee == item.grantee && p.privilege == item.privilege;
    let of_item = |p: &Privilege| same(p) && p.grantor == item.grantor && p.column == item.column;
    if !terms.revoke {
        let grantable = terms.grantable && item.grantee != Grantee::Owner;
        match list.iter_mut().find(|p| of_item(p)) {
            Some(there) => there.grantable |= grantable,
            None => list.push(Privilege { grantable, ..item.clone() }),
        }
        return Ok(());
    }
    let mut columns: Vec<Option<Name>> = vec![item.column.clone()];
    if item.column.is_none() {
        columns.extend(list.iter().filter(|p| same(p) && p.column.is_some()).map(|p| p.column.clone()));
    }
    for column in columns {
        take(list, &Privilege { column, ..item.clone() }, terms)?;
    }
    Ok(())
}

/// Takes a privilege, or its grant option, and what hangs on that.
fn take(list: &mut Vec<Privilege>, item: &Privilege, terms: &Terms) -> Outcome {
    let at_column = |p: &Privilege| p.privilege == item.privilege && p.column == item.column;
    let could_grant = list.iter().any(|p| at_column(p) && p.grantee == item.grantee && p.grantable);
    let gone = |p: &Privilege| at_column(p) && p.grantee == item.grantee && p.grantor == item.grantor;
    if terms.option_only {
        list.iter_mut().filter(|p| gone(p)).for_each(|p| p.grantable = false);
    } else {
        list.retain(|p| !gone(p));
    }
    let can_grant = list.iter().any(|p| at_column(p) && p.grantee == item.grantee && p.grantable);
    if could_grant && !can_grant {
        let hanging: Vec<Privilege> =
            list.iter().filter(|p| at_column(p) && p.grantor == item.grantee).cloned().collect();
        if !hanging.is_empty() && !terms.cascade {
            return Err(Failure::refused("2BP01", "dependent privileges exist")
                .help("use CASCADE to revoke them too"));
        }
        for one in hanging {
            // All of it falls, whatever was asked for.
            list.retain(|p| *p != one);
            let lost = Privilege { grantable: false, ..one };
            if !list.iter().any(|p| at_column(p) && p.grantee == lost.grantee && p.grantable) {
                list.retain(|p| !(at_column(p) && p.grantor == lost.grantee));
            }
        }
    }
    Ok(())
}

/// Makes grants on a column follow its new name, or go with it.
pub(crate) fn move_column(list: &mut Vec<Privilege>, from: &Name, to: Option<&Name>) {
    match to {
        Some(to) => {
            for p in list.iter_mut().filter(|p| p.column.as_ref() == Some(from)) {
                p.column = Some(to.clone());
            }
            list.sort();
        }
        None => list.retain(|p| p.column.as_ref() != Some(from)),
    }
}
