//! The canonical form: one typed tree for every spelling that PostgreSQL stores alike.
//!
//! Owns the nodes, which follow the node types of `primnodes.h` after parse analysis, and their
//! three-valued comparison (`compare`). Casts are never stripped; which of them the user wrote and which
//! PostgreSQL put in makes no difference, as in `equal()`.
//!
//! Never: resolves names. Names in here are already resolved (see the keys of `types`).

use smol_str::SmolStr;
use std::fmt;

/// A node of the canonical tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// A constant of a type.
    Const { ty: SmolStr, value: Value },
    /// A column of the `rte`th relation in the scope `level` queries further out.
    Column { level: u16, rte: u16, name: SmolStr },
    /// A whole row of a relation.
    WholeRow { level: u16, rte: u16 },
    /// `VALUE` in a domain's check, a function's parameter `$1`.
    Parameter { name: SmolStr },
    /// A function call; `variadic` where the last argument was written so. Named arguments carry
    /// their position. SQL's own syntaxes (`EXTRACT`, `TRIM`) are calls too.
    Call { function: SmolStr, arguments: Vec<Node>, variadic: bool },
    /// An argument given by name, as the position of the parameter.
    Named { position: u16, argument: Box<Node> },
    /// An aggregate call.
    Aggregate(Box<Aggregate>),
    /// A window function call, over a window in canonical form.
    Window { call: Box<Node>, window: Box<Window> },
    /// An operator with its operand types: `+(int4,int4)`. A missing operand is none.
    Operator { operator: SmolStr, operands: Vec<Node> },
    /// `IS DISTINCT FROM`.
    Distinct { operator: SmolStr, operands: Vec<Node> },
    /// `NULLIF`.
    NullIf { operator: SmolStr, operands: Vec<Node> },
    /// `= ANY (array)` and the like.
    ArrayOperator { operator: SmolStr, any: bool, operands: Vec<Node> },
    /// `AND` with two operands or more, the first never an `AND`.
    And(Vec<Node>),
    /// `OR` likewise.
    Or(Vec<Node>),
    /// `NOT`.
    Not(Box<Node>),
    /// A cast by function, input and output, or mere relabelling. The modifier is there only
    /// where the cast function itself takes it.
    Cast { to: SmolStr, typmod: i32, argument: Box<Node> },
    /// The length coercion of a type to itself. `explicit` where it makes a difference.
    Length { to: SmolStr, typmod: i32, explicit: bool, argument: Box<Node> },
    /// `COLLATE`.
    Collate { collation: SmolStr, argument: Box<Node> },
    /// `CASE`.
    Case { operand: Option<Box<Node>>, whens: Vec<(Node, Node)>, otherwise: Box<Node> },
    /// What stands for the operand in the comparisons of a simple `CASE`.
    CaseOperand,
    /// `ARRAY[…]` with the type of the array.
    Array { ty: SmolStr, elements: Vec<Node> },
    /// `ROW(…)`.
    Row(Vec<Node>),
    /// `<`, `<=`, `>`, `>=` between rows.
    RowCompare { operators: Vec<SmolStr>, left: Vec<Node>, right: Vec<Node> },
    /// `COALESCE`.
    Coalesce { ty: SmolStr, arguments: Vec<Node> },
    /// `GREATEST` and `LEAST`.
    MinMax { greatest: bool, ty: SmolStr, arguments: Vec<Node> },
    /// `CURRENT_DATE`, `LOCALTIMESTAMP(3)`, `SESSION_USER` and the others.
    SqlValue { name: &'static str, typmod: i32 },
    /// `IS NULL`; `row` for a row in several columns.
    NullTest { not: bool, argument: Box<Node> },
    /// `IS TRUE`, `IS NOT UNKNOWN`.
    BooleanTest { test: &'static str, argument: Box<Node> },
    /// A value checked against a domain.
    Domain { domain: SmolStr, argument: Box<Node> },
    /// A field of a composite value.
    Field { name: SmolStr, argument: Box<Node> },
    /// Subscripts; a slice has two bounds, either may be missing.
    Subscript { container: Box<Node>, subscripts: Vec<Subscript> },
    /// A sub-query in an expression: `EXISTS`, `scalar`, `ARRAY`, `ANY`, `ALL`.
    SubQuery { kind: SubQueryKind, operators: Vec<SmolStr>, left: Vec<Node>, query: Box<Node> },
    /// A construct with a syntax of its own: its name, its options in a fixed order, its parts.
    Special { name: &'static str, options: Vec<SmolStr>, parts: Vec<Node> },
    /// A query, or a part of one; `query` says which. Lists keep their order.
    Query { part: &'static str, names: Vec<SmolStr>, parts: Vec<Node> },
    /// What could not be resolved, under the name that it was written with.
    Opaque { what: SmolStr, parts: Vec<Node>, why: SmolStr },
}

/// A constant's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    /// `NULL`.
    Null,
    /// In the form that every spelling of the value comes to.
    Exact(SmolStr),
    /// Likewise, in a session with the settings that both readers and scratch databases pin (TimeZone UTC,
    /// DateStyle `ISO, MDY`, IntervalStyle `postgres`, money in dollars); what was written means something else in others.
    /// `setting` is the one that it depends on most.
    Usual { form: SmolStr, written: SmolStr, setting: Setting },
    /// As written, since only the type's input function could tell what it comes to.
    Raw(SmolStr),
}

/// A setting of the session by which an input function reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Setting {
    TimeZone,
    IntervalStyle,
    DateStyle,
    /// `lc_monetary`
    Money,
}

/// An aggregate call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Aggregate {
    pub function: SmolStr,
    pub star: bool,
    pub distinct: bool,
    pub variadic: bool,
    /// Direct arguments of an ordered-set aggregate.
    pub direct: Vec<Node>,
    pub arguments: Vec<Node>,
    pub order: Vec<SortKey>,
    pub filter: Option<Node>,
}

