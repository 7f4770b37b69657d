//! `CREATE VIEW`.

use crate::composite_type::comments_value;
use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// Permanent or temporary.
    pub persistence: Persistence,
    /// Its columns: all of them as the server has them, or those that the statement names, or
    /// none when it names none and they follow from the query.
    pub columns: Vec<ViewColumn>,
    /// Its query.
    pub query: Query,
    /// `WITH (…)`: `security_barrier`, `security_invoker`, `check_option`.
    pub options: Options,
    /// Defaults of columns (`ALTER VIEW … ALTER COLUMN … SET DEFAULT`).
    #[serde(default)]
    pub column_defaults: BTreeMap<Name, Expr>,
    /// Comments on columns.
    #[serde(default)]
    pub column_comments: BTreeMap<Name, String>,
}

/// A column of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: Name,
    /// Its type, where known: a server always tells it.
    pub data_type: Option<DataType>,
}

fn defaults_value<'a>(view: &'a QualifiedName, defaults: &'a BTreeMap<Name, Expr>) -> Value<'a> {
    Value::List(
        defaults
            .iter()
            .map(|(name, expr)| {
                let context =
                    ExprContext { scope: ExprScope::ViewColumn { view, column: name }, expected: None };
                Value::Record(vec![("name", Value::Name(name)), ("default", Value::Expr(expr, context))])
            })
            .collect(),
    )
}

impl SchemaObject for View {
    fn key(&self) -> ObjectKey {
        ObjectKey::in_schema(ObjectKind::View, self.name.clone())
    }

    fn parent(&self) -> Option<ObjectKey> {
        Some(ObjectKey::global(ObjectKind::Schema, self.name.schema.clone()))
    }

    fn attributes(&self) -> Vec<Attribute<'_>> {
        // The columns follow from the query and the names given to it; settling compares both.
        let View { name, persistence, columns, query, options, column_defaults, column_comments } = self;
        vec![
            Attribute::new("query", Value::Query(query, columns)),
            Attribute::new("persistence", Value::word(persistence.word())),
            Attribute::new("options", Value::Options(options)),
            Attribute::new("column_defaults", defaults_value(name, column_defaults)),
            Attribute::cosmetic("column_comments", comments_value(column_comments)),
        ]
    }
}
