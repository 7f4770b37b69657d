//! How expressions and queries read after something that they name was renamed, and which columns a query names.
//!
//! Only the names in the text change: everything else stays as it was written. Never: types or meaning.

use std::ops::{ControlFlow, Range};

use trueup_catalog::{Expr, Name, QualifiedName, Query, SearchPath, quote_ident, quote_literal};
use trueup_syntax::sqlparser::ast::{
    self, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, JoinConstraint, JoinOperator,
    ObjectName, ObjectNamePart, Query as QueryAst, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, TableFactor, TableWithJoins, Value, Visit, Visitor,
};
use trueup_syntax::{parse_expr, parse_query, span_of, using_columns};

use crate::apply::mentions::body_statements;
use crate::expression::{last_part, type_base_name};

/// Something that was renamed.
#[derive(Clone, Debug)]
pub(crate) enum Rename {
    /// A column of a relation that has these columns, in order.
    Column { relation: QualifiedName, from: Name, to: Name, columns: Vec<Name> },
    /// A relation, or it moved to another schema.
    Relation { from: QualifiedName, to: QualifiedName },
    /// A type.
    Type { from: QualifiedName, to: QualifiedName },
    /// A function of which there are no overloads.
    Routine { from: QualifiedName, to: QualifiedName },
    /// A schema: whatever a text qualifies with its name.
    Schema { from: Name, to: Name },
}

/// Whether a relation that a query names has a column; used to tell whose column a bare name is.
pub(crate) type HasColumn<'c> = &'c dyn Fn(&QualifiedName, &Name) -> bool;

/// The expression after a renaming; `None` when that does not touch it. `base` is the relation whose columns it names.
pub(crate) fn rename_in_expr(
    expr: &Expr,
    base: Option<&QualifiedName>,
    rename: &Rename,
    has: HasColumn<'_>,
) -> Option<Expr> {
    if !may_name(&expr.sql, rename) {
        return None;
    }
    let ast = parse_expr(&expr.sql).ok()?;
    let mut visitor = Renamer::new(rename, &expr.search_path, has);
    if let Some(base) = base {
        visitor.base_is_query = false;
        let row = |name: &str| Source {
            alias: Name::new(name),
            relation: Some(base.clone()),
            bare: false,
            hidden: false,
        };
        // OLD and NEW in a trigger's condition.
        let table =
            Source { alias: base.name.clone(), relation: Some(base.clone()), bare: true, hidden: false };
        visitor.scopes.push(vec![table, row("old"), row("new")]);
    }
    let _: ControlFlow<()> = ast.visit(&mut visitor);
    Some(Expr { sql: visitor.apply(&expr.sql)?.into(), search_path: expr.search_path.clone() })
}

/// The query after a renaming; `None` when that does not touch it.
pub(crate) fn rename_in_query(query: &Query, rename: &Rename, has: HasColumn<'_>) -> Option<Query> {
    if !may_name(&query.sql, rename) {
        return None;
    }
    let ast = parse_query(&query.sql).ok()?;
    let mut visitor = Renamer::new(rename, &query.search_path, has);
    let _: ControlFlow<()> = ast.visit(&mut visitor);
    Some(Query { sql: visitor.apply(&query.sql)?.into(), search_path: query.search_path.clone() })
}

/// Whether a query names a column of a relation, by a `*` too.
pub(crate) fn query_names_column(
    query: &Query,
    relation: &QualifiedName,
    column: &Name,
    has: HasColumn<'_>,
) -> bool {
    let rename = Rename::Column {
        relation: relation.clone(),
        from: column.clone(),
        to: Name::new(format!("{column}_")),
        columns: Vec::new(),
    };
    let names = |sql: &str| {
        let Ok(ast) = parse_query(sql) else { return false };
        let mut visitor = Renamer::new(&rename, &query.search_path, has);
        let _: ControlFlow<()> = ast.visit(&mut visitor);
        visitor.star || !visitor.edits.is_empty()
    };
    names(&query.sql) || body_statements(&query.sql).iter().any(|statement| names(statement))
}

