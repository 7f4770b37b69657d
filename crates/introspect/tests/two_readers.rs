//! The two readers held against each other on what both can express, and what the standard's hides.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::open;
use trueup_catalog::*;
use trueup_introspect::{ReadOptions, read_information_schema, read_pg_catalog};
use trueup_testkit::{Server, block_on, for_each_version};

const SCHEMA: &str = r#"
    CREATE EXTENSION hstore;
    CREATE SCHEMA app;
    CREATE DOMAIN app.price AS numeric(12,2) DEFAULT 0 CHECK (VALUE >= 0);
    CREATE DOMAIN app.must AS text NOT NULL;
    CREATE DOMAIN app.words AS text COLLATE "C";
    CREATE DOMAIN app.ints AS int[];
    CREATE TYPE app.pair AS (a varchar(10) COLLATE "C", b interval day to second(3), c numeric(5,2)[]);
    CREATE TYPE app.mood AS ENUM ('a', 'b');
    CREATE SEQUENCE app.numbers AS int INCREMENT 5 MINVALUE -10 MAXVALUE 1000 START 0 CYCLE;
    CREATE TABLE app.parent (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        "Odd ""name""" text COLLATE "C" NOT NULL DEFAULT 'it''s',
        price app.price, m app.mood DEFAULT 'a', must app.must, must_too app.must NOT NULL, moods app.mood[], ints int[] NOT NULL,
        n numeric, n5 numeric(5), n52 numeric(5,2), v varchar, v7 varchar(7), c3 char(3), b1 bit, b8 bit varying(8),
        t0 time(0), ts timestamp, ts3 timestamptz(3), iv interval, iv2 interval(2), ivf interval hour to minute,
        j jsonb, u uuid, f float4, o oid, ch "char", nm name, ts6 timestamp(6), va varchar(5)[], words app.words, tsv tsvector, s serial, total int GENERATED ALWAYS AS (n5 * 2) STORED,
        CONSTRAINT "check it" CHECK (n5 > 0 AND v <> ''), CONSTRAINT is_there CHECK (v IS NOT NULL),
        UNIQUE (v, v7) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE app.child (
        a bigint, b varchar(7), c varchar, PRIMARY KEY (a, b),
        CONSTRAINT up FOREIGN KEY (a) REFERENCES app.parent ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE,
        CONSTRAINT crossed FOREIGN KEY (b, c) REFERENCES app.unique_there (y, x) MATCH FULL);
    CREATE VIEW app.v (x, y) AS SELECT id, v FROM app.parent WHERE n > 0 WITH LOCAL CHECK OPTION;
    ALTER VIEW app.v ALTER y SET DEFAULT 'd';
    CREATE FUNCTION app.f(a int, b text DEFAULT 'x') RETURNS app.mood LANGUAGE sql IMMUTABLE STRICT SECURITY DEFINER AS 'SELECT ''a''::app.mood';
    CREATE FUNCTION app.g(int[]) RETURNS int[] LANGUAGE plpgsql AS $$BEGIN RETURN $1; END$$;
    CREATE PROCEDURE app.p(INOUT a int) LANGUAGE plpgsql AS $$BEGIN END$$;
    CREATE FUNCTION app.fire() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
    CREATE TRIGGER t BEFORE INSERT OR UPDATE OF v, n ON app.parent FOR EACH ROW WHEN (NEW.n > 1) EXECUTE FUNCTION app.fire('a', 'b''c');
    CREATE TRIGGER s AFTER DELETE ON app.parent REFERENCING OLD TABLE AS gone EXECUTE FUNCTION app.fire();
    CREATE TRIGGER i INSTEAD OF INSERT ON app.v FOR EACH ROW EXECUTE FUNCTION app.fire();
    CREATE TRIGGER search BEFORE INSERT ON app.parent FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('tsv', 'pg_catalog.english', 'v');
    CREATE TABLE app.part (a bigint REFERENCES app.parent) PARTITION BY LIST (a);
    CREATE TABLE app.part1 PARTITION OF app.part FOR VALUES IN (1);
    CREATE TABLE app.target (a int PRIMARY KEY) PARTITION BY LIST (a);
    CREATE TABLE app.target1 PARTITION OF app.target FOR VALUES IN (1);
    CREATE TABLE app.source (a int REFERENCES app.target);
    CREATE TRIGGER handed_down BEFORE UPDATE ON app.target FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION app.fire();
    CREATE TABLE app.names (a name[], b information_schema.sql_identifier, c information_schema.yes_or_no);
    GRANT SELECT, UPDATE ON app.child TO PUBLIC;
    GRANT SELECT ON app.v TO pg_monitor WITH GRANT OPTION;
    GRANT UPDATE (n, v), INSERT ON app.parent TO pg_monitor WITH GRANT OPTION;
    GRANT SELECT (x) ON app.v TO PUBLIC;
    GRANT USAGE ON SEQUENCE app.numbers TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION app.f FROM PUBLIC;
"#;

fn schema() -> String {
    SCHEMA.replace(
        "CREATE TABLE app.child",
        "CREATE TABLE app.unique_there (x varchar, y varchar(7), UNIQUE (y, x));\nCREATE TABLE app.child",
    )
}

fn both(url: &str) -> (Catalog, Catalog) {
    block_on(async {
        let connected = open(url).await.unwrap();
        let options = ReadOptions::default();
        let full = read_pg_catalog(&connected, &options).await.unwrap();
        (full, read_information_schema(&connected, &options).await.unwrap())
    })
    .unwrap()
}

/// The covered attributes of an entry, as text.
fn covered(entry: &Entry, origin: &Origin) -> Vec<String> {
    let kind = entry.object.kind();
    let mut list: Vec<String> = entry
        .object
        .attributes()
        .into_iter()
        .filter(|attribute| origin.covers(kind, Some(attribute.name)))
        .map(|attribute| match attribute.value {
            Value::Set(values) => {
                let mut values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
                values.sort();
                format!("{} = {values:?}", attribute.name)
            }
            value => format!("{} = {value:?}", attribute.name),
        })
        .collect();
    if origin.covers(kind, Some("privileges")) {
        list.push(format!("privileges = {:?}", entry.privileges));
    }
    list
}

#[test]
fn both_agree_on_what_both_can_say() {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().unwrap();
        database.run(&schema()).unwrap();
        let (full, standard) = both(&database.url());
        let origin = &standard.origin;
        let keys = |catalog: &Catalog| -> Vec<String> {
            catalog
                .iter()
                .filter(|(key, _)| origin.covers(key.kind, None))
                .map(|(key, _)| format!("{} {key}", key.kind))
                .collect()
        };
        let (ours, theirs) = (keys(&standard), keys(&full));
        let only = |these: &[String], others: &[String]| -> Vec<String> {
            these.iter().filter(|key| !others.contains(key)).cloned().collect()
        };
        assert_eq!(only(&ours, &theirs), Vec::<String>::new(), "PostgreSQL {}", server.major());
        assert_eq!(
            // Until 14 what a partitioned table hands down is internal to the standard's views.
            only(&theirs, &ours).into_iter().filter(|key| !key.ends_with(".handed_down")).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "PostgreSQL {}: {:?}",
            server.major(),
            standard.gaps
        );
        assert!(keys(&standard).len() > 60);
        for (key, entry) in standard.iter() {
            let other = full.get(key).unwrap();
            assert_eq!(
                covered(entry, origin),
                covered(other, origin),
                "{} {key}, PostgreSQL {}",
                key.kind,
                server.major()
            );
        }
        assert_eq!(standard.gaps, [], "PostgreSQL {}", server.major());
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_is_hidden_from_a_role_is_counted() {
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().unwrap();
        database.run(&schema()).unwrap();
        let role = server.login_role(None).unwrap();
        database
            .run(&format!(
                "GRANT USAGE ON SCHEMA app TO {role}; GRANT SELECT ON app.parent TO {role};
                 REVOKE UPDATE ON app.child FROM PUBLIC;"
            ))
            .unwrap();
        let (full, standard) = both(&database.url_as(&role, None));
        assert_eq!(full.of_kind(ObjectKind::Constraint).count(), 13);
        assert_eq!(standard.of_kind(ObjectKind::Constraint).count(), 0);
        let gap = |what: &str| {
            standard
                .gaps
                .iter()
                .find(|gap| gap.what == what && gap.object.is_empty())
                .unwrap_or_else(|| panic!("no gap about {what}: {:#?}", standard.gaps))
        };
        for what in ["table constraints", "sequences", "triggers", "routines"] {
            let gap = gap(what);
            assert_eq!((gap.reason, gap.code.as_str()), (GapReason::Unreadable, "U102"));
            assert!(gap.message.contains(&role), "{}", gap.message);
        }
        assert!(
            gap("table constraints").message.starts_with("14 of 14 table constraints"),
            "{:?}",
            gap("table constraints")
        );
        assert!(!standard.origin.covers(ObjectKind::Table, Some("privileges")));
        Ok(())
    })
    .unwrap();
}

