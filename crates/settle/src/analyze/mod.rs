//! Parse analysis of expressions: sqlparser's tree to the canonical one.
//!
//! Follows `parse_expr.c`, node by node. What a name, function or operator means is asked of the
//! world; what can't be resolved becomes an opaque node under the name that it was written with,
//! so that two equal trees are still the same.
//!
//! # For the analysis of queries (`query.rs`)
//! - [`Analyzer::scopes`] is the stack of scopes: push one for a query, add an
//!   [`Rte`] for each item of FROM, pop it at the end. Sub-queries see the
//!   scopes of the queries around them; `level` in [`Node::Column`] counts how far out.
//! - [`Analyzer::expr`] analyses an expression in the present scopes and keeps literals of no
//!   type `unknown`; [`Analyzer::boolean`] is for conditions, [`Analyzer::text_if_unknown`] for
//!   target lists (`resolveTargetListUnknowns`).
//! - [`Analyzer::world`] finds types, functions, relations and their columns; the methods of
//!   `coerce` and `operator` on it make casts, common types (UNION, VALUES) and operators (USING).
//! - [`Analyzer::sub_query`] is the hook: expressions hand every sub-query to it, and take the
//!   node and the columns that it gives back.
//!
//! Analysis fails as a whole only with [`Trouble`]: the caller then can't tell.

mod call;
mod combine;
mod literal;
mod reference;
mod special;

use smol_str::SmolStr;
use sqlparser::ast;
use trueup_catalog::{DataType, ExprContext, ExprScope, Name, ObjectKey, ObjectKind, QualifiedName};

use crate::canon::{Node, Value};
use crate::coerce::{Context, Typed};
use crate::operator::OperatorName;
use crate::scope::{Rte, Scope, ScopeColumn, Scopes};
use crate::types::TypeId;
use crate::world::World;

/// Why there is no canonical form: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble(pub String);

impl Trouble {
    pub fn new(why: impl Into<String>) -> Self {
        Trouble(why.into())
    }
}

/// What analysing came to.
pub(crate) type Analysed = Result<Typed, Trouble>;

/// Analyses expressions of one world along one search path.
pub(crate) struct Analyzer<'w, 'c> {
    /// What names mean.
    pub world: &'w World<'c>,
    /// Where unqualified names are looked up.
    pub path: &'w [Name],
    /// The relations in scope.
    pub scopes: Scopes,
    /// The type of `VALUE` in a domain's check.
    value: Option<(TypeId, i32)>,
    /// Parameters of a routine: name and type, for SQL bodies.
    pub parameters: Vec<(SmolStr, TypeId)>,
    /// The routine whose body it is, which may qualify the names of its parameters.
    pub routine: Option<SmolStr>,
    /// Whether a volatile function was called (`Some(true)`), or one of which that isn't known
    /// (`None`).
    pub volatile: Option<bool>,
    /// What queries have defined by WITH, innermost last; kept for `query.rs`.
    pub ctes: Vec<crate::query::CteFrame>,
    /// Windows defined by WINDOW, innermost query last; kept for `query.rs`.
    pub windows: Vec<crate::query::WindowFrame>,
}

impl<'w, 'c> Analyzer<'w, 'c> {
    /// With nothing in scope.
    pub fn new(world: &'w World<'c>, path: &'w [Name]) -> Self {
        Analyzer {
            world,
            path,
            scopes: Scopes::default(),
            value: None,
            parameters: Vec::new(),
            routine: None,
            volatile: Some(false),
            ctes: Vec::new(),
            windows: Vec::new(),
        }
    }

