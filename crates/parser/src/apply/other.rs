//! Statements about kinds that are not modelled: each object becomes a gap under the name that introspection gives it, and settling
//! is told what expressions may name.

use trueup_catalog::{
    AmbientCast, AmbientFunction, AmbientOperator, AmbientOperatorClass, ArgumentMode, DataType, Function,
    Name, ObjectKind, QualifiedName,
};
use trueup_syntax::{Cursor, WrittenName, type_name::TypeName};

use crate::apply::common::in_schema;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::not_understood;
use crate::grammar::common::behaviour;
use crate::grammar::routine::Parameter;
use crate::grammar::types::{DefinitionElement, DefinitionValue, definition};
use crate::grammar::unmodelled::{self as grammar, Unmodelled};
use crate::interpreter::Interpreter;
use crate::store::RelationKind;

/// SECURITY LABEL, REASSIGN OWNED, IMPORT FOREIGN SCHEMA.
pub(crate) fn statement(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let range = interp.place.statement.clone();
    if cursor.accept_words("security label") {
        return crate::apply::security_label::security_label(interp, cursor);
    }
    if cursor.accept_words("reassign owned") {
        cursor.rest();
        interp.gap("owner", "", "REASSIGN OWNED changes owners", range);
        return Ok(());
    }
    if cursor.accept_words("import foreign schema") {
        cursor.rest();
        return Err(Failure::dynamic(
            "the foreign tables that IMPORT FOREIGN SCHEMA makes are not known before it runs",
        ));
    }
    if cursor.is_word("call") {
        return crate::apply::set::call(interp, cursor);
    }
    not_understood(interp)
}

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let or_replace = cursor.accept_words("or replace");
    let Some((object, if_not_exists)) = grammar::object(cursor, true)? else {
        return not_understood(interp);
    };
    let range = interp.place.statement.clone();
    let taken = |interp: &Interpreter<'_>, what: &str, object: &str| {
        interp.store.catalog().gaps.iter().any(|g| g.what == what && g.object == object)
    };
    match &object {
        Unmodelled::Outside => {
            cursor.rest();
            interp.skipped += 1;
            return Ok(());
        }
        Unmodelled::Global("language", name) if *name == "plpgsql" => {
            cursor.rest();
            return Ok(());
        }
        Unmodelled::Rule { name, .. } if *name == "_RETURN" => {
            return Err(Failure::not_understood("a rule that makes a table a view is not understood")
                .help("write CREATE VIEW instead"));
        }
        Unmodelled::InSchema("statistics", name) if name.name.is_empty() => {
            cursor.rest();
            interp.gap("statistics", "", "named by PostgreSQL", range);
            return Ok(());
        }
        _ => {}
    }
    let (what, named) = match &object {
        Unmodelled::InSchema(what, written) => (*what, interp.new_name(written)?.to_string()),
        Unmodelled::Rule { table, .. } => {
            interp.relation(table)?;
            identity(interp, &object)?
        }
        Unmodelled::Aggregate(name, arguments) => {
            let name = interp.new_name(name)?;
            aggregate(interp, cursor, name, arguments.as_deref())?
        }
        Unmodelled::Operator { schema, symbol, .. } => {
            let written = WrittenName { schema: schema.clone(), name: Name::new(symbol), range: 0..0 };
            let name = interp.new_name(&written)?;
            operator(interp, cursor, name)?
        }
        Unmodelled::OfMethod(what, name, method) => {
            let name = interp.new_name(name)?;
            if *what == "operator class" {
                operator_class(interp, cursor, name)?
            } else {
                (*what, format!("{name} USING {method}"))
            }
        }
        Unmodelled::Cast { source, target } => cast(interp, cursor, source, target)?,
        Unmodelled::Global(..)
        | Unmodelled::Transform { .. }
        | Unmodelled::UserMapping { .. }
        | Unmodelled::Outside => identity(interp, &object)?,
    };
    if taken(interp, what, &named) && !or_replace {
        if if_not_exists {
            cursor.rest();
            return Ok(());
        }
        let code = if matches!(object, Unmodelled::Aggregate(..) | Unmodelled::Operator { .. }) {
            "42723"
        } else {
            "42710"
        };
        return Err(Failure::duplicate(code, format!("{what} {named} already exists")));
    }
    if let Unmodelled::InSchema("foreign table", written) = &object {
        let name = interp.new_name(written)?;
        if interp.store.relation(&name).is_some() {
            if if_not_exists {
                cursor.rest();
                return Ok(());
            }
            return Err(Failure::relation_exists(&name));
        }
        interp.store.set_opaque_relation(name.clone(), Some(RelationKind::ForeignTable));
        interp.store.set_opaque_type(name, true);
    }
    cursor.rest();
    interp.store.remove_gaps(what, &named);
    interp.gap(what, named, "", range);
    Ok(())
}

