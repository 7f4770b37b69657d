//! Where each box of a schema lies: clusters in columns, tables that are referred to on the left of those that refer.

use super::cluster::{Graph, clusters};
use super::pack::{Size, pack};
use std::collections::{BTreeMap, HashMap};

/// Width of a box.
pub(super) const WIDTH: f32 = 230.0;
/// Height of a box's head.
pub(super) const HEAD: f32 = 34.0;
/// Height of a line of a box.
pub(super) const LINE: f32 = 18.0;
/// Below the lines of a box.
pub(super) const FOOT: f32 = 6.0;
/// Between boxes above one another.
const GAP: f32 = 22.0;
/// Between columns: room for the lines between them.
const ALLEY: f32 = 78.0;
/// Between columns of tables that have no lines between them.
const NARROW: f32 = 26.0;
/// Around the boxes of a cluster.
const MARGIN: f32 = 22.0;
/// Between clusters.
const BETWEEN: f32 = 30.0;

/// A cluster: where it lies, and the table that most others in it refer to, where any do.
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub size: Size,
    pub heart: Option<usize>,
    pub tables: usize,
}

/// A schema with its boxes in their places.
pub(super) struct Placed {
    /// The upper left corner of each table.
    pub places: HashMap<usize, (f32, f32)>,
    pub areas: Vec<Area>,
    pub size: Size,
}

/// Places `tables` (numbers of the whole map) with these heights, joined by `edges` from the one that refers.
pub(super) fn place(tables: &[usize], heights: &[f32], edges: &[(usize, usize)]) -> Placed {
    let local: HashMap<usize, usize> = tables.iter().enumerate().map(|(at, table)| (*table, at)).collect();
    let edges: Vec<(usize, usize)> = edges
        .iter()
        .filter_map(|(from, to)| Some((*local.get(from)?, *local.get(to)?)))
        .filter(|(from, to)| from != to)
        .collect();
    let height = |at: usize| tables.get(at).and_then(|table| heights.get(*table)).copied().unwrap_or(HEAD);
    let mut refers: Vec<Vec<usize>> = vec![Vec::new(); tables.len()];
    for (from, to) in &edges {
        if let Some(list) = refers.get_mut(*from) {
            list.push(*to);
        }
    }
    let graph = Graph::new(tables.len(), edges.iter().copied());
    let laid: Vec<Laid> =
        clusters(&graph).into_iter().map(|cluster| lay(&cluster, &refers, &height)).collect();
    let sizes: Vec<Size> = laid.iter().map(|laid| laid.size).collect();
    let (corners, size) = pack(&sizes, BETWEEN);
    let mut placed = Placed { places: HashMap::new(), areas: Vec::new(), size };
    for (laid, (x, y)) in laid.into_iter().zip(corners) {
        for (at, left, top) in &laid.boxes {
            if let Some(table) = tables.get(*at) {
                placed.places.insert(*table, (x + left, y + top));
            }
        }
        let heart = laid.heart.and_then(|heart| tables.get(heart)).copied();
        placed.areas.push(Area { x, y, size: laid.size, heart, tables: laid.boxes.len() });
    }
    placed
}

/// A cluster by itself.
struct Laid {
    boxes: Vec<(usize, f32, f32)>,
    size: Size,
    heart: Option<usize>,
}

