//! COMMENT ON.

use trueup_catalog::{
    CompositeType, Domain, MaterializedView, Name, ObjectKey, ObjectKind, QualifiedName, View,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::{domain, object, routine, user_type};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::comment::{self as grammar, Commented};
use crate::grammar::object::NamedObject;
use crate::interpreter::Interpreter;
use crate::store::RelationKind;

pub(crate) fn comment(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    cursor.expect("comment")?;
    let statement = grammar::comment(cursor)?;
    let text = statement.text;
    let on_table =
        |interp: &Interpreter<'_>, kind: ObjectKind, name: Name, table: &WrittenName| -> Outcome<ObjectKey> {
            let (relation, _) = interp.relation(table)?;
            let key = ObjectKey::on_relation(kind, relation.clone(), name.clone());
            if interp.store.get(&key).is_none() {
                let message = format!("{kind} {name} for table {relation} does not exist");
                return Err(Failure::undefined("42704", message));
            }
            Ok(key)
        };
    let key = match statement.object {
        Commented::Relation(word, written) => match relation(interp, word, &written)? {
            Some(key) => key,
            None => return unmodelled(interp, word, written.to_string(), text),
        },
        Commented::Column(names) => return column(interp, &names, text),
        Commented::Schema(name) => {
            let key = ObjectKey::global(ObjectKind::Schema, name.clone());
            if interp.store.get(&key).is_none() && !interp.schema_exists(&name) {
                return Err(Failure::undefined("3F000", format!("schema {name} does not exist")));
            }
            key
        }
        Commented::Extension(name) => {
            let key = ObjectKey::global(ObjectKind::Extension, name.clone());
            if interp.store.get(&key).is_none() {
                // Every database has it from the start.
                if name == "plpgsql" {
                    return Ok(());
                }
                return Err(Failure::undefined("42704", format!("extension {name} does not exist")));
            }
            key
        }
        Commented::Type(written) => match user_type::type_key(interp, &written)? {
            Some(key) => key,
            // One of an extension.
            None => return Ok(()),
        },
        Commented::Domain(written) => {
            ObjectKey::in_schema(ObjectKind::Domain, domain::find(interp, &written)?)
        }
        Commented::Routine(kind, written) => routine::find(interp, kind, &written)?,
        Commented::Constraint { name, table } => {
            match on_table(interp, ObjectKind::Constraint, name.clone(), &table) {
                Ok(key) => key,
                // NOT NULL has a name of its own since 18, and is part of its column here.
                Err(_) if interp.major() >= 18 && interp.relation(&table).is_ok() => {
                    let (table, _) = interp.relation(&table)?;
                    return unmodelled(interp, "not-null constraint", format!("{table}.{name}"), text);
                }
                Err(failure) => return Err(failure),
            }
        }
        Commented::DomainConstraint { name, domain } => {
            let domain = domain::find(interp, &domain)?;
            let key = ObjectKey::on_relation(ObjectKind::DomainConstraint, domain.clone(), name.clone());
            if interp.store.get(&key).is_none() {
                // NOT NULL of a domain is a constraint with a name since 17, and is part of the domain here.
                let owner = ObjectKey::in_schema(ObjectKind::Domain, domain.clone());
                let of = interp.store.get(&owner).and_then(|entry| Domain::of(&entry.object));
                if interp.major() >= 17 && of.is_some_and(|domain| domain.not_null) {
                    return unmodelled(interp, "not-null constraint", format!("{domain}.{name}"), text);
                }
                let message = format!("constraint {name} for domain {domain} does not exist");
                return Err(Failure::undefined("42704", message));
            }
            key
        }
        Commented::Trigger { name, table } => on_table(interp, ObjectKind::Trigger, name, &table)?,
        Commented::Policy { name, table } => on_table(interp, ObjectKind::Policy, name, &table)?,
        Commented::Other(NamedObject::Outside) => {
            interp.skipped += 1;
            return Ok(());
        }
        Commented::Other(named) => match object::find(interp, &named)? {
            Some(key) => key,
            None if object::is_builtin(&named) => return Ok(()),
            None => return Err(object::missing(&named)),
        },
    };
    interp.store.edit(&key, |entry| entry.comment = text);
    Ok(())
}

