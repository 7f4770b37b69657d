//! What a drift does to the clients of the database, as far as its kind and values tell.

use crate::Report;
use trueup_catalog::{Catalog, Column, ConstraintBody, DataType, Entry, Object, ObjectKey, ObjectKind};
use trueup_diff::{Code, Drift, What};

/// One clause, or `None` where nothing certain can be said.
pub(crate) fn effect(report: &Report<'_>, drift: &Drift) -> Option<String> {
    match drift.what {
        What::Missing => missing(report.desired.get(&drift.key)?),
        What::Unexpected => unexpected(report.live.get(&drift.key)?, report.desired),
        What::Changed => changed(drift, report.desired, report.live),
    }
}

fn missing(entry: &Entry) -> Option<String> {
    let text = match &entry.object {
        Object::Schema(_) => "whatever is in it is missing too",
        Object::Extension(_) => "its types, functions and operators can't be used",
        Object::EnumType(_) | Object::Domain(_) | Object::CompositeType(_) | Object::RangeType(_) => {
            "columns and functions can't use the type"
        }
        Object::DomainConstraint(_) => "values that it forbids are accepted",
        Object::Sequence(_) => "nextval() on it fails",
        Object::Table(table) if table.partition_of.is_some() => {
            "rows for it go to the default partition, or are refused"
        }
        Object::Table(_) => "statements that name it fail",
        Object::Column(_) => "statements that name it fail",
        Object::Constraint(constraint) => match &constraint.body {
            ConstraintBody::PrimaryKey(_) => "rows without an identity of their own are accepted",
            ConstraintBody::Unique(key) => {
                let columns: Vec<String> = key.columns.iter().map(ToString::to_string).collect();
                return Some(format!("uniqueness of {} is not enforced", columns.join(", ")));
            }
            ConstraintBody::ForeignKey(key) => {
                return Some(format!("rows that refer to nothing in {} are accepted", key.references));
            }
            ConstraintBody::Check { .. } => "rows that it forbids are accepted",
            ConstraintBody::Exclusion(_) => "rows that exclude each other are accepted",
        },
        Object::Index(index) if index.unique => "its uniqueness is not enforced",
        Object::Index(_) => "queries that it would serve scan more rows",
        Object::View(_) | Object::MaterializedView(_) => "statements that name it fail",
        Object::Function(_) | Object::Procedure(_) | Object::Aggregate(_) => "calls of it fail",
        Object::BaseType(_) => "statements that name it fail",
        Object::Collation(_) | Object::Operator(_) | Object::Cast(_) => "expressions that use it fail",
        Object::OperatorFamily(_) | Object::OperatorClass(_) => "indexes that need it can't be made",
        Object::Conversion(_) => "text in its encoding can't be converted",
        Object::Language(_) | Object::Transform(_) => "functions in that language can't be made",
        Object::AccessMethod(_) => "tables or indexes that use it can't be made",
        Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_) => "text searches that name it fail",
        Object::ForeignDataWrapper(_) | Object::Server(_) => "foreign tables that need it can't be read",
        Object::UserMapping(_) => "its role can't reach the server",
        Object::Statistics(_) => "the planner guesses how its columns hang together",
        Object::EventTrigger(_) => "what it does on DDL does not happen",
        Object::Rule(_) => "statements that it would rewrite run as they are",
        Object::Publication(_) => "subscribers can't get its tables",
        Object::Subscription(_) => "its tables no longer follow the publisher",
        Object::DefaultPrivileges(_) => "objects that are made later are not granted as wanted",
        Object::Trigger(_) => "what it does on writes does not happen",
        Object::Policy(policy) if policy.permissive => "rows that it lets through stay hidden",
        Object::Policy(_) => "rows that it hides can be seen or written",
    };
    Some(text.to_owned())
}

