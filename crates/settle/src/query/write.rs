//! Commands that write: INSERT, UPDATE and DELETE, as rules, SQL bodies and queries with WITH hold them (`transformInsertStmt`,
//! `transformUpdateStmt`, `transformDeleteStmt` in `analyze.c`).
//!
//! What a command stores is what comes to a column: each value stands under its column's name and is coerced to its type by
//! assignment, so that a list of columns that is left out or written makes no difference.

use smol_str::SmolStr;
use sqlparser::ast;

use super::{AnalysedQuery, Tail, part};
use crate::analyze::{Analyzer, Trouble, strip};
use crate::canon::Node;
use crate::scope::{Rte, Scope, ScopeColumn};

impl Analyzer<'_, '_> {
    /// INSERT.
    pub(super) fn insert(&mut self, insert: &ast::Insert) -> Result<AnalysedQuery, Trouble> {
        let plain = insert.or.is_none()
            && !insert.ignore
            && !insert.overwrite
            && insert.assignments.is_empty()
            && insert.partitioned.is_none()
            && insert.after_columns.is_empty()
            && insert.insert_alias.is_none()
            && !insert.replace_into;
        let ast::TableObject::TableName(name) = &insert.table else {
            return Err(Trouble::new("INSERT into what is no table is not PostgreSQL's"));
        };
        if !plain {
            return Err(Trouble::new("INSERT has a clause that rules don't read"));
        }
        let alias = insert.table_alias.as_ref().map(|alias| alias.alias.value.as_str());
        let (node, target) = self.target_relation(name, alias)?;
        let mut columns = self.insert_columns(&insert.columns, &target)?;
        let source = match &insert.source {
            None => part("default values", vec![], vec![]),
            Some(source) => {
                let (source, width) = self.insert_source(source, &columns)?;
                columns.truncate(width);
                source
            }
        };
        let names = columns.iter().map(|c| c.name.clone()).collect();
        let mut parts = vec![node, part("columns", names, vec![]), source];
        self.scopes.push(Scope { rtes: vec![target.clone()] });
        let rest = self.insert_rest(insert, &target, &mut parts);
        self.scopes.pop();
        let returned = rest?;
        Ok(AnalysedQuery { node: part("insert", vec![], parts), ..returned })
    }

    /// The columns that can be written: those listed, else all of the table, of which the source fills the first
    /// (`checkInsertTargets` in `parse_target.c`, `transformInsertRow` in `analyze.c`).
    pub(super) fn insert_columns(
        &self,
        columns: &[ast::ObjectName],
        target: &Rte,
    ) -> Result<Vec<ScopeColumn>, Trouble> {
        if columns.is_empty() {
            if target.open {
                return Err(Trouble::new(format!("the columns of {} are not known", target.name)));
            }
            return Ok(target.columns.clone());
        }
        columns.iter().map(|name| self.written_column(name, target)).collect()
    }

    /// What is inserted, and how many columns it fills.
    fn insert_source(
        &mut self,
        source: &ast::Query,
        columns: &[ScopeColumn],
    ) -> Result<(Node, usize), Trouble> {
        let alone = source.with.is_none() && Tail::of(source).is_empty();
        if let ast::SetExpr::Values(values) = source.body.as_ref()
            && alone
        {
            let mut rows = Vec::with_capacity(values.rows.len());
            for row in &values.rows {
                if row.len() > columns.len() {
                    self.world
                        .complain("42601", || "INSERT has more expressions than target columns".to_owned());
                    return Err(Trouble::new("INSERT has more expressions than target columns"));
                }
                let mut nodes = Vec::with_capacity(row.len());
                for (expr, column) in row.iter().zip(columns) {
                    nodes.push(self.value_of(expr, column)?);
                }
                rows.push(part("row", vec![], nodes));
            }
            let width = values.rows.first().map_or(0, |row| row.len());
            return Ok((part("values", vec![], rows), width));
        }
        let mut body = self.query_body(source)?;
        if body.open {
            return Err(Trouble::new("the columns of the query that is inserted are not known"));
        }
        let width = body.targets.len();
        if width > columns.len() {
            self.world.complain("42601", || "INSERT has more expressions than target columns".to_owned());
            return Err(Trouble::new("INSERT has more expressions than target columns"));
        }
        if body.own {
            for (target, column) in body.targets.iter_mut().zip(columns) {
                target.typed = self.assign(target.typed.clone(), column.ty, column.typmod);
            }
        }
        Ok((body.close().node, width))
    }

    /// A value for a column, or `DEFAULT`.
    pub(super) fn value_of(&mut self, expr: &ast::Expr, column: &ScopeColumn) -> Result<Node, Trouble> {
        if let ast::Expr::Identifier(ident) = expr
            && ident.quote_style.is_none()
            && ident.value.eq_ignore_ascii_case("default")
        {
            return Ok(Node::Special { name: "default", options: vec![], parts: vec![] });
        }
        let typed = self.expr(expr)?;
        Ok(self.assign(typed, column.ty, column.typmod).node)
    }

