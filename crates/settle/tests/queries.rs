//! Pairs of queries and what settling makes of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use trueup_catalog::{Catalog, Name, Query, SearchPath};
use trueup_settle::{Settler, Verdict, World};

const SCHEMA: &str = "
CREATE TABLE users (id integer PRIMARY KEY, email varchar(255), name text, active boolean, tags text[]);
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer, status varchar(20), total numeric(10,2));
CREATE TABLE wide (id bigint, name varchar(10));
CREATE VIEW grown AS SELECT id, upper(name) AS loud FROM users;
";

/// Both are the same, though written unlike.
const SAME: &[(&str, &str)] = &[
    (
        "SELECT * FROM users",
        "SELECT users.id, users.email, users.name, users.active, users.tags FROM public.users",
    ),
    (
        "SELECT u.* FROM users u WHERE active",
        "SELECT id, email, name, active, tags FROM users x WHERE x.active",
    ),
    ("SELECT id FROM users ORDER BY 1 DESC", "SELECT u.id FROM users u ORDER BY u.id DESC NULLS FIRST"),
    (
        "SELECT name AS n, count(*) FROM users GROUP BY n",
        "SELECT name AS n, count(*) AS count FROM users GROUP BY name",
    ),
    (
        "SELECT status, sum(total) FROM orders GROUP BY 1",
        "SELECT status, sum(total) AS sum FROM orders GROUP BY orders.status",
    ),
    (
        "SELECT id, total FROM users JOIN orders USING (id)",
        "SELECT users.id, orders.total FROM users JOIN orders USING (id)",
    ),
    (
        "SELECT * FROM users NATURAL JOIN (SELECT id, total FROM orders) o",
        "SELECT users.id, email, name, active, tags, o.total FROM users JOIN (SELECT orders.id, orders.total FROM orders) o USING (id)",
    ),
    (
        "SELECT id FROM users FULL JOIN orders USING (id)",
        "SELECT COALESCE(u.id, o.id) AS id FROM users u FULL JOIN orders o USING (id)",
    ),
    (
        "WITH a AS (SELECT id AS x FROM users) SELECT x FROM a",
        "WITH b(x) AS (SELECT users.id FROM users) SELECT b.x FROM b",
    ),
    (
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT (r_1.n + 1) FROM r r_1 WHERE (r_1.n < 5)) SELECT r.n FROM r",
    ),
    ("SELECT 'a' AS x", "SELECT 'a'::text AS x"),
    (
        "SELECT 'a' AS x UNION SELECT status FROM orders",
        "SELECT 'a'::character varying AS x UNION SELECT orders.status FROM orders",
    ),
    ("VALUES (1, 'a'), (2, 'b')", "VALUES (1, 'a'::text), (2, 'b'::text)"),
    ("SELECT v.a FROM (VALUES (1), (2)) v(a)", "SELECT w.x AS a FROM (VALUES (1), (2)) w(x)"),
    (
        "SELECT t, n FROM users, unnest(tags) WITH ORDINALITY AS x(t, n)",
        "SELECT x.t, x.n FROM users, LATERAL unnest(users.tags) WITH ORDINALITY x(t, n)",
    ),
    (
        "SELECT key FROM jsonb_each('{}')",
        "SELECT jsonb_each.key FROM jsonb_each('{}'::jsonb) jsonb_each(key, value)",
    ),
    ("SELECT id FROM users LIMIT 5", "SELECT id FROM users FETCH FIRST 5 ROWS ONLY"),
    ("SELECT id FROM users FOR UPDATE", "SELECT users.id FROM users FOR UPDATE OF users"),
    (
        "SELECT sum(total) OVER w FROM orders WINDOW w AS (PARTITION BY status)",
        "SELECT sum(total) OVER (PARTITION BY status) AS sum FROM orders",
    ),
    (
        "SELECT status FROM orders GROUP BY ROLLUP (status)",
        "SELECT status FROM orders GROUP BY ROLLUP(orders.status)",
    ),
    (
        "SELECT id FROM users u WHERE EXISTS (SELECT * FROM orders WHERE user_id = u.id)",
        "SELECT id FROM users WHERE (EXISTS (SELECT orders.id, orders.user_id, orders.status, orders.total FROM orders WHERE (orders.user_id = users.id)))",
    ),
    ("SELECT * FROM grown", "SELECT grown.id, grown.loud FROM grown"),
    ("TABLE orders", "SELECT * FROM orders"),
    ("(SELECT id FROM users) ORDER BY id", "SELECT id FROM users ORDER BY id"),
    (
        "SELECT a.x FROM (users JOIN orders USING (id)) AS a(x)",
        "SELECT users.id AS x FROM users JOIN orders USING (id)",
    ),
];

