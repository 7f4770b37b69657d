//! Columns of tables.

use super::names::{ColumnRow, Names, Relation, class, decode, options, unmodeled};
use super::sequence::IdentitySequences;
use super::table::Parents;
use super::{Output, Shape};
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Column, ColumnSettings, Expr, Gap, Generated, Identity, MAX_NAME_BYTES, Name, NotNull, QualifiedName,
    SequenceOptions, Storage, truncate,
};

row! {
    NotNullRow {
        relation: u32, column: i16, oid: u32, name: &'a str, no_inherit: bool, validated: bool, local: bool,
    }
}

pub(super) fn read(
    not_null: &Answer,
    names: &Names<'_>,
    sequences: &IdentitySequences,
    parents: &Parents,
    out: &mut Output,
) -> Result<(), Shape> {
    let constraints: FxHashMap<(u32, i16), NotNullRow<'_>> =
        decode::<NotNullRow>(not_null)?.into_iter().map(|row| ((row.relation, row.column), row)).collect();
    for (oid, relation) in &names.relations {
        if !relation.own || !matches!(relation.row.kind.0, 'r' | 'p' | 'f') {
            continue;
        }
        for row in names.columns(*oid) {
            let mut column = column(
                row,
                relation,
                names,
                &|row| identity_sequence(row, names, sequences, parents),
                &mut out.gaps,
            );
            if row.not_null {
                let constraint = constraints.get(&(*oid, row.number));
                column.not_null = Some(constraint.map_or_else(NotNull::default, |c| named(c, relation, row)));
                if let Some(c) = constraint.filter(|c| names.comment(class::CONSTRAINT, c.oid, 0).is_some()) {
                    let object = format!("{}.{}", relation.name, Name::new(c.name));
                    out.gaps.push(unmodeled("comment on not-null constraint", &object, ""));
                }
            }
            // Grants on the column itself stand with its table.
            let privileges = sequences.get(&(*oid, row.number)).and_then(|s| s.privileges.clone());
            let comment = names.comment(class::RELATION, *oid, i32::from(row.number));
            out.add(column, comment, None, privileges);
        }
    }
    Ok(())
}

fn column(
    row: &ColumnRow<'_>,
    relation: &Relation<'_>,
    names: &Names<'_>,
    sequence: &dyn Fn(&ColumnRow<'_>) -> Option<(QualifiedName, SequenceOptions)>,
    gaps: &mut Vec<Gap>,
) -> Column {
    let mut column = Column::new(
        relation.name.clone(),
        Name::new(row.name),
        u32::from(row.number.unsigned_abs()),
        names.data_type(row.data_type, row.modifier, row.type_text),
    );
    let mut unknown = |what: &str, letter: char| {
        gaps.push(unmodeled(
            what,
            &format!("{}.{}", relation.name, Name::new(row.name)),
            format!("unknown kind {letter}"),
        ));
    };
    column.collation = names.own_collation(row.collation, row.data_type);
    match (row.generated.0, row.expression) {
        ('\0', expression) => column.default = expression.map(Expr::qualified),
        (kind @ ('s' | 'v'), Some(expression)) => {
            column.generated = Some(Generated { expr: Expr::qualified(expression), stored: kind == 's' });
        }
        (other, _) => unknown("generated column", other),
    }
    match row.identity.0 {
        '\0' => {}
        kind @ ('a' | 'd') => match sequence(row) {
            Some((sequence, options)) => {
                column.identity = Some(Identity { always: kind == 'a', sequence, options });
            }
            None => unknown("identity column without a sequence", kind),
        },
        other => unknown("identity column", other),
    }
    let ColumnSettings { storage, compression, options, statistics } = settings(row, names, unknown);
    column.storage = storage;
    column.compression = compression;
    column.options = options;
    column.foreign_options = super::foreign_data::options(row.foreign_options.as_deref());
    column.statistics = statistics;
    column.inherited = !row.local;
    column
}

/// What may be set of the columns of tables and of materialized views. `unknown` hears of letters that only a newer server has.
pub(super) fn settings(
    row: &ColumnRow<'_>,
    names: &Names<'_>,
    mut unknown: impl FnMut(&str, char),
) -> ColumnSettings {
    let storage = match row.storage.0 {
        letter if Some(letter) == names.default_storage(row.data_type) => None,
        'p' => Some(Storage::Plain),
        'e' => Some(Storage::External),
        'm' => Some(Storage::Main),
        'x' => Some(Storage::Extended),
        other => {
            unknown("storage", other);
            None
        }
    };
    let compression = match row.compression.0 {
        '\0' => None,
        'p' => Some(Name::new("pglz")),
        'l' => Some(Name::new("lz4")),
        other => {
            unknown("compression", other);
            None
        }
    };
    ColumnSettings {
        storage,
        compression,
        options: options(row.options.as_deref(), ""),
        statistics: row.statistics,
    }
}

/// The sequence behind an identity column. From 17 on the partitions of a table share its root's.
fn identity_sequence(
    row: &ColumnRow<'_>,
    names: &Names<'_>,
    sequences: &IdentitySequences,
    parents: &Parents,
) -> Option<(QualifiedName, SequenceOptions)> {
    let mut relation = row.relation;
    let mut number = row.number;
    loop {
        if let Some(found) = sequences.get(&(relation, number)) {
            return Some((found.name.clone(), found.options.clone()));
        }
        relation = *parents.get(&relation)?.first()?;
        number = names.columns(relation).iter().find(|column| column.name == row.name)?.number;
    }
}

fn named(constraint: &NotNullRow<'_>, relation: &Relation<'_>, row: &ColumnRow<'_>) -> NotNull {
    let automatic =
        !constraint.local || is_automatic(constraint.name, relation.name.name.as_str(), row.name, "not_null");
    NotNull {
        name: (!automatic).then(|| Name::new(constraint.name)),
        no_inherit: constraint.no_inherit,
        not_valid: !constraint.validated,
    }
}

/// Whether a name is what PostgreSQL chooses by itself: `table_column_label`, shortened, with a number when it was taken
/// (`ChooseConstraintName`, `makeObjectName` in `indexcmds.c`).
fn is_automatic(name: &str, table: &str, column: &str, label: &str) -> bool {
    let number = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (0..=number).any(|digits| {
        let label = format!("{label}{}", name.get(name.len() - digits..).unwrap_or(""));
        object_name(table, column, &label) == name
    })
}

fn object_name(first: &str, second: &str, label: &str) -> String {
    let available = MAX_NAME_BYTES.saturating_sub(label.len() + 2);
    let (mut a, mut b) = (first.len(), second.len());
    while a + b > available {
        if a > b {
            a -= 1;
        } else {
            b -= 1;
        }
    }
    format!("{}_{}_{label}", truncate(first, a), truncate(second, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_names_are_recognised() {
        assert!(is_automatic("t_a_not_null", "t", "a", "not_null"));
        assert!(is_automatic("t_a_not_null1", "t", "a", "not_null"));
        assert!(!is_automatic("t_b_not_null", "t", "a", "not_null"));
        let long = "x".repeat(60);
        let name = object_name(&long, "column", "not_null");
        assert_eq!(name.len(), 63);
        assert!(is_automatic(&name, &long, "column", "not_null"));
    }
}
