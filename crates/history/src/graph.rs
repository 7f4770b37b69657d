//! Migrations that name the ones that they follow.
//!
//! Owns: heads, ancestors, cycles and missing parents. Never: what a tool makes of them.

use std::collections::{BTreeMap, BTreeSet};

/// A graph by names: each node with those that it follows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph<'a> {
    parents: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Graph<'a> {
    /// Adds a node; one that is there gains parents.
    pub fn add(&mut self, node: &'a str, parents: impl IntoIterator<Item = &'a str>) {
        self.parents.entry(node).or_default().extend(parents);
    }

    /// Whether the node is there.
    pub fn has(&self, node: &str) -> bool {
        self.parents.contains_key(node)
    }

    /// The nodes that nothing of `within` follows.
    pub fn heads(&self, within: &dyn Fn(&str) -> bool) -> Vec<&'a str> {
        let followed: BTreeSet<&str> = self
            .parents
            .iter()
            .filter(|(node, _)| within(node))
            .flat_map(|(_, parents)| parents.iter().copied())
            .collect();
        self.parents.keys().copied().filter(|node| within(node) && !followed.contains(node)).collect()
    }

    /// These nodes and all that come before them.
    pub fn ancestors(&self, from: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = from.into_iter().filter(|node| self.has(node)).collect();
        while let Some(node) = open.pop() {
            if seen.insert(node) {
                open.extend(
                    self.parents.get(node).into_iter().flatten().copied().filter(|parent| self.has(parent)),
                );
            }
        }
        seen
    }

    /// Parents that are no nodes, each with the nodes that name it.
    pub fn missing(&self) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (node, parents) in &self.parents {
            for parent in parents.iter().filter(|parent| !self.has(parent)) {
                out.entry(parent).or_default().push(node);
            }
        }
        out
    }

    /// Every node after its parents as far as that goes, the names deciding between those that could come next; and the nodes
    /// that stand in cycles, or behind one.
    pub fn order(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        let mut waits: BTreeMap<&str, usize> = BTreeMap::new();
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (node, parents) in &self.parents {
            let there: Vec<&&str> = parents.iter().filter(|parent| self.has(parent)).collect();
            waits.insert(node, there.len());
            for parent in there {
                children.entry(parent).or_default().push(node);
            }
        }
        let mut ready: BTreeSet<&str> =
            waits.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
        let mut out = Vec::new();
        while let Some(node) = ready.pop_first() {
            waits.remove(node);
            out.push(node);
            for child in children.get(node).into_iter().flatten() {
                if let Some(count) = waits.get_mut(child) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(child);
                    }
                }
            }
        }
        (out, waits.into_keys().collect())
    }

    /// Of nodes that could not be ordered, those that stand in a cycle: each comes before itself.
    pub fn cycle(&self, unordered: &[&'a str]) -> Vec<&'a str> {
        let in_cycle = |node: &&&'a str| {
            let parents = self.parents.get(**node).into_iter().flatten().copied();
            self.ancestors(parents).contains(**node)
        };
        unordered.iter().filter(in_cycle).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_tells_heads_ancestors_and_cycles() {
        let mut graph = Graph::default();
        graph.add("a", []);
        graph.add("b", ["a"]);
        graph.add("c", ["a", "gone"]);
        graph.add("x", ["y"]);
        graph.add("y", ["x"]);
        graph.add("z", ["y"]);
        assert_eq!(graph.heads(&|_| true), ["b", "c", "z"]);
        assert_eq!(graph.ancestors(["c"]).into_iter().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(graph.missing().into_iter().collect::<Vec<_>>(), [("gone", vec!["c"])]);
        let (order, rest) = graph.order();
        assert_eq!(order, ["a", "b", "c"]);
        assert_eq!(rest, ["x", "y", "z"]);
        assert_eq!(graph.cycle(&rest), ["x", "y"]);
    }
}
