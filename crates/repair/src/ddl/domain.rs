//! `CREATE DOMAIN` and its constraints.

use super::Sql;
use trueup_catalog::{Catalog, Domain, DomainConstraint, ObjectKind};

/// The constraints of a domain in `catalog`.
pub fn constraints<'a>(catalog: &'a Catalog, domain: &Domain) -> Vec<&'a DomainConstraint> {
    catalog
        .on_relation(ObjectKind::DomainConstraint, &domain.name)
        .filter_map(|(_, entry)| DomainConstraint::of(&entry.object))
        .collect()
}

/// `CREATE DOMAIN name AS type …` with its valid constraints: `NOT VALID` ones can only be added
/// afterwards.
pub fn create(domain: &Domain, constraints: &[&DomainConstraint]) -> Sql {
    let Domain { name, base, collation, default, not_null } = domain;
    let mut sql = Sql::new(format!("CREATE DOMAIN {name} AS {base}"));
    sql.collate(collation.as_ref());
    if let Some(default) = default {
        sql.push(" DEFAULT ").b_expr(default);
    }
    if *not_null {
        sql.push(" NOT NULL");
    }
    for constraint in constraints.iter().filter(|c| c.validated) {
        sql.add(format_args!("\n    CONSTRAINT {} CHECK ", constraint.name));
        sql.parenthesized(&constraint.check);
    }
    sql
}

/// `ALTER DOMAIN … ADD CONSTRAINT … CHECK (…)`, with `NOT VALID` unless `validate` and the
/// constraint is valid.
pub fn add_constraint(constraint: &DomainConstraint, validate: bool) -> Sql {
    let DomainConstraint { domain, name, check, base: _, validated } = constraint;
    let mut sql = Sql::new(format!("ALTER DOMAIN {domain} ADD CONSTRAINT {name} CHECK "));
    sql.parenthesized(check);
    if !(validate && *validated) {
        sql.push(" NOT VALID");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{DataType, Expr, Name, QualifiedName};

    #[test]
    fn a_domain_with_its_constraints() {
        let name = QualifiedName::new("public", "email");
        let domain = Domain {
            name: name.clone(),
            base: DataType::builtin("text"),
            collation: Some(QualifiedName::new("pg_catalog", "C")),
            default: Some(Expr::qualified("'a' || 'b'")),
            not_null: true,
        };
        let check = DomainConstraint {
            domain: name,
            name: Name::new("at"),
            check: Expr::qualified("VALUE ~ '@'"),
            base: DataType::builtin("text"),
            validated: true,
        };
        assert_eq!(
            create(&domain, &[&check]).text,
            "CREATE DOMAIN public.email AS text COLLATE \"C\" DEFAULT ('a' || 'b') NOT NULL\n    CONSTRAINT at CHECK (VALUE ~ '@')"
        );
        assert_eq!(
            add_constraint(&check, false).text,
            "ALTER DOMAIN public.email ADD CONSTRAINT at CHECK (VALUE ~ '@') NOT VALID"
        );
    }
}
