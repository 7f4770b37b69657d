//! Columns of tables and views.

use super::constraint::Checks;
use super::data_type::{Description, Modifiers, collation};
use super::domain::DomainCollations;
use super::existing::Existing;
use super::table::Tables;
use super::{Shape, decode, number, unreadable, yes};
use crate::pg_catalog::Output;
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Column, DataType, Expr, Generated, Identity, Name, NotNull, QualifiedName, SchemaObject, SequenceOptions,
    ViewColumn,
};

row! {
    ColumnRow {
        schema: &'a str, relation: &'a str, name: &'a str, position: i32, expression: Option<&'a str>,
        nullable: Option<&'a str>, data_type: Option<&'a str>, length: Option<i32>, precision: Option<i32>,
        scale: Option<i32>, fraction: Option<i32>, fields: Option<&'a str>, collation_schema: Option<&'a str>,
        collation_name: Option<&'a str>, domain_schema: Option<&'a str>, domain_name: Option<&'a str>,
        type_schema: Option<&'a str>, type_name: Option<&'a str>, identity: Option<&'a str>,
        identity_start: Option<&'a str>, identity_increment: Option<&'a str>, identity_minimum: Option<&'a str>,
        identity_maximum: Option<&'a str>, identity_cycle: Option<&'a str>, generated: Option<&'a str>,
        generation: Option<&'a str>,
    }
}

/// Columns of what is no table (views), in order, by schema and name.
pub(super) type OtherColumns<'a> = FxHashMap<(&'a str, &'a str), Vec<OtherColumn>>;

/// A view's column.
pub(super) struct OtherColumn {
    pub position: i32,
    pub column: ViewColumn,
    pub default: Option<Expr>,
}

pub(super) fn read<'a>(
    answer: &'a Answer,
    tables: &Tables<'_>,
    checks: &Checks<'_>,
    modifiers: &Modifiers<'_>,
    domains: &DomainCollations<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<OtherColumns<'a>, Shape> {
    let mut others = OtherColumns::default();
    for row in decode::<ColumnRow<'a>>(answer)? {
        let described = Description {
            data_type: row.data_type,
            type_schema: row.type_schema,
            type_name: row.type_name,
            domain_schema: row.domain_schema,
            domain_name: row.domain_name,
            length: row.length,
            precision: row.precision,
            scale: row.scale,
            fraction: row.fraction,
            fields: row.fields,
        };
        let mut data_type = described.data_type();
        if let Some(lost) = modifiers.get(&(row.schema, row.relation, row.name)) {
            data_type.modifiers.clone_from(lost);
        }
        if !tables.contains(&(row.schema, row.relation)) {
            others.entry((row.schema, row.relation)).or_default().push(OtherColumn {
                position: row.position,
                column: ViewColumn { name: Name::new(row.name), data_type: Some(data_type) },
                default: row.expression.map(Expr::qualified),
            });
            continue;
        }
        existing.saw("columns");
        let table = QualifiedName::new(row.schema, row.relation);
        let name = Name::new(row.name);
        let mut column = Column::new(table, name, row.position.unsigned_abs(), data_type);
        let domain = row.domain_schema.zip(row.domain_name).and_then(|domain| domains.get(&domain));
        // The domains of the standard's own schema are COLLATE "C" (`information_schema.sql` of PostgreSQL).
        let standard = row.domain_schema == Some("information_schema");
        column.collation = collation(row.collation_schema, row.collation_name, row.type_name)
            .filter(|collation| Some(collation) != domain && !(standard && collation.name == "C"));
        // A domain that refuses NULL makes the view say NO as well; then the column's own constraint tells.
        let own = row.domain_name.is_none() || checks.is_not_null(row.schema, row.relation, row.name);
        column.not_null = (row.nullable == Some("NO") && own).then(NotNull::default);
        if row.generated == Some("ALWAYS") {
            match row.generation {
                Some(expression) => {
                    column.generated = Some(Generated { expr: Expr::qualified(expression), stored: true });
                }
                None => {
                    let object = format!("{}.{}", column.table, column.name);
                    let why = "its expression is hidden from this role";
                    out.gaps.push(unreadable("generated column", &object, why));
                    existing.unreadable(column.key());
                    continue;
                }
            }
        } else {
            column.default = row.expression.map(Expr::qualified);
        }
        column.identity = row.identity.map(|generation| identity(&row, generation, &column));
        out.add(column, None, None, None);
    }
    for columns in others.values_mut() {
        columns.sort_by_key(|column| column.position);
    }
    Ok(others)
}

/// The standard names neither the sequence nor its cache; both are marked as not covered.
fn identity(row: &ColumnRow<'_>, generation: &str, column: &Column) -> Identity {
    let data_type = DataType { modifiers: Vec::new(), ..column.data_type.clone() };
    let defaults = SequenceOptions::defaults(data_type);
    Identity {
        always: generation == "ALWAYS",
        sequence: QualifiedName::new(row.schema, format!("{}_{}_seq", row.relation, row.name)),
        options: SequenceOptions {
            start: number(row.identity_start).unwrap_or(defaults.start),
            increment: number(row.identity_increment).unwrap_or(defaults.increment),
            min: number(row.identity_minimum).unwrap_or(defaults.min),
            max: number(row.identity_maximum).unwrap_or(defaults.max),
            cycle: yes(row.identity_cycle),
            ..defaults
        },
    }
}
