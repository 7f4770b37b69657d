//! Constraints: the standard's four views of them, joined here.

use super::existing::Existing;
use super::table::Tables;
use super::{Answers, Shape, decode, unreadable, yes};
use crate::pg_catalog::{Output, bracketed};
use crate::session::{Answer, row};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Constraint, ConstraintBody, Expr, ForeignKey, ForeignKeyAction, KeyConstraint, MatchType, Name,
    ObjectKey, ObjectKind, QualifiedName,
};

row! {
    TableConstraintRow {
        schema: &'a str, relation: &'a str, name: &'a str, kind: &'a str, deferrable: Option<&'a str>,
        deferred: Option<&'a str>, enforced: Option<&'a str>, nulls_distinct: Option<&'a str>,
    }
}
row! {
    CheckRow { schema: &'a str, name: &'a str, clause: Option<&'a str> }
}
row! {
    KeyColumnRow {
        schema: &'a str, relation: &'a str, name: &'a str, column: &'a str, position: i32, referenced: Option<i32>,
    }
}
row! {
    ForeignKeyRow {
        schema: &'a str, name: &'a str, unique_schema: Option<&'a str>, unique_name: Option<&'a str>,
        match_type: Option<&'a str>, on_update: Option<&'a str>, on_delete: Option<&'a str>,
    }
}

impl ForeignKeyRow<'_> {
    fn means_the_same(&self, other: &Self) -> bool {
        self.unique_schema == other.unique_schema
            && self.unique_name == other.unique_name
            && self.match_type == other.match_type
            && self.on_update == other.on_update
            && self.on_delete == other.on_delete
    }
}

/// The conditions of check constraints. NOT NULL stands among them.
pub(super) struct Checks<'a> {
    clauses: FxHashMap<(&'a str, &'a str), Vec<&'a str>>,
    /// Columns with a NOT NULL of their own.
    not_null: FxHashSet<(&'a str, &'a str, &'a str)>,
    major: u32,
}

impl<'a> Checks<'a> {
    pub fn new(checks: &'a Answer, constraints: &'a Answer, major: u32) -> Result<Self, Shape> {
        let mut clauses: FxHashMap<(&str, &str), Vec<&str>> = FxHashMap::default();
        for row in decode::<CheckRow<'a>>(checks)? {
            if let Some(clause) = row.clause {
                clauses.entry((row.schema, row.name)).or_default().push(clause);
            }
        }
        let mut not_null = FxHashSet::default();
        for row in decode::<TableConstraintRow<'a>>(constraints)? {
            for clause in clauses.get(&(row.schema, row.name)).into_iter().flatten() {
                if let Some(column) = not_null_column(clause) {
                    not_null.insert((row.schema, row.relation, column));
                }
            }
        }
        Ok(Checks { clauses, not_null, major })
    }

    pub fn is_not_null(&self, schema: &str, table: &str, column: &str) -> bool {
        self.not_null.contains(&(schema, table, column))
    }

    /// A domain's condition; `Ok(None)` for its NOT NULL.
    pub fn of_domain(&self, schema: &str, name: &str) -> Result<Option<Expr>, String> {
        self.get(schema, name)
    }

    fn get(&self, schema: &str, name: &str) -> Result<Option<Expr>, String> {
        let clauses = self.clauses.get(&(schema, name)).map_or(&[][..], Vec::as_slice);
        match clauses {
            [] => Err("its condition is hidden from this role".to_owned()),
            [first, rest @ ..] if rest.iter().all(|other| other == first) => {
                if not_null_column(first).is_some() {
                    return Ok(None);
                }
                Ok(Some(Expr::qualified(condition(first, self.major))))
            }
            _ => Err(
                "several constraints of the schema have its name, and the standard does not tell them apart"
                    .to_owned(),
            ),
        }
    }
}

/// The column of a NOT NULL that PostgreSQL shows as a check: never in brackets, as every real condition with IS is.
fn not_null_column(clause: &str) -> Option<&str> {
    clause.strip_suffix(" IS NOT NULL").filter(|column| !column.starts_with('('))
}

/// The condition. Until 16 the view shows the whole definition behind CHECK: in brackets, with NO INHERIT and NOT VALID.
fn condition(clause: &str, major: u32) -> &str {
    if major >= 17 {
        return clause;
    }
    bracketed(clause).map_or(clause, |(inside, _)| inside)
}

type TableKey<'a> = (&'a str, &'a str, &'a str);

