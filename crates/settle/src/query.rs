//! Parse analysis of queries: SELECT, VALUES, set operations and WITH to the canonical tree.
//!
//! Follows `analyze.c`, `parse_clause.c` and `parse_target.c`. Expressions are `analyze`'s.

use smol_str::SmolStr;
use sqlparser::ast;

use crate::analyze::{Analyzer, Trouble};
use crate::canon::{Node, Window};
use crate::types::TypeId;
use crate::world::{RelationColumn, World};
use trueup_catalog::{Query, ViewColumn};

/// What one WITH clause defines: names with their columns.
pub(crate) type CteFrame = Vec<(SmolStr, Vec<RelationColumn>)>;

/// What one WINDOW clause defines.
pub(crate) type WindowFrame = Vec<(SmolStr, Window)>;

/// A query with the columns that it gives.
#[derive(Debug)]
pub(crate) struct AnalysedQuery {
    pub node: Node,
    pub columns: Vec<RelationColumn>,
}

impl Analyzer<'_, '_> {
    /// A query inside an expression or another query, in the present scopes.
    pub(crate) fn sub_query(&mut self, query: &ast::Query) -> Result<AnalysedQuery, Trouble> {
        let _ = query;
        Err(Trouble::new("queries are not read by rules yet"))
    }
}

impl World<'_> {
    /// The columns of a view: what the server told of their types, else what its query gives.
    pub(crate) fn view_columns(&self, columns: &[ViewColumn], query: &Query) -> Option<Vec<RelationColumn>> {
        let _ = query;
        columns
            .iter()
            .map(|column| {
                let (ty, typmod) = match &column.data_type {
                    Some(ty) => self.type_of(ty),
                    None => (TypeId::UNRESOLVED, -1),
                };
                Some(RelationColumn { name: SmolStr::new(column.name.as_str()), ty, typmod })
            })
            .collect()
    }
}
