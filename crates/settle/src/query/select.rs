//! SELECT: its target list, and the order in which its clauses are read (`transformSelectStmt`).

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Body, Tail, Target, name, part};
use crate::analyze::{Analyzer, Trouble};
use crate::canon::Node;
use crate::coerce::Typed;
use crate::scope::{Lookup, Rte, Scope};
use crate::types::TypeId;

impl Analyzer<'_, '_> {
    /// One SELECT with what follows it.
    pub(super) fn select(&mut self, select: &ast::Select, tail: Tail<'_>) -> Result<Body, Trouble> {
        self.scopes.push(Scope::default());
        self.windows.push(Vec::new());
        let result = self.select_in_scope(select, tail);
        self.windows.pop();
        self.scopes.pop();
        result
    }

    fn select_in_scope(&mut self, select: &ast::Select, tail: Tail<'_>) -> Result<Body, Trouble> {
        if select.into.is_some()
            || select.top.is_some()
            || select.qualify.is_some()
            || select.prewhere.is_some()
            || select.exclude.is_some()
            || !select.lateral_views.is_empty()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty()
            || select.flavor != ast::SelectFlavor::Standard
        {
            return Err(Trouble::new("the query has a clause that rules don't read"));
        }
        let mut parts = Vec::new();
        let from = self.read_from(&select.from)?;
        if !from.is_empty() {
            parts.push(part("from", vec![], from));
        }
        for ast::NamedWindowDefinition(name, spec) in &select.named_window {
            let window = match spec {
                ast::NamedWindowExpr::WindowSpec(spec) => self.window_spec(spec)?,
                ast::NamedWindowExpr::NamedWindow(other) => {
                    self.window(&ast::WindowType::NamedWindow(other.clone()))?
                }
            };
            if let Some(frame) = self.windows.last_mut() {
                frame.push((SmolStr::new(&name.value), window));
            }
        }
        let (targets, open) = self.target_list(&select.projection)?;
        if let Some(selection) = &select.selection {
            parts.push(part("where", vec![], vec![self.boolean(selection)?]));
        }
        let order = self.order_by(tail.order_by, &targets)?;
        if let Some(group) = self.group_by(&select.group_by, &targets)? {
            parts.push(group);
        }
        if let Some(having) = &select.having {
            parts.push(part("having", vec![], vec![self.boolean(having)?]));
        }
        match &select.distinct {
            None | Some(ast::Distinct::All) => {}
            Some(ast::Distinct::Distinct) => parts.push(part("distinct", vec![], vec![])),
            Some(ast::Distinct::On(list)) => {
                let mut keys = Vec::with_capacity(list.len());
                for expr in list {
                    keys.push(self.target_or_expr(expr, &targets, false)?.node);
                }
                parts.push(part("distinct on", vec![], keys));
            }
        }
        parts.extend(order);
        self.limit(tail, &mut parts)?;
        self.locks(tail.locks, &mut parts)?;
        Ok(Body { targets, open, part: "select", names: vec![], parts, own: true })
    }

    /// `TABLE t`, which is `SELECT * FROM t`.
    pub(super) fn table_command(&mut self, table: &ast::Table, tail: Tail<'_>) -> Result<Body, Trouble> {
        let ident = |name: &String| ast::Ident::with_quote('"', name);
        let name: Vec<ast::Ident> = table.schema_name.iter().chain(&table.table_name).map(ident).collect();
        let quoted: Vec<String> =
            name.iter().map(|i| format!("\"{}\"", i.value.replace('"', "\"\""))).collect();
        let text = format!("SELECT * FROM {}", quoted.join("."));
        let query = trueup_syntax::parse_query(&text).map_err(|error| Trouble::new(error.to_string()))?;
        match query.body.as_ref() {
            ast::SetExpr::Select(select) => self.select(select, tail),
            _ => Err(Trouble::new("TABLE names no table")),
        }
    }

