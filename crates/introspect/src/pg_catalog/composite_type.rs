//! Free-standing composite types. Their attributes are read with the columns.

use super::names::{Names, class, decode, privileges};
use super::{Output, Shape};
use crate::session::{Answer, row};
use std::collections::BTreeMap;
use trueup_catalog::{CompositeAttribute, CompositeType, Name};

row! {
    CompositeRow { oid: u32, relation: u32, acl: Option<Vec<&'a str>> }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<CompositeRow>(answer)? {
        let Some(relation) =
            names.own_relation(row.relation).filter(|_| !names.is_left_out(class::TYPE, row.oid))
        else {
            continue;
        };
        let columns = names.columns(row.relation);
        let composite = CompositeType {
            name: relation.name.clone(),
            attributes: columns
                .iter()
                .map(|column| CompositeAttribute {
                    name: Name::new(column.name),
                    data_type: names.data_type(column.data_type, column.modifier, column.type_text),
                    collation: names.own_collation(column.collation, column.data_type),
                })
                .collect(),
            attribute_comments: column_comments(row.relation, names),
        };
        let privileges = privileges(row.acl.as_deref(), &relation.name, &mut out.gaps);
        let owner = names.role(relation.row.owner);
        out.add(composite, names.comment(class::TYPE, row.oid, 0), owner, privileges);
    }
    Ok(())
}

/// Comments on the columns of a relation whose columns are no objects of their own.
pub(super) fn column_comments(relation: u32, names: &Names<'_>) -> BTreeMap<Name, String> {
    names
        .columns(relation)
        .iter()
        .filter_map(|column| {
            let text = names.comment(class::RELATION, relation, i32::from(column.number))?;
            Some((Name::new(column.name), text))
        })
        .collect()
}
