//! Polymorphic types: `anyelement` and its family, `anycompatible` and its family.
//!
//! Follows `check_generic_type_consistency` and `enforce_generic_type_consistency` in
//! `parse_coerce.c` (manual, 36.2.5 "Polymorphic Types").

use crate::types::TypeId;
use crate::world::World;

/// What the arguments of one call settle.
#[derive(Default)]
struct Found {
    element: Option<TypeId>,
    array: Option<TypeId>,
    range: Option<TypeId>,
    multirange: Option<TypeId>,
    compatible: Vec<TypeId>,
    compatible_array: Option<TypeId>,
    compatible_range: Option<TypeId>,
    compatible_multirange: Option<TypeId>,
    unknowns: bool,
}

/// A polymorphic call with its types settled.
pub(crate) struct Settled {
    /// What the arguments are coerced to; still polymorphic where they are taken as they are.
    pub arguments: Vec<TypeId>,
    pub returns: TypeId,
}

impl World<'_> {
    /// `IsPolymorphicType`
    pub(crate) fn is_polymorphic(&self, id: TypeId) -> bool {
        let k = self.known();
        [
            k.anyelement,
            k.anyarray,
            k.anynonarray,
            k.anyenum,
            k.anyrange,
            k.anymultirange,
            k.anycompatible,
            k.anycompatiblearray,
            k.anycompatiblenonarray,
            k.anycompatiblerange,
            k.anycompatiblemultirange,
        ]
        .contains(&id)
            && !id.is_unresolved()
    }

    /// Whether the arguments agree on what the polymorphic types stand for.
    pub(crate) fn generic_consistent(&self, actual: &[TypeId], declared: &[TypeId]) -> bool {
        self.collect(actual, declared).is_some_and(|found| self.conclude(&found).is_some())
    }

    /// Settles a call's types; `None` where the arguments disagree.
    pub(crate) fn settle_generic(
        &self,
        actual: &[TypeId],
        declared: &[TypeId],
        returns: TypeId,
    ) -> Option<Settled> {
        let generic_result = self.is_polymorphic(returns);
        if !generic_result && !declared.iter().any(|ty| self.is_polymorphic(*ty)) {
            return Some(Settled { arguments: declared.to_vec(), returns });
        }
        let known = self.known();
        let found = self.collect(actual, declared)?;
        let (element, array, common) = self.conclude(&found)?;
        let common_array = common.and_then(|id| self.info(id).array);
        let replace = |ty: TypeId| -> Option<TypeId> {
            Some(if ty == known.anyelement || ty == known.anynonarray || ty == known.anyenum {
                element?
            } else if ty == known.anyarray {
                array.or_else(|| self.info(element?).array)?
            } else if ty == known.anyrange {
                found.range.or_else(|| self.info(found.multirange?).range)?
            } else if ty == known.anymultirange {
                found.multirange.or_else(|| self.info(found.range?).multirange)?
            } else if ty == known.anycompatible || ty == known.anycompatiblenonarray {
                common?
            } else if ty == known.anycompatiblearray {
                common_array?
            } else if ty == known.anycompatiblerange {
                found.compatible_range.or_else(|| self.info(found.compatible_multirange?).range)?
            } else if ty == known.anycompatiblemultirange {
                found.compatible_multirange.or_else(|| self.info(found.compatible_range?).multirange)?
            } else {
                ty
            })
        };
        let compatible = |ty: TypeId| {
            [known.anycompatible, known.anycompatiblearray, known.anycompatiblenonarray].contains(&ty)
        };
        let mut arguments = Vec::with_capacity(declared.len());
        for (index, ty) in declared.iter().enumerate() {
            let unknown = actual.get(index).is_some_and(|a| *a == known.unknown);
            arguments.push(if compatible(*ty) || (unknown && self.is_polymorphic(*ty)) {
                replace(*ty)?
            } else {
                *ty
            });
        }
        let returns = if generic_result { replace(returns)? } else { returns };
        Some(Settled { arguments, returns })
    }

    fn collect(&self, actual: &[TypeId], declared: &[TypeId]) -> Option<Found> {
        let known = self.known();
        let mut found = Found::default();
        let agree = |slot: &mut Option<TypeId>, ty: TypeId| match slot {
            Some(other) => *other == ty,
            None => {
                *slot = Some(ty);
                true
            }
        };
        for (ty, declared) in actual.iter().zip(declared) {
            if !self.is_polymorphic(*declared) {
                continue;
            }
            if *ty == known.unknown {
                found.unknowns = true;
                continue;
            }
            if ty.is_unresolved() {
                return None;
            }
            let (base, _) = self.base_type(*ty, -1);
            let info = self.info(base);
            let declared = *declared;
            let fits = if declared == known.anyelement {
                agree(&mut found.element, *ty)
            } else if declared == known.anynonarray {
                info.element.is_none() && agree(&mut found.element, *ty)
            } else if declared == known.anyenum {
                info.kind == b'e' && agree(&mut found.element, *ty)
            } else if declared == known.anyarray {
                // `anyarray` itself is the type of statistics columns.
                (info.element.is_some() || base == known.anyarray) && agree(&mut found.array, base)
            } else if declared == known.anyrange {
                info.kind == b'r' && agree(&mut found.range, base)
            } else if declared == known.anymultirange {
                info.kind == b'm' && agree(&mut found.multirange, base)
            } else if declared == known.anycompatible {
                found.compatible.push(*ty);
                true
            } else if declared == known.anycompatiblenonarray {
                found.compatible.push(*ty);
                info.element.is_none()
            } else if declared == known.anycompatiblearray {
                found.compatible_array = Some(base);
                match info.element {
                    Some(element) => {
                        found.compatible.push(element);
                        true
                    }
                    None => false,
                }
            } else if declared == known.anycompatiblerange {
                info.kind == b'r' && agree(&mut found.compatible_range, base)
            } else {
                info.kind == b'm' && agree(&mut found.compatible_multirange, base)
            };
            if !fits {
                return None;
            }
        }
        Some(found)
    }

    /// The element and array type, and the common type of the `anycompatible` arguments.
    #[allow(clippy::type_complexity)]
    fn conclude(&self, found: &Found) -> Option<(Option<TypeId>, Option<TypeId>, Option<TypeId>)> {
        let known = self.known();
        let mut element = found.element;
        if let Some(array) = found.array {
            let of = if array == known.anyarray { Some(known.anyelement) } else { self.info(array).element };
            match (element, of) {
                (None, of) => element = of,
                (Some(a), Some(b)) if a == b => {}
                _ => return None,
            }
        }
        let range = found.range.or_else(|| found.multirange.and_then(|m| self.info(m).range));
        if let (Some(range), Some(multirange)) = (found.range, found.multirange)
            && self.info(multirange).range != Some(range)
        {
            return None;
        }
        if let Some(subtype) = range.and_then(|range| self.info(range).subtype) {
            match element {
                None => element = Some(subtype),
                Some(a) if a == subtype => {}
                Some(_) => return None,
            }
        }
        // "If we have only unknown-type inputs, … resolve to TEXT": only for anycompatible.
        let mut compatible = found.compatible.clone();
        let range =
            found.compatible_range.or_else(|| found.compatible_multirange.and_then(|m| self.info(m).range));
        if let Some(subtype) = range.and_then(|range| self.info(range).subtype) {
            compatible.push(subtype);
        }
        let common = if compatible.is_empty() {
            found.unknowns.then_some(known.text)
        } else {
            let common = self.common_type(&compatible)?;
            if !compatible.iter().all(|ty| self.can_coerce_one(*ty, common, crate::coerce::Context::Implicit))
            {
                return None;
            }
            Some(common)
        };
        Some((element, found.array, common))
    }
}
