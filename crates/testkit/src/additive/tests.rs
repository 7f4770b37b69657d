//! The list knows what loses, also where it hides.

use super::*;
use crate::Server;
use std::sync::OnceLock;

/// What the statements below are about.
const THERE: &str = "
    CREATE SCHEMA s;
    CREATE TABLE s.t (a int, v varchar(10), n numeric(10, 2), x text, c char(3), at timestamp(3), b varbit(4));
    CREATE TABLE s.p (a int) PARTITION BY RANGE (a);
    CREATE DOMAIN s.free AS text;
    CREATE TABLE s.of_free (a s.free);
    CREATE DOMAIN s.strict AS text CHECK (VALUE <> '');
    CREATE DOMAIN s.stricter AS s.strict;
    CREATE FUNCTION s.dice() RETURNS int LANGUAGE sql AS 'select 4';
    CREATE FUNCTION s.four() RETURNS int LANGUAGE sql IMMUTABLE AS 'select 4';
    CREATE FUNCTION s.add(int, int) RETURNS int LANGUAGE sql AS 'select 4';
    CREATE OPERATOR s.<+> (FUNCTION = s.add, LEFTARG = int, RIGHTARG = int);";

fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| {
        let database = Server::shared(crate::versions::DEFAULT_MAJOR).unwrap().database().unwrap();
        database.run(THERE).unwrap();
        Facts::read(&database).unwrap()
    })
}

