//! Tables, as far as the standard knows them.

use super::existing::Existing;
use super::privilege::Privileges;
use super::{Shape, decode};
use crate::pg_catalog::{Output, unmodeled};
use crate::session::{Answer, row};
use rustc_hash::FxHashSet;
use trueup_catalog::{QualifiedName, Table};

row! {
    TableRow {
        schema: &'a str, name: &'a str, kind: &'a str, type_schema: Option<&'a str>, type_name: Option<&'a str>,
    }
}

/// The tables that were added, by schema and name.
pub(super) type Tables<'a> = FxHashSet<(&'a str, &'a str)>;

pub(super) fn read<'a>(
    answer: &'a Answer,
    privileges: &Privileges<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<Tables<'a>, Shape> {
    let mut tables = Tables::default();
    for row in decode::<TableRow<'a>>(answer)? {
        let name = QualifiedName::new(row.schema, row.name);
        match row.kind {
            // Where the rows of a foreign table are is not read here: see `coverage`.
            "BASE TABLE" | "FOREIGN" | "FOREIGN TABLE" => existing.saw("tables"),
            "VIEW" | "LOCAL TEMPORARY" => continue,
            other => {
                out.gaps.push(unmodeled("table", &name, format!("unknown kind {other}")));
                continue;
            }
        }
        if existing.is_member_relation(row.schema, row.name) {
            continue;
        }
        tables.insert((row.schema, row.name));
        let mut table = Table::new(name);
        table.of_type =
            row.type_schema.zip(row.type_name).map(|(schema, name)| QualifiedName::new(schema, name));
        out.add(table, None, None, privileges.of("table", row.schema, row.name));
    }
    Ok(tables)
}
