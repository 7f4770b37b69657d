//! `ALTER … DEPENDS ON EXTENSION`.

use super::Judged;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::ddl::comment::target;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Entry, Name, ObjectKey, ObjectKind};
use trueup_diff::Change;

fn draft(key: &ObjectKey, extension: Option<&Name>) -> Draft {
    let draft = Draft::new(Phase::Describe, key, format!("extension dependency of {} {key}", key.kind))
        .needs(Symbol::Object(key.clone()));
    let draft = match extension {
        Some(name) => draft.needs(Symbol::Object(ObjectKey::global(ObjectKind::Extension, name.clone()))),
        None => draft,
    };
    draft.provides_nothing().lock("none but on the object's row")
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
