//! Columns: what adding, changing and dropping one does to its table.

use trueup_catalog::{
    Column, Constraint, ConstraintBody, DataType, Domain, ExprContext, ExprScope, ObjectKey, ObjectKind,
};
use trueup_parser::Step;
use trueup_repair::{Held, LockMode, Probe, questions};

use crate::effect::{Effect, Unsure};
use crate::effects::{Collected, Effects};

pub(crate) fn column(
    effects: &Effects<'_>,
    step: &Step,
    old: Option<&Column>,
    new: Option<&Column>,
    out: &mut Collected,
) {
    let Some(table) = new.or(old).map(|column| &column.table) else { return };
    if effects.before(table).is_none() {
        return;
    }
    effects.block(out, ObjectKind::Table, table, LockMode::AccessExclusive, Held::Moment);
    match (old, new) {
        (None, Some(new)) => added(effects, new, out),
        (Some(old), None) => effects.destroy(out, format!("column {table}.{}", old.name), table),
        (Some(old), Some(new)) => {
            let using = step.text.split_whitespace().any(|word| word.eq_ignore_ascii_case("using"));
            retyped(effects, old, new, using, out);
            if old.not_null.is_none() && new.not_null.is_some() {
                not_null(effects, new, out);
            }
            if old.generated.is_none() && new.generated.is_some() {
                effects.rewrite(out, table, format!("column {} is computed", new.name));
            }
        }
        (None, None) => {}
    }
}

fn added(effects: &Effects<'_>, new: &Column, out: &mut Collected) {
    let table = &new.table;
    let virtual_one = new.generated.as_ref().is_some_and(|generated| !generated.stored);
    let filled = new.default.is_some() || new.identity.is_some() || new.generated.is_some();
    if new.identity.is_some() {
        effects.rewrite(out, table, format!("each row gets a value of the new identity column {}", new.name));
    } else if new.generated.is_some() && !virtual_one {
        effects.rewrite(out, table, format!("column {} is computed for each row", new.name));
    } else if let Some(default) = &new.default {
        let context = ExprContext { scope: ExprScope::Nothing, expected: Some(&new.data_type) };
        match effects.world.is_volatile(default, &context) {
            Some(false) => {}
            Some(true) => {
                effects.rewrite(
                    out,
                    table,
                    format!("the default of column {} is another for each row", new.name),
                );
            }
            None => {
                let why = format!("the default of column {} may be another for each row", new.name);
                effects.rewrite(out, table, why);
            }
        }
    }
    if constrained_domain(effects, &new.data_type) {
        effects.rewrite(out, table, format!("the domain of column {} has constraints", new.name));
    }
    if new.not_null.is_some() && !filled {
        out.effects.push(Effect::MayFail(Unsure {
            demand: format!("{table} has no rows: they would have no value for {}", new.name),
            probe: effects
                .before(table)
                .and_then(|before| questions::unfilled(effects.live, before, &new.name)),
        }));
    }
}

fn retyped(effects: &Effects<'_>, old: &Column, new: &Column, using: bool, out: &mut Collected) {
    if old.data_type == new.data_type || keeps_the_table(effects, &old.data_type, &new.data_type) {
        return;
    }
    let table = &new.table;
    let why = format!("column {} becomes {}", new.name, new.data_type);
    effects.rewrite(out, table, why);
    if using || !never_fails(&old.data_type, &new.data_type) {
        let labels = enum_labels(effects, &new.data_type);
        let probe = labels.filter(|_| !using).and_then(|labels| {
            questions::not_a_label(effects.live, effects.before(table)?, &old.name, &labels)
        });
        let probe = probe.or_else(|| if using { None } else { too_long(effects, old, new) });
        out.effects.push(Effect::MayFail(Unsure {
            demand: format!("every value of {table}.{} can become {}", old.name, new.data_type),
            probe,
        }));
    }
}

