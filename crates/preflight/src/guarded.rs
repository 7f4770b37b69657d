//! The guarded version of a migration that would fail because part of it is there already.
//!
//! Owns: which statement gets which guard. A guard is only put where what is there is what the statement would make; what differs is a
//! conflict, and stays as it is. Nothing but guards is ever changed.
//! Never: writes a file.

use std::sync::Arc;

use trueup_catalog::{Catalog, Entry, ObjectKey, ObjectKind, SchemaObject, Span, Value};
use trueup_parser::{Options, Refused, SourceFile, Step, StepOutcome};
use trueup_settle::{Settler, Verdict, World};
use trueup_syntax::Cursor;

use crate::forecast::Forecast;

/// A migration with guards.
#[derive(Clone, Debug, Default)]
pub struct Guarded {
    /// The text.
    pub sql: String,
    /// How many statements got a guard.
    pub guards: usize,
    /// Statements that fail and get none, each with why.
    pub conflicts: Vec<(Span, String)>,
}

/// SQLSTATEs that say that something is there already.
const THERE: &[&str] = &["42P07", "42701", "42710", "42P06", "42723", "42P16"];

/// SQLSTATEs that say that something is not there.
const ABSENT: &[&str] = &["42P01", "42703", "42704", "42883", "3F000"];

/// Writes the statements of a forecast with the guards that they need.
pub fn guarded(live: &Catalog, forecast: &Forecast, options: &Options<'_>) -> Guarded {
    let mut out = Guarded::default();
    out.sql.push_str("-- Written by trueup preflight --write-guarded: statements whose objects are there already are guarded.\n");
    for statement in &forecast.statements {
        let step = &statement.step;
        let text = step.text.trim().trim_end_matches(';').trim_end();
        match &step.outcome {
            StepOutcome::Refused(refused) => match guard(live, step, refused, text, options) {
                Ok(sql) => {
                    out.guards += 1;
                    out.sql.push_str(&format!("\n-- {}: guarded\n{sql};\n", refused.sqlstate));
                }
                Err(why) => {
                    out.sql.push_str(&format!("\n-- {}: not guarded\n{text};\n", refused.sqlstate));
                    out.conflicts.push((refused.span.clone(), why));
                }
            },
            StepOutcome::Applied(_) | StepOutcome::Skipped(_) | StepOutcome::CantTell { .. } => {
                out.sql.push_str(&format!("\n{text};\n"));
            }
        }
    }
    out
}

/// The statement with its guard, or why it gets none.
fn guard(
    live: &Catalog,
    step: &Step,
    refused: &Refused,
    text: &str,
    options: &Options<'_>,
) -> Result<String, String> {
    let cursor = Cursor::of(text).map_err(|error| error.message)?;
    if ABSENT.contains(&refused.sqlstate) && (cursor.is_word("drop") || drops_part(text).is_some()) {
        return drops_part(text)
            .or_else(|| if_exists(text))
            .ok_or_else(|| "the form of this DROP is not known".to_owned());
    }
    if !THERE.contains(&refused.sqlstate) {
        return Err(format!("{} is no matter of a guard", refused.sqlstate));
    }
    if !(cursor.is_word("create") || cursor.is_word("alter")) {
        return Err("only what adds gets a guard".to_owned());
    }
    same_shape(live, text, options)?;
    Ok(if_not_exists(text, step).unwrap_or_else(|| do_block(text, refused.sqlstate)))
}

/// Whether what the statement would make is there as it would make it: it is applied to the catalog without these objects.
fn same_shape(live: &Catalog, text: &str, options: &Options<'_>) -> Result<(), String> {
    let mut without = live.clone();
    // What stands in the way is taken out, one object after the other, until the statement goes through.
    for _ in 0..8 {
        let file = SourceFile { name: Arc::from("guarded.sql"), text: Arc::from(text) };
        let foretold =
            trueup_parser::foretell(without.clone(), &[file], options, trueup_parser::AfterFailure::PassOver);
        match foretold.steps.first().map(|step| &step.outcome) {
            Some(StepOutcome::Applied(changes)) => {
                for change in changes {
                    let Some(made) = &change.after else {
                        return Err("it also removes something".to_owned());
                    };
                    let Some(there) = live.get(&change.key) else {
                        return Err(format!("{} {} is not there", change.key.kind, change.key));
                    };
                    if !alike(&settler(&foretold.after, live), made, there) {
                        return Err(format!(
                            "{} {} is there with another definition",
                            change.key.kind, change.key
                        ));
                    }
                }
                return Ok(());
            }
            Some(StepOutcome::Refused(refused)) if THERE.contains(&refused.sqlstate) => {
                let Some(key) = in_the_way(&without, &refused.message) else {
                    return Err("what stands in its way could not be told".to_owned());
                };
                take(&mut without, &key);
            }
            Some(StepOutcome::Refused(refused)) => return Err(refused.message.clone()),
            Some(StepOutcome::Skipped(_) | StepOutcome::CantTell { .. }) | None => {
                return Err("what it would make could not be told".to_owned());
            }
        }
    }
    Err("too much of it is there already".to_owned())
}

