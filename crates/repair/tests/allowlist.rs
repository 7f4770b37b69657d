//! Whatever is planned only adds: every active statement is on a list of forms that can't lose anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_catalog::{Catalog, Column, Index, IndexElement, Object, ObjectKind, Table};
use trueup_repair::Plan;
use trueup_testkit::{Server, cases::fixtures_dir};

/// Whether the statement is of a form that only adds.
fn only_adds(statement: &str) -> bool {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let has = |phrase: &str| words.join(" ").contains(phrase);
    match words.as_slice() {
        ["RAISE", "EXCEPTION", ..] | ["COMMENT", "ON", ..] | ["SET", "LOCAL", ..] => true,
        ["CREATE", "OR", "REPLACE", kind, ..] => matches!(*kind, "VIEW" | "FUNCTION" | "PROCEDURE"),
        ["CREATE", ..] | ["GRANT", ..] => true,
        // What the same transaction made goes to its owner.
        ["ALTER", .., "OWNER", "TO", _] => true,
        ["ALTER", "DEFAULT", "PRIVILEGES", ..] => !has(" REVOKE "),
        ["ALTER", "TYPE", _, "ADD", "VALUE", ..] => true,
        ["ALTER", "DOMAIN", _, "ADD" | "VALIDATE" | "SET", ..] => !has("SET NOT NULL"),
        ["ALTER", "SEQUENCE", _, "OWNED", ..] => true,
        ["ALTER", "INDEX", _, "ATTACH" | "SET", ..] | ["ALTER", "VIEW" | "MATERIALIZED", ..] => true,
        ["ALTER", "TABLE", "ONLY", _, "ADD", "CONSTRAINT", ..] => true,
        ["ALTER", "TABLE", _, "ADD" | "VALIDATE" | "ATTACH" | "ENABLE" | "FORCE" | "SET" | "REPLICA", ..] => {
            // Each of these rewrites the table.
            !has("SET LOGGED") && !has("SET UNLOGGED") && !has("SET TABLESPACE") && !has("SET ACCESS METHOD")
        }
        ["ALTER", "TABLE", _, "DISABLE", "TRIGGER", ..] => true,
        ["ALTER", "TABLE", _, "ALTER", "COLUMN", _, "SET", ..] => true,
        ["ALTER", "TABLE", _, "ALTER", "COLUMN", _, "TYPE", ..] => !has(" USING "),
        ["ALTER", "TABLE", _, "DROP", "CONSTRAINT", name] => name.ends_with("_trueup_not_null"),
        _ => false,
    }
}

fn check(plan: &Plan) -> usize {
    let mut seen = 0;
    for step in &plan.steps {
        for statement in &step.statements {
            if let Some(active) = &statement.sql {
                seen += 1;
                assert!(only_adds(active), "not on the list: {active}");
            }
        }
    }
    seen
}

/// The catalog of the schema with every kind.
fn every_kind() -> Catalog {
    let text = std::fs::read_to_string(fixtures_dir().join("repair/every_kind.sql")).unwrap();
    let text = text.split("-- since 18").next().unwrap();
    let database = Server::shared(15).unwrap().database().unwrap();
    database.run(text).unwrap();
    support::read(&database)
}

#[test]
fn the_list_knows_what_loses() {
    for bad in [
        "DROP TABLE a;",
        "TRUNCATE a;",
        "DELETE FROM a;",
        "UPDATE a SET b = 1;",
        "ALTER TABLE a RENAME TO b;",
        "ALTER TABLE a DROP COLUMN b;",
        "ALTER TABLE a DROP CONSTRAINT mine;",
        "ALTER TABLE a SET UNLOGGED;",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL;",
        "ALTER TABLE a ALTER COLUMN b TYPE int USING b::int;",
        "ALTER DOMAIN a SET NOT NULL;",
        "REINDEX TABLE a;",
        "REVOKE SELECT ON TABLE a FROM b;",
        "ALTER DEFAULT PRIVILEGES FOR ROLE a REVOKE SELECT ON TABLES FROM b;",
        "CREATE OR REPLACE TRIGGER a;",
    ] {
        assert!(!only_adds(bad), "{bad}");
    }
}

#[test]
fn plans_only_add_whatever_differs() {
    let full = every_kind();
    let mut seen = 0;
    // Everything missing; then each object missing by itself, with all consent.
    let mut empty = Catalog::default();
    empty.origin = full.origin.clone();
    seen += check(&support::plan(&full, &empty, &["*"]).1);
    for (key, _) in full.iter() {
        let mut live = full.clone();
        live.remove(key);
        seen += check(&support::plan(&full, &live, &["*"]).1);
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
    let given = check(&support::plan(&granted, &full, &["*"]).1);
    assert!(given > 20, "{given}");
    seen += given;
    seen += check(&support::plan(&granted, &empty, &["*"]).1);
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
        seen += check(&support::plan(&full, &live, &["*"]).1);
        seen += check(&support::plan(&live, &full, &["*"]).1);
    }
    assert!(seen > 300, "{seen}");
    assert!(full.of_kind(ObjectKind::Index).any(|(_, e)| Index::of(&e.object).is_some()));
    assert!(full.of_kind(ObjectKind::Column).any(|(_, e)| Column::of(&e.object).is_some()));
    assert!(full.of_kind(ObjectKind::Table).any(|(_, e)| Table::of(&e.object).is_some()));
}
