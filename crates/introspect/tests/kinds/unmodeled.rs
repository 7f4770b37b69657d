//! Kinds that are read by a query of their own and compared elsewhere, and what the model has no kind for.

use super::*;

#[test]
fn every_kind_is_read_under_its_name() {
    on_every_version(
        |_| {
            "CREATE TABLE t (a int, b int);
             CREATE STATISTICS stats ON a, b FROM t;
             CREATE RULE rewritten AS ON DELETE TO t DO INSTEAD NOTHING;
             CREATE COLLATION plain FROM \"C\";
             CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT $1 = $2';
             CREATE OPERATOR === (leftarg = int, rightarg = int, function = same);
             CREATE TYPE pair AS (a int);
             CREATE FUNCTION to_pair(int) RETURNS pair LANGUAGE sql AS 'SELECT ROW($1)::pair';
             CREATE CAST (int AS pair) WITH FUNCTION to_pair(int) AS ASSIGNMENT;
             CREATE TEXT SEARCH CONFIGURATION search (COPY = simple);
             CREATE FOREIGN DATA WRAPPER wrapper;
             CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
             CREATE USER MAPPING FOR PUBLIC SERVER remote;
             CREATE FOREIGN TABLE away (a int) SERVER remote;
             CREATE PUBLICATION pub FOR TABLE t;
             CREATE SUBSCRIPTION sub CONNECTION 'host=none' PUBLICATION p WITH (connect = false);
             CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
             CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION ddl();
             CREATE TYPE shell;
             CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
             CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
             CREATE TABLE other (a int) USING heap2;"
                .to_owned()
        },
        |catalog, _| {
            let found: std::collections::BTreeSet<String> =
                catalog.iter().map(|(key, _)| format!("{} {key}", key.kind)).collect();
            for wanted in [
                "statistics public.stats",
                "rule public.t.rewritten",
                "collation public.plain",
                "operator public.=== (integer, integer)",
                "cast (integer AS public.pair)",
                "text search configuration public.search",
                "foreign-data wrapper wrapper",
                "server remote",
                "user mapping FOR PUBLIC SERVER remote",
                "table public.away",
                "publication pub",
                "subscription sub",
                "event trigger watch",
                "base type public.shell",
                "conversion public.conv",
                "access method heap2",
            ] {
                assert!(found.contains(wanted), "{wanted}: {found:?}");
            }
            assert_eq!(catalog.table(&q("public.away")).unwrap().foreign.as_ref().unwrap().server, "remote");
            let everything = serde_json::to_string(catalog).unwrap();
            assert!(!everything.contains("host=none"), "the connection of a subscription was read");
            assert!(catalog.gaps.iter().all(|gap| gap.reason == GapReason::Unmodeled));
            assert_eq!(catalog.table(&q("public.other")).unwrap().access_method, Some(name("heap2")));
        },
    );
}