/// One item of `ORDER BY`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SortKey {
    pub node: Node,
    /// The ordering operator where `USING` gave one.
    pub operator: Option<SmolStr>,
    pub descending: bool,
    pub nulls_first: bool,
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Window {
    pub partition: Vec<Node>,
    pub order: Vec<SortKey>,
    /// Mode, bounds and exclusion in words: `rows unbounded preceding current row`.
    pub frame: SmolStr,
    /// The offsets of the bounds.
    pub offsets: Vec<Node>,
}

/// A subscript.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subscript {
    /// `[1]`
    Index(Node),
    /// `[1:2]`
    Slice(Option<Node>, Option<Node>),
}

/// What a sub-query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SubQueryKind {
    /// `EXISTS (…)`
    Exists,
    /// `(…)`
    Scalar,
    /// `ARRAY(…)`
    Array,
    /// `= ANY (…)`, `IN (…)`
    Any,
    /// `<> ALL (…)`
    All,
    /// `(a, b) < (…)`
    RowCompare,
}

impl Node {
    /// The nodes directly below.
    pub fn children(&self) -> Vec<&Node> {
        fn keys<'a>(out: &mut Vec<&'a Node>, order: &'a [SortKey]) {
            out.extend(order.iter().map(|key| &key.node));
        }
        let mut out: Vec<&Node> = Vec::new();
        match self {
            Node::Const { .. }
            | Node::Column { .. }
            | Node::WholeRow { .. }
            | Node::Parameter { .. }
            | Node::CaseOperand
            | Node::SqlValue { .. } => {}
            Node::Call { arguments: nodes, .. }
            | Node::Operator { operands: nodes, .. }
            | Node::Distinct { operands: nodes, .. }
            | Node::NullIf { operands: nodes, .. }
            | Node::ArrayOperator { operands: nodes, .. }
            | Node::And(nodes)
            | Node::Or(nodes)
            | Node::Array { elements: nodes, .. }
            | Node::Row(nodes)
            | Node::Coalesce { arguments: nodes, .. }
            | Node::MinMax { arguments: nodes, .. }
            | Node::Special { parts: nodes, .. }
            | Node::Query { parts: nodes, .. }
            | Node::Opaque { parts: nodes, .. } => out.extend(nodes),
            Node::Named { argument, .. }
            | Node::Not(argument)
            | Node::Cast { argument, .. }
            | Node::Length { argument, .. }
            | Node::Collate { argument, .. }
            | Node::NullTest { argument, .. }
            | Node::BooleanTest { argument, .. }
            | Node::Domain { argument, .. }
            | Node::Field { argument, .. } => out.push(argument),
            Node::Aggregate(aggregate) => {
                out.extend(&aggregate.direct);
                out.extend(&aggregate.arguments);
                keys(&mut out, &aggregate.order);
                out.extend(&aggregate.filter);
            }
            Node::Window { call, window } => {
                out.push(call);
                out.extend(&window.partition);
                keys(&mut out, &window.order);
                out.extend(&window.offsets);
            }
            Node::Case { operand, whens, otherwise } => {
                out.extend(operand.as_deref());
                for (condition, result) in whens {
                    out.push(condition);
                    out.push(result);
                }
                out.push(otherwise);
            }
            Node::RowCompare { left, right, .. } => {
                out.extend(left);
                out.extend(right);
            }
            Node::Subscript { container, subscripts } => {
                out.push(container);
                for subscript in subscripts {
                    match subscript {
                        Subscript::Index(node) => out.push(node),
                        Subscript::Slice(lower, upper) => {
                            out.extend(lower);
                            out.extend(upper);
                        }
                    }
                }
            }
            Node::SubQuery { left, query, .. } => {
                out.extend(left);
                out.push(query);
            }
        }
        out
    }

    /// The node without what is below it, to compare the node alone.
    pub fn head(&self) -> Head<'_> {
        let none: &[SmolStr] = &[];
        let mut flags = 0_i64;
        let (mut key, mut keys): (&str, &[SmolStr]) = ("", none);
        match self {
            Node::Const { ty, .. } => key = ty,
            Node::Column { level, rte, name } => {
                key = name;
                flags = i64::from(*level) << 16 | i64::from(*rte);
            }
            Node::WholeRow { level, rte } => flags = i64::from(*level) << 16 | i64::from(*rte),
            Node::Parameter { name } | Node::Field { name, .. } => key = name,
            Node::Call { function, variadic, .. } => (key, flags) = (function, i64::from(*variadic)),
            Node::Named { position, .. } => flags = i64::from(*position),
            Node::Aggregate(a) => {
                key = &a.function;
                flags = i64::from(a.star)
                    | i64::from(a.distinct) << 1
                    | i64::from(a.variadic) << 2
                    | i64::from(a.filter.is_some()) << 3
                    | i64::try_from(a.direct.len()).unwrap_or(0) << 8
                    | i64::try_from(a.order.len()).unwrap_or(0) << 16
                    | order_flags(&a.order) << 24;
            }
            Node::Window { window, .. } => {
                key = &window.frame;
                flags = i64::try_from(window.partition.len()).unwrap_or(0)
                    | i64::try_from(window.order.len()).unwrap_or(0) << 16
                    | order_flags(&window.order) << 24;
            }
            Node::Operator { operator, .. }
            | Node::Distinct { operator, .. }
            | Node::NullIf { operator, .. } => key = operator,
            Node::ArrayOperator { operator, any, .. } => (key, flags) = (operator, i64::from(*any)),
            Node::And(_) | Node::Or(_) | Node::Not(_) | Node::CaseOperand | Node::Row(_) => {}
            Node::Cast { to, typmod, .. } => (key, flags) = (to, i64::from(*typmod)),
            Node::Length { to, typmod, explicit, .. } => {
                (key, flags) = (to, i64::from(*typmod) << 1 | i64::from(*explicit));
            }
            Node::Collate { collation, .. } => key = collation,
            Node::Case { operand, whens, .. } => {
                flags = i64::from(operand.is_some()) | i64::try_from(whens.len()).unwrap_or(0) << 1;
            }
            Node::Array { ty, .. } | Node::Coalesce { ty, .. } => key = ty,
            Node::RowCompare { operators, left, .. } => {
                (keys, flags) = (operators, i64::try_from(left.len()).unwrap_or(0));
            }
            Node::MinMax { greatest, ty, .. } => (key, flags) = (ty, i64::from(*greatest)),
            Node::SqlValue { name, typmod } => (key, flags) = (name, i64::from(*typmod)),
            Node::NullTest { not, .. } => flags = i64::from(*not),
            Node::BooleanTest { test, .. } => key = test,
            Node::Domain { domain, .. } => key = domain,
            Node::Subscript { subscripts, .. } => {
                for subscript in subscripts {
                    flags = flags << 3
                        | match subscript {
                            Subscript::Index(_) => 1,
                            Subscript::Slice(lower, upper) => {
                                4 | i64::from(lower.is_some()) << 1 | i64::from(upper.is_some())
                            }
                        };
                }
            }
            Node::SubQuery { kind, operators, left, .. } => {
                keys = operators;
                flags = *kind as i64 | i64::try_from(left.len()).unwrap_or(0) << 8;
            }
            Node::Special { name, options, .. } => (key, keys) = (name, options),
            Node::Query { part, names, .. } => (key, keys) = (part, names),
            Node::Opaque { what, .. } => key = what,
        }
        Head { kind: std::mem::discriminant(self), key, keys, flags }
    }

    /// Moves the references that leave this tree further out, for a use inside `levels` more
    /// queries.
    pub fn raise(&self, levels: u16) -> Node {
        let mut copy = self.clone();
        if levels > 0 {
            copy.shift(levels, 0);
        }
        copy
    }

    fn shift(&mut self, levels: u16, inside: u16) {
        match self {
            Node::Column { level, .. } | Node::WholeRow { level, .. } if *level >= inside => {
                *level = level.saturating_add(levels);
            }
            // Trees that are raised are columns of a join, never with queries inside.
            Node::Coalesce { arguments, .. } => {
                arguments.iter_mut().for_each(|node| node.shift(levels, inside));
            }
            Node::Cast { argument, .. } | Node::Length { argument, .. } | Node::Collate { argument, .. } => {
                argument.shift(levels, inside);
            }
            _ => {}
        }
    }
}

