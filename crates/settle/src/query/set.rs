//! UNION, INTERSECT and EXCEPT (`transformSetOperationTree`), and VALUES (`transformValuesClause`).

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Body, Tail, Target, part};
use crate::analyze::{Analyzer, Trouble, strip};
use crate::canon::Node;
use crate::coerce::Typed;
use crate::scope::{Rte, Scope, ScopeColumn};
use crate::types::TypeId;

impl Analyzer<'_, '_> {
    /// One set operation with what follows it.
    pub(super) fn set_operation(
        &mut self,
        left: &ast::SetExpr,
        op: ast::SetOperator,
        quantifier: ast::SetQuantifier,
        right: &ast::SetExpr,
        tail: Tail<'_>,
    ) -> Result<Body, Trouble> {
        let all = match quantifier {
            ast::SetQuantifier::All => true,
            ast::SetQuantifier::None | ast::SetQuantifier::Distinct => false,
            ast::SetQuantifier::ByName
            | ast::SetQuantifier::AllByName
            | ast::SetQuantifier::DistinctByName => {
                return Err(Trouble::new("BY NAME is not PostgreSQL's"));
            }
        };
        let what = match (op, all) {
            (ast::SetOperator::Union, false) => "union",
            (ast::SetOperator::Union, true) => "union all",
            (ast::SetOperator::Intersect, false) => "intersect",
            (ast::SetOperator::Intersect, true) => "intersect all",
            (ast::SetOperator::Except, false) => "except",
            (ast::SetOperator::Except, true) => "except all",
            (ast::SetOperator::Minus, _) => return Err(Trouble::new("MINUS is not PostgreSQL's")),
        };
        let none = Tail { order_by: None, limit: None, fetch: None, locks: &[] };
        let mut left = self.set_expr(left, none)?;
        let mut right = self.set_expr(right, none)?;
        let open = left.open || right.open;
        if left.targets.len() != right.targets.len() && !open {
            return Err(Trouble::new(format!("each {what} query must have the same number of columns")));
        }
        let mut targets = Vec::with_capacity(left.targets.len());
        let mut types = Vec::with_capacity(left.targets.len());
        let columns = left.targets.iter_mut().zip(right.targets.iter_mut()).enumerate();
        for (index, (l, r)) in columns {
            let common = self.world.common_type(&[l.typed.ty, r.typed.ty]);
            let ty = common.unwrap_or(TypeId::UNRESOLVED);
            self.give_type(l, left.own, common);
            self.give_type(r, right.own, common);
            // `select_common_typmod`
            let typmod = if l.typed.ty == ty && r.typed.ty == ty && l.typed.typmod == r.typed.typmod {
                l.typed.typmod
            } else {
                -1
            };
            types.push(self.world.info(ty).key.clone());
            let node = part("output", vec![SmolStr::from((index + 1).to_string())], vec![]);
            targets.push(Target { name: l.name.clone(), typed: Typed { node, ty, typmod } });
        }
        let mut parts = vec![left.close().node, right.close().node];
        self.outside(&targets, tail, &mut parts)?;
        Ok(Body { targets, open, part: what, names: types, parts, own: false })
    }

    /// A literal without a type takes that of its column; anything else is converted when the query runs.
    fn give_type(&self, target: &mut Target, own: bool, common: Option<TypeId>) {
        if own && target.typed.ty == self.world.known().unknown {
            match common.and_then(|ty| self.world.coerce_common(target.typed.clone(), ty)) {
                Some(typed) => target.typed = typed,
                None => target.typed = self.text_if_unknown(target.typed.clone()),
            }
        }
    }

    /// ORDER BY and LIMIT of a set operation or VALUES, which see the outputs alone.
    fn outside(&mut self, targets: &[Target], tail: Tail<'_>, parts: &mut Vec<Node>) -> Result<(), Trouble> {
        let columns = targets.iter().map(|target| ScopeColumn {
            name: target.name.clone(),
            ty: target.typed.ty,
            typmod: target.typed.typmod,
            node: Some(target.typed.node.clone()),
        });
        let rte = Rte {
            number: 0,
            name: SmolStr::new_static("*SELECT*"),
            schema: None,
            columns: columns.collect(),
            row: self.world.known().record,
            qualified: false,
            unqualified: true,
            system_columns: false,
            open: false,
        };
        self.scopes.push(Scope { rtes: vec![rte] });
        let order = self.order_by(tail.order_by, targets);
        let limit = order.and_then(|order| {
            parts.extend(order);
            self.limit(tail, parts)
        });
        self.scopes.pop();
        limit?;
        if tail.locks.is_empty() {
            Ok(())
        } else {
            Err(Trouble::new("FOR UPDATE is not allowed with a set operation"))
        }
    }

    /// `VALUES (…), (…)`: each column has one type.
    pub(super) fn values(&mut self, values: &ast::Values, tail: Tail<'_>) -> Result<Body, Trouble> {
        self.scopes.push(Scope::default());
        let rows: Result<Vec<Vec<Typed>>, Trouble> = values
            .rows
            .iter()
            .map(|row| {
                row.content
                    .iter()
                    .map(|expr| match strip(expr) {
                        ast::Expr::Identifier(ident)
                            if ident.quote_style.is_none() && ident.value == "default" =>
                        {
                            Err(Trouble::new("DEFAULT is not allowed in this context"))
                        }
                        _ => self.expr(expr),
                    })
                    .collect()
            })
            .collect();
        self.scopes.pop();
        let mut rows = rows?;
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(Trouble::new("VALUES lists must all be the same length"));
        }
        let mut targets = Vec::with_capacity(width);
        let mut names = Vec::with_capacity(width);
        for index in 0..width {
            let types: Vec<TypeId> =
                rows.iter().filter_map(|row| row.get(index)).map(|typed| typed.ty).collect();
            let ty = self.world.common_type(&types).unwrap_or(TypeId::UNRESOLVED);
            let mut typmod = None;
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(index)) {
                if let Some(typed) = self.world.coerce_common(cell.clone(), ty) {
                    *cell = typed;
                }
                let own = if cell.ty == ty { cell.typmod } else { -1 };
                typmod =
                    Some(typmod.filter(|t| *t == own).map_or(if typmod.is_none() { own } else { -1 }, |t| t));
            }
            names.push(self.world.info(ty).key.clone());
            let position = SmolStr::from((index + 1).to_string());
            let node = part("output", vec![position.clone()], vec![]);
            let name = SmolStr::from(format!("column{position}"));
            targets.push(Target { name, typed: Typed { node, ty, typmod: typmod.unwrap_or(-1) } });
        }
        let row = |row: Vec<Typed>| part("row", vec![], row.into_iter().map(|typed| typed.node).collect());
        let mut parts = rows.into_iter().map(row).collect();
        self.outside(&targets, tail, &mut parts)?;
        Ok(Body { targets, open: false, part: "values", names, parts, own: false })
    }
}
