//! Materialized views. Their indexes are read with the other indexes.

use super::Output;
use super::composite_type::column_comments;
use super::names::{Names, class, options, unmodeled};
use super::view::{Queries, query, view_columns};
use trueup_catalog::{MaterializedView, Name};

pub(super) fn read(queries: &Queries<'_>, names: &Names<'_>, out: &mut Output) {
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
            column_comments: column_comments(*oid, names),
        };
        for column in names.columns(*oid).iter().filter(|column| {
            column.statistics.is_some()
                || column.options.is_some()
                || column.compression.0 != '\0'
                || Some(column.storage.0) != names.default_storage(column.data_type)
        }) {
            let object = format!("{}.{}", relation.name, Name::new(column.name));
            out.gaps.push(unmodeled("column setting", &object, "it is on a column of a materialized view"));
        }
        let privileges = names.relation_privileges(*oid, relation, &mut out.gaps);
        out.add(view, names.comment(class::RELATION, *oid, 0), names.role(row.owner), privileges);
    }
}
