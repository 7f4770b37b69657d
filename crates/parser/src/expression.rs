//! What the interpreter must know of expressions: their columns, and the names that PostgreSQL makes of them.
//!
//! Never: types or meaning (that is settling's).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use trueup_catalog::{DataType, Name};
use trueup_syntax::sqlparser::ast::{
    self, Expr as Ast, ObjectName, ObjectNamePart, SelectItem, SetExpr, Value, Visit, Visitor,
};
use trueup_syntax::{data_type_of, parse_expr};

/// The columns that an expression over one table names, in the order of names. Nothing when it can't be read.
pub(crate) fn columns(sql: &str) -> BTreeSet<Name> {
    struct Columns(BTreeSet<Name>);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Ast) -> ControlFlow<()> {
            match expr {
                Ast::Identifier(ident) => {
                    self.0.insert(Name::new(&ident.value));
                }
                Ast::CompoundIdentifier(parts) => {
                    if let Some(last) = parts.last() {
                        self.0.insert(Name::new(&last.value));
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut found = Columns(BTreeSet::new());
    if let Ok(ast) = parse_expr(sql) {
        let _: ControlFlow<()> = ast.visit(&mut found);
    }
    found.0
}

/// Whether it is `NULL` without a cast, in however many parentheses.
pub(crate) fn is_null(sql: &str) -> bool {
    fn null(ast: &Ast) -> bool {
        match ast {
            Ast::Nested(inner) => null(inner),
            Ast::Value(value) => matches!(value.value, Value::Null),
            _ => false,
        }
    }
    parse_expr(sql).is_ok_and(|ast| null(&ast))
}

/// Whether it is a string constant or NULL without a cast: of type `unknown` until it is coerced.
pub(crate) fn is_literal(sql: &str) -> bool {
    fn literal(ast: &Ast) -> bool {
        match ast {
            Ast::Nested(inner) => literal(inner),
            Ast::Value(value) => matches!(value.value, Value::Null | Value::SingleQuotedString(_)),
            _ => false,
        }
    }
    parse_expr(sql).is_ok_and(|ast| literal(&ast))
}

/// The type of `NULL::type`, as it is written.
pub(crate) fn cast_null(sql: &str) -> Option<DataType> {
    fn null(ast: &Ast) -> Option<DataType> {
        match ast {
            Ast::Nested(inner) => null(inner),
            Ast::Cast { expr, data_type, .. } => {
                let null = matches!(expr.as_ref(), Ast::Value(value) if matches!(value.value, Value::Null));
                null.then(|| data_type_of(data_type).ok()).flatten()
            }
            _ => None,
        }
    }
    null(&parse_expr(sql).ok()?)
}

/// The name that an index column over an expression gets (`FigureIndexColname` in `parse_target.c`); `None` means `expr`.
pub(crate) fn figure_column_name(sql: &str, major: u32) -> Option<String> {
    let ast = parse_expr(sql).ok()?;
    figure(&ast, major).map(|(name, _)| name)
}

/// The name and its strength: 2 for a name, 1 for a type's or CASE (`FigureColnameInternal`).
pub(crate) fn figure(ast: &Ast, major: u32) -> Option<(String, u8)> {
    let strong = |name: &str| Some((name.to_owned(), 2));
    match ast {
        Ast::Identifier(ident) => {
            // Bare function-like key words arrive as identifiers.
            strong(&ident.value)
        }
        Ast::CompoundIdentifier(parts) => strong(&parts.last()?.value),
        Ast::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                ast::AccessExpr::Dot(Ast::Identifier(ident)) => Some(ident.value.clone()),
                ast::AccessExpr::Dot(_) | ast::AccessExpr::Subscript(_) => None,
            });
            match field {
                Some(field) => Some((field, 2)),
                None => figure(root, major),
            }
        }
        Ast::Nested(inner) | Ast::Collate { expr: inner, .. } => figure(inner, major),
        Ast::Cast { expr, data_type, .. } => match figure(expr, major) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            _ => Some((type_base_name(data_type), 1)),
        },
        Ast::TypedString(typed) => Some((type_base_name(&typed.data_type), 1)),
        Ast::Interval(_) => Some(("interval".to_owned(), 1)),
        Ast::Function(function) => {
            let name = last_part(&function.name)?;
            strong(&name)
        }
        Ast::Case { else_result, .. } => match else_result.as_deref().and_then(|e| figure(e, major)) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            _ => Some(("case".to_owned(), 1)),
        },
        Ast::Exists { negated: false, .. } => strong("exists"),
        Ast::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.first()? {
                SelectItem::UnnamedExpr(expr) => figure(expr, major),
                SelectItem::ExprWithAlias { alias, .. } => strong(&alias.value),
                SelectItem::ExprWithAliases { .. }
                | SelectItem::QualifiedWildcard(..)
                | SelectItem::Wildcard(_) => None,
            },
            _ => None,
        },
        Ast::Array(_) => strong("array"),
        Ast::Tuple(_) => strong("row"),
        Ast::Extract { .. } => strong(if major >= 14 { "extract" } else { "date_part" }),
        Ast::Position { .. } => strong("position"),
        Ast::Substring { .. } => strong("substring"),
        Ast::Overlay { .. } => strong("overlay"),
        Ast::Trim { trim_where, .. } => strong(match trim_where {
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
            Some(ast::TrimWhereField::Both) | None => "btrim",
        }),
        Ast::Ceil { .. } => strong("ceil"),
        Ast::Floor { .. } => strong("floor"),
        Ast::AtTimeZone { .. } => strong("timezone"),
        Ast::IsNormalized { negated: false, .. } => strong("is_normalized"),
        _ => None,
    }
}

