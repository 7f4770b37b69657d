//! Event triggers.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape, trigger};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{EventTrigger, Name};

row! {
    EventTriggerRow {
        oid: u32, name: &'a str, event: &'a str, tags: Option<Vec<&'a str>>, enabled: Letter, schema: u32,
        function: &'a str, owner: u32,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<EventTriggerRow>(answer)? {
        if names.is_left_out(class::EVENT_TRIGGER, row.oid) {
            continue;
        }
        let name = Name::new(row.name);
        let Some(function) = names.qualified(row.schema, row.function) else { continue };
        let enabled = match trigger::enabled(row.enabled) {
            Ok(enabled) => enabled,
            Err(message) => {
                out.gaps.push(unmodeled("event trigger", &name, message));
                continue;
            }
        };
        let mut tags: Vec<String> = row.tags.unwrap_or_default().into_iter().map(str::to_owned).collect();
        tags.sort();
        let made = EventTrigger { name, event: row.event.to_owned(), tags, function, enabled };
        out.add(made, names.comment(class::EVENT_TRIGGER, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
