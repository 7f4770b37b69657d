//! `ALTER … DEPENDS ON EXTENSION`.

use super::Judged;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::ddl::comment::target;
use crate::lock::{Lock, LockMode, Locked};
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Address, Entry, Name, ObjectKey, ObjectKind, QualifiedName};
use trueup_diff::Change;

fn draft(key: &ObjectKey, extension: Option<&Name>) -> Draft {
    let draft = Draft::new(Phase::Describe, key, format!("extension dependency of {} {key}", key.kind))
        .needs(Symbol::Object(key.clone()));
    let draft = match extension {
        Some(name) => draft.needs(Symbol::Object(ObjectKey::global(ObjectKind::Extension, name.clone()))),
        None => draft,
    };
    // A relation is locked as if its definition changed (`ExecAlterObjectDependsStmt` in `alter.c`).
    let draft = draft.provides_nothing();
    let exclusive = |kind, name: &QualifiedName| Lock::other(kind, name, LockMode::AccessExclusive);
    match (&key.address, key.kind) {
        (Address::InSchema(name), ObjectKind::MaterializedView) => {
            draft.locks(exclusive(Locked::MaterializedView, name))
        }
        (Address::OnRelation { relation, name }, ObjectKind::Index) => {
            let index = QualifiedName { schema: relation.schema.clone(), name: name.clone() };
            draft.locks(exclusive(Locked::Index, &index))
        }
        _ => draft,
    }
}

fn statement(key: &ObjectKey, entry: &Entry, no: &str, extension: &str) -> Sql {
    Sql::new(format!("ALTER {} {no}DEPENDS ON EXTENSION {extension}", target(key, &entry.object)))
}

/// Those of an object that the plan makes.
pub(super) fn of_new(key: &ObjectKey, entry: &Entry) -> Vec<Draft> {
    let one = |name: &Name| draft(key, Some(name)).run(&statement(key, entry, "", &name.to_string()));
    entry.extension_dependencies.iter().map(one).collect()
}

pub(super) fn changed(key: &ObjectKey, desired: &Entry, change: &Change) -> Judged {
    let sql = match (&change.desired, &change.live) {
        (Some(name), _) => Some(statement(key, desired, "", name)),
        (None, Some(name)) => Some(statement(key, desired, "NO ", name)),
        (None, None) => None,
    };
    let extension =
        desired.extension_dependencies.iter().find(|name| change.desired == Some(name.to_string()));
    super::option(change, draft(key, extension), sql)
}
