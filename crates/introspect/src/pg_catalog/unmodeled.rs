//! What exists and has no kind in the model: each becomes a gap with its name.

use super::names::{decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};

row! {
    UnmodeledRow { what: &'a str, object: Option<&'a str> }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<UnmodeledRow>(answer)? {
        out.gaps.push(unmodeled(row.what, &row.object.unwrap_or(""), ""));
    }
    Ok(())
}
