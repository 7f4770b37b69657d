//! `CREATE TYPE` of base types and shells.

use super::Sql;
use trueup_catalog::{BaseType, BaseTypeDefinition, QualifiedName, quote_literal};

/// `CREATE TYPE name`, which its functions need before the type itself can be made.
pub fn shell(name: &QualifiedName) -> Sql {
    Sql::new(format!("CREATE TYPE {name}"))
}

/// `CREATE TYPE name (INPUT = …)`, or the shell.
pub fn create(base: &BaseType) -> Sql {
    let BaseType { name, definition } = base;
    let Some(definition) = definition else { return shell(name) };
    let BaseTypeDefinition {
        input,
        output,
        receive,
        send,
        typmod_in,
        typmod_out,
        analyze,
        subscript,
        internal_length,
        passed_by_value,
        alignment,
        storage,
        category,
        preferred,
        default,
        element,
        delimiter,
        collatable,
    } = definition;
    let mut sql = Sql::new(format!("CREATE TYPE {name} (INPUT = {input}, OUTPUT = {output}"));
    let functions = [
        ("RECEIVE", receive),
        ("SEND", send),
        ("TYPMOD_IN", typmod_in),
        ("TYPMOD_OUT", typmod_out),
        ("ANALYZE", analyze),
        ("SUBSCRIPT", subscript),
    ];
    for (word, function) in functions {
        if let Some(function) = function {
            sql.add(format_args!(", {word} = {function}"));
        }
    }
    match internal_length {
        Some(length) => sql.add(format_args!(", INTERNALLENGTH = {length}")),
        None => sql.push(", INTERNALLENGTH = VARIABLE"),
    };
    if *passed_by_value {
        sql.push(", PASSEDBYVALUE");
    }
    sql.add(format_args!(", ALIGNMENT = {}, STORAGE = {}", alignment.word(), storage.word()));
    sql.add(format_args!(", CATEGORY = {}", quote_literal(&category.to_string())));
    if *preferred {
        sql.push(", PREFERRED = true");
    }
    if let Some(default) = default {
        sql.add(format_args!(", DEFAULT = {}", quote_literal(default)));
    }
    if let Some(element) = element {
        sql.add(format_args!(", ELEMENT = {element}"));
    }
    sql.add(format_args!(", DELIMITER = {}", quote_literal(&delimiter.to_string())));
    if *collatable {
        sql.push(", COLLATABLE = true");
    }
    sql.push(")");
    sql
}
