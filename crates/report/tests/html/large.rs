//! The largest schema of the corpus with drift that SQL makes, of every sort that real databases show.

use crate::made::catalog;
use trueup_catalog::{Catalog, Column, Constraint, ConstraintBody, Index, ObjectKind, Table, Trigger};

/// SQL that makes so many drifts when it runs after `schema`, spread over its tables.
pub fn drift(schema: &str, count: usize) -> String {
    let catalog = catalog(schema);
    let sorts = [
        drop_index,
        drop_column,
        widen,
        drop_foreign_key,
        allow_null,
        add_column,
        add_index,
        new_default,
        drop_trigger,
        add_table,
    ];
    let mut pools: Vec<Vec<String>> = sorts.iter().map(|sort| spread(sort(&catalog), count)).collect();
    let mut out = String::new();
    let mut made = 0;
    while made < count {
        let before = made;
        for pool in &mut pools {
            if let Some(sql) = pool.pop().filter(|_| made < count) {
                out += &sql;
                out.push('\n');
                made += 1;
            }
        }
        assert!(made > before, "only {made} drifts can be made");
    }
    out
}

/// So many of a list, from all over it.
fn spread(list: Vec<String>, count: usize) -> Vec<String> {
    let step = (list.len() / count.max(1)).max(1);
    list.into_iter().step_by(step).collect()
}

fn tables(catalog: &Catalog) -> impl Iterator<Item = &Table> {
    let tables = catalog.of_kind(ObjectKind::Table).filter_map(|(_, entry)| Table::of(&entry.object));
    tables.filter(|table| table.partition_of.is_none() && table.partition_key.is_none())
}

fn columns(catalog: &Catalog) -> impl Iterator<Item = &Column> {
    tables(catalog).flat_map(|table| catalog.columns(&table.name))
}

fn constraints(catalog: &Catalog) -> impl Iterator<Item = &Constraint> {
    let all = catalog.of_kind(ObjectKind::Constraint);
    all.filter_map(|(_, entry)| Constraint::of(&entry.object))
        .filter(|c| tables(catalog).any(|t| t.name == c.table))
}

fn drop_index(catalog: &Catalog) -> Vec<String> {
    let indexes = catalog.of_kind(ObjectKind::Index).filter_map(|(_, entry)| Index::of(&entry.object));
    let plain = indexes.filter(|index| index.attached_to.is_none());
    plain.map(|index| format!("DROP INDEX {}.{};", index.table.schema, index.name)).collect()
}

fn drop_column(catalog: &Catalog) -> Vec<String> {
    // What nothing else names, so that it stays one drift.
    let plain =
        columns(catalog).filter(|c| c.name.as_str().ends_with("_count") || c.name.as_str().ends_with("_at"));
    plain.map(|c| format!("ALTER TABLE {} DROP COLUMN {} CASCADE;", c.table, c.name)).collect()
}

fn widen(catalog: &Catalog) -> Vec<String> {
    let plain =
        columns(catalog).filter(|c| c.data_type.name == "int4" && !c.data_type.array && c.default.is_none());
    plain.map(|c| format!("ALTER TABLE {} ALTER COLUMN {} TYPE bigint;", c.table, c.name)).collect()
}

fn drop_foreign_key(catalog: &Catalog) -> Vec<String> {
    let keys = constraints(catalog).filter(|c| matches!(c.body, ConstraintBody::ForeignKey(_)));
    keys.map(|c| format!("ALTER TABLE {} DROP CONSTRAINT {};", c.table, c.name)).collect()
}

fn allow_null(catalog: &Catalog) -> Vec<String> {
    let plain = columns(catalog)
        .filter(|c| c.not_null.is_some() && c.identity.is_none() && c.name.as_str().ends_with("name"));
    plain.map(|c| format!("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL;", c.table, c.name)).collect()
}

fn add_column(catalog: &Catalog) -> Vec<String> {
    tables(catalog).map(|t| format!("ALTER TABLE {} ADD COLUMN legacy_note text;", t.name)).collect()
}

fn add_index(catalog: &Catalog) -> Vec<String> {
    let plain = columns(catalog).filter(|c| c.name == "created_at");
    plain
        .enumerate()
        .map(|(at, c)| format!("CREATE INDEX tmp_by_hand_{at} ON {} ({});", c.table, c.name))
        .collect()
}

fn new_default(catalog: &Catalog) -> Vec<String> {
    let plain = columns(catalog).filter(|c| c.data_type.name == "bool" && c.default.is_some());
    let other = |c: &Column| {
        if c.default.as_ref().is_some_and(|d| d.sql.contains("true")) { "false" } else { "true" }
    };
    plain
        .map(|c| format!("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {};", c.table, c.name, other(c)))
        .collect()
}

fn drop_trigger(catalog: &Catalog) -> Vec<String> {
    let triggers = catalog.of_kind(ObjectKind::Trigger).filter_map(|(_, entry)| Trigger::of(&entry.object));
    let plain = triggers.filter(|t| tables(catalog).any(|table| table.name == t.table));
    plain.map(|t| format!("DROP TRIGGER {} ON {};", t.name, t.table)).collect()
}

fn add_table(_: &Catalog) -> Vec<String> {
    (1..=5)
        .map(|at| {
            format!("CREATE TABLE backup_{at} (id bigint PRIMARY KEY, project_id bigint REFERENCES projects (id), note text);")
        })
        .collect()
}