#[test]
fn what_the_standard_cannot_show_is_named() {
    let server = Server::shared(15).unwrap();
    let database = server.database().unwrap();
    database
        .run(
            "CREATE TABLE t (r int4range, EXCLUDE USING gist (r WITH &&));
             CREATE DOMAIN d AS varchar(5)[];
             CREATE FUNCTION w() RETURNS int8 LANGUAGE internal WINDOW AS 'window_row_number';
             CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER emptied AFTER TRUNCATE ON t EXECUTE FUNCTION fire();
             CREATE TABLE one (a int CONSTRAINT same CHECK (a > 0));
             CREATE TABLE two (a int CONSTRAINT same CHECK (a > 1));
             CREATE TABLE k (a int PRIMARY KEY);
             CREATE TABLE three (a int CONSTRAINT fk REFERENCES k);
             CREATE TABLE four (a int CONSTRAINT fk REFERENCES k ON DELETE CASCADE);",
        )
        .unwrap();
    let (_, standard) = both(&database.url());
    let gaps: Vec<String> =
        standard.gaps.iter().map(|gap| format!("{} {} {}", gap.code, gap.what, gap.object)).collect();
    assert_eq!(
        gaps,
        [
            "U102 constraint public.four.fk",
            "U102 constraint public.one.same",
            "U102 constraint public.three.fk",
            "U102 constraint public.two.same",
            "U101 exclusion constraint public.t.t_r_excl",
            "U101 trigger on TRUNCATE public.t.emptied",
            "U102 type modifier public.d",
            "U101 window function public.w",
        ]
    );
}
