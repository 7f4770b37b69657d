//! Evaluates the queries of DO blocks: over the system catalogs as they follow from the files, lists of constants, and tables that nothing
//! was put into yet.
//!
//! Owns: FROM, WHERE, joins, aggregates over all rows, ORDER BY and LIMIT. `None` is *not told*: something only a server knows.
//! Never: expressions (see `guard`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use trueup_catalog::{Name, PG_CATALOG};
use trueup_syntax::sqlparser::ast::{
    Distinct, Expr, FunctionArg, FunctionArgExpr, GroupByExpr, JoinConstraint, JoinOperator, LimitClause,
    ObjectName, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    TableAlias, TableFactor, TableWithJoins, Value,
};
use trueup_syntax::{WrittenName, using_columns};

use super::guard::{Datum, Guard, Record, Row, arguments, last, split};

/// More rows than any guard needs.
const MAX_ROWS: usize = 1_000_000;

impl Guard<'_, '_> {
    /// The rows that a query gives; `None` when they can't be told. A value that can't be told is `None` in its row.
    pub(super) fn query(&self, query: &Query, outer: &Row) -> Option<Vec<Record>> {
        if query.with.is_some() || query.fetch.is_some() {
            return None;
        }
        let order = match &query.order_by {
            None => None,
            Some(order) => match &order.kind {
                OrderByKind::Expressions(list) => Some(list.as_slice()),
                OrderByKind::All(_) => return None,
            },
        };
        let mut rows = match query.body.as_ref() {
            SetExpr::Select(select) => {
                let keys: Vec<&Expr> = order.into_iter().flatten().map(|o| &o.expr).collect();
                let mut keyed = self.select(select, &keys, outer)?;
                if let Some(order) = order {
                    if keyed.len() > 1 && keyed.iter().any(|(_, keys)| keys.iter().any(Option::is_none)) {
                        return None;
                    }
                    let descending: Vec<bool> =
                        order.iter().map(|o| matches!(o.options.sort, Some(OrderBySort::Desc))).collect();
                    keyed.sort_by(|(_, a), (_, b)| compare_keys(a, b, &descending));
                }
                keyed.into_iter().map(|(row, _)| row).collect()
            }
            SetExpr::Query(inner) => self.query(inner, outer)?,
            SetExpr::Values(values) => values
                .rows
                .iter()
                .map(|row| {
                    let cell = |(place, expr): (usize, &Expr)| {
                        (Cow::Owned(format!("column{}", place + 1)), self.expr(expr, outer))
                    };
                    row.iter().enumerate().map(cell).collect()
                })
                .collect(),
            SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, left, right } => {
                let part = |body: &SetExpr| match body {
                    SetExpr::Select(select) => {
                        Some(self.select(select, &[], outer)?.into_iter().map(|(row, _)| row).collect())
                    }
                    SetExpr::Query(inner) => self.query(inner, outer),
                    _ => None,
                };
                let mut rows: Vec<Record> = part(left)?;
                rows.extend(part(right)?);
                if !matches!(set_quantifier, SetQuantifier::All) {
                    rows = distinct(rows)?;
                }
                if order.is_some() && rows.len() > 1 {
                    return None;
                }
                rows
            }
            _ => return None,
        };
        match &query.limit_clause {
            None => {}
            Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by })
                if limit_by.is_empty() =>
            {
                let Some(Datum::Int(limit)) = self.expr(limit, outer) else { return None };
                let limit = usize::try_from(limit).ok()?;
                // Which rows those are is only told where there is an order, or nothing is cut off.
                if rows.len() > limit && order.is_none() && limit > 0 && rows.windows(2).any(|w| w[0] != w[1])
                {
                    return None;
                }
                rows.truncate(limit);
            }
            Some(_) => return None,
        }
        Some(rows)
    }

    /// The rows of a SELECT, each with the values of the expressions that it is ordered by.
    fn select(
        &self,
        select: &Select,
        keys: &[&Expr],
        outer: &Row,
    ) -> Option<Vec<(Record, Vec<Option<Datum>>)>> {
        if !matches!(&select.group_by, GroupByExpr::Expressions(list, _) if list.is_empty()) {
            return None;
        }
        let mut rows: Vec<Row> = vec![outer.clone()];
        for from in &select.from {
            rows = self.joined(from, rows, select.selection.as_ref())?;
        }
        if let Some(condition) = &select.selection {
            rows = self.filter(rows, condition)?;
        }
        let aggregates = select.projection.iter().any(|item| match item {
            SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. } => has_aggregate(e),
            _ => false,
        });
        if aggregates || select.having.is_some() {
            let mut record = Record::new();
            for item in &select.projection {
                let (SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. }) = item else {
                    return None;
                };
                record.push((self.item_name(item), self.aggregate(e, &rows, outer)));
            }
            if let Some(having) = &select.having {
                match self.aggregate(having, &rows, outer)? {
                    Datum::Bool(true) => {}
                    _ => return Some(Vec::new()),
                }
            }
            return Some(vec![(record, vec![Some(Datum::Int(0)); keys.len()])]);
        }
        let mut out = Vec::new();
        for row in &rows {
            for record in self.project(select, row, outer.len())? {
                let keys = keys.iter().map(|key| self.order_key(key, &record, row)).collect();
                out.push((record, keys));
            }
        }
        match &select.distinct {
            None => {}
            Some(Distinct::Distinct) => {
                let mut seen: Vec<Record> = Vec::new();
                if out.len() > 1 && out.iter().any(|(row, _)| row.iter().any(|(_, v)| v.is_none())) {
                    return None;
                }
                out.retain(|(row, _)| {
                    let new = !seen.contains(row);
                    if new {
                        seen.push(row.clone());
                    }
                    new
                });
            }
            Some(_) => return None,
        }
        Some(out)
    }

    /// A number stands for a column of the result, and so does a name of one; else it is an expression over the row.
    fn order_key(&self, key: &Expr, record: &Record, row: &Row) -> Option<Datum> {
        match key {
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) => {
                    record.get(text.parse::<usize>().ok()?.checked_sub(1)?).and_then(|(_, v)| v.clone())
                }
                _ => None,
            },
            Expr::Identifier(ident) => match record.iter().find(|(name, _)| *name == ident.value) {
                Some((_, value)) => value.clone(),
                None => self.expr(key, row),
            },
            _ => self.expr(key, row),
        }
    }

    fn item_name(&self, item: &SelectItem) -> Cow<'static, str> {
        match item {
            SelectItem::ExprWithAlias { alias, .. } => Cow::Owned(alias.value.clone()),
            SelectItem::UnnamedExpr(expr) => {
                let name = crate::expression::figure(expr, self.interp.major());
                Cow::Owned(name.map_or("?column?".to_owned(), |(name, _)| name))
            }
            _ => Cow::Borrowed("?column?"),
        }
    }

    /// The rows that one row gives: several where the list has a function that returns a set.
    fn project(&self, select: &Select, row: &Row, outer: usize) -> Option<Vec<Record>> {
        let mut record = Record::new();
        let mut set: Option<(usize, Vec<Datum>)> = None;
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    if let Some(values) = self.set_of(expr, row) {
                        if set.is_some() {
                            return None;
                        }
                        set = Some((record.len(), values?));
                        record.push((self.item_name(item), None));
                    } else {
                        record.push((self.item_name(item), self.expr(expr, row)));
                    }
                }
                SelectItem::Wildcard(_) => {
                    for (_, fields) in row.iter().skip(outer) {
                        record.extend(fields.iter().cloned());
                    }
                }
                _ => return None,
            }
        }
        let Some((place, values)) = set else { return Some(vec![record]) };
        let with = |value: Datum| {
            let mut record = record.clone();
            if let Some(cell) = record.get_mut(place) {
                cell.1 = Some(value);
            }
            record
        };
        Some(values.into_iter().map(with).collect())
    }

    /// The values of a function that returns a set: `None` for any other expression.
    fn set_of(&self, expr: &Expr, row: &Row) -> Option<Option<Vec<Datum>>> {
        let Expr::Function(function) = expr else { return None };
        let name = last(&function.name)?;
        if !matches!(
            name.as_str(),
            "unnest" | "generate_series" | "string_to_table" | "regexp_split_to_table"
        ) {
            return None;
        }
        let values: Option<Vec<Datum>> =
            arguments(function).and_then(|list| list.into_iter().map(|e| self.expr(e, row)).collect());
        Some(values.and_then(|values| series(&name, &values)))
    }

    fn filter(&self, rows: Vec<Row>, condition: &Expr) -> Option<Vec<Row>> {
        let mut out = Vec::new();
        for row in rows {
            match self.expr(condition, &row)? {
                Datum::Bool(true) => out.push(row),
                Datum::Bool(false) | Datum::Null => {}
                _ => return None,
            }
        }
        Some(out)
    }

    /// Whether a condition rules a row out that may still lack tables.
    fn ruled_out(&self, row: &Row, condition: Option<&Expr>) -> bool {
        condition.is_some_and(|condition| {
            conjuncts(condition).iter().any(|c| self.expr(c, row) == Some(Datum::Bool(false)))
        })
    }

    fn joined(&self, from: &TableWithJoins, rows: Vec<Row>, condition: Option<&Expr>) -> Option<Vec<Row>> {
        let mut rows = self.cross(&from.relation, rows, condition)?;
        for join in &from.joins {
            let (constraint, left) = match &join.join_operator {
                JoinOperator::Join(c) | JoinOperator::Inner(c) | JoinOperator::CrossJoin(c) => (c, false),
                JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (c, true),
                _ => return None,
            };
            if !left {
                rows = self.cross(&join.relation, rows, condition)?;
                rows = match constraint {
                    JoinConstraint::On(on) => self.filter(rows, on)?,
                    JoinConstraint::None => rows,
                    JoinConstraint::Using(names) => self.using(rows, using_columns(names).0)?,
                    JoinConstraint::Natural => return None,
                };
                continue;
            }
            let mut out = Vec::new();
            for row in rows {
                let both = self.cross(&join.relation, vec![row.clone()], None)?;
                let matched = match constraint {
                    JoinConstraint::On(on) => self.filter(both.clone(), on)?,
                    JoinConstraint::Using(names) => self.using(both.clone(), using_columns(names).0)?,
                    JoinConstraint::None | JoinConstraint::Natural => return None,
                };
                if matched.is_empty() {
                    // All columns are NULL; their names are those of any row.
                    let (alias, nulls) = match both.first().and_then(|row| row.last()) {
                        Some((alias, fields)) => (
                            alias.clone(),
                            fields.iter().map(|(name, _)| (name.clone(), Some(Datum::Null))).collect(),
                        ),
                        None => return None,
                    };
                    let mut row = row;
                    row.push((alias, Rc::new(nulls)));
                    out.push(row);
                } else {
                    out.extend(matched);
                }
            }
            rows = out;
        }
        Some(rows)
    }

    fn using(&self, rows: Vec<Row>, names: &[ObjectName]) -> Option<Vec<Row>> {
        let mut out = Vec::new();
        for row in rows {
            let (right, left) = row.split_last()?;
            let mut equal = true;
            for name in names {
                let name = last(name)?;
                let field =
                    |fields: &Record| fields.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
                let one = left.iter().rev().find_map(|(_, fields)| field(fields)).flatten()?;
                equal &= self.equal(&one, &field(&right.1).flatten()?)?;
            }
            if equal {
                out.push(row);
            }
        }
        Some(out)
    }

    /// Every row with every row of an item of FROM.
    fn cross(&self, factor: &TableFactor, rows: Vec<Row>, condition: Option<&Expr>) -> Option<Vec<Row>> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.joined(table_with_joins, rows, condition);
        }
        let mut fixed = None;
        let mut out = Vec::new();
        for row in rows {
            let (alias, records) = match &fixed {
                Some(found) => found,
                None => fixed.insert(self.table(factor, &row)?),
            };
            for record in records {
                let mut row = row.clone();
                row.push((alias.clone(), Rc::clone(record)));
                if !self.ruled_out(&row, condition) {
                    out.push(row);
                }
                if out.len() > MAX_ROWS {
                    return None;
                }
            }
            if matches!(
                factor,
                TableFactor::Derived { lateral: true, .. } | TableFactor::Function { lateral: true, .. }
            ) {
                fixed = None;
            }
        }
        Some(out)
    }

    fn table(&self, factor: &TableFactor, row: &Row) -> Option<(String, Vec<Rc<Record>>)> {
        let (default, alias, rows) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (schema, bare) = split(name)?;
                (bare.as_str().to_owned(), alias, self.named_table(schema, &bare)?)
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                let name = last(name)?;
                let values = args
                    .args
                    .iter()
                    .map(|arg| match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => self.expr(e, row),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>()?;
                let field = alias.as_ref().map_or(name.clone(), |a| a.name.value.clone());
                let rows = series(&name, &values)?;
                let rows = rows.into_iter().map(|v| vec![(Cow::Owned(field.clone()), Some(v))]).collect();
                (name, alias, rows)
            }
            TableFactor::UNNEST { alias, array_exprs, with_ordinality: false, .. } => {
                let [array] = array_exprs.as_slice() else { return None };
                let Datum::List(values) = self.expr(array, row)? else { return None };
                let field = alias.as_ref().map_or("unnest".to_owned(), |a| a.name.value.clone());
                let rows = values.into_iter().map(|v| vec![(Cow::Owned(field.clone()), Some(v))]).collect();
                ("unnest".to_owned(), alias, rows)
            }
            TableFactor::Derived { subquery, alias, .. } => {
                (String::new(), alias, self.query(subquery, row)?)
            }
            _ => return None,
        };
        let alias_name = alias.as_ref().map_or(default, |a| a.name.value.clone());
        let rows = rows.into_iter().map(|record| Rc::new(renamed(record, alias.as_ref()))).collect();
        Some((alias_name, rows))
    }

    fn named_table(&self, schema: Option<Name>, bare: &Name) -> Option<Vec<Record>> {
        let rows = match schema.as_ref().map(Name::as_str) {
            None | Some(PG_CATALOG) | Some("information_schema") => {
                super::guard_tables::rows(self.interp, schema.as_ref().map(Name::as_str), bare.as_str())
            }
            Some(_) => None,
        };
        match rows {
            Some(rows) => Some(
                rows.into_iter()
                    .map(|fields| fields.into_iter().map(|(n, v)| (Cow::Borrowed(n), Some(v))).collect())
                    .collect(),
            ),
            None => self.user_table(schema, bare),
        }
    }

    /// A table that the files made has no rows until a statement puts some in.
    fn user_table(&self, schema: Option<Name>, name: &Name) -> Option<Vec<Record>> {
        let written = WrittenName { schema, name: name.clone(), range: 0..0 };
        let (found, _) = self.interp.find_relation(&written)?;
        let table = self.interp.store.catalog().table(&found)?;
        (!self.interp.filled.contains(&table.name)).then(Vec::new)
    }

    /// An expression with aggregates over all rows.
    fn aggregate(&self, expr: &Expr, rows: &[Row], outer: &Row) -> Option<Datum> {
        match expr {
            Expr::Nested(inner) => self.aggregate(inner, rows, outer),
            Expr::Function(function) if is_aggregate(expr) => {
                let name = last(&function.name)?;
                if function.filter.is_some() || function.over.is_some() {
                    return None;
                }
                let list = arguments(function);
                let Some(list) = list else {
                    // count(*)
                    return (name == "count")
                        .then(|| Datum::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
                };
                let first = list.first()?;
                let mut values: Vec<Datum> =
                    rows.iter().map(|row| self.expr(first, row)).collect::<Option<Vec<_>>>()?;
                if name != "array_agg" {
                    values.retain(|v| *v != Datum::Null);
                }
                Some(match name.as_str() {
                    "count" => Datum::Int(i64::try_from(values.len()).unwrap_or(i64::MAX)),
                    "max" => values
                        .into_iter()
                        .reduce(|a, b| if compare(&a, &b) == Ordering::Less { b } else { a })
                        .unwrap_or(Datum::Null),
                    "min" => values
                        .into_iter()
                        .reduce(|a, b| if compare(&b, &a) == Ordering::Less { b } else { a })
                        .unwrap_or(Datum::Null),
                    "bool_or" | "bool_and" | "every" if values.is_empty() => Datum::Null,
                    "bool_or" => Datum::Bool(values.contains(&Datum::Bool(true))),
                    "bool_and" | "every" => Datum::Bool(!values.contains(&Datum::Bool(false))),
                    // The order of these is that of the rows, which is only told where there is one.
                    "array_agg" if values.is_empty() => Datum::Null,
                    "array_agg" if values.len() == 1 => Datum::List(values),
                    "string_agg" if values.is_empty() => Datum::Null,
                    "string_agg" if values.len() == 1 => values.pop()?,
                    _ => return None,
                })
            }
            Expr::BinaryOp { left, op, right } => {
                let (left, right) = (self.aggregate(left, rows, outer)?, self.aggregate(right, rows, outer)?);
                self.operate(&left, op, &right)
            }
            _ if has_aggregate(expr) => None,
            _ => self.expr(expr, outer),
        }
    }
}

