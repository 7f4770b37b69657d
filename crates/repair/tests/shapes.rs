//! A name that is taken by the time a statement runs: what is there must be what was wanted, or the repair stops and says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_testkit::{Error, TestDatabase, for_each_version};

/// What is there on both sides, what is wanted besides, and what somebody else made under its name in the meantime.
struct Case {
    there: &'static str,
    wanted: &'static str,
    others: &'static [&'static str],
}

const fn case(there: &'static str, wanted: &'static str, others: &'static [&'static str]) -> Case {
    Case { there, wanted, others }
}

const MOOD: &str = "CREATE TYPE public.mood AS ENUM ('sad', 'happy')";

const CASES: &[Case] = &[
    case(
        MOOD,
        "CREATE TABLE t (\"It's\" numeric(10,2), m mood, ms mood[], c varchar(5)[] , d \"char\", i interval day to second(3))",
        &[
            "CREATE TABLE t (\"It's\" numeric(10,2), m mood, ms mood[], c varchar(5)[] , d \"char\")",
            "CREATE TABLE t (\"It's\" numeric(10,3), m mood, ms mood[], c varchar(5)[] , d \"char\", i interval day to second(3))",
            "CREATE TABLE t (m mood, \"It's\" numeric(10,2), ms mood[], c varchar(5)[] , d \"char\", i interval day to second(3))",
            "CREATE TABLE t (\"It's\" numeric(10,2), m text, ms mood[], c varchar(5)[] , d \"char\", i interval day to second(3))",
            "CREATE UNLOGGED TABLE t (\"It's\" numeric(10,2), m mood, ms mood[], c varchar(5)[] , d \"char\", i interval day to second(3))",
            "CREATE VIEW t AS SELECT NULL::numeric(10,2) AS \"It's\"",
            "CREATE SEQUENCE t",
        ],
    ),
    case("SELECT 1", "CREATE TABLE t ()", &["CREATE TABLE t (a int)"]),
    case(
        "CREATE TABLE base (a int)",
        "CREATE TABLE t (b int) INHERITS (base)",
        &["CREATE TABLE t (a int, c int)", "CREATE TABLE t () INHERITS (base)"],
    ),
    case("CREATE TYPE pair AS (a int, b int)", "CREATE TABLE t OF pair", &["CREATE TABLE t (a int, b int)"]),
    case(
        "SELECT 1",
        "CREATE TABLE t (a int) PARTITION BY LIST (a)",
        &["CREATE TABLE t (a int)", "CREATE TABLE t (b int) PARTITION BY LIST (b)"],
    ),
    case(
        "SELECT 1",
        "CREATE SEQUENCE s AS integer INCREMENT BY 5 CYCLE",
        &[
            "CREATE SEQUENCE s INCREMENT BY 5 CYCLE",
            "CREATE SEQUENCE s AS integer INCREMENT BY 50 CYCLE",
            "CREATE SEQUENCE s AS integer INCREMENT BY 5",
            "CREATE TABLE s ()",
        ],
    ),
    case(
        "CREATE TABLE t (a int, b text); CREATE TABLE u (a int, b text)",
        "CREATE INDEX i ON t (b, a) INCLUDE (b)",
        &[
            "CREATE INDEX i ON u (b, a) INCLUDE (b)",
            "CREATE INDEX i ON t (b, a, b)",
            "CREATE INDEX i ON t (a, b) INCLUDE (b)",
            "CREATE UNIQUE INDEX i ON t (b, a) INCLUDE (b)",
            "CREATE INDEX i ON t (b, a) INCLUDE (b) WHERE a > 0",
            "CREATE INDEX i ON t (lower(b), a) INCLUDE (b)",
            "CREATE TABLE i ()",
        ],
    ),
    case(
        "CREATE TABLE t (a int, b text)",
        "CREATE UNIQUE INDEX i ON t (lower(b)) WHERE a > 0",
        &["CREATE INDEX i ON t (lower(b)) WHERE a > 0", "CREATE UNIQUE INDEX i ON t (lower(b))"],
    ),
    case("CREATE TABLE t (a int)", "CREATE INDEX i ON t USING hash (a)", &["CREATE INDEX i ON t (a)"]),
    case(
        "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
        "CREATE INDEX i ON t (a)",
        &["CREATE INDEX i ON t1 (a)"],
    ),
    case(
        "SELECT 1",
        "CREATE TYPE e AS ENUM ('a, b', 'it''s')",
        &["CREATE TYPE e AS ENUM ('a', 'b, it''s')", "CREATE TYPE e AS ENUM ()", "CREATE TYPE e AS (a int)", "CREATE DOMAIN e AS text"],
    ),
    case("SELECT 1", "CREATE TYPE e AS ENUM ()", &["CREATE TYPE e AS ENUM ('a')"]),
    case(
        MOOD,
        "CREATE DOMAIN d AS mood",
        &["CREATE DOMAIN d AS text", "CREATE DOMAIN d AS mood NOT NULL", "CREATE TYPE d AS ENUM ('sad', 'happy')"],
    ),
    case("SELECT 1", "CREATE DOMAIN d AS varchar(5) NOT NULL", &["CREATE DOMAIN d AS varchar(6) NOT NULL"]),
    case(MOOD, "CREATE TYPE c AS (a int, m mood)", &["CREATE TYPE c AS (m mood, a int)", "CREATE TABLE c (a int, m mood)"]),
    case("SELECT 1", "CREATE TYPE r AS RANGE (SUBTYPE = text)", &["CREATE TYPE r AS RANGE (SUBTYPE = int8)", "CREATE DOMAIN r AS text"]),
    case(
        MOOD,
        "CREATE VIEW v AS SELECT 1 AS a, 'sad'::mood AS m",
        &["CREATE VIEW v AS SELECT 1 AS a", "CREATE VIEW v AS SELECT 1::int8 AS a, 'sad'::mood AS m", "CREATE TABLE v (a int, m mood)"],
    ),
    case("SELECT 1", "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a", &["CREATE TABLE v (a int)"]),
    case(
        "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY); CREATE TABLE t (a int, b int)",
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES r",
        &[
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (b) REFERENCES r",
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES q",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        ],
    ),
    case(
        "CREATE TABLE t (a int, b int)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        &["ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)"],
    ),
    case(
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL)",
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a, b)",
        &["ALTER TABLE t ADD CONSTRAINT c UNIQUE (b, a)", "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a, b)", "CREATE INDEX c ON t (a, b)"],
    ),
    case(
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        &["CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g()"],
    ),
    case(
        "CREATE TABLE t (a int)",
        "CREATE POLICY x ON t FOR SELECT USING (a > 0)",
        &["CREATE POLICY x ON t USING (a > 0)", "CREATE POLICY x ON t AS RESTRICTIVE FOR SELECT USING (a > 0)"],
    ),
    case(
        MOOD,
        "CREATE TABLE t (a int); ALTER TABLE t ADD m mood",
        &["CREATE TABLE t (a int, m text)"],
    ),
];

