//! Commands that are stored parsed: the bodies of SQL routines (`RETURN …`, `BEGIN ATOMIC … END`; `pg_proc.prosqlbody`) and the commands
//! of rules (`pg_rewrite.ev_action`).
//!
//! Owns: where one command ends, and what names mean in it: arguments by name, by routine and name, or by number (manual, 36.5.1);
//! `OLD` and `NEW` as relations.
//!
//! Never: analyses a command itself (see `query`).

use smol_str::SmolStr;
use trueup_catalog::{QualifiedName, Query, Routine};
use trueup_syntax::{Cursor, TokenKind};

use crate::analyze::{Analyzer, Trouble};
use crate::canon::Node;
use crate::scope::Scope;
use crate::world::World;

fn statements(nodes: Vec<Node>) -> Node {
    Node::Query { part: "statements", names: vec![], parts: nodes }
}

/// The canonical form of a routine's body.
///
/// # Errors
/// A syntax error, or a construct that these rules don't read.
pub(crate) fn routine(world: &World<'_>, body: &Query, routine: &Routine) -> Result<Node, Trouble> {
    let mut analyzer = Analyzer::new(world, &body.search_path);
    analyzer.routine = Some(SmolStr::new(routine.name.name.as_str()));
    analyzer.parameters = routine
        .arguments
        .iter()
        .filter(|argument| argument.mode.is_input())
        .map(|argument| {
            let name = argument.name.as_ref().map_or_else(SmolStr::default, |n| SmolStr::new(n.as_str()));
            (name, world.type_of(&argument.data_type).0)
        })
        .collect();
    let mut cursor = Cursor::of(&body.sql).map_err(|error| Trouble::new(error.message))?;
    let mut nodes = Vec::new();
    if cursor.accept_words("begin atomic") {
        while let Some(text) = next_statement(&mut cursor) {
            nodes.push(statement(&mut analyzer, text)?);
        }
    } else {
        let text = cursor.rest().text;
        nodes.push(statement(&mut analyzer, text)?);
    }
    let mut node = statements(nodes);
    analyzer.finish(&mut node);
    Ok(node)
}

/// The canonical form of a routine's text: commands, of which those that are no queries are passed over.
///
/// # Errors
/// As [`routine`].
pub(crate) fn source(world: &World<'_>, text: &str, routine: &Routine) -> Result<Node, Trouble> {
    // What its own SET says would count; where that is, nothing is told.
    if routine.config.keys().any(|name| name == "search_path") {
        return Err(Trouble::new("the routine sets its search path"));
    }
    let path = world.session_path();
    let mut analyzer = Analyzer::new(world, &path);
    analyzer.routine = Some(SmolStr::new(routine.name.name.as_str()));
    analyzer.parameters = routine
        .arguments
        .iter()
        .filter(|argument| argument.mode.is_input())
        .map(|argument| {
            let name = argument.name.as_ref().map_or_else(SmolStr::default, |n| SmolStr::new(n.as_str()));
            (name, world.type_of(&argument.data_type).0)
        })
        .collect();
    let mut cursor = Cursor::of(text).map_err(|error| Trouble::new(error.message))?;
    let mut nodes = Vec::new();
    while let Some(text) = next_statement(&mut cursor) {
        let mut first = Cursor::of(text).map_err(|error| Trouble::new(error.message))?;
        if first
            .accept_any(&["select", "with", "values", "table", "insert", "update", "delete", "merge"])
            .is_some()
        {
            nodes.push(statement(&mut analyzer, text)?);
        }
    }
    Ok(statements(nodes))
}

/// The text up to the next semicolon; `None` at the `END` of the body.
fn next_statement<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    while cursor.accept_kind(TokenKind::Semicolon) {}
    if cursor.at_end() {
        return None;
    }
    let mark = cursor.mark();
    while !cursor.at_end() && !cursor.is(TokenKind::Semicolon) {
        cursor.next_token();
    }
    let text = cursor.since(mark).text;
    // The closing END has no semicolon of its own.
    (!text.eq_ignore_ascii_case("end")).then_some(text)
}

/// `RETURN expression`, or a command.
fn statement(analyzer: &mut Analyzer<'_, '_>, text: &str) -> Result<Node, Trouble> {
    let mut cursor = Cursor::of(text).map_err(|error| Trouble::new(error.message))?;
    if cursor.accept("return") {
        let rest = cursor.rest().text;
        let expr = trueup_syntax::parse_expr(rest).map_err(|error| Trouble::new(error.message))?;
        let typed = analyzer.expr(&expr)?;
        let typed = analyzer.text_if_unknown(typed);
        return Ok(Node::Query { part: "return", names: vec![], parts: vec![typed.node] });
    }
    let query = trueup_syntax::parse_query(text).map_err(|error| Trouble::new(error.message))?;
    Ok(analyzer.sub_query(&query)?.node)
}

