//! Tables as a whole, their constraints and indexes.

use rustc_hash::FxHashSet;
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, Index, IndexElement, IndexTarget, ObjectKind, QualifiedName, Table,
};
use trueup_repair::{Held, LockMode, questions};

use crate::effect::{Effect, Unsure};
use crate::effects::{Collected, Effects};
use crate::{altered, rows};
use trueup_parser::Step;

pub(crate) fn table(effects: &Effects<'_>, old: Option<&Table>, new: Option<&Table>, out: &mut Collected) {
    match (old, new) {
        (Some(old), None) => {
            effects.block(out, ObjectKind::Table, &old.name, LockMode::AccessExclusive, Held::Moment);
            if old.foreign.is_none() {
                effects.destroy(out, format!("table {}", old.name), &old.name);
            }
        }
        (Some(old), Some(new)) => {
            let detached = old.partition_of.is_some() && new.partition_of.is_none();
            if old != new && !detached {
                effects.block(out, ObjectKind::Table, &new.name, effects.mode, Held::Moment);
            }
            if old.persistence != new.persistence {
                effects.rewrite(out, &new.name, "it becomes logged or unlogged");
            }
            if old.tablespace != new.tablespace {
                effects.rewrite(out, &new.name, "it moves to another tablespace");
            }
            if old.access_method != new.access_method {
                effects.rewrite(out, &new.name, "its access method changes");
            }
            if old.partition_of.is_none() && new.partition_of.is_some() {
                out.effects.push(Effect::MayFail(Unsure {
                    demand: format!("every row of {} fits the bounds of the partition", new.name),
                    probe: None,
                }));
            }
        }
        (None, Some(new)) => {
            if let Some(of) = &new.partition_of {
                effects.block(out, ObjectKind::Table, &of.parent, LockMode::AccessExclusive, Held::Moment);
                // Rows that now belong elsewhere are looked for.
                if let Some(default) =
                    effects.default_partition(&of.parent).filter(|found| *found != new.name)
                {
                    effects.block_below(out, &default, LockMode::AccessExclusive, Held::Scan);
                    out.effects.push(Effect::MayFail(Unsure {
                        demand: format!("no row of {default} belongs to {}", new.name),
                        probe: None,
                    }));
                }
                altered::came_under(effects, &of.parent, out);
            }
        }
        (None, None) => {}
    }
}

