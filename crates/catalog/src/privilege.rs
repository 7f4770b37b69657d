//! Privileges, as `aclitem` holds them.

use crate::Name;
use serde::{Deserialize, Serialize};

/// One privilege that one grantee holds on an object (manual, 5.8 "Privileges").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Privilege {
    /// Who holds it; `None` is `PUBLIC`.
    pub grantee: Option<Name>,
    /// The privilege in SQL's words: `SELECT`, `USAGE`.
    pub privilege: String,
    /// `WITH GRANT OPTION`.
    pub grantable: bool,
}
