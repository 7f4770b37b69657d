//! Constraints of tables: their names, their indexes, and what becomes of them on partitions and inheriting tables.

use std::ops::Range;

use trueup_catalog::{
    Constraint, ConstraintBody, Entry, Exclusion, ExclusionElement, Expr, ForeignKey, Index, IndexElement,
    IndexTarget, KeyConstraint, Name, NotNull, ObjectKey, ObjectKind, QualifiedName,
};
use trueup_syntax::WrittenName;

use super::column::not_null_name;
use super::index_element::{IndexUse, column_elements, first_missing};
use crate::diagnostic::{Failure, Outcome};
use crate::expression;
use crate::grammar::constraint::{Attributes, Body, ConstraintDef, ExclusionDef, ForeignKeyDef, Key};
use crate::interpreter::Interpreter;
use crate::names::name_addition;
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
            Body::ForeignKey(key) => self.add_foreign_key(table, def, key),
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

    fn new_constraint(
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

    fn free_constraint_name(&self, constraint: &Constraint) -> Outcome {
        let Constraint { table, name, .. } = constraint;
        if self.store.get(&constraint_key(table, name)).is_some() {
            return Err(Failure::duplicate(
                "42710",
                format!("constraint {name} for relation {table} already exists"),
            ));
        }
        if constraint.has_index() {
            let index = QualifiedName { schema: table.schema.clone(), name: name.clone() };
            if self.store.relation(&index).is_some() {
                return Err(Failure::relation_exists(&index));
            }
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

    fn add_key(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        key: &Key,
        primary: bool,
        only: bool,
    ) -> Outcome {
        if primary && self.primary_key(table).is_some() {
            return Err(Failure::refused(
                "42P16",
                format!("multiple primary keys for table {} are not allowed", table.name),
            ));
        }
        if let Some(index) = &key.using_index {
            return self.key_using_index(table, def, index, primary);
        }
        let catalog = self.store.catalog();
        if let Some(missing) = first_missing(catalog, table, &key.columns)
            .or_else(|| first_missing(catalog, table, &key.include))
        {
            return Err(Failure::undefined("42703", format!("column {missing} named in key does not exist")));
        }
        let body = KeyConstraint {
            columns: key.columns.clone(),
            include: key.include.clone(),
            nulls_not_distinct: key.nulls_not_distinct,
            without_overlaps: key.without_overlaps,
            options: key.options.clone(),
            tablespace: key.tablespace.clone(),
        };
        let name = match &def.name {
            Some(name) => name.clone(),
            None => self.key_name(table, &body, primary),
        };
        if primary {
            for column in &key.columns {
                self.set_not_null(table, column, None, false, false, !only)?;
            }
        }
        let body = if primary { ConstraintBody::PrimaryKey(body) } else { ConstraintBody::Unique(body) };
        let constraint = self.new_constraint(table, name, body, &def.attributes);
        self.put_indexed(constraint, def.range.clone(), only)
    }

    fn key_name(&self, table: &QualifiedName, key: &KeyConstraint, primary: bool) -> Name {
        let kind = if primary { IndexUse::Primary } else { IndexUse::Unique };
        self.choose_index_name(table, kind, &column_elements(&key.columns), &key.include)
    }

    /// The primary key of a table.
    pub fn primary_key(&self, table: &QualifiedName) -> Option<(&Constraint, &KeyConstraint)> {
        self.constraints(table).find_map(|constraint| match &constraint.body {
            ConstraintBody::PrimaryKey(key) => Some((constraint, key)),
            _ => None,
        })
    }

    /// The constraints of a table.
    pub fn constraints(&self, table: &QualifiedName) -> impl Iterator<Item = &Constraint> {
        self.store
            .catalog()
            .on_relation(ObjectKind::Constraint, table)
            .filter_map(|(_, entry)| Constraint::of(&entry.object))
    }

    /// `PRIMARY KEY | UNIQUE USING INDEX`: the index becomes the constraint's, and takes its name (`ATExecAddIndexConstraint`).
    fn key_using_index(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        name: &Name,
        primary: bool,
    ) -> Outcome {
        let key = ObjectKey::on_relation(ObjectKind::Index, table.clone(), name.clone());
        let Some(entry) = self.store.take(&key) else {
            return Err(Failure::undefined("42704", format!("index {name} does not exist")));
        };
        let Some(index) = Index::of(&entry.object).cloned() else {
            return Err(Failure::refused("42809", format!("{name} is not an index")));
        };
        let columns: Option<Vec<Name>> = index
            .elements
            .iter()
            .map(|element| match &element.target {
                IndexTarget::Column(name) => Some(name.clone()),
                IndexTarget::Expr(_) => None,
            })
            .collect();
        let Some(columns) = columns.filter(|_| index.unique && index.predicate.is_none()) else {
            return Err(Failure::refused(
                "42809",
                format!(
                    "index {name} can't be used for a constraint: it has expressions, a predicate, or is not unique"
                ),
            ));
        };
        if primary {
            for column in &columns {
                self.set_not_null(table, column, None, false, false, true)?;
            }
        }
        let body = KeyConstraint {
            columns,
            include: index.include,
            nulls_not_distinct: index.nulls_not_distinct,
            without_overlaps: false,
            options: index.options,
            tablespace: index.tablespace,
        };
        let body = if primary { ConstraintBody::PrimaryKey(body) } else { ConstraintBody::Unique(body) };
        let constraint = self.new_constraint(
            table,
            def.name.clone().unwrap_or_else(|| name.clone()),
            body,
            &def.attributes,
        );
        self.free_constraint_name(&constraint)?;
        let span = self.span(def.range.clone());
        self.store.put(Entry { span: Some(span), comment: entry.comment, ..Entry::from(constraint) });
        Ok(())
    }

    fn add_exclusion(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        exclusion: &ExclusionDef<'_>,
        only: bool,
    ) -> Outcome {
        let method = exclusion.method.clone().unwrap_or_else(|| Name::new("btree"));
        let elements = exclusion
            .elements
            .iter()
            .map(|(element, schema, operator)| {
                Ok(ExclusionElement {
                    element: self.index_element(table, &method, element)?,
                    operator: self.operator_name(schema.as_ref(), operator),
                })
            })
            .collect::<Outcome<Vec<_>>>()?;
        if let Some(missing) = first_missing(self.store.catalog(), table, &exclusion.include) {
            return Err(Failure::undefined("42703", format!("column {missing} named in key does not exist")));
        }
        let name = match &def.name {
            Some(name) => name.clone(),
            None => {
                let list: Vec<IndexElement> = elements.iter().map(|e| e.element.clone()).collect();
                self.choose_index_name(table, IndexUse::Exclusion, &list, &exclusion.include)
            }
        };
        let body = ConstraintBody::Exclusion(Exclusion {
            method,
            elements,
            include: exclusion.include.clone(),
            predicate: exclusion.predicate.as_ref().map(|p| self.expr(p)),
            options: exclusion.options.clone(),
            tablespace: exclusion.tablespace.clone(),
        });
        let constraint = self.new_constraint(table, name, body, &def.attributes);
        self.put_indexed(constraint, def.range.clone(), only)
    }

    /// An operator by name: one of the ambient definitions if a schema of the path has it, else of `pg_catalog`.
    fn operator_name(&self, schema: Option<&Name>, operator: &str) -> QualifiedName {
        let written = WrittenName { schema: schema.cloned(), name: Name::new(operator), range: 0..0 };
        let known = |name: &QualifiedName| {
            let ambient = self.options.ambient.into_iter().chain([&self.store.catalog().ambient]);
            ambient.flat_map(|a| &a.operators).any(|o| o.name == *name).then_some(())
        };
        match &written.schema {
            Some(schema) => QualifiedName { schema: schema.clone(), name: written.name },
            None => match self.find_by_path(&written, known) {
                Some((name, ())) => name,
                None => QualifiedName { schema: Name::new("pg_catalog"), name: written.name },
            },
        }
    }

    /// Puts a constraint with an index on a table and on its partitions: one there that matches is taken for it, else one is made
    /// (`DefineIndex`).
    fn put_indexed(&mut self, constraint: Constraint, range: Range<usize>, only: bool) -> Outcome {
        self.free_constraint_name(&constraint)?;
        let table = constraint.table.clone();
        self.insert_constraint(constraint.clone(), range.clone());
        let partitioned = self.store.catalog().table(&table).is_some_and(|t| t.partition_key.is_some());
        if partitioned && !only {
            for child in self.store.children(&table).to_vec() {
                self.clone_indexed(&child, &constraint, range.clone())?;
            }
        }
        Ok(())
    }

    /// Gives a partition, and those below it, the counterpart of its parent's constraint with an index.
    pub fn clone_indexed(
        &mut self,
        child: &QualifiedName,
        parent: &Constraint,
        range: Range<usize>,
    ) -> Outcome {
        let matching = self
            .constraints(child)
            .find(|c| !c.inherited && same_index(&c.body, &parent.body) && c.deferrable == parent.deferrable)
            .map(|c| c.name.clone());
        if let Some(name) = matching {
            self.store.edit(&constraint_key(child, &name), |entry| {
                if let Some(constraint) = Constraint::of_mut(&mut entry.object) {
                    constraint.inherited = true;
                }
            });
            return Ok(());
        }
        let name = match &parent.body {
            ConstraintBody::PrimaryKey(key) => {
                for column in &key.columns {
                    self.set_not_null(child, column, None, false, false, false)?;
                }
                self.key_name(child, key, true)
            }
            ConstraintBody::Unique(key) => self.key_name(child, key, false),
            ConstraintBody::Exclusion(exclusion) => {
                let list: Vec<IndexElement> = exclusion.elements.iter().map(|e| e.element.clone()).collect();
                self.choose_index_name(child, IndexUse::Exclusion, &list, &exclusion.include)
            }
            ConstraintBody::Check { .. } | ConstraintBody::ForeignKey(_) => return Ok(()),
        };
        let mut copy = parent.clone();
        copy.table = child.clone();
        copy.name = name;
        copy.inherited = true;
        self.put_indexed(copy, range, false)
    }

    fn add_foreign_key(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        key: &ForeignKeyDef,
    ) -> Outcome {
        let references = self.table(&key.references)?;
        if let Some(missing) = first_missing(self.store.catalog(), table, &key.columns) {
            return Err(Failure::undefined(
                "42703",
                format!("column {missing} referenced in foreign key constraint does not exist"),
            ));
        }
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

/// Whether two constraints' indexes are alike, so that one can stand for the other on a partition.
fn same_index(one: &ConstraintBody, other: &ConstraintBody) -> bool {
    match (one, other) {
        (ConstraintBody::PrimaryKey(one), ConstraintBody::PrimaryKey(other))
        | (ConstraintBody::Unique(one), ConstraintBody::Unique(other)) => {
            one.columns == other.columns
                && one.include == other.include
                && one.nulls_not_distinct == other.nulls_not_distinct
                && one.without_overlaps == other.without_overlaps
        }
        (ConstraintBody::Exclusion(one), ConstraintBody::Exclusion(other)) => {
            one.method == other.method && one.elements == other.elements && one.predicate == other.predicate
        }
        _ => false,
    }
}
