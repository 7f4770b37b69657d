//! The queries that look for stated rows.

use crate::key;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trueup_catalog::{
    Catalog, Name, ObjectKey, ObjectKind, QualifiedName, SearchPath, Span, StatedInsert, StatedRow,
    StatedRows, StatedValue, quote_literal,
};
use trueup_diff::{Code, Level, Side, Undecided};

/// Where a row stands, by the columns of its key and their values: the place of its statement, and its own in that.
type Seen = BTreeMap<(Vec<Name>, Vec<Arc<str>>), (usize, usize)>;

/// Rows of one query: a query has a plan of its own, and PostgreSQL reads `VALUES` lists of thousands slowly.
const AT_ONCE: usize = 500;

/// What is asked about rows of one table.
#[derive(Clone, Debug)]
pub struct Question {
    /// The table.
    pub table: QualifiedName,
    /// The statement, with the rows that are asked about.
    pub insert: StatedInsert,
    /// The columns that tell a row apart.
    pub key: Vec<Name>,
    /// The query; `None` where live has no such table, so that all rows are missing. It gives rows of three columns: the number of a row
    /// that is missing or differs (`int8`), whether it is there (`bool`), and the columns that differ with live's values (`text`).
    pub sql: Option<String>,
    /// What names in the values mean.
    pub search_path: SearchPath,
    /// Whether a unique key of live's keeps a row from being added twice.
    pub keyed: bool,
}

/// All questions, and what can't be asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The questions, by table and in the order of the statements.
    pub questions: Vec<Question>,
    /// Tables whose rows can't be compared, and why.
    pub undecided: Vec<Undecided>,
}

/// What to ask live about the rows that the desired schema states.
pub fn questions(stated: &StatedRows, desired: &Catalog, live: &Catalog) -> Asked {
    let mut asked = Asked::default();
    let mut unclear: BTreeSet<&QualifiedName> = BTreeSet::new();
    for rows in &stated.unclear {
        // What an earlier statement said of a table that is gone says nothing.
        if desired.table(&rows.table).is_some() && unclear.insert(&rows.table) {
            let states = stated.inserts.iter().any(|insert| insert.table == rows.table);
            let level = if states { Level::Error } else { Level::Note };
            asked.undecided.push(undecided(&rows.table, rows.why, rows.span.clone(), level));
        }
    }
    let mut by_table: BTreeMap<&QualifiedName, Vec<&StatedInsert>> = BTreeMap::new();
    for insert in stated.inserts.iter().filter(|insert| !unclear.contains(&insert.table)) {
        by_table.entry(&insert.table).or_default().push(insert);
    }
    for (table, inserts) in by_table {
        if desired.table(table).is_none() {
            continue;
        }
        let mut seen = Seen::new();
        let mut keyed: Vec<(StatedInsert, Vec<Name>)> = Vec::new();
        for insert in inserts {
            match key::of(desired, insert) {
                Ok(key) => keep(insert, key, &mut keyed, &mut seen),
                Err(why) => {
                    let span = insert.rows.first().and_then(|row| row.span.clone());
                    asked.undecided.push(undecided(table, &why, span, Level::Error));
                }
            }
        }
        for (insert, key) in keyed {
            let mut rows = insert.rows.as_slice();
            while !rows.is_empty() {
                let (now, later) = rows.split_at(rows.len().min(AT_ONCE));
                let part = StatedInsert { rows: now.to_vec(), ..insert.clone() };
                asked.questions.push(question(part, key.clone(), live));
                rows = later;
            }
        }
    }
    asked
}

/// Of two rows of one key the first stays, unless the later one replaces it.
fn keep(insert: &StatedInsert, key: Vec<Name>, kept: &mut Vec<(StatedInsert, Vec<Name>)>, seen: &mut Seen) {
    let own = kept.len();
    let mut rows: Vec<StatedRow> = Vec::with_capacity(insert.rows.len());
    for row in &insert.rows {
        let values: Vec<Arc<str>> = key
            .iter()
            .filter_map(|name| insert.columns.iter().position(|column| column == name))
            .filter_map(|at| row.values.get(at).map(|value| Arc::clone(value.text())))
            .collect();
        match seen.get(&(key.clone(), values.clone())) {
            Some((at, place)) if insert.replaces => {
                let earlier = if *at == own {
                    rows.get_mut(*place)
                } else {
                    kept.get_mut(*at).and_then(|(k, _)| k.rows.get_mut(*place))
                };
                // Only where it says as much as the earlier one.
                if let Some(earlier) = earlier.filter(|earlier| earlier.values.len() == row.values.len()) {
                    *earlier = row.clone();
                }
            }
            Some(_) => {}
            None => {
                seen.insert((key.clone(), values), (own, rows.len()));
                rows.push(row.clone());
            }
        }
    }
    kept.push((StatedInsert { rows, ..insert.clone() }, key));
}

