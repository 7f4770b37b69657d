//! What of an extension is compared.

use trueup_catalog::{Attribute, Entry, Extension};

/// Whether this attribute of an extension is compared: the schema and the version only where the desired statement says
/// them, the members only where a fresh installation was asked about those of both sides.
pub(crate) fn is_compared(desired: &Attribute<'_>, entry: &Entry, live: Option<&Entry>) -> bool {
    let asked =
        |entry: &Entry| Extension::of(&entry.object).is_some_and(|extension| extension.altered.is_some());
    match desired.name {
        "members" => asked(entry) && live.is_some_and(asked),
        _ => !desired.value.is_absent(),
    }
}
