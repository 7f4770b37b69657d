//! What the standard's views can't say, so that its absence is never taken for drift.

use std::collections::BTreeSet;
use trueup_catalog::{NotCovered, ObjectKind};

/// Whether a view of the standard shows objects of a kind. Of what the others have there (`user_defined_types`, `collations`,
/// `foreign_tables` and their kin show a part) nothing is read: half an object can't be compared.
fn shown(kind: ObjectKind) -> bool {
    match kind {
        ObjectKind::Schema
        | ObjectKind::Domain
        | ObjectKind::DomainConstraint
        | ObjectKind::CompositeType
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::Column
        | ObjectKind::Constraint
        | ObjectKind::View
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Trigger => true,
        ObjectKind::Extension
        | ObjectKind::EnumType
        | ObjectKind::RangeType
        | ObjectKind::BaseType
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod
        | ObjectKind::Index
        | ObjectKind::MaterializedView
        | ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Server
        | ObjectKind::UserMapping
        | ObjectKind::Statistics
        | ObjectKind::EventTrigger
        | ObjectKind::Rule
        | ObjectKind::Policy
        | ObjectKind::Publication
        | ObjectKind::Subscription
        | ObjectKind::DefaultPrivileges => false,
    }
}

/// Attributes that the views of a kind do not have, by the names of [`trueup_catalog::Attribute::name`].
const ATTRIBUTES: &[(ObjectKind, &[&str])] = &[
    (ObjectKind::Schema, &["privileges"]),
    // NOT NULL of a domain has no place in the standard's view of domains.
    (ObjectKind::Domain, &["not_null", "owner"]),
    (ObjectKind::DomainConstraint, &["validated"]),
    (ObjectKind::CompositeType, &["attribute_comments", "owner", "privileges"]),
    // The standard has USAGE alone on sequences; PostgreSQL has SELECT and UPDATE as well.
    (ObjectKind::Sequence, &["cache", "persistence", "owned_by", "owner", "privileges"]),
    (
        ObjectKind::Table,
        &[
            "persistence",
            "partition_key",
            "partition_of",
            "partition_bound",
            "inherits",
            "row_security",
            "force_row_security",
            "replica_identity",
            "clustered_on",
            "server",
            "foreign_options",
            "access_method",
            "tablespace",
            "options",
            "owner",
        ],
    ),
    (
        ObjectKind::Column,
        &[
            "not_null_no_inherit",
            "not_null_not_valid",
            "not_null_name",
            "identity_options",
            "identity_sequence",
            "storage",
            "compression",
            "options",
            "foreign_options",
            "statistics",
            "privileges",
        ],
    ),
    (
        ObjectKind::Constraint,
        &[
            "include",
            "without_overlaps",
            "period",
            "on_delete_columns",
            "options",
            "tablespace",
            "statistics",
            "no_inherit",
            "validated",
        ],
    ),
    (ObjectKind::View, &["persistence", "options", "column_comments", "owner"]),
    (ObjectKind::Function, ROUTINE),
    (ObjectKind::Procedure, ROUTINE),
    (ObjectKind::Trigger, &["on_truncate", "constraint", "enabled"]),
];

/// Modes of arguments (VARIADIC, TABLE) and most options are PostgreSQL's own.
const ROUTINE: &[&str] = &[
    "arguments",
    "returns_set",
    "volatility",
    "leakproof",
    "window",
    "parallel",
    "cost",
    "rows",
    "support",
    "config",
    "transforms",
    "owner",
];

/// Everything of it. `major` matters for generated columns: virtual ones exist since 18, and look like stored ones.
/// `privileges` says whether the role sees all grants: only an object's owner does.
pub(super) fn not_covered(major: u32, privileges: bool) -> BTreeSet<NotCovered> {
    let attribute = |kind, name: &str| NotCovered { kind, attribute: Some(name.to_owned()) };
    let mut all: BTreeSet<NotCovered> = ObjectKind::ALL
        .iter()
        .filter(|kind| !shown(**kind))
        .map(|kind| NotCovered { kind: *kind, attribute: None })
        .collect();
    all.extend(ATTRIBUTES.iter().flat_map(|(kind, names)| names.iter().map(|name| attribute(*kind, name))));
    for name in ["comment", "extension_dependency"] {
        all.extend(ObjectKind::ALL.iter().map(|kind| attribute(*kind, name)));
    }
    if !privileges {
        all.extend(ObjectKind::ALL.iter().map(|kind| attribute(*kind, "privileges")));
    }
    // MAINTAIN came with 17, and the standard has no such privilege.
    if major >= 17 {
        all.extend([ObjectKind::Table, ObjectKind::View].map(|kind| attribute(kind, "privileges")));
    }
    if major >= 18 {
        all.insert(attribute(ObjectKind::Column, "generated"));
    }
    all
}
