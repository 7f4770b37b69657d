//! Every field of every kind, read back from every supported version.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod constraint;
mod data_type;
mod event_trigger;
mod foreign_data;
mod index;
mod privilege;
mod publication;
mod routine;
mod rule;
mod schema;
mod statistics;
mod subscription;
mod table;
mod text_search;
mod trigger;
mod unmodeled;
mod view;

use common::load;
use trueup_catalog::*;
use trueup_testkit::{Server, for_each_version};

fn name(text: &str) -> Name {
    Name::new(text)
}

fn q(text: &str) -> QualifiedName {
    let (schema, name) = text.split_once('.').unwrap();
    QualifiedName::new(schema, name)
}

fn expr(sql: &str) -> Expr {
    Expr::qualified(sql)
}

fn builtin(name: &str) -> DataType {
    DataType::builtin(name)
}

fn with(name: &str, modifiers: &[&str]) -> DataType {
    DataType { modifiers: modifiers.iter().map(|text| (*text).into()).collect(), ..builtin(name) }
}

fn entry(catalog: &Catalog, key: ObjectKey) -> Entry {
    catalog.get(&key).unwrap_or_else(|| panic!("{key} is not there: {:?}", catalog.gaps)).clone()
}

fn object(catalog: &Catalog, key: ObjectKey) -> Object {
    entry(catalog, key).object
}

/// Reads the SQL back on every version, and checks it.
fn on_every_version(sql: impl Fn(u32) -> String, check: impl Fn(&Catalog, u32)) {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().map_err(|error| error.to_string())?;
        let major = u32::from(server.major());
        let catalog = load(&database, &sql(major));
        println!("PostgreSQL {major}");
        check(&catalog, major);
        Ok(())
    })
    .unwrap();
}
