//! The collation that an expression has by itself (`assign_collations_walker`, `merge_collation_state` in `parse_collate.c`;
//! manual, 24.2.1 "Concepts").
//!
//! Owns: what an index or a partition key need not write. Never: whether two expressions are the same, for which a COLLATE
//! is a node as any other.

use smol_str::SmolStr;
use trueup_catalog::{Expr, ExprContext, QualifiedName};

use crate::analyze::Analyzer;
use crate::canon::{Node, Subscript};
use crate::snapshot::key_of;
use crate::types::TypeInfo;
use crate::world::World;

const DEFAULT: &str = "default";

/// How strongly an expression holds to a collation, weakest first.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// It has no collation.
    None,
    Implicit(SmolStr),
    Conflict,
    Explicit(SmolStr),
}

impl State {
    fn strength(&self) -> u8 {
        match self {
            State::None => 0,
            State::Implicit(_) => 1,
            State::Conflict => 2,
            State::Explicit(_) => 3,
        }
    }

    /// With another input of the same node. Two explicit collations that differ are an error.
    fn merge(self, other: State) -> State {
        match (self, other) {
            (State::Implicit(one), State::Implicit(other)) if one != other => {
                match (one.as_str(), other.as_str()) {
                    (DEFAULT, _) => State::Implicit(other),
                    (_, DEFAULT) => State::Implicit(one),
                    _ => State::Conflict,
                }
            }
            (one, other) if other.strength() > one.strength() => other,
            (one, _) => one,
        }
    }
}

impl World<'_> {
    /// Whether an expression over a relation has this collation anyway, so that writing it changes nothing. No where rules
    /// can't tell.
    pub fn has_collation(&self, expr: &Expr, relation: &QualifiedName, collation: &QualifiedName) -> bool {
        let Ok(parsed) = trueup_syntax::parse_expr(&expr.sql) else { return false };
        let mut analyzer = Analyzer::new(self, &expr.search_path);
        let Ok(typed) = analyzer.in_context(&parsed, &ExprContext::relation(relation)) else { return false };
        let own = match self.collation_state(&typed.node, relation) {
            Some(State::Implicit(own) | State::Explicit(own)) => own,
            Some(State::None | State::Conflict) | None => return false,
        };
        own == key_of(collation.schema.as_str(), collation.name.as_str(), None)
    }

    /// `None` where rules can't tell.
    fn collation_state(&self, node: &Node, relation: &QualifiedName) -> Option<State> {
        crate::deep(|| self.collation_state_here(node, relation))
    }

    fn collation_state_here(&self, node: &Node, relation: &QualifiedName) -> Option<State> {
        // What a node gets from its inputs, if its result has a collation at all.
        let with_result = |info: &TypeInfo, inputs: State| match (&info.collation, inputs) {
            (None, _) => State::None,
            (Some(own), State::None) => State::Implicit(own.clone()),
            (Some(_), inputs) => inputs,
        };
        Some(match node {
            Node::Const { ty, .. } => with_result(self.info_by_key(ty)?, State::None),
            Node::Column { level: 0, name, .. } => {
                let column = self.catalog.column(relation, &trueup_catalog::Name::new(name.as_str()))?;
                let (ty, _) = self.type_of(&column.data_type);
                match (&column.collation, &self.info(ty).collation) {
                    _ if ty.is_unresolved() => return None,
                    (Some(own), _) => State::Implicit(key_of(own.schema.as_str(), own.name.as_str(), None)),
                    (None, Some(of_type)) => State::Implicit(of_type.clone()),
                    (None, None) => State::None,
                }
            }
            Node::Collate { collation, .. } => State::Explicit(collation.clone()),
            Node::Call { function, arguments, .. } => {
                with_result(self.result_of_call(function)?, self.merged(relation, arguments.iter())?)
            }
            Node::Operator { operator, operands } | Node::NullIf { operator, operands } => {
                let info = match node {
                    // The result is the first operand.
                    Node::NullIf { .. } => return self.collation_state(operands.first()?, relation),
                    _ => self.result_of_operator(operator)?,
                };
                with_result(info, self.merged(relation, operands.iter())?)
            }
            Node::Cast { to, argument, .. } | Node::Length { to, argument, .. } => {
                with_result(self.info_by_key(to)?, self.collation_state(argument, relation)?)
            }
            Node::Domain { domain, argument } => {
                with_result(self.info_by_key(domain)?, self.collation_state(argument, relation)?)
            }
            Node::Named { argument, .. } => self.collation_state(argument, relation)?,
            Node::Array { ty, elements } => {
                with_result(self.info_by_key(ty)?, self.merged(relation, elements.iter())?)
            }
            Node::Coalesce { ty, arguments } | Node::MinMax { ty, arguments, .. } => {
                with_result(self.info_by_key(ty)?, self.merged(relation, arguments.iter())?)
            }
            // Conditions don't count, only results do.
            Node::Case { whens, otherwise, .. } => {
                self.merged(relation, whens.iter().map(|(_, result)| result).chain([&**otherwise]))?
            }
            // Neither do subscripts.
            Node::Subscript { container, subscripts } => match self.collation_state(container, relation)? {
                State::None if subscripts.iter().any(|s| matches!(s, Subscript::Index(_))) => return None,
                inputs => inputs,
            },
            // Booleans have none.
            Node::Distinct { .. }
            | Node::ArrayOperator { .. }
            | Node::And(_)
            | Node::Or(_)
            | Node::Not(_)
            | Node::RowCompare { .. }
            | Node::NullTest { .. }
            | Node::BooleanTest { .. } => State::None,
            // Rules don't say, or an index can't hold it.
            Node::Column { .. }
            | Node::WholeRow { .. }
            | Node::Parameter { .. }
            | Node::Aggregate(_)
            | Node::Window { .. }
            | Node::CaseOperand
            | Node::Row(_)
            | Node::SqlValue { .. }
            | Node::Field { .. }
            | Node::SubQuery { .. }
            | Node::Special { .. }
            | Node::Query { .. }
            | Node::Opaque { .. } => return None,
        })
    }

    fn merged<'n>(
        &self,
        relation: &QualifiedName,
        mut nodes: impl Iterator<Item = &'n Node>,
    ) -> Option<State> {
        nodes.try_fold(State::None, |state, node| Some(state.merge(self.collation_state(node, relation)?)))
    }

    fn info_by_key(&self, key: &str) -> Option<&TypeInfo> {
        self.base.types.iter().chain(&self.overlay.types).find(|info| info.key == key)
    }

    /// The type of a call's result, by the key that names its function; none where it depends on the arguments.
    fn result_of_call(&self, key: &str) -> Option<&TypeInfo> {
        let (function, arguments) = key.strip_suffix(')')?.split_once('(')?;
        let found = self.functions(bare_name(function)).find(|candidate| {
            let own: Vec<&str> = candidate.arguments.iter().map(|ty| self.info(*ty).key.as_str()).collect();
            candidate.key == function && own.join(",") == arguments
        })?;
        self.plain(found.returns)
    }

    fn result_of_operator(&self, key: &str) -> Option<&TypeInfo> {
        let (operator, operands) = key.strip_suffix(')')?.rsplit_once('(')?;
        let symbol =
            operator.rsplit([':', '.']).next().filter(|symbol| !symbol.is_empty()).unwrap_or(operator);
        let found = self.operators(symbol).find(|candidate| {
            let name = |ty: Option<crate::types::TypeId>| ty.map_or("", |id| self.info(id).key.as_str());
            candidate.key == operator
                && operands == format!("{},{}", name(candidate.left), name(candidate.right))
        })?;
        self.plain(found.result)
    }

    /// A type that isn't a stand-in for the arguments' (`anyelement` and the like).
    fn plain(&self, ty: crate::types::TypeId) -> Option<&TypeInfo> {
        let info = self.info(ty);
        (!ty.is_unresolved() && info.kind != b'p').then_some(info)
    }
}

