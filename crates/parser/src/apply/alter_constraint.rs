//! ALTER, VALIDATE, DROP and RENAME CONSTRAINT, and the names of NOT NULL constraints.

use trueup_catalog::{Constraint, ConstraintBody, Name, ObjectKey, QualifiedName};

use super::column::not_null_name;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::constraint::Attributes;
use crate::interpreter::Interpreter;
use crate::store::{column_key, constraint_key};

/// 42704.
pub(crate) fn no_constraint(name: &Name, table: &QualifiedName) -> Failure {
    Failure::undefined("42704", format!("constraint {name} of relation {table} does not exist"))
}

/// `VALIDATE CONSTRAINT`, those of children included.
pub(crate) fn validate(interp: &mut Interpreter<'_>, table: &QualifiedName, name: &Name) -> Outcome {
    let key = constraint_key(table, name);
    if interp.store.get(&key).is_none() {
        // From 18 on it may be a NOT NULL constraint.
        let column = not_null_column(interp, table, name).ok_or_else(|| no_constraint(name, table))?;
        return interp.set_not_null(table, &column, None, false, false, true);
    }
    for relation in std::iter::once(table.clone()).chain(interp.store.descendants(table)) {
        interp.store.edit(&constraint_key(&relation, name), |entry| {
            if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                constraint.validated = true;
            }
        });
    }
    Ok(())
}

/// `ALTER CONSTRAINT`: when and whether a foreign key is checked, with its counterparts on partitions; from 18 on whether a NOT NULL is
/// inherited (`ATExecAlterConstraint` in `tablecmds.c`).
pub(crate) fn alter_constraint(
    interp: &mut Interpreter<'_>,
    table: &QualifiedName,
    name: &Name,
    attributes: &Attributes,
    inherit: Option<bool>,
) -> Outcome {
    let found = interp.constraints(table).find(|c| c.name == *name).cloned();
    let Some(constraint) = found else {
        let column = not_null_column(interp, table, name).ok_or_else(|| no_constraint(name, table))?;
        let Some(inherit) = inherit else {
            let message = format!("constraint {name} of relation {table} is not a foreign key constraint");
            return Err(Failure::refused("42809", message));
        };
        interp.edit_column(table, &column, |c| {
            if let Some(not_null) = &mut c.not_null {
                not_null.no_inherit = !inherit;
            }
        });
        return if inherit { interp.set_not_null(table, &column, None, false, false, true) } else { Ok(()) };
    };
    if inherit.is_some() {
        let message = format!("constraint {name} of relation {table} is not a not-null constraint");
        return Err(Failure::refused("42809", message));
    }
    if !matches!(constraint.body, ConstraintBody::ForeignKey(_)) {
        let message = format!("constraint {name} of relation {table} is not a foreign key constraint");
        return Err(Failure::refused("42809", message));
    }
    // What is not said of the two is their default; before 18 also when neither is spoken of.
    let timing = attributes.deferrable.is_some() || attributes.initially_deferred.is_some();
    let timing = timing || (attributes.enforced.is_none() && interp.major() < 18);
    let deferred = attributes.initially_deferred.unwrap_or(false);
    let deferrable = attributes.deferrable.unwrap_or(deferred);
    for key in interp.constraint_tree(table, name) {
        interp.store.edit(&key, |entry| {
            let Some(constraint) = Constraint::of_mut(&mut entry.object) else { return };
            if timing {
                constraint.deferrable = deferrable;
                constraint.initially_deferred = deferred;
            }
            if let Some(enforced) = attributes.enforced {
                constraint.enforced = enforced;
                constraint.validated = enforced;
            }
        });
    }
    Ok(())
}

/// The column whose NOT NULL constraint has this name (18 and later).
fn not_null_column(interp: &Interpreter<'_>, table: &QualifiedName, name: &Name) -> Option<Name> {
    if interp.major() < 18 {
        return None;
    }
    interp
        .store
        .catalog()
        .columns(table)
        .into_iter()
        .find(|column| not_null_name(column).is_some_and(|own| own == *name))
        .map(|column| column.name.clone())
}

