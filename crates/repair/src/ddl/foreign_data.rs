//! `CREATE FOREIGN DATA WRAPPER` and `CREATE SERVER`, and what makes a table a foreign one.

use super::Sql;
use trueup_catalog::{ForeignDataWrapper, Options, Server, UserMapping, quote_ident, quote_literal};

/// ` OPTIONS (name 'value', …)` when there are any.
pub fn options(sql: &mut Sql, options: &Options) {
    if options.is_empty() {
        return;
    }
    sql.push(" OPTIONS (");
    sql.list(", ", options, |sql, (name, value)| {
        sql.add(format_args!("{} {}", quote_ident(name), quote_literal(value)));
    });
    sql.push(")");
}

/// `CREATE FOREIGN DATA WRAPPER`.
pub fn create_wrapper(wrapper: &ForeignDataWrapper) -> Sql {
    let ForeignDataWrapper { name, handler, validator, options: list } = wrapper;
    let mut sql = Sql::new(format!("CREATE FOREIGN DATA WRAPPER {name}"));
    for (word, function) in [("HANDLER", handler), ("VALIDATOR", validator)] {
        if let Some(function) = function {
            sql.add(format_args!(" {word} {function}"));
        }
    }
    options(&mut sql, list);
    sql
}

/// `CREATE SERVER`.
pub fn create_server(server: &Server) -> Sql {
    let Server { name, server_type, version, wrapper, options: list } = server;
    let mut sql = Sql::new(format!("CREATE SERVER {name}"));
    for (word, text) in [("TYPE", server_type), ("VERSION", version)] {
        if let Some(text) = text {
            sql.add(format_args!(" {word} {}", quote_literal(text)));
        }
    }
    sql.add(format_args!(" FOREIGN DATA WRAPPER {wrapper}"));
    options(&mut sql, list);
    sql
}

/// `CREATE USER MAPPING …`, whose options only people know.
pub fn create_mapping(mapping: &UserMapping) -> Sql {
    let UserMapping { user, server } = mapping;
    let user = user.as_ref().map_or_else(|| "PUBLIC".to_owned(), ToString::to_string);
    Sql::new(format!("CREATE USER MAPPING FOR {user} SERVER {server} OPTIONS (…)"))
}
