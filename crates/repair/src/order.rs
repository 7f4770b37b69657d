//! Puts drafts of steps in order: by phase, and within and across phases by what needs what.

use crate::ddl::Written;
use crate::mentions::mentions;
use crate::plan::draft::Draft;
use crate::step::{Phase, Step};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{Name, ObjectKey, QualifiedName, SearchPath};

/// Something that a step makes and another may need.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    /// A schema.
    Schema(Name),
    /// A relation with its columns.
    Relation(QualifiedName),
    /// A type.
    Type(QualifiedName),
    /// A base type as a shell, which is all that its functions need.
    Shell(QualifiedName),
    /// Routines of this name.
    Routine(QualifiedName),
    /// An object, complete.
    Object(ObjectKey),
    /// Unique indexes and keys of a table.
    Unique(QualifiedName),
    /// NOT NULL on a column.
    NotNull(QualifiedName, Name),
    /// The attachment of partitions to this table.
    Attached(QualifiedName),
    /// Stated rows of this table.
    Rows(QualifiedName),
}

/// How firmly one step needs another. In a cycle the weakest give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// The model says so.
    Model,
    /// An expression or a query mentions it.
    Mention,
    /// The source of a routine mentions it, which is looked up when it runs.
    Body,
}

/// The drafts' steps in order. Deterministic: equal drafts in equal order give equal steps.
pub(crate) fn sort(drafts: Vec<Draft>) -> Vec<Step> {
    let mut edges = edges(&drafts);
    for weakest in [Strength::Body, Strength::Mention] {
        let component = components(&edges);
        for (from, list) in edges.iter_mut().enumerate() {
            list.retain(|(to, strength)| {
                *strength < weakest || component.get(from) != component.get(*to) || from == *to
            });
        }
    }
    let mut start: Vec<usize> = (0..drafts.len()).collect();
    let rank = |i: &usize| drafts.get(*i).map(|d| (d.step.phase, d.step.key.kind, *i));
    start.sort_by_key(rank);
    let order = depth_first(&start, &edges, &drafts);
    let mut place = vec![0_usize; drafts.len()];
    for (at, i) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*i) {
            *slot = at;
        }
    }
    let mut steps: Vec<Option<Step>> = drafts.into_iter().map(|d| Some(d.step)).collect();
    order
        .into_iter()
        .enumerate()
        .filter_map(|(at, i)| {
            let mut step = steps.get_mut(i).and_then(Option::take)?;
            let needs = edges.get(i).into_iter().flatten().filter_map(|(to, _)| place.get(*to).copied());
            // What is left of a circle stands after it and is nothing that it can wait for.
            step.after = needs.filter(|other| *other < at).collect();
            step.after.sort_unstable();
            Some(step)
        })
        .collect()
}

type Edges = Vec<Vec<(usize, Strength)>>;

/// For each draft the drafts that it needs.
fn edges(drafts: &[Draft]) -> Edges {
    let mut makers: FxHashMap<&Symbol, Vec<usize>> = FxHashMap::default();
    let mut named: FxHashMap<(&Name, &Name), Vec<usize>> = FxHashMap::default();
    let mut bare: FxHashMap<&Name, Vec<usize>> = FxHashMap::default();
    for (i, draft) in drafts.iter().enumerate() {
        for symbol in &draft.provides {
            makers.entry(symbol).or_default().push(i);
            if let Symbol::Relation(name) | Symbol::Type(name) | Symbol::Routine(name) = symbol {
                named.entry((&name.schema, &name.name)).or_default().push(i);
                bare.entry(&name.name).or_default().push(i);
            }
        }
    }
    let mut cache: FxHashMap<(&str, Option<&SearchPath>), Vec<usize>> = FxHashMap::default();
    drafts
        .iter()
        .enumerate()
        .map(|(i, draft)| {
            let mut list: FxHashMap<usize, Strength> = FxHashMap::default();
            let mut add = |to: usize, strength: Strength| {
                if to != i {
                    let slot = list.entry(to).or_insert(strength);
                    *slot = (*slot).min(strength);
                }
            };
            if draft.after_previous && i > 0 {
                add(i - 1, Strength::Model);
            }
            for symbol in &draft.needs {
                for to in makers.get(symbol).into_iter().flatten() {
                    add(*to, Strength::Model);
                }
            }
            for Written { text, path } in &draft.written {
                let found = cache.entry((text, path.as_ref())).or_insert_with(|| {
                    let mut found = FxHashSet::default();
                    for mention in mentions(text) {
                        match mention.parts.as_slice() {
                            [name] => unqualified(name, path.as_ref(), &named, &bare, &mut found),
                            [first, second, ..] => {
                                found.extend(named.get(&(first, second)).into_iter().flatten());
                                // `users.id`, with the table's bare name
                                unqualified(first, path.as_ref(), &named, &bare, &mut found);
                            }
                            [] => {}
                        }
                    }
                    found.into_iter().collect()
                });
                let strength = if path.is_some() { Strength::Mention } else { Strength::Body };
                for to in found.iter() {
                    add(*to, strength);
                }
            }
            let mut list: Vec<_> = list.into_iter().collect();
            list.sort_unstable_by_key(|(to, _)| *to);
            list
        })
        .collect()
}