pub(super) fn read(
    answers: &Answers,
    tables: &Tables<'_>,
    checks: &Checks<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<(), Shape> {
    let constraints: Vec<TableConstraintRow<'_>> = decode(&answers.table_constraint)?;
    let mut keys: FxHashMap<TableKey<'_>, Vec<KeyColumnRow<'_>>> = FxHashMap::default();
    for row in decode::<KeyColumnRow<'_>>(&answers.key_column)? {
        keys.entry((row.schema, row.relation, row.name)).or_default().push(row);
    }
    for columns in keys.values_mut() {
        columns.sort_by_key(|row| row.position);
    }
    // Unique constraints are indexes, so their names are unique in the schema.
    let unique_tables: FxHashMap<(&str, &str), &str> = constraints
        .iter()
        .filter(|row| matches!(row.kind, "PRIMARY KEY" | "UNIQUE"))
        .map(|row| ((row.schema, row.name), row.relation))
        .collect();
    let mut foreign: FxHashMap<(&str, &str), Vec<ForeignKeyRow<'_>>> = FxHashMap::default();
    for row in decode::<ForeignKeyRow<'_>>(&answers.foreign_key)? {
        foreign.entry((row.schema, row.name)).or_default().push(row);
    }
    // For a partition's foreign key the view has a second row that names no key.
    for rows in foreign.values_mut().filter(|rows| rows.iter().any(|row| row.unique_name.is_some())) {
        rows.retain(|row| row.unique_name.is_some());
    }
    for row in &constraints {
        let body = match row.kind {
            "PRIMARY KEY" | "UNIQUE" => key(row, &keys).map(Some),
            "FOREIGN KEY" => foreign_key(row, &keys, &unique_tables, &foreign).map(Some),
            "CHECK" => {
                checks.get(row.schema, row.name).map(|check| check.map(|expr| ConstraintBody::Check { expr }))
            }
            other => Err(format!("unknown kind {other}")),
        };
        // NOT NULL is part of its column, and PostgreSQL does not count it with the others.
        if !matches!(body, Ok(None)) {
            existing.saw("table constraints");
        }
        if !tables.contains(&(row.schema, row.relation))
            || existing.is_internal_constraint(row.schema, row.relation, row.name)
        {
            continue;
        }
        let table = QualifiedName::new(row.schema, row.relation);
        let name = Name::new(row.name);
        match body {
            Ok(None) => {}
            Ok(Some(body)) => {
                let constraint = Constraint {
                    table,
                    name,
                    body,
                    deferrable: yes(row.deferrable),
                    initially_deferred: yes(row.deferred),
                    validated: true,
                    enforced: row.enforced != Some("NO"),
                    no_inherit: false,
                    inherited: false,
                };
                out.add(constraint, None, None, None);
            }
            Err(why) => {
                out.gaps.push(unreadable("constraint", &format!("{table}.{name}"), why));
                existing.unreadable(ObjectKey::on_relation(ObjectKind::Constraint, table, name));
            }
        }
    }
    Ok(())
}

fn key(
    row: &TableConstraintRow<'_>,
    keys: &FxHashMap<TableKey<'_>, Vec<KeyColumnRow<'_>>>,
) -> Result<ConstraintBody, String> {
    let columns =
        keys.get(&(row.schema, row.relation, row.name)).ok_or("its columns are hidden from this role")?;
    let key = KeyConstraint {
        columns: columns.iter().map(|column| Name::new(column.column)).collect(),
        nulls_not_distinct: row.nulls_distinct == Some("NO"),
        ..KeyConstraint::default()
    };
    Ok(if row.kind == "PRIMARY KEY" { ConstraintBody::PrimaryKey(key) } else { ConstraintBody::Unique(key) })
}

fn foreign_key(
    row: &TableConstraintRow<'_>,
    keys: &FxHashMap<TableKey<'_>, Vec<KeyColumnRow<'_>>>,
    unique_tables: &FxHashMap<(&str, &str), &str>,
    foreign: &FxHashMap<(&str, &str), Vec<ForeignKeyRow<'_>>>,
) -> Result<ConstraintBody, String> {
    let columns =
        keys.get(&(row.schema, row.relation, row.name)).ok_or("its columns are hidden from this role")?;
    let rules = match foreign.get(&(row.schema, row.name)).map(Vec::as_slice) {
        None | Some([]) => return Err("its rules are hidden from this role".to_owned()),
        // Partitions share a name, and mean the same.
        Some([rules, others @ ..]) if others.iter().all(|other| other.means_the_same(rules)) => rules,
        Some(_) => {
            let why =
                "several foreign keys of the schema have its name, and the standard does not tell them apart";
            return Err(why.to_owned());
        }
    };
    let unique = rules
        .unique_schema
        .zip(rules.unique_name)
        .ok_or("the key that it refers to is no constraint, or hidden")?;
    let table = unique_tables.get(&unique).ok_or("the key that it refers to is hidden from this role")?;
    let there = keys
        .get(&(unique.0, table, unique.1))
        .ok_or("the columns that it refers to are hidden from this role")?;
    let referenced_columns = columns
        .iter()
        .map(|column| {
            there
                .iter()
                .find(|other| Some(other.position) == column.referenced)
                .map(|other| Name::new(other.column))
                .ok_or("the columns that it refers to are hidden from this role")
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ConstraintBody::ForeignKey(ForeignKey {
        columns: columns.iter().map(|column| Name::new(column.column)).collect(),
        period: false,
        references: QualifiedName::new(unique.0, *table),
        referenced_columns,
        match_type: match rules.match_type {
            Some("NONE") => MatchType::Simple,
            Some("FULL") => MatchType::Full,
            Some("PARTIAL") => MatchType::Partial,
            other => return Err(format!("unknown MATCH {}", other.unwrap_or("NULL"))),
        },
        on_update: action(rules.on_update)?,
        on_delete: action(rules.on_delete)?,
        on_delete_columns: Vec::new(),
    }))
}

fn action(text: Option<&str>) -> Result<ForeignKeyAction, String> {
    Ok(match text {
        Some("NO ACTION") => ForeignKeyAction::NoAction,
        Some("RESTRICT") => ForeignKeyAction::Restrict,
        Some("CASCADE") => ForeignKeyAction::Cascade,
        Some("SET NULL") => ForeignKeyAction::SetNull,
        Some("SET DEFAULT") => ForeignKeyAction::SetDefault,
        other => return Err(format!("unknown action {}", other.unwrap_or("NULL"))),
    })
}