/// A function's name without what stands before it in its key.
fn bare_name(key: &str) -> &str {
    key.rsplit([':', '.']).next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::PG_CATALOG;
    use trueup_catalog::{Catalog, Column, DataType, Name, Table};

    #[test]
    fn expressions_have_collations_of_their_own() {
        let mut catalog = Catalog::default();
        let table = QualifiedName::new("public", "t");
        catalog.insert(Table::new(table.clone()));
        let mut column = |name: &str, position: u32, ty: &str, collation: Option<&str>| {
            let mut column = Column::new(table.clone(), Name::new(name), position, DataType::builtin(ty));
            column.collation = collation.map(|name| QualifiedName::new(PG_CATALOG, name));
            catalog.insert(column);
        };
        column("a", 1, "text", None);
        column("c", 2, "text", Some("C"));
        column("p", 3, "varchar", Some("POSIX"));
        column("n", 4, "int4", None);
        column("sys", 5, "name", None);
        let world = World::new(&catalog, 15, &[]);
        for (sql, expected) in [
            ("lower(a)", Some("default")),
            ("lower(c)", Some("C")),
            ("a || c", Some("C")),
            ("c || a || 'x'", Some("C")),
            ("c || p", None),
            ("c || (p COLLATE \"C\")", Some("C")),
            ("n + 1", None),
            ("length(c)::text", Some("default")),
            ("n::text", Some("default")),
            ("coalesce(p, 'x')", Some("POSIX")),
            ("CASE WHEN c > 'a' THEN a ELSE '' END", Some("default")),
            ("lower(p)", Some("POSIX")),
            ("c > 'a'", None),
            ("'x'::text", Some("default")),
            ("sys::text", Some("C")),
        ] {
            let expr = Expr { sql: sql.into(), search_path: [Name::new("public")].into() };
            for collation in ["default", "C", "POSIX"] {
                let holds = world.has_collation(&expr, &table, &QualifiedName::new(PG_CATALOG, collation));
                assert_eq!(holds, expected == Some(collation), "{sql} {collation}");
            }
        }
    }
}
