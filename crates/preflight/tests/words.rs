//! Statements that PostgreSQL refuses because of what hangs on what they change: foretold with its SQLSTATE and in its words, on every version.
//! Beside them, such that look alike and succeed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;
use trueup_catalog::Catalog;
use trueup_introspect::{ConnectConfig, Environment, ReadOptions, connect, read_pg_catalog};
use trueup_parser::{Options, SourceFile};
use trueup_preflight::{AfterFailure, Around, StepOutcome, foretell_around};
use trueup_testkit::{TestDatabase, block_on, for_each_version};

const BASE: &str = r#"
CREATE DOMAIN checked AS int CHECK (VALUE > 0);
CREATE TYPE pair AS (x int, y text);
CREATE TYPE outer_pair AS (inside pair);
CREATE TABLE ref (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int, b text, c varchar(20), d text, e text, f text, g text, free text, r int REFERENCES ref);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE VIEW everything AS SELECT * FROM ref;
CREATE POLICY p ON t USING (b <> 'x');
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER of_column BEFORE UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION trg();
CREATE TRIGGER with_condition BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.d <> 'x') EXECUTE FUNCTION trg();
CREATE RULE r AS ON INSERT TO ref DO ALSO UPDATE t SET e = 'x';
CREATE TABLE computed (x varchar(20), y text GENERATED ALWAYS AS (upper(x)) STORED);
CREATE TABLE par (id int NOT NULL, a int, r int) PARTITION BY RANGE (id);
CREATE TABLE par_1 PARTITION OF par FOR VALUES FROM (1) TO (10);
CREATE TABLE par_2 PARTITION OF par FOR VALUES FROM (10) TO (20) PARTITION BY RANGE ((a + 1));
CREATE UNIQUE INDEX par_key ON par_1 (id DESC);
CREATE TABLE inhp (a int);
CREATE TABLE inhc () INHERITS (inhp);
CREATE TABLE of_pair (value outer_pair);
CREATE TABLE rows_of_ref (one ref);
CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
CREATE MATERIALIZED VIEW empty AS SELECT id FROM t WITH NO DATA;
CREATE INDEX mv_half ON mv (id) WHERE id > 0;
CREATE MATERIALIZED VIEW keyed AS SELECT id FROM t;
CREATE UNIQUE INDEX keyed_id ON keyed (id);
CREATE UNIQUE INDEX t_free ON t (free);
CREATE UNIQUE INDEX t_collated ON t (free COLLATE "C");
CREATE INDEX t_g ON t (g);
"#;

/// What only some versions know.
const BASE_14: &str =
    "CREATE FUNCTION body() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT f FROM t LIMIT 1; END;";
const BASE_18: &str = "CREATE TABLE unstored (a int, x int GENERATED ALWAYS AS (a * 2) VIRTUAL);";

