//! What is on the map.

use crate::Report;
use crate::html::finding::Finding;
use std::collections::{BTreeMap, HashMap};
use trueup_catalog::{
    Catalog, Column, Constraint, ConstraintBody, ObjectKey, ObjectKind, QualifiedName, Table,
};
use trueup_diff::{Level, What};

/// Boxes show all their columns up to this many tables, and beyond that only keys and what drifted.
const ALL_COLUMNS: usize = 40;
/// The most columns of a box on a small map.
const MOST_COLUMNS: usize = 20;
/// The most columns of a box on a large map.
const FEW_COLUMNS: usize = 6;

/// Of a table that more refer to, these are no neighbours that help to see what drifted.
const FEW_REFERRERS: usize = 8;

/// How a table, a column or a foreign key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::html) enum State {
    /// On both sides, and no finding above a note.
    InSync,
    /// Something about it could not be told.
    Undecided,
    /// On both sides, with a finding.
    Changed,
    /// Live only.
    Unexpected,
    /// Desired only.
    Missing,
}

impl State {
    /// Every state, in the order of their numbers.
    pub const ALL: [State; 5] =
        [State::InSync, State::Undecided, State::Changed, State::Unexpected, State::Missing];

    /// For a class.
    pub fn class(self) -> &'static str {
        match self {
            State::InSync => "in-sync",
            State::Undecided => "undecided",
            State::Changed => "changed",
            State::Unexpected => "unexpected",
            State::Missing => "missing",
        }
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            State::InSync => "in sync",
            State::Undecided | State::Changed | State::Unexpected | State::Missing => self.class(),
        }
    }

    /// The sign that stands for it beside the colour.
    pub fn sign(self) -> &'static str {
        match self {
            State::InSync => "=",
            State::Undecided => "?",
            State::Changed => "≠",
            State::Unexpected => "+",
            State::Missing => "−",
        }
    }

    /// For the script.
    pub fn number(self) -> u8 {
        match self {
            State::InSync => 0,
            State::Undecided => 1,
            State::Changed => 2,
            State::Unexpected => 3,
            State::Missing => 4,
        }
    }
}

/// A column as a box shows it.
pub(in crate::html) struct MapColumn {
    pub name: String,
    pub data_type: String,
    pub primary: bool,
    pub foreign: bool,
    pub not_null: bool,
    pub state: State,
    /// Whether the box has a line for it; a card has all.
    pub shown: bool,
}

/// A table.
pub(in crate::html) struct MapTable {
    pub name: QualifiedName,
    pub state: State,
    pub columns: Vec<MapColumn>,
    /// How many findings are about it.
    pub findings: usize,
    /// Whether a finding above a note is about it.
    pub drifted: bool,
}

/// A line between two tables, from the one that refers.
pub(in crate::html) struct Edge {
    pub from: usize,
    pub to: usize,
    pub state: State,
    /// Whether it says "partition of" or "inherits", and is no foreign key.
    pub parent: bool,
}

/// The map without a layout.
pub(in crate::html) struct Map {
    /// In the order of their names.
    pub tables: Vec<MapTable>,
    pub edges: Vec<Edge>,
}

impl Map {
    /// The tables of both sides that are in scope.
    pub fn new(report: &Report<'_>, findings: &[Finding]) -> Self {
        let states = states(report);
        let mut names: BTreeMap<&QualifiedName, State> = BTreeMap::new();
        for (key, entry) in report.desired.of_kind(ObjectKind::Table) {
            let Some(table) = Table::of(&entry.object) else { continue };
            names.insert(&table.name, states.get(key).copied().unwrap_or(State::InSync));
        }
        for (key, entry) in report.live.of_kind(ObjectKind::Table) {
            // What only live has is in scope when it was found.
            if let (Some(table), Some(state)) = (Table::of(&entry.object), states.get(key))
                && !report.desired.contains(key)
            {
                names.insert(&table.name, *state);
            }
        }
        let mut about: HashMap<&str, (usize, State, bool)> = HashMap::new();
        for finding in findings {
            let (count, state, drifted) =
                about.entry(finding.table.as_str()).or_insert((0, State::InSync, false));
            // What the policy takes out is drift all the same.
            *count += usize::from(finding.listed);
            if finding.level != Level::Note {
                let of = if finding.what == "undecided" { State::Undecided } else { State::Changed };
                *state = (*state).max(of);
                *drifted = true;
            }
        }
        let few = names.len() > ALL_COLUMNS;
        let tables = names
            .into_iter()
            .map(|(name, own)| {
                let (findings, of_parts, drifted) =
                    about.get(name.to_string().as_str()).copied().unwrap_or((0, State::InSync, false));
                let state = own.max(of_parts);
                let columns = columns(report, name, &states, few);
                MapTable { name: name.clone(), state, columns, findings, drifted }
            })
            .collect::<Vec<_>>();
        let edges = edges(report, &tables);
        Map { tables, edges }
    }

    /// How many tables stand so.
    pub fn count(&self, state: State) -> usize {
        self.tables.iter().filter(|table| table.state == state).count()
    }

    /// The tables with a finding, those that they refer to, and those that refer to them; of a hub's hundreds none, since they would
    /// bury what is looked for.
    pub fn near_drift(&self) -> Vec<bool> {
        let drifted: Vec<bool> =
            self.tables.iter().map(|table| table.drifted || table.state != State::InSync).collect();
        let is = |at: usize| drifted.get(at).copied().unwrap_or_default();
        let mut referrers = vec![0_usize; self.tables.len()];
        for edge in &self.edges {
            if let Some(count) = referrers.get_mut(edge.to) {
                *count += 1;
            }
        }
        let few = |at: usize| referrers.get(at).is_some_and(|count| *count <= FEW_REFERRERS);
        let mut near = drifted.clone();
        for edge in &self.edges {
            for (other, with) in [(edge.to, is(edge.from)), (edge.from, is(edge.to) && few(edge.to))] {
                if let (true, Some(near)) = (with, near.get_mut(other)) {
                    *near = true;
                }
            }
        }
        near
    }
}

