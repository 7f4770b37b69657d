//! Views.

use super::column::OtherColumns;
use super::existing::Existing;
use super::privilege::Privileges;
use super::{Shape, decode, unreadable};
use crate::pg_catalog::Output;
use crate::session::{Answer, row};
use std::collections::BTreeMap;
use std::sync::Arc;
use trueup_catalog::{ObjectKey, ObjectKind, Options, Persistence, QualifiedName, Query, View};

row! {
    ViewRow { schema: &'a str, name: &'a str, query: Option<&'a str>, check_option: Option<&'a str> }
}

pub(super) fn read(
    answer: &Answer,
    columns: &OtherColumns<'_>,
    privileges: &Privileges<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    for row in decode::<ViewRow<'_>>(answer)? {
        existing.saw("views");
        if existing.is_member_relation(row.schema, row.name) {
            continue;
        }
        let name = QualifiedName::new(row.schema, row.name);
        let Some(text) = row.query else {
            out.gaps.push(unreadable("view", &name, "its query is hidden from this role"));
            existing.unreadable(ObjectKey::in_schema(ObjectKind::View, name));
            continue;
        };
        let text = text.trim();
        let sql = text.strip_suffix(';').unwrap_or(text).trim_end();
        let columns = columns.get(&(row.schema, row.name)).map_or(&[][..], Vec::as_slice);
        let mut options = Options::new();
        if let Some(check @ ("LOCAL" | "CASCADED")) = row.check_option {
            options.insert("check_option".to_owned(), check.to_ascii_lowercase());
        }
        let view = View {
            name,
            persistence: Persistence::Permanent,
            columns: columns.iter().map(|column| column.column.clone()).collect(),
            query: Query { sql: Arc::from(sql), search_path: Arc::from([]) },
            options,
            column_defaults: columns
                .iter()
                .filter_map(|column| Some((column.column.name.clone(), column.default.clone()?)))
                .collect(),
            column_comments: BTreeMap::new(),
        };
        out.add(view, None, None, privileges.of("table", row.schema, row.name));
    }
    Ok(())
}
