//! Names of columns, rows, fields and subscripts (`transformColumnRef`, `transformIndirection` in
//! `parse_expr.c`).

use smol_str::SmolStr;
use sqlparser::ast;
use trueup_catalog::Name;

use super::{Analysed, Analyzer};
use crate::canon::{Node, Subscript};
use crate::coerce::{Context, Typed};
use crate::scope::{Lookup, Rte, SYSTEM_COLUMNS};
use crate::types::TypeId;

impl Analyzer<'_, '_> {
    /// A bare name.
    pub(super) fn identifier(&mut self, ident: &ast::Ident) -> Analysed {
        let name = ident.value.as_str();
        match self.scopes.column(name) {
            Lookup::Found(typed) => return Ok(typed),
            Lookup::Ambiguous => {
                self.world.complain("42702", || format!("column reference \"{name}\" is ambiguous"));
                return Ok(self.opaque(
                    ident.to_string(),
                    Vec::new(),
                    format!("the column {ident} is ambiguous"),
                ));
            }
            Lookup::Open => {
                let why = format!("the columns of a relation are not known, and {ident} may be one of them");
                return Ok(self.opaque(ident.to_string(), Vec::new(), why));
            }
            Lookup::Missing => {}
        }
        // "Not known as a column of any range-table entry": perhaps VALUE, a parameter, a system
        // column, or a whole row.
        if name == "value"
            && let Some((ty, typmod)) = self.value
        {
            return Ok(Typed { node: Node::Parameter { name: SmolStr::new_static("value") }, ty, typmod });
        }
        if let Some(typed) = self.parameter(name) {
            return Ok(typed);
        }
        if let Some(typed) = self.system_column(name) {
            return Ok(typed);
        }
        if let Some((level, rte)) = self.scopes.relation(None, name) {
            return Ok(whole_row(level, rte));
        }
        if !SYSTEM_COLUMNS.iter().any(|(column, _)| *column == name) {
            self.world.complain("42703", || format!("column \"{name}\" does not exist"));
        }
        Ok(self.opaque(ident.to_string(), Vec::new(), format!("there is no column {ident}")))
    }

    /// A parameter of the routine by its name.
    fn parameter(&self, name: &str) -> Option<Typed> {
        let index = self.parameters.iter().position(|(parameter, _)| parameter == name)?;
        let ty = self.parameters.get(index).map_or(TypeId::UNRESOLVED, |(_, ty)| *ty);
        let name = SmolStr::from(format!("${}", index + 1));
        Some(Typed::new(Node::Parameter { name }, ty))
    }

    /// A system column by its bare name, where just one table is in scope.
    fn system_column(&self, name: &str) -> Option<Typed> {
        let scope = self.scopes.current()?;
        let mut tables = scope.rtes.iter().filter(|rte| rte.unqualified && rte.system_columns);
        match (tables.next(), tables.next()) {
            (Some(rte), None) => self.system_column_of(0, rte, name),
            _ => None,
        }
    }

    fn system_column_of(&self, level: u16, rte: &Rte, name: &str) -> Option<Typed> {
        let (_, ty) = SYSTEM_COLUMNS.iter().find(|(column, _)| *column == name && rte.system_columns)?;
        let ty = self.world.type_in(crate::snapshot::PG_CATALOG, ty)?;
        Some(Typed::new(Node::Column { level, rte: rte.number, name: SmolStr::new(name) }, ty))
    }