/// The object that a message says is there.
fn in_the_way(catalog: &Catalog, message: &str) -> Option<ObjectKey> {
    let (before, _) = message.split_once(" already exists")?;
    let names: Vec<String> = before.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let fits = |key: &ObjectKey| match names.as_slice() {
        [name] => key.name().as_str() == last(name) && key.kind != ObjectKind::Column,
        [name, relation] => {
            key.name().as_str() == name
                && key.relation().is_some_and(|table| table.name.as_str() == last(relation))
        }
        _ => before.ends_with(&key.to_string()) || before.contains(&format!(" {key} ")),
    };
    catalog.iter().map(|(key, _)| key).find(|key| fits(key)).cloned()
}

/// Takes an object out with everything that is part of it.
fn take(catalog: &mut Catalog, key: &ObjectKey) {
    let parts: Vec<ObjectKey> = catalog
        .iter()
        .filter(|(other, entry)| {
            let parent = entry.object.parent();
            *other == key || parent.as_ref() == Some(key)
        })
        .map(|(other, _)| other.clone())
        .collect();
    for part in parts {
        catalog.remove(&part);
    }
}

/// What tells whether two texts mean the same.
fn settler<'c>(made: &'c Catalog, live: &'c Catalog) -> Settler<'c> {
    let major = live.major_version().or(made.major_version()).unwrap_or(18);
    Settler::new(World::new(made, major, &[&live.ambient]), World::new(live, major, &[]))
}

/// Whether what a statement makes is what is there.
fn alike(settler: &Settler<'_>, made: &Entry, there: &Entry) -> bool {
    let (ours, theirs) = (made.object.attributes(), there.object.attributes());
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|(a, b)| a.name == b.name && same(settler, &a.value, &b.value))
}

fn same(settler: &Settler<'_>, made: &Value<'_>, there: &Value<'_>) -> bool {
    let means_the_same = |verdict: Verdict| verdict == Verdict::Same;
    match (made, there) {
        (Value::Expr(a, of), Value::Expr(b, other)) => means_the_same(settler.expr((a, *of), (b, *other))),
        (Value::Query(a, of), Value::Query(b, other)) => means_the_same(settler.query((a, of), (b, other))),
        (Value::SqlBody(a, of), Value::SqlBody(b, other)) => {
            means_the_same(settler.sql_body((a, of), (b, other)))
        }
        (Value::RuleAction(a, of), Value::RuleAction(b, other)) => {
            means_the_same(settler.rule_action((a, of), (b, other)))
        }
        (Value::List(a), Value::List(b)) | (Value::Set(a), Value::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(settler, a, b))
        }
        (Value::Record(a), Value::Record(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((x, a), (y, b))| x == y && same(settler, a, b))
        }
        (made, there) => format!("{made:?}") == format!("{there:?}"),
    }
}

/// `IF NOT EXISTS` where the statement has such a form.
fn if_not_exists(text: &str, step: &Step) -> Option<String> {
    const FORMS: &[&str] = &[
        "create table",
        "create unlogged table",
        "create unique index concurrently",
        "create unique index",
        "create index concurrently",
        "create index",
        "create schema",
        "create sequence",
        "create extension",
        "create materialized view",
        "create statistics",
        "create foreign table",
    ];
    for form in FORMS {
        let mut cursor = Cursor::of(text).ok()?;
        if cursor.accept_words(form) && !cursor.is_words("if not exists") {
            let rest = cursor.rest().text;
            let head = text.get(..text.len() - rest.len())?.trim_end();
            return Some(format!("{head} IF NOT EXISTS {rest}"));
        }
    }
    // One ADD COLUMN alone.
    let mut cursor = Cursor::of(text).ok()?;
    if step.words == "ALTER TABLE" && cursor.accept_words("alter table") {
        cursor.accept_words("if exists");
        cursor.accept("only");
        cursor.qualified_name().ok()?;
        if cursor.accept("add")
            && !cursor.is_any_word(&["constraint", "check", "unique", "primary", "foreign", "exclude"])
        {
            cursor.accept("column");
            let rest = cursor.rest().text;
            if several_actions(rest) {
                return None;
            }
            let head = text.get(..text.len() - rest.len())?.trim_end();
            let head = if head.to_ascii_lowercase().ends_with("column") {
                head.to_owned()
            } else {
                format!("{head} COLUMN")
            };
            return Some(format!("{head} IF NOT EXISTS {rest}"));
        }
    }
    if step.words == "ALTER TYPE" && cursor_after_add_value(text).is_some() {
        let rest = cursor_after_add_value(text)?;
        let head = text.get(..text.len() - rest.len())?.trim_end();
        return Some(format!("{head} IF NOT EXISTS {rest}"));
    }
    None
}

