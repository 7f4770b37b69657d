//! CREATE, ALTER and DROP MATERIALIZED VIEW.

use std::collections::BTreeMap;

use trueup_catalog::{Entry, MaterializedView, Query};
use trueup_syntax::Cursor;

use crate::apply::view::{alter_either, drop_either, named_columns};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::view as grammar;
use crate::interpreter::Interpreter;

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    let statement = grammar::create_materialized(cursor)?;
    let name = interp.new_name(&statement.name)?;
    if interp.store.relation(&name).is_some() && interp.minds_duplicates() {
        if statement.if_not_exists {
            return Ok(());
        }
        return Err(Failure::relation_exists(&name).at(statement.name.range));
    }
    let query = Query { sql: statement.query, search_path: interp.store.search_path() };
    interp.check_relations(&query)?;
    let view = MaterializedView {
        name,
        columns: named_columns(statement.columns),
        query,
        options: statement.options,
        access_method: interp.access_method(statement.access_method),
        tablespace: interp.new_tablespace(statement.tablespace),
        populated: statement.populated,
        clustered_on: None,
        column_settings: BTreeMap::new(),
        column_comments: BTreeMap::new(),
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    interp.store.put(Entry { span, ..Entry::from(view) });
    Ok(())
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    alter_either(interp, cursor, true)
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    drop_either(interp, cursor, true)
}
