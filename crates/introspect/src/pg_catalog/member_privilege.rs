//! What someone changed about members of extensions: their privileges, and policies on their tables. The members are the extension's, so
//! that there is no object to compare; each change is told by name.

use super::names::{decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, row};

row! {
    MemberPrivilegeRow { object: &'a str, extension: Option<&'a str> }
}

pub(super) fn read(answer: &Answer, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<MemberPrivilegeRow<'_>>(answer)? {
        // As the parser calls a statement of which it has not the object, so that both sides' are one.
        out.gaps.push(match row.extension {
            Some(extension) => {
                let message = format!("it belongs to the extension {extension}, which granted otherwise");
                unmodeled("grant", &row.object, message)
            }
            None => unmodeled("policy", &row.object, "it is on a table of an extension"),
        });
    }
    Ok(())
}