fn undecided(table: &QualifiedName, why: &str, span: Option<Span>, level: Level) -> Undecided {
    Undecided {
        code: Code::U103,
        level,
        key: Some(ObjectKey::in_schema(ObjectKind::Table, table.clone())),
        what: format!("rows of {table}"),
        sort: "set of rows".to_owned(),
        change: None,
        reason: format!("its rows can't be compared: {why}"),
        side: Some(Side::Desired),
        span,
    }
}

fn question(insert: StatedInsert, key: Vec<Name>, live: &Catalog) -> Question {
    let table = insert.table.clone();
    let keyed = key::unique(live, &table)
        .iter()
        .any(|(_, columns)| columns.len() == key.len() && columns.iter().all(|column| key.contains(column)));
    let search_path = Arc::clone(&insert.search_path);
    let sql = live.table(&table).and_then(|_| query(&insert, &key, live));
    Question { table, insert, key, sql, search_path, keyed }
}

/// `None` where live lacks a column of the key.
fn query(insert: &StatedInsert, key: &[Name], live: &Catalog) -> Option<String> {
    let table = &insert.table;
    // A column that live lacks is a finding of its own, and of one that is computed nothing is stated.
    let mut compared: Vec<(usize, &Name, String, bool)> = Vec::new();
    for (at, name) in insert.columns.iter().enumerate() {
        let Some(column) = live.column(table, name) else {
            if key.contains(name) {
                return None;
            }
            continue;
        };
        let moment = ["date", "time", "timetz", "timestamp", "timestamptz"];
        let of_time = moment.iter().any(|name| column.data_type.is_builtin(name));
        let constant = |row: &StatedRow| match row.values.get(at) {
            Some(StatedValue::Constant(text)) => !(of_time && is_special(text)),
            Some(StatedValue::Computed(_)) | None => false,
        };
        if insert.rows.iter().any(constant) {
            compared.push((at, name, column.data_type.to_string(), of_time));
        }
    }
    let mut values: Vec<String> = Vec::with_capacity(insert.rows.len());
    for (number, row) in insert.rows.iter().enumerate() {
        let mut cells = vec![number.to_string()];
        for (at, _, data_type, of_time) in &compared {
            // Whether it is stated, and what.
            match row.values.get(*at) {
                Some(StatedValue::Constant(text)) if !(*of_time && is_special(text)) => {
                    cells.push(format!("true, CAST({text} AS {data_type})"));
                }
                Some(StatedValue::Constant(_) | StatedValue::Computed(_)) | None => {
                    cells.push(format!("false, CAST(NULL AS {data_type})"));
                }
            }
        }
        values.push(format!("({})", cells.join(", ")));
    }
    let names: Vec<String> = (0..compared.len()).map(|at| format!("s{at}, v{at}")).collect();
    let place = |name: &Name| compared.iter().position(|(_, other, ..)| *other == name);
    let joins: Option<Vec<String>> =
        key.iter().map(|name| place(name).map(|at| format!("t.{name} = w.v{at}"))).collect();
    let joins = joins?;
    let differs: Vec<String> = compared
        .iter()
        .enumerate()
        .filter(|(_, (_, name, ..))| !key.contains(name))
        .map(|(at, (_, name, data_type, _))| {
            // Not every type has an operator for equality; equal numbers, also those in a document, have more than one text.
            let by_value = data_type == "jsonb" || data_type.starts_with("numeric") && !data_type.ends_with("[]");
            let different = if by_value {
                format!("w.v{at} IS DISTINCT FROM t.{name}")
            } else {
                format!("w.v{at}::pg_catalog.text IS DISTINCT FROM t.{name}::pg_catalog.text")
            };
            format!(
                "CASE WHEN w.s{at} AND {different} THEN {} || coalesce(pg_catalog.quote_literal(t.{name}::pg_catalog.text), 'NULL') END",
                quote_literal(&format!("{name} "))
            )
        })
        .collect();
    let differs = if differs.is_empty() {
        "NULL::pg_catalog.text".to_owned()
    } else {
        format!("nullif(pg_catalog.concat_ws(', ', {}), '')", differs.join(", "))
    };
    Some(format!(
        "SELECT f.n, f.found, f.differs FROM (\n    SELECT w.n::pg_catalog.int8 AS n, t.found IS TRUE AS found, CASE WHEN t.found THEN {differs} END AS differs\n    FROM (VALUES\n        {}\n    ) AS w (n, {})\n    LEFT JOIN (SELECT true AS found, r.* FROM {table} AS r) AS t ON {}\n) AS f WHERE NOT f.found OR f.differs IS NOT NULL ORDER BY f.n",
        values.join(",\n        "),
        names.join(", "),
        joins.join(" AND ")
    ))
}

/// Words that date and time types read as a moment of the clock (manual, 8.5.1.4 "Special Values").
fn is_special(text: &str) -> bool {
    let inside = text.split('\'').nth(1).unwrap_or_default().trim().to_lowercase();
    ["now", "today", "tomorrow", "yesterday"].iter().any(|word| inside.starts_with(word))
}
