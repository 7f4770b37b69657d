//! What repair can do about a drift: the rules of "adding only".

use crate::{Change, Code, Disposition, What};
use trueup_catalog::{
    Column, Constraint, ConstraintBody, DataType, Entry, Index, Object, ObjectKind, Weight,
};

type Ruling = (Disposition, String);

fn ruling(disposition: Disposition, reason: &str) -> Ruling {
    (disposition, reason.to_owned())
}

/// The disposition of an object that live lacks.
pub(crate) fn missing(entry: &Entry) -> Ruling {
    match &entry.object {
        Object::Schema(_)
        | Object::Extension(_)
        | Object::EnumType(_)
        | Object::Domain(_)
        | Object::CompositeType(_)
        | Object::RangeType(_)
        | Object::Sequence(_)
        | Object::Table(_)
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
        | Object::Transform(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::Statistics(_) => ruling(Disposition::Safe, "it is only added"),
        Object::Cast(_) => ruling(Disposition::Consent, "it can change how expressions are understood"),
        Object::UserMapping(_) => {
            ruling(Disposition::Manual, "its options hold secrets, which trueup never reads")
        }
        Object::Subscription(_) => {
            ruling(Disposition::Manual, "its connection string holds secrets, which trueup never reads")
        }
        Object::Publication(_) => ruling(Disposition::Consent, "it changes what subscribers can get"),
        Object::EventTrigger(_) => ruling(Disposition::Consent, "it changes what DDL does"),
        Object::Rule(_) => ruling(Disposition::Consent, "it changes what statements do"),
        Object::DefaultPrivileges(_) => {
            ruling(Disposition::Consent, "it changes who may use objects that are made later")
        }
        Object::Column(column) => missing_column(column),
        Object::DomainConstraint(_) => ruling(Disposition::Data, "values that are there must satisfy it"),
        Object::Constraint(constraint) => missing_constraint(constraint),
        Object::Index(Index { unique: true, .. }) => {
            ruling(Disposition::Data, "rows that are there must be unique")
        }
        Object::Index(_) => ruling(Disposition::Safe, "it is built concurrently"),
        Object::Trigger(_) => ruling(Disposition::Consent, "it changes what writes do"),
        Object::Policy(_) => ruling(Disposition::Consent, "it changes which rows roles see"),
    }
}

fn missing_column(column: &Column) -> Ruling {
    if column.identity.is_some() {
        return ruling(Disposition::Manual, "adding an identity column rewrites the table");
    }
    if column.generated.as_ref().is_some_and(|g| g.stored) {
        return ruling(Disposition::Manual, "adding a stored generated column rewrites the table");
    }
    match (&column.not_null, &column.default) {
        (None, _) => ruling(Disposition::Safe, "it is only added"),
        (Some(_), Some(_)) => ruling(Disposition::Safe, "its default fills the rows that are there"),
        (Some(_), None) => {
            ruling(Disposition::Data, "it is NOT NULL without a default, so the table must be empty")
        }
    }
}

fn missing_constraint(constraint: &Constraint) -> Ruling {
    match &constraint.body {
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) => {
            ruling(Disposition::Data, "rows that are there must be unique")
        }
        ConstraintBody::ForeignKey(_) => {
            ruling(Disposition::Data, "every row that is there must have its referent")
        }
        ConstraintBody::Check { .. } => ruling(Disposition::Data, "rows that are there must satisfy it"),
        ConstraintBody::Exclusion(_) => {
            ruling(Disposition::Manual, "its index can't be built without blocking writes")
        }
    }
}

/// The disposition of an object that only live has.
pub(crate) fn unexpected() -> Ruling {
    ruling(Disposition::Manual, "adding can't remove it")
}

/// The disposition of a changed object's finding with this code.
pub(crate) fn changed(code: Code, desired: &Entry, live: &Entry, changes: &[Change]) -> Ruling {
    let live_lacks = changes.iter().all(|c| c.live.is_none());
    let someone_chose = || ruling(Disposition::Manual, "someone chose the live value");
    match code {
        Code::D201 => match (&desired.object, &live.object) {
            (Object::Column(d), Object::Column(l)) if widens(&l.data_type, &d.data_type) => {
                ruling(Disposition::Consent, "the wider type keeps the table as it is")
            }
            _ => ruling(Disposition::Manual, "changing the type can rewrite or refuse rows"),
        },
        Code::D202 => {
            if changes.iter().any(|c| c.attribute == "not_null" && c.desired.as_deref() == Some("yes")) {
                ruling(Disposition::Data, "no row may hold NULL there")
            } else if changes
                .iter()
                .any(|c| c.attribute == "not_null_not_valid" && c.desired.as_deref() == Some("no"))
            {
                ruling(Disposition::Data, "rows that are there must satisfy it")
            } else {
                ruling(Disposition::Manual, "adding can't take a demand away")
            }
        }
        Code::D203 if live_lacks => ruling(Disposition::Safe, "live has no default"),
        Code::D203 => someone_chose(),
        Code::D212 => {
            if changes.iter().all(|c| c.desired.as_deref() == Some("yes")) {
                ruling(Disposition::Data, "rows that are there must satisfy it")
            } else {
                ruling(Disposition::Manual, "live has checked its rows already")
            }
        }
        Code::D222 => {
            ruling(Disposition::Manual, "an invalid index must be dropped before it is built again")
        }
        Code::D231 => ruling(Disposition::Manual, "another query can change what clients read"),
        Code::D232 => routine(changes),
        Code::D233 if live_lacks => ruling(Disposition::Safe, "live lacks it altogether"),
        Code::D241 => labels(desired, live),
        Code::D252 => ruling(Disposition::Consent, "it changes what writes do"),
        Code::D262 if changes.iter().all(|c| c.desired.as_deref() == Some("yes")) => {
            ruling(Disposition::Consent, "it changes which rows roles see")
        }
        Code::D281 | Code::D282 if live_lacks && !manual_option(changes) => {
            ruling(Disposition::Safe, "live has none")
        }
        Code::D281 | Code::D282 => someone_chose(),
        _ => ruling(Disposition::Manual, "adding can't change what is there"),
    }
}

