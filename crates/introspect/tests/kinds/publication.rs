//! Publications.

use super::*;

#[test]
fn publications() {
    on_every_version(
        |major| {
            let mut sql = "CREATE SCHEMA s; CREATE TABLE t (a int, b int, c int); CREATE TABLE s.u (a int);
                 CREATE PUBLICATION none;
                 CREATE PUBLICATION two FOR TABLE t, ONLY s.u WITH (publish = 'update, insert', publish_via_partition_root = true);
                 CREATE PUBLICATION everything FOR ALL TABLES;
                 COMMENT ON PUBLICATION two IS 'both';"
                .to_owned();
            if major >= 15 {
                // A list of columns and a whole schema do not go together.
                sql += "CREATE PUBLICATION fine FOR TABLE t (c, a) WHERE (a > 1);
                        CREATE PUBLICATION whole FOR TABLES IN SCHEMA s;";
            }
            if major >= 18 {
                sql +=
                    "CREATE PUBLICATION generated FOR ALL TABLES WITH (publish_generated_columns = stored);";
            }
            sql
        },
        |catalog, major| {
            let get = |text: &str| entry(catalog, ObjectKey::global(ObjectKind::Publication, name(text)));
            let of = |text: &str| Publication::of(&get(text).object).unwrap().clone();
            let all = ["insert", "update", "delete", "truncate"];
            let none = of("none");
            assert_eq!(none.publish, all);
            assert!(!none.all_tables && none.tables.is_empty() && none.schemas.is_empty());
            let two = of("two");
            let tables: Vec<_> = two.tables.iter().map(|t| t.table.to_string()).collect();
            assert_eq!(tables, ["public.t", "s.u"]);
            assert!(two.tables.iter().all(|t| t.columns.is_none() && t.filter.is_none()));
            assert_eq!(two.publish, ["insert", "update"]);
            assert!(two.via_partition_root);
            assert_eq!(get("two").comment.as_deref(), Some("both"));
            assert!(of("everything").all_tables);
            if major >= 15 {
                let fine = of("fine");
                assert_eq!(
                    fine.tables,
                    [PublishedTable {
                        table: q("public.t"),
                        columns: Some(vec![name("a"), name("c")]),
                        filter: Some(expr("(a > 1)")),
                    }]
                );
                assert_eq!(of("whole").schemas, [name("s")]);
            }
            if major >= 18 {
                assert_eq!(of("generated").generated_columns.as_deref(), Some("stored"));
            }
        },
    );
}
