//! `CREATE INDEX`.

use super::Sql;
use std::collections::BTreeMap;
use trueup_catalog::{Index, IndexElement, IndexTarget, Name, QualifiedName};

/// How an index is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `ON ONLY`, for a partitioned table.
    pub only: bool,
}

/// `CREATE INDEX …` on one line.
pub fn create(index: &Index, build: Build) -> Sql {
    let Index {
        table,
        name,
        method,
        unique,
        elements,
        include,
        nulls_not_distinct,
        predicate,
        options,
        tablespace,
        attached_to: _,
        statistics: _,
        valid: _,
    } = index;
    let mut sql = Sql::new(if *unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    if build.concurrently {
        sql.push("CONCURRENTLY ");
    }
    if build.if_not_exists {
        sql.push("IF NOT EXISTS ");
    }
    sql.add(format_args!("{name} ON "));
    if build.only {
        sql.push("ONLY ");
    }
    sql.add(format_args!("{table} USING {method} "));
    self::elements(&mut sql, elements);
    if !include.is_empty() {
        sql.push(" INCLUDE ").names(include);
    }
    if *nulls_not_distinct {
        sql.push(" NULLS NOT DISTINCT");
    }
    sql.with_options(options);
    if let Some(tablespace) = tablespace {
        sql.add(format_args!(" TABLESPACE {tablespace}"));
    }
    if let Some(predicate) = predicate {
        sql.push(" WHERE ").parenthesized(predicate);
    }
    sql
}

/// Appends `(element, …)`.
pub fn elements(sql: &mut Sql, elements: &[IndexElement]) {
    sql.push("(");
    sql.list(", ", elements, element);
    sql.push(")");
}

/// Appends one key column or expression with its operator class and order.
pub fn element(sql: &mut Sql, element: &IndexElement) {
    let IndexElement { target: on, collation, operator_class, descending, nulls_first } = element;
    target(sql, on);
    sql.collate(collation.as_ref());
    if let Some(class) = operator_class {
        if let Some(name) = &class.name {
            sql.push(" ").builtin_or_qualified(name);
        }
        if !class.options.is_empty() {
            sql.push(" ").options(&class.options);
        }
    }
    if *descending {
        sql.push(" DESC");
    }
    if nulls_first != descending {
        sql.push(if *nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
    }
}

/// Appends a column, or an expression in parentheses.
pub fn target(sql: &mut Sql, target: &IndexTarget) {
    match target {
        IndexTarget::Column(name) => sql.add(format_args!("{name}")),
        IndexTarget::Expr(expr) => sql.parenthesized(expr),
    };
}

/// `ALTER INDEX … ALTER COLUMN n SET STATISTICS …`, one for each column that has a target.
pub fn statistics(index: &QualifiedName, targets: &BTreeMap<u16, i32>) -> Vec<Sql> {
    targets
        .iter()
        .map(|(column, target)| {
            Sql::new(format!("ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS {target}"))
        })
        .collect()
}

/// `ALTER INDEX … ATTACH PARTITION …`; idempotent by itself.
pub fn attach(parent: &QualifiedName, schema: &Name, child: &Name) -> Sql {
    Sql::new(format!("ALTER INDEX {parent} ATTACH PARTITION {schema}.{child}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Expr, OperatorClass};

    #[test]
    fn one_line_with_everything_in_place() {
        let index = Index {
            table: QualifiedName::new("public", "t"),
            name: "i".into(),
            method: "gin".into(),
            unique: true,
            elements: vec![
                IndexElement {
                    target: IndexTarget::Expr(Expr::qualified("lower(a)")),
                    collation: Some(QualifiedName::new("pg_catalog", "C")),
                    operator_class: Some(OperatorClass {
                        name: Some(QualifiedName::new("ext", "gin_trgm_ops")),
                        options: [("siglen".to_owned(), "32".to_owned())].into(),
                    }),
                    descending: true,
                    nulls_first: false,
                },
                IndexElement::column("b".into()),
            ],
            include: vec!["c".into()],
            nulls_not_distinct: true,
            predicate: Some(Expr::qualified("b > 0")),
            options: [("fastupdate".to_owned(), "off".to_owned())].into(),
            tablespace: Some("fast".into()),
            attached_to: None,
            statistics: Default::default(),
            valid: true,
        };
        assert_eq!(
            create(&index, Build { concurrently: true, if_not_exists: true, only: false }).text,
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t USING gin ((lower(a)) COLLATE \"C\" ext.gin_trgm_ops (siglen=32) DESC NULLS LAST, b) INCLUDE (c) NULLS NOT DISTINCT WITH (fastupdate=off) TABLESPACE fast WHERE (b > 0)"
        );
    }
}
