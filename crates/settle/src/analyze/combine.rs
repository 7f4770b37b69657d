//! Operators, comparisons of rows and lists, CASE, arrays and sub-queries.
//!
//! Follows `transformAExprOp`, `transformAExprIn`, `transformAExprBetween`, `transformCaseExpr`,
//! `transformArrayExpr`, `make_row_comparison_op` and their neighbours in `parse_expr.c`.

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Analysed, Analyzer, Trouble, operator_name, strip};
use crate::canon::{Node, SubQueryKind, Value};
use crate::coerce::{Context, Typed};
use crate::operator::OperatorName;
use crate::types::TypeId;

impl Analyzer<'_, '_> {
    pub(super) fn binary(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
    ) -> Analysed {
        match op {
            ast::BinaryOperator::And | ast::BinaryOperator::Or => {
                let and = *op == ast::BinaryOperator::And;
                let (left, right) = (self.boolean(left)?, self.boolean(right)?);
                Ok(Typed::new(join(and, left, right), self.world.known().bool))
            }
            ast::BinaryOperator::Overlaps => self.overlaps(left, right),
            _ => {
                let text = symbol(op);
                let name = match op {
                    ast::BinaryOperator::PGCustomBinaryOperator(_) => operator_name(&text),
                    _ => OperatorName::bare(&text),
                };
                self.comparison(left, &name, right)
            }
        }
    }

    /// An operator between two values, rows or a row and a sub-query (`transformAExprOp`).
    fn comparison(&mut self, left: &ast::Expr, name: &OperatorName<'_>, right: &ast::Expr) -> Analysed {
        if let (ast::Expr::Tuple(l), ast::Expr::Tuple(r)) = (strip(left), strip(right)) {
            return self.row_comparison(l, name, r);
        }
        if let (ast::Expr::Tuple(l), ast::Expr::Subquery(query)) = (strip(left), strip(right)) {
            return self.compare_query(l.iter().collect(), name, query, SubQueryKind::RowCompare);
        }
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        Ok(self.operator(name, left, right))
    }

    pub(super) fn operator(&self, name: &OperatorName<'_>, left: Typed, right: Typed) -> Typed {
        self.world.make_operator(self.path, name, left, right)
    }

    /// `make_row_comparison_op`: `=` and `<>` are spread out, `<` and the like are kept.
    fn row_comparison(
        &mut self,
        left: &[ast::Expr],
        name: &OperatorName<'_>,
        right: &[ast::Expr],
    ) -> Analysed {
        if left.len() != right.len() || left.is_empty() {
            return Err(Trouble::new("unequal number of entries in row expressions"));
        }
        let mut pairs = Vec::with_capacity(left.len());
        for (l, r) in left.iter().zip(right) {
            let (l, r) = (self.expr(l)?, self.expr(r)?);
            pairs.push(self.operator(name, l, r));
        }
        let bool = self.world.known().bool;
        if pairs.len() == 1
            && let Some(only) = pairs.pop()
        {
            return Ok(only);
        }
        match name.symbol {
            "=" | "<>" => {
                let nodes = pairs.into_iter().map(|typed| self.to_boolean(typed)).collect();
                Ok(Typed::new(if name.symbol == "=" { Node::And(nodes) } else { Node::Or(nodes) }, bool))
            }
            _ => {
                let (mut operators, mut l, mut r) = (Vec::new(), Vec::new(), Vec::new());
                for pair in pairs {
                    let Node::Operator { operator, operands } = pair.node else { return Ok(pair) };
                    operators.push(operator);
                    let mut operands = operands.into_iter();
                    l.extend(operands.next());
                    r.extend(operands.next());
                }
                Ok(Typed::new(Node::RowCompare { operators, left: l, right: r }, bool))
            }
        }
    }

