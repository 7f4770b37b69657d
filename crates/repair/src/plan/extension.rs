//! Extensions.

use super::Judged;
use super::draft::Draft;
use crate::ddl::Sql;
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{Extension, Name, ObjectKey, SearchPath, quote_literal};
use trueup_diff::Change;

pub(super) fn missing(key: &ObjectKey, extension: &Extension) -> Judged {
    let plain = crate::ddl::extension::create(extension);
    let mut sql = Sql::new(plain.text.replacen("CREATE EXTENSION ", "CREATE EXTENSION IF NOT EXISTS ", 1));
    if extension.schema.is_none() {
        // Unless its control file names a schema, an extension goes where new objects go, and a
        // session that nobody configured puts them into public (manual, CREATE EXTENSION).
        sql.paths.push(SearchPath::from([Name::new("public")]));
    }
    let mut draft = Draft::new(Phase::Prepare, key, format!("extension {key}")).run(&sql);
    if let Some(schema) = &extension.schema {
        draft = draft.needs(Symbol::Schema(schema.clone()));
    }
    Judged::safe("it is only added", vec![draft])
}

pub(super) fn changed(desired: &Extension, change: &Change) -> Judged {
    if change.attribute == "members" {
        return Judged::manual("only its own scripts know what its members were", Vec::new());
    }
    let sql = match (change.attribute.as_str(), &desired.version, &desired.schema) {
        ("version", Some(version), _) => {
            Some(Sql::new(format!("ALTER EXTENSION {} UPDATE TO {}", desired.name, quote_literal(version))))
        }
        ("schema", _, Some(schema)) => {
            Some(Sql::new(format!("ALTER EXTENSION {} SET SCHEMA {schema}", desired.name)))
        }
        _ => None,
    };
    Judged::manual("another version or schema can change what clients see", sql.into_iter().collect())
}
