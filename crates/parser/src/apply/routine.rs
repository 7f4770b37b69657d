//! CREATE, ALTER and DROP FUNCTION and PROCEDURE.

use std::sync::Arc;

use trueup_catalog::{
    Argument, ArgumentMode, DataType, Entry, Expr, Function, Name, Object, ObjectKey, ObjectKind, Options,
    Parallel, Procedure, QualifiedName, Query, Routine, RoutineBody, Volatility, quote_ident,
};
use trueup_syntax::Cursor;

use crate::apply::common::{in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::common::behaviour;
use crate::grammar::routine::{
    self as grammar, AlterRoutineAction, Body, Clauses, CreateRoutine, Parameter, Returns, RoutineKind,
    RoutineRef, Setting, SettingValue,
};
use crate::interpreter::Interpreter;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor, create.or_replace)?;
    let (or_replace, procedure, range) =
        (statement.or_replace, statement.procedure, statement.name.range.clone());
    if let Some(Returns::Type { data_type, .. }) = &statement.returns
        && data_type.column_of.is_none()
    {
        let (written, language) = (data_type.data_type.clone(), statement.clauses.language.clone());
        crate::apply::base_type::shell_of_return_type(interp, &written, language.as_ref())?;
    }
    let routine = routine(interp, statement)?;
    let object: Object = if procedure { Procedure(routine).into() } else { Function(routine).into() };
    let span = Some(interp.span(interp.place.statement.clone()));
    let mut entry = Entry { span, ..Entry::from(object) };
    let key = trueup_catalog::SchemaObject::key(&entry.object);
    let other_kind = if procedure { ObjectKind::Function } else { ObjectKind::Procedure };
    let other = ObjectKey { kind: other_kind, address: key.address.clone() };
    if interp.store.get(&other).is_some() {
        let code = if or_replace { "42809" } else { "42723" };
        let message = format!("function {key} already exists with same argument types, as a {other_kind}");
        return Err(Failure::duplicate(code, message).at(range));
    }
    if let Some(old) = interp.store.get(&key).cloned() {
        if !or_replace {
            let message = format!("function {key} already exists with same argument types");
            return Err(Failure::duplicate("42723", message).at(range));
        }
        check_replacement(&old.object, &entry.object, &key)?;
        // The same object goes on: its comment, owner and privileges stay.
        entry.comment = old.comment;
        entry.owner = old.owner;
        entry.privileges = old.privileges;
        entry.revoked = old.revoked;
    }
    interp.store.put(entry);
    Ok(())
}

fn routine_of(object: &Object) -> Option<&Routine> {
    Function::of(object).map(|f| &f.0).or_else(|| Procedure::of(object).map(|p| &p.0))
}

fn routine_of_mut(object: &mut Object) -> Option<&mut Routine> {
    match object {
        Object::Function(Function(routine)) | Object::Procedure(Procedure(routine)) => Some(routine),
        _ => None,
    }
}

/// What `OR REPLACE` may not change (`ProcedureCreate` in `pg_proc.c`).
fn check_replacement(old: &Object, new: &Object, key: &ObjectKey) -> Outcome {
    let (Some(old), Some(new)) = (routine_of(old), routine_of(new)) else { return Ok(()) };
    let help = format!("use DROP FUNCTION {key} first");
    if old.returns != new.returns || old.returns_set != new.returns_set {
        return Err(Failure::refused("42P13", "cannot change return type of existing function").help(help));
    }
    let inputs = |routine: &Routine| -> Vec<Option<Name>> {
        routine.arguments.iter().filter(|a| a.mode.is_input()).map(|a| a.name.clone()).collect()
    };
    for (old, new) in inputs(old).into_iter().zip(inputs(new)) {
        if let Some(name) = old
            && new.as_ref() != Some(&name)
        {
            let message = format!("cannot change name of input parameter {name}");
            return Err(Failure::refused("42P13", message).help(help));
        }
    }
    let defaults = |routine: &Routine| routine.arguments.iter().filter(|a| a.default.is_some()).count();
    if defaults(new) < defaults(old) {
        let message = "cannot remove parameter defaults from existing function";
        return Err(Failure::refused("42P13", message).help(help));
    }
    Ok(())
}