fn resolved(interp: &Interpreter<'_>, data_type: &TypeName) -> Outcome<DataType> {
    Ok(DataType { modifiers: Vec::new(), ..interp.argument_type(data_type.clone())? })
}

/// What introspection calls the object (`pg_identify_object`), and its kind.
pub(crate) fn identity(interp: &Interpreter<'_>, object: &Unmodelled) -> Outcome<(&'static str, String)> {
    let of_path = |what: &str, written: &WrittenName, suffix: &str| -> String {
        let gaps = &interp.store.catalog().gaps;
        let found = interp.find_by_path(written, |name| {
            let named = format!("{name}{suffix}");
            gaps.iter().any(|g| g.what == what && g.object == named).then_some(())
        });
        match found {
            Some((name, ())) => format!("{name}{suffix}"),
            None => format!("{written}{suffix}"),
        }
    };
    Ok(match object {
        Unmodelled::InSchema(what, written) => (*what, of_path(what, written, "")),
        Unmodelled::Global(what, name) => (*what, name.to_string()),
        Unmodelled::Aggregate(written, arguments) => {
            let arguments = match arguments {
                Some(list) => input_types(interp, list)?,
                None => Vec::new(),
            };
            ("aggregate", of_path("aggregate", written, &signature(&arguments, true)))
        }
        Unmodelled::Operator { schema, symbol, left, right } => {
            let side = |side: &Option<TypeName>| -> Outcome<String> {
                match side {
                    Some(t) => Ok(resolved(interp, t)?.to_string()),
                    None => Ok("NONE".to_owned()),
                }
            };
            let suffix = format!("({},{})", side(left)?, side(right)?);
            let gaps = &interp.store.catalog().gaps;
            let written = WrittenName { schema: schema.clone(), name: Name::new(symbol), range: 0..0 };
            let found = interp.find_by_path(&written, |name| {
                let named = format!("{}.{symbol}{suffix}", name.schema);
                gaps.iter().any(|g| g.what == "operator" && g.object == named).then_some(named)
            });
            ("operator", found.map_or_else(|| format!("{symbol}{suffix}"), |(_, named)| named))
        }
        Unmodelled::OfMethod(what, written, method) => {
            (*what, of_path(what, written, &format!(" USING {method}")))
        }
        Unmodelled::Cast { source, target } => {
            ("cast", format!("({} AS {})", resolved(interp, source)?, resolved(interp, target)?))
        }
        Unmodelled::Rule { name, table } => {
            let table =
                interp.find_relation(table).map_or_else(|| table.to_string(), |(name, _)| name.to_string());
            ("rule", format!("{name} on {table}"))
        }
        Unmodelled::Transform { data_type, language } => {
            ("transform", format!("for {} language {language}", resolved(interp, data_type)?))
        }
        Unmodelled::UserMapping { user, server } => ("user mapping", format!("{user} on server {server}")),
        Unmodelled::Outside => ("", String::new()),
    })
}

fn signature(arguments: &[DataType], star: bool) -> String {
    if arguments.is_empty() && star {
        return "(*)".to_owned();
    }
    let list = arguments.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    format!("({list})")
}

fn input_types(interp: &Interpreter<'_>, parameters: &[Parameter]) -> Outcome<Vec<DataType>> {
    parameters
        .iter()
        .filter(|p| p.mode.unwrap_or(ArgumentMode::In).is_input())
        .map(|p| resolved(interp, &p.data_type))
        .collect()
}

