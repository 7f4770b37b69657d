//! Constructs with a syntax of their own: COALESCE, EXTRACT, TRIM, AT TIME ZONE and the rest
//! (gram.y `func_expr_common_subexpr`).

use smol_str::SmolStr;
use sqlparser::ast;

use super::{Analysed, Analyzer, Trouble};
use crate::canon::{Node, Value};
use crate::coerce::{Context, Typed};
use crate::types::TypeId;

use super::call::Call;

impl Analyzer<'_, '_> {
    /// A call whose name is a key word of the grammar; nothing where it is an ordinary one.
    pub(super) fn special_call(
        &mut self,
        name: &str,
        function: &ast::Function,
        list: &ast::FunctionArgumentList,
    ) -> Result<Option<Typed>, Trouble> {
        // What begins these is either a key word that can't be a function's name, or isn't
        // followed by arguments of this shape otherwise.
        let plain = || -> Option<Vec<&ast::Expr>> {
            list.args
                .iter()
                .map(|argument| match argument {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => Some(expr),
                    _ => None,
                })
                .collect()
        };
        let unsupported = |this: &Self| this.unsupported(&ast::Expr::Function(function.clone()));
        Ok(Some(match name {
            "coalesce" => {
                let Some(arguments) = plain() else { return Ok(None) };
                let (ty, typmod, arguments) = self.common_arguments(&arguments)?;
                let key = self.world.info(ty).key.clone();
                if ty.is_unresolved() {
                    self.opaque(
                        "coalesce",
                        arguments,
                        "the arguments of COALESCE have no known type in common",
                    )
                } else {
                    Typed { node: Node::Coalesce { ty: key, arguments }, ty, typmod }
                }
            }
            "greatest" | "least" => {
                let Some(arguments) = plain() else { return Ok(None) };
                let (ty, typmod, arguments) = self.common_arguments(&arguments)?;
                let key = self.world.info(ty).key.clone();
                if ty.is_unresolved() {
                    self.opaque(
                        name,
                        arguments,
                        "the arguments of GREATEST or LEAST have no known type in common",
                    )
                } else {
                    let node = Node::MinMax { greatest: name == "greatest", ty: key, arguments };
                    Typed { node, ty, typmod }
                }
            }
            "nullif" => match plain().as_deref() {
                Some([left, right]) => self.null_if(left, right)?,
                _ => return Ok(None),
            },
            "current_time" | "current_timestamp" | "localtime" | "localtimestamp" => {
                let precision = match plain().as_deref() {
                    Some([ast::Expr::Value(v)]) => match &v.value {
                        ast::Value::Number(digits, _) => digits.parse::<i32>().ok(),
                        _ => None,
                    },
                    _ => None,
                };
                match precision.and_then(|p| self.value_function(name, Some(p))) {
                    Some(typed) => typed,
                    None => unsupported(self),
                }
            }
            // A call in the grammar, of a function that the snapshot knows under this name.
            "normalize" => match plain().as_deref() {
                Some([text]) => self.system_call("normalize", &[text])?,
                Some([text, ast::Expr::Identifier(form)]) => {
                    let form = self.text_constant(&form.value.to_uppercase());
                    let text = self.expr(text)?;
                    self.pg_call("normalize", vec![text, form])?
                }
                _ => unsupported(self),
            },
            "xmlelement" | "xmlforest" | "xmlparse" | "xmlpi" | "xmlroot" | "xmlserialize" | "xmlconcat"
            | "xmlexists" | "xmltable" | "json_object" | "json_array" | "json_scalar" | "json_serialize"
            | "json_value" | "json_query" | "json_exists" | "json_objectagg" | "json_arrayagg"
            | "json_table" | "grouping" | "merge_action" | "treat" => {
                self.special_or_function(name, function, plain())?
            }
            _ => return Ok(None),
        }))
    }