/// Whether a query or expression's text has the word at all: a cheap test before parsing.
fn may_name(sql: &str, rename: &Rename) -> bool {
    let name = match rename {
        Rename::Column { from, .. } => from.as_str(),
        Rename::Relation { from, .. } | Rename::Type { from, .. } | Rename::Routine { from, .. } => {
            from.name.as_str()
        }
        Rename::Schema { from, .. } => from.as_str(),
    };
    // Escapes in U&"…" hide letters; quotes in a name are doubled in the text.
    sql.contains("&\"") || name.contains('"') || sql.to_ascii_lowercase().contains(&name.to_ascii_lowercase())
}

/// One item of FROM.
struct Source {
    alias: Name,
    relation: Option<QualifiedName>,
    /// Named without an alias of its own.
    bare: bool,
    /// Whether a list of aliases hides the name of the renamed column.
    hidden: bool,
}

struct Renamer<'a> {
    /// Whether the outermost scope is a query's, not that of the table an expression is over.
    base_is_query: bool,
    rename: &'a Rename,
    path: &'a SearchPath,
    has: HasColumn<'a>,
    scopes: Vec<Vec<Source>>,
    edits: Vec<(Range<usize>, String)>,
    /// Whether a `*` takes the renamed column's relation.
    star: bool,
}

impl<'a> Renamer<'a> {
    fn new(rename: &'a Rename, path: &'a SearchPath, has: HasColumn<'a>) -> Self {
        Renamer { base_is_query: true, rename, path, has, scopes: Vec::new(), edits: Vec::new(), star: false }
    }

    fn edit(&mut self, range: Option<Range<usize>>, text: String) {
        if let Some(range) = range
            && !self.edits.iter().any(|(r, _)| r.start == range.start && r.end == range.end)
        {
            self.edits.push((range, text));
        }
    }

    fn apply(mut self, sql: &str) -> Option<String> {
        if self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = String::with_capacity(sql.len() + 32);
        let mut at = 0;
        for (range, text) in &self.edits {
            out.push_str(sql.get(at..range.start)?);
            out.push_str(text);
            at = range.end;
        }
        out.push_str(sql.get(at..)?);
        Some(out)
    }

    fn is_relation(&self, schema: Option<&Name>, name: &Name, relation: &QualifiedName) -> bool {
        *name == relation.name
            && match schema {
                Some(schema) => *schema == relation.schema,
                None => self.path.contains(&relation.schema),
            }
    }

