//! What people are told to run for kinds that adding can't change, and indexes that are wanted on some partitions only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_testkit::{Error, for_each_version};

/// What is wanted, what is there, the statement that people are told, and since when PostgreSQL has it.
const CASES: &[(&str, &str, &str, u16)] = &[
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s VERSION '2' FOREIGN DATA WRAPPER w OPTIONS (a 'it''s', b 'y')",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s VERSION '1' FOREIGN DATA WRAPPER w OPTIONS (b 'x', c 'z')",
        "ALTER SERVER s VERSION '2' OPTIONS (ADD a 'it''s', SET b 'y', DROP c)",
        13,
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s TYPE 'x' FOREIGN DATA WRAPPER w",
        "DROP SERVER s;\nCREATE SERVER s FOREIGN DATA WRAPPER w",
        13,
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w VALIDATOR postgresql_fdw_validator",
        "CREATE FOREIGN DATA WRAPPER w",
        "ALTER FOREIGN DATA WRAPPER w VALIDATOR pg_catalog.postgresql_fdw_validator",
        13,
    ),
    (
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN DATA WRAPPER w VALIDATOR postgresql_fdw_validator",
        "ALTER FOREIGN DATA WRAPPER w NO VALIDATOR",
        13,
    ),
    (
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, Language = english)",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, Language = english, StopWords = english)",
        "ALTER TEXT SEARCH DICTIONARY public.d (stopwords)",
        13,
    ),
    (
        "CREATE TEXT SEARCH CONFIGURATION c (PARSER = default); ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH simple;
         ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR asciiword WITH english_stem",
        "CREATE TEXT SEARCH CONFIGURATION c (PARSER = default); ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH english_stem;
         ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR email WITH simple",
        "ALTER TEXT SEARCH CONFIGURATION public.c ALTER MAPPING FOR word WITH",
        13,
    ),
    (
        "CREATE FUNCTION f(int, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = text, JOIN = eqjoinsel)",
        "CREATE FUNCTION f(int, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = text, RESTRICT = eqsel)",
        "SET (RESTRICT = NONE, JOIN = pg_catalog.eqjoinsel)",
        13,
    ),
    (
        "CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===, HASHES, MERGES)",
        "CREATE FUNCTION f(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR === (FUNCTION = f, LEFTARG = int, RIGHTARG = int)",
        "SET (COMMUTATOR = OPERATOR(public.===), HASHES, MERGES)",
        17,
    ),
    (
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5')",
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
        "CREATE OR REPLACE AGGREGATE",
        13,
    ),
    (
        "CREATE COLLATION c (provider = icu, locale = 'de')",
        "CREATE COLLATION c (provider = icu, locale = 'fr')",
        "DROP COLLATION public.c;\nCREATE COLLATION",
        13,
    ),
    (
        "CREATE TYPE pair AS (a int); CREATE CAST (pair AS text) WITH INOUT AS ASSIGNMENT",
        "CREATE TYPE pair AS (a int); CREATE CAST (pair AS text) WITH INOUT",
        "DROP CAST (public.pair AS text);\nCREATE CAST",
        13,
    ),
    (
        "CREATE TYPE own; CREATE FUNCTION own_in(cstring) RETURNS own LANGUAGE internal STRICT IMMUTABLE AS 'textin';
         CREATE FUNCTION own_out(own) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
         CREATE FUNCTION own_send(own) RETURNS bytea LANGUAGE internal STRICT IMMUTABLE AS 'textsend';
         CREATE TYPE own (INPUT = own_in, OUTPUT = own_out, SEND = own_send, STORAGE = extended)",
        "CREATE TYPE own; CREATE FUNCTION own_in(cstring) RETURNS own LANGUAGE internal STRICT IMMUTABLE AS 'textin';
         CREATE FUNCTION own_out(own) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'textout';
         CREATE FUNCTION own_send(own) RETURNS bytea LANGUAGE internal STRICT IMMUTABLE AS 'textsend';
         CREATE TYPE own (INPUT = own_in, OUTPUT = own_out, STORAGE = main)",
        "ALTER TYPE public.own SET (SEND = public.own_send, STORAGE = extended)",
        13,
    ),
    (
        "CREATE SUBSCRIPTION x CONNECTION 'dbname=nowhere' PUBLICATION a, b WITH (connect = false, slot_name = NONE)",
        "CREATE SUBSCRIPTION x CONNECTION 'dbname=nowhere' PUBLICATION a WITH (connect = false, slot_name = NONE)",
        "ALTER SUBSCRIPTION x SET PUBLICATION a, b",
        13,
    ),
];

#[test]
fn what_people_are_told_makes_it_as_it_is_wanted() {
    for_each_version(|server| {
        for (wanted_sql, there_sql, told, since) in CASES {
            if server.major() < *since {
                continue;
            }
            let (wanted, live) = (server.database()?, server.database()?);
            wanted.run(wanted_sql)?;
            live.run(there_sql)?;
            let desired = support::read(&wanted);
            let (_, plan) = support::plan(&desired, &support::read(&live), &["*"]);
            assert!(plan.steps.is_empty(), "{wanted_sql}: {:#?}", plan.steps);
            let suggestions: Vec<&str> = plan.left.iter().filter_map(|l| l.suggestion.as_deref()).collect();
            let all = suggestions.join("\n");
            assert!(all.contains(told), "PostgreSQL {}: {told}\nis not in\n{all}", server.major());
            live.run(&all).map_err(|e| Error::message(format!("{e}\n{all}")))?;
            let (_, rest) = support::plan(&desired, &support::read(&live), &["*"]);
            assert!(
                rest.left.is_empty() && rest.steps.is_empty(),
                "PostgreSQL {} {told}: {rest:#?}",
                server.major()
            );
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

#[test]
fn an_index_on_some_partitions_stays_on_these() {
    for_each_version(|server| {
        let tables = "CREATE TABLE t (k int, v int) PARTITION BY LIST (k);
            CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2) PARTITION BY LIST (v);
            CREATE TABLE t2a PARTITION OF t2 FOR VALUES IN (1); CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3);";
        let indexes = "CREATE INDEX i ON ONLY t (v); CREATE INDEX i1 ON t1 (v); ALTER INDEX i ATTACH PARTITION i1;
            CREATE INDEX i2 ON ONLY t2 (v); CREATE INDEX alone ON ONLY t (k);";
        let wanted = server.database()?;
        wanted.run(tables)?;
        wanted.run(indexes)?;
        let desired = support::read(&wanted);
        for there in ["SELECT 1", tables] {
            let live = server.database()?;
            live.run(there)?;
            let (_, plan) = support::plan(&desired, &support::read(&live), &[]);
            live.run(&plan.to_sql())?;
            assert_eq!(
                wanted.fingerprint()?.changes(&live.fingerprint()?),
                Vec::<String>::new(),
                "PostgreSQL {}\n{}",
                server.major(),
                plan.to_sql()
            );
            live.run(&plan.to_sql())?;
            let (_, again) = support::plan(&desired, &support::read(&live), &[]);
            assert!(again.steps.is_empty() && again.left.is_empty(), "{again:#?}");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}
