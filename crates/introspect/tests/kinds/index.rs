//! Indexes.

use super::*;

#[test]
fn indexes() {
    on_every_version(
        |major| {
            let nulls = if major >= 15 { "NULLS NOT DISTINCT" } else { "" };
            format!(
                "CREATE EXTENSION pg_trgm;
                 CREATE TABLE t (a int, b text, c text COLLATE \"C\", d varchar(10), p point, j jsonb);
                 CREATE UNIQUE INDEX u ON t (a DESC, b NULLS FIRST, d varchar_pattern_ops) INCLUDE (c) {nulls}
                     WITH (fillfactor = 50, deduplicate_items = off) WHERE (a > 0);
                 COMMENT ON INDEX u IS 'unique';
                 CREATE INDEX e ON t (lower(b), (a + 1) DESC NULLS LAST, lower(c), lower(b) COLLATE \"C\", lower(c) COLLATE \"default\");
                 CREATE INDEX g ON t USING gin (j jsonb_path_ops);
                 CREATE INDEX h ON t USING hash (b);
                 CREATE INDEX s ON t USING gist (b gist_trgm_ops (siglen = 32), p);
                 CREATE INDEX k ON t (c COLLATE \"POSIX\");
                 CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
                 CREATE INDEX mi ON m (a);
                 CREATE INDEX cl ON t (a);
                 ALTER TABLE t CLUSTER ON cl;
                 ALTER INDEX e ALTER COLUMN 2 SET STATISTICS 100;
                 UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'h'::regclass;"
            )
        },
        |catalog, major| {
            let get = |table: &str, text: &str| {
                let entry = entry(catalog, ObjectKey::on_relation(ObjectKind::Index, q(table), name(text)));
                let Object::Index(index) = entry.object else { panic!() };
                (index, entry.comment)
            };
            let plain = |text: &str| IndexElement::column(name(text));
            let class = |text: &str| Some(OperatorClass { name: Some(q(text)), options: Options::new() });
            let (u, comment) = get("public.t", "u");
            assert_eq!(comment.as_deref(), Some("unique"));
            let options = [("fillfactor", "50"), ("deduplicate_items", "false")];
            let expected = Index {
                table: q("public.t"),
                name: name("u"),
                method: name("btree"),
                unique: true,
                elements: vec![
                    IndexElement { descending: true, nulls_first: true, ..plain("a") },
                    IndexElement { nulls_first: true, ..plain("b") },
                    IndexElement { operator_class: class("pg_catalog.varchar_pattern_ops"), ..plain("d") },
                ],
                include: vec![name("c")],
                nulls_not_distinct: major >= 15,
                predicate: Some(expr("(a > 0)")),
                options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                tablespace: None,
                attached_to: None,
                statistics: Default::default(),
                valid: true,
            };
            assert_eq!(u, expected);
            let on = |text: &str| IndexElement { target: IndexTarget::Expr(expr(text)), ..plain("a") };
            let (e, _) = get("public.t", "e");
            let collated =
                |text: &str, collation: &str| IndexElement { collation: Some(q(collation)), ..on(text) };
            assert_eq!(
                e.elements,
                [
                    on("lower(b)"),
                    IndexElement { descending: true, ..on("(a + 1)") },
                    on("lower(c)"),
                    collated("lower(b)", "pg_catalog.C"),
                    collated("lower(c)", "pg_catalog.default"),
                ]
            );
            let (g, _) = get("public.t", "g");
            assert_eq!(g.method, name("gin"));
            assert_eq!(g.elements[0].operator_class, class("pg_catalog.jsonb_path_ops"));
            assert!(!get("public.t", "h").0.valid);
            let (s, _) = get("public.t", "s");
            let trigrams = OperatorClass {
                name: Some(q("public.gist_trgm_ops")),
                options: [("siglen".to_owned(), "32".to_owned())].into(),
            };
            assert_eq!(s.elements[0].operator_class, Some(trigrams));
            assert_eq!(s.elements[1].operator_class, None);
            assert_eq!(get("public.t", "k").0.elements[0].collation, Some(q("pg_catalog.POSIX")));
            assert_eq!(get("public.m", "mi").0.elements, [plain("a")]);
            assert_eq!(catalog.table(&q("public.t")).unwrap().clustered_on, Some(Name::new("cl")));
            assert!(!get("public.t", "e").0.statistics.is_empty());
        },
    );
}
