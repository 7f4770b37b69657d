//! SQL to catalog, for the kinds that are no tables: one test a rule of PostgreSQL's.

use trueup_catalog::{
    Address, ArgumentMode, Catalog, CompositeType, Domain, DomainConstraint, EnumType, Extension, Function,
    Name, ObjectKey, ObjectKind, Policy, Procedure, QualifiedName, RangeType, Routine, RoutineBody, Sequence,
    Trigger, View,
};

use crate::testing::{read, read_on, states};

fn key(kind: ObjectKind, name: &str) -> ObjectKey {
    ObjectKey::in_schema(kind, QualifiedName::new("public", name))
}

fn on(kind: ObjectKind, relation: &str, name: &str) -> ObjectKey {
    ObjectKey::on_relation(kind, QualifiedName::new("public", relation), Name::new(name))
}

fn labels(catalog: &Catalog, name: &str) -> Vec<String> {
    EnumType::of(&catalog.get(&key(ObjectKind::EnumType, name)).unwrap().object).unwrap().labels.clone()
}

fn sequence<'c>(catalog: &'c Catalog, name: &str) -> &'c Sequence {
    Sequence::of(&catalog.get(&key(ObjectKind::Sequence, name)).unwrap().object).unwrap()
}

fn function<'c>(catalog: &'c Catalog, name: &str) -> &'c Routine {
    let mut found = catalog.of_kind(ObjectKind::Function).filter(|(key, _)| *key.name() == name);
    &Function::of(&found.next().unwrap().1.object).unwrap().0
}

fn keys(catalog: &Catalog) -> Vec<String> {
    catalog
        .iter()
        .filter(|(k, _)| k.kind != ObjectKind::Schema)
        .map(|(k, _)| format!("{} {k}", k.kind))
        .collect()
}

#[test]
fn enum_labels_go_where_they_are_put() {
    let catalog = read(
        "CREATE TYPE e AS ENUM ('b', 'd'); ALTER TYPE e ADD VALUE 'a' BEFORE 'b'; ALTER TYPE e ADD VALUE 'c' AFTER 'b';
         ALTER TYPE e ADD VALUE IF NOT EXISTS 'a'; ALTER TYPE e ADD VALUE 'e'; ALTER TYPE e RENAME VALUE 'd' TO 'D'",
    );
    assert_eq!(labels(&catalog, "e"), ["a", "b", "c", "D", "e"]);
    assert_eq!(
        states("CREATE TYPE e AS ENUM ('a'); CREATE TYPE e AS ENUM (); ALTER TYPE e ADD VALUE 'a'"),
        ["42710", "42710"]
    );
    assert_eq!(
        states("CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'c' BEFORE 'b'; DROP TYPE x"),
        ["22023", "42704"]
    );
}

#[test]
fn a_renamed_type_is_renamed_in_columns_arguments_and_texts() {
    let catalog = read(
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e DEFAULT 'a'::e, b e[]);
         CREATE FUNCTION f(x e) RETURNS e LANGUAGE sql AS 'select x';
         CREATE VIEW v AS SELECT 'a'::e AS x; ALTER TYPE e RENAME TO mood; CREATE SCHEMA s; ALTER TYPE mood SET SCHEMA s",
    );
    let column = catalog.column(&QualifiedName::new("public", "t"), &Name::new("a")).unwrap();
    assert_eq!(column.data_type.to_string(), "s.mood");
    assert_eq!(&*column.default.as_ref().unwrap().sql, "'a'::s.mood");
    let view = catalog.view(&QualifiedName::new("public", "v")).unwrap();
    assert_eq!(&*view.query.sql, "SELECT 'a'::s.mood AS x");
    assert_eq!(function(&catalog, "f").returns.as_ref().unwrap().to_string(), "s.mood");
    assert!(matches!(&catalog.of_kind(ObjectKind::Function).next().unwrap().0.address,
        Address::Routine { arguments, .. } if arguments[0].to_string() == "s.mood"));
}

