//! Whatever is planned only adds: every active statement is read by PostgreSQL's own parser and is on the testkit's list of what can't
//! lose anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_catalog::{Catalog, Column, Index, IndexElement, Object, ObjectKind, Table};
use trueup_repair::Plan;
use trueup_testkit::additive::{Facts, objections};
use trueup_testkit::{Server, cases::fixtures_dir};

/// Reads what the plan would run with PostgreSQL's own parser; how many statements it has.
fn check(plan: &Plan, facts: &Facts, consent: bool) -> usize {
    let found = objections(&plan.to_sql(), facts, consent).unwrap();
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    plan.steps.iter().flat_map(|step| &step.statements).filter(|s| s.sql.is_some()).count()
}

/// Plans with all consent and with none.
fn both(desired: &Catalog, live: &Catalog, facts: &Facts) -> usize {
    check(&support::plan(desired, live, &[]).1, facts, false);
    check(&support::plan(desired, live, &["*"]).1, facts, true)
}

/// The catalog of the schema with every kind, and what the server itself says of it.
fn every_kind() -> (Catalog, Facts) {
    let text = std::fs::read_to_string(fixtures_dir().join("repair/every_kind.sql")).unwrap();
    let text = text.split("-- since 18").next().unwrap();
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(text).unwrap();
    (support::read(&database), Facts::read(&database).unwrap())
}

#[test]
fn plans_only_add_whatever_differs() {
    let (mut full, facts) = every_kind();
    if let Some(roles) = &mut full.roles {
        roles.insert("app".into());
    }
    let nothing = Facts::read(&Server::shared(15).unwrap().database().unwrap()).unwrap();
    let mut seen = 0;
    // Everything missing; then each object missing by itself, with all consent.
    let mut empty = Catalog::default();
    empty.origin = full.origin.clone();
    seen += both(&full, &empty, &nothing);
    for (key, _) in full.iter() {
        let mut live = full.clone();
        live.remove(key);
        seen += both(&full, &live, &facts);
        // And the other way: what only live has.
        assert!(support::plan(&live, &full, &["*"]).1.steps.is_empty(), "{key}");
    }
    // Privileges of every sort: given and taken away.
    let mut granted = full.clone();
    for (key, entry) in granted.iter_mut() {
        let words = key.kind.privileges(15).iter();
        let app = trueup_catalog::Grantee::Role("app".into());
        entry.privileges = Some(words.map(|w| trueup_catalog::Privilege::new(app.clone(), *w)).collect());
    }
    let given = both(&granted, &full, &facts);
    assert!(given > 20, "{given}");
    seen += given;
    seen += both(&granted, &empty, &nothing);
    assert!(support::plan(&full, &granted, &["*"]).1.steps.iter().all(|step| {
        // What the owner lacks is given back; nothing is taken from anyone.
        step.statements.iter().all(|s| s.text().starts_with("GRANT "))
    }));
    // Every table with other columns, every index with another key.
    let mut live = full.clone();
    for (_, entry) in live.iter_mut() {
        match &mut entry.object {
            Object::Column(column) => {
                column.not_null = None;
                column.default = None;
                column.storage = None;
                column.statistics = None;
                column.data_type.modifiers.clear();
            }
            Object::Index(index) => {
                index.valid = false;
                index.elements.push(IndexElement::column("other".into()));
            }
            Object::Table(table) => {
                table.row_security = false;
                table.options.clear();
            }
            Object::Constraint(constraint) => constraint.validated = false,
            Object::DomainConstraint(constraint) => constraint.validated = false,
            Object::EnumType(mood) => mood.labels.truncate(1),
            Object::Trigger(trigger) => trigger.enabled = trueup_catalog::TriggerEnabled::Disabled,
            Object::Function(function) => function.0.strict = !function.0.strict,
            Object::Procedure(procedure) => procedure.0.security_definer = true,
            Object::View(view) => view.query.sql = "SELECT 1 AS one".into(),
            Object::Sequence(sequence) => sequence.owned_by = None,
            Object::Schema(_)
            | Object::Extension(_)
            | Object::Domain(_)
            | Object::CompositeType(_)
            | Object::RangeType(_)
            | Object::MaterializedView(_)
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
            | Object::Policy(_) => entry.comment = None,
        }
    }
    for version in [150_018, 180_004] {
        live.origin.server_version = Some(version);
        seen += both(&full, &live, &facts);
        seen += both(&live, &full, &facts);
    }
    assert!(seen > 300, "{seen}");
    assert!(full.of_kind(ObjectKind::Index).any(|(_, e)| Index::of(&e.object).is_some()));
    assert!(full.of_kind(ObjectKind::Column).any(|(_, e)| Column::of(&e.object).is_some()));
    assert!(full.of_kind(ObjectKind::Table).any(|(_, e)| Table::of(&e.object).is_some()));
}
