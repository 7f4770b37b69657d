//! Extended statistics.

use super::*;

#[test]
fn extended_statistics() {
    on_every_version(
        |major| {
            let mut sql = "CREATE SCHEMA s; CREATE TABLE t (b int, a int, c text);
                 CREATE STATISTICS s.some (mcv, ndistinct) ON b, a FROM t;
                 CREATE STATISTICS every ON a, b, c FROM t;
                 ALTER STATISTICS every SET STATISTICS 250;
                 COMMENT ON STATISTICS every IS 'all of them';"
                .to_owned();
            if major >= 14 {
                sql += "CREATE STATISTICS lone ON (lower(c)) FROM t;
                        CREATE STATISTICS mixed ON (a + b), c, (lower(c)) FROM t;";
            }
            if major >= 16 {
                sql += "CREATE STATISTICS ON a, c FROM t;";
            }
            sql
        },
        |catalog, major| {
            let get = |text: &str| entry(catalog, ObjectKey::in_schema(ObjectKind::Statistics, q(text)));
            let of = |text: &str| Statistics::of(&get(text).object).unwrap().clone();
            assert_eq!(
                of("s.some"),
                Statistics {
                    name: q("s.some"),
                    table: q("public.t"),
                    kinds: vec![StatisticsKind::Ndistinct, StatisticsKind::Mcv],
                    columns: vec![name("a"), name("b")],
                    expressions: vec![],
                    target: None,
                }
            );
            let every = of("public.every");
            assert_eq!((every.kinds.len(), every.columns.len(), every.target), (3, 3, Some(250)));
            assert_eq!(get("public.every").comment.as_deref(), Some("all of them"));
            if major >= 14 {
                let lone = of("public.lone");
                assert_eq!((lone.kinds, lone.expressions), (vec![], vec![expr("lower(c)")]));
                let both = of("public.mixed");
                assert_eq!(both.columns, [name("c")]);
                assert_eq!(both.expressions, [expr("(a + b)"), expr("lower(c)")]);
            }
            if major >= 16 {
                assert_eq!(of("public.t_a_c_stat").columns.len(), 2);
            }
        },
    );
}