    /// ON CONFLICT and RETURNING.
    fn insert_rest(
        &mut self,
        insert: &ast::Insert,
        target: &Rte,
        parts: &mut Vec<Node>,
    ) -> Result<AnalysedQuery, Trouble> {
        match &insert.on {
            None => {}
            Some(ast::OnInsert::OnConflict(conflict)) => parts.push(self.on_conflict(conflict, target)?),
            Some(_) => return Err(Trouble::new("ON DUPLICATE KEY is not PostgreSQL's")),
        }
        self.returning(insert.returning.as_deref(), parts)
    }

    fn on_conflict(&mut self, conflict: &ast::OnConflict, target: &Rte) -> Result<Node, Trouble> {
        let mut parts = Vec::new();
        match &conflict.conflict_target {
            None => {}
            Some(ast::ConflictTarget::Columns(columns)) => {
                let names = columns.iter().map(|ident| SmolStr::new(&ident.value)).collect();
                parts.push(part("arbiter", names, vec![]));
            }
            Some(ast::ConflictTarget::OnConstraint(name)) => {
                let ident = name.0.last().and_then(|part| part.as_ident());
                let ident = ident.ok_or_else(|| Trouble::new("the constraint of ON CONFLICT has no name"))?;
                parts.push(part("constraint", vec![SmolStr::new(&ident.value)], vec![]));
            }
        }
        match &conflict.action {
            ast::OnConflictAction::DoNothing => parts.push(part("do nothing", vec![], vec![])),
            ast::OnConflictAction::DoUpdate(update) => {
                let mut excluded = target.clone();
                excluded.name = SmolStr::new_static("excluded");
                excluded.number = target.number.saturating_add(1);
                excluded.schema = None;
                excluded.unqualified = false;
                if let Some(scope) = self.scopes.innermost() {
                    scope.rtes.push(excluded);
                }
                let set = self.assignments(&update.assignments, target)?;
                let mut nodes = vec![set];
                if let Some(selection) = &update.selection {
                    nodes.push(part("where", vec![], vec![self.boolean(selection)?]));
                }
                if let Some(scope) = self.scopes.innermost() {
                    scope.rtes.pop();
                }
                parts.push(part("do update", vec![], nodes));
            }
        }
        Ok(part("on conflict", vec![], parts))
    }

    /// UPDATE.
    pub(super) fn update(&mut self, update: &ast::Update) -> Result<AnalysedQuery, Trouble> {
        if update.or.is_some() || !update.order_by.is_empty() || update.limit.is_some() {
            return Err(Trouble::new("UPDATE has a clause that rules don't read"));
        }
        let mut from = vec![update.table.clone()];
        match &update.from {
            None => {}
            Some(ast::UpdateTableFromKind::AfterSet(tables)) => from.extend(tables.iter().cloned()),
            Some(ast::UpdateTableFromKind::BeforeSet(_)) => {
                return Err(Trouble::new("UPDATE FROM before SET is not PostgreSQL's"));
            }
        }
        self.scopes.push(Scope::default());
        let result = self.update_in_scope(update, &from);
        self.scopes.pop();
        result
    }

    fn update_in_scope(
        &mut self,
        update: &ast::Update,
        from: &[ast::TableWithJoins],
    ) -> Result<AnalysedQuery, Trouble> {
        let mut parts = vec![part("from", vec![], self.read_from(from)?)];
        let target = self.first_relation()?;
        parts.push(self.assignments(&update.assignments, &target)?);
        if let Some(selection) = &update.selection {
            parts.push(part("where", vec![], vec![self.boolean(selection)?]));
        }
        let returned = self.returning(update.returning.as_deref(), &mut parts)?;
        Ok(AnalysedQuery { node: part("update", vec![], parts), ..returned })
    }

    /// `SET column = value, …`, in the order of the text, which is kept.
    ///
    /// `(a, b) = (x, y)` is stored as `a = x, b = y`; `(a, b) = (SELECT …)` stays together (`transformMultiAssignRef` in
    /// `parse_expr.c`).
    pub(super) fn assignments(&mut self, list: &[ast::Assignment], target: &Rte) -> Result<Node, Trouble> {
        let mut names = Vec::with_capacity(list.len());
        let mut nodes = Vec::with_capacity(list.len());
        for assignment in list {
            let (columns, value) = match &assignment.target {
                ast::AssignmentTarget::ColumnName(name) => {
                    let column = self.written_column(name, target)?;
                    nodes.push(self.value_of(&assignment.value, &column)?);
                    names.push(column.name);
                    continue;
                }
                ast::AssignmentTarget::Tuple(columns) => (columns, strip(&assignment.value)),
            };
            let columns: Vec<_> =
                columns.iter().map(|name| self.written_column(name, target)).collect::<Result<_, _>>()?;
            match value {
                ast::Expr::Tuple(values) if values.len() == columns.len() => {
                    for (value, column) in values.iter().zip(columns) {
                        nodes.push(self.value_of(value, &column)?);
                        names.push(column.name);
                    }
                }
                ast::Expr::Subquery(query) => {
                    let query = self.sub_query(query)?;
                    if query.open || query.columns.len() != columns.len() {
                        return Err(Trouble::new("the columns of a query in SET are not known"));
                    }
                    let several: Vec<SmolStr> = columns.into_iter().map(|column| column.name).collect();
                    names.push(SmolStr::new_static(""));
                    nodes.push(part("several", several, vec![query.node]));
                }
                _ => return Err(Trouble::new("this value for several columns of SET is not read by rules")),
            }
        }
        Ok(part("set", names, nodes))
    }