    /// `transformTargetList`
    pub(super) fn target_list(&mut self, items: &[ast::SelectItem]) -> Result<(Vec<Target>, bool), Trouble> {
        let mut targets = Vec::with_capacity(items.len());
        let mut open = false;
        for item in items {
            match item {
                ast::SelectItem::UnnamedExpr(expr) if trueup_syntax::starred_row(expr).is_some() => {
                    if let Some(row) = trueup_syntax::starred_row(expr) {
                        let typed = self.expr(row)?;
                        open |= self.expand_row(typed, &mut targets);
                    }
                }
                ast::SelectItem::UnnamedExpr(expr) => {
                    let typed = self.expr(expr)?;
                    targets.push(Target { name: name::figure(expr, self.world.major()), typed });
                }
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    let typed = self.expr(expr)?;
                    targets.push(Target { name: SmolStr::new(&alias.value), typed });
                }
                ast::SelectItem::Wildcard(options) => {
                    plain_wildcard(options)?;
                    let rtes = self.scopes.current().map(|scope| scope.rtes.clone()).unwrap_or_default();
                    for rte in rtes.iter().filter(|rte| rte.unqualified) {
                        open |= self.expand(rte, 0, &mut targets);
                    }
                }
                ast::SelectItem::QualifiedWildcard(
                    ast::SelectItemQualifiedWildcardKind::ObjectName(object),
                    options,
                ) => {
                    plain_wildcard(options)?;
                    open |= self.qualified_wildcard(object, &mut targets)?;
                }
                ast::SelectItem::QualifiedWildcard(
                    ast::SelectItemQualifiedWildcardKind::Expr(expr),
                    options,
                ) => {
                    plain_wildcard(options)?;
                    let typed = self.expr(expr)?;
                    open |= self.expand_row(typed, &mut targets);
                }
                ast::SelectItem::ExprWithAliases { .. } => {
                    return Err(Trouble::new("an expression with several aliases is not PostgreSQL's"));
                }
            }
        }
        Ok((targets, open))
    }

    /// `alias.*`, or `composite_column.*`.
    fn qualified_wildcard(
        &mut self,
        object: &ast::ObjectName,
        targets: &mut Vec<Target>,
    ) -> Result<bool, Trouble> {
        let idents: Vec<&ast::Ident> = object.0.iter().filter_map(|part| part.as_ident()).collect();
        let names: Vec<&str> = idents.iter().map(|ident| ident.value.as_str()).collect();
        let relation = match names.as_slice() {
            [name] => self.scopes.relation(None, name),
            [schema, name] | [_, schema, name] => self.scopes.relation(Some(schema), name),
            _ => None,
        };
        if let Some((level, rte)) = relation {
            let rte = rte.clone();
            return Ok(self.expand(&rte, level, targets));
        }
        let expr = match idents.as_slice() {
            [one] => ast::Expr::Identifier((*one).clone()),
            more => ast::Expr::CompoundIdentifier(more.iter().map(|ident| (*ident).clone()).collect()),
        };
        let typed = self.expr(&expr)?;
        Ok(self.expand_row(typed, targets))
    }

    /// Every column of a relation (`expandNSItemAttrs`). Whether there may be more.
    fn expand(&self, rte: &Rte, level: u16, targets: &mut Vec<Target>) -> bool {
        for column in &rte.columns {
            targets.push(Target { name: column.name.clone(), typed: rte.reference(level, column) });
        }
        if rte.open {
            let all = self.opaque(
                format!("{}.*", rte.name),
                vec![],
                format!("the columns of {} are not known", rte.name),
            );
            targets.push(Target { name: SmolStr::new_static("*"), typed: all });
        }
        rte.open
    }

    /// Every field of a composite value (`ExpandRowReference`).
    fn expand_row(&self, typed: Typed, targets: &mut Vec<Target>) -> bool {
        let fields = self.row_fields(typed.ty);
        let Some(fields) = fields else {
            let all = self.opaque("(row).*", vec![typed.node], "the fields of a row are not known");
            targets.push(Target { name: SmolStr::new_static("*"), typed: all });
            return true;
        };
        for (name, ty, typmod) in fields {
            let node = match &typed.node {
                // The columns of a whole row are the relation's (`expandRTE`).
                Node::WholeRow { level, rte } => {
                    Node::Column { level: *level, rte: *rte, name: name.clone() }
                }
                node => Node::Field { name: name.clone(), argument: Box::new(node.clone()) },
            };
            targets.push(Target { name, typed: Typed { node, ty, typmod } });
        }
        false
    }

    /// The fields of a composite type.
    pub(super) fn row_fields(&self, ty: TypeId) -> Option<Vec<(SmolStr, TypeId, i32)>> {
        let (base, _) = self.world.base_type(ty, -1);
        let relation = self.world.relation(self.world.info(base).relation.as_ref()?)?;
        Some(relation.columns.iter().map(|c| (c.name.clone(), c.ty, c.typmod)).collect())
    }

    /// FOR UPDATE and its kin (`transformLockingClause`): one lock for each relation, which is how PostgreSQL keeps and prints them.
    fn locks(&mut self, locks: &[ast::LockClause], parts: &mut Vec<Node>) -> Result<(), Trouble> {
        for lock in locks {
            let strength = match lock.lock_type {
                ast::LockType::Share => "share",
                ast::LockType::Update => "update",
            };
            let wait = match &lock.nonblock {
                None => "",
                Some(ast::NonBlock::Nowait) => "nowait",
                Some(ast::NonBlock::SkipLocked) => "skip locked",
            };
            let wanted =
                lock.of.as_ref().and_then(|of| of.0.last()?.as_ident()).map(|ident| ident.value.clone());
            let rtes = self.scopes.current().map(|scope| scope.rtes.clone()).unwrap_or_default();
            let lockable = |rte: &&Rte| rte.qualified && wanted.as_ref().is_none_or(|name| *name == rte.name);
            for rte in rtes.iter().filter(lockable) {
                let names = [strength, wait].map(SmolStr::new_static).into_iter();
                let number = SmolStr::from(rte.number.to_string());
                parts.push(part("lock", names.chain([number]).collect(), vec![]));
            }
        }
        Ok(())
    }

    /// A column of the innermost FROM by its bare name, never of a query further out.
    pub(super) fn local_column(&self, name: &str) -> Option<Typed> {
        let scope = self.scopes.current()?;
        let mut found = None;
        for rte in scope.rtes.iter().filter(|rte| rte.unqualified) {
            match rte.column(0, name) {
                Lookup::Found(typed) => {
                    if found.replace(typed).is_some() {
                        return None;
                    }
                }
                Lookup::Ambiguous => return None,
                Lookup::Missing | Lookup::Open => {}
            }
        }
        found
    }
}

fn plain_wildcard(options: &ast::WildcardAdditionalOptions) -> Result<(), Trouble> {
    let other = options.opt_ilike.is_some()
        || options.opt_exclude.is_some()
        || options.opt_except.is_some()
        || options.opt_replace.is_some()
        || options.opt_rename.is_some();
    if other { Err(Trouble::new("* with options is not PostgreSQL's")) } else { Ok(()) }
}
