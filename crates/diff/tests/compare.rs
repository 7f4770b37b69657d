//! Comparing catalogs made by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use trueup_catalog::*;
use trueup_diff::{Code, Comparison, Disposition, Level, Options, Outcome, What, compare};
use trueup_settle::{Settler, World};

fn name(text: &str) -> QualifiedName {
    QualifiedName::new("public", text)
}

fn int() -> DataType {
    DataType::builtin("int4")
}

fn users() -> Catalog {
    let mut catalog = Catalog::default();
    catalog.insert(Schema { name: Name::new("public") });
    catalog.insert(Table::new(name("users")));
    catalog.insert(Column::new(name("users"), Name::new("id"), 1, int()));
    catalog
}

fn index(index: &str, column: &str) -> Index {
    Index {
        table: name("users"),
        name: Name::new(index),
        method: Name::new("btree"),
        unique: false,
        elements: vec![IndexElement::column(Name::new(column))],
        include: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        options: trueup_catalog::Options::new(),
        tablespace: None,
        attached_to: None,
        statistics: Default::default(),
        valid: true,
    }
}

fn run(desired: &Catalog, live: &Catalog) -> Comparison {
    let settler = Settler::new(World::new(desired, 15, &[]), World::new(live, 15, &[]));
    compare(desired, live, &settler, &Options::default())
}

#[test]
fn a_catalog_is_in_sync_with_itself() {
    let result = run(&users(), &users());
    assert!(result.drift.is_empty() && result.undecided.is_empty());
    assert_eq!(result.outcome(), Outcome::InSync);
    assert_eq!((result.summary.desired_objects, result.summary.matching), (2, 2));
}

#[test]
fn children_fold_into_a_missing_table() {
    let mut live = Catalog::default();
    live.insert(Schema { name: Name::new("public") });
    let mut desired = users();
    desired.insert(Sequence {
        name: name("users_id_seq"),
        persistence: Persistence::Permanent,
        options: SequenceOptions::defaults(int()),
        owned_by: Some((name("users"), Name::new("id"))),
    });
    let result = run(&desired, &live);
    let [drift] = result.drift.as_slice() else { panic!("{:?}", result.drift) };
    assert_eq!((drift.code, drift.what, drift.children.len()), (Code::D101, What::Missing, 2));
    assert_eq!(result.summary.matching, 0);
}

#[test]
fn a_missing_index_that_is_there_under_another_name_is_renamed() {
    let (mut desired, mut live) = (users(), users());
    desired.insert(index("a", "id"));
    live.insert(index("b", "id"));
    let result = run(&desired, &live);
    let [drift] = result.drift.as_slice() else { panic!("{:?}", result.drift) };
    assert_eq!((drift.code, drift.disposition), (Code::D103, Disposition::Manual));

    live.remove(&index("b", "id").key());
    live.insert(index("b", "other"));
    let codes: Vec<_> = run(&desired, &live).drift.iter().map(|d| d.code).collect();
    assert_eq!(codes, [Code::D101, Code::D102]);
}

#[test]
fn what_is_built_on_a_missing_column_folds_into_it() {
    let (mut desired, live) = (users(), users());
    desired.insert(Column::new(name("users"), Name::new("email"), 2, int()));
    desired.insert(index("on_email", "email"));
    desired.insert(index("on_id", "id"));
    desired.insert(Index {
        elements: vec![IndexElement {
            target: IndexTarget::Expr(Expr::qualified("abs(email)")),
            ..IndexElement::column(Name::new(""))
        }],
        ..index("on_expression", "")
    });
    let result = run(&desired, &live);
    let [column, other] = result.drift.as_slice() else { panic!("{:?}", result.drift) };
    assert_eq!((column.key.name().as_str(), column.children.len()), ("email", 2));
    assert_eq!((other.key.name().as_str(), other.children.len()), ("on_id", 0));
}

