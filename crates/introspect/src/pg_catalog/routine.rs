//! Functions and procedures.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::text::split_list;
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use std::sync::Arc;
use trueup_catalog::{
    Argument, ArgumentMode, Expr, Function, Name, Options, Parallel, Procedure, QualifiedName, Query,
    Routine, RoutineBody, Volatility,
};

row! {
    RoutineRow {
        oid: u32, schema: u32, name: &'a str, kind: Letter, owner: u32, acl: Option<Vec<&'a str>>, language: &'a str,
        cost: &'a str, rows: &'a str, support_schema: Option<u32>, support: Option<&'a str>, security_definer: bool,
        leakproof: bool, strict: bool, returns_set: bool, volatility: Letter, parallel: Letter, returns: u32,
        input_types: Vec<u32>, all_types: Option<Vec<u32>>, modes: Option<Vec<Letter>>, names: Option<Vec<&'a str>>,
        defaults: i16, default_expressions: Option<&'a str>, transforms: Option<Vec<u32>>,
        source: &'a str, library: Option<&'a str>, sql_body: Option<&'a str>, config: Option<Vec<&'a str>>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<RoutineRow>(answer)? {
        let name = names.own_name(row.schema, row.name);
        let Some(name) = name.filter(|_| !names.is_left_out(class::PROCEDURE, row.oid)) else { continue };
        let routine = match routine(&row, name.clone(), names) {
            Ok(routine) => routine,
            Err(message) => {
                out.gaps.push(unmodeled("routine", &name, message));
                continue;
            }
        };
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        let comment = names.comment(class::PROCEDURE, row.oid, 0);
        let owner = names.role(row.owner);
        match row.kind.0 {
            'f' | 'w' => out.add(Function(routine), comment, owner, privileges),
            'p' => out.add(Procedure(routine), comment, owner, privileges),
            other => out.gaps.push(unmodeled("routine", &name, format!("unknown kind {other}"))),
        }
    }
    Ok(())
}

fn routine(row: &RoutineRow<'_>, name: QualifiedName, names: &Names<'_>) -> Result<Routine, String> {
    let default_rows = if row.returns_set { "1000" } else { "0" };
    let default_cost = if matches!(row.language, "internal" | "c") { "1" } else { "100" };
    Ok(Routine {
        name,
        arguments: arguments(row, names)?,
        returns: (row.kind.0 != 'p').then(|| names.plain_type(row.returns)),
        returns_set: row.returns_set,
        language: Name::new(row.language),
        body: match (row.sql_body, row.language, row.library) {
            (Some(body), _, _) => {
                RoutineBody::Sql(Query { sql: Arc::from(body.trim()), search_path: Arc::from([]) })
            }
            (None, "c", Some(file)) => {
                RoutineBody::Library { file: file.to_owned(), symbol: row.source.to_owned() }
            }
            (None, _, _) => RoutineBody::Source(row.source.to_owned()),
        },
        volatility: match row.volatility.0 {
            'i' => Volatility::Immutable,
            's' => Volatility::Stable,
            'v' => Volatility::Volatile,
            other => return Err(format!("unknown volatility {other}")),
        },
        strict: row.strict,
        security_definer: row.security_definer,
        leakproof: row.leakproof,
        window: row.kind.0 == 'w',
        parallel: match row.parallel.0 {
            'u' => Parallel::Unsafe,
            'r' => Parallel::Restricted,
            's' => Parallel::Safe,
            other => return Err(format!("unknown parallel safety {other}")),
        },
        cost: (row.cost != default_cost).then(|| row.cost.to_owned()),
        rows: (row.rows != default_rows).then(|| row.rows.to_owned()),
        support: row.support_schema.zip(row.support).and_then(|(schema, name)| names.qualified(schema, name)),
        config: settings(row.config.as_deref()),
        transforms: row
            .transforms
            .as_deref()
            .unwrap_or(&[])
            .iter()
            .map(|oid| names.plain_type(*oid))
            .collect(),
    })
}

/// `name=value` items of `proconfig`, values as they are. Names of settings have no case (`guc_name_compare` in `guc.c`), and
/// servers keep them in their own spelling or in the statement's.
fn settings(items: Option<&[&str]>) -> Options {
    items
        .unwrap_or(&[])
        .iter()
        .map(|item| item.split_once('=').unwrap_or((item, "")))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect()
}

fn arguments(row: &RoutineRow<'_>, names: &Names<'_>) -> Result<Vec<Argument>, String> {
    let types = row.all_types.as_deref().unwrap_or(&row.input_types);
    let mut arguments = types
        .iter()
        .enumerate()
        .map(|(at, data_type)| {
            let mode = match row.modes.as_ref().map(|modes| modes.get(at)) {
                None => ArgumentMode::In,
                Some(letter) => mode(letter.copied())?,
            };
            let name = row.names.as_ref().and_then(|names| names.get(at)).filter(|name| !name.is_empty());
            Ok(Argument {
                name: name.map(Name::new),
                mode,
                data_type: names.plain_type(*data_type),
                default: None,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    // Defaults belong to the last input arguments.
    let defaults = split_list(row.default_expressions.unwrap_or(""));
    if defaults.len() != usize::try_from(row.defaults).unwrap_or(0) {
        return Err("its default expressions could not be told apart".to_owned());
    }
    let inputs = arguments.iter_mut().filter(|argument| argument.mode.is_input()).rev();
    for (argument, default) in inputs.zip(defaults.into_iter().rev()) {
        argument.default = Some(Expr::qualified(default));
    }
    Ok(arguments)
}

/// An argument's mode (`proargmodes`).
pub(super) fn mode(letter: Option<Letter>) -> Result<ArgumentMode, String> {
    Ok(match letter {
        Some(Letter('i')) => ArgumentMode::In,
        Some(Letter('o')) => ArgumentMode::Out,
        Some(Letter('b')) => ArgumentMode::InOut,
        Some(Letter('v')) => ArgumentMode::Variadic,
        Some(Letter('t')) => ArgumentMode::Table,
        Some(Letter(other)) => return Err(format!("unknown argument mode {other}")),
        None => return Err("an argument without a mode".to_owned()),
    })
}
