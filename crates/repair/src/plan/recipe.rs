//! What no step may do, written down for people: what would rewrite a table is done in small transactions instead.
//!
//! Owns: suggestions of several statements, to be run in their order. Never: a step; rows are people's.

use super::Context;
use crate::ddl::{Sql, column as ddl};
use crate::names::automatic;
use trueup_catalog::{
    Column, Constraint, ConstraintBody, Expr, Identity, IndexTarget, Name, ObjectKind, PartitionBound,
    QualifiedName, RangeBound, Table, quote_literal,
};

/// How many rows a transaction of a recipe changes.
const BATCH: u32 = 1000;

/// Gives each row that has none a value, batch by batch. By the primary key where it is one column, so that each batch begins where the last
/// one ended; else by place, which looks at the table anew each time.
pub(super) fn fill(context: &Context<'_>, table: &QualifiedName, column: &Name, value: &str) -> Sql {
    let update = format!("UPDATE {table} SET {column} = {value} WHERE");
    let Some(key) = key(context, table) else {
        return Sql::new(format!(
            "DO $fill$\nBEGIN\n    LOOP\n        {update} ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {column} IS NULL LIMIT {BATCH}));\n        EXIT WHEN NOT FOUND;\n        COMMIT;\n    END LOOP;\nEND\n$fill$"
        ));
    };
    Sql::new(format!(
        "DO $fill$
#variable_conflict use_column
DECLARE
    trueup_from {table}.{key}%TYPE;
    trueup_to {table}.{key}%TYPE;
BEGIN
    SELECT {key} INTO trueup_from FROM {table} ORDER BY {key} LIMIT 1;
    WHILE trueup_from IS NOT NULL LOOP
        SELECT b.{key} INTO trueup_to FROM (SELECT {key} FROM {table} WHERE {key} >= trueup_from ORDER BY {key} LIMIT {BATCH}) AS b ORDER BY b.{key} DESC LIMIT 1;
        {update} {key} >= trueup_from AND {key} <= trueup_to AND {column} IS NULL;
        COMMIT;
        SELECT {key} INTO trueup_from FROM {table} WHERE {key} > trueup_to ORDER BY {key} LIMIT 1;
    END LOOP;
END
$fill$"
    ))
}

fn key<'a>(context: &Context<'a>, table: &QualifiedName) -> Option<&'a Name> {
    context.live.on_relation(ObjectKind::Constraint, table).find_map(|(_, entry)| {
        match &Constraint::of(&entry.object)?.body {
            ConstraintBody::PrimaryKey(key) => match key.columns.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            ConstraintBody::Unique(_)
            | ConstraintBody::ForeignKey(_)
            | ConstraintBody::Check { .. }
            | ConstraintBody::Exclusion(_) => None,
        }
    })
}

/// NOT NULL through a check that is validated while everybody works.
fn not_null(table: &QualifiedName, column: &Name) -> Vec<Sql> {
    let check = automatic(&table.name, Some(column), "filled");
    let alter = |what: String| Sql::new(format!("ALTER TABLE {table} {what}"));
    vec![
        alter(format!("ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID")),
        alter(format!("VALIDATE CONSTRAINT {check}")),
        alter(format!("ALTER COLUMN {column} SET NOT NULL")),
        alter(format!("DROP CONSTRAINT {check}")),
    ]
}

/// `ADD GENERATED … AS IDENTITY` with its sequence behind what is there, in one transaction: nobody can add a row between the two.
pub(super) fn begin_identity(column: &Column, identity: &Identity) -> Sql {
    let Column { table, name, .. } = column;
    let mut sql = Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name} ADD"));
    ddl::identity(&mut sql, table, column, identity);
    let (furthest, beyond) = if identity.options.increment < 0 { ("min", "<=") } else { ("max", ">=") };
    sql.add(format_args!(
        ";\nSELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({}, {}), m.taken) FROM (SELECT pg_catalog.{furthest}(t.{name}) AS taken FROM {table} AS t) AS m WHERE m.taken {beyond} {}",
        quote_literal(&table.to_string()),
        quote_literal(name.as_str()),
        identity.options.start
    ));
    sql
}

