//! Sequences. Those of identity columns are not among the standard's.

use super::existing::Existing;
use super::privilege::Privileges;
use super::{Shape, decode, number, unreadable, yes};
use crate::pg_catalog::Output;
use crate::session::{Answer, row};
use trueup_catalog::{
    DataType, ObjectKey, ObjectKind, Persistence, QualifiedName, Sequence, SequenceOptions,
};

row! {
    SequenceRow {
        schema: &'a str, name: &'a str, data_type: &'a str, start: Option<&'a str>, min: Option<&'a str>,
        max: Option<&'a str>, increment: Option<&'a str>, cycle: Option<&'a str>,
    }
}

pub(super) fn read(
    answer: &Answer,
    privileges: &Privileges<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    for row in decode::<SequenceRow<'_>>(answer)? {
        existing.saw("sequences");
        if existing.is_member_relation(row.schema, row.name) {
            continue;
        }
        let name = QualifiedName::new(row.schema, row.name);
        let data_type = match row.data_type {
            "smallint" => DataType::builtin("int2"),
            "integer" => DataType::builtin("int4"),
            _ => DataType::builtin("int8"),
        };
        let all = (number(row.start), number(row.increment), number(row.min), number(row.max));
        let (Some(start), Some(increment), Some(min), Some(max)) = all else {
            out.gaps.push(unreadable("sequence", &name, "its numbers are not readable"));
            existing.unreadable(ObjectKey::in_schema(ObjectKind::Sequence, name));
            continue;
        };
        let options =
            SequenceOptions { data_type, start, increment, min, max, cache: 1, cycle: yes(row.cycle) };
        let sequence = Sequence { name, persistence: Persistence::Permanent, options, owned_by: None };
        out.add(sequence, None, None, privileges.of("sequence", row.schema, row.name));
    }
    Ok(())
}
