//! Folders of SQL files, as many tools keep them.

use crate::reader::{Configured, Site};
use crate::text::folder;
use std::collections::BTreeMap;
use trueup_project::Tree;

/// The folders that hold files of a pattern, each with these files.
pub(crate) fn folders(tree: &Tree, pattern: &str) -> Vec<Site> {
    folders_where(tree, pattern, |_| true)
}

/// The same, of folders where at least one file is of a tool's own making.
pub(crate) fn folders_where(tree: &Tree, pattern: &str, mine: impl Fn(&str) -> bool) -> Vec<Site> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in tree.matching(pattern) {
        found.entry(folder(file)).or_default().push(file);
    }
    found
        .into_iter()
        .filter(|(_, files)| files.iter().any(|file| mine(file)))
        .map(|(top, files)| Site {
            folder: top.to_owned(),
            files: files.into_iter().map(str::to_owned).collect(),
            table: Configured::Usual,
            configuration: None,
        })
        .collect()
}