fn order_flags(order: &[SortKey]) -> i64 {
    order.iter().fold(0, |flags, key| {
        flags << 3 & 0xff_ffff
            | i64::from(key.descending)
            | i64::from(key.nulls_first) << 1
            | i64::from(key.operator.is_some()) << 2
    })
}

#[derive(PartialEq)]
pub(crate) struct Head<'a> {
    kind: std::mem::Discriminant<Node>,
    key: &'a str,
    keys: &'a [SmolStr],
    flags: i64,
}

/// For debugging and tests: a prefix form.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Node::Const { ty, value } = self {
            return match value {
                Value::Null => write!(f, "NULL::{ty}"),
                Value::Exact(text) => write!(f, "'{text}'::{ty}"),
                Value::Usual { form, .. } => write!(f, "≈'{form}'::{ty}"),
                Value::Raw(text) => write!(f, "~'{text}'::{ty}"),
            };
        }
        let head = self.head();
        let debug = format!("{self:?}");
        let kind = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        write!(f, "{kind}")?;
        if !head.key.is_empty() {
            write!(f, " {}", head.key)?;
        }
        for key in head.keys {
            write!(f, " {key}")?;
        }
        if head.flags != 0 {
            write!(f, " #{}", head.flags)?;
        }
        let below = self.children();
        if !below.is_empty() {
            f.write_str("(")?;
            for (index, node) in below.into_iter().enumerate() {
                if index > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{node}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}
