//! Composite types.

use super::data_type::{Description, Modifiers, collation};
use super::existing::Existing;
use super::{Shape, decode};
use crate::pg_catalog::Output;
use crate::session::{Answer, row};
use std::collections::BTreeMap;
use trueup_catalog::{CompositeAttribute, CompositeType, Name, QualifiedName};

row! {
    AttributeRow {
        schema: &'a str, relation: &'a str, name: &'a str, position: i32, data_type: Option<&'a str>, length: Option<i32>,
        precision: Option<i32>, scale: Option<i32>, fraction: Option<i32>, fields: Option<&'a str>,
        collation_schema: Option<&'a str>, collation_name: Option<&'a str>, type_schema: Option<&'a str>,
        type_name: Option<&'a str>,
    }
}

pub(super) fn read(
    answer: &Answer,
    modifiers: &Modifiers<'_>,
    existing: &Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let mut types: BTreeMap<QualifiedName, Vec<(i32, CompositeAttribute)>> = BTreeMap::new();
    for row in decode::<AttributeRow<'_>>(answer)? {
        if existing.is_member_relation(row.schema, row.relation)
            || existing.is_member_type(row.schema, row.relation)
        {
            continue;
        }
        let mut data_type = Description {
            data_type: row.data_type,
            type_schema: row.type_schema,
            type_name: row.type_name,
            length: row.length,
            precision: row.precision,
            scale: row.scale,
            fraction: row.fraction,
            fields: row.fields,
            ..Description::default()
        }
        .data_type();
        if let Some(lost) = modifiers.get(&(row.schema, row.relation, row.name)) {
            data_type.modifiers.clone_from(lost);
        }
        let collation = collation(row.collation_schema, row.collation_name, row.type_name);
        let attribute = CompositeAttribute { name: Name::new(row.name), data_type, collation };
        types
            .entry(QualifiedName::new(row.schema, row.relation))
            .or_default()
            .push((row.position, attribute));
    }
    for (name, mut attributes) in types {
        attributes.sort_by_key(|(position, _)| *position);
        let attributes = attributes.into_iter().map(|(_, attribute)| attribute).collect();
        out.add(CompositeType { name, attributes, attribute_comments: BTreeMap::new() }, None, None, None);
    }
    Ok(())
}