fn element<'e>(elements: &'e [DefinitionElement], names: &[&str]) -> Option<&'e DefinitionElement> {
    elements.iter().find(|e| names.iter().any(|n| e.name.as_str().eq_ignore_ascii_case(n)))
}

/// The value of a definition as a type.
fn type_of(interp: &Interpreter<'_>, element: Option<&DefinitionElement>) -> Outcome<Option<DataType>> {
    match element.and_then(|e| e.value.as_ref()) {
        Some(DefinitionValue::Type(t)) => resolved(interp, t).map(Some),
        Some(DefinitionValue::Text(text)) => {
            Ok(Some(interp.resolve_type(trueup_syntax::type_name::parse_type(text)?)))
        }
        _ => Ok(None),
    }
}

/// The result type of a function that the files made, with these arguments if given.
fn result_of(
    interp: &Interpreter<'_>,
    written: &WrittenName,
    arguments: Option<&[DataType]>,
) -> Option<DataType> {
    interp
        .find_routines(&[ObjectKind::Function], written)
        .iter()
        .filter_map(|key| interp.store.get(key))
        .filter_map(|entry| Function::of(&entry.object))
        .find(|f| arguments.is_none_or(|a| f.0.input_types() == a))
        .and_then(|f| f.0.returns.clone())
}

fn aggregate(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    name: QualifiedName,
    arguments: Option<&[Parameter]>,
) -> Outcome<(&'static str, String)> {
    let elements = definition(cursor)?;
    let variadic = arguments.is_some_and(|a| a.iter().any(|p| p.mode == Some(ArgumentMode::Variadic)));
    let types = match arguments {
        Some(list) => input_types(interp, list)?,
        None => type_of(interp, element(&elements, &["basetype"]))?
            .into_iter()
            .filter(|t| t.name != "any")
            .collect(),
    };
    let state = type_of(interp, element(&elements, &["stype", "stype1"]))?;
    let final_function = element(&elements, &["finalfunc"]).and_then(DefinitionElement::written_name);
    let returns = match final_function {
        Some(written) => result_of(interp, &written, None),
        None => state,
    };
    let named = format!("{name}{}", signature(&types, true));
    if let Some(returns) = returns {
        interp.store.edit_ambient(|ambient| {
            ambient.functions.retain(|f| !(f.name == name && f.arguments == types));
            ambient.functions.push(AmbientFunction {
                name,
                kind: 'a',
                arguments: types,
                defaults: 0,
                variadic,
                returns,
                returns_set: false,
                extension: None,
            });
        });
    }
    Ok(("aggregate", named))
}

fn operator(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    name: QualifiedName,
) -> Outcome<(&'static str, String)> {
    let elements = definition(cursor)?;
    let left = type_of(interp, element(&elements, &["leftarg"]))?;
    let right = type_of(interp, element(&elements, &["rightarg"]))?;
    let function = element(&elements, &["function", "procedure"])
        .and_then(DefinitionElement::written_name)
        .ok_or_else(|| Failure::refused("42P13", "operator function must be specified"))?;
    let arguments: Vec<DataType> = left.iter().chain(&right).cloned().collect();
    let side = |side: &Option<DataType>| side.as_ref().map_or("NONE".to_owned(), ToString::to_string);
    let named = format!("{}.{}({},{})", name.schema, name.name.as_str(), side(&left), side(&right));
    if let Some(result) = result_of(interp, &function, Some(&arguments)) {
        interp.store.edit_ambient(|ambient| {
            ambient.operators.push(AmbientOperator { name, left, right, result, extension: None });
        });
    }
    Ok(("operator", named))
}

fn operator_class(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    name: QualifiedName,
) -> Outcome<(&'static str, String)> {
    let is_default = cursor.accept("default");
    cursor.expect_words("for type")?;
    let input = cursor.type_name()?;
    let input = resolved(interp, &input)?;
    cursor.expect("using")?;
    let method = cursor.name()?;
    cursor.rest();
    let named = format!("{name} USING {method}");
    interp.store.edit_ambient(|ambient| {
        let method = method.as_str().to_owned();
        ambient.operator_classes.push(AmbientOperatorClass {
            name,
            method,
            input,
            is_default,
            extension: None,
        });
    });
    Ok(("operator class", named))
}

