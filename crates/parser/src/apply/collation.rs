//! The collations of a query's columns.
//!
//! Owns what can be told without knowing the types inside of expressions (manual, 24.2.1, "Concepts": a column passes its collation on, and
//! where nothing but the default comes in, nothing else comes out). Everything else is not told. Never: types.

use std::ops::ControlFlow;

use trueup_catalog::{
    DataType, Domain, Name, ObjectKey, ObjectKind, PG_CATALOG, QualifiedName, Query, SearchPath,
};
use trueup_settle::OutputColumn;
use trueup_syntax::sqlparser::ast::{
    Expr, JoinConstraint, ObjectName, ObjectNamePart, Query as QueryAst, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor, TableWithJoins, Visit, Visitor,
};
use trueup_syntax::{data_type_of, parse_query, using_columns};

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::renaming::join_constraint;

/// How deep queries and views may stand in each other.
const MAX_DEPTH: u32 = 32;

/// The collation of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Collation {
    /// The default one, or none since its type has none.
    Default,
    Named(QualifiedName),
    /// Not told.
    Unknown,
}

/// A column of a result: its name where that can be referred to, and its collation.
type Column = (Name, Collation);

/// An item of FROM.
struct Source {
    alias: Option<Name>,
    /// `None` when its columns can't be told.
    columns: Option<Vec<Column>>,
    /// Whether all of its columns, whatever they are, have the default collation.
    plain: bool,
}

impl Interpreter<'_> {
    /// The collations of a query's columns, where they are not their type's own.
    ///
    /// # Errors
    /// S102 for a column whose collation can't be told.
    pub fn output_collations(
        &self,
        query: &Query,
        output: &[OutputColumn],
    ) -> Outcome<Vec<Option<QualifiedName>>> {
        let found = self.collations(query, 0);
        output
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let Some(data_type) = &column.data_type else { return Ok(None) };
                if !self.collatable(data_type) {
                    return Ok(None);
                }
                let own = self.own_collation(data_type);
                match found
                    .as_ref()
                    .filter(|list| list.len() == output.len())
                    .and_then(|list| list.get(place))
                {
                    Some((_, Collation::Default)) => Ok(None),
                    Some((_, Collation::Named(name))) => {
                        Ok(Some(name.clone()).filter(|name| Some(name) != own.as_ref()))
                    }
                    Some((_, Collation::Unknown)) | None => {
                        let message = format!("the collation of column {} can't be told", column.name);
                        Err(Failure::not_understood(message))
                    }
                }
            })
            .collect()
    }

    fn collations(&self, query: &Query, depth: u32) -> Option<Vec<Column>> {
        let parsed = parse_query(&query.sql).ok()?;
        let mut reader = Reader { interp: self, path: &query.search_path, ctes: Vec::new(), depth };
        reader.query(&parsed)
    }

    /// The collation of a type's values where that is not the default (`typcollation`).
    fn own_collation(&self, data_type: &DataType) -> Option<QualifiedName> {
        if data_type.is_builtin("name") {
            return Some(QualifiedName::new(PG_CATALOG, "C"));
        }
        let domain = self.domain(data_type)?;
        domain.collation.clone().or_else(|| self.own_collation(&domain.base))
    }

    fn domain(&self, data_type: &DataType) -> Option<&Domain> {
        let key = ObjectKey::in_schema(ObjectKind::Domain, data_type.qualified_name()?);
        self.store.get(&key).and_then(|entry| Domain::of(&entry.object)).filter(|_| !data_type.array)
    }

    /// Whether a type has collations; what is not known may have them.
    fn collatable(&self, data_type: &DataType) -> bool {
        if data_type.schema.as_ref().is_some_and(|s| *s == PG_CATALOG) {
            return matches!(data_type.name.as_str(), "text" | "varchar" | "bpchar" | "name");
        }
        self.domain(data_type).is_none_or(|domain| self.collatable(&domain.base))
    }
}

