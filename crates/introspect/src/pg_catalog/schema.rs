//! Schemas.

use super::names::{Names, SchemaRow, class, decode, is_system_schema, privileges};
use super::{Output, Shape};
use crate::session::Answer;
use trueup_catalog::{Grantee, Name, ObjectKind, Privilege, Schema};

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<SchemaRow>(answer)? {
        let name = Name::new(row.name);
        // One that an extension made is there all the same for a desired schema that puts objects into it.
        if is_system_schema(&name) {
            continue;
        }
        let privileges = match (row.acl, name.as_str()) {
            // One that someone made again is not what a new database has.
            (None, "public") => {
                let words = ObjectKind::Schema.privileges(names.major).iter();
                Some(words.map(|word| Privilege::new(Grantee::Owner, *word)).collect())
            }
            (acl, _) => privileges(acl.as_deref(), &name, &mut out.gaps),
        };
        out.add(Schema { name }, names.comment(class::SCHEMA, row.oid, 0), names.role(row.owner), privileges);
    }
    Ok(())
}