/// PostgreSQL keeps them apart.
const DIFFERENT: &[(&str, &str)] = &[
    ("SELECT id FROM users", "SELECT id AS key FROM users"),
    ("SELECT id FROM users", "SELECT id FROM ONLY users"),
    ("SELECT id FROM users", "SELECT id FROM orders"),
    ("SELECT id FROM users", "SELECT DISTINCT id FROM users"),
    ("SELECT DISTINCT id FROM users", "SELECT DISTINCT ON (id) id FROM users"),
    ("SELECT id FROM users ORDER BY id", "SELECT id FROM users ORDER BY id DESC"),
    ("SELECT id FROM users LIMIT 5", "SELECT id FROM users OFFSET 5"),
    (
        "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.total > 1",
        "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.total > 1",
    ),
    ("SELECT u.id FROM users u JOIN orders o ON true", "SELECT u.id FROM users u LEFT JOIN orders o ON true"),
    (
        "SELECT id FROM users UNION SELECT id FROM orders",
        "SELECT id FROM users UNION ALL SELECT id FROM orders",
    ),
    (
        "SELECT id FROM users UNION (SELECT id FROM orders EXCEPT SELECT id FROM users)",
        "SELECT id FROM users UNION SELECT id FROM orders EXCEPT SELECT id FROM users",
    ),
    ("SELECT a.id FROM users a, users b", "SELECT b.id FROM users a, users b"),
    (
        "SELECT id, (SELECT max(total) FROM orders WHERE user_id = id) FROM users",
        "SELECT id, (SELECT max(total) FROM orders WHERE user_id = users.id) FROM users",
    ),
    (
        "WITH x AS MATERIALIZED (SELECT id FROM users) SELECT id FROM x",
        "WITH x AS (SELECT id FROM users) SELECT id FROM x",
    ),
    ("SELECT id FROM users FOR UPDATE", "SELECT id FROM users FOR SHARE"),
    (
        "SELECT sum(total) OVER (ORDER BY id ROWS 2 PRECEDING EXCLUDE TIES) FROM orders",
        "SELECT sum(total) OVER (ORDER BY id ROWS 2 PRECEDING) FROM orders",
    ),
    (
        "SELECT status FROM orders GROUP BY ROLLUP (status)",
        "SELECT status FROM orders GROUP BY CUBE (status)",
    ),
    ("VALUES (1)", "VALUES (1), (2)"),
    ("SELECT id FROM users u CROSS JOIN wide w(x, y)", "SELECT x AS id FROM users u CROSS JOIN wide w(x, y)"),
];

fn catalog(major: u32) -> Catalog {
    let files = [trueup_parser::SourceFile { name: "schema.sql".into(), text: SCHEMA.into() }];
    let options = trueup_parser::Options { server_version: major * 10_000, ambient: None };
    let parsed = trueup_parser::parse(&files, &options);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    parsed.catalog
}

fn query(sql: &str) -> Query {
    let path: SearchPath = [Name::new("public")].into();
    Query { sql: Arc::from(sql), search_path: path }
}

#[test]
fn queries_settle_as_claimed() {
    let mut wrong = Vec::new();
    for major in [13, 18] {
        let catalog = catalog(major);
        let settler = Settler::new(World::new(&catalog, major, &[]), World::new(&catalog, major, &[]));
        for (claim, pairs) in [(Verdict::Same, SAME), (Verdict::Different, DIFFERENT)] {
            for (left, right) in pairs {
                for (a, b) in [(left, right), (right, left)] {
                    let verdict = settler.query((&query(a), &[]), (&query(b), &[]));
                    if verdict != claim {
                        wrong.push(format!("{major}: {a} | {b}: {verdict:?}, not {claim:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_known_leaves_it_open() {
    let catalog = catalog(15);
    let settler = Settler::new(World::new(&catalog, 15, &[]), World::new(&catalog, 15, &[]));
    let settle = |a: &str, b: &str| settler.query((&query(a), &[]), (&query(b), &[]));
    assert_eq!(settle("SELECT a FROM nowhere", "SELECT  a  FROM  nowhere"), Verdict::Same);
    assert!(matches!(settle("SELECT * FROM nowhere", "SELECT a FROM nowhere"), Verdict::CantTell(_)));
    assert!(matches!(settle("SELECT", "SELECT FROM WHERE"), Verdict::CantTell(_)));
}

#[test]
fn columns_at_the_end_are_a_gain() {
    let catalog = catalog(15);
    let settler = Settler::new(World::new(&catalog, 15, &[]), World::new(&catalog, 15, &[]));
    let gains = |a: &str, b: &str| settler.view_only_gains_columns((&query(a), &[]), (&query(b), &[]));
    assert_eq!(gains("SELECT id, name FROM users", "SELECT id FROM users"), Verdict::Same);
    assert_eq!(gains("SELECT id FROM users", "SELECT id FROM users u"), Verdict::Same);
    assert_eq!(gains("SELECT id FROM users", "SELECT id, name FROM users"), Verdict::Different);
    assert_eq!(gains("SELECT name, id FROM users", "SELECT id FROM users"), Verdict::Different);
    assert_eq!(gains("SELECT id, name FROM users WHERE active", "SELECT id FROM users"), Verdict::Different);
}
