//! What sort of project a folder is.
//!
//! Owns: finding its schema files, its migration tools, the variable that holds the URL of its database and its CI; and the
//! commented `trueup.toml` that follows from them.
//!
//! Never: connects, compares, reads SQL as SQL, or keeps the value of a variable.
//!
//! `tools.rs` is the table of tools, as data. `tree.rs` says which files are looked at.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod ci;
mod configuration;
mod desired;
mod told;
mod tools;
mod tree;
mod variable;

pub use ci::Ci;
pub use configuration::configuration;
pub use desired::{Candidate, Migrations};
pub use told::told;
pub use tools::{Kind, Order, Presumed, Tool, Undo};
pub use tree::{Error, Tree, is_below};
pub use variable::Variable;

use std::path::Path;

/// What a folder is.
#[derive(Debug)]
pub struct Project {
    /// Its migration tools, in the order of the table.
    pub tools: Vec<Found>,
    /// What could state its schema, the best first; those that can't be used come last.
    pub desired: Vec<Candidate>,
    /// The variables that seem to hold a URL, the likeliest first; never empty.
    pub variables: Vec<Variable>,
    /// Where the gate could run, with the files that say so.
    pub ci: Vec<(Ci, String)>,
    /// What was not looked at.
    pub left_out: Vec<String>,
}

/// A tool that a project uses.
#[derive(Debug)]
pub struct Found {
    /// Which one.
    pub tool: &'static Tool,
    /// The file that gave it away.
    pub mark: String,
    /// Its folders of SQL.
    pub migrations: Vec<Migrations>,
}

impl Project {
    /// Looks at a folder.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let tree = Tree::read(folder)?;
        let tools = Found::all(&tree);
        let places: Vec<_> = tools.iter().map(|found| (found.tool, found.migrations.clone())).collect();
        Ok(Project {
            desired: desired::candidates(&tree, &places),
            variables: variable::find(&tree),
            ci: ci::find(&tree),
            left_out: tree.left_out.clone(),
            tools,
        })
    }

    /// What states the desired schema, where something can be used.
    pub fn usable(&self) -> Option<&Candidate> {
        self.desired.first().filter(|candidate| candidate.unusable.is_none())
    }
}

/// So many files are looked into for a word that gives a tool away.
const LOOKED_INTO: usize = 200;

impl Found {
    /// The migration tools of these files, in the order of the table.
    pub fn all(tree: &Tree) -> Vec<Found> {
        let mut out: Vec<Found> = Vec::new();
        let mut taken: Vec<String> = Vec::new();
        for tool in tools::TOOLS {
            let mark = tool.marks.iter().find_map(|mark| {
                tree.matching(mark.path)
                    .into_iter()
                    .filter(|file| !desired::is_taken(file, &taken))
                    .take(LOOKED_INTO)
                    .find(|file| mark.says.is_empty() || tree.text(file).contains(mark.says))
            });
            let Some(mark) = mark else { continue };
            let migrations = desired::migrations(tree, tool, &taken);
            taken.extend(migrations.iter().map(|m| m.folder.clone()));
            out.push(Found { tool, mark: mark.to_owned(), migrations });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_tables_is_one() {
        for tool in tools::TOOLS {
            for mark in tool.marks {
                assert!(tree::matcher(mark.path).is_some(), "{}", mark.path);
            }
            for place in tool.migrations {
                assert!(tree::matcher(place.path).is_some(), "{}", place.path);
            }
        }
        for statement in tools::STATEMENTS {
            assert!(tree::matcher(statement.path).is_some(), "{}", statement.path);
            if let Some(tool) = statement.tool {
                assert!(tools::TOOLS.iter().any(|t| t.name == tool), "{tool}");
            }
        }
    }
}