/// The routine that a declaration describes.
fn routine(interp: &Interpreter<'_>, statement: CreateRoutine) -> Outcome<Routine> {
    let name = interp.new_name(&statement.name)?;
    let path = interp.store.search_path();
    let mut arguments = Vec::new();
    for parameter in statement.parameters {
        if parameter.data_type.setof {
            return Err(Failure::refused("42P13", "functions cannot accept set arguments"));
        }
        arguments.push(Argument {
            name: parameter.name,
            mode: parameter.mode.unwrap_or(ArgumentMode::In),
            data_type: bare(interp.argument_type(parameter.data_type)?),
            default: parameter.default.map(|sql| Expr { sql, search_path: Arc::clone(&path) }),
        });
    }
    let (mut returns, mut returns_set) = (None, false);
    match statement.returns {
        Some(Returns::Type { set, data_type }) => {
            returns_set = set || data_type.setof;
            returns = Some(bare(interp.argument_type(data_type)?));
        }
        Some(Returns::Table(columns)) => {
            returns_set = true;
            for (name, data_type) in columns {
                arguments.push(Argument {
                    name: Some(name),
                    mode: ArgumentMode::Table,
                    data_type: bare(interp.argument_type(data_type)?),
                    default: None,
                });
            }
        }
        None => {}
    }
    if !statement.procedure {
        // `interpret_function_parameter_list` in functioncmds.c: several results make a record, one is the result.
        let outputs: Vec<&Argument> = arguments
            .iter()
            .filter(|a| matches!(a.mode, ArgumentMode::Out | ArgumentMode::InOut | ArgumentMode::Table))
            .collect();
        let implied = match outputs.as_slice() {
            [] => None,
            [one] => Some(one.data_type.clone()),
            _ => Some(DataType::builtin("record")),
        };
        returns = match (returns, implied) {
            (Some(given), Some(implied)) if !given.matches(&implied) => {
                let message = format!("function result type must be {implied} because of OUT parameters");
                return Err(Failure::refused("42P13", message));
            }
            (Some(given), _) => Some(given),
            (None, Some(implied)) => Some(implied),
            (None, None) => return Err(Failure::refused("42P13", "function result type must be specified")),
        };
    }
    let clauses = statement.clauses;
    let sql_body = matches!(clauses.body, Some(Body::Sql(_)));
    let language = match &clauses.language {
        Some(language) => language.clone(),
        None if sql_body => Name::new("sql"),
        None => return Err(Failure::refused("42P13", "no language specified")),
    };
    let body = match &clauses.body {
        Some(Body::Source(text)) if language == "c" => {
            // One string only: the symbol has the function's name.
            RoutineBody::Library { file: text.clone(), symbol: name.name.as_str().to_owned() }
        }
        Some(Body::Source(text)) => RoutineBody::Source(text.clone()),
        Some(Body::Library(file, symbol)) => {
            RoutineBody::Library { file: file.clone(), symbol: symbol.clone() }
        }
        Some(Body::Sql(text)) => {
            RoutineBody::Sql(Query { sql: Arc::clone(text), search_path: interp.store.search_path() })
        }
        None => return Err(Failure::refused("42P13", "no function body specified")),
    };
    let mut routine = Routine {
        name,
        arguments,
        returns,
        returns_set,
        language,
        body,
        volatility: Volatility::Volatile,
        strict: false,
        security_definer: false,
        leakproof: false,
        window: clauses.window,
        parallel: Parallel::Unsafe,
        cost: None,
        rows: None,
        support: None,
        config: Options::new(),
        transforms: Vec::new(),
    };
    for data_type in &clauses.transforms {
        routine.transforms.push(interp.argument_type(data_type.clone())?);
    }
    attributes(interp, &mut routine, &clauses)?;
    Ok(routine)
}

/// Modifiers mean nothing to a routine.
fn bare(data_type: DataType) -> DataType {
    DataType { modifiers: Vec::new(), ..data_type }
}

