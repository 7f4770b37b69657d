//! Parse analysis of queries: SELECT, VALUES, TABLE and WITH to the canonical tree.
//!
//! Follows `transformStmt` of `analyze.c` and what it calls. A query's node has its targets, FROM, WHERE and so on as parts in a fixed
//! order; `*`, NATURAL, USING and names of columns are resolved. Aliases of tables, of WITH queries and of columns inside leave no trace:
//! relations are referred to by number, columns of sub-queries by position. The names of the outermost columns count.
//!
//! Never: analyses expressions (see `analyze`), or compares.

mod from;
mod group;
mod merge;
mod name;
mod select;
mod set;
mod write;

use smol_str::SmolStr;
use sqlparser::ast;
use trueup_catalog::{Query, ViewColumn};

use crate::analyze::{Analyzer, Trouble};
use crate::canon::{Node, Window};
use crate::coerce::{Context, Typed};
use crate::world::{RelationColumn, World};

/// What a query comes to.
#[derive(Clone, Debug)]
pub(crate) struct AnalysedQuery {
    pub node: Node,
    pub columns: Vec<RelationColumn>,
    /// Whether there are more columns, of a relation that isn't known.
    pub open: bool,
}

/// The queries that one WITH defines, so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct CteFrame {
    entries: Vec<CteEntry>,
}

#[derive(Clone, Debug)]
struct CteEntry {
    name: SmolStr,
    /// The place in WITH.
    number: usize,
    columns: Vec<RelationColumn>,
    open: bool,
}

/// The windows that one query's WINDOW clause defines.
pub(crate) type WindowFrame = Vec<(SmolStr, Window)>;

/// An item of the target list: what it is called and what it comes to.
#[derive(Clone, Debug)]
struct Target {
    name: SmolStr,
    typed: Typed,
}

/// A query before its target list is closed: a set operation may still give its literals a type.
struct Body {
    targets: Vec<Target>,
    /// Whether targets are missing, since a relation isn't known.
    open: bool,
    /// Names and parts of the node but for the targets.
    part: &'static str,
    names: Vec<SmolStr>,
    parts: Vec<Node>,
    /// Whether the targets stand in the node themselves; else they are references to the columns of a set operation or VALUES.
    own: bool,
}

impl Body {
    /// A command that writes, whose columns are those of RETURNING.
    fn of(command: AnalysedQuery) -> Self {
        let target = |column: RelationColumn| Target {
            name: column.name,
            typed: Typed {
                node: Node::Special { name: "returned", options: vec![], parts: vec![] },
                ty: column.ty,
                typmod: column.typmod,
            },
        };
        Body {
            targets: command.columns.into_iter().map(target).collect(),
            open: command.open,
            part: "command",
            names: vec![],
            parts: vec![command.node],
            own: false,
        }
    }

    fn close(self) -> AnalysedQuery {
        let columns = self
            .targets
            .iter()
            .map(|t| RelationColumn { name: t.name.clone(), ty: t.typed.ty, typmod: t.typed.typmod })
            .collect();
        let mut parts = self.parts;
        if self.own {
            let targets = self.targets.into_iter().map(|t| t.typed.node).collect();
            parts.insert(0, part("targets", vec![], targets));
        }
        AnalysedQuery {
            node: Node::Query { part: self.part, names: self.names, parts },
            columns,
            open: self.open,
        }
    }
}

/// A part of a query.
fn part(part: &'static str, names: Vec<SmolStr>, parts: Vec<Node>) -> Node {
    Node::Query { part, names, parts }
}

/// What goes with a query from its outside: ORDER BY, LIMIT and locks of the parentheses around it.
#[derive(Clone, Copy)]
struct Tail<'q> {
    order_by: Option<&'q ast::OrderBy>,
    limit: Option<&'q ast::LimitClause>,
    fetch: Option<&'q ast::Fetch>,
    locks: &'q [ast::LockClause],
}

impl<'q> Tail<'q> {
    fn of(query: &'q ast::Query) -> Self {
        Tail {
            order_by: query.order_by.as_ref(),
            limit: query.limit_clause.as_ref(),
            fetch: query.fetch.as_ref(),
            locks: &query.locks,
        }
    }

    fn is_empty(&self) -> bool {
        self.order_by.is_none() && self.limit.is_none() && self.fetch.is_none() && self.locks.is_empty()
    }
}

impl Analyzer<'_, '_> {
    /// A query in the present scopes: a sub-query of an expression or of FROM, or the outermost one.
    ///
    /// # Errors
    /// A construct that these rules don't read.
    #[recursive::recursive]
    pub(crate) fn sub_query(&mut self, query: &ast::Query) -> Result<AnalysedQuery, Trouble> {
        let mut body = self.query_body(query)?;
        for target in &mut body.targets {
            if body.own {
                target.typed = self.text_if_unknown(target.typed.clone());
            }
        }
        Ok(body.close())
    }

