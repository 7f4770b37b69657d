//! Primary keys, unique and exclusion constraints, with the indexes behind them, and their counterparts on partitions.

use std::ops::Range;

use trueup_catalog::{
    Constraint, ConstraintBody, Entry, Exclusion, ExclusionElement, Index, IndexElement, IndexTarget,
    KeyConstraint, Name, ObjectKey, ObjectKind, QualifiedName,
};
use trueup_syntax::WrittenName;

use super::index_element::{IndexUse, column_elements, first_missing};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::constraint::{ConstraintDef, ExclusionDef, Key};
use crate::interpreter::Interpreter;
use crate::store::constraint_key;

impl Interpreter<'_> {
    pub fn add_key(
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
        let unsupported = if primary {
            "primary keys on virtual generated columns are not supported"
        } else {
            "unique constraints on virtual generated columns are not supported"
        };
        crate::refusal::on_virtual(self, table, key.columns.iter().chain(&key.include), unsupported)?;
        let body = KeyConstraint {
            columns: key.columns.clone(),
            include: key.include.clone(),
            nulls_not_distinct: key.nulls_not_distinct,
            without_overlaps: key.without_overlaps,
            options: key.options.clone(),
            tablespace: self.new_tablespace(key.tablespace.clone()),
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

    /// `PRIMARY KEY | UNIQUE USING INDEX`: the index becomes the constraint's, and takes its name (`ATExecAddIndexConstraint`).
    fn key_using_index(
        &mut self,
        table: &QualifiedName,
        def: &ConstraintDef<'_>,
        name: &Name,
        primary: bool,
    ) -> Outcome {
        if self.store.catalog().table(table).is_some_and(|table| table.partition_key.is_some()) {
            let message = "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables";
            return Err(Failure::said("0A000", message));
        }
        let key = ObjectKey::on_relation(ObjectKind::Index, table.clone(), name.clone());
        let Some(entry) = self.store.take(&key) else {
            let index = QualifiedName { schema: table.schema.clone(), name: name.clone() };
            return Err(match self.store.relation(&index).map(|relation| relation.key.clone()) {
                Some(Some(key)) if key.kind == ObjectKind::Constraint && key.relation() == Some(table) => {
                    let message =
                        format!("index \"{}\" is already associated with a constraint", name.as_str());
                    Failure::refused("55000", message)
                }
                Some(_) => {
                    let (index, table) = (name.as_str(), table.name.as_str());
                    Failure::refused(
                        "55000",
                        format!("index \"{index}\" does not belong to table \"{table}\""),
                    )
                }
                None => Failure::undefined("42704", format!("index {name} does not exist")),
            });
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
        // A dump could not make the same again (`transformIndexConstraint` in `parse_utilcmd.c`).
        let unusual = |element: &IndexElement| {
            element.descending
                || element.nulls_first
                || element.operator_class.is_some()
                || element.collation.is_some()
        };
        if let Some(at) = index.elements.iter().position(unusual) {
            let message = format!(
                "index \"{}\" column number {} does not have default sorting behavior",
                name.as_str(),
                at + 1
            );
            let help = "a primary key or unique constraint can't be made with such an index";
            return Err(Failure::said("42809", message).help(help));
        }
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

    pub fn add_exclusion(
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
                    operator: self.exclusion_operator(schema.as_ref(), operator),
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
            tablespace: self.new_tablespace(exclusion.tablespace.clone()),
            statistics: Default::default(),
        });
        let constraint = self.new_constraint(table, name, body, &def.attributes);
        self.put_indexed(constraint, def.range.clone(), only)
    }

    /// An operator by name: one of the ambient definitions if a schema of the path has it, else of `pg_catalog`.
    fn exclusion_operator(&self, schema: Option<&Name>, operator: &str) -> QualifiedName {
        self.operator_name(&WrittenName { schema: schema.cloned(), name: Name::new(operator), range: 0..0 })
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
