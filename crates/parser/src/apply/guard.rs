//! Evaluates the conditions of DO blocks: SQL over the system catalogs and `information_schema`, answered from the catalog so far.
//!
//! Owns: a small evaluator with three answers for a condition: true or false (or NULL), and *unknown* (`None`) for everything that only
//! a server could tell. Never: changes anything, or guesses.

use trueup_catalog::{Name, PG_CATALOG};
use trueup_syntax::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, JoinConstraint, JoinOperator,
    ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, TableFactor, UnaryOperator, Value,
};
use trueup_syntax::{Cursor, WrittenName, data_type_of, parse_expr};

use crate::apply::guard_text::{format_text, matches_like};
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
}

/// Stands for the name of the database, which files do not tell; no literal equals it.
pub(crate) const THIS_DATABASE: &str = "current database";

/// A row of one table: its alias, and its columns.
pub(crate) type Fields = Vec<(&'static str, Datum)>;
type Row<'r> = Vec<(String, &'r Fields)>;

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
            Datum::Int(_) | Datum::Text(_) | Datum::Oid(_) | Datum::List(_) => None,
        }
    }

    /// The value of an expression.
    pub fn value(&self, sql: &str) -> Option<Datum> {
        self.expr(&parse_expr(sql).ok()?, &Vec::new())
    }

    /// The rows that a query gives, each by its first column.
    pub fn rows_of(&self, query: &Query) -> Option<Vec<Datum>> {
        self.query(query, &Vec::new())
    }

    fn expr(&self, expr: &Expr, row: &Row<'_>) -> Option<Datum> {
        match expr {
            Expr::Nested(inner) => self.expr(inner, row),
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => Some(Datum::Text(text.clone())),
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
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, row),
            Expr::IsNull(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Null)),
            Expr::IsNotNull(inner) => Some(Datum::Bool(self.expr(inner, row)? != Datum::Null)),
            Expr::IsTrue(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Bool(true))),
            Expr::IsFalse(inner) => Some(Datum::Bool(self.expr(inner, row)? == Datum::Bool(false))),
            Expr::Exists { subquery, negated } => {
                let any = !self.query(subquery, row)?.is_empty();
                Some(Datum::Bool(any != *negated))
            }
            Expr::Subquery(query) => Some(self.query(query, row)?.into_iter().next().unwrap_or(Datum::Null)),
            Expr::InList { expr, list, negated } => {
                let values = list.iter().map(|e| self.expr(e, row)).collect::<Option<Vec<_>>>()?;
                self.is_in(expr, &values, *negated, row)
            }
            Expr::InSubquery { expr, subquery, negated } => {
                let values = self.query(subquery, row)?;
                self.is_in(expr, &values, *negated, row)
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                let Datum::List(values) = self.expr(right, row)? else { return None };
                self.is_in(left, &values, false, row)
            }
            Expr::Array(array) => {
                Some(Datum::List(array.elem.iter().map(|e| self.expr(e, row)).collect::<Option<Vec<_>>>()?))
            }
            Expr::Like { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, false, row),
            Expr::ILike { negated, expr, pattern, .. } => self.like(expr, pattern, *negated, true, row),
            Expr::Cast { expr, data_type, .. } => {
                let target = data_type_of(data_type).ok()?;
                self.cast(self.expr(expr, row)?, target.name.as_str())
            }
            Expr::Function(function) => {
                let name = last(&function.name)?;
                let args = match &function.args {
                    FunctionArguments::None => Vec::new(),
                    FunctionArguments::List(list) => list.args.iter().collect(),
                    FunctionArguments::Subquery(_) => return None,
                };
                let values = args
                    .iter()
                    .map(|arg| match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => self.expr(e, row),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>()?;
                self.call(&name, values)
            }
            _ => None,
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr, row: &Row<'_>) -> Option<Datum> {
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
            BinaryOperator::StringConcat => match (self.expr(left, row)?, self.expr(right, row)?) {
                (Datum::Null, _) | (_, Datum::Null) => Some(Datum::Null),
                (a, b) => Some(Datum::Text(text(&a)? + &text(&b)?)),
            },
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                let (a, b) = (self.expr(left, row)?, self.expr(right, row)?);
                if a == Datum::Null || b == Datum::Null {
                    return Some(Datum::Null);
                }
                let equal = self.equal(&a, &b)?;
                Some(Datum::Bool(equal == matches!(op, BinaryOperator::Eq)))
            }
            BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq => {
                let (Datum::Int(a), Datum::Int(b)) = (self.expr(left, row)?, self.expr(right, row)?) else {
                    return None;
                };
                Some(Datum::Bool(match op {
                    BinaryOperator::Gt => a > b,
                    BinaryOperator::GtEq => a >= b,
                    BinaryOperator::Lt => a < b,
                    _ => a <= b,
                }))
            }
            BinaryOperator::Plus => match (self.expr(left, row)?, self.expr(right, row)?) {
                (Datum::Int(a), Datum::Int(b)) => a.checked_add(b).map(Datum::Int),
                _ => None,
            },
            _ => None,
        }
    }

    fn equal(&self, a: &Datum, b: &Datum) -> Option<bool> {
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
            (Datum::Bool(yes), Datum::Text(text)) | (Datum::Text(text), Datum::Bool(yes)) => {
                Some(*yes == matches!(text.as_str(), "t" | "true"))
            }
            _ => None,
        }
    }

    fn is_in(&self, expr: &Expr, values: &[Datum], negated: bool, row: &Row<'_>) -> Option<Datum> {
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

    fn like(&self, expr: &Expr, pattern: &Expr, negated: bool, fold: bool, row: &Row<'_>) -> Option<Datum> {
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
                Datum::Null | Datum::List(_) => None,
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
            ("bool", value @ Datum::Bool(_)) => Some(value),
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
            ("lower", [Datum::Text(text)]) => Some(Datum::Text(text.to_lowercase())),
            ("upper", [Datum::Text(text)]) => Some(Datum::Text(text.to_uppercase())),
            ("concat", values) => {
                let parts: Option<Vec<String>> = values
                    .iter()
                    .map(|v| if *v == Datum::Null { Some(String::new()) } else { text(v) })
                    .collect();
                Some(Datum::Text(parts?.concat()))
            }
            ("coalesce", values) => {
                Some(values.iter().find(|v| **v != Datum::Null).cloned().unwrap_or(Datum::Null))
            }
            ("quote_ident", [Datum::Text(text)]) => {
                Some(Datum::Text(trueup_catalog::quote_ident(text).into_owned()))
            }
            ("quote_literal", [value]) => Some(Datum::Text(trueup_catalog::quote_literal(&text(value)?))),
            ("format", [Datum::Text(format), values @ ..]) => format_text(format, values).map(Datum::Text),
            ("current_setting", [Datum::Text(setting), ..]) if setting == "server_version_num" => {
                Some(Datum::Text(self.interp.options.server_version.to_string()))
            }
            _ => None,
        }
    }

    fn column(&self, qualifier: Option<&str>, name: &str, row: &Row<'_>) -> Option<Datum> {
        for (alias, fields) in row.iter().rev() {
            if qualifier.is_some_and(|q| q != alias.as_str()) {
                continue;
            }
            if let Some((_, value)) = fields.iter().find(|(field, _)| *field == name) {
                return Some(value.clone());
            }
        }
        if qualifier.is_some() {
            return None;
        }
        match name {
            "current_schema" | "current_catalog" => self.call(name, Vec::new()),
            _ => self.variables.get(name).cloned().flatten(),
        }
    }

    fn query(&self, query: &Query, outer: &Row<'_>) -> Option<Vec<Datum>> {
        if query.with.is_some() {
            return None;
        }
        match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, outer),
            SetExpr::Query(inner) => self.query(inner, outer),
            _ => None,
        }
    }

    fn select(&self, select: &Select, outer: &Row<'_>) -> Option<Vec<Datum>> {
        let mut tables: Vec<(String, Vec<Fields>)> = Vec::new();
        let mut conditions: Vec<&Expr> = Vec::new();
        for from in &select.from {
            tables.push(self.table(&from.relation)?);
            for join in &from.joins {
                tables.push(self.table(&join.relation)?);
                match &join.join_operator {
                    JoinOperator::Join(constraint)
                    | JoinOperator::Inner(constraint)
                    | JoinOperator::CrossJoin(constraint) => match constraint {
                        JoinConstraint::On(condition) => conditions.push(condition),
                        JoinConstraint::None => {}
                        JoinConstraint::Using(_) | JoinConstraint::Natural => return None,
                    },
                    _ => return None,
                }
            }
        }
        conditions.extend(&select.selection);
        let first = select.projection.first();
        let counts = matches!(first, Some(SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. }) if is_count(e));
        let mut out = Vec::new();
        let mut count = 0i64;
        let mut row: Row<'_> = outer.clone();
        self.join(&tables, &conditions, &mut row, &mut |row| {
            count += 1;
            if counts {
                return Some(());
            }
            let value = match first {
                Some(SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. }) => {
                    self.expr(e, row).unwrap_or(Datum::Text("?".to_owned()))
                }
                _ => Datum::Bool(true),
            };
            out.push(value);
            Some(())
        })?;
        if counts {
            if select.having.is_some() {
                return if count == 0 { Some(Vec::new()) } else { None };
            }
            return Some(vec![Datum::Int(count)]);
        }
        Some(out)
    }

    /// Every row of the product of the tables for which the conditions hold; `None` when one can't be told.
    fn join<'r>(
        &self,
        tables: &'r [(String, Vec<Fields>)],
        conditions: &[&Expr],
        row: &mut Row<'r>,
        found: &mut dyn FnMut(&Row<'r>) -> Option<()>,
    ) -> Option<()> {
        let Some(((alias, rows), rest)) = tables.split_first() else {
            for condition in conditions {
                match self.expr(condition, row)? {
                    Datum::Bool(true) => {}
                    Datum::Bool(false) | Datum::Null => return Some(()),
                    _ => return None,
                }
            }
            return found(row);
        };
        for fields in rows {
            row.push((alias.clone(), fields));
            // A condition that is false already rules the rest out.
            let ruled_out =
                !rest.is_empty() && conditions.iter().any(|c| self.expr(c, row) == Some(Datum::Bool(false)));
            if !ruled_out {
                self.join(rest, conditions, row, found)?;
            }
            row.pop();
        }
        Some(())
    }

    fn table(&self, factor: &TableFactor) -> Option<(String, Vec<Fields>)> {
        let TableFactor::Table { name, alias, args: None, .. } = factor else { return None };
        let (schema, bare) = split(name)?;
        let rows = match schema.as_ref().map(Name::as_str) {
            None | Some(PG_CATALOG) | Some("information_schema") => {
                super::guard_tables::rows(self.interp, schema.as_ref().map(Name::as_str), bare.as_str())
            }
            Some(_) => None,
        };
        let rows = match rows {
            Some(rows) => rows,
            None => self.user_table(schema, &bare)?,
        };
        let alias = alias.as_ref().map_or_else(|| bare.as_str().to_owned(), |a| a.name.value.clone());
        Some((alias, rows))
    }

    /// A table that the files made has no rows until a statement puts some in.
    fn user_table(&self, schema: Option<Name>, name: &Name) -> Option<Vec<Fields>> {
        let written = WrittenName { schema, name: name.clone(), range: 0..0 };
        let (found, _) = self.interp.find_relation(&written)?;
        let table = self.interp.store.catalog().table(&found)?;
        (!self.interp.filled.contains(&table.name)).then(Vec::new)
    }
}

fn is_count(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if last(&function.name).as_deref() == Some("count"))
}

fn last(name: &ObjectName) -> Option<String> {
    split(name).map(|(_, name)| name.as_str().to_owned())
}

fn split(name: &ObjectName) -> Option<(Option<Name>, Name)> {
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
        Datum::Null | Datum::Oid(_) | Datum::List(_) => None,
    }
}
