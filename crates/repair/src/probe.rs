//! Questions to the rows, for steps that these may make fail: would the constraint validate, the index build, NOT NULL hold?
//!
//! Owns: the query that lists every row in the way, of tables and columns that live has already.
//!
//! Never: runs one.
//!
//! `IS NULL` of a row value looks at its fields, while constraints and indexes look whether there is a value: `IS NOT DISTINCT FROM NULL`
//! (manual, "Comparison Functions and Operators").

use crate::ddl::Sql;
use crate::mentions::mentions;
use serde::{Deserialize, Serialize};
use trueup_catalog::{
    Catalog, Constraint, ConstraintBody, Expr, ForeignKey, IndexElement, IndexTarget, MatchType, Name,
    ObjectKind, PG_CATALOG, QualifiedName, SearchPath, quote_literal,
};

/// What a probe's query lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Rows of a table.
    Row,
    /// Values, each of which several rows have.
    Value,
}

/// A question whose answer is a list of rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Probe {
    /// What the rows are, as a noun with its clause: `rows of public.users with NULL in email`.
    pub about: String,
    /// What the query lists.
    pub unit: Unit,
    /// The query that lists them all, each with what tells it apart: its primary key, else its place (`ctid`), or the values
    /// that are there more than once with how often.
    pub query: String,
    /// The search path that the query's expressions are written for, where it has any.
    pub search_path: Option<SearchPath>,
    /// What the rows said, once they were asked. It is no part of the plan.
    #[serde(skip)]
    pub answer: Option<Answer>,
}

/// What the rows said to a probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Answer {
    /// They were read.
    Rows {
        /// How many stand in the way, counted up to a limit.
        rows: u64,
        /// Whether there are more than that.
        more: bool,
        /// The first few, each as a JSON object of its keys.
        first: Vec<String>,
    },
    /// They could not be read.
    NotAsked {
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// Whether rows stand in the way.
    pub fn in_the_way(&self) -> bool {
        match self {
            Answer::Rows { rows, .. } => *rows > 0,
            Answer::NotAsked { .. } => false,
        }
    }
}

impl Probe {
    /// Whether rows were found in the way.
    pub fn found(&self) -> bool {
        self.answer.as_ref().is_some_and(Answer::in_the_way)
    }

    /// How many rows there are: at most one more than `most`, so that it ends soon.
    pub fn count(&self, most: u64) -> String {
        format!(
            "SELECT count(*) FROM (SELECT FROM (\n{}\n) AS q LIMIT {}) AS n",
            self.query,
            most.saturating_add(1)
        )
    }

    /// The first few rows, each as one text.
    pub fn sample(&self, rows: u64) -> String {
        format!(
            "SELECT pg_catalog.row_to_json(q)::pg_catalog.text FROM (\n{}\n) AS q LIMIT {rows}",
            self.query
        )
    }
}

/// What tells rows of a table apart, as a select list: the primary key, else the place of the row.
fn identity(live: &Catalog, table: &QualifiedName) -> String {
    let key = live.on_relation(ObjectKind::Constraint, table).find_map(|(_, entry)| {
        match &Constraint::of(&entry.object)?.body {
            ConstraintBody::PrimaryKey(key) => Some(key.columns.clone()),
            ConstraintBody::Unique(_)
            | ConstraintBody::ForeignKey(_)
            | ConstraintBody::Check { .. }
            | ConstraintBody::Exclusion(_) => None,
        }
    });
    match key {
        Some(columns) => {
            columns.iter().map(|c| format!("{0}.{c}", table.name)).collect::<Vec<_>>().join(", ")
        }
        None => format!("{0}.tableoid::pg_catalog.regclass AS \"table\", {0}.ctid AS place", table.name),
    }
}

/// A table as keys and foreign keys see it: with its partitions, without those that inherit from it (manual, "Inheritance", "Caveats").
fn alone(live: &Catalog, table: &QualifiedName) -> String {
    match live.table(table) {
        Some(found) if found.partition_key.is_none() => format!("ONLY {table}"),
        _ => table.to_string(),
    }
}

