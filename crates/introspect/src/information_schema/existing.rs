//! What exists beside what the standard's views show: members of extensions, and how much is hidden.

use super::{Shape, decode, unreadable};
use crate::pg_catalog::{Output, unmodeled};
use crate::session::{Answer, row};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use trueup_catalog::{Name, ObjectKey, ObjectKind, QualifiedName};

row! {
    ExistingRow { what: &'a str, schema: &'a str, name: &'a str, part: &'a str, count: i64 }
}

/// Members of extensions, and counts of what exists against what was seen.
pub(super) struct Existing<'a> {
    relations: FxHashSet<(&'a str, &'a str)>,
    types: FxHashSet<(&'a str, &'a str)>,
    routines: FxHashSet<(&'a str, &'a str)>,
    /// Foreign keys that only keep book of another, by schema, table and name.
    internal: FxHashSet<(&'a str, &'a str, &'a str)>,
    /// Triggers that a partitioned table handed down, alike.
    inherited: FxHashSet<(&'a str, &'a str, &'a str)>,
    there: BTreeMap<&'a str, i64>,
    seen: BTreeMap<&'static str, i64>,
    unread: BTreeSet<ObjectKey>,
}

impl<'a> Existing<'a> {
    pub fn new(answer: &'a Answer, out: &mut Output) -> Result<Self, Shape> {
        let mut existing = Existing {
            relations: FxHashSet::default(),
            types: FxHashSet::default(),
            routines: FxHashSet::default(),
            internal: FxHashSet::default(),
            inherited: FxHashSet::default(),
            there: BTreeMap::new(),
            seen: BTreeMap::new(),
            unread: BTreeSet::new(),
        };
        for row in decode::<ExistingRow<'a>>(answer)? {
            let name = (row.schema, row.name);
            match row.what {
                "member relation" => drop(existing.relations.insert(name)),
                "member type" => drop(existing.types.insert(name)),
                "member routine" => drop(existing.routines.insert(name)),
                "internal constraint" => drop(existing.internal.insert((row.schema, row.name, row.part))),
                "inherited trigger" => drop(existing.inherited.insert((row.schema, row.name, row.part))),
                "exclusion constraint" | "constraint of a foreign table" | "trigger on TRUNCATE" => {
                    let table = QualifiedName::new(row.schema, row.name);
                    let kind = match row.what {
                        "trigger on TRUNCATE" => ObjectKind::Trigger,
                        _ => ObjectKind::Constraint,
                    };
                    let key = ObjectKey::on_relation(kind, table, Name::new(row.part));
                    out.gaps.push(unmodeled(row.what, &key, "the standard's views do not show it"));
                    existing.unreadable(key);
                }
                "window function" => {
                    let name = QualifiedName::new(row.schema, row.name);
                    out.gaps.push(unmodeled(row.what, &name, "the standard's views do not show it"));
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
        self.internal.contains(&(schema, table, name))
    }

    /// Whether a trigger comes from the parent of a partition.
    pub fn is_inherited_trigger(&self, schema: &str, table: &str, name: &str) -> bool {
        self.inherited.contains(&(schema, table, name))
    }

    /// Keeps in mind the inherited triggers that the view did not show; the parent's tell of them.
    pub fn inherited_triggers_not_in(&mut self, shown: &FxHashSet<(&str, &str, &str)>) {
        for (schema, table, name) in &self.inherited {
            if !shown.contains(&(*schema, *table, *name)) {
                let table = QualifiedName::new(*schema, *table);
                self.unread.insert(ObjectKey::on_relation(ObjectKind::Trigger, table, Name::new(name)));
            }
        }
    }

    /// Counts one that a view shows, member or not.
    pub fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_insert(0) += 1;
    }

    /// Keeps in mind an object that is there and could not be read, for whatever reason its gap says.
    pub fn unreadable(&mut self, key: ObjectKey) {
        self.unread.insert(key);
    }

    /// All of these.
    pub fn unread(self) -> BTreeSet<ObjectKey> {
        self.unread
    }

    /// A gap for each sort of which more exists than was seen, and the kinds that this is about.
    pub fn tell_what_is_hidden(&self, user: &str, out: &mut Output) -> BTreeSet<ObjectKind> {
        let mut kinds = BTreeSet::new();
        for (what, there) in &self.there {
            let seen = self.seen.get(what).copied().unwrap_or(0);
            if seen < *there {
                let message = format!(
                    "{} of {there} {what} are hidden from role {user} in information_schema; \
                     read pg_catalog instead, or grant the role more",
                    there - seen
                );
                out.gaps.push(unreadable(what, &"", message));
                kinds.extend(kinds_of(what));
            }
        }
        kinds
    }
}

/// The kinds of which some are hidden where some of `what` are: with a relation go its columns, constraints and triggers.
fn kinds_of(what: &str) -> &'static [ObjectKind] {
    use ObjectKind::{
        Column, Constraint, Domain, DomainConstraint, Function, Procedure, Sequence, Table, Trigger, View,
    };
    match what {
        "tables" => &[Table, Column, Constraint, Trigger],
        "columns" => &[Column],
        "views" => &[View, Trigger],
        "sequences" => &[Sequence],
        "table constraints" => &[Constraint],
        "triggers" => &[Trigger],
        "routines" => &[Function, Procedure],
        "domains" => &[Domain, DomainConstraint],
        _ => &[],
    }
}
