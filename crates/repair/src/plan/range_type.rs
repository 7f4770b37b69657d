//! Range types.

use super::Judged;
use super::draft::Draft;
use crate::ddl::range_type::create;
use crate::guard;
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, RangeType};

pub(super) fn missing(key: &ObjectKey, range: &RangeType) -> Judged {
    let mut draft = Draft::new(Phase::Prepare, key, format!("range type {key} of {}", range.subtype))
        .shaped(&guard::no_type(&range.name), &create(range), &shape::range_type(range))
        .of_type(&range.subtype)
        .provides(Symbol::Type(range.name.clone()));
    if let Some(multirange) = &range.multirange {
        draft = draft.provides(Symbol::Type(multirange.clone()));
    }
    for function in range.subtype_diff.iter().chain(&range.canonical) {
        draft = draft.needs(Symbol::Routine(function.clone()));
    }
    Judged::safe("it is only added", vec![draft])
}