    /// `IS [NOT] DISTINCT FROM`.
    pub(super) fn distinct(&mut self, left: &ast::Expr, right: &ast::Expr, not: bool) -> Analysed {
        let bool = self.world.known().bool;
        // "If either input is an undecorated NULL literal, transform to a NullTest"
        for (null, other) in [(left, right), (right, left)] {
            if matches!(strip(null), ast::Expr::Value(v) if v.value == ast::Value::Null) {
                return self.null_test(other, !not);
            }
        }
        let node = if let (ast::Expr::Tuple(l), ast::Expr::Tuple(r)) = (strip(left), strip(right)) {
            if l.len() != r.len() {
                return Err(Trouble::new("unequal number of entries in row expressions"));
            }
            let mut parts = Vec::new();
            for (l, r) in l.iter().zip(r) {
                let (l, r) = (self.expr(l)?, self.expr(r)?);
                parts.push(self.make_distinct(l, r).node);
            }
            match parts.len() {
                1 => parts.pop().unwrap_or(Node::Or(Vec::new())),
                _ => Node::Or(parts),
            }
        } else {
            let (l, r) = (self.expr(left)?, self.expr(right)?);
            self.make_distinct(l, r).node
        };
        Ok(Typed::new(if not { Node::Not(Box::new(node)) } else { node }, bool))
    }

    /// `make_distinct_op`
    fn make_distinct(&self, left: Typed, right: Typed) -> Typed {
        let mut typed = self.operator(&OperatorName::bare("="), left, right);
        typed.node = match typed.node {
            Node::Operator { operator, operands } => Node::Distinct { operator, operands },
            Node::Opaque { parts, why, .. } => {
                Node::Opaque { what: SmolStr::new_static("is distinct from"), parts, why }
            }
            other => other,
        };
        typed
    }

    /// `NULLIF` (`transformAExprNullIf`): the type is the first argument's.
    pub(super) fn null_if(&mut self, left: &ast::Expr, right: &ast::Expr) -> Analysed {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let name = OperatorName::bare("=");
        let Some(chosen) = self.world.binary_operator(self.path, &name, left.ty, right.ty) else {
            let mut typed = self.world.opaque_operator(&name, vec![left, right]);
            if let Node::Opaque { what, .. } = &mut typed.node {
                *what = SmolStr::new_static("nullif");
            }
            return Ok(typed);
        };
        let known = self.world.known();
        let target = chosen.operands.first().copied().unwrap_or(left.ty);
        // A polymorphic operand takes the type as it is.
        let ty = if self.world.is_polymorphic(target) || target == known.any { left.ty } else { target };
        let typmod = if ty == left.ty { left.typmod } else { -1 };
        let (l, r) = self.world.operands(&chosen, left, right);
        Ok(Typed { node: Node::NullIf { operator: chosen.key, operands: vec![l, r] }, ty, typmod })
    }