fn lay(cluster: &[usize], refers: &[Vec<usize>], height: &dyn Fn(usize) -> f32) -> Laid {
    let inside: HashMap<usize, usize> = cluster.iter().enumerate().map(|(i, at)| (*at, i)).collect();
    let targets = |at: usize| refers.get(at).into_iter().flatten().filter(|to| inside.contains_key(to));
    let joined = cluster.iter().any(|at| targets(*at).next().is_some());
    let mut referred: BTreeMap<usize, usize> = cluster.iter().map(|at| (*at, 0)).collect();
    for to in cluster.iter().flat_map(|at| targets(*at)) {
        *referred.entry(*to).or_default() += 1;
    }
    let heart = referred
        .iter()
        .filter(|(_, count)| **count > 0)
        .max_by_key(|(at, count)| (**count, std::cmp::Reverse(**at)))
        .map(|(at, _)| *at);
    let total: f32 = cluster.iter().map(|at| height(*at) + GAP).sum();
    let tallest = cluster.iter().map(|at| height(*at)).fold(0.0, f32::max);
    let alley = if joined { ALLEY } else { NARROW };
    // About three units wide for two high.
    let limit = (total * (WIDTH + alley) * 0.62).sqrt().max(tallest);
    let mut boxes: Vec<(usize, f32, f32)> = Vec::with_capacity(cluster.len());
    let mut middle: HashMap<usize, f32> = HashMap::new();
    let mut columns: Vec<(f32, f32, usize, usize)> = Vec::new();
    let mut x = MARGIN;
    for layer in layers(cluster, &targets) {
        // A table lies beside what it refers to; tables are in the order of their names, which settles the rest.
        let mut ordered: Vec<(f32, usize)> = layer
            .iter()
            .map(|at| {
                let known: Vec<f32> = targets(*at).filter_map(|to| middle.get(to).copied()).collect();
                let sum: f32 = known.iter().sum();
                (if known.is_empty() { f32::MAX } else { sum / known.len() as f32 }, *at)
            })
            .collect();
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut top = 0.0;
        let mut first = boxes.len();
        for (_, at) in ordered {
            if top > 0.0 && top + height(at) > limit {
                columns.push((x, top - GAP, first, boxes.len()));
                x += WIDTH + NARROW;
                top = 0.0;
                first = boxes.len();
            }
            boxes.push((at, x, top));
            middle.insert(at, top + height(at) / 2.0);
            top += height(at) + GAP;
        }
        columns.push((x, top - GAP, first, boxes.len()));
        x += WIDTH + alley;
    }
    let tall = columns.iter().map(|(_, height, ..)| *height).fold(0.0, f32::max);
    for (_, height, first, end) in columns {
        for (_, _, top) in boxes.get_mut(first..end).unwrap_or_default() {
            *top += MARGIN + (tall - height) / 2.0;
        }
    }
    let size = Size { width: x - alley + MARGIN, height: tall + 2.0 * MARGIN };
    Laid { boxes, size, heart }
}

/// The tables by how far they are from those that refer to nothing; a circle is cut where it is met.
fn layers<'a, I>(cluster: &[usize], targets: &dyn Fn(usize) -> I) -> Vec<Vec<usize>>
where
    I: Iterator<Item = &'a usize>,
{
    let mut depth: HashMap<usize, usize> = HashMap::new();
    let mut open: HashMap<usize, ()> = HashMap::new();
    for first in cluster {
        // Depth first without recursion: a chain of foreign keys may be long.
        let mut stack = vec![(*first, false)];
        while let Some((at, done)) = stack.pop() {
            if done {
                open.remove(&at);
                let below = targets(at).filter_map(|to| depth.get(to)).max();
                depth.insert(at, below.map_or(0, |depth| depth + 1));
            } else if !depth.contains_key(&at) && open.insert(at, ()).is_none() {
                stack.push((at, true));
                stack.extend(targets(at).filter(|to| !open.contains_key(to)).map(|to| (*to, false)));
            }
        }
    }
    let mut layers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in cluster {
        layers.entry(depth.get(at).copied().unwrap_or_default()).or_default().push(*at);
    }
    layers.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlaps(placed: &Placed, heights: &[f32]) -> usize {
        let mut boxes: Vec<(f32, f32, f32)> =
            placed.places.iter().map(|(at, (x, y))| (*x, *y, heights[*at])).collect();
        boxes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut found = 0;
        for (i, a) in boxes.iter().enumerate() {
            for b in boxes.iter().skip(i + 1).take_while(|b| b.0 < a.0 + WIDTH) {
                found += usize::from(a.1 < b.1 + b.2 && b.1 < a.1 + a.2);
            }
        }
        found
    }

    #[test]
    fn what_is_referred_to_lies_on_the_left() {
        let tables = [0, 1, 2];
        let placed = place(&tables, &[60.0, 80.0, 100.0], &[(1, 0), (2, 1), (2, 0)]);
        let x = |at: usize| placed.places[&at].0;
        assert!(x(0) < x(1) && x(1) < x(2), "{:?}", placed.places);
    }

    #[test]
    fn a_circle_is_placed_too() {
        let placed = place(&[0, 1, 2], &[60.0; 3], &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(placed.places.len(), 3);
    }

    #[test]
    fn a_large_schema_is_placed_quickly_always_alike_and_without_overlap() {
        let tables: Vec<usize> = (0..3000).collect();
        let heights: Vec<f32> = tables.iter().map(|at| 40.0 + (at * 31 % 150) as f32).collect();
        let mut edges = Vec::new();
        for at in 3..3000 {
            edges.push((at, at % 3));
            if at % 4 == 0 {
                edges.push((at, at / 2));
            }
        }
        let begun = std::time::Instant::now();
        let placed = place(&tables, &heights, &edges);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        assert_eq!(placed.places.len(), 3000);
        assert_eq!(overlaps(&placed, &heights), 0);
        let again = place(&tables, &heights, &edges);
        assert_eq!(placed.places, again.places);
    }
}
