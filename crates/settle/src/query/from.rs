//! FROM: its relations, joins and functions, and which names each of them brings (`parse_clause.c`: `transformFromClauseItem`).

use smol_str::SmolStr;
use sqlparser::ast;
use trueup_catalog::QualifiedName;

use super::{name, part};
use crate::analyze::{Analyzer, Trouble};
use crate::canon::Node;
use crate::coerce::{Context, Typed};
use crate::operator::OperatorName;
use crate::scope::{Rte, ScopeColumn};
use crate::types::TypeId;
use crate::world::RelationColumn;

/// What an item of FROM brings: its node and the relations whose names it makes visible.
struct Item {
    node: Node,
    rtes: Vec<Rte>,
}

/// Numbers the range table of one query.
#[derive(Default)]
struct Numbers(u16);

impl Numbers {
    fn next(&mut self) -> u16 {
        let number = self.0;
        self.0 = self.0.saturating_add(1);
        number
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

impl Analyzer<'_, '_> {
    /// The whole of FROM; its relations are left in the innermost scope.
    pub(super) fn read_from(&mut self, from: &[ast::TableWithJoins]) -> Result<Vec<Node>, Trouble> {
        let mut numbers = Numbers::default();
        let mut nodes = Vec::with_capacity(from.len());
        for item in from {
            let item = self.table_with_joins(item, &mut numbers)?;
            nodes.push(item.node);
            if let Some(scope) = self.scopes.innermost() {
                scope.rtes.extend(item.rtes);
            }
        }
        Ok(nodes)
    }

    fn visible(&self) -> Vec<Rte> {
        self.scopes.current().map(|scope| scope.rtes.clone()).unwrap_or_default()
    }

    pub(super) fn set_visible(&mut self, rtes: Vec<Rte>) {
        if let Some(scope) = self.scopes.innermost() {
            scope.rtes = rtes;
        }
    }

    /// A relation with its joins. What is in the innermost scope comes before it, and LATERAL sees it.
    fn table_with_joins(
        &mut self,
        item: &ast::TableWithJoins,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        let before = self.visible();
        let mut left = self.table_factor(&item.relation, numbers)?;
        for join in &item.joins {
            let mut seen = before.clone();
            seen.extend(left.rtes.iter().cloned());
            self.set_visible(seen);
            let right = self.table_factor(&join.relation, numbers)?;
            left = self.join(left, right, &join.join_operator, numbers)?;
        }
        self.set_visible(before);
        Ok(left)
    }

    fn join(
        &mut self,
        left: Item,
        right: Item,
        operator: &ast::JoinOperator,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        use ast::JoinOperator as J;
        let (kind, constraint) = match operator {
            J::Join(constraint) | J::Inner(constraint) => (JoinKind::Inner, constraint),
            J::Left(constraint) | J::LeftOuter(constraint) => (JoinKind::Left, constraint),
            J::Right(constraint) | J::RightOuter(constraint) => (JoinKind::Right, constraint),
            J::FullOuter(constraint) => (JoinKind::Full, constraint),
            J::CrossJoin(ast::JoinConstraint::None) => {
                numbers.next();
                let mut rtes = left.rtes;
                rtes.extend(right.rtes);
                return Ok(Item { node: part("cross join", vec![], vec![left.node, right.node]), rtes });
            }
            _ => return Err(Trouble::new("this kind of join is not PostgreSQL's")),
        };
        let what = match kind {
            JoinKind::Inner => "inner join",
            JoinKind::Left => "left join",
            JoinKind::Right => "right join",
            JoinKind::Full => "full join",
        };
        let mut alias = None;
        let using = match constraint {
            ast::JoinConstraint::On(condition) => {
                let mut rtes = left.rtes;
                rtes.extend(right.rtes);
                self.set_visible(rtes.clone());
                let condition = self.boolean(condition)?;
                numbers.next();
                return Ok(Item { node: part(what, vec![], vec![left.node, right.node, condition]), rtes });
            }
            ast::JoinConstraint::Using(names) => {
                let ident = |name: &ast::ObjectName| {
                    name.0.last().and_then(|p| p.as_ident()).map(|i| SmolStr::new(&i.value))
                };
                let (names, named) = trueup_syntax::using_columns(names);
                alias = named.map(SmolStr::new);
                names.iter().filter_map(ident).collect()
            }
            ast::JoinConstraint::Natural => {
                if left.rtes.iter().chain(&right.rtes).any(|rte| rte.unqualified && rte.open) {
                    return Err(Trouble::new("the columns of a NATURAL JOIN are not known"));
                }
                let theirs = columns_of(&right.rtes);
                let shared = columns_of(&left.rtes).into_iter().map(|(name, _)| name);
                let shared: Vec<SmolStr> =
                    shared.filter(|name| theirs.iter().any(|(other, _)| other == name)).collect();
                if shared.is_empty() {
                    return self.natural_without_columns(left, right, kind, what, numbers);
                }
                shared
            }
            ast::JoinConstraint::None => return Err(Trouble::new("a join has no condition")),
        };
        self.join_using(left, right, kind, what, using, alias, numbers)
    }

    /// A NATURAL JOIN of relations that share no column has no condition: it is printed as `CROSS JOIN`, or with `ON true`
    /// (`get_from_clause_item` in `ruleutils.c`).
    fn natural_without_columns(
        &mut self,
        left: Item,
        right: Item,
        kind: JoinKind,
        what: &'static str,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        numbers.next();
        let mut rtes = left.rtes;
        rtes.extend(right.rtes);
        if matches!(kind, JoinKind::Inner) {
            return Ok(Item { node: part("cross join", vec![], vec![left.node, right.node]), rtes });
        }
        let always = self.boolean(&ast::Expr::Value(ast::Value::Boolean(true).with_empty_span()))?;
        Ok(Item { node: part(what, vec![], vec![left.node, right.node, always]), rtes })
    }

    /// A join by the columns of the same names (`transformJoinUsingClause`, `buildMergedJoinVar`). The alias names just
    /// these columns, and hides nothing (manual, 7.2.1.1 "Joined Tables").
    #[allow(clippy::too_many_arguments)]
    fn join_using(
        &mut self,
        left: Item,
        right: Item,
        kind: JoinKind,
        what: &'static str,
        mut using: Vec<SmolStr>,
        alias: Option<SmolStr>,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        let number = numbers.next();
        let (ours, theirs) = (columns_of(&left.rtes), columns_of(&right.rtes));
        let open = left.rtes.iter().chain(&right.rtes).any(|rte| rte.unqualified && rte.open);
        let mut columns = Vec::with_capacity(ours.len() + theirs.len());
        let mut parts = vec![left.node, right.node];
        for name in &using {
            let pick = |columns: &[(SmolStr, Typed)]| {
                columns.iter().find(|(n, _)| n == name).map(|(_, typed)| typed.clone())
            };
            let (Some(l), Some(r)) = (pick(&ours), pick(&theirs)) else {
                if open {
                    let typed = self.opaque(
                        format!("using {name}"),
                        vec![],
                        "the columns of a joined relation are not known",
                    );
                    columns.push(column(name.clone(), typed));
                    continue;
                }
                let side = if pick(&ours).is_none() { "left" } else { "right" };
                self.world.complain("42703", || {
                    format!("column \"{name}\" specified in USING clause does not exist in {side} table")
                });
                return Err(Trouble::new(format!(
                    "column \"{name}\" specified in USING clause does not exist"
                )));
            };
            let equal = self.world.make_operator(self.path, &OperatorName::bare("="), l.clone(), r.clone());
            parts.push(equal.node);
            columns.push(column(name.clone(), self.merged(kind, l, r)));
        }
        let shared = alias.map(|alias| {
            let mut rte = self.rte(number, alias, columns.clone(), open, true);
            rte.unqualified = false;
            rte
        });
        let rest = |(name, _): &&(SmolStr, Typed)| !using.contains(name);
        columns.extend(ours.iter().filter(rest).map(|(name, typed)| column(name.clone(), typed.clone())));
        columns.extend(theirs.iter().filter(rest).map(|(name, typed)| column(name.clone(), typed.clone())));
        let mut rtes: Vec<Rte> = left.rtes.into_iter().chain(right.rtes).collect();
        for rte in &mut rtes {
            rte.unqualified = false;
        }
        rtes.push(self.rte(number, SmolStr::default(), columns, open, false));
        if let Some(shared) = shared {
            using.push(SmolStr::from(format!("as {}", shared.name)));
            rtes.push(shared);
        }
        Ok(Item { node: part(what, using, parts), rtes })
    }

    /// The one column that stands for both (`buildMergedJoinVar`).
    fn merged(&self, kind: JoinKind, left: Typed, right: Typed) -> Typed {
        let ty = self.world.common_type(&[left.ty, right.ty]).unwrap_or(TypeId::UNRESOLVED);
        let coerce = |typed: Typed| {
            if typed.ty == ty { typed } else { self.target(typed, ty, -1, Context::Implicit) }
        };
        let (plain_left, plain_right) = (left.ty == ty, right.ty == ty);
        let (left, right) = (coerce(left), coerce(right));
        match kind {
            // "We can use either var; prefer non-coerced one if available."
            JoinKind::Inner if !plain_left && plain_right => right,
            JoinKind::Inner | JoinKind::Left => left,
            JoinKind::Right => right,
            JoinKind::Full => {
                let key = self.world.info(ty).key.clone();
                Typed::new(Node::Coalesce { ty: key, arguments: vec![left.node, right.node] }, ty)
            }
        }
    }

    fn rte(&self, number: u16, name: SmolStr, columns: Vec<ScopeColumn>, open: bool, qualified: bool) -> Rte {
        Rte {
            number,
            name,
            schema: None,
            columns,
            row: self.world.known().record,
            qualified,
            unqualified: true,
            system_columns: false,
            open,
        }
    }

    fn table_factor(&mut self, factor: &ast::TableFactor, numbers: &mut Numbers) -> Result<Item, Trouble> {
        use ast::TableFactor as T;
        match factor {
            T::Table { args: Some(args), name, alias, with_ordinality, .. } => {
                if args.settings.is_some() {
                    return Err(Trouble::new("a table function with settings is not PostgreSQL's"));
                }
                self.function_item(name, &args.args, *with_ordinality, alias.as_ref(), numbers)
            }
            T::Function { name, args, with_ordinality, alias, .. } => {
                self.function_item(name, args, *with_ordinality, alias.as_ref(), numbers)
            }
            T::Table { name, alias, args: None, sample, with_ordinality: false, version: None, .. } => {
                let item = self.relation_item(name, alias.as_ref(), numbers)?;
                match sample {
                    None => Ok(item),
                    Some(
                        ast::TableSampleKind::BeforeTableAlias(sample)
                        | ast::TableSampleKind::AfterTableAlias(sample),
                    ) => self.sampled(item, sample),
                }
            }
            T::Derived { lateral, subquery, alias, sample: None } => {
                self.derived(*lateral, subquery, alias.as_ref(), numbers)
            }
            T::NestedJoin { table_with_joins, alias } => {
                let item = self.table_with_joins(table_with_joins, numbers)?;
                match alias {
                    None => Ok(item),
                    Some(alias) => Ok(self.aliased_join(item, alias, numbers)),
                }
            }
            other => {
                let text = other.to_string();
                let word: String = text.chars().take(30).collect();
                Err(Trouble::new(format!("{word}… in FROM is not read by rules")))
            }
        }
    }

    /// A table, view or WITH query by name.
    fn relation_item(
        &mut self,
        object: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        let number = numbers.next();
        let (only, names) = trueup_syntax::relation_name(object);
        let bare = names.last().copied().unwrap_or_default();
        let shown = alias.map_or(bare, |alias| alias.name.value.as_str());
        if let [name] = names.as_slice()
            && !only
            && let Some((reference, columns, open)) = self.find_cte(name)
        {
            let columns = positions(number, columns);
            let mut rte = self.rte(number, SmolStr::new(shown), columns, open, true);
            rename(&mut rte, alias)?;
            return Ok(Item { node: part("cte", vec![reference], vec![]), rtes: vec![rte] });
        }
        let found = match names.as_slice() {
            [name] => self.world.relation_on_path(self.path, name),
            [schema, name] | [_, schema, name] => Some(QualifiedName::new(*schema, *name)),
            _ => None,
        };
        let Some(found) = found else {
            self.world.complain("42P01", || format!("relation \"{}\" does not exist", names.join(".")));
            let why = format!("the relation {bare} is not known");
            let node = self.opaque(format!("relation {}", names.join(".")), vec![], why).node;
            let mut rte = self.rte(number, SmolStr::new(shown), vec![], true, true);
            rename(&mut rte, alias)?;
            return Ok(Item { node, rtes: vec![rte] });
        };
        let mut rte = self.table(&found, shown, number);
        if rte.open && !self.world.has_relation(&found) {
            self.world.complain("42P01", || format!("relation \"{}\" does not exist", names.join(".")));
        }
        if alias.is_some() {
            rte.schema = None;
        }
        rename(&mut rte, alias)?;
        let key = SmolStr::from(found.to_string());
        let names = if only { vec![key, SmolStr::new_static("only")] } else { vec![key] };
        Ok(Item { node: part("relation", names, vec![]), rtes: vec![rte] })
    }

    /// TABLESAMPLE (`transformRangeTableSample`): its argument is real, REPEATABLE's double precision.
    fn sampled(&mut self, item: Item, sample: &ast::TableSample) -> Result<Item, Trouble> {
        let known = self.world.known();
        let method = match &sample.name {
            Some(ast::TableSampleMethod::Bernoulli) => "bernoulli",
            Some(ast::TableSampleMethod::System) => "system",
            _ => return Err(Trouble::new("this sampling method is not read by rules")),
        };
        let Some(quantity) = sample.quantity.as_ref().filter(|q| q.unit.is_none()) else {
            return Err(Trouble::new("this form of TABLESAMPLE is not PostgreSQL's"));
        };
        let argument = self.expr(&quantity.value)?;
        let mut parts = vec![item.node, self.target(argument, known.float4, -1, Context::Assignment).node];
        if let Some(seed) = &sample.seed {
            let seed = self.expr(&ast::Expr::Value(seed.value.clone()))?;
            parts.push(self.target(seed, known.float8, -1, Context::Assignment).node);
        }
        Ok(Item { node: part("tablesample", vec![SmolStr::new_static(method)], parts), rtes: item.rtes })
    }

    /// A sub-query in FROM. Only LATERAL ones see what comes before them in FROM.
    fn derived(
        &mut self,
        lateral: bool,
        query: &ast::Query,
        alias: Option<&ast::TableAlias>,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        let before = self.visible();
        if !lateral {
            self.set_visible(vec![]);
        }
        let rows = self.sub_query(query);
        self.set_visible(before);
        let rows = rows?;
        let number = numbers.next();
        let shown = alias.map_or("", |alias| alias.name.value.as_str());
        let columns = positions(number, rows.columns);
        let mut rte = self.rte(number, SmolStr::new(shown), columns, rows.open, alias.is_some());
        rename(&mut rte, alias)?;
        Ok(Item { node: part("subquery", vec![], vec![rows.node]), rtes: vec![rte] })
    }

    /// `(a JOIN b …) AS j`: only `j` can be named.
    fn aliased_join(&mut self, item: Item, alias: &ast::TableAlias, numbers: &mut Numbers) -> Item {
        let number = numbers.next();
        let open = item.rtes.iter().any(|rte| rte.unqualified && rte.open);
        let columns = columns_of(&item.rtes).into_iter().map(|(name, typed)| column(name, typed)).collect();
        let mut rte = self.rte(number, SmolStr::new(&alias.name.value), columns, open, true);
        for (column, alias) in rte.columns.iter_mut().zip(&alias.columns) {
            column.name = SmolStr::new(&alias.name.value);
        }
        Item { node: item.node, rtes: vec![rte] }
    }

    /// A function in FROM (`transformRangeFunction`, `addRangeTableEntryForFunction`).
    fn function_item(
        &mut self,
        object: &ast::ObjectName,
        args: &[ast::FunctionArg],
        with_ordinality: bool,
        alias: Option<&ast::TableAlias>,
        numbers: &mut Numbers,
    ) -> Result<Item, Trouble> {
        let number = numbers.next();
        let (calls, bare) = table_calls(object, args)?;
        let mut columns = Vec::new();
        let mut nodes = Vec::with_capacity(calls.len());
        let mut open = false;
        let single = calls.len() == 1;
        let definitions = alias.map_or(&[][..], |alias| alias.columns.as_slice());
        let defined = definitions.iter().any(|definition| definition.data_type.is_some());
        let mut names = Vec::new();
        for call in &calls {
            let own = name::function_name(call).unwrap_or_default();
            let typed = self.expr(&ast::Expr::Function(call.clone()))?;
            if defined && single {
                // `AS t(a int, b text)`: the caller says what the record holds.
                for definition in definitions {
                    let (ty, typmod) = match &definition.data_type {
                        Some(data_type) => self.data_type(data_type)?,
                        None => return Err(Trouble::new("a column definition list lacks a type")),
                    };
                    let key = SmolStr::from(format!("{} {typmod}", self.world.info(ty).key));
                    names.push(SmolStr::from(format!("{} {key}", definition.name.value)));
                    columns.push(RelationColumn { name: SmolStr::new(&definition.name.value), ty, typmod });
                }
            } else if let Some(fields) = self.function_columns(call, &typed) {
                columns.extend(fields.into_iter().map(|(name, ty, typmod)| RelationColumn {
                    name,
                    ty,
                    typmod,
                }));
            } else if typed.ty.is_unresolved() || typed.ty == self.world.known().record {
                open = true;
            } else {
                // A scalar: its column is called like the alias, or like the function.
                let shown = if single { alias.map_or(own, |alias| alias.name.value.as_str()) } else { own };
                columns.push(RelationColumn {
                    name: SmolStr::new(shown),
                    ty: typed.ty,
                    typmod: typed.typmod,
                });
            }
            nodes.push(typed.node);
        }
        if with_ordinality {
            let name = SmolStr::new_static("ordinality");
            columns.push(RelationColumn { name: name.clone(), ty: self.world.known().int8, typmod: -1 });
            names.push(name);
        }
        let shown = alias.map_or(bare.as_str(), |alias| alias.name.value.as_str());
        let columns = positions(number, columns);
        let mut rte = self.rte(number, SmolStr::new(shown), columns, open, true);
        if !defined {
            rename(&mut rte, alias)?;
        }
        Ok(Item { node: part("function", names, nodes), rtes: vec![rte] })
    }

    /// The columns of a function's result, if it is a row (`get_expr_result_type`).
    fn function_columns(&self, call: &ast::Function, typed: &Typed) -> Option<Vec<(SmolStr, TypeId, i32)>> {
        if let Some(fields) = self.row_fields(typed.ty) {
            return Some(fields);
        }
        if typed.ty != self.world.known().record {
            return None;
        }
        self.record_outputs(call, &typed.node)
    }

    /// The OUT columns of a function that returns `record`, found by its key in the canonical call.
    fn record_outputs(&self, call: &ast::Function, node: &Node) -> Option<Vec<(SmolStr, TypeId, i32)>> {
        let Node::Call { function, .. } = node else { return None };
        let name = name::function_name(call)?;
        let found = self.world.functions(name).find(|candidate| key(self.world, candidate) == *function)?;
        if found.outputs.is_empty() {
            return None;
        }
        Some(found.outputs.iter().map(|(name, ty)| (name.clone(), *ty, -1)).collect())
    }
}

/// The calls of an item: one, or those of `ROWS FROM (…)`; `unnest(a, b)` is `ROWS FROM (unnest(a), unnest(b))`.
fn table_calls(
    object: &ast::ObjectName,
    args: &[ast::FunctionArg],
) -> Result<(Vec<ast::Function>, String), Trouble> {
    let call = |args: Vec<ast::FunctionArg>| ast::Function {
        name: object.clone(),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(ast::FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: vec![],
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: vec![],
    };
    let bare = object.0.last().and_then(|p| p.as_ident()).map(|i| i.value.clone()).unwrap_or_default();
    if trueup_syntax::is_rows_from(object) {
        let mut calls = Vec::with_capacity(args.len());
        for arg in args {
            match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ast::Expr::Function(function))) => {
                    let list = match &function.args {
                        ast::FunctionArguments::List(list) => list.args.as_slice(),
                        _ => return Err(Trouble::new("ROWS FROM holds something that is no call")),
                    };
                    calls.extend(table_calls(&function.name, list)?.0);
                }
                _ => return Err(Trouble::new("ROWS FROM holds something that is no call")),
            }
        }
        return Ok((calls, calls_name(args)));
    }
    if bare == "unnest" && args.len() > 1 {
        return Ok((args.iter().map(|arg| call(vec![arg.clone()])).collect(), bare));
    }
    Ok((vec![call(args.to_vec())], bare))
}

