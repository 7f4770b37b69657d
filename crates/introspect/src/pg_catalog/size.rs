//! How big relations are, by what VACUUM, ANALYZE and CREATE INDEX left in `pg_class`.
//!
//! Owns: which relations have a size, and when their rows count as never counted. Never looks at the files: `pg_relation_size` waits for
//! whoever alters the table.

use super::names::{Names, RelationRow};
use std::collections::BTreeMap;
use trueup_catalog::{QualifiedName, Size};

/// Sizes of tables, partitions and materialized views. Partitioned tables hold no rows themselves: theirs are those of their partitions.
pub(super) fn read(names: &Names<'_>) -> BTreeMap<QualifiedName, Size> {
    let own =
        names.relations.values().filter(|relation| relation.own && matches!(relation.row.kind.0, 'r' | 'm'));
    own.map(|relation| (relation.name.clone(), size(&relation.row, names.major))).collect()
}

fn size(row: &RelationRow<'_>, major: u32) -> Size {
    // A BlockNumber is unsigned, and stands in a column that is not.
    let pages = u64::from(u32::from_ne_bytes(row.pages.to_ne_bytes()));
    Size {
        rows: rows(row.tuples, pages, major),
        bytes: pages.saturating_mul(u64::from(row.block.unsigned_abs())),
    }
}

/// `reltuples` is -1 where it was never counted; up to 13 that is 0 with no pages, as for a table that is empty (manual, "pg_class").
fn rows(tuples: f32, pages: u64, major: u32) -> Option<u64> {
    let counted = tuples >= 0.0 && (major >= 14 || tuples > 0.0 || pages > 0);
    // An estimate, and not negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    counted.then_some(tuples as u64)
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn never_counted_is_not_empty() {
        assert_eq!(rows(-1.0, 0, 14), None);
        assert_eq!(rows(0.0, 0, 14), Some(0));
        assert_eq!(rows(0.0, 0, 13), None);
        assert_eq!(rows(0.0, 3, 13), Some(0));
        assert_eq!(rows(12.0, 1, 13), Some(12));
        assert_eq!(rows(12.0, 1, 18), Some(12));
    }
}
