//! What to look for in a database, before anyone knows which tool it is.

use crate::reader::{Configured, Known};
use crate::{Tool, Wish};
use trueup_project::Tree;

/// A table that may keep a history: all that is said of it must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Columns that it has.
    pub has: Vec<String>,
    /// Every column that it may have; empty where it may have any.
    pub most: Vec<String>,
}

/// A name that could be anybody's: the table must have the tool's columns and no others.
const COMMON: &str = "migrations";

/// What to look for: the tables of each tool by their usual names (the list that a comparison sets aside too), and the one that the user
/// names. With the files of a project, also those that these name, and tables of any name that have a tool's columns and no others. Without,
/// as for a snapshot, nothing is read that might not be a history.
pub fn wanted(tree: Option<&Tree>, wish: &Wish) -> Vec<Wanted> {
    let named = |schema: Option<&str>, name: &str| Wanted {
        schema: schema.map(str::to_owned),
        name: Some(name.to_owned()),
        ..Wanted::default()
    };
    let mut out: Vec<Wanted> =
        trueup_diff::HISTORY_TABLES.iter().map(|(name, _)| named(None, name)).collect();
    // Prisma 8's, to say that it is.
    out.push(named(Some("prisma_contract"), "marker"));
    out.extend(wish.table.as_deref().map(|name| named(wish.schema.as_deref(), name)));
    for tool in Tool::ALL {
        let reader = tool.reader();
        for known in reader.tables() {
            if known.name == COMMON {
                out.push(Wanted { name: Some(COMMON.to_owned()), ..shaped(known) });
            }
            if known.shape && tree.is_some() {
                out.push(shaped(known));
            }
        }
        for site in tree.map(|tree| reader.sites(tree)).unwrap_or_default() {
            if let Configured::Named { schema, name: Some(name) } = site.table {
                out.push(named(schema.as_deref(), &format!("{name}_lock")));
                out.push(named(schema.as_deref(), &name));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

fn shaped(known: &Known) -> Wanted {
    let list = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
    let most = known.has.iter().chain(known.also).copied().collect::<Vec<_>>();
    Wanted { has: list(known.has), most: list(&most), ..Wanted::default() }
}