    /// `relation.column`, `schema.relation.column`, and their whole rows.
    pub(super) fn compound(&mut self, parts: &[ast::Ident]) -> Analysed {
        let names: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
        let (schema, relation, column) = match names.as_slice() {
            [relation, column] => (None, *relation, *column),
            // The first of four is the database's name.
            [schema, relation, column] | [_, schema, relation, column] => (Some(*schema), *relation, *column),
            _ => return Ok(self.no_column(parts)),
        };
        if let Some((level, rte)) = self.scopes.relation(schema, relation) {
            match rte.column(level, column) {
                Lookup::Found(typed) => return Ok(typed),
                Lookup::Ambiguous => {
                    self.world.complain("42702", || format!("column reference \"{column}\" is ambiguous"));
                }
                Lookup::Open => {}
                // `relation.function` is a call of the function on the row (`ParseFuncOrColumn`).
                Lookup::Missing => {
                    if self.system_column_of(level, rte, column).is_none()
                        && !self.is_call_on_row(rte.row, column)
                    {
                        let words = names.join(".");
                        self.world.complain("42703", || format!("column {words} does not exist"));
                    }
                }
            }
            if let Some(typed) = self.system_column_of(level, rte, column) {
                return Ok(typed);
            }
            return Ok(self.no_column(parts));
        }
        // A parameter of a routine may be qualified with the routine's name (`sql_fn_post_column_ref` in functions.c); a record in
        // PL/pgSQL never comes here.
        if schema.is_none()
            && self.routine.as_deref() == Some(relation)
            && let Some(typed) = self.parameter(column)
        {
            return Ok(typed);
        }
        // A record of PL/pgSQL is a variable with fields.
        if self.parameter(relation).is_some() {
            return Ok(self.no_column(parts));
        }
        self.world.complain("42P01", || format!("missing FROM-clause entry for table \"{relation}\""));
        Ok(self.no_column(parts))
    }

    /// Whether `relation.name` calls a function on the row.
    fn is_call_on_row(&self, row: TypeId, name: &str) -> bool {
        let types = [row];
        let shape =
            crate::function::CallShape { schema: None, name, types: &types, names: &[], variadic: false };
        self.world.find_function(self.path, &shape).is_some()
    }

    fn no_column(&self, parts: &[ast::Ident]) -> Typed {
        let name = parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        let why = format!("there is no column {name}");
        self.opaque(name, Vec::new(), why)
    }

    /// `relation.*` as a value: the whole row (as in `NEW.* IS DISTINCT FROM OLD.*`).
    pub(super) fn whole(&mut self, name: &ast::ObjectName) -> Analysed {
        let parts: Vec<&str> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect();
        let found = match parts.as_slice() {
            [relation] => self.scopes.relation(None, relation),
            [schema, relation] => self.scopes.relation(Some(schema), relation),
            _ => None,
        };
        match found {
            Some((level, rte)) => Ok(whole_row(level, rte)),
            None => {
                Ok(self.opaque(format!("{name}.*"), Vec::new(), format!("there is no relation {name} here")))
            }
        }
    }

    /// `relation.*` inside ROW: its columns one by one (`ExpandRowReference`).
    pub(super) fn whole_columns(&mut self, name: &ast::ObjectName) -> Result<Vec<Node>, super::Trouble> {
        let parts: Vec<&str> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect();
        let found = match parts.as_slice() {
            [relation] => self.scopes.relation(None, relation),
            [schema, relation] => self.scopes.relation(Some(schema), relation),
            _ => None,
        };
        match found {
            Some((level, rte)) if !rte.open => {
                Ok(rte.columns.iter().map(|column| rte.reference(level, column).node).collect())
            }
            _ => Ok(vec![
                self.opaque(format!("{name}.*"), Vec::new(), format!("the columns of {name} are not known"))
                    .node,
            ]),
        }
    }