    /// `x [NOT] IN (list)` (`transformAExprIn`).
    pub(super) fn in_list(&mut self, expr: &ast::Expr, list: &[ast::Expr], not: bool) -> Analysed {
        let name = OperatorName::bare(if not { "<>" } else { "=" });
        let bool = self.world.known().bool;
        let row = matches!(strip(expr), ast::Expr::Tuple(_));
        let mut result: Option<Node> = None;
        let mut rest: Vec<usize> = (0..list.len()).collect();
        if !row {
            let left = self.expr(expr)?;
            let mut items = Vec::with_capacity(list.len());
            for (index, item) in list.iter().enumerate() {
                let typed = self.expr(item)?;
                // "contain_vars_of_level(rexpr, 0)": those have to be compared one by one.
                if !contains_columns(&typed.node, 0) {
                    items.push((index, typed));
                }
            }
            if items.len() > 1 {
                let types: Vec<TypeId> =
                    std::iter::once(left.ty).chain(items.iter().map(|(_, typed)| typed.ty)).collect();
                let scalar = self.world.common_type(&types).filter(|scalar| self.all_fit(&types, *scalar));
                let array = scalar.and_then(|scalar| self.world.info(scalar).array);
                if scalar.is_some_and(TypeId::is_unresolved) {
                    // What the list comes to depends on a type that isn't known.
                    let mut parts = vec![left.node];
                    parts.extend(items.into_iter().map(|(_, typed)| typed.node));
                    let why = "the type of a value in an IN list is not known";
                    return Ok(self.opaque(format!("in {}", name.symbol), parts, why));
                }
                if let (Some(scalar), Some(array)) = (scalar, array) {
                    rest.retain(|index| !items.iter().any(|(taken, _)| taken == index));
                    let coerce = |typed: Typed| self.world.coerce_common(typed, scalar).map(|t| t.node);
                    let elements: Option<Vec<Node>> =
                        items.into_iter().map(|(_, typed)| coerce(typed)).collect();
                    let elements =
                        elements.ok_or_else(|| Trouble::new("the values of an IN list don't fit"))?;
                    let node = Node::Array { ty: self.world.info(array).key.clone(), elements };
                    let typed =
                        self.world.make_array_operator(self.path, &name, !not, left, Typed::new(node, array));
                    result = Some(self.to_boolean(typed));
                }
            }
        }
        for index in rest {
            let Some(item) = list.get(index) else { continue };
            let one = self.comparison(expr, &name, item)?;
            let one = self.to_boolean(one);
            result = Some(match result {
                None => one,
                Some(before) => join(not, before, one),
            });
        }
        let node = result.ok_or_else(|| Trouble::new("an IN list is empty"))?;
        Ok(Typed::new(node, bool))
    }

    /// `verify_common_type`
    fn all_fit(&self, types: &[TypeId], common: TypeId) -> bool {
        types.iter().all(|ty| self.world.can_coerce_one(*ty, common, Context::Implicit))
    }

    /// `BETWEEN` (`transformAExprBetween`).
    pub(super) fn between(
        &mut self,
        expr: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        not: bool,
    ) -> Analysed {
        let (first, second) = if not { ("<", ">") } else { (">=", "<=") };
        let left = self.comparison(expr, &OperatorName::bare(first), low)?;
        let right = self.comparison(expr, &OperatorName::bare(second), high)?;
        let (left, right) = (self.to_boolean(left), self.to_boolean(right));
        Ok(Typed::new(join(!not, left, right), self.world.known().bool))
    }

    /// `LIKE` and `ILIKE`; ESCAPE is a call around the pattern (gram.y).
    pub(super) fn like(
        &mut self,
        operator: &str,
        escape_function: &str,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
    ) -> Analysed {
        let left = self.expr(expr)?;
        let right = match escape {
            None => self.expr(pattern)?,
            Some(escape) => self.system_call(escape_function, &[pattern, escape])?,
        };
        Ok(self.operator(&OperatorName::bare(operator), left, right))
    }

    /// `SIMILAR TO`: a match with the pattern translated (gram.y).
    pub(super) fn similar(
        &mut self,
        operator: &str,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
    ) -> Analysed {
        let left = self.expr(expr)?;
        let mut arguments = vec![pattern];
        arguments.extend(escape);
        let right = self.system_call("similar_to_escape", &arguments)?;
        Ok(self.operator(&OperatorName::bare(operator), left, right))
    }