/// Statements with the first version that takes them.
const STATEMENTS: &[(u16, &str)] = &[
    (13, "ALTER TABLE t ALTER COLUMN a TYPE bigint"),
    (13, "ALTER TABLE t ALTER COLUMN a TYPE int"),
    (13, "ALTER TABLE t ALTER COLUMN b TYPE varchar"),
    (13, "ALTER TABLE t ALTER COLUMN c TYPE text"),
    (13, "ALTER TABLE t ALTER COLUMN d TYPE varchar"),
    (13, "ALTER TABLE t ALTER COLUMN e TYPE varchar"),
    (14, "ALTER TABLE t ALTER COLUMN f TYPE varchar"),
    (13, "ALTER TABLE t ALTER COLUMN g TYPE varchar"),
    (13, "ALTER TABLE t ALTER COLUMN r TYPE bigint"),
    (13, "ALTER TABLE ref ALTER COLUMN id TYPE bigint"),
    (13, "ALTER TABLE computed ALTER COLUMN x TYPE text"),
    (13, "ALTER TABLE computed ALTER COLUMN y TYPE varchar"),
    (13, "ALTER TABLE par ALTER COLUMN id TYPE bigint"),
    (13, "ALTER TABLE par ALTER COLUMN a TYPE bigint"),
    (13, "ALTER TABLE par ALTER COLUMN r TYPE bigint"),
    (13, "ALTER TABLE ONLY par ALTER COLUMN r TYPE bigint"),
    (13, "ALTER TABLE par_1 ALTER COLUMN r TYPE bigint"),
    (13, "ALTER TABLE inhc ALTER COLUMN a TYPE bigint"),
    (13, "ALTER TABLE ONLY inhp ALTER COLUMN a TYPE bigint"),
    (13, "ALTER TABLE inhp ALTER COLUMN a TYPE bigint"),
    (13, "ALTER TABLE ONLY par ADD COLUMN x int"),
    (13, "ALTER TABLE ONLY inhp ADD COLUMN x int"),
    (13, "ALTER TABLE ONLY inhc ADD COLUMN x int"),
    (13, "ALTER TABLE ONLY par ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES ref"),
    (13, "ALTER TABLE par ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES ref NOT VALID"),
    (13, "ALTER TABLE par_1 ADD CONSTRAINT fk FOREIGN KEY (r) REFERENCES ref NOT VALID"),
    (13, "ALTER TABLE ref ADD COLUMN x int DEFAULT 1"),
    (13, "ALTER TABLE ref ADD COLUMN x int"),
    (13, "ALTER TABLE ref ADD COLUMN x int GENERATED ALWAYS AS (1) STORED"),
    (13, "ALTER TYPE pair ALTER ATTRIBUTE x TYPE bigint"),
    (13, "ALTER TYPE pair ADD ATTRIBUTE z int"),
    (13, "CREATE INDEX CONCURRENTLY i ON par (a)"),
    (13, "CREATE INDEX i ON par (a)"),
    (13, "ALTER TABLE par_1 ADD UNIQUE USING INDEX par_key"),
    (13, "ALTER TABLE t ADD UNIQUE USING INDEX t_free"),
    (13, "ALTER TABLE t ADD UNIQUE USING INDEX t_collated"),
    (13, "CREATE OR REPLACE VIEW v AS SELECT id FROM t"),
    (13, "CREATE OR REPLACE VIEW v AS SELECT id, a AS aa FROM t"),
    (13, "CREATE OR REPLACE VIEW v AS SELECT id, a::bigint AS a FROM t"),
    (13, "CREATE OR REPLACE VIEW v AS SELECT a, id FROM t"),
    (13, "CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM t"),
    (13, "CREATE OR REPLACE VIEW everything AS SELECT id, 1 AS one FROM ref"),
    (13, "CREATE OR REPLACE VIEW everything (ident) AS SELECT id FROM ref"),
    (13, "REFRESH MATERIALIZED VIEW CONCURRENTLY mv"),
    (13, "REFRESH MATERIALIZED VIEW CONCURRENTLY empty"),
    (13, "REFRESH MATERIALIZED VIEW CONCURRENTLY keyed"),
    (13, "REFRESH MATERIALIZED VIEW empty"),
    (18, "CREATE INDEX i ON unstored (x)"),
    (18, "CREATE INDEX i ON unstored ((x + 1))"),
    (18, "CREATE INDEX i ON unstored (a) WHERE x > 0"),
    (18, "CREATE INDEX i ON unstored (a)"),
    (18, "ALTER TABLE unstored ADD UNIQUE (x)"),
    (18, "ALTER TABLE unstored ADD PRIMARY KEY (x)"),
    (18, "ALTER TABLE unstored ADD FOREIGN KEY (x) REFERENCES ref"),
    (18, "ALTER TABLE t ADD COLUMN x checked GENERATED ALWAYS AS (a * 2) VIRTUAL"),
    (18, "ALTER TABLE t ADD COLUMN x pair GENERATED ALWAYS AS (NULL) VIRTUAL"),
];