fn cursor_after_add_value(text: &str) -> Option<&str> {
    let mut cursor = Cursor::of(text).ok()?;
    if !cursor.accept_words("alter type") {
        return None;
    }
    cursor.qualified_name().ok()?;
    cursor.accept_words("add value").then(|| cursor.rest().text)
}

/// Whether more than one action follows, separated by commas outside of parentheses.
fn several_actions(text: &str) -> bool {
    let Ok(mut cursor) = Cursor::of(text) else { return true };
    let mut depth = 0_i32;
    while let Some(token) = cursor.next_token() {
        match cursor.text_of(&token) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// `ALTER TABLE t DROP COLUMN c` or `DROP CONSTRAINT c`, alone, with IF EXISTS.
fn drops_part(text: &str) -> Option<String> {
    let mut cursor = Cursor::of(text).ok()?;
    if !cursor.accept_words("alter table") {
        return None;
    }
    cursor.accept_words("if exists");
    cursor.accept("only");
    cursor.qualified_name().ok()?;
    if !cursor.accept("drop") {
        return None;
    }
    let constraint = cursor.accept("constraint");
    let column = !constraint && cursor.accept("column");
    let rest = cursor.rest().text;
    if several_actions(rest) || rest.to_ascii_lowercase().starts_with("if exists") {
        return None;
    }
    let head = text.get(..text.len() - rest.len())?.trim_end();
    let word = if constraint || column { "" } else { " COLUMN" };
    Some(format!("{head}{word} IF EXISTS {rest}"))
}

/// `IF EXISTS` behind the kind of object.
fn if_exists(text: &str) -> Option<String> {
    const FORMS: &[&str] = &[
        "drop table",
        "drop index concurrently",
        "drop index",
        "drop materialized view",
        "drop view",
        "drop sequence",
        "drop schema",
        "drop extension",
        "drop type",
        "drop domain",
        "drop function",
        "drop procedure",
        "drop trigger",
        "drop policy",
        "drop rule",
        "drop aggregate",
        "drop operator",
        "drop collation",
        "drop statistics",
        "drop foreign table",
        "drop server",
        "drop publication",
    ];
    for form in FORMS {
        let mut cursor = Cursor::of(text).ok()?;
        if cursor.accept_words(form) && !cursor.is_words("if exists") {
            let rest = cursor.rest().text;
            let head = text.get(..text.len() - rest.len())?.trim_end();
            return Some(format!("{head} IF EXISTS {rest}"));
        }
    }
    None
}

/// A block that passes over just the error that says that it is there already. Which that is was looked at when the file was written.
fn do_block(text: &str, sqlstate: &str) -> String {
    let mut tag = "$trueup$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$trueup{number}$");
    }
    format!("DO {tag} BEGIN\n{text};\nEXCEPTION WHEN SQLSTATE '{sqlstate}' THEN NULL;\nEND {tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_with_a_guard_of_their_own() {
        let step = |words: &str| Step {
            text: String::new(),
            words: words.to_owned(),
            span: Span { file: Arc::from("a"), start: 0, end: 0, line: 1, column: 1 },
            outcome: StepOutcome::Applied(Vec::new()),
            in_block: false,
            renames: false,
            altered: None,
            made_view: None,
        };
        let guarded = |words: &str, text: &str| if_not_exists(text, &step(words));
        for (words, text, wanted) in [
            ("CREATE TABLE", "create table t (a int)", Some("create table IF NOT EXISTS t (a int)")),
            (
                "ALTER TABLE",
                "ALTER TABLE t ADD a numeric(3, 2)",
                Some("ALTER TABLE t ADD COLUMN IF NOT EXISTS a numeric(3, 2)"),
            ),
            ("ALTER TABLE", "ALTER TABLE t ADD COLUMN a int, ADD b int", None),
            ("ALTER TABLE", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", None),
            (
                "ALTER TYPE",
                "ALTER TYPE e ADD VALUE 'x' AFTER 'y'",
                Some("ALTER TYPE e ADD VALUE IF NOT EXISTS 'x' AFTER 'y'"),
            ),
            (
                "CREATE INDEX",
                "CREATE UNIQUE INDEX i ON t (a)",
                Some("CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a)"),
            ),
            ("CREATE TYPE", "CREATE TYPE e AS ENUM ('a')", None),
        ] {
            assert_eq!(guarded(words, text).as_deref(), wanted, "{text}");
        }
        assert_eq!(if_exists("DROP INDEX i").as_deref(), Some("DROP INDEX IF EXISTS i"));
    }
}
