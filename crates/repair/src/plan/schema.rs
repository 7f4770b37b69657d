//! Schemas.

use super::Judged;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{ObjectKey, Schema};

pub(super) fn missing(key: &ObjectKey, schema: &Schema) -> Judged {
    let sql = Sql::new(format!("CREATE SCHEMA IF NOT EXISTS {}", schema.name));
    let mut draft = Draft::new(Phase::Prepare, key, format!("schema {key}")).run(&sql);
    draft.needs.clear();
    Judged::safe("it is only added", vec![draft.provides(Symbol::Schema(schema.name.clone()))])
}