fn unexpected(entry: &Entry, desired: &Catalog) -> Option<String> {
    let text = match &entry.object {
        Object::Column(column) if demands_a_value(column) => {
            "it is NOT NULL without a default: inserts that don't name it fail"
        }
        Object::DomainConstraint(_) => "values that it forbids are refused",
        Object::Constraint(_) => "rows that it forbids are refused",
        Object::Index(index) if !index.valid => "every write keeps it up, and no query uses it",
        Object::Index(index) if index.unique => "rows that are alike in it are refused",
        Object::Index(_) => "every write keeps it up",
        Object::Trigger(_) => "it runs on writes that the code knows nothing of",
        Object::Policy(policy) => {
            let secured = desired.table(&policy.table).is_some_and(|table| table.row_security);
            if policy.permissive && secured {
                "it lets rows through that would be hidden"
            } else if policy.permissive {
                "it decides which rows roles see where row security is on"
            } else {
                "it hides rows that would be seen"
            }
        }
        Object::Schema(_)
        | Object::Extension(_)
        | Object::EnumType(_)
        | Object::Domain(_)
        | Object::CompositeType(_)
        | Object::RangeType(_)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Column(_)
        | Object::View(_)
        | Object::MaterializedView(_)
        | Object::Function(_)
        | Object::Procedure(_)
        | Object::BaseType(_)
        | Object::Collation(_)
        | Object::Conversion(_)
        | Object::Language(_)
        | Object::AccessMethod(_)
        | Object::Aggregate(_)
        | Object::Operator(_)
        | Object::OperatorFamily(_)
        | Object::OperatorClass(_)
        | Object::Cast(_)
        | Object::Transform(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::UserMapping(_)
        | Object::Statistics(_)
        | Object::EventTrigger(_)
        | Object::Rule(_)
        | Object::Publication(_)
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_) => return None,
    };
    Some(text.to_owned())
}

/// Whether an insert that does not name the column fails.
fn demands_a_value(column: &Column) -> bool {
    column.not_null.is_some()
        && column.default.is_none()
        && column.identity.is_none()
        && column.generated.is_none()
}

/// Whether live fills a column itself, by an identity or an expression.
fn is_filled(live: &Catalog, key: &ObjectKey) -> bool {
    let column = live.get(key).and_then(|entry| Column::of(&entry.object));
    column.is_some_and(|column| column.identity.is_some() || column.generated.is_some())
}

fn changed(drift: &Drift, desired: &Catalog, live: &Catalog) -> Option<String> {
    let change = |name: &str| drift.changes.iter().find(|c| c.attribute == name);
    let live_is = |name: &str, value: &str| change(name).is_some_and(|c| c.live.as_deref() == Some(value));
    let text = match drift.code {
        Code::D103 => "what names it (ON CONFLICT ON CONSTRAINT, ALTER, error handling) does not find it",
        Code::D201 => match live.get(&drift.key).map(|entry| &entry.object) {
            Some(Object::Column(column)) => {
                let desired = desired.column(&column.table, &column.name)?;
                return type_effect(&column.data_type, &desired.data_type);
            }
            _ => return None,
        },
        Code::D202 if live_is("not_null", "no") => "rows without a value are accepted",
        Code::D202 if live_is("not_null", "yes") => "rows without a value are refused",
        Code::D203 => match drift.changes.first() {
            Some(c) if c.live.is_none() && is_filled(live, &drift.key) => return None,
            Some(c) if c.live.is_none() => "rows that don't say a value get NULL",
            Some(c) if c.desired.is_none() => "rows that don't say a value get one",
            _ => "rows that don't say a value get another one",
        },
        Code::D204 => "the column holds other values",
        Code::D205 => "text sorts and compares differently",
        Code::D212 if live_is("validated", "no") => {
            "rows from before it may break it, and the planner does not rely on it"
        }
        Code::D222 if live_is("valid", "no") => "queries don't use it, and every write still pays for it",
        Code::D231 => "its readers get other rows or columns",
        Code::D252 if drift.disposition != trueup_diff::Disposition::Consent => return None,
        Code::D252 if drift.key.kind == ObjectKind::EventTrigger => "DDL behaves differently",
        Code::D252 if drift.key.kind == ObjectKind::Rule => "statements behave differently",
        Code::D252 => "writes behave differently",
        Code::D262 if live_is("row_security", "no") => "policies are not applied: every row can be seen",
        Code::D262 if live_is("row_security", "yes") => "only rows that a policy lets through can be seen",
        Code::D291 => "what refers to these rows, or looks for them, does not find them",
        Code::D292 => "code reads other values than the SQL says",
        Code::D283 => match change("persistence").and_then(|c| c.live.as_deref()) {
            Some("unlogged") => "a crash empties it, and replicas don't have it",
            _ => return None,
        },
        Code::D241 => {
            let c = drift.changes.first()?;
            return labels_effect(c.desired.as_deref()?, c.live.as_deref()?);
        }
        Code::D101
        | Code::D102
        | Code::D202
        | Code::D206
        | Code::D211
        | Code::D212
        | Code::D221
        | Code::D222
        | Code::D232
        | Code::D233
        | Code::D234
        | Code::D242
        | Code::D243
        | Code::D244
        | Code::D245
        | Code::D246
        | Code::D247
        | Code::D248
        | Code::D253
        | Code::D273
        | Code::D251
        | Code::D261
        | Code::D262
        | Code::D271
        | Code::D272
        | Code::D281
        | Code::D282
        | Code::S101
        | Code::S102
        | Code::S103
        | Code::S104
        | Code::S105
        | Code::H103
        | Code::H104
        | Code::H105
        | Code::H106
        | Code::H107
        | Code::H108
        | Code::H109
        | Code::H110
        | Code::H111
        | Code::H112
        | Code::H113
        | Code::H114
        | Code::H115
        | Code::P101
        | Code::P102
        | Code::P103
        | Code::P104
        | Code::P105
        | Code::P106
        | Code::P107
        | Code::U101
        | Code::U102
        | Code::U103
        | Code::U104
        | Code::X101
        | Code::X102
        | Code::X103
        | Code::X104
        | Code::G101
        | Code::G102
        | Code::G103
        | Code::G104
        | Code::M101
        | Code::M102
        | Code::M103
        | Code::M104
        | Code::M105
        | Code::M106
        | Code::M107
        | Code::M108
        | Code::M109
        | Code::M110
        | Code::M111
        | Code::M112
        | Code::M113
        | Code::M114
        | Code::M115
        | Code::M116
        | Code::M117
        | Code::M118
        | Code::M119
        | Code::X106
        | Code::X105 => return None,
    };
    Some(text.to_owned())
}

