//! Domains and their constraints.

use super::draft::Draft;
use super::{Context, Judged};
use crate::ddl::Sql;
use crate::ddl::domain::{add_constraint, constraints, create};
use crate::guard;
use crate::order::Symbol;
use crate::shape;
use crate::step::Phase;
use trueup_catalog::{
    Catalog, Column, CompositeType, Domain, DomainConstraint, Object, ObjectKey, ObjectKind, QualifiedName,
};
use trueup_diff::{Change, Disposition};

pub(super) fn missing(context: &Context<'_>, key: &ObjectKey, domain: &Domain) -> Judged {
    let constraints = constraints(context.desired, domain);
    let draft = Draft::new(Phase::Prepare, key, format!("domain {key} {}", domain.base))
        .shaped(&guard::no_type(&domain.name), &create(domain, &constraints), &shape::domain(domain))
        .of_type(&domain.base)
        .provides(Symbol::Type(domain.name.clone()));
    Judged::safe("it is only added", vec![draft])
}

/// Adding `NOT VALID` locks nothing. Validating locks every table that uses the domain against
/// writes while it is scanned, and PostgreSQL has no other form, so that is done only where no
/// table uses it.
pub(super) fn missing_constraint(
    context: &Context<'_>,
    key: &ObjectKey,
    constraint: &DomainConstraint,
) -> Judged {
    let domain = &constraint.domain;
    if context.is_missing(&ObjectKey::in_schema(ObjectKind::Domain, domain.clone())) {
        if constraint.validated {
            return Judged::follows();
        }
        return Judged::safe("it comes with its domain", vec![add(key, constraint, false)]);
    }
    if !constraint.validated {
        return Judged::safe("rows that are there are not checked", vec![add(key, constraint, false)]);
    }
    if !is_used(context.live, domain) {
        return Judged::safe("no table uses the domain", vec![add(key, constraint, true)]);
    }
    Judged {
        drafts: vec![add(key, constraint, false)],
        suggestion: vec![validate(constraint)],
        ..Judged::new(
            Disposition::Manual,
            "it is added NOT VALID; validating it blocks writes to every table that uses the domain",
            Vec::new(),
        )
    }
}

fn add(key: &ObjectKey, constraint: &DomainConstraint, validate: bool) -> Draft {
    Draft::new(Phase::Constrain, key, format!("domain constraint {key}"))
        .guarded(
            &guard::no_domain_constraint(&constraint.domain, &constraint.name),
            &add_constraint(constraint, validate),
        )
        .needs(Symbol::Type(constraint.domain.clone()))
        // Columns of new tables wait for it.
        .provides(Symbol::Type(constraint.domain.clone()))
}

fn validate(constraint: &DomainConstraint) -> Sql {
    Sql::new(format!("ALTER DOMAIN {} VALIDATE CONSTRAINT {}", constraint.domain, constraint.name))
}

/// Whether a column, or a part of a composite type, is of this domain or an array of it, or of a domain over it.
fn is_used(catalog: &Catalog, domain: &QualifiedName) -> bool {
    let is = |t: &trueup_catalog::DataType| t.qualified_name().as_ref() == Some(domain);
    catalog.iter().any(|(_, entry)| match &entry.object {
        Object::Column(Column { data_type, .. }) => is(data_type),
        Object::CompositeType(CompositeType { attributes, .. }) => {
            attributes.iter().any(|a| is(&a.data_type))
        }
        Object::Domain(Domain { base, .. }) => is(base),
        Object::RangeType(range) => is(&range.subtype),
        Object::Schema(_)
        | Object::Extension(_)
        | Object::EnumType(_)
        | Object::DomainConstraint(_)
        | Object::Sequence(_)
        | Object::Table(_)
        | Object::Constraint(_)
        | Object::Index(_)
        | Object::View(_)
        | Object::MaterializedView(_)
        | Object::Function(_)
        | Object::Procedure(_)
        | Object::BaseType(_)
        | Object::Collation(_)
        | Object::Conversion(_)
        | Object::Language(_)
        | Object::AccessMethod(_)
        | Object::Aggregate(_)
        | Object::Operator(_)
        | Object::OperatorFamily(_)
        | Object::OperatorClass(_)
        | Object::Cast(_)
        | Object::Transform(_)
        | Object::TextSearchParser(_)
        | Object::TextSearchTemplate(_)
        | Object::TextSearchDictionary(_)
        | Object::TextSearchConfiguration(_)
        | Object::ForeignDataWrapper(_)
        | Object::Server(_)
        | Object::UserMapping(_)
        | Object::Statistics(_)
        | Object::EventTrigger(_)
        | Object::Rule(_)
        | Object::Publication(_)
        | Object::Subscription(_)
        | Object::DefaultPrivileges(_)
        | Object::Trigger(_)
        | Object::Policy(_) => false,
    })
}

pub(super) fn changed(key: &ObjectKey, desired: &Domain, change: &Change) -> Judged {
    match (change.attribute.as_str(), &desired.default) {
        ("default", Some(default)) => {
            let mut sql = Sql::new(format!("ALTER DOMAIN {} SET DEFAULT ", desired.name));
            sql.expr(default);
            let draft = Draft::new(Phase::Create, key, format!("default of domain {key}"));
            super::option(change, draft, Some(sql))
        }
        ("default", None) => Judged::manual(
            "someone chose the live value",
            vec![Sql::new(format!("ALTER DOMAIN {} DROP DEFAULT", desired.name))],
        ),
        ("not_null", _) => {
            let verb = if desired.not_null { "SET" } else { "DROP" };
            Judged::manual(
                "it blocks writes to every table that uses the domain while they are scanned",
                vec![Sql::new(format!("ALTER DOMAIN {} {verb} NOT NULL", desired.name))],
            )
        }
        _ => Judged::manual("adding can't change what is there", Vec::new()),
    }
}

pub(super) fn changed_constraint(
    context: &Context<'_>,
    key: &ObjectKey,
    desired: &DomainConstraint,
    change: &Change,
) -> Judged {
    if change.attribute != "validated" {
        return Judged::manual("adding can't change what is there", Vec::new());
    }
    if !desired.validated {
        return Judged::manual("live has checked its rows already", Vec::new());
    }
    if is_used(context.live, &desired.domain) {
        return Judged::manual(
            "validating it blocks writes to every table that uses the domain",
            vec![validate(desired)],
        );
    }
    let draft =
        Draft::new(Phase::Validate, key, format!("validate domain constraint {key}")).run(&validate(desired));
    Judged::safe("no table uses the domain", vec![draft])
}
