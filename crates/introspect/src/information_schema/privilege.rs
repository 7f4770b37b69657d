//! Grants, as far as the standard's views show them.

use super::{Shape, decode, yes};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{Name, Privilege};

row! {
    PrivilegeRow {
        kind: &'a str, schema: &'a str, name: &'a str, grantor: Option<&'a str>, grantee: &'a str, privilege: &'a str,
        grantable: Option<&'a str>,
    }
}

/// Grants by kind (`table`, `sequence`, `domain`, `routine`), schema and name.
pub(super) struct Privileges<'a> {
    by_object: FxHashMap<(&'a str, &'a str, &'a str), Grants>,
}

#[derive(Default)]
struct Grants {
    /// What the owner grants itself. The views show it only to a member of the owner; others see only what concerns them.
    own: Vec<Privilege>,
    others: Vec<Privilege>,
}

pub(super) fn read(answer: &Answer) -> Result<Privileges<'_>, Shape> {
    let mut by_object: FxHashMap<_, Grants> = FxHashMap::default();
    for row in decode::<PrivilegeRow<'_>>(answer)? {
        let grants = by_object.entry((row.kind, row.schema, row.name)).or_default();
        let own = row.grantor == Some(row.grantee);
        let privilege = Privilege {
            grantee: (row.grantee != "PUBLIC").then(|| Name::new(row.grantee)),
            privilege: row.privilege.to_owned(),
            // The owner may always grant, which an ACL does not mention.
            grantable: yes(row.grantable) && !own,
        };
        if own { grants.own.push(privilege) } else { grants.others.push(privilege) }
    }
    Ok(Privileges { by_object })
}

impl Privileges<'_> {
    /// The grants of an object; `None` when they are as before the first GRANT or REVOKE, or not all visible. Objects that are
    /// `open` may be used by everyone until that is revoked (manual, 5.8: functions, domains).
    pub fn of(&self, kind: &str, schema: &str, name: &str, open: bool) -> Option<Vec<Privilege>> {
        let grants = self.by_object.get(&(kind, schema, name)).filter(|grants| !grants.own.is_empty())?;
        let untouched = match grants.others.as_slice() {
            [] => !open,
            [one] => open && one.grantee.is_none() && !one.grantable,
            _ => false,
        };
        if untouched {
            return None;
        }
        let mut list: Vec<Privilege> = grants.own.iter().chain(&grants.others).cloned().collect();
        list.sort();
        list.dedup();
        Some(list)
    }

    /// Whether this role sees the grants of everything that it sees grants of.
    pub fn are_complete(&self) -> bool {
        self.by_object.values().all(|grants| !grants.own.is_empty())
    }
}