pub(crate) fn constraint(
    effects: &Effects<'_>,
    old: Option<&Constraint>,
    new: Option<&Constraint>,
    gone: &FxHashSet<&QualifiedName>,
    out: &mut Collected,
) {
    match (old, new) {
        (None, Some(new)) => made(effects, new, out),
        (Some(old), None) => {
            if !gone.contains(&old.table) {
                effects.block(out, ObjectKind::Table, &old.table, LockMode::AccessExclusive, Held::Moment);
            }
            if let ConstraintBody::ForeignKey(key) = &old.body
                && !gone.contains(&key.references)
            {
                effects.block_below(out, &key.references, LockMode::AccessExclusive, Held::Moment);
            }
        }
        (Some(old), Some(new)) if old.enforced && !old.validated && new.validated => {
            effects.block(out, ObjectKind::Table, &new.table, LockMode::ShareUpdateExclusive, Held::Scan);
            must_hold(effects, new, out);
        }
        (Some(old), Some(new)) if !old.enforced && new.enforced => {
            if let ConstraintBody::ForeignKey(key) = &new.body {
                effects.block_below(out, &key.references, LockMode::ShareRowExclusive, Held::Scan);
            }
            effects.block(out, ObjectKind::Table, &new.table, LockMode::AccessExclusive, Held::Scan);
            must_hold(effects, new, out);
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
}

fn made(effects: &Effects<'_>, new: &Constraint, out: &mut Collected) {
    let table = &new.table;
    if effects.before(table).is_none() {
        if let ConstraintBody::ForeignKey(key) = &new.body {
            effects.block_below(out, &key.references, LockMode::ShareRowExclusive, Held::Moment);
        }
        return;
    }
    let checked = new.validated && new.enforced;
    let scan = if checked { Held::Scan } else { Held::Moment };
    match &new.body {
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => {
            // The part of a partition: its index is built while writes wait, until 18 made that all use.
            let part = new.inherited && effects.major < 18;
            let mode = if part { LockMode::Share } else { LockMode::AccessExclusive };
            effects.block(out, ObjectKind::Table, table, mode, Held::Build);
        }
        ConstraintBody::Check { .. } => {
            effects.block(out, ObjectKind::Table, table, LockMode::AccessExclusive, scan);
        }
        ConstraintBody::ForeignKey(key) => {
            effects.block(out, ObjectKind::Table, table, LockMode::ShareRowExclusive, scan);
            let taken = effects.below(table).iter().any(|part| effects.takes_over(part, new));
            let mode = if taken { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive };
            effects.block_below(out, &key.references, mode, scan);
        }
    }
    if checked {
        must_hold(effects, new, out);
    }
}

/// What the rows must fulfil.
fn must_hold(effects: &Effects<'_>, new: &Constraint, out: &mut Collected) {
    let Some(before) = effects.before(&new.table) else { return };
    let live = effects.live;
    let table = &new.table;
    let (demand, probe) = match &new.body {
        ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
            let elements: Vec<IndexElement> =
                key.columns.iter().map(|c| IndexElement::column(c.clone())).collect();
            let columns = key.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let probe = questions::duplicates(live, before, &elements, None, key.nulls_not_distinct);
            (format!("no two rows of {table} have the same {columns}"), probe)
        }
        ConstraintBody::Check { expr } => {
            let probe = questions::check(effects.world.catalog(), live, before, expr);
            (format!("no row of {table} breaks {}", expr.sql), probe)
        }
        ConstraintBody::ForeignKey(key) => {
            let mut known = key.clone();
            let mut probe = None;
            if let Some(references) = effects.before(&key.references) {
                known.references = references.clone();
                probe = questions::orphans(live, before, &known);
            }
            let columns = key.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            (format!("every {columns} of {table} has its row in {}", key.references), probe)
        }
        ConstraintBody::Exclusion(_) => (format!("no two rows of {table} exclude each other"), None),
    };
    if all_new(live, before, new) {
        return;
    }
    out.effects.push(Effect::MayFail(Unsure { demand, probe }));
}

/// Whether a constraint is only about columns that the migration adds: without a value, these break none but a key.
fn all_new(live: &Catalog, before: &QualifiedName, new: &Constraint) -> bool {
    match &new.body {
        ConstraintBody::ForeignKey(key) => {
            key.columns.iter().all(|column| live.column(before, column).is_none())
        }
        ConstraintBody::PrimaryKey(_)
        | ConstraintBody::Unique(_)
        | ConstraintBody::Check { .. }
        | ConstraintBody::Exclusion(_) => false,
    }
}

pub(crate) fn index(
    effects: &Effects<'_>,
    old: Option<&Index>,
    new: Option<&Index>,
    gone: &FxHashSet<&QualifiedName>,
    step: &Step,
    out: &mut Collected,
) {
    let concurrently = step.text.split_whitespace().any(|word| word.eq_ignore_ascii_case("concurrently"));
    match (old, new) {
        (None, Some(new)) => {
            let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
            effects.block(out, ObjectKind::Table, &new.table, mode, Held::Build);
            if step.words.starts_with("CREATE")
                && effects.is_partitioned(&new.table)
                && !rows::on_only(&step.text)
            {
                // An index that a partition has already becomes the part.
                for child in effects.below(&new.table) {
                    effects.block(out, ObjectKind::Table, &child, mode, Held::Moment);
                }
            }
            let Some(before) = effects.before(&new.table).filter(|_| new.unique) else { return };
            let words = new.elements.iter().map(|element| match &element.target {
                IndexTarget::Column(name) => name.to_string(),
                IndexTarget::Expr(expr) => expr.sql.to_string(),
            });
            out.effects.push(Effect::MayFail(Unsure {
                demand: format!(
                    "no two rows of {} have the same {}",
                    new.table,
                    words.collect::<Vec<_>>().join(", ")
                ),
                probe: questions::duplicates(
                    effects.live,
                    before,
                    &new.elements,
                    new.predicate.as_ref(),
                    new.nulls_not_distinct,
                ),
            }));
        }
        (Some(old), None) if !gone.contains(&old.table) => {
            let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
            effects.block(out, ObjectKind::Table, &old.table, mode, Held::Moment);
        }
        (Some(_), None) | (Some(_), Some(_)) | (None, None) => {}
    }
}
