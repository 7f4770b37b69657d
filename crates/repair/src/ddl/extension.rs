//! `CREATE EXTENSION`.

use super::Sql;
use trueup_catalog::{Extension, quote_literal};

/// `CREATE EXTENSION name [SCHEMA …] [VERSION …]`.
pub fn create(extension: &Extension) -> Sql {
    let Extension { name, schema, version, altered: _ } = extension;
    let mut sql = Sql::new(format!("CREATE EXTENSION {name}"));
    if let Some(schema) = schema {
        sql.add(format_args!(" SCHEMA {schema}"));
    }
    if let Some(version) = version {
        sql.add(format_args!(" VERSION {}", quote_literal(version)));
    }
    sql
}
