//! Schemas.

use super::{Shape, decode};
use crate::pg_catalog::{Output, is_system_schema};
use crate::session::{Answer, row};
use trueup_catalog::{Name, Schema};

row! {
    SchemaRow { name: &'a str, owner: Option<&'a str> }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<SchemaRow<'_>>(answer)? {
        let name = Name::new(row.name);
        if !is_system_schema(&name) {
            out.add(Schema { name }, None, row.owner.map(Name::new), None);
        }
    }
    Ok(())
}
