//! Aggregates.

use super::names::{Names, class, decode, privileges, unmodeled};
use super::{Output, Shape, routine};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{
    Aggregate, AggregateKind, AggregateState, Argument, ArgumentMode, FinalModify, Name, Parallel,
    QualifiedName,
};

row! {
    AggregateRow {
        oid: u32, schema: u32, name: &'a str, owner: u32, acl: Option<Vec<&'a str>>, input_types: Vec<u32>,
        all_types: Option<Vec<u32>>, modes: Option<Vec<Letter>>, names: Option<Vec<&'a str>>, parallel: Letter,
        returns: u32, kind: Letter, direct: i16, transition: Option<&'a str>, final_function: Option<&'a str>,
        combine: Option<&'a str>, serial: Option<&'a str>, deserial: Option<&'a str>,
        moving_transition: Option<&'a str>, moving_inverse: Option<&'a str>, moving_final: Option<&'a str>,
        sort_operator: Option<&'a str>, final_extra: bool, moving_final_extra: bool, final_modify: Letter,
        moving_final_modify: Letter, state_type: u32, space: i32, moving_state_type: u32, moving_space: i32,
        initial: Option<&'a str>, moving_initial: Option<&'a str>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<AggregateRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::PROCEDURE, row.oid))
        else {
            continue;
        };
        match aggregate(&row, name.clone(), names) {
            Ok(aggregate) => {
                let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
                let comment = names.comment(class::PROCEDURE, row.oid, 0);
                out.add(aggregate, comment, names.role(row.owner), privileges);
            }
            Err(message) => out.gaps.push(unmodeled("aggregate", &name, message)),
        }
    }
    Ok(())
}

fn modify(letter: Letter) -> Result<FinalModify, String> {
    match letter.0 {
        'r' => Ok(FinalModify::ReadOnly),
        's' => Ok(FinalModify::Shareable),
        'w' => Ok(FinalModify::ReadWrite),
        other => Err(format!("unknown way of modifying its state {other}")),
    }
}

fn aggregate(row: &AggregateRow<'_>, name: QualifiedName, names: &Names<'_>) -> Result<Aggregate, String> {
    let function = |text: Option<&str>| names.of_pair(text);
    let state = AggregateState {
        transition: function(row.transition).ok_or("it has no transition function")?,
        data_type: names.plain_type(row.state_type),
        space: row.space,
        final_function: function(row.final_function),
        final_extra: row.final_extra,
        final_modify: modify(row.final_modify)?,
        initial: row.initial.map(str::to_owned),
    };
    let moving = match (function(row.moving_transition), function(row.moving_inverse)) {
        (Some(transition), Some(inverse)) => Some(Box::new((
            AggregateState {
                transition,
                data_type: names.plain_type(row.moving_state_type),
                space: row.moving_space,
                final_function: function(row.moving_final),
                final_extra: row.moving_final_extra,
                final_modify: modify(row.moving_final_modify)?,
                initial: row.moving_initial.map(str::to_owned),
            },
            inverse,
        ))),
        _ => None,
    };
    Ok(Aggregate {
        name,
        arguments: arguments(row, names)?,
        kind: match row.kind.0 {
            'n' => AggregateKind::Plain,
            'o' => AggregateKind::OrderedSet,
            'h' => AggregateKind::HypotheticalSet,
            other => return Err(format!("unknown kind {other}")),
        },
        direct_arguments: row.direct.unsigned_abs(),
        state,
        moving,
        combine_function: function(row.combine),
        serial_function: function(row.serial),
        deserial_function: function(row.deserial),
        sort_operator: function(row.sort_operator),
        parallel: match row.parallel.0 {
            'u' => Parallel::Unsafe,
            'r' => Parallel::Restricted,
            's' => Parallel::Safe,
            other => return Err(format!("unknown parallel safety {other}")),
        },
        returns: Some(names.plain_type(row.returns)),
    })
}

fn arguments(row: &AggregateRow<'_>, names: &Names<'_>) -> Result<Vec<Argument>, String> {
    let types = row.all_types.as_deref().unwrap_or(&row.input_types);
    types
        .iter()
        .enumerate()
        .map(|(at, data_type)| {
            let mode = match row.modes.as_ref().map(|modes| modes.get(at)) {
                None => ArgumentMode::In,
                Some(letter) => routine::mode(letter.copied())?,
            };
            let name = row.names.as_ref().and_then(|names| names.get(at)).filter(|name| !name.is_empty());
            let name = name.map(Name::new);
            Ok(Argument { name, mode, data_type: names.plain_type(*data_type), default: None })
        })
        .collect()
}
