//! MERGE (`transformMergeStmt` in `parse_merge.c`; manual, "MERGE"), as SQL bodies and, from 17 on, queries with WITH hold it.

use smol_str::SmolStr;
use sqlparser::ast;

use super::{AnalysedQuery, part};
use crate::analyze::{Analyzer, Trouble};
use crate::canon::Node;
use crate::scope::{Rte, Scope};

impl Analyzer<'_, '_> {
    /// MERGE.
    pub(super) fn merge(&mut self, merge: &ast::Merge) -> Result<AnalysedQuery, Trouble> {
        self.scopes.push(Scope::default());
        let result = self.merge_in_scope(merge);
        self.scopes.pop();
        result
    }

    fn merge_in_scope(&mut self, merge: &ast::Merge) -> Result<AnalysedQuery, Trouble> {
        let alone = |relation: &ast::TableFactor| ast::TableWithJoins {
            relation: relation.clone(),
            joins: Vec::new(),
        };
        let mut parts =
            vec![part("from", vec![], self.read_from(&[alone(&merge.table), alone(&merge.source)])?)];
        let both = self.scopes.current().map(|scope| scope.rtes.clone()).unwrap_or_default();
        let Some((target, source)) = both.split_first() else {
            return Err(Trouble::new("MERGE names no table"));
        };
        parts.push(part("on", vec![], vec![self.boolean(&merge.on)?]));
        for clause in &merge.clauses {
            // What an action may name (`setNamespaceForMergeWhen`).
            let (kind, visible) = match clause.clause_kind {
                ast::MergeClauseKind::Matched => ("matched", both.as_slice()),
                // From 17 on the same can be said in more words.
                ast::MergeClauseKind::NotMatched | ast::MergeClauseKind::NotMatchedByTarget => {
                    ("not matched by target", source)
                }
                ast::MergeClauseKind::NotMatchedBySource => {
                    ("not matched by source", std::slice::from_ref(target))
                }
            };
            self.set_visible(visible.to_vec());
            let mut nodes = Vec::new();
            if let Some(predicate) = &clause.predicate {
                nodes.push(part("and", vec![], vec![self.boolean(predicate)?]));
            }
            nodes.push(self.merge_action(&clause.action, target)?);
            parts.push(part("when", vec![SmolStr::new_static(kind)], nodes));
        }
        // "Writing RETURNING * will return all columns from the source relation, followed by all columns from the target relation."
        self.set_visible(source.iter().chain([target]).cloned().collect());
        let items = match &merge.output {
            None => None,
            Some(ast::OutputClause::Returning { select_items, .. }) => Some(select_items.as_slice()),
            Some(ast::OutputClause::Output { .. }) => {
                return Err(Trouble::new("OUTPUT is not PostgreSQL's"));
            }
        };
        let returned = self.returning(items, &mut parts)?;
        Ok(AnalysedQuery { node: part("merge", vec![], parts), ..returned })
    }

    fn merge_action(&mut self, action: &ast::MergeAction, target: &Rte) -> Result<Node, Trouble> {
        let foreign = || Trouble::new("this action of MERGE is not PostgreSQL's");
        match action {
            ast::MergeAction::DoNothing { .. } => Ok(part("do nothing", vec![], vec![])),
            ast::MergeAction::Delete { .. } => Ok(part("delete", vec![], vec![])),
            ast::MergeAction::Update(update) => match &update.kind {
                ast::MergeUpdateKind::Set(list)
                    if update.update_predicate.is_none() && update.delete_predicate.is_none() =>
                {
                    self.assignments(list, target)
                }
                ast::MergeUpdateKind::Set(_) | ast::MergeUpdateKind::Wildcard => Err(foreign()),
            },
            ast::MergeAction::Insert(insert) => {
                let ast::MergeInsertKind::Values(values) = &insert.kind else { return Err(foreign()) };
                let ([row], None) = (values.rows.as_slice(), &insert.insert_predicate) else {
                    return Err(foreign());
                };
                let columns = self.insert_columns(&insert.columns, target)?;
                if row.len() > columns.len() {
                    return Err(Trouble::new("INSERT has more expressions than target columns"));
                }
                let mut nodes = Vec::with_capacity(row.len());
                for (expr, column) in row.iter().zip(&columns) {
                    nodes.push(self.value_of(expr, column)?);
                }
                let names = columns.iter().take(row.len()).map(|c| c.name.clone()).collect();
                Ok(part("insert", names, nodes))
            }
        }
    }
}