    /// The canonical form of an expression in its context.
    pub fn in_context(&mut self, expr: &ast::Expr, context: &ExprContext<'_>) -> Analysed {
        let mut expected = context.expected.map(|ty| self.world.type_of(ty));
        match context.scope {
            ExprScope::Nothing => {}
            ExprScope::Relation(name) => {
                let rte = self.table(name, name.name.as_str(), 0);
                self.scopes.push(Scope { rtes: vec![rte] });
            }
            ExprScope::OldNew(name) => {
                let (mut old, mut new) = (self.table(name, "old", 0), self.table(name, "new", 1));
                for rte in [&mut old, &mut new] {
                    rte.schema = None;
                    rte.unqualified = false;
                }
                self.scopes.push(Scope { rtes: vec![old, new] });
            }
            ExprScope::Value(ty) => {
                let (ty, typmod) = self.world.type_of(ty);
                self.value = Some(self.world.base_type(ty, typmod));
            }
            ExprScope::ViewColumn { view, column } => {
                // `AlterTable` cooks it as a table's default, for the type of the view's column.
                let relation = self.world.relation(view);
                let found =
                    relation.as_ref().and_then(|r| r.columns.iter().find(|c| c.name == column.as_str()));
                expected = Some(found.map_or((TypeId::UNRESOLVED, -1), |found| (found.ty, found.typmod)));
            }
            ExprScope::PartitionBound { parent, position } => {
                expected = Some(self.partition_key(parent, position).unwrap_or((TypeId::UNRESOLVED, -1)));
            }
        }
        let typed = self.expr(expr)?;
        let mut typed = match expected {
            Some((ty, typmod)) => self.assign(typed, ty, typmod),
            None => self.text_if_unknown(typed),
        };
        self.finish(&mut typed.node);
        if matches!(context.scope, ExprScope::PartitionBound { .. }) {
            // `transformPartitionBoundValue` evaluates bounds.
            typed.node = crate::constant::fold(typed.node);
        }
        Ok(typed)
    }

    /// The type of one column of a partition key.
    fn partition_key(&self, parent: &QualifiedName, position: usize) -> Option<(TypeId, i32)> {
        use trueup_catalog::IndexTarget;
        let key = self.world.catalog.table(parent)?.partition_key.as_ref()?;
        match &key.elements.get(position)?.target {
            IndexTarget::Column(name) => {
                let column = self.world.catalog.column(parent, name)?;
                let (ty, typmod) = self.world.type_of(&column.data_type);
                Some((ty, typmod))
            }
            IndexTarget::Expr(expr) => {
                let parsed = trueup_syntax::parse_expr(&expr.sql).ok()?;
                let mut analyzer = Analyzer::new(self.world, &expr.search_path);
                let typed = analyzer.in_context(&parsed, &ExprContext::relation(parent)).ok()?;
                Some((typed.ty, typed.typmod))
            }
        }
    }

    /// A relation as an item of a scope. One that isn't known may have any column.
    pub fn table(&self, name: &QualifiedName, alias: &str, number: u16) -> Rte {
        let relation = self.world.relation(name);
        let columns = relation.as_ref().map(|relation| {
            let column = |c: &crate::world::RelationColumn| ScopeColumn {
                name: c.name.clone(),
                ty: c.ty,
                typmod: c.typmod,
                node: None,
            };
            relation.columns.iter().map(column).collect()
        });
        Rte {
            number,
            name: SmolStr::new(alias),
            schema: Some(name.schema.clone()),
            open: columns.is_none(),
            columns: columns.unwrap_or_default(),
            row: relation.and_then(|r| r.row).unwrap_or(TypeId::UNRESOLVED),
            qualified: true,
            unqualified: true,
            system_columns: true,
        }
    }

    /// Coerces to the type of a column or parameter, as INSERT and DEFAULT do.
    pub fn assign(&self, typed: Typed, target: TypeId, typmod: i32) -> Typed {
        self.target(typed, target, typmod, Context::Assignment)
    }

    /// A condition (`coerce_to_boolean`).
    pub fn boolean(&mut self, expr: &ast::Expr) -> Result<Node, Trouble> {
        let typed = self.expr(expr)?;
        Ok(self.to_boolean(typed))
    }

