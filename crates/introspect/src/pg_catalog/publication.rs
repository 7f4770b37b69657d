//! Publications.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{Expr, Name, Publication, PublishedTable};

row! {
    PublicationRow {
        oid: u32, name: &'a str, all_tables: bool, on_insert: bool, on_update: bool, on_delete: bool,
        on_truncate: bool, via_root: bool, generated: Letter, owner: u32,
    }
}
row! {
    PublishedTableRow { publication: u32, relation: u32, columns: Option<Vec<i16>>, filter: Option<&'a str> }
}
row! {
    PublishedSchemaRow { publication: u32, schema: u32 }
}

pub(super) fn read(
    answer: &Answer,
    tables: &Answer,
    schemas: &Answer,
    names: &Names<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let mut published: FxHashMap<u32, Vec<PublishedTable>> = FxHashMap::default();
    for row in decode::<PublishedTableRow>(tables)? {
        let Some(relation) = names.relations.get(&row.relation) else { continue };
        published.entry(row.publication).or_default().push(PublishedTable {
            table: relation.name.clone(),
            columns: row.columns.as_deref().map(|numbers| {
                let mut numbers = numbers.to_vec();
                numbers.sort_unstable();
                names.column_names(row.relation, &numbers)
            }),
            filter: row.filter.map(Expr::qualified),
        });
    }
    let mut whole: FxHashMap<u32, Vec<Name>> = FxHashMap::default();
    for row in decode::<PublishedSchemaRow>(schemas)? {
        if let Some(schema) = names.schema(row.schema) {
            whole.entry(row.publication).or_default().push(schema.clone());
        }
    }
    for row in decode::<PublicationRow>(answer)? {
        if names.is_left_out(class::PUBLICATION, row.oid) {
            continue;
        }
        let name = Name::new(row.name);
        let generated_columns = match row.generated.0 {
            'n' => None,
            's' => Some("stored".to_owned()),
            other => {
                let message = format!("unknown way of publishing generated columns {other}");
                out.gaps.push(unmodeled("publication", &name, message));
                None
            }
        };
        let events = [
            (row.on_insert, "insert"),
            (row.on_update, "update"),
            (row.on_delete, "delete"),
            (row.on_truncate, "truncate"),
        ];
        let mut tables = published.remove(&row.oid).unwrap_or_default();
        tables.sort_by(|a, b| a.table.cmp(&b.table));
        let mut schemas = whole.remove(&row.oid).unwrap_or_default();
        schemas.sort();
        let publication = Publication {
            name,
            all_tables: row.all_tables,
            tables,
            schemas,
            publish: events.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()).collect(),
            via_partition_root: row.via_root,
            generated_columns,
        };
        out.add(publication, names.comment(class::PUBLICATION, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
