//! Extensions.

use super::names::{Names, class, decode};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::{Extension, Name};

row! {
    ExtensionRow { oid: u32, name: &'a str, schema: u32, version: &'a str, owner: u32 }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<ExtensionRow>(answer)? {
        let extension = Extension {
            name: Name::new(row.name),
            schema: names.schema(row.schema).cloned(),
            version: Some(row.version.to_owned()),
            altered: None,
        };
        out.add(extension, names.comment(class::EXTENSION, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