#[test]
fn composite_attributes_change_in_order() {
    let catalog = read(
        "CREATE TYPE c AS (a int, b text COLLATE \"C\"); ALTER TYPE c ADD ATTRIBUTE d bool, DROP ATTRIBUTE a, ALTER ATTRIBUTE b TYPE varchar(3);
         ALTER TYPE c RENAME ATTRIBUTE d TO e; COMMENT ON COLUMN c.e IS 'x'",
    );
    let composite =
        CompositeType::of(&catalog.get(&key(ObjectKind::CompositeType, "c")).unwrap().object).unwrap();
    let shown: Vec<String> =
        composite.attributes.iter().map(|a| format!("{} {}", a.name, a.data_type)).collect();
    assert_eq!(shown, ["b character varying(3)", "e boolean"]);
    assert_eq!(composite.attribute_comments["e"], "x");
}

#[test]
fn domain_checks_get_names_that_are_free() {
    let catalog = read(
        "CREATE TABLE t (a int CONSTRAINT d_check1 CHECK (a > 0));
         CREATE DOMAIN d AS numeric(10,2) DEFAULT 1 NOT NULL CHECK (VALUE > 0) CHECK (VALUE < 9) CONSTRAINT mine CHECK (VALUE <> 5);
         ALTER DOMAIN d ADD CHECK (VALUE <> 6) NOT VALID; ALTER DOMAIN d DROP NOT NULL; ALTER DOMAIN d DROP CONSTRAINT mine;
         ALTER DOMAIN d RENAME TO amount",
    );
    let names: Vec<&str> =
        catalog.of_kind(ObjectKind::DomainConstraint).map(|(k, _)| k.name().as_str()).collect();
    assert_eq!(names, ["d_check", "d_check2", "d_check3"]);
    let domain = Domain::of(&catalog.get(&key(ObjectKind::Domain, "amount")).unwrap().object).unwrap();
    assert_eq!((domain.base.to_string().as_str(), domain.not_null), ("numeric(10,2)", false));
    let last = DomainConstraint::of(
        &catalog.get(&on(ObjectKind::DomainConstraint, "amount", "d_check3")).unwrap().object,
    )
    .unwrap();
    assert!(!last.validated && *last.check.sql == *"VALUE <> 6");
}

