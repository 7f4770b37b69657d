//! Constants in the one form that every spelling of a value comes to, by the rules of each type's
//! input function (manual, chapter 8).
//!
//! A value that depends on the session's settings is read with those that introspection and scratch databases pin, and marked
//! so (`Value::Usual`). One that rules can't read with certainty stays raw: because only the server knows (the name of a time
//! zone, the clock), or because its input function has not been retold here.

mod array;
mod datetime;
mod geometric;
mod hstore;
mod interval;
mod json;
mod jsonpath;
mod network;
mod number;
mod range;
mod text_search;

use smol_str::SmolStr;

use crate::canon::{Node, Setting, Subscript, Value};
use crate::types::TypeId;
use crate::world::World;

pub(crate) use number::numeric;
pub(crate) use text_search::is_text_search_configuration;

/// Whether a reader made use of the settings that are pinned everywhere (`Value::Usual`), and of which.
#[derive(Default)]
pub(crate) struct Usual(Option<Setting>);

impl Usual {
    /// Of several settings, the one of the most influence counts.
    fn set(&mut self, setting: Setting) {
        self.0 = self.0.max(Some(setting));
    }

    #[cfg(test)]
    fn setting(&self) -> Option<Setting> {
        self.0
    }
}

impl World<'_> {
    /// A literal read as a type; `typmod` counts only for intervals.
    pub(crate) fn read_constant(&self, ty: TypeId, typmod: i32, text: &str) -> Value {
        let mut usual = Usual::default();
        match (self.canonical(ty, typmod, text, &mut usual), usual.0) {
            (Some(form), None) => Value::Exact(form),
            (Some(form), Some(setting)) => Value::Usual { form, written: SmolStr::new(text), setting },
            (None, _) => Value::Raw(SmolStr::new(text)),
        }
    }

    fn canonical(&self, ty: TypeId, typmod: i32, text: &str, usual: &mut Usual) -> Option<SmolStr> {
        let info = self.info(ty);
        if let Some(labels) = &info.labels {
            return labels.iter().find(|label| *label == text).cloned();
        }
        if let Some(element) = info.element {
            return array::read(text, &mut |item| self.canonical(element, -1, item, usual))
                .map(SmolStr::from);
        }
        if info.kind == b'd' {
            let (base, typmod) = self.base_type(ty, typmod);
            return self.canonical(base, typmod, text, usual);
        }
        if let (b'r', Some(subtype)) = (info.kind, info.subtype) {
            let sort = self.range_sort(info)?;
            let bound = &mut |bound: &str| self.canonical(subtype, -1, bound, usual);
            return range::read(sort, text, bound).map(SmolStr::from);
        }
        if let (b'm', Some(range)) = (info.kind, info.range) {
            let range = self.info(range);
            let (sort, subtype) = (self.range_sort(range)?, range.subtype?);
            let bound = &mut |bound: &str| self.canonical(subtype, -1, bound, usual);
            return range::read_multi(sort, text, bound).map(SmolStr::from);
        }
        let own = |text: String| Some(SmolStr::from(text));
        match info.key.as_str() {
            "text" | "varchar" | "bpchar" | "cstring" | "unknown" | "xml" | "json" | "citext:citext" => {
                Some(SmolStr::new(text))
            }
            "name" => Some(SmolStr::new(trueup_catalog::truncate(text, trueup_catalog::MAX_NAME_BYTES))),
            "char" => own(text.chars().next().filter(char::is_ascii).map_or_else(String::new, String::from))
                .filter(|_| text.is_ascii() && !text.starts_with('\\')),
            "bool" => number::boolean(text).map(|value| SmolStr::new_static(if value { "t" } else { "f" })),
            "int2" => number::integer(text, -32_768, 32_767).and_then(own),
            "int4" => number::integer(text, i64::from(i32::MIN), i64::from(i32::MAX)).and_then(own),
            "int8" => number::integer(text, i64::MIN, i64::MAX).and_then(own),
            "oid" => number::integer(text, 0, i64::from(u32::MAX)).and_then(own),
            "numeric" => numeric(text).and_then(own),
            "float4" => number::float4(text).and_then(own),
            "float8" => number::float8(text).and_then(own),
            "money" => number::money(text, usual).and_then(own),
            "uuid" => network::uuid(text).and_then(own),
            "bytea" => network::bytea(text).and_then(own),
            "bit" | "varbit" => network::bits(text).and_then(own),
            "inet" | "cidr" => network::inet(text, info.key == "cidr").and_then(own),
            "macaddr" => network::macaddr(text).and_then(own),
            "jsonb" => json::normal(text).and_then(own),
            "jsonpath" => jsonpath::normal(text).and_then(own),
            "date" => datetime::date(text, usual).and_then(own),
            "time" => datetime::time(text).and_then(own),
            "timetz" => datetime::timetz(text, usual).and_then(own),
            "timestamp" => datetime::timestamp(text, usual).and_then(own),
            "timestamptz" => datetime::timestamptz(text, usual).and_then(own),
            "interval" => interval::read(text, typmod, usual).and_then(own),
            "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => {
                geometric::read(&info.key, text).and_then(own)
            }
            "tsvector" => text_search::vector(text).and_then(own),
            "tsquery" => text_search::query(text).and_then(own),
            "hstore:hstore" => hstore::read(text).and_then(own),
            // The members of other types have input functions of their own; those of `regclass` and
            // its kin wait for the search path (`Analyzer::finish`).
            _ => None,
        }
    }
}

