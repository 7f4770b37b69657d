//! CREATE, ALTER and DROP SEQUENCE.

use trueup_catalog::{
    Column, DataType, Entry, Name, ObjectKey, Persistence, QualifiedName, Sequence, SequenceOptions,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::common::{drop_list, in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::sequence::{self as grammar, AlterSequenceAction, SequenceOption};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::RelationKind;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor, create.persistence)?;
    let name = if create.persistence == Persistence::Temporary {
        QualifiedName { schema: Name::new(PG_TEMP), name: statement.name.name.clone() }
    } else {
        interp.new_name(&statement.name)?
    };
    if interp.store.relation(&name).is_some() {
        if statement.if_not_exists {
            return Ok(());
        }
        return Err(Failure::relation_exists(&name).at(statement.name.range));
    }
    let options = init_params(interp, None, &statement.options)?;
    let owned_by = owner_column(interp, &name, &statement.options)?.flatten();
    let span = interp.span(interp.place.statement.clone());
    let sequence = Sequence { name, persistence: statement.persistence, options, owned_by };
    interp.store.put(Entry { span: Some(span), ..Entry::from(sequence) });
    Ok(())
}

/// The options of a sequence that is made, or changed from `old` (`init_params` in `sequence.c`).
///
/// # Errors
/// 22023 for values that do not fit together, 42601 for an option given twice.
pub(crate) fn init_params(
    interp: &Interpreter<'_>,
    old: Option<&SequenceOptions>,
    given: &[SequenceOption],
) -> Outcome<SequenceOptions> {
    let bad = |message: String| Failure::refused("22023", message);
    let mut data_type = None;
    let (mut cache, mut cycle, mut increment, mut max, mut min, mut start) =
        (None, None, None, None, None, None);
    for option in given {
        let twice = match option {
            SequenceOption::As(t) => data_type.replace(interp.resolve_type(t.clone())).is_some(),
            SequenceOption::Cache(n) => cache.replace(*n).is_some(),
            SequenceOption::Cycle(yes) => cycle.replace(*yes).is_some(),
            SequenceOption::Increment(n) => increment.replace(*n).is_some(),
            SequenceOption::Max(n) => max.replace(*n).is_some(),
            SequenceOption::Min(n) => min.replace(*n).is_some(),
            SequenceOption::Start(n) => start.replace(*n).is_some(),
            SequenceOption::OwnedBy(_)
            | SequenceOption::Name(_)
            | SequenceOption::Restart
            | SequenceOption::Logged => false,
        };
        if twice {
            return Err(Failure::syntax("conflicting or redundant options"));
        }
    }
    let type_given = data_type.is_some();
    let data_type =
        data_type.or_else(|| old.map(|o| o.data_type.clone())).unwrap_or_else(|| DataType::builtin("int8"));
    let (type_min, type_max) = if data_type.is_builtin("int2") {
        (i64::from(i16::MIN), i64::from(i16::MAX))
    } else if data_type.is_builtin("int4") {
        (i64::from(i32::MIN), i64::from(i32::MAX))
    } else if data_type.is_builtin("int8") {
        (i64::MIN, i64::MAX)
    } else {
        return Err(bad("sequence type must be smallint, integer, or bigint".to_owned()));
    };
    // A bound that was the old type's own follows the type.
    let (mut reset_max, mut reset_min) = (false, false);
    if let (Some(old), true) = (old, type_given) {
        let (old_min, old_max) = match old.data_type.name.as_str() {
            "int2" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "int4" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        reset_max = old.max == old_max;
        reset_min = old.min == old_min;
    }
    let increment = increment.or(old.map(|o| o.increment)).unwrap_or(1);
    if increment == 0 {
        return Err(bad("INCREMENT must not be zero".to_owned()));
    }
    let default_max = if increment > 0 { type_max } else { -1 };
    let max = match max {
        Some(Some(n)) => n,
        Some(None) => default_max,
        None => old.filter(|_| !reset_max).map_or(default_max, |o| o.max),
    };
    let default_min = if increment > 0 { 1 } else { type_min };
    let min = match min {
        Some(Some(n)) => n,
        Some(None) => default_min,
        None => old.filter(|_| !reset_min).map_or(default_min, |o| o.min),
    };
    if max < type_min || max > type_max {
        return Err(bad(format!("MAXVALUE ({max}) is out of range for sequence data type {data_type}")));
    }
    if min < type_min || min > type_max {
        return Err(bad(format!("MINVALUE ({min}) is out of range for sequence data type {data_type}")));
    }
    if min >= max {
        return Err(bad(format!("MINVALUE ({min}) must be less than MAXVALUE ({max})")));
    }
    let start = start.or(old.map(|o| o.start)).unwrap_or(if increment > 0 { min } else { max });
    if start < min {
        return Err(bad(format!("START value ({start}) cannot be less than MINVALUE ({min})")));
    }
    if start > max {
        return Err(bad(format!("START value ({start}) cannot be greater than MAXVALUE ({max})")));
    }
    let cache = cache.or(old.map(|o| o.cache)).unwrap_or(1);
    if cache <= 0 {
        return Err(bad(format!("CACHE ({cache}) must be greater than zero")));
    }
    let cycle = cycle.or(old.map(|o| o.cycle)).unwrap_or(false);
    Ok(SequenceOptions { data_type, start, increment, min, max, cache, cycle })
}

/// `OWNED BY`: `None` when the statement does not say, `Some(None)` for NONE.
fn owner_column(
    interp: &Interpreter<'_>,
    sequence: &QualifiedName,
    options: &[SequenceOption],
) -> Outcome<Option<Option<(QualifiedName, Name)>>> {
    let Some(names) = options.iter().rev().find_map(|o| match o {
        SequenceOption::OwnedBy(names) => Some(names),
        _ => None,
    }) else {
        return Ok(None);
    };
    let Some(names) = names else { return Ok(Some(None)) };
    let [rest @ .., column] = names.as_slice() else { return Ok(Some(None)) };
    let [schema @ .., table] = rest else {
        return Err(
            Failure::syntax("invalid OWNED BY option").help("specify OWNED BY table.column or OWNED BY NONE")
        );
    };
    let written = WrittenName { schema: schema.last().cloned(), name: table.clone(), range: 0..0 };
    let (table, relation) = interp
        .find_relation(&written)
        .ok_or_else(|| Failure::undefined("42P01", format!("relation {written} does not exist")))?;
    match relation.kind {
        RelationKind::Table if interp.store.catalog().column(&table, column).is_none() => {
            return Err(Failure::no_column(column, &table));
        }
        RelationKind::Table | RelationKind::View => {}
        // Its columns are not modelled.
        RelationKind::Opaque => return Ok(Some(None)),
        other => {
            return Err(Failure::refused(
                "42809",
                format!("sequence cannot be owned by {} {table}", other.word()),
            ));
        }
    }
    if table.schema != sequence.schema {
        return Err(Failure::refused("55000", "sequence must be in same schema as table it is linked to"));
    }
    Ok(Some(Some((table, column.clone()))))
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::alter(cursor)?;
    let Some((name, relation)) = interp.find_relation(&statement.name) else {
        return if statement.if_exists { Ok(()) } else { Err(Failure::no_relation(&statement.name)) };
    };
    let (kind, key) = (relation.kind, relation.key.clone());
    let Some(key) = key else { return Ok(()) };
    match kind {
        RelationKind::Sequence => {}
        RelationKind::IdentitySequence => return alter_identity(interp, &key, &name, statement.action),
        other => {
            return Err(Failure::refused("42809", format!("{name} is a {}, not a sequence", other.word())));
        }
    }
    match statement.action {
        AlterSequenceAction::Options(given) => {
            let old = interp.store.get(&key).and_then(|e| Sequence::of(&e.object)).map(|s| s.options.clone());
            let options = init_params(interp, old.as_ref(), &given)?;
            let owned_by = owner_column(interp, &name, &given)?;
            interp.store.edit(&key, |entry| {
                if let Some(sequence) = Sequence::of_mut(&mut entry.object) {
                    sequence.options = options;
                    if let Some(owned_by) = owned_by {
                        sequence.owned_by = owned_by;
                    }
                }
            });
        }
        AlterSequenceAction::Persistence(persistence) => {
            interp.store.edit(&key, |entry| {
                if let Some(sequence) = Sequence::of_mut(&mut entry.object) {
                    sequence.persistence = persistence;
                }
            });
        }
        AlterSequenceAction::Owner(role) => set_owner(interp, &key, &role),
        AlterSequenceAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            return interp.rename(&Renamed::Relation { from: name, to });
        }
        AlterSequenceAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            let to = in_schema(&name, &schema);
            return interp.rename(&Renamed::Relation { from: name, to });
        }
    }
    Ok(())
}