#[test]
fn range_types_keep_what_is_not_the_default() {
    let sql = "CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi, subtype_opclass = float8_ops);
               CREATE TYPE r AS RANGE (subtype = text, collation = \"C\", multirange_type_name = rs)";
    let catalog = read(sql);
    let range =
        RangeType::of(&catalog.get(&key(ObjectKind::RangeType, "floatrange")).unwrap().object).unwrap();
    assert_eq!(range.subtype_diff, Some(QualifiedName::new("pg_catalog", "float8mi")));
    assert!(range.operator_class.is_none() && range.multirange.is_none());
    let range = RangeType::of(&catalog.get(&key(ObjectKind::RangeType, "r")).unwrap().object).unwrap();
    assert_eq!(range.multirange, Some(QualifiedName::new("public", "rs")));
    // The automatic name of the multirange is taken as well.
    assert_eq!(states(&format!("{sql}; CREATE TYPE floatmultirange AS ENUM ()")), ["42710"]);
}

#[test]
fn sequence_options_are_resolved() {
    let catalog = read(
        "CREATE SEQUENCE a AS smallint INCREMENT -1; CREATE SEQUENCE b START 5 MINVALUE 3 CACHE 7 CYCLE;
         CREATE TABLE t (id int); ALTER SEQUENCE b AS integer OWNED BY t.id RESTART WITH 9;",
    );
    let a = &sequence(&catalog, "a").options;
    assert_eq!((a.min, a.max, a.start, a.increment), (-32768, -1, -1, -1));
    let b = sequence(&catalog, "b");
    assert_eq!((b.options.min, b.options.max, b.options.start, b.options.cache), (3, 2_147_483_647, 5, 7));
    assert_eq!(b.owned_by, Some((QualifiedName::new("public", "t"), Name::new("id"))));
}

#[test]
fn identity_sequences_are_part_of_their_column() {
    let catalog = read(
        "CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY); ALTER SEQUENCE i_id_seq INCREMENT 2; ALTER SEQUENCE i_id_seq RENAME TO x",
    );
    let column = catalog.column(&QualifiedName::new("public", "i"), &Name::new("id")).unwrap();
    let identity = column.identity.as_ref().unwrap();
    assert_eq!((identity.options.increment, identity.sequence.name.as_str()), (2, "x"));
    assert_eq!(
        states("CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY); DROP SEQUENCE i_id_seq"),
        ["2BP01"]
    );
    assert_eq!(
        states("CREATE SEQUENCE s MINVALUE 5 MAXVALUE 5; CREATE SEQUENCE s AS text"),
        ["22023", "22023"]
    );
}

#[test]
fn results_follow_from_out_arguments() {
    let catalog = read(
        "CREATE FUNCTION one(a int, OUT b numeric(3,2)) LANGUAGE sql AS 'select 1';
         CREATE FUNCTION two(INOUT a int, OUT b text) LANGUAGE sql AS 'select 1, 1';
         CREATE FUNCTION tab() RETURNS TABLE (x int) LANGUAGE sql AS 'select 1';
         CREATE FUNCTION tabs(double precision, p double precision DEFAULT 1.5, VARIADIC r text[] = '{}') RETURNS TABLE (x int, y varchar(3))
           ROWS 1000 COST 1e7 STABLE STRICT PARALLEL SAFE LANGUAGE SQL AS $$select 1, 'x'$$;
         CREATE PROCEDURE p(a int, INOUT b text) LANGUAGE plpgsql AS 'begin end'",
    );
    let shown = |name: &str| {
        let f = function(&catalog, name);
        format!("{}{}", if f.returns_set { "setof " } else { "" }, f.returns.as_ref().unwrap())
    };
    assert_eq!(
        [shown("one"), shown("two"), shown("tab"), shown("tabs")],
        ["numeric", "record", "setof integer", "setof record"]
    );
    let tabs = function(&catalog, "tabs");
    assert_eq!(
        (tabs.rows.as_deref(), tabs.cost.as_deref(), tabs.language.as_str()),
        (None, Some("1e+07"), "sql")
    );
    let arguments: Vec<String> = tabs
        .arguments
        .iter()
        .map(|a| format!("{} {} {}", a.mode.sql(), a.name.as_ref().map_or("-", Name::as_str), a.data_type))
        .collect();
    assert_eq!(
        arguments,
        [
            "IN - double precision",
            "IN p double precision",
            "VARIADIC r text[]",
            "TABLE x integer",
            "TABLE y character varying"
        ]
    );
    let procedure = Procedure::of(&catalog.of_kind(ObjectKind::Procedure).next().unwrap().1.object).unwrap();
    assert!(procedure.0.returns.is_none() && procedure.0.arguments[1].mode == ArgumentMode::InOut);
}

#[test]
fn a_replaced_function_stays_the_same_object() {
    let catalog = read(
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'select 1'; COMMENT ON FUNCTION f IS 'c'; ALTER FUNCTION f(int) OWNER TO bob;
         CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'select 1';
         CREATE OR REPLACE FUNCTION f(a int) RETURNS int RETURN a + 1;
         ALTER FUNCTION f(int) STABLE SET search_path = a, \"B\", '' SET work_mem TO '1MB' SET datestyle = iso, mdy; DROP FUNCTION f(text)",
    );
    let (_, entry) = catalog.of_kind(ObjectKind::Function).next().unwrap();
    assert_eq!((entry.comment.as_deref(), entry.owner.as_ref().map(Name::as_str)), (Some("c"), Some("bob")));
    let f = &Function::of(&entry.object).unwrap().0;
    assert!(matches!(&f.body, RoutineBody::Sql(q) if &*q.sql == "RETURN a + 1"));
    let config: Vec<(&str, &str)> =
        f.config.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(config, [("datestyle", "iso, mdy"), ("search_path", "a, \"B\", \"\""), ("work_mem", "1MB")]);
    let base = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS '';";
    assert_eq!(
        states(&format!("{base} CREATE OR REPLACE FUNCTION f(a int) RETURNS text LANGUAGE sql AS ''")),
        ["42P13"]
    );
    assert_eq!(
        states(&format!("{base} CREATE OR REPLACE FUNCTION f(b int) RETURNS int LANGUAGE sql AS ''")),
        ["42P13"]
    );
    assert_eq!(
        states(&format!("{base} {base} DROP FUNCTION f(text); DROP FUNCTION IF EXISTS g")),
        ["42723", "42883"]
    );
}

#[test]
fn views_keep_their_query_options_and_columns() {
    let catalog = read(
        "CREATE TABLE t (a int, b int); CREATE VIEW v (x, y) WITH (security_barrier) AS SELECT a, b FROM t WITH LOCAL CHECK OPTION;
         CREATE RECURSIVE VIEW r (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 9;
         ALTER VIEW v ALTER x SET DEFAULT 1; ALTER VIEW v RENAME COLUMN x TO z; COMMENT ON COLUMN v.z IS 'c'; ALTER TABLE t RENAME TO u;
         CREATE MATERIALIZED VIEW m WITH (fillfactor = 70) AS SELECT 1 AS a WITH NO DATA",
    );
    let view = View::of(&catalog.get(&key(ObjectKind::View, "v")).unwrap().object).unwrap();
    assert_eq!(
        (view.options["security_barrier"].as_str(), view.options["check_option"].as_str()),
        ("true", "local")
    );
    assert_eq!(view.columns[0].name.as_str(), "z");
    assert!(view.column_defaults.contains_key("z") && view.column_comments["z"] == "c");
    assert_eq!(&*view.query.sql, "SELECT a, b FROM public.u AS t");
    let recursive = catalog.view(&QualifiedName::new("public", "r")).unwrap();
    assert!(
        recursive.query.sql.starts_with("WITH RECURSIVE r (n) AS (VALUES (1)")
            && recursive.query.sql.ends_with("SELECT n FROM r")
    );
    let m = catalog.materialized_view(&QualifiedName::new("public", "m")).unwrap();
    assert!(!m.populated && m.options["fillfactor"] == "70");
    assert_eq!(states("CREATE VIEW v AS SELECT * FROM missing; DROP VIEW v"), ["42P01", "42P01"]);
}

#[test]
fn dropping_takes_along_what_depends() {
    let base = "CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE TABLE u (t int REFERENCES t, b int DEFAULT 1);
                CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT * FROM v; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '';
                CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ";
    assert_eq!(
        states(&format!("{base} DROP TABLE t; DROP VIEW v; DROP FUNCTION f; ALTER TABLE t DROP COLUMN a")),
        ["2BP01"; 4]
    );
    let catalog = read(&format!("{base} DROP TABLE t CASCADE"));
    assert_eq!(
        keys(&catalog),
        ["table public.u", "column public.u.b", "column public.u.t", "function public.f()"]
    );
    let catalog =
        read(&format!("{base} DROP VIEW v CASCADE; DROP FUNCTION f CASCADE; ALTER TABLE t DROP COLUMN a"));
    assert!(
        !keys(&catalog)
            .iter()
            .any(|k| k.contains("view") || k.contains("trigger") || k.contains("public.t.a"))
    );
    let catalog = read("CREATE DOMAIN d AS int; CREATE TABLE t (a d, b int); DROP DOMAIN d CASCADE");
    assert_eq!(keys(&catalog), ["table public.t", "column public.t.b"]);
    let catalog =
        read("CREATE SEQUENCE s; CREATE TABLE t (a int DEFAULT nextval('s')); DROP SEQUENCE s CASCADE");
    assert!(catalog.column(&QualifiedName::new("public", "t"), &Name::new("a")).unwrap().default.is_none());
    let catalog = read(
        "CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE VIEW v AS SELECT a FROM s.t; DROP SCHEMA s CASCADE",
    );
    assert!(keys(&catalog).is_empty());
}

#[test]
fn triggers_are_cloned_to_partitions() {
    let catalog = read(
        "CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '';
         CREATE TRIGGER g AFTER UPDATE OF b OR DELETE ON t FOR EACH ROW WHEN (OLD.b > 1) EXECUTE FUNCTION f('x', 1, y, 1.50);
         CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2)",
    );
    let trigger = |table: &str| {
        Trigger::of(&catalog.get(&on(ObjectKind::Trigger, table, "g")).unwrap().object).unwrap().clone()
    };
    assert_eq!(trigger("t").arguments, ["x", "1", "y", "1.50"]);
    assert!(
        trigger("t").on_delete
            && !trigger("t").inherited
            && trigger("t1").inherited
            && trigger("t2").inherited
    );
    assert_eq!(trigger("t").update_columns, [Name::new("b")]);
    let gone = read(
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '';
         CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE PROCEDURE f(); DROP TRIGGER g ON t",
    );
    assert!(gone.of_kind(ObjectKind::Trigger).next().is_none());
}

#[test]
fn policies_sort_their_roles() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO zoe, bob USING (a > 0) WITH CHECK (a > 1);
         CREATE POLICY q ON t TO bob, PUBLIC; ALTER POLICY p ON t USING (a > 2); ALTER POLICY q ON t RENAME TO r",
    );
    let policy = |name: &str| {
        Policy::of(&catalog.get(&on(ObjectKind::Policy, "t", name)).unwrap().object).unwrap().clone()
    };
    assert_eq!(policy("p").roles, [Name::new("bob"), Name::new("zoe")]);
    assert_eq!((&*policy("p").using.unwrap().sql, &*policy("p").check.unwrap().sql), ("a > 2", "a > 1"));
    assert!(policy("r").roles.is_empty());
}

