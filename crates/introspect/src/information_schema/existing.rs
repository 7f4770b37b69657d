//! What exists beside what the standard's views show: members of extensions, and how much is hidden.

use super::{Shape, decode, unreadable};
use crate::pg_catalog::{Output, unmodeled};
use crate::session::{Answer, row};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

row! {
    ExistingRow { what: &'a str, schema: &'a str, name: &'a str, count: i64 }
}

/// Members of extensions, and counts of what exists against what was seen.
pub(super) struct Existing<'a> {
    relations: FxHashSet<(&'a str, &'a str)>,
    types: FxHashSet<(&'a str, &'a str)>,
    routines: FxHashSet<(&'a str, &'a str)>,
    /// Foreign keys that only keep book of another, by schema and `table.name`.
    internal: FxHashSet<(&'a str, &'a str)>,
    there: BTreeMap<&'a str, i64>,
    seen: BTreeMap<&'static str, i64>,
}

impl<'a> Existing<'a> {
    pub fn new(answer: &'a Answer, out: &mut Output) -> Result<Self, Shape> {
        let mut existing = Existing {
            relations: FxHashSet::default(),
            types: FxHashSet::default(),
            routines: FxHashSet::default(),
            internal: FxHashSet::default(),
            there: BTreeMap::new(),
            seen: BTreeMap::new(),
        };
        for row in decode::<ExistingRow<'a>>(answer)? {
            let name = (row.schema, row.name);
            match row.what {
                "member relation" => drop(existing.relations.insert(name)),
                "member type" => drop(existing.types.insert(name)),
                "member routine" => drop(existing.routines.insert(name)),
                "internal constraint" => drop(existing.internal.insert(name)),
                "exclusion constraint" | "window function" => {
                    let object = format!("{}.{}", row.schema, row.name);
                    out.gaps.push(unmodeled(row.what, &object, "the standard's views do not show it"));
                }
                counted => drop(existing.there.insert(counted, row.count)),
            }
        }
        Ok(existing)
    }

    pub fn is_member_relation(&self, schema: &str, name: &str) -> bool {
        self.relations.contains(&(schema, name))
    }

    pub fn is_member_type(&self, schema: &str, name: &str) -> bool {
        self.types.contains(&(schema, name))
    }

    /// `specific` is the standard's `specific_name`: the name with the OID.
    pub fn is_member_routine(&self, schema: &str, specific: &str) -> bool {
        self.routines.contains(&(schema, specific))
    }

    /// Whether a foreign key is only PostgreSQL's bookkeeping of another one.
    pub fn is_internal_constraint(&self, schema: &str, table: &str, name: &str) -> bool {
        !self.internal.is_empty() && self.internal.contains(&(schema, format!("{table}.{name}").as_str()))
    }

    /// Counts one that a view shows, member or not.
    pub fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_insert(0) += 1;
    }

    /// A gap for each sort of which more exists than was seen.
    pub fn tell_what_is_hidden(&self, user: &str, out: &mut Output) {
        for (what, there) in &self.there {
            let seen = self.seen.get(what).copied().unwrap_or(0);
            if seen < *there {
                let message = format!(
                    "{} of {there} {what} are hidden from role {user} in information_schema; \
                     read pg_catalog instead, or grant the role more",
                    there - seen
                );
                out.gaps.push(unreadable(what, &"", message));
            }
        }
    }
}
