//! Privileges, as `aclitem` holds them.

use crate::{Name, Value};
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

/// In SQL's words: `SELECT to app with grant option`.
impl std::fmt::Display for Privilege {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to ", self.privilege)?;
        match &self.grantee {
            Some(grantee) => write!(f, "{grantee}")?,
            None => f.write_str("PUBLIC")?,
        }
        if self.grantable { f.write_str(" with grant option") } else { Ok(()) }
    }
}

pub(crate) fn privileges_value(privileges: &[Privilege]) -> Value<'_> {
    Value::Set(privileges.iter().map(|p| Value::Text(p.to_string().into())).collect())
}
