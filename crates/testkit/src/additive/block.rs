//! Anonymous blocks: each statement inside is judged, and what is run as text too. Any form of PL/pgSQL that repairs don't use is
//! an objection.

use super::{Judge, Verdict, dotted, fields, flag, list, node, parts, relation, text};
use crate::sql_parser::SqlParser;
use serde_json::Value;

impl Judge<'_> {
    pub(super) fn anonymous_block(&mut self, tree: &Value, block: &Value) -> Verdict {
        for argument in list(fields(tree, "DoStmt")?, "args") {
            let argument = fields(argument, "DefElem")?;
            let plpgsql = argument.pointer("/arg/String/sval").and_then(Value::as_str) == Some("plpgsql");
            if text(argument, "defname") != "as" && !(text(argument, "defname") == "language" && plpgsql) {
                return Err("a block in another language".to_owned());
            }
        }
        let functions: Vec<&Value> = list(block, "plpgsql_funcs").collect();
        let [function] = functions.as_slice() else { return Err("no single block".to_owned()) };
        let function = fields(function, "PLpgSQL_function")?;
        for variable in list(function, "datums") {
            let (_, variable) = node(variable)?;
            if let Some(value) = variable.get("default_val") {
                self.plpgsql_expression(value)?;
            }
        }
        self.plpgsql(function.get("action").ok_or("a block without statements")?)
    }

    fn all(&mut self, of: &Value, field: &str) -> Verdict {
        list(of, field).try_for_each(|statement| self.plpgsql(statement))
    }

    fn plpgsql(&mut self, statement: &Value) -> Verdict {
        let (kind, of) = node(statement)?;
        let known: &[&str] = match kind {
            "PLpgSQL_stmt_block" => &["body", "exceptions", "n_initvars"],
            "PLpgSQL_stmt_if" => &["cond", "then_body", "elsif_list", "else_body"],
            "PLpgSQL_stmt_fori" => &["var", "lower", "upper", "body"],
            "PLpgSQL_stmt_execsql" => &["sqlstmt", "into", "target"],
            "PLpgSQL_stmt_dynexecute" => &["query"],
            "PLpgSQL_stmt_perform" | "PLpgSQL_stmt_assign" => &["expr", "varno"],
            "PLpgSQL_stmt_raise" => &["elog_level", "options", "condname", "message"],
            "PLpgSQL_stmt_exit" => &["is_exit"],
            "PLpgSQL_stmt_return" => &[],
            other => return Err(format!("{other} in a block")),
        };
        for field in of.as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
            if field != "lineno" && !known.contains(&field) {
                return Err(format!("{kind} with {field}"));
            }
        }
        for field in ["cond", "lower", "upper", "expr"] {
            if let Some(expression) = of.get(field) {
                self.plpgsql_expression(expression)?;
            }
        }
        for option in list(of, "options") {
            self.plpgsql_expression(fields(fields(option, "PLpgSQL_raise_option")?, "expr")?)?;
        }
        if let Some(statement) = of.get("sqlstmt") {
            for tree in list(fields(statement, "PLpgSQL_expr")?, "trees") {
                // Into a variable, which PL/pgSQL has taken out of the query.
                if flag(of, "into") { self.reads_only(tree)? } else { self.statement(tree)? }
            }
        }
        if let Some(query) = of.get("query") {
            self.run_as_text(query)?;
        }
        for field in ["body", "then_body", "else_body"] {
            self.all(of, field)?;
        }
        for branch in list(of, "elsif_list") {
            let branch = fields(branch, "PLpgSQL_if_elsif")?;
            self.plpgsql_expression(fields(branch, "cond")?)?;
            self.all(branch, "stmts")?;
        }
        if let Some(exceptions) = of.get("exceptions") {
            for exception in list(fields(exceptions, "PLpgSQL_exception_block")?, "exc_list") {
                self.all(fields(exception, "PLpgSQL_exception")?, "action")?;
            }
        }
        Ok(())
    }

    fn plpgsql_expression(&mut self, expression: &Value) -> Verdict {
        let trees: Vec<&Value> = list(fields(expression, "PLpgSQL_expr")?, "trees").collect();
        let [tree] = trees.as_slice() else { return Err("not one expression".to_owned()) };
        self.reads_only(tree)
    }

    /// `EXECUTE` of a literal, or of an element of an array of literals: each could run.
    fn run_as_text(&mut self, query: &Value) -> Verdict {
        let tree = fields(query, "PLpgSQL_expr")?.pointer("/trees/0/SelectStmt/targetList/0/ResTarget/val");
        let tree = tree.ok_or("EXECUTE of no expression")?;
        let literal =
            |value: &Value| value.pointer("/A_Const/sval/sval").and_then(Value::as_str).map(str::to_owned);
        let texts: Option<Vec<String>> = match tree.pointer("/A_Indirection/arg/A_ArrayExpr") {
            Some(array) => list(array, "elements").map(literal).collect(),
            None => literal(tree).map(|text| vec![text]),
        };
        for script in texts.ok_or("EXECUTE of a text that is put together")? {
            let parsed = SqlParser::parse(&script).map_err(|error| error.to_string())?;
            if let [add, set] = parsed.as_slice()
                && counts_on(&add.tree, &set.tree).is_some()
            {
                continue;
            }
            for parsed in parsed {
                self.statement(&parsed.tree)?;
            }
        }
        Ok(())
    }
}

/// The one way in which a column that is there becomes an identity: with its sequence set behind the values that are there, by
/// `setval` of that very sequence. Alone it would give numbers out again.
fn counts_on(add: &Value, set: &Value) -> Option<()> {
    let of = add.get("AlterTableStmt")?;
    let table = relation(of.get("relation")?.get("RangeVar").unwrap_or(of.get("relation")?));
    let [command] = of.get("cmds")?.as_array()?.as_slice() else { return None };
    let command = command.get("AlterTableCmd")?;
    let select = set.get("SelectStmt")?;
    let [target] = select.get("targetList")?.as_array()?.as_slice() else { return None };
    let call = target.pointer("/ResTarget/val/FuncCall")?;
    let sequence = call.pointer("/args/0/FuncCall")?;
    let argument = |at: usize| sequence.get("args")?.get(at)?.pointer("/A_Const/sval/sval")?.as_str();
    let fits = text(command, "subtype") == "AT_AddIdentity"
        && dotted(&parts(call, "funcname")) == "pg_catalog.setval"
        && dotted(&parts(sequence, "funcname")) == "pg_catalog.pg_get_serial_sequence"
        && argument(0)?.replace('"', "") == table
        && argument(1)? == text(command, "name");
    fits.then_some(())
}
