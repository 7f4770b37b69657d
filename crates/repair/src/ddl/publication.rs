//! `CREATE PUBLICATION` and `CREATE SUBSCRIPTION`.

use super::Sql;
use trueup_catalog::{Name, Publication, PublishedTable, Subscription, quote_literal};

fn table(sql: &mut Sql, published: &PublishedTable) {
    let PublishedTable { table, columns, filter } = published;
    sql.add(format_args!("ONLY {table}"));
    if let Some(columns) = columns {
        sql.push(" ");
        sql.names(columns);
    }
    if let Some(filter) = filter {
        sql.push(" WHERE ").parenthesized(filter);
    }
}

fn members(sql: &mut Sql, tables: &[&PublishedTable], schemas: &[&Name]) {
    // `TABLE` once: before 15 the grammar knows no second one, and from 15 on it is optional.
    if !tables.is_empty() {
        sql.push("TABLE ");
    }
    sql.list(", ", tables, |sql, published| table(sql, published));
    if !tables.is_empty() && !schemas.is_empty() {
        sql.push(", ");
    }
    if !schemas.is_empty() {
        sql.push("TABLES IN SCHEMA ");
        sql.list(", ", schemas, |sql, schema| {
            sql.add(format_args!("{schema}"));
        });
    }
}

/// `CREATE PUBLICATION …`.
pub fn create(publication: &Publication) -> Sql {
    let Publication { name, all_tables, tables, schemas, publish, via_partition_root, generated_columns } =
        publication;
    let mut sql = Sql::new(format!("CREATE PUBLICATION {name}"));
    if *all_tables {
        sql.push(" FOR ALL TABLES");
    } else if !tables.is_empty() || !schemas.is_empty() {
        sql.push(" FOR ");
        members(&mut sql, &tables.iter().collect::<Vec<_>>(), &schemas.iter().collect::<Vec<_>>());
    }
    sql.add(format_args!(" WITH (publish = {}", quote_literal(&publish.join(", "))));
    if *via_partition_root {
        sql.push(", publish_via_partition_root = true");
    }
    if let Some(generated) = generated_columns {
        sql.add(format_args!(", publish_generated_columns = {generated}"));
    }
    sql.push(")");
    sql
}

/// `ALTER PUBLICATION … ADD …`; `None` when there is nothing to add.
pub fn add(name: &Name, tables: &[&PublishedTable], schemas: &[&Name]) -> Option<Sql> {
    if tables.is_empty() && schemas.is_empty() {
        return None;
    }
    let mut sql = Sql::new(format!("ALTER PUBLICATION {name} ADD "));
    members(&mut sql, tables, schemas);
    Some(sql)
}

/// `CREATE SUBSCRIPTION …`, whose connection string only people know.
pub fn create_subscription(subscription: &Subscription) -> Sql {
    let Subscription { name, publications, enabled, slot_name, options } = subscription;
    let mut sql = Sql::new(format!("CREATE SUBSCRIPTION {name} CONNECTION '…' PUBLICATION "));
    sql.list(", ", publications, |sql, publication| {
        sql.add(format_args!("{publication}"));
    });
    sql.add(format_args!(" WITH (enabled = {enabled}"));
    match slot_name {
        Some(slot) => sql.add(format_args!(", slot_name = {}", quote_literal(slot))),
        None => sql.push(", slot_name = NONE"),
    };
    for (option, value) in options {
        sql.add(format_args!(", {option} = {}", quote_literal(value)));
    }
    sql.push(")");
    sql
}