fn not_null(effects: &Effects<'_>, new: &Column, out: &mut Collected) {
    let table = &new.table;
    let Some(before) = effects.before(table) else { return };
    // A validated check that says the same spares the scan (12 and later).
    let proof = format!("{} is not null", new.name);
    let proven = effects.world.catalog().on_relation(ObjectKind::Constraint, table).any(|(_, entry)| {
        Constraint::of(&entry.object).is_some_and(|constraint| match &constraint.body {
            ConstraintBody::Check { expr } => {
                let text = expr.sql.trim_matches(['(', ')']).to_ascii_lowercase();
                constraint.validated && text == proof
            }
            ConstraintBody::PrimaryKey(_)
            | ConstraintBody::Unique(_)
            | ConstraintBody::ForeignKey(_)
            | ConstraintBody::Exclusion(_) => false,
        })
    });
    if proven {
        return;
    }
    effects.block(out, ObjectKind::Table, table, LockMode::AccessExclusive, Held::Scan);
    out.effects.push(Effect::MayFail(Unsure {
        demand: format!("no row of {table} has NULL in {}", new.name),
        probe: questions::nulls(effects.live, before, &new.name),
    }));
}

fn domain<'e>(effects: &'e Effects<'_>, data_type: &DataType) -> Option<&'e Domain> {
    let key = ObjectKey::in_schema(ObjectKind::Domain, data_type.qualified_name()?);
    Domain::of(&effects.world.catalog().get(&key)?.object)
}

fn constrained_domain(effects: &Effects<'_>, data_type: &DataType) -> bool {
    domain(effects, data_type).is_some_and(|domain| {
        let has_checks =
            effects.world.catalog().on_relation(ObjectKind::DomainConstraint, &domain.name).next().is_some();
        has_checks || domain.not_null
    })
}

fn enum_labels(effects: &Effects<'_>, data_type: &DataType) -> Option<Vec<String>> {
    let key = ObjectKey::in_schema(ObjectKind::EnumType, data_type.qualified_name()?);
    let entry = effects.world.catalog().get(&key)?;
    trueup_catalog::EnumType::of(&entry.object).map(|found| found.labels.clone())
}

/// Whether the rows stay as they are (`ATColumnChangeRequiresRewrite`).
fn keeps_the_table(effects: &Effects<'_>, from: &DataType, to: &DataType) -> bool {
    if trueup_diff::widens(from, to) {
        return true;
    }
    if from.is_builtin("cidr") && to.is_builtin("inet") {
        return true;
    }
    // A domain is stored as its base type.
    let base = |data_type: &DataType| domain(effects, data_type).map(|domain| domain.base.clone());
    match (base(from), base(to)) {
        (Some(base), None) => base == *to,
        (None, Some(base)) => base == *from && !constrained_domain(effects, to),
        (Some(_), Some(_)) | (None, None) => false,
    }
}

/// Whether no value fails to become the other type.
fn never_fails(from: &DataType, to: &DataType) -> bool {
    let wide = |data_type: &DataType| {
        data_type.is_builtin("text") || (data_type.is_builtin("varchar") && data_type.modifiers.is_empty())
    };
    if wide(to) {
        return true;
    }
    let rank =
        |data_type: &DataType| ["int2", "int4", "int8"].iter().position(|name| data_type.is_builtin(name));
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => to >= from,
        (Some(_), None) => (to.is_builtin("numeric") && to.modifiers.is_empty()) || to.is_builtin("float8"),
        (None, _) => {
            let times = ["timestamp", "timestamptz", "date"];
            times.iter().any(|name| from.is_builtin(name)) && times.iter().any(|name| to.is_builtin(name))
        }
    }
}

/// Values that are longer than a type with a length takes.
fn too_long(effects: &Effects<'_>, old: &Column, new: &Column) -> Option<Probe> {
    let length: u32 = new.data_type.modifiers.first()?.parse().ok()?;
    let text = ["text", "varchar", "bpchar"];
    let is_text = |data_type: &DataType| text.iter().any(|name| data_type.is_builtin(name));
    if !is_text(&old.data_type) || !is_text(&new.data_type) {
        return None;
    }
    let table = effects.before(&old.table)?;
    let column = &old.name;
    let live = effects.live.column(table, column)?;
    let name = &live.table.name;
    Some(Probe {
        about: format!("rows of {table} whose {column} is longer than {length}"),
        unit: trueup_repair::Unit::Row,
        query: format!(
            "SELECT {name}.ctid AS place FROM {table} WHERE pg_catalog.char_length(pg_catalog.rtrim({name}.{column}::pg_catalog.text)) > {length}"
        ),
        search_path: None,
        answer: None,
    })
}
