//! Constraints of a table.

use super::{Sql, index};
use std::collections::BTreeMap;
use trueup_catalog::{
    Constraint, ConstraintBody, Exclusion, ExclusionElement, ForeignKey, ForeignKeyAction, KeyConstraint,
    MatchType, Name, PG_CATALOG, QualifiedName,
};

/// `ALTER TABLE … ADD CONSTRAINT …`, with `NOT VALID` unless `validate` and the constraint is valid.
pub fn add(constraint: &Constraint, validate: bool) -> Sql {
    let mut sql = Sql::new(format!("ALTER TABLE {} ADD ", constraint.table));
    define(&mut sql, constraint);
    let can_wait = match &constraint.body {
        ConstraintBody::Check { .. } | ConstraintBody::ForeignKey(_) => true,
        ConstraintBody::PrimaryKey(_) | ConstraintBody::Unique(_) | ConstraintBody::Exclusion(_) => false,
    };
    // A constraint that is not enforced is never valid, and says so by itself.
    if can_wait && constraint.enforced && !(validate && constraint.validated) {
        sql.push(" NOT VALID");
    }
    sql
}

/// Appends `CONSTRAINT name …` without `NOT VALID`.
pub fn define(sql: &mut Sql, constraint: &Constraint) {
    sql.add(format_args!("CONSTRAINT {} ", constraint.name));
    match &constraint.body {
        ConstraintBody::PrimaryKey(key) => {
            sql.push("PRIMARY KEY ");
            self::key(sql, key);
        }
        ConstraintBody::Unique(key) => {
            sql.push("UNIQUE ");
            if key.nulls_not_distinct {
                sql.push("NULLS NOT DISTINCT ");
            }
            self::key(sql, key);
        }
        ConstraintBody::ForeignKey(key) => foreign_key(sql, key),
        ConstraintBody::Check { expr } => {
            sql.push("CHECK ").parenthesized(expr);
        }
        ConstraintBody::Exclusion(exclusion) => self::exclusion(sql, exclusion),
    }
    if constraint.no_inherit && matches!(constraint.body, ConstraintBody::Check { .. }) {
        sql.push(" NO INHERIT");
    }
    timing(sql, constraint);
    if !constraint.enforced {
        sql.push(" NOT ENFORCED");
    }
}

/// Appends ` DEFERRABLE INITIALLY DEFERRED`, as far as it holds.
fn timing(sql: &mut Sql, constraint: &Constraint) {
    if constraint.deferrable {
        sql.push(" DEFERRABLE");
    }
    if constraint.initially_deferred {
        sql.push(" INITIALLY DEFERRED");
    }
}

fn key(sql: &mut Sql, key: &KeyConstraint) {
    let KeyConstraint { columns, include, nulls_not_distinct: _, without_overlaps, options, tablespace } =
        key;
    sql.names(columns);
    if *without_overlaps {
        sql.text.pop();
        sql.push(" WITHOUT OVERLAPS)");
    }
    if !include.is_empty() {
        sql.push(" INCLUDE ").names(include);
    }
    sql.with_options(options);
    if let Some(tablespace) = tablespace {
        sql.add(format_args!(" USING INDEX TABLESPACE {tablespace}"));
    }
}

fn columns_with_period(sql: &mut Sql, columns: &[Name], period: bool) {
    sql.push("(");
    let last = columns.len().saturating_sub(1);
    sql.list(", ", columns.iter().enumerate(), |sql, (i, column)| {
        if period && i == last {
            sql.push("PERIOD ");
        }
        sql.add(format_args!("{column}"));
    });
    sql.push(")");
}

fn foreign_key(sql: &mut Sql, key: &ForeignKey) {
    let ForeignKey {
        columns,
        period,
        references,
        referenced_columns,
        match_type,
        on_update,
        on_delete,
        on_delete_columns,
    } = key;
    sql.push("FOREIGN KEY ");
    columns_with_period(sql, columns, *period);
    sql.add(format_args!(" REFERENCES {references}"));
    if !referenced_columns.is_empty() {
        sql.push(" ");
        columns_with_period(sql, referenced_columns, *period);
    }
    if *match_type != MatchType::Simple {
        sql.add(format_args!(" MATCH {}", match_type.sql()));
    }
    if *on_update != ForeignKeyAction::NoAction {
        sql.add(format_args!(" ON UPDATE {}", on_update.sql()));
    }
    if *on_delete != ForeignKeyAction::NoAction {
        sql.add(format_args!(" ON DELETE {}", on_delete.sql()));
        if !on_delete_columns.is_empty() {
            sql.push(" ").names(on_delete_columns);
        }
    }
}

fn exclusion(sql: &mut Sql, exclusion: &Exclusion) {
    let Exclusion { method, elements, include, predicate, options, tablespace, statistics: _ } = exclusion;
    sql.add(format_args!("EXCLUDE USING {method} ("));
    sql.list(", ", elements, |sql, ExclusionElement { element, operator }| {
        index::element(sql, element);
        sql.push(" WITH ");
        self::operator(sql, operator);
    });
    sql.push(")");
    if !include.is_empty() {
        sql.push(" INCLUDE ").names(include);
    }
    sql.with_options(options);
    if let Some(tablespace) = tablespace {
        sql.add(format_args!(" USING INDEX TABLESPACE {tablespace}"));
    }
    if let Some(predicate) = predicate {
        sql.push(" WHERE ").parenthesized(predicate);
    }
}