    fn query_body(&mut self, query: &ast::Query) -> Result<Body, Trouble> {
        if query.for_clause.is_some() || query.settings.is_some() || !query.pipe_operators.is_empty() {
            return Err(Trouble::new("the query has a clause that PostgreSQL does not know"));
        }
        let Some(with) = &query.with else { return self.set_expr(&query.body, Tail::of(query)) };
        self.ctes.push(CteFrame::default());
        let result = self.with(with, query);
        self.ctes.pop();
        result
    }

    fn with(&mut self, with: &ast::With, query: &ast::Query) -> Result<Body, Trouble> {
        let mut nodes = Vec::with_capacity(with.cte_tables.len());
        for (number, cte) in with.cte_tables.iter().enumerate() {
            nodes.push(self.cte(cte, number, with.recursive)?);
        }
        let mut body = self.set_expr(&query.body, Tail::of(query))?;
        body.parts.push(part("with", vec![], nodes));
        Ok(body)
    }

    /// One query of WITH; its name is visible to those after it, and to itself if RECURSIVE (`transformWithClause`).
    fn cte(&mut self, cte: &ast::Cte, number: usize, recursive: bool) -> Result<Node, Trouble> {
        let name = SmolStr::new(&cte.alias.name.value);
        let renamed = |mut columns: Vec<RelationColumn>| {
            for (column, alias) in columns.iter_mut().zip(&cte.alias.columns) {
                column.name = SmolStr::new(&alias.name.value);
            }
            columns
        };
        if recursive && let Some(first) = non_recursive_term(&cte.query) {
            // `determineRecursiveColTypes`: the first term gives the columns.
            let scopes = self.scopes.clone();
            let before = self.world.complaint.borrow().clone();
            let first = self.set_expr(first, Tail { order_by: None, limit: None, fetch: None, locks: &[] });
            *self.world.complaint.borrow_mut() = before;
            self.scopes = scopes;
            if let Ok(mut first) = first {
                for target in &mut first.targets {
                    target.typed = self.text_if_unknown(target.typed.clone());
                }
                let rows = first.close();
                let entry =
                    CteEntry { name: name.clone(), number, columns: renamed(rows.columns), open: rows.open };
                self.define(entry);
            }
        }
        let rows = self.sub_query(&cte.query)?;
        self.define(CteEntry { name, number, columns: renamed(rows.columns), open: rows.open });
        let materialized = match cte.materialized {
            None => "",
            Some(ast::CteAsMaterialized::Materialized) => "materialized",
            Some(ast::CteAsMaterialized::NotMaterialized) => "not materialized",
        };
        Ok(part("cte", vec![SmolStr::new_static(materialized)], vec![rows.node]))
    }

    fn define(&mut self, entry: CteEntry) {
        if let Some(frame) = self.ctes.last_mut() {
            frame.entries.retain(|e| e.number != entry.number);
            frame.entries.push(entry);
        }
    }

    /// The WITH query of this name, and how it is referred to: how many WITHs further out, and its place there.
    fn find_cte(&self, name: &str) -> Option<(SmolStr, Vec<RelationColumn>, bool)> {
        self.ctes.iter().rev().enumerate().find_map(|(level, frame)| {
            let entry = frame.entries.iter().rev().find(|e| e.name == name)?;
            Some((SmolStr::from(format!("{level}.{}", entry.number)), entry.columns.clone(), entry.open))
        })
    }

    fn set_expr(&mut self, body: &ast::SetExpr, tail: Tail<'_>) -> Result<Body, Trouble> {
        match body {
            ast::SetExpr::Select(select) => self.select(select, tail),
            ast::SetExpr::Query(inner) => {
                if tail.is_empty() {
                    return self.query_body(inner);
                }
                if inner.with.is_none() && Tail::of(inner).is_empty() {
                    // Parentheses alone: what follows them is the query's own.
                    return self.set_expr(&inner.body, tail);
                }
                // `(SELECT … LIMIT 5) ORDER BY x`: gram.y merges what is not given twice.
                let own = Tail::of(inner);
                let merged = Tail {
                    order_by: own.order_by.or(tail.order_by),
                    limit: own.limit.or(tail.limit),
                    fetch: own.fetch.or(tail.fetch),
                    locks: if own.locks.is_empty() { tail.locks } else { own.locks },
                };
                match &inner.with {
                    None => self.set_expr(&inner.body, merged),
                    Some(_) => Err(Trouble::new(
                        "a WITH in parentheses with clauses after them is not read by rules",
                    )),
                }
            }
            ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation(left, *op, *set_quantifier, right, tail)
            }
            ast::SetExpr::Values(values) => self.values(values, tail),
            ast::SetExpr::Table(table) => self.table_command(table, tail),
            ast::SetExpr::Insert(ast::Statement::Insert(insert)) => Ok(Body::of(self.insert(insert)?)),
            ast::SetExpr::Update(ast::Statement::Update(update)) => Ok(Body::of(self.update(update)?)),
            ast::SetExpr::Delete(ast::Statement::Delete(delete)) => Ok(Body::of(self.delete(delete)?)),
            ast::SetExpr::Merge(ast::Statement::Merge(merge)) => Ok(Body::of(self.merge(merge)?)),
            ast::SetExpr::Insert(_)
            | ast::SetExpr::Update(_)
            | ast::SetExpr::Delete(_)
            | ast::SetExpr::Merge(_) => Err(Trouble::new("this command in a query is not PostgreSQL's")),
        }
    }

    /// LIMIT, OFFSET and FETCH (`transformLimitClause`): counts are bigint.
    fn limit(&mut self, tail: Tail<'_>, parts: &mut Vec<Node>) -> Result<(), Trouble> {
        let int8 = self.world.known().int8;
        let mut count = |this: &mut Self, what: &'static str, expr: &ast::Expr| -> Result<(), Trouble> {
            let typed = this.expr(expr)?;
            let typed = this.target(typed, int8, -1, Context::Assignment);
            parts.push(part(what, vec![], vec![typed.node]));
            Ok(())
        };
        match tail.limit {
            None => {}
            Some(ast::LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                if let Some(limit) = limit {
                    count(self, "limit", limit)?;
                }
                if let Some(offset) = offset {
                    count(self, "offset", &offset.value)?;
                }
            }
            Some(_) => return Err(Trouble::new("LIMIT with two numbers is not PostgreSQL's")),
        }
        if let Some(fetch) = tail.fetch {
            let one = ast::Expr::Value(ast::Value::Number("1".to_owned(), false).into());
            let what = if fetch.with_ties { "limit with ties" } else { "limit" };
            count(self, what, fetch.quantity.as_ref().unwrap_or(&one))?;
        }
        Ok(())
    }
}

