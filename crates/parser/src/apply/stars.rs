//! `*` in the queries of views means the columns that were there when the view was made: before a relation gains or renames a column,
//! the stars over it are written out.
//!
//! Never: a star whose columns can't be told (of a function), which stays as it is.

use std::ops::{ControlFlow, Range};

use trueup_catalog::{
    MaterializedView, Name, ObjectKey, ObjectKind, QualifiedName, SearchPath, View, ViewColumn,
};
use trueup_syntax::sqlparser::ast::{
    Expr, JoinConstraint, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableFactor, TableWithJoins, Visit, Visitor,
};
use trueup_syntax::{parse_query, span_of, using_columns};

use crate::expression::figure;
use crate::interpreter::Interpreter;
use crate::renaming::join_constraint;

/// How deep views may stand on views.
const MAX_DEPTH: u32 = 32;

impl Interpreter<'_> {
    /// Writes out the stars of views that take in the columns of a relation, as they are now.
    pub fn freeze_stars(&mut self, relation: &QualifiedName) {
        let views: Vec<(ObjectKey, trueup_catalog::Query)> = [ObjectKind::View, ObjectKind::MaterializedView]
            .into_iter()
            .flat_map(|kind| self.store.catalog().of_kind(kind))
            .filter_map(|(key, entry)| {
                let query = View::of(&entry.object)
                    .map(|v| &v.query)
                    .or_else(|| MaterializedView::of(&entry.object).map(|v| &v.query))?;
                let may = query.sql.contains('*')
                    && query.sql.to_ascii_lowercase().contains(&relation.name.as_str().to_ascii_lowercase());
                may.then(|| (key.clone(), query.clone()))
            })
            .collect();
        for (key, query) in views {
            let Some(sql) = self.without_stars(&query, relation) else { continue };
            self.store.edit(&key, |entry| {
                if let Some(view) = View::of_mut(&mut entry.object) {
                    view.query.sql = sql.into();
                } else if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                    view.query.sql = sql.into();
                }
            });
        }
    }

    /// The query with the stars over a relation written out; `None` when there are none, or their columns can't be told.
    fn without_stars(&self, query: &trueup_catalog::Query, relation: &QualifiedName) -> Option<String> {
        let ast = parse_query(&query.sql).ok()?;
        let mut visitor = Stars {
            columns: Columns { interp: self, path: &query.search_path, ctes: Vec::new() },
            relation,
            edits: Vec::new(),
        };
        let _: ControlFlow<()> = ast.visit(&mut visitor);
        let mut edits = visitor.edits;
        if edits.is_empty() {
            return None;
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut out = String::new();
        let mut at = 0;
        for (range, text) in edits {
            out.push_str(query.sql.get(at..range.start)?);
            out.push_str(&text);
            at = range.end;
        }
        out.push_str(query.sql.get(at..)?);
        Some(out)
    }
}

/// Tells the columns of what FROM names.
struct Columns<'c, 'a> {
    interp: &'c Interpreter<'a>,
    path: &'c SearchPath,
    ctes: Vec<Vec<Name>>,
}

/// One item of FROM: its alias, the relation if it is one, its columns if known.
struct Source {
    alias: Option<Name>,
    relation: Option<QualifiedName>,
    columns: Option<Vec<Name>>,
}

impl Columns<'_, '_> {
    /// The items of FROM in order.
    fn sources(&self, select: &Select, depth: u32) -> Vec<Source> {
        let mut list = Vec::new();
        for from in &select.from {
            self.joined(from, depth, &mut list);
        }
        list
    }

    fn joined(&self, from: &TableWithJoins, depth: u32, list: &mut Vec<Source>) {
        self.source(&from.relation, depth, list);
        for join in &from.joins {
            self.source(&join.relation, depth, list);
        }
    }

