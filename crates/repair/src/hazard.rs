//! What to know before a step runs.
//!
//! Owns: which hazard a step has, told from its locks, its work and what it makes. The codes have pages: `trueup explain H109`.

use crate::lock::{Blocks, Held};
use crate::step::{Phase, Step, Work};
use serde::Serialize;
use trueup_catalog::{ObjectKey, ObjectKind, QualifiedName};
use trueup_diff::Code;

/// One thing to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hazard {
    /// Its code.
    pub code: Code,
    /// What it means for this step, as a clause.
    pub text: String,
}

/// What the hazards of a step depend on besides the step.
pub(crate) struct About<'a> {
    /// The object's table is there already.
    pub on_live_table: Option<&'a QualifiedName>,
    /// The step adds its object, rather than changing something about it.
    pub adds: bool,
    /// The consent that the step has, as its selector begins.
    pub consent: Option<crate::Consent>,
    /// Publications of live that publish the table.
    pub published_by: Vec<String>,
    /// A new table without a key that a publication of all tables would take in at once.
    pub keyless: Option<String>,
}

/// The hazards of a step, by code.
pub(crate) fn of(step: &Step, about: &About<'_>) -> Vec<Hazard> {
    let mut found: Vec<Hazard> = Vec::new();
    let mut add = |code: Code, text: String| {
        if !found.iter().any(|h| h.code == code) {
            found.push(Hazard { code, text });
        }
    };
    for lock in &step.locks {
        match (lock.mode.blocks(), lock.held) {
            (Blocks::Everybody, _) => add(
                Code::H109,
                format!("whoever uses {} waits while it waits and for a moment more", lock.on),
            ),
            (Blocks::Writers, _) => add(
                Code::H103,
                format!("whoever writes to {} waits while it waits and for a moment more", lock.on),
            ),
            (Blocks::Nobody, Held::Scan | Held::Build) => {
                add(Code::H110, format!("VACUUM and other changes of {} wait until it is done", lock.on));
            }
            (Blocks::Nobody, Held::Moment) => {}
        }
    }
    if let Some(own) = table_of(&step.key)
        && let Some(other) =
            step.locks.iter().find(|l| l.mode.blocks() != Blocks::Nobody && l.on != *own && !is_part(l.kind))
    {
        add(Code::H111, format!("it locks {} too", other.on));
    }
    if step.may_fail_on_data {
        add(Code::H104, "it fails when rows that are there stand in the way".to_owned());
    }
    if !step.transactional {
        add(Code::H105, "it can't be rolled back, and shares a transaction with nothing".to_owned());
    }
    if let Some(consent) = about.consent {
        match consent.changes_access() {
            true => add(Code::H107, "it changes who may see or do what".to_owned()),
            // What describes the object changes nothing.
            false if step.phase == Phase::Describe => {}
            false => add(Code::H106, "it changes what statements of clients do".to_owned()),
        }
    }
    // A look at the rows changes nothing.
    let acts = step.statements.iter().any(|statement| statement.sql.is_some());
    if let Some(table) = about.on_live_table.filter(|_| acts) {
        let kind = step.key.kind;
        if kind == ObjectKind::Column && step.phase == Phase::Create && about.adds {
            add(
                Code::H112,
                format!("SELECT * and INSERT without a column list see one column more in {table}"),
            );
            if !about.published_by.is_empty() {
                let by = about.published_by.join(", ");
                add(Code::H114, format!("{table} is published by {by}: subscribers need the column first"));
            }
        }
        // NOT NULL is all that constrains a column.
        let constrains = kind == ObjectKind::Column || (kind == ObjectKind::Constraint && about.adds);
        let unique = kind == ObjectKind::Index && step.may_fail_on_data && step.work == Work::Build;
        if constrains && step.phase == Phase::Constrain {
            add(
                Code::H113,
                format!("from then on writes to {table} that break it fail, updates of old rows too"),
            );
        } else if unique {
            add(Code::H113, format!("from then on writes to {table} that break it fail"));
        }
    }
    if let Some(publication) = &about.keyless {
        add(
            Code::H115,
            format!("publication {publication} takes it in, and without a key UPDATE and DELETE on it fail"),
        );
    }
    found.sort_by_key(|h| h.code);
    found
}

/// Notes at a step what the role that would run it lacks.
pub(crate) fn lacks(step: &mut Step, role: &str, lacking: &[&crate::rights::Lacking]) {
    step.hazards.retain(|hazard| hazard.code != Code::H108);
    if lacking.is_empty() {
        return;
    }
    let certain = lacking.iter().any(|lacking| lacking.certain);
    let messages: Vec<String> = lacking.iter().map(|lacking| lacking.message()).collect();
    let may = if certain { "" } else { ", unless the provider of this server lets it" };
    let text = format!("role {} {}{may}", trueup_catalog::Name::new(role), messages.join("; "));
    step.hazards.push(Hazard { code: Code::H108, text });
    step.hazards.sort_by_key(|hazard| hazard.code);
}

fn is_part(kind: crate::lock::Locked) -> bool {
    match kind {
        crate::lock::Locked::Index | crate::lock::Locked::Type => true,
        crate::lock::Locked::Table
        | crate::lock::Locked::View
        | crate::lock::Locked::MaterializedView
        | crate::lock::Locked::Sequence => false,
    }
}

fn table_of(key: &ObjectKey) -> Option<&QualifiedName> {
    key.relation().or(match &key.address {
        trueup_catalog::Address::InSchema(name) if key.kind == ObjectKind::Table => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::{Lock, LockMode, Locked};
    use crate::plan::draft::Draft;
    use crate::probe::Probe;
    use crate::statement::Statement;

    fn users() -> QualifiedName {
        QualifiedName::new("public", "users")
    }

    fn codes(draft: Draft, adds: bool, published_by: &[&str]) -> Vec<Code> {
        let (table, published_by) = (users(), published_by.iter().map(ToString::to_string).collect());
        let about = About { on_live_table: Some(&table), adds, consent: None, published_by, keyless: None };
        of(&draft.step, &about).into_iter().map(|h| h.code).collect()
    }

    fn column(phase: Phase) -> Draft {
        let key = ObjectKey::on_relation(ObjectKind::Column, users(), "email".into());
        Draft::new(phase, &key, "column").plain(Statement::new("ALTER TABLE …")).locks(Lock::new(
            Locked::Table,
            users(),
            LockMode::AccessExclusive,
            Held::Moment,
        ))
    }

    #[test]
    fn only_a_column_that_is_added_changes_the_shape() {
        assert_eq!(codes(column(Phase::Create), true, &["shop"]), [Code::H109, Code::H112, Code::H114]);
        // A default, a storage, an option.
        assert_eq!(codes(column(Phase::Create), false, &["shop"]), [Code::H109]);
        assert_eq!(codes(column(Phase::Constrain), false, &[]), [Code::H109, Code::H113]);
    }

    #[test]
    fn a_look_at_the_rows_changes_nothing() {
        let probe = Probe {
            about: "rows".to_owned(),
            unit: crate::probe::Unit::Row,
            query: "SELECT 1".to_owned(),
            search_path: None,
            answer: None,
        };
        let key = ObjectKey::on_relation(ObjectKind::Column, users(), "email".into());
        let look = Draft::look(Phase::Constrain, &key, &probe, "true", "23502");
        assert_eq!(codes(look, false, &[]), [Code::H104]);
    }
}
