//! What a probe says of the rows is what PostgreSQL does when the constraint is added.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_repair::search_path_value;
use trueup_testkit::{Error, for_each_version};

/// Tables, rows, and what is added to them. Odd names throughout; each pair of rows is one that holds and one that does not.
struct Case {
    tables: &'static str,
    holds: &'static str,
    fails: &'static str,
    add: &'static str,
    since: u16,
}

const fn case(tables: &'static str, holds: &'static str, fails: &'static str, add: &'static str) -> Case {
    Case { tables, holds, fails, add, since: 13 }
}

const CASES: &[Case] = &[
    case(
        "CREATE TABLE public.found (\"found\" int, \"select\" text)",
        "INSERT INTO found VALUES (1, 'a'), (2, NULL), (3, NULL)",
        "INSERT INTO found VALUES (1, 'a'), (2, 'a')",
        "ALTER TABLE found ADD CONSTRAINT u UNIQUE (\"select\")",
    ),
    case(
        "CREATE SCHEMA \"odd 'schema\"; CREATE TABLE \"odd 'schema\".\"a \"\"table\" (\"rows\" int, q int, n int)",
        "INSERT INTO \"odd 'schema\".\"a \"\"table\" VALUES (1, 1), (1, 2), (NULL, 1), (NULL, 1)",
        "INSERT INTO \"odd 'schema\".\"a \"\"table\" VALUES (1, 1), (1, 1)",
        "ALTER TABLE \"odd 'schema\".\"a \"\"table\" ADD CONSTRAINT \"u'\" UNIQUE (\"rows\", q)",
    ),
    case(
        "CREATE TABLE t (id int NOT NULL, live boolean)",
        "INSERT INTO t VALUES (1, true), (1, false), (1, NULL)",
        "INSERT INTO t VALUES (1, true), (1, true)",
        "CREATE UNIQUE INDEX i ON t (id) WHERE live",
    ),
    case(
        "CREATE TABLE t (id int, email text)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, NULL)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'A')",
        "CREATE UNIQUE INDEX i ON t (lower(email))",
    ),
    Case {
        since: 15,
        ..case(
            "CREATE TABLE t (a int, b int)",
            "INSERT INTO t VALUES (NULL, 1), (NULL, 2)",
            "INSERT INTO t VALUES (NULL, 1), (NULL, 1)",
            "CREATE UNIQUE INDEX i ON t (a, b) NULLS NOT DISTINCT",
        )
    },
    // A value whose fields are all NULL is a value.
    case(
        "CREATE TYPE pair AS (a int, b int); CREATE TABLE t (id int PRIMARY KEY, p pair)",
        "INSERT INTO t VALUES (1, ROW(1, NULL)), (2, NULL), (3, NULL)",
        "INSERT INTO t VALUES (1, ROW(1, NULL)), (2, ROW(1, NULL))",
        "CREATE UNIQUE INDEX i ON t (p)",
    ),
    // A unique index holds for the table alone, a check for those that inherit as well.
    case(
        "CREATE TABLE t (id int); CREATE TABLE child () INHERITS (t)",
        "INSERT INTO t VALUES (1); INSERT INTO child VALUES (1), (1)",
        "INSERT INTO t VALUES (1), (1)",
        "CREATE UNIQUE INDEX i ON t (id)",
    ),
    case(
        "CREATE TABLE t (id int); CREATE TABLE child () INHERITS (t)",
        "INSERT INTO child VALUES (1), (NULL)",
        "INSERT INTO child VALUES (-1)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0)",
    ),
    case(
        "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE t (a text COLLATE nocase)",
        "INSERT INTO t VALUES ('a'), ('A')",
        "INSERT INTO t VALUES ('a'), ('a')",
        "CREATE UNIQUE INDEX i ON t (a COLLATE \"C\")",
    ),
    case(
        "CREATE TABLE t (\"t\" int, \"check\" int)",
        "INSERT INTO t VALUES (1, NULL), (1, 2)",
        "INSERT INTO t VALUES (1, 0)",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (\"check\" > t.t)",
    ),
    case(
        "CREATE TABLE t (id int PRIMARY KEY, \"found\" int)",
        "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO t VALUES (1, NULL)",
        "ALTER TABLE t ALTER \"found\" SET NOT NULL",
    ),
    case(
        "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int, r_id int)",
        "INSERT INTO r VALUES (1); INSERT INTO t VALUES (1, 1), (2, NULL)",
        "INSERT INTO r VALUES (1); INSERT INTO t VALUES (1, 2)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r_id) REFERENCES r",
    ),
    case(
        "CREATE TABLE r (a int, b int, UNIQUE (a, b)); CREATE TABLE t (x int, y int)",
        "INSERT INTO r VALUES (1, 1); INSERT INTO t VALUES (1, 1), (9, NULL), (NULL, NULL)",
        "INSERT INTO t VALUES (1, 1)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (x, y) REFERENCES r (a, b)",
    ),
    case(
        "CREATE TABLE r (a int, b int, UNIQUE (a, b)); CREATE TABLE t (x int, y int)",
        "INSERT INTO r VALUES (1, 1); INSERT INTO t VALUES (1, 1), (NULL, NULL)",
        "INSERT INTO r VALUES (1, 1); INSERT INTO t VALUES (1, NULL)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (x, y) REFERENCES r (a, b) MATCH FULL",
    ),
    case(
        "CREATE TABLE \"user\" (id int PRIMARY KEY, parent int)",
        "INSERT INTO \"user\" VALUES (1, NULL), (2, 1), (3, 3)",
        "INSERT INTO \"user\" VALUES (1, 2)",
        "ALTER TABLE \"user\" ADD CONSTRAINT f FOREIGN KEY (parent) REFERENCES \"user\"",
    ),
    // The referent's children are no referents.
    case(
        "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE child () INHERITS (r); CREATE TABLE t (r_id int)",
        "INSERT INTO r VALUES (1); INSERT INTO t VALUES (1)",
        "INSERT INTO child VALUES (1); INSERT INTO t VALUES (1)",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r_id) REFERENCES r",
    ),
    // The operator of a type that is no built-in one.
    case(
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE DOMAIN mail AS ext.citext;
         CREATE TABLE r (id ext.citext PRIMARY KEY); CREATE TABLE t (r_id mail)",
        "INSERT INTO r VALUES ('a'); INSERT INTO t VALUES ('A')",
        "INSERT INTO r VALUES ('a'); INSERT INTO t VALUES ('b')",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r_id) REFERENCES r",
    ),
    case(
        "CREATE TABLE p (id int, at int) PARTITION BY RANGE (at);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
        "INSERT INTO p VALUES (1, 1), (1, 11)",
        "INSERT INTO p VALUES (1, 1), (1, 1)",
        "ALTER TABLE p ADD CONSTRAINT u UNIQUE (id, at)",
    ),
    case(
        "CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE p (id int, at int) PARTITION BY LIST (at);
         CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF p DEFAULT",
        "INSERT INTO r VALUES (1); INSERT INTO p VALUES (1, 1), (1, 2), (NULL, 2)",
        "INSERT INTO p VALUES (1, 2)",
        "ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES r",
    ),
    case(
        "CREATE TABLE t (id int, a text)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'a')",
        "INSERT INTO t VALUES (1, 'a'), (1, 'b')",
        "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)",
    ),
];