    /// Fields and subscripts behind a value.
    pub(super) fn access(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr]) -> Analysed {
        // `table.column[1]` arrives as a root and a chain that begins with names.
        let (mut typed, rest) = self.access_root(root, chain)?;
        let mut index = 0;
        while let Some(step) = rest.get(index) {
            match step {
                ast::AccessExpr::Dot(ast::Expr::Identifier(field)) => {
                    typed = self.field(typed, field);
                    index += 1;
                }
                ast::AccessExpr::Subscript(_) => {
                    let run = rest.get(index..).unwrap_or(&[]);
                    let count = run.iter().take_while(|s| matches!(s, ast::AccessExpr::Subscript(_))).count();
                    typed = self.subscripts(typed, run.get(..count).unwrap_or(run))?;
                    index += count;
                }
                ast::AccessExpr::Dot(other) => {
                    let why = format!("the field {other} is not read by rules yet");
                    typed = self.opaque(format!("field {other}"), vec![typed.node], why);
                    index += 1;
                }
            }
        }
        Ok(typed)
    }

    /// The value that fields and subscripts follow, with as many leading names as make a column.
    fn access_root<'a>(
        &mut self,
        root: &ast::Expr,
        chain: &'a [ast::AccessExpr],
    ) -> Result<(Typed, &'a [ast::AccessExpr]), super::Trouble> {
        let mut names: Vec<ast::Ident> = match root {
            ast::Expr::Identifier(ident) => vec![ident.clone()],
            ast::Expr::CompoundIdentifier(parts) => parts.clone(),
            other => return Ok((self.expr(other)?, chain)),
        };
        let dots = chain
            .iter()
            .map_while(|step| match step {
                ast::AccessExpr::Dot(ast::Expr::Identifier(ident)) => Some(ident.clone()),
                _ => None,
            })
            .collect::<Vec<_>>();
        let taken = dots.len();
        names.extend(dots);
        let typed = match names.as_slice() {
            [one] => self.identifier(one)?,
            many => self.compound(many)?,
        };
        Ok((typed, chain.get(taken..).unwrap_or(&[])))
    }

    /// `(value).field`. Of a whole row in scope, it is just the column (`ParseComplexProjection`).
    fn field(&mut self, typed: Typed, field: &ast::Ident) -> Typed {
        if let Node::WholeRow { level, rte } = typed.node
            && let Some(Lookup::Found(column)) =
                self.scopes.numbered(level, rte).map(|rte| rte.column(level, &field.value))
        {
            return column;
        }
        let (base, _) = self.world.base_type(typed.ty, typed.typmod);
        let relation = self.world.info(base).relation.clone().and_then(|name| self.world.relation(&name));
        let column = relation.as_ref().and_then(|r| r.columns.iter().find(|c| c.name == field.value));
        match column {
            Some(column) => Typed {
                node: Node::Field { name: column.name.clone(), argument: Box::new(typed.node) },
                ty: column.ty,
                typmod: column.typmod,
            },
            None => {
                let why = format!("the fields of the value before .{field} are not known");
                self.opaque(format!("field {field}"), vec![typed.node], why)
            }
        }
    }

    /// `value[1][2:3]` (`transformContainerSubscripts`). If one is a slice, all are.
    fn subscripts(&mut self, typed: Typed, steps: &[ast::AccessExpr]) -> Analysed {
        let known = self.world.known();
        let (base, base_typmod) = self.world.base_type(typed.ty, typed.typmod);
        let json = base == known.jsonb;
        let mut subscripts = Vec::new();
        let mut slices = false;
        for step in steps {
            let ast::AccessExpr::Subscript(subscript) = step else { continue };
            match subscript {
                ast::Subscript::Index { index } => {
                    let index = self.subscript(index, json)?;
                    subscripts.push((None, Some(index)));
                }
                ast::Subscript::Slice { lower_bound, upper_bound, stride: _ } => {
                    slices = true;
                    let lower = lower_bound.as_ref().map(|e| self.subscript(e, json)).transpose()?;
                    let upper = upper_bound.as_ref().map(|e| self.subscript(e, json)).transpose()?;
                    subscripts.push((lower, upper));
                }
            }
        }
        let element = self.world.info(base).subscript;
        let result = match element {
            _ if json => base,
            Some(_) if slices => base,
            Some(element) => element,
            None => {
                let why = "the type of a subscripted value is not known or has no subscripts";
                return Ok(self.opaque("subscript", vec![typed.node], why));
            }
        };
        let one = |number: &str| Node::Const {
            ty: SmolStr::new_static("int4"),
            value: crate::canon::Value::Exact(SmolStr::new(number)),
        };
        let subscripts = subscripts
            .into_iter()
            .map(|(lower, upper)| match (slices, lower, upper) {
                (false, _, Some(index)) => Subscript::Index(index),
                // "if (!sliced) … Make a constant 1 for the lower bound"
                (true, None, Some(index)) if steps.len() > 1 => Subscript::Slice(Some(one("1")), Some(index)),
                (_, lower, upper) => Subscript::Slice(lower, upper),
            })
            .collect();
        let node = Node::Subscript { container: Box::new(typed.node), subscripts };
        Ok(Typed { node, ty: result, typmod: if slices || json { -1 } else { base_typmod } })
    }

    fn subscript(&mut self, expr: &ast::Expr, json: bool) -> Result<Node, super::Trouble> {
        let known = self.world.known();
        let typed = self.expr(expr)?;
        // `jsonb_subscript_transform` takes integers and text.
        let target = if json && typed.ty != known.int4 { known.text } else { known.int4 };
        Ok(self.target(typed, target, -1, Context::Assignment).node)
    }

    /// A constant of `regclass` and its kin as the object that it means; `None` where nothing
    /// known has the name.
    pub(super) fn registered(&self, ty: &str, text: &str) -> Option<SmolStr> {
        if text.bytes().all(|b| b.is_ascii_digit()) || text == "-" {
            return Some(SmolStr::new(text));
        }
        let parts = name_parts(text)?;
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name.as_str()),
            [schema, name] => (Some(schema.as_str()), name.as_str()),
            _ => return None,
        };
        let with = |schema: &str| Some(crate::snapshot::key_of(schema, name, None));
        match ty {
            "regclass" => match schema {
                // A qualified name is what it says, known or not.
                Some(schema) => with(schema),
                None => with(self.world.relation_on_path(self.path, name)?.schema.as_str()),
            },
            "regtype" => {
                let named = trueup_syntax::type_name::parse_type(text).ok()?;
                let (id, _) = self.written_type(&named);
                (!id.is_unresolved()).then(|| self.world.info(id).key.clone())
            }
            "regconfig" | "regdictionary" | "regcollation" => match schema {
                Some(schema) => with(schema),
                // With nothing else on the path, it can only be PostgreSQL's own.
                None if self.path.is_empty() => with(crate::snapshot::PG_CATALOG),
                None if ty == "regconfig" && crate::constant::is_text_search_configuration(name) => {
                    with(crate::snapshot::PG_CATALOG)
                }
                None => None,
            },
            "regrole" | "regnamespace" => Some(SmolStr::new(name)),
            _ => None,
        }
    }
}

fn whole_row(level: u16, rte: &Rte) -> Typed {
    Typed::new(Node::WholeRow { level, rte: rte.number }, rte.row)
}

/// The parts of a dotted name, folded where unquoted (`stringToQualifiedNameList`).
fn name_parts(text: &str) -> Option<Vec<SmolStr>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut letters = quoted.char_indices().peekable();
            let end = loop {
                match letters.next()? {
                    (_, '"') if letters.peek().is_some_and(|(_, c)| *c == '"') => {
                        name.push('"');
                        letters.next();
                    }
                    (at, '"') => break at + 1,
                    (_, other) => name.push(other),
                }
            };
            parts.push(SmolStr::from(name));
            rest = quoted.get(end..)?.trim_start();
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let word = rest.get(..end)?.trim();
            if word.is_empty() {
                return None;
            }
            parts.push(SmolStr::new(Name::folded(word).as_str()));
            rest = rest.get(end..)?;
        }
        match rest.strip_prefix('.') {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() => return Some(parts),
            None => return None,
        }
    }
}