#[test]
fn schemas_take_their_elements_and_are_renamed_everywhere() {
    let catalog = read(
        "CREATE SCHEMA s AUTHORIZATION bob CREATE VIEW v AS SELECT a FROM t CREATE TABLE t (a int); CREATE VIEW w AS SELECT a FROM s.t;
         ALTER SCHEMA s RENAME TO z",
    );
    assert_eq!(keys(&catalog), ["table z.t", "column z.t.a", "view public.w", "view z.v"]);
    assert_eq!(&*catalog.view(&QualifiedName::new("public", "w")).unwrap().query.sql, "SELECT a FROM z.t");
    assert_eq!(
        &*catalog.view(&QualifiedName::new("z", "v")).unwrap().query.search_path,
        [Name::new("z"), Name::new("public")]
    );
    assert_eq!(
        states("CREATE SCHEMA a; CREATE SCHEMA a; DROP SCHEMA b; CREATE SCHEMA pg_x"),
        ["42P06", "3F000", "42939"]
    );
}

#[test]
fn extensions_bring_those_that_they_require() {
    let catalog = read(
        "CREATE SCHEMA x; CREATE EXTENSION earthdistance SCHEMA x CASCADE; CREATE EXTENSION IF NOT EXISTS cube VERSION '1.5'",
    );
    let cube = Extension::of(
        &catalog.get(&ObjectKey::global(ObjectKind::Extension, Name::new("cube"))).unwrap().object,
    )
    .unwrap();
    assert_eq!((cube.schema.as_ref().map(Name::as_str), cube.version.as_deref()), (Some("x"), None));
    assert_eq!(states("CREATE EXTENSION earthdistance; DROP EXTENSION cube"), ["42704", "42704"]);
}