#[test]
fn a_probe_says_what_postgresql_does() {
    for_each_version(|server| {
        let mut wrong = Vec::new();
        for case in CASES.iter().filter(|case| server.major() >= case.since) {
            let desired = server.database()?;
            desired.run(&format!("{}; {}", case.tables, case.add))?;
            let desired = support::read(&desired);
            for (rows, expected) in [(case.holds, true), (case.fails, false)] {
                let live = server.database()?;
                live.run(&format!("{}; {rows}", case.tables))?;
                let (_, plan) = support::plan(&desired, &support::read(&live), &["*"]);
                let steps = plan.steps.iter().filter_map(|step| step.probe.as_ref());
                let left = plan.left.iter().filter_map(|left| left.probe.as_ref());
                let mut said = Vec::new();
                for probe in steps.chain(left) {
                    let path = probe.search_path.as_ref().map_or_else(|| "''".to_owned(), search_path_value);
                    live.run(&format!("ALTER DATABASE {} SET search_path = {path}", live.name()))?;
                    let count = live
                        .query_texts(&probe.count(10))
                        .map_err(|error| Error::message(format!("{}: {error}", probe.query)))?;
                    live.run(&format!("ALTER DATABASE {} RESET search_path", live.name()))?;
                    said.push((count, probe.query.clone()));
                }
                let holds = live.run(case.add).is_ok();
                assert_eq!(holds, expected, "PostgreSQL {}: {} with {rows}", server.major(), case.add);
                let clear = said.iter().all(|(count, _)| *count == [Some("0".to_owned())]);
                if said.is_empty() || clear != holds {
                    wrong.push(format!("{} with {rows}: {said:#?}", case.add));
                }
            }
        }
        assert!(wrong.is_empty(), "PostgreSQL {}: {}", server.major(), wrong.join("\n"));
        Ok::<(), Error>(())
    })
    .unwrap();
}