    /// What `*` stands for: the columns of the items of FROM, those that USING or NATURAL merges first
    /// (manual, 7.2.1.1, "Qualified Joins").
    fn star_of_join(&self, from: &TableWithJoins, depth: u32) -> Option<Vec<Starred>> {
        let mut left = self.star_of_factor(&from.relation, depth)?;
        for join in &from.joins {
            let right = self.star_of_factor(&join.relation, depth)?;
            let merged: Vec<Name> = match join_constraint(&join.join_operator)? {
                JoinConstraint::Using(names) => {
                    using_columns(names).0.iter().filter_map(|name| split(name).1).collect()
                }
                JoinConstraint::Natural => {
                    let common = |(_, column): &&Starred| right.iter().any(|(_, other)| other == column);
                    left.iter().filter(common).map(|(_, column)| column.clone()).collect()
                }
                JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
            };
            let rest = |(_, column): &Starred| !merged.contains(column);
            let mut both: Vec<Starred> = merged.iter().map(|column| (None, column.clone())).collect();
            both.extend(left.into_iter().filter(rest));
            both.extend(right.into_iter().filter(rest));
            left = both;
        }
        Some(left)
    }

    fn star_of_factor(&self, factor: &TableFactor, depth: u32) -> Option<Vec<Starred>> {
        if let TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.star_of_join(table_with_joins, depth);
        }
        let mut sources = Vec::new();
        self.source(factor, depth, &mut sources);
        let [source] = sources.as_slice() else { return None };
        let alias = source.alias.clone()?;
        let columns = source.columns.clone()?;
        Some(columns.into_iter().map(|column| (Some(alias.clone()), column)).collect())
    }

    fn source(&self, factor: &TableFactor, depth: u32, list: &mut Vec<Source>) {
        let source = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (schema, Some(bare)) = split(name) else { return };
                let is_cte = schema.is_none() && self.ctes.iter().flatten().any(|cte| *cte == bare);
                let relation =
                    if is_cte { None } else { self.interp.relation_by(self.path, schema.as_ref(), &bare) };
                let columns = relation.as_ref().and_then(|r| self.of_relation(r, depth));
                let columns = columns.map(|columns| aliased(columns, alias.as_ref()));
                Source {
                    alias: Some(alias.as_ref().map_or(bare, |a| Name::new(&a.name.value))),
                    relation,
                    columns,
                }
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let columns = self.of_query(subquery, depth);
                let columns = columns.map(|columns| aliased(columns, alias.as_ref()));
                Source { alias: alias.as_ref().map(|a| Name::new(&a.name.value)), relation: None, columns }
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                return self.joined(table_with_joins, depth, list);
            }
            _ => Source { alias: None, relation: None, columns: None },
        };
        list.push(source);
    }

    /// The columns of a table or view, in order.
    fn of_relation(&self, relation: &QualifiedName, depth: u32) -> Option<Vec<Name>> {
        let catalog = self.interp.store.catalog();
        if catalog.table(relation).is_some() {
            return Some(catalog.columns(relation).into_iter().map(|c| c.name.clone()).collect());
        }
        let (named, query): (&[ViewColumn], _) =
            match (catalog.view(relation), catalog.materialized_view(relation)) {
                (Some(view), _) => (&view.columns, &view.query),
                (None, Some(view)) => (&view.columns, &view.query),
                (None, None) => return None,
            };
        if depth >= MAX_DEPTH {
            return None;
        }
        let inner = Columns { interp: self.interp, path: &query.search_path, ctes: Vec::new() };
        let mut columns = inner.of_query(&parse_query(&query.sql).ok()?, depth + 1)?;
        for (column, named) in columns.iter_mut().zip(named) {
            *column = named.name.clone();
        }
        Some(columns)
    }

    /// The names of a query's columns.
    fn of_query(&self, query: &Query, depth: u32) -> Option<Vec<Name>> {
        // A common table expression would have to be looked into.
        if query.with.is_some() {
            return None;
        }
        let mut body = query.body.as_ref();
        loop {
            match body {
                SetExpr::SetOperation { left, .. } => body = left.as_ref(),
                SetExpr::Query(inner) => return self.of_query(inner, depth),
                SetExpr::Select(select) => return self.of_select(select, depth),
                _ => return None,
            }
        }
    }

    fn of_select(&self, select: &Select, depth: u32) -> Option<Vec<Name>> {
        let mut names = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => names.push(Name::new(&alias.value)),
                SelectItem::UnnamedExpr(Expr::Identifier(ident)) => names.push(Name::new(&ident.value)),
                SelectItem::UnnamedExpr(expr) => {
                    let name =
                        figure(expr, self.interp.major()).map_or("?column?".to_owned(), |(name, _)| name);
                    names.push(Name::new(name));
                }
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    names.extend(self.of_star(item, select, depth)?.into_iter().map(|(_, column)| column));
                }
                SelectItem::ExprWithAliases { .. } => return None,
            }
        }
        Some(names)
    }

    /// What a star stands for: each column with what qualifies it.
    fn of_star(&self, item: &SelectItem, select: &Select, depth: u32) -> Option<Vec<Starred>> {
        match item {
            SelectItem::Wildcard(_) => {
                let mut out = Vec::new();
                for from in &select.from {
                    out.extend(self.star_of_join(from, depth)?);
                }
                Some(out)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let (_, Some(alias)) = split(name) else { return None };
                let sources = self.sources(select, depth);
                let source = sources.iter().find(|s| s.alias.as_ref() == Some(&alias))?;
                let columns = source.columns.clone()?;
                Some(columns.into_iter().map(|column| (Some(alias.clone()), column)).collect())
            }
            _ => None,
        }
    }
}

