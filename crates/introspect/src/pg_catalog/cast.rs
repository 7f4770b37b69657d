//! Casts and transforms.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{Cast, CastContext, CastMethod, Name, RoutineName, Transform};

row! {
    OwnCastRow {
        oid: u32, source: u32, target: u32, context: Letter, method: Letter, schema: Option<u32>,
        name: Option<&'a str>, arguments: Option<Vec<u32>>,
    }
}
row! {
    TransformRow {
        oid: u32, data_type: u32, language: &'a str, from_schema: Option<u32>, from_name: Option<&'a str>,
        from_arguments: Option<Vec<u32>>, to_schema: Option<u32>, to_name: Option<&'a str>,
        to_arguments: Option<Vec<u32>>,
    }
}

fn routine(
    names: &Names<'_>,
    schema: Option<u32>,
    name: Option<&str>,
    arguments: Option<&[u32]>,
) -> Option<RoutineName> {
    let name = names.qualified(schema?, name?)?;
    Some(RoutineName { name, arguments: arguments?.iter().map(|oid| names.plain_type(*oid)).collect() })
}

pub(super) fn read(
    casts: &Answer,
    transforms: &Answer,
    names: &Names<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    for row in decode::<OwnCastRow>(casts)? {
        if names.is_left_out(class::CAST, row.oid) {
            continue;
        }
        let (source, target) = (names.plain_type(row.source), names.plain_type(row.target));
        let function = || routine(names, row.schema, row.name, row.arguments.as_deref());
        let method = match row.method.0 {
            'f' => function().map(CastMethod::Function),
            'b' => Some(CastMethod::Binary),
            'i' => Some(CastMethod::InOut),
            _ => None,
        };
        let context = match row.context.0 {
            'e' => Some(CastContext::Explicit),
            'a' => Some(CastContext::Assignment),
            'i' => Some(CastContext::Implicit),
            _ => None,
        };
        match method.zip(context) {
            Some((method, context)) => {
                let comment = names.comment(class::CAST, row.oid, 0);
                out.add(Cast { source, target, method, context }, comment, None, None);
            }
            None => {
                let object = format!("({source} AS {target})");
                out.gaps.push(unmodeled("cast", &object, "unknown method or context"));
            }
        }
    }
    for row in decode::<TransformRow>(transforms)? {
        if names.is_left_out(class::TRANSFORM, row.oid) {
            continue;
        }
        let transform = Transform {
            data_type: names.plain_type(row.data_type),
            language: Name::new(row.language),
            from_sql: routine(names, row.from_schema, row.from_name, row.from_arguments.as_deref()),
            to_sql: routine(names, row.to_schema, row.to_name, row.to_arguments.as_deref()),
        };
        out.add(transform, names.comment(class::TRANSFORM, row.oid, 0), None, None);
    }
    Ok(())
}
