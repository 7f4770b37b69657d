//! Functions and procedures.

use super::*;

#[test]
fn routines() {
    on_every_version(
        |major| {
            let mut sql = "CREATE FUNCTION f(a int, INOUT b text DEFAULT 'x,y', OUT c numeric, VARIADIC d text[] DEFAULT ARRAY['p', 'q,r'])
                 RETURNS SETOF record LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER PARALLEL RESTRICTED LEAKPROOF
                 COST 7 ROWS 33 SET search_path = app, pg_temp SET \"Work_Mem\" = '8MB' AS $$BEGIN RETURN; END$$;
             COMMENT ON FUNCTION f(int, text, text[]) IS 'a function';
             REVOKE EXECUTE ON FUNCTION f(int, text, text[]) FROM PUBLIC;
             CREATE FUNCTION tab() RETURNS TABLE (x int, y varchar(3)) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1, ''a''';
             CREATE FUNCTION plain(int, varchar(10)) RETURNS int LANGUAGE sql AS 'SELECT 1';
             CREATE PROCEDURE p(a int, INOUT b int) LANGUAGE plpgsql AS $$BEGIN END$$;
             CREATE FUNCTION intern(float8) RETURNS float8 LANGUAGE internal IMMUTABLE AS 'dsqrt';
             CREATE FUNCTION win() RETURNS int8 LANGUAGE internal WINDOW AS 'window_row_number';
             CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);\n"
                .to_owned();
            if major >= 14 {
                sql.push_str(
                    "CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
                     CREATE FUNCTION ret(a int) RETURNS int LANGUAGE sql RETURN a + 1;",
                );
            }
            sql
        },
        |catalog, major| {
            let find = |kind, text: &str| {
                let mut found = catalog.routines(kind, &q(text));
                let (key, entry) =
                    found.next().unwrap_or_else(|| panic!("{text} is not there: {:?}", catalog.gaps));
                assert!(found.next().is_none());
                (key.to_string(), entry.clone())
            };
            let routine = |entry: &Entry| match &entry.object {
                Object::Function(Function(routine)) | Object::Procedure(Procedure(routine)) => {
                    routine.clone()
                }
                other => panic!("{other:?}"),
            };
            let argument = |text: &str, mode, data_type, default: Option<&str>| Argument {
                name: Some(name(text)),
                mode,
                data_type,
                default: default.map(expr),
            };
            let (key, f) = find(ObjectKind::Function, "public.f");
            assert_eq!(key, "public.f(integer, text, text[])");
            assert_eq!(f.comment.as_deref(), Some("a function"));
            assert!(
                f.privileges.as_ref().unwrap().iter().all(|privilege| privilege.grantee != Grantee::Public)
            );
            let texts = builtin("text").array_of();
            let expected = Routine {
                name: q("public.f"),
                arguments: vec![
                    argument("a", ArgumentMode::In, builtin("int4"), None),
                    argument("b", ArgumentMode::InOut, builtin("text"), Some("'x,y'::text")),
                    argument("c", ArgumentMode::Out, builtin("numeric"), None),
                    argument("d", ArgumentMode::Variadic, texts, Some("ARRAY['p'::text, 'q,r'::text]")),
                ],
                returns: Some(builtin("record")),
                returns_set: true,
                language: name("plpgsql"),
                body: RoutineBody::Source("BEGIN RETURN; END".to_owned()),
                volatility: Volatility::Stable,
                strict: true,
                security_definer: true,
                leakproof: true,
                window: false,
                parallel: Parallel::Restricted,
                cost: Some("7".to_owned()),
                rows: Some("33".to_owned()),
                support: None,
                config: [("search_path", "app, pg_temp"), ("work_mem", "8MB")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                transforms: vec![],
            };
            assert_eq!(routine(&f), expected);
            let (_, tab) = find(ObjectKind::Function, "public.tab");
            let tab = routine(&tab);
            assert_eq!(
                tab.arguments,
                [
                    argument("x", ArgumentMode::Table, builtin("int4"), None),
                    argument("y", ArgumentMode::Table, builtin("varchar"), None)
                ]
            );
            assert_eq!((tab.returns, tab.returns_set, tab.rows), (Some(builtin("record")), true, None));
            assert_eq!((tab.volatility, tab.parallel), (Volatility::Immutable, Parallel::Safe));
            let (_, plain) = find(ObjectKind::Function, "public.plain");
            let plain = routine(&plain);
            assert_eq!(plain.arguments[1].name, None);
            assert_eq!((plain.cost, plain.rows, plain.returns), (None, None, Some(builtin("int4"))));
            let (_, p) = find(ObjectKind::Procedure, "public.p");
            assert_eq!(routine(&p).returns, None);
            assert_eq!(routine(&p).arguments[1].mode, ArgumentMode::InOut);
            let (_, intern) = find(ObjectKind::Function, "public.intern");
            assert_eq!(routine(&intern).body, RoutineBody::Source("dsqrt".to_owned()));
            assert_eq!(routine(&intern).cost, None);
            let (_, win) = find(ObjectKind::Function, "public.win");
            assert!(routine(&win).window);
            let (_, total) = find(ObjectKind::Aggregate, "public.total");
            assert_eq!(Aggregate::of(&total.object).unwrap().state.transition, q("pg_catalog.int4pl"));
            if major >= 14 {
                let sql = |text: &str| match routine(&find(ObjectKind::Function, text).1).body {
                    RoutineBody::Sql(query) => query.sql.to_string(),
                    other => panic!("{other:?}"),
                };
                assert_eq!(sql("public.ret"), "RETURN (a + 1)");
                assert!(sql("public.atomic").starts_with("BEGIN ATOMIC"), "{}", sql("public.atomic"));
            }
        },
    );
}