/// The state of every object with a finding above a note, and of what comes along with it.
fn states<'a>(report: &Report<'a>) -> HashMap<&'a ObjectKey, State> {
    let mut states = HashMap::new();
    for drift in report.comparison.drift.iter() {
        let state = match drift.what {
            What::Missing => State::Missing,
            What::Unexpected => State::Unexpected,
            What::Changed if drift.level == Level::Note => continue,
            What::Changed => State::Changed,
        };
        for key in std::iter::once(&drift.key).chain(&drift.children) {
            let known = states.entry(key).or_insert(state);
            *known = state.max(*known);
        }
    }
    states
}

fn columns(
    report: &Report<'_>,
    table: &QualifiedName,
    states: &HashMap<&ObjectKey, State>,
    few: bool,
) -> Vec<MapColumn> {
    let desired = report.desired.columns(table);
    // A table that is on one side only says so itself.
    let whole = desired.is_empty() || report.live.table(table).is_none();
    let (primary, foreign) = keys(report, table);
    let live = report.live.columns(table);
    let known: std::collections::HashSet<_> = desired.iter().map(|column| &column.name).collect();
    let more = live.into_iter().filter(|column| !known.contains(&column.name));
    let mut columns: Vec<MapColumn> = desired
        .iter()
        .copied()
        .chain(more)
        .map(|column: &Column| {
            let key = ObjectKey::on_relation(ObjectKind::Column, table.clone(), column.name.clone());
            let state = states.get(&key).copied().filter(|_| !whole).unwrap_or(State::InSync);
            MapColumn {
                name: column.name.as_str().to_owned(),
                data_type: column.data_type.to_string(),
                primary: primary.contains(&column.name),
                foreign: foreign.contains(&column.name),
                not_null: column.not_null.is_some(),
                state,
                shown: false,
            }
        })
        .collect();
    show(&mut columns, few);
    columns
}

/// Marks the columns that get a line: what drifted, then keys, then by position.
fn show(columns: &mut [MapColumn], few: bool) {
    let most = if few { FEW_COLUMNS } else { MOST_COLUMNS };
    let mut order: Vec<(u8, usize)> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let rank = match (column.state, column.primary, column.foreign) {
                (State::InSync, true, _) => 1,
                (State::InSync, false, true) => 2,
                (State::InSync, false, false) => 3,
                _ => 0,
            };
            (rank, at)
        })
        .collect();
    order.sort_unstable();
    for (rank, at) in order.into_iter().take(most) {
        if let Some(column) = columns.get_mut(at).filter(|_| !few || rank < 3) {
            column.shown = true;
        }
    }
}

type Names = std::collections::HashSet<trueup_catalog::Name>;

/// The columns of the primary key, and those of foreign keys.
fn keys(report: &Report<'_>, table: &QualifiedName) -> (Names, Names) {
    let (mut primary, mut foreign) = (Names::new(), Names::new());
    let catalog = if report.desired.table(table).is_some() { report.desired } else { report.live };
    for (_, entry) in catalog.on_relation(ObjectKind::Constraint, table) {
        match Constraint::of(&entry.object).map(|constraint| &constraint.body) {
            Some(ConstraintBody::PrimaryKey(key)) => primary.extend(key.columns.iter().cloned()),
            Some(ConstraintBody::ForeignKey(key)) => foreign.extend(key.columns.iter().cloned()),
            Some(ConstraintBody::Unique(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_))
            | None => {}
        }
    }
    (primary, foreign)
}

/// Foreign keys and parents of both sides, one line for each pair of tables.
fn edges(report: &Report<'_>, tables: &[MapTable]) -> Vec<Edge> {
    let places: HashMap<&QualifiedName, usize> =
        tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
    let mut found: BTreeMap<(usize, usize, bool), (bool, bool)> = BTreeMap::new();
    let mut add = |catalog: &Catalog, desired: bool| {
        let mut join = |from: &QualifiedName, to: &QualifiedName, parent: bool| {
            if let (Some(from), Some(to)) = (places.get(from), places.get(to)) {
                let sides = found.entry((*from, *to, parent)).or_default();
                if desired {
                    sides.0 = true;
                } else {
                    sides.1 = true;
                }
            }
        };
        for (_, entry) in catalog.of_kind(ObjectKind::Constraint) {
            if let Some(Constraint { table, body: ConstraintBody::ForeignKey(key), .. }) =
                Constraint::of(&entry.object)
            {
                join(table, &key.references, false);
            }
        }
        for (_, entry) in catalog.of_kind(ObjectKind::Table) {
            let Some(table) = Table::of(&entry.object) else { continue };
            let parents = table.partition_of.iter().map(|of| &of.parent).chain(&table.inherits);
            parents.for_each(|parent| join(&table.name, parent, true));
        }
    };
    add(report.desired, true);
    add(report.live, false);
    found
        .into_iter()
        .map(|((from, to, parent), sides)| {
            let state = match sides {
                (true, false) => State::Missing,
                (false, true) => State::Unexpected,
                (true, true) | (false, false) => State::InSync,
            };
            Edge { from, to, state, parent }
        })
        .collect()
}