struct Reader<'r, 'a> {
    interp: &'r Interpreter<'a>,
    path: &'r SearchPath,
    ctes: Vec<(Name, Option<Vec<Column>>)>,
    depth: u32,
}

impl Reader<'_, '_> {
    fn query(&mut self, query: &QueryAst) -> Option<Vec<Column>> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let outer = self.ctes.len();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let name = Name::new(&cte.alias.name.value);
                if with.recursive
                    && let SetExpr::SetOperation { left, .. } = cte.query.body.as_ref()
                {
                    // The first term gives the columns (`determineRecursiveColTypes`).
                    let first = self.body(left).map(|columns| aliased(columns, &cte.alias));
                    self.ctes.push((name.clone(), first));
                }
                let columns = self.query(&cte.query).map(|columns| aliased(columns, &cte.alias));
                self.ctes.push((name, columns));
            }
        }
        let columns = self.body(&query.body);
        self.ctes.truncate(outer);
        self.depth -= 1;
        columns
    }

    fn body(&mut self, body: &SetExpr) -> Option<Vec<Column>> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(inner) => self.query(inner),
            SetExpr::SetOperation { left, right, .. } => {
                let (left, right) = (self.body(left)?, self.body(right)?);
                let both = |((name, one), (_, other)): (Column, Column)| {
                    (name, if one == other { one } else { Collation::Unknown })
                };
                Some(left.into_iter().zip(right).map(both).collect())
            }
            SetExpr::Values(values) => {
                let first = values.rows.first()?;
                let mut columns = Vec::new();
                for place in 0..first.len() {
                    let cells = values.rows.iter().map(|row| row.get(place));
                    let plain = cells.map(|cell| cell.map(|expr| self.expr(expr, &[])));
                    let plain = plain.into_iter().all(|found| found == Some(Collation::Default));
                    let collation = if plain { Collation::Default } else { Collation::Unknown };
                    columns.push((Name::new(format!("column{}", place + 1)), collation));
                }
                Some(columns)
            }
            SetExpr::Table(table) => {
                let name = Name::new(table.table_name.as_ref()?);
                let schema = table.schema_name.as_ref().map(Name::new);
                self.relation(schema.as_ref(), &name)
            }
            _ => None,
        }
    }

    fn select(&mut self, select: &Select) -> Option<Vec<Column>> {
        let mut sources = Vec::new();
        for from in &select.from {
            self.joined(from, &mut sources);
        }
        let mut out = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { expr, alias } => {
                    out.push((Name::new(&alias.value), self.expr(expr, &sources)));
                }
                SelectItem::UnnamedExpr(expr) => {
                    let name = crate::expression::figure(expr, self.interp.major());
                    let name = name.map_or("?column?".to_owned(), |(name, _)| name);
                    out.push((Name::new(name), self.expr(expr, &sources)));
                }
                SelectItem::Wildcard(_) => {
                    for from in &select.from {
                        out.extend(self.star(from)?);
                    }
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let alias = split(name).1?;
                    let source = sources.iter().find(|s| s.alias.as_ref() == Some(&alias))?;
                    out.extend(source.columns.clone()?);
                }
                _ => return None,
            }
        }
        Some(out)
    }

    fn joined(&mut self, from: &TableWithJoins, out: &mut Vec<Source>) {
        self.factor(&from.relation, out);
        for join in &from.joins {
            self.factor(&join.relation, out);
        }
    }

    /// The columns of `*`; those that a join merges come first.
    fn star(&mut self, from: &TableWithJoins) -> Option<Vec<Column>> {
        let mut left = self.star_of_factor(&from.relation)?;
        for join in &from.joins {
            let right = self.star_of_factor(&join.relation)?;
            let merged: Vec<Name> = match join_constraint(&join.join_operator)? {
                JoinConstraint::Using(names) => {
                    using_columns(names).0.iter().filter_map(|name| split(name).1).collect()
                }
                JoinConstraint::Natural => {
                    let common = |(name, _): &&Column| right.iter().any(|(other, _)| other == name);
                    left.iter().filter(common).map(|(name, _)| name.clone()).collect()
                }
                JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
            };
            let of =
                |list: &[Column], name: &Name| list.iter().find(|(n, _)| n == name).map(|(_, c)| c.clone());
            let mut both = Vec::new();
            for name in &merged {
                let (one, other) = (of(&left, name)?, of(&right, name)?);
                both.push((name.clone(), if one == other { one } else { Collation::Unknown }));
            }
            let rest = |(name, _): &Column| !merged.contains(name);
            both.extend(left.into_iter().filter(rest));
            both.extend(right.into_iter().filter(rest));
            left = both;
        }
        Some(left)
    }

    fn star_of_factor(&mut self, factor: &TableFactor) -> Option<Vec<Column>> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.star(table_with_joins);
        }
        let mut sources = Vec::new();
        self.factor(factor, &mut sources);
        match sources.pop() {
            Some(source) if sources.is_empty() => source.columns,
            _ => None,
        }
    }

    fn factor(&mut self, factor: &TableFactor, out: &mut Vec<Source>) {
        let mut plain = false;
        let (alias, columns) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (schema, Some(bare)) = split(name) else { return };
                let columns = self.relation(schema.as_ref(), &bare);
                let named = alias.as_ref().map_or(bare, |a| Name::new(&a.name.value));
                (Some(named), columns.map(|columns| with_alias(columns, alias.as_ref())))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let columns = self.query(subquery);
                let named = alias.as_ref().map(|a| Name::new(&a.name.value));
                (named, columns.map(|columns| with_alias(columns, alias.as_ref())))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                return self.joined(table_with_joins, out);
            }
            TableFactor::Table { name, alias, .. } | TableFactor::Function { name, alias, .. } => {
                let bare = split(name).1;
                plain = bare.as_ref().is_some_and(|name| PLAIN.contains(&name.as_str()));
                (alias.as_ref().map(|a| Name::new(&a.name.value)).or(bare), None)
            }
            TableFactor::UNNEST { alias, .. } => {
                plain = true;
                (alias.as_ref().map(|a| Name::new(&a.name.value)), None)
            }
            _ => (None, None),
        };
        if plain {
            // What goes in comes out again.
            let mut inside = Inside { sources: out, other: false, queries: Vec::new(), reader: self.interp };
            let _: ControlFlow<()> = factor.visit(&mut inside);
            plain = !inside.other && inside.queries.is_empty();
        }
        out.push(Source { alias, columns, plain });
    }

    fn relation(&mut self, schema: Option<&Name>, name: &Name) -> Option<Vec<Column>> {
        if schema.is_none()
            && let Some((_, columns)) = self.ctes.iter().rev().find(|(cte, _)| cte == name)
        {
            return columns.clone();
        }
        let relation = self.interp.relation_by(self.path, schema, name)?;
        let catalog = self.interp.store.catalog();
        if catalog.table(&relation).is_some() {
            let column = |c: &trueup_catalog::Column| {
                let own = c.collation.clone().or_else(|| self.interp.own_collation(&c.data_type));
                (c.name.clone(), own.map_or(Collation::Default, Collation::Named))
            };
            return Some(catalog.columns(&relation).into_iter().map(column).collect());
        }
        let (named, query) = match (catalog.view(&relation), catalog.materialized_view(&relation)) {
            (Some(view), _) => (&view.columns, &view.query),
            (None, Some(view)) => (&view.columns, &view.query),
            (None, None) => return None,
        };
        let mut columns = self.interp.collations(query, self.depth + 1)?;
        for (column, named) in columns.iter_mut().zip(named) {
            column.0 = named.name.clone();
        }
        Some(columns)
    }

    fn expr(&mut self, expr: &Expr, sources: &[Source]) -> Collation {
        match expr {
            Expr::Nested(inner) => return self.expr(inner, sources),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => return column(expr, sources),
            Expr::Collate { collation, .. } => {
                let (schema, Some(name)) = split(collation) else { return Collation::Unknown };
                let written = trueup_syntax::WrittenName { schema, name, range: 0..0 };
                return Collation::Named(self.interp.collation_name(&written));
            }
            _ => {}
        }
        let mut inside = Inside { sources, other: false, queries: Vec::new(), reader: self.interp };
        let _: ControlFlow<()> = expr.visit(&mut inside);
        let (other, queries) = (inside.other, inside.queries);
        let plain = !other
            && queries.iter().all(|query| {
                let columns = self.query(query);
                columns.is_some_and(|columns| columns.iter().all(|(_, c)| *c == Collation::Default))
            });
        if plain { Collation::Default } else { Collation::Unknown }
    }
}

