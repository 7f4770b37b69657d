//! Range types.

use super::names::{Names, class, decode, privileges};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::{Name, QualifiedName, RangeType};

row! {
    RangeRow {
        oid: u32, schema: u32, name: &'a str, subtype: u32, operator_class: u32, collation: u32,
        canonical_schema: Option<u32>, canonical: Option<&'a str>,
        subtype_diff_schema: Option<u32>, subtype_diff: Option<&'a str>,
        multirange: u32, owner: u32, acl: Option<Vec<&'a str>>,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<RangeRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::TYPE, row.oid))
        else {
            continue;
        };
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        let function = |schema: Option<u32>, name: Option<&str>| names.qualified(schema?, name?);
        let multirange = (row.multirange != 0)
            .then(|| names.plain_type(row.multirange).qualified_name())
            .flatten()
            .filter(|multirange| *multirange != automatic_multirange(&name));
        let range = RangeType {
            subtype: names.plain_type(row.subtype),
            operator_class: names.own_operator_class(row.operator_class, row.subtype),
            collation: names.own_collation(row.collation, row.subtype),
            canonical: function(row.canonical_schema, row.canonical),
            subtype_diff: function(row.subtype_diff_schema, row.subtype_diff),
            multirange,
            name,
        };
        out.add(range, names.comment(class::TYPE, row.oid, 0), names.role(row.owner), privileges);
    }
    Ok(())
}

/// The name that a multirange gets when nobody gives one: "range" becomes "multirange", else "_multirange" is added
/// (`makeMultirangeTypeName` in `pg_type.c`).
fn automatic_multirange(range: &QualifiedName) -> QualifiedName {
    let text = range.name.as_str();
    let made = if text.contains("range") {
        text.replacen("range", "multirange", 1)
    } else {
        format!(
            "{}_multirange",
            trueup_catalog::truncate(text, trueup_catalog::MAX_NAME_BYTES - "_multirange".len())
        )
    };
    QualifiedName { schema: range.schema.clone(), name: Name::new(made) }
}