pub(crate) fn drop_constraint(
    interp: &mut Interpreter<'_>,
    table: &QualifiedName,
    name: &Name,
    if_exists: bool,
    cascade: bool,
    only: bool,
) -> Outcome {
    let key = constraint_key(table, name);
    let Some(entry) = interp.store.get(&key) else {
        if let Some(column) = not_null_column(interp, table, name) {
            return interp.drop_not_null(table, &column, only);
        }
        return if if_exists { Ok(()) } else { Err(no_constraint(name, table)) };
    };
    let Some(constraint) = Constraint::of(&entry.object).cloned() else { return Ok(()) };
    if constraint.inherited {
        return Err(Failure::refused(
            "42P16",
            format!("cannot drop inherited constraint {name} of relation {table}"),
        ));
    }
    let dependents = interp.foreign_keys_on(&constraint);
    if !dependents.is_empty() && !cascade {
        return Err(Failure::refused(
            "2BP01",
            format!("cannot drop constraint {name} on table {table} because foreign keys depend on it"),
        )
        .help("add CASCADE, or drop the foreign keys first"));
    }
    for dependent in dependents {
        if let Some(table) = dependent.relation().cloned() {
            interp.drop_constraint_tree(&table, dependent.name());
        }
    }
    if only && matches!(constraint.body, ConstraintBody::Check { .. }) {
        interp.store.take(&key);
        for child in interp.store.children(table).to_vec() {
            interp.store.edit(&constraint_key(&child, name), |entry| {
                if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                    constraint.inherited = false;
                }
            });
        }
    } else {
        interp.drop_constraint_tree(table, name);
    }
    interp.index_gone(table, name);
    Ok(())
}

/// Renames a constraint, and its counterparts of the same name below when it is a check; its index goes along.
pub(crate) fn rename_constraint(
    interp: &mut Interpreter<'_>,
    table: &QualifiedName,
    from: &Name,
    to: &Name,
) -> Outcome {
    let key = constraint_key(table, from);
    let Some(constraint) = interp.store.get(&key).and_then(|e| Constraint::of(&e.object)).cloned() else {
        let Some(column) = not_null_column(interp, table, from) else {
            return Err(no_constraint(from, table));
        };
        let name =
            interp.store.catalog().column(table, &column).and_then(|c| interp.not_null_name(c, Some(to)));
        interp.store.edit(&column_key(table, &column), |entry| {
            if let Some(column) = trueup_catalog::Column::of_mut(&mut entry.object)
                && let Some(not_null) = &mut column.not_null
            {
                not_null.name = name;
            }
        });
        return Ok(());
    };
    if interp.store.get(&constraint_key(table, to)).is_some() {
        return Err(Failure::duplicate(
            "42710",
            format!("constraint {to} for relation {table} already exists"),
        ));
    }
    let old = QualifiedName { schema: table.schema.clone(), name: from.clone() };
    if constraint.has_index() {
        let new = QualifiedName { schema: table.schema.clone(), name: to.clone() };
        if interp.store.relation(&new).is_some() {
            return Err(Failure::relation_exists(&new));
        }
    }
    let mut relations = vec![table.clone()];
    if matches!(constraint.body, ConstraintBody::Check { .. }) && !constraint.no_inherit {
        relations.extend(interp.store.descendants(table));
    }
    for relation in relations {
        interp.store.edit(&constraint_key(&relation, from), |entry| {
            if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                constraint.name = to.clone();
            }
        });
    }
    interp.follow_index(&key, &old, to);
    Ok(())
}

impl Interpreter<'_> {
    /// The foreign keys that need a key: those that refer to its columns, when no other key has them.
    pub fn foreign_keys_on(&self, constraint: &Constraint) -> Vec<ObjectKey> {
        let columns = match &constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => &key.columns,
            ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } | ConstraintBody::Exclusion(_) => {
                return Vec::new();
            }
        };
        let same = |list: &[Name]| list.len() == columns.len() && list.iter().all(|c| columns.contains(c));
        let other = self.constraints(&constraint.table).any(|c| match &c.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => {
                c.name != constraint.name && same(&key.columns)
            }
            _ => false,
        });
        if other {
            return Vec::new();
        }
        self.store
            .referring(&constraint.table)
            .iter()
            .filter(|key| {
                let found = self.store.get(key).and_then(|entry| Constraint::of(&entry.object));
                found.is_some_and(|c| match &c.body {
                    ConstraintBody::ForeignKey(foreign) => same(&foreign.referenced_columns),
                    _ => false,
                })
            })
            .cloned()
            .collect()
    }

    /// The names of a table's NOT NULL constraints by column, automatic ones too (18 and later).
    pub fn not_null_names(&self, table: &QualifiedName) -> Vec<(Name, Name)> {
        if self.major() < 18 {
            return Vec::new();
        }
        let columns = self.store.catalog().columns(table);
        columns.into_iter().filter_map(|c| Some((c.name.clone(), not_null_name(c)?))).collect()
    }

    /// Keeps the names of NOT NULL constraints when the table or a column, after which they are called, was renamed.
    pub fn keep_not_null_names(&mut self, table: &QualifiedName, names: Vec<(Name, Name)>) {
        for (column, name) in names {
            let name =
                self.store.catalog().column(table, &column).and_then(|c| self.not_null_name(c, Some(&name)));
            self.edit_column(table, &column, |c| {
                if let Some(not_null) = &mut c.not_null {
                    not_null.name = name;
                }
            });
        }
    }
}
