//! `CREATE LANGUAGE` and `CREATE ACCESS METHOD`.

use super::Sql;
use trueup_catalog::{AccessMethod, Language};

/// `CREATE LANGUAGE name HANDLER …`.
pub fn create(language: &Language) -> Sql {
    let Language { name, trusted, handler, inline, validator } = language;
    let trusted = if *trusted { "TRUSTED " } else { "" };
    let mut sql = Sql::new(format!("CREATE {trusted}LANGUAGE {name}"));
    for (word, function) in [("HANDLER", handler), ("INLINE", inline), ("VALIDATOR", validator)] {
        if let Some(function) = function {
            sql.add(format_args!(" {word} {function}"));
        }
    }
    sql
}

/// `CREATE ACCESS METHOD`.
pub fn create_access_method(method: &AccessMethod) -> Sql {
    let AccessMethod { name, for_tables, handler } = method;
    let sort = if *for_tables { "TABLE" } else { "INDEX" };
    Sql::new(format!("CREATE ACCESS METHOD {name} TYPE {sort} HANDLER {handler}"))
}