/// Evaluates what a partition bound may hold: casts between numbers and of constants.
pub(crate) fn fold(node: Node) -> Node {
    crate::deep(|| fold_here(node))
}

fn fold_here(node: Node) -> Node {
    match node {
        Node::Cast { to, typmod: -1, argument } => {
            let inner = fold(*argument);
            if let Node::Const { ty, value: Value::Exact(text) } = &inner
                && matches!(ty.as_str(), "int2" | "int4" | "int8" | "numeric")
            {
                let fits = |low: i64, high: i64| number::integer(text, low, high);
                let folded = match to.as_str() {
                    "int2" => fits(-32_768, 32_767),
                    "int4" => fits(i64::from(i32::MIN), i64::from(i32::MAX)),
                    "int8" => fits(i64::MIN, i64::MAX),
                    "numeric" => Some(text.to_string()),
                    // Through the output function of the integer (`coerce_type` by I/O).
                    "text" | "varchar" if ty != "numeric" => Some(text.to_string()),
                    _ => None,
                };
                if let Some(text) = folded {
                    return Node::Const { ty: to, value: Value::Exact(SmolStr::from(text)) };
                }
            }
            if let Node::Const { ty, value } = &inner
                && matches!(ty.as_str(), "text" | "varchar")
                && matches!(to.as_str(), "text" | "varchar")
            {
                return Node::Const { ty: to, value: value.clone() };
            }
            Node::Cast { to, typmod: -1, argument: Box::new(inner) }
        }
        Node::Length { to, typmod, explicit, argument } => {
            let inner = fold(*argument);
            let limit = usize::try_from(typmod - 4).unwrap_or(0);
            match &inner {
                Node::Const { value: Value::Exact(text), .. }
                    if to == "varchar" && text.chars().count() <= limit =>
                {
                    inner
                }
                _ => Node::Length { to, typmod, explicit, argument: Box::new(inner) },
            }
        }
        Node::Operator { operator, operands } => {
            let operands: Vec<Node> = operands.into_iter().map(fold).collect();
            let number = |node: &Node| match node {
                Node::Const { value: Value::Exact(text), .. } => text.parse::<i64>().ok(),
                _ => None,
            };
            if let [left, right] = operands.as_slice()
                && let (Some(a), Some(b)) = (number(left), number(right))
                && let Some((symbol, "int4,int4)")) = operator.split_once('(')
            {
                let result = match symbol {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    _ => None,
                };
                if let Some(result) = result.and_then(|r| i32::try_from(r).ok()) {
                    let value = Value::Exact(SmolStr::from(result.to_string()));
                    return Node::Const { ty: SmolStr::new_static("int4"), value };
                }
            }
            Node::Operator { operator, operands }
        }
        other => other,
    }
}

/// Every node of a tree, to be changed.
pub(crate) fn walk(node: &mut Node, visit: &mut impl FnMut(&mut Node)) {
    crate::deep(|| walk_here(node, visit));
}

fn walk_here(node: &mut Node, visit: &mut impl FnMut(&mut Node)) {
    visit(node);
    let mut each = |nodes: &mut Vec<Node>| nodes.iter_mut().for_each(|node| walk(node, visit));
    match node {
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
        | Node::Opaque { parts: nodes, .. } => each(nodes),
        Node::Named { argument, .. }
        | Node::Not(argument)
        | Node::Cast { argument, .. }
        | Node::Length { argument, .. }
        | Node::Collate { argument, .. }
        | Node::NullTest { argument, .. }
        | Node::BooleanTest { argument, .. }
        | Node::Domain { argument, .. }
        | Node::Field { argument, .. } => walk(argument, visit),
        Node::Aggregate(aggregate) => {
            each(&mut aggregate.direct);
            each(&mut aggregate.arguments);
            aggregate.order.iter_mut().for_each(|key| walk(&mut key.node, visit));
            aggregate.filter.iter_mut().for_each(|node| walk(node, visit));
        }
        Node::Window { call, window } => {
            each(&mut window.partition);
            each(&mut window.offsets);
            window.order.iter_mut().for_each(|key| walk(&mut key.node, visit));
            walk(call, visit);
        }
        Node::Case { operand, whens, otherwise } => {
            operand.iter_mut().for_each(|node| walk(node, visit));
            for (condition, result) in whens {
                walk(condition, visit);
                walk(result, visit);
            }
            walk(otherwise, visit);
        }
        Node::RowCompare { left, right, .. } => {
            each(left);
            each(right);
        }
        Node::Subscript { container, subscripts } => {
            for subscript in subscripts {
                match subscript {
                    Subscript::Index(node) => walk(node, visit),
                    Subscript::Slice(lower, upper) => {
                        lower.iter_mut().for_each(|node| walk(node, visit));
                        upper.iter_mut().for_each(|node| walk(node, visit));
                    }
                }
            }
            walk(container, visit);
        }
        Node::SubQuery { left, query, .. } => {
            each(left);
            walk(query, visit);
        }
    }
}