/// Looks into an expression for whatever has another collation than the default, or may have.
struct Inside<'s, 'a> {
    sources: &'s [Source],
    other: bool,
    queries: Vec<QueryAst>,
    reader: &'s Interpreter<'a>,
}

/// Functions whose result is of type `name`.
const NAMES: &[&str] = &[
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_catalog",
    "current_schema",
    "current_database",
    "pg_get_userbyid",
    "getdatabaseencoding",
    "pg_encoding_to_char",
    "pg_client_encoding",
    "getpgusername",
    "name",
];

impl Visitor for Inside<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &QueryAst) -> ControlFlow<()> {
        self.queries.push(query.clone());
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if !self.queries.is_empty() {
            return ControlFlow::Continue(());
        }
        self.other |= match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                column(expr, self.sources) != Collation::Default
            }
            Expr::Collate { .. } => true,
            Expr::Cast { data_type, .. } => data_type_of(data_type)
                .map_or(true, |ty| ty.name == "name" || self.reader.own_collation(&ty).is_some()),
            Expr::Function(function) => {
                split(&function.name).1.is_some_and(|name| NAMES.contains(&name.as_str()))
            }
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

/// Functions in FROM whose columns have the collation of their arguments.
const PLAIN: &[&str] = &[
    "unnest",
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
];