    /// The relation that is renamed, or whose column is.
    fn target(&self) -> Option<&'a QualifiedName> {
        match self.rename {
            Rename::Column { relation, .. } => Some(relation),
            Rename::Relation { from, .. } => Some(from),
            Rename::Type { .. } | Rename::Routine { .. } | Rename::Schema { .. } => None,
        }
    }

    /// A name of a type, function or relation in the text: renamed itself, or its schema was.
    fn named(&mut self, name: &ObjectName) {
        let (schema, Some(bare)) = split(name) else { return };
        match self.rename {
            Rename::Schema { from, to } => {
                // The parts of a type's name all bear the span of the whole.
                if schema.as_ref() == Some(from) {
                    self.edit(range_of(name), format!("{to}.{bare}"));
                }
            }
            Rename::Type { from, to } | Rename::Routine { from, to } => {
                if self.is_relation(schema.as_ref(), &bare, from) {
                    self.edit(range_of(name), to.to_string());
                }
            }
            Rename::Column { .. } | Rename::Relation { .. } => {}
        }
    }

    fn data_type(&mut self, data_type: &ast::DataType) {
        if !matches!(self.rename, Rename::Type { .. } | Rename::Schema { .. }) {
            return;
        }
        match data_type {
            ast::DataType::Custom(name, _) => self.named(name),
            ast::DataType::Array(
                ast::ArrayElemTypeDef::SquareBracket(element, _)
                | ast::ArrayElemTypeDef::Qualified(element, _),
            ) => self.data_type(element),
            _ => {}
        }
    }

    fn push_select(&mut self, select: &Select) {
        let mut sources = Vec::new();
        let merges = self.merges(&select.from);
        for table in &select.from {
            self.source(&table.relation, merges, &mut sources);
            for join in &table.joins {
                self.source(&join.relation, merges, &mut sources);
            }
        }
        self.scopes.push(sources);
    }

    /// Whether joins merge columns by name, the renamed one perhaps. PostgreSQL keeps which columns those were, and prints the old
    /// names as aliases of the relation's columns (`set_join_column_names` in `ruleutils.c`); so does what is written here.
    fn merges(&self, from: &[TableWithJoins]) -> bool {
        let Rename::Column { from: column, .. } = self.rename else { return false };
        let merging = |join: &ast::Join| {
            let constraint = join_constraint(&join.join_operator);
            let here = match constraint {
                Some(JoinConstraint::Using(names)) => {
                    using_columns(names).0.iter().any(|name| split(name).1.as_ref() == Some(column))
                }
                Some(JoinConstraint::Natural) => true,
                Some(JoinConstraint::On(_) | JoinConstraint::None) | None => false,
            };
            here || matches!(&join.relation, TableFactor::NestedJoin { table_with_joins, .. }
                if self.merges(std::slice::from_ref(table_with_joins)))
        };
        from.iter().any(|table| {
            table.joins.iter().any(merging)
                || matches!(&table.relation, TableFactor::NestedJoin { table_with_joins, .. }
                    if self.merges(std::slice::from_ref(table_with_joins)))
        })
    }

    /// Whether the aliases of a relation's columns hide the name of the renamed one, after those were written where they must.
    fn hides(&mut self, name: &ObjectName, alias: Option<&ast::TableAlias>, merges: bool) -> bool {
        let Rename::Column { from, columns, .. } = self.rename else { return false };
        let Some(place) = columns.iter().position(|column| column == from) else { return false };
        if let Some(alias) = alias.filter(|a| !a.columns.is_empty()) {
            return place < alias.columns.len();
        }
        if !merges {
            return false;
        }
        let list = columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (end, text) = match alias {
            Some(alias) => (span_of(alias.name.span), format!(" ({list})")),
            None => {
                let Some(bare) = split(name).1 else { return false };
                (range_of(name), format!(" AS {bare} ({list})"))
            }
        };
        let Some(end) = end.map(|range| range.end) else { return false };
        self.edit(Some(end..end), text);
        true
    }

    fn source(&mut self, factor: &TableFactor, merges: bool, sources: &mut Vec<Source>) {
        match factor {
            TableFactor::Table { name: written, alias, .. } => {
                let (schema, Some(name)) = split(written) else { return };
                let target = self.target().filter(|target| self.is_relation(schema.as_ref(), &name, target));
                let relation = if let Some(target) = target {
                    Some(target.clone())
                } else {
                    schema
                        .or_else(|| self.path.first().cloned())
                        .map(|schema| QualifiedName { schema, name: name.clone() })
                };
                let hidden = target.is_some() && self.hides(written, alias.as_ref(), merges);
                let bare = alias.is_none();
                let alias = alias.as_ref().map_or(name, |a| Name::new(&a.name.value));
                sources.push(Source { alias, relation, bare, hidden });
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.source(&table_with_joins.relation, merges, sources);
                for join in &table_with_joins.joins {
                    self.source(&join.relation, merges, sources);
                }
            }
            TableFactor::Derived { alias: Some(alias), .. } => {
                let alias = Name::new(&alias.name.value);
                sources.push(Source { alias, relation: None, bare: false, hidden: false });
            }
            _ => {}
        }
    }

    /// Whether a bare or qualified column name is the renamed column.
    fn is_column(&self, qualifier: Option<&str>, column: &str) -> bool {
        let Rename::Column { relation, from, .. } = self.rename else { return false };
        if from.as_str() != column {
            return false;
        }
        for scope in self.scopes.iter().rev() {
            match qualifier {
                Some(qualifier) => {
                    if let Some(source) = scope.iter().find(|s| s.alias == *qualifier) {
                        return source.relation.as_ref() == Some(relation) && !source.hidden;
                    }
                }
                None => {
                    let mut of_target =
                        scope.iter().filter(|s| s.relation.as_ref() == Some(relation)).peekable();
                    if of_target.peek().is_some() {
                        return of_target.any(|s| !s.hidden);
                    }
                    if scope.iter().filter_map(|s| s.relation.as_ref()).any(|r| (self.has)(r, from)) {
                        return false;
                    }
                }
            }
        }
        false
    }

    fn column(&mut self, parts: &[Ident]) {
        let Some((last, before)) = parts.split_last() else { return };
        let qualifier = before.last().map(|q| q.value.as_str());
        if self.is_column(qualifier, &last.value) {
            if let Rename::Column { to, .. } = self.rename {
                self.edit(span_of(last.span), quote_ident(to.as_str()).into_owned());
            }
            return;
        }
        // `t.a` and `s.t.a` after the table was renamed.
        let Rename::Relation { from, to } = self.rename else { return };
        let Some(table) = before.last().filter(|q| from.name == *q.value) else { return };
        let source = self.scopes.iter().enumerate().rev().find_map(|(depth, scope)| {
            scope.iter().find(|s| s.alias == *table.value.as_str()).map(|s| (depth, s))
        });
        let Some((depth, _)) = source.filter(|(_, s)| s.bare && s.relation.as_ref() == Some(from)) else {
            return;
        };
        // In a query the table keeps its old name as an alias; an expression over the table has none.
        let in_query = depth > 0 || self.base_is_query;
        let name = if in_query { &from.name } else { &to.name };
        let start = before.first().and_then(|p| span_of(p.span)).map(|s| s.start);
        let end = span_of(table.span).map(|s| s.end);
        if let (Some(start), Some(end)) = (start, end)
            && (before.len() > 1 || !in_query)
        {
            let text = quote_ident(name.as_str()).into_owned();
            self.edit(Some(start..end), text);
        }
    }

    fn regclass(&mut self, ast: &Ast) {
        let Ast::Value(value) = ast else { return };
        let Value::SingleQuotedString(text) = &value.value else { return };
        let Ok(mut cursor) = trueup_syntax::Cursor::of(text) else { return };
        let Ok(name) = cursor.qualified_name() else { return };
        if !cursor.at_end() {
            return;
        }
        let new = match self.rename {
            Rename::Relation { from, to } if self.is_relation(name.schema.as_ref(), &name.name, from) => {
                to.clone()
            }
            Rename::Schema { from, to } if name.schema.as_ref() == Some(from) => {
                QualifiedName { schema: to.clone(), name: name.name }
            }
            _ => return,
        };
        self.edit(span_of(value.span), quote_literal(&new.to_string()));
    }
}

