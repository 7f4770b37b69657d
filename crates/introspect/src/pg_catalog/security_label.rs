//! Security labels: they go to the objects that the other queries found.

use super::identity::ByIdentity;
use super::names::{decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};

row! {
    SecurityLabelRow { kind: Option<&'a str>, object: Option<&'a str>, provider: &'a str, label: &'a str }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    let rows = decode::<SecurityLabelRow<'_>>(answer)?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut by_name = ByIdentity::new(&mut out.entries);
    let mut lost = Vec::new();
    for row in rows {
        let (kind, object) = (row.kind.unwrap_or_default(), row.object.unwrap_or_default());
        match by_name.find(kind, object) {
            Some(entry) => {
                entry.security_labels.insert(row.provider.to_owned(), row.label.to_owned());
            }
            // A column of a view, or what belongs to an extension.
            None => lost.push(unmodeled("security label", &object, format!("it is on a {kind}"))),
        }
    }
    out.gaps.append(&mut lost);
    Ok(())
}