#[test]
fn comments_stay_with_their_objects_and_go_with_null() {
    let catalog = read(
        "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0) PRIMARY KEY); CREATE INDEX i ON t (a); COMMENT ON TABLE t IS 'x';
         COMMENT ON COLUMN t.a IS E'it''s'; COMMENT ON CONSTRAINT c ON t IS 'y'; COMMENT ON INDEX i IS 'z'; COMMENT ON TABLE t IS NULL;
         COMMENT ON INDEX i IS ''; COMMENT ON INDEX t_pkey IS 'gap'; COMMENT ON DATABASE d IS 'no'",
    );
    let comments: Vec<String> =
        catalog.iter().filter_map(|(k, e)| e.comment.as_ref().map(|c| format!("{k}: {c}"))).collect();
    assert_eq!(comments, ["public.t.a: it's", "public.t.c: y"]);
    assert_eq!(catalog.gaps.iter().map(|g| g.what.as_str()).collect::<Vec<_>>(), ["comment on index"]);
    assert_eq!(states("COMMENT ON TABLE t IS 'x'; COMMENT ON FUNCTION f() IS 'x'"), ["42P01", "42883"]);
}

#[test]
fn kinds_without_a_grammar_of_their_own_are_made_and_dropped() {
    let catalog = read(
        "CREATE FUNCTION f(int, int) RETURNS int LANGUAGE sql AS 'select 1'; CREATE TABLE t (a int);
         CREATE AGGREGATE agg(int) (SFUNC = f, STYPE = int); CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f);
         CREATE COLLATION c FROM \"C\"; CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING; CREATE PUBLICATION p; CREATE ROLE x;
         CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
         CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION g(); GRANT SELECT ON t TO bob WITH GRANT OPTION; DROP PUBLICATION p",
    );
    let kinds: std::collections::BTreeSet<&str> = catalog.iter().map(|(key, _)| key.kind.word()).collect();
    for kind in ["aggregate", "operator", "collation", "rule", "event trigger"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    assert!(!kinds.contains("publication"));
    assert_eq!(granted(&catalog, "public.t"), ["SELECT to bob with grant option"]);
    let dropped = read(
        "CREATE TABLE t (a int); CREATE RULE r AS ON DELETE TO t DO NOTHING; DROP TABLE t; CREATE COLLATION c FROM \"C\"; DROP COLLATION c",
    );
    assert!(dropped.gaps.is_empty() && dropped.is_empty());
    assert_eq!(
        states("DROP COLLATION c; DROP AGGREGATE a(int); DROP PUBLICATION IF EXISTS p"),
        ["42704", "42883"]
    );
}

