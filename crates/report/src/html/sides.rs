//! The definitions of a finding: desired on the left, live on the right.

use super::diff::{Line, Row, pair, plain, rows};
use super::words::Text;
use crate::excerpt::excerpt;
use crate::layout::layout;
use crate::{Report, wording};
use trueup_catalog::{Catalog, ObjectKey, Span};
use trueup_diff::{Change, Drift, What};

/// Longer definitions of what only one side has are cut.
const MOST_LINES: usize = 200;

/// What a finding shows of both sides.
#[derive(Default, askama::Template)]
#[template(path = "sides.html")]
pub(super) struct Sides {
    /// Definitions and long texts, row by row.
    pub rows: Vec<Row>,
    /// The definition where only one side has any, with that side.
    pub only: Option<(&'static str, Text)>,
    /// Single values.
    pub values: Vec<Value>,
    /// The line of the source.
    pub source: Option<SourceLine>,
}

/// A value on both sides.
pub(super) struct Value {
    pub name: Text,
    pub desired: Line,
    pub live: Line,
}

/// A line of a file with what is meant.
pub(super) struct SourceLine {
    pub number: usize,
    pub before: Text,
    pub meant: Text,
    pub after: Text,
}

/// Of a drift.
pub(super) fn of_drift(report: &Report<'_>, drift: &Drift) -> Sides {
    let mut sides = Sides { source: source(report, drift.span.as_ref()), ..Sides::default() };
    match drift.what {
        What::Missing => sides.only = only("desired", report.desired, &drift.key),
        What::Unexpected => sides.only = only("live", report.live, &drift.key),
        What::Changed => {
            let long = long(&drift.changes);
            let (desired, live) =
                (definition(report.desired, &drift.key), definition(report.live, &drift.key));
            sides.rows = match (long, desired, live) {
                // The long text is what differs; the rest of the statement would only be in the way.
                (Some((desired, live)), ..) => rows(&desired, &live),
                (None, Some(desired), Some(live)) if desired != live => rows(&desired, &live),
                (None, ..) => Vec::new(),
            };
            sides.values = values(&drift.changes);
        }
    }
    sides
}

/// Of what could not be told.
pub(super) fn of_undecided(report: &Report<'_>, change: Option<&Change>, span: Option<&Span>) -> Sides {
    let changes = change.map(std::slice::from_ref).unwrap_or_default();
    Sides {
        rows: long(changes).map(|(desired, live)| rows(&desired, &live)).unwrap_or_default(),
        only: None,
        values: values(changes),
        source: source(report, span),
    }
}

impl Sides {
    /// Whether there is anything to compare.
    pub fn compares(&self) -> bool {
        !self.rows.is_empty() || !self.values.is_empty()
    }
}

/// The statement that would make it; of what is part of a table, only that part.
fn definition(catalog: &Catalog, key: &ObjectKey) -> Option<String> {
    let text = trueup_repair::ddl::definition(&catalog.get(key)?.object, catalog);
    let part = key.relation().and_then(|relation| text.strip_prefix(&format!("ALTER TABLE {relation} ADD ")));
    let text = part.map_or(text.as_str(), |part| part.strip_prefix("COLUMN ").unwrap_or(part));
    (!text.is_empty()).then(|| text.to_owned())
}

fn only(side: &'static str, catalog: &Catalog, key: &ObjectKey) -> Option<(&'static str, Text)> {
    let text = definition(catalog, key)?;
    let cut = match text.match_indices('\n').nth(MOST_LINES) {
        Some((at, _)) => format!("{}\n…", text.get(..at).unwrap_or_default()),
        None => text,
    };
    Some((side, Text::lines(&cut)))
}

/// The first long text that both sides have.
fn long(changes: &[Change]) -> Option<(String, String)> {
    changes.iter().filter(|change| change.text).find_map(|change| {
        let (desired, live) = (change.desired.as_ref()?, change.live.as_ref()?);
        Some(match change.attribute.as_str() {
            "query" => (layout(desired), layout(live)),
            _ => (desired.clone(), live.clone()),
        })
    })
}

fn values(changes: &[Change]) -> Vec<Value> {
    let short = changes.iter().filter(|change| !(change.text && both(change)));
    short
        .map(|change| {
            let (desired, live) = match (&change.desired, &change.live) {
                (Some(desired), Some(live)) => pair(desired, live),
                (desired, live) => {
                    let one = |value: &Option<String>| plain(value.as_deref().unwrap_or("none"));
                    (one(desired), one(live))
                }
            };
            Value { name: Text::new(&wording::attribute(&change.attribute)), desired, live }
        })
        .collect()
}

fn both(change: &Change) -> bool {
    change.desired.is_some() && change.live.is_some()
}

fn source(report: &Report<'_>, span: Option<&Span>) -> Option<SourceLine> {
    let found = excerpt(report.sources, span?)?;
    let part = |range: std::ops::Range<usize>| Text::lines(found.line.get(range).unwrap_or_default());
    Some(SourceLine {
        number: found.number,
        before: part(0..found.meant.start),
        meant: part(found.meant.clone()),
        after: part(found.meant.end..found.line.len()),
    })
}