/// The bare name of a type that an expression is cast to: `int4` for `integer`.
pub(crate) fn type_base_name(data_type: &ast::DataType) -> String {
    trueup_syntax::data_type_of(data_type)
        .map(|t| t.name.as_str().to_owned())
        .unwrap_or_else(|_| data_type.to_string().to_ascii_lowercase())
}

/// The last part of a dotted name.
pub(crate) fn last_part(name: &ObjectName) -> Option<String> {
    match name.0.last()? {
        ObjectNamePart::Identifier(ident) => Some(ident.value.clone()),
        ObjectNamePart::Function(_) => None,
    }
}

/// The names of a query's columns, as far as its list tells them.
pub(crate) fn output_names(query: &ast::Query, major: u32) -> Vec<String> {
    let ast::SetExpr::Select(select) = query.body.as_ref() else { return Vec::new() };
    let name = |item: &ast::SelectItem| match item {
        ast::SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        ast::SelectItem::UnnamedExpr(expr) => {
            Some(figure(expr, major).map_or("?column?".to_owned(), |(name, _)| name))
        }
        _ => None,
    };
    select.projection.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_expression_columns() {
        for (sql, name) in [
            ("lower(a)", Some("lower")),
            ("a || b", None),
            ("(a)::text", Some("a")),
            ("'x'::text", Some("text")),
            ("(a || b)::varchar(3)", Some("varchar")),
            ("coalesce(a, b)", Some("coalesce")),
            ("CASE WHEN a THEN 1 ELSE b END", Some("b")),
            ("CASE WHEN a THEN 1 END", Some("case")),
            ("a COLLATE \"C\"", Some("a")),
            ("date_trunc('day', a)", Some("date_trunc")),
            ("a ->> 'x'", None),
            ("(a ->> 'x')::int", Some("int4")),
            ("extract(epoch from a)", Some("extract")),
            ("a AT TIME ZONE 'utc'", Some("timezone")),
            ("a[1]", Some("a")),
            ("greatest(a, b)", Some("greatest")),
            ("nullif(a, b)", Some("nullif")),
            ("trim(a)", Some("btrim")),
            ("substring(a from 1)", Some("substring")),
            ("ARRAY[a]", Some("array")),
        ] {
            assert_eq!(figure_column_name(sql, 15).as_deref(), name, "{sql}");
        }
    }
}
