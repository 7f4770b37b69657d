//! Rows that must exist: the missing ones are added, nothing else.

use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::lock::{Held, Lock, LockMode};
use crate::order::Symbol;
use crate::step::Phase;
use trueup_catalog::{
    Address, Constraint, ConstraintBody, Expr, ObjectKind, QualifiedName, StatedInsert, StatedRow,
};
use trueup_diff::{Disposition, Drift};

/// One statement for each of the SQL's own, so that what names in values mean stays what it was. They come once the keys are there that keep
/// a row from being added twice, and before rows elsewhere are held against them.
pub(super) fn missing(context: &Context<'_>, drift: &Drift) -> Judged {
    let inserts = context.rows.get(&drift.key).map(Vec::as_slice).unwrap_or_default();
    let Address::InSchema(table) = &drift.key.address else {
        return Judged::manual(drift.reason.clone(), Vec::new());
    };
    if drift.disposition == Disposition::Manual {
        return Judged::manual(drift.reason.clone(), inserts.iter().map(insert).collect());
    }
    // What they refer to comes first.
    let mut referred: Vec<&QualifiedName> = Vec::new();
    for catalog in [context.desired, context.live] {
        for (_, entry) in catalog.on_relation(ObjectKind::Constraint, table) {
            if let Some(Constraint { body: ConstraintBody::ForeignKey(key), .. }) =
                Constraint::of(&entry.object)
                && key.references != *table
                && !referred.contains(&&key.references)
            {
                referred.push(&key.references);
            }
        }
    }
    let draft = |rows: &StatedInsert| {
        let count = rows.rows.len();
        let title = format!("{count} row{} of {}", if count == 1 { "" } else { "s" }, drift.key);
        Draft::new(Phase::Constrain, &drift.key, title)
            .run(&insert(rows))
            .on(table)
            .needs(Symbol::Unique(table.clone()))
            .locks(Lock::table(table, LockMode::RowExclusive, Held::Moment))
            .may_fail()
            .provides_nothing()
            .provides(Symbol::Rows(table.clone()))
    };
    let after =
        |draft: Draft| referred.iter().fold(draft, |draft, on| draft.needs(Symbol::Rows((*on).clone())));
    Judged::data(drift.reason.clone(), inserts.iter().map(draft).map(after).collect())
}

fn insert(rows: &StatedInsert) -> Sql {
    let columns: Vec<String> = rows.columns.iter().map(ToString::to_string).collect();
    let mut sql = Sql::new(format!("INSERT INTO {} ({})", rows.table, columns.join(", ")));
    if rows.overriding {
        sql.push(" OVERRIDING SYSTEM VALUE");
    }
    sql.push(" VALUES");
    for (at, row) in rows.rows.iter().enumerate() {
        sql.push(if at == 0 { "\n    (" } else { ",\n    (" });
        values(&mut sql, rows, row);
        sql.push(")");
    }
    sql.push("\nON CONFLICT DO NOTHING");
    sql
}

fn values(sql: &mut Sql, rows: &StatedInsert, row: &StatedRow) {
    for (at, value) in row.values.iter().enumerate() {
        if at > 0 {
            sql.push(", ");
        }
        let text = value.text();
        if text.eq_ignore_ascii_case("default") {
            sql.push("DEFAULT");
        } else {
            sql.expr(&Expr { sql: text.clone(), search_path: rows.search_path.clone() });
        }
    }
}