    /// Constructs that are functions too in some versions (`json_object(text[])`), else special:
    /// kept whole where their arguments are plain values.
    fn special_or_function(
        &mut self,
        name: &str,
        function: &ast::Function,
        plain: Option<Vec<&ast::Expr>>,
    ) -> Analysed {
        let unsupported = || self.unsupported(&ast::Expr::Function(function.clone()));
        let Some(arguments) = plain else { return Ok(unsupported()) };
        let known = self.world.known();
        let (kept, ty) = match name {
            "grouping" => ("grouping", known.int4),
            "xmlconcat" => ("xmlconcat", known.xml),
            _ if self.world.functions(name).next().is_some() => {
                let mut call = Call { name: SmolStr::new(name), ..Call::default() };
                for argument in arguments {
                    call.arguments.push(self.expr(argument)?);
                }
                return self.call(call);
            }
            _ => return Ok(unsupported()),
        };
        let mut parts = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let typed = self.expr(argument)?;
            let typed = if ty == known.xml { self.target(typed, ty, -1, Context::Implicit) } else { typed };
            parts.push(typed.node);
        }
        Ok(Typed::new(Node::Special { name: kept, options: Vec::new(), parts }, ty))
    }

    fn common_arguments(&mut self, arguments: &[&ast::Expr]) -> Result<(TypeId, i32, Vec<Node>), Trouble> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(argument)?);
        }
        let (nodes, ty, typmod) = self.common(values)?;
        Ok((ty, typmod, nodes))
    }

    /// `CURRENT_DATE` and the others without brackets (`SQLValueFunction`).
    pub(super) fn value_function(&self, name: &str, precision: Option<i32>) -> Option<Typed> {
        let known = self.world.known();
        let (name, ty) = match name {
            "current_date" => ("current_date", known.date),
            "current_time" => ("current_time", known.timetz),
            "current_timestamp" => ("current_timestamp", known.timestamptz),
            "localtime" => ("localtime", known.time),
            "localtimestamp" => ("localtimestamp", known.timestamp),
            "current_role" => ("current_role", known.name),
            "current_user" => ("current_user", known.name),
            "user" => ("user", known.name),
            "session_user" => ("session_user", known.name),
            "current_catalog" => ("current_catalog", known.name),
            "current_schema" => ("current_schema", known.name),
            // `system_user` is a function that the grammar calls (16).
            "system_user" => {
                let function = SmolStr::new_static("system_user()");
                let node = Node::Call { function, arguments: Vec::new(), variadic: false };
                return Some(Typed::new(node, known.text));
            }
            _ => return None,
        };
        let typmod = precision.unwrap_or(-1);
        Some(Typed { node: Node::SqlValue { name, typmod }, ty, typmod })
    }

    /// A literal that the grammar makes: a string without a type.
    fn text_constant(&self, text: &str) -> Typed {
        self.constant(self.world.known().unknown, Value::Exact(SmolStr::new(text)))
    }

    pub(super) fn pg_call(&mut self, name: &str, arguments: Vec<Typed>) -> Analysed {
        self.call(Call {
            schema: Some(SmolStr::new_static(crate::snapshot::PG_CATALOG)),
            name: SmolStr::new(name),
            arguments,
            ..Call::default()
        })
    }

    /// `x AT TIME ZONE z`: `timezone(z, x)`. From 14 on PostgreSQL keeps that it was not written
    /// as a call, and prints it so; the two are kept apart then, as its text does.
    pub(super) fn at_time_zone(&mut self, time: &ast::Expr, zone: &ast::Expr) -> Analysed {
        let (zone, time) = (self.expr(zone)?, self.expr(time)?);
        let mut typed = self.pg_call("timezone", vec![zone, time])?;
        self.mark_syntax(&mut typed, "at time zone");
        Ok(typed)
    }

    /// Marks a call as written in SQL's own syntax, where the version keeps that.
    fn mark_syntax(&self, typed: &mut Typed, name: &'static str) {
        if self.world.keeps_syntax {
            let node = std::mem::replace(&mut typed.node, Node::CaseOperand);
            typed.node = Node::Special { name, options: Vec::new(), parts: vec![node] };
        }
    }

    /// `EXTRACT(field FROM x)`: `extract('field', x)` from 14 on, `date_part` before.
    pub(super) fn extract(&mut self, field: &ast::DateTimeField, expr: &ast::Expr) -> Analysed {
        let field = match field {
            ast::DateTimeField::Custom(ident) => ident.value.clone(),
            other => other.to_string().to_ascii_lowercase(),
        };
        let field = self.text_constant(field.trim_matches('\''));
        let value = self.expr(expr)?;
        let name = if self.world.major() >= 14 { "extract" } else { "date_part" };
        let mut typed = self.pg_call(name, vec![field, value])?;
        self.mark_syntax(&mut typed, "extract");
        Ok(typed)
    }

    /// `ceil(x)` and `floor(x)`, which sqlparser reads apart from other calls.
    pub(super) fn rounding(&mut self, name: &str, expr: &ast::Expr, field: &ast::CeilFloorKind) -> Analysed {
        match field {
            ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime) => {
                let mut call = Call { name: SmolStr::new(name), ..Call::default() };
                call.arguments.push(self.expr(expr)?);
                self.call(call)
            }
            _ => Ok(self.opaque(
                format!("{name}({expr})"),
                Vec::new(),
                format!("{name} has an argument too many"),
            )),
        }
    }

    /// `SUBSTRING(x FROM a FOR b)` and `substring(x, a, b)`.
    pub(super) fn substring(
        &mut self,
        expr: &ast::Expr,
        from: Option<&ast::Expr>,
        count: Option<&ast::Expr>,
        commas: bool,
        shorthand: bool,
    ) -> Analysed {
        let mut arguments = vec![self.expr(expr)?];
        if let Some(from) = from {
            arguments.push(self.expr(from)?);
        } else if count.is_some() {
            // "not legal per SQL": FOR alone starts from the first character.
            arguments.push(self.number("1", false));
        }
        if let Some(count) = count {
            let known = self.world.known();
            let typed = self.expr(count)?;
            // "we have to cast it to int4, to be sure that the right function is chosen"
            let typed =
                if from.is_none() { self.target(typed, known.int4, -1, Context::Explicit) } else { typed };
            arguments.push(typed);
        }
        if commas || shorthand {
            let name = if shorthand { "substr" } else { "substring" };
            return self.call(Call { name: SmolStr::new(name), arguments, ..Call::default() });
        }
        let mut typed = self.pg_call("substring", arguments)?;
        // `get_func_sql_syntax` in `ruleutils.c` has no case for a pattern without an escape: it is printed as a call.
        let pattern =
            matches!(&typed.node, Node::Call { function, .. } if function.ends_with("substring(text,text)"));
        if !pattern {
            self.mark_syntax(&mut typed, "substring");
        }
        Ok(typed)
    }

    /// `TRIM([BOTH|LEADING|TRAILING] characters FROM x)`.
    pub(super) fn trim(
        &mut self,
        expr: &ast::Expr,
        place: Option<&ast::TrimWhereField>,
        what: Option<&ast::Expr>,
        more: Option<&[ast::Expr]>,
    ) -> Analysed {
        let name = match place {
            None | Some(ast::TrimWhereField::Both) => "btrim",
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
        };
        // gram.y `trim_list`: `a FROM b` becomes (b, a); a list stays as it is.
        let mut arguments = vec![self.expr(expr)?];
        if let Some(what) = what {
            arguments.push(self.expr(what)?);
        }
        for item in more.unwrap_or(&[]) {
            arguments.push(self.expr(item)?);
        }
        let mut typed = self.pg_call(name, arguments)?;
        self.mark_syntax(&mut typed, "trim");
        Ok(typed)
    }

    /// `x IS [NOT] [NFC] NORMALIZED`.
    pub(super) fn is_normalized(
        &mut self,
        expr: &ast::Expr,
        form: Option<&ast::NormalizationForm>,
        not: bool,
    ) -> Analysed {
        let mut arguments = vec![self.expr(expr)?];
        if let Some(form) = form {
            arguments.push(self.text_constant(&form.to_string().to_uppercase()));
        }
        let mut typed = self.pg_call("is_normalized", arguments)?;
        self.mark_syntax(&mut typed, "is normalized");
        if not {
            let node = std::mem::replace(&mut typed.node, Node::CaseOperand);
            typed.node = Node::Not(Box::new(node));
        }
        Ok(typed)
    }

    /// `(a, b) OVERLAPS (c, d)`.
    pub(super) fn overlaps(&mut self, left: &ast::Expr, right: &ast::Expr) -> Analysed {
        match (super::strip(left), super::strip(right)) {
            (ast::Expr::Tuple(l), ast::Expr::Tuple(r)) if l.len() == 2 && r.len() == 2 => {
                let mut arguments = Vec::with_capacity(4);
                for item in l.iter().chain(r) {
                    arguments.push(self.expr(item)?);
                }
                let mut typed = self.pg_call("overlaps", arguments)?;
                self.mark_syntax(&mut typed, "overlaps");
                Ok(typed)
            }
            _ => Err(Trouble::new("wrong number of parameters of OVERLAPS")),
        }
    }
}
