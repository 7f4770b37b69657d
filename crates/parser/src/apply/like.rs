//! `LIKE source INCLUDING …` (`transformTableLikeClause`, `expandTableLikeClause` in `parse_utilcmd.c`).

use trueup_catalog::{
    Column, CompositeType, Constraint, ConstraintBody, DataType, Entry, Identity, Index, Name, ObjectKey,
    ObjectKind, QualifiedName,
};

use super::column::not_null_name;
use super::index_element::{IndexUse, column_elements};
use crate::diagnostic::{Failure, Outcome};
use crate::grammar::table::LikeClause;
use crate::interpreter::Interpreter;
use crate::store::{RelationKind, column_key, constraint_key};

impl Interpreter<'_> {
    /// The columns that a table gets from the source.
    ///
    /// # Errors
    /// 42P01 when the source is not there.
    pub fn like_columns(&self, table: &QualifiedName, like: &LikeClause) -> Outcome<Vec<Column>> {
        let (source, relation) = self.relation(&like.source)?;
        let catalog = self.store.catalog();
        let plain = |name: &Name, data_type: &trueup_catalog::DataType| {
            Column::new(table.clone(), name.clone(), 0, data_type.clone())
        };
        match relation.kind {
            RelationKind::Table => {
                catalog.columns(&source).into_iter().map(|c| self.like_column(c, table, like)).collect()
            }
            RelationKind::CompositeType => {
                let key = ObjectKey::in_schema(ObjectKind::CompositeType, source);
                let composite = self.store.get(&key).and_then(|entry| CompositeType::of(&entry.object));
                let attributes = composite.into_iter().flat_map(|c| &c.attributes);
                Ok(attributes
                    .map(|a| Column { collation: a.collation.clone(), ..plain(&a.name, &a.data_type) })
                    .collect())
            }
            RelationKind::View | RelationKind::MaterializedView => {
                self.like_view(&source, table).map_err(|failure| failure.at(like.source.range.clone()))
            }
            RelationKind::Index
            | RelationKind::ConstraintIndex
            | RelationKind::Sequence
            | RelationKind::IdentitySequence => {
                let message = format!("{source} is a {}: LIKE is not supported for it", relation.kind.word());
                Err(Failure::refused("42809", message).at(like.source.range.clone()))
            }
            RelationKind::Opaque => {
                Err(Failure::not_understood(format!("the columns of {} are not known here", like.source))
                    .at(like.source.range.clone()))
            }
        }
    }

    /// The columns of a view, as its query gives them.
    fn like_view(&self, view: &QualifiedName, table: &QualifiedName) -> Outcome<Vec<Column>> {
        let catalog = self.store.catalog();
        let (named, query) = match (catalog.view(view), catalog.materialized_view(view)) {
            (Some(v), _) => (&v.columns, &v.query),
            (None, Some(v)) => (&v.columns, &v.query),
            (None, None) => return Err(Failure::no_relation(view)),
        };
        let output = self.output(query)?;
        let collations = self.output_collations(query, &output)?;
        let mut columns = Vec::with_capacity(output.len());
        for (place, (column, collation)) in output.into_iter().zip(collations).enumerate() {
            let name = named.get(place).map_or(column.name, |named| named.name.clone());
            let data_type = column.data_type.ok_or_else(|| {
                Failure::not_understood(format!("the type of column {name} of {view} can't be told"))
            })?;
            columns.push(Column { collation, ..Column::new(table.clone(), name, 0, data_type) });
        }
        Ok(columns)
    }

    fn like_column(&self, source: &Column, table: &QualifiedName, like: &LikeClause) -> Outcome<Column> {
        let mut column = Column::new(table.clone(), source.name.clone(), 0, source.data_type.clone());
        column.collation = source.collation.clone();
        column.not_null = source.not_null.clone();
        let name = not_null_name(source).and_then(|name| self.not_null_name(&column, Some(&name)));
        if let Some(not_null) = &mut column.not_null {
            not_null.name = name;
        }
        if like.defaults {
            column.default = source.default.clone();
        }
        if like.generated {
            column.generated = source.generated.clone();
        }
        if like.storage {
            column.storage = source.storage;
        }
        if like.compression {
            column.compression = source.compression.clone();
        }
        if let Some(identity) = source.identity.as_ref().filter(|_| like.identity) {
            let name = self.choose_relation_name(
                &table.schema,
                table.name.as_str(),
                Some(source.name.as_str()),
                "seq",
                false,
            );
            let sequence = QualifiedName { schema: table.schema.clone(), name };
            let mut identity = Identity { sequence, ..identity.clone() };
            // The new sequence is made without AS, with every other option of the old one.
            identity.options.data_type = DataType::builtin("int8");
            column.identity = Some(identity);
        }
        Ok(column)
    }

    /// The checks and comments that a table gets from the source.
    pub fn like_constraints(
        &mut self,
        source: &QualifiedName,
        table: &QualifiedName,
        like: &LikeClause,
    ) -> Outcome {
        if like.constraints {
            let checks: Vec<Constraint> = self
                .constraints(source)
                .filter(|c| matches!(c.body, ConstraintBody::Check { .. }))
                .cloned()
                .collect();
            for mut check in checks {
                let comment = self.comment_of(&constraint_key(source, &check.name), like);
                check.table = table.clone();
                check.inherited = false;
                let key = constraint_key(table, &check.name);
                self.insert_constraint(check, like.source.range.clone());
                self.store.edit(&key, |entry| entry.comment = comment);
            }
        }
        if like.comments {
            let comments = self.column_comments(source);
            for (name, comment) in comments {
                self.store.edit(&column_key(table, &name), |entry| entry.comment = Some(comment));
            }
        }
        Ok(())
    }

    /// The keys and indexes that a table gets from the source, with names of their own.
    pub fn like_indexes(
        &mut self,
        source: &QualifiedName,
        table: &QualifiedName,
        like: &LikeClause,
    ) -> Outcome {
        if !like.indexes {
            return Ok(());
        }
        let mut constraints: Vec<Constraint> =
            self.constraints(source).filter(|c| c.has_index()).cloned().collect();
        constraints.sort_by_key(|c| !matches!(c.body, ConstraintBody::PrimaryKey(_)));
        for mut constraint in constraints {
            let (kind, elements, include) = match &constraint.body {
                ConstraintBody::PrimaryKey(key) => {
                    (IndexUse::Primary, column_elements(&key.columns), key.include.clone())
                }
                ConstraintBody::Unique(key) => {
                    (IndexUse::Unique, column_elements(&key.columns), key.include.clone())
                }
                ConstraintBody::Exclusion(e) => (
                    IndexUse::Exclusion,
                    e.elements.iter().map(|e| e.element.clone()).collect(),
                    e.include.clone(),
                ),
                ConstraintBody::ForeignKey(_) | ConstraintBody::Check { .. } => continue,
            };
            if let ConstraintBody::PrimaryKey(key) = &constraint.body {
                for column in &key.columns {
                    self.set_not_null(table, column, None, false, false, false)?;
                }
            }
            constraint.name = self.choose_index_name(table, kind, &elements, &include);
            constraint.table = table.clone();
            constraint.inherited = false;
            if let ConstraintBody::Exclusion(body) = &mut constraint.body {
                body.statistics.clear();
            }
            self.insert_constraint(constraint, like.source.range.clone());
        }
        let indexes: Vec<Index> = self
            .store
            .catalog()
            .on_relation(ObjectKind::Index, source)
            .filter_map(|(_, entry)| Index::of(&entry.object))
            .cloned()
            .collect();
        for mut index in indexes {
            let key = ObjectKey::on_relation(ObjectKind::Index, source.clone(), index.name.clone());
            let comment = self.comment_of(&key, like);
            index.name = self.choose_index_name(table, IndexUse::Plain, &index.elements, &index.include);
            index.table = table.clone();
            index.attached_to = None;
            index.statistics.clear();
            index.valid = true;
            let span = self.span(like.source.range.clone());
            self.store.put(Entry { span: Some(span), comment, ..Entry::from(index) });
        }
        Ok(())
    }

    fn comment_of(&self, key: &ObjectKey, like: &LikeClause) -> Option<String> {
        self.store.get(key).filter(|_| like.comments).and_then(|entry| entry.comment.clone())
    }

    /// The comments on the columns of anything that has columns.
    fn column_comments(&self, source: &QualifiedName) -> Vec<(Name, String)> {
        let catalog = self.store.catalog();
        let composite = ObjectKey::in_schema(ObjectKind::CompositeType, source.clone());
        let composite = self.store.get(&composite).and_then(|entry| CompositeType::of(&entry.object));
        let parts = catalog
            .view(source)
            .map(|v| &v.column_comments)
            .or_else(|| catalog.materialized_view(source).map(|v| &v.column_comments))
            .or_else(|| composite.map(|c| &c.attribute_comments));
        if let Some(parts) = parts {
            return parts.iter().map(|(name, comment)| (name.clone(), comment.clone())).collect();
        }
        catalog
            .on_relation(ObjectKind::Column, source)
            .filter_map(|(key, entry)| Some((key.name().clone(), entry.comment.clone()?)))
            .collect()
    }
}
