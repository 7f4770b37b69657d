//! CREATE, ALTER and DROP VIEW, and what materialized views share with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use trueup_catalog::{
    Entry, Expr, MaterializedView, Name, ObjectKey, ObjectKind, Persistence, QualifiedName, Query, View,
    ViewColumn,
};
use trueup_syntax::{Cursor, WrittenName};

use crate::apply::common::{drop_list, in_schema, set_owner};
use crate::apply::rename::Renamed;
use crate::diagnostic::{Failure, Outcome};
use crate::dispatch::Create;
use crate::grammar::view::{self as grammar, AlterViewAction, ColumnSetting, CreateView};
use crate::interpreter::Interpreter;
use crate::names::PG_TEMP;
use crate::store::RelationKind;

/// The columns that a statement names.
pub(crate) fn named_columns(names: Vec<Name>) -> Vec<ViewColumn> {
    names.into_iter().map(|name| ViewColumn { name, data_type: None }).collect()
}

pub(crate) fn create(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>, create: Create) -> Outcome {
    let statement = grammar::create(cursor, create.or_replace, create.persistence, create.recursive)?;
    let name = if create.persistence == Persistence::Temporary {
        QualifiedName { schema: Name::new(PG_TEMP), name: statement.name.name.clone() }
    } else {
        interp.new_name(&statement.name)?
    };
    let key = ObjectKey::in_schema(ObjectKind::View, name.clone());
    let mut old = None;
    if let Some(relation) = interp.store.relation(&name) {
        if !statement.or_replace && interp.minds_duplicates() {
            return Err(Failure::relation_exists(&name).at(statement.name.range));
        }
        if relation.kind != RelationKind::View {
            return Err(Failure::refused(
                "42809",
                format!("{name} is a {}, not a view", relation.kind.word()),
            ));
        }
        old = interp.store.get(&key).cloned();
    }
    let sql = query_text(&statement, &name)?;
    let query = Query { sql, search_path: interp.store.search_path() };
    interp.check_relations(&query)?;
    let (column_defaults, column_comments) = match old.as_ref().and_then(|e| View::of(&e.object)) {
        Some(view) => (view.column_defaults.clone(), view.column_comments.clone()),
        None => (BTreeMap::new(), BTreeMap::new()),
    };
    let persistence = if name.schema == PG_TEMP { Persistence::Temporary } else { statement.persistence };
    let created = name.clone();
    let view = View {
        name,
        persistence,
        columns: named_columns(statement.columns),
        query,
        options: statement.options,
        column_defaults,
        column_comments,
    };
    let span = Some(interp.span(interp.place.statement.clone()));
    let mut entry = Entry { span, ..Entry::from(view) };
    if let Some(old) = old {
        interp.freeze_stars(&created);
        // The view stays the same object: who owns it and what was said of it stays too.
        entry.comment = old.comment;
        entry.owner = old.owner;
        entry.privileges = old.privileges;
        entry.revoked = old.revoked;
    }
    interp.store.put(entry);
    Ok(())
}

/// The query; `CREATE RECURSIVE VIEW v (a) AS q` is `WITH RECURSIVE v (a) AS (q) SELECT a FROM v` (`makeRecursiveViewSelect`).
fn query_text(statement: &CreateView, name: &QualifiedName) -> Outcome<Arc<str>> {
    if !statement.recursive {
        return Ok(Arc::clone(&statement.query));
    }
    if statement.columns.is_empty() {
        return Err(Failure::syntax("a recursive view needs the names of its columns"));
    }
    let columns = statement.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let name = &name.name;
    let query = &statement.query;
    Ok(Arc::from(format!("WITH RECURSIVE {name} ({columns}) AS ({query}) SELECT {columns} FROM {name}")))
}

/// A view of either sort by name.
///
/// # Errors
/// 42P01 when there is none, 42809 when it is another relation.
pub(crate) fn find(
    interp: &Interpreter<'_>,
    written: &WrittenName,
    materialized: bool,
) -> Outcome<ObjectKey> {
    let (name, relation) = interp.relation(written)?;
    match relation.kind {
        RelationKind::View if !materialized => Ok(ObjectKey::in_schema(ObjectKind::View, name)),
        RelationKind::MaterializedView if materialized => {
            Ok(ObjectKey::in_schema(ObjectKind::MaterializedView, name))
        }
        other => {
            let wanted = if materialized { "materialized view" } else { "view" };
            Err(Failure::refused("42809", format!("{name} is a {}, not a {wanted}", other.word())))
        }
    }
}

pub(crate) fn alter(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    alter_either(interp, cursor, false)
}

/// `ALTER [MATERIALIZED] VIEW`.
pub(crate) fn alter_either(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    materialized: bool,
) -> Outcome {
    if materialized && cursor.is_words("all in tablespace") {
        return super::tablespace::move_all(interp, cursor, ObjectKind::MaterializedView);
    }
    let statement = grammar::alter(cursor)?;
    let key = match find(interp, &statement.name, materialized) {
        Ok(key) => key,
        Err(failure) if statement.if_exists && failure.sqlstate == Some("42P01") => return Ok(()),
        Err(failure) => return Err(failure),
    };
    for action in statement.actions {
        apply_action(interp, &key, action)?;
    }
    Ok(())
}