/// Statements of one transaction, the last of which may be refused for what stands before it.
const BLOCKS: &[(u16, &[&str])] = &[
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "ALTER TABLE moody ALTER COLUMN m SET DEFAULT 'new'"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "ALTER TABLE moody ALTER COLUMN m SET DEFAULT 'ok'"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "ALTER TABLE moody ADD CHECK (m <> 'new')"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "CREATE INDEX ON moody (m) WHERE m = 'new'"]),
    (
        13,
        &[
            "ALTER TYPE mood ADD VALUE 'new'",
            "CREATE VIEW seen AS SELECT 1 AS one FROM moody WHERE m = 'new'",
        ],
    ),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "INSERT INTO moody (m) VALUES ('new')"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "INSERT INTO moody (m) SELECT 'new'"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "UPDATE moody SET m = 'new' WHERE m = 'ok'"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "SELECT 'new'::mood"]),
    (13, &["ALTER TYPE mood ADD VALUE 'new'", "SELECT 'newer'::mood"]),
    (13, &["ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'", "SELECT 'ok'::mood"]),
    (13, &["ALTER TYPE mood RENAME VALUE 'ok' TO 'new'", "SELECT 'new'::mood"]),
    (13, &["CREATE TYPE fresh AS ENUM ('a')", "ALTER TYPE fresh ADD VALUE 'b'", "SELECT 'b'::fresh"]),
    (13, &["CREATE INDEX CONCURRENTLY i ON t (a)"]),
    (13, &["DROP INDEX CONCURRENTLY t_g"]),
    (13, &["VACUUM t"]),
    (13, &["REINDEX TABLE CONCURRENTLY t"]),
    (14, &["ALTER TABLE par DETACH PARTITION par_1 CONCURRENTLY"]),
];

const MOODY: &str = "CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE TABLE moody (m mood);";

fn read(database: &TestDatabase<'_>) -> Catalog {
    let url = database.url();
    block_on(async move {
        let config = ConnectConfig::parse(&url, &Environment::process()).unwrap();
        let connected = connect(&config).await.unwrap();
        read_pg_catalog(&connected, &ReadOptions::default()).await.unwrap()
    })
    .unwrap()
}

/// SQLSTATE and message; `None` where the statement succeeds.
type Said = Option<(String, String)>;

/// What the server says of the last statement. In a block nothing stays.
fn run(database: &TestDatabase<'_>, statements: &[&str], block: bool) -> Said {
    block_on(async {
        let client = database.connect().await.unwrap();
        if block {
            client.batch_execute("BEGIN").await.unwrap();
        }
        let mut said = None;
        for statement in statements {
            assert!(said.is_none(), "{statements:?}: {said:?}");
            said = client.batch_execute(statement).await.err().map(|error| {
                let error = error.as_db_error().unwrap_or_else(|| panic!("{statement}: {error}"));
                (error.code().code().to_owned(), error.message().to_owned())
            });
        }
        said
    })
    .unwrap()
}

/// What is foretold of the last statement.
fn told(live: &Catalog, statements: &[&str], around: Around, major: u16) -> Result<Said, String> {
    let text = statements.join(";\n");
    let file = SourceFile { name: Arc::from("statements.sql"), text: Arc::from(text) };
    let options = Options { server_version: u32::from(major) * 10_000, ambient: Some(&live.ambient) };
    let foretold = foretell_around(live.clone(), &[(file, around)], &options, AfterFailure::PassOver);
    match &foretold.steps.last().unwrap().outcome {
        StepOutcome::Refused(refused) => Ok(Some((refused.sqlstate.to_owned(), refused.message.clone()))),
        StepOutcome::Applied(_) | StepOutcome::Skipped(_) => Ok(None),
        StepOutcome::CantTell { why, .. } => Err(why.clone()),
    }
}

#[test]
fn refusals_are_in_the_words_of_the_server() {
    let result = for_each_version(|server| -> Result<(), String> {
        let database = server.database().map_err(|error| error.to_string())?;
        database.run(BASE).unwrap();
        database.run(MOODY).unwrap();
        let major = server.major();
        for (since, more) in [(14, BASE_14), (18, BASE_18)] {
            if major >= since {
                database.run(more).unwrap();
            }
        }
        let live = read(&database);
        let mut wrong = Vec::new();
        for (_, statement) in STATEMENTS.iter().filter(|(since, _)| major >= *since) {
            let alone = statement.contains("INDEX CONCURRENTLY");
            let said = run(&database, &[statement], !alone);
            let told = told(&live, &[statement], Around::Nothing, major);
            if told.as_ref() != Ok(&said) {
                wrong.push(format!("PostgreSQL {major}: {statement}: {said:?}, told {told:?}"));
            }
        }
        for (_, statements) in BLOCKS.iter().filter(|(since, _)| major >= *since) {
            let said = run(&database, statements, true);
            for around in [Around::File, Around::Run] {
                let told = told(&live, statements, around, major);
                if told.as_ref() != Ok(&said) {
                    wrong.push(format!(
                        "PostgreSQL {major}: {statements:?} in a block: {said:?}, told {told:?}"
                    ));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
