//! Grants, as far as the standard's views show them.

use super::{Shape, decode, yes};
use crate::session::{Answer, row};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{Grantee, Name, Privilege};

row! {
    PrivilegeRow {
        kind: &'a str, schema: &'a str, name: &'a str, grantor: Option<&'a str>, grantee: &'a str, privilege: &'a str,
        grantable: Option<&'a str>, column: Option<&'a str>, implied: bool,
    }
}

/// Grants by kind (`table`, `sequence`, `domain`, `routine`), schema and name.
pub(super) struct Privileges<'a> {
    by_object: FxHashMap<(&'a str, &'a str, &'a str), Grants>,
    /// Whether some grant may have a grant option or not, which a member of the owner has anyhow.
    doubtful: bool,
}

#[derive(Default)]
struct Grants {
    /// The owner, by what it grants itself. The views show that only to a member of the owner; others see only what concerns them.
    owner: Option<Name>,
    list: Vec<Privilege>,
}

pub(super) fn read(answer: &Answer) -> Result<Privileges<'_>, Shape> {
    let mut by_object: FxHashMap<_, Grants> = FxHashMap::default();
    let mut doubtful = false;
    for row in decode::<PrivilegeRow<'_>>(answer)? {
        let grants = by_object.entry((row.kind, row.schema, row.name)).or_default();
        let role = |name: &str| Grantee::Role(Name::new(name));
        let own = row.grantor == Some(row.grantee);
        let privilege = Privilege {
            column: row.column.map(Name::new),
            grantee: if row.grantee == "PUBLIC" { Grantee::Public } else { role(row.grantee) },
            privilege: row.privilege.to_owned(),
            grantable: yes(row.grantable),
            grantor: row.grantor.map_or(Grantee::Owner, role),
        };
        doubtful |= row.implied && yes(row.grantable);
        if own {
            // Only the owner grants to itself.
            grants.owner = Some(Name::new(row.grantee));
        }
        grants.list.push(privilege);
    }
    Ok(Privileges { by_object, doubtful })
}

impl Privileges<'_> {
    /// The grants of an object; `None` when there are none, or they are not all visible.
    pub fn of(&self, kind: &str, schema: &str, name: &str) -> Option<Vec<Privilege>> {
        let grants = self.by_object.get(&(kind, schema, name))?;
        let owner = grants.owner.as_ref()?;
        let whole: FxHashSet<(&Grantee, &str, &Grantee)> = grants
            .list
            .iter()
            .filter(|p| p.column.is_none())
            .map(|p| (&p.grantee, p.privilege.as_str(), &p.grantor))
            .collect();
        // The standard shows a privilege on the table for each of its columns as well.
        let own = |p: &&Privilege| {
            p.column.is_none() || !whole.contains(&(&p.grantee, p.privilege.as_str(), &p.grantor))
        };
        Some(grants.list.iter().filter(own).map(|p| p.clone().owned_by(Some(owner))).collect())
    }

    /// Whether this role sees the grants of everything that it sees grants of, as they were given.
    pub fn are_complete(&self) -> bool {
        !self.doubtful && self.by_object.values().all(|grants| grants.owner.is_some())
    }
}