/// The first term of `WITH RECURSIVE r AS (first UNION [ALL] second)`.
fn non_recursive_term(query: &ast::Query) -> Option<&ast::SetExpr> {
    match query.body.as_ref() {
        ast::SetExpr::SetOperation { left, op: ast::SetOperator::Union, .. } => Some(left),
        ast::SetExpr::Query(inner) => non_recursive_term(inner),
        _ => None,
    }
}

/// The canonical form of a stored query, with the names of its columns on it.
///
/// # Errors
/// A syntax error, or a construct that these rules don't read.
pub(crate) fn canonical(world: &World<'_>, query: &Query, named: &[ViewColumn]) -> Result<Node, Trouble> {
    let rows = analyze(world, query)?;
    let names = rows.columns.iter().enumerate().map(|(i, column)| match named.get(i) {
        Some(named) => SmolStr::new(named.name.as_str()),
        None => column.name.clone(),
    });
    Ok(part("view", names.collect(), vec![rows.node]))
}

/// A view's canonical form with as many of its columns as another has: `None` if it has fewer, or if they do not stand in a target list
/// of its own, as in a set operation.
pub(crate) fn first_columns(view: Node, other: &Node) -> Option<Node> {
    let (Node::Query { part: what, mut names, mut parts }, Node::Query { names: theirs, .. }) = (view, other)
    else {
        return None;
    };
    if names.len() < theirs.len() {
        return None;
    }
    if names.len() > theirs.len() {
        let Some(Node::Query { part: "select", parts: select, .. }) = parts.first_mut() else { return None };
        let Some(Node::Query { part: "targets", parts: targets, .. }) = select.first_mut() else {
            return None;
        };
        // Without `*` of an unknown relation there is a target for each name.
        if targets.len() != names.len() {
            return None;
        }
        targets.truncate(theirs.len());
        names.truncate(theirs.len());
    }
    Some(Node::Query { part: what, names, parts })
}

/// A query and its columns.
///
/// # Errors
/// A syntax error, or a construct that these rules don't read.
pub(crate) fn analyze(world: &World<'_>, query: &Query) -> Result<AnalysedQuery, Trouble> {
    let parsed = trueup_syntax::parse_query(&query.sql).map_err(|error| Trouble::new(error.to_string()))?;
    let mut analyzer = Analyzer::new(world, &query.search_path);
    let mut rows = analyzer.sub_query(&parsed)?;
    analyzer.finish(&mut rows.node);
    Ok(rows)
}

impl World<'_> {
    /// The columns of a view: as they are known, or as its query gives them.
    pub(crate) fn view_columns(&self, columns: &[ViewColumn], query: &Query) -> Option<Vec<RelationColumn>> {
        let known: Option<Vec<RelationColumn>> = columns
            .iter()
            .map(|column| {
                let (ty, typmod) = self.type_of(column.data_type.as_ref()?);
                Some(RelationColumn { name: SmolStr::new(column.name.as_str()), ty, typmod })
            })
            .collect();
        if let Some(known) = known.filter(|known| !known.is_empty()) {
            return Some(known);
        }
        let rows = analyze(self, query).ok().filter(|rows| !rows.open)?;
        let named = rows.columns.into_iter().enumerate().map(|(i, column)| RelationColumn {
            name: columns.get(i).map_or(column.name, |c| SmolStr::new(c.name.as_str())),
            ty: column.ty,
            typmod: column.typmod,
        });
        Some(named.collect())
    }
}
