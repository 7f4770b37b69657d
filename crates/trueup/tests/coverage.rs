//! `docs/coverage.md` says what is true: each of its marks is found out by doing it on a server, kind by kind.
//! `UPDATE_GOLDEN=1 cargo test -p trueup --test coverage` writes the page anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use trueup_catalog::{Catalog, Entry, ObjectKey, ObjectKind, SchemaObject, Weight};
use trueup_diff::Disposition;
use trueup_introspect::{
    ConnectConfig, Environment, ReadOptions, connect, read_information_schema, read_pg_catalog,
};
use trueup_settle::{Settler, World};
use trueup_testkit::cases::{every_kind, fixtures_dir, tablespaces};
use trueup_testkit::{Server, block_on};

/// What a version brought to a kind, by the attribute or form (manual, release notes).
const SINCE: &[(ObjectKind, u32, &str)] = &[
    (ObjectKind::RangeType, 14, "multirange name"),
    (ObjectKind::Column, 14, "compression"),
    (ObjectKind::Column, 18, "virtual generated columns, named and unvalidated NOT NULL"),
    (ObjectKind::Constraint, 15, "NULLS NOT DISTINCT, SET NULL and SET DEFAULT of some columns"),
    (ObjectKind::Constraint, 18, "WITHOUT OVERLAPS, PERIOD, NOT ENFORCED"),
    (ObjectKind::Index, 15, "NULLS NOT DISTINCT"),
    (ObjectKind::Table, 17, "access method of a partitioned table"),
    (ObjectKind::View, 15, "security_invoker"),
    (ObjectKind::Function, 14, "RETURN and BEGIN ATOMIC"),
    (ObjectKind::Procedure, 14, "BEGIN ATOMIC, OUT arguments"),
    (ObjectKind::BaseType, 14, "SUBSCRIPT"),
    (ObjectKind::Collation, 16, "RULES"),
    (ObjectKind::Collation, 17, "provider builtin"),
    (ObjectKind::EventTrigger, 17, "login"),
    (ObjectKind::Statistics, 14, "expressions"),
    (ObjectKind::Statistics, 16, "statements without a name"),
    (ObjectKind::Publication, 15, "column lists, row filters, schemas"),
    (ObjectKind::Publication, 18, "publish_generated_columns"),
    (ObjectKind::Subscription, 14, "binary, streaming"),
    (ObjectKind::Subscription, 15, "two_phase, disable_on_error"),
    (ObjectKind::Subscription, 16, "origin, password_required, run_as_owner"),
    (ObjectKind::Subscription, 17, "failover"),
    (ObjectKind::DefaultPrivileges, 17, "MAINTAIN"),
    (ObjectKind::DefaultPrivileges, 18, "LARGE OBJECTS"),
];

/// An object of each kind: for a kind that can be made in several ways the one that repair can do the most about.
fn samples(catalog: &Catalog) -> BTreeMap<ObjectKind, Vec<(&ObjectKey, &Entry)>> {
    let mut found: BTreeMap<ObjectKind, Vec<_>> = BTreeMap::new();
    for (key, entry) in catalog.iter() {
        found.entry(key.kind).or_default().push((key, entry));
    }
    found
}

/// What repair does about an object that is missing and all else is there; the best that any object of the kind gets.
fn repaired(full: &Catalog, kind: ObjectKind) -> Disposition {
    let keys: Vec<ObjectKey> = full.of_kind(kind).map(|(key, _)| key.clone()).take(12).collect();
    keys.iter()
        .filter_map(|key| {
            let mut live = full.clone();
            live.remove(key);
            let settler = Settler::new(World::new(full, 15, &[&live.ambient]), World::new(&live, 15, &[]));
            let options = trueup_diff::Options { all_schemas: true, ..Default::default() };
            let mut comparison = trueup_diff::compare(full, &live, &settler, &options);
            trueup_repair::assess(full, &live, &mut comparison);
            let drift = comparison.drift.iter().find(|d| d.key == *key || d.children.contains(key));
            // `public` is there in every database, and no finding when it is not.
            assert!(drift.is_some() || *key.name() == "public", "{} {key} is not missed", key.kind);
            Some(drift?.disposition)
        })
        .min()
        .unwrap_or_else(|| panic!("no object of kind {kind}"))
}

