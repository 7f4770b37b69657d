//! Views and materialized views.

use super::*;
use std::sync::Arc;

#[test]
fn views() {
    on_every_version(
        |_| {
            "CREATE TABLE t (a int, b varchar(5));
             CREATE VIEW v (x, y) WITH (security_barrier = on, check_option = local) AS SELECT a, b FROM t WHERE a > 0;
             ALTER VIEW v ALTER x SET DEFAULT 7;
             COMMENT ON VIEW v IS 'a view';
             COMMENT ON COLUMN v.y IS 'its column';
             CREATE MATERIALIZED VIEW m WITH (fillfactor = 60) AS SELECT a FROM t WITH NO DATA;
             COMMENT ON MATERIALIZED VIEW m IS 'kept';
             COMMENT ON COLUMN m.a IS 'm''s column';
             GRANT SELECT ON v TO PUBLIC;"
                .to_owned()
        },
        |catalog, major| {
            let view = entry(catalog, ObjectKey::in_schema(ObjectKind::View, q("public.v")));
            assert_eq!(view.comment.as_deref(), Some("a view"));
            assert!(view.privileges.is_some());
            // Qualified as it was until 15, and bare from 16 on: text never decides.
            let query = if major >= 16 {
                "SELECT a AS x,\n    b AS y\n   FROM public.t\n  WHERE (a > 0)"
            } else {
                "SELECT t.a AS x,\n    t.b AS y\n   FROM public.t\n  WHERE (t.a > 0)"
            };
            let column = |text: &str, data_type| ViewColumn { name: name(text), data_type: Some(data_type) };
            let expected = View {
                name: q("public.v"),
                persistence: Persistence::Permanent,
                columns: vec![column("x", builtin("int4")), column("y", with("varchar", &["5"]))],
                query: Query { sql: Arc::from(query), search_path: Arc::from([]) },
                options: [("security_barrier", "true"), ("check_option", "local")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                column_defaults: [(name("x"), expr("7"))].into(),
                column_comments: [(name("y"), "its column".to_owned())].into(),
            };
            assert_eq!(view.object, expected.into());
            let kept = entry(catalog, ObjectKey::in_schema(ObjectKind::MaterializedView, q("public.m")));
            assert_eq!(kept.comment.as_deref(), Some("kept"));
            let query =
                if major >= 16 { "SELECT a\n   FROM public.t" } else { "SELECT t.a\n   FROM public.t" };
            let expected = MaterializedView {
                name: q("public.m"),
                columns: vec![column("a", builtin("int4"))],
                query: Query { sql: Arc::from(query), search_path: Arc::from([]) },
                options: [("fillfactor".to_owned(), "60".to_owned())].into(),
                access_method: None,
                tablespace: None,
                populated: false,
                clustered_on: None,
                column_settings: Default::default(),
                column_comments: [(name("a"), "m's column".to_owned())].into(),
            };
            assert_eq!(kept.object, expected.into());
            assert_eq!(catalog.columns(&q("public.v")).len(), 0, "a view's columns are part of it");
        },
    );
}