/// Where the operators of these columns' types are, so that `=` is the type's own: with an empty path `citext` would be compared as
/// the text that it can be read as.
fn path_of_types(live: &Catalog, columns: &[(&QualifiedName, &[Name])]) -> Option<SearchPath> {
    let mut schemas: Vec<Name> = Vec::new();
    for (table, names) in columns {
        for column in names.iter().filter_map(|name| live.column(table, name)) {
            let mut next = column.data_type.qualified_name();
            // A domain has the operators of its base type.
            while let Some(name) = next.take() {
                if name.schema != trueup_catalog::PG_CATALOG && !schemas.contains(&name.schema) {
                    schemas.push(name.schema.clone());
                }
                let key = trueup_catalog::ObjectKey::in_schema(ObjectKind::Domain, name);
                next = live
                    .get(&key)
                    .and_then(|entry| trueup_catalog::Domain::of(&entry.object))
                    .and_then(|domain| domain.base.qualified_name());
            }
        }
    }
    (!schemas.is_empty()).then(|| SearchPath::from(schemas))
}

fn has_columns<'n>(
    live: &Catalog,
    table: &QualifiedName,
    columns: impl IntoIterator<Item = &'n Name>,
) -> bool {
    columns.into_iter().all(|column| live.column(table, column).is_some())
}

/// Rows that a column which the plan adds leaves without a value: all that are there.
pub fn unfilled(live: &Catalog, table: &QualifiedName, column: &Name) -> Option<Probe> {
    live.table(table)?;
    Some(Probe {
        about: format!("rows of {table} without a value for {column}"),
        unit: Unit::Row,
        query: format!("SELECT {} FROM {table}", identity(live, table)),
        search_path: None,
        answer: None,
    })
}

/// Rows with NULL in the column.
pub fn nulls(live: &Catalog, table: &QualifiedName, column: &Name) -> Option<Probe> {
    has_columns(live, table, [column]).then(|| Probe {
        about: format!("rows of {table} with NULL in {column}"),
        unit: Unit::Row,
        query: format!(
            "SELECT {} FROM {table} WHERE {}.{column} IS NOT DISTINCT FROM NULL",
            identity(live, table),
            table.name
        ),
        search_path: None,
        answer: None,
    })
}

/// Rows for which the expression is false. NULL satisfies a check (manual, "Check Constraints").
pub fn check(desired: &Catalog, live: &Catalog, table: &QualifiedName, expr: &Expr) -> Option<Probe> {
    live.table(table)?;
    // A column that the plan adds has no rows to ask.
    let new = |name: &Name| desired.column(table, name).is_some() && live.column(table, name).is_none();
    if mentions(&expr.sql).iter().flat_map(|m| &m.parts).any(new) {
        return None;
    }
    let mut sql = Sql::new(format!("SELECT {} FROM {table} WHERE NOT ", identity(live, table)));
    sql.parenthesized(expr);
    Some(Probe {
        about: format!("rows of {table} for which {} is false", expr.sql),
        unit: Unit::Row,
        search_path: sql.search_path(),
        query: sql.text,
        answer: None,
    })
}

/// Values that are there more than once, with how often.
pub fn duplicates(
    live: &Catalog,
    table: &QualifiedName,
    elements: &[IndexElement],
    predicate: Option<&Expr>,
    nulls_not_distinct: bool,
) -> Option<Probe> {
    live.table(table)?;
    if !elements.iter().all(compares_by_type) {
        return None;
    }
    let mut list = Sql::default();
    let mut nonnull = Sql::default();
    let mut words = Vec::new();
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            list.push(", ");
            nonnull.push(" AND ");
        }
        match &element.target {
            IndexTarget::Column(name) => {
                live.column(table, name)?;
                list.push(&format!("{}.{name}", table.name));
                if let Some(collation) = &element.collation {
                    list.push(&format!(" COLLATE {collation}"));
                }
                nonnull.push(&format!("{}.{name} IS DISTINCT FROM NULL", table.name));
                words.push(name.to_string());
            }
            IndexTarget::Expr(expr) => {
                list.parenthesized(expr);
                if let Some(collation) = &element.collation {
                    list.push(&format!(" COLLATE {collation}"));
                }
                nonnull.parenthesized(expr).push(" IS DISTINCT FROM NULL");
                words.push(expr.sql.to_string());
            }
        }
    }
    let mut sql = Sql::new("SELECT ");
    sql.append(&list);
    sql.push(&format!(", pg_catalog.count(*) AS rows FROM {}", alone(live, table)));
    let mut joint = " WHERE ";
    if let Some(predicate) = predicate {
        sql.push(joint).parenthesized(predicate);
        joint = " AND ";
    }
    if !nulls_not_distinct {
        sql.push(joint).append(&nonnull);
    }
    sql.push(" GROUP BY ");
    sql.append(&list);
    sql.push(" HAVING pg_catalog.count(*) > 1");
    let search_path = sql.search_path();
    Some(Probe {
        about: format!("values of {} in {table} that are there more than once", words.join(", ")),
        unit: Unit::Value,
        query: sql.text,
        search_path,
        answer: None,
    })
}

