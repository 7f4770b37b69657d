//! What to look for in a database, before anyone knows which tool it is.

use crate::reader::Configured;
use crate::{Tool, Wish};
use std::collections::BTreeSet;
use trueup_project::Tree;

/// Tables that may keep a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// By name, in whatever schema.
    pub names: Vec<String>,
    /// By columns: a table that has all of these, whatever its name.
    pub shapes: Vec<Vec<String>>,
}

/// Tables that stand beside a history: locks, and what tells one tool from another.
const BESIDE: &[&str] = &["marker", "ledger"];

/// What to look for: each table of each tool by its usual name (the list that a comparison sets aside too), those that the files
/// name, the one that the user names, and the shapes of those that may be called anything.
pub fn wanted(tree: Option<&Tree>, wish: &Wish) -> Wanted {
    let mut names: BTreeSet<String> =
        trueup_diff::HISTORY_TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(BESIDE.iter().map(|name| (*name).to_owned()));
    names.extend(wish.table.clone());
    let mut shapes = BTreeSet::new();
    for tool in Tool::ALL {
        let reader = tool.reader();
        for known in reader.tables() {
            names.insert(known.name.to_owned());
            if known.shape {
                shapes.insert(known.has.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>());
            }
        }
        for site in tree.map(|tree| reader.sites(tree)).unwrap_or_default() {
            if let Configured::Named { name: Some(name), .. } = site.table {
                names.insert(format!("{name}_lock"));
                names.insert(name);
            }
        }
    }
    Wanted { names: names.into_iter().collect(), shapes: shapes.into_iter().collect() }
}
