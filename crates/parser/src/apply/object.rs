//! What statements about the kinds without a file of their own in the grammar share: finding the object that a statement names, ALTER …
//! RENAME / OWNER / SET SCHEMA, and DROP.
//!
//! Never: what CREATE makes of them (see the file of each kind).

use trueup_catalog::{Address, ArgumentMode, DataType, Name, ObjectKey, ObjectKind, QualifiedName};
use trueup_syntax::{Cursor, WrittenName, type_name::TypeName};

use crate::apply::common::{in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::common::{behaviour, role};
use crate::grammar::object::{self as grammar, AggregateArguments, NamedObject};
use crate::grammar::routine::Parameter;
use crate::grammar::types::{DefinitionElement, DefinitionValue};
use crate::interpreter::Interpreter;

/// A type without modifiers, as arguments of routines and sides of operators have it.
pub(crate) fn plain_type(interp: &Interpreter<'_>, data_type: &TypeName) -> Outcome<DataType> {
    Ok(DataType { modifiers: Vec::new(), ..interp.argument_type(data_type.clone())? })
}

/// The types of the input parameters.
pub(crate) fn input_types(interp: &Interpreter<'_>, parameters: &[Parameter]) -> Outcome<Vec<DataType>> {
    parameters
        .iter()
        .filter(|p| p.mode.unwrap_or(ArgumentMode::In).is_input())
        .map(|p| plain_type(interp, &p.data_type))
        .collect()
}

/// An element of a definition list, by any of its names; PostgreSQL ignores case where a quoted one is written in another
/// (`pg_strcasecmp` of old dumps).
pub(crate) fn element<'e>(
    elements: &'e [DefinitionElement],
    names: &[&str],
) -> Option<&'e DefinitionElement> {
    elements.iter().find(|e| names.iter().any(|n| e.name.as_str().eq_ignore_ascii_case(n)))
}

/// The function that an element of a definition list names.
pub(crate) fn function(
    interp: &Interpreter<'_>,
    elements: &[DefinitionElement],
    names: &[&str],
) -> Option<QualifiedName> {
    element(elements, names)
        .and_then(DefinitionElement::written_name)
        .map(|written| interp.function_name(&written))
}

/// The same where the statement can't do without it.
pub(crate) fn required_function(
    interp: &Interpreter<'_>,
    elements: &[DefinitionElement],
    name: &str,
    of: &str,
) -> Outcome<QualifiedName> {
    function(interp, elements, &[name])
        .ok_or_else(|| Failure::refused("42P17", format!("{of} {name} method is required")))
}

/// The value of an element of a definition list as a type.
pub(crate) fn type_of(
    interp: &Interpreter<'_>,
    element: Option<&DefinitionElement>,
) -> Outcome<Option<DataType>> {
    match element.and_then(|e| e.value.as_ref()) {
        Some(DefinitionValue::Type(t)) => plain_type(interp, t).map(Some),
        Some(DefinitionValue::Text(text)) => {
            Ok(Some(interp.resolve_type(trueup_syntax::type_name::parse_type(text)?)))
        }
        Some(DefinitionValue::Operator(..) | DefinitionValue::Number(_) | DefinitionValue::Word(_))
        | None => Ok(None),
    }
}

fn in_schema_key(interp: &Interpreter<'_>, kind: ObjectKind, written: &WrittenName) -> Option<ObjectKey> {
    interp
        .find_by_path(written, |name| {
            let key = ObjectKey::in_schema(kind, name.clone());
            interp.store.get(&key).map(|_| key)
        })
        .map(|(_, key)| key)
}

fn by_address(
    interp: &Interpreter<'_>,
    kind: ObjectKind,
    written: &WrittenName,
    address: impl Fn(QualifiedName) -> Address,
) -> Option<ObjectKey> {
    interp
        .find_by_path(written, |name| {
            let key = ObjectKey { kind, address: address(name.clone()) };
            interp.store.get(&key).map(|_| key)
        })
        .map(|(_, key)| key)
}

