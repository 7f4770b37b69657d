//! Which code and level a difference bears.
//!
//! The comparison itself knows no kinds; this table gives its findings their names.

use crate::{Change, Code, Level};
use trueup_catalog::{ObjectKind, Weight};

/// The code of a difference in `attribute` of an object of `kind`. For options the attribute is
/// the name of the list, `options`.
pub(crate) fn code(kind: ObjectKind, attribute: &str, weight: Weight) -> Code {
    if weight == Weight::Cosmetic {
        return Code::D282;
    }
    match kind {
        // A schema has no state but its comment, owner and privileges.
        ObjectKind::Schema => Code::D282,
        ObjectKind::Extension => Code::D243,
        ObjectKind::EnumType => Code::D241,
        ObjectKind::CompositeType | ObjectKind::RangeType | ObjectKind::BaseType => Code::D242,
        ObjectKind::Aggregate
        | ObjectKind::Operator
        | ObjectKind::OperatorFamily
        | ObjectKind::OperatorClass
        | ObjectKind::Cast
        | ObjectKind::Transform
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Language
        | ObjectKind::AccessMethod => Code::D244,
        ObjectKind::Statistics => Code::D245,
        ObjectKind::ForeignDataWrapper | ObjectKind::Server | ObjectKind::UserMapping => Code::D246,
        ObjectKind::Publication | ObjectKind::Subscription => Code::D247,
        ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchConfiguration => Code::D248,
        ObjectKind::DefaultPrivileges => Code::D272,
        ObjectKind::Domain | ObjectKind::Column => match attribute {
            "data_type" => Code::D201,
            "collation" => Code::D205,
            "not_null" | "not_null_no_inherit" | "not_null_not_valid" => Code::D202,
            "default" => Code::D203,
            "identity" | "identity_options" => Code::D206,
            "generated" | "generated_expression" => Code::D204,
            "foreign_options" => Code::D246,
            _ => Code::D282,
        },
        ObjectKind::DomainConstraint | ObjectKind::Constraint => match attribute {
            "validated" => Code::D212,
            _ => Code::D211,
        },
        ObjectKind::Sequence => match attribute {
            "persistence" => Code::D283,
            _ => Code::D233,
        },
        ObjectKind::Table => match attribute {
            "persistence" => Code::D283,
            "row_security" | "force_row_security" => Code::D262,
            "server" | "foreign_options" => Code::D246,
            "partition_key" | "partition_of" | "partition_bound" | "inherits" | "of_type" => Code::D234,
            _ => Code::D282,
        },
        ObjectKind::Index => match attribute {
            "valid" => Code::D222,
            _ => Code::D221,
        },
        ObjectKind::View | ObjectKind::MaterializedView => match attribute {
            "column_defaults" => Code::D203,
            "persistence" => Code::D283,
            "query" => Code::D231,
            _ => Code::D282,
        },
        ObjectKind::Function | ObjectKind::Procedure => Code::D232,
        ObjectKind::Rule => match attribute {
            "enabled" => Code::D252,
            _ => Code::D253,
        },
        ObjectKind::Trigger | ObjectKind::EventTrigger => match attribute {
            "enabled" => Code::D252,
            _ => Code::D251,
        },
        ObjectKind::Policy => Code::D261,
    }
}

/// The level of a changed object's finding: the code's own, unless nothing is lacking.
pub(crate) fn level(code: Code, changes: &[Change]) -> Level {
    let meaning = changes.iter().any(|c| c.weight == Weight::Meaning);
    match code {
        // Live is the stricter side: it checked what the code left unchecked.
        Code::D212 if changes.iter().all(|c| c.desired.as_deref() == Some("no")) => Level::Note,
        // Options that change the meaning (a view's security_barrier) are no note.
        Code::D282 if meaning => Level::Error,
        // Names are found; what they do may be another thing, and the measure is another machine's installation.
        Code::D243 if changes.iter().all(|c| c.attribute == "members") => Level::Warning,
        _ => code.default_level(),
    }
}