fn found(sql: &str, consent: bool) -> Vec<String> {
    objections(sql, facts(), consent).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What no consent makes good.
const FORBIDDEN: &[&str] = &[
    "DROP TABLE s.t",
    "DROP INDEX CONCURRENTLY s.i",
    "DROP FUNCTION s.f()",
    "DROP TYPE s.e",
    "DROP OWNED BY app",
    "TRUNCATE s.t",
    "DELETE FROM s.t",
    "UPDATE s.t SET a = 1",
    "INSERT INTO s.t VALUES (1)",
    "INSERT INTO s.t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2",
    "INSERT INTO s.t SELECT a FROM s.t ON CONFLICT DO NOTHING",
    "WITH gone AS (DELETE FROM s.t RETURNING a) INSERT INTO s.t VALUES (1) ON CONFLICT DO NOTHING",
    "MERGE INTO s.t USING s.p ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM s.t RETURNING a) SELECT a FROM gone",
    "COPY s.t FROM STDIN",
    "SELECT a INTO s.other FROM s.t",
    "CREATE TABLE s.other AS SELECT a FROM s.t",
    "SELECT a FROM s.t FOR UPDATE",
    "SELECT pg_catalog.pg_terminate_backend(1)",
    "SELECT pg_catalog.set_config('session_replication_role', 'replica', true)",
    "SELECT no_such_function()",
    "ALTER TABLE s.t RENAME TO u",
    "ALTER TABLE s.t RENAME COLUMN a TO z",
    "ALTER TABLE s.t SET SCHEMA public",
    "ALTER TABLE s.t OWNER TO app",
    "ALTER TYPE s.e RENAME VALUE 'a' TO 'b'",
    "ALTER TYPE s.e ADD VALUE 'b'",
    "ALTER TYPE s.c DROP ATTRIBUTE a",
    "ALTER TABLE s.t DROP COLUMN a",
    "ALTER TABLE s.t ADD COLUMN z int, DROP COLUMN a",
    "ALTER TABLE s.t DROP CONSTRAINT mine",
    "ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
    "ALTER TABLE s.t ADD CONSTRAINT t_a_trueup_not_null CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
    "ALTER TABLE s.t ADD CONSTRAINT t_a_trueup_not_null CHECK (a > 0) NOT VALID; ALTER TABLE s.t ALTER a SET NOT NULL; ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
    "ALTER TABLE s.t ADD CONSTRAINT t_a_trueup_not_null CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE s.t ALTER v SET NOT NULL; ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
    "ALTER TABLE s.t ADD CONSTRAINT k CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE s.t ALTER a SET NOT NULL; ALTER TABLE s.t DROP CONSTRAINT k",
    "ALTER TABLE s.t SET LOGGED",
    "ALTER TABLE s.t SET UNLOGGED",
    "ALTER TABLE s.t SET TABLESPACE other",
    "ALTER TABLE s.t SET ACCESS METHOD other",
    "ALTER TABLE s.t SET WITHOUT CLUSTER",
    "ALTER TABLE s.t RESET (fillfactor)",
    "ALTER TABLE s.t ALTER a DROP DEFAULT",
    "ALTER TABLE s.t ALTER a DROP NOT NULL",
    "ALTER TABLE s.t ALTER a DROP EXPRESSION",
    "ALTER TABLE s.t ALTER a SET EXPRESSION AS (1)",
    "ALTER TABLE s.t ALTER a DROP IDENTITY",
    "ALTER TABLE s.t ALTER a ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE s.t ALTER a TYPE bigint",
    "ALTER TABLE s.t ALTER x TYPE int USING x::int",
    "ALTER TABLE s.t ALTER x TYPE text USING 'x'",
    "ALTER TABLE s.t ALTER v TYPE varchar(9)",
    "ALTER TABLE s.t ALTER x TYPE varchar(90)",
    "ALTER TABLE s.t ALTER c TYPE text",
    "ALTER TABLE s.t ALTER n TYPE numeric(12, 3)",
    "ALTER TABLE s.t ALTER n TYPE numeric(9, 2)",
    "ALTER TABLE s.t ALTER at TYPE timestamp(2)",
    "ALTER TABLE s.t ALTER at TYPE timestamptz(3)",
    "ALTER TABLE s.t ALTER b TYPE varbit(3)",
    "ALTER TABLE s.t ALTER v TYPE text[]",
    "ALTER TABLE s.t ALTER nowhere TYPE text",
    "ALTER TABLE s.t ADD COLUMN z int DEFAULT random()",
    "ALTER TABLE s.t ADD COLUMN z uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE s.t ADD COLUMN z int DEFAULT nextval('s.q')",
    "ALTER TABLE s.t ADD COLUMN z int DEFAULT 1 + s.dice()",
    "ALTER TABLE s.t ADD COLUMN z int DEFAULT 1 OPERATOR(s.<+>) 1",
    "ALTER TABLE s.t ADD COLUMN z int DEFAULT s.unheard_of()",
    "CREATE FUNCTION s.fresh() RETURNS int LANGUAGE sql AS 'select 1'; ALTER TABLE s.t ADD COLUMN z int DEFAULT s.fresh()",
    "ALTER TABLE s.t ADD COLUMN z serial",
    "ALTER TABLE s.t ADD COLUMN z int GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE s.t ADD COLUMN z int GENERATED ALWAYS AS (a) STORED",
    "ALTER TABLE s.t ADD COLUMN z s.strict",
    "ALTER TABLE s.t ADD COLUMN z s.stricter",
    "CREATE DOMAIN s.fresh AS s.free CHECK (true); ALTER TABLE s.t ADD COLUMN z s.fresh",
    "ALTER TABLE s.t ADD COLUMN z int PRIMARY KEY",
    "ALTER TABLE s.t ADD COLUMN z int CHECK (z > 0)",
    "ALTER TABLE s.t ADD COLUMN z int REFERENCES s.p",
    "ALTER TABLE s.t ADD CONSTRAINT k CHECK (a > 0)",
    "ALTER TABLE s.t ADD CHECK (a > 0) NOT VALID",
    "ALTER TABLE s.t ADD CONSTRAINT k UNIQUE (a)",
    "ALTER TABLE s.t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES s.p",
    "ALTER TABLE s.t ADD CONSTRAINT k EXCLUDE USING gist (a WITH =)",
    "ALTER TABLE s.t DETACH PARTITION s.p",
    "ALTER TABLE s.t INHERIT s.p",
    "ALTER TABLE s.t NO INHERIT s.p",
    "ALTER TABLE s.t DISABLE TRIGGER ALL",
    "ALTER TABLE s.t DISABLE TRIGGER theirs",
    "ALTER TABLE s.t DISABLE RULE theirs",
    "ALTER TABLE s.t DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE s.t NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE s.t REPLICA IDENTITY NOTHING",
    "ALTER TABLE s.t OF s.c",
    "ALTER SEQUENCE s.q RESTART",
    "ALTER SEQUENCE s.q INCREMENT 2 OWNED BY s.t.a",
    "ALTER DOMAIN s.free SET NOT NULL",
    "ALTER DOMAIN s.free DROP DEFAULT",
    "ALTER DOMAIN s.free DROP CONSTRAINT k",
    "ALTER DOMAIN s.free ADD CONSTRAINT k CHECK (true)",
    "ALTER EXTENSION citext UPDATE",
    "ALTER PUBLICATION p SET TABLE s.t",
    "ALTER PUBLICATION p DROP TABLE s.t",
    "ALTER EVENT TRIGGER e DISABLE",
    "ALTER POLICY k ON s.t TO app",
    "ALTER OPERATOR FAMILY s.f USING btree DROP FUNCTION 1 (int)",
    "ALTER TEXT SEARCH CONFIGURATION s.c DROP MAPPING FOR word",
    "ALTER TEXT SEARCH CONFIGURATION s.c ALTER MAPPING REPLACE a WITH b",
    "ALTER FUNCTION s.dice() NO DEPENDS ON EXTENSION citext",
    "ALTER FUNCTION s.dice() IMMUTABLE",
    "ALTER VIEW s.v RESET (security_barrier)",
    "ALTER VIEW s.v ALTER COLUMN a DROP DEFAULT",
    "ALTER SYSTEM SET work_mem = 1",
    "ALTER ROLE app SUPERUSER",
    "REVOKE SELECT ON s.t FROM app",
    "REVOKE app FROM other",
    "GRANT app TO other",
    "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM app",
    "REASSIGN OWNED BY app TO other",
    "REINDEX TABLE s.t",
    "CLUSTER s.t",
    "VACUUM FULL s.t",
    "REFRESH MATERIALIZED VIEW s.m",
    "CREATE OR REPLACE TRIGGER k BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.dice()",
    "CREATE OR REPLACE RULE k AS ON INSERT TO s.t DO INSTEAD NOTHING",
    "CREATE OR REPLACE AGGREGATE s.g (int) (SFUNC = int4pl, STYPE = int)",
    "CREATE INDEX i ON s.t (a)",
    "CREATE INDEX i ON s.p (a)",
    "CREATE INDEX CONCURRENTLY ON s.t (a)",
    "CREATE TEMP TABLE k ()",
    "CREATE SUBSCRIPTION k CONNECTION 'x' PUBLICATION p",
    "CREATE DATABASE k",
    "CREATE ROLE k",
    "SET session_replication_role = replica",
    "SET ROLE app",
    "ROLLBACK",
    "CALL s.f()",
    "EXECUTE prepared",
    "PREPARE k AS DELETE FROM s.t",
    "CREATE MATERIALIZED VIEW s.m AS SELECT pg_catalog.pg_terminate_backend(1)",
    "DO $$ BEGIN DROP TABLE s.t; END $$",
    "DO $$ BEGIN IF true THEN NULL; ELSE DELETE FROM s.t; END IF; END $$",
    "DO $$ BEGIN IF false THEN PERFORM 1; ELSIF true THEN TRUNCATE s.t; END IF; END $$",
    "DO $$ BEGIN FOR i IN 1..2 LOOP BEGIN UPDATE s.t SET a = 1; END; END LOOP; END $$",
    "DO $$ BEGIN PERFORM 1; EXCEPTION WHEN others THEN DROP TABLE s.t; END $$",
    "DO $$ BEGIN EXECUTE 'DROP TABLE s.t'; END $$",
    "DO $$ BEGIN EXECUTE 'CREATE TABLE s.z (); DROP TABLE s.t'; END $$",
    "DO $$ BEGIN EXECUTE (ARRAY['LOCK TABLE s.t', 'DROP TABLE s.t'])[1]; END $$",
    "DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE s.t'; END $$",
    "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 't'); END $$",
    "DO $$ BEGIN IF pg_catalog.pg_terminate_backend(1) THEN PERFORM 1; END IF; END $$",
    "DO $$ DECLARE x bool := pg_catalog.pg_terminate_backend(1); BEGIN PERFORM 1; END $$",
    "DO $$ BEGIN WHILE true LOOP PERFORM 1; END LOOP; END $$",
    "DO $$ BEGIN CALL s.f(); END $$",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE s.t ALTER a ADD GENERATED ALWAYS AS IDENTITY'; END $$",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE s.t ALTER a ADD GENERATED ALWAYS AS IDENTITY; SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(''s.other'', ''a''), 1)'; END $$",
    "DO LANGUAGE plperl $$ x $$",
    "ALTER FUNCTION s.dice() OWNER TO app",
    "ALTER TYPE s.e OWNER TO app",
    "ALTER SCHEMA s OWNER TO app",
    "SET default_transaction_read_only = off",
];

#[test]
fn what_loses_or_rewrites_is_refused_whoever_consents() {
    for sql in FORBIDDEN {
        assert!(!found(sql, true).is_empty(), "{sql}");
    }
}

/// What only consent makes good.
#[test]
fn what_changes_behaviour_needs_consent() {
    for sql in [
        "CREATE OR REPLACE VIEW s.v AS SELECT 1",
        "CREATE OR REPLACE FUNCTION s.dice() RETURNS int LANGUAGE sql AS 'select 5'",
        "ALTER TABLE s.t ALTER v TYPE varchar(11)",
        "ALTER TABLE s.t ALTER v TYPE text",
        "ALTER TABLE s.t ALTER x TYPE varchar",
        "ALTER TABLE s.t ALTER n TYPE numeric(12, 2)",
        "ALTER TABLE s.t ALTER n TYPE numeric",
        "ALTER TABLE s.t ALTER at TYPE timestamp(6)",
        "ALTER TABLE s.t ALTER b TYPE varbit",
        "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE s.t ENABLE TRIGGER theirs",
        "CREATE POLICY k ON s.t",
        "CREATE RULE k AS ON INSERT TO s.t DO ALSO NOTHING",
        "CREATE TRIGGER k BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.dice()",
        "CREATE CAST (s.free AS int) WITHOUT FUNCTION",
        "CREATE PUBLICATION p FOR TABLE s.t",
        "ALTER PUBLICATION p ADD TABLE s.t",
        "ALTER OPERATOR FAMILY s.f USING btree ADD FUNCTION 1 (int) s.dice()",
        "GRANT SELECT ON s.t TO app",
        "GRANT EXECUTE ON FUNCTION s.dice() TO app",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app",
    ] {
        assert!(!found(sql, false).is_empty(), "{sql}");
        assert_eq!(found(sql, true), Vec::<String>::new(), "{sql}");
    }
}

#[test]
fn what_only_adds_passes() {
    for sql in [
        "CREATE TABLE s.z (a serial PRIMARY KEY, b s.strict, c int GENERATED ALWAYS AS (a) STORED CHECK (c > 0))",
        "CREATE TABLE s.z (); CREATE INDEX i ON s.z (a); ALTER TABLE s.z ENABLE ROW LEVEL SECURITY; GRANT SELECT ON s.z TO app",
        "CREATE TABLE s.z (); CREATE TRIGGER k BEFORE INSERT ON s.z FOR EACH ROW EXECUTE FUNCTION s.dice(); ALTER TABLE s.z DISABLE TRIGGER k",
        "ALTER TABLE s.t ADD COLUMN z int NOT NULL DEFAULT 1 + s.four()",
        "ALTER TABLE s.t ADD COLUMN z timestamptz DEFAULT now(), ALTER COLUMN z SET DEFAULT clock_timestamp()",
        "ALTER TABLE s.t ADD COLUMN z s.free, ADD COLUMN y s.strict[]",
        "ALTER TABLE s.t ADD COLUMN z int GENERATED ALWAYS AS (a) VIRTUAL",
        "ALTER TABLE s.t ADD CONSTRAINT k CHECK (a > 0) NOT VALID; ALTER TABLE s.t VALIDATE CONSTRAINT k",
        "ALTER TABLE s.t ADD CONSTRAINT k NOT NULL a NOT VALID",
        "ALTER TABLE s.t ADD CONSTRAINT k UNIQUE USING INDEX k",
        "ALTER TABLE s.t ADD CONSTRAINT t_a_trueup_not_null CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE s.t ALTER a SET NOT NULL; ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
        "ALTER TABLE s.t ADD CONSTRAINT t_a_trueup_not_null CHECK (a IS DISTINCT FROM NULL) NOT VALID; ALTER TABLE s.t ALTER a SET NOT NULL; ALTER TABLE s.t DROP CONSTRAINT t_a_trueup_not_null",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)",
        "CREATE TABLE s.z (); ALTER TABLE s.z OWNER TO app; CREATE SCHEMA z; ALTER SCHEMA z OWNER TO app",
        "CREATE FUNCTION s.z() RETURNS int LANGUAGE sql AS 'select 1'; ALTER FUNCTION s.z() OWNER TO app",
        "SET default_transaction_read_only = on; RESET default_transaction_read_only",
        "DO $$ BEGIN EXECUTE 'ALTER TABLE s.t ALTER a ADD GENERATED ALWAYS AS IDENTITY; SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(''s.t'', ''a''), m) FROM (SELECT max(a) AS m FROM s.t) AS x'; END $$",
        "CREATE INDEX i ON ONLY s.p (a)",
        "INSERT INTO s.t (a) VALUES (1), (2) ON CONFLICT DO NOTHING",
        "ALTER TYPE s.e ADD VALUE IF NOT EXISTS 'b' AFTER 'a'",
        "ALTER DOMAIN s.free ADD CONSTRAINT k CHECK (true) NOT VALID",
        "CREATE FUNCTION s.gone() RETURNS void LANGUAGE sql AS 'drop table s.t'",
        "COMMENT ON TABLE s.t IS 'DROP TABLE s.t'",
        "DO $$ DECLARE x timestamptz := pg_catalog.clock_timestamp(); n int; BEGIN FOR i IN 1..2 LOOP BEGIN SELECT count(*) INTO n FROM s.t; n := 1 + n; EXECUTE $e$CREATE TABLE s.z ()$e$; EXIT; EXCEPTION WHEN lock_not_available THEN RAISE; END; PERFORM pg_catalog.pg_sleep(i); END LOOP; END $$",
    ] {
        assert_eq!(found(sql, false), Vec::<String>::new(), "{sql}");
    }
}
