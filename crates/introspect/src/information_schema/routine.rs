//! Functions and procedures, as far as the standard knows them.

use super::data_type::Description;
use super::existing::Existing;
use super::privilege::Privileges;
use super::{Shape, decode, unreadable, yes};
use crate::pg_catalog::{Output, unmodeled};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Argument, ArgumentMode, Expr, Function, Name, Options, Parallel, Procedure, QualifiedName, Routine,
    RoutineBody, SchemaObject, Volatility,
};

row! {
    RoutineRow {
        schema: &'a str, specific: &'a str, name: &'a str, kind: Option<&'a str>, data_type: Option<&'a str>,
        type_schema: Option<&'a str>, type_name: Option<&'a str>, source: Option<&'a str>, language: Option<&'a str>,
        deterministic: Option<&'a str>, strict: Option<&'a str>, security: Option<&'a str>,
    }
}
row! {
    ParameterRow {
        schema: &'a str, specific: &'a str, position: i32, mode: Option<&'a str>, name: Option<&'a str>,
        data_type: Option<&'a str>, type_schema: Option<&'a str>, type_name: Option<&'a str>, expression: Option<&'a str>,
    }
}

pub(super) fn read(
    routines: &Answer,
    parameters: &Answer,
    privileges: &Privileges<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let mut arguments: FxHashMap<(&str, &str), Vec<ParameterRow<'_>>> = FxHashMap::default();
    for row in decode::<ParameterRow<'_>>(parameters)? {
        arguments.entry((row.schema, row.specific)).or_default().push(row);
    }
    for row in decode::<RoutineRow<'_>>(routines)? {
        let mut rows = arguments.remove(&(row.schema, row.specific)).unwrap_or_default();
        rows.sort_by_key(|row| row.position);
        let name = QualifiedName::new(row.schema, row.name);
        let routine = routine(&row, name.clone(), row.source.unwrap_or_default(), &rows);
        // Aggregates and window functions have no type of routine in the standard; the latter have a gap already.
        let Some(kind) = row.kind else {
            existing.unreadable(Function(routine).key());
            continue;
        };
        existing.saw("routines");
        if existing.is_member_routine(row.schema, row.specific) {
            continue;
        }
        // What is parsed when it is defined (BEGIN ATOMIC, RETURN) leaves no source text.
        let parsed = row.language == Some("SQL") && row.source.is_some_and(str::is_empty);
        let hidden = match row.language {
            _ if row.source.is_none() || parsed => Some("its body is hidden from this role, or parsed SQL"),
            Some("C") => Some("the standard's views do not show its library"),
            _ => None,
        };
        if let Some(why) = hidden {
            out.gaps.push(unreadable("routine", &name, why));
            existing.unreadable(match kind {
                "PROCEDURE" => Procedure(routine).key(),
                _ => Function(routine).key(),
            });
            continue;
        }
        let grants = privileges.of("routine", row.schema, row.specific);
        match kind {
            "FUNCTION" => out.add(Function(routine), None, None, grants),
            "PROCEDURE" => out.add(Procedure(routine), None, None, grants),
            other => out.gaps.push(unmodeled("routine", &name, format!("unknown kind {other}"))),
        }
    }
    Ok(())
}

fn routine(
    row: &RoutineRow<'_>,
    name: QualifiedName,
    source: &str,
    parameters: &[ParameterRow<'_>],
) -> Routine {
    let returns = Description {
        data_type: row.data_type,
        type_schema: row.type_schema,
        type_name: row.type_name,
        ..Description::default()
    };
    Routine {
        name,
        arguments: parameters.iter().map(argument).collect(),
        returns: (row.kind == Some("FUNCTION")).then(|| returns.data_type()),
        returns_set: false,
        language: Name::new(row.language.unwrap_or("").to_ascii_lowercase()),
        body: RoutineBody::Source(source.to_owned()),
        volatility: if yes(row.deterministic) { Volatility::Immutable } else { Volatility::Volatile },
        strict: yes(row.strict),
        security_definer: row.security == Some("DEFINER"),
        leakproof: false,
        window: false,
        parallel: Parallel::Unsafe,
        cost: None,
        rows: None,
        support: None,
        config: Options::new(),
        transforms: Vec::new(),
    }
}

fn argument(row: &ParameterRow<'_>) -> Argument {
    Argument {
        name: row.name.filter(|name| !name.is_empty()).map(Name::new),
        mode: match row.mode {
            Some("OUT") => ArgumentMode::Out,
            Some("INOUT") => ArgumentMode::InOut,
            _ => ArgumentMode::In,
        },
        data_type: Description {
            data_type: row.data_type,
            type_schema: row.type_schema,
            type_name: row.type_name,
            ..Description::default()
        }
        .data_type(),
        default: row.expression.map(Expr::qualified),
    }
}