fn cast(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    source: &TypeName,
    target: &TypeName,
) -> Outcome<(&'static str, String)> {
    let (source, target) = (resolved(interp, source)?, resolved(interp, target)?);
    let method = if cursor.accept_words("without function") {
        'b'
    } else if cursor.accept_words("with inout") {
        'i'
    } else {
        cursor.expect_words("with function")?;
        crate::grammar::routine::routine_ref(cursor)?;
        'f'
    };
    let context = if cursor.accept_words("as assignment") {
        'a'
    } else if cursor.accept_words("as implicit") {
        'i'
    } else {
        'e'
    };
    let named = format!("({source} AS {target})");
    interp.store.edit_ambient(|ambient| {
        ambient.casts.retain(|c| !(c.source == source && c.target == target));
        ambient.casts.push(AmbientCast { source, target, context, method, extension: None });
    });
    Ok(("cast", named))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let range = interp.place.statement.clone();
    if cursor.accept_words("default privileges") {
        return crate::apply::default_privileges::alter(interp, cursor);
    }
    let words = cursor.peek_word().unwrap_or_default();
    let Some((object, if_exists)) = grammar::object(cursor, false)? else {
        return not_understood(interp);
    };
    if matches!(object, Unmodelled::Outside) {
        // ALTER DATABASE … SET and ALTER ROLE ALL SET hold for later sessions.
        let everyone = words.eq_ignore_ascii_case("database") || cursor.is_word("all");
        while !cursor.at_end() && !cursor.is_words("set search_path") && !cursor.is_words("reset search_path")
        {
            cursor.next_token();
        }
        if everyone && (cursor.is_word("set") || cursor.is_word("reset")) {
            crate::apply::set::default_of_sessions(interp, cursor)?;
        }
        cursor.rest();
        interp.skipped += 1;
        return Ok(());
    }
    let (what, named) = identity(interp, &object)?;
    let known = interp.store.catalog().gaps.iter().any(|g| g.what == what && g.object == named);
    // Names that others use follow a renaming.
    let moved = match &object {
        Unmodelled::InSchema(..)
        | Unmodelled::Global(..)
        | Unmodelled::Aggregate(..)
        | Unmodelled::OfMethod(..) => {
            if cursor.accept_words("rename to") {
                Some((None, Some(cursor.label()?)))
            } else if cursor.accept_words("set schema") {
                Some((Some(cursor.name()?), None))
            } else {
                None
            }
        }
        _ => None,
    };
    cursor.rest();
    if !known {
        if if_exists {
            return Ok(());
        }
        interp.gap(what, named, "altered; where it was made is not told", range);
        return Ok(());
    }
    if let Some((schema, name)) = moved {
        let written = match &object {
            Unmodelled::InSchema(_, written)
            | Unmodelled::Aggregate(written, _)
            | Unmodelled::OfMethod(_, written, _) => Some(written),
            _ => None,
        };
        let old = written.map(|w| own_name(interp, w, &named));
        let new_named = match &old {
            Some(old) => {
                let mut new = old.clone();
                if let Some(schema) = &schema {
                    new = in_schema(&new, schema);
                }
                if let Some(name) = name {
                    new.name = name;
                }
                let suffix = named.strip_prefix(old.to_string().as_str()).unwrap_or_default().to_owned();
                move_ambient(interp, what, old, &new);
                format!("{new}{suffix}")
            }
            None => name.map_or_else(|| named.clone(), |n| n.to_string()),
        };
        interp.store.remove_gaps(what, &named);
        interp.gap(what, new_named, "", range);
    }
    Ok(())
}

/// The qualified name that begins an identity.
fn own_name(interp: &Interpreter<'_>, written: &WrittenName, named: &str) -> QualifiedName {
    interp
        .find_by_path(written, |name| named.starts_with(name.to_string().as_str()).then_some(()))
        .map_or_else(|| QualifiedName::new("public", written.name.clone()), |(name, ())| name)
}