#[test]
fn what_a_detached_partition_loses_folds_into_it() {
    let parent = name("users");
    let part = |attached: bool| {
        let mut catalog = users();
        catalog.insert(index("parent", "id"));
        let mut table = Table::new(name("part"));
        table.partition_of =
            attached.then(|| PartitionOf { parent: parent.clone(), bound: PartitionBound::Default });
        catalog.insert(table);
        let attached_to = attached.then(|| name("parent"));
        catalog.insert(Index { table: name("part"), attached_to, ..index("part_index", "id") });
        catalog
    };
    for (desired, live) in [(true, false), (false, true)] {
        let result = run(&part(desired), &part(live));
        let [table] = result.drift.as_slice() else { panic!("{:?}", result.drift) };
        assert_eq!((table.code, table.children.len()), (Code::D234, 1));
    }
    // An index that was not attached to its parent's is a finding of its own.
    let mut loose = part(true);
    loose.insert(Index { table: name("part"), ..index("part_index", "id") });
    let result = run(&part(true), &loose);
    assert_eq!(result.drift.iter().map(|d| d.code).collect::<Vec<_>>(), [Code::D221]);
}

#[test]
fn a_type_that_only_widens_needs_consent() {
    let (mut desired, mut live) = (users(), users());
    let varchar = DataType { modifiers: vec!["10".into()], ..DataType::builtin("varchar") };
    desired.insert(Column::new(name("users"), Name::new("email"), 2, DataType::builtin("text")));
    live.insert(Column::new(name("users"), Name::new("email"), 5, varchar.clone()));
    let drift = &run(&desired, &live).drift;
    assert_eq!((drift[0].code, drift[0].disposition), (Code::D201, Disposition::Consent));
    assert_eq!(drift[0].changes[0].live.as_deref(), Some("character varying(10)"));
    let drift = &run(&live, &desired).drift;
    assert_eq!((drift[0].code, drift[0].disposition), (Code::D201, Disposition::Manual));
}

#[test]
fn other_schemas_are_counted_and_history_tables_set_aside() {
    let (desired, mut live) = (users(), users());
    live.insert(Schema { name: Name::new("cron") });
    live.insert(Table::new(QualifiedName::new("cron", "job")));
    live.insert(Table::new(name("alembic_version")));
    live.insert(Column::new(name("alembic_version"), Name::new("version_num"), 1, int()));
    let result = run(&desired, &live);
    assert_eq!(result.outcome(), Outcome::InSync);
    assert_eq!(result.out_of_scope, [(Name::new("cron"), 1)]);
    assert_eq!(result.set_aside.len(), 1);
}

#[test]
fn enum_values_are_safe_to_add_but_not_to_move() {
    let with = |labels: &[&str]| {
        let mut catalog = users();
        let labels = labels.iter().map(ToString::to_string).collect();
        catalog.insert(EnumType { name: name("mood"), labels });
        catalog
    };
    let added = run(&with(&["a", "b", "c"]), &with(&["a", "c"]));
    assert_eq!((added.drift[0].code, added.drift[0].disposition), (Code::D241, Disposition::Safe));
    let moved = run(&with(&["c", "a"]), &with(&["a", "c"]));
    assert_eq!(moved.drift[0].disposition, Disposition::Manual);
}

#[test]
fn comments_and_options_are_notes() {
    let (desired, mut live) = (users(), users());
    let key = Table::new(name("users")).key();
    live.get_mut(&key).unwrap().comment = Some("people".into());
    let result = run(&desired, &live);
    assert_eq!((result.drift[0].code, result.drift[0].level), (Code::D281, Level::Note));
    assert_eq!(result.outcome(), Outcome::InSync);
}

#[test]
fn what_a_reader_cannot_tell_is_not_missing() {
    let (mut desired, mut live) = (users(), users());
    desired.insert(index("a", "id"));
    live.origin.not_covered.insert(NotCovered { kind: ObjectKind::Index, attribute: None });
    assert_eq!(run(&desired, &live).outcome(), Outcome::InSync);
}

#[test]
fn a_gap_that_was_not_understood_is_never_in_sync() {
    let (mut desired, live) = (users(), users());
    desired.gaps.push(Gap {
        what: "statement".into(),
        object: String::new(),
        code: "S102".into(),
        reason: GapReason::Unparsed,
        message: "not understood".into(),
        span: None,
    });
    assert_eq!(run(&desired, &live).outcome(), Outcome::Undecided);
}
