//! ORDER BY and GROUP BY: names and positions of outputs first (`findTargetlistEntrySQL92`), then expressions.

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Target, part};
use crate::analyze::{Analyzer, Trouble, strip};
use crate::canon::Node;
use crate::coerce::Typed;

impl Analyzer<'_, '_> {
    /// What an item of ORDER BY, GROUP BY or DISTINCT ON stands for. GROUP BY prefers a column of FROM to an output's name.
    pub(super) fn target_or_expr(
        &mut self,
        expr: &ast::Expr,
        targets: &[Target],
        group_by: bool,
    ) -> Result<Typed, Trouble> {
        match strip(expr) {
            ast::Expr::Identifier(ident) => {
                if group_by && let Some(column) = self.local_column(&ident.value) {
                    return Ok(column);
                }
                let mut named = targets.iter().filter(|target| target.name == ident.value);
                if let Some(first) = named.next() {
                    if named.all(|other| other.typed.node == first.typed.node) {
                        return Ok(self.text_if_unknown(first.typed.clone()));
                    }
                    return Err(Trouble::new(format!("\"{}\" is ambiguous", ident.value)));
                }
            }
            ast::Expr::Value(value) => {
                if let ast::Value::Number(digits, _) = &value.value
                    && let Ok(position) = digits.parse::<usize>()
                {
                    let target = position.checked_sub(1).and_then(|i| targets.get(i));
                    let target = target
                        .ok_or_else(|| Trouble::new(format!("position {position} is not in select list")))?;
                    return Ok(self.text_if_unknown(target.typed.clone()));
                }
            }
            _ => {}
        }
        let typed = self.expr(expr)?;
        Ok(self.text_if_unknown(typed))
    }

    /// ORDER BY of a query.
    pub(super) fn order_by(
        &mut self,
        order_by: Option<&ast::OrderBy>,
        targets: &[Target],
    ) -> Result<Option<Node>, Trouble> {
        let Some(order_by) = order_by else { return Ok(None) };
        let ast::OrderByKind::Expressions(items) = &order_by.kind else {
            return Err(Trouble::new("ORDER BY ALL is not PostgreSQL's"));
        };
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            if item.with_fill.is_some() {
                return Err(Trouble::new("WITH FILL is not PostgreSQL's"));
            }
            let typed = self.target_or_expr(&item.expr, targets, false)?;
            keys.push(part("sort", sort_options(&item.options), vec![typed.node]));
        }
        Ok(Some(part("order by", vec![], keys)))
    }

    /// GROUP BY of a query, with its grouping sets (`transformGroupClause`).
    pub(super) fn group_by(
        &mut self,
        group_by: &ast::GroupByExpr,
        targets: &[Target],
    ) -> Result<Option<Node>, Trouble> {
        let (items, modifiers) = match group_by {
            ast::GroupByExpr::Expressions(items, modifiers) => (items, modifiers),
            ast::GroupByExpr::All(_) => return Err(Trouble::new("GROUP BY ALL is not read by rules")),
        };
        if !modifiers.is_empty() {
            return Err(Trouble::new("GROUP BY with this modifier is not read by rules"));
        }
        if items.is_empty() {
            return Ok(None);
        }
        let mut nodes = Vec::with_capacity(items.len());
        for item in items {
            self.group_item(item, targets, &mut nodes)?;
        }
        Ok(Some(part("group by", vec![], nodes)))
    }

    fn group_item(
        &mut self,
        item: &ast::Expr,
        targets: &[Target],
        out: &mut Vec<Node>,
    ) -> Result<(), Trouble> {
        let mut sets =
            |this: &mut Self, what: &'static str, sets: &[Vec<ast::Expr>]| -> Result<(), Trouble> {
                let mut nodes = Vec::with_capacity(sets.len());
                for set in sets {
                    let mut keys = Vec::with_capacity(set.len());
                    for expr in set {
                        this.group_item(expr, targets, &mut keys)?;
                    }
                    // A set of one is the expression itself.
                    match <[Node; 1]>::try_from(keys) {
                        Ok([one]) => nodes.push(one),
                        Err(keys) => nodes.push(part("set", vec![], keys)),
                    }
                }
                out.push(part(what, vec![], nodes));
                Ok(())
            };
        match item {
            ast::Expr::GroupingSets(list) => sets(self, "grouping sets", list),
            ast::Expr::Rollup(list) => sets(self, "rollup", list),
            ast::Expr::Cube(list) => sets(self, "cube", list),
            ast::Expr::Tuple(list) if list.is_empty() => {
                out.push(part("set", vec![], vec![]));
                Ok(())
            }
            // `GROUP BY (a, b)` is `GROUP BY a, b` (`flatten_grouping_sets`).
            ast::Expr::Tuple(list) => list.iter().try_for_each(|expr| self.group_item(expr, targets, out)),
            ast::Expr::Nested(inner) if matches!(inner.as_ref(), ast::Expr::Tuple(_)) => {
                self.group_item(inner, targets, out)
            }
            expr => {
                out.push(self.target_or_expr(expr, targets, true)?.node);
                Ok(())
            }
        }
    }
}

/// Direction and nulls of a sort key; `USING <` and `USING >` are the two directions.
fn sort_options(options: &ast::OrderByOptions) -> Vec<SmolStr> {
    let mut operator = None;
    let descending = match &options.sort {
        None | Some(ast::OrderBySort::Asc) => false,
        Some(ast::OrderBySort::Desc) => true,
        Some(ast::OrderBySort::Using(name)) => {
            let text =
                name.0.last().and_then(|part| part.as_ident()).map_or("", |ident| ident.value.as_str());
            match text {
                "<" => false,
                ">" => true,
                other => {
                    operator = Some(SmolStr::new(other));
                    false
                }
            }
        }
    };
    let nulls_first = options.nulls_first.unwrap_or(descending);
    let word = |flag: bool, word: &'static str| flag.then_some(SmolStr::new_static(word));
    [word(descending, "desc"), word(nulls_first, "nulls first"), operator].into_iter().flatten().collect()
}
