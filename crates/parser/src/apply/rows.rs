//! What statements say of rows, where somebody asks: `INSERT … VALUES` states them, everything else makes them unclear.
//!
//! Owns: reading these statements. Never: keeps a statement from being passed over, as all that only touches rows is.

use trueup_catalog::{Conflict, Name, QualifiedName, StatedInsert, StatedRow, StatedValue, UnclearRows};
use trueup_syntax::sqlparser::ast::{Expr, UnaryOperator};
use trueup_syntax::{Cursor, SyntaxError, TokenKind, parse_expr};

use crate::apply::rename::Renamed;
use crate::interpreter::Interpreter;
use std::sync::Arc;

/// Notes what the statement at the cursor says of rows; the cursor stays where it is.
pub(crate) fn statement(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) {
    if interp.store.stated.is_none() {
        return;
    }
    let start = cursor.mark();
    let found = if cursor.is_words("insert into") {
        match insert(interp, cursor) {
            Ok(found) => found,
            Err(_) => {
                // What sqlparser does not read is still about this table.
                cursor.reset(start);
                cursor.accept_words("insert into");
                table(interp, cursor)
                    .map(|table| Said::Unclear(table, "it is not understood which rows an INSERT gives it"))
            }
        }
    } else {
        changing(interp, cursor).map(|(table, why)| Said::Unclear(table, why))
    };
    cursor.reset(start);
    let span = interp.span(interp.place.statement.clone());
    let Some(stated) = &mut interp.store.stated else { return };
    match found {
        Some(Said::Rows(insert)) => stated.inserts.push(insert),
        Some(Said::Unclear(table, why)) => stated.unclear.push(UnclearRows { table, why, span: Some(span) }),
        None => {}
    }
}

/// What a statement says.
enum Said {
    Rows(StatedInsert),
    Unclear(QualifiedName, &'static str),
}

fn table(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Option<QualifiedName> {
    let written = cursor.qualified_name().ok()?;
    interp.find_relation(&written).map(|(name, _)| name)
}

/// The table that another statement changes rows of, and how.
fn changing(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Option<(QualifiedName, &'static str)> {
    let why = if cursor.accept("update") {
        "an UPDATE changes them"
    } else if cursor.accept_words("delete from") {
        "a DELETE takes some away"
    } else if cursor.accept_words("merge into") {
        "a MERGE changes them"
    } else if cursor.accept("truncate") {
        cursor.accept("table");
        "a TRUNCATE takes them away"
    } else {
        return None;
    };
    cursor.accept("only");
    Some((table(interp, cursor)?, why))
}

/// `INSERT INTO name [AS alias] [(columns)] [OVERRIDING …] VALUES … [ON CONFLICT …] [RETURNING …]` (manual, INSERT). `None`: about no
/// table that is known.
fn insert(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Result<Option<Said>, SyntaxError> {
    cursor.expect_words("insert into")?;
    let Some(table) = table(interp, cursor) else { return Ok(None) };
    if cursor.accept("as") {
        cursor.name()?;
    }
    let is_query = |cursor: &Cursor<'_>| {
        cursor.peek_nth(1).is_some_and(|t| {
            ["select", "with", "values", "table"]
                .iter()
                .any(|word| cursor.text_of(&t).eq_ignore_ascii_case(word))
        })
    };
    let written = if cursor.is_symbol("(") && !is_query(cursor) { Some(cursor.name_list()?) } else { None };
    let overriding = cursor.accept_words("overriding system value");
    if !overriding {
        cursor.accept_words("overriding user value");
    }
    if !cursor.accept("values") {
        let why = if cursor.is_words("default values") {
            "an INSERT of defaults tells no values"
        } else {
            "an INSERT computes them by a query"
        };
        return Ok(Some(Said::Unclear(table, why)));
    }
    let mut rows = vec![row(interp, cursor)?];
    while cursor.accept_kind(TokenKind::Comma) {
        rows.push(row(interp, cursor)?);
    }
    let (conflict, replaces) = conflict(cursor)?;
    if !(cursor.at_end() || cursor.is_word("returning")) {
        return Err(cursor.error());
    }
    let width = rows.iter().map(|row| row.values.len()).max().unwrap_or(0);
    let columns = written.unwrap_or_else(|| {
        let all = interp.store.catalog().columns(&table);
        all.into_iter().take(width).map(|column| column.name.clone()).collect()
    });
    if rows.iter().any(|row| row.values.len() != columns.len()) {
        return Ok(Some(Said::Unclear(table, "an INSERT has more or fewer values than columns")));
    }
    let search_path = interp.store.search_path();
    Ok(Some(Said::Rows(StatedInsert { table, columns, conflict, replaces, overriding, search_path, rows })))
}

fn row(interp: &Interpreter<'_>, cursor: &mut Cursor<'_>) -> Result<StatedRow, SyntaxError> {
    let start = cursor.offset();
    let values = cursor.parenthesized(|cursor| {
        if cursor.is_word("default") {
            cursor.next_token();
            return Ok(StatedValue::Computed(Arc::from("DEFAULT")));
        }
        let slice = cursor.expr()?;
        let text = Arc::from(slice.text);
        let constant = parse_expr(slice.text).is_ok_and(|expr| is_constant(&expr));
        Ok(if constant { StatedValue::Constant(text) } else { StatedValue::Computed(text) })
    })?;
    Ok(StatedRow { values, span: Some(interp.span(start..cursor.end_of_previous())) })
}

/// Whether an expression has one value whenever it is computed, given that reading its literals has.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) | Expr::TypedString(_) => true,
        Expr::Nested(inner)
        | Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inner }
        | Expr::Cast { expr: inner, .. } => is_constant(inner),
        Expr::Array(array) => array.elem.iter().all(is_constant),
        Expr::Interval(interval) => is_constant(&interval.value),
        // Anything else has names in it, which may be of functions.
        _ => false,
    }
}

