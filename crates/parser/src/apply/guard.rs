//! Evaluates the conditions of DO blocks: SQL over the system catalogs and `information_schema`, answered from the catalog so far.
//!
//! Owns: a small evaluator with three answers for a condition: true or false (or NULL), and *unknown* (`None`) for everything that only
//! a server could tell. Never: changes anything, or guesses.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use trueup_catalog::Name;
use trueup_syntax::sqlparser::ast::{
    AccessExpr, BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, ObjectName, ObjectNamePart, Query, Subscript, UnaryOperator, Value,
};
use trueup_syntax::{Cursor, WrittenName, data_type_of, parse_expr};

use crate::apply::guard_query::compare;
use crate::apply::guard_text::{format_text, matches_like, matches_pattern, text_function};
use crate::interpreter::Interpreter;

/// A value of SQL, as far as guards need them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Datum {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    /// An OID, by what it is of: `class public.t`.
    Oid(String),
    List(Vec<Datum>),
    /// A row; a field that can't be told is `None`.
    Record(Record),
}

/// A row by the names of its columns.
pub(crate) type Record = Vec<(Cow<'static, str>, Option<Datum>)>;

/// Stands for the name of the database, which files do not tell; no literal equals it.
pub(crate) const THIS_DATABASE: &str = "current database";

/// A row of a system catalog.
pub(crate) type Fields = Vec<(&'static str, Datum)>;

/// What an expression is over: a row of each table by its alias, the innermost last.
pub(crate) type Row = Vec<(String, Rc<Record>)>;

/// A variable of a DO block: its value, unknown if `None`.
pub(crate) type Variables = std::collections::BTreeMap<String, Option<Datum>>;

/// Evaluates in the present state.
pub(crate) struct Guard<'g, 'a> {
    pub interp: &'g Interpreter<'a>,
    pub variables: &'g Variables,
}

impl Guard<'_, '_> {
    /// Whether a condition holds; NULL does not. `None` when it can't be told.
    pub fn holds(&self, sql: &str) -> Option<bool> {
        match self.value(sql)? {
            Datum::Bool(yes) => Some(yes),
            Datum::Null => Some(false),
            Datum::Int(_) | Datum::Text(_) | Datum::Oid(_) | Datum::List(_) | Datum::Record(_) => None,
        }
    }

    /// The value of an expression.
    pub fn value(&self, sql: &str) -> Option<Datum> {
        self.expr(&parse_expr(sql).ok()?, &Vec::new())
    }

    /// The rows that a query gives.
    pub fn rows_of(&self, query: &Query) -> Option<Vec<Record>> {
        self.query(query, &Vec::new())
    }

    /// The first column of each row of a sub-query.
    fn first_column(&self, query: &Query, row: &Row) -> Option<Vec<Datum>> {
        let first = |record: Record| record.into_iter().next().and_then(|(_, value)| value);
        self.query(query, row)?.into_iter().map(first).collect()
    }

    pub(super) fn expr(&self, expr: &Expr, row: &Row) -> Option<Datum> {
        match expr {
            Expr::Nested(inner) => self.expr(inner, row),
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                    Some(Datum::Text(text.clone()))
                }
                Value::DollarQuotedString(text) => Some(Datum::Text(text.value.clone())),
                Value::Placeholder(name) => self.variables.get(name).cloned().flatten(),
                Value::Number(text, _) => text.parse().ok().map(Datum::Int),
                Value::Boolean(yes) => Some(Datum::Bool(*yes)),
                Value::Null => Some(Datum::Null),
                _ => None,
            },
            Expr::Identifier(ident) => self.column(None, &ident.value, row),
            Expr::CompoundIdentifier(parts) => {
                let (last, before) = parts.split_last()?;
                self.column(before.last().map(|q| q.value.as_str()), &last.value, row)
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => match self.expr(expr, row)? {
                Datum::Bool(yes) => Some(Datum::Bool(!yes)),
                Datum::Null => Some(Datum::Null),
                _ => None,
            },
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match self.expr(expr, row)? {
                Datum::Int(n) => n.checked_neg().map(Datum::Int),
                Datum::Null => Some(Datum::Null),
                _ => None,
            },
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, row),
            Expr::IsDistinctFrom(a, b) => self.same(a, b, row).map(|same| Datum::Bool(!same)),
            Expr::IsNotDistinctFrom(a, b) => self.same(a, b, row).map(Datum::Bool),
            Expr::IsNotTrue(inner) => Some(Datum::Bool(self.expr(inner, row)? != Datum::Bool(true))),
            Expr::IsNotFalse(inner) => Some(Datum::Bool(self.expr(inner, row)? != Datum::Bool(false))),
            Expr::Between { expr, negated, low, high } => {
                let (value, low, high) = (self.expr(expr, row)?, self.expr(low, row)?, self.expr(high, row)?);
                let above = self.operate(&value, &BinaryOperator::GtEq, &low)?;
                let below = self.operate(&value, &BinaryOperator::LtEq, &high)?;
                match (above, below) {
                    (Datum::Bool(above), Datum::Bool(below)) => {
                        Some(Datum::Bool((above && below) != *negated))
                    }
                    _ => Some(Datum::Null),
                }
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                for when in conditions {
                    let holds = match operand {
                        None => self.expr(&when.condition, row)?,
                        Some(operand) => {
                            let (a, b) = (self.expr(operand, row)?, self.expr(&when.condition, row)?);
                            self.operate(&a, &BinaryOperator::Eq, &b)?
                        }
                    };
                    match holds {
                        Datum::Bool(true) => return self.expr(&when.result, row),
                        Datum::Bool(false) | Datum::Null => {}
                        _ => return None,
                    }
                }
                else_result.as_ref().map_or(Some(Datum::Null), |result| self.expr(result, row))
            }
            Expr::Tuple(list) => {
                Some(Datum::List(list.iter().map(|e| self.expr(e, row)).collect::<Option<Vec<_>>>()?))
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut value = self.expr(root, row)?;
                for access in access_chain {
                    value = match (access, value) {
                        (AccessExpr::Subscript(Subscript::Index { index }), Datum::List(list)) => {
                            let Datum::Int(place) = self.expr(index, row)? else { return None };
                            let place = usize::try_from(place).ok().and_then(|place| place.checked_sub(1));
                            place.and_then(|place| list.get(place).cloned()).unwrap_or(Datum::Null)
                        }
                        (AccessExpr::Dot(Expr::Identifier(field)), Datum::Record(record)) => {
                            record.into_iter().find(|(name, _)| *name == field.value)?.1?
                        }
                        _ => return None,
                    };
                }
                Some(value)
            }
            Expr::IsNull(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Null)),
            Expr::IsNotNull(inner) => Some(Datum::Bool(self.expr(inner, row)? != Datum::Null)),
            Expr::IsTrue(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Bool(true))),
            Expr::IsFalse(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Bool(false))),
            Expr::Exists { subquery, negated } => {
                let any = !self.query(subquery, row)?.is_empty();
                Some(Datum::Bool(any != *negated))
            }
            Expr::Subquery(query) => {
                let rows = self.first_column(query, row)?;
                if rows.len() > 1 { None } else { Some(rows.into_iter().next().unwrap_or(Datum::Null)) }
            }
            Expr::InList { expr, list, negated } => {
                let values = list.iter().map(|e| self.expr(e, row)).collect::<Option<Vec<_>>>()?;
                self.is_in(expr, &values, *negated, row)
            }
            Expr::InSubquery { expr, subquery, negated } => {
                let values = self.first_column(subquery, row)?;
                self.is_in(expr, &values, *negated, row)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let Datum::List(values) = self.expr(right, row)? else { return None };
                self.is_in(left, &values, false, row)
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
                let Datum::List(values) = self.expr(right, row)? else { return None };
                self.is_in(left, &values, true, row)
            }
            Expr::Array(array) => {
                Some(Datum::List(array.elem.iter().map(|e| self.expr(e, row)).collect::<Option<Vec<_>>>()?))
            }
            Expr::Like { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, false, row),
            Expr::ILike { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, true, row),
            Expr::Cast { expr, data_type, .. } => {
                let target = data_type_of(data_type).ok()?;
                let value = self.expr(expr, row)?;
                match (target.array, value) {
                    (true, Datum::Text(text)) => array_of(&text)?
                        .into_iter()
                        .map(|element| self.cast(element, target.name.as_str()))
                        .collect::<Option<Vec<_>>>()
                        .map(Datum::List),
                    (true, value @ (Datum::List(_) | Datum::Null)) => Some(value),
                    (true, _) => None,
                    (false, value) => self.cast(value, target.name.as_str()),
                }
            }
            Expr::Function(function) => {
                let name = last(&function.name)?;
                let values = arguments(function)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|e| self.expr(e, row))
                    .collect::<Option<Vec<_>>>()?;
                self.call(&name, values)
            }
            Expr::Position { expr, r#in } => {
                let (Datum::Text(part), Datum::Text(whole)) = (self.expr(expr, row)?, self.expr(r#in, row)?)
                else {
                    return None;
                };
                let at =
                    whole.find(&part).and_then(|at| whole.get(..at)).map_or(0, |s| s.chars().count() + 1);
                i64::try_from(at).ok().map(Datum::Int)
            }
            Expr::Trim { expr, trim_where: None, trim_what: None, trim_characters: None } => {
                self.call("btrim", vec![self.expr(expr, row)?])
            }
            _ => None,
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr, row: &Row) -> Option<Datum> {
        match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let decides = Datum::Bool(matches!(op, BinaryOperator::Or));
                let (a, b) = (self.expr(left, row), self.expr(right, row));
                if a.as_ref() == Some(&decides) || b.as_ref() == Some(&decides) {
                    return Some(decides);
                }
                match (a?, b?) {
                    (Datum::Bool(a), Datum::Bool(_)) => Some(Datum::Bool(a)),
                    (Datum::Null, _) | (_, Datum::Null) => Some(Datum::Null),
                    _ => None,
                }
            }
            op => self.operate(&self.expr(left, row)?, op, &self.expr(right, row)?),
        }
    }

    /// An operator on two values.
    pub(super) fn operate(&self, a: &Datum, op: &BinaryOperator, b: &Datum) -> Option<Datum> {
        use BinaryOperator as Op;
        if matches!((a, b), (Datum::Null, _) | (_, Datum::Null)) {
            return Some(Datum::Null);
        }
        match op {
            Op::StringConcat => match (a, b) {
                (Datum::List(a), Datum::List(b)) => Some(Datum::List(a.iter().chain(b).cloned().collect())),
                (Datum::List(a), b) => Some(Datum::List(a.iter().chain([b]).cloned().collect())),
                (a, Datum::List(b)) => Some(Datum::List([a].into_iter().chain(b).cloned().collect())),
                (a, b) => Some(Datum::Text(self.as_text(a)? + &self.as_text(b)?)),
            },
            Op::Eq | Op::NotEq => Some(Datum::Bool(self.equal(a, b)? == matches!(op, Op::Eq))),
            Op::Gt | Op::GtEq | Op::Lt | Op::LtEq => {
                let comparable = matches!(
                    (a, b),
                    (Datum::Int(_), Datum::Int(_))
                        | (Datum::Text(_), Datum::Text(_))
                        | (Datum::Bool(_), Datum::Bool(_))
                );
                let order = comparable.then(|| compare(a, b))?;
                Some(Datum::Bool(match op {
                    Op::Gt => order == Ordering::Greater,
                    Op::GtEq => order != Ordering::Less,
                    Op::Lt => order == Ordering::Less,
                    _ => order != Ordering::Greater,
                }))
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                let (Datum::Int(a), Datum::Int(b)) = (a, b) else { return None };
                match op {
                    Op::Plus => a.checked_add(*b),
                    Op::Minus => a.checked_sub(*b),
                    Op::Multiply => a.checked_mul(*b),
                    Op::Divide => a.checked_div(*b),
                    _ => a.checked_rem(*b),
                }
                .map(Datum::Int)
            }
            Op::PGRegexMatch | Op::PGRegexNotMatch | Op::PGRegexIMatch | Op::PGRegexNotIMatch => {
                let (Datum::Text(value), Datum::Text(pattern)) = (a, b) else { return None };
                let fold = matches!(op, Op::PGRegexIMatch | Op::PGRegexNotIMatch);
                let negated = matches!(op, Op::PGRegexNotMatch | Op::PGRegexNotIMatch);
                matches_pattern(value, pattern, fold).map(|found| Datum::Bool(found != negated))
            }
            _ => None,
        }
    }

    fn same(&self, a: &Expr, b: &Expr, row: &Row) -> Option<bool> {
        match (self.expr(a, row)?, self.expr(b, row)?) {
            (Datum::Null, Datum::Null) => Some(true),
            (Datum::Null, _) | (_, Datum::Null) => Some(false),
            (a, b) => self.equal(&a, &b),
        }
    }

    /// A value as text in a concatenation, where OIDs print as `regclass` and the like.
    fn as_text(&self, value: &Datum) -> Option<String> {
        match value {
            Datum::Oid(oid) => self.shown(oid),
            value => text(value),
        }
    }

    pub(super) fn equal(&self, a: &Datum, b: &Datum) -> Option<bool> {
        match (a, b) {
            (Datum::Oid(_), Datum::Text(name)) | (Datum::Text(name), Datum::Oid(_)) => {
                let ((Datum::Oid(oid), _) | (_, Datum::Oid(oid))) = (a, b) else { return None };
                // A string constant takes the type of the other side: regclass, regtype, regnamespace.
                let class = oid.split(' ').next()?;
                Some(self.named(class, name)? == Datum::Oid(oid.clone()))
            }
            (Datum::Text(a), Datum::Text(b)) => Some(a == b),
            (Datum::Int(a), Datum::Int(b)) => Some(a == b),
            (Datum::Bool(a), Datum::Bool(b)) => Some(a == b),
            (Datum::Oid(a), Datum::Oid(b)) => Some(a == b),
            (Datum::Oid(_), Datum::Int(_)) | (Datum::Int(_), Datum::Oid(_)) => Some(false),
            (Datum::Int(n), Datum::Text(text)) | (Datum::Text(text), Datum::Int(n)) => {
                text.trim().parse::<i64>().ok().map(|number| number == *n)
            }
            (Datum::List(a), Datum::List(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                let equal = a.iter().zip(b).map(|(a, b)| self.equal(a, b)).collect::<Option<Vec<bool>>>()?;
                Some(equal.into_iter().all(|equal| equal))
            }
            (Datum::Bool(yes), Datum::Text(text)) | (Datum::Text(text), Datum::Bool(yes)) => {
                Some(*yes == matches!(text.as_str(), "t" | "true"))
            }
            _ => None,
        }
    }

    fn is_in(&self, expr: &Expr, values: &[Datum], negated: bool, row: &Row) -> Option<Datum> {
        let value = self.expr(expr, row)?;
        if value == Datum::Null {
            return Some(Datum::Null);
        }
        for candidate in values {
            if self.equal(&value, candidate)? {
                return Some(Datum::Bool(!negated));
            }
        }
        Some(Datum::Bool(negated))
    }

    fn like(&self, expr: &Expr, pattern: &Expr, negated: bool, fold: bool, row: &Row) -> Option<Datum> {
        let (value, pattern) = (self.expr(expr, row)?, self.expr(pattern, row)?);
        if value == Datum::Null || pattern == Datum::Null {
            return Some(Datum::Null);
        }
        let (mut value, mut pattern) = (text(&value)?, text(&pattern)?);
        if fold {
            value = value.to_lowercase();
            pattern = pattern.to_lowercase();
        }
        let (value, pattern): (Vec<char>, Vec<char>) = (value.chars().collect(), pattern.chars().collect());
        Some(Datum::Bool(matches_like(&value, &pattern) != negated))
    }

    fn cast(&self, value: Datum, target: &str) -> Option<Datum> {
        match (target, value) {
            (_, Datum::Null) => Some(Datum::Null),
            ("text" | "varchar" | "name" | "bpchar" | "char", value) => match value {
                Datum::Text(_) => Some(value),
                Datum::Oid(oid) => Some(Datum::Text(self.shown(&oid)?)),
                Datum::Int(n) => Some(Datum::Text(n.to_string())),
                Datum::Bool(yes) => Some(Datum::Text(yes.to_string())),
                Datum::List(list) => Some(Datum::Text(array_text(&list)?)),
                Datum::Null | Datum::Record(_) => None,
            },
            ("oid", value @ Datum::Oid(_)) => Some(value),
            ("regclass" | "regtype" | "regnamespace", value @ Datum::Oid(_)) => Some(value),
            ("regclass", Datum::Text(name)) => self.named("class", &name).filter(|v| *v != Datum::Null),
            ("regtype", Datum::Text(name)) => self.named("type", &name).filter(|v| *v != Datum::Null),
            ("regnamespace", Datum::Text(name)) => {
                self.named("namespace", &name).filter(|v| *v != Datum::Null)
            }
            ("int4" | "int8" | "int2", Datum::Text(text)) => text.trim().parse().ok().map(Datum::Int),
            ("int4" | "int8" | "int2" | "numeric", value @ Datum::Int(_)) => Some(value),
            ("numeric", Datum::Text(text)) => text.trim().parse().ok().map(Datum::Int),
            ("bool", value @ Datum::Bool(_)) => Some(value),
            ("bool", Datum::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "t" | "true" | "yes" | "on" | "1" => Some(Datum::Bool(true)),
                "f" | "false" | "no" | "off" | "0" => Some(Datum::Bool(false)),
                _ => None,
            },
            _ => None,
        }
    }

    /// How an OID prints as `regclass` or `regtype`: without its schema where the path finds it.
    fn shown(&self, oid: &str) -> Option<String> {
        let (_, name) = oid.split_once(' ')?;
        let mut cursor = Cursor::of(name).ok()?;
        let written = cursor.qualified_name().ok()?;
        let visible = written.schema.as_ref().is_none_or(|s| self.interp.store.search_path().contains(s));
        Some(if visible { written.name.to_string() } else { name.to_owned() })
    }

    /// What a text names as `regclass`, `regtype`, `regnamespace`: its OID, NULL when nothing has the name.
    fn named(&self, class: &str, name: &str) -> Option<Datum> {
        // `stringToQualifiedNameList`: identifiers and dots, nothing else.
        if name.contains("/*") || name.contains("--") {
            return Some(Datum::Null);
        }
        let mut cursor = Cursor::of(name).ok()?;
        if class == "namespace" {
            let schema = cursor.label().ok()?;
            let there = self.interp.schema_exists(&schema);
            return Some(if there { Datum::Oid(format!("namespace {schema}")) } else { Datum::Null });
        }
        let written: WrittenName = cursor.qualified_name().ok()?;
        if !cursor.at_end() {
            return None;
        }
        let found = if class == "type" {
            self.interp.find_type(written.schema.as_ref(), &written.name)
        } else {
            self.interp.find_relation(&written).map(|(name, _)| name)
        };
        if found.is_none() && self.interp.has_extensions() {
            return None;
        }
        Some(found.map_or(Datum::Null, |name| Datum::Oid(format!("{class} {name}"))))
    }

    fn call(&self, name: &str, values: Vec<Datum>) -> Option<Datum> {
        match (name, values.as_slice()) {
            ("to_regclass", [Datum::Text(name)]) => self.named("class", name),
            ("to_regtype", [Datum::Text(name)]) => self.named("type", name),
            ("to_regnamespace", [Datum::Text(name)]) => self.named("namespace", name),
            ("current_schema", []) => {
                Some(Datum::Text(self.interp.creation_schema().ok()?.as_str().to_owned()))
            }
            ("current_schemas", [_]) => {
                let path = self.interp.store.search_path();
                Some(Datum::List(path.iter().map(|n| Datum::Text(n.as_str().to_owned())).collect()))
            }
            ("current_database" | "current_catalog", []) => Some(Datum::Text(THIS_DATABASE.to_owned())),
            ("to_regproc" | "to_regprocedure", [Datum::Text(name)]) => self.routine_named(name),
            ("pg_table_is_visible" | "pg_type_is_visible" | "pg_function_is_visible", [Datum::Oid(oid)]) => {
                let written = oid.split_once(' ').map(|(_, name)| name)?;
                let mut cursor = Cursor::of(written).ok()?;
                let schema = cursor.qualified_name().ok()?.schema?;
                Some(Datum::Bool(self.interp.store.search_path().contains(&schema)))
            }
            ("pg_get_function_identity_arguments" | "pg_get_function_arguments", [Datum::Oid(oid)]) => {
                let (_, rest) = oid.split_once('(')?;
                // With arguments, names and modes would show.
                rest.starts_with(')').then(|| Datum::Text(String::new()))
            }
            ("array_length", [Datum::List(list), Datum::Int(1)]) | ("cardinality", [Datum::List(list)]) => {
                let length = i64::try_from(list.len()).ok()?;
                Some(if length == 0 && name == "array_length" { Datum::Null } else { Datum::Int(length) })
            }
            ("array_lower", [Datum::List(list), Datum::Int(1)]) => {
                Some(if list.is_empty() { Datum::Null } else { Datum::Int(1) })
            }
            ("array_upper", [Datum::List(list), Datum::Int(1)]) => {
                Some(if list.is_empty() { Datum::Null } else { Datum::Int(i64::try_from(list.len()).ok()?) })
            }
            ("array_append", [Datum::List(list), value]) => {
                Some(Datum::List(list.iter().chain([value]).cloned().collect()))
            }
            ("array_position", [Datum::List(list), value]) => {
                for (place, element) in list.iter().enumerate() {
                    if self.equal(element, value)? {
                        return i64::try_from(place + 1).ok().map(Datum::Int);
                    }
                }
                Some(Datum::Null)
            }
            ("string_to_array" | "regexp_split_to_array", [Datum::Text(text), Datum::Text(by)])
                if !by.is_empty() =>
            {
                Some(Datum::List(text.split(by.as_str()).map(|part| Datum::Text(part.to_owned())).collect()))
            }
            ("array_to_string", [Datum::List(list), Datum::Text(by)]) => {
                let parts: Option<Vec<String>> =
                    list.iter().filter(|v| **v != Datum::Null).map(|v| self.as_text(v)).collect();
                Some(Datum::Text(parts?.join(by)))
            }
            ("nullif", [a, b]) => {
                let equal = *a != Datum::Null && *b != Datum::Null && self.equal(a, b)?;
                Some(if equal { Datum::Null } else { a.clone() })
            }
            ("lower", [Datum::Text(text)]) => Some(Datum::Text(text.to_lowercase())),
            ("upper", [Datum::Text(text)]) => Some(Datum::Text(text.to_uppercase())),
            ("concat", values) => {
                let parts: Option<Vec<String>> = values
                    .iter()
                    .map(|v| if *v == Datum::Null { Some(String::new()) } else { self.as_text(v) })
                    .collect();
                Some(Datum::Text(parts?.concat()))
            }
            ("concat_ws", [Datum::Text(by), values @ ..]) => {
                let parts: Option<Vec<String>> =
                    values.iter().filter(|v| **v != Datum::Null).map(|v| self.as_text(v)).collect();
                Some(Datum::Text(parts?.join(by)))
            }
            ("coalesce", values) => {
                Some(values.iter().find(|v| **v != Datum::Null).cloned().unwrap_or(Datum::Null))
            }
            ("quote_ident", [Datum::Text(text)]) => {
                Some(Datum::Text(trueup_catalog::quote_ident(text).into_owned()))
            }
            ("quote_literal", [value]) => Some(Datum::Text(trueup_catalog::quote_literal(&text(value)?))),
            ("format", [Datum::Text(format), values @ ..]) => {
                let shown = |value: &Datum| match value {
                    Datum::Oid(oid) => self.shown(oid).map(Datum::Text),
                    value => Some(value.clone()),
                };
                let values = values.iter().map(shown).collect::<Option<Vec<_>>>()?;
                format_text(format, &values).map(Datum::Text)
            }
            ("quote_nullable", [Datum::Null]) => Some(Datum::Text("NULL".to_owned())),
            ("quote_nullable", [value]) => Some(Datum::Text(trueup_catalog::quote_literal(&text(value)?))),
            ("current_setting", [Datum::Text(setting), ..]) if setting == "server_version_num" => {
                Some(Datum::Text(self.interp.options.server_version.to_string()))
            }
            _ => text_function(name, &values),
        }
    }

    /// What a text names as `regproc` or `regprocedure`: NULL when nothing has the name.
    fn routine_named(&self, name: &str) -> Option<Datum> {
        let mut cursor = Cursor::of(name).ok()?;
        let written = cursor.qualified_name().ok()?;
        let arguments = if cursor.is_symbol("(") {
            Some(cursor.parenthesized_or_empty(|c| c.type_name()).ok()?)
        } else {
            None
        };
        let kinds = [trueup_catalog::ObjectKind::Function, trueup_catalog::ObjectKind::Procedure];
        let keys = self.interp.find_routines(&kinds, &written);
        let found = match arguments {
            None if keys.len() > 1 => return Some(Datum::Null),
            None => keys.first(),
            Some(arguments) => {
                let types: Option<Vec<_>> =
                    arguments.into_iter().map(|written| self.interp.argument_type(written).ok()).collect();
                let types = types?;
                keys.iter().find(|key| {
                    matches!(&key.address, trueup_catalog::Address::Routine { arguments, .. } if *arguments == types)
                })
            }
        };
        match found {
            Some(key) => Some(Datum::Oid(format!("proc {key}"))),
            // One of PostgreSQL's own, or of an extension.
            None if written.schema.is_none() || self.interp.has_extensions() => None,
            None => Some(Datum::Null),
        }
    }

    fn column(&self, qualifier: Option<&str>, name: &str, row: &Row) -> Option<Datum> {
        for (alias, fields) in row.iter().rev() {
            if qualifier.is_some_and(|q| q != alias.as_str()) {
                continue;
            }
            if let Some((_, value)) = fields.iter().find(|(field, _)| *field == name) {
                return value.clone();
            }
        }
        if let Some(qualifier) = qualifier {
            // A field of a record variable, or a variable by its block's name.
            return match self.variables.get(qualifier) {
                Some(Some(Datum::Record(record))) => {
                    record.iter().find(|(field, _)| *field == name)?.1.clone()
                }
                Some(_) => None,
                None => self.variables.get(name).cloned().flatten(),
            };
        }
        match name {
            "current_schema" | "current_catalog" => self.call(name, Vec::new()),
            _ => self.variables.get(name).cloned().flatten(),
        }
    }
}