/// Whether the index takes for equal what `GROUP BY` does, which goes by the default operator class of the type. The classes for pattern
/// matching share its equality (manual, "Operator Classes and Operator Families"); of others, as `record_image_ops`, nothing is known.
fn compares_by_type(element: &IndexElement) -> bool {
    let class = element.operator_class.as_ref().and_then(|class| class.name.as_ref());
    class.is_none_or(|name| {
        name.schema == PG_CATALOG
            && ["text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops"].contains(&name.name.as_str())
    })
}

/// Rows whose referent is not there (manual, CREATE TABLE, "MATCH": a NULL satisfies the simple match; the full match wants
/// all or none).
pub fn orphans(live: &Catalog, table: &QualifiedName, key: &ForeignKey) -> Option<Probe> {
    live.table(table)?;
    live.table(&key.references)?;
    if !has_columns(live, table, &key.columns) || !has_columns(live, &key.references, &key.referenced_columns)
    {
        return None;
    }
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    let equal = pairs
        .map(|(own, other)| format!("trueup_referent.{other} = {}.{own}", table.name))
        .collect::<Vec<_>>()
        .join(" AND ");
    let each =
        |test: &str| key.columns.iter().map(|c| format!("{}.{c} {test}", table.name)).collect::<Vec<_>>();
    let present = each("IS DISTINCT FROM NULL").join(" AND ");
    let referents =
        format!("EXISTS (SELECT FROM {} AS trueup_referent WHERE {equal})", alone(live, &key.references));
    let condition = match key.match_type {
        MatchType::Simple => format!("{present} AND NOT {referents}"),
        MatchType::Full if key.columns.len() > 1 => {
            let any = each("IS DISTINCT FROM NULL").join(" OR ");
            format!("({any}) AND NOT ({present} AND {referents})")
        }
        MatchType::Full | MatchType::Partial => format!("{present} AND NOT {referents}"),
    };
    let columns = key.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let own = key.columns.iter().map(|c| format!("{}.{c}", table.name)).collect::<Vec<_>>().join(", ");
    let identity = identity(live, table);
    let select = if identity == own { own } else { format!("{identity}, {own}") };
    Some(Probe {
        about: format!("rows of {table} whose {columns} has no referent in {}", key.references),
        unit: Unit::Row,
        query: format!("SELECT {select} FROM {} WHERE {condition}", alone(live, table)),
        search_path: path_of_types(
            live,
            &[(table, &key.columns), (&key.references, &key.referenced_columns)],
        ),
        answer: None,
    })
}

/// Rows whose text is none of the labels, for people who want to give the column an enum type.
pub fn not_a_label(live: &Catalog, table: &QualifiedName, column: &Name, labels: &[String]) -> Option<Probe> {
    live.column(table, column)?;
    let list = labels.iter().map(|l| quote_literal(l)).collect::<Vec<_>>().join(", ");
    let none = if list.is_empty() {
        "true".to_owned()
    } else {
        format!("{}.{column}::pg_catalog.text NOT IN ({list})", table.name)
    };
    Some(Probe {
        about: format!("rows of {table} whose {column} is no value of the enum"),
        unit: Unit::Row,
        query: format!(
            "SELECT {}, {name}.{column} AS value FROM {table} WHERE {name}.{column} IS NOT NULL AND {none}",
            identity(live, table),
            name = table.name
        ),
        search_path: None,
        answer: None,
    })
}
