//! Materialized views. Their indexes are read with the other indexes.

use super::Output;
use super::column::settings;
use super::composite_type::column_comments;
use super::index::Indexes;
use super::names::{Names, class, options, unmodeled};
use super::view::{Queries, query, view_columns};
use std::collections::BTreeMap;
use trueup_catalog::{ColumnSettings, MaterializedView, Name, QualifiedName};

pub(super) fn read(queries: &Queries<'_>, indexes: &Indexes<'_>, names: &Names<'_>, out: &mut Output) {
    for (oid, relation) in
        names.relations.iter().filter(|(_, relation)| relation.own && relation.row.kind.0 == 'm')
    {
        let Some(query) = query(*oid, &relation.name, queries, &mut out.gaps) else { continue };
        let row = &relation.row;
        let mut all_options = options(row.options.as_deref(), "");
        all_options.extend(options(row.toast_options.as_deref(), "toast."));
        let view = MaterializedView {
            name: relation.name.clone(),
            columns: view_columns(*oid, names),
            query,
            options: all_options,
            access_method: row.access_method.filter(|method| *method != "heap").map(Name::new),
            tablespace: row.tablespace.map(Name::new),
            populated: row.populated,
            clustered_on: indexes.clustered(*oid),
            column_settings: column_settings(*oid, &relation.name, names, out),
            column_comments: column_comments(*oid, names),
        };
        let privileges = names.relation_privileges(*oid, relation, &mut out.gaps);
        out.add(view, names.comment(class::RELATION, *oid, 0), names.role(row.owner), privileges);
    }
}

fn column_settings(
    oid: u32,
    name: &QualifiedName,
    names: &Names<'_>,
    out: &mut Output,
) -> BTreeMap<Name, ColumnSettings> {
    names
        .columns(oid)
        .iter()
        .map(|row| {
            let column = Name::new(row.name);
            let unknown = |what: &str, letter: char| {
                let object = format!("{name}.{column}");
                out.gaps.push(unmodeled(what, &object, format!("unknown kind {letter}")));
            };
            let settings = settings(row, names, unknown);
            (column, settings)
        })
        .filter(|(_, settings)| !settings.is_empty())
        .collect()
}
