//! Constraints of tables: their names, checks and NOT NULL, and what becomes of them on inheriting tables.

use std::ops::Range;

use trueup_catalog::{Constraint, ConstraintBody, Entry, Expr, Name, NotNull, ObjectKind, QualifiedName};

use super::column::not_null_name;
use crate::diagnostic::{Failure, Outcome};
use crate::expression;
use crate::grammar::constraint::{Attributes, Body, ConstraintDef};
use crate::interpreter::Interpreter;
use crate::store::{column_key, constraint_key, table_key};

impl Interpreter<'_> {
    /// Adds a constraint to a table, and to its partitions and children as PostgreSQL does. `only` keeps it from them.
    ///
    /// # Errors
    /// 42710 and 42P07 for names that are taken, 42703, 42P01 and 42830 for what it refers to, 42P16 for a second primary key.
    pub fn add_constraint(&mut self, table: &QualifiedName, def: &ConstraintDef<'_>, only: bool) -> Outcome {
        self.constraint(table, def, only)
            .map_err(|f| if f.at.is_some() { f } else { f.at(def.range.clone()) })
    }

    fn constraint(&mut self, table: &QualifiedName, def: &ConstraintDef<'_>, only: bool) -> Outcome {
        let attributes = &def.attributes;
        match &def.body {
            Body::Check(slice) => {
                let expr = self.expr(slice);
                let name = match &def.name {
                    Some(name) => name.clone(),
                    None => self.check_name(table, &expr),
                };
                let constraint = self.new_constraint(table, name, ConstraintBody::Check { expr }, attributes);
                if constraint.enforced
                    && !constraint.no_inherit
                    && only
                    && !self.store.children(table).is_empty()
                {
                    return Err(Failure::refused("42P16", "constraint must be added to child tables too"));
                }
                self.put_check(constraint, def.range.clone())
            }
            Body::PrimaryKey(key) => self.add_key(table, def, key, true, only),
            Body::Unique(key) => self.add_key(table, def, key, false, only),
            Body::Exclusion(exclusion) => self.add_exclusion(table, def, exclusion, only),
            Body::ForeignKey(key) => self.add_foreign_key(table, def, key, only),
            Body::NotNull(Some(column)) => {
                if self.major() < 18 {
                    return Err(Failure::syntax("NOT NULL constraints of tables need PostgreSQL 18"));
                }
                let name = def.name.as_ref();
                let not_valid = attributes.not_valid;
                self.set_not_null(table, column, name, attributes.no_inherit, not_valid, !only)
            }
            Body::NotNull(None)
            | Body::Null
            | Body::Default(_)
            | Body::Generated { .. }
            | Body::Identity { .. } => Err(Failure::syntax("a table can't have this constraint")),
        }
    }

    pub fn new_constraint(
        &self,
        table: &QualifiedName,
        name: Name,
        body: ConstraintBody,
        attributes: &Attributes,
    ) -> Constraint {
        let initially_deferred = attributes.initially_deferred.unwrap_or(false);
        let enforced = attributes.enforced.unwrap_or(true);
        Constraint {
            table: table.clone(),
            name,
            body,
            deferrable: attributes.deferrable.unwrap_or(initially_deferred),
            initially_deferred,
            validated: enforced && !attributes.not_valid,
            enforced,
            no_inherit: attributes.no_inherit,
            inherited: false,
        }
    }

    /// The automatic name of a check: after the one column that it names, or after the table alone
    /// (`AddRelationNewConstraints` in `heap.c`).
    fn check_name(&self, table: &QualifiedName, expr: &Expr) -> Name {
        let mut columns = expression::columns(&expr.sql);
        columns.retain(|name| self.store.catalog().column(table, name).is_some());
        let column = if columns.len() == 1 { columns.first() } else { None };
        self.choose_constraint_name(
            &table.schema,
            table.name.as_str(),
            column.map(Name::as_str),
            "check",
            &[],
        )
    }

    /// Puts a check on a table and, unless it says NO INHERIT, on those below it, where one of the same name merges with it.
    fn put_check(&mut self, constraint: Constraint, range: Range<usize>) -> Outcome {
        let table = constraint.table.clone();
        self.free_constraint_name(&constraint)?;
        let children = if constraint.no_inherit { Vec::new() } else { self.store.descendants(&table) };
        self.insert_constraint(constraint.clone(), range.clone());
        for child in children {
            self.inherit_check(&child, &constraint, range.clone())?;
        }
        Ok(())
    }

    /// Gives a child the check of its parent (`MergeWithExistingConstraint`).
    pub fn inherit_check(
        &mut self,
        child: &QualifiedName,
        check: &Constraint,
        range: Range<usize>,
    ) -> Outcome {
        let key = constraint_key(child, &check.name);
        if let Some(entry) = self.store.get(&key) {
            let same =
                Constraint::of(&entry.object).is_some_and(|c| matches!(c.body, ConstraintBody::Check { .. }));
            if !same {
                return Err(Failure::duplicate(
                    "42710",
                    format!("constraint {} for relation {child} already exists", check.name),
                ));
            }
            return Ok(());
        }
        let mut copy = check.clone();
        copy.table = child.clone();
        copy.inherited = true;
        self.insert_constraint(copy, range);
        Ok(())
    }

    /// Whether a constraint's name is free: that of its index first (`index_create` in `index.c`).
    ///
    /// # Errors
    /// 42P07 for the index, 42710 for the constraint.
    pub fn free_constraint_name(&self, constraint: &Constraint) -> Outcome {
        let Constraint { table, name, .. } = constraint;
        // A check is read before its name counts; a key's and a foreign key's name is looked at first.
        if !self.minds_duplicates() && matches!(constraint.body, ConstraintBody::Check { .. }) {
            return Ok(());
        }
        if constraint.has_index() {
            let index = QualifiedName { schema: table.schema.clone(), name: name.clone() };
            if self.store.relation(&index).is_some() {
                return Err(Failure::relation_exists(&index));
            }
        }
        if self.store.get(&constraint_key(table, name)).is_some() {
            return Err(Failure::duplicate(
                "42710",
                format!("constraint {name} for relation {table} already exists"),
            ));
        }
        Ok(())
    }

    /// Puts a constraint in, with its place.
    pub fn insert_constraint(&mut self, constraint: Constraint, range: Range<usize>) {
        let span = self.span(range);
        self.store.put(Entry { span: Some(span), ..Entry::from(constraint) });
    }

    /// Makes a column NOT NULL, and those of children that inherit it. `name` is the constraint's from 18 on.
    ///
    /// # Errors
    /// 42703 when there is no such column.
    pub fn set_not_null(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        name: Option<&Name>,
        no_inherit: bool,
        not_valid: bool,
        recurse: bool,
    ) -> Outcome {
        let Some(found) = self.store.catalog().column(table, column) else {
            return Err(Failure::no_column(column, table));
        };
        let name = self.not_null_name(found, name);
        self.store.edit(&column_key(table, column), |entry| {
            if let Some(column) = trueup_catalog::Column::of_mut(&mut entry.object) {
                match &mut column.not_null {
                    Some(there) => there.not_valid &= not_valid,
                    None => column.not_null = Some(NotNull { name, no_inherit, not_valid }),
                }
            }
        });
        if recurse && !no_inherit {
            let name = self.store.catalog().column(table, column).and_then(not_null_name);
            for child in self.store.descendants(table) {
                if self.store.catalog().column(&child, column).is_some() {
                    self.set_not_null(&child, column, name.as_ref(), false, not_valid, false)?;
                }
            }
        }
        Ok(())
    }

    /// The constraints of a table.
    pub fn constraints(&self, table: &QualifiedName) -> impl Iterator<Item = &Constraint> {
        self.store
            .catalog()
            .on_relation(ObjectKind::Constraint, table)
            .filter_map(|(_, entry)| Constraint::of(&entry.object))
    }

    /// The table's object, to be changed.
    pub fn edit_table<T>(
        &mut self,
        table: &QualifiedName,
        change: impl FnOnce(&mut trueup_catalog::Table) -> T,
    ) -> Option<T> {
        self.store
            .edit(&table_key(table), |entry| trueup_catalog::Table::of_mut(&mut entry.object).map(change))
            .flatten()
    }
}
