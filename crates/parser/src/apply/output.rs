//! The columns of views and of queries, where settling's rules can tell them.
//!
//! Never: rows.

use trueup_catalog::{MaterializedView, Name, ObjectKey, ObjectKind, QualifiedName, Query, View, ViewColumn};
use trueup_settle::{OutputColumn, World};

use crate::diagnostic::{Failure, Outcome};
use crate::interpreter::Interpreter;

impl Interpreter<'_> {
    /// What names mean in the present state. Made anew each time, since any statement may change it.
    pub fn world(&self) -> World<'_> {
        let ambient: Vec<_> = self.outside.whole().into_iter().collect();
        World::new(self.store.catalog(), self.major(), &ambient)
    }

    /// The columns that a query gives, in the present state.
    ///
    /// # Errors
    /// S102 when rules can't tell them.
    pub fn output(&self, query: &Query) -> Outcome<Vec<OutputColumn>> {
        self.world()
            .output(query)
            .map_err(|why| Failure::not_understood(format!("the columns of its query can't be told: {why}")))
    }

    /// Names all columns of a view, so that one of them can bear another name than its query gives it.
    ///
    /// # Errors
    /// S102 when its query's columns can't be told.
    pub fn name_view_columns(&mut self, view: &QualifiedName, column: &Name) -> Outcome {
        let catalog = self.store.catalog();
        let (kind, named, query) = match (catalog.view(view), catalog.materialized_view(view)) {
            (Some(v), _) => (ObjectKind::View, &v.columns, &v.query),
            (None, Some(v)) => (ObjectKind::MaterializedView, &v.columns, &v.query),
            (None, None) => return Ok(()),
        };
        if named.iter().any(|c| c.name == *column) {
            return Ok(());
        }
        let output = self.output(query)?;
        if named.len() >= output.len() {
            return Ok(());
        }
        let names = named.iter().map(|c| c.name.clone());
        let names: Vec<Name> =
            names.chain(output.into_iter().skip(named.len()).map(|column| column.name)).collect();
        let columns: Vec<ViewColumn> =
            names.into_iter().map(|name| ViewColumn { name, data_type: None }).collect();
        self.store.edit(&ObjectKey::in_schema(kind, view.clone()), |entry| {
            if let Some(view) = View::of_mut(&mut entry.object) {
                view.columns = columns;
            } else if let Some(view) = MaterializedView::of_mut(&mut entry.object) {
                view.columns = columns;
            }
        });
        Ok(())
    }

    /// A view's columns; `None` when they can't be told.
    pub fn view_columns(&self, view: &QualifiedName) -> Option<Vec<OutputColumn>> {
        let catalog = self.store.catalog();
        let (named, query) = match (catalog.view(view), catalog.materialized_view(view)) {
            (Some(v), _) => (&v.columns, &v.query),
            (None, Some(v)) => (&v.columns, &v.query),
            (None, None) => return None,
        };
        let mut columns = self.output(query).ok()?;
        for (column, named) in columns.iter_mut().zip(named) {
            column.name = named.name.clone();
        }
        Some(columns)
    }
}
