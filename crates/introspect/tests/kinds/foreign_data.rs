//! Foreign-data wrappers, servers, user mappings and foreign tables.

use super::*;

fn options(list: &[(&str, &str)]) -> Options {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn foreign_data() {
    on_every_version(
        |_| {
            "CREATE FOREIGN DATA WRAPPER w VALIDATOR postgresql_fdw_validator;
             CREATE FOREIGN DATA WRAPPER bare OPTIONS (debug 'a=b', \"Odd Name\" '');
             CREATE SERVER srv TYPE 'old' VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (host 'far', dbname 'd');
             CREATE SERVER plain FOREIGN DATA WRAPPER bare;
             CREATE USER MAPPING FOR PUBLIC SERVER srv OPTIONS (user 'me', password 'hunter2');
             CREATE USER MAPPING FOR pg_monitor SERVER plain;
             CREATE FOREIGN TABLE ft (a int OPTIONS (column_name 'x') NOT NULL DEFAULT 3, b text, CHECK (a > 0))
                 SERVER plain OPTIONS (table_name 'far away');
             CREATE TABLE pt (a int) PARTITION BY LIST (a);
             CREATE FOREIGN TABLE pt1 PARTITION OF pt FOR VALUES IN (1) SERVER plain;
             COMMENT ON FOREIGN TABLE ft IS 'elsewhere';
             COMMENT ON COLUMN ft.a IS 'there x';
             COMMENT ON SERVER srv IS 'the old one';"
                .to_owned()
        },
        |catalog, _| {
            let global = |kind, text: &str| entry(catalog, ObjectKey::global(kind, name(text)));
            assert_eq!(
                global(ObjectKind::ForeignDataWrapper, "w").object,
                Object::ForeignDataWrapper(ForeignDataWrapper {
                    name: name("w"),
                    handler: None,
                    validator: Some(QualifiedName::new(PG_CATALOG, "postgresql_fdw_validator")),
                    options: options(&[]),
                })
            );
            let bare = global(ObjectKind::ForeignDataWrapper, "bare").object;
            let expected = options(&[("debug", "a=b"), ("Odd Name", "")]);
            assert_eq!(ForeignDataWrapper::of(&bare).unwrap().options, expected);
            let server = global(ObjectKind::Server, "srv");
            assert_eq!(server.comment.as_deref(), Some("the old one"));
            assert_eq!(
                server.object,
                Object::Server(trueup_catalog::Server {
                    name: name("srv"),
                    server_type: Some("old".to_owned()),
                    version: Some("1".to_owned()),
                    wrapper: name("w"),
                    options: options(&[("host", "far"), ("dbname", "d")]),
                })
            );
            let mappings: Vec<_> =
                catalog.of_kind(ObjectKind::UserMapping).map(|(key, _)| key.to_string()).collect();
            assert_eq!(mappings, ["FOR PUBLIC SERVER srv", "FOR pg_monitor SERVER plain"]);
            assert!(!serde_json::to_string(catalog).unwrap().contains("hunter2"));

            let table = entry(catalog, ObjectKey::in_schema(ObjectKind::Table, q("public.ft")));
            assert_eq!(table.comment.as_deref(), Some("elsewhere"));
            let foreign = Table::of(&table.object).unwrap().foreign.clone().unwrap();
            assert_eq!(foreign.server, name("plain"));
            assert_eq!(foreign.options, options(&[("table_name", "far away")]));
            let column =
                entry(catalog, ObjectKey::on_relation(ObjectKind::Column, q("public.ft"), name("a")));
            assert_eq!(column.comment.as_deref(), Some("there x"));
            let column = Column::of(&column.object).unwrap().clone();
            assert_eq!(column.foreign_options, options(&[("column_name", "x")]));
            assert!(column.not_null.is_some() && column.default.is_some());
            assert_eq!(catalog.on_relation(ObjectKind::Constraint, &q("public.ft")).count(), 1);
            let part = object(catalog, ObjectKey::in_schema(ObjectKind::Table, q("public.pt1")));
            let part = Table::of(&part).unwrap().clone();
            assert!(part.foreign.is_some() && part.partition_of.is_some());
            assert!(catalog.gaps.is_empty(), "{:?}", catalog.gaps);
        },
    );
}