/// A column that a star stands for, with what qualifies it: nothing where a join merged it.
type Starred = (Option<Name>, Name);

/// Columns with the names that an alias gives to the first of them.
fn aliased(mut columns: Vec<Name>, alias: Option<&TableAlias>) -> Vec<Name> {
    for (column, given) in columns.iter_mut().zip(alias.iter().flat_map(|alias| &alias.columns)) {
        *column = Name::new(&given.name.value);
    }
    columns
}

struct Stars<'c, 'a> {
    columns: Columns<'c, 'a>,
    relation: &'c QualifiedName,
    edits: Vec<(Range<usize>, String)>,
}

impl Visitor for Stars<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names =
            query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| Name::new(&cte.alias.name.value));
        self.columns.ctes.push(names.collect());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.columns.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            let range = match item {
                SelectItem::Wildcard(options) => span_of(options.wildcard_token.0.span),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                    let first = name.0.first().and_then(|part| match part {
                        ObjectNamePart::Identifier(ident) => span_of(ident.span),
                        ObjectNamePart::Function(_) => None,
                    });
                    first
                        .zip(span_of(options.wildcard_token.0.span))
                        .map(|(first, star)| first.start..star.end)
                }
                _ => continue,
            };
            let sources = self.columns.sources(select, 0);
            if !sources.iter().any(|s| s.relation.as_ref() == Some(self.relation)) {
                continue;
            }
            if let (Some(range), Some(columns)) = (range, self.columns.of_star(item, select, 0))
                && !columns.is_empty()
            {
                let list: Vec<String> = columns
                    .iter()
                    .map(|(alias, column)| match alias {
                        Some(alias) => format!("{alias}.{column}"),
                        None => column.to_string(),
                    })
                    .collect();
                self.edits.push((range, list.join(", ")));
            }
        }
        ControlFlow::Continue(())
    }
}

fn split(name: &ObjectName) -> (Option<Name>, Option<Name>) {
    let mut parts = name.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let last = parts.next();
    (parts.next(), last)
}

#[cfg(test)]
mod tests {
    use crate::testing::read;
    use trueup_catalog::QualifiedName;

    #[test]
    fn stars_stand_for_the_columns_of_the_day() {
        let catalog = read(
            "CREATE TABLE t (a int, \"B\" int); CREATE TABLE u (t int);
             CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT x.*, u.* FROM u JOIN (SELECT t.* FROM t) x ON x.a = u.t;
             CREATE VIEW y AS WITH t AS (SELECT 1 AS q) SELECT * FROM t;
             ALTER TABLE t ADD COLUMN c int; ALTER TABLE t RENAME COLUMN a TO z; CREATE VIEW late AS SELECT * FROM t",
        );
        let sql =
            |name: &str| catalog.view(&QualifiedName::new("public", name)).unwrap().query.sql.to_string();
        assert_eq!(sql("v"), "SELECT t.z AS a, t.\"B\" FROM t");
        assert_eq!(sql("w"), "SELECT x.*, u.* FROM u JOIN (SELECT t.z AS a, t.\"B\" FROM t) x ON x.a = u.t");
        assert_eq!(
            (sql("y").as_str(), sql("late").as_str()),
            ("WITH t AS (SELECT 1 AS q) SELECT * FROM t", "SELECT * FROM t")
        );
    }
}
