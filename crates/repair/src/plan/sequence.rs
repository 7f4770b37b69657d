//! Sequences.

use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::sequence::{create_if, own};
use crate::guard;
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Sequence};
use trueup_diff::Change;

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, sequence: &Sequence) -> Judged {
    if let Some(taken) = context.taken(&sequence.name) {
        return Judged::manual(format!("its name is taken by {} {taken}", taken.kind), Vec::new());
    }
    let name = &sequence.name;
    let create = Draft::new(Phase::Create, key, format!("sequence {key}"))
        .shaped(&guard::no_relation(name), &create_if(sequence, true), &shape::sequence(sequence))
        .provides(Symbol::Relation(name.clone()));
    let owned = ownership(key, sequence).map(Draft::then);
    Judged::safe("it is only added", std::iter::once(create).chain(owned).collect())
}

/// Ownership comes after the table, whose default needs the sequence.
fn ownership(key: &ObjectKey, sequence: &Sequence) -> Option<Draft> {
    let (table, column) = sequence.owned_by.as_ref()?;
    let draft = Draft::new(Phase::Create, key, format!("sequence {key} owned by {table}.{column}"))
        .run(&own(&sequence.name, table, column))
        .locks(Lock::other(Locked::Sequence, &sequence.name, LockMode::ShareRowExclusive))
        .on(table);
    Some(draft.provides_nothing())
}

pub(super) fn changed(context: &Context<'_>, key: &ObjectKey, desired: &Sequence, change: &Change) -> Judged {
    if change.attribute == "owned_by" {
        let live = context.live.get(key).and_then(|entry| entry.owner.as_ref());
        return match (ownership(key, desired), context.owner_of_linked(key)) {
            // Both must have one owner (`process_owned_by` in `sequence.c`), and who owns what is somebody's choice.
            (Some(draft), Some(owner)) if change.live.is_none() && live.is_some_and(|live| live != owner) => {
                let mut judged =
                    Judged::manual(format!("its table belongs to {owner}, and it does not"), Vec::new());
                judged.suggestion =
                    std::iter::once(Sql::new(format!("ALTER SEQUENCE {} OWNER TO {owner}", desired.name)))
                        .chain(draft.step.statements.iter().map(|s| Sql::new(s.text().trim_end_matches(';'))))
                        .collect();
                judged
            }
            (Some(draft), _) if change.live.is_none() => {
                Judged::safe("live lacks it altogether", vec![draft])
            }
            (Some(draft), _) => {
                let mut judged = Judged::manual("someone chose the live value", Vec::new());
                judged.suggestion =
                    draft.step.statements.iter().map(|s| Sql::new(s.text().trim_end_matches(';'))).collect();
                judged
            }
            (None, _) => Judged::manual(
                "someone chose the live value",
                vec![Sql::new(format!("ALTER SEQUENCE {} OWNED BY NONE", desired.name))],
            ),
        };
    }
    let suggestion = match change.attribute.as_str() {
        "persistence" => Vec::new(),
        "data_type" => {
            vec![Sql::new(format!("ALTER SEQUENCE {} AS {}", desired.name, desired.options.data_type))]
        }
        "increment" => vec![alter(desired, "INCREMENT BY", desired.options.increment)],
        "min" => vec![alter(desired, "MINVALUE", desired.options.min)],
        "max" => vec![alter(desired, "MAXVALUE", desired.options.max)],
        "start" => vec![alter(desired, "START WITH", desired.options.start)],
        "cache" => vec![alter(desired, "CACHE", desired.options.cache)],
        "cycle" => {
            let word = if desired.options.cycle { "CYCLE" } else { "NO CYCLE" };
            vec![Sql::new(format!("ALTER SEQUENCE {} {word}", desired.name))]
        }
        _ => Vec::new(),
    };
    Judged::manual("someone chose the live value", suggestion)
}

fn alter(sequence: &Sequence, what: &str, value: i64) -> Sql {
    Sql::new(format!("ALTER SEQUENCE {} {what} {value}", sequence.name))
}
