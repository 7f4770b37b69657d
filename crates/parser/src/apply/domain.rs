//! CREATE, ALTER and DROP DOMAIN.

use std::sync::Arc;

use trueup_catalog::{
    DataType, Domain, DomainConstraint, Entry, Expr, Name, ObjectKey, ObjectKind, QualifiedName,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::common::{drop_list, in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::apply::user_type::type_taken;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::types::{self as grammar, AlterDomainAction, DomainCheck};
use crate::interpreter::Interpreter;
use crate::store::TypeKind;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create_domain(cursor)?;
    let name = interp.new_name(&statement.name)?;
    if type_taken(interp, &name) {
        return Err(
            Failure::duplicate("42710", format!("type {name} already exists")).at(statement.name.range)
        );
    }
    let base = interp.argument_type(statement.base)?;
    let span = Some(interp.span(interp.place.statement.clone()));
    let domain = Domain {
        name: name.clone(),
        base: base.clone(),
        collation: statement.collation.as_ref().map(|c| interp.collation_name(c)),
        default: statement.default.and_then(|text| default(interp, text)),
        not_null: statement.not_null.unwrap_or(false),
    };
    interp.store.put(Entry { span, ..Entry::from(domain) });
    for check in statement.checks {
        add_check(interp, &name, &base, check)?;
    }
    Ok(())
}

/// A default; `NULL` leaves nothing behind.
fn default(interp: &Interpreter<'_>, text: Arc<str>) -> Option<Expr> {
    (!text.eq_ignore_ascii_case("null")).then(|| Expr { sql: text, search_path: interp.store.search_path() })
}

fn constraint_key(domain: &QualifiedName, name: &Name) -> ObjectKey {
    ObjectKey::on_relation(ObjectKind::DomainConstraint, domain.clone(), name.clone())
}

fn add_check(
    interp: &mut Interpreter<'_>,
    domain: &QualifiedName,
    base: &DataType,
    check: DomainCheck,
) -> Outcome {
    let name = match check.name {
        Some(name) => {
            if interp.store.get(&constraint_key(domain, &name)).is_some() {
                let message = format!("constraint {name} for domain {domain} already exists");
                return Err(Failure::duplicate("42710", message));
            }
            name
        }
        None => interp.choose_constraint_name(&domain.schema, domain.name.as_str(), None, "check", &[]),
    };
    let constraint = DomainConstraint {
        domain: domain.clone(),
        name,
        check: Expr { sql: check.check, search_path: interp.store.search_path() },
        base: base.clone(),
        validated: check.validated,
    };
    let span = Some(interp.span(check.range));
    interp.store.put(Entry { span, ..Entry::from(constraint) });
    Ok(())
}

/// The domain that a written name means.
///
/// # Errors
/// 42704 when there is none, 42809 when it is another type.
pub(crate) fn find(interp: &Interpreter<'_>, written: &WrittenName) -> Outcome<QualifiedName> {
    let missing =
        || Failure::undefined("42704", format!("type {written} does not exist")).at(written.range.clone());
    let name = interp.find_type(written.schema.as_ref(), &written.name).ok_or_else(missing)?;
    if interp.store.type_kind(&name) == Some(TypeKind::Domain) {
        Ok(name)
    } else {
        Err(Failure::refused("42809", format!("{name} is not a domain")))
    }
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter_domain(cursor)?;
    let name = find(interp, &statement.name)?;
    let key = ObjectKey::in_schema(ObjectKind::Domain, name.clone());
    let missing = |constraint: &Name| {
        Failure::undefined("42704", format!("constraint {constraint} of domain {name} does not exist"))
    };
    match statement.action {
        AlterDomainAction::SetDefault(text) => {
            let default = default(interp, text);
            edit(interp, &key, |domain| domain.default = default);
        }
        AlterDomainAction::DropDefault => edit(interp, &key, |domain| domain.default = None),
        AlterDomainAction::SetNotNull => edit(interp, &key, |domain| domain.not_null = true),
        AlterDomainAction::DropNotNull => edit(interp, &key, |domain| domain.not_null = false),
        AlterDomainAction::AddCheck(check) => {
            let base = interp.store.get(&key).and_then(|e| Domain::of(&e.object)).map(|d| d.base.clone());
            if let Some(base) = base {
                add_check(interp, &name, &base, check)?;
            }
        }
        AlterDomainAction::DropConstraint { if_exists, name: constraint } => {
            let not_null = constraint == format!("{}_not_null", name.name.as_str()).as_str();
            if interp.store.take(&constraint_key(&name, &constraint)).is_none() && !if_exists {
                // A constraint of its own since 17.
                if not_null && interp.major() >= 17 {
                    edit(interp, &key, |domain| domain.not_null = false);
                    return Ok(());
                }
                return Err(missing(&constraint));
            }
        }
        AlterDomainAction::RenameConstraint { from, to } => {
            if interp.store.get(&constraint_key(&name, &to)).is_some() {
                let message = format!("constraint {to} for domain {name} already exists");
                return Err(Failure::duplicate("42710", message));
            }
            interp
                .store
                .edit(&constraint_key(&name, &from), |entry| {
                    if let Some(constraint) = DomainConstraint::of_mut(&mut entry.object) {
                        constraint.name = to;
                    }
                })
                .ok_or_else(|| missing(&from))?;
        }
        AlterDomainAction::Validate(constraint) => {
            interp
                .store
                .edit(&constraint_key(&name, &constraint), |entry| {
                    if let Some(constraint) = DomainConstraint::of_mut(&mut entry.object) {
                        constraint.validated = true;
                    }
                })
                .ok_or_else(|| missing(&constraint))?;
        }
        AlterDomainAction::Owner(role) => set_owner(interp, &key, &role),
        AlterDomainAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            return interp.rename(&Renamed::Type { from: name, to });
        }
        AlterDomainAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            let to = in_schema(&name, &schema);
            return interp.rename(&Renamed::Type { from: name, to });
        }
    }
    Ok(())
}

fn edit(interp: &mut Interpreter<'_>, key: &ObjectKey, change: impl FnOnce(&mut Domain)) {
    interp.store.edit(key, |entry| {
        if let Some(domain) = Domain::of_mut(&mut entry.object) {
            change(domain);
        }
    });
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let list = drop_list(cursor)?;
    let mut keys = Vec::new();
    for written in &list.names {
        match find(interp, written) {
            Ok(name) => keys.push(ObjectKey::in_schema(ObjectKind::Domain, name)),
            Err(failure) if list.if_exists && failure.sqlstate == Some("42704") => {}
            Err(failure) => return Err(failure),
        }
    }
    interp.remove(&keys, list.cascade)
}
