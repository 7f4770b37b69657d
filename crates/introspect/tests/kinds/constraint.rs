//! Constraints.

use super::*;

#[test]
fn constraints() {
    on_every_version(
        |major| {
            let mut sql = "CREATE EXTENSION btree_gist;
             CREATE TABLE a (x int, y text, z int, PRIMARY KEY (x, y) INCLUDE (z) WITH (fillfactor = 80));
             COMMENT ON CONSTRAINT a_pkey ON a IS 'key';
             CREATE TABLE b (
                 w int UNIQUE, x int, y text, r int4range, z int CONSTRAINT positive CHECK (z > 0 AND z <> 5) NO INHERIT,
                 CONSTRAINT u UNIQUE (x) DEFERRABLE INITIALLY DEFERRED,
                 CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE,
                 CONSTRAINT self FOREIGN KEY (z) REFERENCES b (w) ON DELETE SET DEFAULT ON UPDATE RESTRICT,
                 CONSTRAINT e EXCLUDE USING gist (x WITH =, (r * '[1,5)'::int4range) WITH &&, y COLLATE \"C\" WITH <>) WHERE (z > 1));
             ALTER TABLE b ADD CONSTRAINT late CHECK (x < 100) NOT VALID;\n"
                .to_owned();
            if major >= 15 {
                sql.push_str(
                    "CREATE TABLE v15 (a int, b text, UNIQUE NULLS NOT DISTINCT (a),
                        FOREIGN KEY (a, b) REFERENCES a ON DELETE SET NULL (a));",
                );
            }
            if major >= 18 {
                sql.push_str(
                    "CREATE TABLE v18 (a int, p daterange, CHECK (a > 0) NOT ENFORCED, PRIMARY KEY (a, p WITHOUT OVERLAPS));
                     CREATE TABLE w18 (a int, p daterange, FOREIGN KEY (a, PERIOD p) REFERENCES v18 (a, PERIOD p));",
                );
            }
            sql
        },
        |catalog, major| {
            let get = |table: &str, text: &str| {
                entry(catalog, ObjectKey::on_relation(ObjectKind::Constraint, q(table), name(text)))
            };
            let make = |table: &str, text: &str, body| Constraint {
                table: q(table),
                name: name(text),
                body,
                deferrable: false,
                initially_deferred: false,
                validated: true,
                enforced: true,
                no_inherit: false,
                inherited: false,
            };
            let primary = get("public.a", "a_pkey");
            assert_eq!(primary.comment.as_deref(), Some("key"));
            let key = KeyConstraint {
                columns: vec![name("x"), name("y")],
                include: vec![name("z")],
                options: [("fillfactor".to_owned(), "80".to_owned())].into(),
                ..KeyConstraint::default()
            };
            assert_eq!(primary.object, make("public.a", "a_pkey", ConstraintBody::PrimaryKey(key)).into());
            let check = ConstraintBody::Check { expr: expr("((z > 0) AND (z <> 5))") };
            let expected = Constraint { no_inherit: true, ..make("public.b", "positive", check) };
            assert_eq!(get("public.b", "positive").object, expected.into());
            let unique = KeyConstraint { columns: vec![name("x")], ..KeyConstraint::default() };
            let unique = ConstraintBody::Unique(unique);
            let expected =
                Constraint { deferrable: true, initially_deferred: true, ..make("public.b", "u", unique) };
            assert_eq!(get("public.b", "u").object, expected.into());
            let foreign = ForeignKey {
                columns: vec![name("x"), name("y")],
                period: false,
                references: q("public.a"),
                referenced_columns: vec![name("x"), name("y")],
                match_type: MatchType::Full,
                on_update: ForeignKeyAction::Cascade,
                on_delete: ForeignKeyAction::SetNull,
                on_delete_columns: vec![],
            };
            let expected = make("public.b", "f", ConstraintBody::ForeignKey(foreign));
            assert_eq!(get("public.b", "f").object, Constraint { deferrable: true, ..expected }.into());
            let own = ForeignKey {
                columns: vec![name("z")],
                period: false,
                references: q("public.b"),
                referenced_columns: vec![name("w")],
                match_type: MatchType::Simple,
                on_update: ForeignKeyAction::Restrict,
                on_delete: ForeignKeyAction::SetDefault,
                on_delete_columns: vec![],
            };
            assert_eq!(
                get("public.b", "self").object,
                make("public.b", "self", ConstraintBody::ForeignKey(own)).into()
            );
            let plain = IndexElement::column;
            let element = |element, operator: &str| ExclusionElement { element, operator: q(operator) };
            let exclusion = Exclusion {
                method: name("gist"),
                elements: vec![
                    element(plain(name("x")), "pg_catalog.="),
                    element(
                        IndexElement {
                            target: IndexTarget::Expr(expr("(r * '[1,5)'::int4range)")),
                            ..plain(name("r"))
                        },
                        "pg_catalog.&&",
                    ),
                    element(
                        IndexElement { collation: Some(q("pg_catalog.C")), ..plain(name("y")) },
                        "pg_catalog.<>",
                    ),
                ],
                include: vec![],
                predicate: Some(expr("(z > 1)")),
                options: Options::new(),
                tablespace: None,
                statistics: Default::default(),
            };
            assert_eq!(
                get("public.b", "e").object,
                make("public.b", "e", ConstraintBody::Exclusion(exclusion)).into()
            );
            let late = ConstraintBody::Check { expr: expr("(x < 100)") };
            let expected = Constraint { validated: false, ..make("public.b", "late", late) };
            assert_eq!(get("public.b", "late").object, expected.into());
            // The indexes behind constraints are parts of those.
            assert_eq!(catalog.of_kind(ObjectKind::Index).count(), 0);
            if major >= 15 {
                let Object::Constraint(unique) = get("public.v15", "v15_a_key").object else { panic!() };
                let ConstraintBody::Unique(unique) = unique.body else { panic!() };
                assert!(unique.nulls_not_distinct);
                let Object::Constraint(foreign) = get("public.v15", "v15_a_b_fkey").object else { panic!() };
                let ConstraintBody::ForeignKey(foreign) = foreign.body else { panic!() };
                assert_eq!(foreign.on_delete_columns, [name("a")]);
            }
            if major >= 18 {
                let Object::Constraint(check) = get("public.v18", "v18_a_check").object else { panic!() };
                assert!(!check.enforced);
                let Object::Constraint(primary) = get("public.v18", "v18_pkey").object else { panic!() };
                let ConstraintBody::PrimaryKey(primary) = primary.body else { panic!() };
                assert!(primary.without_overlaps);
                let Object::Constraint(foreign) = get("public.w18", "w18_a_p_fkey").object else { panic!() };
                let ConstraintBody::ForeignKey(foreign) = foreign.body else { panic!() };
                assert!(foreign.period);
            }
        },
    );
}
