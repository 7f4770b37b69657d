//! Extended statistics.

use super::names::{Names, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use trueup_catalog::{Expr, Statistics, StatisticsKind};

row! {
    StatisticsRow {
        oid: u32, schema: u32, name: &'a str, relation: u32, kinds: Vec<Letter>, columns: Vec<i16>,
        expressions: Option<Vec<&'a str>>, target: Option<i32>, owner: u32,
    }
}

pub(super) fn read(answer: &Answer, names: &Names<'_>, out: &mut Output) -> Result<(), Shape> {
    for row in decode::<StatisticsRow>(answer)? {
        let Some((name, relation)) = names
            .own_name(row.schema, row.name)
            .filter(|_| !names.is_left_out(class::STATISTICS, row.oid))
            .zip(names.relations.get(&row.relation))
        else {
            continue;
        };
        let mut kinds = Vec::new();
        for kind in &row.kinds {
            match kind.0 {
                'd' => kinds.push(StatisticsKind::Ndistinct),
                'f' => kinds.push(StatisticsKind::Dependencies),
                'm' => kinds.push(StatisticsKind::Mcv),
                // Of its expressions, which are there anyway.
                'e' => {}
                other => out.gaps.push(unmodeled("statistics", &name, format!("unknown kind {other}"))),
            }
        }
        kinds.sort();
        let mut columns = names.column_names(row.relation, &row.columns);
        columns.sort();
        let statistics = Statistics {
            name,
            table: relation.name.clone(),
            kinds,
            columns,
            expressions: row.expressions.unwrap_or_default().into_iter().map(Expr::qualified).collect(),
            target: row.target,
        };
        out.add(statistics, names.comment(class::STATISTICS, row.oid, 0), names.role(row.owner), None);
    }
    Ok(())
}
