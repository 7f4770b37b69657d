//! The name of an output column without AS: `FigureColname` of `parse_target.c`.

use smol_str::SmolStr;
use sqlparser::ast;

use crate::analyze::strip;

/// The name that PostgreSQL of this major version gives to an expression in a target list.
pub(super) fn figure(expr: &ast::Expr, major: u32) -> SmolStr {
    guess(expr, major).map_or_else(|| SmolStr::new_static("?column?"), |(name, _)| name)
}

/// The name and how good it is: 2 from the expression itself, 1 from a cast's type.
fn guess(expr: &ast::Expr, major: u32) -> Option<(SmolStr, u8)> {
    use ast::Expr as E;
    let strong = |name: &str| Some((SmolStr::new(name), 2));
    match strip(expr) {
        E::Identifier(ident) => strong(&ident.value),
        E::CompoundIdentifier(parts) => strong(&parts.last()?.value),
        E::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                ast::AccessExpr::Dot(E::Identifier(ident)) => Some(ident),
                _ => None,
            });
            match field {
                Some(ident) => strong(&ident.value),
                None => guess(root, major),
            }
        }
        E::Function(function) => strong(function_name(function)?),
        E::Cast { expr, data_type, .. } => guess(expr, major)
            .filter(|(_, strength)| *strength > 1)
            .or_else(|| type_name(data_type).map(|name| (name, 1))),
        E::TypedString(typed) => type_name(&typed.data_type).map(|name| (name, 1)),
        E::Interval(_) => Some((SmolStr::new_static("interval"), 1)),
        E::Collate { expr, .. } => guess(expr, major),
        E::Case { else_result, .. } => {
            let named =
                else_result.as_deref().and_then(|e| guess(e, major)).filter(|(_, strength)| *strength > 1);
            named.or(Some((SmolStr::new_static("case"), 1)))
        }
        E::Array(_) => strong("array"),
        E::Tuple(_) => strong("row"),
        E::Exists { .. } => strong("exists"),
        E::Subquery(query) => subquery_name(query, major),
        // It was a call of `date_part` before 14.
        E::Extract { .. } => strong(if major >= 14 { "extract" } else { "date_part" }),
        E::Ceil { .. } => strong("ceil"),
        E::Floor { .. } => strong("floor"),
        E::Position { .. } => strong("position"),
        E::Substring { shorthand: true, .. } => strong("substr"),
        E::Substring { .. } => strong("substring"),
        E::Overlay { .. } => strong("overlay"),
        E::Trim { trim_where, .. } => strong(match trim_where {
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
            Some(ast::TrimWhereField::Both) | None => "btrim",
        }),
        E::AtTimeZone { .. } => strong("timezone"),
        E::IsNormalized { .. } => strong("is_normalized"),
        _ => None,
    }
}

/// A function's name as a column: `ARRAY(…)` and the functions without parentheses keep theirs.
pub(super) fn function_name(function: &ast::Function) -> Option<&str> {
    let name = function.name.0.last()?.as_ident()?;
    Some(&name.value)
}

fn type_name(data_type: &ast::DataType) -> Option<SmolStr> {
    trueup_syntax::data_type_of(data_type).ok().map(|ty| SmolStr::new(ty.name.as_str()))
}

/// A scalar sub-query is called like its one column.
fn subquery_name(query: &ast::Query, major: u32) -> Option<(SmolStr, u8)> {
    let mut body = query.body.as_ref();
    loop {
        match body {
            ast::SetExpr::Select(select) => {
                return match select.projection.first()? {
                    ast::SelectItem::ExprWithAlias { alias, .. } => Some((SmolStr::new(&alias.value), 2)),
                    ast::SelectItem::UnnamedExpr(expr) => guess(expr, major),
                    _ => None,
                };
            }
            ast::SetExpr::Query(inner) => body = inner.body.as_ref(),
            ast::SetExpr::SetOperation { left, .. } => body = left,
            ast::SetExpr::Values(_) => return Some((SmolStr::new_static("column1"), 2)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_the_server_gives_them() {
        for (expr, name) in [
            ("a", "a"),
            ("t.a", "a"),
            ("(t.a)::text", "a"),
            ("1", "?column?"),
            ("a + 1", "?column?"),
            ("'x'::text", "text"),
            ("1::int", "int4"),
            ("date '2020-01-01'", "date"),
            ("interval '1' day", "interval"),
            ("count(*)", "count"),
            ("pg_catalog.lower(a)", "lower"),
            ("coalesce(a, b)", "coalesce"),
            ("case when a then b else c end", "c"),
            ("case when a then b else 1 end", "case"),
            ("case when a then b end", "case"),
            ("array[1, 2]", "array"),
            ("array(select 1)", "array"),
            ("exists (select 1)", "exists"),
            ("(select max(b) from t)", "max"),
            ("(select 1)", "?column?"),
            ("(select 1 as x)", "x"),
            ("row(1, 2)", "row"),
            ("current_date", "current_date"),
            ("current_user::text", "current_user"),
            ("extract(year from a)", "extract"),
            ("trim(a)", "btrim"),
            ("a at time zone 'utc'", "timezone"),
            ("a collate \"C\"", "a"),
            ("(r).f", "f"),
            ("(arr)[1]", "arr"),
            ("arr[1:2]", "arr"),
            ("not a", "?column?"),
            ("nullif(a, b)", "nullif"),
            ("greatest(a, b)", "greatest"),
            ("substring(a from 1)", "substring"),
        ] {
            let parsed = trueup_syntax::parse_expr(expr).unwrap();
            assert_eq!(figure(&parsed, 15), name, "{expr}");
        }
        let extract = trueup_syntax::parse_expr("extract(year from a)").unwrap();
        assert_eq!(figure(&extract, 13), "date_part");
    }
}