#[test]
fn a_rollback_takes_everything_back() {
    let catalog = read(
        "BEGIN; CREATE TABLE a (x int); SAVEPOINT s; CREATE TABLE b (x int); ROLLBACK TO s; COMMIT;
         BEGIN; CREATE TABLE c (x int); DROP TABLE a; SET LOCAL search_path = nowhere; ROLLBACK; CREATE TABLE d (x int)",
    );
    let tables: Vec<String> = catalog.of_kind(ObjectKind::Table).map(|(k, _)| k.to_string()).collect();
    assert_eq!(tables, ["public.a", "public.d"]);
}

#[test]
fn a_query_that_sqlparser_cannot_read_is_kept() {
    let catalog = read(
        "SET SESSION AUTHORIZATION DEFAULT; CREATE TABLE t (a int); CREATE FUNCTION f(t) RETURNS t LANGUAGE sql AS 'select 1';
         CREATE VIEW v AS SELECT (f(t)).* FROM t WITH CASCADED CHECK OPTION",
    );
    let view = catalog.view(&QualifiedName::new("public", "v")).unwrap();
    assert_eq!(
        (&*view.query.sql, view.options["check_option"].as_str()),
        ("SELECT (f(t)).* FROM t", "cascaded")
    );
    assert_eq!(states("CREATE VIEW v AS SELECT a, FROM t"), ["42601"]);
}

#[test]
fn the_search_path_says_where_things_are_made() {
    let catalog = read(
        "CREATE SCHEMA s; SET search_path TO missing, s, \"$user\"; CREATE TYPE a AS ENUM (); SELECT pg_catalog.set_config('search_path', '', false);
         CREATE TYPE public.b AS ENUM (); RESET search_path; CREATE TYPE c AS ENUM ()",
    );
    assert_eq!(keys(&catalog), ["enum public.b", "enum public.c", "enum s.a"]);
    assert_eq!(states("SELECT set_config('search_path', '', false); CREATE TYPE c AS ENUM ()"), ["3F000"]);
}

fn tables(sql: &str) -> Vec<String> {
    read(sql).of_kind(ObjectKind::Table).map(|(k, _)| k.name().to_string()).collect()
}

#[test]
fn guards_of_do_blocks_are_answered_by_the_catalog() {
    let base = "CREATE SCHEMA s; CREATE TYPE s.e AS ENUM ('a'); CREATE TABLE s.t (a int NOT NULL, CONSTRAINT k UNIQUE (a)); CREATE INDEX i ON s.t (a);";
    for (guard, holds) in [
        ("EXISTS (SELECT FROM pg_type WHERE typname = 'e')", true),
        (
            "NOT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'e' AND n.nspname = 'public')",
            true,
        ),
        ("EXISTS (SELECT 1 FROM pg_enum WHERE enumtypid = 's.e'::regtype AND enumlabel IN ('b', 'a'))", true),
        (
            "EXISTS (SELECT 1 FROM pg_enum e, pg_type t WHERE e.enumtypid = t.oid AND t.typname = 'e' AND enumlabel = 'x')",
            false,
        ),
        (
            "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 's' AND table_name = 't' AND column_name = 'a' AND is_nullable = 'NO' AND data_type = 'integer')",
            true,
        ),
        ("(SELECT count(*) FROM information_schema.tables WHERE table_schema = 's') = 1", true),
        (
            "EXISTS (SELECT 1 FROM pg_constraint WHERE conname LIKE 'k%' AND conrelid = 's.t'::regclass AND contype = 'u')",
            true,
        ),
        ("to_regclass('s.i') IS NULL OR to_regclass('s.nothing') IS NOT NULL", false),
        ("EXISTS (SELECT 1 FROM pg_indexes WHERE schemaname = 's' AND indexname = 'i')", true),
        ("current_setting('server_version_num')::int >= 150000", true),
        ("EXISTS (SELECT 1 FROM s.t WHERE a > 1)", false),
    ] {
        let found = tables(&format!(
            "{base} DO $$ BEGIN IF {guard} THEN CREATE TABLE yes (a int); ELSE CREATE TABLE no (a int); END IF; END $$"
        ));
        assert_eq!(found.contains(&"yes".to_owned()), holds, "{guard}");
        assert_eq!(found.contains(&"no".to_owned()), !holds, "{guard}");
    }
}

