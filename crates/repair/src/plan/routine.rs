//! Functions and procedures.

use super::Judged;
use super::draft::Draft;
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::ddl::routine::{Kind, Mode, create};
use crate::guard;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Argument, ObjectKey, ObjectKind, Routine, RoutineBody};

fn kind(key: &ObjectKey) -> Kind {
    if key.kind == ObjectKind::Procedure { Kind::Procedure } else { Kind::Function }
}

fn draft(key: &ObjectKey, routine: &Routine) -> Draft {
    let mut draft = Draft::new(Phase::Behave, key, format!("{} {key}", key.kind))
        .provides(Symbol::Routine(routine.name.clone()));
    for argument in &routine.arguments {
        draft = draft.of_type(&argument.data_type);
    }
    if let Some(returns) = &routine.returns {
        draft = draft.of_type(returns);
    }
    if let Some(support) = &routine.support {
        draft = draft.needs(Symbol::Routine(support.clone()));
    }
    // Source is checked when it is made, by names that may come later, or mean something only where
    // it is called (`%ROWTYPE` in PL/pgSQL as well).
    match &routine.body {
        RoutineBody::Source(_) => draft.text("SET LOCAL check_function_bodies = off;"),
        RoutineBody::Library { .. } | RoutineBody::Sql(_) => draft,
    }
}

pub(super) fn missing(key: &ObjectKey, routine: &Routine) -> Judged {
    let sql = create(routine, kind(key), Mode::Create);
    let condition = guard::no_routine(&routine.name, &routine.input_types());
    let mut draft = draft(key, routine);
    draft.absorb(&sql);
    let draft = draft.text(match &routine.body {
        RoutineBody::Sql(_) => guard::when_execute(&condition, &sql.text),
        RoutineBody::Source(_) | RoutineBody::Library { .. } => guard::when(&condition, &sql.text),
    });
    Judged::safe("it is only added", vec![draft])
}

pub(super) fn changed(key: &ObjectKey, desired: &Routine, live: &Routine) -> Judged {
    let replace = create(desired, kind(key), Mode::Replace);
    // One statement replaces it all, or nothing.
    let fixed = desired.returns != live.returns
        || desired.returns_set != live.returns_set
        || desired.window != live.window
        || !only_gains_defaults(&desired.arguments, &live.arguments);
    if fixed {
        let drop = Sql::new(format!("DROP {} {key}", key.kind.sql()));
        let create = create(desired, kind(key), Mode::Create);
        return Judged::manual("its signature differs, so it can't be replaced in place", vec![drop, create]);
    }
    let mut draft = draft(key, desired).run(&replace).note("it was:");
    let was = create(live, kind(key), Mode::Replace);
    draft.step.notes.extend(was.text.lines().map(|line| format!("    {line}")));
    Judged::consent(Consent::Function, "replacing it changes what it does", vec![draft])
}

/// Whether replacing keeps the names, modes and types of arguments and every default that is there
/// (manual, CREATE FUNCTION, "Notes").
fn only_gains_defaults(desired: &[Argument], live: &[Argument]) -> bool {
    desired.len() == live.len()
        && desired.iter().zip(live).all(|(d, l)| {
            (d.name == l.name || l.name.is_none())
                && d.mode == l.mode
                && d.data_type == l.data_type
                && (d.default.is_some() || l.default.is_none())
        })
}
