//! Which columns tell a stated row apart from others.

use trueup_catalog::{
    Catalog, Conflict, Constraint, ConstraintBody, Index, IndexTarget, Name, ObjectKind, QualifiedName,
    StatedInsert, StatedRow, StatedValue,
};

/// The columns of the key that the statement names, else of the primary key, else of the first unique constraint or index, of which each
/// row states a constant.
///
/// # Errors
/// Why there is none, as a clause.
pub(crate) fn of(desired: &Catalog, insert: &StatedInsert) -> Result<Vec<Name>, String> {
    match &insert.conflict {
        Conflict::Columns(columns) if is_stated(insert, columns) => Ok(columns.clone()),
        Conflict::Constraint(name) => {
            let named = unique(desired, &insert.table).into_iter().find(|(found, _)| found == name);
            let columns = named.map(|(_, columns)| columns).filter(|columns| is_stated(insert, columns));
            columns.ok_or_else(|| format!("constraint {name} tells none of its rows apart by constants"))
        }
        Conflict::Other => Err("ON CONFLICT names an expression or some rows only".to_owned()),
        Conflict::Columns(_) => Err("the key that ON CONFLICT names has no constant values".to_owned()),
        Conflict::Unnamed => unique(desired, &insert.table)
            .into_iter()
            .map(|(_, columns)| columns)
            .find(|columns| is_stated(insert, columns))
            .ok_or_else(|| "it has no key for which the statement says constants".to_owned()),
    }
}

/// The unique keys of a table, the primary key first: name and columns. Partial ones, those of expressions and those that can be deferred
/// are no arbiters (manual, INSERT, "ON CONFLICT Clause").
pub(crate) fn unique(catalog: &Catalog, table: &QualifiedName) -> Vec<(Name, Vec<Name>)> {
    let mut keys: Vec<(bool, Name, Vec<Name>)> = Vec::new();
    for (_, entry) in catalog.on_relation(ObjectKind::Constraint, table) {
        let Some(constraint) = Constraint::of(&entry.object) else { continue };
        match &constraint.body {
            ConstraintBody::PrimaryKey(key) => {
                keys.push((false, constraint.name.clone(), key.columns.clone()))
            }
            ConstraintBody::Unique(key) => keys.push((true, constraint.name.clone(), key.columns.clone())),
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => {}
        }
    }
    for (_, entry) in catalog.on_relation(ObjectKind::Index, table) {
        let Some(index) = Index::of(&entry.object).filter(|i| i.unique && i.valid && i.predicate.is_none())
        else {
            continue;
        };
        let columns: Option<Vec<Name>> = index
            .elements
            .iter()
            .map(|element| match &element.target {
                IndexTarget::Column(name) => Some(name.clone()),
                IndexTarget::Expr(_) => None,
            })
            .collect();
        if let Some(columns) = columns {
            keys.push((true, index.name.clone(), columns));
        }
    }
    keys.sort();
    keys.into_iter().map(|(_, name, columns)| (name, columns)).collect()
}

/// Whether every row states a constant for each of the columns, none of them NULL: two NULLs are not the same.
fn is_stated(insert: &StatedInsert, columns: &[Name]) -> bool {
    let at: Option<Vec<usize>> =
        columns.iter().map(|column| insert.columns.iter().position(|other| other == column)).collect();
    let Some(at) = at.filter(|at| !at.is_empty()) else { return false };
    let constant = |row: &StatedRow| {
        at.iter().all(|at| match row.values.get(*at) {
            Some(StatedValue::Constant(text)) => !text.eq_ignore_ascii_case("null"),
            Some(StatedValue::Computed(_)) | None => false,
        })
    };
    insert.rows.iter().all(constant)
}