/// What stands for a function in a canonical call: its name and the types that it declares.
fn key(world: &crate::world::World<'_>, function: &crate::snapshot::Function) -> SmolStr {
    let types: Vec<&str> = function.arguments.iter().map(|ty| world.info(*ty).key.as_str()).collect();
    SmolStr::from(format!("{}({})", function.key, types.join(",")))
}

fn calls_name(args: &[ast::FunctionArg]) -> String {
    match args.first() {
        Some(ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ast::Expr::Function(function)))) => {
            name::function_name(function).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

fn column(name: SmolStr, typed: Typed) -> ScopeColumn {
    ScopeColumn { name, ty: typed.ty, typmod: typed.typmod, node: Some(typed.node) }
}

/// Columns that are referred to by their place: the names inside a sub-query mean nothing outside of it.
fn positions(number: u16, columns: Vec<RelationColumn>) -> Vec<ScopeColumn> {
    let place = |(index, column): (usize, RelationColumn)| ScopeColumn {
        name: column.name,
        ty: column.ty,
        typmod: column.typmod,
        node: Some(Node::Column { level: 0, rte: number, name: SmolStr::from(format!("#{}", index + 1)) }),
    };
    columns.into_iter().enumerate().map(place).collect()
}

/// The columns that `*` would give, as seen from the query itself.
fn columns_of(rtes: &[Rte]) -> Vec<(SmolStr, Typed)> {
    rtes.iter()
        .filter(|rte| rte.unqualified)
        .flat_map(|rte| rte.columns.iter().map(|column| (column.name.clone(), rte.reference(0, column))))
        .collect()
}

/// `AS t(a, b)`: the first columns get other names; what they are stays.
fn rename(rte: &mut Rte, alias: Option<&ast::TableAlias>) -> Result<(), Trouble> {
    let Some(alias) = alias else { return Ok(()) };
    if alias.columns.len() > rte.columns.len() && !rte.open {
        return Err(Trouble::new(format!("table \"{}\" has fewer columns than its alias names", rte.name)));
    }
    let number = rte.number;
    for (column, alias) in rte.columns.iter_mut().zip(&alias.columns) {
        if column.node.is_none() {
            column.node = Some(Node::Column { level: 0, rte: number, name: column.name.clone() });
        }
        column.name = SmolStr::new(&alias.name.value);
    }
    Ok(())
}