/// The attributes that CREATE and ALTER share.
fn attributes(interp: &Interpreter<'_>, routine: &mut Routine, clauses: &Clauses) -> Outcome {
    if let Some(volatility) = clauses.volatility {
        routine.volatility = volatility;
    }
    if let Some(strict) = clauses.strict {
        routine.strict = strict;
    }
    if let Some(definer) = clauses.security_definer {
        routine.security_definer = definer;
    }
    if let Some(leakproof) = clauses.leakproof {
        routine.leakproof = leakproof;
    }
    if let Some(parallel) = clauses.parallel {
        routine.parallel = parallel;
    }
    if let Some(cost) = &clauses.cost {
        let text = float4(cost)?;
        let default = if matches!(routine.language.as_str(), "internal" | "c") { "1" } else { "100" };
        routine.cost = (text != default).then_some(text);
    }
    if let Some(rows) = &clauses.rows {
        if !routine.returns_set {
            return Err(Failure::refused(
                "22023",
                "ROWS is not applicable when function does not return a set",
            ));
        }
        let text = float4(rows)?;
        routine.rows = (text != "1000").then_some(text);
    }
    if let Some(support) = &clauses.support {
        routine.support = Some(interp.function_name(support));
    }
    for setting in &clauses.settings {
        apply_setting(interp, &mut routine.config, setting)?;
    }
    Ok(())
}

/// A positive number as `float4out` prints it.
fn float4(text: &str) -> Outcome<String> {
    let value: f32 = text.parse().map_err(|_| Failure::syntax(format!("{text} is no number")))?;
    if value <= 0.0 || value.is_nan() {
        return Err(Failure::refused("22023", "COST and ROWS must be positive"));
    }
    // The shortest digits that read back the same, as in PostgreSQL; an exponent below -4 or from 6 on.
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return Ok(scientific) };
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&power) {
        return Ok(value.to_string());
    }
    let sign = if power < 0 { '-' } else { '+' };
    Ok(format!("{digits}e{sign}{:02}", power.abs()))
}

/// `SET` and `RESET` of a routine, as `proconfig` keeps it.
fn apply_setting(interp: &Interpreter<'_>, config: &mut Options, setting: &Setting) -> Outcome {
    match setting {
        Setting::To { name, values } => {
            // Names of settings have no case (`guc_name_compare` in `guc.c`): lower case on both sides.
            config.insert(name.to_ascii_lowercase(), flatten_setting(name, values));
        }
        Setting::FromCurrent { name } if name == "search_path" => {
            let path = interp.store.search_path();
            let text = path.iter().map(|n| quote_ident(n.as_str())).collect::<Vec<_>>().join(", ");
            config.insert(name.clone(), if text.is_empty() { "\"\"".to_owned() } else { text });
        }
        Setting::FromCurrent { name } => {
            let message = format!("SET {name} FROM CURRENT depends on the session, which files do not tell");
            return Err(Failure::not_understood(message).help(format!("write SET {name} TO and the value")));
        }
        Setting::Default { name } => {
            config.remove(&name.to_ascii_lowercase());
        }
        Setting::ResetAll => config.clear(),
    }
    Ok(())
}

/// The text of a setting's values (`flatten_set_variable_args` in `guc_funcs.c`): those of lists of names are quoted as identifiers.
pub(crate) fn flatten_setting(name: &str, values: &[SettingValue]) -> String {
    // The settings with GUC_LIST_QUOTE (`guc_tables.c`).
    let quoted = matches!(
        name,
        "search_path"
            | "temp_tablespaces"
            | "session_preload_libraries"
            | "shared_preload_libraries"
            | "local_preload_libraries"
            | "unix_socket_directories"
    );
    values
        .iter()
        .map(
            |value| {
                if quoted && !value.number {
                    quote_ident(&value.text).into_owned()
                } else {
                    value.text.clone()
                }
            },
        )
        .collect::<Vec<_>>()
        .join(", ")
}

fn kinds(kind: RoutineKind) -> &'static [ObjectKind] {
    match kind {
        // An aggregate is a function to GRANT and to what names a function (`LookupFuncWithArgs` in `parse_func.c`).
        RoutineKind::Function => &[ObjectKind::Function, ObjectKind::Aggregate],
        RoutineKind::Procedure => &[ObjectKind::Procedure],
        RoutineKind::Routine => &[ObjectKind::Function, ObjectKind::Procedure, ObjectKind::Aggregate],
    }
}