fn move_ambient(interp: &mut Interpreter<'_>, what: &str, old: &QualifiedName, new: &QualifiedName) {
    if what == "foreign table" {
        interp.store.set_opaque_relation(old.clone(), None);
        interp.store.set_opaque_type(old.clone(), false);
        interp.store.set_opaque_relation(new.clone(), Some(RelationKind::ForeignTable));
        interp.store.set_opaque_type(new.clone(), true);
        return;
    }
    interp.store.edit_ambient(|ambient| {
        for f in ambient.functions.iter_mut().filter(|f| what == "aggregate" && f.name == *old) {
            f.name = new.clone();
        }
        for c in ambient.operator_classes.iter_mut().filter(|c| what == "operator class" && c.name == *old) {
            c.name = new.clone();
        }
    });
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    if cursor.accept("owned") {
        return Err(Failure::dynamic("what DROP OWNED drops is not known before it runs"));
    }
    let mut first = true;
    let mut list = Vec::new();
    let Some((object, if_exists)) = grammar::object(cursor, false)? else {
        return not_understood(interp);
    };
    if matches!(object, Unmodelled::Outside) {
        cursor.rest();
        interp.skipped += 1;
        return Ok(());
    }
    list.push(object);
    while first || cursor.accept_symbol(",") {
        if !first {
            let next = match list.last() {
                Some(Unmodelled::InSchema(what, _)) => Unmodelled::InSchema(what, cursor.qualified_name()?),
                Some(Unmodelled::Global(what, _)) => Unmodelled::Global(what, cursor.label()?),
                _ => {
                    // Aggregates and operators: read again as if the key word stood here.
                    let rest = cursor.rest();
                    let text = match list.last() {
                        Some(Unmodelled::Aggregate(..)) => format!("aggregate {}", rest.text),
                        _ => format!("operator {}", rest.text),
                    };
                    let mut again = Cursor::of(&text)?;
                    return finish_drop(interp, list, if_exists).and_then(|()| {
                        drop(interp, &mut again).and_then(|()| again.expect_end().map_err(Failure::from))
                    });
                }
            };
            list.push(next);
        }
        first = false;
    }
    behaviour(cursor);
    finish_drop(interp, list, if_exists)
}

fn finish_drop(interp: &mut Interpreter<'_>, list: Vec<Unmodelled>, if_exists: bool) -> Outcome {
    for object in list {
        let (what, named) = identity(interp, &object)?;
        if !interp.store.remove_gaps(what, &named) {
            if if_exists {
                continue;
            }
            let code = if what == "aggregate" || what == "operator" { "42883" } else { "42704" };
            return Err(Failure::undefined(code, format!("{what} {named} does not exist")));
        }
        match &object {
            Unmodelled::InSchema("foreign table", written) => {
                let name = own_name(interp, written, &named);
                interp.store.set_opaque_relation(name.clone(), None);
                interp.store.set_opaque_type(name, false);
            }
            Unmodelled::Aggregate(written, arguments) => {
                let name = own_name(interp, written, &named);
                let types = input_types(interp, arguments.as_deref().unwrap_or_default())?;
                interp
                    .store
                    .edit_ambient(|a| a.functions.retain(|f| !(f.name == name && f.arguments == types)));
            }
            Unmodelled::Operator { symbol, left, right, .. } => {
                let side = |t: &Option<TypeName>| t.as_ref().map(|t| resolved(interp, t)).transpose();
                let (left, right) = (side(left)?, side(right)?);
                interp.store.edit_ambient(|a| {
                    a.operators
                        .retain(|o| !(o.name.name == symbol.as_str() && o.left == left && o.right == right));
                });
            }
            Unmodelled::OfMethod(_, written, method) => {
                let name = own_name(interp, written, &named);
                interp.store.edit_ambient(|a| {
                    a.operator_classes.retain(|c| !(c.name == name && c.method == method.as_str()));
                });
            }
            Unmodelled::Cast { source, target } => {
                let (source, target) = (resolved(interp, source)?, resolved(interp, target)?);
                interp
                    .store
                    .edit_ambient(|a| a.casts.retain(|c| !(c.source == source && c.target == target)));
            }
            _ => {}
        }
    }
    Ok(())
}
