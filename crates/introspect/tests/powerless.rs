//! A role that may do nothing but connect reads the same catalog as a superuser: PostgreSQL's own catalogs are open to everyone (manual,
//! 53 "System Catalogs"), but for a few columns that this reader does not ask for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::read_url;
use trueup_catalog::Gap;
use trueup_testkit::cases::fixtures_dir;
use trueup_testkit::{Server, for_each_version};

/// What secrets could be told from, and what only members of a schema may use.
const MORE: &str = "
    CREATE SCHEMA closed;
    CREATE TABLE closed.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int CHECK (a > 0));
    CREATE FUNCTION closed.f(int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT $1';
    CREATE VIEW closed.v AS SELECT a, closed.f(a) AS f FROM closed.t;
    CREATE POLICY p ON closed.t USING (a > 1);
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA closed FROM PUBLIC;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    CREATE FOREIGN DATA WRAPPER wrapper;
    CREATE SERVER remote FOREIGN DATA WRAPPER wrapper OPTIONS (host 'a');
    CREATE USER MAPPING FOR pg_monitor SERVER remote OPTIONS (password 'secret');
    CREATE FOREIGN TABLE closed.away (a int) SERVER remote;
    CREATE PUBLICATION pub FOR TABLE closed.t;
    CREATE SUBSCRIPTION sub CONNECTION 'host=none password=secret' PUBLICATION p WITH (connect = false);
    CREATE STATISTICS closed.stats ON id, a FROM closed.t;
    ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor GRANT SELECT ON TABLES TO PUBLIC;
    GRANT SELECT (a) ON closed.t TO pg_monitor;
";

#[test]
fn a_role_without_privileges_sees_everything() {
    let every_kind = std::fs::read_to_string(fixtures_dir().join("repair/every_kind.sql")).unwrap();
    for_each_version(|server: &'static Server| -> Result<(), String> {
        let database = server.database().unwrap();
        if server.major() >= 15 {
            let text = every_kind.split("-- since 18").next().unwrap();
            database.run(text).unwrap();
        }
        database.run(MORE).unwrap();
        let role = server.login_role(None).unwrap();
        let full = read_url(&database.url()).unwrap();
        let seen = read_url(&database.url_as(&role, None)).unwrap();
        let version = server.major();
        assert_eq!(seen.len(), full.len(), "PostgreSQL {version}");
        for (key, entry) in full.iter() {
            assert_eq!(seen.get(key), Some(entry), "{} {key}, PostgreSQL {version}", key.kind);
        }
        // Until 13 every column of pg_subscription but a few is for superusers alone: what can't be read is said.
        let hidden = |gap: &&Gap| !(version == 13 && gap.what == "subscription");
        assert!(seen.gaps.iter().filter(hidden).eq(full.gaps.iter().filter(hidden)), "PostgreSQL {version}");
        assert_eq!(seen.ambient, full.ambient, "PostgreSQL {version}");
        let text = serde_json::to_string(&seen).unwrap() + &serde_json::to_string(&full).unwrap();
        assert!(!text.contains("secret"), "PostgreSQL {version}");
        Ok(())
    })
    .unwrap();
}
