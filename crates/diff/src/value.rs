//! Compares two values of an attribute, each by its own rule.

use crate::settled::Judge;
use trueup_catalog::{DataType, Value};
use trueup_settle::Verdict;

/// Whether two values are alike. `judge` decides about expressions and queries.
///
/// A list is different as soon as one element is, and can't be told only when every element that
/// is not alike can't be told.
pub(crate) fn compare(desired: &Value<'_>, live: &Value<'_>, judge: &impl Judge) -> Verdict {
    match (desired, live) {
        (Value::Type(d), Value::Type(l)) => equal(d.matches(l)),
        (Value::Expr(d, d_context), Value::Expr(l, l_context)) => {
            judge.expr((d, *d_context), (l, *l_context))
        }
        (Value::Query(d, d_columns), Value::Query(l, l_columns)) => {
            judge.query((d, d_columns), (l, l_columns))
        }
        (Value::SqlBody(d, d_routine), Value::SqlBody(l, l_routine)) => {
            judge.sql_body((d, d_routine), (l, l_routine))
        }
        (Value::RuleAction(d, d_table), Value::RuleAction(l, l_table)) => {
            judge.rule_action((d, d_table), (l, l_table))
        }
        (Value::List(d), Value::List(l)) if d.len() == l.len() => {
            all(d.iter().zip(l).map(|(d, l)| compare(d, l, judge)))
        }
        (Value::Set(d), Value::Set(l)) => compare_sets(d, l, judge),
        (Value::Record(d), Value::Record(l)) if d.len() == l.len() => all(d.iter().zip(l).map(
            |((d_name, d), (l_name, l))| {
                if d_name == l_name { compare(d, l, judge) } else { Verdict::Different }
            },
        )),
        (Value::Options(d), Value::Options(l)) => equal(d == l),
        (Value::Flag(d), Value::Flag(l)) => equal(d == l),
        (Value::Integer(d), Value::Integer(l)) => equal(d == l),
        (Value::Text(d), Value::Text(l)) => equal(d == l),
        (Value::Name(d), Value::Name(l)) => equal(d == l),
        (Value::Qualified(d), Value::Qualified(l)) => equal(d == l),
        (Value::Names(d), Value::Names(l)) => equal(d == l),
        (Value::Labels(d), Value::Labels(l)) => equal(d == l),
        (Value::Source(d), Value::Source(l)) => equal(d == l),
        // Of two sorts: alike only when both say "nothing", as an absent list and an empty one.
        (d, l) => equal(d.is_absent() && l.is_absent()),
    }
}

fn equal(same: bool) -> Verdict {
    if same { Verdict::Same } else { Verdict::Different }
}

fn all(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut result = Verdict::Same;
    for verdict in verdicts {
        match verdict {
            Verdict::Same => {}
            Verdict::Different => return Verdict::Different,
            Verdict::CantTell(why) => result = Verdict::CantTell(why),
        }
    }
    result
}

/// Each desired element needs a live one of its own. The lists are short (columns of a trigger,
/// values of one partition); equal positions are tried first, which makes the usual case linear.
fn compare_sets(desired: &[Value<'_>], live: &[Value<'_>], judge: &impl Judge) -> Verdict {
    if desired.len() != live.len() {
        return Verdict::Different;
    }
    let mut free: Vec<Option<&Value<'_>>> = live.iter().map(Some).collect();
    let mut unsure = None;
    for (at, value) in desired.iter().enumerate() {
        let order = std::iter::once(at).chain((0..free.len()).filter(|i| *i != at));
        let mut found = None;
        let mut maybe = None;
        for index in order {
            let Some(Some(candidate)) = free.get(index) else { continue };
            match compare(value, candidate, judge) {
                Verdict::Same => {
                    found = Some(index);
                    break;
                }
                Verdict::CantTell(why) => maybe = Some((index, why)),
                Verdict::Different => {}
            }
        }
        let taken = match (found, maybe) {
            (Some(index), _) => index,
            (None, Some((index, why))) => {
                unsure = Some(why);
                index
            }
            (None, None) => return Verdict::Different,
        };
        if let Some(slot) = free.get_mut(taken) {
            *slot = None;
        }
    }
    unsure.map_or(Verdict::Same, Verdict::CantTell)
}

/// The value as a person writes it; `None` for nothing.
pub(crate) fn show(value: &Value<'_>) -> Option<String> {
    if value.is_absent() {
        return None;
    }
    Some(match value {
        Value::Absent => return None,
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Name(name) => name.to_string(),
        Value::Qualified(name) => name.to_string(),
        Value::Names(names) => join(names.iter().map(ToString::to_string)),
        Value::Type(data_type) => show_type(data_type),
        Value::Labels(labels) => join(labels.iter().map(|l| trueup_catalog::quote_literal(l))),
        Value::Options(options) => join(options.iter().map(|(name, value)| format!("{name}={value}"))),
        Value::Expr(expr, _) => expr.sql.to_string(),
        Value::Query(query, _) | Value::SqlBody(query, _) | Value::RuleAction(query, _) => {
            query.sql.to_string()
        }
        Value::Source(source) => (*source).to_owned(),
        Value::List(values) | Value::Set(values) => join(values.iter().filter_map(show)),
        Value::Record(fields) => {
            let parts: Vec<_> = fields
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Flag(false)))
                .filter_map(|(name, value)| match value {
                    Value::Flag(true) => Some(name.replace('_', " ")),
                    Value::Absent
                    | Value::Flag(false)
                    | Value::Integer(_)
                    | Value::Text(_)
                    | Value::Name(_)
                    | Value::Qualified(_)
                    | Value::Names(_)
                    | Value::Type(_)
                    | Value::Labels(_)
                    | Value::Options(_)
                    | Value::Expr(..)
                    | Value::Query(..)
                    | Value::SqlBody(..)
                    | Value::RuleAction(..)
                    | Value::Source(_)
                    | Value::List(_)
                    | Value::Set(_)
                    | Value::Record(_) => {
                        let text = show(value)?;
                        Some(if matches!(*name, "on" | "name" | "data_type") {
                            text
                        } else {
                            format!("{} {text}", name.replace('_', " "))
                        })
                    }
                })
                .collect();
            parts.join(" ")
        }
    })
}

fn show_type(data_type: &DataType) -> String {
    data_type.to_string()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// Whether the value is long text that is shown as a diff.
pub(crate) fn is_text(value: &Value<'_>) -> bool {
    matches!(value, Value::Query(..) | Value::SqlBody(..) | Value::RuleAction(..) | Value::Source(_))
}
