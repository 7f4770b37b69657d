//! Extended statistics.

use super::Judged;
use super::draft::Draft;
use crate::ddl::statistics::{create, set_target};
use crate::guard;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Statistics};
use trueup_diff::Change;

pub(super) fn missing(key: &ObjectKey, statistics: &Statistics) -> Judged {
    let mut draft = Draft::new(Phase::Build, key, format!("statistics {key}"))
        .guarded(&guard::no_object(key), &create(statistics))
        .quiet(&statistics.table)
        .on(&statistics.table)
        .note("ANALYZE gathers them; until then nothing changes");
    if statistics.target.is_some() {
        draft = draft.run(&set_target(statistics));
    }
    Judged::safe("it is only added", vec![draft])
}

pub(super) fn changed(key: &ObjectKey, desired: &Statistics, change: &Change) -> Judged {
    let set = set_target(desired);
    if change.attribute == "target" {
        let draft = Draft::new(Phase::Build, key, format!("target of statistics {key}"));
        return super::option(change, draft, Some(set));
    }
    Judged::manual("adding can't change what is there", vec![create(desired)])
}