/// The inner sequence of an identity column is part of the column.
fn alter_identity(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    name: &QualifiedName,
    action: AlterSequenceAction,
) -> Outcome {
    let old = interp
        .store
        .get(key)
        .and_then(|e| Column::of(&e.object))
        .and_then(|c| c.identity.as_ref())
        .map(|i| i.options.clone());
    match action {
        AlterSequenceAction::Options(given) => {
            if given.iter().any(|o| matches!(o, SequenceOption::OwnedBy(_))) {
                return Err(Failure::refused("0A000", "cannot change ownership of identity sequence"));
            }
            let options = init_params(interp, old.as_ref(), &given)?;
            edit_identity(interp, key, |identity| identity.options = options);
        }
        AlterSequenceAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            if interp.store.relation(&to).is_some() {
                return Err(Failure::relation_exists(&to));
            }
            edit_identity(interp, key, |identity| identity.sequence = to);
        }
        // The table's own, always.
        AlterSequenceAction::Owner(_) | AlterSequenceAction::Persistence(_) => {}
        AlterSequenceAction::Schema(_) => {
            return Err(Failure::refused("0A000", "cannot move an owned sequence into another schema"));
        }
    }
    Ok(())
}

fn edit_identity(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    change: impl FnOnce(&mut trueup_catalog::Identity),
) {
    interp.store.edit(key, |entry| {
        if let Some(identity) = Column::of_mut(&mut entry.object).and_then(|c| c.identity.as_mut()) {
            change(identity);
        }
    });
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let list = drop_list(cursor)?;
    let mut keys = Vec::new();
    for written in &list.names {
        match interp.find_relation(written).map(|(name, relation)| (name, relation.clone())) {
            Some((_, relation)) if relation.kind == RelationKind::Sequence => keys.extend(relation.key),
            Some((name, relation)) if relation.kind == RelationKind::IdentitySequence => {
                let column = relation.key.map(|k| k.to_string()).unwrap_or_default();
                return Err(Failure::refused(
                    "2BP01",
                    format!("cannot drop sequence {name} because column {column} requires it"),
                ));
            }
            Some((name, relation)) => {
                return Err(Failure::refused(
                    "42809",
                    format!("{name} is a {}, not a sequence", relation.kind.word()),
                ));
            }
            None if list.if_exists => {}
            None => return Err(Failure::undefined("42P01", format!("sequence {written} does not exist"))),
        }
    }
    interp.remove(&keys, list.cascade)
}
