//! Choosing between functions, or between operators, by the types of the arguments.
//!
//! Follows `func_match_argtypes` and `func_select_candidate` in `parse_func.c`
//! (manual, 10.2 "Operators" and 10.3 "Functions").

use crate::coerce::Context;
use crate::types::TypeId;
use crate::world::World;

/// What is chosen: its argument types, as they stand after expanding defaults and VARIADIC.
pub(crate) trait Candidate {
    /// The argument types, at least as many as there are arguments.
    fn arguments(&self) -> &[TypeId];
}

impl World<'_> {
    /// `func_match_argtypes` and then `func_select_candidate`: the one candidate that fits best.
    pub(crate) fn choose<'a, C: Candidate>(&self, inputs: &[TypeId], candidates: &'a [C]) -> Option<&'a C> {
        let fits = |c: &&'a C| {
            c.arguments().len() >= inputs.len() && self.can_coerce(inputs, c.arguments(), Context::Implicit)
        };
        let matching: Vec<&C> = candidates.iter().filter(fits).collect();
        match matching.as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => self.select(inputs, matching),
        }
    }

    fn select<'a, C: Candidate>(&self, inputs: &[TypeId], mut candidates: Vec<&'a C>) -> Option<&'a C> {
        let known = self.known();
        let unknown = known.unknown;
        let bases: Vec<TypeId> =
            inputs.iter().map(|ty| if *ty == unknown { *ty } else { self.base_type(*ty, -1).0 }).collect();
        let unknowns = bases.iter().filter(|ty| **ty == unknown).count();

        // "Run through all candidates and keep those with the most matches on exact types."
        keep_best(&mut candidates, |c| {
            count(&bases, c.arguments(), |input, target| input != unknown && input == target)
        });
        if let [one] = candidates.as_slice() {
            return Some(*one);
        }
        // "… with the most exact or preferred-type matches"
        keep_best(&mut candidates, |c| {
            count(&bases, c.arguments(), |input, target| {
                input != unknown && (input == target || self.preferred_in(self.info(input).category, target))
            })
        });
        if let [one] = candidates.as_slice() {
            return Some(*one);
        }
        if unknowns == 0 {
            return None;
        }
        if let Some(kept) = self.by_category(&bases, &candidates) {
            candidates = kept;
            if let [one] = candidates.as_slice() {
                return Some(*one);
            }
        }
        // "Last gasp: if there are both known- and unknown-type inputs, and all the known types
        // are the same, assume the unknown inputs are also that type."
        let mut same = bases.iter().copied().filter(|ty| *ty != unknown);
        let first = same.next()?;
        if !same.all(|ty| ty == first) {
            return None;
        }
        let assumed = vec![first; bases.len()];
        let mut fitting =
            candidates.into_iter().filter(|c| self.can_coerce(&assumed, c.arguments(), Context::Implicit));
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// `IsPreferredType`
    fn preferred_in(&self, category: u8, id: TypeId) -> bool {
        let info = self.info(id);
        info.preferred && info.category == category
    }

    /// The candidates that take a literal's slot in the category that all, or strings, ask for.
    fn by_category<'a, C: Candidate>(&self, bases: &[TypeId], candidates: &[&'a C]) -> Option<Vec<&'a C>> {
        let unknown = self.known().unknown;
        let mut slots = Vec::new();
        for (index, _) in bases.iter().enumerate().filter(|(_, ty)| **ty == unknown) {
            let mut slot: Option<(u8, bool)> = None;
            let mut conflict = false;
            for candidate in candidates {
                let info = self.info(*candidate.arguments().get(index)?);
                match &mut slot {
                    None => slot = Some((info.category, info.preferred)),
                    Some((category, preferred)) if *category == info.category => *preferred |= info.preferred,
                    Some(other) if info.category == b'S' => *other = (b'S', info.preferred),
                    Some(_) => conflict = true,
                }
            }
            let (category, preferred) = slot?;
            if conflict && category != b'S' {
                return None;
            }
            slots.push((index, category, preferred));
        }
        let keep = |candidate: &&&'a C| {
            slots.iter().all(|(index, category, preferred)| {
                candidate.arguments().get(*index).is_some_and(|ty| {
                    let info = self.info(*ty);
                    info.category == *category && (!*preferred || info.preferred)
                })
            })
        };
        let kept: Vec<&C> = candidates.iter().filter(keep).copied().collect();
        (!kept.is_empty()).then_some(kept)
    }
}

fn count(inputs: &[TypeId], targets: &[TypeId], matches: impl Fn(TypeId, TypeId) -> bool) -> usize {
    inputs.iter().zip(targets).filter(|(input, target)| matches(**input, **target)).count()
}

fn keep_best<C>(candidates: &mut Vec<&C>, score: impl Fn(&C) -> usize) {
    let best = candidates.iter().map(|c| score(c)).max().unwrap_or(0);
    candidates.retain(|c| score(c) == best);
}