/// The collation of a column that an expression names.
fn column(expr: &Expr, sources: &[Source]) -> Collation {
    let of = |source: &Source, name: &str| {
        if source.plain {
            return Some(Some(Collation::Default));
        }
        source
            .columns
            .as_ref()
            .map(|columns| columns.iter().find(|(n, _)| *n == *name).map(|(_, c)| c.clone()))
    };
    match expr {
        Expr::Identifier(ident) => {
            let mut found = Vec::new();
            for source in sources {
                match of(source, &ident.value) {
                    Some(Some(collation)) => found.push(collation),
                    Some(None) => {}
                    None => return Collation::Unknown,
                }
            }
            // Columns that a join merged.
            found.dedup();
            match found.as_slice() {
                [one] => one.clone(),
                _ => Collation::Unknown,
            }
        }
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., alias, name] => {
                let mut named =
                    sources.iter().filter(|s| s.alias.as_ref().is_some_and(|a| *a == *alias.value));
                named
                    .next()
                    .and_then(|source| of(source, &name.value))
                    .flatten()
                    .unwrap_or(Collation::Unknown)
            }
            _ => Collation::Unknown,
        },
        _ => Collation::Unknown,
    }
}

fn with_alias(columns: Vec<Column>, alias: Option<&TableAlias>) -> Vec<Column> {
    match alias {
        Some(alias) => aliased(columns, alias),
        None => columns,
    }
}

fn aliased(mut columns: Vec<Column>, alias: &TableAlias) -> Vec<Column> {
    for ((name, _), given) in columns.iter_mut().zip(&alias.columns) {
        *name = Name::new(&given.name.value);
    }
    columns
}

fn split(name: &ObjectName) -> (Option<Name>, Option<Name>) {
    let mut parts = name.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let last = parts.next();
    (parts.next(), last)
}
