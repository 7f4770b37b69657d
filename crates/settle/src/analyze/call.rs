//! Calls: functions, aggregates and window functions (`ParseFuncOrColumn` in `parse_func.c`).

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Analysed, Analyzer, Trouble, operator_name};
use crate::canon::{Aggregate, Node, SortKey, Window};
use crate::coerce::{Context, Typed};
use crate::function::{CallShape, Called, Match};
use crate::operator::OperatorName;
use crate::types::TypeId;

/// A call before it is resolved.
#[derive(Default)]
pub(crate) struct Call<'a> {
    pub schema: Option<SmolStr>,
    pub name: SmolStr,
    pub arguments: Vec<Typed>,
    /// Names of the trailing arguments given by name.
    pub names: Vec<SmolStr>,
    pub variadic: bool,
    pub star: bool,
    pub distinct: bool,
    pub order: &'a [ast::OrderByExpr],
    pub within: &'a [ast::OrderByExpr],
    pub filter: Option<&'a ast::Expr>,
    pub over: Option<OverClause<'a>>,
}

/// `OVER …`
pub(crate) type OverClause<'a> = &'a ast::WindowType;

impl Analyzer<'_, '_> {
    /// A call as written.
    pub(super) fn function(&mut self, function: &ast::Function) -> Analysed {
        let idents: Vec<&ast::Ident> = function.name.0.iter().filter_map(|part| part.as_ident()).collect();
        let list = match &function.args {
            ast::FunctionArguments::None => {
                if let [name] = idents.as_slice()
                    && let Some(typed) = self.value_function(&name.value, None)
                {
                    return Ok(typed);
                }
                return Ok(self.unsupported(&ast::Expr::Function(function.clone())));
            }
            ast::FunctionArguments::Subquery(query) => {
                return match idents.as_slice() {
                    [name] if name.value == "array" => self.array_query(query),
                    _ => Ok(self.unsupported(&ast::Expr::Function(function.clone()))),
                };
            }
            ast::FunctionArguments::List(list) => list,
        };
        if let [name] = idents.as_slice()
            && name.quote_style.is_none()
            && let Some(done) = self.special_call(&name.value, function, list)?
        {
            return Ok(done);
        }
        let mut call = Call {
            distinct: list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct),
            within: &function.within_group,
            filter: function.filter.as_deref(),
            over: function.over.as_ref(),
            ..Call::default()
        };
        match idents.as_slice() {
            [name] => call.name = SmolStr::new(&name.value),
            [schema, name] | [_, schema, name] => {
                call.schema = Some(SmolStr::new(&schema.value));
                call.name = SmolStr::new(&name.value);
            }
            _ => return Ok(self.unsupported(&ast::Expr::Function(function.clone()))),
        }
        for clause in &list.clauses {
            match clause {
                ast::FunctionArgumentClause::OrderBy(order) => call.order = order,
                _ => return Ok(self.unsupported(&ast::Expr::Function(function.clone()))),
            }
        }
        if function.null_treatment.is_some() {
            return Ok(self.unsupported(&ast::Expr::Function(function.clone())));
        }
        for argument in &list.args {
            self.argument(&mut call, argument)?;
        }
        self.call(call)
    }

    fn argument(&mut self, call: &mut Call<'_>, argument: &ast::FunctionArg) -> Result<(), Trouble> {
        let (name, value) = match argument {
            ast::FunctionArg::Named { name, arg, .. } => (Some(SmolStr::new(&name.value)), arg),
            ast::FunctionArg::ExprNamed { name: ast::Expr::Identifier(name), arg, .. } => {
                (Some(SmolStr::new(&name.value)), arg)
            }
            ast::FunctionArg::ExprNamed { .. } => return Err(Trouble::new("an argument's name is no name")),
            ast::FunctionArg::Unnamed(arg) => (None, arg),
        };
        let typed = match value {
            ast::FunctionArgExpr::Wildcard => {
                call.star = true;
                return Ok(());
            }
            ast::FunctionArgExpr::QualifiedWildcard(name) => self.whole(name)?,
            ast::FunctionArgExpr::WildcardWithOptions(_) => {
                return Err(Trouble::new("an argument is no expression of PostgreSQL"));
            }
            ast::FunctionArgExpr::Expr(ast::Expr::Prefixed { prefix, value })
                if prefix.value == "VARIADIC" =>
            {
                call.variadic = true;
                self.expr(value)?
            }
            ast::FunctionArgExpr::Expr(expr) => self.expr(expr)?,
        };
        call.names.extend(name);
        call.arguments.push(typed);
        Ok(())
    }

    /// A function of `pg_catalog` that the grammar calls by itself.
    pub(crate) fn system_call(&mut self, name: &str, arguments: &[&ast::Expr]) -> Analysed {
        let mut call = Call {
            schema: Some(SmolStr::new_static(crate::snapshot::PG_CATALOG)),
            name: SmolStr::new(name),
            ..Call::default()
        };
        for argument in arguments {
            call.arguments.push(self.expr(argument)?);
        }
        self.call(call)
    }

    /// Resolves a call and builds its node.
    pub(crate) fn call(&mut self, mut call: Call<'_>) -> Analysed {
        let direct = call.arguments.len();
        let within = self.sort_keys_typed(call.within)?;
        let order_types: Vec<Typed> = within.iter().map(|(typed, _)| typed.clone()).collect();
        call.arguments.extend(order_types);
        let types: Vec<TypeId> = call.arguments.iter().map(|typed| typed.ty).collect();
        let shape = CallShape {
            schema: call.schema.clone(),
            name: &call.name,
            types: &types,
            names: &call.names,
            variadic: call.variadic,
        };
        let world = self.world;
        let found = match world.find_function(self.path, &shape) {
            None => return self.unknown_call(call, &types),
            Some(Called::Cast(target)) => {
                let Some(argument) = call.arguments.pop() else {
                    return Err(Trouble::new("a cast without a value"));
                };
                return Ok(self.target(argument, target, -1, Context::Explicit));
            }
            Some(Called::Function(found)) => found,
        };
        let function = found.function;
        self.volatile = match (self.volatile, function.volatility) {
            (Some(true), _) | (_, b'v') => Some(true),
            (seen, b'i' | b's') => seen,
            _ => None,
        };
        let Some(settled) = world.settle_generic(&types, &found.arguments, function.returns) else {
            return self.unknown_call(call, &types);
        };
        let mut nodes: Vec<Node> = Vec::with_capacity(types.len());
        let mut coerced_types = Vec::with_capacity(types.len());
        for (typed, target) in std::mem::take(&mut call.arguments).into_iter().zip(&settled.arguments) {
            let typed = world.coerce_type(typed, *target, -1, Context::Implicit);
            // A literal for "any" stays a literal of no type, as PostgreSQL keeps it.
            coerced_types.push(typed.ty);
            nodes.push(typed.node);
        }
        let variadic = self.gather_variadic(&found, &call, &mut nodes, &coerced_types);
        if let Some(positions) = &found.positions {
            // Arguments given by name stay so, even where they stand in their place.
            let positional = nodes.len().saturating_sub(call.names.len());
            nodes = nodes
                .into_iter()
                .zip(positions)
                .enumerate()
                .map(|(index, (node, position))| match index < positional {
                    true => node,
                    false => Node::Named { position: *position, argument: Box::new(node) },
                })
                .collect();
        }
        let key = self.function_key(&found);
        let returns = settled.returns;
        let is_aggregate = matches!(function.kind, b'a' | b'o' | b'h');
        let node = if is_aggregate {
            let order = self.sort_keys(call.order)?;
            let filter = call.filter.map(|expr| self.boolean(expr)).transpose()?;
            let mut order = order;
            let (direct_nodes, arguments) = if matches!(function.kind, b'o' | b'h') {
                let rest = nodes.split_off(direct.min(nodes.len()));
                for ((_, key), node) in within.into_iter().zip(&rest) {
                    order.push(SortKey { node: node.clone(), ..key });
                }
                (nodes, rest)
            } else {
                (Vec::new(), nodes)
            };
            Node::Aggregate(Box::new(Aggregate {
                function: key,
                star: call.star,
                distinct: call.distinct,
                variadic,
                direct: direct_nodes,
                arguments,
                order,
                filter,
            }))
        } else {
            if matches!(key.as_str(), "normalize(text,text)" | "is_normalized(text,text)") {
                fold_form(&mut nodes);
            }
            Node::Call { function: key, arguments: nodes, variadic }
        };
        let node = match call.over {
            Some(over) => {
                let window = self.window(over)?;
                // A filter on a window function that is no aggregate is an error; its own is
                // inside the aggregate.
                Node::Window { call: Box::new(node), window: Box::new(window) }
            }
            None => node,
        };
        Ok(Typed::new(node, returns))
    }

    /// "If it's a variadic function call, transform the last nvargs arguments into an array —
    /// unless it's an \"any\" variadic."
    fn gather_variadic(
        &self,
        found: &Match<'_>,
        call: &Call<'_>,
        nodes: &mut Vec<Node>,
        types: &[TypeId],
    ) -> bool {
        let any = self.world.known().any;
        if found.expanded == 0 {
            return call.variadic;
        }
        if found.function.variadic == Some(any) {
            return false;
        }
        let start = nodes.len().saturating_sub(found.expanded);
        let element = types.get(start).copied().unwrap_or(TypeId::UNRESOLVED);
        let array = self.world.info(element).array.unwrap_or(TypeId::UNRESOLVED);
        let elements = nodes.split_off(start);
        nodes.push(Node::Array { ty: self.world.info(array).key.clone(), elements });
        true
    }

    /// What stands for a function: its name and the types that it declares.
    fn function_key(&self, found: &Match<'_>) -> SmolStr {
        let mut key = String::with_capacity(32);
        key.push_str(&found.function.key);
        key.push('(');
        for (index, ty) in found.function.arguments.iter().enumerate() {
            if index > 0 {
                key.push(',');
            }
            key.push_str(self.world.in_signature(&found.function.key, *ty));
        }
        key.push(')');
        SmolStr::from(key)
    }

    /// A call that nothing known answers to.
    fn unknown_call(&mut self, call: Call<'_>, types: &[TypeId]) -> Analysed {
        let name = match &call.schema {
            Some(schema) => format!("{schema}.{}", call.name),
            None => call.name.to_string(),
        };
        let known = |ty: &TypeId| self.world.info(*ty).key.as_str();
        let why = if types.iter().any(|ty| ty.is_unresolved()) {
            format!("the type of an argument of {name} is not known")
        } else {
            self.complain_of_call(&call, &name, types);
            let types = types.iter().map(known).collect::<Vec<_>>().join(", ");
            format!("no function {name}({types}) is known")
        };
        let mut parts: Vec<Node> = call.arguments.into_iter().map(|typed| typed.node).collect();
        for key in self.sort_keys(call.order)? {
            parts.push(key.node);
        }
        if let Some(filter) = call.filter {
            parts.push(self.boolean(filter)?);
        }
        let what = format!(
            "call {name} {}{}{}{}{} {}",
            if call.distinct { "distinct " } else { "" },
            if call.star { "* " } else { "" },
            if call.variadic { "variadic " } else { "" },
            call.order.iter().map(|o| format!("{} ", o.options)).collect::<String>(),
            call.within.iter().map(|o| format!("within {} ", o.options)).collect::<String>(),
            call.names.join(" "),
        );
        let typed = self.opaque(what, parts, why);
        match call.over {
            None => Ok(typed),
            Some(over) => {
                let window = self.window(over)?;
                let node = Node::Window { call: Box::new(typed.node), window: Box::new(window) };
                Ok(Typed::new(node, TypeId::UNRESOLVED))
            }
        }
    }

    /// No function fits, or several do alike (`ParseFuncOrColumn`).
    fn complain_of_call(&self, call: &Call<'_>, name: &str, types: &[TypeId]) {
        let shape = CallShape {
            schema: call.schema.clone(),
            name: &call.name,
            types,
            names: &call.names,
            variadic: call.variadic,
        };
        let words = || types.iter().map(|ty| self.world.type_words(*ty)).collect::<Vec<_>>().join(", ");
        if let Some(schema) = &call.schema
            && !self.world.has_schema(schema)
        {
            self.world.complain("3F000", || format!("schema \"{schema}\" does not exist"));
        } else if self.world.several_fit(self.path, &shape) {
            self.world.complain("42725", || format!("function {name}({}) is not unique", words()));
        } else {
            self.world.complain("42883", || format!("function {name}({}) does not exist", words()));
        }
    }

    /// `ORDER BY` of aggregates and windows, where numbers are constants and no positions.
    pub(crate) fn sort_keys(&mut self, order: &[ast::OrderByExpr]) -> Result<Vec<SortKey>, Trouble> {
        let keys = self.sort_keys_typed(order)?;
        Ok(keys
            .into_iter()
            .map(|(typed, key)| SortKey { node: self.text_if_unknown(typed).node, ..key })
            .collect())
    }

    fn sort_keys_typed(&mut self, order: &[ast::OrderByExpr]) -> Result<Vec<(Typed, SortKey)>, Trouble> {
        let mut keys = Vec::with_capacity(order.len());
        for item in order {
            let typed = self.expr(&item.expr)?;
            let key = self.sort_key(&item.options, typed.ty);
            keys.push((typed, key));
        }
        Ok(keys)
    }

    /// Direction and place of nulls; the node is still to be put in (`addTargetToSortList`).
    pub(crate) fn sort_key(&self, options: &ast::OrderByOptions, ty: TypeId) -> SortKey {
        let (operator, descending) = match &options.sort {
            None | Some(ast::OrderBySort::Asc) => (None, false),
            Some(ast::OrderBySort::Desc) => (None, true),
            Some(ast::OrderBySort::Using(name)) => {
                let text = name
                    .0
                    .iter()
                    .filter_map(|p| p.as_ident())
                    .map(|i| i.value.as_str())
                    .collect::<Vec<_>>()
                    .join(".");
                let name: OperatorName<'_> = operator_name(&text);
                match self.world.binary_operator(self.path, &name, ty, ty) {
                    // The type's own `<` and `>` are what ASC and DESC mean.
                    Some(_) if name.symbol == "<" => (None, false),
                    Some(_) if name.symbol == ">" => (None, true),
                    Some(chosen) => (Some(chosen.key), false),
                    None => (Some(SmolStr::from(text)), false),
                }
            }
        };
        let nulls_first = options.nulls_first.unwrap_or(descending);
        SortKey { node: Node::CaseOperand, operator, descending, nulls_first }
    }

    /// `OVER …`, a named window's definition put in its place.
    pub(crate) fn window(&mut self, over: &ast::WindowType) -> Result<Window, Trouble> {
        let spec = match over {
            ast::WindowType::NamedWindow(name) => return self.named_window(&name.value),
            ast::WindowType::WindowSpec(spec) => spec,
        };
        self.window_spec(spec)
    }

    /// A window as defined in brackets, over another where it names one.
    pub(crate) fn window_spec(&mut self, spec: &ast::WindowSpec) -> Result<Window, Trouble> {
        let (exclusion, base) = spec.window_name.as_ref().map_or((None, None), trueup_syntax::window_name);
        let mut window = match base {
            Some(name) => self.named_window(name)?,
            None => Window {
                partition: Vec::new(),
                order: Vec::new(),
                frame: SmolStr::default(),
                offsets: Vec::new(),
            },
        };
        for expr in &spec.partition_by {
            let typed = self.expr(expr)?;
            window.partition.push(self.text_if_unknown(typed).node);
        }
        if !spec.order_by.is_empty() {
            window.order = self.sort_keys(&spec.order_by)?;
        }
        if let Some(frame) = &spec.window_frame {
            let mut words = frame.units.to_string().to_lowercase();
            let current = ast::WindowFrameBound::CurrentRow;
            for bound in [&frame.start_bound, frame.end_bound.as_ref().unwrap_or(&current)] {
                let (word, offset) = match bound {
                    ast::WindowFrameBound::CurrentRow => (" current row", None),
                    ast::WindowFrameBound::Preceding(None) => (" unbounded preceding", None),
                    ast::WindowFrameBound::Following(None) => (" unbounded following", None),
                    ast::WindowFrameBound::Preceding(Some(offset)) => (" preceding", Some(offset)),
                    ast::WindowFrameBound::Following(Some(offset)) => (" following", Some(offset)),
                };
                words.push_str(word);
                if let Some(offset) = offset {
                    let typed = self.expr(offset)?;
                    // `transformFrameOffset`: ROWS and GROUPS count in bigint, RANGE in a type
                    // that depends on the ordering column.
                    let known = self.world.known();
                    let typed = if frame.units == ast::WindowFrameUnits::Range {
                        self.text_if_unknown(typed)
                    } else {
                        self.target(typed, known.int8, -1, Context::Implicit)
                    };
                    window.offsets.push(typed.node);
                }
            }
            if let Some(exclusion) = exclusion {
                words.push_str(" exclude ");
                words.push_str(exclusion);
            }
            window.frame = SmolStr::from(words);
        }
        Ok(window)
    }

    fn named_window(&self, name: &str) -> Result<Window, Trouble> {
        self.windows
            .last()
            .and_then(|frame| frame.iter().rev().find(|(defined, _)| defined == name))
            .map(|(_, window)| window.clone())
            .ok_or_else(|| Trouble::new(format!("there is no window {name}")))
    }
}

/// The form of Unicode normalization is read in either case (`unicode_norm_form_from_string` in `varlena.c`); 13 keeps `NFC` as `'nfc'`.
fn fold_form(arguments: &mut [Node]) {
    if let Some(Node::Const { value: crate::canon::Value::Exact(form), .. }) = arguments.get_mut(1) {
        *form = SmolStr::from(form.to_ascii_uppercase());
    }
}
