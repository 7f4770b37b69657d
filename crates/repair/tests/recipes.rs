//! Identity on a column that is there; and what people are told to run where no step may: it runs, and closes the drift.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_repair::Plan;
use trueup_testkit::{Error, Server, TestDatabase, for_each_version};

fn planned(server: &Server, desired: &str, live: &TestDatabase<'_>) -> Result<Plan, Error> {
    let wanted = server.database()?;
    wanted.run(desired)?;
    Ok(support::plan(&support::read(&wanted), &support::read(live), &[]).1)
}

fn reasons(plan: &Plan) -> Vec<&str> {
    plan.left.iter().map(|left| left.reason.as_str()).collect()
}

/// Runs what is suggested as psql would, then the plans that are made afterwards, until nothing is left.
fn closes(server: &Server, desired: &str, live: &TestDatabase<'_>) -> Result<(), Error> {
    for _ in 0..3 {
        let plan = planned(server, desired, live)?;
        live.run(&plan.to_sql())?;
        let suggestions = plan.left.iter().filter_map(|left| left.suggestion.as_deref());
        // What only live has is not to be dropped here.
        for suggestion in suggestions.filter(|s| !s.starts_with("DROP ")) {
            live.run(suggestion).map_err(|e| Error::message(format!("{e}\n{suggestion}")))?;
        }
    }
    let plan = planned(server, desired, live)?;
    assert_eq!(reasons(&plan), Vec::<&str>::new(), "PostgreSQL {}", server.major());
    assert!(plan.steps.is_empty(), "{:#?}", plan.steps);
    Ok(())
}