/// The same for people to run, after what stands in its way.
pub(super) fn identity(
    context: &Context<'_>,
    desired: &Column,
    live: &Column,
    identity: &Identity,
) -> Vec<Sql> {
    let Column { table, name, .. } = desired;
    let mut list = Vec::new();
    if live.not_null.is_none() && desired.not_null.is_none() {
        list.extend(not_null(table, name));
    }
    list.push(Sql::new("BEGIN"));
    if live.default.is_some() {
        list.push(Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT")));
    }
    if context
        .live
        .get(&trueup_catalog::ObjectKey::in_schema(ObjectKind::Sequence, identity.sequence.clone()))
        .is_some()
    {
        list.push(Sql::new(format!("DROP SEQUENCE {}", identity.sequence)));
    }
    list.push(begin_identity(desired, identity));
    list.push(Sql::new("COMMIT"));
    list
}

/// An identity column on a table with rows: a plain column, numbers for old and new rows, then what makes an identity of it.
pub(super) fn new_identity(context: &Context<'_>, column: &Column, identity: &Identity) -> Vec<Sql> {
    let Column { table, name, .. } = column;
    let helper =
        QualifiedName { schema: table.schema.clone(), name: automatic(&table.name, Some(name), "fill") };
    let next = format!("nextval({})", quote_literal(&helper.to_string()));
    let mut numbers = Sql::new(format!("CREATE SEQUENCE {helper}"));
    crate::ddl::sequence::options(&mut numbers, &identity.options);
    let mut list = vec![
        Sql::new(format!("ALTER TABLE {table} ADD COLUMN {name} {}", column.data_type)),
        numbers,
        Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {next}")),
        fill(context, table, name, &next),
    ];
    list.extend(not_null(table, name));
    list.push(Sql::new("BEGIN"));
    list.push(Sql::new(format!("ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT")));
    // Writers that have been waiting since must not be numbered twice.
    list.push(begin_identity(column, identity));
    list.push(Sql::new("COMMIT"));
    list.push(Sql::new(format!("DROP SEQUENCE {helper}")));
    list
}

/// A check by which the default partition proves that it has no row of a new partition, validated while everybody works: without it,
/// attaching reads the default partition while nobody can use that. `None` where its words can't be told: several key columns, expressions.
pub(super) fn beside_default(
    context: &Context<'_>,
    table: &Table,
    default: &QualifiedName,
    rest: Vec<Sql>,
) -> Option<Vec<Sql>> {
    let of = table.partition_of.as_ref()?;
    let key = context
        .live
        .table(&of.parent)
        .or_else(|| context.desired.table(&of.parent))?
        .partition_key
        .as_ref()?;
    let [element] = key.elements.as_slice() else { return None };
    let IndexTarget::Column(name) = &element.target else { return None };
    let mut bound = Sql::default();
    let compare = |bound: &mut Sql, how: &str, value: &Expr| {
        bound.add(format_args!(" AND {name} {how} "));
        bound.expr(value);
    };
    match &of.bound {
        PartitionBound::Range { from, to } => {
            let ([from], [to]) = (from.as_slice(), to.as_slice()) else { return None };
            bound.add(format_args!("{name} IS NOT NULL"));
            if let RangeBound::Value(value) = from {
                compare(&mut bound, ">=", value);
            }
            if let RangeBound::Value(value) = to {
                compare(&mut bound, "<", value);
            }
        }
        PartitionBound::List(values) => {
            bound.add(format_args!("{name} IS NOT NULL AND {name} IN ("));
            bound.list(", ", values, |sql, value| {
                sql.expr(value);
            });
            bound.push(")");
        }
        PartitionBound::Hash { .. } | PartitionBound::Default => return None,
    }
    let check = automatic(&table.name.name, None, "elsewhere");
    let mut add = Sql::new(format!("ALTER TABLE {default} ADD CONSTRAINT {check} CHECK (NOT ("));
    add.append(&bound).push(")) NOT VALID");
    let alter = |what: &str| Sql::new(format!("ALTER TABLE {default} {what} CONSTRAINT {check}"));
    Some([add, alter("VALIDATE")].into_iter().chain(rest).chain([alter("DROP")]).collect())
}
