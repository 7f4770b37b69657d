//! Whether a script only adds: every statement that would run is read with PostgreSQL's own parser and held against a list of
//! what can't lose, change or rewrite anything that is there. What the list does not know is an objection.
//!
//! It owns the list. It shares no code with the planner, and knows the database only by [`Facts`], so that a mistake there does not
//! excuse itself here. The rules are those of `ALTER TABLE` and the other commands in the manual, and of `ATRewriteTables` in
//! `tablecmds.c` for what rewrites.

mod alter_table;
mod block;
mod create;
mod expression;
mod facts;
mod statement;

pub use facts::Facts;

use crate::Result;
use crate::sql_parser::SqlParser;
use facts::full;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Why a statement may not stand in a repair; `Ok` when it may.
type Verdict = std::result::Result<(), String>;

/// What of a script does more than add, one line each with the statement.
///
/// `consent` says whether all was allowed that needs consent. Without it nothing that is there may be replaced, widened,
/// or given other behaviour or privileges.
///
/// # Errors
/// When PostgreSQL's grammar refuses the script, or there is no parser.
pub fn objections(script: &str, facts: &Facts, consent: bool) -> Result<Vec<String>> {
    let mut judge = Judge::new(facts, consent);
    for parsed in SqlParser::parse(script)? {
        let verdict = match &parsed.block {
            Some(block) => judge.anonymous_block(&parsed.tree, block),
            None => judge.statement(&parsed.tree),
        };
        if let Err(reason) = verdict {
            judge.objections.push(format!("{reason}: {}", parsed.text));
        }
    }
    Ok(judge.objections)
}

/// The list, with what the statements so far have made.
struct Judge<'f> {
    consent: bool,
    database: &'f Facts,
    /// What the script itself makes: functions, and domains that demand something.
    own: Facts,
    /// Objects that the script makes: `relation:schema.name`, `trigger:schema.table.name` and so on.
    new: BTreeSet<String>,
    /// Checks that the script makes to prove a NOT NULL: `schema.table.check`, with the column.
    helpers: BTreeMap<String, String>,
    /// Columns that the script makes NOT NULL: `schema.table.column`.
    proven: BTreeSet<String>,
    objections: Vec<String>,
}

impl<'f> Judge<'f> {
    fn new(database: &'f Facts, consent: bool) -> Self {
        Self {
            consent,
            database,
            own: Facts::default(),
            new: BTreeSet::new(),
            helpers: BTreeMap::new(),
            proven: BTreeSet::new(),
            objections: Vec::new(),
        }
    }

    fn makes(&mut self, sort: &str, name: &str) {
        self.new.insert(format!("{sort}:{name}"));
    }

    fn is_new(&self, sort: &str, name: &str) -> bool {
        self.new.contains(&format!("{sort}:{name}"))
    }

    /// What changes the behaviour of something that is there.
    fn needs_consent(&self, new: bool, what: &str) -> Verdict {
        if new || self.consent { Ok(()) } else { Err(format!("{what} without consent")) }
    }

    /// `relkind` of a relation that was there.
    fn relation_kind(&self, name: &str) -> Option<&str> {
        self.database.relations.get(name).map(String::as_str)
    }
}

/// The kind of a node and its fields.
fn node(value: &Value) -> std::result::Result<(&str, &Value), String> {
    let members = value.as_object().filter(|members| members.len() == 1);
    match members.and_then(|members| members.iter().next()) {
        Some((kind, fields)) => Ok((kind, fields)),
        None => Err(format!("no node: {value}")),
    }
}

/// The fields of a node that must be of a kind.
fn fields<'v>(value: &'v Value, kind: &str) -> std::result::Result<&'v Value, String> {
    value.get(kind).ok_or_else(|| format!("no {kind}"))
}

fn list<'v>(node: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    node.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(node: &'v Value, field: &str) -> &'v str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn flag(node: &Value, field: &str) -> bool {
    node.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// The name of a `RangeVar`.
fn relation(range: &Value) -> String {
    full(text(range, "schemaname"), text(range, "relname"))
}

/// The parts of a name in a list of `String` nodes.
fn parts<'v>(node: &'v Value, field: &str) -> Vec<&'v str> {
    list(node, field)
        .map(|part| part.pointer("/String/sval").and_then(Value::as_str).unwrap_or_default())
        .collect()
}

/// The same, as `schema.name`; without a schema, `.name`.
fn dotted(parts: &[&str]) -> String {
    match parts {
        [.., schema, name] => full(schema, name),
        [name] => full("", name),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests;