fn renamed(mut record: Record, alias: Option<&TableAlias>) -> Record {
    for ((name, _), given) in record.iter_mut().zip(alias.iter().flat_map(|alias| &alias.columns)) {
        *name = Cow::Owned(given.name.value.clone());
    }
    record
}

fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Nested(inner) => conjuncts(inner),
        Expr::BinaryOp { left, op: trueup_syntax::sqlparser::ast::BinaryOperator::And, right } => {
            let mut list = conjuncts(left);
            list.extend(conjuncts(right));
            list
        }
        other => vec![other],
    }
}

/// The values of `unnest`, `generate_series` and the like.
fn series(name: &str, values: &[Datum]) -> Option<Vec<Datum>> {
    match (name, values) {
        ("unnest", [Datum::List(list)]) => Some(list.clone()),
        ("generate_series", [Datum::Int(from), Datum::Int(to)]) if to - from < 10_000 => {
            Some((*from..=*to).map(Datum::Int).collect())
        }
        ("string_to_table", [Datum::Text(text), Datum::Text(by)]) if !by.is_empty() => {
            Some(text.split(by.as_str()).map(|part| Datum::Text(part.to_owned())).collect())
        }
        _ => None,
    }
}

const AGGREGATES: &[&str] = &[
    "count",
    "max",
    "min",
    "bool_or",
    "bool_and",
    "every",
    "array_agg",
    "string_agg",
    "sum",
    "avg",
    "json_agg",
    "jsonb_agg",
];

fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(f) if last(&f.name).is_some_and(|name| AGGREGATES.contains(&name.as_str())))
}

fn has_aggregate(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } | Expr::Cast { expr: inner, .. } => {
            has_aggregate(inner)
        }
        Expr::BinaryOp { left, right, .. } => has_aggregate(left) || has_aggregate(right),
        Expr::Function(function) => {
            is_aggregate(expr)
                || arguments(function).is_some_and(|list| list.iter().any(|argument| has_aggregate(argument)))
        }
        _ => false,
    }
}

fn distinct(rows: Vec<Record>) -> Option<Vec<Record>> {
    let values = |row: &Record| row.iter().map(|(_, value)| value.clone()).collect::<Option<Vec<Datum>>>();
    let mut seen: Vec<Vec<Datum>> = Vec::new();
    let mut out = Vec::new();
    for row in rows {
        let key = values(&row)?;
        if !seen.contains(&key) {
            seen.push(key);
            out.push(row);
        }
    }
    Some(out)
}

fn compare_keys(a: &[Option<Datum>], b: &[Option<Datum>], descending: &[bool]) -> Ordering {
    for ((a, b), descending) in a.iter().zip(b).zip(descending) {
        let (Some(a), Some(b)) = (a, b) else { continue };
        let order = compare(a, b);
        let order = if *descending { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Names sort as in the collation "C", which `name` has; NULL comes last.
pub(super) fn compare(a: &Datum, b: &Datum) -> Ordering {
    match (a, b) {
        (Datum::Null, Datum::Null) => Ordering::Equal,
        (Datum::Null, _) => Ordering::Greater,
        (_, Datum::Null) => Ordering::Less,
        (Datum::Int(a), Datum::Int(b)) => a.cmp(b),
        (Datum::Text(a), Datum::Text(b)) | (Datum::Oid(a), Datum::Oid(b)) => a.cmp(b),
        (Datum::Bool(a), Datum::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
