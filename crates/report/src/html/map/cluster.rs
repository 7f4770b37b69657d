//! Cuts the tables of a schema into clusters that are small enough to be looked at: tables that belong together lie together.
//!
//! Real schemas have hubs: a few tables that hundreds of others refer to. Without these, what is left falls into small groups. So hubs are
//! taken out, from the largest down, until every group is small; tables that hang on nothing but a hub become its own cluster.

use std::collections::{BTreeMap, BTreeSet};

/// The most tables of a cluster that is no hub's.
const LARGEST: usize = 24;
/// A table with more neighbours than this in its group is a hub, in the rounds of cutting.
const HUBS: [usize; 8] = [64, 32, 16, 12, 8, 6, 4, 3];

/// The neighbours of each table, by their places; both ways, without the table itself.
pub(super) struct Graph {
    pub neighbours: Vec<Vec<usize>>,
}

impl Graph {
    /// Of so many tables, from pairs.
    pub fn new(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut neighbours: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        for (from, to) in edges.filter(|(from, to)| from != to) {
            for (one, other) in [(from, to), (to, from)] {
                if let Some(set) = neighbours.get_mut(one) {
                    set.insert(other);
                }
            }
        }
        Graph { neighbours: neighbours.into_iter().map(|set| set.into_iter().collect()).collect() }
    }

    fn of(&self, at: usize) -> &[usize] {
        self.neighbours.get(at).map_or(&[], Vec::as_slice)
    }
}

/// The clusters, related ones after one another; last the tables that nothing joins.
pub(super) fn clusters(graph: &Graph) -> Vec<Vec<usize>> {
    let count = graph.neighbours.len();
    let mut hubs: Vec<usize> = Vec::new();
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let everything: Vec<usize> = (0..count).collect();
    let mut work: Vec<(Vec<usize>, usize)> =
        components(graph, &everything).into_iter().map(|part| (part, 0)).collect();
    while let Some((part, round)) = work.pop() {
        if part.len() <= LARGEST {
            parts.push(part);
            continue;
        }
        let Some(most) = HUBS.get(round) else {
            parts.extend(part.chunks(LARGEST).map(<[usize]>::to_vec));
            continue;
        };
        let inside: BTreeSet<usize> = part.iter().copied().collect();
        let degree = |at: &usize| graph.of(*at).iter().filter(|other| inside.contains(other)).count();
        let (big, rest): (Vec<usize>, Vec<usize>) = part.iter().partition(|at| degree(at) > *most);
        hubs.extend(big);
        work.extend(components(graph, &rest).into_iter().map(|part| (part, round + 1)));
    }
    let loose = gather(graph, &hubs, &mut parts);
    let mut ordered = in_order(graph, parts);
    // In pieces, which fill what the others leave free.
    ordered.extend(loose.chunks(LARGEST).map(<[usize]>::to_vec));
    ordered
}

/// Gives each hub a cluster with the small parts that hang on it, and takes out the tables that hang on nothing.
fn gather(graph: &Graph, hubs: &[usize], parts: &mut Vec<Vec<usize>>) -> Vec<usize> {
    let is_hub: BTreeSet<usize> = hubs.iter().copied().collect();
    let mut around: BTreeMap<usize, Vec<usize>> = hubs.iter().map(|hub| (*hub, vec![*hub])).collect();
    let mut loose = Vec::new();
    parts.retain(|part| {
        // The hub with the fewest neighbours says most about what hangs on it.
        let nearest = part
            .iter()
            .flat_map(|at| graph.of(*at))
            .filter(|at| is_hub.contains(at))
            .min_by_key(|hub| (graph.of(**hub).len(), **hub));
        match (part.as_slice(), nearest) {
            ([_] | [_, _] | [_, _, _], Some(hub)) => {
                around.entry(*hub).or_default().extend(part);
                false
            }
            ([alone], None) => {
                loose.push(*alone);
                false
            }
            _ => true,
        }
    });
    loose.sort_unstable();
    parts.extend(around.into_values());
    loose
}

/// The largest first, and after each those that are joined with it.
fn in_order(graph: &Graph, mut parts: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    for part in &mut parts {
        part.sort_unstable();
    }
    parts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let mut home = vec![usize::MAX; graph.neighbours.len()];
    for (at, part) in parts.iter().enumerate() {
        for table in part {
            if let Some(slot) = home.get_mut(*table) {
                *slot = at;
            }
        }
    }
    let mut taken = vec![false; parts.len()];
    let mut order: Vec<usize> = Vec::new();
    for first in 0..parts.len() {
        let mut queue = std::collections::VecDeque::from([first]);
        while let Some(at) = queue.pop_front() {
            if std::mem::replace(taken.get_mut(at).unwrap_or(&mut true), true) {
                continue;
            }
            order.push(at);
            let mut weight: BTreeMap<usize, usize> = BTreeMap::new();
            for other in parts.get(at).into_iter().flatten().flat_map(|table| graph.of(*table)) {
                if let Some(home) = home.get(*other).filter(|home| taken.get(**home) == Some(&false)) {
                    *weight.entry(*home).or_default() += 1;
                }
            }
            let mut next: Vec<(usize, usize)> = weight.into_iter().collect();
            next.sort_by_key(|(home, weight)| (std::cmp::Reverse(*weight), *home));
            queue.extend(next.into_iter().map(|(home, _)| home));
        }
    }
    order.into_iter().filter_map(|at| parts.get_mut(at).map(std::mem::take)).collect()
}

/// The connected parts of `tables`.
fn components(graph: &Graph, tables: &[usize]) -> Vec<Vec<usize>> {
    let mut left: BTreeSet<usize> = tables.iter().copied().collect();
    let mut out = Vec::new();
    for first in tables {
        if !left.remove(first) {
            continue;
        }
        let mut part = vec![*first];
        let mut next = 0;
        while let Some(at) = part.get(next).copied() {
            next += 1;
            part.extend(graph.of(at).iter().filter(|other| left.remove(other)));
        }
        out.push(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_in_one_cluster_and_none_is_too_large() {
        // Two hubs with 200 satellites, a chain of 60, five that nothing joins.
        let mut edges: Vec<(usize, usize)> = (2..202).map(|at| (at, at % 2)).collect();
        edges.push((0, 1));
        edges.extend((202..261).map(|at| (at, at + 1)));
        let graph = Graph::new(267, edges.into_iter());
        let clusters = clusters(&graph);
        let mut all: Vec<usize> = clusters.iter().flatten().copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..267).collect::<Vec<_>>());
        assert_eq!(clusters.last().unwrap(), &[262, 263, 264, 265, 266]);
        let hubs: Vec<_> = clusters.iter().filter(|c| c.contains(&0) || c.contains(&1)).collect();
        assert_eq!(hubs.iter().map(|c| c.len()).collect::<Vec<_>>(), [101, 101]);
        assert!(clusters.iter().all(|c| c.len() <= LARGEST || c.contains(&0) || c.contains(&1)));
    }
}
