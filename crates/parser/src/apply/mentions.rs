//! What the text of an expression or query names: relations, functions, types, columns.
//!
//! Never: what the names mean (the interpreter resolves them by the text's search path).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use trueup_catalog::{DataType, Name};
use trueup_syntax::sqlparser::ast::{
    self, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, ObjectNamePart,
    Query as QueryAst, SelectItem, TableFactor, Value, Visit, Visitor,
};
use trueup_syntax::{Cursor, TokenKind, data_type_of, parse_expr, parse_query};

/// A name with the schema that was written before it, if any.
pub(crate) type Written = (Option<Name>, Name);

/// The names in a text.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// Relations in FROM that are no common table expressions, and those that a `regclass` constant names.
    pub relations: Vec<Written>,
    /// Functions.
    pub routines: Vec<Written>,
    /// Types of casts.
    pub types: Vec<DataType>,
    /// Every bare name that could be a column's.
    pub columns: BTreeSet<Name>,
    /// Whether a `*` takes all columns of something.
    pub star: bool,
    /// Columns that INSERT and UPDATE write, with their relations.
    pub targets: Vec<(Written, Name)>,
    /// Names of the common table expressions that are visible, innermost last.
    ctes: Vec<Vec<Name>>,
}

impl Mentions {
    /// Those of an expression; none when it can't be read.
    pub fn of_expr(sql: &str) -> Self {
        let mut found = Mentions::default();
        if let Ok(ast) = parse_expr(sql) {
            let _: ControlFlow<()> = ast.visit(&mut found);
        }
        found
    }

    /// Those of a query, or of the body of an SQL routine (`RETURN …`, `BEGIN ATOMIC …`).
    pub fn of_query(sql: &str) -> Self {
        let mut found = Mentions::default();
        if let Ok(ast) = parse_query(sql) {
            let _: ControlFlow<()> = ast.visit(&mut found);
            return found;
        }
        for statement in body_statements(sql) {
            if let Ok(ast) = parse_query(&statement) {
                let _: ControlFlow<()> = ast.visit(&mut found);
            }
        }
        found
    }

    fn relation(&mut self, name: &ObjectName) {
        if let Some(written) = written(name) {
            let is_cte = written.0.is_none() && self.ctes.iter().flatten().any(|cte| *cte == written.1);
            if !is_cte {
                self.relations.push(written);
            }
        }
    }

    /// A constant that is cast to `regclass`, or the argument of `nextval`.
    fn regclass(&mut self, ast: &Ast) {
        let Ast::Value(value) = ast else { return };
        let Value::SingleQuotedString(text) = &value.value else { return };
        let Ok(mut cursor) = Cursor::of(text) else { return };
        let Ok(name) = cursor.qualified_name() else { return };
        if cursor.at_end() {
            self.relations.push((name.schema, name.name));
        }
    }
}

fn written(name: &ObjectName) -> Option<Written> {
    let mut parts = name.0.iter().rev().filter_map(|part| match part {
        ObjectNamePart::Identifier(ident) => Some(Name::new(&ident.value)),
        ObjectNamePart::Function(_) => None,
    });
    let last = parts.next()?;
    Some((parts.next(), last))
}

impl Visitor for Mentions {
    type Break = ();

    fn pre_visit_query(&mut self, query: &QueryAst) -> ControlFlow<()> {
        let names =
            query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| Name::new(&cte.alias.name.value));
        self.ctes.push(names.collect());
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> ControlFlow<()> {
        let (table, columns): (&ObjectName, Vec<&ObjectName>) = match statement {
            ast::Statement::Insert(insert) => match &insert.table {
                ast::TableObject::TableName(name) => (name, insert.columns.iter().collect()),
                _ => return ControlFlow::Continue(()),
            },
            ast::Statement::Update(update) => match &update.table.relation {
                TableFactor::Table { name, .. } => {
                    let targets = update.assignments.iter().flat_map(|assignment| match &assignment.target {
                        ast::AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                        ast::AssignmentTarget::Tuple(names) => names.as_slice(),
                    });
                    (name, targets.collect())
                }
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        if let Some(relation) = written(table) {
            let columns = columns.into_iter().filter_map(written);
            self.targets.extend(columns.map(|(_, column)| (relation.clone(), column)));
            self.relations.push(relation);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &QueryAst) -> ControlFlow<()> {
        self.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &ast::Select) -> ControlFlow<()> {
        self.star |= select.projection.iter().any(|item| match item {
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
            SelectItem::UnnamedExpr(_)
            | SelectItem::ExprWithAlias { .. }
            | SelectItem::ExprWithAliases { .. } => false,
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: None, .. } => self.relation(name),
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                self.routines.extend(written(name));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Ast) -> ControlFlow<()> {
        match expr {
            Ast::Identifier(ident) => {
                self.columns.insert(Name::new(&ident.value));
            }
            Ast::CompoundIdentifier(parts) => {
                if let Some(last) = parts.last() {
                    self.columns.insert(Name::new(&last.value));
                }
            }
            Ast::Cast { expr, data_type, .. } => {
                if let Ok(data_type) = data_type_of(data_type) {
                    if data_type.name == "regclass" {
                        self.regclass(expr);
                    }
                    self.types.push(data_type);
                }
            }
            Ast::Function(function) => {
                let name = written(&function.name);
                let takes_sequence = name
                    .as_ref()
                    .is_some_and(|(_, name)| matches!(name.as_str(), "nextval" | "currval" | "setval"));
                if takes_sequence
                    && let FunctionArguments::List(list) = &function.args
                    && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = list.args.first()
                {
                    self.regclass(first);
                }
                self.routines.extend(name);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The statements of a body that was parsed when the routine was made: `BEGIN ATOMIC … END`, or `RETURN` as the query that it is.
pub(crate) fn body_statements(sql: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let Ok(mut cursor) = Cursor::of(sql) else { return statements };
    if cursor.accept("return") {
        statements.push(format!("SELECT {}", cursor.rest().text));
    } else if cursor.accept_words("begin atomic") {
        while !cursor.at_end() && !cursor.is_word("end") {
            let mark = cursor.mark();
            while !cursor.at_end() && !cursor.is(TokenKind::Semicolon) {
                cursor.next_token();
            }
            statements.push(cursor.since(mark).text.to_owned());
            cursor.next_token();
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_query() {
        let found = Mentions::of_query(
            "WITH x AS (SELECT * FROM a.t) SELECT f(b), c::s.ty FROM x JOIN u USING (id), g(1) WHERE d = 'q'::regclass",
        );
        let names = |list: &[Written]| {
            list.iter()
                .map(|(s, n)| s.as_ref().map_or(n.to_string(), |s| format!("{s}.{n}")))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&found.relations), ["a.t", "q", "u"]);
        assert_eq!(names(&found.routines), ["f", "g"]);
        assert_eq!(found.types.iter().map(ToString::to_string).collect::<Vec<_>>(), ["s.ty", "regclass"]);
        assert!(found.star && found.columns.contains("b") && found.columns.contains("d"));
    }

    #[test]
    fn names_of_a_default_and_of_a_body() {
        assert_eq!(Mentions::of_expr("nextval('s.q'::regclass)").relations[0].1, "q");
        assert_eq!(Mentions::of_query("RETURN f(1)").routines[0].1, "f");
        assert_eq!(Mentions::of_query("BEGIN ATOMIC SELECT g(1); SELECT 1 FROM t; END").relations[0].1, "t");
    }
}