/// Attributes that bear D282 and that live can't simply be given: a tablespace or an access
/// method moves the table, a name is a rename.
fn manual_option(changes: &[Change]) -> bool {
    changes.iter().any(|c| {
        c.weight == Weight::Meaning
            || matches!(
                c.attribute.as_str(),
                "tablespace" | "access_method" | "not_null_name" | "identity_sequence" | "replica_identity"
            )
    })
}

/// `CREATE OR REPLACE` can't change the result type, or the names, number or modes of arguments
/// (manual, CREATE FUNCTION, "Notes").
fn routine(changes: &[Change]) -> Ruling {
    let signature =
        |c: &Change| matches!(c.attribute.as_str(), "arguments" | "returns" | "returns_set" | "window");
    if changes.iter().any(signature) {
        ruling(Disposition::Manual, "its signature differs, so it can't be replaced in place")
    } else {
        ruling(Disposition::Consent, "replacing it changes what it does")
    }
}

/// Values can be added anywhere among the live ones, but not moved, renamed or removed.
fn labels(desired: &Entry, live: &Entry) -> Ruling {
    if let (Object::EnumType(d), Object::EnumType(l)) = (&desired.object, &live.object) {
        let mut wanted = d.labels.iter();
        if l.labels.iter().all(|label| wanted.any(|w| w == label)) {
            return ruling(Disposition::Safe, "values are only added");
        }
    }
    ruling(Disposition::Manual, "values of an enum can't be removed or moved")
}

/// Whether PostgreSQL changes `from` to `to` without touching a row or an index that would not
/// accept it: its own "binary coercible and no new constraint" cases (`ATColumnChangeRequiresRewrite`
/// in `tablecmds.c`; `varchar_support`, `numeric_support`, `varbit_support`,
/// `timestamp_support`, `time_support` in their `adt` files).
pub fn widens(from: &DataType, to: &DataType) -> bool {
    if from.array || to.array || from.schema != to.schema {
        return false;
    }
    let number = |t: &DataType, i: usize| t.modifiers.get(i).and_then(|m| m.parse::<i64>().ok());
    match (from.name.as_str(), to.name.as_str()) {
        ("varchar", "text") => to.modifiers.is_empty(),
        ("text", "varchar") => to.modifiers.is_empty(),
        ("varchar", "varchar") | ("varbit", "varbit") => match (number(from, 0), number(to, 0)) {
            (_, None) => true,
            (Some(from), Some(to)) => to >= from,
            (None, Some(_)) => false,
        },
        ("numeric", "numeric") => match (number(from, 0), number(to, 0)) {
            (_, None) => true,
            (Some(p), Some(q)) => q >= p && number(from, 1).unwrap_or(0) == number(to, 1).unwrap_or(0),
            (None, Some(_)) => false,
        },
        ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time")
        | ("timetz", "timetz") => match (number(from, 0), number(to, 0)) {
            (_, None) => true,
            (Some(from), Some(to)) => to >= from,
            (None, Some(to)) => to >= 6,
        },
        _ => false,
    }
}

/// The code of an object on one side only, and whether it counts as a warning: what only live
/// has harms nothing that the code needs.
pub(crate) fn existence_code(what: What, kind: ObjectKind) -> (Code, crate::Level) {
    match what {
        What::Missing => (Code::D101, Code::D101.default_level()),
        // An extension by itself changes nothing that the code uses.
        What::Unexpected if kind == ObjectKind::Extension => (Code::D102, crate::Level::Note),
        What::Unexpected | What::Changed => (Code::D102, Code::D102.default_level()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(name: &str, modifiers: &[&str]) -> DataType {
        DataType { modifiers: modifiers.iter().map(|m| (*m).into()).collect(), ..DataType::builtin(name) }
    }

    #[test]
    fn widening_keeps_the_table() {
        assert!(widens(&t("varchar", &["10"]), &t("varchar", &["20"])));
        assert!(widens(&t("varchar", &["10"]), &t("text", &[])));
        assert!(widens(&t("numeric", &["10", "2"]), &t("numeric", &["12", "2"])));
        assert!(!widens(&t("numeric", &["10", "2"]), &t("numeric", &["12", "3"])));
        assert!(!widens(&t("varchar", &["20"]), &t("varchar", &["10"])));
        assert!(!widens(&t("int4", &[]), &t("int8", &[])));
        assert!(!widens(&t("bpchar", &["3"]), &t("text", &[])));
    }
}
