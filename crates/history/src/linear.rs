//! Tools whose migrations are a list: files in an order, rows for those that ran.
//!
//! Owns: matching the two, and the faults that follow. Each tool says what it does about a file that is late and a row without a file.

use crate::model::{Fault, Migration, State};
use std::collections::{BTreeMap, BTreeSet};
use trueup_diff::Code;

/// The place of a migration in the order of its tool: numbers first, then text.
pub(crate) type Order = (Vec<u128>, String);

/// A migration that has a file.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub id: String,
    pub title: Option<String>,
    pub file: String,
    pub order: Order,
}

/// A migration that has a row.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub id: String,
    pub title: Option<String>,
    pub order: Order,
    /// What the row, or the row and the file together, say.
    pub state: State,
}

impl Recorded {
    pub fn applied(id: impl Into<String>, order: Order) -> Self {
        Recorded { id: id.into(), title: None, order, state: State::Applied }
    }
}

/// What a tool does about a file that did not run and lies before one that did.
pub(crate) enum Late {
    /// It runs it, as any other.
    Runs,
    /// It stops: in these words, with this way out.
    Stops(&'static str, &'static [&'static str]),
}

/// What a tool does about a row that has no file: in words, and the ways out, in which `{id}` is the migration.
pub(crate) struct Gone {
    pub says: &'static str,
    pub ways_out: &'static [&'static str],
}

/// The migrations in order, and what is wrong with them. Files that share an id are told once each.
pub(crate) fn compare(
    files: &[Listed],
    rows: &[Recorded],
    late: &Late,
    gone: &Gone,
) -> (Vec<Migration>, Vec<Fault>) {
    let mut faults = Vec::new();
    let by_id: BTreeMap<&str, &Recorded> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let known: BTreeSet<&str> = files.iter().map(|file| file.id.as_str()).collect();
    let newest = rows.iter().filter(|row| !row.state.is_pending()).map(|row| &row.order).max();
    let mut out: Vec<(Order, Migration)> = Vec::new();
    for file in files {
        let mut state = by_id.get(file.id.as_str()).map_or(State::Pending, |row| row.state);
        if state == State::Pending && newest.is_some_and(|newest| file.order < *newest) {
            match late {
                Late::Runs => {}
                Late::Stops(says, ways_out) => {
                    state = State::OutOfOrder;
                    let after = rows
                        .iter()
                        .filter(|row| Some(&row.order) == newest)
                        .map(|row| row.id.as_str())
                        .next();
                    faults.push(out_of_order(file, after.unwrap_or_default(), says, ways_out));
                }
            }
        }
        out.push((
            file.order.clone(),
            Migration {
                id: file.id.clone(),
                title: file.title.clone(),
                state,
                file: Some(file.file.clone()),
                after: Vec::new(),
                head: false,
            },
        ));
    }
    for row in rows.iter().filter(|row| !known.contains(row.id.as_str())) {
        faults.push(missing_file(&row.id, row.title.as_deref(), gone));
        out.push((
            row.order.clone(),
            Migration {
                id: row.id.clone(),
                title: row.title.clone(),
                state: State::MissingFile,
                file: None,
                after: Vec::new(),
                head: false,
            },
        ));
    }
    faults.extend(duplicates(files));
    out.sort_by(|(a, _), (b, _)| a.cmp(b));
    (out.into_iter().map(|(_, migration)| migration).collect(), faults)
}

fn out_of_order(file: &Listed, after: &str, says: &str, ways_out: &[&str]) -> Fault {
    let fault = Fault::new(
        Code::M106,
        file.id.clone(),
        format!("migration {} did not run, and a later one did", file.id),
    )
    .why(format!("it comes before {after}, which is applied"))
    .why(says)
    .at(file.file.clone(), None);
    ways_out.iter().fold(fault, |fault, way| fault.way(way.replace("{id}", &file.id)))
}

/// A migration that is applied and has no file.
pub(crate) fn missing_file(id: &str, title: Option<&str>, gone: &Gone) -> Fault {
    let named = title.map_or_else(|| id.to_owned(), |title| format!("{id} ({title})"));
    let fault = Fault::new(Code::M107, id, format!("migration {named} is applied, and its file is missing"))
        .why(gone.says);
    gone.ways_out.iter().fold(fault, |fault, way| fault.way(way.replace("{id}", id)))
}

/// Files that bear the same version.
fn duplicates(files: &[Listed]) -> Vec<Fault> {
    let mut by_id: BTreeMap<&str, Vec<&Listed>> = BTreeMap::new();
    for file in files {
        by_id.entry(&file.id).or_default().push(file);
    }
    by_id
        .into_iter()
        .filter(|(_, files)| files.len() > 1)
        .map(|(id, files)| duplicate(id, files.iter().map(|f| f.file.as_str())))
        .collect()
}

/// Several files with one id.
pub(crate) fn duplicate<'a>(id: &str, files: impl Iterator<Item = &'a str>) -> Fault {
    let files: Vec<&str> = files.collect();
    Fault::new(Code::M111, id, format!("{} files are migration {id}", files.len()))
        .why(format!("they are {}", files.join(", ")))
        .why("the tool keeps one of them, or stops")
        .at(files.last().copied().unwrap_or_default(), None)
        .way("give the newer one an id of its own, or take it away where it is a copy")
}

/// A migration that was edited after it ran.
pub(crate) fn edited(id: &str, file: &str, how: impl Into<String>) -> Fault {
    Fault::new(Code::M104, id, format!("migration {id} was edited after it ran")).why(how).at(file, None)
}
