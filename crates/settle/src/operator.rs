//! Operators: which one a symbol means between two types, and the node that it becomes.
//!
//! Follows `oper`, `left_oper` and `make_op` in `parse_oper.c` (manual, 10.2 "Operators").

use smol_str::SmolStr;
use trueup_catalog::Name;

use crate::candidate::Candidate;
use crate::canon::Node;
use crate::coerce::{Context, Typed};
use crate::snapshot::{Operator, PG_CATALOG};
use crate::types::TypeId;
use crate::world::World;

/// An operator's name, with its schema where `OPERATOR(schema.name)` gave one.
#[derive(Clone, Debug)]
pub(crate) struct OperatorName<'a> {
    pub schema: Option<SmolStr>,
    pub symbol: &'a str,
}

impl<'a> OperatorName<'a> {
    pub fn bare(symbol: &'a str) -> Self {
        OperatorName { schema: None, symbol }
    }
}

/// An operator chosen for its operands.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// What stands for it in canonical form: `+(int4,int4)`.
    pub key: SmolStr,
    /// What the operands are coerced to.
    pub operands: Vec<TypeId>,
    pub result: TypeId,
}

struct Binary<'a> {
    operator: &'a Operator,
    arguments: [TypeId; 2],
    place: usize,
}

impl Candidate for Binary<'_> {
    fn arguments(&self) -> &[TypeId] {
        &self.arguments
    }
}

struct Prefix<'a> {
    operator: &'a Operator,
    arguments: [TypeId; 1],
    place: usize,
}

impl Candidate for Prefix<'_> {
    fn arguments(&self) -> &[TypeId] {
        &self.arguments
    }
}

/// The place of a schema on a search path, where it is on it.
pub(crate) fn place(path: &[Name], schema: Option<&SmolStr>, of: &str) -> Option<usize> {
    if let Some(wanted) = schema {
        return (wanted == of).then_some(0);
    }
    // `pg_catalog` is searched first when it is not listed.
    match path.iter().position(|name| name.as_str() == of) {
        Some(index) => Some(index + 1),
        None => (of == PG_CATALOG).then_some(0),
    }
}

