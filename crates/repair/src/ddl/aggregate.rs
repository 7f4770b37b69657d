//! `CREATE AGGREGATE`.

use super::{Sql, operator::named};
use trueup_catalog::{
    Aggregate, AggregateKind, AggregateState, Argument, ArgumentMode, Parallel, quote_literal,
};

/// `CREATE AGGREGATE name (arguments) (…)`.
pub fn create(aggregate: &Aggregate) -> Sql {
    let Aggregate {
        name,
        arguments: _,
        kind,
        direct_arguments: _,
        state: plain,
        moving,
        combine_function,
        serial_function,
        deserial_function,
        sort_operator,
        parallel,
        returns: _,
    } = aggregate;
    let mut sql = Sql::new(format!("CREATE AGGREGATE {name}{} (", signature(aggregate, true)));
    state(&mut sql, plain, "", *kind);
    if let Some((moving, inverse)) = moving.as_deref() {
        sql.push(", ");
        state(&mut sql, moving, "M", *kind);
        sql.add(format_args!(", MINVFUNC = {inverse}"));
    }
    let functions = [
        ("COMBINEFUNC", combine_function),
        ("SERIALFUNC", serial_function),
        ("DESERIALFUNC", deserial_function),
    ];
    for (word, function) in functions {
        if let Some(function) = function {
            sql.add(format_args!(", {word} = {function}"));
        }
    }
    if let Some(operator) = sort_operator {
        sql.add(format_args!(", SORTOP = {}", named(operator)));
    }
    if *parallel != Parallel::Unsafe {
        sql.add(format_args!(", PARALLEL = {}", parallel.sql()));
    }
    if *kind == AggregateKind::HypotheticalSet {
        sql.push(", HYPOTHETICAL");
    }
    sql.push(")");
    sql
}

fn state(sql: &mut Sql, state: &AggregateState, prefix: &str, kind: AggregateKind) {
    let AggregateState { transition, data_type, space, final_function, final_extra, final_modify, initial } =
        state;
    sql.add(format_args!("{prefix}SFUNC = {transition}, {prefix}STYPE = {data_type}"));
    if *space != 0 {
        sql.add(format_args!(", {prefix}SSPACE = {space}"));
    }
    if let Some(function) = final_function {
        sql.add(format_args!(", {prefix}FINALFUNC = {function}"));
    }
    if *final_extra {
        sql.add(format_args!(", {prefix}FINALFUNC_EXTRA"));
    }
    let usual = match kind {
        AggregateKind::Plain => trueup_catalog::FinalModify::ReadOnly,
        AggregateKind::OrderedSet | AggregateKind::HypotheticalSet => trueup_catalog::FinalModify::ReadWrite,
    };
    if *final_modify != usual {
        sql.add(format_args!(", {prefix}FINALFUNC_MODIFY = {}", final_modify.sql()));
    }
    if let Some(initial) = initial {
        sql.add(format_args!(", {prefix}INITCOND = {}", quote_literal(initial)));
    }
}

/// `(*)`, `(types)`, `(types ORDER BY types)`, with names of arguments or without, as `CREATE` and `DROP` want it.
pub fn signature(aggregate: &Aggregate, names: bool) -> String {
    let one = |argument: &Argument| {
        let variadic = if argument.mode == ArgumentMode::Variadic { "VARIADIC " } else { "" };
        match &argument.name {
            Some(name) if names => format!("{variadic}{name} {}", argument.data_type),
            _ => format!("{variadic}{}", argument.data_type),
        }
    };
    let list: Vec<String> = aggregate.arguments.iter().map(one).collect();
    match aggregate.kind {
        AggregateKind::Plain if list.is_empty() => "(*)".to_owned(),
        AggregateKind::Plain => format!("({})", list.join(", ")),
        AggregateKind::OrderedSet | AggregateKind::HypotheticalSet => {
            let direct = usize::from(aggregate.direct_arguments);
            let (before, after) = list.split_at(direct.min(list.len()));
            // A variadic direct argument stands for the ordered one as well.
            let after =
                if after.is_empty() { before.split_at(before.len().saturating_sub(1)).1 } else { after };
            let space = if before.is_empty() { "" } else { " " };
            format!("({}{space}ORDER BY {})", before.join(", "), after.join(", "))
        }
    }
}
