//! Domains and their check constraints.

use super::constraint::Checks;
use super::data_type::{Description, collation};
use super::existing::Existing;
use super::privilege::Privileges;
use super::{Shape, decode, unreadable};
use crate::pg_catalog::Output;
use crate::session::{Answer, row};
use rustc_hash::FxHashMap;
use trueup_catalog::{Domain, DomainConstraint, Expr, Name, ObjectKey, ObjectKind, QualifiedName};

row! {
    DomainRow {
        schema: &'a str, name: &'a str, expression: Option<&'a str>, data_type: Option<&'a str>, length: Option<i32>,
        precision: Option<i32>, scale: Option<i32>, fraction: Option<i32>, fields: Option<&'a str>,
        collation_schema: Option<&'a str>, collation_name: Option<&'a str>, type_schema: Option<&'a str>,
        type_name: Option<&'a str>,
    }
}
row! {
    DomainConstraintRow { schema: &'a str, domain: &'a str, name: &'a str }
}

/// Collations that domains have of their own, by schema and name.
pub(super) type DomainCollations<'a> = FxHashMap<(&'a str, &'a str), QualifiedName>;

pub(super) fn read<'a>(
    domains: &'a Answer,
    constraints: &Answer,
    checks: &Checks<'_>,
    privileges: &Privileges<'_>,
    existing: &mut Existing<'_>,
    out: &mut Output,
) -> Result<DomainCollations<'a>, Shape> {
    let mut collations = DomainCollations::default();
    let mut bases = FxHashMap::default();
    for row in decode::<DomainRow<'a>>(domains)? {
        existing.saw("domains");
        if existing.is_member_type(row.schema, row.name) {
            continue;
        }
        let described = Description {
            data_type: row.data_type,
            type_schema: row.type_schema,
            type_name: row.type_name,
            length: row.length,
            precision: row.precision,
            scale: row.scale,
            fraction: row.fraction,
            fields: row.fields,
            ..Description::default()
        };
        let base = described.data_type();
        if described.loses_modifiers() {
            let message = "the standard's views do not show the modifiers of an array's elements";
            let name = QualifiedName::new(row.schema, row.name);
            out.gaps.push(unreadable("type modifier", &name, message));
            existing.unreadable(ObjectKey::in_schema(ObjectKind::Domain, name));
            bases.insert((row.schema, row.name), base);
            continue;
        }
        let collation = collation(row.collation_schema, row.collation_name, row.type_name);
        if let Some(collation) = &collation {
            collations.insert((row.schema, row.name), collation.clone());
        }
        bases.insert((row.schema, row.name), base.clone());
        let domain = Domain {
            name: QualifiedName::new(row.schema, row.name),
            base,
            collation,
            default: row.expression.map(Expr::qualified),
            not_null: false,
        };
        out.add(domain, None, None, privileges.of("domain", row.schema, row.name));
    }
    for row in decode::<DomainConstraintRow<'_>>(constraints)? {
        let Some(base) = bases.get(&(row.schema, row.domain)) else { continue };
        let domain = QualifiedName::new(row.schema, row.domain);
        match checks.of_domain(row.schema, row.name) {
            Ok(None) => {}
            Ok(Some(check)) => {
                let constraint = DomainConstraint {
                    domain,
                    name: Name::new(row.name),
                    check,
                    base: base.clone(),
                    validated: true,
                };
                out.add(constraint, None, None, None);
            }
            Err(why) => {
                let name = Name::new(row.name);
                out.gaps.push(unreadable("domain constraint", &format!("{domain}.{name}"), why));
                existing.unreadable(ObjectKey::on_relation(ObjectKind::DomainConstraint, domain, name));
            }
        }
    }
    Ok(collations)
}