    /// Coerces a condition.
    pub fn to_boolean(&self, typed: Typed) -> Node {
        let bool = self.world.known().bool;
        if typed.ty == bool { typed.node } else { self.assign(typed, bool, -1).node }
    }

    /// `coerce_to_target_type`; what can't be coerced becomes opaque.
    pub fn target(&self, typed: Typed, target: TypeId, typmod: i32, context: Context) -> Typed {
        match self.world.coerce_to_target(typed, target, typmod, context) {
            Ok(done) => done,
            Err(typed) => {
                if !typed.ty.is_unresolved() && !target.is_unresolved() {
                    let (from, to) = (self.world.type_words(typed.ty), self.world.type_words(target));
                    match context {
                        Context::Explicit => {
                            self.world.complain("42846", || format!("cannot cast type {from} to {to}"));
                        }
                        Context::Assignment | Context::Implicit => self.world.complain("42804", || {
                            format!("expression is of type {from}, and {to} is needed")
                        }),
                    }
                }
                let (from, to) = (&self.world.info(typed.ty).key, &self.world.info(target).key);
                let node = Node::Opaque {
                    what: SmolStr::from(format!("cast to {to}")),
                    parts: vec![typed.node],
                    why: SmolStr::from(format!("no cast from {from} to {to} is known")),
                };
                Typed { node, ty: target, typmod }
            }
        }
    }

    /// A literal that nothing gave a type is text (`resolveTargetListUnknowns`).
    pub fn text_if_unknown(&self, typed: Typed) -> Typed {
        let known = self.world.known();
        if typed.ty == known.unknown {
            self.world.coerce_type(typed, known.text, -1, Context::Implicit)
        } else {
            typed
        }
    }

    /// A type by the name that the syntax gave it.
    pub fn data_type(&self, ty: &ast::DataType) -> Result<(TypeId, i32), Trouble> {
        let named = trueup_syntax::data_type_of(ty).map_err(|error| Trouble::new(error.message))?;
        Ok(self.written_type(&named))
    }

    /// A type as written: an unqualified one is looked up along the path.
    pub fn written_type(&self, named: &DataType) -> (TypeId, i32) {
        if named.schema.is_some() {
            return self.world.type_of(named);
        }
        let Some(id) = self.world.type_on_path(self.path, named.name.as_str()) else {
            return (TypeId::UNRESOLVED, -1);
        };
        let info = self.world.info(id);
        let typmod = crate::types::typmod(&info.key, &named.modifiers);
        if named.array { (info.array.unwrap_or(TypeId::UNRESOLVED), typmod) } else { (id, typmod) }
    }

    /// `transformExprRecurse`: an expression in the present scopes.
    pub fn expr(&mut self, expr: &ast::Expr) -> Analysed {
        crate::deep(|| self.expr_here(expr))
    }

