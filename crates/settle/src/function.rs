//! Functions: which one a name means for its arguments.
//!
//! Follows `FuncnameGetCandidates` in `namespace.c` and `func_get_detail` in `parse_func.c`
//! (manual, 10.3 "Functions").

use smol_str::SmolStr;
use trueup_catalog::Name;

use crate::candidate::Candidate;
use crate::coerce::{Context, Path};
use crate::operator::place;
use crate::snapshot::Function;
use crate::types::TypeId;
use crate::world::World;

/// What a call means.
#[derive(Debug)]
pub(crate) enum Called<'w> {
    /// A function, aggregate or window function.
    Function(Match<'w>),
    /// A cast in a function's clothes: `text(x)`.
    Cast(TypeId),
}

/// A function with its arguments brought to the call's.
#[derive(Debug)]
pub(crate) struct Match<'w> {
    pub function: &'w Function,
    /// The declared type for each argument of the call.
    pub arguments: Vec<TypeId>,
    /// The parameter that each argument of the call fills, where names were given.
    pub positions: Option<Vec<u16>>,
    /// How many trailing arguments a `VARIADIC` parameter takes up.
    pub expanded: usize,
    place: usize,
    defaulted: usize,
}

impl Candidate for Match<'_> {
    fn arguments(&self) -> &[TypeId] {
        &self.arguments
    }
}

/// A call's name and shape.
#[derive(Debug)]
pub(crate) struct CallShape<'a> {
    pub schema: Option<SmolStr>,
    pub name: &'a str,
    /// Types of the arguments.
    pub types: &'a [TypeId],
    /// Names of the trailing arguments that were given by name.
    pub names: &'a [SmolStr],
    /// Whether the last argument was written with `VARIADIC`.
    pub variadic: bool,
}

impl World<'_> {
    /// `FuncnameGetCandidates`
    fn candidates<'w>(&'w self, path: &[Name], call: &CallShape<'_>) -> Vec<Match<'w>> {
        let mut out: Vec<Match<'w>> = Vec::new();
        for function in self.functions(call.name) {
            let Some(place) = place(path, call.schema.as_ref(), &function.schema) else { continue };
            let Some(mut found) = match_shape(function, call) else { continue };
            found.place = place;
            // "If we found a duplicate, prefer the one that is earlier in the path; then the one
            // without variadic expansion; then the one with fewer defaults."
            match out.iter_mut().find(|other| other.arguments == found.arguments) {
                None => out.push(found),
                Some(other) => {
                    let rank = |m: &Match<'_>| (m.place, m.expanded > 0, m.defaulted);
                    if rank(&found) < rank(other) {
                        *other = found;
                    }
                }
            }
        }
        out
    }

    /// `func_get_detail`
    pub(crate) fn find_function<'w>(&'w self, path: &[Name], call: &CallShape<'_>) -> Option<Called<'w>> {
        if call.types.iter().any(|ty| ty.is_unresolved()) {
            return None;
        }
        let mut candidates = self.candidates(path, call);
        if let Some(index) = candidates.iter().position(|c| c.arguments == call.types) {
            return Some(Called::Function(candidates.swap_remove(index)));
        }
        if let ([source], []) = (call.types, call.names)
            && let Some(target) = self.function_as_cast(path, call, *source)
        {
            return Some(Called::Cast(target));
        }
        let chosen: *const Match<'w> = self.choose(call.types, &candidates)?;
        let index = candidates.iter().position(|c| std::ptr::eq(c, chosen))?;
        Some(Called::Function(candidates.swap_remove(index)))
    }

    /// Whether more than one function could take a call, so that none was chosen.
    pub(crate) fn several_fit(&self, path: &[Name], call: &CallShape<'_>) -> bool {
        let candidates = self.candidates(path, call);
        candidates.iter().filter(|c| self.can_coerce(call.types, &c.arguments, Context::Implicit)).count() > 1
    }

    /// Whether a call with one argument is a cast to the type of that name: "only if the cast
    /// needs no function", for casts by function are found as functions.
    fn function_as_cast(&self, path: &[Name], call: &CallShape<'_>, source: TypeId) -> Option<TypeId> {
        let target = match &call.schema {
            Some(schema) => self.type_in(schema, call.name),
            None => self.type_on_path(path, call.name),
        }?;
        let known = self.known();
        // `FuncNameAsType` leaves out rows and pseudo-types' placeholders.
        if self.info(target).kind == b'c' {
            return None;
        }
        if source == known.unknown {
            return Some(target);
        }
        match self.path(target, source, Context::Explicit)? {
            Path::Relabel => Some(target),
            Path::InputOutput => {
                let row = source == known.record || self.info(source).kind == b'c';
                (!(row && self.info(target).category == b'S')).then_some(target)
            }
            Path::Function(_) | Path::Array => None,
        }
    }
}

/// Whether a function can take a call of this shape, and how (`MatchNamedCall` for names).
fn match_shape<'w>(function: &'w Function, call: &CallShape<'_>) -> Option<Match<'w>> {
    let (given, takes) = (call.types.len(), function.arguments.len());
    let plain = |arguments, positions, expanded, defaulted| {
        Some(Match { function, arguments, positions, expanded, place: 0, defaulted })
    };
    if !call.names.is_empty() {
        if given > takes || given + function.defaults < takes || function.names.len() != takes {
            return None;
        }
        let positional = given - call.names.len();
        let mut arguments = function.arguments.get(..positional)?.to_vec();
        let mut positions: Vec<u16> = (0..u16::try_from(positional).ok()?).collect();
        for name in call.names {
            let at = function.names.iter().position(|n| n == name)?;
            let position = u16::try_from(at).ok()?;
            if positions.contains(&position) {
                return None;
            }
            arguments.push(*function.arguments.get(at)?);
            positions.push(position);
        }
        // Every parameter that was left out must have a default.
        let filled = |at: usize| u16::try_from(at).is_ok_and(|at| positions.contains(&at));
        if (0..takes - function.defaults).any(|at| !filled(at)) {
            return None;
        }
        return plain(arguments, Some(positions), 0, takes - given);
    }
    if let Some(element) = function.variadic.filter(|_| !call.variadic && given >= takes && takes > 0) {
        let mut arguments = function.arguments.get(..takes - 1)?.to_vec();
        arguments.resize(given, element);
        return plain(arguments, None, given - (takes - 1), 0);
    }
    if given == takes {
        return plain(function.arguments.to_vec(), None, 0, 0);
    }
    if given < takes && given + function.defaults >= takes {
        return plain(function.arguments.get(..given)?.to_vec(), None, 0, takes - given);
    }
    None
}
