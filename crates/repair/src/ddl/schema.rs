//! `CREATE SCHEMA`.

use super::Sql;
use trueup_catalog::Schema;

/// `CREATE SCHEMA name`.
pub fn create(schema: &Schema) -> Sql {
    Sql::new(format!("CREATE SCHEMA {}", schema.name))
}