    fn expr_here(&mut self, expr: &ast::Expr) -> Analysed {
        use ast::Expr as E;
        match expr {
            E::Nested(inner) => self.expr(inner),
            E::Identifier(ident) => self.identifier(ident),
            E::CompoundIdentifier(parts) => self.compound(parts),
            E::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            E::Value(value) => self.literal(&value.value),
            E::TypedString(typed) => {
                let (ty, typmod) = self.data_type(&typed.data_type)?;
                let literal = self.literal(&typed.value.value)?;
                Ok(self.target(literal, ty, typmod, Context::Explicit))
            }
            E::Cast {
                expr,
                data_type,
                kind: ast::CastKind::Cast | ast::CastKind::DoubleColon,
                format: None,
            } => self.cast(expr, data_type),
            E::UnaryOp { op, expr } => self.unary(*op, expr),
            E::BinaryOp { left, op, right } => self.binary(left, op, right),
            E::Prefixed { prefix, value } => self.prefixed(prefix, value),
            E::IsNull(expr) => self.null_test(expr, false),
            E::IsNotNull(expr) => self.null_test(expr, true),
            E::IsTrue(expr) => self.boolean_test(expr, "true"),
            E::IsNotTrue(expr) => self.boolean_test(expr, "not true"),
            E::IsFalse(expr) => self.boolean_test(expr, "false"),
            E::IsNotFalse(expr) => self.boolean_test(expr, "not false"),
            E::IsUnknown(expr) => self.boolean_test(expr, "unknown"),
            E::IsNotUnknown(expr) => self.boolean_test(expr, "not unknown"),
            E::IsDistinctFrom(left, right) => self.distinct(left, right, false),
            E::IsNotDistinctFrom(left, right) => self.distinct(left, right, true),
            E::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            E::Between { expr, negated, low, high } => self.between(expr, low, high, *negated),
            E::Like { negated, any: false, expr, pattern, escape_char } => {
                let name = if *negated { "!~~" } else { "~~" };
                self.like(name, "like_escape", expr, pattern, escape_char.as_deref())
            }
            E::ILike { negated, any: false, expr, pattern, escape_char } => {
                let name = if *negated { "!~~*" } else { "~~*" };
                self.like(name, "like_escape", expr, pattern, escape_char.as_deref())
            }
            E::SimilarTo { negated, expr, pattern, escape_char } => {
                let name = if *negated { "!~" } else { "~" };
                self.similar(name, expr, pattern, escape_char.as_deref())
            }
            E::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, true),
            E::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, false),
            E::Collate { expr, collation } => self.collate(expr, collation),
            E::AtTimeZone { timestamp, time_zone } => self.at_time_zone(timestamp, time_zone),
            E::Extract { field, expr, .. } => self.extract(field, expr),
            E::Ceil { expr, field } => self.rounding("ceil", expr, field),
            E::Floor { expr, field } => self.rounding("floor", expr, field),
            E::Position { expr, r#in } => self.system_call("position", &[r#in, expr]),
            E::Substring { expr, substring_from, substring_for, special, shorthand } => self.substring(
                expr,
                substring_from.as_deref(),
                substring_for.as_deref(),
                *special,
                *shorthand,
            ),
            E::Trim { expr, trim_where, trim_what, trim_characters } => {
                self.trim(expr, trim_where.as_ref(), trim_what.as_deref(), trim_characters.as_deref())
            }
            E::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                let mut arguments: Vec<&ast::Expr> = vec![expr, overlay_what, overlay_from];
                arguments.extend(overlay_for.as_deref());
                self.system_call("overlay", &arguments)
            }
            E::Function(function) => self.function(function),
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            E::Array(array) => self.array(&array.elem, None),
            E::Tuple(items) => self.row(items),
            E::QualifiedWildcard(name, _) => self.whole(name),
            E::IsNormalized { expr, form, negated } => self.is_normalized(expr, form.as_ref(), *negated),
            E::Exists { subquery, negated } => self.exists(subquery, *negated),
            E::Subquery(query) => self.scalar_query(query),
            E::InSubquery { expr, subquery, negated } => self.in_query(expr, subquery, *negated),
            other => Ok(self.unsupported(other)),
        }
    }

    /// A construct that is not analysed: its text stands for it.
    pub fn unsupported(&self, expr: &ast::Expr) -> Typed {
        let text = expr.to_string();
        let word: String = text.chars().take(40).collect();
        let node = Node::Opaque {
            what: SmolStr::from(text),
            parts: Vec::new(),
            why: SmolStr::from(format!("{word} is not read by rules yet")),
        };
        Typed::new(node, TypeId::UNRESOLVED)
    }

    /// A node under the name of what could not be resolved.
    pub fn opaque(&self, what: impl Into<String>, parts: Vec<Node>, why: impl Into<String>) -> Typed {
        let node = Node::Opaque { what: SmolStr::from(what.into()), parts, why: SmolStr::from(why.into()) };
        Typed::new(node, TypeId::UNRESOLVED)
    }

    /// Casts with `::` and CAST (`transformTypeCast`).
    fn cast(&mut self, expr: &ast::Expr, data_type: &ast::DataType) -> Analysed {
        let (ty, typmod) = self.data_type(data_type)?;
        if ty.is_unresolved() {
            let inner = self.expr(expr)?;
            let name = data_type.to_string();
            if let Ok(named) = trueup_syntax::data_type_of(data_type) {
                self.world.complain("42704", || match &named.schema {
                    Some(schema) => format!("type \"{schema}.{}\" does not exist", named.name.as_str()),
                    None => format!("type \"{}\" does not exist", named.name.as_str()),
                });
            }
            let why = format!("the type {name} is not known");
            return Ok(self.opaque(format!("cast to {name}"), vec![inner.node], why));
        }
        // "If the subject of the typecast is an ARRAY[] construct and the target type is an array
        // type, we invoke transformArrayExpr() directly"
        if let ast::Expr::Array(array) = strip(expr) {
            let (base, _) = self.world.base_type(ty, typmod);
            if self.world.info(base).element.is_some() {
                let typed = self.array(&array.elem, Some(base))?;
                return Ok(self.target(typed, ty, typmod, Context::Explicit));
            }
        }
        if let ast::Expr::Tuple(items) = strip(expr)
            && let Some(typed) = self.row_of(items, ty)?
        {
            return Ok(typed);
        }
        let typed = self.expr(expr)?;
        Ok(self.target(typed, ty, typmod, Context::Explicit))
    }

    /// Signs and prefix operators.
    fn unary(&mut self, op: ast::UnaryOperator, expr: &ast::Expr) -> Analysed {
        use ast::UnaryOperator as U;
        let symbol = match op {
            U::Not => {
                let node = self.boolean(expr)?;
                return Ok(Typed::new(Node::Not(Box::new(node)), self.world.known().bool));
            }
            U::Minus => {
                // `doNegate` in gram.y: the sign of a number is part of it.
                if let Some(negated) = self.negated_number(expr) {
                    return Ok(negated);
                }
                "-"
            }
            U::Plus => "+",
            U::BitwiseNot => "~",
            U::PGAbs => "@",
            U::PGSquareRoot => "|/",
            U::PGCubeRoot => "||/",
            U::PGPrefixFactorial => "!!",
            U::PGPostfixFactorial | U::BangNot => {
                let inner = self.expr(expr)?;
                return Ok(self.opaque(
                    "operator !",
                    vec![inner.node],
                    "the operator ! is not read by rules",
                ));
            }
            U::Hash => "#",
            U::AtDashAt => "@-@",
            U::DoubleAt => "@@",
            U::QuestionDash => "?-",
            U::QuestionPipe => "?|",
        };
        let operand = self.expr(expr)?;
        if symbol == "-"
            && let Some(negated) = negate(&operand)
        {
            return Ok(negated);
        }
        Ok(self.world.make_prefix(self.path, &OperatorName::bare(symbol), operand))
    }

    /// Prefix operators that sqlparser has no name for.
    fn prefixed(&mut self, prefix: &ast::Ident, value: &ast::Expr) -> Analysed {
        let operand = self.expr(value)?;
        let text = prefix.value.as_str();
        let qualified = text.strip_prefix("OPERATOR(").and_then(|rest| rest.strip_suffix(')'));
        let name = match qualified {
            Some(name) => operator_name(name),
            None => OperatorName::bare(text),
        };
        Ok(self.world.make_prefix(self.path, &name, operand))
    }

    /// `IS NULL` and `IS NOT NULL`.
    fn null_test(&mut self, expr: &ast::Expr, not: bool) -> Analysed {
        let typed = self.expr(expr)?;
        let argument = Box::new(self.text_if_unknown(typed).node);
        Ok(Typed::new(Node::NullTest { not, argument }, self.world.known().bool))
    }

    fn boolean_test(&mut self, expr: &ast::Expr, test: &'static str) -> Analysed {
        let argument = Box::new(self.boolean(expr)?);
        Ok(Typed::new(Node::BooleanTest { test, argument }, self.world.known().bool))
    }

    /// `COLLATE`.
    fn collate(&mut self, expr: &ast::Expr, name: &ast::ObjectName) -> Analysed {
        let typed = self.expr(expr)?;
        let typed = self.text_if_unknown(typed);
        let collation = self.collation(name);
        let node = Node::Collate { collation, argument: Box::new(typed.node) };
        Ok(Typed { node, ty: typed.ty, typmod: typed.typmod })
    }

    /// What stands for a collation. Bare names that no schema of the path holds are PostgreSQL's own, as are those that every
    /// server has (`pg_collation.dat`), since `pg_catalog` comes first.
    fn collation(&self, name: &ast::ObjectName) -> SmolStr {
        let parts: Vec<&str> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect();
        match parts.as_slice() {
            ["pg_catalog", name] => SmolStr::new(name),
            [
                name
                @ ("default" | "C" | "POSIX" | "ucs_basic" | "unicode" | "pg_c_utf8" | "pg_unicode_fast"),
            ] => SmolStr::new(name),
            [name] => {
                let own = self.path.iter().find(|schema| {
                    let full = QualifiedName::new(schema.as_str(), *name);
                    self.world.catalog.contains(&ObjectKey::in_schema(ObjectKind::Collation, full))
                });
                own.map_or_else(
                    || SmolStr::new(name),
                    |schema| crate::snapshot::key_of(schema.as_str(), name, None),
                )
            }
            [schema, name] => {
                let full = QualifiedName::new(*schema, *name);
                if !self.world.has_schema(schema) {
                    self.world.complain("3F000", || format!("schema \"{schema}\" does not exist"));
                } else if !self.world.catalog.contains(&ObjectKey::in_schema(ObjectKind::Collation, full)) {
                    self.world.complain("42704", || {
                        format!("collation \"{schema}.{name}\" for encoding \"UTF8\" does not exist")
                    });
                }
                crate::snapshot::key_of(schema, name, None)
            }
            _ => SmolStr::from(parts.join(".")),
        }
    }

    /// Resolves what had to wait for the search path: constants of `regclass` and its kin.
    pub fn finish(&self, node: &mut Node) {
        crate::constant::walk(node, &mut |node| {
            if let Node::Const { ty, value } = node
                && ty.starts_with("reg")
                && let Value::Raw(text) = value
                && let Some(exact) = self.registered(ty, text)
            {
                *value = Value::Exact(exact);
            }
        });
    }
}

/// Without parentheses around it.
pub(crate) fn strip(expr: &ast::Expr) -> &ast::Expr {
    let mut expr = expr;
    while let ast::Expr::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

/// The negative of a constant. `-1::int` is an operator on a constant, but is printed `(- 1)`, and
/// that reads as the constant -1: a dump and what it was made of are the same.
fn negate(typed: &Typed) -> Option<Typed> {
    let Node::Const { ty, value: Value::Exact(text) } = &typed.node else { return None };
    if !matches!(ty.as_str(), "int4" | "int8" | "numeric") || text.starts_with('-') {
        return None;
    }
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if !zero && !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let text = if zero { text.clone() } else { SmolStr::from(format!("-{text}")) };
    let node = Node::Const { ty: ty.clone(), value: Value::Exact(text) };
    Some(Typed { node, ty: typed.ty, typmod: typed.typmod })
}

/// An operator's name as `schema.symbol`; the symbol has no dot.
pub(crate) fn operator_name(text: &str) -> OperatorName<'_> {
    match text.rsplit_once('.') {
        Some((schema, symbol)) => OperatorName { schema: Some(SmolStr::new(schema)), symbol },
        None => OperatorName::bare(text),
    }
}
