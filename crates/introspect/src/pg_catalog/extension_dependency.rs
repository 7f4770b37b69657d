//! Dependencies on extensions: they go to the objects that the other queries found.

use super::identity::ByIdentity;
use super::names::{decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};
use trueup_catalog::Name;

row! {
    ExtensionDependencyRow { kind: Option<&'a str>, object: Option<&'a str>, extension: &'a str }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    let rows = decode::<ExtensionDependencyRow<'_>>(answer)?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut by_name = ByIdentity::new(&mut out.entries);
    let mut lost = Vec::new();
    for row in rows {
        let (kind, object) = (row.kind.unwrap_or_default(), row.object.unwrap_or_default());
        match by_name.find(kind, object) {
            Some(entry) => {
                entry.extension_dependencies.insert(Name::new(row.extension));
            }
            // The index behind a constraint.
            None => lost.push(unmodeled("dependency on an extension", &object, format!("it is of a {kind}"))),
        }
    }
    out.gaps.append(&mut lost);
    Ok(())
}
