//! What a plan makes belongs to whom the schema says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use trueup_diff::{Disposition, Policy};
use trueup_testkit::{Server, TestDatabase, block_on, for_each_version};

/// Every kind that has an owner, of versions since 13; superusers make all of them.
const WANTED: &str = "
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad');
CREATE DOMAIN app.code AS text;
CREATE TYPE app.pair AS (a int, b int);
CREATE TYPE app.span AS RANGE (subtype = int4);
CREATE SEQUENCE app.numbers;
CREATE TABLE app.t (id serial PRIMARY KEY, m app.mood, g int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE app.parts (id int) PARTITION BY RANGE (id);
CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (1) TO (10);
CREATE VIEW app.v AS SELECT id FROM app.t;
CREATE MATERIALIZED VIEW app.mv AS SELECT id FROM app.t;
CREATE FUNCTION app.f(a app.mood, b int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.p() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (SFUNC = app.plus, STYPE = int);
CREATE AGGREGATE app.counted(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE OPERATOR app.@@@ (FUNCTION = app.plus, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR FAMILY app.fam USING btree;
CREATE COLLATION app.coll FROM \"C\";
CREATE CONVERSION app.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY app.dict (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION app.cfg (PARSER = default);
CREATE FOREIGN DATA WRAPPER app_fdw;
CREATE SERVER app_server FOREIGN DATA WRAPPER app_fdw;
CREATE FOREIGN TABLE app.far (a int) SERVER app_server;
CREATE STATISTICS app.st ON id, m FROM app.t;
CREATE FUNCTION app.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE PUBLICATION app_pub FOR TABLE app.t;
GRANT SELECT ON app.t TO PUBLIC;
";

fn owners(database: &TestDatabase<'_>) -> Vec<(String, String)> {
    let catalog = support::read(database);
    let list = catalog
        .iter()
        .filter_map(|(key, entry)| Some((format!("{} {key}", key.kind), entry.owner.as_ref()?.to_string())));
    list.collect()
}

/// Statements that give everything in `app` to a role.
fn given(role: &str) -> String {
    format!("REASSIGN OWNED BY postgres TO {role}")
}

/// A database with the wanted schema, all of it a role's: `REASSIGN OWNED` refuses what initdb made for the superuser, so a second
/// superuser makes it.
fn wanted<'s>(server: &'s Server, owner: &str) -> TestDatabase<'s> {
    let database = server.database().unwrap();
    let maker = server.login_role(None).unwrap();
    database
        .run(&format!("ALTER ROLE {maker} SUPERUSER; SET SESSION AUTHORIZATION {maker}; {WANTED} RESET SESSION AUTHORIZATION;
            ALTER FOREIGN DATA WRAPPER app_fdw OWNER TO postgres; {}", given(owner).replace("postgres", &maker)))
        .unwrap();
    database
}

#[test]
fn what_is_made_belongs_to_whom_the_schema_says() {
    for_each_version(|server| {
        let owner = server.login_role(None)?;
        let desired = wanted(server, &owner);
        let live = server.database()?;
        let (_, plan) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Stated);
        assert!(plan.left.is_empty(), "{:?}", plan.left);
        live.run(&plan.to_sql())?;
        let (want, have) = (owners(&desired), owners(&live));
        assert!(want.iter().filter(|(_, of)| *of == owner).count() > 25, "{want:?}");
        assert_eq!(want, have, "PostgreSQL {}", server.major());
        let (again, _) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Stated);
        assert!(again.drift.is_empty(), "{:?}", again.drift);
        // Twice is once.
        live.run(&plan.to_sql())?;
        assert_eq!(owners(&live), have);
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn owners_that_are_not_compared_are_not_given() {
    let server = Server::shared(15).unwrap();
    let owner = server.login_role(None).unwrap();
    let desired = wanted(server, &owner);
    let live = server.database().unwrap();
    let (_, plan) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Off);
    let sql = plan.to_sql();
    assert!(!sql.contains(" OWNER TO "), "{sql}");
}

#[test]
fn a_role_that_is_not_there_is_left_for_people() {
    for_each_version(|server| {
        let (desired, live) = (server.database()?, server.database()?);
        desired.run("CREATE TABLE t (a int); COMMENT ON TABLE t IS 'x'")?;
        let mut wanted = support::read(&desired);
        for (_, entry) in wanted.iter_mut() {
            if entry.object.kind() == trueup_catalog::ObjectKind::Table {
                entry.owner = Some("nobody at all".into());
            }
        }
        let (comparison, plan) = support::plan_of(&wanted, &support::read(&live), Policy::Stated);
        let left: Vec<_> = plan.left.iter().filter(|left| left.code != trueup_diff::Code::D271).collect();
        assert_eq!(left.len(), 1, "{:?}", plan.left);
        assert_eq!(left[0].disposition, Disposition::Manual);
        assert!(left[0].reason.contains("\"nobody at all\""), "{}", left[0].reason);
        assert!(left[0].suggestion.as_ref().unwrap().contains("OWNER TO \"nobody at all\""));
        assert_eq!(comparison.drift[left[0].drift].key.to_string(), "public.t");
        // The table is made all the same.
        live.run(&plan.to_sql())?;
        assert_eq!(live.query_texts("SELECT obj_description('t'::regclass)")?, [Some("x".to_owned())]);
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// What another role made since the plan was made is not given away.
#[test]
fn only_what_the_plan_made_is_given() {
    let server = Server::shared(15).unwrap();
    let owner = server.login_role(None).unwrap();
    let (desired, live) = (server.database().unwrap(), server.database().unwrap());
    desired.run(&format!("CREATE TABLE t (a int); ALTER TABLE t OWNER TO {owner}")).unwrap();
    let (_, plan) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Stated);
    let other = server.login_role(None).unwrap();
    live.run(&format!("CREATE TABLE t (a int); ALTER TABLE t OWNER TO {other}")).unwrap();
    live.run(&plan.to_sql()).unwrap();
    let sql = "SELECT relowner::regrole::text FROM pg_class WHERE oid = 't'::regclass";
    assert_eq!(live.query_texts(sql).unwrap(), [Some(other)]);
}

/// A member of the owner, without being superuser, makes and gives everything that takes no superuser.
#[test]
fn a_member_of_the_owner_can_give() {
    for_each_version(|server| {
        let (owner, member) = (server.login_role(None)?, server.login_role(None)?);
        let (desired, live) = (server.database()?, server.database()?);
        let schema = format!("CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad'); CREATE TABLE app.t (id serial PRIMARY KEY, m app.mood);
            CREATE INDEX t_m ON app.t (m); CREATE VIEW app.v AS SELECT id FROM app.t;
            CREATE FUNCTION app.f(app.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
            ALTER SCHEMA app OWNER TO {owner}; ALTER TYPE app.mood OWNER TO {owner}; ALTER TABLE app.t OWNER TO {owner};
            ALTER VIEW app.v OWNER TO {owner}; ALTER FUNCTION app.f OWNER TO {owner}; GRANT SELECT ON app.t TO PUBLIC; COMMENT ON TABLE app.t IS 'x'");
        desired.run(&schema)?;
        live.run(&format!("GRANT {owner} TO {member}; DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {member}', current_database()); END $$"))?;
        let (_, plan) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Stated);
        let mut config = server.socket_config(live.name());
        config.user(&member);
        let sql = plan.to_sql();
        let ran = block_on(async move {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&sql).await.map_err(|error| format!("{error:?}"))
        })?;
        assert_eq!(ran, Ok(()), "PostgreSQL {}", server.major());
        assert_eq!(owners(&desired), owners(&live), "PostgreSQL {}", server.major());
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

#[test]
fn grants_and_policies_for_a_role_that_is_not_there_are_left_for_people() {
    const SQL: &str = "CREATE TABLE t (a int, b int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON t TO \"nobody at all\" USING (true);
        GRANT SELECT, INSERT ON t TO \"nobody at all\"; GRANT SELECT ON t TO PUBLIC;
        GRANT UPDATE (b) ON t TO \"nobody at all\";
        ALTER DEFAULT PRIVILEGES FOR ROLE \"nobody at all\" GRANT SELECT ON TABLES TO PUBLIC;";
    for_each_version(|server| {
        let file = trueup_parser::SourceFile { name: "t.sql".into(), text: SQL.into() };
        let options =
            trueup_parser::Options { server_version: u32::from(server.major()) * 10_000, ambient: None };
        let wanted = trueup_parser::parse(&[file], &options).catalog;
        for live_sql in ["", "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY"] {
            let live = server.database()?;
            live.run(live_sql)?;
            let (_, plan) = support::plan_of(&wanted, &support::read(&live), Policy::Stated);
            let reasons: Vec<&str> = plan.left.iter().map(|left| left.reason.as_str()).collect();
            let absent = reasons.iter().filter(|r| r.contains("there is no role \"nobody at all\"")).count();
            // The default privileges, and the grants; the policy with its table where that is new.
            assert!(absent >= 2, "{reasons:?}");
            let shown: Vec<&str> = plan.left.iter().filter_map(|l| l.suggestion.as_deref()).collect();
            for sql in ["CREATE POLICY p", "GRANT", "ALTER DEFAULT PRIVILEGES"] {
                assert!(shown.iter().any(|shown| shown.contains(sql)), "{sql}: {shown:?}");
            }
            live.run(&plan.to_sql())?;
            let sql =
                "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'b'";
            assert_eq!(live.query_texts(sql)?, [Some("1".to_owned())]);
        }
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}

/// A sequence and the table that it is linked to must have one owner, who runs the plan or not.
#[test]
fn a_sequence_of_a_table_belongs_to_its_owner() {
    for_each_version(|server| {
        let owner = server.login_role(None)?;
        let other = server.login_role(None)?;
        let (desired, live) = (server.database()?, server.database()?);
        desired.run("CREATE TABLE t (a int, id serial); CREATE TABLE u (id serial)")?;
        live.run(&format!(
            "CREATE TABLE t (a int); ALTER TABLE t OWNER TO {owner};
             CREATE TABLE u (id serial); ALTER SEQUENCE u_id_seq OWNED BY NONE; ALTER SEQUENCE u_id_seq OWNER TO {other}"
        ))?;
        let (_, plan) = support::plan_of(&support::read(&desired), &support::read(&live), Policy::Off);
        // The sequence that is there has an owner whom someone chose.
        let left: Vec<_> = plan.left.iter().map(|left| left.reason.clone()).collect();
        assert_eq!(left, ["its table belongs to postgres, and it does not"], "PostgreSQL {}", server.major());
        live.run(&plan.to_sql())?;
        live.run(&plan.to_sql())?;
        let owners = live.query_texts("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 't_id_seq'")?;
        assert_eq!(owners, [Some(owner)]);
        Ok::<(), trueup_testkit::Error>(())
    })
    .unwrap();
}