/// The object of the catalog that a statement names, if there is one.
///
/// # Errors
/// When a type in its name is not there.
pub(crate) fn find(interp: &Interpreter<'_>, object: &NamedObject) -> Outcome<Option<ObjectKey>> {
    let known = |key: ObjectKey| interp.store.get(&key).map(|_| key);
    Ok(match object {
        NamedObject::InSchema(kind, written) => in_schema_key(interp, *kind, written),
        NamedObject::Global(kind, name) => known(ObjectKey::global(*kind, name.clone())),
        NamedObject::Aggregate(written, AggregateArguments { parameters, .. }) => {
            let arguments = input_types(interp, parameters)?;
            by_address(interp, ObjectKind::Aggregate, written, |name| Address::Routine {
                name,
                arguments: arguments.clone(),
            })
        }
        NamedObject::Operator { schema, symbol, left, right } => {
            let side = |side: &Option<TypeName>| side.as_ref().map(|t| plain_type(interp, t)).transpose();
            let (left, right) = (side(left)?, side(right)?);
            let written = WrittenName { schema: schema.clone(), name: Name::new(symbol), range: 0..0 };
            by_address(interp, ObjectKind::Operator, &written, |name| Address::Operator {
                name,
                left: left.clone(),
                right: right.clone(),
            })
        }
        NamedObject::OfMethod(kind, written, method) => {
            by_address(interp, *kind, written, |name| Address::OfMethod { name, method: method.clone() })
        }
        NamedObject::Cast { source, target } => known(ObjectKey {
            kind: ObjectKind::Cast,
            address: Address::Cast {
                source: plain_type(interp, source)?,
                target: plain_type(interp, target)?,
            },
        }),
        NamedObject::Rule { name, table } => interp
            .find_relation(table)
            .and_then(|(table, _)| known(ObjectKey::on_relation(ObjectKind::Rule, table, name.clone()))),
        NamedObject::Transform { data_type, language } => known(ObjectKey {
            kind: ObjectKind::Transform,
            address: Address::Transform {
                data_type: plain_type(interp, data_type)?,
                language: language.clone(),
            },
        }),
        NamedObject::UserMapping { user, server } => {
            let user = crate::apply::foreign_data::mapped_user(interp, user);
            user.and_then(|user| {
                known(ObjectKey {
                    kind: ObjectKind::UserMapping,
                    address: Address::UserMapping { user, server: server.clone() },
                })
            })
        }
        NamedObject::ForeignTable(written) => in_schema_key(interp, ObjectKind::Table, written),
        NamedObject::Outside => None,
    })
}

/// The kind of the object and its name as the statement has it.
fn described(object: &NamedObject) -> (&'static str, String) {
    match object {
        NamedObject::InSchema(kind, written) | NamedObject::OfMethod(kind, written, _) => {
            (kind.word(), written.to_string())
        }
        NamedObject::Global(kind, name) => (kind.word(), name.to_string()),
        NamedObject::Aggregate(written, _) => ("aggregate", written.to_string()),
        NamedObject::Operator { symbol, .. } => ("operator", symbol.clone()),
        NamedObject::Cast { source, target } => {
            ("cast", format!("({} AS {})", source.data_type, target.data_type))
        }
        NamedObject::Rule { name, table } => ("rule", format!("{name} on {table}")),
        NamedObject::Transform { data_type, language } => {
            ("transform", format!("for {} language {language}", data_type.data_type))
        }
        NamedObject::UserMapping { server, .. } => ("user mapping", format!("on server {server}")),
        NamedObject::ForeignTable(written) => ("foreign table", written.to_string()),
        NamedObject::Outside => ("object", String::new()),
    }
}

/// That a statement names what is not there.
pub(crate) fn missing(object: &NamedObject) -> Failure {
    let (what, named) = described(object);
    let code = match object {
        NamedObject::Aggregate(..) | NamedObject::Operator { .. } => "42883",
        NamedObject::ForeignTable(_) => "42P01",
        NamedObject::InSchema(..)
        | NamedObject::Global(..)
        | NamedObject::OfMethod(..)
        | NamedObject::Cast { .. }
        | NamedObject::Rule { .. }
        | NamedObject::Transform { .. }
        | NamedObject::UserMapping { .. }
        | NamedObject::Outside => "42704",
    };
    Failure::undefined(code, format!("{what} {named} does not exist"))
}

/// Whether the statement may be about an object that PostgreSQL brings along, which the model leaves out.
pub(crate) fn is_builtin(object: &NamedObject) -> bool {
    match object {
        NamedObject::InSchema(_, written)
        | NamedObject::OfMethod(_, written, _)
        | NamedObject::Aggregate(written, _) => {
            written.schema.as_ref().is_some_and(crate::names::is_system_schema)
        }
        NamedObject::Global(ObjectKind::Language, name) => {
            matches!(name.as_str(), "plpgsql" | "sql" | "c" | "internal")
        }
        NamedObject::Operator { schema, .. } => schema.as_ref().is_some_and(crate::names::is_system_schema),
        NamedObject::Global(..)
        | NamedObject::Cast { .. }
        | NamedObject::Rule { .. }
        | NamedObject::Transform { .. }
        | NamedObject::UserMapping { .. }
        | NamedObject::ForeignTable(_)
        | NamedObject::Outside => false,
    }
}