/// The routine that a statement names.
///
/// # Errors
/// 42883 when there is none, 42725 when the name alone is not enough.
pub(crate) fn find(interp: &Interpreter<'_>, kind: RoutineKind, routine: &RoutineRef) -> Outcome<ObjectKey> {
    let word = match kind {
        RoutineKind::Function => "function",
        RoutineKind::Procedure => "procedure",
        RoutineKind::Routine => "routine",
    };
    let Some(parameters) = &routine.parameters else {
        let found = interp.find_routines(kinds(kind), &routine.name);
        return match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Failure::undefined("42883", format!("could not find a {word} named {}", routine.name))),
            _ => Err(Failure::refused("42725", format!("{word} name {} is not unique", routine.name))
                .help("give the argument types as well")),
        };
    };
    let (inputs, all) = signature(interp, parameters)?;
    let found = interp.find_by_path(&routine.name, |name| {
        kinds(kind)
            .iter()
            .flat_map(|kind| interp.store.catalog().routines(*kind, name))
            .find(|(key, entry)| {
                let trueup_catalog::Address::Routine { arguments, .. } = &key.address else { return false };
                let same = |a: &[DataType], b: &[DataType]| {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.matches(b))
                };
                // A procedure may be named by all of its arguments, OUT ones included (14 and later).
                same(arguments, &inputs)
                    || routine_of(&entry.object).filter(|_| key.kind == ObjectKind::Procedure).is_some_and(
                        |r| {
                            let types: Vec<DataType> =
                                r.arguments.iter().map(|a| a.data_type.clone()).collect();
                            same(&types, &all)
                        },
                    )
            })
            .map(|(key, _)| key.clone())
    });
    found.map(|(_, key)| key).ok_or_else(|| {
        let list = inputs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Failure::undefined("42883", format!("{word} {}({list}) does not exist", routine.name))
    })
}

/// The types of the input arguments, and of all arguments.
fn signature(interp: &Interpreter<'_>, parameters: &[Parameter]) -> Outcome<(Vec<DataType>, Vec<DataType>)> {
    let (mut inputs, mut all) = (Vec::new(), Vec::new());
    for parameter in parameters {
        let data_type = bare(interp.argument_type(parameter.data_type.clone())?);
        if parameter.mode.unwrap_or(ArgumentMode::In).is_input() {
            inputs.push(data_type.clone());
        }
        all.push(data_type);
    }
    Ok((inputs, all))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter(cursor)?;
    let key = find(interp, statement.kind, &statement.routine)?;
    let trueup_catalog::Address::Routine { name, .. } = &key.address else { return Ok(()) };
    match statement.action {
        AlterRoutineAction::Clauses(clauses) => {
            let mut entry = match interp.store.get(&key) {
                Some(entry) => entry.clone(),
                None => return Ok(()),
            };
            if let Some(routine) = routine_of_mut(&mut entry.object) {
                attributes(interp, routine, &clauses)?;
            }
            interp.store.put(entry);
            Ok(())
        }
        AlterRoutineAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            interp.rename(&Renamed::Routine { key, to })
        }
        AlterRoutineAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            let to = in_schema(name, &schema);
            interp.rename(&Renamed::Routine { key, to })
        }
        AlterRoutineAction::Owner(role) => {
            set_owner(interp, &key, &role);
            Ok(())
        }
        AlterRoutineAction::DependsOnExtension(dependency) => interp.depend_on_extension(&key, dependency),
    }
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let kind = grammar::kind(cursor)?;
    let if_exists = cursor.accept_words("if exists");
    let routines = cursor.comma_separated(grammar::routine_ref)?;
    let cascade = behaviour(cursor);
    let mut keys = Vec::new();
    for routine in &routines {
        match find(interp, kind, routine) {
            Ok(key) => keys.push(key),
            Err(failure) if if_exists && failure.sqlstate == Some("42883") => {}
            Err(failure) => return Err(failure),
        }
    }
    interp.remove(&keys, cascade)
}