/// The canonical form of a command of a rule on `table`.
///
/// # Errors
/// A syntax error, or a construct that these rules don't read.
pub(crate) fn rule_action(world: &World<'_>, action: &Query, table: &QualifiedName) -> Result<Node, Trouble> {
    let mut cursor = Cursor::of(&action.sql).map_err(|error| Trouble::new(error.message))?;
    if cursor.accept("notify") {
        return notify(&mut cursor);
    }
    let mut analyzer = Analyzer::new(world, &action.search_path);
    let (mut old, mut new) = (analyzer.table(table, "old", 0), analyzer.table(table, "new", 1));
    for rte in [&mut old, &mut new] {
        rte.schema = None;
        rte.unqualified = false;
        rte.system_columns = true;
    }
    analyzer.scopes.push(Scope { rtes: vec![old, new] });
    let mut node = statement(&mut analyzer, &action.sql)?;
    analyzer.finish(&mut node);
    Ok(node)
}

/// `NOTIFY channel [, 'payload']`.
fn notify(cursor: &mut Cursor<'_>) -> Result<Node, Trouble> {
    let trouble = |error: trueup_syntax::SyntaxError| Trouble::new(error.message);
    let mut options = vec![SmolStr::new(cursor.name().map_err(trouble)?.as_str())];
    if cursor.accept_symbol(",") {
        options.push(SmolStr::new(cursor.string_literal().map_err(trouble)?.as_ref()));
    }
    Ok(Node::Special { name: "notify", options, parts: vec![] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use trueup_catalog::*;

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        for table in ["t", "log"] {
            let name = QualifiedName::new("public", table);
            catalog.insert(Table::new(name.clone()));
            for (at, (column, ty)) in [("a", "int4"), ("note", "text")].into_iter().enumerate() {
                let position = u32::try_from(at).unwrap() + 1;
                catalog.insert(Column::new(name.clone(), column.into(), position, DataType::builtin(ty)));
            }
        }
        catalog
    }

    fn query(sql: &str) -> Query {
        Query { sql: Arc::from(sql), search_path: Arc::from([Name::new("public")]) }
    }

    fn action(sql: &str) -> Result<String, String> {
        let catalog = catalog();
        let world = World::new(&catalog, 15, &[]);
        rule_action(&world, &query(sql), &QualifiedName::new("public", "t"))
            .map(|node| node.to_string())
            .map_err(|trouble| trouble.0)
    }

    #[test]
    fn what_a_rule_writes_is_the_same_however_it_is_written() {
        for (written, stored) in [
            (
                "INSERT INTO log VALUES (new.a, 'x')",
                "INSERT INTO public.log (a, note)\n  VALUES (new.a, 'x'::text)",
            ),
            (
                "INSERT INTO log (note) SELECT note FROM t WHERE a = old.a",
                "INSERT INTO public.log (note)  SELECT t.note\n FROM public.t\n WHERE (t.a = old.a)",
            ),
            ("DELETE FROM t WHERE a = old.a", "DELETE FROM public.t\n  WHERE (t.a = old.a)"),
            (
                "UPDATE log SET note = new.note WHERE a = old.a",
                "UPDATE public.log SET note = new.note\n  WHERE (log.a = old.a)",
            ),
            ("NOTIFY gone", "NOTIFY \"gone\""),
            ("INSERT INTO log VALUES (1)", "INSERT INTO public.log (a)\n  VALUES (1)"),
            ("INSERT INTO log SELECT a FROM t", "INSERT INTO public.log (a)  SELECT t.a\n FROM public.t"),
            (
                "UPDATE log SET (a, note) = (new.a, 'x') WHERE a = old.a",
                "UPDATE public.log SET a = new.a, note = 'x'::text\n  WHERE (log.a = old.a)",
            ),
            (
                "UPDATE log SET (a, note) = (SELECT a, note FROM t)",
                "UPDATE public.log SET (a, note) = ( SELECT t.a, t.note FROM public.t)",
            ),
            (
                "INSERT INTO log VALUES (1) ON CONFLICT ON CONSTRAINT log_pkey DO NOTHING",
                "INSERT INTO public.log (a) VALUES (1) ON CONFLICT ON CONSTRAINT \"log_pkey\" DO NOTHING",
            ),
            (
                "INSERT INTO log VALUES (1, 'a') ON CONFLICT (a) DO UPDATE SET note = excluded.note RETURNING *",
                "INSERT INTO public.log (a, note) VALUES (1, 'a'::text) ON CONFLICT(a) DO UPDATE SET note = excluded.note RETURNING log.a, log.note",
            ),
        ] {
            assert_eq!(action(written), action(stored), "{written}");
            assert!(action(written).is_ok(), "{written}: {:?}", action(written));
        }
        let merge = |what: &str| action(&format!("MERGE INTO log USING t ON log.a = t.a {what}"));
        assert_eq!(
            merge("WHEN MATCHED THEN UPDATE SET note = t.note WHEN NOT MATCHED THEN INSERT VALUES (a, 'x')"),
            merge(
                "WHEN MATCHED THEN UPDATE SET note = t.note WHEN NOT MATCHED THEN INSERT (a, note) VALUES (t.a, 'x'::text)"
            )
        );
        assert!(
            merge("WHEN MATCHED AND t.a > 1 THEN DELETE WHEN NOT MATCHED BY SOURCE THEN DO NOTHING").is_ok()
        );
        assert_ne!(merge("WHEN MATCHED THEN DELETE"), merge("WHEN MATCHED THEN DO NOTHING"));
        assert_ne!(merge("WHEN MATCHED THEN DELETE"), merge("WHEN NOT MATCHED BY SOURCE THEN DELETE"));
        assert_eq!(
            merge("WHEN MATCHED THEN DELETE RETURNING *"),
            merge("WHEN MATCHED THEN DELETE RETURNING t.a, t.note, log.a, log.note")
        );
        assert_ne!(action("DELETE FROM t WHERE a = old.a"), action("DELETE FROM t WHERE a = new.a"));
        assert_ne!(action("INSERT INTO log VALUES (1)"), action("INSERT INTO log VALUES (2)"));
        assert_ne!(action("INSERT INTO log (a) VALUES (1)"), action("INSERT INTO t (a) VALUES (1)"));
        assert_ne!(action("NOTIFY a"), action("NOTIFY b"));
        assert_ne!(action("DELETE FROM t RETURNING a"), action("DELETE FROM t RETURNING a AS b"));
        assert_ne!(
            action("UPDATE log SET (a, note) = (SELECT a, note FROM t)"),
            action("UPDATE log SET (a, note) = (SELECT a, note FROM log)")
        );
    }

    #[test]
    fn arguments_have_three_names() {
        let argument = |name: Option<&str>, ty: &str| Argument {
            name: name.map(Name::new),
            mode: ArgumentMode::In,
            data_type: DataType::builtin(ty),
            default: None,
        };
        let mut f = Routine {
            name: QualifiedName::new("public", "f"),
            arguments: vec![argument(Some("x"), "int4"), argument(None, "text")],
            returns: Some(DataType::builtin("int4")),
            returns_set: false,
            language: "sql".into(),
            body: RoutineBody::Source(String::new()),
            volatility: Volatility::Volatile,
            strict: false,
            security_definer: false,
            leakproof: false,
            window: false,
            parallel: Parallel::Unsafe,
            cost: None,
            rows: None,
            support: None,
            config: Options::new(),
            transforms: Vec::new(),
        };
        let catalog = catalog();
        let world = World::new(&catalog, 15, &[]);
        let form =
            |f: &Routine, sql: &str| routine(&world, &query(sql), f).map(|n| n.to_string()).map_err(|t| t.0);
        let by_name = form(&f, "RETURN x + length($2)");
        assert!(by_name.is_ok(), "{by_name:?}");
        assert_eq!(by_name, form(&f, "RETURN (f.x + length($2))"));
        assert_eq!(by_name, form(&f, "RETURN $1 + length($2)"));
        let block = form(
            &f,
            "BEGIN ATOMIC INSERT INTO log VALUES (x, 'a'); SELECT CASE WHEN x > 1 THEN 1 ELSE 2 END; END",
        );
        assert!(block.is_ok(), "{block:?}");
        assert_eq!(
            block,
            form(
                &f,
                "BEGIN ATOMIC\n INSERT INTO public.log (a, note)\n   VALUES (f.x, 'a'::text);\n SELECT\n CASE\n WHEN (f.x > 1) THEN 1\n ELSE 2\n END AS \"case\";\nEND"
            )
        );
        f.arguments.swap(0, 1);
        assert_ne!(by_name, form(&f, "RETURN $1 + 1"));
    }
}
