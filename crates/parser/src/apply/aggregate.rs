//! CREATE AGGREGATE.

use trueup_catalog::{
    Aggregate, AggregateKind, AggregateState, Argument, ArgumentMode, DataType, Entry, FinalModify, Function,
    ObjectKey, ObjectKind, Parallel, QualifiedName, SchemaObject,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::object::{element, function, plain_type, type_of};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::object::AggregateArguments;
use crate::grammar::types::{DefinitionElement, definition};
use crate::interpreter::Interpreter;

/// The result type of a function that the files made, with these arguments if given.
pub(crate) fn result_of(
    interp: &Interpreter<'_>,
    name: &QualifiedName,
    arguments: Option<&[DataType]>,
) -> Option<DataType> {
    interp
        .store
        .catalog()
        .routines(ObjectKind::Function, name)
        .filter_map(|(_, entry)| Function::of(&entry.object))
        .find(|f| arguments.is_none_or(|a| f.0.input_types() == a))
        .and_then(|f| f.0.returns.clone())
}

/// The names that the definition uses for one of the two modes.
struct Mode {
    transition: &'static [&'static str],
    data_type: &'static [&'static str],
    space: &'static str,
    final_function: &'static str,
    final_extra: &'static str,
    final_modify: &'static str,
    initial: &'static [&'static str],
}

const PLAIN: Mode = Mode {
    transition: &["sfunc", "sfunc1"],
    data_type: &["stype", "stype1"],
    space: "sspace",
    final_function: "finalfunc",
    final_extra: "finalfunc_extra",
    final_modify: "finalfunc_modify",
    initial: &["initcond", "initcond1"],
};

const MOVING: Mode = Mode {
    transition: &["msfunc"],
    data_type: &["mstype"],
    space: "msspace",
    final_function: "mfinalfunc",
    final_extra: "mfinalfunc_extra",
    final_modify: "mfinalfunc_modify",
    initial: &["minitcond"],
};

/// `DefineAggregate` in `aggregatecmds.c`.
fn state(
    interp: &Interpreter<'_>,
    elements: &[DefinitionElement],
    mode: &Mode,
    kind: AggregateKind,
) -> Outcome<AggregateState> {
    let of = |names: &[&str]| element(elements, names);
    let need = |what: &str| Failure::refused("42P13", format!("aggregate {what} must be specified"));
    let usual = match kind {
        AggregateKind::Plain => FinalModify::ReadOnly,
        AggregateKind::OrderedSet | AggregateKind::HypotheticalSet => FinalModify::ReadWrite,
    };
    let final_modify = match of(&[mode.final_modify]).and_then(DefinitionElement::text) {
        None => usual,
        Some(word) => match word.to_ascii_lowercase().as_str() {
            "read_only" => FinalModify::ReadOnly,
            "shareable" => FinalModify::Shareable,
            "read_write" => FinalModify::ReadWrite,
            _ => {
                let message =
                    format!("parameter {} must be READ_ONLY, SHAREABLE, or READ_WRITE", mode.final_modify);
                return Err(Failure::refused("42601", message));
            }
        },
    };
    let space = of(&[mode.space]).and_then(DefinitionElement::text).and_then(|t| t.parse().ok()).unwrap_or(0);
    Ok(AggregateState {
        transition: function(interp, elements, mode.transition).ok_or_else(|| need("sfunc"))?,
        data_type: type_of(interp, of(mode.data_type))?.ok_or_else(|| need("stype"))?,
        space,
        final_function: function(interp, elements, &[mode.final_function]),
        final_extra: of(&[mode.final_extra]).is_some_and(DefinitionElement::is_true),
        final_modify,
        initial: of(mode.initial).and_then(DefinitionElement::text),
    })
}

fn arguments(
    interp: &Interpreter<'_>,
    list: &AggregateArguments,
    elements: &[DefinitionElement],
) -> Outcome<Vec<Argument>> {
    if list.old_style {
        let base = type_of(interp, element(elements, &["basetype"]))?
            .ok_or_else(|| Failure::refused("42P13", "aggregate input type must be specified"))?;
        let argument = |data_type| Argument { name: None, mode: ArgumentMode::In, data_type, default: None };
        // "ANY" stands for no argument at all.
        return Ok(if base.name == "any" { Vec::new() } else { vec![argument(base)] });
    }
    list.parameters
        .iter()
        .map(|p| {
            Ok(Argument {
                name: p.name.clone(),
                mode: p.mode.unwrap_or(ArgumentMode::In),
                data_type: plain_type(interp, &p.data_type)?,
                default: None,
            })
        })
        .collect()
}