    /// DELETE.
    pub(super) fn delete(&mut self, delete: &ast::Delete) -> Result<AnalysedQuery, Trouble> {
        let (ast::FromTable::WithFromKeyword(tables) | ast::FromTable::WithoutKeyword(tables)) = &delete.from;
        if !delete.tables.is_empty() || !delete.order_by.is_empty() || delete.limit.is_some() {
            return Err(Trouble::new("DELETE has a clause that rules don't read"));
        }
        let mut from = tables.clone();
        from.extend(delete.using.iter().flatten().cloned());
        self.scopes.push(Scope::default());
        let result = self.delete_in_scope(delete, &from);
        self.scopes.pop();
        result
    }

    fn delete_in_scope(
        &mut self,
        delete: &ast::Delete,
        from: &[ast::TableWithJoins],
    ) -> Result<AnalysedQuery, Trouble> {
        let mut parts = vec![part("from", vec![], self.read_from(from)?)];
        if let Some(selection) = &delete.selection {
            parts.push(part("where", vec![], vec![self.boolean(selection)?]));
        }
        let returned = self.returning(delete.returning.as_deref(), &mut parts)?;
        Ok(AnalysedQuery { node: part("delete", vec![], parts), ..returned })
    }

    pub(super) fn returning(
        &mut self,
        items: Option<&[ast::SelectItem]>,
        parts: &mut Vec<Node>,
    ) -> Result<AnalysedQuery, Trouble> {
        let nothing =
            AnalysedQuery { node: part("nothing", vec![], vec![]), columns: Vec::new(), open: false };
        let Some(items) = items else { return Ok(nothing) };
        let (mut targets, open) = self.target_list(items)?;
        for target in &mut targets {
            target.typed = self.text_if_unknown(target.typed.clone());
        }
        let columns = targets
            .iter()
            .map(|t| crate::world::RelationColumn {
                name: t.name.clone(),
                ty: t.typed.ty,
                typmod: t.typed.typmod,
            })
            .collect();
        let (names, nodes) = targets.into_iter().map(|t| (t.name, t.typed.node)).unzip();
        parts.push(part("returning", names, nodes));
        Ok(AnalysedQuery { columns, open, ..nothing })
    }

    /// The relation that is written, as the first of the range table, and its node.
    fn target_relation(
        &mut self,
        name: &ast::ObjectName,
        alias: Option<&str>,
    ) -> Result<(Node, Rte), Trouble> {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let names: Vec<String> =
            name.0.iter().filter_map(|p| p.as_ident()).map(|ident| quoted(&ident.value)).collect();
        let alias = alias.map(|alias| format!(" AS {}", quoted(alias))).unwrap_or_default();
        let text = format!("SELECT FROM {}{alias}", names.join("."));
        let query = trueup_syntax::parse_query(&text).map_err(|error| Trouble::new(error.to_string()))?;
        let ast::SetExpr::Select(select) = query.body.as_ref() else {
            return Err(Trouble::new("INSERT names no table"));
        };
        self.scopes.push(Scope::default());
        let read = self.read_from(&select.from);
        let target = self.first_relation();
        self.scopes.pop();
        Ok((part("into", vec![], read?), target?))
    }

    fn first_relation(&self) -> Result<Rte, Trouble> {
        self.scopes
            .current()
            .and_then(|scope| scope.rtes.first().cloned())
            .ok_or_else(|| Trouble::new("the table that is written is not known"))
    }
}

impl Analyzer<'_, '_> {
    /// The column that a command writes to.
    fn written_column(&self, name: &ast::ObjectName, target: &Rte) -> Result<ScopeColumn, Trouble> {
        let [only] = name.0.as_slice() else {
            return Err(Trouble::new("writing to a part of a column is not read by rules"));
        };
        let ident = only.as_ident().ok_or_else(|| Trouble::new("the column that is written is not known"))?;
        target.columns.iter().find(|column| column.name == ident.value).cloned().ok_or_else(|| {
            if !target.open {
                let table = &target.name;
                self.world.complain("42703", || {
                    format!("column \"{}\" of relation \"{table}\" does not exist", ident.value)
                });
            }
            Trouble::new(format!("there is no column {ident}"))
        })
    }
}
