//! Partition keys and bounds, which only come as text.

use super::Shape;
use super::names::{Names, decode, unmodeled};
use super::text::{bracketed, split_list};
use crate::session::{Answer, Letter, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{
    Expr, Gap, IndexTarget, Name, PartitionBound, PartitionElement, PartitionKey, PartitionStrategy,
    RangeBound,
};

row! {
    PartitionKeyRow {
        relation: u32, strategy: Letter, columns: Vec<i16>, operator_classes: Vec<u32>, collations: Vec<u32>,
        expressions: Option<&'a str>,
    }
}

/// The keys of partitioned tables, by table.
pub(super) fn keys(
    answer: &Answer,
    names: &Names<'_>,
    gaps: &mut Vec<Gap>,
) -> Result<FxHashMap<u32, PartitionKey>, Shape> {
    let mut keys = FxHashMap::default();
    for row in decode::<PartitionKeyRow>(answer)? {
        let Some(relation) = names.own_relation(row.relation) else { continue };
        let strategy = match row.strategy.0 {
            'l' => PartitionStrategy::List,
            'r' => PartitionStrategy::Range,
            'h' => PartitionStrategy::Hash,
            other => {
                gaps.push(unmodeled("partition key", &relation.name, format!("unknown strategy {other}")));
                continue;
            }
        };
        let mut expressions = split_list(row.expressions.unwrap_or("")).into_iter();
        let elements = row
            .columns
            .iter()
            .enumerate()
            .filter_map(|(at, number)| {
                let (target, data_type, collation) = match names.column(row.relation, *number) {
                    Some(column) => {
                        (IndexTarget::Column(Name::new(column.name)), column.data_type, column.collation)
                    }
                    None => (IndexTarget::Expr(Expr::qualified(expressions.next()?)), 0, 0),
                };
                let own = row.collations.get(at).copied().unwrap_or(0);
                // An expression's own collation is not known; only one that is not the default is shown.
                let default =
                    if data_type == 0 && Names::is_default_collation(own) { own } else { collation };
                Some(PartitionElement {
                    target,
                    collation: names.collation_unless(own, default),
                    operator_class: names
                        .own_operator_class(row.operator_classes.get(at).copied().unwrap_or(0), data_type),
                })
            })
            .collect();
        keys.insert(row.relation, PartitionKey { strategy, elements });
    }
    Ok(keys)
}

/// `FOR VALUES …` or `DEFAULT` as `pg_get_expr` prints it (`get_rule_expr` for `PartitionBoundSpec` in `ruleutils.c`).
pub(super) fn bound(text: &str) -> Option<PartitionBound> {
    let text = text.trim();
    if text == "DEFAULT" {
        return Some(PartitionBound::Default);
    }
    let text = text.strip_prefix("FOR VALUES ")?;
    if let Some(list) = text.strip_prefix("IN ") {
        let (values, _) = bracketed(list)?;
        return Some(PartitionBound::List(split_list(values).into_iter().map(Expr::qualified).collect()));
    }
    if let Some(hash) = text.strip_prefix("WITH ") {
        let (inside, _) = bracketed(hash)?;
        let number = |word: &str| {
            split_list(inside)
                .into_iter()
                .find_map(|part| part.strip_prefix(word)?.trim().parse::<u32>().ok())
        };
        return Some(PartitionBound::Hash { modulus: number("modulus ")?, remainder: number("remainder ")? });
    }
    let (from, rest) = bracketed(text.strip_prefix("FROM ")?)?;
    let (to, _) = bracketed(rest.trim_start().strip_prefix("TO ")?)?;
    Some(PartitionBound::Range { from: range(from), to: range(to) })
}

fn range(list: &str) -> Vec<RangeBound> {
    split_list(list)
        .into_iter()
        .map(|value| match value {
            "MINVALUE" => RangeBound::MinValue,
            "MAXVALUE" => RangeBound::MaxValue,
            value => RangeBound::Value(Expr::qualified(value)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bounds() {
        assert_eq!(bound("DEFAULT"), Some(PartitionBound::Default));
        assert_eq!(
            bound("FOR VALUES IN ('a,b', NULL)"),
            Some(PartitionBound::List(vec![Expr::qualified("'a,b'"), Expr::qualified("NULL")]))
        );
        assert_eq!(
            bound("FOR VALUES WITH (modulus 4, remainder 3)"),
            Some(PartitionBound::Hash { modulus: 4, remainder: 3 })
        );
        assert_eq!(
            bound("FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2025-01-01', MAXVALUE)"),
            Some(PartitionBound::Range {
                from: vec![RangeBound::Value(Expr::qualified("'2024-01-01'")), RangeBound::MinValue],
                to: vec![RangeBound::Value(Expr::qualified("'2025-01-01'")), RangeBound::MaxValue],
            })
        );
        assert_eq!(bound("FOR NOTHING"), None);
    }
}
