//! SECURITY LABEL: labels stay with the object that they are on.

use trueup_catalog::{Name, ObjectKey, ObjectKind};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::{domain, object, routine, user_type};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::comment::Commented;
use crate::grammar::object::NamedObject;
use crate::grammar::security_label::{SecurityLabel, security_label as read};
use crate::interpreter::Interpreter;
use crate::store::RelationKind;

/// What follows `SECURITY LABEL` (`ExecSecLabelStmt` in `seclabel.c`).
pub(crate) fn security_label(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let SecurityLabel { provider, object: on, label } = read(cursor)?;
    if matches!(on, Commented::Other(NamedObject::Outside)) {
        interp.skipped += 1;
        return Ok(());
    }
    let (named, key) = target(interp, on)?;
    let (Some(key), Some(provider)) = (key.filter(|key| interp.store.get(key).is_some()), provider) else {
        let range = interp.place.statement.clone();
        // Which provider it is, only the server knows; what has no place in the model is told by name.
        interp.gap("security label", named, "", range);
        return Ok(());
    };
    interp.store.edit(&key, |entry| match label {
        Some(label) => {
            entry.security_labels.insert(provider, label);
        }
        None => {
            entry.security_labels.remove(&provider);
        }
    });
    Ok(())
}

/// The object, by name and, where it is modelled, by key.
pub(crate) fn target(interp: &Interpreter<'_>, on: Commented) -> Outcome<(String, Option<ObjectKey>)> {
    let of = |key: ObjectKey| Ok((key.to_string(), Some(key)));
    match on {
        Commented::Relation(_, written) => {
            let (name, relation) = interp.relation(&written)?;
            // The sequence of an identity is no object of its own.
            let own = !matches!(
                relation.kind,
                RelationKind::IdentitySequence | RelationKind::ConstraintIndex | RelationKind::Index
            );
            Ok((name.to_string(), relation.key.filter(|_| own)))
        }
        Commented::Column(names) => column(interp, &names),
        Commented::Schema(name) => of(ObjectKey::global(ObjectKind::Schema, name)),
        Commented::Type(written) => Ok((written.to_string(), user_type::type_key(interp, &written)?)),
        Commented::Domain(written) => {
            of(ObjectKey::in_schema(ObjectKind::Domain, domain::find(interp, &written)?))
        }
        Commented::Routine(kind, written) => of(routine::find(interp, kind, &written)?),
        Commented::Other(named) => match object::find(interp, &named)? {
            Some(key) => of(key),
            None => Err(object::missing(&named)),
        },
        Commented::Extension(_)
        | Commented::Constraint { .. }
        | Commented::DomainConstraint { .. }
        | Commented::Trigger { .. }
        | Commented::Policy { .. } => {
            Err(Failure::refused("42809", "security labels are not supported for this type of object"))
        }
    }
}

/// A column of a table; those of views have no labels in the model.
fn column(interp: &Interpreter<'_>, names: &[Name]) -> Outcome<(String, Option<ObjectKey>)> {
    let [rest @ .., column] = names else { return Err(Failure::syntax("column name must be qualified")) };
    let [schema @ .., table] = rest else { return Err(Failure::syntax("column name must be qualified")) };
    let written = WrittenName { schema: schema.last().cloned(), name: table.clone(), range: 0..0 };
    let (name, relation) = interp.relation(&written)?;
    let key = ObjectKey::on_relation(ObjectKind::Column, name.clone(), column.clone());
    if relation.kind == RelationKind::Table && interp.store.get(&key).is_none() {
        return Err(Failure::no_column(column, &name));
    }
    Ok((format!("{name}.{column}"), (relation.kind == RelationKind::Table).then_some(key)))
}