#[test]
fn identity_goes_on_behind_what_is_there() {
    for_each_version(|server| {
        for (way, options, rows, next) in [
            ("BY DEFAULT", "", "SELECT generate_series(1, 500)", "501"),
            ("ALWAYS", "(START WITH 1000)", "SELECT generate_series(1, 500)", "1000"),
            ("ALWAYS", "(INCREMENT BY -1)", "SELECT generate_series(-500, -1)", "-501"),
            ("BY DEFAULT", "(SEQUENCE NAME public.numbers)", "SELECT 1 WHERE false", "1"),
            ("BY DEFAULT", "(INCREMENT BY 10)", "SELECT 2147483600", "2147483610"),
        ] {
            let live = server.database()?;
            live.run(&format!(
                "CREATE TABLE public.\"T's\" (\"found\" int PRIMARY KEY, v int); INSERT INTO public.\"T's\" {rows}"
            ))?;
            let desired =
                format!("CREATE TABLE public.\"T's\" (\"found\" int GENERATED {way} AS IDENTITY {options} PRIMARY KEY, v int)");
            let plan = planned(server, &desired, &live)?;
            assert_eq!(reasons(&plan), Vec::<&str>::new(), "PostgreSQL {} {way} {options}", server.major());
            live.run(&plan.to_sql())?;
            live.run(&plan.to_sql())?;
            let given = live.query_texts("INSERT INTO public.\"T's\" (v) VALUES (1) RETURNING \"found\"::text")?;
            assert_eq!(given, [Some(next.to_owned())], "PostgreSQL {} {way} {options}", server.major());
            let again = planned(server, &desired, &live)?;
            assert!(again.steps.is_empty() && again.left.is_empty(), "{again:#?}");
        }
        // A snapshot that is older than the lock would not see the last rows.
        let live = server.database()?;
        live.run("CREATE TABLE public.t (id int PRIMARY KEY)")?;
        let plan = planned(server, "CREATE TABLE public.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)", &live)?;
        let strict = "SET default_transaction_isolation = 'repeatable read';";
        let error = live.run(&format!("{strict}\n{}", plan.to_sql())).unwrap_err().to_string();
        assert!(error.contains("25001"), "{error}");
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn identity_waits_for_not_null() {
    for_each_version(|server| {
        let live = server.database()?;
        live.run("CREATE TABLE public.t (id int, v int); CREATE INDEX i ON public.t (id, v); INSERT INTO public.t SELECT g FROM generate_series(1, 9) g")?;
        let desired = "CREATE TABLE public.t (id int GENERATED ALWAYS AS IDENTITY, v int); CREATE INDEX i ON public.t (id, v)";
        let plan = planned(server, desired, &live)?;
        assert_eq!(reasons(&plan), Vec::<&str>::new(), "PostgreSQL {}", server.major());
        live.run(&plan.to_sql())?;
        assert!(planned(server, desired, &live)?.steps.is_empty());
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn what_people_are_told_closes_it() {
    for_each_version(|server| {
        let rows = "INSERT INTO public.t SELECT g, 'x' FROM generate_series(1, 2500) g; ANALYZE public.t";
        for (live_sql, desired, reason) in [
            // No key of one column: by place.
            (
                format!("CREATE TABLE public.t (a int, b text); {rows}"),
                "CREATE TABLE public.t (a int, b text, id bigint GENERATED ALWAYS AS IDENTITY)",
                "rows that are there must be numbered first",
            ),
            (
                format!("CREATE TABLE public.t (a int PRIMARY KEY, b text); {rows}"),
                "CREATE TABLE public.t (a int PRIMARY KEY, b text, id bigint GENERATED BY DEFAULT AS IDENTITY (START WITH 100))",
                "rows that are there must be numbered first",
            ),
            (
                format!("CREATE TABLE public.t (a int PRIMARY KEY, b text); {rows}"),
                "CREATE TABLE public.t (a int PRIMARY KEY, b text, u uuid NOT NULL DEFAULT gen_random_uuid())",
                "NOT NULL must wait",
            ),
            (
                format!("CREATE TABLE public.t (a serial PRIMARY KEY, b text); {rows}"),
                "CREATE TABLE public.t (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b text)",
                "has a default, which must go first",
            ),
            (
                format!("CREATE TABLE public.t (a int NOT NULL, b text); {rows}"),
                "CREATE TABLE public.t (a int GENERATED ALWAYS AS IDENTITY, b text)",
                "without an index that begins with it",
            ),
            (
                format!("CREATE TABLE public.t (a int PRIMARY KEY, b text); {rows}"),
                "CREATE TABLE public.t (a int PRIMARY KEY, b text, c int GENERATED ALWAYS AS (a * 2) STORED)",
                "rewrites the table",
            ),
            (
                "CREATE TABLE public.p (k int, v text) PARTITION BY RANGE (k); CREATE TABLE public.d PARTITION OF public.p DEFAULT;
                 INSERT INTO public.p VALUES (1, 'a'), (NULL, 'b')".to_owned(),
                "CREATE TABLE public.p (k int, v text) PARTITION BY RANGE (k); CREATE TABLE public.d PARTITION OF public.p DEFAULT;
                 CREATE TABLE public.p10 PARTITION OF public.p FOR VALUES FROM (10) TO (MAXVALUE)",
                "attaching it scans the default partition",
            ),
            (
                "CREATE TABLE public.p (k text, v text) PARTITION BY LIST (k); CREATE TABLE public.d PARTITION OF public.p DEFAULT;
                 INSERT INTO public.p VALUES ('c', 'a'), (NULL, 'b')".to_owned(),
                "CREATE TABLE public.p (k text, v text) PARTITION BY LIST (k); CREATE TABLE public.d PARTITION OF public.p DEFAULT;
                 CREATE TABLE public.pa PARTITION OF public.p FOR VALUES IN ('a', 'b')",
                "attaching it scans the default partition",
            ),
        ] {
            let live = server.database()?;
            live.run(&live_sql)?;
            let plan = planned(server, desired, &live)?;
            assert!(reasons(&plan).iter().any(|r| r.contains(reason)), "{desired}: {:?}", reasons(&plan));
            closes(server, desired, &live)?;
            if desired.contains("IDENTITY") {
                // Whatever was numbered on the way, the next number is free, and behind all.
                let column = if desired.contains("id bigint") { "id" } else { "a" };
                let name = if column == "id" { "a" } else { "b" };
                let value = if name == "a" { "9999" } else { "'x'" };
                let next = format!("INSERT INTO public.t ({name}) VALUES ({value}) RETURNING ({column} = (SELECT max({column}) + 1 FROM public.t))::text");
                assert_eq!(live.query_texts(&next)?, [Some("true".to_owned())], "{desired}");
                let twice = format!("SELECT (count(*) = count(DISTINCT {column}))::text FROM public.t");
                assert_eq!(live.query_texts(&twice)?, [Some("true".to_owned())], "{desired}");
            }
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

/// The check of the recipe is the proof that PostgreSQL looks for: it says so instead of reading the default partition.
#[test]
fn the_default_partition_is_not_read() {
    for_each_version(|server| {
        for (key, strategy, bound) in [
            ("int", "RANGE", "FROM (10) TO (20)"),
            ("date", "RANGE", "FROM ('2024-01-01') TO ('2025-01-01')"),
            ("timestamptz", "RANGE", "FROM (MINVALUE) TO ('2025-01-01 00:00:00+00')"),
            ("text", "LIST", "IN ('a', 'b')"),
            ("text", "LIST", "IN ('a')"),
            ("int", "LIST", "IN (1, 2)"),
        ] {
            let there = format!(
                "CREATE TABLE public.p (k {key}) PARTITION BY {strategy} (k); CREATE TABLE public.d PARTITION OF public.p DEFAULT;"
            );
            let live = server.database()?;
            live.run(&there)?;
            let desired = format!("{there} CREATE TABLE public.q PARTITION OF public.p FOR VALUES {bound}");
            let plan = planned(server, &desired, &live)?;
            let suggestion = plan.left.iter().find_map(|left| left.suggestion.clone()).unwrap();
            // Read through once, by VALIDATE, and not by what comes after it.
            let (before, after) = suggestion.split_once("VALIDATE CONSTRAINT q_elsewhere;").unwrap();
            live.run(&format!("{before}VALIDATE CONSTRAINT q_elsewhere;"))?;
            let (rest, _) = after.split_once("ALTER TABLE public.d DROP CONSTRAINT").unwrap();
            let scans = "SELECT pg_catalog.pg_stat_get_xact_numscans('public.d'::regclass)";
            let read = |there: &TestDatabase<'_>| there.run(&format!(
                "BEGIN;\n{rest}\nDO $$ BEGIN IF ({scans}) > 0 THEN RAISE EXCEPTION 'the default partition was read'; END IF; END $$;\nCOMMIT;"
            ));
            read(&live)
            .map_err(|e| Error::message(format!("PostgreSQL {} {key} {bound}: {e}", server.major())))?;
            // Without the check it is read.
            let bare = server.database()?;
            bare.run(&there)?;
            let error = read(&bare).unwrap_err().to_string();
            assert!(error.contains("the default partition was read"), "{error}");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}
