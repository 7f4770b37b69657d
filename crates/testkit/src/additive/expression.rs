//! Expressions: what is only read, and what gives the same for every row.

use super::facts::{Facts, Volatility, full};
use super::{Judge, Verdict, dotted, flag, list, node, parts, text};
use serde_json::Value;

/// Volatile functions of PostgreSQL that change nothing that lasts.
const HARMLESS: &[&str] = &["pg_sleep", "random", "clock_timestamp"];

impl Judge<'_> {
    /// A query or an expression that changes nothing.
    pub(super) fn reads_only(&self, tree: &Value) -> Verdict {
        each_node(tree, &mut |kind, of| match kind {
            "SelectStmt" if of.get("intoClause").is_some() => Err("SELECT INTO".to_owned()),
            "SelectStmt" if of.get("lockingClause").is_some() => Err("a query that locks rows".to_owned()),
            "SelectStmt" => Ok(()),
            "FuncCall" => self.harmless_call(of),
            other if other.ends_with("Stmt") => Err(format!("{other} in a query")),
            _ => Ok(()),
        })
    }

    fn harmless_call(&self, call: &Value) -> Verdict {
        let name = parts(call, "funcname");
        let last = name.last().copied().unwrap_or_default();
        // A check of people's calls people's functions, as adding it does.
        let theirs = |facts: &Facts| {
            facts.functions.keys().any(|f| {
                f.strip_suffix(last).is_some_and(|schema| schema.ends_with('.') && schema != "pg_catalog.")
            })
        };
        match name.as_slice() {
            [schema, _] if *schema != "pg_catalog" => return Ok(()),
            [_] if theirs(self.database) || theirs(&self.own) => return Ok(()),
            _ => {}
        }
        let setting = || {
            let name = call.pointer("/args/0/A_Const/sval/sval").and_then(Value::as_str);
            name.is_some_and(|name| ["lock_timeout", "search_path"].contains(&name))
        };
        // EXTRACT, which is a function of its own since 14.
        let syntax = text(call, "funcformat") == "COERCE_SQL_SYNTAX";
        let last = if last == "extract" && syntax { "date_part" } else { last };
        match self.database.functions.get(&full("pg_catalog", last)) {
            Some(Volatility::Immutable | Volatility::Stable) => Ok(()),
            Some(Volatility::Volatile) if HARMLESS.contains(&last) => Ok(()),
            Some(Volatility::Volatile) if last == "set_config" && setting() => Ok(()),
            Some(Volatility::Volatile) => Err(format!("a call of {last}()")),
            None => Err(format!("a call of {last}(), which is not known")),
        }
    }

    /// Nothing in the expression gives something else for each row: as the default of a new column it is stored once (manual,
    /// ALTER TABLE, "Notes").
    pub(super) fn same_for_all_rows(&self, expression: &Value) -> Verdict {
        each_node(expression, &mut |kind, of| {
            let (name, volatility) = match kind {
                "FuncCall" => {
                    let name = parts(of, "funcname");
                    let known = |facts: &Facts| match name.as_slice() {
                        [schema, name] => facts.functions.get(&full(schema, name)).copied(),
                        [name] => facts.anywhere.get(*name).copied(),
                        _ => None,
                    };
                    (dotted(&name), known(self.database).max(known(&self.own)))
                }
                "A_Expr" => match parts(of, "name").last() {
                    // `BETWEEN` and its kin name no operator.
                    Some(name) if name.chars().any(char::is_alphabetic) => return Ok(()),
                    Some(name) => ((*name).to_owned(), self.database.operators.get(*name).copied()),
                    None => return Ok(()),
                },
                "SelectStmt" => return Err("a query as a default".to_owned()),
                _ => return Ok(()),
            };
            match volatility {
                Some(Volatility::Immutable | Volatility::Stable) => Ok(()),
                Some(Volatility::Volatile) => {
                    Err(format!("the table is rewritten, since {name} is volatile"))
                }
                None => Err(format!("{name} is not known")),
            }
        })
    }

    /// The type of a new column of a table that has rows: a domain that demands something rewrites it, and `serial` fills it.
    pub(super) fn keeps_rows(&self, type_name: &Value) -> Verdict {
        let parts = parts(type_name, "names");
        let serial = ["smallserial", "serial2", "serial", "serial4", "bigserial", "serial8"];
        if let [name] = parts.as_slice()
            && serial.contains(name)
        {
            return Err("a serial column rewrites the table".to_owned());
        }
        if type_name.get("arrayBounds").is_none() && self.demands(&dotted(&parts)) {
            return Err(
                "the table is rewritten, since the type is a domain that demands something".to_owned()
            );
        }
        Ok(())
    }

    /// Whether the type is a domain that demands something.
    pub(super) fn demands(&self, name: &str) -> bool {
        let is = |facts: &Facts| match name.strip_prefix('.') {
            Some(bare) => facts.demanding.iter().any(|known| known.ends_with(&format!(".{bare}"))),
            None => facts.demanding.contains(name),
        };
        is(self.database) || is(&self.own)
    }

    /// A type that only gets wider, so that PostgreSQL leaves the rows as they are (the support functions `varchar_support`,
    /// `numeric_support`, `varbit_support`, `timestamp_support`, `time_support`; `pg_cast` without a function between text and varchar).
    pub(super) fn widens(&self, column: &str, to: &Value) -> Verdict {
        let (from, from_modifier) = self.database.columns.get(column).ok_or("its type is not known")?;
        let parts = parts(to, "names");
        let to_name = match parts.as_slice() {
            [name] | ["pg_catalog", name] if to.get("arrayBounds").is_none() => *name,
            _ => return Err("a type that is not PostgreSQL's own".to_owned()),
        };
        let numbers: Vec<i64> =
            list(to, "typmods").map(integer).collect::<Option<_>>().ok_or("odd modifiers")?;
        let first = numbers.first().copied();
        // As `anytime_typmodin`, `varchartypmodin` and `numerictypmodin` store them; -1 is none.
        let stored = |minus: i32| (*from_modifier >= 0).then(|| i64::from(*from_modifier - minus));
        let wider = match (from.as_str(), to_name) {
            ("varchar", "text") | ("text", "varchar") => numbers.is_empty(),
            ("varchar", "varchar") => first.is_none_or(|to| stored(4).is_some_and(|from| to >= from)),
            ("varbit", "varbit") => first.is_none_or(|to| stored(0).is_some_and(|from| to >= from)),
            ("numeric", "numeric") => first.is_none_or(|to| {
                let scale = numbers.get(1).copied().unwrap_or(0);
                stored(4).is_some_and(|from| to >= from >> 16 && scale == (from & 0x7ff))
            }),
            ("timestamp" | "timestamptz" | "time" | "timetz", same) if same == from => {
                first.is_none_or(|to| stored(0).map_or(to >= 6, |from| to >= from))
            }
            _ => false,
        };
        if wider {
            Ok(())
        } else {
            Err(format!("the type {from} ({from_modifier}) gets another, which rewrites"))
        }
    }
}

