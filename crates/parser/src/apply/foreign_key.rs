//! Foreign keys, and their counterparts on partitions.

use std::ops::Range;

use trueup_catalog::{
    Constraint, ConstraintBody, ForeignKey, Index, IndexTarget, Name, ObjectKind, QualifiedName,
};

use super::index_element::first_missing;
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::constraint::{ConstraintDef, ForeignKeyDef};
use crate::interpreter::Interpreter;
use crate::names::name_addition;
use crate::store::constraint_key;

impl Interpreter<'_> {
    pub fn add_foreign_key(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        key: &ForeignKeyDef,
        only: bool,
    ) -> Outcome {
        // `ATExecAddConstraint` looks at the name before anything else.
        if let Some(name) = &def.name
            && self.store.get(&constraint_key(table, name)).is_some()
        {
            let message = format!("constraint {name} for relation {table} already exists");
            return Err(Failure::duplicate("42710", message));
        }
        let references = self.table(&key.references)?;
        if self.store.catalog().table(table).is_some_and(|found| found.partition_key.is_some()) {
            let (name, other) = (table.name.as_str(), references.name.as_str());
            if only {
                let message = format!(
                    "cannot use ONLY for foreign key on partitioned table \"{name}\" referencing relation \"{other}\""
                );
                return Err(Failure::said("42809", message));
            }
            if def.attributes.not_valid && self.major() < 18 {
                let message = format!(
                    "cannot add NOT VALID foreign key on partitioned table \"{name}\" referencing relation \"{other}\""
                );
                return Err(Failure::said("42809", message));
            }
        }
        if let Some(missing) = first_missing(self.store.catalog(), table, &key.columns) {
            return Err(Failure::undefined(
                "42703",
                format!("column {missing} referenced in foreign key constraint does not exist"),
            ));
        }
        let unsupported = "foreign key constraints on virtual generated columns are not supported";
        crate::refusal::on_virtual(self, table, key.columns.iter(), unsupported)?;
        let referenced_columns = if key.referenced_columns.is_empty() {
            match self.primary_key(&references) {
                Some((_, primary)) => primary.columns.clone(),
                None => {
                    return Err(Failure::undefined(
                        "42704",
                        format!("there is no primary key for referenced table {}", references.name),
                    )
                    .at(key.references.range.clone()));
                }
            }
        } else {
            if let Some(missing) = first_missing(self.store.catalog(), &references, &key.referenced_columns) {
                return Err(Failure::undefined(
                    "42703",
                    format!("column {missing} referenced in foreign key constraint does not exist"),
                )
                .at(key.references.range.clone()));
            }
            if !self.is_unique(&references, &key.referenced_columns) {
                return Err(Failure::undefined(
                    "42830",
                    format!(
                        "there is no unique constraint matching given keys for referenced table {}",
                        references.name
                    ),
                )
                .at(key.references.range.clone()));
            }
            key.referenced_columns.clone()
        };
        if referenced_columns.len() != key.columns.len() {
            return Err(Failure::refused(
                "42830",
                "number of referencing and referenced columns for foreign key disagree",
            ));
        }
        let name = match &def.name {
            Some(name) => name.clone(),
            None => {
                let addition = name_addition(key.columns.iter().map(Name::as_str));
                self.choose_constraint_name(&table.schema, table.name.as_str(), Some(&addition), "fkey", &[])
            }
        };
        let body = ConstraintBody::ForeignKey(ForeignKey {
            columns: key.columns.clone(),
            period: key.period,
            references,
            referenced_columns,
            match_type: key.match_type,
            on_update: key.on_update,
            on_delete: key.on_delete,
            on_delete_columns: key.on_delete_columns.clone(),
        });
        let constraint = self.new_constraint(table, name, body, &def.attributes);
        self.free_constraint_name(&constraint)?;
        self.insert_constraint(constraint.clone(), def.range.clone());
        let partitioned = self.store.catalog().table(table).is_some_and(|t| t.partition_key.is_some());
        if partitioned {
            for child in self.store.children(table).to_vec() {
                self.clone_foreign_key(&child, &constraint, def.range.clone());
            }
        }
        Ok(())
    }

    /// Whether a unique index or constraint over exactly these columns, in any order, lets a foreign key refer to them
    /// (`transformFkeyCheckAttrs`).
    fn is_unique(&self, table: &QualifiedName, columns: &[Name]) -> bool {
        let same = |list: &[Name]| list.len() == columns.len() && list.iter().all(|c| columns.contains(c));
        let key = self.constraints(table).any(|constraint| match &constraint.body {
            ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key) => same(&key.columns),
            ConstraintBody::Check { .. } | ConstraintBody::ForeignKey(_) | ConstraintBody::Exclusion(_) => {
                false
            }
        });
        key || self
            .store
            .catalog()
            .on_relation(ObjectKind::Index, table)
            .filter_map(|(_, entry)| Index::of(&entry.object))
            .any(|index| {
                let list: Option<Vec<Name>> = index
                    .elements
                    .iter()
                    .map(|element| match &element.target {
                        IndexTarget::Column(name) => Some(name.clone()),
                        IndexTarget::Expr(_) => None,
                    })
                    .collect();
                index.unique && index.predicate.is_none() && list.is_some_and(|list| same(&list))
            })
    }

    /// Gives a partition, and those below it, the counterpart of its parent's foreign key (`CloneFkReferencing`): the same name if
    /// it is free there, else an automatic one.
    pub fn clone_foreign_key(&mut self, child: &QualifiedName, parent: &Constraint, range: Range<usize>) {
        let matching = self
            .constraints(child)
            .find(|c| {
                let (mut one, mut other) = ((*c).clone(), parent.clone());
                for constraint in [&mut one, &mut other] {
                    constraint.name = Name::new("");
                    constraint.table = child.clone();
                    constraint.inherited = false;
                }
                !c.inherited && one == other
            })
            .map(|c| c.name.clone());
        if let Some(name) = matching {
            self.store.edit(&constraint_key(child, &name), |entry| {
                if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                    constraint.inherited = true;
                }
            });
            return;
        }
        let ConstraintBody::ForeignKey(key) = &parent.body else { return };
        let name = if self.store.get(&constraint_key(child, &parent.name)).is_some() {
            let addition = name_addition(key.columns.iter().map(Name::as_str));
            self.choose_constraint_name(&child.schema, child.name.as_str(), Some(&addition), "fkey", &[])
        } else {
            parent.name.clone()
        };
        let mut copy = parent.clone();
        copy.table = child.clone();
        copy.name = name;
        copy.inherited = true;
        self.insert_constraint(copy.clone(), range.clone());
        for grandchild in self.store.children(child).to_vec() {
            self.clone_foreign_key(&grandchild, &copy, range.clone());
        }
    }
}