fn conflict(cursor: &mut Cursor<'_>) -> Result<(Conflict, bool), SyntaxError> {
    if !cursor.accept_words("on conflict") {
        return Ok((Conflict::Unnamed, false));
    }
    let mut target = Conflict::Unnamed;
    if cursor.accept_words("on constraint") {
        target = Conflict::Constraint(cursor.name()?);
    } else if cursor.is_symbol("(") {
        let start = cursor.mark();
        target = match cursor.name_list() {
            Ok(columns) => Conflict::Columns(columns),
            Err(_) => {
                cursor.reset(start);
                cursor.skip_balanced_parens()?;
                Conflict::Other
            }
        };
        if cursor.accept("where") {
            cursor.expr()?;
            target = Conflict::Other;
        }
    }
    cursor.expect("do")?;
    if cursor.accept("nothing") {
        return Ok((target, false));
    }
    cursor.expect_words("update set")?;
    cursor.rest();
    Ok((target, true))
}

/// Rows go with their table and columns.
pub(crate) fn renamed(interp: &mut Interpreter<'_>, renamed: &Renamed) {
    let Some(stated) = &mut interp.store.stated else { return };
    let tables = stated.inserts.iter_mut().map(|insert| &mut insert.table);
    let tables = tables.chain(stated.unclear.iter_mut().map(|unclear| &mut unclear.table));
    match renamed {
        Renamed::Relation { from, to } => {
            tables.filter(|table| *table == from).for_each(|table| *table = to.clone());
        }
        Renamed::Schema { from, to } => {
            tables.filter(|table| table.schema == *from).for_each(|table| table.schema = to.clone());
        }
        Renamed::Column { relation, from, to } => {
            let rename = |name: &mut Name| {
                if name == from {
                    *name = to.clone();
                }
            };
            for insert in stated.inserts.iter_mut().filter(|insert| insert.table == *relation) {
                insert.columns.iter_mut().for_each(rename);
                if let Conflict::Columns(columns) = &mut insert.conflict {
                    columns.iter_mut().for_each(rename);
                }
            }
        }
        Renamed::Type { .. } | Renamed::Routine { .. } | Renamed::Object { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{Options, SourceFile, stated_rows};
    use std::sync::Arc;
    use trueup_catalog::{Conflict, StatedRows, StatedValue};

    fn read(sql: &str) -> StatedRows {
        let file = SourceFile { name: Arc::from("t.sql"), text: Arc::from(sql) };
        let (parsed, stated) = stated_rows(&[file], &Options { server_version: 150_000, ambient: None });
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        stated
    }

    #[test]
    fn rows_are_stated() {
        let stated = read(
            "CREATE TABLE s (code text PRIMARY KEY, n int, at timestamptz);
             INSERT INTO s VALUES ('a', -1, now()), ('b', NULL, DEFAULT) ON CONFLICT (code) DO NOTHING;
             INSERT INTO public.s AS x (n, code) OVERRIDING SYSTEM VALUE VALUES (1::int, E'c') ON CONFLICT ON CONSTRAINT s_pkey DO UPDATE SET n = 1 RETURNING n;",
        );
        let [first, second] = stated.inserts.as_slice() else { panic!("{stated:?}") };
        assert_eq!(first.table.to_string(), "public.s");
        assert_eq!(first.columns, ["code", "n", "at"]);
        assert_eq!(first.conflict, Conflict::Columns(vec!["code".into()]));
        assert_eq!(first.rows.len(), 2);
        assert_eq!(first.rows[0].values[1], StatedValue::Constant(Arc::from("-1")));
        assert_eq!(first.rows[0].values[2], StatedValue::Computed(Arc::from("now()")));
        assert_eq!(first.rows[1].span.as_ref().map(|s| (s.line, s.column)), Some((2, 53)));
        assert!(!first.replaces && !first.overriding && second.replaces && second.overriding);
        assert_eq!(second.columns, ["n", "code"]);
        assert_eq!(second.conflict, Conflict::Constraint("s_pkey".into()));
        assert!(stated.unclear.is_empty());
    }

    #[test]
    fn what_is_unclear_is_told() {
        let stated = read(
            "CREATE TABLE s (a int); INSERT INTO s SELECT 1; UPDATE ONLY s SET a = 2; DELETE FROM s; TRUNCATE TABLE s;
             INSERT INTO s DEFAULT VALUES; INSERT INTO s VALUES (1, 2); INSERT INTO nowhere VALUES (1); COPY s FROM stdin;\n1\n\\.\n",
        );
        assert!(stated.inserts.is_empty(), "{stated:?}");
        let told: Vec<_> = stated.unclear.iter().map(|u| (u.table.to_string(), u.why)).collect();
        assert_eq!(told.len(), 6, "{told:?}");
        assert!(told.iter().all(|(table, _)| table == "public.s"));
    }

    #[test]
    fn rows_follow_names_and_transactions() {
        let stated = read(
            "CREATE TABLE s (a int PRIMARY KEY); INSERT INTO s VALUES (1);
             BEGIN; INSERT INTO s VALUES (2); ROLLBACK;
             ALTER TABLE s RENAME TO t; ALTER TABLE t RENAME a TO b; CREATE SCHEMA q; ALTER TABLE t SET SCHEMA q;",
        );
        let [only] = stated.inserts.as_slice() else { panic!("{stated:?}") };
        assert_eq!(only.table.to_string(), "q.t");
        assert_eq!(only.columns, ["b"]);
    }
}