fn page(parsed: &Catalog, read: &Catalog, standard: &Catalog) -> String {
    let mut out = String::from(
        "# Coverage\n\n\
         What trueup does with each kind of object of PostgreSQL 13 to 18. This page is made from the code: a test does it all on a\n\
         server and fails when a mark is not true.\n\n\
         - **SQL**: statements that make and change it are read. **pg_catalog**, **information_schema**: the reader finds it.\n\
         - **compared**: how many attributes count, of them those whose difference is only a note.\n\
         - **missing**: what repair does when it is missing: `safe`, `data`, `consent`, or `manual` (people do it).\n\n\
         | kind | SQL | pg_catalog | information_schema | compared | missing | newer parts |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let (by_parser, by_reader) = (samples(parsed), samples(read));
    for kind in ObjectKind::ALL {
        let mark = |yes: bool| if yes { "yes" } else { "–" };
        let mut names: BTreeMap<&str, Weight> = BTreeMap::new();
        for (_, entry) in by_reader.get(kind).into_iter().flatten() {
            names.extend(entry.object.attributes().iter().map(|a| (a.name, a.weight)));
        }
        let notes = names.values().filter(|weight| **weight == Weight::Cosmetic).count();
        let since: Vec<String> = SINCE
            .iter()
            .filter(|(k, ..)| k == kind)
            .map(|(_, version, what)| format!("{version}: {what}"))
            .collect();
        let in_standard = standard.origin.covers(*kind, None);
        writeln!(
            out,
            "| {} | {} | {} | {} | {} ({notes}) | {} | {} |",
            kind.word(),
            mark(by_parser.contains_key(kind)),
            mark(by_reader.contains_key(kind)),
            mark(in_standard),
            names.len(),
            repaired(read, *kind).word(),
            since.join("; ")
        )
        .unwrap();
    }
    out += "\n\
        Every object has a comment, an owner, privileges and security labels besides, where PostgreSQL has them. A foreign table is a\n\
        table with a server; columns of views and attributes of composite types are parts of those; the index behind a constraint is part\n\
        of it; a NOT NULL is part of its column.\n\n\
        ## Left out on purpose\n\n\
        | what | why |\n\
        |---|---|\n\
        | rows, sequences' current values, statistics that ANALYZE gathers | data, not schema |\n\
        | large objects, with their owners and privileges | data; `pg_dump --schema-only` leaves them out too |\n\
        | options of user mappings, connection strings of subscriptions | secrets: never read, kept or compared |\n\
        | roles, databases, tablespaces, parameters and their privileges | of the cluster, not of a database's schema |\n\
        | members of extensions | the extension's; its version is compared, what was granted on them by hand is named, and what else someone changed about them is found where a scratch server of the same version has the extension (D243) |\n\
        | versions of collations | a matter of the machine's libraries |\n\
        | a rule `ON SELECT` that makes a table a view (until 15) | S102: write `CREATE VIEW` |\n\
        | SQL computed when it runs (`EXECUTE` of a built string), `IMPORT FOREIGN SCHEMA`, `DROP OWNED` | S105, with file and line |\n\
        | `MERGE` in rules and SQL bodies | compared as text, else U103 |\n";
    out + &known_gaps()
}

/// What the tests of `fixtures/every-kind` list as not right yet.
fn known_gaps() -> String {
    let path = fixtures_dir().join("every-kind/known-gaps.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut out = String::from(
        "\n## Known gaps\n\nWhat is left open on the objects of `fixtures/every-kind`, by rules alone: from their own files (`sql`), from what `pg_dump` writes\n\
        (`dump`), from a snapshot (`same`), and between PostgreSQL 13 and 18 (`forward`, `back`, `upgraded`, `carried`). A test fails for any other.\n\n",
    );
    let mut none = true;
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (gap, why) = line.rsplit_once(" # ").unwrap();
        let mut parts = gap.splitn(3, ' ');
        let (ways, versions, what) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        writeln!(out, "- PostgreSQL {versions} ({}), `{what}`: {why}.", ways.replace(',', ", ")).unwrap();
        none = false;
    }
    if none {
        out += "None.\n";
    }
    out
}

fn config(url: &str) -> ConnectConfig {
    ConnectConfig::parse(url, &Environment::new(Vec::<(String, String)>::new(), None)).unwrap()
}

#[test]
fn the_page_is_what_the_code_does() {
    let sql = every_kind(&[15]).unwrap();
    let server = Server::shared(15).unwrap();
    tablespaces(server).unwrap();
    let database = server.database().unwrap();
    database.run(&sql).unwrap();
    let url = database.url();
    let (read, standard) = block_on(async {
        let options = ReadOptions::default();
        let read = read_pg_catalog(&connect(&config(&url)).await.unwrap(), &options).await.unwrap();
        let standard =
            read_information_schema(&connect(&config(&url)).await.unwrap(), &options).await.unwrap();
        (read, standard)
    })
    .unwrap();
    let file = trueup_parser::SourceFile { name: Arc::from("every kind"), text: Arc::from(sql.as_str()) };
    let parsed =
        trueup_parser::parse(&[file], &trueup_parser::Options { server_version: 150_000, ambient: None });
    let gaps = std::fs::read_to_string(fixtures_dir().join("every-kind/known-gaps.txt")).unwrap();
    for gap in &read.gaps {
        let line = format!(" {} {} {} # ", gap.code, gap.what, gap.object);
        assert!(gaps.contains(&line), "something is there that the model does not hold: {gap:?}");
    }
    for kind in ObjectKind::ALL {
        assert!(read.of_kind(*kind).next().is_some(), "the fixtures make no {kind}");
    }
    // A snapshot keeps every kind as it is.
    let kept: Catalog = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert!(kept.iter().eq(read.iter()), "a snapshot does not keep what was read");
    let page = page(&parsed.catalog, &read, &standard);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/coverage.md is out of date: UPDATE_GOLDEN=1 cargo test -p trueup --test coverage"
    );
}