/// Empties the database: faster than another one.
fn fresh(database: &TestDatabase<'_>, there: &str) -> Result<(), Error> {
    database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")?;
    database.run(there)
}

#[test]
fn what_took_the_name_is_told() {
    for_each_version(|server| {
        let (wanted, live) = (server.database()?, server.database()?);
        for Case { there, wanted: make, others } in CASES {
            fresh(&wanted, there)?;
            let before = support::read(&wanted);
            wanted.run(make)?;
            let (comparison, plan) = support::plan(&support::read(&wanted), &before, &["*"]);
            assert!(plan.left.is_empty(), "{make}: {:?}", comparison.drift);
            for other in *others {
                fresh(&live, there)?;
                live.run(other)?;
                let Err(error) = live.run(&plan.to_sql()) else {
                    panic!("PostgreSQL {}: nothing was said of {other}\n{}", server.major(), plan.to_sql());
                };
                let error = error.to_string();
                assert!(
                    error.contains("is not what this repair would make"),
                    "{other}: {error}\n{}",
                    plan.to_sql()
                );
            }
            // The same, made by somebody else a moment before, is as good.
            fresh(&live, there)?;
            live.run(make)?;
            let before = live.fingerprint()?;
            live.run(&plan.to_sql()).map_err(|e| Error::message(format!("{make}: {e}")))?;
            assert_eq!(before.changes(&live.fingerprint()?), Vec::<String>::new(), "{make}");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}

/// A column of a type of people's own, with that type's schema on the search path and off it.
#[test]
fn a_column_of_an_own_type_is_recognised_on_any_path() {
    for_each_version(|server| {
        let there = format!("{MOOD}; CREATE TABLE t (a int)");
        let (wanted, live) = (server.database()?, server.database()?);
        wanted.run(&there)?;
        live.run(&there)?;
        wanted.run("ALTER TABLE t ADD m mood, ADD ms mood[], ADD n numeric(5,2)")?;
        let (_, plan) = support::plan(&support::read(&wanted), &support::read(&live), &[]);
        assert_eq!(plan.steps.len(), 3);
        for path in ["''", "public", "nowhere, public"] {
            for step in &plan.steps {
                live.run(&format!("SET search_path = {path}; {}", plan.script(step)))?;
            }
        }
        let other = server.database()?;
        other.run(&there)?;
        other.run("ALTER TABLE t ADD m text, ADD ms mood, ADD n numeric(5,3)")?;
        for step in &plan.steps {
            let error = other.run(&plan.script(step)).unwrap_err().to_string();
            assert!(error.contains("it has another type"), "{error}");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
}