/// `ALTER …` after the object's name: what every kind has, else what the kind has of its own.
pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let words = cursor.peek_word().unwrap_or_default();
    let mark = cursor.mark();
    let Some((object, if_exists)) = grammar::object(cursor, false)? else {
        return crate::dispatch::not_understood(interp);
    };
    if matches!(object, NamedObject::Outside) {
        return outside(interp, cursor, &words);
    }
    if let NamedObject::ForeignTable(_) = object {
        // ALTER TABLE takes every form.
        cursor.reset(mark);
        cursor.expect_words("foreign table")?;
        return crate::apply::alter_table::alter(interp, cursor);
    }
    let Some(key) = find(interp, &object)? else {
        if if_exists || is_builtin(&object) {
            cursor.rest();
            return Ok(());
        }
        return Err(missing(&object));
    };
    if cursor.accept_words("owner to") {
        let role = role(cursor)?;
        set_owner(interp, &key, &role);
        return Ok(());
    }
    if cursor.accept_words("rename to") {
        let to = cursor.label()?;
        return rename(interp, &key, |name| QualifiedName { schema: name.schema.clone(), name: to.clone() });
    }
    if cursor.accept_words("set schema") {
        let schema = cursor.name()?;
        if !interp.schema_exists(&schema) {
            return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
        }
        return rename(interp, &key, |name| in_schema(name, &schema));
    }
    match key.kind {
        ObjectKind::Statistics => crate::apply::statistics::alter(interp, cursor, &key),
        ObjectKind::EventTrigger => crate::apply::event_trigger::alter(interp, cursor, &key),
        ObjectKind::TextSearchConfiguration | ObjectKind::TextSearchDictionary => {
            crate::apply::text_search::alter(interp, cursor, &key)
        }
        ObjectKind::ForeignDataWrapper | ObjectKind::Server | ObjectKind::UserMapping => {
            crate::apply::foreign_data::alter(interp, cursor, &key)
        }
        ObjectKind::Publication => crate::apply::publication::alter(interp, cursor, &key),
        ObjectKind::Subscription => crate::apply::subscription::alter(interp, cursor, &key),
        ObjectKind::Operator => crate::apply::operator::alter(interp, cursor, &key),
        ObjectKind::OperatorFamily => crate::apply::operator_class::alter_family(interp, cursor, &key),
        // The version is the machine's matter.
        ObjectKind::Collation => {
            cursor.expect_words("refresh version")?;
            Ok(())
        }
        _ => crate::dispatch::not_understood(interp),
    }
}

/// ALTER DATABASE … SET and ALTER ROLE ALL SET hold for later sessions; the rest is no part of one database's schema.
fn outside(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, words: &str) -> Outcome {
    let everyone = words.eq_ignore_ascii_case("database") || cursor.is_word("all");
    while !cursor.at_end() && !cursor.is_words("set search_path") && !cursor.is_words("reset search_path") {
        cursor.next_token();
    }
    if everyone && (cursor.is_word("set") || cursor.is_word("reset")) {
        crate::apply::set::default_of_sessions(interp, cursor)?;
    }
    cursor.rest();
    interp.skipped += 1;
    Ok(())
}

fn rename(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    to: impl Fn(&QualifiedName) -> QualifiedName,
) -> Outcome {
    let old = match &key.address {
        Address::InSchema(name)
        | Address::Routine { name, .. }
        | Address::Operator { name, .. }
        | Address::OfMethod { name, .. } => name.clone(),
        Address::Global(name) | Address::OnRelation { name, .. } => {
            QualifiedName { schema: Name::new(""), name: name.clone() }
        }
        Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => return crate::dispatch::not_understood(interp),
    };
    let new = to(&old);
    interp.rename(&Renamed::Object { key: key.clone(), to: new })
}

/// `DROP …`, several at once where the grammar has it.
pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept("owned") {
        return Err(Failure::dynamic("what DROP OWNED drops is not known before it runs"));
    }
    let Some((object, if_exists)) = grammar::object(cursor, false)? else {
        return crate::dispatch::not_understood(interp);
    };
    if matches!(object, NamedObject::Outside) {
        cursor.rest();
        interp.skipped += 1;
        return Ok(());
    }
    let mut list = vec![object];
    while cursor.accept_symbol(",") {
        let next = match list.first() {
            Some(NamedObject::InSchema(kind, _)) => NamedObject::InSchema(*kind, cursor.qualified_name()?),
            Some(NamedObject::Global(kind, _)) => NamedObject::Global(*kind, cursor.label()?),
            Some(NamedObject::ForeignTable(_)) => NamedObject::ForeignTable(cursor.qualified_name()?),
            Some(NamedObject::Aggregate(..)) => {
                let name = cursor.qualified_name()?;
                NamedObject::Aggregate(name, grammar::aggregate_arguments(cursor, false)?)
            }
            Some(NamedObject::Operator { .. }) => {
                let (schema, symbol) = cursor.operator()?;
                let symbol = symbol.to_owned();
                let (left, right) = grammar::operator_sides(cursor)?;
                NamedObject::Operator { schema, symbol, left, right }
            }
            Some(
                NamedObject::OfMethod(..)
                | NamedObject::Cast { .. }
                | NamedObject::Rule { .. }
                | NamedObject::Transform { .. }
                | NamedObject::UserMapping { .. }
                | NamedObject::Outside,
            )
            | None => return Err(cursor.error().into()),
        };
        list.push(next);
    }
    let cascade = behaviour(cursor);
    let mut keys = Vec::new();
    for object in &list {
        match find(interp, object)? {
            Some(key) => {
                // A family goes with its last class only when it is dropped itself; a class leaves its members behind in it
                // unless they depend on it, which `operator_class` knows.
                if key.kind == ObjectKind::OperatorClass {
                    crate::apply::operator_class::forget_members(interp, &key);
                }
                keys.push(key);
            }
            None if if_exists || is_builtin(object) => {}
            None => return Err(missing(object)),
        }
    }
    interp.remove(&keys, cascade)
}