/// The arguments of a call in order; `None` for `*`, and where one is named or DISTINCT.
pub(super) fn arguments(function: &Function) -> Option<Vec<&Expr>> {
    match &function.args {
        FunctionArguments::None => Some(Vec::new()),
        FunctionArguments::Subquery(_) => None,
        FunctionArguments::List(list) => {
            if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
                return None;
            }
            list.args
                .iter()
                .map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => Some(e),
                    _ => None,
                })
                .collect()
        }
    }
}

/// The elements of an array's text: `{a,"b c",NULL}`, of one dimension.
fn array_of(text: &str) -> Option<Vec<Datum>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inside.trim().is_empty() {
        return Some(Vec::new());
    }
    if inside.contains(['{', '\\', '"']) {
        return None;
    }
    let element = |part: &str| {
        let part = part.trim();
        if part.eq_ignore_ascii_case("null") { Datum::Null } else { Datum::Text(part.to_owned()) }
    };
    Some(inside.split(',').map(element).collect())
}

fn array_text(list: &[Datum]) -> Option<String> {
    let parts = list.iter().map(text).collect::<Option<Vec<_>>>()?;
    let plain =
        |part: &String| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    parts.iter().all(plain).then(|| format!("{{{}}}", parts.join(",")))
}

pub(super) fn last(name: &ObjectName) -> Option<String> {
    split(name).map(|(_, name)| name.as_str().to_owned())
}

pub(super) fn split(name: &ObjectName) -> Option<(Option<Name>, Name)> {
    let mut parts = name.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let last = parts.next()?;
    Some((parts.next(), last))
}

/// A value as text, where that is plain.
pub(crate) fn text(value: &Datum) -> Option<String> {
    match value {
        Datum::Text(text) => Some(text.clone()),
        Datum::Int(n) => Some(n.to_string()),
        Datum::Bool(yes) => Some(yes.to_string()),
        Datum::Null | Datum::Oid(_) | Datum::List(_) | Datum::Record(_) => None,
    }
}