/// A comment on something that is not modelled.
fn unmodelled(interp: &mut Interpreter<'_>, what: &str, object: String, text: Option<String>) -> Outcome {
    let what = format!("comment on {what}");
    interp.store.remove_gaps(&what, &object);
    if text.is_some() {
        let range = interp.place.statement.clone();
        interp.gap(&what, object, "", range);
    }
    Ok(())
}

/// The relation that a comment is on; `None` when it is known by name only, or is the index behind a constraint, which has no comment
/// of its own in the model.
fn relation(interp: &Interpreter<'_>, word: &str, written: &WrittenName) -> Outcome<Option<ObjectKey>> {
    let (name, relation) = interp.relation(written)?;
    let fits = match relation.kind {
        RelationKind::Table => word == "table",
        RelationKind::Index | RelationKind::ConstraintIndex => word == "index",
        RelationKind::Sequence | RelationKind::IdentitySequence => word == "sequence",
        RelationKind::View => word == "view",
        RelationKind::MaterializedView => word == "materialized view",
        RelationKind::CompositeType => false,
        RelationKind::Opaque => true,
    };
    if !fits {
        return Err(Failure::refused("42809", format!("{name} is a {}, not a {word}", relation.kind.word())));
    }
    Ok(match relation.kind {
        RelationKind::Table
        | RelationKind::Index
        | RelationKind::Sequence
        | RelationKind::View
        | RelationKind::MaterializedView => relation.key,
        RelationKind::ConstraintIndex
        | RelationKind::IdentitySequence
        | RelationKind::CompositeType
        | RelationKind::Opaque => None,
    })
}

fn column(interp: &mut Interpreter<'_>, names: &[Name], text: Option<String>) -> Outcome {
    let [rest @ .., column] = names else { return Err(Failure::syntax("column name must be qualified")) };
    let [schema @ .., table] = rest else { return Err(Failure::syntax("column name must be qualified")) };
    let written = WrittenName { schema: schema.last().cloned(), name: table.clone(), range: 0..0 };
    let (name, relation) = interp.relation(&written)?;
    let note = |comments: &mut std::collections::BTreeMap<Name, String>, text: Option<String>| match text {
        Some(text) => {
            comments.insert(column.clone(), text);
        }
        None => {
            comments.remove(column);
        }
    };
    match relation.kind {
        RelationKind::Table => {
            let key = ObjectKey::on_relation(ObjectKind::Column, name.clone(), column.clone());
            interp
                .store
                .edit(&key, |entry| entry.comment = text)
                .ok_or_else(|| Failure::no_column(column, &name))?;
        }
        RelationKind::View | RelationKind::MaterializedView | RelationKind::CompositeType => {
            let Some(key) = relation.key else { return Ok(()) };
            let missing = interp.store.edit(&key, |entry| {
                if let Some(view) = View::of_mut(&mut entry.object) {
                    note(&mut view.column_comments, text);
                } else if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                    note(&mut view.column_comments, text);
                } else if let Some(composite) = CompositeType::of_mut(&mut entry.object) {
                    if !composite.attributes.iter().any(|a| a.name == *column) {
                        return true;
                    }
                    note(&mut composite.attribute_comments, text);
                }
                false
            });
            if missing == Some(true) {
                return Err(Failure::no_column(column, &name));
            }
        }
        RelationKind::Opaque => {
            return unmodelled(interp, "column", qualified(&name, column), text);
        }
        RelationKind::Index
        | RelationKind::ConstraintIndex
        | RelationKind::Sequence
        | RelationKind::IdentitySequence => {
            let message = format!("{name} is a {}, whose columns have no comments", relation.kind.word());
            return Err(Failure::refused("42809", message));
        }
    }
    Ok(())
}

fn qualified(table: &QualifiedName, column: &Name) -> String {
    format!("{table}.{column}")
}