/// Calls `look` for each node inside, the outermost first.
pub(super) fn each_node(tree: &Value, look: &mut dyn FnMut(&str, &Value) -> Verdict) -> Verdict {
    match tree {
        Value::Object(members) => members.iter().try_for_each(|(name, inner)| {
            if inner.is_object() && name.starts_with(char::is_uppercase) {
                look(name, inner)?;
            }
            // A clause that is no node of its own.
            if name == "intoClause" || name == "lockingClause" {
                return Ok(());
            }
            each_node(inner, look)
        }),
        Value::Array(items) => items.iter().try_for_each(|inner| each_node(inner, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn integer(value: &Value) -> Option<i64> {
    // Zero is left out as the default of its field.
    let constant = value.pointer("/A_Const/ival")?;
    Some(constant.get("ival").and_then(Value::as_i64).unwrap_or(0))
}

/// `column IS NOT NULL` or `column IS DISTINCT FROM NULL`, and of which column.
pub(super) fn not_null_of(expression: &Value) -> Option<&str> {
    let (kind, test) = node(expression).ok()?;
    let column = match kind {
        "NullTest" if text(test, "nulltesttype") == "IS_NOT_NULL" => test.pointer("/arg/ColumnRef")?,
        "A_Expr"
            if text(test, "kind") == "AEXPR_DISTINCT" && flag(test.pointer("/rexpr/A_Const")?, "isnull") =>
        {
            test.pointer("/lexpr/ColumnRef")?
        }
        _ => return None,
    };
    let mut fields = list(column, "fields");
    let name = fields.next()?.pointer("/String/sval")?.as_str();
    name.filter(|_| fields.next().is_none())
}
