//! Views.

use super::composite_type::column_comments;
use super::names::{Names, class, decode, options, unmodeled};
use super::table::persistence;
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use trueup_catalog::{Expr, Gap, Name, QualifiedName, Query, View, ViewColumn};

row! {
    ViewRow { oid: u32, query: Option<&'a str> }
}

/// The queries of views and materialized views, by relation.
pub(super) type Queries<'a> = FxHashMap<u32, &'a str>;

pub(super) fn queries(answer: &Answer) -> Result<Queries<'_>, Shape> {
    Ok(decode::<ViewRow>(answer)?.into_iter().filter_map(|row| Some((row.oid, row.query?))).collect())
}

pub(super) fn read(queries: &Queries<'_>, names: &Names<'_>, out: &mut Output) {
    for (oid, relation) in
        names.relations.iter().filter(|(_, relation)| relation.own && relation.row.kind.0 == 'v')
    {
        let Some(persistence) = persistence(relation, &mut out.gaps) else { continue };
        let Some(query) = query(*oid, &relation.name, queries, &mut out.gaps) else { continue };
        let columns = names.columns(*oid);
        let view = View {
            name: relation.name.clone(),
            persistence,
            columns: view_columns(*oid, names),
            query,
            options: options(relation.row.options.as_deref(), ""),
            column_defaults: columns
                .iter()
                .filter_map(|column| Some((Name::new(column.name), Expr::qualified(column.expression?))))
                .collect(),
            column_comments: column_comments(*oid, names),
        };
        let privileges = names.relation_privileges(*oid, relation, &mut out.gaps);
        out.add(view, names.comment(class::RELATION, *oid, 0), names.role(relation.row.owner), privileges);
    }
}

/// A view's query without the server's indentation at the ends and the semicolon.
pub(super) fn query(
    oid: u32,
    name: &QualifiedName,
    queries: &Queries<'_>,
    gaps: &mut Vec<Gap>,
) -> Option<Query> {
    match queries.get(&oid) {
        Some(text) => {
            let text = text.trim();
            let sql = text.strip_suffix(';').unwrap_or(text).trim_end();
            Some(Query { sql: Arc::from(sql), search_path: Arc::from([]) })
        }
        None => {
            gaps.push(unmodeled("view", name, "the server did not print its query"));
            None
        }
    }
}

pub(super) fn view_columns(oid: u32, names: &Names<'_>) -> Vec<ViewColumn> {
    names
        .columns(oid)
        .iter()
        .map(|column| ViewColumn {
            name: Name::new(column.name),
            data_type: Some(names.data_type(column.data_type, column.modifier, column.type_text)),
        })
        .collect()
}
