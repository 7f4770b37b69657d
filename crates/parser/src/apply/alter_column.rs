//! ADD, DROP and ALTER COLUMN.

use trueup_catalog::{
    Column, DataType, Entry, Expr, Generated, Name, NotNull, ObjectKey, ObjectKind, Options, QualifiedName,
};

use super::sequence::init_params;
use super::table::inherited_column;
use crate::diagnostic::{Failure, Outcome};
use crate::expression::is_literal;
use crate::grammar::alter_table::ColumnChange;
use crate::grammar::constraint::Body;
use crate::grammar::foreign_data::set_options;
use crate::grammar::sequence::SequenceOption;
use crate::grammar::table::ColumnDef;
use crate::interpreter::Interpreter;
use crate::store::column_key;

impl Interpreter<'_> {
    /// `ADD COLUMN`, to children too.
    ///
    /// # Errors
    /// 42701 when there is one of this name.
    pub fn add_column(
        &mut self,
        table: &QualifiedName,
        def: &ColumnDef<'_>,
        if_not_exists: bool,
        only: bool,
    ) -> Outcome {
        if self.store.catalog().column(table, &def.name).is_some() {
            if if_not_exists {
                return Ok(());
            }
            return Err(Failure::duplicate(
                "42701",
                format!("column {} of relation {table} already exists", def.name),
            )
            .at(def.range.clone()));
        }
        let Some(entry) = self.store.catalog().table(table) else { return Err(Failure::no_relation(table)) };
        let persistence = entry.persistence;
        if entry.partition_of.is_some() {
            return Err(Failure::refused("42809", "cannot add column to a partition").at(def.range.clone()));
        }
        let new = self.new_column(table, persistence, def)?;
        if self.is_strict() {
            if only && !self.store.children(table).is_empty() {
                let message = "column must be added to child tables too";
                return Err(Failure::refused("42P16", message).at(def.range.clone()));
            }
            // Rows that are there get the default, which reads them all again as far as PostgreSQL's check goes.
            if new.column.default.is_some() || new.column.generated.as_ref().is_some_and(|g| g.stored) {
                crate::refusal::row_type_used(self, table)?;
            }
        }
        self.freeze_stars(table);
        self.append_column(new.column.clone(), def.range.clone());
        if !only {
            for child in self.store.descendants(table) {
                self.freeze_stars(&child);
                match self.store.catalog().column(&child, &def.name) {
                    Some(own) if own.data_type == new.column.data_type => {}
                    Some(_) => {
                        let message =
                            format!("child table {child} has a different type for column {}", def.name);
                        return Err(Failure::refused("42804", message).at(def.range.clone()));
                    }
                    None => {
                        let partition =
                            self.store.catalog().table(&child).is_some_and(|t| t.partition_of.is_some());
                        let identity = self.major() >= 17 && partition;
                        let copy = inherited_column(self, &new.column, &child, identity);
                        self.append_column(copy, def.range.clone());
                    }
                }
            }
        }
        // As in CREATE TABLE: checks, then keys, then foreign keys.
        let rank = |body: &Body<'_>| match body {
            Body::Check(_) => 0,
            Body::PrimaryKey(_) => 1,
            Body::Unique(_) | Body::Exclusion(_) => 2,
            _ => 3,
        };
        let mut constraints = new.constraints;
        constraints.sort_by_key(|c| rank(&c.body));
        for constraint in &constraints {
            self.add_constraint(table, constraint, only)?;
        }
        Ok(())
    }

    /// Puts a column after the others.
    pub fn append_column(&mut self, mut column: Column, range: std::ops::Range<usize>) {
        let last = self
            .store
            .catalog()
            .on_relation(trueup_catalog::ObjectKind::Column, &column.table)
            .filter_map(|(_, entry)| Column::of(&entry.object))
            .map(|c| c.position)
            .max()
            .unwrap_or(0);
        column.position = last + 1;
        let span = self.span(range);
        self.store.put(Entry { span: Some(span), ..Entry::from(column) });
    }

    /// `DROP COLUMN`, from children that have it from this table alone.
    ///
    /// # Errors
    /// 42703 when there is none, 42P16 when it is inherited, 2BP01 when something needs it.
    pub fn drop_column(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        if_exists: bool,
        cascade: bool,
        only: bool,
    ) -> Outcome {
        let Some(found) = self.store.catalog().column(table, column) else {
            return if if_exists { Ok(()) } else { Err(Failure::no_column(column, table)) };
        };
        if found.inherited {
            return Err(Failure::refused("42P16", format!("cannot drop inherited column {column}")));
        }
        self.remove(&[column_key(table, column)], cascade)?;
        self.forget_grants(table, column);
        for child in self.store.children(table).to_vec() {
            self.drop_inherited(&child, column, cascade, only)?;
        }
        Ok(())
    }

    /// Grants on a column go with it.
    fn forget_grants(&mut self, table: &QualifiedName, column: &Name) {
        let key = ObjectKey::in_schema(ObjectKind::Table, table.clone());
        self.store.edit(&key, |entry| {
            for list in entry.privileges.iter_mut().chain([&mut entry.revoked]) {
                super::grant::move_column(list, column, None);
            }
        });
    }

    fn drop_inherited(&mut self, table: &QualifiedName, column: &Name, cascade: bool, only: bool) -> Outcome {
        let catalog = self.store.catalog();
        let Some(found) = catalog.column(table, column) else { return Ok(()) };
        let elsewhere = catalog
            .table(table)
            .is_some_and(|t| t.inherits.iter().any(|parent| catalog.column(parent, column).is_some()));
        if !found.inherited || elsewhere {
            // Its NOT NULL was the parent's, and so is the name that it keeps.
            self.edit_column(table, column, |c| {
                if let Some(not_null) = &mut c.not_null {
                    not_null.name = None;
                }
            });
            return Ok(());
        }
        if only {
            self.edit_column(table, column, |c| c.inherited = false);
            return Ok(());
        }
        self.remove(&[column_key(table, column)], cascade)?;
        self.forget_grants(table, column);
        for child in self.store.children(table).to_vec() {
            self.drop_inherited(&child, column, cascade, only)?;
        }
        Ok(())
    }

    /// Changes a column's object.
    pub fn edit_column(&mut self, table: &QualifiedName, column: &Name, change: impl FnOnce(&mut Column)) {
        self.store.edit(&column_key(table, column), |entry| Column::of_mut(&mut entry.object).map(change));
    }

    /// `ALTER COLUMN`, that of children too.
    ///
    /// # Errors
    /// What the change does not allow.
    pub fn alter_column(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        change: &ColumnChange<'_>,
        only: bool,
    ) -> Outcome {
        let mut relations = vec![table.clone()];
        if !only {
            let below = self.store.descendants(table);
            relations.extend(
                below.into_iter().filter(|child| self.store.catalog().column(child, column).is_some()),
            );
        }
        match change {
            ColumnChange::Type { type_name, collation, using } => {
                let data_type = self.column_type(type_name)?;
                if self.is_strict() {
                    let using = using.as_ref().map(|slice| self.expr(slice));
                    crate::strict::change_of_type(self, table, column, &data_type, using)?;
                }
                let collation = collation.as_ref().map(|c| self.collation_name(c));
                if let Some(collation) = collation.as_ref().filter(|_| self.is_strict()) {
                    crate::strict::collation(self, collation)?;
                }
                if self.is_strict() {
                    self.may_change_type(table, column, only, &relations)?;
                }
                for relation in &relations {
                    self.change_type(relation, column, &data_type, collation.clone())?;
                }
            }
            ColumnChange::SetDefault(slice) => {
                for relation in &relations {
                    let Some(found) = self.store.catalog().column(relation, column) else { continue };
                    if found.identity.is_some() || found.generated.is_some() {
                        return Err(Failure::syntax(format!(
                            "column {column} of relation {relation} is an identity or generated column"
                        )));
                    }
                    let default = self.column_default(&found.data_type, self.expr(slice));
                    self.edit_column(relation, column, |c| c.default = default);
                }
            }
            ColumnChange::DropDefault => {
                for relation in &relations {
                    self.edit_column(relation, column, |c| c.default = None);
                }
            }
            ColumnChange::SetNotNull => self.set_not_null(table, column, None, false, false, !only)?,
            ColumnChange::DropNotNull => self.drop_not_null(table, column, only)?,
            ColumnChange::SetExpression(slice) => {
                let expr = self.expr(slice);
                for relation in &relations {
                    self.edit_column(relation, column, |c| {
                        let stored = c.generated.as_ref().is_none_or(|g| g.stored);
                        c.generated = Some(Generated { expr: expr.clone(), stored });
                    });
                }
            }
            ColumnChange::DropExpression { if_exists } => {
                let generated =
                    self.store.catalog().column(table, column).is_some_and(|c| c.generated.is_some());
                if !generated && !if_exists {
                    return Err(Failure::refused(
                        "55000",
                        format!("column {column} of relation {table} is not a generated column"),
                    ));
                }
                for relation in &relations {
                    self.edit_column(relation, column, |c| c.generated = None);
                }
            }
            ColumnChange::AddIdentity { always, options } => {
                self.add_identity(table, column, *always, options)?
            }
            ColumnChange::SetIdentity { always, options } => {
                self.set_identity(table, column, *always, options)?
            }
            ColumnChange::DropIdentity { if_exists } => {
                let identity =
                    self.store.catalog().column(table, column).is_some_and(|c| c.identity.is_some());
                if !identity && !if_exists {
                    return Err(Failure::refused(
                        "55000",
                        format!("column {column} of relation {table} is not an identity column"),
                    ));
                }
                // Only partitions share an identity, from 17 on.
                for relation in self.sharing_identity(table) {
                    self.edit_column(&relation, column, |c| c.identity = None);
                }
            }
            ColumnChange::Statistics(target) => {
                for relation in &relations {
                    self.edit_column(relation, column, |c| c.statistics = *target);
                }
            }
            ColumnChange::SetOptions(options) => {
                self.edit_column(table, column, |c| c.options.extend(options.clone()))
            }
            ColumnChange::ResetOptions(names) => {
                self.edit_column(table, column, |c: &mut Column| {
                    let kept: Options = std::mem::take(&mut c.options)
                        .into_iter()
                        .filter(|(n, _)| !names.contains(n))
                        .collect();
                    c.options = kept;
                });
            }
            ColumnChange::Storage(word) => {
                for relation in &relations {
                    let Some(found) = self.store.catalog().column(relation, column) else { continue };
                    let storage = self.column_storage(&found.data_type, word)?;
                    self.edit_column(relation, column, |c| c.storage = storage);
                }
            }
            ColumnChange::ForeignOptions(changes) => {
                let column_of = |interp: &Self| interp.store.catalog().column(table, column).cloned();
                if let Some(mut changed) = column_of(self) {
                    set_options(&mut changed.foreign_options, changes)?;
                    self.edit_column(table, column, |c| c.foreign_options = changed.foreign_options);
                }
            }
            ColumnChange::Compression(word) => {
                let compression = Some(word.clone()).filter(|w| *w != "default");
                self.edit_column(table, column, |c| c.compression = compression);
            }
        }
        Ok(())
    }

    /// What stands in the way of a new type, of the column and of its children's.
    fn may_change_type(
        &self,
        table: &QualifiedName,
        column: &Name,
        only: bool,
        relations: &[QualifiedName],
    ) -> Outcome {
        let name = column.as_str();
        if self.store.catalog().column(table, column).is_some_and(|found| found.inherited) {
            return Err(Failure::said("42P16", format!("cannot alter inherited column \"{name}\"")));
        }
        let has_column = |child: &QualifiedName| self.store.catalog().column(child, column).is_some();
        if only && self.store.children(table).iter().any(has_column) {
            let message = format!("type of inherited column \"{name}\" must be changed in child tables too");
            return Err(Failure::said("42P16", message));
        }
        relations.iter().try_for_each(|relation| crate::refusal::retyped(self, relation, column))
    }

    /// A new type: storage goes back to the type's own, the collation too unless one is given; defaults stay, and PostgreSQL coerces
    /// them (`ATExecAlterColumnType`).
    pub fn change_type(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        data_type: &DataType,
        collation: Option<QualifiedName>,
    ) -> Outcome {
        let Some(found) = self.store.catalog().column(table, column).cloned() else { return Ok(()) };
        let collation = collation.and_then(|c| self.column_collation(data_type, c));
        let default =
            found.default.clone().map(|expr| default_of_old_type(&expr, &found.data_type, data_type));
        let mut identity = found.identity.clone();
        if let Some(identity) = &mut identity {
            let as_type = [SequenceOption::As(data_type.clone())];
            identity.options = init_params(self, Some(&identity.options), &as_type)?;
        }
        self.edit_column(table, column, |c| {
            c.data_type = data_type.clone();
            c.collation = collation;
            c.storage = None;
            c.compression = None;
            c.default = default;
            c.identity = identity;
            c.statistics = None;
        });
        Ok(())
    }

    /// `DROP NOT NULL`.
    ///
    /// # Errors
    /// 42P16 when the primary key needs it, or a parent does.
    pub fn drop_not_null(&mut self, table: &QualifiedName, column: &Name, only: bool) -> Outcome {
        if self.primary_key(table).is_some_and(|(_, key)| key.columns.contains(column)) {
            return Err(Failure::refused("42P16", format!("column {column} is in a primary key")));
        }
        let Some(found) = self.store.catalog().column(table, column) else {
            return Err(Failure::no_column(column, table));
        };
        if found.identity.is_some() {
            return Err(Failure::syntax(format!(
                "column {column} of relation {table} is an identity column"
            )));
        }
        self.edit_column(table, column, |c| c.not_null = None::<NotNull>);
        if !only {
            for child in self.store.descendants(table) {
                let needed = self.primary_key(&child).is_some_and(|(_, key)| key.columns.contains(column));
                let inherited = self
                    .store
                    .catalog()
                    .column(&child, column)
                    .is_some_and(|c| c.inherited || self.major() < 18);
                if inherited && !needed {
                    self.edit_column(&child, column, |c| c.not_null = None);
                }
            }
        }
        Ok(())
    }

    fn add_identity(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        always: bool,
        options: &[SequenceOption],
    ) -> Outcome {
        let Some(found) = self.store.catalog().column(table, column).cloned() else { return Ok(()) };
        let refuse =
            |what: &str| Failure::refused("55000", format!("column {column} of relation {table} {what}"));
        if found.not_null.is_none() {
            return Err(refuse("must be declared NOT NULL before identity can be added"));
        }
        if found.identity.is_some() {
            return Err(refuse("is already an identity column"));
        }
        if found.default.is_some() {
            return Err(refuse("already has a default value"));
        }
        let identity = self.new_identity(table, column, &found.data_type, always, options)?;
        for relation in self.sharing_identity(table) {
            self.edit_column(&relation, column, |c| c.identity = Some(identity.clone()));
        }
        Ok(())
    }

    fn set_identity(
        &mut self,
        table: &QualifiedName,
        column: &Name,
        always: Option<bool>,
        options: &[SequenceOption],
    ) -> Outcome {
        let Some(mut identity) = self.store.catalog().column(table, column).and_then(|c| c.identity.clone())
        else {
            return Err(Failure::refused(
                "55000",
                format!("column {column} of relation {table} is not an identity column"),
            ));
        };
        if let Some(always) = always {
            identity.always = always;
        }
        identity.options = init_params(self, Some(&identity.options), options)?;
        for relation in self.sharing_identity(table) {
            self.edit_column(&relation, column, |c| c.identity = Some(identity.clone()));
        }
        Ok(())
    }

    /// The table and, from 17 on, its partitions, whose identity columns are the parent's (`ATExecAddIdentity` in `tablecmds.c`).
    fn sharing_identity(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let mut relations = vec![table.clone()];
        if self.major() >= 17 {
            let catalog = self.store.catalog();
            let partition =
                |child: &QualifiedName| catalog.table(child).is_some_and(|t| t.partition_of.is_some());
            relations.extend(self.store.descendants(table).into_iter().filter(partition));
        }
        relations
    }
}

/// A default after its column's type changed: a constant keeps the type that it was read as (`varchar DEFAULT NULL` that becomes `text`
/// is stored as `NULL::character varying`).
fn default_of_old_type(expr: &Expr, old: &DataType, new: &DataType) -> Expr {
    let same = old.name == new.name && old.schema == new.schema && old.array == new.array;
    if same || !is_literal(&expr.sql) {
        return expr.clone();
    }
    let plain = DataType { modifiers: Vec::new(), ..old.clone() };
    // A bare "bit" or bpchar prints in a form that reads back without a length.
    Expr { sql: format!("({})::{plain}", expr.sql).into(), search_path: expr.search_path.clone() }
}