    /// `x op ANY (…)` and `ALL`: over an array or a sub-query.
    pub(super) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &ast::BinaryOperator,
        right: &ast::Expr,
        any: bool,
    ) -> Analysed {
        let text = symbol(op);
        let name = operator_name_of(op, &text);
        if let ast::Expr::Subquery(query) = strip(right) {
            let kind = if any { SubQueryKind::Any } else { SubQueryKind::All };
            let items = match strip(left) {
                ast::Expr::Tuple(items) => items.iter().collect(),
                other => vec![other],
            };
            return self.compare_query(items, &name, query, kind);
        }
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        Ok(self.world.make_array_operator(self.path, &name, any, left, right))
    }

    /// `ROW(…)` and `(a, b)`.
    pub(super) fn row(&mut self, items: &[ast::Expr]) -> Analysed {
        let mut fields = Vec::with_capacity(items.len());
        for item in items {
            if let ast::Expr::QualifiedWildcard(name, _) = item {
                fields.extend(self.whole_columns(name)?);
                continue;
            }
            let typed = self.expr(item)?;
            // "Coerce any unknown-type items to text": a row's literals are text (`transformRowExpr`
            // leaves them, and `coerce_record_to_complex` or the output settles it).
            fields.push(self.text_if_unknown(typed).node);
        }
        Ok(Typed::new(Node::Row(fields), self.world.known().record))
    }

    /// `ROW(…)` as a row of a composite type: each field is brought to its column's type (`coerce_record_to_complex`). `None` where the
    /// target is not known as one with as many columns.
    pub(super) fn row_of(&mut self, items: &[ast::Expr], target: TypeId) -> Result<Option<Typed>, Trouble> {
        let (base, _) = self.world.base_type(target, -1);
        let relation = self.world.info(base).relation.clone().and_then(|name| self.world.relation(&name));
        let whole = |item: &ast::Expr| matches!(item, ast::Expr::QualifiedWildcard(..));
        let Some(relation) = relation.filter(|r| r.columns.len() == items.len() && !items.iter().any(whole))
        else {
            return Ok(None);
        };
        let mut fields = Vec::with_capacity(items.len());
        for (item, column) in items.iter().zip(&relation.columns) {
            let field = self.expr(item)?;
            fields.push(self.target(field, column.ty, column.typmod, Context::Explicit).node);
        }
        let to = self.world.info(base).key.clone();
        let row = Node::Cast { to, typmod: -1, argument: Box::new(Node::Row(fields)) };
        Ok(Some(self.target(Typed::new(row, base), target, -1, Context::Explicit)))
    }

    /// `ARRAY[…]`, into the array type of a cast around it where there is one.
    pub(super) fn array(&mut self, items: &[ast::Expr], into: Option<TypeId>) -> Analysed {
        let known = self.world.known();
        let mut elements = Vec::with_capacity(items.len());
        let mut nested = false;
        for item in items {
            let typed = match strip(item) {
                ast::Expr::Array(inner) => {
                    nested = true;
                    self.array(&inner.elem, into)?
                }
                // Inside ARRAY[[1, 2], [3, 4]] the inner ones need no word.
                _ => self.expr(item)?,
            };
            nested |= self.world.info(typed.ty).element.is_some() && typed.ty != known.unknown;
            elements.push(typed);
        }
        let (array, element) = match into {
            Some(array) => {
                let element = self.world.info(array).element.unwrap_or(TypeId::UNRESOLVED);
                (array, if nested { array } else { element })
            }
            None => {
                let types: Vec<TypeId> = elements.iter().map(|typed| typed.ty).collect();
                let Some(common) = self.world.common_type(&types) else {
                    let parts = elements.into_iter().map(|typed| typed.node).collect();
                    let why = if types.is_empty() {
                        "an empty array has no type"
                    } else {
                        "the elements of an array have no common type"
                    };
                    return Ok(self.opaque("array", parts, why));
                };
                if common.is_unresolved() {
                    let parts = elements.into_iter().map(|typed| typed.node).collect();
                    return Ok(self.opaque("array", parts, "the type of an array's element is not known"));
                }
                if nested {
                    // "array_type = coerce_type": the elements are arrays already.
                    (common, common)
                } else {
                    match self.world.info(common).array {
                        Some(array) => (array, common),
                        None => {
                            let parts = elements.into_iter().map(|typed| typed.node).collect();
                            return Ok(self.opaque("array", parts, "there is no array of such elements"));
                        }
                    }
                }
            }
        };
        let context = if into.is_some() { Context::Explicit } else { Context::Implicit };
        let nodes = elements.into_iter().map(|typed| self.target(typed, element, -1, context).node).collect();
        let node = Node::Array { ty: self.world.info(array).key.clone(), elements: nodes };
        Ok(Typed::new(node, array))
    }

    /// `CASE` (`transformCaseExpr`).
    pub(super) fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        whens: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
    ) -> Analysed {
        let known = self.world.known();
        let operand =
            operand.map(|expr| self.expr(expr)).transpose()?.map(|typed| self.text_if_unknown(typed));
        let mut conditions = Vec::with_capacity(whens.len());
        let mut results = Vec::with_capacity(whens.len() + 1);
        // "the default result is considered the most significant type in determining preferred type"
        results.push(match otherwise {
            Some(expr) => self.expr(expr)?,
            None => self.constant(known.unknown, Value::Null),
        });
        for when in whens {
            let condition = match &operand {
                Some(operand) => {
                    let right = self.expr(&when.condition)?;
                    let left = Typed { node: Node::CaseOperand, ty: operand.ty, typmod: operand.typmod };
                    let compared = self.operator(&OperatorName::bare("="), left, right);
                    self.to_boolean(compared)
                }
                None => self.boolean(&when.condition)?,
            };
            conditions.push(condition);
            results.push(self.expr(&when.result)?);
        }
        let (results, ty, typmod) = self.common(results)?;
        let mut results = results.into_iter();
        let otherwise = Box::new(results.next().unwrap_or(Node::CaseOperand));
        let whens = conditions.into_iter().zip(results).collect();
        let node = Node::Case { operand: operand.map(|typed| Box::new(typed.node)), whens, otherwise };
        Ok(Typed { node, ty, typmod })
    }

    /// Several values brought to their common type; an unresolved one where there is none.
    pub(super) fn common(&self, values: Vec<Typed>) -> Result<(Vec<Node>, TypeId, i32), Trouble> {
        let types: Vec<TypeId> = values.iter().map(|typed| typed.ty).collect();
        let typmod = match values.split_first() {
            Some((first, rest)) if rest.iter().all(|v| v.typmod == first.typmod && v.ty == first.ty) => {
                first.typmod
            }
            _ => -1,
        };
        let common = self
            .world
            .common_type(&types)
            .filter(|common| common.is_unresolved() || self.all_fit(&types, *common));
        let Some(common) = common.filter(|common| !common.is_unresolved()) else {
            return Ok((values.into_iter().map(|typed| typed.node).collect(), TypeId::UNRESOLVED, -1));
        };
        let nodes =
            values.into_iter().map(|typed| self.target(typed, common, -1, Context::Implicit).node).collect();
        Ok((nodes, common, typmod))
    }

    /// `EXISTS (…)`
    pub(super) fn exists(&mut self, query: &ast::Query, not: bool) -> Analysed {
        let bool = self.world.known().bool;
        let sub = self.sub_query(query)?;
        // What it selects doesn't matter, but PostgreSQL keeps it.
        let node = Node::SubQuery {
            kind: SubQueryKind::Exists,
            operators: Vec::new(),
            left: Vec::new(),
            query: Box::new(sub.node),
        };
        Ok(Typed::new(if not { Node::Not(Box::new(node)) } else { node }, bool))
    }

    /// `(SELECT …)`: the type is that of its one column.
    pub(super) fn scalar_query(&mut self, query: &ast::Query) -> Analysed {
        self.value_query(query, SubQueryKind::Scalar)
    }

    /// `ARRAY(SELECT …)`
    pub(super) fn array_query(&mut self, query: &ast::Query) -> Analysed {
        self.value_query(query, SubQueryKind::Array)
    }

    fn value_query(&mut self, query: &ast::Query, kind: SubQueryKind) -> Analysed {
        let sub = self.sub_query(query)?;
        let (ty, typmod) = sub.columns.first().map_or((TypeId::UNRESOLVED, -1), |c| (c.ty, c.typmod));
        let ty = match kind {
            // "If the element type is an array, the result is an array of the same type."
            SubQueryKind::Array => {
                let info = self.world.info(ty);
                if info.element.is_some() { ty } else { info.array.unwrap_or(TypeId::UNRESOLVED) }
            }
            _ => ty,
        };
        let node =
            Node::SubQuery { kind, operators: Vec::new(), left: Vec::new(), query: Box::new(sub.node) };
        Ok(Typed { node, ty, typmod })
    }

    /// `x [NOT] IN (SELECT …)`: `= ANY`, and NOT around it (gram.y).
    pub(super) fn in_query(&mut self, expr: &ast::Expr, query: &ast::Query, not: bool) -> Analysed {
        let items = match strip(expr) {
            ast::Expr::Tuple(items) => items.iter().collect(),
            other => vec![other],
        };
        let mut typed = self.compare_query(items, &OperatorName::bare("="), query, SubQueryKind::Any)?;
        if not {
            typed.node = Node::Not(Box::new(typed.node));
        }
        Ok(typed)
    }

    /// A row compared with what a sub-query selects (`transformSubLink`).
    fn compare_query(
        &mut self,
        left: Vec<&ast::Expr>,
        name: &OperatorName<'_>,
        query: &ast::Query,
        kind: SubQueryKind,
    ) -> Analysed {
        let mut values = Vec::with_capacity(left.len());
        for item in left {
            values.push(self.expr(item)?);
        }
        let sub = self.sub_query(query)?;
        if sub.columns.len() != values.len() {
            return Err(Trouble::new(
                "a sub-query has another number of columns than what it is compared with",
            ));
        }
        let (mut operators, mut nodes) = (Vec::new(), Vec::new());
        for (value, column) in values.into_iter().zip(&sub.columns) {
            // The column stands on the right of its operator; any cast of it belongs to the test.
            let right = Typed {
                node: Node::Parameter { name: SmolStr::new_static("column") },
                ty: column.ty,
                typmod: column.typmod,
            };
            let typed = self.operator(name, value, right);
            match typed.node {
                Node::Operator { operator, operands } => {
                    operators.push(operator);
                    nodes.extend(operands);
                }
                other => nodes.push(other),
            }
        }
        let node = Node::SubQuery { kind, operators, left: nodes, query: Box::new(sub.node) };
        Ok(Typed::new(node, self.world.known().bool))
    }
}

