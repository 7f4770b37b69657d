//! Constraints of tables and domains.

use super::index::{IndexRow, Indexes};
use super::names::{Names, Relation, class, decode, unmodeled};
use super::{Output, Shape};
use crate::session::{Answer, Letter, row};
use rustc_hash::{FxHashMap, FxHashSet};
use trueup_catalog::{
    Constraint, ConstraintBody, DataType, DomainConstraint, Exclusion, ExclusionElement, Expr, ForeignKey,
    ForeignKeyAction, KeyConstraint, MatchType, Name, Object, QualifiedName,
};

row! {
    ConstraintRow {
        oid: u32, name: &'a str, kind: Letter, relation: u32, domain: u32, deferrable: bool, deferred: bool,
        validated: bool, enforced: bool, no_inherit: bool, local: bool, parent: u32, index: u32, referenced: u32,
        columns: Option<Vec<i16>>, referenced_columns: Option<Vec<i16>>, on_update: Letter, on_delete: Letter,
        match_type: Letter, on_delete_columns: Option<Vec<i16>>, period: bool, operators: Option<Vec<u32>>,
        expression: Option<&'a str>,
    }
}

/// Reads all constraints, and gives back the indexes that stand behind them.
pub(super) fn read(
    answer: &Answer,
    names: &Names<'_>,
    indexes: &Indexes<'_>,
    out: &mut Output,
) -> Result<FxHashSet<u32>, Shape> {
    let rows: Vec<ConstraintRow<'_>> = decode(answer)?;
    let relation_of: FxHashMap<u32, u32> =
        rows.iter().filter(|row| row.kind.0 == 'f').map(|row| (row.oid, row.relation)).collect();
    let domains: FxHashMap<QualifiedName, DataType> = out
        .entries
        .iter()
        .filter_map(|entry| match &entry.object {
            Object::Domain(domain) => Some((domain.name.clone(), domain.base.clone())),
            _ => None,
        })
        .collect();
    let mut behind = FxHashSet::default();
    for row in &rows {
        if matches!(row.kind.0, 'p' | 'u' | 'x') {
            behind.insert(row.index);
        }
        let comment = names.comment(class::CONSTRAINT, row.oid, 0);
        if row.domain != 0 {
            // Domains of extensions are not among the entries, and so their constraints are not either.
            let domain = names.plain_type(row.domain).qualified_name();
            let (Some(domain), Some(expression)) = (domain, row.expression) else { continue };
            if let Some(base) = domains.get(&domain).cloned() {
                let check = Expr::qualified(expression);
                let name = Name::new(row.name);
                out.add(
                    DomainConstraint { domain, name, check, base, validated: row.validated },
                    comment,
                    None,
                    None,
                );
            }
            continue;
        }
        let Some(relation) = names.own_relation(row.relation) else { continue };
        // A foreign key to a partitioned table has a row for each partition there: PostgreSQL's own bookkeeping.
        if row.kind.0 == 'f' && relation_of.get(&row.parent) == Some(&row.relation) {
            continue;
        }
        match body(row, relation, names, indexes) {
            Ok(body) => {
                let constraint = Constraint {
                    table: relation.name.clone(),
                    name: Name::new(row.name),
                    body,
                    deferrable: row.deferrable,
                    initially_deferred: row.deferred,
                    validated: row.validated,
                    enforced: row.enforced,
                    no_inherit: row.no_inherit && row.kind.0 == 'c',
                    inherited: !row.local || row.parent != 0,
                };
                out.add(constraint, comment, None, None);
            }
            Err(message) => {
                let object = format!("{}.{}", relation.name, Name::new(row.name));
                out.gaps.push(unmodeled("constraint", &object, message));
            }
        }
    }
    Ok(behind)
}

fn body(
    row: &ConstraintRow<'_>,
    relation: &Relation<'_>,
    names: &Names<'_>,
    indexes: &Indexes<'_>,
) -> Result<ConstraintBody, String> {
    let columns = || names.column_names(row.relation, row.columns.as_deref().unwrap_or(&[]));
    let index = || indexes.get(row.index).ok_or("its index is not there");
    let key = |index: &IndexRow<'_>| KeyConstraint {
        columns: columns(),
        include: index.include(names),
        nulls_not_distinct: index.nulls_not_distinct,
        without_overlaps: row.period,
        options: index.options(),
        tablespace: index.tablespace.map(Name::new),
    };
    Ok(match row.kind.0 {
        'p' => ConstraintBody::PrimaryKey(key(index()?)),
        'u' => ConstraintBody::Unique(key(index()?)),
        'c' => ConstraintBody::Check {
            expr: Expr::qualified(row.expression.ok_or("its condition is not there")?),
        },
        'f' => ConstraintBody::ForeignKey(ForeignKey {
            columns: columns(),
            period: row.period,
            references: names
                .relations
                .get(&row.referenced)
                .map(|relation| relation.name.clone())
                .ok_or_else(|| format!("the table that {} refers to is not there", relation.name))?,
            referenced_columns: names
                .column_names(row.referenced, row.referenced_columns.as_deref().unwrap_or(&[])),
            match_type: match row.match_type.0 {
                's' => MatchType::Simple,
                'f' => MatchType::Full,
                'p' => MatchType::Partial,
                other => return Err(format!("unknown MATCH {other}")),
            },
            on_update: action(row.on_update)?,
            on_delete: action(row.on_delete)?,
            on_delete_columns: names
                .column_names(row.relation, row.on_delete_columns.as_deref().unwrap_or(&[])),
        }),
        'x' => {
            let index = index()?;
            let operators = row.operators.as_deref().unwrap_or(&[]);
            let elements = index.elements(names);
            if elements.len() != operators.len() {
                return Err("its operators do not match its columns".to_owned());
            }
            ConstraintBody::Exclusion(Exclusion {
                method: Name::new(index.method),
                elements: elements
                    .into_iter()
                    .zip(operators)
                    .map(|(element, operator)| {
                        let operator = names.operator(*operator).ok_or("its operator is not there")?;
                        Ok(ExclusionElement { element, operator })
                    })
                    .collect::<Result<_, &str>>()?,
                include: index.include(names),
                predicate: index.predicate.map(Expr::qualified),
                options: index.options(),
                tablespace: index.tablespace.map(Name::new),
                statistics: index.statistics(names),
            })
        }
        other => return Err(format!("unknown kind {other}")),
    })
}

fn action(letter: Letter) -> Result<ForeignKeyAction, String> {
    Ok(match letter.0 {
        'a' => ForeignKeyAction::NoAction,
        'r' => ForeignKeyAction::Restrict,
        'c' => ForeignKeyAction::Cascade,
        'n' => ForeignKeyAction::SetNull,
        'd' => ForeignKeyAction::SetDefault,
        other => return Err(format!("unknown action {other}")),
    })
}
