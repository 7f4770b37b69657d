//! What two servers of different major versions can't have alike, and so is no one's wish.
//!
//! Owns: which attributes of which objects these are, and which defaults differ. What one of the versions only writes down otherwise is settled elsewhere.

use crate::Change;
use trueup_catalog::{Address, Catalog, ObjectKey, ObjectKind, Source, Subscription};

/// Whether the two sides are servers (or snapshots of such) between which this attribute is not comparable.
pub(crate) fn is_of_the_version(key: &ObjectKey, attribute: &str, desired: &Catalog, live: &Catalog) -> bool {
    let sides = [desired, live];
    // SQL is read as the live server would, so that its version says nothing.
    if sides.iter().any(|side| side.origin.source == Source::Sql) {
        return false;
    }
    let (Some(one), Some(other)) = (desired.major_version(), live.major_version()) else { return false };
    let across = |major: u32| (one < major) != (other < major);
    let is = |kind: ObjectKind, name: &str| key.kind == kind && attribute == name;
    // `public` belongs to the role that made the cluster before 15, and to `pg_database_owner` since (release notes of 15).
    let owner = is(ObjectKind::Schema, "owner") && *key.name() == "public" && across(15);
    // Each version brings extensions of its own: `pg_dump` names none, "so that the target installation's default is taken"
    // (`dumpExtension` in `pg_dump.c`).
    let extension = is(ObjectKind::Extension, "version") && one != other;
    // Before 15 there were no unlogged sequences; since then those of an unlogged table are so (release notes of 15).
    let sequence = is(ObjectKind::Sequence, "persistence") && across(15);
    // NOT NULL of a table has a name since 18.
    let not_null = is(ObjectKind::Column, "not_null_name") && across(18);
    // Partitions have the identity of their parent since 17 (release notes of 17).
    let partition = |side: &Catalog| match &key.address {
        Address::OnRelation { relation, .. } => {
            side.table(relation).is_some_and(|t| t.partition_of.is_some())
        }
        Address::Global(_)
        | Address::InSchema(_)
        | Address::Routine { .. }
        | Address::Operator { .. }
        | Address::OfMethod { .. }
        | Address::Cast { .. }
        | Address::Transform { .. }
        | Address::UserMapping { .. }
        | Address::DefaultPrivileges { .. } => false,
    };
    let identity =
        ["identity", "identity_options", "identity_sequence"].iter().any(|name| is(ObjectKind::Column, name))
            && across(17)
            && sides.iter().all(|side| partition(side));
    owner || extension || sequence || not_null || identity
}

/// Whether an option that only one side states, or both otherwise, comes to the same: what it says on one side is what the other's
/// version does unsaid.
pub(crate) fn comes_to_the_same(key: &ObjectKey, change: &Change, desired: &Catalog, live: &Catalog) -> bool {
    let (Some(one), Some(other)) = (desired.major_version(), live.major_version()) else { return false };
    let Some(option) = change.attribute.strip_prefix("options.") else { return false };
    if key.kind != ObjectKind::Subscription || one == other {
        return false;
    }
    let wanted = change.desired.as_deref().or(Subscription::usual(option, one));
    let there = change.live.as_deref().or(Subscription::usual(option, other));
    wanted.is_some() && wanted == there
}
