//! Schemas.

use super::names::{Names, SchemaRow, class, decode, is_system_schema, privileges};
use super::{Output, Shape};
use crate::session::Answer;
use trueup_catalog::{Name, Schema};

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<SchemaRow>(answer)? {
        let name = Name::new(row.name);
        // One that an extension made is there all the same for a desired schema that puts objects into it.
        if is_system_schema(&name) {
            continue;
        }
        let privileges = privileges(row.acl.as_deref(), &name, &mut out.gaps);
        out.add(Schema { name }, names.comment(class::SCHEMA, row.oid, 0), names.role(row.owner), privileges);
    }
    Ok(())
}