fn unqualified(
    name: &Name,
    path: Option<&SearchPath>,
    named: &FxHashMap<(&Name, &Name), Vec<usize>>,
    bare: &FxHashMap<&Name, Vec<usize>>,
    found: &mut FxHashSet<usize>,
) {
    match path {
        Some(path) => {
            for schema in path.iter() {
                found.extend(named.get(&(schema, name)).into_iter().flatten());
            }
        }
        None => found.extend(bare.get(name).into_iter().flatten()),
    }
}

/// Depth-first from each draft in turn: what it needs comes right before it, in the order of
/// phases. What still needs itself in a circle is left where it is.
fn depth_first(start: &[usize], edges: &Edges, drafts: &[Draft]) -> Vec<usize> {
    let phase = |i: usize| drafts.get(i).map_or(Phase::Describe, |d| d.step.phase);
    let mut seen = vec![false; edges.len()];
    let mut order = Vec::with_capacity(edges.len());
    let mut stack: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut enter = |i: usize, stack: &mut Vec<(usize, Vec<usize>)>| {
        if let Some(seen) = seen.get_mut(i)
            && !*seen
        {
            *seen = true;
            let mut needs: Vec<usize> = edges.get(i).into_iter().flatten().map(|(to, _)| *to).collect();
            // Taken from the end.
            needs.sort_unstable_by_key(|to| std::cmp::Reverse((phase(*to), *to)));
            stack.push((i, needs));
        }
    };
    for &first in start {
        enter(first, &mut stack);
        while let Some((i, needs)) = stack.last_mut() {
            match needs.pop() {
                Some(next) => enter(next, &mut stack),
                None => {
                    order.push(*i);
                    stack.pop();
                }
            }
        }
    }
    order
}

/// The strongly connected component of each node (Tarjan's algorithm, without recursion).
fn components(edges: &Edges) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let n = edges.len();
    let (mut index, mut low, mut component) = (vec![NONE; n], vec![0; n], vec![NONE; n]);
    let (mut path, mut work): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let (mut next, mut count) = (0, 0);
    let get = |list: &[usize], i: usize| list.get(i).copied().unwrap_or(NONE);
    let set = |list: &mut [usize], i: usize, value: usize| {
        if let Some(slot) = list.get_mut(i) {
            *slot = value;
        }
    };
    for root in 0..n {
        if get(&index, root) != NONE {
            continue;
        }
        work.push((root, 0));
        while let Some((v, edge)) = work.pop() {
            if edge == 0 {
                set(&mut index, v, next);
                set(&mut low, v, next);
                next += 1;
                path.push(v);
            }
            if let Some((w, _)) = edges.get(v).and_then(|list| list.get(edge)) {
                work.push((v, edge + 1));
                if get(&index, *w) == NONE {
                    work.push((*w, 0));
                } else if get(&component, *w) == NONE {
                    let value = get(&low, v).min(get(&index, *w));
                    set(&mut low, v, value);
                }
                continue;
            }
            if get(&low, v) == get(&index, v) {
                while let Some(w) = path.pop() {
                    set(&mut component, w, count);
                    if w == v {
                        break;
                    }
                }
                count += 1;
            }
            if let Some((parent, _)) = work.last() {
                let value = get(&low, *parent).min(get(&low, v));
                set(&mut low, *parent, value);
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Name, ObjectKind};

    fn draft(phase: Phase, name: &str, written: &[(&str, bool)]) -> Draft {
        let qualified = QualifiedName::new("public", name);
        let public: SearchPath = [Name::new("public")].into();
        let key = ObjectKey::in_schema(ObjectKind::View, qualified.clone());
        let mut draft = Draft::new(phase, &key, name).provides(Symbol::Relation(qualified));
        draft.written = written
            .iter()
            .map(|(text, body)| Written { text: (*text).into(), path: (!body).then(|| public.clone()) })
            .collect();
        draft
    }

    fn titles(drafts: Vec<Draft>) -> Vec<String> {
        sort(drafts).into_iter().map(|s| s.title).collect()
    }

    #[test]
    fn what_is_needed_comes_first_even_from_a_later_phase() {
        let drafts = vec![
            draft(Phase::Behave, "a", &[("select from b", false)]),
            draft(Phase::Behave, "b", &[("select from public.c", false)]),
            draft(Phase::Behave, "c", &[]),
            draft(Phase::Create, "t", &[("b", false)]),
        ];
        assert_eq!(titles(drafts), ["c", "b", "t", "a"]);
    }

    #[test]
    fn a_routine_body_gives_way_in_a_circle() {
        let drafts = vec![
            draft(Phase::Behave, "f", &[("select from t", true)]),
            draft(Phase::Create, "t", &[("f()", false)]),
        ];
        assert_eq!(titles(drafts), ["f", "t"]);
        let drafts =
            vec![draft(Phase::Behave, "a", &[("b", false)]), draft(Phase::Behave, "b", &[("a", false)])];
        assert_eq!(titles(drafts).len(), 2);
    }

    #[test]
    fn components_of_two_circles() {
        let m = Strength::Model;
        let edges: Edges = vec![vec![(1, m)], vec![(0, m), (2, m)], vec![(3, m)], vec![(2, m)], vec![]];
        let found = components(&edges);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[2], found[3]);
        assert_ne!(found[0], found[2]);
        assert_ne!(found[4], found[0]);
    }
}