/// After the name and the argument list.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    written: &WrittenName,
    list: &AggregateArguments,
    or_replace: bool,
) -> Outcome {
    let name = interp.new_name(written)?;
    let elements = definition(cursor)?;
    let kind = match (list.direct, element(&elements, &["hypothetical"])) {
        (None, _) => AggregateKind::Plain,
        (Some(_), Some(hypothetical)) if hypothetical.is_true() => AggregateKind::HypotheticalSet,
        (Some(_), _) => AggregateKind::OrderedSet,
    };
    let plain = state(interp, &elements, &PLAIN, kind)?;
    let moving = if element(&elements, &["msfunc"]).is_some() {
        let inverse = function(interp, &elements, &["minvfunc"]).ok_or_else(|| {
            Failure::refused("42P13", "aggregate minvfunc must be specified when mstype is")
        })?;
        Some(Box::new((state(interp, &elements, &MOVING, kind)?, inverse)))
    } else {
        None
    };
    let sort_operator = element(&elements, &["sortop"])
        .and_then(DefinitionElement::written_name)
        .map(|written| interp.operator_name(&written));
    let parallel = match element(&elements, &["parallel"]).and_then(DefinitionElement::text) {
        None => Parallel::Unsafe,
        Some(word) => match word.to_ascii_lowercase().as_str() {
            "safe" => Parallel::Safe,
            "restricted" => Parallel::Restricted,
            "unsafe" => Parallel::Unsafe,
            _ => {
                let message = "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE";
                return Err(Failure::refused("42601", message));
            }
        },
    };
    let returns = match &plain.final_function {
        Some(function) => result_of(interp, function, None),
        None => Some(plain.data_type.clone()),
    };
    let aggregate = Aggregate {
        name,
        arguments: arguments(interp, list, &elements)?,
        kind,
        direct_arguments: list.direct.and_then(|n| u16::try_from(n).ok()).unwrap_or(0),
        state: plain,
        moving,
        combine_function: function(interp, &elements, &["combinefunc"]),
        serial_function: function(interp, &elements, &["serialfunc"]),
        deserial_function: function(interp, &elements, &["deserialfunc"]),
        sort_operator,
        parallel,
        returns,
    };
    let key = aggregate.key();
    let other = |kind| ObjectKey { kind, address: key.address.clone() };
    let old = interp.store.get(&key).cloned();
    let taken = [ObjectKind::Function, ObjectKind::Procedure]
        .into_iter()
        .any(|kind| interp.store.get(&other(kind)).is_some());
    if taken || (old.is_some() && !or_replace) {
        let message = format!("function {key} already exists with same argument types");
        return Err(Failure::duplicate("42723", message));
    }
    let span = Some(interp.span(interp.place.statement.clone()));
    let kept = old.unwrap_or_else(|| Entry::from(aggregate.clone()));
    interp.store.put(Entry { span, object: aggregate.into(), ..kept });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::*;
    use trueup_catalog::*;

    fn only(catalog: &Catalog) -> Aggregate {
        let (_, entry) = catalog.of_kind(ObjectKind::Aggregate).next().unwrap();
        Aggregate::of(&entry.object).unwrap().clone()
    }

    #[test]
    fn both_styles_fill_in_the_defaults() {
        let new = read("CREATE AGGREGATE total (integer) (sfunc = int4pl, stype = integer, initcond = '0')");
        let old = read(
            "CREATE AGGREGATE total (basetype = integer, sfunc = int4pl, stype = integer, initcond = '0')",
        );
        assert_eq!(only(&new), only(&old));
        assert_eq!(only(&new).state.final_modify, FinalModify::ReadOnly);
        assert_eq!(only(&new).state.transition, QualifiedName::new("pg_catalog", "int4pl"));
    }

    #[test]
    fn ordered_sets_count_their_direct_arguments() {
        let catalog = read(
            "CREATE AGGREGATE p (float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal,
             finalfunc = percentile_disc_final, finalfunc_extra = true)",
        );
        let p = only(&catalog);
        assert_eq!((p.kind, p.direct_arguments, p.arguments.len()), (AggregateKind::OrderedSet, 1, 2));
        assert_eq!(p.state.final_modify, FinalModify::ReadWrite);
    }

    #[test]
    fn a_name_is_taken_once() {
        let twice = "CREATE AGGREGATE a (int) (sfunc = int4pl, stype = int);";
        assert_eq!(states(&format!("{twice}{twice}")), ["42723"]);
        assert!(
            read(&format!(
                "{twice} DROP AGGREGATE a (int); {twice} DROP AGGREGATE IF EXISTS a (integer), b (*)"
            ))
            .is_empty()
        );
    }
}