impl World<'_> {
    /// `oper`: the binary operator for two types.
    pub(crate) fn binary_operator(
        &self,
        path: &[Name],
        name: &OperatorName<'_>,
        left: TypeId,
        right: TypeId,
    ) -> Option<Chosen> {
        let mut candidates: Vec<Binary<'_>> = Vec::new();
        for operator in self.operators(name.symbol) {
            let (Some(l), Some(r)) = (operator.left, operator.right) else { continue };
            let Some(place) = place(path, name.schema.as_ref(), &operator.schema) else { continue };
            // Of two with the same operands the one that comes first on the path counts.
            match candidates.iter_mut().find(|c| c.arguments == [l, r]) {
                Some(other) if other.place <= place => {}
                Some(other) => *other = Binary { operator, arguments: [l, r], place },
                None => candidates.push(Binary { operator, arguments: [l, r], place }),
            }
        }
        let known = self.known();
        let exact = |l: TypeId, r: TypeId| candidates.iter().find(|c| c.arguments == [l, r]);
        // `binary_oper_exact`
        let mut found = None;
        if left != known.unknown || right != known.unknown {
            let (mut l, mut r) = (left, right);
            let mut assumed = false;
            if l == known.unknown {
                (l, assumed) = (r, true);
            } else if r == known.unknown {
                (r, assumed) = (l, true);
            }
            found = exact(l, r);
            if found.is_none() && assumed {
                let (base, _) = self.base_type(l, -1);
                if base != l {
                    found = exact(base, base);
                }
            }
        }
        let found = match found {
            Some(found) => found,
            None => {
                // `oper_select_candidate` is given the base types of domains by `choose`; a lone
                // literal beside an unresolved type can't be chosen for.
                if left.is_unresolved() || right.is_unresolved() {
                    return None;
                }
                self.choose(&[left, right], &candidates)?
            }
        };
        let operands = found.arguments.to_vec();
        let settled = self.settle_generic(&[left, right], &operands, found.operator.result)?;
        let key = self.operator_key(found.operator);
        Some(Chosen { key, operands: settled.arguments, result: settled.returns })
    }

    /// `left_oper`: the prefix operator for a type.
    pub(crate) fn prefix_operator(
        &self,
        path: &[Name],
        name: &OperatorName<'_>,
        operand: TypeId,
    ) -> Option<Chosen> {
        let mut candidates: Vec<Prefix<'_>> = Vec::new();
        for operator in self.operators(name.symbol) {
            let (None, Some(right)) = (operator.left, operator.right) else { continue };
            let Some(place) = place(path, name.schema.as_ref(), &operator.schema) else { continue };
            match candidates.iter_mut().find(|c| c.arguments == [right]) {
                Some(other) if other.place <= place => {}
                Some(other) => *other = Prefix { operator, arguments: [right], place },
                None => candidates.push(Prefix { operator, arguments: [right], place }),
            }
        }
        if operand.is_unresolved() {
            return None;
        }
        let found = match candidates.iter().find(|c| c.arguments == [operand]) {
            Some(found) => found,
            None => self.choose(&[operand], &candidates)?,
        };
        let settled = self.settle_generic(&[operand], &found.arguments, found.operator.result)?;
        Some(Chosen {
            key: self.operator_key(found.operator),
            operands: settled.arguments,
            result: settled.returns,
        })
    }

    fn operator_key(&self, operator: &Operator) -> SmolStr {
        let name = |ty: Option<TypeId>| ty.map_or("", |id| self.in_signature(&operator.key, id));
        SmolStr::from(format!("{}({},{})", operator.key, name(operator.left), name(operator.right)))
    }

    /// `make_op` for two operands. An operator that is not known leaves an opaque node.
    pub(crate) fn make_operator(
        &self,
        path: &[Name],
        name: &OperatorName<'_>,
        left: Typed,
        right: Typed,
    ) -> Typed {
        let Some(chosen) = self.binary_operator(path, name, left.ty, right.ty) else {
            return self.opaque_operator(name, vec![left, right]);
        };
        let (l, r) = self.operands(&chosen, left, right);
        let node = Node::Operator { operator: chosen.key, operands: vec![l, r] };
        Typed::new(node, chosen.result)
    }

    /// Both operands coerced to what the operator takes (`make_fn_arguments`).
    pub(crate) fn operands(&self, chosen: &Chosen, left: Typed, right: Typed) -> (Node, Node) {
        let mut types = chosen.operands.iter().copied();
        let mut coerce = |typed: Typed| match types.next() {
            Some(target) => self.coerce_type(typed, target, -1, Context::Implicit).node,
            None => typed.node,
        };
        let left = coerce(left);
        let right = coerce(right);
        (left, right)
    }

    /// `make_op` for a prefix operator.
    pub(crate) fn make_prefix(&self, path: &[Name], name: &OperatorName<'_>, operand: Typed) -> Typed {
        let Some(chosen) = self.prefix_operator(path, name, operand.ty) else {
            return self.opaque_operator(name, vec![operand]);
        };
        let target = chosen.operands.first().copied().unwrap_or(operand.ty);
        let operand = self.coerce_type(operand, target, -1, Context::Implicit);
        let node = Node::Operator { operator: chosen.key, operands: vec![operand.node] };
        Typed::new(node, chosen.result)
    }

    /// What is left of an operator that nothing known defines for these types.
    pub(crate) fn opaque_operator(&self, name: &OperatorName<'_>, operands: Vec<Typed>) -> Typed {
        let types: Vec<&str> = operands.iter().map(|o| self.info(o.ty).key.as_str()).collect();
        let why = if operands.iter().any(|o| o.ty.is_unresolved()) {
            SmolStr::from(format!("the type of an operand of {} is not known", name.symbol))
        } else {
            self.complain("42883", || {
                let words: Vec<String> = operands.iter().map(|o| self.type_words(o.ty)).collect();
                match words.as_slice() {
                    [left, right] => format!("operator does not exist: {left} {} {right}", name.symbol),
                    other => format!("operator does not exist: {} {}", name.symbol, other.join(" ")),
                }
            });
            SmolStr::from(format!("no operator {} for {} is known", name.symbol, types.join(" and ")))
        };
        let schema = name.schema.as_ref().map_or_else(String::new, |s| format!("{s}."));
        let node = Node::Opaque {
            what: SmolStr::from(format!("operator {schema}{}", name.symbol)),
            parts: operands.into_iter().map(|o| o.node).collect(),
            why,
        };
        Typed::new(node, TypeId::UNRESOLVED)
    }

    /// `make_scalar_array_op`: `= ANY (array)`.
    pub(crate) fn make_array_operator(
        &self,
        path: &[Name],
        name: &OperatorName<'_>,
        any: bool,
        left: Typed,
        right: Typed,
    ) -> Typed {
        let known = self.known();
        // "Now try to resolve the operator": the array's element type stands for the array.
        let element = if right.ty == known.unknown {
            Some(known.unknown)
        } else {
            let (base, _) = self.base_type(right.ty, -1);
            self.info(base).element
        };
        let chosen = element.and_then(|element| self.binary_operator(path, name, left.ty, element));
        let (Some(element), Some(chosen)) = (element, chosen) else {
            return self.opaque_operator(name, vec![left, right]);
        };
        let _ = element;
        let mut types = chosen.operands.iter().copied();
        let (left_type, right_type) = (types.next().unwrap_or(left.ty), types.next().unwrap_or(left.ty));
        let left = self.coerce_type(left, left_type, -1, Context::Implicit);
        // "Now switch back to the array type on the right": a polymorphic operand stays.
        let right = if right_type == known.anyelement || self.is_polymorphic(right_type) {
            right
        } else {
            match self.info(right_type).array {
                Some(array) => self.coerce_type(right, array, -1, Context::Implicit),
                None => return self.opaque_operator(name, vec![left, right]),
            }
        };
        let node = Node::ArrayOperator { operator: chosen.key, any, operands: vec![left.node, right.node] };
        Typed::new(node, known.bool)
    }
}