fn operator(sql: &mut Sql, operator: &QualifiedName) {
    if operator.schema == PG_CATALOG {
        sql.push(operator.name.as_str());
    } else {
        sql.add(format_args!("OPERATOR({}.{})", operator.schema, operator.name.as_str()));
    }
}

/// The `CREATE UNIQUE INDEX CONCURRENTLY` whose index a primary key or unique constraint can take
/// over, if it is of that kind.
pub fn index_behind(constraint: &Constraint, build: index::Build) -> Option<Sql> {
    let (ConstraintBody::PrimaryKey(key) | ConstraintBody::Unique(key)) = &constraint.body else {
        return None;
    };
    let KeyConstraint { columns, include, nulls_not_distinct, without_overlaps, options, tablespace } = key;
    if *without_overlaps {
        return None;
    }
    Some(index::create(
        &trueup_catalog::Index {
            table: constraint.table.clone(),
            name: constraint.name.clone(),
            method: Name::new("btree"),
            unique: true,
            elements: columns.iter().cloned().map(trueup_catalog::IndexElement::column).collect(),
            include: include.clone(),
            nulls_not_distinct: *nulls_not_distinct,
            predicate: None,
            options: options.clone(),
            tablespace: tablespace.clone(),
            attached_to: None,
            statistics: BTreeMap::new(),
            valid: true,
        },
        build,
    ))
}

/// `ALTER TABLE … ADD CONSTRAINT name UNIQUE USING INDEX name …`, for an index that bears the
/// constraint's name.
pub fn using_index(constraint: &Constraint) -> Sql {
    let Constraint { table, name, .. } = constraint;
    let mut sql = Sql::new(format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} {} USING INDEX {name}",
        constraint.type_sql()
    ));
    timing(&mut sql, constraint);
    sql
}

/// `ALTER TABLE … VALIDATE CONSTRAINT …`.
pub fn validate(table: &QualifiedName, name: &Name) -> Sql {
    Sql::new(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{Expr, IndexElement};

    fn constraint(body: ConstraintBody) -> Constraint {
        Constraint {
            table: QualifiedName::new("public", "t"),
            name: Name::new("k"),
            body,
            deferrable: false,
            initially_deferred: false,
            validated: true,
            enforced: true,
            no_inherit: false,
            inherited: false,
        }
    }

    #[test]
    fn keys() {
        let mut c = constraint(ConstraintBody::Unique(KeyConstraint {
            columns: vec!["a".into(), "B".into()],
            include: vec!["c".into()],
            nulls_not_distinct: true,
            ..KeyConstraint::default()
        }));
        c.deferrable = true;
        c.initially_deferred = true;
        assert_eq!(
            add(&c, true).text,
            "ALTER TABLE public.t ADD CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a, \"B\") INCLUDE (c) DEFERRABLE INITIALLY DEFERRED"
        );
        assert_eq!(
            using_index(&c).text,
            "ALTER TABLE public.t ADD CONSTRAINT k UNIQUE USING INDEX k DEFERRABLE INITIALLY DEFERRED"
        );
        let build = index::Build { concurrently: true, if_not_exists: true, only: false };
        assert_eq!(
            index_behind(&c, build).map(|s| s.text).as_deref(),
            Some(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS k ON public.t USING btree (a, \"B\") INCLUDE (c) NULLS NOT DISTINCT"
            )
        );
    }

    #[test]
    fn foreign_keys() {
        let c = constraint(ConstraintBody::ForeignKey(ForeignKey {
            columns: vec!["a".into(), "p".into()],
            period: true,
            references: QualifiedName::new("s", "r"),
            referenced_columns: vec!["x".into(), "y".into()],
            match_type: MatchType::Full,
            on_update: ForeignKeyAction::Cascade,
            on_delete: ForeignKeyAction::SetNull,
            on_delete_columns: vec!["a".into()],
        }));
        assert_eq!(
            add(&c, false).text,
            "ALTER TABLE public.t ADD CONSTRAINT k FOREIGN KEY (a, PERIOD p) REFERENCES s.r (x, PERIOD y) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (a) NOT VALID"
        );
    }

    #[test]
    fn checks_and_exclusions() {
        let mut c = constraint(ConstraintBody::Check { expr: Expr::qualified("a > 0") });
        c.no_inherit = true;
        assert_eq!(add(&c, true).text, "ALTER TABLE public.t ADD CONSTRAINT k CHECK (a > 0) NO INHERIT");
        let c = constraint(ConstraintBody::Exclusion(Exclusion {
            method: "gist".into(),
            elements: vec![
                ExclusionElement {
                    element: IndexElement::column("r".into()),
                    operator: QualifiedName::new("pg_catalog", "&&"),
                },
                ExclusionElement {
                    element: IndexElement::column("e".into()),
                    operator: QualifiedName::new("ext", "=="),
                },
            ],
            include: vec![],
            predicate: Some(Expr::qualified("a IS NOT NULL")),
            options: [("fillfactor".to_owned(), "70".to_owned())].into(),
            tablespace: None,
            statistics: BTreeMap::new(),
        }));
        assert_eq!(
            add(&c, true).text,
            "ALTER TABLE public.t ADD CONSTRAINT k EXCLUDE USING gist (r WITH &&, e WITH OPERATOR(ext.==)) WITH (fillfactor=70) WHERE (a IS NOT NULL)"
        );
    }
}