/// What a narrower live type refuses; nothing where live is not certainly the narrower one.
fn type_effect(live: &DataType, desired: &DataType) -> Option<String> {
    let builtin = |of: &DataType| of.schema.as_ref().is_some_and(|s| *s == trueup_catalog::PG_CATALOG);
    if live.array || desired.array || !builtin(live) || !builtin(desired) {
        return None;
    }
    let length = |of: &DataType| of.modifiers.first().and_then(|m| m.parse::<u64>().ok());
    match (live.name.as_str(), desired.name.as_str()) {
        ("varchar" | "bpchar", "varchar" | "bpchar" | "text") => {
            let most = length(live)?;
            length(desired)
                .is_none_or(|wanted| wanted > most)
                .then(|| format!("values longer than {most} characters are refused"))
        }
        ("int2", "int4" | "int8" | "numeric") => Some("values beyond 32,767 are refused".to_owned()),
        ("int4", "int8" | "numeric") => Some("values beyond 2,147,483,647 are refused".to_owned()),
        _ => None,
    }
}

/// Labels are shown as quoted literals, joined by commas, on both sides.
fn labels_effect(desired: &str, live: &str) -> Option<String> {
    let split = |text: &str| -> Vec<String> { text.split(", ").map(str::to_owned).collect() };
    let (desired, live) = (split(desired), split(live));
    let lacking: Vec<&str> = desired.iter().filter(|l| !live.contains(l)).map(String::as_str).collect();
    match lacking.as_slice() {
        [] => None,
        [one] => Some(format!("writing {one} fails")),
        several => Some(format!("writing {} fails", several.join(" or "))),
    }
}

/// Whether a finding of this kind is worth a description of the object.
pub(crate) fn describes_itself(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, modifiers: &[&str]) -> DataType {
        DataType { modifiers: modifiers.iter().map(|m| (*m).into()).collect(), ..DataType::builtin(name) }
    }

    #[test]
    fn only_a_narrower_live_type_refuses() {
        let effect = |live: &DataType, desired: &DataType| type_effect(live, desired);
        assert!(effect(&of("varchar", &["10"]), &of("text", &[])).unwrap().contains("10 characters"));
        assert!(effect(&of("varchar", &["10"]), &of("varchar", &["20"])).is_some());
        assert_eq!(effect(&of("varchar", &["20"]), &of("varchar", &["10"])), None);
        assert_eq!(effect(&of("varchar", &[]), &of("text", &[])), None);
        assert!(effect(&of("int4", &[]), &of("int8", &[])).is_some());
        assert_eq!(effect(&of("int8", &[]), &of("int4", &[])), None);
        assert_eq!(effect(&of("int4", &[]).array_of(), &of("int8", &[]).array_of()), None);
    }

    #[test]
    fn labels_that_live_lacks_are_named() {
        assert_eq!(labels_effect("'a', 'b', 'c'", "'a'").unwrap(), "writing 'b' or 'c' fails");
        assert_eq!(labels_effect("'a'", "'a', 'b'"), None);
    }
}