/// One action of `ALTER VIEW`, or of `ALTER TABLE` on a view.
pub(crate) fn apply_action(
    interp: &mut Interpreter<'_>,
    key: &ObjectKey,
    action: AlterViewAction,
) -> Outcome {
    let trueup_catalog::Address::InSchema(name) = &key.address else { return Ok(()) };
    let path = interp.store.search_path();
    match action {
        AlterViewAction::SetDefault { column, default } => {
            interp.store.edit(key, |entry| {
                if let Some(view) = View::of_mut(&mut entry.object) {
                    if default.eq_ignore_ascii_case("null") {
                        view.column_defaults.remove(&column);
                    } else {
                        view.column_defaults.insert(column, Expr { sql: default, search_path: path });
                    }
                }
            });
        }
        AlterViewAction::DropDefault { column } => {
            interp.store.edit(key, |entry| {
                if let Some(view) = View::of_mut(&mut entry.object) {
                    view.column_defaults.remove(&column);
                }
            });
        }
        AlterViewAction::RenameColumn { from, to } => {
            return interp.rename(&Renamed::Column { relation: name.clone(), from, to });
        }
        AlterViewAction::Rename(to) => {
            let to = QualifiedName { schema: name.schema.clone(), name: to };
            return interp.rename(&Renamed::Relation { from: name.clone(), to });
        }
        AlterViewAction::Schema(schema) => {
            if !interp.schema_exists(&schema) {
                return Err(Failure::undefined("3F000", format!("schema {schema} does not exist")));
            }
            let to = in_schema(name, &schema);
            return interp.rename(&Renamed::Relation { from: name.clone(), to });
        }
        AlterViewAction::Owner(role) => set_owner(interp, key, &role),
        AlterViewAction::SetOptions(options) => {
            interp.store.edit(key, |entry| {
                if let Some(view) = View::of_mut(&mut entry.object) {
                    view.options.extend(options);
                } else if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                    view.options.extend(options);
                }
            });
        }
        AlterViewAction::ResetOptions(names) => {
            interp.store.edit(key, |entry| {
                for option in &names {
                    if let Some(view) = View::of_mut(&mut entry.object) {
                        view.options.remove(option);
                    } else if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                        view.options.remove(option);
                    }
                }
            });
        }
        AlterViewAction::Tablespace(tablespace) => {
            interp.store.edit(key, |entry| {
                if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                    view.tablespace = Some(tablespace).filter(|t| *t != "pg_default");
                }
            });
        }
        AlterViewAction::AccessMethod(method) => {
            interp.store.edit(key, |entry| {
                if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                    view.access_method = method.filter(|m| *m != "heap");
                }
            });
        }
        AlterViewAction::DependsOnExtension(dependency) => {
            return interp.depend_on_extension(key, dependency);
        }
        AlterViewAction::ClusterOn(index) => {
            return interp.cluster_materialized_view(name, index.as_ref());
        }
        AlterViewAction::Column { column, setting } => return interp.view_column(key, &column, setting),
    }
    Ok(())
}

pub(crate) fn drop(interp: &mut Interpreter<'_>, cursor: &mut Cursor<'_>) -> Outcome {
    drop_either(interp, cursor, false)
}

/// `DROP [MATERIALIZED] VIEW`.
pub(crate) fn drop_either(
    interp: &mut Interpreter<'_>,
    cursor: &mut Cursor<'_>,
    materialized: bool,
) -> Outcome {
    let list = drop_list(cursor)?;
    let mut keys = Vec::new();
    for written in &list.names {
        match find(interp, written, materialized) {
            Ok(key) => keys.push(key),
            Err(failure) if list.if_exists && failure.sqlstate == Some("42P01") => {}
            Err(failure) => return Err(failure),
        }
    }
    interp.remove(&keys, list.cascade)
}

impl Interpreter<'_> {
    /// What is set of a column of a materialized view.
    ///
    /// # Errors
    /// 42703 when it has no such column, S102 when the column's type is needed and can't be told.
    fn view_column(&mut self, key: &ObjectKey, column: &Name, setting: ColumnSetting) -> Outcome {
        let trueup_catalog::Address::InSchema(view) = &key.address else { return Ok(()) };
        let known = self.view_columns(view);
        let found = known.as_ref().and_then(|columns| columns.iter().find(|c| c.name == *column));
        if known.is_some() && found.is_none() {
            return Err(Failure::no_column(column, view));
        }
        let storage = match (&setting, found.and_then(|c| c.data_type.as_ref())) {
            (ColumnSetting::Storage(word), Some(data_type)) => self.column_storage(data_type, word)?,
            (ColumnSetting::Storage(_), None) => {
                let message = format!("the type of column {column} of {view} can't be told");
                return Err(Failure::not_understood(message));
            }
            _ => None,
        };
        self.store.edit(key, |entry| {
            let Some(view) = MaterializedView::of_mut(&mut entry.object) else { return };
            let there = view.column_settings.entry(column.clone()).or_default();
            match setting {
                ColumnSetting::Statistics(target) => there.statistics = target,
                ColumnSetting::SetOptions(options) => there.options.extend(options),
                ColumnSetting::ResetOptions(names) => there.options.retain(|name, _| !names.contains(name)),
                ColumnSetting::Storage(_) => there.storage = storage,
                ColumnSetting::Compression(word) => {
                    there.compression = Some(word).filter(|w| *w != "default");
                }
            }
            view.column_settings.retain(|_, settings| !settings.is_empty());
        });
        Ok(())
    }
}