/// What a join goes by.
pub(crate) fn join_constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => Some(constraint),
        _ => None,
    }
}

impl Visitor for Renamer<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &QueryAst) -> ControlFlow<()> {
        match query.body.as_ref() {
            SetExpr::Select(select) => self.push_select(select),
            _ => self.scopes.push(Vec::new()),
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &QueryAst) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.push_select(select);
        let target = self.target();
        for item in &select.projection {
            let Some(scope) = self.scopes.last() else { break };
            let mut sources = scope.iter().filter(|s| target.is_some() && s.relation.as_ref() == target);
            self.star |= match item {
                SelectItem::Wildcard(_) => sources.next().is_some(),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let alias = split(name).1;
                    sources.any(|s| Some(&s.alias) == alias.as_ref())
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _)
                | SelectItem::UnnamedExpr(_)
                | SelectItem::ExprWithAlias { .. }
                | SelectItem::ExprWithAliases { .. } => false,
            };
        }
        // A column of the result keeps its name.
        if let Rename::Column { from, .. } = self.rename {
            for item in &select.projection {
                let SelectItem::UnnamedExpr(expr) = item else { continue };
                let parts: &[Ident] = match expr {
                    Ast::Identifier(ident) => std::slice::from_ref(ident),
                    Ast::CompoundIdentifier(parts) => parts,
                    _ => continue,
                };
                let Some((last, before)) = parts.split_last() else { continue };
                if self.is_column(before.last().map(|q| q.value.as_str()), &last.value)
                    && let Some(span) = span_of(last.span)
                {
                    self.edit(Some(span.end..span.end), format!(" AS {from}"));
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args, .. } => {
                // A function in FROM, or anything of a renamed schema.
                let routine = matches!(self.rename, Rename::Routine { .. });
                if (routine && args.is_some()) || matches!(self.rename, Rename::Schema { .. }) {
                    self.named(name);
                }
            }
            TableFactor::Function { name, .. } if !matches!(self.rename, Rename::Type { .. }) => {
                self.named(name)
            }
            _ => {}
        }
        let Rename::Relation { from, to } = self.rename else { return ControlFlow::Continue(()) };
        if let TableFactor::Table { name, alias, .. } = factor
            && let (schema, Some(bare)) = split(name)
            && self.is_relation(schema.as_ref(), &bare, from)
            && let Some(range) = range_of(name)
        {
            let text = if alias.is_none() { format!("{to} AS {}", from.name) } else { to.to_string() };
            self.edit(Some(range), text);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Ast) -> ControlFlow<()> {
        match expr {
            Ast::Identifier(ident) => self.column(std::slice::from_ref(ident)),
            Ast::CompoundIdentifier(parts) => self.column(parts),
            Ast::Cast { expr, data_type, .. } => {
                if type_base_name(data_type) == "regclass" {
                    self.regclass(expr);
                }
                self.data_type(data_type);
            }
            Ast::Function(function) => {
                if matches!(self.rename, Rename::Routine { .. } | Rename::Schema { .. }) {
                    self.named(&function.name);
                }
                let name = last_part(&function.name);
                if matches!(name.as_deref(), Some("nextval" | "currval" | "setval"))
                    && let FunctionArguments::List(list) = &function.args
                    && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = list.args.first()
                {
                    self.regclass(first);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Schema and name of an object name.
fn split(name: &ObjectName) -> (Option<Name>, Option<Name>) {
    let mut parts = name.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let last = parts.next();
    (parts.next(), last)
}

fn range_of(name: &ObjectName) -> Option<Range<usize>> {
    let span = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(ident) => span_of(ident.span),
        ObjectNamePart::Function(_) => None,
    };
    Some(span(name.0.first()?)?.start..span(name.0.last()?)?.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn path() -> SearchPath {
        Arc::from([Name::new("public")])
    }

    fn t() -> QualifiedName {
        QualifiedName::new("public", "t")
    }

    #[test]
    fn a_renamed_column_is_renamed_where_it_is_meant() {
        let rename = Rename::Column {
            relation: t(),
            from: Name::new("a"),
            to: Name::new("New"),
            columns: vec![Name::new("a")],
        };
        let expr = |sql: &str| {
            let e = Expr { sql: sql.into(), search_path: path() };
            rename_in_expr(&e, Some(&t()), &rename, &|r, c| {
                *r == QualifiedName::new("public", "o") && *c == "a"
            })
            .map(|e| e.sql.to_string())
        };
        assert_eq!(expr("a > 0 AND t.a < b").as_deref(), Some("\"New\" > 0 AND t.\"New\" < b"));
        assert_eq!(expr("'a' = b"), None);
        assert_eq!(
            expr("EXISTS (SELECT 1 FROM o WHERE o.a = t.a)").as_deref(),
            Some("EXISTS (SELECT 1 FROM o WHERE o.a = t.\"New\")")
        );
        assert_eq!(expr("EXISTS (SELECT 1 FROM o WHERE a = 1)"), None);
        let query = |sql: &str| {
            let q = Query { sql: sql.into(), search_path: path() };
            rename_in_query(&q, &rename, &|_, _| false).map(|q| q.sql.to_string())
        };
        assert_eq!(
            query("SELECT a, x.a AS y FROM t x ORDER BY a").as_deref(),
            Some("SELECT \"New\" AS a, x.\"New\" AS y FROM t x ORDER BY \"New\"")
        );
        assert_eq!(query("SELECT a FROM u"), None);
    }

    #[test]
    fn a_renamed_table_is_renamed_where_it_is_read() {
        let rename = Rename::Relation { from: t(), to: QualifiedName::new("s", "u") };
        let q =
            Query { sql: "SELECT t.a, public.t.b FROM t JOIN t x ON x.a = t.a".into(), search_path: path() };
        assert_eq!(
            rename_in_query(&q, &rename, &|_, _| false).map(|q| q.sql.to_string()).as_deref(),
            Some("SELECT t.a, t.b FROM s.u AS t JOIN s.u x ON x.a = t.a")
        );
        let e = Expr {
            sql: "t.a > nextval('t') AND 'public.t'::regclass IS NOT NULL".into(),
            search_path: path(),
        };
        assert_eq!(
            rename_in_expr(&e, Some(&t()), &rename, &|_, _| false).map(|e| e.sql.to_string()).as_deref(),
            Some("u.a > nextval('s.u') AND 's.u'::regclass IS NOT NULL")
        );
    }
}
