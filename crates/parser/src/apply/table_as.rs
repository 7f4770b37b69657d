//! CREATE TABLE AS and SELECT INTO: tables whose columns follow from a query.
//!
//! Owns: what becomes of a query's columns (`intorel_startup` and `create_ctas_internal` in `createas.c`). Where names, types or collations
//! can't be told, the table is known by its name alone, and that is a gap. Never: rows.

use std::ops::Range;

use trueup_catalog::{Column, Entry, Name, Persistence, QualifiedName, Query, Table};
use trueup_syntax::{Cursor, TokenKind, WrittenName};

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::RelationKind;

/// Puts a table with the columns of a query, of which the first may be given other names.
///
/// # Errors
/// 42601 when more names are given than there are columns.
pub(crate) fn create(
    interp: &mut Interpreter<'_>,
    table: Table,
    names: &[Name],
    sql: &str,
    range: Range<usize>,
) -> Outcome {
    let query = Query { sql: sql.into(), search_path: interp.store.search_path() };
    interp.check_relations(&query)?;
    let columns = match columns(interp, &table.name, names, &query) {
        Ok(columns) => columns,
        Err(failure) if failure.sqlstate.is_some() => return Err(failure.at(range)),
        Err(failure) => return opaque(interp, &table, failure, range),
    };
    let span = interp.span(range.clone());
    interp.store.put(Entry { span: Some(span.clone()), ..Entry::from(table) });
    for column in columns {
        interp.store.put(Entry { span: Some(span.clone()), ..Entry::from(column) });
    }
    Ok(())
}

fn columns(
    interp: &Interpreter<'_>,
    table: &QualifiedName,
    names: &[Name],
    query: &Query,
) -> Outcome<Vec<Column>> {
    let output = interp.output(query)?;
    if names.len() > output.len() {
        return Err(Failure::syntax("too many column names were specified"));
    }
    let collations = interp.output_collations(query, &output)?;
    let mut columns: Vec<Column> = Vec::with_capacity(output.len());
    for (place, (column, collation)) in output.into_iter().zip(collations).enumerate() {
        let name = names.get(place).cloned().unwrap_or(column.name);
        if columns.iter().any(|c| c.name == name) {
            let message = format!("column {name} specified more than once");
            return Err(Failure::duplicate("42701", message));
        }
        let Some(data_type) = column.data_type else {
            return Err(Failure::not_understood(format!("the type of column {name} can't be told")));
        };
        let position = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
        let mut column = Column::new(table.clone(), name, position, data_type);
        column.collation = collation;
        columns.push(column);
    }
    Ok(columns)
}

/// A table of which only the name is known.
pub(crate) fn opaque(
    interp: &mut Interpreter<'_>,
    table: &Table,
    failure: Failure,
    range: Range<usize>,
) -> Outcome {
    interp.store.set_opaque_relation(table.name.clone(), Some(RelationKind::Opaque));
    if table.persistence != Persistence::Temporary {
        let failure = failure.help("write the columns out: CREATE TABLE name (column type, …)");
        interp.report(&failure, range);
    }
    Ok(())
}

/// `SELECT … INTO [TEMPORARY | UNLOGGED] [TABLE] name …`, its INTO cut out (manual, SELECT INTO).
pub(crate) struct SelectInto {
    pub persistence: Persistence,
    pub name: WrittenName,
    pub query: String,
}