#[test]
fn do_blocks_swallow_errors_loop_and_execute() {
    assert_eq!(
        tables(
            "DO $$ BEGIN CREATE TABLE a (x int); CREATE TABLE a (x int); EXCEPTION WHEN undefined_table OR duplicate_table THEN CREATE TABLE b (x int); END $$;
             DO LANGUAGE plpgsql $body$
             DECLARE n text := 'c'; r text;
             BEGIN
               EXECUTE format('CREATE TABLE %I (x int)', n);
               FOREACH r IN ARRAY ARRAY['d', 'e'] LOOP EXECUTE 'CREATE TABLE ' || quote_ident(r) || ' (x int)'; END LOOP;
               FOR i IN 1..2 LOOP EXECUTE format('CREATE TABLE f%s (x int)', i); END LOOP;
               IF n = 'z' THEN CREATE TABLE z (x int); ELSIF n = 'c' THEN RAISE NOTICE 'ok'; END IF;
             END $body$;
             CREATE FUNCTION make(n text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE format(''CREATE TABLE %I (x int)'', n); END';
             SELECT make('g'); DO 'BEGIN PERFORM make(''h''); END'"
        ),
        ["b", "c", "d", "e", "f1", "f2", "g", "h"]
    );
}

#[test]
fn what_only_the_run_tells_is_said() {
    let codes = |sql: &str| -> Vec<(&str, u32)> {
        read_on(15, sql).diagnostics.iter().map(|d| (d.code, d.span.line)).collect()
    };
    assert_eq!(
        codes("DO $$ BEGIN\n IF random() > 0.5 THEN CREATE TABLE a (x int); END IF; END $$"),
        [("S105", 2)]
    );
    assert_eq!(codes("DO $$ BEGIN\n\n EXECUTE 'CREATE TABLE t' || now(); END $$"), [("S105", 3)]);
    assert_eq!(
        codes("DO $$ BEGIN\n CREATE TABLE a (x int);\n CREATE TABLE a (x int); END $$"),
        [("S103", 3)]
    );
    assert!(codes("DO $$ BEGIN IF random() > 0.5 THEN RAISE NOTICE 'x'; UPDATE t SET a = 1; END IF; EXECUTE 'ANALYZE ' || now(); END $$").is_empty());
    // A table that rows were put into is not known to be empty.
    let filled = "CREATE TABLE t (a int); INSERT INTO t VALUES (1); DO $$ BEGIN IF EXISTS (SELECT FROM t) THEN DROP TABLE t; END IF; END $$";
    assert_eq!(codes(filled), [("S105", 1)]);
}

/// The privileges of an object, beyond those that it was made with.
fn granted(catalog: &trueup_catalog::Catalog, key: &str) -> Vec<String> {
    let (key, entry) = catalog.iter().find(|(k, _)| k.to_string() == key).unwrap();
    let usual = trueup_catalog::builtin_privileges(key, 15);
    let list = entry.privileges.clone().unwrap_or_default();
    list.iter().filter(|p| !usual.contains(p)).map(ToString::to_string).collect()
}

#[test]
fn grants_and_revokes_are_applied_in_their_order() {
    let catalog = read(
        "CREATE TABLE t (a int, b int); GRANT SELECT, UPDATE (a) ON t TO bob WITH GRANT OPTION; GRANT SELECT ON t TO PUBLIC;
         REVOKE GRANT OPTION FOR SELECT ON t FROM bob; ALTER TABLE t RENAME a TO c; REVOKE SELECT ON t FROM PUBLIC;
         CREATE TABLE u (a int); GRANT UPDATE (a) ON u TO bob; REVOKE UPDATE ON u FROM bob;
         CREATE TABLE gone (a int, b int); GRANT UPDATE (a) ON gone TO bob; ALTER TABLE gone DROP COLUMN a;",
    );
    assert_eq!(granted(&catalog, "public.t"), ["SELECT to bob", "UPDATE (c) to bob with grant option"]);
    assert_eq!(granted(&catalog, "public.u"), [""; 0]);
    assert_eq!(granted(&catalog, "public.gone"), [""; 0]);
    assert_eq!(catalog.gaps, []);
    let t = |sql: &str| states(&format!("CREATE TABLE t (a int); {sql}"));
    assert_eq!(t("GRANT EXECUTE ON t TO bob"), ["0LP01"]);
    assert_eq!(t("GRANT DELETE (a) ON t TO bob"), ["0LP01"]);
    assert_eq!(t("GRANT SELECT ON u TO bob"), ["42P01"]);
    let chain = "GRANT SELECT ON t TO a WITH GRANT OPTION; SET ROLE a; GRANT SELECT ON t TO b; RESET ROLE;";
    assert_eq!(t(&format!("{chain} REVOKE SELECT ON t FROM a")), ["2BP01"]);
    let catalog = read(&format!("CREATE TABLE t (a int); {chain} REVOKE SELECT ON t FROM a CASCADE"));
    assert_eq!(granted(&catalog, "public.t"), [""; 0]);
}

#[test]
fn default_privileges_are_given_to_what_is_made_after_them() {
    let catalog = read(
        "CREATE TABLE before (a int); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob;
         ALTER DEFAULT PRIVILEGES FOR ROLE other GRANT INSERT ON TABLES TO bob; CREATE TABLE after (a int);
         SET ROLE other; CREATE TABLE theirs (a int); RESET ROLE; ALTER TABLE after RENAME TO renamed;
         DROP TABLE before; CREATE VIEW v AS SELECT 1 AS a; BEGIN; ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO bob; ROLLBACK;
         CREATE TABLE last (a int)",
    );
    assert_eq!(granted(&catalog, "public.renamed"), ["SELECT to bob"]);
    assert_eq!(granted(&catalog, "public.theirs"), ["INSERT to bob"]);
    assert_eq!(granted(&catalog, "public.v"), ["SELECT to bob"]);
    assert_eq!(granted(&catalog, "public.last"), ["SELECT to bob"]);
    let owner =
        |key: &str| catalog.iter().find(|(k, _)| k.to_string() == key).and_then(|(_, e)| e.owner.clone());
    assert_eq!(owner("public.theirs"), Some(Name::new("other")));
    assert_eq!(owner("public.last"), None);
    // Whose the first were is not told.
    let gaps: Vec<_> = catalog.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
    assert_eq!(gaps, [("default privileges", "ON TABLES")]);
    let kept: Vec<_> = catalog.of_kind(ObjectKind::DefaultPrivileges).map(|(k, _)| k.to_string()).collect();
    assert_eq!(kept, ["FOR ROLE other ON TABLES"]);
}

#[test]
fn security_labels_stay_with_their_objects() {
    let catalog = read(
        "CREATE TABLE t (a int); CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'select 1'; CREATE VIEW v AS SELECT 1 AS one;
         SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED'; SECURITY LABEL FOR 'my mac' ON TABLE t IS 'secret';
         SECURITY LABEL FOR anon ON FUNCTION f(int) IS 'TRUSTED'; SECURITY LABEL FOR gone ON TABLE t IS 'x';
         SECURITY LABEL FOR gone ON TABLE t IS NULL; ALTER TABLE t RENAME a TO b; SECURITY LABEL FOR anon ON ROLE bob IS 'MASKED';
         SECURITY LABEL ON TABLE t IS 'whose'; SECURITY LABEL FOR anon ON COLUMN v.one IS 'x'",
    );
    let labels: Vec<String> = catalog
        .iter()
        .flat_map(|(k, e)| {
            e.security_labels.iter().map(move |(provider, label)| format!("{k} {provider}: {label}"))
        })
        .collect();
    assert_eq!(
        labels,
        ["public.t my mac: secret", "public.t.b anon: MASKED", "public.f(integer) anon: TRUSTED"]
    );
    let gaps: Vec<_> = catalog.gaps.iter().map(|g| (g.what.as_str(), g.object.as_str())).collect();
    assert_eq!(gaps, [("security label", "public.t"), ("security label", "public.v.one")]);
    assert_eq!(states("SECURITY LABEL FOR anon ON TABLE t IS 'x'"), ["42P01"]);
}
