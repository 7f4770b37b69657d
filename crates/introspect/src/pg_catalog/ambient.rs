//! What names in expressions may refer to beyond the model's objects: members of extensions, and what range types brought.

use super::names::{Names, OperatorClassRow, class, decode};
use super::{Answers, Shape};
use crate::session::{Letter, row};
use trueup_catalog::{
    Ambient, AmbientCast, AmbientFunction, AmbientOperator, AmbientOperatorClass, AmbientType, DataType,
};

row! {
    TypeRow {
        schema: u32, name: &'a str, kind: Letter, category: Letter, preferred: bool, base: u32, collatable: bool,
        extension: Option<&'a str>,
    }
}
row! {
    FunctionRow {
        schema: u32, name: &'a str, kind: Letter, arguments: Vec<u32>, defaults: i16, variadic: bool, returns: u32,
        returns_set: bool, extension: Option<&'a str>,
    }
}
row! {
    OperatorRow { schema: u32, name: &'a str, left: u32, right: u32, result: u32, extension: Option<&'a str> }
}
row! {
    CastRow { source: u32, target: u32, context: Letter, method: Letter, extension: Option<&'a str> }
}

pub(super) fn read(answers: &Answers, names: &Names<'_>) -> Result<Ambient, Shape> {
    let optional = |oid: u32| -> Option<DataType> { (oid != 0).then(|| names.plain_type(oid)) };
    let owned = |name: Option<&str>| name.map(str::to_owned);
    let mut ambient = Ambient::default();
    for row in decode::<TypeRow>(&answers.ambient_type)? {
        let Some(name) = names.qualified(row.schema, row.name) else { continue };
        ambient.types.push(AmbientType {
            name,
            kind: row.kind.0,
            category: row.category.0,
            preferred: row.preferred,
            base: optional(row.base),
            collatable: row.collatable,
            extension: owned(row.extension),
        });
    }
    for row in decode::<FunctionRow>(&answers.ambient_function)? {
        let Some(name) = names.qualified(row.schema, row.name) else { continue };
        ambient.functions.push(AmbientFunction {
            name,
            kind: row.kind.0,
            arguments: row.arguments.iter().map(|oid| names.plain_type(*oid)).collect(),
            defaults: row.defaults.unsigned_abs(),
            variadic: row.variadic,
            returns: names.plain_type(row.returns),
            returns_set: row.returns_set,
            extension: owned(row.extension),
        });
    }
    for row in decode::<OperatorRow>(&answers.ambient_operator)? {
        let Some(name) = names.qualified(row.schema, row.name) else { continue };
        ambient.operators.push(AmbientOperator {
            name,
            left: optional(row.left),
            right: optional(row.right),
            result: names.plain_type(row.result),
            extension: owned(row.extension),
        });
    }
    for row in decode::<CastRow>(&answers.ambient_cast)? {
        ambient.casts.push(AmbientCast {
            source: names.plain_type(row.source),
            target: names.plain_type(row.target),
            context: row.context.0,
            method: row.method.0,
            extension: owned(row.extension),
        });
    }
    for row in decode::<OperatorClassRow>(&answers.operator_class)? {
        // Those of the schema are objects; those of PostgreSQL are in the snapshot.
        let Some((name, extension)) =
            names.qualified(row.schema, row.name).zip(names.extension(class::OPERATOR_CLASS, row.oid))
        else {
            continue;
        };
        ambient.operator_classes.push(AmbientOperatorClass {
            name,
            method: row.method.to_owned(),
            input: names.plain_type(row.input),
            is_default: row.is_default,
            extension: Some(extension),
        });
    }
    // OIDs depend on the order of creation; names do not.
    ambient.types.sort_by(|a, b| a.name.cmp(&b.name));
    ambient.functions.sort_by(|a, b| (&a.name, &a.arguments).cmp(&(&b.name, &b.arguments)));
    ambient.operators.sort_by(|a, b| (&a.name, &a.left, &a.right).cmp(&(&b.name, &b.left, &b.right)));
    ambient.casts.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
    ambient.operator_classes.sort_by(|a, b| (&a.name, &a.method).cmp(&(&b.name, &b.method)));
    Ok(ambient)
}