/// `AND` or `OR` of two; a chain that leans left is flat (`makeAndExpr`, `makeOrExpr` in gram.y).
pub(crate) fn join(and: bool, left: Node, right: Node) -> Node {
    match (and, left) {
        (true, Node::And(mut nodes)) => {
            nodes.push(right);
            Node::And(nodes)
        }
        (false, Node::Or(mut nodes)) => {
            nodes.push(right);
            Node::Or(nodes)
        }
        (true, left) => Node::And(vec![left, right]),
        (false, left) => Node::Or(vec![left, right]),
    }
}

/// `contain_vars_of_level`
fn contains_columns(node: &Node, level: u16) -> bool {
    match node {
        Node::Column { level: at, .. } | Node::WholeRow { level: at, .. } => *at == level,
        // What is not resolved may be a column.
        Node::Opaque { parts, .. } if parts.is_empty() => true,
        Node::SubQuery { left, query, .. } => {
            left.iter().any(|node| contains_columns(node, level)) || contains_columns(query, level + 1)
        }
        _ => crate::deep(|| node.children().into_iter().any(|node| contains_columns(node, level))),
    }
}

/// The symbol of an operator, with its schema before a dot.
fn symbol(op: &ast::BinaryOperator) -> String {
    match op {
        ast::BinaryOperator::PGCustomBinaryOperator(parts) => parts.join("."),
        ast::BinaryOperator::NotEq => "<>".to_owned(),
        other => other.to_string(),
    }
}

fn operator_name_of<'a>(op: &ast::BinaryOperator, text: &'a str) -> OperatorName<'a> {
    match op {
        ast::BinaryOperator::PGCustomBinaryOperator(_) => operator_name(text),
        _ => OperatorName::bare(text),
    }
}
