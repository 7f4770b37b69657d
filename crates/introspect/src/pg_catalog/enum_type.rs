//! Enum types.

use super::names::{Names, class, decode, privileges};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::EnumType;

row! {
    EnumRow { oid: u32, schema: u32, name: &'a str, labels: Vec<String>, owner: u32, acl: Option<Vec<&'a str>> }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<EnumRow>(answer)? {
        let Some(name) =
            names.own_name(row.schema, row.name).filter(|_| !names.is_left_out(class::TYPE, row.oid))
        else {
            continue;
        };
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        let comment = names.comment(class::TYPE, row.oid, 0);
        out.add(EnumType { name, labels: row.labels }, comment, names.role(row.owner), privileges);
    }
    Ok(())
}
