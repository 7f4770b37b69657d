//! Functions and procedures.

use super::draft::Draft;
use super::{Context, Judged};
use crate::allow::Consent;
use crate::ddl::Sql;
use crate::ddl::routine::{Kind, Mode, create};
use crate::guard;
use crate::order::Symbol;
use crate::statement::Statement;
use crate::step::Phase;
use trueup_catalog::{Argument, BaseType, ObjectKey, ObjectKind, QualifiedName, Routine, RoutineBody};

fn kind(key: &ObjectKey) -> Kind {
    if key.kind == ObjectKind::Procedure { Kind::Procedure } else { Kind::Function }
}

/// The base types that can't be made before this routine: it needs no more than their shells.
fn shells<'a>(context: &Context<'a>, routine: &Routine) -> Vec<&'a QualifiedName> {
    let uses = |base: &&BaseType| {
        base.definition.as_ref().is_some_and(|d| {
            let optional = [&d.receive, &d.send, &d.typmod_in, &d.typmod_out, &d.analyze, &d.subscript];
            [&d.input, &d.output]
                .into_iter()
                .chain(optional.into_iter().flatten())
                .any(|f| *f == routine.name)
        })
    };
    let types = context.desired.of_kind(ObjectKind::BaseType);
    types.filter_map(|(_, entry)| BaseType::of(&entry.object)).filter(uses).map(|base| &base.name).collect()
}

fn draft(context: &Context<'_>, key: &ObjectKey, routine: &Routine) -> Draft {
    let mut draft = Draft::new(Phase::Behave, key, format!("{} {key}", key.kind))
        .provides(Symbol::Routine(routine.name.clone()));
    let shells = shells(context, routine);
    for data_type in routine.arguments.iter().map(|a| &a.data_type).chain(&routine.returns) {
        match data_type.qualified_name().filter(|name| shells.contains(&name)) {
            Some(name) => draft = draft.needs(Symbol::Shell(name)),
            None => draft = draft.of_type(data_type),
        }
    }
    if !matches!(routine.language.as_str(), "sql" | "plpgsql" | "internal" | "c") {
        let language = ObjectKey::global(ObjectKind::Language, routine.language.clone());
        draft = draft.needs(Symbol::Object(language));
    }
    if let Some(support) = &routine.support {
        draft = draft.needs(Symbol::Routine(support.clone()));
    }
    // Source is checked when it is made, by names that may come later, or mean something only where
    // it is called (`%ROWTYPE` in PL/pgSQL as well).
    match &routine.body {
        RoutineBody::Source(_) => draft.plain(Statement::new("SET LOCAL check_function_bodies = off")),
        RoutineBody::Library { .. } | RoutineBody::Sql(_) => draft,
    }
}

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, routine: &Routine) -> Judged {
    let sql = create(routine, kind(key), Mode::Create);
    let shells = shells(context, routine);
    let condition = guard::no_routine_over_shells(&routine.name, &routine.input_types(), &shells);
    let mut draft = draft(context, key, routine);
    draft.absorb(&sql);
    let statement = Statement::new(&*sql.text).when(condition);
    let draft = draft.plain(match &routine.body {
        RoutineBody::Sql(_) => statement.dynamic(),
        RoutineBody::Source(_) | RoutineBody::Library { .. } => statement,
    });
    Judged::safe("it is only added", vec![draft])
}

pub(super) fn changed(context: &Context<'_>, key: &ObjectKey, desired: &Routine, live: &Routine) -> Judged {
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
    let mut draft = draft(context, key, desired).run(&replace).note("it was:");
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
