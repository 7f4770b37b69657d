//! Columns: what adding, changing and dropping one does to its table.

use trueup_catalog::{
    Column, Constraint, ConstraintBody, DataType, Domain, ExprContext, ExprScope, ObjectKey, ObjectKind,
};
use trueup_parser::{AlterAction, Step};
use trueup_repair::{Held, LockMode, Probe, questions};
use trueup_syntax::Cursor;

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
    if old != new {
        effects.block(out, ObjectKind::Table, table, effects.mode, Held::Moment);
    }
    match (old, new) {
        (None, Some(new)) => added(effects, step, new, out),
        (Some(old), None) => effects.destroy(out, format!("column {table}.{}", old.name), table),
        (Some(old), Some(new)) => {
            retyped(effects, old, new, using(step, new), out);
            match (&old.not_null, &new.not_null) {
                (None, Some(now)) if !now.not_valid => not_null(effects, new, true, out),
                (Some(was), Some(now)) if was.not_valid && !now.not_valid => {
                    not_null(effects, new, false, out)
                }
                (None | Some(_), None | Some(_)) => {}
            }
            let computed =
                |column: &Column| column.generated.as_ref().filter(|g| g.stored).map(|g| g.expr.sql.clone());
            if let Some(expr) = computed(new)
                && computed(old) != Some(expr)
            {
                effects.rewrite(out, table, format!("column {} is computed", new.name));
            }
        }
        (None, None) => {}
    }
}

/// The `USING` of a column's new type, unless it only says the column itself, cast or not: then the rows are what they are without it.
fn using<'s>(step: &'s Step, column: &Column) -> Option<&'s str> {
    let found = step.altered.as_ref()?.actions.iter().find_map(|action| match action {
        AlterAction::AlterType { column: named, using } if *named == column.name => using.as_deref(),
        _ => None,
    })?;
    let mut cursor = Cursor::of(found).ok()?;
    let itself = cursor.name().is_ok_and(|name| name == column.name);
    let cast = itself
        && cursor.accept_symbol("::")
        && trueup_syntax::type_name::parse_type(cursor.clone().rest().text).is_ok();
    if (itself && cursor.at_end()) || cast { None } else { Some(found) }
}

/// Whether rows that are there get the default of a new column: one that is set by another action of the statement is for new rows.
fn fills(step: &Step, column: &Column) -> bool {
    step.altered.as_ref().is_none_or(|altered| {
        altered.actions.iter().any(|action| {
            matches!(action, AlterAction::AddColumn { column: named, default: true } if *named == column.name)
        })
    })
}

fn added(effects: &Effects<'_>, step: &Step, new: &Column, out: &mut Collected) {
    let table = &new.table;
    // `serial` has one too, which is not written.
    let serial = new.default.as_ref().is_some_and(|default| default.sql.contains("nextval"));
    let default = new.default.as_ref().filter(|_| serial || fills(step, new));
    let virtual_one = new.generated.as_ref().is_some_and(|generated| !generated.stored);
    let filled = default.is_some() || new.identity.is_some() || new.generated.is_some();
    if new.identity.is_some() {
        effects.rewrite(out, table, format!("each row gets a value of the new identity column {}", new.name));
    } else if new.generated.is_some() && !virtual_one {
        effects.rewrite(out, table, format!("column {} is computed for each row", new.name));
    } else if let Some(default) = default {
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
    let demands =
        new.not_null.is_some() || domain(effects, &new.data_type).is_some_and(|domain| domain.not_null);
    if demands && !filled && !has_default(effects, &new.data_type) {
        out.effects.push(Effect::MayFail(Unsure {
            demand: format!("{table} has no rows: they would have no value for {}", new.name),
            probe: effects
                .before(table)
                .and_then(|before| questions::unfilled(effects.live, before, &new.name)),
        }));
    }
}

/// Whether its domain fills a column that has no default of its own.
fn has_default(effects: &Effects<'_>, data_type: &DataType) -> bool {
    domain(effects, data_type).is_some_and(|domain| domain.default.is_some())
}

fn retyped(effects: &Effects<'_>, old: &Column, new: &Column, using: Option<&str>, out: &mut Collected) {
    let using = using.is_some();
    if !using && (old.data_type == new.data_type || keeps_the_table(effects, &old.data_type, &new.data_type))
    {
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

/// `exclusive`: while nobody can use the table.
fn not_null(effects: &Effects<'_>, new: &Column, exclusive: bool, out: &mut Collected) {
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
    let mode = if exclusive { LockMode::AccessExclusive } else { LockMode::ShareUpdateExclusive };
    effects.block(out, ObjectKind::Table, table, mode, Held::Scan);
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
    if from.is_builtin("interval") && to.is_builtin("interval") {
        // Fewer fields or digits would change values (`interval_support` in `timestamp.c`).
        let ((from, digits), (to, wanted)) = (least_field(from), least_field(to));
        return to <= from && (from > 0 || wanted >= digits);
    }
    // A domain is stored as its base type.
    let base = |data_type: &DataType| domain(effects, data_type).map(|domain| domain.base.clone());
    match (base(from), base(to)) {
        (Some(base), None) => base == *to,
        (None, Some(base)) => base == *from && !constrained_domain(effects, to),
        (Some(_), Some(_)) | (None, None) => false,
    }
}

/// The smallest field that an interval type keeps, from seconds up, and how many digits of a second.
fn least_field(data_type: &DataType) -> (usize, u32) {
    const FIELDS: &[&str] = &["second", "minute", "hour", "day", "month", "year"];
    const ALL_DIGITS: u32 = 6;
    let mut found = (0, ALL_DIGITS);
    for modifier in &data_type.modifiers {
        match modifier.parse::<u32>() {
            Ok(digits) => found.1 = digits.min(ALL_DIGITS),
            Err(_) => {
                let last = modifier.split_whitespace().next_back().unwrap_or_default();
                found.0 = FIELDS.iter().position(|field| *field == last).unwrap_or_default();
            }
        }
    }
    found
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
