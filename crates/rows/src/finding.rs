//! What the answers mean: findings, and the rows to add.

use crate::{Asked, Question};
use std::collections::BTreeMap;
use trueup_catalog::{ObjectKey, ObjectKind, Span, StatedInsert, StatedRow, Weight};
use trueup_diff::{Change, Code, Disposition, Drift, Level, Undecided, What};

/// How many rows a finding shows.
const SHOWN: usize = 10;

/// What a database says to a question: of each row that is missing or differs its number, whether it is there, and what differs; or why it
/// could not be asked.
pub type Answer = Result<Vec<(i64, bool, Option<String>)>, String>;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Rows that are missing (D291) or differ (D292): at most one finding of each sort a table.
    pub drift: Vec<Drift>,
    /// What could not be compared.
    pub undecided: Vec<Undecided>,
    /// The rows to add, by their table, and whether a key of live's keeps them from being added twice.
    pub missing: BTreeMap<ObjectKey, Vec<StatedInsert>>,
}

/// The findings of the answers to all questions; `answers` holds one for each question that has a query, in their order.
pub fn findings(asked: Asked, answers: impl IntoIterator<Item = Answer>) -> Found {
    let mut found = Found { undecided: asked.undecided, ..Found::default() };
    let mut answers = answers.into_iter();
    let mut changed: BTreeMap<ObjectKey, (Vec<Change>, Option<Span>)> = BTreeMap::new();
    let mut lacking: BTreeMap<ObjectKey, Vec<(StatedInsert, bool)>> = BTreeMap::new();
    for question in asked.questions {
        let key = ObjectKey::in_schema(ObjectKind::Table, question.table.clone());
        let answer = match &question.sql {
            Some(_) => answers.next().unwrap_or_else(|| Err("nobody asked".to_owned())),
            None => Ok((0..).zip(&question.insert.rows).map(|(number, _)| (number, false, None)).collect()),
        };
        let rows = match answer {
            Ok(rows) => rows,
            Err(why) => {
                found.undecided.push(not_asked(&question, key, &why));
                continue;
            }
        };
        let mut missing: Vec<StatedRow> = Vec::new();
        for (number, there, differs) in rows {
            let Some(row) = usize::try_from(number).ok().and_then(|at| question.insert.rows.get(at)) else {
                continue;
            };
            if !there {
                missing.push(row.clone());
                continue;
            }
            let (changes, span) = changed.entry(key.clone()).or_default();
            if span.is_none() {
                *span = row.span.clone();
            }
            changes.push(Change {
                attribute: format!("row {}", told(&question, row, true)),
                desired: Some(told(&question, row, false)),
                live: differs,
                weight: Weight::Meaning,
                text: false,
            });
        }
        if !missing.is_empty() {
            let keyed = question.keyed || question.sql.is_none();
            lacking.entry(key).or_default().push((StatedInsert { rows: missing, ..question.insert }, keyed));
        }
    }
    for (key, inserts) in lacking {
        found.drift.push(of_missing(&key, &inserts));
        found.missing.insert(key, inserts.into_iter().map(|(insert, _)| insert).collect());
    }
    for (key, (changes, span)) in changed {
        let count = changes.len();
        let mut drift = drift(Code::D292, key, shown(changes, count));
        drift.disposition = Disposition::Manual;
        drift.reason = "adding can't change a row".to_owned();
        drift.span = span;
        found.drift.push(drift);
    }
    found.drift.sort_by(|a, b| (&a.key, a.code).cmp(&(&b.key, b.code)));
    found
}

fn of_missing(key: &ObjectKey, inserts: &[(StatedInsert, bool)]) -> Drift {
    let mut changes = Vec::new();
    for (insert, _) in inserts {
        changes.extend(insert.rows.iter().map(|row| Change {
            attribute: "row".to_owned(),
            desired: Some(values(insert, row, None)),
            live: None,
            weight: Weight::Meaning,
            text: false,
        }));
    }
    let count = changes.len();
    let mut drift = drift(Code::D291, key.clone(), shown(changes, count));
    drift.span = inserts.first().and_then(|(insert, _)| insert.rows.first()).and_then(|row| row.span.clone());
    if inserts.iter().all(|(_, keyed)| *keyed) {
        drift.disposition = Disposition::Data;
        drift.reason = "they are added where no row of their key is there".to_owned();
    } else {
        drift.disposition = Disposition::Manual;
        drift.reason = "live lacks the unique key that would keep them from being added twice".to_owned();
    }
    drift
}

fn drift(code: Code, key: ObjectKey, changes: Vec<Change>) -> Drift {
    Drift {
        code,
        level: code.default_level(),
        key,
        what: What::Changed,
        changes,
        disposition: Disposition::Manual,
        reason: String::new(),
        span: None,
        children: Vec::new(),
        confirmed: true,
        unconfirmed: None,
    }
}

/// The first few, and how many more there are.
fn shown(mut changes: Vec<Change>, count: usize) -> Vec<Change> {
    changes.truncate(SHOWN);
    if let Some(more) = count.checked_sub(SHOWN).filter(|more| *more > 0) {
        changes.push(Change {
            attribute: "rows".to_owned(),
            desired: Some(format!("{more} more")),
            live: None,
            weight: Weight::Meaning,
            text: false,
        });
    }
    changes
}

/// A row's key, or all else that it states.
fn told(question: &Question, row: &StatedRow, key: bool) -> String {
    values(&question.insert, row, Some((&question.key, key)))
}

fn values(insert: &StatedInsert, row: &StatedRow, of: Option<(&[trueup_catalog::Name], bool)>) -> String {
    let cells: Vec<String> = insert
        .columns
        .iter()
        .zip(&row.values)
        .filter(|(name, _)| of.is_none_or(|(key, wanted)| key.contains(name) == wanted))
        .map(|(name, value)| format!("{name} {}", value.text()))
        .collect();
    cells.join(", ")
}

fn not_asked(question: &Question, key: ObjectKey, why: &str) -> Undecided {
    Undecided {
        code: Code::U102,
        level: Level::Error,
        key: Some(key),
        what: format!("rows of {}", question.table),
        sort: "set of rows".to_owned(),
        change: None,
        reason: format!("its rows can't be compared: {why}"),
        side: Some(trueup_diff::Side::Live),
        span: question.insert.rows.first().and_then(|row| row.span.clone()),
    }
}