/// The statement at the cursor as a SELECT INTO, if it is one.
pub(crate) fn select_into(cursor: &Cursor<'_>, file: &str) -> Option<SelectInto> {
    let mut c = cursor.clone();
    let start = c.offset();
    let mut depth = 0u32;
    let mut previous = String::new();
    while let Some(token) = c.peek() {
        match token.kind {
            TokenKind::LParen => depth += 1,
            TokenKind::RParen => depth = depth.saturating_sub(1),
            _ if depth == 0 && c.is_any_word(&["insert", "merge", "update", "delete"]) => return None,
            _ if depth == 0 && c.is_word("into") && !matches!(previous.as_str(), "." | "as") => break,
            _ => {}
        }
        previous = c.text_of(&token).to_ascii_lowercase();
        c.next_token();
    }
    if !c.is_word("into") {
        return None;
    }
    let from = c.offset();
    c.next_token();
    c.accept_any(&["global", "local"]);
    let persistence = match c.accept_any(&["temp", "temporary", "unlogged"]) {
        Some("unlogged") => Persistence::Unlogged,
        Some(_) => Persistence::Temporary,
        None => Persistence::Permanent,
    };
    c.accept("table");
    let name = c.qualified_name().ok()?;
    let to = c.end_of_previous();
    let end = {
        c.rest();
        c.end_of_previous().max(to)
    };
    let query = format!("{} {}", file.get(start..from)?, file.get(to..end)?);
    Some(SelectInto { persistence, name, query })
}

/// Makes the table of a SELECT INTO.
///
/// # Errors
/// 42P07 when the name is taken.
pub(crate) fn into(interp: &mut Interpreter<'_>, select: SelectInto) -> Outcome {
    let temporary = select.persistence == Persistence::Temporary
        || select.name.schema.as_ref().is_some_and(|schema| *schema == PG_TEMP);
    let name = if temporary {
        QualifiedName { schema: Name::new(PG_TEMP), name: select.name.name.clone() }
    } else {
        interp.new_name(&select.name)?
    };
    if interp.store.relation(&name).is_some() {
        return Err(Failure::relation_exists(&name).at(select.name.range));
    }
    let mut table = Table::new(name);
    table.persistence = if temporary { Persistence::Temporary } else { select.persistence };
    table.access_method = interp.access_method(None);
    table.tablespace = interp.new_tablespace(None);
    create(interp, table, &[], &select.query, select.name.range)
}

#[cfg(test)]
mod tests {
    use crate::testing::{read, read_on, states};
    use trueup_catalog::QualifiedName;

    fn columns(sql: &str) -> String {
        let catalog = read(sql);
        let table = QualifiedName::new("public", "made");
        let column = |c: &&trueup_catalog::Column| {
            let collation = c.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
            format!("{} {}{collation}", c.name, c.data_type)
        };
        catalog.columns(&table).iter().map(column).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_query_gives_a_table_its_columns() {
        let t = "CREATE TABLE t (a int, b varchar(5) COLLATE \"C\", c numeric(8,2)[]);";
        let made = |query: &str| columns(&format!("{t} {query}"));
        assert_eq!(
            made("CREATE TABLE made AS SELECT * FROM t"),
            "a integer, b character varying(5) COLLATE pg_catalog.\"C\", c numeric(8,2)[]"
        );
        assert_eq!(
            made(
                "CREATE TABLE made (x, y) AS SELECT count(*), a + 1.5, 'x' AS z FROM t GROUP BY a WITH NO DATA"
            ),
            "x bigint, y numeric, z text"
        );
        assert_eq!(
            made("SELECT a, now() AS at INTO made FROM t WHERE a IN (SELECT 1)"),
            "a integer, at timestamp with time zone"
        );
        assert_eq!(made("WITH q AS (SELECT a FROM t) SELECT a INTO UNLOGGED TABLE made FROM q"), "a integer");
        assert_eq!(states(&format!("{t} CREATE TABLE made (x, y) AS SELECT 1")), ["42601"]);
        assert_eq!(states(&format!("{t} CREATE TABLE made AS SELECT 1 AS a, 2 AS a")), ["42701"]);
    }

    #[test]
    fn what_cannot_be_told_is_a_gap_but_for_temporary_tables() {
        let parsed =
            read_on(15, "CREATE TABLE made AS EXECUTE prepared; CREATE TABLE too AS SELECT nobody() AS x");
        let codes: Vec<_> = parsed.diagnostics.iter().map(|d| (d.code, d.span.line)).collect();
        assert_eq!(codes, [("S105", 1), ("S102", 1)]);
        assert!(read_on(15, "CREATE TEMP TABLE made AS EXECUTE prepared").diagnostics.is_empty());
        assert_eq!(columns("CREATE TEMP TABLE made AS SELECT 1"), "");
    }
}
